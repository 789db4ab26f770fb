"""What the complainant of a joined case says later holds for all that one reply answers (docs/domain.md 4.7, Z-07)."""

from datetime import timedelta

import pytest

from complaints import actions, deadlines
from complaints.effects import OF_ALL, effects_of
from complaints.enums import Grade, NamedPerson, State
from complaints.models import Case
from complaints.refusals import GivesAway
from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.organs.models import OrganKind, Rank, Role
from tests.factories.cases import TUESDAY, case_in, file, lead, reply
from tests.factories.staff import make_organ, seat
from tests.rules.knowing import knows
from tests.rules.test_merging import join

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
NAME = "欧阳建国"


@pytest.fixture
def named(cast) -> User:
    """An officer of the office, whose name a complainant writes down."""
    cast.officer.full_name = NAME
    cast.officer.save()
    return cast.officer


@pytest.fixture
def above(settings, cast):
    """The organ above the office of the city."""
    settings.ABOVE_CITY_OFFICE = "440600-LD"
    organ = make_organ("440600-LD", "佛山市机关效能建设领导小组", OrganKind.EFFICIENCY_OFFICE)
    cast.extra = {
        "drafts": seat(Role.OFFICE_OFFICER, organ),
        "decides": seat(Role.OFFICE_OFFICER, organ, Rank.APPROVER, is_head=True),
    }
    return organ


def three(cast) -> list[Case]:
    """A leading case in work and two that are joined to it."""
    leading = case_in(State.HANDLING, cast)
    joined = [join(file(cast, at=LATER).case, leading, cast) for _each in range(2)]
    return [leading, *joined]


def again(*cases: Case) -> list[Case]:
    return [Case.objects.get(pk=case.pk) for case in cases]


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def link(case: Case, by: User, post) -> Case:
    [case] = again(case)
    actions.link_person(case, by=by, at=LATER, version=case.version, post=post, reason="经核实。")
    return case


def sound() -> bool:
    return not [found.title for found in verify.run() if found.violations]


class TestSomebodyIsNamedInAJoinedCase:
    def test_Z07_whoever_it_is_is_kept_out_of_the_leading_case_and_of_all_that_it_answers(self, cast, named):
        cases = three(cast)

        actions.add_material(cases[1], at=LATER, text=f"效能办的{NAME}打过招呼。")

        for case in again(*cases):
            assert not knows(fresh(named), case)
            assert case.named_person_state == NamedPerson.UNRESOLVED
            assert deadlines.running(case, deadlines.RESOLVE_PERSON) is not None
            assert knows(cast.office_head, case)
        assert not knows(cast.clerk, cases[0])  # held like every case with a name in it (Z-08)
        assert sound()

    def test_Z09_linked_there_all_of_them_are_about_that_post_and_lie_with_the_office_above(self, cast, named, above):
        cases = three(cast)
        actions.add_material(cases[1], at=LATER, text=f"效能办的{NAME}打过招呼。")
        post = named.tenures.get().post
        for case in again(cases[0], cases[1]):  # said before it is done
            (effect,) = effects_of(case, "link_person", at=LATER)
            assert str(OF_ALL) in str(effect.note)

        link(cases[1], cast.office_head, post)

        for case in again(*cases):
            assert (case.about_post, case.office) == (post, above)
            assert not knows(fresh(named), case)
            assert deadlines.running(case, deadlines.RESOLVE_PERSON) is None
        leading = again(cases[0])[0]
        assert (leading.state, leading.handling_organ) == (State.HANDLING, above)
        assert deadlines.running(leading, deadlines.REPLY).organ == above
        assert sound()

    def test_Z08_said_to_be_nobody_there_all_of_them_go_on_where_they_lay(self, cast, named):
        cases = three(cast)
        actions.add_material(cases[1], at=LATER, text=f"效能办的{NAME}打过招呼。")

        link(cases[1], cast.office_head, None)

        for case in again(*cases):
            assert case.named_person_state == NamedPerson.NOBODY
            assert deadlines.running(case, deadlines.RESOLVE_PERSON) is None
            assert knows(fresh(named), case)
        assert knows(cast.clerk, cases[0])
        [leading] = again(cases[0])
        given = {"version": leading.version, "text": "请限期办理。"}
        actions.order_supervision(leading, by=fresh(named), at=LATER + timedelta(hours=1), **given)
        assert sound()

    def test_Z08_a_name_that_the_leading_case_holds_itself_is_not_resolved_by_that(self, cast, named):
        cases = three(cast)
        cast.leader.full_name = "关兆基"
        cast.leader.save()
        actions.add_material(cases[0], at=LATER, text="关兆基局长一直拖着不批。")
        actions.add_material(again(cases[1])[0], at=LATER, text=f"效能办的{NAME}打过招呼。")

        link(cases[1], cast.office_head, None)

        leading = again(cases[0])[0]
        assert leading.named_person_state == NamedPerson.UNRESOLVED
        assert deadlines.running(leading, deadlines.RESOLVE_PERSON) is not None
        link(leading, cast.office_head, None)
        assert {case.named_person_state for case in again(*cases)} == {NamedPerson.NOBODY}

    def test_Z07_whoever_would_write_the_answer_is_named_and_does_not_write_it(self, cast):
        cases = three(cast)
        cast.clerk.full_name = "关兆基"
        cast.clerk.save()

        actions.add_material(cases[1], at=LATER, text="经办人关兆基收了中介的钱。")
        assert not knows(cast.clerk, cases[0])
        link(cases[1], cast.officer, cast.clerk.tenures.get().post)

        leading = again(cases[0])[0]
        assert not knows(fresh(cast.clerk), leading)
        assert leading.handler != cast.clerk
        assert knows(cast.leader, leading)
        assert sound()

    def test_Z07_named_in_the_evaluation_of_a_joined_case_they_are_kept_out_of_what_was_answered(self, cast, named):
        cases = three(cast)
        reply(cases[0], cast, at=LATER)
        lead(cases[0], cast, State.ARCHIVED, at=LATER)

        actions.evaluate(again(cases[1])[0], at=LATER, grade=Grade.DISSATISFIED, text=f"{NAME}帮他们遮掩。")

        for case in again(*cases):
            assert not knows(fresh(named), case)
            assert deadlines.running(case, deadlines.RESOLVE_PERSON) is not None
        assert deadlines.running(cases[1], deadlines.FOLLOW_UP) is not None
        link(cases[1], cast.office_head, None)
        assert not any(deadlines.running(case, deadlines.RESOLVE_PERSON) for case in again(*cases))
        assert sound()


class TestAConflict:
    def test_Z07_declared_in_a_joined_case_it_holds_for_the_leading_one_and_its_handler_hands_it_over(self, cast):
        cases = three(cast)
        Case.objects.filter(pk=cases[0].pk).update(
            handling_organ=cast.city.office, handling="own", handler=cast.officer
        )

        actions.declare_recusal(cases[1], by=cast.officer, at=LATER, reason="系本人亲属。")

        assert not any(knows(fresh(cast.officer), case) for case in cases)
        assert again(cases[0])[0].handler != cast.officer

    def test_Z07_decided_of_somebody_in_a_joined_case_it_holds_for_all_of_them(self, cast):
        cases = three(cast)
        second = seat(Role.OFFICE_OFFICER, cast.city.office)

        actions.recuse_person(cases[2], by=cast.office_head, at=LATER, person=second, reason="系其亲属。")

        assert not any(knows(fresh(second), case) for case in cases)


def test_4_6_of_an_answered_case_alone_its_evaluation_keeps_whoever_it_names_out_after_the_archive(cast, named):
    case = case_in(State.ARCHIVED, cast)

    actions.evaluate(case, at=LATER, grade=Grade.DISSATISFIED, text=f"{NAME}帮他们遮掩。")

    assert not knows(fresh(named), case)
    assert deadlines.running(case, deadlines.RESOLVE_PERSON) is not None


class TestTheOfficeInCharge:
    """Joined cases lie with the same office, wherever the leading one goes (4.6: the level above decides)."""

    def test_4_7_where_the_leading_case_goes_up_the_joined_ones_go_with_it(self, cast):
        officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        leading, receipt = file(cast, organ=cast.city.street).case, file(cast, organ=cast.city.street)
        case = receipt.case
        give = {"by": officer, "at": TUESDAY}
        actions.merge(case, version=case.version, leading=leading, reason="同一事项", **give)
        actions.ask_erasure(case, at=LATER, code=receipt.code)  # runs on beside all that
        [leading] = again(leading)
        actions.accept(
            leading, version=leading.version, kind=leading.kind, category=leading.category, organ=leading.organ, **give
        )
        actions.register(leading, version=leading.version, way="拟呈批。", **give)

        actions.report_unclear(
            leading,
            version=leading.version,
            organs=[cast.city.street, cast.city.construction],
            reason="均称无责",
            **give,
        )

        leading, case = again(leading, case)
        assert (leading.office, case.office) == (cast.city.office, cast.city.office)
        assert not knows(officer, case)
        assert knows(cast.officer, case)
        assert {promise.organ for promise in deadlines.of_case(case) if promise.is_running} == {cast.city.office}
        assert sound()

    def test_4_7_joined_to_a_case_of_another_office_it_lies_there(self, cast):
        leading, case = case_in(State.HANDLING, cast), file(cast, at=LATER).case
        Case.objects.filter(pk=case.pk).update(office=cast.city.district_office)
        case.refresh_from_db()

        with_both = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        seat(Role.OFFICE_OFFICER, cast.city.office, user=with_both)
        actions.merge(case, by=with_both, at=LATER, version=case.version, leading=leading, reason="同一事项")

        assert again(case)[0].office == cast.city.office

    def test_4_6_what_it_was_answered_is_reviewed_by_the_office_that_has_the_leading_case(self, cast):
        leading, case, _other = three(cast)
        reply(leading, cast, at=LATER)
        Case.objects.filter(pk=case.pk).update(office=cast.city.district_office)

        [case] = again(case)
        actions.ask_review(case, at=LATER, reasons="没有说明依据。")

        assert case.office == cast.city.office


class TestFactsPassedOn:
    """Facts reach whoever handles the leading case in words that name nobody who reads them (Z-08, P-06)."""

    def pass_on(self, case: Case, by, facts: str):
        [case] = again(case)
        return actions.pass_facts(case, by=by, at=LATER, version=case.version, facts=facts)

    def refused_with(self, case: Case, by, facts: str) -> str:
        with pytest.raises(actions.Invalid) as refusal:
            self.pass_on(case, by, facts)
        return refusal.value.field

    def test_Z08_before_an_organ_has_the_case_they_name_nobody_of_the_organ_it_is_to_go_to(self, cast):
        leading, case = file(cast).case, file(cast).case
        join(case, leading, cast)
        actions.add_material(case, at=LATER, text="补充说明夜间仍在施工的情况。")

        assert self.refused_with(case, cast.officer, f"窗口{cast.leader.full_name}收钱。") == "facts"
        assert self.refused_with(case, cast.officer, f"效能办{cast.office_head.full_name}打过招呼。") == "facts"

    def test_Z08_what_was_passed_on_stands_against_an_organ_that_gets_the_case_later(self, cast):
        leading, case, _other = three(cast)
        cast.tax_clerk.full_name = "关兆基"
        cast.tax_clerk.save()
        actions.add_material(case, at=LATER, text="补充说明夜间仍在施工的情况。")
        self.pass_on(case, cast.officer, "税务窗口关兆基收过中介的钱。")

        [leading] = again(leading)
        with pytest.raises(actions.Invalid):
            actions.transfer(
                leading, by=cast.officer, at=LATER, version=leading.version, organ=cast.city.tax, reason="属其职责"
            )

    def test_Z08_while_a_name_is_not_resolved_nothing_but_a_note_is_written(self, cast, named):
        _leading, case, _other = three(cast)
        actions.add_material(case, at=LATER, text=f"效能办的{NAME}打过招呼。")

        assert self.refused_with(case, cast.office_head, "另有照片两张。") == "facts"
        [case] = again(case)
        actions.pass_facts(case, by=cast.office_head, at=LATER, version=case.version, note="与本事项无关。")
        assert deadlines.running(case, deadlines.EDIT_TEXT) is None

    def test_P06_they_name_neither_the_complainant_of_the_leading_case_nor_of_another_one(self, cast):
        leading = case_in(State.HANDLING, cast, name="司徒美玲", phone="13900001111")
        case = join(file(cast, at=LATER).case, leading, cast)
        join(file(cast, at=LATER, name="上官云飞", phone="13900002222").case, leading, cast)
        actions.add_material(case, at=LATER, text="补充说明夜间仍在施工的情况。")

        for facts in ("司徒美玲家也受影响。", "可致电13900002222核实。"):
            with pytest.raises(GivesAway):
                self.pass_on(case, cast.officer, facts)
