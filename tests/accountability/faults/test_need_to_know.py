"""Who knows of a fault case, through every address of it, row and message (docs/trust.md Z-01, Z-07, P-06, L-01)."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accountability.admin.faults import STEPS
from accountability.faults import clues, inquiry, offers, workflow
from accountability.faults.access import seats_to
from accountability.faults.enums import ENDED, State
from accountability.faults.messages import may_know, may_know_respondents
from accountability.faults.refusals import Refused
from accountability.models import FaultCase, FaultLook
from efficiency.access.may import MATRIX
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.audit.models import AuditRecord
from efficiency.deadlines.models import Deadline
from tests.factories import faults as make
from tests.factories.faults import FACTS, MONDAY, FaultCast

pytestmark = pytest.mark.django_db

EVERYBODY = [name for name in FaultCast.__annotations__ if name != "city"]
HEADS = {"office_head", "deputy"}
BEFORE = {"officer", "second", "third", "inspector", "other_inspector"} | HEADS
# The mayor leads the government that the bureau stands under.
LEADERS = {"leader", "mayor"}
# Whoever appraises knows of a case once it is decided.
OUTCOMES = {State.DECIDED, State.SERVED, State.APPEALED, State.CLOSED}
INQUIRING = {"inspector", "officer"}
# Whoever proposed and confirmed the decision finds the case absent under appeal, other officers have to rule.
READ = {
    State.CLUE: BEFORE,
    State.CHECKING: BEFORE,
    State.INVESTIGATING: HEADS | LEADERS | INQUIRING,
    State.SUSPENDED: HEADS | LEADERS | INQUIRING,
    State.DEFENCE: HEADS | LEADERS | INQUIRING,
    State.DECIDING: HEADS | LEADERS | INQUIRING,
    State.DECIDED: HEADS | LEADERS | INQUIRING,
    State.SERVED: HEADS | LEADERS | INQUIRING,
    State.APPEALED: {"deputy", "second", "third", "inspector"} | LEADERS,
    State.CLOSED: HEADS | LEADERS | INQUIRING,
}

# Who may take which step in which state, as docs/domain.md 10.5 and 10.6 have it, whatever the portal's own table says.
OFFICE = {"officer"} | HEADS
RULERS = {"deputy", "second", "third"}
LISTS = {"let_in": HEADS, "shut_out": HEADS, "keep_out": HEADS}
OF_INQUIRY = {"add_evidence": INQUIRING, "release_evidence": INQUIRING, "ask_extension": INQUIRING, "extend": HEADS}
OPENED = LISTS | {"appoint": HEADS, "return_proposal": INQUIRING | HEADS}
FIRST = dict.fromkeys(("record_facts", "add_respondent", "propose_opening", "propose_declining"), BEFORE)
FIRST |= {"add_evidence": BEFORE, "return_proposal": BEFORE} | LISTS
FOUND = {"record_conduct": INQUIRING, "announce": INQUIRING, "ask_suspension": OFFICE, "suspend": HEADS}
FOUND |= {"propose_decision": OFFICE, "confirm_decision": HEADS}
RULE = ("propose_ruling", "confirm_ruling", "ask_ruling_time", "extend_ruling", "serve_ruling", "enter_appeal")
AFTER = LISTS | dict.fromkeys(RULE, OFFICE) | {"release_evidence": INQUIRING, "report_execution": OFFICE | LEADERS}
AFTER |= {"return_proposal": INQUIRING | HEADS, "file_copy": OFFICE}
OF_RULERS = {"let_in": {"deputy"}, "shut_out": {"deputy"}, "keep_out": {"deputy"}} | dict.fromkeys(RULE, RULERS)
MAY = {
    State.CLUE: FIRST | {"take_up": BEFORE},
    State.CHECKING: FIRST | {"confirm_opening": BEFORE, "confirm_declining": BEFORE},
    State.HELD: LISTS | {"return_proposal": BEFORE},
    State.INVESTIGATING: OPENED
    | OF_INQUIRY
    | FOUND
    | {"record_facts": INQUIRING, "add_respondent": INQUIRING, "notify": INQUIRING},
    State.SUSPENDED: OPENED | {"look_again": OFFICE, "ask_resumption": OFFICE, "resume": HEADS},
    State.DEFENCE: OPENED | OF_INQUIRY | {"enter_statement": INQUIRING},
    State.DECIDING: OPENED | OF_INQUIRY | FOUND | {"enter_statement": INQUIRING},
    State.DECIDED: AFTER | {"serve": OFFICE},
    State.SERVED: AFTER | {"close": OFFICE},
    State.APPEALED: OF_RULERS
    | {"add_evidence": {"inspector"}, "release_evidence": {"inspector"}, "report_execution": RULERS | LEADERS}
    | {"file_copy": RULERS, "return_proposal": RULERS | {"inspector"}},
    State.CLOSED: {},
    State.DECLINED: {},
    State.WITHDRAWN: {},
    State.NOT_PURSUED: {},
}
# Whoever reads a case that runs can declare a recusal of their own.
MAY |= {state: MAY[state] | {"declare_recusal": READ.get(state, BEFORE)} for state in MAY if state not in ENDED}


def came_to(state, cast):
    """Return a case in a state, led there where a way leads there."""
    if state in make.WAYS:
        return make.WAYS[state](cast)
    case = make.clue(cast)
    ended_at = MONDAY if state in ENDED else None
    FaultCase.objects.filter(pk=case.pk).update(state=state, ended_at=ended_at, decline_ground="minor")
    case.refresh_from_db()
    return case


def log_in(user):
    client = Client()
    client.force_login(user)
    return client


def addresses(case):
    """Return every address about one case."""
    key = [case.pk]
    found = [reverse("admin:accountability_faultcase_change", args=key)]
    found.append(reverse("admin:accountability_faultcase_names", args=key))
    found += [reverse("admin:accountability_faultcase_do", args=[case.pk, step]) for step in STEPS]
    return found


@pytest.mark.parametrize("state", list(READ))
class TestRows:
    def test_Z01_rows_relation_and_messages_agree(self, cast, state):
        case = make.WAYS[state](cast)
        headers = {"auditor"} | ({"appraiser"} if state in OUTCOMES else set())
        for name in EVERYBODY:
            user = getattr(cast, name)
            scope_of(user, fresh=True)
            reads = name in READ[state]
            assert FaultCase.objects.visible_to(user).exists() is reads, name
            assert rows_of(FaultCase, user).exists() is (reads or name in headers), name
            assert bool(list(seats_to(scope_of(user), case))) is (reads or name in headers), name
            assert bool(may_know([user.pk], [case.pk])) is (reads or name in headers), name
            respondents = list(case.respondents.values_list("pk", flat=True))
            told = name == "clerk" and state not in (State.CLUE, State.CHECKING)
            known = reads or name in headers or told
            assert bool(may_know_respondents([user.pk], respondents)) is known, name


class TestAddresses:
    @pytest.mark.parametrize("state", [State.CLUE, State.INVESTIGATING, State.APPEALED])
    def test_Z02_absent_through_every_address(self, cast, state):
        case = make.WAYS[state](cast)
        for name in ("clerk", "tax_leader", "district_officer", "auditor"):
            client = log_in(getattr(cast, name))
            for address in addresses(case):
                expected = 200 if name == "auditor" and address.endswith("/change/") else 404
                assert client.get(address).status_code == expected, (name, address)
                if expected == 404:
                    assert client.post(address, {"version": case.version}).status_code == 404, (name, address)
        listed = log_in(cast.tax_leader).get(reverse("admin:accountability_faultcase_changelist"))
        assert case.number not in listed.content.decode()

    def test_header_only_roles_read_no_text_and_no_person(self, cast):
        case = make.served(cast)
        page = log_in(cast.auditor).get(reverse("admin:accountability_faultcase_change", args=[case.pk]))
        text = page.content.decode()
        assert case.number in text
        assert FACTS not in text
        assert cast.clerk.full_name not in text

    def test_L01_each_view_is_on_record_once(self, cast):
        case = make.clue(cast)
        log_in(cast.officer).get(reverse("admin:accountability_faultcase_change", args=[case.pk]))
        views = AuditRecord.objects.filter(action="fault.view", actor_id=cast.officer.pk, object_id=str(case.pk))
        assert views.count() == 1

    def test_P04_names_are_masked_until_a_reason_is_on_record(self, cast):
        case = make.investigated(cast)
        client = log_in(cast.leader)
        page = client.get(reverse("admin:accountability_faultcase_change", args=[case.pk])).content.decode()
        assert cast.clerk.full_name not in page

        shown = inquiry.reveal(case, by=cast.leader, at=MONDAY, reason="安排谈话")
        assert [each.person for each in shown] == [cast.clerk]
        assert FaultLook.objects.get().by == cast.leader
        assert cast.clerk.full_name in log_in(cast.inspector).get(
            reverse("admin:accountability_faultcase_change", args=[case.pk])
        ).content.decode()  # fmt: skip

    def test_every_step_of_staff_has_its_page_and_its_place(self):
        of_staff = {row.action for row in workflow.TABLE if isinstance(row.right, str)}
        assert set(STEPS) == set(offers.ORDER) == of_staff
        assert {row.right for row in workflow.TABLE if isinstance(row.right, str)} <= set(MATRIX)

    def test_the_list_lets_those_in_who_are_named(self, cast):
        case = make.investigated(cast)
        assert not FaultCase.objects.visible_to(cast.third).exists()
        inquiry.let_in(case, by=cast.office_head, at=MONDAY, version=case.version, person=cast.third, reason="负责文书")
        assert FaultCase.objects.visible_to(cast.third).get() == case
        inquiry.shut_out(
            case, by=cast.office_head, at=MONDAY, version=case.version, person=cast.third, reason="任务完成"
        )
        assert not FaultCase.objects.visible_to(cast.third).exists()


class TestOwnPage:
    def test_whom_it_is_about_reads_notice_own_words_and_decision_nothing_else(self, cast):
        case = make.served(cast)
        row = make.respondent_of(case)
        page = log_in(cast.clerk).get(reverse("admin:fault_own", args=[row.pk])).content.decode()
        assert "当日系统故障。" in page
        assert "未履行一次性告知义务，情节轻微。" in page
        for hidden in ("审计发现该岗位未履行告知义务。", "当日窗口无人值守。"):
            assert hidden not in page

    def test_Z02_before_the_notice_there_is_nothing(self, cast):
        case = make.opened(cast)
        row = make.respondent_of(case)
        client = log_in(cast.clerk)
        assert client.get(reverse("admin:fault_own", args=[row.pk])).status_code == 404
        assert case.number not in client.get(reverse("admin:fault_own_list")).content.decode()

    def test_evidence_is_read_once_it_is_released(self, cast):
        case = make.announced(cast)
        row, client = make.respondent_of(case), log_in(cast.clerk)
        address = reverse("admin:fault_own", args=[row.pk])
        assert "当日窗口无人值守。" not in client.get(address).content.decode()
        inquiry.release_evidence(
            case, by=cast.inspector, at=MONDAY, version=case.version, evidence=case.evidence.get(), respondent=row
        )
        assert "当日窗口无人值守。" in client.get(address).content.decode()

    @pytest.mark.parametrize("name", ["leader", "tax_leader", "auditor", "officer"])
    def test_nobody_else_opens_it(self, cast, name):
        case = make.announced(cast)
        address = reverse("admin:fault_own", args=[make.respondent_of(case).pk])
        response = log_in(getattr(cast, name)).get(address)
        # Whoever reads the case is led to its page.
        assert response.status_code == (404 if name == "tax_leader" else 302)
        step = reverse("admin:fault_own_step", args=[make.respondent_of(case).pk, "statement"])
        assert log_in(getattr(cast, name)).post(step, {"kind": "waiver"}).status_code == 404

    def test_statement_and_appeal_through_the_page(self, cast):

        case = make.announced(cast)
        row, client = make.respondent_of(case), log_in(cast.clerk)
        with time_machine.travel(MONDAY + 3 * make.DAY, tick=False):
            step = reverse("admin:fault_own_step", args=[row.pk, "statement"])
            assert client.get(step).status_code == 200
            assert client.post(step, {"kind": "written", "text": ""}).status_code == 200
            assert client.post(step, {"kind": "written", "text": "当日系统故障。"}).status_code == 302
        case.refresh_from_db()
        assert case.state == State.DECIDING
        make.decide(case, cast, at=MONDAY + 7 * make.DAY)

    def test_an_organ_is_spoken_for_by_its_leader_who_reads_nothing_else(self, cast):
        case = make.clue(cast, post=None)
        make.opened(cast, case)
        row = make.respondent_of(case)
        assert not FaultCase.objects.visible_to(cast.leader).exists()
        inquiry.appoint(case, by=cast.office_head, at=MONDAY, version=case.version, people=cast.investigators)
        inquiry.notify(case, by=cast.inspector, at=MONDAY, version=case.version)
        assert log_in(cast.leader).get(reverse("admin:fault_own", args=[row.pk])).status_code == 200
        assert log_in(cast.clerk).get(reverse("admin:fault_own", args=[row.pk])).status_code == 404


class TestStateMachine:
    """Role × state × action: a step is taken where the rules say, by whom they say, and refused everywhere else."""

    @pytest.mark.parametrize("state", list(READ))
    def test_each_role_is_offered_what_its_right_allows_in_this_state(self, cast, state):
        case = make.WAYS[state](cast)
        for name in EVERYBODY:
            user = getattr(cast, name)
            scope_of(user, fresh=True)
            offered = {offer.name for offer in offers.offers(case, user, at=MONDAY)}
            if name not in READ[state]:
                assert offered == set(), (name, state)
            for action in offered:
                row = workflow.BY_ACTION[action]
                assert state in row.sources
                assert workflow.seats_that_may(user, row, case)
            if state in ENDED:
                assert offered == set(), name

    @pytest.mark.parametrize("state", list(MAY))
    def test_10_5_each_step_is_taken_by_whom_and_where_the_rules_say_and_changes_nothing_elsewhere(self, cast, state):
        case = came_to(state, cast)
        version, expected = case.version, MAY[state]
        of_staff = {row.action for row in workflow.TABLE if isinstance(row.right, str)}
        assert set(expected) <= of_staff
        assert {action for action in of_staff if state in workflow.BY_ACTION[action].sources} == set(expected)
        # Whom the case is absent for is refused all alike; what is of another state is, to the head who may most.
        for action in [*expected, "close" if state != State.SERVED else "serve"]:
            readers = sorted(READ.get(state, BEFORE)) if action in expected else ["deputy"]
            for name in EVERYBODY if action == "return_proposal" else readers:
                user = getattr(cast, name)
                try:
                    workflow.begin(case, action, by=user, at=MONDAY, version=version)
                except Refused:
                    assert name not in expected.get(action, ()), (action, name)
                else:
                    assert name in expected.get(action, ()), (action, name)
        case.refresh_from_db()
        assert case.version == version


class TestListsAndCounts:
    def test_Z14_complaints_that_give_clues_are_those_one_may_read(self, cast):
        assert not clues.justified_without_clue(cast.leader).exists()
        assert Deadline.objects.count() == 0
