"""After a withdrawal the office may go on of its own motion, if public interest is touched (docs/domain.md 4.6)."""

import pytest

from complaints import actions, deadlines, invariants, timeline, workflow
from complaints.admin import page as case_page
from complaints.enums import Channel, NamedPerson, State
from complaints.models import Case, CaseIdentity, Origin, Recusal
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = local(2026, 3, 4)
TITLE = "许可窗口的办理时限"
TEXT = "核实今年以来许可事项是否在承诺期限内办结，有无让群众多次往返。"
WHY = "同类事项可能不止一件，涉及公共利益。"


def take_up(case: Case, cast: make.Cast, **changes):
    given = {"reason": WHY, "title": TITLE, "description": TEXT} | changes
    return actions.take_up(case, by=cast.officer, at=LATER, version=case.version, **given)


def own_of(case: Case) -> Case:
    return Origin.objects.get(withdrawn=case).case


def handled(case: Case, cast: make.Cast) -> Case:
    """The case with the organ that handles it."""
    make.accept(case, cast, at=LATER)
    return make.lead(case, cast, State.HANDLING, at=LATER)


class TestTheNewCase:
    def test_4_6_begins_like_every_case_in_the_words_of_the_office(self, cast):
        case = make.case_in(State.WITHDRAWN, cast)

        take_up(case, cast)

        own = own_of(case)
        assert (own.state, own.channel, own.title, own.description) == (State.RECEIVED, Channel.OWN_MOTION, TITLE, TEXT)
        assert (own.kind, own.category, own.organ, own.office) == (case.kind, case.category, case.organ, case.office)
        assert deadlines.running_kinds(own) == {deadlines.ACCEPT}
        assert local_day(own.received_at) == local_day(LATER)
        told = Message.objects.filter(kind="complaints.file", subject_id=own.pk)
        assert told.filter(recipient=cast.office_head).exists()
        assert invariants.count_sql(invariants._NUMBERING)() == 0
        assert invariants.count_sql(invariants._CODES)() == 0

    def test_4_6_comes_from_nobody(self, cast):
        case = make.case_in(State.WITHDRAWN, cast, consent=True)

        take_up(case, cast)

        own = own_of(case)
        assert (own.anonymous, own.consent) == (True, False)
        assert not CaseIdentity.objects.filter(case=own).exists()
        assert bytes(own.code_hash) != bytes(case.code_hash)
        assert own.events.get().actor == cast.officer

    @pytest.mark.parametrize("field", ["title", "description"])
    def test_4_3_repeats_no_words_of_the_complaint_and_tells_no_name(self, field, cast):
        case = make.case_in(State.WITHDRAWN, cast)

        for words in (case.description[:60], f"陈小明反映的{TEXT}", f"诉求 {case.number} 反映的问题"):
            with pytest.raises(actions.Invalid) as refused:
                take_up(case, cast, **{field: words})
            assert refused.value.field == field

        assert not Origin.objects.filter(withdrawn=case).exists()

    def test_4_6_says_which_public_interest_is_touched(self, cast):
        case = make.case_in(State.WITHDRAWN, cast)

        with pytest.raises(actions.Invalid) as refused:
            take_up(case, cast, reason=" ")

        assert refused.value.field == "reason"

    def test_4_6_nobody_is_asked_who_could_not_answer(self, cast):
        case = make.case_in(State.WITHDRAWN, cast)
        take_up(case, cast)
        own = own_of(case)
        with pytest.raises(actions.NotAsked):
            actions.ask_supplement(own, by=cast.officer, at=LATER, version=own.version, missing="材料清单")

        handled(own, cast)

        with pytest.raises(actions.NotAsked):
            make.ask(own, cast, at=LATER)
        assert "ask_question" not in {step.name for step in workflow.next_actions(own, cast.clerk)}
        with pytest.raises(actions.Invalid) as refusal:
            actions.suspend(
                own, by=cast.officer, at=LATER, version=own.version, ground="supplement", reason="请提供收据。"
            )
        assert refusal.value.field == "ground"

    def test_4_7_nobody_above_waits_for_its_result(self, cast):
        case = make.case_in(State.WITHDRAWN, cast)
        take_up(case, cast)

        own = handled(own_of(case), cast)
        make.reply(own, cast, at=LATER)

        assert deadlines.REPORT_UP not in deadlines.running_kinds(own)

    def test_Z07_Z09_whom_the_matter_concerns_is_taken_over_with_it(self, cast):
        case = make.case_in(State.HANDLING, cast)
        post = seat(Role.CLERK, cast.city.construction).tenures.get().post
        actions.link_person(case, by=cast.officer, at=TUESDAY, version=case.version, post=post, reason="核对岗位")
        actions.declare_recusal(case, by=cast.clerk, at=TUESDAY, reason="与投诉人同住")
        actions.withdraw(case, at=TUESDAY)

        take_up(case, cast)

        own = own_of(case)
        assert (own.named_person_state, own.about_post) == (NamedPerson.LINKED, post)
        assert Recusal.objects.filter(case=own, user=cast.clerk).exists()
        assert not Case.objects.filter(pk=own.pk).visible_to(cast.clerk).exists()

    def test_Z08_a_name_that_was_not_resolved_holds_it_too(self, cast):
        case = make.case_in(State.WITHDRAWN, cast, named_person="欧阳")

        take_up(case, cast)

        own = own_of(case)
        assert own.named_person_state == NamedPerson.UNRESOLVED
        assert deadlines.RESOLVE_PERSON in deadlines.running_kinds(own)


class TestTheWithdrawnCase:
    def test_4_6_stays_as_it_is_and_its_complainant_is_told_nothing(self, cast):
        case = make.case_in(State.WITHDRAWN, cast, email="a@example.org", wants_email=True)
        before = len(timeline.public(case)), Message.objects.filter(kind="complaints.news").count()

        take_up(case, cast)

        assert case.state == State.WITHDRAWN
        assert (len(timeline.public(case)), Message.objects.filter(kind="complaints.news").count()) == before

    def test_4_6_is_gone_on_with_once(self, cast):
        case = make.case_in(State.WITHDRAWN, cast)
        take_up(case, cast)

        with pytest.raises(actions.NotInState):
            take_up(case, cast)
        assert "take_up" not in {step.name for step in workflow.next_actions(case, cast.officer)}

    def test_4_6_also_when_it_has_been_archived(self, cast):
        case = make.case_in(State.WITHDRAWN, cast)
        actions.archive(case, by=cast.officer, at=TUESDAY, version=case.version)

        take_up(case, cast)

        assert own_of(case).state == State.RECEIVED

    def test_4_6_one_that_was_closed_is_not(self, cast):
        case = make.case_in(State.ARCHIVED, cast)

        with pytest.raises(actions.NotInState):
            take_up(case, cast)


class TestTheLink:
    def test_4_6_leads_both_ways_for_the_office(self, cast):
        case = make.case_in(State.WITHDRAWN, cast)
        take_up(case, cast)
        own = own_of(case)

        for user in (cast.officer, cast.inspector):
            assert case_page.of_own_motion(case, user) == [own]
            assert case_page.of_own_motion(own, user) == [case]
        assert any(WHY in entry.text for entry in timeline.internal(case, cast.officer))

    def test_P06_the_organ_that_had_the_case_does_not_learn_of_it(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.withdraw(case, at=TUESDAY)
        actions.archive(case, by=cast.officer, at=TUESDAY, version=case.version)
        take_up(case, cast)
        own = handled(own_of(case), cast)

        assert case_page.of_own_motion(case, cast.clerk) == []
        assert case_page.of_own_motion(own, cast.clerk) == []
        label = workflow.ACTIONS["take_up"].label
        assert label not in [entry.word for entry in timeline.internal(case, cast.clerk)]
        assert label in [entry.word for entry in timeline.internal(case, cast.officer)]
