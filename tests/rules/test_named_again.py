"""
A case that is linked names somebody else; somebody of the efficiency office is named (docs/trust.md Z-07, Z-08).
"""

from datetime import timedelta

import pytest
from django.db import connection

from complaints import actions, deadlines, invariants
from complaints.enums import Handling, NamedPerson, RecusalGround, State
from complaints.models import Case, CaseEvent, Recusal
from efficiency.access.may import cells_of
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Post, Rank, Role
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import seat
from tests.rules.knowing import knows

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
NAME = "欧阳建国"
WORDS = f"补充说明：当天在场的还有{NAME}，请一并核查。"


def called(user: User, name: str = NAME) -> User:
    user.full_name = name
    user.save()
    return user


def post_of(user: User) -> Post:
    return Post.objects.get(tenures__user=user)


def link(case: Case, by: User, post: Post | None, **more):
    return actions.link_person(case, by=by, at=LATER, version=case.version, post=post, reason="经核实", **more)


def knows_header(user: User, case: Case) -> bool:
    """Whether the person finds the case at all; the lists and what may be done with it say the same."""
    user, case = User.objects.get(pk=user.pk), Case.objects.get(pk=case.pk)
    listed = Case.objects.headers_visible_to(user).filter(pk=case.pk).exists()
    assert listed == bool(cells_of(user, "case.see", case))
    return listed


def evaluate(case: Case, words: str) -> None:
    actions.evaluate(case, at=LATER, grade=1, text=words)


# Each step in which the citizen writes something: where it begins, and the step.
TEXTS = {
    "add_material": (State.HANDLING, lambda case, words: actions.add_material(case, at=LATER, text=words)),
    "supplement": (State.SUSPENDED, lambda case, words: actions.supplement(case, at=LATER, text=words)),
    "answer_question": (State.HANDLING, lambda case, words: actions.answer_question(case, at=LATER, text=words)),
    "evaluate": (State.REPLIED, evaluate),
    "ask_review": (State.CLOSED, lambda case, words: actions.ask_review(case, at=LATER, reasons=words)),
    "ask_final": (State.CLOSED, lambda case, words: actions.ask_final(case, at=LATER, reasons=words)),
}


@pytest.mark.parametrize("step", TEXTS)
class TestEachTextOfTheCitizen:
    """Z-08: whatever the citizen hands in may name one more person."""

    def led(self, step: str, cast) -> Case:
        case = make.case_in(TEXTS[step][0], cast)
        if step == "answer_question":
            make.ask(case, cast)
        if step == "ask_final":
            actions.ask_review(case, at=TUESDAY, reasons="答复没有说明依据。")
            other_head = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
            actions.decide_review(
                case, by=other_head, at=TUESDAY, version=case.version, decision="upheld", text="原答复依据充分。"
            )
        return case

    def test_Z08_a_linked_case_that_names_another_holder_is_held_and_keeps_its_link(self, step, cast):
        case, colleague = self.led(step, cast), seat(Role.CLERK, cast.city.construction)
        link(case, cast.inspector, post_of(colleague))
        called(cast.leader)

        TEXTS[step][1](case, WORDS)

        case = Case.objects.get(pk=case.pk)
        assert (case.named_person_state, case.about_post) == (NamedPerson.UNRESOLVED, post_of(colleague))
        assert engine.running(case, [deadlines.RESOLVE_PERSON]).exists()
        assert not knows(cast.clerk, case)

        link(case, cast.inspector, None)

        assert (case.named_person_state, case.about_post) == (NamedPerson.LINKED, post_of(colleague))
        assert not engine.running(case, [deadlines.RESOLVE_PERSON]).exists()


class TestNamedOfTheOffice:
    """Z-07: whoever is named, and would know of the case by its office, is kept out until it is said who is meant."""

    ABOUT_BUREAU = f"市建设局迟迟不批，效能办的{NAME}打招呼要求压下来，请予核查处理。"

    @pytest.mark.parametrize("words", [{"named_person": f"效能办 {NAME}"}, {"description": ABOUT_BUREAU}])
    @pytest.mark.parametrize("role", [Role.OFFICE_OFFICER, Role.INSPECTOR, Role.AUDITOR])
    def test_Z07_an_officer_who_is_named_finds_nothing_and_settles_nothing(self, words, role, cast):
        named = {Role.OFFICE_OFFICER: cast.officer, Role.INSPECTOR: cast.inspector, Role.AUDITOR: cast.auditor}[role]
        called(named)

        case = make.file(cast, **words).case

        assert case.named_person_state == NamedPerson.UNRESOLVED
        assert engine.running(case, [deadlines.RESOLVE_PERSON]).exists()
        assert not knows_header(named, case)
        assert knows(cast.office_head, case)
        assert not Message.objects.filter(recipient=named, subject_id=case.pk).exists()
        for attempt in (
            lambda: link(case, named, None),
            lambda: actions.reject(case, by=named, at=LATER, version=1, ground="spam", text="广告"),
        ):
            with pytest.raises(actions.Absent):
                attempt()
        assert invariants.cases_of_nobody() == 0

        link(case, cast.office_head, None)

        assert knows_header(named, case)

    def test_Z07_linked_to_the_post_it_stays_absent(self, cast):
        called(cast.officer)
        case = make.file(cast, named_person=NAME).case

        link(case, cast.office_head, post_of(cast.officer))

        assert not knows(cast.officer, case)

    def test_Z07_holds_for_every_account_of_the_person(self, cast):
        called(cast.officer)
        second = seat(Role.CLERK, cast.city.tax)
        for account in (cast.officer, second):
            account.phone = "13900000001"
            called(account)

        case = make.file(cast, named_person=NAME).case

        kept_out = case.recusals.filter(ground=RecusalGround.NAMED).values_list("user", flat=True)
        assert set(kept_out) == {cast.officer.pk, second.pk}

    def test_Z07_a_name_that_nobody_of_the_office_bears_keeps_nobody_out(self, cast):
        case = make.file(cast, named_person=NAME).case

        assert not Recusal.objects.filter(case=case).exists()
        assert knows(cast.officer, case)

    @pytest.mark.parametrize("step", ["add_material", "answer_question", "evaluate"])
    def test_Z07_so_is_who_is_named_later_and_handles_the_case(self, step, cast):
        called(cast.officer)
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=TUESDAY, version=case.version, handling=Handling.OWN)
        assert case.handler == cast.officer
        if step == "answer_question":
            make.ask(case, cast, by=cast.officer)
        if step == "evaluate":
            make.reply(case, cast)

        TEXTS[step][1](case, WORDS)

        case = Case.objects.get(pk=case.pk)
        assert case.handler is None
        assert not knows(cast.officer, case)
        assert invariants.handlers_not_competent() == 0
        with pytest.raises(actions.Absent):
            link(case, cast.officer, None)
        link(case, cast.inspector, None)
        assert knows(cast.officer, case)

    def test_Z09_where_everybody_of_the_office_is_named_the_office_above_has_it(self, cast):
        officers = [
            seat(Role.OFFICE_OFFICER, cast.city.district_office, rank) for rank in (Rank.HANDLER, Rank.APPROVER)
        ]
        for officer, name in zip(officers, (NAME, "司徒文远"), strict=True):
            called(officer, name)

        one = make.file(cast, organ=cast.city.street, named_person=NAME).case
        both = make.file(cast, organ=cast.city.street, named_person=f"{NAME}、司徒文远").case

        assert (one.office, both.office) == (cast.city.district_office, cast.city.office)
        told = Message.objects.filter(subject_id=both.pk, channel="portal").values_list("recipient", flat=True)
        assert set(told) == {cast.officer.pk, cast.office_head.pk}
        actions.add_material(one, at=LATER, text="司徒文远也在场。")
        one = Case.objects.get(pk=one.pk)
        assert one.office == cast.city.office
        assert set(engine.running(one).values_list("organ", flat=True)) == {cast.city.office.pk}
        assert not any(knows(officer, case) for officer in officers for case in (one, both))
        assert invariants.cases_of_nobody() == 0

    def test_I12_who_was_settled_to_be_meant_by_nobody_may_work_on(self, cast):
        called(cast.officer)
        case = make.file(cast, named_person=NAME).case
        link(case, cast.office_head, None)
        make.accept(case, cast, at=LATER)

        with connection.cursor() as cursor:
            cursor.execute(invariants._RECUSED)
            assert cursor.fetchone() == (0,)


def test_4_6_a_case_is_not_archived_while_a_name_in_it_waits_to_be_resolved(cast):
    case = make.case_in(State.CLOSED, cast)
    called(cast.leader)
    evaluate(case, WORDS)
    put_away = {"by": cast.officer, "at": LATER}
    assert case.named_person_state == NamedPerson.UNRESOLVED

    with pytest.raises(actions.NotInState):
        actions.archive(case, version=case.version, **put_away)

    link(case, cast.officer, None)
    actions.archive(case, version=case.version, **put_away)
    with pytest.raises(actions.NotAsked):
        link(case, cast.officer, None)


def test_I03_of_one_that_was_archived_before_the_name_is_resolved_there(cast):
    case = make.case_in(State.ARCHIVED, cast)
    Case.objects.filter(pk=case.pk).update(named_person_state=NamedPerson.UNRESOLVED)
    case.refresh_from_db()
    evaluate(case, "不满意")
    assert engine.running(case, [deadlines.RESOLVE_PERSON]).exists()
    assert invariants.promises_nobody_can_keep() == 0

    link(case, cast.officer, post_of(cast.leader))

    assert (case.state, case.named_person_state) == (State.ARCHIVED, NamedPerson.LINKED)
    assert not engine.running(case, [deadlines.RESOLVE_PERSON]).exists()
    assert not case.holdings.filter(until__isnull=True).exists()


class TestWhatTheOrganCannotSee:
    """Z-08: what is held with the office is neither given back to the organ nor charged to it."""

    def test_Z08_rework_is_not_ordered_of_an_organ_that_does_not_see_the_case(self, cast):
        case = make.case_in(State.CLOSED, cast)
        called(cast.leader)
        evaluate(case, WORDS)
        again = {"by": cast.officer, "at": LATER, "text": "未说明整改时间。"}

        with pytest.raises(actions.Invalid):
            actions.order_rework(case, version=case.version, **again)

        link(case, cast.officer, None)
        actions.order_rework(case, version=case.version, **again)
        assert case.state == State.REWORKING

    def test_4_7_the_office_owes_a_part_while_the_hold_hides_it_from_its_organ(self, cast):
        case = make.case_in(State.HANDLING, cast)
        part = make.join(case, cast)
        owners = lambda: {each.organ for each in engine.running(part)}  # noqa: E731
        called(cast.leader)

        actions.add_material(case, at=LATER, text=WORDS)
        assert owners() == {cast.city.office}

        link(case, cast.officer, None)
        assert owners() == {cast.city.tax}

    def test_I12_a_case_that_is_held_where_it_lies_is_no_fault_but_what_is_done_there_is(self, cast):
        case = make.case_in(State.HANDLING, cast)
        called(cast.leader)
        actions.add_material(case, at=LATER, text=WORDS)
        assert invariants.cases_with_excluded_organ() == 0

        last = case.events.get(number=case.version)
        CaseEvent.objects.create(
            case=case,
            number=case.version + 1,
            action="save_draft",
            actor=cast.clerk,
            actor_kind="staff",
            actor_organ=cast.city.construction,
            actor_post=post_of(cast.clerk),
            at=LATER + timedelta(minutes=1),
            from_state=last.to_state,
            to_state=last.to_state,
        )

        assert invariants.cases_with_excluded_organ() == 1
