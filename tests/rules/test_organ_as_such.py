"""An organ complained of as such 单位整体被投诉: it goes to the level above or stays with the office (4.3, Z-09)."""

from datetime import timedelta

import pytest
from django.utils import translation

from complaints import actions, deadlines, invariants, messages, timeline, workflow
from complaints.enums import Handling, State
from complaints.models import Assistance, Case
from complaints.relations import seats_to_part
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit import verify
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Level, Organ, OrganKind, Rank, Role
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import make_organ, seat
from tests.rules.knowing import knows

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_english():
    """Read every text in the words in which it is written."""
    with translation.override("en"):
        yield


@pytest.fixture
def group(settings) -> Organ:
    """The organ above the city's office."""
    settings.ABOVE_CITY_OFFICE = "440600-LD"
    organ = make_organ("440600-LD", "佛山市机关效能建设领导小组", OrganKind.EFFICIENCY_OFFICE)
    seat(Role.OFFICE_OFFICER, organ)
    seat(Role.OFFICE_OFFICER, organ, Rank.APPROVER, is_head=True)
    return organ


def mark(case: Case, organ: Organ | None, *, by: User, at=LATER) -> Case:
    actions.link_organ(case, by=by, at=at, version=case.version, organ=organ, reason="反映全局推诿，并非个别人员")
    return case


def why_not(case: Case, organ: Organ, cast) -> str:
    """Return at which field an instruction to the organ is refused; nothing of it stays."""
    with pytest.raises(actions.Invalid) as refusal:
        actions.instruct(
            Case.objects.get(pk=case.pk),
            by=cast.office_head,
            at=LATER,
            version=case.version,
            handling=Handling.ASSIGNED,
            organ=organ,
            instruction="同意",
        )
    return str(refusal.value.message)


def violations() -> list[str]:
    return [str(found.title) for found in verify.run() if found.violations]


def test_4_3_the_organ_and_what_belongs_to_it_cannot_be_given_the_case(cast):
    construction = cast.city.construction
    station = make_organ("440600-JS-1", "市建设工程质监站", OrganKind.DEPARTMENT, parent=construction)
    case = mark(make.case_in(State.SUBMITTED, cast), construction, by=cast.officer)

    assert case.about_organ == construction
    for organ in (construction, station, cast.city.tax):
        assert "as such" in why_not(case, organ, cast), organ
    actions.instruct(
        case,
        by=cast.office_head,
        at=LATER,
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=cast.city.government,
        instruction="请直接核查。",
    )
    assert case.handling_organ == cast.city.government


def test_4_3_the_office_handles_it_itself(cast):
    case = mark(make.case_in(State.SUBMITTED, cast), cast.city.construction, by=cast.officer)

    actions.instruct(
        case, by=cast.office_head, at=LATER, version=case.version, handling=Handling.OWN, instruction="自办"
    )

    assert (case.state, case.handling_organ) == (State.HANDLING, cast.city.office)
    assert violations() == []


@pytest.mark.parametrize("state", [State.ASSIGNED, State.HANDLING, State.REPLIED])
def test_Z09_it_leaves_the_organ_that_has_it_and_is_absent_there(state, cast):
    case = make.case_in(state, cast)
    due = dict(engine.running(case).values_list("kind", "due_at"))

    mark(case, cast.city.construction, by=cast.officer)

    assert (case.handling, case.handling_organ) == (Handling.OWN, cast.city.office)
    assert case.state == (State.HANDLING if state == State.ASSIGNED else state)
    for user in (cast.clerk, cast.leader):
        assert not knows(user, case)
        assert not Case.objects.passed_on_by(user).filter(pk=case.pk).exists()
        told = Message.objects.filter(subject_id=case.pk, recipient=user, kind__startswith="complaints.")
        assert not told.filter(state="sent").exists()
    assert all(due.get(row.kind, row.due_at) == row.due_at for row in engine.running(case))  # no clock restarts
    assert violations() == []


def test_4_3_it_cannot_assist_and_a_part_that_it_has_ends(cast):
    case = make.case_in(State.HANDLING, cast)
    part = make.join(case, cast)  # the tax bureau
    mark(case, cast.city.tax, by=cast.officer)

    part.refresh_from_db()
    assert not part.is_open
    # It is told nothing of that, and finds the part no more: nothing is left there of what was said against it.
    assert not Message.objects.filter(kind=messages.PART_ENDED).exists()
    for user in (cast.tax_clerk, cast.tax_leader):
        assert not Assistance.objects.visible_to(user).exists()
        assert not list(seats_to_part(scope_of(user), part_again(part)))
    with pytest.raises(actions.Invalid):
        actions.join(
            case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, request="请核实", days=3
        )


@pytest.mark.parametrize("is_head", [True, False])
def test_Z09_a_part_is_absent_for_the_organ_of_a_head_and_stays_with_that_of_anybody_else(is_head, cast):
    case = make.case_in(State.HANDLING, cast)
    part = make.join(case, cast)
    post = (cast.tax_leader if is_head else seat(Role.CLERK, cast.city.tax)).tenures.get().post
    above = seat(Role.CLERK, cast.city.government)

    actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="来信写明")

    for user, knows_it in ((cast.tax_clerk, not is_head), (above, True)):
        assert Assistance.objects.visible_to(user).exists() is knows_it
        assert bool(list(seats_to_part(scope_of(user), part_again(part)))) is knows_it
    assert part_again(part).is_open is not is_head
    assert not Message.objects.filter(kind=messages.PART_ENDED).exists()


def part_again(part: Assistance) -> Assistance:
    return Assistance.objects.select_related("case").get(pk=part.pk)


def test_Z09_about_the_citys_office_as_such_it_goes_to_the_one_named_above(cast, group):
    case = make.case_in(State.ACCEPTED, cast)

    mark(case, cast.city.office, by=cast.officer)

    assert case.office == group
    assert deadlines.running(case, deadlines.REPLY).organ == group
    for user in (cast.officer, cast.office_head, cast.inspector, cast.clerk):
        assert not knows(user, case)
    assert violations() == []


def test_Z09_about_a_districts_office_as_such_it_goes_to_the_office_of_the_city(cast, group):
    officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)
    case = make.file(cast, organ=cast.city.street).case
    assert case.office == cast.city.district_office

    mark(case, cast.city.district_office, by=officer)

    assert case.office == cast.city.office
    assert not knows(officer, case)
    assert knows(cast.officer, case)


def test_Z09_the_own_office_of_a_department_does_not_rule_on_it(cast):
    construction = cast.city.construction
    own = make_organ("440600-JS-XN", "市建设局效能办", OrganKind.EFFICIENCY_OFFICE, parent=construction)
    officer = seat(Role.OFFICE_OFFICER, own)
    case = make.case_in(State.RECEIVED, cast)
    Case.objects.filter(pk=case.pk).update(office=own)
    case.refresh_from_db()

    mark(case, construction, by=officer)

    assert case.office == cast.city.office
    assert not knows(officer, case)


def test_Z09_a_case_that_lies_with_the_organ_it_is_about_is_counted(cast):
    case = make.case_in(State.HANDLING, cast)
    Case.objects.filter(pk=case.pk).update(about_organ=cast.city.construction)

    assert invariants.cases_with_excluded_organ() == 1


def test_4_3_the_mark_can_be_taken_back_and_leaves_the_case_where_it_lies(cast):
    case = mark(make.case_in(State.HANDLING, cast), cast.city.construction, by=cast.officer)

    mark(case, None, by=cast.officer)

    assert (case.about_organ, case.handling_organ) == (None, cast.city.office)
    entries = timeline.internal(case, cast.officer)
    assert cast.city.construction.name in entries[1].text
    assert not any("as such" in entry.text for entry in timeline.public(case))
    with pytest.raises(actions.Invalid):
        mark(case, None, by=cast.officer)


def test_4_7_cases_about_an_organ_and_about_somebody_of_it_are_never_joined(cast):
    earlier = mark(make.file(cast).case, cast.city.construction, by=cast.officer)
    case = make.file(cast, phone="13812345679").case

    with pytest.raises(actions.Invalid):
        actions.merge(case, by=cast.officer, at=LATER, version=case.version, leading=earlier, reason="同一事项")

    mark(case, cast.city.construction, by=cast.officer)
    actions.merge(case, by=cast.officer, at=LATER, version=case.version, leading=earlier, reason="同一事项")
    mark(earlier, None, by=cast.officer)
    case.refresh_from_db()
    assert (case.state, case.about_organ) == (State.MERGED, None)


def test_4_7_where_a_district_department_is_complained_of_its_government_may_have_it(cast):
    planning = make_organ("440604-GH", "禅城区规划局", OrganKind.DEPARTMENT, Level.DISTRICT, cast.city.district)
    case = mark(make.case_in(State.SUBMITTED, cast), planning, by=cast.officer)

    assert "as such" in why_not(case, cast.city.street, cast)
    actions.instruct(
        case,
        by=cast.office_head,
        at=LATER,
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=cast.city.district,
        instruction="请核查。",
    )
    assert case.handling_organ == cast.city.district


def test_4_3_office_and_inspector_mark_it_nobody_else(cast):
    case = make.case_in(State.HANDLING, cast)

    for user, may_mark in ((cast.officer, True), (cast.inspector, True), (cast.leader, False), (cast.clerk, False)):
        assert ("link_organ" in {step.name for step in workflow.next_actions(case, user)}) is may_mark
