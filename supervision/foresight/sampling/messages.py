"""Who is told of a step with a review sheet; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from supervision.foresight.sampling import access
from supervision.models import SampleEvent, SampleSheet


class Told(Enum):
    """Who may be told of a step."""

    REVIEWER = "reviewer"
    OFFICERS = "officers"  # of the office that drew, who can confirm
    GIVERS = "givers"  # of the same, who can give it to a reviewer


# fmt: off
KINDS = (
    ("assign", _("Quality review %(number)s is yours"),
     _("Quality review %(number)s was given to you. Its time has begun."), MessageGroup.WORK),
    ("propose", _("%(number)s: a second look is needed"),
     _("Quality review %(number)s found a false closing. It waits for a second person."), MessageGroup.DECISION),
    ("confirm", _("%(number)s was confirmed"),
     _("What you found in quality review %(number)s was confirmed. A clue was made of it."), MessageGroup.PROGRESS),
    ("refuse", _("%(number)s was sent back"),
     _("Quality review %(number)s was sent back to you. The reason stands on its page."), MessageGroup.WORK),
    ("pass_on", _("Quality review %(number)s is yours"),
     _("Quality review %(number)s was given to you, as its reviewer has left. Its time runs on."), MessageGroup.WORK),
    ("release", _("%(number)s needs another reviewer"),
     _("The reviewer of %(number)s has left. Please give it to another one; its time runs on."), MessageGroup.WORK),
)
# fmt: on


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"sampling.{action}", subject, body, group=group)
    registry.register_subject(SampleSheet, labels_of, may_know)


def tell(event: SampleEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    found = dict.fromkeys(pk for audience in told for pk in _people(event, audience))
    if to := [pk for pk in found if pk != event.actor_id]:
        outbox.post(f"sample-event:{event.pk}", f"sampling.{event.action}", to=to, subject=event.sheet, at=event.at)


def _people(event: SampleEvent, audience: Told) -> list[int]:
    sheet = event.sheet
    if audience is Told.REVIEWER:
        return [sheet.reviewer_id] if sheet.reviewer_id else []
    held = Tenure.objects.running(timezone.localdate(event.at)).filter(
        post__role=Role.OFFICE_OFFICER, post__organ=sheet.draw.office_id, user__is_active=True
    )
    people = User.objects.filter(pk__in=held.values("user")).order_by("pk")[: access.MOST_ASKED]
    if audience is Told.GIVERS:
        known = may_know([person.pk for person in people], [sheet.pk])
        return [person.pk for person in people if (person.pk, sheet.pk) in known]
    return [person.pk for person in people if not access.why_not_review(person, sheet)]


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each sheet."""
    return {
        pk: (number, reverse("admin:supervision_samplesheet_change", args=[pk]))
        for pk, number in SampleSheet.objects.filter(pk__in=ids).values_list("pk", "number")
    }


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, sheet) in which the person may know of it at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = SampleSheet.objects.filter(pk__in=ids).visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known
