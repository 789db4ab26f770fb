"""Internal coordination 内部协调: the lead answers for the whole, who assists for its part (docs/domain.md 4.7)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints import actions, deadlines, timeline, workflow
from complaints.enums import State, SuspensionGround
from complaints.models import Assistance, Case, PartState, Recusal
from complaints.relations import seats_to_part
from efficiency.access.may import may
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.audit import verify
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation
from efficiency.organs.models import Post, Role
from efficiency.outbox import inbox
from efficiency.outbox.models import Message, MessageState
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in, join, local
from tests.factories.staff import every_role, make_organ, seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
REQUEST = "请核实三号地块的税费缴纳情况，并说明缴纳日期。"


@pytest.fixture
def case(cast) -> Case:
    return case_in(State.HANDLING, cast)


@pytest.fixture
def part(case, cast) -> Assistance:
    return join(case, cast, at=LATER)


def running(part: Assistance) -> dict[str, Deadline]:
    return {each.kind: each for each in engine.running(part)}


def states(part: Assistance) -> dict[str, str]:
    return {each.kind: each.state for each in engine.of_subject(part)}


def told(part: Assistance, kind: str) -> set[int]:
    messages = Message.objects.filter(subject_type="complaints.assistance", subject_id=part.pk, kind=kind)
    return set(messages.filter(channel="portal").values_list("recipient", flat=True))


def sound() -> bool:
    return not [finding for finding in verify.run() if finding.violations]


class TestTheOfficeAsks:
    def test_the_organ_owes_signing_in_and_its_answer_from_then_on(self, part, cast):
        promised = running(part)

        assert set(promised) == {deadlines.ASSIST_SIGN_IN, deadlines.ASSIST}
        assert {each.organ for each in promised.values()} == {cast.city.tax}
        assert local_day(promised[deadlines.ASSIST_SIGN_IN].due_at) == date(2026, 3, 4)
        assert local_day(promised[deadlines.ASSIST].due_at) == date(2026, 3, 10)  # five working days

    def test_13_4_the_clock_of_the_reply_and_the_lead_stay_as_they_were(self, case, cast):
        before = deadlines.running(case, deadlines.REPLY)

        join(case, cast, at=LATER)

        after = deadlines.running(case, deadlines.REPLY)
        assert (after.due_at, after.organ, after.generation) == (before.due_at, before.organ, before.generation)
        assert (case.state, case.handling_organ, case.handler) == (State.HANDLING, cast.city.construction, cast.clerk)
        assert case.next_due_at == deadlines.running(case, deadlines.CONTACT).due_at

    def test_several_organs_are_asked_one_by_one(self, case, cast):
        join(case, cast, at=LATER)
        join(case, cast, at=LATER, organ=cast.city.street)

        assert {part.organ for part in case.parts.open()} == {cast.city.tax, cast.city.street}

    def test_the_staff_of_the_organ_is_told_of_the_part_and_not_of_the_case(self, part, cast):
        assert told(part, "complaints.join") == {cast.tax_clerk.pk, cast.tax_leader.pk}
        to_them = Message.objects.filter(recipient__in=[cast.tax_clerk, cast.tax_leader])
        assert set(to_them.values_list("subject_type", flat=True)) == {"complaints.assistance"}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"request": "  "}, "request"),
            ({"days": 0}, "days"),
            ({"days": 15}, "days"),  # the reply is due on that day
        ],
    )
    def test_a_field_that_does_not_do_is_named(self, changes, field, case, cast):
        with pytest.raises(actions.Invalid) as refused:
            join(case, cast, at=LATER, **changes)

        assert refused.value.field == field
        assert not Assistance.objects.exists()

    def test_it_may_last_until_the_day_before_the_reply_is_due(self, case, cast):
        part = join(case, cast, at=LATER, days=14)

        assert local_day(running(part)[deadlines.ASSIST].due_at) == date(2026, 3, 23)
        assert local_day(deadlines.running(case, deadlines.REPLY).due_at) == date(2026, 3, 24)

    def test_the_usual_time_is_offered_as_far_as_the_reply_leaves_room(self, case):
        assert actions.usual_days(case, at=LATER) == 5
        assert actions.usual_days(case, at=local(2026, 3, 20)) == 1
        assert actions.usual_days(case, at=local(2026, 3, 24)) == 0
        assert actions.usual_days(case, at=local(2026, 3, 30)) == 0

    @pytest.mark.parametrize("organ", ["construction", "office", "district_office"])
    def test_neither_the_lead_nor_an_efficiency_office_assists(self, organ, case, cast):
        with pytest.raises(actions.Invalid) as refused:
            join(case, cast, at=LATER, organ=getattr(cast.city, organ))

        assert refused.value.field == "organ"

    def test_an_organ_of_another_government_is_out_of_reach(self, case, cast):
        elsewhere = make_organ("440700", "江门市人民政府", "government")

        with pytest.raises(actions.Invalid) as refused:
            join(case, cast, at=LATER, organ=elsewhere)
        assert refused.value.field == "organ"

    def test_an_organ_has_one_open_part_in_a_case(self, part, case, cast):
        with pytest.raises(actions.Invalid) as refused:
            join(case, cast, at=LATER)

        assert refused.value.field == "organ"
        with pytest.raises(IntegrityError), transaction.atomic():
            Assistance.objects.create(
                case=case, organ=part.organ, request="再问", days=1, asked_by=cast.officer, asked_at=LATER
            )

    def test_after_its_answer_it_may_be_asked_again(self, part, case, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="已缴清。")
        case.refresh_from_db()

        again = join(case, cast, at=LATER)

        assert again.pk != part.pk
        assert set(running(again)) == {deadlines.ASSIST_SIGN_IN, deadlines.ASSIST}

    def test_Z09_an_organ_whose_head_the_case_is_about_has_no_part(self, case, cast):
        post = Post.objects.get(tenures__user=cast.tax_leader)
        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="经核实")

        with pytest.raises(actions.Invalid) as refused:
            join(case, cast, at=LATER)
        assert refused.value.field == "organ"

    def test_Z08_nor_one_of_whose_people_the_text_holds_a_name(self, cast):
        cast.tax_clerk.full_name = "欧阳文静"
        cast.tax_clerk.save(update_fields=["full_name"])
        case = case_in(State.HANDLING, cast, description="税务窗口的欧阳文静让我反复跑了三趟，请督促尽快办理此事。")

        with pytest.raises(actions.Invalid) as refused:
            join(case, cast, at=LATER)
        assert refused.value.field == "organ"

    def test_P06_a_request_that_was_copied_from_the_complaint_is_refused(self, case, cast):
        copied = f"请核实：{case.description[:30]}"

        with pytest.raises(actions.Invalid) as refused:
            join(case, cast, at=LATER, request=copied)
        assert refused.value.field == "request"

    def test_P06_punctuation_and_spaces_do_not_hide_the_copy(self, case, cast):
        copied = " ".join(case.description[:30].replace("，", "；"))

        with pytest.raises(actions.Invalid):
            join(case, cast, at=LATER, request=copied)


class TestTheAssistingOrganAnswers:
    def test_signing_in_keeps_its_promise_and_the_answer_stays_due_on_the_same_day(self, part, cast):
        due = running(part)[deadlines.ASSIST].due_at

        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)

        assert (part.state, part.signed_in_by, part.signed_in_at) == (PartState.SIGNED_IN, cast.tax_clerk, LATER)
        assert {kind: each.due_at for kind, each in running(part).items()} == {deadlines.ASSIST: due}

    def test_the_answer_keeps_the_promise_and_lead_and_office_are_told(self, part, case, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="税费已于二月缴清。")

        assert (part.state, part.answer, part.answered_by) == (PartState.ANSWERED, "税费已于二月缴清。", cast.tax_clerk)
        assert states(part) == {deadlines.ASSIST_SIGN_IN: DeadlineState.MET, deadlines.ASSIST: DeadlineState.MET}
        to_whom = Message.objects.filter(subject_type="complaints.case", subject_id=case.pk, channel="portal")
        people = set(to_whom.filter(kind="complaints.answer_part").values_list("recipient", flat=True))
        assert people == {cast.clerk.pk, cast.leader.pk, cast.officer.pk, cast.office_head.pk}

    def test_every_step_is_an_event_of_the_case_from_the_organ_that_took_it(self, part, case, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="已缴清。")

        events = list(case.events.filter(action__endswith="_part").order_by("number"))
        assert [(each.action, each.actor, each.actor_organ) for each in events] == [
            ("sign_in_part", cast.tax_clerk, cast.city.tax),
            ("answer_part", cast.tax_clerk, cast.city.tax),
        ]
        assert sound()

    def test_a_part_is_signed_in_once_and_before_it_is_answered(self, part, cast):
        with pytest.raises(actions.NotInState):
            actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="已缴清。")
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        with pytest.raises(actions.NotInState):
            actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)

    def test_an_answer_says_something_and_is_given_once(self, part, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        with pytest.raises(actions.Invalid) as refused:
            actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="  ")
        assert refused.value.field == "answer"
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="已缴清。")
        with pytest.raises(actions.NotInState):
            actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="改口。")

    @pytest.mark.parametrize("role", ["clerk", "leader", "district_clerk"])
    def test_Z02_for_everybody_but_organ_and_office_there_is_no_such_part(self, role, part, cast):
        people = {"district_clerk": seat(Role.CLERK, cast.city.district)}
        who = people.get(role) or getattr(cast, role)

        with pytest.raises(actions.Absent):
            actions.sign_in_part(part, by=who, at=LATER)
        assert AuditRecord.objects.filter(action="case.sign_in_part", outcome="refused", actor=who).exists()

    @pytest.mark.parametrize("role", ["tax_leader", "officer", "office_head", "inspector"])
    def test_who_sees_the_part_and_is_no_clerk_of_the_organ_signs_in_nothing(self, role, part, cast):
        with pytest.raises(actions.NotAllowed) as refused:
            actions.sign_in_part(part, by=getattr(cast, role), at=LATER)
        assert not isinstance(refused.value, actions.Absent)

    def test_a_late_part_is_the_assisting_organs_and_reaches_the_office(self, part, case, cast):
        late = local(2026, 3, 11, 0, 1)
        sweep.run(at=late, rehearsal=True)

        escalation = Escalation.objects.get(kind=deadlines.ASSIST, level=2)
        assert (escalation.organ, escalation.object_id) == (cast.city.tax, part.pk)
        recipients = told(part, "deadlines.level_2")
        assert {cast.tax_clerk.pk, cast.tax_leader.pk, cast.officer.pk} <= recipients
        assert not {cast.clerk.pk, cast.leader.pk} & recipients


def test_a_part_that_moves_with_the_calendar_leaves_the_case_of_the_same_number_alone(case, cast):
    other = case_in(State.HANDLING, cast)
    Case.objects.filter(pk=other.pk).update(next_due_at=TUESDAY)
    part = join(case, cast, at=LATER)
    engine.of_subject(part).update(object_id=other.pk)  # parts and cases are numbered side by side

    deadlines.refresh_next_due(Deadline.objects.filter(kind=deadlines.ASSIST))

    other.refresh_from_db()
    assert other.next_due_at == TUESDAY


def test_4_3_the_section_complained_about_takes_no_part_in_hand_and_answers_none(part, case, cast):
    accused = seat(Role.CLERK, cast.city.tax)
    section = Post.objects.filter(tenures__user__in=[accused, cast.tax_clerk])
    Post.objects.filter(pk__in=list(section.values_list("pk", flat=True))).update(section="征收科")
    other = seat(Role.CLERK, cast.city.tax)
    actions.link_person(
        case,
        by=cast.officer,
        at=LATER,
        version=Case.objects.get(pk=case.pk).version,
        post=accused.tenures.get().post,
        reason="经核实",
    )

    for take in (
        lambda: actions.sign_in_part(part, by=cast.tax_clerk, at=LATER),
        lambda: actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="经核实，缴纳日期无误。"),
    ):
        with pytest.raises(actions.NotAllowed):
            take()
    assert not workflow.may_in_part(part, "sign_in_part", cast.tax_clerk)
    assert workflow.may_in_part(part, "declare_recusal", cast.tax_clerk)
    actions.sign_in_part(part, by=other, at=LATER)
    assert part.state == PartState.SIGNED_IN


class TestThePartIsWithdrawn:
    def withdraw(self, case, cast, part, **changes):
        given = {"by": cast.officer, "at": LATER, "version": case.version, "part": part, "reason": "已另行核实。"}
        return actions.withdraw_part(case, **(given | changes))

    def test_its_promises_are_cancelled_and_the_organ_is_told(self, part, case, cast):
        self.withdraw(case, cast, part)

        part.refresh_from_db()
        assert (part.state, part.withdrawn_by, part.withdrawal_reason) == (
            PartState.WITHDRAWN,
            cast.officer,
            "已另行核实。",
        )
        assert set(states(part).values()) == {DeadlineState.CANCELLED}
        assert told(part, "complaints.withdraw_part") == {cast.tax_clerk.pk, cast.tax_leader.pk}

    def test_a_reason_is_needed(self, part, case, cast):
        with pytest.raises(actions.Invalid) as refused:
            self.withdraw(case, cast, part, reason="")
        assert refused.value.field == "reason"

    def test_a_part_of_another_case_is_none_of_this_one(self, part, cast):
        other = case_in(State.HANDLING, cast)
        join(other, cast, at=LATER)

        with pytest.raises(actions.Invalid) as refused:
            self.withdraw(other, cast, part)
        assert refused.value.field == "part"
        part.refresh_from_db()
        assert part.is_open

    def test_what_was_answered_is_not_withdrawn(self, part, case, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="已缴清。")
        case.refresh_from_db()

        with pytest.raises(actions.NotInState):
            self.withdraw(case, cast, part)

    def test_after_it_nothing_is_answered(self, part, case, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        case.refresh_from_db()
        self.withdraw(case, cast, part)

        with pytest.raises(actions.NotInState):
            actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="已缴清。")


class TestThePartEndsWithTheCase:
    def ended(self, part: Assistance) -> bool:
        part.refresh_from_db()
        return (part.state, part.withdrawn_by, bool(running(part))) == (PartState.WITHDRAWN, None, False)

    def test_the_reply_does_not_wait_for_a_part(self, part, case, cast):
        make.reply(case, cast, at=LATER)

        assert case.state == State.REPLIED
        assert self.ended(part)
        assert told(part, "complaints.withdraw_part") == {cast.tax_clerk.pk, cast.tax_leader.pk}
        assert sound()

    def test_all_of_several_parts_end(self, part, case, cast):
        other = join(case, cast, at=LATER, organ=cast.city.street)
        answered = join(case, cast, at=LATER, organ=cast.city.district)
        clerk = seat(Role.CLERK, cast.city.district)
        actions.sign_in_part(answered, by=clerk, at=LATER)
        actions.answer_part(answered, by=clerk, at=LATER, answer="街道已现场核实。")
        case.refresh_from_db()

        make.reply(case, cast, at=LATER)

        assert self.ended(part)
        assert self.ended(other)
        answered.refresh_from_db()
        assert (answered.state, answered.withdrawn_at) == (PartState.ANSWERED, None)

    def test_what_was_overdue_by_then_stays_broken(self, part, case, cast):
        late = local(2026, 3, 12)
        make.reply(case, cast, at=late)

        assert self.ended(part)
        assert set(Deadline.objects.broken(at=late).filter(kind=deadlines.ASSIST)) == set(
            engine.of_subject(part).filter(kind=deadlines.ASSIST)
        )

    def test_a_citizen_who_withdraws_the_case_ends_its_parts(self, part, case):
        actions.withdraw(case, at=LATER)

        assert self.ended(part)

    def test_a_transfer_leaves_the_parts_as_they_are(self, part, case, cast):
        seat(Role.CLERK, cast.city.street)
        due = {kind: each.due_at for kind, each in running(part).items()}

        actions.transfer(
            case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.street, reason="属街道职责"
        )

        part.refresh_from_db()
        assert part.is_open
        assert {kind: each.due_at for kind, each in running(part).items()} == due
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        assert sound()

    def test_an_organ_that_becomes_the_lead_has_the_whole_instead_of_its_part(self, part, case, cast):
        actions.transfer(
            case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属税务职责"
        )

        assert self.ended(part)
        assert sound()

    def test_a_clock_that_stands_still_leaves_the_parts_running(self, part, case, cast):
        actions.suspend(
            case,
            by=cast.officer,
            at=LATER,
            version=case.version,
            ground=SuspensionGround.PROCEEDING,
            reason="同一事项正在行政复议。",
        )

        part.refresh_from_db()
        assert part.is_open
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)

    def test_Z09_an_organ_whose_head_turns_out_to_be_meant_loses_its_part(self, part, case, cast):
        post = Post.objects.get(tenures__user=cast.tax_leader)

        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="经核实")

        assert self.ended(part)
        assert not Assistance.objects.visible_to(cast.tax_leader).exists()
        assert sound()


class TestZ12WhatTheAssistingOrganKnows:
    def test_Z12_its_own_part_and_nothing_of_the_case(self, part, case, cast):
        for person in (cast.tax_clerk, cast.tax_leader):
            assert list(Assistance.objects.visible_to(person)) == [part]
            assert not Case.objects.visible_to(person).exists()
            assert not Case.objects.headers_visible_to(person).exists()
            assert not may(person, "case.see", case)

    def test_Z12_neither_the_part_of_another_organ(self, part, case, cast):
        other = join(case, cast, at=LATER, organ=cast.city.street)
        clerk = seat(Role.CLERK, cast.city.street)

        assert list(Assistance.objects.visible_to(clerk)) == [other]
        assert list(Assistance.objects.visible_to(cast.tax_clerk)) == [part]

    def test_Z12_its_escalations_are_about_the_part_alone(self, part, cast):
        sweep.run(at=local(2026, 4, 20), rehearsal=True)

        seen = set(rows_of(Escalation, cast.tax_clerk).values_list("kind", flat=True))

        assert seen == {deadlines.ASSIST, deadlines.ASSIST_SIGN_IN}
        assert Escalation.objects.filter(kind=deadlines.REPLY).exists()

    def test_Z15_its_notices_lead_to_the_page_of_the_part(self, part, case, cast):
        notices = inbox.page(cast.tax_clerk).notices

        assert [notice.url for notice in notices] == [f"/admin/complaints/assistance/{part.pk}/change/"]
        assert case.number in notices[0].text
        assert case.title not in notices[0].text

    def test_office_and_inspectors_find_every_part_the_lead_finds_them_on_the_page_of_the_case(self, part, cast):
        for person in (cast.officer, cast.office_head, cast.inspector):
            assert list(Assistance.objects.visible_to(person)) == [part]
        for person in (cast.clerk, cast.leader, cast.auditor):
            assert not Assistance.objects.visible_to(person).exists()

    def test_the_auditor_knows_that_a_part_was_promised(self, part, cast):
        assert list(rows_of(Assistance, cast.auditor)) == [part]

    def test_Z01_rows_and_rights_say_the_same_of_every_role(self, part, cast):
        people = every_role(cast.city) | {"above": seat(Role.CLERK, cast.city.government)}

        seen = {role for role, person in people.items() if may(person, "part.see", part)}

        assert seen == {"other_clerk", "officer", "office_head", "inspector", "above"}
        assert seen == {role for role, person in people.items() if Assistance.objects.visible_to(person).exists()}

    def test_Z07_whoever_the_case_concerns_finds_no_part_and_no_notice(self, part, case, cast):
        Recusal.objects.create(case=case, user=cast.tax_clerk, ground="declared", at=LATER, by=cast.tax_clerk)
        Recusal.objects.create(case=case, user=cast.officer, ground="declared", at=LATER, by=cast.officer)

        for person in (cast.tax_clerk, cast.officer):
            assert not Assistance.objects.visible_to(person).exists()
            assert not list(seats_to_part(scope_of(person, fresh=True), part))
        assert not inbox.page(cast.tax_clerk).notices
        with pytest.raises(actions.Absent):
            actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)

    def test_Z07_a_post_held_once_is_enough(self, part, case, cast):
        post = cast.tax_clerk.tenures.get().post
        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="经核实")

        assert not Assistance.objects.visible_to(cast.tax_clerk).exists()
        assert list(Assistance.objects.visible_to(cast.tax_leader)) == [part]

    def test_Z07_a_conflict_can_be_declared_by_whoever_knows_of_the_part_alone(self, part, case, cast):
        actions.declare_recusal_in_part(part, by=cast.tax_clerk, at=LATER, reason="与当事人系亲属")

        assert not Assistance.objects.visible_to(cast.tax_clerk).exists()
        assert {each.organ for each in running(part).values()} == {cast.city.tax}
        assert sound()

    def test_Z07_what_they_were_told_before_is_taken_back(self, part, case, cast):
        post = cast.tax_clerk.tenures.get().post
        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="经核实")

        theirs = Message.objects.filter(recipient=cast.tax_clerk, subject_type="complaints.assistance")
        assert set(theirs.values_list("state", flat=True)) == {MessageState.WITHHELD}


class TestWhatIsTold:
    def test_the_citizen_reads_which_organs_assist_and_nothing_else(self, part, case, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="税费已于二月缴清。")

        story = "\n".join(f"{entry.word} {entry.text} {entry.who}" for entry in timeline.public(case))

        assert str(cast.city.tax) in story
        assert REQUEST not in story
        assert "已于二月缴清" not in story
        assert str(cast.tax_clerk) not in story

    def test_the_lead_reads_request_and_answer_in_the_course_of_the_case(self, part, case, cast):
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="税费已于二月缴清。")

        story = "\n".join(entry.text for entry in timeline.internal(case, cast.clerk))

        assert REQUEST in story
        assert "已于二月缴清" in story
