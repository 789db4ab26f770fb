"""The worked case of docs/domain.md 4.6, with every date in it."""

from datetime import date

import pytest
from django.utils import timezone

from complaints import actions, deadlines
from complaints.enums import Category, Handling, Kind, Outcome, State
from complaints.models import Case
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation
from tests.factories import cases as make
from tests.factories.cases import local

pytestmark = pytest.mark.django_db

FILED = local(2026, 2, 6, 20, 15)


def promise(case: Case, kind: str) -> Deadline:
    return engine.of_subject(case).filter(kind=kind).latest("generation")


def last_day(case: Case, kind: str) -> date:
    return timezone.localdate(promise(case, kind).due_at)


def test_worked_case_of_4_6_keeps_every_date(cast):
    case = make.file(cast, at=FILED, kind=Kind.COMPLAINT, category=Category.DELAY).case
    assert last_day(case, deadlines.ACCEPT) == date(2026, 2, 13)

    make.accept(case, cast, at=local(2026, 2, 10, 9))
    assert last_day(case, deadlines.REGISTER) == date(2026, 2, 11)
    assert last_day(case, deadlines.REPLY) == date(2026, 3, 9)
    assert promise(case, deadlines.REPLY).warn_at == local(2026, 3, 6, 9)

    actions.register(case, by=cast.officer, at=local(2026, 2, 11), version=case.version, way="交办")
    actions.submit(
        case,
        by=cast.officer,
        at=local(2026, 2, 11, 15),
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=cast.city.construction,
        proposal="交办",
    )
    actions.instruct(
        case,
        by=cast.office_head,
        at=local(2026, 2, 12),
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=cast.city.construction,
        instruction="同意",
    )
    assert last_day(case, deadlines.SIGN_IN) == date(2026, 2, 13)

    actions.sign_in(case, by=cast.clerk, at=local(2026, 2, 13), version=case.version)
    assert last_day(case, deadlines.CONTACT) == date(2026, 2, 24)
    actions.record_contact(
        case, by=cast.officer, at=local(2026, 2, 14), version=case.version, text="已电话联系", reached=True
    )

    # Not replied on 9 March: yellow with the moment at which the day was over, whenever the sweep ran.
    sweep.run(at=local(2026, 3, 10, 8, 30), rehearsal=True)
    reply = promise(case, deadlines.REPLY)
    yellow = Escalation.objects.get(deadline=reply, level=2)
    assert yellow.passed_at == local(2026, 3, 10, 0)
    assert reply.red_at == local(2026, 3, 17, 0)  # at the end of 16 March
    assert reply.fourth_at == local(2026, 3, 24, 0)  # at the end of 23 March

    make.reply(case, cast, at=local(2026, 3, 12), outcome=Outcome.UPHELD)
    reply.refresh_from_db()
    sweep.run(at=local(2026, 3, 12, 18), rehearsal=True)
    assert reply.state == "met"
    assert list(Escalation.objects.filter(deadline=reply).order_by("level").values_list("level", flat=True)) == [1, 2]
    assert last_day(case, deadlines.REPORT) == date(2026, 3, 16)
    assert last_day(case, deadlines.EVALUATE) == date(2026, 3, 26)
    assert last_day(case, deadlines.REVIEW_APPLY) == date(2026, 4, 13)

    make.report(case, cast, at=local(2026, 3, 13))
    assert last_day(case, deadlines.CLOSE_REVIEW) == date(2026, 3, 18)
    actions.close(case, by=cast.officer, at=local(2026, 3, 18), version=case.version, conclusion="予以办结")
    assert last_day(case, deadlines.ARCHIVE) == date(2026, 4, 1)
    assert case.state == State.CLOSED

    actions.archive(case, by=cast.officer, at=local(2026, 4, 1), version=case.version)
    # Archiving never shortens the time for review.
    assert promise(case, deadlines.REVIEW_APPLY).is_running
