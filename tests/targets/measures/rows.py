"""Rows that figures count, laid down as the steps would leave them, many at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Model

from accountability.models import Card
from complaints.enums import Category, Kind, State
from complaints.models import Case, CaseEvent, Evaluation, Matter, Reply
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.organs.models import Organ, Post
from tests.moments import local

_running = count(1)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MARCH = local("2026-03-03 10:00")


def cases(number: int, *, organ: Organ, office: Organ, received_at: datetime = MARCH, **fields: Any) -> list[Case]:
    """Store so many complaints about an organ."""
    return Case.objects.bulk_create(
        Case(
            **{
                "number": f"TS2026{next(_running):06d}",
                "kind": Kind.COMPLAINT,
                "category": Category.DELAY,
                "organ": organ,
                "office": office,
                "title": "施工许可迟迟不批",
                "description": "上月递交的申请至今没有答复。",
                "state": State.CLOSED,
                "received_at": received_at,
                "code_hash": b"",
            }
            | fields
        )
        for _each in range(number)
    )


def promises(
    subjects: Sequence[Model],
    kind: str,
    *,
    organ: Organ,
    due: str,
    met: datetime | None = None,
    started_at: datetime = MARCH,
    post: Post | None = None,
    **fields: Any,
) -> list[Deadline]:
    """Store a promise about each of the subjects whose last day is ``due``; met at ``met``, or open."""
    due_at = local(f"{due} 23:59:59")
    ended = {"state": "met", "met_at": met, "ended_at": met} if met else {"state": "open", "next_check_at": due_at}
    return Deadline.objects.bulk_create(
        Deadline(
            **{
                "kind": kind,
                "promise": "citizen",
                "content_type": ContentType.objects.get_for_model(subject),
                "object_id": subject.pk,
                "organ": organ,
                "post": post,
                "started_at": started_at,
                "limit_number": 15,
                "limit_unit": "wd",
                "red_after": 5,
                "fourth_after": 10,
                "warn_at": due_at - DAY,
                "due_at": due_at,
                "overdue_at": due_at + SECOND,
                "red_at": due_at + 5 * DAY,
                "fourth_at": due_at + 10 * DAY,
            }
            | ended
            | fields
        )
        for subject in subjects
    )


def overdue(promise: Deadline) -> Escalation:
    """Store the level that the sweep wrote when the time of a promise ran out, with who owed it then."""
    return Escalation.objects.create(
        deadline=promise,
        level=2,
        passed_at=promise.overdue_at,
        found_at=promise.overdue_at,
        kind=promise.kind,
        content_type=promise.content_type,
        object_id=promise.object_id,
        organ=promise.organ,
        post=promise.post,
    )


def replies(answered: Sequence[Case], *, at: datetime, by: Any, and_by: Any, **fields: Any) -> list[Reply]:
    """Store a reply to each of the cases that was sent at ``at``."""
    sent = {"state": "sent", "decided_at": at, "decided_by": by, "drafted_by": and_by, "drafted_at": at}
    return Reply.objects.bulk_create(Reply(case=case, **sent | fields) for case in answered)


def evaluations(judged: Sequence[Reply], grade: int, *, at: datetime) -> list[Evaluation]:
    """Store the judgement of each of the replies."""
    return Evaluation.objects.bulk_create(
        Evaluation(case_id=reply.case_id, reply=reply, grade=grade, at=at) for reply in judged
    )


def event(case: Case, action: str, *, at: datetime, **data: Any) -> CaseEvent:
    """Store a step in a case, as the portal itself would have taken it."""
    return events([case], action, at=at, **data)[0]


def events(taken: Sequence[Case], action: str, *, at: datetime, **data: Any) -> list[CaseEvent]:
    """Store a step in each of the cases."""
    before = dict(Case.objects.filter(pk__in=[case.pk for case in taken]).values_list("pk", Count("events")))
    return CaseEvent.objects.bulk_create(
        CaseEvent(
            case=case,
            number=before[case.pk] + 1,
            action=action,
            actor_kind="system",
            at=at,
            to_state=case.state,
            data=data,
        )
        for case in taken
    )


def card(organ: Organ, colour: str, *, at: datetime, by: Sequence[Any], **fields: Any) -> Card:
    """Store a card by hand whose threshold was passed at ``at``; proposed and confirmed by two people."""
    given = {
        "colour": colour,
        "origin": "manual",
        "rule": "rude_service",
        "state": "issued",
        "organ": organ,
        "passed_at": at,
        "issued_at": at,
        "points": 5 if colour == "yellow" else 10,
        "proposed_by": by[0],
        "confirmed_by": by[1],
    }
    return Card.objects.create(**given | fields)


def matters(number: int, organ: Organ, item: Any, *, accepted_at: datetime, reported_at: datetime) -> list[Matter]:
    """Store so many matters of an item that are being handled."""
    return Matter.objects.bulk_create(
        Matter(
            organ=organ,
            external_id=f"BJ-{next(_running)}",
            item=item,
            version=item.versions.first(),
            state="running",
            accepted_at=accepted_at,
            overdue_at=accepted_at + 10 * DAY,
            first_reported_at=reported_at,
            last_reported_at=reported_at,
        )
        for _each in range(number)
    )
