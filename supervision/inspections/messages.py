"""Who is told of a step with an inspection; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from enum import Enum

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.organs.models import OrganKind, Post, Rank, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from supervision.models import Finding, Inspection, InspectionEvent, Visit, VisitEvent


class Told(Enum):
    """Who may be told of a step."""

    TEAM = "team"
    HEADS = "heads"
    PREPARER = "preparer"
    ORGAN = "organ"  # the leaders of the organ inspected
    OFFICERS = "officers"  # of the office, without a part


# fmt: off
KINDS = (
    ("prepare", _("%(number)s waits for your approval"),
     _("The plan of an inspection waits for your approval: %(number)s."), MessageGroup.DECISION),
    ("revise", _("%(number)s was changed"),
     _("The plan of an inspection was changed, and waits for your approval: %(number)s."), MessageGroup.DECISION),
    ("approve", _("%(number)s is approved"),
     _("The plan of an inspection in which you take part is approved: %(number)s."), MessageGroup.WORK),
    ("send_back", _("%(number)s was sent back"),
     _("The plan of an inspection was sent back to you: %(number)s. The reason stands on its page."),
     MessageGroup.PROGRESS),
    ("drop", _("%(number)s was dropped"),
     _("The inspection %(number)s does not take place. The reason stands on its page."), MessageGroup.PROGRESS),
    ("notify", _("Notice of an inspection: %(number)s"),
     _("Your organ will be inspected: %(number)s. Time, content and what is asked of you stand in the notice."),
     MessageGroup.WORK),
    ("show", _("%(number)s waits for your comment"),
     _("What was found in your organ is shown to you for comment before it is released: %(number)s."),
     MessageGroup.DECISION),
    ("comment", _("The organ has commented on %(number)s"),
     _("The organ has commented on what was found: %(number)s. The report can be written."), MessageGroup.WORK),
    ("lapse_comment", _("No comment on %(number)s"),
     _("The organ made no comment in time on what was found: %(number)s. The report can be written."),
     MessageGroup.WORK),
    ("conclude", _("The report on %(number)s waits for its release"),
     _("The report on an inspection waits for your release: %(number)s."), MessageGroup.DECISION),
    ("return_report", _("The report on %(number)s was sent back"),
     _("The report on an inspection was sent back: %(number)s. The reason stands on its page."),
     MessageGroup.PROGRESS),
    ("release", _("Result of an inspection: %(number)s"),
     _("The result of an inspection is released: %(number)s. The organ may challenge it within its time."),
     MessageGroup.WORK),
    ("challenge", _("%(number)s is challenged"),
     _("The organ challenges the conclusion of an inspection: %(number)s. Who had no part in it reviews it."),
     MessageGroup.DECISION),
    ("review", _("%(number)s was reviewed"),
     _("The challenged conclusion of an inspection was reviewed: %(number)s."), MessageGroup.PROGRESS),
    ("skip", _("%(number)s: a visit does not take place"),
     _("The visit to an organ does not take place: %(number)s. The reason stands on its page."),
     MessageGroup.PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts and subjects known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"inspections.{action}", subject, body, group=group)
    registry.register_subject(Inspection, labels_of, _known(Inspection))
    registry.register_subject(Visit, visit_labels_of, _known(Visit))
    registry.register_subject(Finding, finding_labels_of, _known(Finding))


def tell(event: InspectionEvent | VisitEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    about: Inspection | Visit = getattr(event, event.of)
    found = dict.fromkeys(pk for audience in told for pk in people_of(about, audience, on))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        cause = f"{event.of}-event:{event.pk}:{about.pk}"
        outbox.post(cause, f"inspections.{event.action}", to=to, subject=about, at=event.at)


def people_of(about: Inspection | Visit, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns, by the posts that are held on the day."""
    inspection = about.inspection if isinstance(about, Visit) else about
    if audience is Told.PREPARER:
        return [inspection.prepared_by_id]
    if audience is Told.TEAM:
        return list(inspection.members.filter(is_guest=False).order_by("pk").values_list("user_id", flat=True))
    if audience is Told.ORGAN:
        return _leaders(about, on) if isinstance(about, Visit) else []
    posts = Q(organ_id=inspection.office_id, role=Role.OFFICE_OFFICER)
    if audience is Told.HEADS:
        posts &= Q(is_head=True) | Q(rank=Rank.APPROVER)
    return _holders(posts, on)


def _leaders(visit: Visit, on: date) -> list[int]:
    if not visit.is_known_to_organ:
        return []
    leads = Q(role=Role.ORGAN_LEADER)
    if visit.organ.kind == OrganKind.EFFICIENCY_OFFICE:
        leads |= Q(is_head=True)
    return _holders(leads & Q(organ_id=visit.organ_id), on)


def _holders(which: Q, on: date) -> list[int]:
    posts = list(Post.objects.filter(which).values_list("pk", flat=True))
    held = Tenure.objects.running(on).filter(post_id__in=posts, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each plan."""
    rows = Inspection.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: (number, reverse("admin:supervision_inspection_change", args=[pk])) for pk, number in rows}


def visit_labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each visit."""
    rows = Visit.objects.filter(pk__in=ids).values_list("pk", "inspection__number")
    return {pk: (number, reverse("admin:supervision_visit_change", args=[pk])) for pk, number in rows}


def finding_labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and place for staff of each finding."""
    rows = Finding.objects.filter(pk__in=ids).values_list("pk", "visit_id", "visit__inspection__number", "number")
    return {
        pk: (f"{of}-{number}", reverse("admin:supervision_visit_change", args=[visit]) + f"#finding-{number}")
        for pk, visit, of, number in rows
    }


def _known(model: type[models.Model]) -> Callable[[Collection[int], Collection[int]], set[tuple[int, int]]]:
    def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
        """Return the pairs (user, subject) in which the person may know of it at this moment (Z-15)."""
        known: set[tuple[int, int]] = set()
        for user in User.objects.filter(pk__in=user_ids, is_active=True):
            rows = rows_of(model, user).filter(pk__in=ids)
            known.update((user.pk, pk) for pk in rows.values_list("pk", flat=True))
        return known

    return may_know
