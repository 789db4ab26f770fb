"""A case about people of an efficiency office goes to the office above it (docs/trust.md Z-09)."""

from datetime import timedelta

import pytest

from complaints import actions, deadlines, invariants
from complaints.enums import Decision, Handling, NamedPerson, Outcome, State
from complaints.models import Case
from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.deadlines import actions as engine
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Post, Rank, Role
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import make_organ, seat
from tests.rules.knowing import knows

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
TODAY = TUESDAY.date()


@pytest.fixture
def group(cast, settings) -> Organ:
    """The organ above the city's office, with those who draft, decide and review there."""
    settings.ABOVE_CITY_OFFICE = "440600-LD"
    organ = make_organ("440600-LD", "佛山市机关效能建设领导小组", OrganKind.EFFICIENCY_OFFICE)
    cast.extra = {
        "drafts": seat(Role.OFFICE_OFFICER, organ),
        "decides": seat(Role.OFFICE_OFFICER, organ, Rank.APPROVER),
        "reviews": seat(Role.OFFICE_OFFICER, organ, Rank.APPROVER, is_head=True),
    }
    return organ


def post_of(user: User) -> Post:
    return user.tenures.order_by("id").get().post


def link(case: Case, user: User, *, by: User, at=LATER) -> None:
    actions.link_person(case, by=by, at=at, version=case.version, post=post_of(user), reason="来信写明姓名")


@pytest.mark.parametrize("about", ["inspector", "officer", "office_head"])
def test_Z09_about_anybody_of_the_citys_office_it_is_absent_for_everybody_there(about, cast, group):
    second = seat(Role.OFFICE_OFFICER, cast.city.office)
    case = make.case_in(State.ACCEPTED, cast)
    assert knows(second, case)

    link(case, getattr(cast, about), by=second)

    assert case.office == group
    for user in (cast.officer, cast.office_head, cast.inspector, second, cast.clerk):
        assert not knows(user, case)
    assert all(knows(user, case) for user in cast.extra.values())
    owed = engine.running(case).exclude(promise="owed_by_citizen")
    assert set(owed.values_list("organ", flat=True)) == {group.pk}
    assert [found.title for found in verify.run() if found.violations] == []


@pytest.mark.parametrize("state", [State.ASSIGNED, State.HANDLING, State.REPLIED, State.CLOSED])
def test_Z09_it_leaves_the_organ_that_has_it(state, cast, group):
    case = make.case_in(state, cast)
    due = dict(engine.running(case).values_list("kind", "due_at"))

    link(case, cast.officer, by=cast.office_head)

    assert (case.office, case.handling_organ) == (group, group)
    assert case.state == (State.HANDLING if state == State.ASSIGNED else state)
    assert not knows(cast.clerk, case)
    assert not knows(cast.office_head, case)
    assert all(due.get(row.kind, row.due_at) == row.due_at for row in engine.running(case))  # no clock restarts
    assert [found.title for found in verify.run() if found.violations] == []


def test_Z09_about_anybody_of_a_district_office_it_goes_to_the_office_of_the_city(cast, group):
    officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)
    colleague = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER, is_head=True)
    case = make.file(cast, organ=cast.city.street, named_person="受理岗工作人员").case
    assert case.office == cast.city.district_office

    link(case, officer, by=colleague)

    assert case.office == cast.city.office
    assert not knows(colleague, case)
    assert knows(cast.officer, case)
    assert not knows(cast.extra["drafts"], case)


def test_Z09_a_case_about_them_that_lies_with_an_office_below_is_counted(cast, group):
    # The city's officers reach the district: a case about one of them must not be there either.
    case = make.file(cast, organ=cast.city.street).case
    Case.objects.filter(pk=case.pk).update(about_post=post_of(cast.officer), named_person_state=NamedPerson.LINKED)

    assert invariants.cases_with_excluded_organ() == 1


def test_Z09_no_organ_below_may_be_given_it(cast, group):
    case = make.case_in(State.ACCEPTED, cast)
    link(case, cast.officer, by=cast.office_head)
    Case.objects.filter(pk=case.pk).update(handling_organ=cast.city.district_office)

    assert invariants.cases_with_excluded_organ() == 0  # it has not been handled by anybody yet
    Case.objects.filter(pk=case.pk).update(state=State.HANDLING)
    assert invariants.cases_with_excluded_organ() == 1


def test_Z09_it_is_handled_answered_and_reviewed_there(cast, group):
    drafts, decides, reviews = cast.extra["drafts"], cast.extra["decides"], cast.extra["reviews"]
    case = make.case_in(State.ACCEPTED, cast)
    link(case, cast.officer, by=cast.office_head)

    actions.register(case, by=drafts, at=LATER, version=case.version, way="自办")
    actions.submit(case, by=drafts, at=LATER, version=case.version, handling=Handling.OWN, proposal="自办")
    actions.instruct(case, by=decides, at=LATER, version=case.version, handling=Handling.OWN, instruction="同意")
    words = {"outcome": Outcome.UPHELD, "findings": "属实。", "measures": "已批评教育。", "basis": "《条例》"}
    actions.propose_reply(case, by=drafts, at=LATER, version=case.version, **words)
    actions.approve_reply(case, by=decides, at=LATER, version=case.version)
    actions.ask_review(case, at=LATER, reasons="处理太轻。")

    assert (case.office, case.handling_organ) == (group, group)
    assert knows(reviews, case)
    assert not knows(decides, case)
    assert [found.title for found in verify.run() if found.violations] == []
    actions.decide_review(
        case, by=reviews, at=LATER, version=case.version, decision=Decision.OVERTURNED, text="理由如下。"
    )
    assert (case.state, case.handling_organ) == (State.REWORKING, group)
    assert engine.running(case, [deadlines.REWORK]).get().organ == group


def test_Z09_a_review_goes_up_where_everybody_who_could_decide_had_a_part(cast, group):
    case = make.case_in(State.SUBMITTED, cast)
    actions.instruct(case, by=cast.office_head, at=TUESDAY, version=case.version, handling=Handling.OWN)
    make.reply(case, cast)

    actions.ask_review(case, at=LATER, reasons="没有说明依据。")

    assert case.office == group
    assert engine.running(case, [deadlines.REVIEW]).get().organ == group
    actions.decide_review(
        case, by=cast.extra["reviews"], at=LATER, version=case.version, decision=Decision.UPHELD, text="理由如下。"
    )
    assert case.state == State.CLOSED


def test_Z09_and_stays_where_somebody_is_left(cast, group):
    case = make.case_in(State.CLOSED, cast)

    actions.ask_review(case, at=LATER, reasons="没有说明依据。")

    assert case.office == cast.city.office


class TestWhoIsNamed:
    def test_C01_whoever_is_named_has_no_fault(self, cast, group):
        assert list(offices.faults_of_last(TODAY)) == []
        assert offices.offices_above(cast.city.district_office) == [cast.city.office, group]
        assert offices.offices_above(cast.city.office) == [group]
        assert offices.offices_above(group) == []

    def test_C01_nobody_of_that_name_is_a_fault(self, cast, group, settings):
        settings.ABOVE_CITY_OFFICE = "440600-JS"

        assert "no such organ" in " ".join(offices.faults_of_last(TODAY))

    def test_C01_whoever_the_citys_office_reaches_is_a_fault(self, cast, group):
        group.parent = cast.city.construction
        group.save()

        assert "has to stand beside" in " ".join(offices.faults_of_last(TODAY))

    def test_C01_whoever_would_be_taken_for_the_citys_office_is_a_fault(self, cast, group):
        cast.city.office.position = group.position + 1
        cast.city.office.save()

        assert "has to come later" in " ".join(offices.faults_of_last(TODAY))

    @pytest.mark.parametrize("gone", [["decides", "reviews"], ["drafts", "decides"]])
    def test_C01_too_few_people_there_are_a_fault(self, gone, cast, group):
        User.objects.filter(pk__in=[cast.extra[each].pk for each in gone]).update(is_active=False)

        assert "two officers" in " ".join(offices.faults_of_last(TODAY))

    def test_C01_somebody_who_works_in_both_is_a_fault(self, cast, group):
        seat(Role.OFFICE_OFFICER, group, user=cast.officer)

        assert "as well" in " ".join(offices.faults_of_last(TODAY))

    def test_without_anybody_named_the_case_stays_and_the_person_is_kept_out(self, cast):
        case = make.case_in(State.ACCEPTED, cast)

        link(case, cast.officer, by=cast.office_head)

        assert case.office == cast.city.office
        assert not knows(cast.officer, case)
        assert knows(cast.office_head, case)
