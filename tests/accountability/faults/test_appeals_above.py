"""Appeals to the body above: the office above rules by its own people, other bodies are recorded (10.5)."""

from datetime import timedelta

import pytest

from accountability.faults import appealing, deadlines, deciding, messages, papers
from accountability.faults.deadlines import APPEAL, APPEAL_RULING
from accountability.faults.deciding import Answer
from accountability.faults.enums import AppealLevel
from accountability.faults.invariants import RESPONDENT_PROMISED_OTHERWISE
from accountability.faults.refusals import NotAllowed, NotInState
from accountability.faults.words import Body, Measure
from accountability.models import Appeal, FaultAccess, FaultCase, FaultDecision
from efficiency.access.scope import scope_of
from efficiency.audit.verify import count_sql
from efficiency.organs.models import OrganKind, Rank, Role
from efficiency.outbox.models import Message
from efficiency.refusals import Invalid
from tests.factories import faults as make
from tests.factories.faults import DAY, MONDAY
from tests.factories.staff import make_organ, seat

pytestmark = pytest.mark.django_db
AT = MONDAY + 12 * DAY


@pytest.fixture
def above(cast, settings):
    """Return the office above the city's, with those who draft and decide there."""
    settings.ABOVE_CITY_OFFICE = "440600-LD"
    organ = make_organ("440600-LD", "佛山市机关效能建设领导小组", OrganKind.EFFICIENCY_OFFICE)
    people = [seat(Role.OFFICE_OFFICER, organ), seat(Role.OFFICE_OFFICER, organ, Rank.APPROVER)]
    return organ, people


def asked_above(cast):
    """Have the clerk go to the body above after the ruling of the office."""
    case = make.appealed(cast, Measure.ADMONISHMENT)
    make.rule(case, cast, "upheld")
    appealing.appeal(make.respondent_of(case), by=cast.clerk, at=MONDAY + 11 * DAY, reasons="仍然过重。")
    case.refresh_from_db()
    return case


def propose(case, by, *, at=AT, **fields):
    given = {"result": "upheld", "text": "维持原处理决定。"}
    appealing.propose_ruling(
        case, by=by, at=at, version=case.version, appeal=appealing.open_appeals(case)[0], **(given | fields)
    )


def test_the_office_above_owes_it_is_told_reads_the_case_and_rules_by_its_own_people(cast, above):
    organ, (drafts, confirms) = above
    assert not FaultCase.objects.visible_to(drafts).exists()
    case = asked_above(cast)
    promise = deadlines.running(make.respondent_of(case), APPEAL_RULING)
    assert (promise.organ, promise.variant) == (organ, "above")
    assert FaultCase.objects.visible_to(drafts).get() == case
    assert set(messages.people_of(case, messages.Told.RULERS, AT.date())) == {drafts.pk, confirms.pk}
    assert Message.objects.filter(kind="faults.appeal", recipient=drafts).exists()
    # Who is free at the office that decided is none of the office above.
    with pytest.raises(NotAllowed):
        propose(case, cast.third)
    propose(case, drafts)
    with pytest.raises(NotAllowed):
        appealing.confirm_ruling(case, by=cast.third, at=AT, version=case.version)
    appealing.confirm_ruling(case, by=confirms, at=AT, version=case.version)
    assert case.events.latest("number").actor_organ == organ
    assert papers.ruling(make.respondent_of(case)).issuer == str(organ)
    # It ends there, and so does what the office above may read.
    assert deadlines.running(make.respondent_of(case), APPEAL) is None
    assert not FaultCase.objects.visible_to(drafts).exists()


def test_10_5_the_fifteen_days_to_the_body_above_run_from_the_service_of_the_ruling(cast):
    case = make.appealed(cast)
    row = appealing.open_appeals(case)[0]
    given = {"at": MONDAY + 10 * DAY, "appeal": row, "result": "upheld", "text": "经复核，维持。"}
    appealing.propose_ruling(case, by=cast.second, version=case.version, **given)
    appealing.confirm_ruling(case, by=cast.deputy, at=MONDAY + 10 * DAY, version=case.version)
    clerk = make.respondent_of(case)
    assert deadlines.running(clerk, APPEAL) is None
    assert deadlines.running(clerk, deadlines.SERVE).started_at == MONDAY + 10 * DAY
    assert "申诉截止日期" not in str(papers.ruling(clerk).sections)
    assert count_sql(RESPONDENT_PROMISED_OTHERWISE)() == 0
    with pytest.raises(NotInState):
        deciding.close(case, by=cast.officer, at=MONDAY + 12 * DAY, version=case.version)

    served_on = (MONDAY + 13 * DAY).date()
    serve = {"by": cast.officer, "at": MONDAY + 14 * DAY, "appeal": row, "how": "直接送达"}
    for day in (served_on - 4 * DAY, served_on + 2 * DAY):
        with pytest.raises(Invalid):
            appealing.serve_ruling(case, version=case.version, **serve, served_on=day)
    appealing.serve_ruling(case, version=case.version, **serve, served_on=served_on)

    promise = deadlines.running(clerk, APPEAL)
    assert (promise.variant, promise.due_at.date()) == ("above", served_on + 15 * DAY)
    assert deadlines.running(clerk, deadlines.SERVE) is None
    assert "申诉截止日期" in str(papers.ruling(clerk).sections)
    assert count_sql(RESPONDENT_PROMISED_OTHERWISE)() == 0
    with pytest.raises(NotInState):
        appealing.serve_ruling(case, version=case.version, **serve, served_on=served_on)


def test_Z07_who_ruled_finds_no_case_while_the_ruling_is_under_review(cast):
    case = make.appealed(cast, Measure.ADMONISHMENT)
    make.rule(case, cast, "upheld")
    rulers = (cast.second, cast.deputy)
    FaultAccess.objects.create(
        case=case, user=cast.second, kind="named", reason="负责文书", added_by=cast.office_head, added_at=MONDAY
    )
    assert all(FaultCase.objects.visible_to(each).exists() for each in rulers)

    appealing.appeal(make.respondent_of(case), by=cast.clerk, at=MONDAY + 11 * DAY, reasons="仍然过重。")

    assert not any(FaultCase.objects.headers_visible_to(each).exists() for each in rulers)
    assert not FaultCase.objects.keeps(case, scope_of(cast.deputy, fresh=True))
    # Who had no part in either still records what the body above rules.
    assert FaultCase.objects.visible_to(cast.third).get() == case


def test_one_may_go_to_the_body_above_at_once(cast, above):
    case = make.served(cast)
    appealing.appeal(make.respondent_of(case), by=cast.clerk, at=MONDAY + 9 * DAY, reasons="过重。", level="above")
    row = appealing.open_appeals(case)[0]
    assert (row.level, row.office) == (AppealLevel.ABOVE, above[0])


def test_where_no_office_stands_above_the_answer_of_the_body_is_recorded(cast):
    case = asked_above(cast)
    assert deadlines.running(make.respondent_of(case), APPEAL_RULING).organ == case.office
    with pytest.raises(Invalid) as refused:
        propose(case, cast.third)
    assert refused.value.field == "answer"
    propose(case, cast.third, answer=Answer("粤效〔2026〕5号", AT.date(), "维持。"))
    row = appealing.open_appeals(case)[0]
    assert (row.answer_number, row.answer) == ("粤效〔2026〕5号", "维持。")


def test_10_6_of_a_decision_of_another_body_its_own_ruling_is_recorded(cast):
    case = make.appealed(cast)
    FaultDecision.objects.filter(case=case).update(body=Body.LEADING_GROUP)
    with pytest.raises(Invalid):
        propose(case, cast.second)
    propose(case, cast.second, answer=Answer("佛效领〔2026〕5号", AT.date(), "维持。"))


def test_the_body_above_gets_thirty_days_more_once_when_two_of_it_agree(cast, above):
    drafts, confirms = above[1]
    case = asked_above(cast)
    row = appealing.open_appeals(case)[0]
    before = deadlines.running(row.respondent, APPEAL_RULING).due_at
    given = {"appeal": row, "reason": "案情复杂。"}
    with pytest.raises(NotAllowed):
        appealing.ask_ruling_time(case, by=cast.third, at=AT, version=case.version, days=30, **given)
    with pytest.raises(NotInState):
        appealing.ask_ruling_time(case, by=drafts, at=AT, version=case.version, days=31, **given)
    appealing.ask_ruling_time(case, by=drafts, at=AT, version=case.version, days=30, **given)
    with pytest.raises(NotAllowed):
        appealing.extend_ruling(case, by=drafts, at=AT, version=case.version)
    appealing.extend_ruling(case, by=confirms, at=AT, version=case.version)
    after = deadlines.running(row.respondent, APPEAL_RULING).due_at
    assert after - before >= timedelta(days=30)
    with pytest.raises(NotInState):
        appealing.ask_ruling_time(case, by=drafts, at=AT, version=case.version, days=1, **given)


def test_the_same_body_gets_no_more_time_and_a_wish_lapses_with_the_old_end(cast, above):
    drafts = above[1][0]
    case = asked_above(cast)
    row = appealing.open_appeals(case)[0]
    appealing.ask_ruling_time(case, by=drafts, at=AT, version=case.version, days=30, appeal=row, reason="案情复杂。")
    assert appealing.lapse_ruling_times(at=AT) == 0
    end = deadlines.running(row.respondent, APPEAL_RULING).overdue_at
    assert appealing.lapse_ruling_times(at=end) == 1
    assert appealing.lapse_ruling_times(at=end) == 0


def test_10_6_the_body_that_decided_rules_by_its_own_people_not_by_those_of_the_office_above(cast):
    case = make.appealed(cast)
    district = cast.city.district_office
    FaultCase.objects.filter(pk=case.pk).update(office=district)
    Appeal.objects.filter(respondent__case=case).update(office=district)
    case.refresh_from_db()
    # The city's heads read the cases of districts, and are not the body that decided this one; its officers do not.
    assert FaultCase.objects.visible_to(cast.deputy).get() == case
    assert not FaultCase.objects.visible_to(cast.second).exists()
    with pytest.raises(NotAllowed):
        propose(case, cast.deputy)
    propose(case, cast.district_officer)


def test_10_6_a_lighter_measure_is_one_that_the_deciding_body_may_decide_on(cast):
    case = make.appealed(cast, Measure.ADMONISHMENT)
    FaultDecision.objects.filter(case=case).update(body=Body.PERSONNEL)
    with pytest.raises(Invalid) as refused:
        propose(case, cast.second, result="lighter", measures=[Measure.CIRCULATED_CRITICISM])
    assert refused.value.field == "measures"
