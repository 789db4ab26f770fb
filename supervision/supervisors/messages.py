"""Who is told of what; a message names its subject by number and day and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.organs.models import Organ, OrganKind, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from supervision.models import Appointment, Gathering, GatheringDuty, Observation

DECISION, WORK, PROGRESS = MessageGroup.DECISION, MessageGroup.WORK, MessageGroup.PROGRESS

# fmt: off
# To the office and to organs.
KINDS = (
    ("supervisors.proposed", _("A social supervisor waits for the second person"),
     _("%(number)s is proposed as a social supervisor, and waits for a second person of the office."), DECISION),
    ("supervisors.removal_proposed", _("The removal of a social supervisor waits for the second person"),
     _("The removal of %(number)s is proposed, and waits for a second person of the office."), DECISION),
    ("supervisors.wish_noted", _("The own wish of a social supervisor to leave waits for the second person"),
     _("It is noted that %(number)s wishes to leave; a second person of the office confirms it."), DECISION),
    ("supervisors.declined", _("The proposal of a social supervisor was not confirmed"),
     _("%(number)s was not confirmed. The reason stands on the page."), PROGRESS),
    ("observations.hand_in", _("A social supervisor handed in %(number)s"),
     _("%(number)s waits for you: look at it, and answer it or pass it on."), DECISION),
    ("observations.pass_on", _("%(number)s waits for the answer of your organ"),
     _("The office passed on what a social supervisor observed: %(number)s. Please answer within its time."), WORK),
    ("observations.draft_answer", _("The organ answered %(number)s"),
     _("The organ answered %(number)s. Please release the answer or send it back."), DECISION),
    ("observations.send_back", _("The answer to %(number)s was sent back"),
     _("The office sent the answer to %(number)s back. The reason stands on its page; the date stays."), WORK),
)
# To supervisors.
OF_SUPERVISORS = (
    ("supervisors.confirm", _("You are appointed as a social supervisor"),
     _("You are appointed as a social supervisor. Your certificate and what you can do stand on your page."), PROGRESS),
    ("supervisors.remove", _("You are no longer a social supervisor"),
     _("Your appointment as a social supervisor has ended. The efficiency office answers questions."), PROGRESS),
    ("supervisors.ends_soon", _("Your term as a social supervisor ends soon"),
     _("Your term as a social supervisor ends soon. Your rights end with its last day by themselves."), PROGRESS),
    ("observations.answered", _("%(number)s was answered"),
     _("Your observation %(number)s was answered. The answer stands on your page."), PROGRESS),
    ("observations.result", _("Something followed from %(number)s"),
     _("Something followed from your observation %(number)s. What it is stands on your page."), PROGRESS),
    ("gatherings.plan", _("You are invited: %(number)s"),
     _("You are invited: %(number)s. Time and place stand on your page."), WORK),
    ("gatherings.change", _("Changed: %(number)s"),
     _("Time, place or topic has changed: %(number)s. Please look at your page."), WORK),
    ("gatherings.hold", _("The minutes are there: %(number)s"),
     _("The minutes are there: %(number)s. What became of each opinion stands on your page."), PROGRESS),
    ("gatherings.cancel", _("Called off: %(number)s"),
     _("Called off: %(number)s. The reason stands on your page."), WORK),
)
# fmt: on


def register() -> None:
    """Make texts and subjects known to the outbox; called once, when the app is ready."""
    for name, subject, body, group in KINDS:
        registry.register_kind(name, subject, body, group=group)
    for name, subject, body, group in OF_SUPERVISORS:
        registry.register_kind(name, subject, body, group=group)
    for model in (Appointment, Observation, Gathering):
        registry.register_subject(model, _labels_of(model), _may_know(model))
    registry.register_subject(GatheringDuty, duty_labels, duty_may_know)


def tell(kind: str, subject: models.Model, to: Iterable[int], *, cause: str, at: datetime, actor: int | None) -> None:
    """Write the messages of a step, with it; nobody is told of their own act."""
    found = [pk for pk in dict.fromkeys(to) if pk != actor]
    if found:
        outbox.post(cause, kind, to=found, subject=subject, at=at)


def officers_of(office: Organ, on: date) -> list[int]:
    """Return who works in an office on the day."""
    return _holders(Q(post__organ=office, post__role=Role.OFFICE_OFFICER), on)


def leaders_of(organ: Organ, on: date) -> list[int]:
    """Return who answers for an organ on the day: its leaders, of an office its heads."""
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        return _holders(Q(post__organ=organ, post__role=Role.OFFICE_OFFICER, post__is_head=True), on)
    return _holders(Q(post__organ=organ, post__role=Role.ORGAN_LEADER), on)


def _holders(posts: Q, on: date) -> list[int]:
    held = Tenure.objects.running(on).filter(posts, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def _labels_of(model: type[models.Model]):
    # Where it leads depends on who asks: to the back office, or to a supervisor's own portal.
    name = model._meta.model_name

    def labels(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
        rows = model._default_manager.filter(pk__in=ids)
        return {row.pk: (_called(row), reverse("supervision:about", args=[name, row.pk])) for row in rows}

    return labels


def _called(row: models.Model) -> str:
    """Return what a message calls a subject: an appointment by its number, never by the name (Z-15)."""
    if isinstance(row, Appointment):
        return row.number or f"{row._meta.verbose_name} {row.pk}"
    return str(row)


def _may_know(model: type[models.Model]):
    def known(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
        found: set[tuple[int, int]] = set()
        for user in User.objects.filter(pk__in=user_ids, is_active=True):
            rows = rows_of(model, user).filter(pk__in=ids)
            found.update((user.pk, pk) for pk in rows.values_list("pk", flat=True))
        return found

    return known


def duty_labels(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return what a duty is called, and the page that shows how duties stand."""
    page = reverse("supervision:supervisors")
    return {duty.pk: (str(duty), page) for duty in GatheringDuty.objects.filter(pk__in=ids)}


def duty_may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, duty) in which the person may know of the duty: all of its office and who watches."""
    found: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        rows = rows_of(GatheringDuty, user).filter(pk__in=ids)
        found.update((user.pk, pk) for pk in rows.values_list("pk", flat=True))
    return found
