"""Duty unclear 职责不清: registered, put to the leader, answered in time (docs/domain.md 4.7 no. 2)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from complaints import actions, citizen, deadlines, effects, invariants, timeline, workflow, worklist
from complaints.admin.forms import FORMS
from complaints.enums import Duty, Handling, LeadGround, NamedPerson, State
from complaints.models import Case
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Escalation
from efficiency.organs.models import Level, Organ, OrganKind, Rank, Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local
from tests.factories.staff import make_organ, seat
from tests.rules.knowing import knows

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
WHY = "建设局称属税务代征事项，税务局称属许可事项，均无明文。"


def report(case: Case, by, *organs: Organ, at=LATER) -> Case:
    actions.report_unclear(case, by=by, at=at, version=case.version, organs=organs, reason=WHY)
    return case


def rule(case: Case, by, organ: Organ | None, ground: str = LeadGround.BY_DUTIES, *, at=LATER, handling="assigned"):
    return actions.instruct(
        case,
        by=by,
        at=at,
        version=case.version,
        handling=handling,
        organ=organ,
        instruction="请牵头办理，按期答复。",
        ground=ground,
    )


def refused(case: Case, by, organ: Organ | None, ground: str) -> str:
    """Return at which field the ruling is refused; nothing of it stays."""
    with pytest.raises(actions.Invalid) as refusal:
        rule(Case.objects.get(pk=case.pk), by, organ, ground)
    return refusal.value.field


def told(case: Case, kind: str) -> set[int | None]:
    return set(Message.objects.filter(kind=kind, subject_id=case.pk).values_list("recipient_id", flat=True))


def waits_for(user, case: Case) -> bool:
    """Say whether the next step of the case is the person's, as their queue and the digest of the morning have it."""
    cases = worklist.with_moves(Case.objects.visible_to(user), user)
    return case.pk in set(cases.filter(worklist.waiting_for(user)).values_list("pk", flat=True))


def offered(case: Case, user) -> dict[str, str]:
    """Return the steps that begin here and are the person's, with what stands against each."""
    return {step.name: "" if step.allowed else str(step.why_not) for step in workflow.next_actions(case, user)}


@pytest.fixture(autouse=True)
def _in_english():
    """Read every text in the words in which it is written."""
    with translation.override("en"):
        yield


@pytest.fixture
def planning(cast) -> Organ:
    """A department of the district beside the city's own."""
    return make_organ("440604-GH", "禅城区规划局", OrganKind.DEPARTMENT, Level.DISTRICT, cast.city.district)


class TestPutToTheLeader:
    def test_4_7_a_registered_case_goes_to_the_leader_who_has_two_working_days(self, cast):
        case = make.case_in(State.REGISTERED, cast)

        report(case, cast.officer, cast.city.construction, cast.city.tax)

        assert (case.state, case.duty, case.handling_organ) == (State.SUBMITTED, Duty.UNCLEAR, None)
        promise = deadlines.running(case, deadlines.DESIGNATE)
        assert (promise.organ, local_day(promise.due_at).isoformat()) == (cast.city.office, "2026-03-05")
        assert deadlines.running(case, deadlines.SUBMIT) is None
        assert told(case, "complaints.report_unclear") == {cast.office_head.pk}
        assert waits_for(cast.office_head, case)
        assert not waits_for(cast.officer, case)
        assert offered(case, cast.officer)["report_unclear"] == ""  # a wrong report is corrected
        assert invariants.open_without_promise() == 0

    def test_4_7_the_clock_of_the_reply_runs_on_and_the_citizen_reads_why_nobody_has_it_yet(self, cast):
        case = make.case_in(State.REGISTERED, cast)
        due = deadlines.running(case, deadlines.REPLY).due_at

        report(case, cast.officer, cast.city.construction, cast.city.tax)

        assert deadlines.running(case, deadlines.REPLY).due_at == due
        page = citizen.page_of(case, at=LATER)
        assert "not clear" in page.sentence
        assert page.next_promise.due_at == due
        entry = page.timeline[-1]
        assert "designates an organ" in entry.text
        assert WHY not in "".join(each.text for each in page.timeline)
        inside = timeline.internal(case, cast.office_head)[0].text
        assert WHY in inside
        assert cast.city.tax.name in inside

    def test_4_7_what_an_organ_returned_can_be_put_to_the_leader_too_and_no_clock_restarts(self, cast):
        case = make.case_in(State.ASSIGNED, cast)
        actions.return_to_office(
            case,
            by=cast.leader,
            at=LATER,
            version=case.version,
            reason="不属本局职责",
            basis="三定",
            organ=cast.city.tax,
        )
        ruling = deadlines.running(case, deadlines.RETURN_RULING).due_at

        report(case, cast.officer, cast.city.construction, cast.city.tax, at=LATER + timedelta(days=1))
        assert deadlines.running(case, deadlines.RETURN_RULING).due_at == ruling

        rule(case, cast.office_head, cast.city.construction, at=LATER + timedelta(days=1))

        assert deadlines.running_kinds(case) >= {deadlines.REPLY, deadlines.SIGN_IN}
        assert not deadlines.running_kinds(case) & {deadlines.RETURN_RULING, deadlines.DESIGNATE}
        # The organ that had returned it has it again: so the ruling says, and no further return is open to it.
        assert "designated" in offered(case, cast.leader)["return"]

    def test_4_7_a_designation_that_is_late_escalates_like_every_promise(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer)
        promise = deadlines.running(case, deadlines.DESIGNATE)

        sweep.run(at=local(2026, 3, 6, 0, 1))

        assert Escalation.objects.filter(deadline=promise).exists()

    def test_Z10_whoever_reports_it_does_not_rule_on_it(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.office_head, cast.city.construction)

        with pytest.raises(actions.NotAllowed):
            rule(case, cast.office_head, cast.city.construction)
        assert not waits_for(cast.office_head, case)
        second = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        assert waits_for(second, case)
        rule(case, second, cast.city.construction)

    def test_Z08_a_name_of_somebody_of_an_organ_in_question_holds_the_case(self, cast):
        cast.tax_leader.full_name = "关兆基"
        cast.tax_leader.save()
        case = make.file(cast, description="去年十一月以来多次找关兆基反映，至今没有任何答复，请核实处理。").case
        make.accept(case, cast)
        actions.register(case, by=cast.officer, at=TUESDAY, version=case.version, way="拟呈批。")

        report(case, cast.officer, cast.city.tax)

        assert case.named_person_state == NamedPerson.UNRESOLVED
        assert deadlines.running(case, deadlines.RESOLVE_PERSON) is not None
        assert refused(case, cast.office_head, cast.city.tax, LeadGround.BY_DUTIES) == "organ"

    def test_4_7_nothing_but_organs_that_can_have_a_case_come_into_question(self, cast):
        case = make.case_in(State.REGISTERED, cast)

        with pytest.raises(actions.Invalid):
            report(case, cast.officer, cast.city.district_office)

    def test_4_7_the_mark_stands_only_while_the_ruling_is_waited_for(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(IntegrityError, match="case_unclear_waits_for_ruling"), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(duty=Duty.UNCLEAR)

    def test_4_7_withdrawn_meanwhile_nothing_is_owed_any_more(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer)

        actions.withdraw(case, at=LATER)

        assert deadlines.running(case, deadlines.DESIGNATE) is None


class TestTheRuling:
    def test_4_7_designates_a_lead_organ_that_cannot_return_it(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, cast.city.construction, cast.city.tax)

        event = rule(case, cast.office_head, cast.city.tax)

        assert (case.state, case.handling_organ, case.duty) == (State.ASSIGNED, cast.city.tax, Duty.DESIGNATED)
        assert event.data == {"handling": "assigned", "organ": cast.city.tax.pk, "ground": "by_duties"}
        assert deadlines.running(case, deadlines.DESIGNATE) is None
        assert deadlines.running(case, deadlines.SIGN_IN).organ == cast.city.tax
        assert cast.tax_leader.pk in told(case, "complaints.instruct")
        with pytest.raises(actions.NotInState):
            actions.return_to_office(
                case, by=cast.tax_leader, at=LATER, version=case.version, reason="不属本局职责", basis="三定方案"
            )
        assert offered(case, cast.tax_leader)["return"]
        inside = timeline.internal(case, cast.tax_leader)[0].text
        assert "cannot return" in inside
        assert cast.city.tax.name in citizen.page_of(case, at=LATER).timeline[-1].text

    def test_4_7_needs_a_ground(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, cast.city.construction)

        assert refused(case, cast.office_head, cast.city.construction, "") == "ground"

    def test_4_7_may_find_another_organ_than_those_in_question(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, cast.city.construction)

        rule(case, cast.office_head, cast.city.tax)

        assert case.handling_organ == cast.city.tax

    def test_4_7_a_case_whose_duty_is_clear_is_assigned_without_a_ground_and_can_be_returned(self, cast):
        case = make.case_in(State.SUBMITTED, cast)

        event = rule(case, cast.office_head, cast.city.construction, "")

        assert (case.duty, "ground" in event.data) == ("", False)
        assert offered(case, cast.leader)["return"] == ""

    def test_4_7_the_office_may_handle_it_itself_and_nothing_is_unclear_any_more(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer)

        rule(case, cast.office_head, None, "", handling=Handling.OWN)

        assert (case.state, case.handling_organ, case.duty) == (State.HANDLING, cast.city.office, "")
        assert deadlines.running(case, deadlines.DESIGNATE) is None

    def test_4_7_is_undone_by_another_ruling_alone_which_binds_as_well(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, cast.city.construction, cast.city.tax)
        rule(case, cast.office_head, cast.city.tax)
        actions.sign_in(case, by=cast.tax_clerk, at=LATER, version=case.version)

        given = {"at": LATER, "version": case.version, "organ": cast.city.construction, "reason": "另有规定"}
        assert "ground" in FORMS["transfer"](case=case, viewer=cast.office_head).fields
        assert offered(case, cast.officer)["transfer"]
        for by in (cast.officer, seat(Role.OFFICE_OFFICER, cast.city.office)):
            with pytest.raises(actions.NotAllowed):
                actions.transfer(Case.objects.get(pk=case.pk), by=by, ground=LeadGround.BY_DUTIES, **given)
        for ground in ("", LeadGround.CITY_LEADS):
            with pytest.raises(actions.Invalid):
                actions.transfer(Case.objects.get(pk=case.pk), by=cast.office_head, ground=ground, **given)

        actions.transfer(case, by=cast.office_head, ground=LeadGround.BY_DUTIES, **given)

        assert (case.handling_organ, case.duty) == (cast.city.construction, Duty.DESIGNATED)
        assert "designated" in offered(case, cast.leader)["return"]
        assert "cannot return" in timeline.internal(case, cast.leader)[0].text


class TestCorrecting:
    def test_4_7_while_it_waits_for_the_ruling_a_wrong_report_is_corrected_and_its_date_stays(self, cast, planning):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, cast.city.construction, planning)
        due = deadlines.running(case, deadlines.DESIGNATE).due_at
        form = FORMS["report_unclear"](case=case, viewer=cast.officer)
        assert {form.initial[name] for name in ("first", "second")} == {cast.city.construction, planning}
        assert refused(case, cast.office_head, cast.city.tax, LeadGround.BY_DUTIES) == "organ"  # the city leads

        report(case, cast.officer, cast.city.tax, at=LATER + timedelta(days=1))

        assert deadlines.running(case, deadlines.DESIGNATE).due_at == due
        rule(case, cast.office_head, cast.city.tax)
        assert case.handling_organ == cast.city.tax

    def test_Z10_everybody_who_had_a_part_in_the_report_is_kept_from_the_ruling(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.office_head, cast.city.construction)
        report(case, cast.officer, cast.city.tax)

        with pytest.raises(actions.NotAllowed):
            rule(case, cast.office_head, cast.city.tax)

    def test_4_7_an_office_that_gets_the_case_by_it_owes_the_designation_and_no_clock_of_another_one(
        self, cast, planning
    ):
        case = make.case_in(State.SUBMITTED, cast)
        Case.objects.filter(pk=case.pk).update(office=cast.city.district_office)
        case.refresh_from_db()
        officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        assert deadlines.running(case, deadlines.INSTRUCT) is not None

        report(case, officer, planning, cast.city.construction, at=LATER + timedelta(days=1))

        assert case.office == cast.city.office
        assert deadlines.running(case, deadlines.INSTRUCT) is None
        assert deadlines.running(case, deadlines.DESIGNATE).organ == cast.city.office


class TestWhoLeads:
    def test_4_7_where_city_department_and_organs_of_a_district_overlap_the_department_leads(self, cast, planning):
        construction = cast.city.construction
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, construction, planning)

        for organ, ground, field in (
            (planning, LeadGround.CITY_LEADS, "organ"),
            (planning, LeadGround.BY_DUTIES, "organ"),
            (cast.city.district, LeadGround.CATCH_ALL, "organ"),
            (cast.city.tax, LeadGround.CITY_LEADS, "organ"),  # a department that is not in question
            (construction, LeadGround.BY_DUTIES, "ground"),
        ):
            assert refused(case, cast.office_head, organ, ground) == field, (organ, ground)

        rule(case, cast.office_head, construction, LeadGround.CITY_LEADS)
        assert (case.handling_organ, case.duty) == (construction, Duty.DESIGNATED)

    def test_4_7_without_such_an_overlap_that_is_no_ground(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, cast.city.construction, cast.city.tax)

        assert refused(case, cast.office_head, cast.city.tax, LeadGround.CITY_LEADS) == "ground"

    def test_4_7_where_nobody_can_be_named_the_district_government_of_the_place_takes_it(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer)

        for organ in (cast.city.construction, cast.city.street, cast.city.government):
            assert refused(case, cast.office_head, organ, LeadGround.CATCH_ALL) == "organ"

        rule(case, cast.office_head, cast.city.district, LeadGround.CATCH_ALL)
        assert (case.handling_organ, case.duty) == (cast.city.district, Duty.DESIGNATED)

    def test_4_7_where_somebody_is_in_question_the_district_does_not_catch_it(self, cast):
        case = report(make.case_in(State.REGISTERED, cast), cast.officer, cast.city.construction)

        assert refused(case, cast.office_head, cast.city.district, LeadGround.CATCH_ALL) == "ground"


class TestEquals:
    """A dispute between equals is ruled on by their common superior."""

    @pytest.fixture
    def district(self, cast, planning):
        cast.extra = {
            "officer": seat(Role.OFFICE_OFFICER, cast.city.district_office),
            "head": seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER),
        }
        case = make.file(cast, organ=planning).case
        officer = cast.extra["officer"]
        make_known = {"by": officer, "at": TUESDAY}
        actions.accept(case, version=case.version, kind=case.kind, category=case.category, organ=planning, **make_known)
        actions.register(case, version=case.version, way="拟呈批。", **make_known)
        return case

    def test_4_7_inside_a_district_its_own_office_rules(self, cast, district, planning):
        report(district, cast.extra["officer"], planning, cast.city.street)

        assert district.office == cast.city.district_office
        rule(district, cast.extra["head"], cast.city.street)
        assert district.handling_organ == cast.city.street

    def test_4_7_between_a_district_and_the_city_it_goes_to_the_office_of_the_city(self, cast, district, planning):
        report(district, cast.extra["officer"], planning, cast.city.construction)

        assert district.office == cast.city.office
        assert deadlines.running(district, deadlines.DESIGNATE).organ == cast.city.office
        assert deadlines.running(district, deadlines.REPLY).organ == cast.city.office
        assert told(district, "complaints.report_unclear") == {cast.office_head.pk}
        assert not knows(cast.extra["officer"], district)
        rule(district, cast.office_head, cast.city.construction, LeadGround.CITY_LEADS)
        assert district.handling_organ == cast.city.construction


class TestItsPages:
    def test_4_7_the_form_of_a_case_whose_duty_is_clear_asks_for_no_ground(self, cast):
        case = make.case_in(State.SUBMITTED, cast)

        assert "ground" not in FORMS["instruct"](case=case, viewer=cast.office_head).fields

    def test_4_7_the_page_before_the_step_says_what_follows(self, cast):
        case = make.case_in(State.REGISTERED, cast)

        (effect,) = effects.effects_of(case, "report_unclear", at=LATER)

        assert [(opening.label, opening.last_day.isoformat()) for opening in effect.opens] == [
            (deadlines.BY_NAME[deadlines.DESIGNATE].label, "2026-03-05")
        ]
        assert effect.note
