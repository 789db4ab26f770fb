"""Urgent cases are assigned first and submitted the same day (docs/domain.md 4.6, docs/trust.md Z-10)."""

import pytest

from complaints import actions, deadlines, effects, invariants, timeline, workflow, worklist
from complaints.admin.forms import FORMS
from complaints.enums import Handling, NamedPerson, State
from complaints.models import Case
from efficiency.access.scope import scope_of
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

SATURDAY = local(2026, 3, 7, 22)
WHY = "集体来访，涉及工资，已先行交市建设局。"


def registered(cast: Cast, *, urgent: bool = True, at=TUESDAY, **fields) -> Case:
    case = make.file(cast, at=at, **fields).case
    make.accept(case, cast, at=at, urgent=urgent)
    return make.lead(case, cast, State.REGISTERED, at=at)


def instruct(case: Case, cast: Cast, *, by=None, at=TUESDAY, **changes):
    given = {"handling": Handling.ASSIGNED, "organ": cast.city.construction, "instruction": "今天见人。"} | changes
    return actions.instruct(case, by=by or cast.office_head, at=at, version=case.version, **given)


def submit(case: Case, by, *, at=TUESDAY, proposal: str = WHY):
    return actions.submit(case, by=by, at=at, version=case.version, proposal=proposal)


def moves(user) -> set[int]:
    cases = worklist.with_moves(Case.objects.visible_to(user), user)
    return set(cases.filter(worklist.waiting_for(user)).values_list("pk", flat=True))


def own_move(user, case: Case):
    known = worklist.with_moves(Case.objects.filter(pk=case.pk), user).get()
    return worklist.own_move(scope_of(user), known)


class TestAssignedFirst:
    def test_4_6_an_urgent_case_is_with_the_organ_at_once_and_its_sheet_is_due_the_same_day(self, cast):
        case = registered(cast)

        instruct(case, cast)

        sheet = deadlines.running(case, deadlines.SUBMIT)
        assert sheet is not None
        assert case.state == State.ASSIGNED
        assert (sheet.variant, local_day(sheet.due_at)) == (deadlines.URGENT, local_day(TUESDAY))
        assert sheet.organ == cast.city.office
        assert {deadlines.SIGN_IN, deadlines.REPLY} < deadlines.running_kinds(case)
        assert cast.clerk.pk in Message.objects.filter(kind="complaints.instruct").values_list(
            "recipient_id", flat=True
        )

    @pytest.mark.parametrize("urgent", [True, False])
    def test_4_6_whoever_can_give_the_instruction_is_told_once_it_is_registered(self, urgent, cast):
        case = registered(cast, urgent=urgent)

        told = Message.objects.filter(kind="complaints.register", subject_id=case.pk)
        assert set(told.values_list("recipient_id", flat=True)) == ({cast.office_head.pk} if urgent else set())

    def test_4_6_the_limit_of_the_usual_way_ends_without_being_kept(self, cast):
        case = registered(cast)

        instruct(case, cast)

        usual = next(each for each in deadlines.of_case(case) if each.kind == deadlines.SUBMIT and not each.variant)
        assert usual.state == DeadlineState.CANCELLED

    def test_3_1_on_a_day_off_it_is_due_the_next_working_day(self, cast):
        case = registered(cast)

        instruct(case, cast, at=SATURDAY)

        assert local_day(deadlines.running(case, deadlines.SUBMIT).due_at) == local(2026, 3, 9).date()

    def test_4_6_a_case_that_bears_delay_is_submitted_before_it_is_instructed(self, cast):
        case = registered(cast, urgent=False)

        with pytest.raises(actions.NotInState):
            instruct(case, cast)
        assert "instruct" not in {step.name for step in workflow.next_actions(case, cast.office_head)}

    def test_4_6_only_the_head_or_a_deputy_decides_so(self, cast):
        case = registered(cast)

        with pytest.raises(actions.NotAllowed):
            instruct(case, cast, by=cast.officer)
        instruct(case, cast, by=seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER))

        assert case.state == State.ASSIGNED

    def test_4_6_the_office_may_take_it_in_its_own_hands_likewise(self, cast):
        case = registered(cast)

        instruct(case, cast, handling=Handling.OWN, organ=None)

        assert (case.state, case.handling_organ) == (State.HANDLING, cast.city.office)
        assert deadlines.running(case, deadlines.SUBMIT).variant == deadlines.URGENT

    def test_Z08_a_name_in_the_text_stands_against_it(self, cast):
        name = cast.tax_clerk.full_name
        case = registered(cast, description=f"税务窗口的{name}让我反复跑了三趟，至今没有答复，请督促办理。")

        with pytest.raises(actions.Invalid) as refused:
            instruct(case, cast, organ=cast.city.tax)

        assert refused.value.field == "organ"
        assert case.named_person_state == NamedPerson.NONE

    def test_4_6_the_page_says_before_when_the_sheet_is_due(self, cast):
        case = registered(cast)

        assigned, own = effects.effects_of(case, "instruct", at=TUESDAY)

        label = deadlines.BY_NAME[deadlines.SUBMIT].label
        for effect in (assigned, own):
            (sheet,) = [opening for opening in effect.opens if opening.label == label]
            assert (sheet.last_day, sheet.is_running) == (local_day(TUESDAY), False)
            assert effect.cancels == (label,)


class TestSubmittedAfterwards:
    def test_4_6_the_sheet_keeps_the_promise_and_moves_nothing(self, cast):
        case = registered(cast)
        instruct(case, cast)
        others = deadlines.running_kinds(case) - {deadlines.SUBMIT}

        event = submit(case, cast.officer)

        assert (case.state, event.from_state, event.to_state) == (State.ASSIGNED, State.ASSIGNED, State.ASSIGNED)
        assert deadlines.running_kinds(case) == others
        assert event.data == {
            "handling": "assigned",
            "organ": cast.city.construction.pk,
            "afterwards": True,
        }
        assert event.internal_text == WHY

    def test_4_6_it_is_handed_in_once(self, cast):
        case = registered(cast)
        instruct(case, cast)
        submit(case, cast.officer)

        with pytest.raises(actions.NotInState):
            submit(case, cast.officer)
        assert "submit" not in {step.name for step in workflow.next_actions(case, cast.officer)}

    def test_4_6_it_says_why(self, cast):
        case = registered(cast)
        instruct(case, cast)

        with pytest.raises(actions.Invalid) as refused:
            submit(case, cast.officer, proposal=" ")

        assert refused.value.field == "proposal"

    @pytest.mark.parametrize("state", [State.HANDLING, State.REPLIED, State.CLOSED, State.ARCHIVED])
    def test_4_6_it_can_be_handed_in_however_far_the_case_has_gone(self, state, cast):
        case = registered(cast)
        instruct(case, cast)
        make.lead(case, cast, state)
        assert deadlines.SUBMIT in deadlines.running_kinds(case)
        assert invariants.promises_nobody_can_keep() == 0

        submit(case, cast.officer)

        assert case.state == state

    def test_4_6_it_is_owed_although_the_organ_returned_the_case(self, cast):
        case = registered(cast)
        instruct(case, cast)
        actions.return_to_office(
            case, by=cast.leader, at=TUESDAY, version=case.version, reason="不属本局", basis="三定方案"
        )

        submit(case, cast.officer)

        assert case.state == State.SUBMITTED
        assert deadlines.SUBMIT not in deadlines.running_kinds(case)
        instruct(case, cast, organ=cast.city.tax)
        assert deadlines.SUBMIT not in deadlines.running_kinds(case)

    def test_9_2_not_handed_in_it_escalates_like_every_promise(self, cast):
        case = registered(cast)
        instruct(case, cast)

        sweep.run(at=local(2026, 3, 4, 0, 1), rehearsal=True)

        assert deadlines.running(case, deadlines.SUBMIT).escalations.filter(level=2).exists()

    def test_4_6_it_ends_with_the_case(self, cast):
        case = registered(cast)
        instruct(case, cast)

        actions.withdraw(case, at=TUESDAY)

        assert deadlines.SUBMIT not in deadlines.running_kinds(case)

    def test_Z10_whoever_instructed_does_not_submit(self, cast):
        case = registered(cast)
        instruct(case, cast)

        with pytest.raises(actions.NotAllowed):
            submit(case, cast.office_head)

    def test_I08_verify_finds_a_sheet_by_whoever_instructed(self, cast):
        case = registered(cast)
        instruct(case, cast)
        submit(case, cast.officer)
        assert invariants.count_sql(invariants._OWN_REQUEST)() == 0

        case.events.create(
            number=case.version + 1,
            action="submit",
            actor=cast.office_head,
            actor_kind="staff",
            at=TUESDAY,
            to_state=case.state,
            data={"afterwards": True},
        )

        assert invariants.count_sql(invariants._OWN_REQUEST)() == 1


class TestWhereItWaits:
    def test_4_6_it_is_the_move_of_the_other_officers(self, cast):
        case = registered(cast)
        instruct(case, cast)

        assert own_move(cast.officer, case) is worklist.HAND_IN_SHEET
        assert case.pk in moves(cast.officer)
        assert case.pk not in moves(cast.office_head)
        submit(case, cast.officer)
        assert own_move(cast.officer, case) is None
        assert case.pk not in moves(cast.officer)

    def test_4_6_the_form_asks_for_the_reasons_alone(self, cast):
        case = registered(cast)
        assert {"handling", "organ", "proposal"} <= set(FORMS["submit"](case=case, viewer=cast.officer).fields)

        instruct(case, cast)

        assert set(FORMS["submit"](case=case, viewer=cast.officer).fields) == {"version", "proposal"}

    def test_4_6_staff_read_how_it_came_and_the_citizen_no_sheet(self, cast):
        case = registered(cast)
        instruct(case, cast)
        before = len(timeline.public(case))

        submit(case, cast.officer)

        assert len(timeline.public(case)) == before
        assert WHY in timeline.internal(case, cast.officer)[0].text
        told = [entry.text for entry in timeline.internal(case, cast.officer)]
        assert str(timeline._instructed_first({"handling": "own", "first": True}, {})).splitlines()[1] in "\n".join(
            told
        )

    def test_4_6_whoever_is_waited_for_is_the_organ_not_the_office(self, cast):
        case = registered(cast)
        instruct(case, cast)

        assert deadlines.next_owed(case).kind == deadlines.SIGN_IN
