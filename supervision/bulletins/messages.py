"""Who is told of a step with a bulletin; a message names its period and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import Enum

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from supervision.models import Bulletin, BulletinEvent


class Told(Enum):
    """Who may be told of a step."""

    OFFICERS = "officers"  # of the office that composes it
    HEADS = "heads"  # whoever approves there
    EDITOR = "editor"  # whoever handed it in


# fmt: off
KINDS = (
    ("freeze", _("%(number)s is to be composed"),
     _("The figures are frozen, and the time for this bulletin has begun: %(number)s."), MessageGroup.WORK),
    ("submit", _("%(number)s waits for your approval"),
     _("A bulletin was handed to you for approval: %(number)s. It is published when you approve it."),
     MessageGroup.DECISION),
    ("send_back", _("%(number)s was sent back"),
     _("The bulletin was sent back to you: %(number)s. The reason stands on its page."), MessageGroup.WORK),
    ("publish", _("%(number)s was published"),
     _("The bulletin was approved and is published: %(number)s."), MessageGroup.PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"bulletins.{action}", subject, body, group=group)
    registry.register_subject(Bulletin, labels_of, may_know)


def tell(event: BulletinEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    found = dict.fromkeys(pk for audience in told for pk in people_of(event.bulletin, audience, on))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        cause = f"bulletin-event:{event.pk}"
        outbox.post(cause, f"bulletins.{event.action}", to=to, subject=event.bulletin, at=event.at)


def people_of(bulletin: Bulletin, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns, by the posts that are held on the day."""
    if audience is Told.EDITOR:
        return [bulletin.submitted_by_id] if bulletin.submitted_by_id else []
    which = Q(post__role=Role.OFFICE_OFFICER, post__organ=bulletin.office_id)
    if audience is Told.HEADS:
        which &= Q(post__is_head=True)
    held = Tenure.objects.running(on).filter(which, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return name and page for staff of each bulletin."""
    return {
        row.pk: (str(row), reverse("admin:supervision_bulletin_change", args=[row.pk]))
        for row in Bulletin.objects.filter(pk__in=ids).only("pk", "span", "since")
    }


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, bulletin) in which the person may know of it at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = Bulletin.objects.filter(pk__in=ids).visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known
