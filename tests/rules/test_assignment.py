"""
Who of an organ handles a case: assignment, hand-over, and what becomes of it when a handler leaves or is away.

Rules: docs/domain.md 4.6 and 7; docs/trust.md S-07, Z-07, I-12.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints import actions, deadlines, invariants, worklist
from complaints.enums import Handling, State
from complaints.models import Case, Recusal
from efficiency import absences
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Post, Rank, Role, Tenure, TenureKind
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import Cast, recently
from tests.factories.staff import make_user, seat

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def colleague(cast) -> User:
    return seat(Role.CLERK, cast.city.construction, username="colleague")


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def today():
    return timezone.localdate()


def assign(case: Case, by: User, handler: User | None, *, at, reason: str = "按片区分工") -> None:
    actions.assign(case, by=by, at=at, version=case.version, handler=handler, reason=reason)


def own_case(cast: Cast, at) -> Case:
    case = make.case_in(State.SUBMITTED, cast, at=at)
    actions.instruct(case, by=cast.office_head, at=at, version=case.version, handling=Handling.OWN, instruction="自办")
    return case


def post_of(user: User) -> Post:
    return Post.objects.get(tenures__user=user)


def is_move_of(user: User, case: Case) -> bool:
    """Say whether the queue of the person holds the case as their own to move."""
    user = User.objects.get(pk=user.pk)
    cases = worklist.with_moves(Case.objects.visible_to(user).open(), user)
    return cases.filter(worklist.waiting_for(user)).filter(pk=case.pk).exists()


def told(user: User, case: Case, kind: str) -> bool:
    return Message.objects.filter(recipient=user, subject_id=case.pk, kind=kind).exists()


class TestAssignment:
    def test_a_leader_gives_a_case_to_another_handler_of_the_organ(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at)

        assign(case, cast.leader, colleague, at=at)

        assert case.handler == colleague
        event = case.events.latest("number")
        assert (event.action, event.internal_text) == ("assign", "按片区分工")
        assert event.data == {"handler": colleague.pk, "from_handler": cast.clerk.pk}

    def test_before_it_is_signed_in_a_case_is_given_to_somebody_as_well(self, cast, colleague, at):
        case = make.case_in(State.ASSIGNED, cast, at=at)

        assign(case, cast.leader, colleague, at=at)

        assert (case.state, case.handler) == (State.ASSIGNED, colleague)

    def test_the_promises_pass_to_the_new_handler_and_no_clock_restarts(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at, consent=True)
        due = {each.kind: each.due_at for each in engine.running(case)}

        assign(case, cast.leader, colleague, at=at + timedelta(hours=1))

        owed = engine.running(case, [deadlines.REPLY, deadlines.CONTACT])
        assert {(each.responsible, each.post) for each in owed} == {(colleague, post_of(colleague))}
        assert {each.kind: each.due_at for each in engine.running(case)} == due

    def test_the_new_handler_is_told(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at)

        assign(case, cast.leader, colleague, at=at)

        assert told(colleague, case, "complaints.assign")
        assert not told(cast.clerk, case, "complaints.assign")

    def test_what_the_office_handles_itself_an_officer_gives_to_an_officer(self, cast, at):
        case = own_case(cast, at)

        with pytest.raises(actions.Absent):
            assign(case, cast.leader, cast.clerk, at=at)
        assign(case, cast.officer, cast.office_head, at=at)

        assert case.handler == cast.office_head

    def test_what_an_organ_handles_the_office_does_not_assign(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at)

        with pytest.raises(actions.NotAllowed):
            assign(case, cast.office_head, colleague, at=at)

    def test_a_reason_and_a_person_are_needed(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at)

        for handler, reason, field in ((colleague, " ", "reason"), (None, "调整分工", "handler")):
            with pytest.raises(actions.Invalid) as refusal:
                assign(case, cast.leader, handler, at=at, reason=reason)
            assert refusal.value.field == field

    def test_the_one_who_has_it_is_no_new_handler(self, cast, at):
        case = make.case_in(State.HANDLING, cast, at=at)

        with pytest.raises(actions.Invalid):
            assign(case, cast.leader, cast.clerk, at=at)

    @pytest.mark.parametrize("who", ["tax_clerk", "officer", "leader", "nobody", "former", "later", "closed"])
    def test_only_a_clerk_with_a_running_tenure_at_the_organ_is_given_a_case(self, who, cast, at, today):
        organ = cast.city.construction
        person = {
            "nobody": lambda: make_user(),
            "former": lambda: seat(Role.CLERK, organ, until=today),
            "later": lambda: seat(Role.CLERK, organ, since=today + DAY),
            "closed": lambda: seat(Role.CLERK, organ, user=make_user(is_active=False)),
        }.get(who, lambda: getattr(cast, who))()
        case = make.case_in(State.HANDLING, cast, at=at)

        with pytest.raises(actions.Invalid) as refusal:
            assign(case, cast.leader, person, at=at)

        assert refusal.value.field == "handler"

    def test_Z07_nobody_recused_is_given_the_case_by_whichever_account(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at)
        twin = make_user(full_name=colleague.full_name, phone="13900002222")
        User.objects.filter(pk=colleague.pk).update(phone="13900002222")
        seat(Role.CLERK, cast.city.construction, user=twin)
        Recusal.objects.create(case=case, user=twin, ground="declared", at=at, by=twin)

        with pytest.raises(actions.Invalid):
            assign(case, cast.leader, User.objects.get(pk=colleague.pk), at=at)

    def test_a_stale_page_does_not_assign(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at)

        with pytest.raises(actions.StaleCase):
            actions.assign(
                case, by=cast.leader, at=at, version=case.version - 1, handler=colleague, reason="按片区分工"
            )


class TestHandOver:
    def test_everything_that_a_handler_has_in_hand_goes_to_another_each_as_an_event(self, cast, colleague, at):
        cases = [make.case_in(state, cast, at=at) for state in (State.HANDLING, State.REPLIED, State.SUSPENDED)]
        done = make.case_in(State.ARCHIVED, cast, at=at)

        moved = actions.hand_over(cast.clerk, by=cast.leader, at=at, to=colleague, reason="调离")

        assert {each.case.pk for each in moved} == {case.pk for case in cases}
        assert not any(each.why_not for each in moved)
        for case in cases:
            case.refresh_from_db()
            assert case.handler == colleague
            assert case.events.latest("number").action == "assign"
        done.refresh_from_db()
        assert done.handler == cast.clerk

    def test_a_case_that_cannot_move_stays_and_says_why_the_others_move(self, cast, colleague, at):
        barred, free = (make.case_in(State.HANDLING, cast, at=at) for _each in range(2))
        Recusal.objects.create(case=barred, user=colleague, ground="declared", at=at, by=colleague)

        moved = actions.hand_over(cast.clerk, by=cast.leader, at=at, to=colleague, reason="调离")

        assert {each.case.pk: bool(each.why_not) for each in moved} == {barred.pk: True, free.pk: False}
        barred.refresh_from_db()
        free.refresh_from_db()
        assert (barred.handler, free.handler) == (cast.clerk, colleague)

    def test_a_leader_hands_over_nothing_of_another_organ_nor_what_they_are_recused_from(self, cast, colleague, at):
        case = make.case_in(State.HANDLING, cast, at=at)
        assert actions.in_hands_of(cast.clerk, cast.tax_leader) == []
        assert actions.in_hands_of(cast.clerk, cast.officer) == []

        Recusal.objects.create(case=case, user=cast.leader, ground="declared", at=at, by=cast.leader)

        assert actions.in_hands_of(cast.clerk, cast.leader) == []
        assert actions.hand_over(cast.clerk, by=cast.leader, at=at, to=colleague, reason="调离") == []

    def test_the_list_is_the_answer_of_the_matrix(self, cast, at):
        cases = [make.case_in(state, cast, at=at) for state in State] + [own_case(cast, at)]
        assert cases[-1].handler is not None

        for user in (cast.leader, cast.tax_leader, cast.officer, cast.office_head, cast.clerk, cast.inspector):
            listed = set(actions.assigning.assignable(user).values_list("pk", flat=True))
            steps = {
                case.pk
                for case in Case.objects.filter(handler__isnull=False)
                if "assign" in {step.name for step in actions.assigning.workflow.next_actions(case, user)}
            }
            assert listed == steps, user

    @pytest.mark.parametrize(("to", "reason", "field"), [("colleague", "", "reason"), (None, "调离", "to")])
    def test_a_person_and_a_reason_are_needed(self, to, reason, field, cast, colleague, at):
        make.case_in(State.HANDLING, cast, at=at)

        with pytest.raises(actions.Invalid) as refusal:
            actions.hand_over(cast.clerk, by=cast.leader, at=at, to=colleague if to else None, reason=reason)

        assert refusal.value.field == field

    def test_who_has_how_much_in_hand_is_counted_over_what_one_may_assign(self, cast, colleague, at):
        for _each in range(2):
            make.case_in(State.HANDLING, cast, at=at)
        assign(make.case_in(State.HANDLING, cast, at=at), cast.leader, colleague, at=at)

        assert actions.handlers_of(cast.leader) == [(cast.clerk, 2), (colleague, 1)]
        assert actions.handlers_of(cast.tax_leader) == []


class TestWhoLeaves:
    """I-12: what a handler has in hand passes on when the tenure from which they handle has ended."""

    def test_a_case_goes_to_whoever_holds_the_post_now(self, cast, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        post, successor = post_of(cast.clerk), make_user()
        Tenure.objects.filter(user=cast.clerk).update(until=today)
        Tenure.objects.create(user=successor, post=post, since=today)

        assert actions.pass_on_assignments(at=at) == 1

        case.refresh_from_db()
        assert case.handler == successor
        assert told(successor, case, "complaints.pass_on")
        assert {each.responsible for each in engine.running(case, [deadlines.REPLY])} == {successor}

    def test_without_one_it_goes_to_the_counterpart_of_the_post(self, cast, colleague, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        Post.objects.filter(tenures__user=cast.clerk).update(stand_in=post_of(colleague))
        Tenure.objects.filter(user=cast.clerk).update(until=today)

        actions.pass_on_assignments(at=at)

        case.refresh_from_db()
        assert case.handler == colleague

    def test_a_post_in_another_organ_does_not_keep_it_in_hand(self, cast, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        Tenure.objects.filter(user=cast.clerk).update(until=today)
        seat(Role.CLERK, cast.city.tax, user=cast.clerk)

        actions.pass_on_assignments(at=at)

        case.refresh_from_db()
        assert (case.handler, case.handling_organ) == (None, cast.city.construction)
        assert case.events.latest("number").data == {"handler": None, "from_handler": cast.clerk.pk}

    def test_nor_does_a_post_that_handles_nothing(self, cast, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        Tenure.objects.filter(user=cast.clerk).update(until=today)
        seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER, user=cast.clerk)

        actions.pass_on_assignments(at=at)

        case.refresh_from_db()
        assert case.handler is None

    def test_whoever_handles_from_a_post_above_the_organ_keeps_it(self, cast, at):
        above = seat(Role.CLERK, cast.city.government)
        case = make.case_in(State.ASSIGNED, cast, at=at)
        actions.sign_in(case, by=above, at=at, version=case.version)

        assert actions.pass_on_assignments(at=at) == 0
        case.refresh_from_db()
        assert case.handler == above


class TestWhoIsAway:
    """S-07, docs/domain.md 7: in the days of an absence the stand-in acts for the post, and only in these."""

    @pytest.fixture
    def stand_in(self, cast) -> User:
        """The counterpart (B), a colleague: without the absence the case is not theirs to move."""
        user = seat(Role.CLERK, cast.city.construction, username="stand.in")
        Post.objects.filter(tenures__user=cast.clerk).update(stand_in=post_of(user))
        return user

    @pytest.fixture
    def deputy(self, cast) -> User:
        """A deputy head as counterpart, who handles nothing from the own post."""
        user = seat(Role.ORGAN_LEADER, cast.city.construction, Rank.REVIEWER, username="deputy")
        Post.objects.filter(tenures__user=cast.clerk).update(stand_in=post_of(user))
        return user

    def away(self, cast, at, since, until):
        tenure = Tenure.objects.get(user=cast.clerk)
        return absences.record_absence(tenure, by=cast.clerk, at=at, since=since, until=until, reason="leave")

    def test_the_cases_of_the_absent_are_in_the_queue_of_the_stand_in(self, cast, stand_in, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        assert not is_move_of(stand_in, case)

        self.away(cast, at, today, today + DAY)

        assert is_move_of(stand_in, case)
        assert is_move_of(cast.clerk, case)

    def test_those_of_a_colleague_who_is_there_are_not(self, cast, colleague, stand_in, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        assign(case, cast.leader, colleague, at=at)

        self.away(cast, at, today, today + DAY)

        assert not is_move_of(stand_in, case)

    def test_rights_come_and_end_by_date_without_anyone_acting(self, cast, stand_in, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        self.away(cast, at, today + DAY, today + 2 * DAY)
        given = Tenure.objects.filter(user=stand_in, kind=TenureKind.STAND_IN)
        assert not is_move_of(stand_in, case)

        given.update(since=today)
        assert is_move_of(stand_in, case)

        given.update(since=today - DAY, until=today)
        assert not is_move_of(stand_in, case)

    def test_what_the_stand_in_does_is_theirs_for_the_post_of_the_absent(self, cast, colleague, at, today):
        Post.objects.filter(tenures__user=cast.clerk).update(stand_in=post_of(colleague))
        case = make.case_in(State.HANDLING, cast, at=at, consent=True)
        self.away(cast, at, today, today + DAY)

        event = actions.record_contact(case, by=colleague, at=at, version=case.version, text="已电话联系", reached=True)

        assert (event.actor, event.actor_post) == (colleague, post_of(cast.clerk))
        assert case.handler == cast.clerk

    def test_what_the_stand_in_does_in_other_cases_is_for_the_own_post(self, cast, colleague, at, today):
        own_post = post_of(colleague)
        Post.objects.filter(tenures__user=cast.clerk).update(stand_in=own_post)
        case = make.case_in(State.HANDLING, cast, at=at, consent=True)
        assign(case, cast.leader, colleague, at=at)
        self.away(cast, at, today, today + DAY)

        event = actions.record_contact(case, by=colleague, at=at, version=case.version, text="已电话联系", reached=True)

        assert event.actor_post == own_post

    def test_messages_to_the_handler_reach_the_stand_in(self, cast, stand_in, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        self.away(cast, at, today, today + DAY)
        actions.propose_reply(
            case, by=cast.clerk, at=at, version=case.version,
            outcome="upheld", findings="属实", measures="已整改", basis="法",
        )  # fmt: skip
        actions.return_reply(case, by=cast.leader, at=at, version=case.version, remark="请补充依据")

        assert told(cast.clerk, case, "complaints.return_reply")
        assert told(stand_in, case, "complaints.return_reply")

    def test_a_new_assignment_to_the_absent_reaches_the_stand_in(self, cast, colleague, stand_in, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        assign(case, cast.leader, colleague, at=at)
        self.away(cast, at, today, today + DAY)

        assign(case, cast.leader, cast.clerk, at=at)

        assert told(stand_in, case, "complaints.assign")

    def test_Z07_a_stand_in_who_is_recused_is_not_told(self, cast, stand_in, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        Recusal.objects.create(case=case, user=stand_in, ground="declared", at=at, by=stand_in)
        self.away(cast, at, today, today + DAY)
        order = actions.order_supervision(case, by=cast.officer, at=at, version=case.version, text="请限期办理")

        assert order.action == "order_supervision"
        assert told(cast.clerk, case, "complaints.order_supervision")
        assert not told(stand_in, case, "complaints.order_supervision")

    def test_a_case_can_be_given_to_the_stand_in(self, cast, deputy, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        self.away(cast, at, today, today + DAY)

        assign(case, cast.leader, deputy, at=at)

        assert {each.post for each in engine.running(case, [deadlines.REPLY])} == {post_of(cast.clerk)}

    def test_when_the_absence_is_over_it_goes_back_to_the_holder_of_the_post(self, cast, deputy, at, today):
        case = make.case_in(State.HANDLING, cast, at=at)
        self.away(cast, at, today, today + DAY)
        assign(case, cast.leader, deputy, at=at)
        Tenure.objects.filter(user=deputy, kind=TenureKind.STAND_IN).update(since=today - DAY, until=today)

        assert actions.pass_on_assignments(at=at) == 1

        case.refresh_from_db()
        assert case.handler == cast.clerk


class TestVerify:
    """I-12, I-21: nothing is counted in whatever way a case came into somebody's hands."""

    def test_I12_I21_nothing_is_found_whoever_has_a_case_in_hand(self, cast, colleague, at, today):
        for state in State:
            make.case_in(state, cast, at=at)
        own_case(cast, at)
        above = make.case_in(State.ASSIGNED, cast, at=at)
        actions.sign_in(above, by=seat(Role.CLERK, cast.city.government), at=at, version=above.version)
        editor, post = seat(Role.DISCLOSURE_EDITOR, cast.city.construction), post_of(colleague)
        absences.record_absence(
            Tenure.objects.get(user=cast.clerk), by=cast.leader, at=at, since=today, until=today + DAY,
            reason="leave", stand_in=colleague,
        )  # fmt: skip
        Tenure.objects.create(user=editor, post=post, kind=TenureKind.STAND_IN, since=today, until=today + DAY)
        assign(make.case_in(State.HANDLING, cast, at=at), cast.leader, editor, at=at)

        assert (invariants.handlers_not_competent(), invariants.cases_of_nobody()) == (0, 0)

    def test_I21_a_case_of_an_organ_without_staff_is_answered_for_by_the_level_above(self, cast, at, today):
        make.case_in(State.HANDLING, cast, at=at)
        Tenure.objects.filter(user__in=[cast.clerk, cast.leader]).update(until=today)
        assert invariants.cases_of_nobody() == 1

        seat(Role.ORGAN_LEADER, cast.city.government, Rank.APPROVER, is_head=True)

        assert invariants.cases_of_nobody() == 0
