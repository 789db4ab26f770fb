"""Matters as they are shown to the system of their organ, and to staff."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from complaints.matters.promises import DELIVERY, KIND, NOTICE, SIDES
from complaints.models import Matter, MatterReport, MatterState
from complaints.models.matter import WITHOUT_PROMISE
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.answerable import answerable_on
from efficiency.organs.models import Organ, Post, Tenure
from efficiency.timing.due import local_day

# A promise beside the decision whose reason was taken back by a correction (``bulk.withdraw``).
_TAKEN_BACK = Q(state=DeadlineState.CANCELLED, ended_at=F("started_at"))


class BadCursor(ValueError):
    """A cursor or a state that is none."""


def with_due(matters: QuerySet[Matter]) -> QuerySet[Matter]:
    """
    Add to each matter what its promises say.

    Of the decision ``due_at``, ``late_from``, ``promise_state`` and the post that answers, ``post_code``;
    besides ``notice_due_at`` and ``delivery_due_at``.
    """
    promises = Deadline.objects.filter(content_type=ContentType.objects.get_for_model(Matter), object_id=OuterRef("pk"))
    decision = promises.filter(kind=KIND)
    side = promises.exclude(_TAKEN_BACK)
    return matters.select_related("item").annotate(
        due_at=Subquery(decision.values("due_at")[:1]),
        late_from=Subquery(decision.values("overdue_at")[:1]),
        post_code=Subquery(decision.values("post__code")[:1]),
        promise_state=Subquery(decision.values("state")[:1]),
        notice_due_at=Subquery(side.filter(kind=NOTICE).values("due_at")[:1]),
        delivery_due_at=Subquery(side.filter(kind=DELIVERY).values("due_at")[:1]),
    )


def page(organ: Organ, *, state: str, after: str, size: int) -> tuple[list[Matter], str | None]:
    """
    Return matters of the organ, the last reported first, and the cursor of the next page.

    :raises BadCursor: the cursor or the state is none
    """
    rows: QuerySet[Matter] = Matter.objects.filter(organ=organ)
    if state:
        if state not in MatterState.values:
            raise BadCursor
        rows = rows.filter(state=state)
    if after:
        moment, _dash, pk = after.rpartition("~")
        try:
            given, last_id = datetime.fromisoformat(moment), int(pk)
            before = given.astimezone(UTC)  # the database knows fewer offsets than Python
        except (ValueError, OverflowError) as error:
            raise BadCursor from error
        if given.tzinfo is None or not 0 <= last_id < 2**63:
            raise BadCursor
        rows = rows.extra(  # a comparison of pairs, which an index answers
            where=["(complaints_matter.last_reported_at, complaints_matter.id) < (%s, %s)"], params=[before, last_id]
        )
    found = list(with_due(rows).order_by("-last_reported_at", "-id")[: size + 1])
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], f"{last.last_reported_at.isoformat()}~{last.pk}"


def one(organ: Organ, number: str) -> Matter | None:
    """Return the matter of the organ with its own number; None where there is none."""
    if "\x00" in number:
        return None
    return with_due(Matter.objects.filter(organ=organ, external_id=number)).first()


def facts(matter: Any, *, at: datetime) -> dict[str, Any]:
    """Return what is told of a matter that ``with_due`` has read."""
    ended = matter.finished_at or at
    is_held = matter.state not in WITHOUT_PROMISE
    stands_still = matter.promise_state == DeadlineState.SUSPENDED
    return {
        "matter": matter.external_id,
        "item": matter.item.code if matter.item else None,
        "post": matter.post_code if is_held else None,
        "state": matter.state,
        "outcome": matter.outcome,
        "step": matter.step,
        "accepted_at": matter.accepted_at,
        "due_at": matter.due_at if is_held else None,
        "notice_due_at": matter.notice_due_at,
        "delivery_due_at": matter.delivery_due_at,
        "finished_at": matter.finished_at,
        "is_late": is_held and matter.late_from is not None and not stands_still and ended >= matter.late_from,
        "doubts": matter.doubts,
        "last_reported_at": matter.last_reported_at,
    }


def promise_of(matter: Matter) -> Deadline | None:
    """Return the promise of a matter; None before it was accepted, also where it counted as accepted meanwhile."""
    if matter.state in WITHOUT_PROMISE:
        return None
    content_type = ContentType.objects.get_for_model(Matter)
    found = Deadline.objects.filter(content_type=content_type, object_id=matter.pk, kind=KIND)
    return found.select_related("post").first()


def answering(promise: Deadline, *, at: datetime) -> tuple[Post, list[Tenure]] | None:
    """
    Return the post that answers for a matter with whoever held it when it ended, or holds it now; None without a post.

    No system names a person: that follows from the tenures, the stand-in before the holder (docs/domain.md 7).
    """
    if promise.post is None:
        return None
    tenures = Tenure.objects.filter(post=promise.post).select_related("user")
    return promise.post, answerable_on(tenures, local_day(promise.ended_at or at))


def sides_of(matter: Matter) -> list[Deadline]:
    """Return the promises beside the decision: to tell what is missing, to hand over the licence."""
    content_type = ContentType.objects.get_for_model(Matter)
    found = Deadline.objects.filter(content_type=content_type, object_id=matter.pk, kind__in=SIDES)
    return list(found.exclude(_TAKEN_BACK).order_by("started_at", "pk"))


def reports_of(matter: Matter) -> list[MatterReport]:
    """Return the reports of a matter, the latest event first."""
    return list(matter.reports.select_related("key", "uploaded_by", "post").order_by("-at", "-id"))
