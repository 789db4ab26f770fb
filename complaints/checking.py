"""
Whose turn a proposed reply is: a reviewer's, or straight away that of whoever approves it (docs/domain.md 4.6).

Whether somebody could check it follows from posts, recusals and authors as they are today, and every step asks that
anew. Queues of thousands of rows read a column instead, which is kept up with the proposal, with a step that keeps
somebody out of the case, and from time to time for what happens outside of it.
"""

from datetime import date, datetime

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from complaints import messages, people
from complaints.models import Case, CaseEvent, Recusal, Reply, ReplyState
from efficiency.access.may import MATRIX
from efficiency.deadlines.tending import each
from efficiency.organs.models import Rank, Role, Tenure

# Steps besides the proposal after which somebody may be out of the case.
KEEP_OUT = frozenset({"declare_recusal", "recuse_person", "link_person", "share_person"})
UNCHECKED = Reply.objects.filter(state=ReplyState.PROPOSED)


def settle(event: CaseEvent) -> None:
    """Find out anew whether a reply waits for its check, after a step that kept somebody out; the case is locked."""
    if event.action in KEEP_OUT and (reply := UNCHECKED.all().filter(case=event.case).first()) is not None:
        reply.case = event.case
        _settle(reply, cause=messages.cause_of(event), at=event.at)


def settle_all(*, at: datetime) -> int:
    """
    Find it out for the replies whose reviewers came or went since, tell whose turn it is now, and return how many.

    A reply is locked and looked at again, by person and no longer by account, before anything is written about it.
    """
    stale = (
        UNCHECKED.all()
        .annotate(could_be=Exists(_reviewing(timezone.localdate(at))))
        .exclude(could_be=F("to_check"))
        .order_by("id")
        .only("pk")
    )
    return each(list(stale), lambda reply: _settle_one(reply.pk, at=at))


def _settle_one(reply_id: int, *, at: datetime) -> bool:
    # The case first, as every step does: the database writes down there what its reply waits for.
    known = UNCHECKED.filter(pk=reply_id).values("case_id")
    if Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=known).first() is None:
        return False
    reply = UNCHECKED.select_related("case").select_for_update(of=("self",)).filter(pk=reply_id).first()
    return reply is not None and _settle(reply, cause=f"reply-check:{reply_id}:{at.isoformat()}", at=at)


def _settle(reply: Reply, *, cause: str, at: datetime) -> bool:
    """Write down whether the reply waits for its check; where that changed, tell whose turn it is."""
    to_check = bool(people.reviewers(reply, timezone.localdate(at)))
    if to_check == reply.to_check:
        return False
    reply.to_check = to_check
    reply.save(update_fields=["to_check"])
    messages.tell_proposed(reply, cause=cause, at=at)
    return True


def _reviewing(on: date) -> "QuerySet[Tenure]":
    """
    Return the tenures from which the reply of the question around this one could be checked on ``on``.

    The answer of ``people.reviewers`` for many replies, by account: SQL knows nothing of persons (docs/trust.md Z-10).
    """
    of_organ = Q(post__role__in=people.OF_SECTION)
    of_office = Q(post__role=Role.OFFICE_OFFICER, post__organ_id=OuterRef("case__office_id"))
    case_id, about = OuterRef(OuterRef("case_id")), "case__about_post"
    own = Tenure.objects.filter(user_id=OuterRef("user_id"))
    there = own.running(on).filter(
        post__role__in=MATRIX["case.check_reply"],
        post__organ_id=OuterRef(OuterRef(f"{about}__organ_id")),
        post__section=OuterRef(OuterRef(f"{about}__section")),
    )
    written = steps_of_writing(case_id, actor_id=OuterRef("user_id"))
    return (
        Tenure.objects.running(on)
        .filter(of_organ | of_office, post__organ_id=OuterRef("case__handling_organ_id"))
        .filter(post__rank=Rank.REVIEWER, user__is_active=True)
        .exclude(Exists(written))
        .exclude(Exists(Recusal.objects.in_force().filter(case_id=case_id, user_id=OuterRef("user_id"))))
        .exclude(Exists(own.filter(post_id=OuterRef(OuterRef(f"{about}_id")))))
        .exclude(Exists(there.exclude(post__section="")))
    )


def steps_of_writing(case_id: OuterRef, *, actor_id: int | OuterRef) -> "QuerySet[CaseEvent]":
    """Return the steps in which the actor wrote the reply in work, or what it was begun from (docs/trust.md Z-10)."""
    steps = CaseEvent.objects.filter(case_id=case_id, action__in=people.WRITING_STEPS, actor_id=actor_id)
    steps = steps.alias(reply_id=Cast(KeyTextTransform("reply", "data"), BigIntegerField()))
    return steps.filter(Exists(Reply.objects.living().filter(pk=OuterRef("reply_id"))))
