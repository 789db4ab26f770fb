"""Questions to the complainant 询问: asked by whoever handles the case, answered on the tracking page (4.7 no. 7)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from complaints import actions, citizen, deadlines, publishing, timeline, wording, workflow
from complaints.actions import neutral
from complaints.enums import Handling, NamedPerson, State, SuspensionGround, Wording
from complaints.models import Attachment, Case, Question
from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState, Escalation
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Post, Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, ask, case_in, local
from tests.factories.staff import make_post, seat
from tests.rules.test_summary import NAME, PHONE, handed_over

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
# The time for an answer that was asked for on the Tuesday ends with the Tuesday after it.
OVER = local(2026, 3, 11, 0, 0)
QUESTION = "请问您是哪一天到窗口递交材料的？"
ANSWER = "二月二十四日上午，是二号窗口收的。"


@pytest.fixture
def case(cast) -> Case:
    return case_in(State.HANDLING, cast)


def answer(case: Case, *, at=LATER, text=ANSWER, **more):
    return actions.answer_question(case, at=at, text=text, **more)


def told(case: Case, kind: str) -> set[int]:
    """The people who were told of a step."""
    return set(Message.objects.filter(kind=kind, subject_id=case.pk).values_list("recipient_id", flat=True))


def words_in(entries) -> str:
    return "\n".join(str(entry.text) for entry in entries)


def section_of(cast) -> tuple[Post, User]:
    """A post of the organ that can be complained about, and somebody else of its section; the clerk is of another."""
    accused = make_post(cast.city.construction, Role.CLERK)
    colleague = seat(Role.CLERK, cast.city.construction)
    Post.objects.filter(pk__in=[accused.pk, colleague.tenures.get().post_id]).update(section="审批科")
    accused.refresh_from_db()
    return accused, colleague


def sound() -> bool:
    return not [finding for finding in verify.run() if finding.violations]


class TestAsking:
    def test_the_question_stands_on_the_tracking_page_with_its_date(self, case, cast):
        ask(case, cast)

        question = citizen.page_of(case, at=LATER).question
        assert (question.text, question.organ) == (QUESTION, str(cast.city.construction))
        assert local_day(deadlines.running(case, deadlines.QUESTION).due_at) == date(2026, 3, 10)  # five working days
        assert QUESTION in words_in(timeline.public(case))

    def test_13_4_no_clock_of_government_moves_and_nobody_of_the_staff_owes_the_answer(self, case, cast):
        before = deadlines.running(case, deadlines.REPLY)
        next_due = case.next_due_at

        ask(case, cast)

        after = deadlines.running(case, deadlines.REPLY)
        assert (after.due_at, after.state, case.next_due_at) == (before.due_at, DeadlineState.OPEN, next_due)
        promise = deadlines.running(case, deadlines.QUESTION)
        assert (promise.promise, promise.responsible, promise.post) == ("owed_by_citizen", None, None)

    def test_whoever_asks_can_choose_by_when_the_answer_helps(self, case, cast):
        ask(case, cast, days=2)

        assert local_day(deadlines.running(case, deadlines.QUESTION).due_at) == date(2026, 3, 5)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"question": "  "}, "question"),
            ({"question": "哪一天？"}, "question"),
            ({"question": "问" * 1001}, "question"),
            ({"days": 0}, "days"),
            ({"days": 11}, "days"),
        ],
    )
    def test_a_field_that_does_not_do_is_named(self, case, cast, changes, field):
        with pytest.raises(actions.Invalid) as refusal:
            ask(case, cast, **changes)

        assert refusal.value.field == field
        assert not Question.objects.exists()

    def test_one_question_at_a_time(self, case, cast):
        ask(case, cast)

        with pytest.raises(actions.NotInState):
            ask(case, cast, by=cast.officer)

        answer(case)
        ask(case, cast, at=LATER, by=cast.officer)
        assert case.questions.count() == 2

    def test_the_database_keeps_two_from_waiting_at_once(self, case, cast):
        first = ask(case, cast)
        answer(case)
        ask(case, cast, at=LATER)

        with pytest.raises(IntegrityError, match="question_one_open"), transaction.atomic():
            Question.objects.filter(asked=first).update(ended=None)

    def test_it_can_be_asked_while_a_case_is_handled_again(self, cast):
        case = case_in(State.REWORKING, cast)

        ask(case, cast)
        answer(case)

        assert case.state == State.REWORKING

    def test_an_anonymous_complainant_is_asked_too_and_gets_no_letter(self, cast):
        case = case_in(State.HANDLING, cast, anonymous=True)
        letters = Message.objects.filter(kind="complaints.news").count()

        ask(case, cast)

        assert citizen.page_of(case, at=LATER).question.text == QUESTION
        assert Message.objects.filter(kind="complaints.news").count() == letters
        answer(case)

    def test_Z15_the_letter_says_that_there_is_news_and_no_more(self, cast):
        case = case_in(State.HANDLING, cast, email="chen@example.com", wants_email=True)
        before = Message.objects.filter(kind="complaints.news").count()

        ask(case, cast)

        assert Message.objects.filter(kind="complaints.news").count() == before + 1
        assert not [each for each in Message.objects.filter(kind="complaints.news") if QUESTION in str(each.values)]

    def test_the_section_complained_about_asks_nobody(self, cast):
        case = case_in(State.HANDLING, cast)
        accused, asker = section_of(cast)
        actions.link_person(
            case, by=cast.officer, at=LATER, version=case.version, post=accused, reason="指的是窗口经办人"
        )

        with pytest.raises(actions.NotAllowed):
            ask(case, cast, by=asker)


class TestWhatTheOfficeAsks:
    """The organ reads the question: it names nobody who is unknown to it (docs/trust.md P-06)."""

    @pytest.mark.parametrize("trace", [NAME, PHONE])
    def test_P06_names_nobody_who_is_unknown_to_the_organ(self, cast, trace):
        case = case_in(State.HANDLING, cast, name=NAME, phone=PHONE)

        with pytest.raises(actions.Invalid) as refusal:
            ask(case, cast, by=cast.officer, question=f"{trace}：请问您是哪一天递交的材料？")

        assert refusal.value.field == "question"
        assert AuditRecord.objects.filter(action="case.ask_question", outcome=Outcome.REFUSED).count() == 1

    def test_P06_what_the_organ_asks_tells_it_by_no_refusal_that_it_guessed_right(self, cast):
        case = case_in(State.HANDLING, cast, name=NAME, phone=PHONE)

        ask(case, cast, question=f"请问您是{NAME}还是别的什么人？")

        assert Question.objects.filter(case=case).exists()

    def test_with_consent_the_name_may_stand_in_it(self, cast):
        case = case_in(State.HANDLING, cast, name=NAME, phone=PHONE, consent=True)

        ask(case, cast, by=cast.officer, question=f"{NAME}，请问您是哪一天递交的材料？")


class TestAnswering:
    def test_it_is_a_step_with_its_files_and_ends_the_question(self, case, cast):
        ask(case, cast)
        file = CleanFile(content=b"1", content_type="text/plain", original_name="回执.txt", original=b"1")

        event = answer(case, files=[file])

        assert (event.actor_kind, event.public_text, case.attachments.count()) == ("citizen", ANSWER, 1)
        assert case.attachments.get().event == event
        assert case.questions.get().ended == event
        assert deadlines.running(case, deadlines.QUESTION) is None
        assert citizen.page_of(case, at=LATER).question is None
        assert ANSWER in words_in(timeline.internal(case, cast.clerk))
        assert sound()

    def test_whoever_holds_the_case_and_whoever_asked_are_told(self, case, cast):
        ask(case, cast, by=cast.officer)

        answer(case)

        assert told(case, "complaints.answer_question") == {cast.clerk.pk, cast.leader.pk, cast.officer.pk}

    def test_without_words_there_is_no_answer(self, case, cast):
        ask(case, cast)

        with pytest.raises(actions.Invalid):
            answer(case, text=" ")

    def test_where_nothing_is_asked_there_is_none(self, case):
        with pytest.raises(actions.NotInState):
            answer(case)

    def test_S10_the_same_form_answers_once(self, case, cast):
        ask(case, cast)
        first = answer(case, token="a" * 32)
        ask(case, cast, at=LATER)

        assert answer(case, token="a" * 32) == first
        assert case.questions.filter(ended=None).exists()

    def test_what_was_written_below_one_question_answers_no_other(self, case, cast):
        ask(case, cast)
        first = citizen.page_of(case, at=LATER).question.key
        sweep.run(at=OVER)
        actions.lapse_questions(at=OVER)
        case.refresh_from_db()
        ask(case, cast, at=OVER, question="请问收件人员出具回执了吗？")

        with pytest.raises(actions.NotInState):
            answer(case, at=OVER, asked=first)

        assert answer(case, at=OVER, asked=citizen.page_of(case, at=OVER).question.key).actor_kind == "citizen"

    def test_Z08_a_name_of_somebody_of_the_organ_in_it_holds_the_case_with_the_office(self, case, cast):
        ask(case, cast)

        answer(case, text=f"当晚值班的{cast.leader.full_name}拒绝登记。")

        assert case.named_person_state == NamedPerson.UNRESOLVED
        assert not Case.objects.visible_to(cast.clerk).filter(pk=case.pk).exists()
        assert deadlines.running(case, deadlines.RESOLVE_PERSON) is not None

    def test_Z08_and_is_found_again_when_another_organ_is_to_have_the_case(self, case, cast):
        ask(case, cast)
        answer(case, text=f"我先去税务局找过{cast.tax_leader.full_name}。")

        with pytest.raises(actions.Invalid):
            actions.transfer(
                case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属税务事项。"
            )

    def test_P14_its_words_are_looked_at_before_anything_is_written_for_others(self, case, cast):
        long = "二月二十四日上午九点半左右，是二号窗口的一位女士收下的全部材料。"
        ask(case, cast)
        answer(case, text=long)

        assert long in neutral.texts_of_citizen(case)
        with pytest.raises(actions.Invalid) as refusal:
            make.join(case, cast, at=LATER, request=f"请核实：{long}")
        assert refusal.value.field == "request"


class TestWhoReadsIt:
    """Who does not read the complaint reads neither question nor answer (docs/trust.md P-06)."""

    def test_P06_what_gives_the_complainant_away_is_withheld_from_the_organ(self, cast):
        case = case_in(State.HANDLING, cast, name=NAME, phone=PHONE)
        ask(case, cast)

        answer(case, text=f"我是{NAME}，二月二十四日递交的。")

        assert case.wording == Wording.WITHHELD
        assert deadlines.running(case, deadlines.EDIT_TEXT) is not None
        assert NAME not in words_in(timeline.internal(case, cast.clerk))
        assert NAME in words_in(timeline.internal(case, cast.officer))
        assert sound()

    def test_P06_an_organ_that_reads_the_summary_gets_the_answer_by_the_summary(self, cast):
        case = handed_over(cast)
        ask(case, cast, at=LATER)
        file = CleanFile(content=b"1", content_type="text/plain", original_name="照片.txt", original=b"1")

        answer(case, files=[file])

        assert ANSWER not in words_in(timeline.internal(case, cast.clerk))
        assert not Attachment.objects.visible_to(cast.clerk).filter(case=case).exists()
        assert cast.officer.pk in told(case, "complaints.answer_question")
        assert deadlines.running(case, deadlines.EDIT_TEXT) is not None
        actions.write_summary(
            case,
            by=cast.officer,
            at=LATER,
            version=case.version,
            title="施工许可受理问题",
            text="请核实该窗口二月下旬受理施工许可申请的情况；据了解材料已由窗口收下。",
        )
        assert deadlines.running(case, deadlines.EDIT_TEXT) is None
        assert wording.words_for(case, cast.clerk).description.startswith("请核实该窗口二月下旬")

    def test_P06_the_organ_reads_its_own_question_there_and_none_of_the_office(self, cast):
        case = handed_over(cast)
        ask(case, cast, at=LATER)
        answer(case)
        ask(case, cast, at=LATER, by=cast.officer, question="您说跑了三趟，请问分别是哪几天？")

        told_to_organ = words_in(timeline.internal(case, cast.clerk))

        assert QUESTION in told_to_organ
        assert "跑了三趟" not in told_to_organ
        assert "跑了三趟" in words_in(timeline.internal(case, cast.officer))

    def test_P06_what_was_asked_from_the_complaint_is_not_read_beside_a_summary_written_later(self, cast):
        case = case_in(State.HANDLING, cast, consent=True)
        ask(case, cast, question="您说跑了三趟，请问分别是哪几天？")
        answer(case)
        actions.write_summary(
            case,
            by=cast.officer,
            at=LATER,
            version=case.version,
            title="施工许可受理问题",
            text="请核实该窗口二月下旬受理施工许可申请的情况。",
        )
        ask(case, cast, at=LATER)

        shown = words_in(timeline.internal(case, cast.clerk))

        assert "跑了三趟" not in shown
        assert QUESTION in shown
        assert "跑了三趟" in words_in(timeline.internal(case, cast.officer))

    def test_P06_the_section_complained_about_reads_neither(self, case, cast):
        accused, colleague = section_of(cast)
        ask(case, cast)
        answer(case)
        actions.link_person(
            case, by=cast.officer, at=LATER, version=case.version, post=accused, reason="指的是窗口经办人"
        )

        shown = words_in(timeline.internal(case, colleague))

        assert Case.objects.visible_to(colleague).filter(pk=case.pk).exists()
        assert QUESTION not in shown
        assert ANSWER not in shown
        assert QUESTION in words_in(timeline.internal(case, cast.clerk))

    def test_Z12_an_organ_that_passed_the_case_on_keeps_no_words_of_either(self, case, cast):
        ask(case, cast)
        answer(case)
        actions.transfer(
            case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属税务事项。"
        )

        kept = words_in(timeline.of_organs(case, [cast.city.construction.pk]))

        assert QUESTION not in kept
        assert ANSWER not in kept

    def test_P14_nothing_of_it_is_in_the_draft_of_a_public_version(self, case, cast):
        ask(case, cast)
        answer(case)
        make.lead(case, cast, State.CLOSED, at=LATER)
        Case.objects.filter(pk=case.pk).update(consent=True)
        case.refresh_from_db()
        assert publishing.barrier(case) is None

        draft = actions.public_text_of(case, at=LATER)

        assert QUESTION not in f"{draft.question}{draft.answer}"
        assert ANSWER not in f"{draft.question}{draft.answer}"


class TestWithoutAnAnswer:
    def test_the_case_goes_on_and_the_story_says_so(self, case, cast):
        ask(case, cast)
        assert actions.lapse_questions(at=OVER) == 0  # before the engine has seen that the time is over
        sweep.run(at=OVER)

        assert actions.lapse_questions(at=OVER) == 1
        assert actions.lapse_questions(at=OVER) == 0

        case.refresh_from_db()
        assert case.state == State.HANDLING
        assert case.questions.get().ended.action == "lapse_question"
        assert [entry.word for entry in timeline.public(case)][-1] == timeline.PUBLIC_WORDS["lapse_question"]
        assert told(case, "complaints.lapse_question") == {cast.clerk.pk, cast.leader.pk}
        assert not Escalation.objects.filter(deadline__kind=deadlines.QUESTION).exists()
        assert sound()

    def test_it_is_too_late_although_nobody_has_looked_yet(self, case, cast):
        ask(case, cast)

        assert citizen.page_of(case, at=OVER).question is None
        with pytest.raises(actions.TooLate):
            answer(case, at=OVER)
        answer(case, at=OVER - timedelta(seconds=1))

    def test_what_is_known_later_is_added_unasked(self, case, cast):
        ask(case, cast)
        sweep.run(at=OVER)
        actions.lapse_questions(at=OVER)

        actions.add_material(Case.objects.get(pk=case.pk), at=OVER, text=ANSWER)

    def test_the_next_question_can_be_asked(self, case, cast):
        ask(case, cast)
        sweep.run(at=OVER)
        actions.lapse_questions(at=OVER)
        case.refresh_from_db()

        ask(case, cast, at=OVER)

        assert deadlines.running(case, deadlines.QUESTION) is not None


class TestTheCaseGoesOn:
    """A question ends where nobody handles the case any more."""

    LEADING_AWAY = {
        "suspend": lambda case, cast: actions.suspend(
            case,
            by=cast.officer,
            at=LATER,
            version=case.version,
            ground=SuspensionGround.PROCEEDING,
            reason="正在诉讼。",
        ),
        "transfer": lambda case, cast: actions.transfer(
            case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属税务事项。"
        ),
        "approve_reply": lambda case, cast: make.reply(case, cast, at=LATER),
        "withdraw": lambda case, cast: actions.withdraw(case, at=LATER),
    }

    @pytest.mark.parametrize("name", LEADING_AWAY)
    def test_it_ends_with_the_step_that_leads_the_case_on(self, case, cast, name):
        ask(case, cast)
        promise = deadlines.running(case, deadlines.QUESTION)

        self.LEADING_AWAY[name](case, cast)

        promise.refresh_from_db()
        assert case.questions.get().ended.action == name
        assert promise.state == DeadlineState.CANCELLED
        with pytest.raises(actions.NotInState):
            answer(case)
        assert sound()

    def test_Z09_it_stays_where_the_case_goes_to_the_office_which_handles_it_now(self, case, cast):
        ask(case, cast)
        head = cast.leader.tenures.get().post

        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=head, reason="指的是局长")

        assert (case.handling, case.state) == (Handling.OWN, State.HANDLING)
        assert deadlines.running(case, deadlines.QUESTION) is not None
        assert sound()

    def test_a_question_is_none_of_a_new_round(self, case, cast):
        ask(case, cast)
        make.lead(case, cast, State.CLOSED, at=LATER)
        actions.order_rework(case, by=cast.officer, at=LATER, version=case.version, text="未说明整改时间。")

        assert citizen.page_of(case, at=LATER).question is None
        ask(case, cast, at=LATER)

    def test_a_question_outlives_handler_and_more_time(self, case, cast):
        ask(case, cast)
        colleague = seat(Role.CLERK, cast.city.construction)

        actions.assign(case, by=cast.leader, at=LATER, version=case.version, handler=colleague, reason="另有任务")

        answer(case)
        assert colleague.pk in told(case, "complaints.answer_question")


def test_the_invariant_finds_a_question_that_was_left_behind(case, cast):
    ask(case, cast)
    Case.objects.filter(pk=case.pk).update(state=State.CLOSED)

    found = [finding for finding in verify.run() if finding.violations]

    assert gettext("a question waits where it can be answered, and has a date") in {str(each.title) for each in found}


def test_the_table_lets_it_be_asked_where_somebody_writes_the_answer():
    assert {state for row in workflow.rows_of("ask_question") for state in row.sources} == set(workflow.WRITING)
