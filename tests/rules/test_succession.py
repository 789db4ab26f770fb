"""What an organ that ends hands over to the one that follows it (docs/domain.md 7, 13.14)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import actions, citizen, deadlines, invariants, timeline
from complaints.actions import succeeding
from complaints.commitments import duties
from complaints.enums import NamedPerson, RecusalGround, State, SuspensionGround
from complaints.models import Assistance, Case, Holding, Recusal
from efficiency import succession
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from efficiency.refusals import Invalid
from efficiency.steps.refusals import NotAllowed
from tests.factories import cases as make
from tests.factories.cases import recently
from tests.factories.staff import make_organ, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(db):
    return recently()


def hand_over(cast, at, **changed):
    given = {"by": cast.office_head, "at": at, "successor": cast.city.tax, "reason": "机构改革合并"} | changed
    moved = succession.hand_over(cast.city.construction, **given)
    return {name: moved[name] for name in ("parts", "cases")}


def test_13_14_all_open_cases_and_parts_go_over_with_their_promises_and_nothing_restarts(cast, at):
    before = at - timedelta(days=2)
    handling = make.case_in(State.HANDLING, cast, at=before)
    due = {each.kind: each.due_at for each in engine.running(handling)}
    leader = seat(Role.ORGAN_LEADER, cast.city.tax, Rank.APPROVER)
    [line] = succession.going_over(cast.city.construction, viewer=cast.office_head)
    assert line.startswith("1")

    assert hand_over(cast, at) == {"parts": 0, "cases": 1}

    handling.refresh_from_db()
    taken = (handling.handling_organ, handling.state, handling.handler, handling.flags)
    assert taken == (cast.city.tax, State.HANDLING, None, [])
    held = list(Holding.objects.filter(case=handling).order_by("pk").values_list("organ", "until"))
    assert held[-2:] == [(cast.city.construction.pk, at), (cast.city.tax.pk, None)]
    assert {each.kind: each.due_at for each in engine.running(handling)} == due, "no clock restarts"
    reply = engine.running(handling, [deadlines.REPLY]).get()
    assert (reply.organ, reply.post, reply.responsible) == (cast.city.tax, None, None)
    event = handling.events.latest("number")
    assert (event.action, event.internal_text) == ("succeed", "机构改革合并")
    assert (event.actor, event.actor_organ) == (cast.office_head, cast.city.office), "who decided it is on record"
    assert invariants.steps_without_right() == 0
    told = next(each for each in timeline.public(handling) if each.at == at)
    assert str(cast.city.tax) in told.text, "the complainant reads who handles it now"
    assert handling.transfer_count == 0
    acts = AuditRecord.objects.filter(action="organ.hand_over")
    assert [(act.actor, act.detail["cases"]) for act in acts] == [(cast.office_head, 1)]
    told = set(Message.objects.filter(kind="organ.handed_over").values_list("recipient_id", flat=True))
    assert {leader.pk, cast.leader.pk} <= told
    assert invariants.next_due_not_as_counted() == 0


def test_13_14_what_was_answered_stays_with_the_organ_that_answered_it_and_blocks_its_end_by_name(cast, at):
    before = at - timedelta(days=2)
    answered = [
        make.case_in(state, cast, at=before)
        for state in (State.REPLIED, State.REPORTED, State.CLOSED, State.REVIEWING, State.ARCHIVED)
    ]
    held = list(Holding.objects.order_by("pk").values_list("organ", "until"))
    assert hand_over(cast, at) == {"parts": 0, "cases": 0}
    assert {Case.objects.get(pk=case.pk).handling_organ for case in answered} == {cast.city.construction}
    assert list(Holding.objects.order_by("pk").values_list("organ", "until")) == held, "no span begins"
    assert re.search(r"4 answered|4件已答复", succession.staying(cast.city.construction, at=at))


def test_13_14_a_reply_stays_that_of_the_organ_that_gave_it_where_another_one_handles_the_case_again(cast, at):
    case = make.case_in(State.CLOSED, cast, at=at - timedelta(days=2))
    actions.order_rework(
        case, by=cast.office_head, at=at - timedelta(days=1), version=case.version, text="请补充核实。"
    )
    assert hand_over(cast, at) == {"parts": 0, "cases": 1}
    case.refresh_from_db()
    assert (case.state, case.handling_organ) == (State.REWORKING, cast.city.tax)
    [given] = citizen._replies(case, ())
    assert given.organ == str(cast.city.construction)


def test_13_14_a_request_to_stop_the_clock_goes_over_and_can_be_decided(cast, at):
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    actions.ask_suspension(
        case, by=cast.clerk, at=at, version=case.version, ground=SuspensionGround.PROCEEDING, reason="等待另一案结果。"
    )
    hand_over(cast, at)
    assert case.suspension_requests.get().organ == cast.city.tax
    case.refresh_from_db()
    assert actions.lapse_suspensions(at=at) == 0
    actions.refuse_suspension(case, by=cast.officer, at=at, version=case.version, reason="不影响办理。")


def test_4_7_no_7_what_goes_over_is_not_counted_as_sending_the_citizen_on(cast, at):
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    hand_over(cast, at)
    today = timezone.localdate(at)
    period = duties.Period(today, today, at + timedelta(minutes=1))
    organs = [cast.city.construction.pk, cast.city.tax.pk]
    assert not duties.handed_on(Case.objects.filter(pk=case.pk), period, organs)
    assert not duties.received_by(Case.objects.filter(pk=case.pk), period, organs)


def test_Z07_who_is_recused_in_a_case_learns_not_of_it_and_another_head_hands_over(cast, at):
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    Recusal.objects.create(
        case=case, user=cast.office_head, ground=RecusalGround.PERSON_CONCERNED, by=cast.officer, at=at
    )
    [line] = succession.going_over(cast.city.construction, viewer=cast.office_head)
    assert line.startswith("1")
    with pytest.raises(Invalid) as refusal:
        hand_over(cast, at)
    assert case.number not in str(refusal.value.message)
    other = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
    assert hand_over(cast, at, by=other) == {"parts": 0, "cases": 2}


def test_more_cases_than_can_go_over_at_once_are_refused(cast, at, monkeypatch):
    monkeypatch.setattr(succeeding, "MOST_AT_ONCE", 1)
    for _each in range(2):
        make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    with pytest.raises(Invalid, match=r"more than 1 |超过1件"):
        hand_over(cast, at)


def test_13_14_who_has_a_post_at_the_successor_keeps_the_case(cast, at):
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    seat(Role.CLERK, cast.city.tax, user=cast.clerk)
    hand_over(cast, at)
    case.refresh_from_db()
    assert case.handler == cast.clerk


def test_13_14_parts_in_cases_of_others_go_over(cast, at):
    third = make_organ("440600-HB", "佛山市环境保护局", "department", parent=cast.city.government)
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    part = make.join(case, cast, at=at - timedelta(days=1))
    assert part.organ == cast.city.tax
    succession.hand_over(cast.city.tax, by=cast.office_head, at=at, successor=third, reason="合并")
    part = Assistance.objects.get(pk=part.pk)
    assert part.organ == third
    event = case.events.latest("number")
    assert (event.action, event.actor, event.data["organ"]) == ("succeed_part", cast.office_head, third.pk)
    told = Message.objects.filter(kind="complaints.succeed_part").values_list("recipient_id", flat=True)
    assert cast.clerk.pk in told, "whoever leads the case learns who assists now"
    assert str(third) in next(each.text for each in timeline.public(case) if each.at == at)
    assert invariants.steps_without_right() == 0
    assert invariants.next_due_not_as_counted() == 0
    assert {each.organ for each in engine.running(part)} == {third}


def test_13_14_all_or_nothing_one_that_must_not_go_there_is_named(cast, at):
    free, barred = (make.case_in(State.HANDLING, cast, at=at - timedelta(days=1)) for _each in range(2))
    Case.objects.filter(pk=barred.pk).update(named_person_state=NamedPerson.UNRESOLVED)
    with pytest.raises(Invalid, match=barred.number) as refusal:
        hand_over(cast, at)
    assert not re.search(r"(?<!\d)1( case|件)", str(refusal.value.message)), "no total is told (Z-14)"
    assert refusal.value.field == "successor"
    free.refresh_from_db()
    assert free.handling_organ == cast.city.construction
    assert not AuditRecord.objects.filter(action="organ.hand_over").exists()


def test_13_14_a_successor_that_leads_the_case_takes_no_part_in_it(cast, at):
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    make.join(case, cast, at=at - timedelta(days=1))
    with pytest.raises(Invalid, match=case.number):
        succession.hand_over(cast.city.tax, by=cast.office_head, at=at, successor=cast.city.construction, reason="合并")


def test_Z01_only_the_head_of_the_office_in_charge_of_both_hands_over(cast, at):
    for nobody in (cast.officer, cast.leader):
        with pytest.raises(NotAllowed):
            hand_over(cast, at, by=nobody)
    head = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER)
    with pytest.raises(NotAllowed):
        hand_over(cast, at, by=head, successor=cast.city.street)
    for wrong in (None, cast.city.construction, cast.city.office, cast.city.street):
        with pytest.raises(Invalid):
            hand_over(cast, at, successor=wrong)
    with pytest.raises(Invalid):
        hand_over(cast, at, reason=" ")


def test_the_page_shows_what_goes_over_and_what_stays_before(cast, at):
    make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    browser = Client()
    browser.force_login(cast.office_head)
    address = reverse("admin:efficiency_organ_hand_over", args=[cast.city.construction.pk])
    change = reverse("admin:efficiency_organ_change", args=[cast.city.construction.pk])
    assert address in browser.get(change).content.decode()
    shown = browser.get(address).content.decode()
    for line in succession.going_over(cast.city.construction, viewer=cast.office_head):
        assert line in shown
    assert Case.objects.get().number in shown, "one by one as well"
    assert succession.staying(cast.city.construction, at=timezone.now())[:12] in shown
    sent = {"successor": cast.city.tax.pk, "reason": "机构改革合并"}
    assert browser.post(address, sent).status_code == 302
    assert Case.objects.get().handling_organ == cast.city.tax
    other = Client()
    other.force_login(cast.officer)
    assert other.get(address).status_code == 403
    assert address not in other.get(change).content.decode()


class TestTheWorker:
    """What is too much for one request is done by the worker, once, all or nothing."""

    @pytest.fixture(autouse=True)
    def _few(self, monkeypatch):
        monkeypatch.setattr(succession, "MOST_IN_A_REQUEST", 0)

    def ask(self, cast, at):
        return succession.ask(
            cast.city.construction, by=cast.office_head, at=at, successor=cast.city.tax, reason="机构改革合并"
        )

    def test_it_hands_over_what_was_asked_for_once(self, cast, at):
        case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
        browser = Client()
        browser.force_login(cast.office_head)
        address = reverse("admin:efficiency_organ_hand_over", args=[cast.city.construction.pk])
        sent = {"successor": cast.city.tax.pk, "reason": "机构改革合并"}
        assert browser.post(address, sent).status_code == 302
        case.refresh_from_db()
        assert case.handling_organ == cast.city.construction, "not yet"
        assert str(cast.city.tax) in browser.get(address).context["effects"][-1]
        with pytest.raises(Invalid):
            self.ask(cast, at)
        later = timezone.now()
        assert [succession.do_asked(at=later) for _twice in range(2)] == [1, 0]
        case.refresh_from_db()
        assert case.handling_organ == cast.city.tax
        assert AuditRecord.objects.filter(action="organ.hand_over").count() == 1
        assert Message.objects.filter(kind="organ.handed_over", recipient=cast.leader).exists()

    def test_Z01_what_is_refused_then_is_told_and_nothing_went_over(self, cast, at):
        free, barred = (make.case_in(State.HANDLING, cast, at=at - timedelta(days=1)) for _each in range(2))
        asked = self.ask(cast, at)
        Case.objects.filter(pk=barred.pk).update(named_person_state=NamedPerson.UNRESOLVED)
        assert succession.do_asked(at=at) == 1
        asked.refresh_from_db()
        free.refresh_from_db()
        assert barred.number in asked.why_not
        assert free.handling_organ == cast.city.construction
        assert succession.last_refused(cast.city.construction) == asked
        told = Message.objects.filter(kind=succession.REFUSED).values_list("recipient_id", flat=True)
        assert set(told) == {cast.office_head.pk}
        assert self.ask(cast, at) is not None, "it can be asked for again"
