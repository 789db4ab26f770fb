"""Who is told of a step with a correction; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import Enum

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.models import Correction, CorrectionEvent
from efficiency.access.models import User
from efficiency.organs.models import OrganKind, Post, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup


class Told(Enum):
    """Who may be told of a step."""

    ANSWERERS = "answerers"  # whoever holds the post concerned, and the leaders of the organ
    OFFICERS = "officers"  # the office that issued it
    HEADS = "heads"  # whoever signs there
    DRAFTER = "drafter"


# fmt: off
KINDS = (
    ("draft", _("%(number)s waits for your signature"),
     _("A draft was handed to you for signature: %(number)s. It takes effect when you issue it."),
     MessageGroup.DECISION),
    ("propose", _("%(number)s waits for your signature"),
     _("The portal proposes %(number)s. It takes effect when you issue it."), MessageGroup.DECISION),
    ("issue", _("%(number)s has been issued"),
     _("%(number)s has been issued. The time for what it asks for has begun."), MessageGroup.WORK),
    ("issue_again", _("%(number)s has been issued again"),
     _("The result for %(number)s was insufficient. It has been issued again, for the last time; the time has begun "
       "anew."), MessageGroup.WORK),
    ("decline", _("%(number)s is not issued"),
     _("Your draft is not issued: %(number)s. The reason stands on its page."), MessageGroup.PROGRESS),
    ("plan", _("A plan was handed in for %(number)s"),
     _("The organ has handed in its plan for %(number)s."), MessageGroup.PROGRESS),
    ("finish", _("A result was handed in for %(number)s"),
     _("The organ reports what was put right for %(number)s. It waits for your review."), MessageGroup.DECISION),
    ("answer", _("%(number)s was answered"),
     _("The organ has answered %(number)s. The answer waits for your review."), MessageGroup.DECISION),
    ("ask_extension", _("More time is asked for in %(number)s"),
     _("More time is asked for in %(number)s, and waits for your decision."), MessageGroup.DECISION),
    ("extend", _("More time in %(number)s"),
     _("More time was given in %(number)s, once."), MessageGroup.PROGRESS),
    ("refuse_extension", _("No more time in %(number)s"),
     _("The time that was asked for in %(number)s was refused. The old date stays."), MessageGroup.PROGRESS),
    ("lapse_extension", _("No more time in %(number)s"),
     _("The time that was asked for in %(number)s was not decided on before the old date, which stays."),
     MessageGroup.PROGRESS),
    ("accept", _("%(number)s is settled"),
     _("The office has accepted the result for %(number)s. Nothing more is asked for."), MessageGroup.PROGRESS),
    ("find_insufficient", _("The result for %(number)s is insufficient"),
     _("The result for %(number)s was found insufficient. Please decide whether it is issued again."),
     MessageGroup.DECISION),
    ("fail", _("%(number)s was not put right"),
     _("The second result for %(number)s was insufficient as well: it was not put right, and goes on as a clue."),
     MessageGroup.ESCALATION),
    ("withdraw", _("%(number)s was withdrawn"),
     _("The office has withdrawn %(number)s. Nothing more is asked for."), MessageGroup.PROGRESS),
)
# fmt: on
# What falls with what it rests on is told as if the office had withdrawn it.
SAME_AS = {"fall": "withdraw", "fall_unissued": "decline"}


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"corrections.{action}", subject, body, group=group)
    registry.register_subject(Correction, labels_of, may_know)


def tell(event: CorrectionEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    found = dict.fromkeys(pk for audience in told for pk in people_of(event.correction, audience, on))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        cause = f"correction-event:{event.pk}"
        kind = SAME_AS.get(event.action, event.action)
        outbox.post(cause, f"corrections.{kind}", to=to, subject=event.correction, at=event.at)


def people_of(correction: Correction, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns, by the posts that are held on the day; whom it is about is not told as office."""
    if audience is Told.DRAFTER:
        return [correction.drafted_by_id] if correction.drafted_by_id else []
    if audience is Told.ANSWERERS:
        leads = Q(role=Role.ORGAN_LEADER)
        if correction.organ.kind == OrganKind.EFFICIENCY_OFFICE:
            leads |= Q(is_head=True)
        posts = _posts(correction.organ_id, leads)
        return _holders(posts | {correction.post_id} if correction.post_id else posts, on)
    heads = Q(role=Role.OFFICE_OFFICER, is_head=True) if audience is Told.HEADS else Q(role=Role.OFFICE_OFFICER)
    found = _holders(_posts(correction.office_id, heads), on)
    if correction.post_id is None:
        return found
    concerned = set(Tenure.objects.filter(post_id=correction.post_id).values_list("user_id", flat=True))
    return [pk for pk in found if pk not in concerned]


def _posts(organ_id: int, which: Q) -> set[int]:
    return set(Post.objects.filter(which, organ_id=organ_id).values_list("pk", flat=True))


def _holders(posts: Collection[int], on: date) -> list[int]:
    """Return who holds one of the posts on the day; asked by their keys, which an index answers."""
    held = Tenure.objects.running(on).filter(post_id__in=posts, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each correction."""
    return {
        row.pk: (row.reference, reverse("admin:accountability_correction_change", args=[row.pk]))
        for row in Correction.objects.filter(pk__in=ids).only("pk", "number", "kind")
    }


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, correction) in which the person may know of it at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = Correction.objects.filter(pk__in=ids).headers_visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known
