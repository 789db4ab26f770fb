"""Level four of a promise: a supervision order is proposed once, and signed or declined (docs/domain.md 9.2)."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from accountability.corrections import issuing, level_four, offers, texts
from accountability.corrections.enums import Kind, Source, State
from accountability.corrections.refusals import Absent, NotAllowed, NotInState
from accountability.models import Correction
from complaints.enums import State as CaseState
from complaints.models import Case, SupervisionOrder
from disclosure.models import InformationRequest
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.deadlines.registry import Batch
from efficiency.organs.models import Organ
from efficiency.outbox.models import Message
from tests.accountability.corrections.test_rules import sound
from tests.factories import cases as make_cases
from tests.factories import corrections as make
from tests.factories import requests as make_requests
from tests.factories.cases import local
from tests.factories.requests import MONDAY

pytestmark = pytest.mark.django_db
# Long after level four of an answer that was due on 2026-10-16.
LATE = local(2026, 11, 20)


@pytest.fixture
def late_request(cast):
    """Return a request for information whose answer is late by more than level four."""
    request = make_requests.file(cast).request
    make_requests.handling.take_up(request, by=cast.editor, at=MONDAY, version=request.version)
    sweep.run(at=LATE)
    return request


@pytest.fixture
def proposal(late_request):
    return Correction.objects.get()


class TestProposal:
    def test_is_made_once_for_each_promise_whoever_sweeps(self, late_request):
        sweep.run(at=LATE)
        escalation = Escalation.objects.get(level=4)
        assert level_four.propose(Batch(4, (escalation.pk,)), LATE) == 0

        made = Correction.objects.get()
        promise = Deadline.objects.get(pk=made.deadline_id)
        assert (made.kind, made.state, made.source) == (Kind.ORDER, State.PROPOSED, Source.ESCALATION)
        assert (made.organ, made.post, made.about) == (late_request.organ, promise.post, late_request)
        assert (made.drafted_by, made.number) == (None, None)
        assert made.events.get().action == "propose"
        assert sound() == []

    def test_goes_to_the_office_in_charge_of_the_organ(self, cast):
        organs = {organ.pk: organ for organ in Organ.objects.all()}
        expected = {
            cast.city.construction: cast.city.office,
            cast.city.government: cast.city.office,
            cast.city.office: cast.city.office,
            cast.city.street: cast.city.district_office,
            cast.city.district: cast.city.district_office,
            cast.city.district_office: cast.city.district_office,
        }
        made = {}
        for number, organ in enumerate(expected, start=1):
            deadline = make_deadline(organ, number)
            escalation = escalate(deadline)
            assert level_four.propose(Batch(4, (escalation.pk,)), LATE) == 1
            made[organ.pk] = Correction.objects.get(deadline=deadline).office_id

        assert made == {organ.pk: office.pk for organ, office in expected.items()}
        assert {organs[pk] for pk in made.values()} == {cast.city.office, cast.city.district_office}

    def test_many_are_one_statement(self, cast, django_assert_num_queries):
        ids = []
        for number in range(30):
            deadline = make_deadline(cast.city.construction, number + 1)
            ids.append(escalate(deadline).pk)
        ContentType.objects.get_for_model(Correction)
        with django_assert_num_queries(1):
            assert level_four.propose(Batch(4, tuple(ids)), LATE) == 30

    def test_what_was_put_in_beside_the_sweep_is_caught_up_with_once(self, cast, proposal):
        running = make_deadline(cast.city.construction, 901)
        ended = make_deadline(cast.city.construction, 902)
        Deadline.objects.filter(pk=ended.pk).update(state="met", met_at=LATE, ended_at=LATE)
        for deadline in (running, ended):
            escalate(deadline)

        assert level_four.propose_missing() == 1
        assert level_four.propose_missing() == 0
        assert set(Correction.objects.values_list("deadline", flat=True)) == {proposal.deadline_id, running.pk}

    def test_the_leading_group_and_the_heads_are_told_by_the_engine(self, cast, late_request):
        told = set(Message.objects.filter(kind="deadlines.level_4").values_list("recipient_id", flat=True))

        assert {cast.head.pk, cast.mayor.pk} <= told

    def test_is_known_to_the_office_alone_until_it_is_issued(self, cast, proposal):
        for who in ("head", "officer", "inspector"):
            assert Correction.objects.visible_to(getattr(cast, who)).exists(), who
        for who in ("leader", "editor", "clerk", "tax_leader", "mayor", "district_head", "appraiser", "administrator"):
            assert not Correction.objects.headers_visible_to(getattr(cast, who)).exists(), who

    def test_is_named_on_the_page_of_the_promise_that_was_broken(self, cast, proposal):
        browser = Client()
        browser.force_login(cast.officer)
        escalation = Escalation.objects.get(deadline=proposal.deadline_id, level=4)

        shown = browser.get(reverse("supervision:escalation", args=[escalation.pk])).content.decode()

        assert reverse("admin:accountability_correction_change", args=[proposal.pk]) in shown

    def test_waits_for_whoever_signs_in_words_that_name_promise_and_days(self, cast, proposal):
        said = texts.proposal(proposal, at=LATE)

        assert list(offers.waiting_for(cast.head)) == [proposal]
        assert list(offers.waiting_for(cast.officer)) == []
        assert proposal.about.number in said.findings
        assert "应于2026年10月16日前完成" in said.findings
        assert "已超期25个工作日" in said.findings
        assert proposal.about.title not in said.findings + said.title

    def test_is_signed_by_the_head_of_the_office_or_declined_with_a_reason(self, cast, proposal):
        words = {"title": "督办", "findings": "超期", "wanted": "立即办理"}
        with pytest.raises(NotAllowed):
            issuing.issue_proposal(proposal, by=cast.officer, at=LATE, version=1, **words)
        with pytest.raises(Absent):
            issuing.issue_proposal(proposal, by=cast.district_head, at=LATE, version=1, **words)
        with pytest.raises(NotInState):
            issuing.issue(proposal, by=cast.head, at=LATE, version=1)
        with pytest.raises(NotInState):
            issuing.pass_on(proposal, by=cast.head, at=LATE, version=1, text="立即办理")

        issuing.issue_proposal(proposal, by=cast.head, at=LATE, version=1, **words)

        assert (proposal.state, proposal.number) == (State.ISSUED, "佛效督〔2026〕1号")
        assert sound() == []

    def test_nothing_is_proposed_about_what_was_proposed(self, cast):
        make.issue(cast, Kind.ORDER)
        sweep.run(at=local(2026, 6, 1))

        assert Escalation.objects.filter(level=4, kind="corrections.order_answer").exists()
        assert Correction.objects.count() == 1


class TestCases:  # their own orders: docs/decisions/0031
    @pytest.fixture
    def officials(self):
        return make_cases.make_cast()

    @pytest.fixture
    def late_case(self, officials):
        case = make_cases.case_in(CaseState.HANDLING, officials, at=local(2026, 3, 3))
        sweep.run(at=local(2026, 5, 20))
        return case

    @pytest.fixture
    def of_reply(self, late_case):
        return Correction.objects.get(deadline__kind="complaints.reply")

    def test_an_order_is_given_in_the_case_and_none_beside_it(self, officials, late_case, of_reply):
        at = local(2026, 5, 20)
        with pytest.raises(NotInState):
            issuing.issue_proposal(
                of_reply, by=officials.office_head, at=at, version=1, title="督办", findings="超期", wanted="办理"
            )

        issuing.pass_on(of_reply, by=officials.office_head, at=at, version=1, text="请于五日内答复。")

        order = SupervisionOrder.objects.get()
        assert (order.case, order.text, order.by) == (late_case, "请于五日内答复。", officials.office_head)
        assert (of_reply.state, of_reply.number) == (State.PASSED_ON, None)
        assert Deadline.objects.running().filter(kind="complaints.supervise", object_id=late_case.pk).exists()
        assert sound() == []

    def test_while_an_order_waits_there_is_no_second_and_the_proposal_stays(self, officials, late_case):
        at = local(2026, 5, 20)
        first, second = Correction.objects.filter(object_id=late_case.pk)[:2]
        issuing.pass_on(first, by=officials.office_head, at=at, version=1, text="办理")

        with pytest.raises(NotInState):
            issuing.pass_on(second, by=officials.office_head, at=at, version=1, text="办理")

        second.refresh_from_db()
        assert (second.state, SupervisionOrder.objects.count()) == (State.PROPOSED, 1)

    def test_nothing_is_proposed_about_the_answer_to_such_an_order(self, officials, late_case, of_reply):
        issuing.pass_on(of_reply, by=officials.office_head, at=local(2026, 5, 20), version=1, text="办理")
        sweep.run(at=local(2026, 7, 20))

        assert Escalation.objects.filter(level=4, kind="complaints.supervise").exists()
        assert not Correction.objects.filter(deadline__kind="complaints.supervise").exists()

    def test_Z07_whom_the_case_concerns_finds_no_proposal_either(self, officials, late_case, of_reply):
        post = officials.officer.tenures.get().post
        Case.objects.filter(pk=late_case.pk).update(named_person_state="linked", about_post=post)

        assert not Correction.objects.headers_visible_to(officials.officer).exists()
        assert Correction.objects.visible_to(officials.office_head).exists()
        assert not Correction.objects.headers_visible_to(officials.leader).exists()


def escalate(deadline):
    """Return the escalation of level four of a promise, as the sweep writes it."""
    return Escalation.objects.create(
        deadline=deadline,
        level=4,
        passed_at=deadline.fourth_at,
        found_at=LATE,
        kind=deadline.kind,
        content_type=deadline.content_type,
        object_id=deadline.object_id,
        organ=deadline.organ,
    )


def make_deadline(organ, number):
    """Return a promise about nothing in particular, long after its level four."""
    at = local(2026, 3, 3)
    return Deadline.objects.create(
        kind="requests.answer", promise="citizen", content_type=ContentType.objects.get_for_model(InformationRequest),
        object_id=number, organ=organ, started_at=at, limit_number=1, limit_unit="wd", red_after=2, fourth_after=7,
        warn_at=at, due_at=at, overdue_at=at, red_at=at, fourth_at=at, level=4,
    )  # fmt: skip
