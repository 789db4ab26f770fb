"""
The traps that others fell into and that can happen to a case, by their number, and the pitfalls of the field by name.

Traps T1 to T29 are mistakes with time and escalation that other products made; the rest of them is in
tests/rules/test_time.py and the tests of engine and outbox. The pitfalls are those of docs/domain.md 13.
"""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints import actions, deadlines, invariants, timeline, workflow
from complaints.enums import Category, Handling, Kind, State
from complaints.models import Case, Evaluation, Reply
from complaints.querysets import ENDED
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, sweep
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=2)


def only(case: Case, kind: str) -> Deadline:
    return engine.of_subject(case).get(kind=kind)


def last_day(case: Case, kind: str) -> date:
    return timezone.localdate(only(case, kind).due_at)


class TestTraps:
    def test_T02_a_promise_that_is_suspended_keeps_its_pause_when_it_is_met(self, cast):
        case = make.case_in(State.HANDLING, cast)
        suspend = {"ground": "force_majeure", "reason": "台风停工", "by": cast.officer}
        engine.suspend(case, deadlines.REPLY, at=local(2026, 3, 9), **suspend)

        make.reply(case, cast, at=local(2026, 3, 13))

        met = only(case, deadlines.REPLY)
        assert (met.state, met.suspended_days, met.suspended_at) == (DeadlineState.MET, 5, None)
        assert timezone.localdate(met.due_at) == date(2026, 3, 31)
        assert met.suspensions.get().ended_at == local(2026, 3, 13)

    def test_T04_a_new_case_is_never_late_at_once_whatever_the_zone(self, cast):
        for hour in (0, 7, 8, 23):
            at = local(2026, 3, 4, hour, 30)
            case = make.file(cast, at=at).case
            sweep.run(at=at, rehearsal=True)
            assert not Escalation.objects.filter(object_id=case.pk).exists()

    def test_T10_what_is_told_of_a_case_makes_no_new_event(self, cast):
        case = make.case_in(State.ASSIGNED, cast)
        count = case.events.count()

        sweep.run(at=local(2026, 4, 1), rehearsal=True)

        assert case.events.count() == count

    def test_T11_after_a_step_no_reminder_and_no_escalation_of_what_it_met(self, cast):
        case = make.case_in(State.ARCHIVED, cast, anonymous=True)  # so that nobody is called afterwards
        # Limits of one day remind at once; after the step nothing more comes.
        before = (
            Escalation.objects.filter(object_id=case.pk).count(),
            Message.objects.filter(subject_id=case.pk).count(),
        )

        sweep.run(at=local(2026, 6, 1), rehearsal=True)

        after = (
            Escalation.objects.filter(object_id=case.pk).count(),
            Message.objects.filter(subject_id=case.pk).count(),
        )
        assert after == before
        assert not Escalation.objects.filter(object_id=case.pk, level__gt=1).exists()

    def test_T17_a_second_acceptance_or_signing_in_is_a_new_generation_and_the_first_result_stays(self, cast):
        case = make.case_in(State.HANDLING, cast)
        late = local(2026, 3, 20)
        actions.transfer(case, by=cast.officer, at=late, version=case.version, organ=cast.city.tax, reason="属地税")
        actions.sign_in(case, by=cast.tax_clerk, at=late, version=case.version)

        signed = engine.of_subject(case).filter(kind=deadlines.SIGN_IN).order_by("generation")

        assert list(signed.values_list("generation", "met_at")) == [(1, TUESDAY), (2, late)]
        assert engine.of_subject(case).filter(kind=deadlines.REPLY).count() == 1

    @pytest.mark.parametrize("state", [state for state in State if state not in (*ENDED, State.SUPPLEMENTING)])
    def test_T20_every_open_case_has_a_promise_and_appears_in_the_queue(self, state, cast):
        case = make.case_in(state, cast, anonymous=state not in workflow.REVIEWS)

        assert engine.running(case).exclude(promise="owed_by_citizen").exists()
        assert case.next_due_at is not None
        assert list(Case.objects.visible_to(cast.officer).open().by_urgency()) == [case]
        assert invariants.open_without_promise() == 0

    def test_T20_a_case_that_waits_for_the_citizen_has_the_citizens_promise_and_appears(self, cast):
        case = make.case_in(State.SUPPLEMENTING, cast)

        assert only(case, deadlines.SUPPLEMENT).is_running
        assert list(Case.objects.visible_to(cast.officer).open().by_urgency()) == [case]
        assert invariants.open_without_promise() == 0

    def test_T21_lateness_outlives_the_closing(self, cast):
        case = make.case_in(State.HANDLING, cast)
        late = local(2026, 3, 27)
        make.report(make.reply(case, cast, at=late), cast, at=late)
        actions.close(case, by=cast.officer, at=late, version=case.version, conclusion="办结")
        actions.archive(case, by=cast.officer, at=late, version=case.version)

        reply = only(case, deadlines.REPLY)

        assert (reply.state, reply.met_at) == (DeadlineState.MET, late)
        assert reply.met_at > reply.due_at
        assert set(reply.escalations.values_list("level", flat=True)) == {1, 2}  # stamped though no sweep ran
        assert reply.escalations.get(level=2).passed_at == local(2026, 3, 25, 0)

    def test_T22_an_answer_by_whatever_way_counts_and_promises_do_not_mask_each_other(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.order_supervision(case, by=cast.inspector, at=LATER, version=case.version, text="请限期答复")

        make.reply(case, cast, at=LATER)

        assert only(case, deadlines.REPLY).state == only(case, deadlines.CONTACT).state == DeadlineState.MET
        assert only(case, deadlines.SUPERVISE).is_running

    def test_T26_the_date_told_is_that_of_the_promise_made_in_the_same_transaction(self, cast):
        receipt = make.file(cast)

        told = timeline.next_promise(receipt.case, TUESDAY)

        assert told is not None
        assert told.due_at == only(receipt.case, deadlines.ACCEPT).due_at

    def test_T29_table_and_engine_name_the_same_promises(self):
        named = {
            kind if isinstance(kind, str) else kind.kind
            for row in workflow.TRANSITIONS
            for kind in (*row.closes, *row.opens, *row.cancels)
        }

        assert named == set(deadlines.BY_NAME)
        of_cases = {"complaints.case", "complaints.assistance"}
        assert {kind.name for kind in registry.kinds() if kind.subject_model in of_cases} == named

    def test_T29_whatever_is_opened_can_be_closed_by_a_later_step(self):
        closed = {kind if isinstance(kind, str) else kind.kind for row in workflow.TRANSITIONS for kind in row.closes}

        assert set(deadlines.BY_NAME) == closed


class TestPitfalls:
    def test_1_the_day_of_filing_is_not_day_one_and_a_weekend_is_not_shifted_twice(self, cast):
        # docs/domain.md 3.1 rule 3: Saturday 7 March and Friday 6 March have the same day 1, Monday 9 March.
        friday = make.file(cast, at=local(2026, 3, 6, 23, 50)).case
        saturday = make.file(cast, at=local(2026, 3, 7, 9)).case

        assert last_day(friday, deadlines.ACCEPT) == last_day(saturday, deadlines.ACCEPT) == date(2026, 3, 13)

    def test_3_a_promise_lasts_to_the_end_of_its_last_day_and_no_longer(self, cast):
        case = make.file(cast, at=TUESDAY).case
        promise = only(case, deadlines.ACCEPT)
        assert promise.due_at == local(2026, 3, 10, 23, 59, 59)

        make.accept(case, cast, at=local(2026, 3, 10, 23, 59, 59))

        promise.refresh_from_db()
        assert promise.met_at <= promise.due_at
        assert not promise.escalations.filter(level=2).exists()

    def test_4_no_step_ever_restarts_the_clock_of_the_reply(self, cast):
        case = make.case_in(State.ACCEPTED, cast)
        promise = only(case, deadlines.REPLY)
        seen = set()
        for state, step in make.WAY.items():
            if state in (State.ACCEPTED,):
                continue
            if case.state == State.HANDLING and state == State.REPLIED:
                actions.transfer(
                    case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属地税"
                )
                actions.sign_in(case, by=cast.tax_clerk, at=LATER, version=case.version)
                break
            step(case, cast, LATER)
            row = only(case, deadlines.REPLY)
            seen.add((row.started_at, row.due_at, row.extension_count, row.generation))

        row = only(case, deadlines.REPLY)
        seen.add((row.started_at, row.due_at, row.extension_count, row.generation))
        assert seen == {(promise.started_at, promise.due_at, 0, 1)}

    def test_5_no_evaluation_is_none(self, cast):
        case = make.case_in(State.CLOSED, cast)

        sweep.run(at=local(2026, 6, 1), rehearsal=True)

        assert not Evaluation.objects.exists()
        assert only(case, deadlines.EVALUATE).state == DeadlineState.LAPSED

    def test_6_no_case_is_closed_without_a_reply(self, cast):
        case = make.case_in(State.HANDLING, cast)

        for step in (
            lambda: make.report(case, cast, at=LATER),
            lambda: actions.close(case, by=cast.officer, at=LATER, version=case.version, conclusion="办结"),
            lambda: actions.archive(case, by=cast.officer, at=LATER, version=case.version),
            lambda: actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version),
        ):
            with pytest.raises(actions.NotInState):
                step()
        with pytest.raises(actions.Invalid):
            actions.propose_reply(
                case, by=cast.clerk, at=LATER, version=case.version, outcome="not_upheld", findings="", basis="法"
            )
        assert not Reply.objects.exists()
        assert only(case, deadlines.REPLY).is_running

    def test_7_what_the_organ_reads_tells_neither_identity_nor_file_names_nor_letters(self, cast):
        case = make.case_in(
            State.HANDLING, cast, name="端木赐明", phone="13787654321", email="duanmu@example.cn", kind=Kind.COMPLAINT
        )

        read = str(list(Case.objects.filter(pk=case.pk).values())) + str(timeline.internal(case, cast.clerk))
        told = str(list(Message.objects.filter(recipient=cast.clerk).values()))

        for secret in ("端木", "13787654321", "duanmu"):
            assert secret not in read
            assert secret not in told
        assert case.title not in told

    def test_8_recusal_is_not_by_role_but_by_post_and_follows_tenures(self, cast):
        post = cast.clerk.tenures.get().post
        case = make.case_in(State.SUBMITTED, cast, named_person="窗口人员", category=Category.FACE)
        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="经核实")
        actions.instruct(
            case,
            by=cast.office_head,
            at=LATER,
            version=case.version,
            handling=Handling.ASSIGNED,
            organ=cast.city.construction,
        )
        assert Case.objects.visible_to(cast.leader).filter(pk=case.pk).exists()
        assert not Case.objects.visible_to(cast.clerk).filter(pk=case.pk).exists()

        # Moved to another post the person stays out; whoever takes the post over is out as well.
        cast.clerk.tenures.update(until=date(2026, 3, 4))
        cast.leader.tenures.create(post=post, since=date(2026, 3, 4))
        for user in (cast.clerk, cast.leader):
            assert not Case.objects.visible_to(type(user).objects.get(pk=user.pk)).filter(pk=case.pk).exists()
