"""The rules of pilot programmes, one by one (docs/domain.md 11.2)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from supervision.models import Participant, PilotMilestone, Programme
from supervision.pilots import milestones, offers, overview, participants, programmes
from supervision.pilots.deadlines import AGAIN, MILESTONE, RECEIVE
from supervision.pilots.enums import CheckKind, Conclusion, MilestoneState, ParticipantState, ProgrammeState, TaskKind
from supervision.pilots.refusals import Absent, Invalid, NotAllowed, NotInState
from tests.factories import pilots as make
from tests.factories.cases import local
from tests.factories.pilots import TUESDAY
from tests.factories.staff import make_user, seat
from tests.soundness import violated

pytestmark = pytest.mark.django_db


def sound():
    return violated("pilot")


def runs(row):
    return {each.kind: timezone.localdate(each.due_at) for each in engine.running(row)}


class TestProgramme:
    def test_Z10_a_second_natural_person_begins_it(self, cast):
        twin = make_user(full_name=cast.officer.full_name, phone="13812345678")
        cast.officer.phone = "13812345678"
        cast.officer.save()
        seat(Role.OFFICE_OFFICER, cast.city.office, user=twin)
        programme = make.draft(cast)
        for same in (cast.officer, twin):
            with pytest.raises(NotAllowed):
                programmes.start(programme, by=same, at=TUESDAY, version=1)
        programmes.start(programme, by=cast.head, at=TUESDAY, version=1)

        assert make.fresh(programme).state == ProgrammeState.RUNNING
        assert sound() == []

    def test_whoever_changes_the_draft_last_does_not_begin_it(self, cast):
        programme = make.draft(cast)
        programmes.revise(
            programme,
            by=cast.head,
            at=TUESDAY,
            version=1,
            name="改名",
            basis="意见",
            aim="试点",
            phases=make.PHASES,
            organs=[cast.city.tax],
        )

        assert [each.organ for each in programme.participants.all()] == [cast.city.tax]
        with pytest.raises(NotAllowed):
            programmes.start(programme, by=cast.head, at=TUESDAY, version=2)

    def test_nobody_who_ever_wrote_the_draft_begins_it_after_another_changed_a_comma(self, cast):
        programme = make.draft(cast)
        given = {"name": "试点", "basis": "意见", "aim": "目的，", "phases": make.PHASES, "organs": [cast.city.tax]}
        programmes.revise(programme, by=cast.other_officer, at=TUESDAY, version=1, **given)
        for writer in (cast.officer, cast.other_officer):
            assert not offers.programmes_waiting_for(writer).exists()
            with pytest.raises(NotAllowed):
                programmes.start(programme, by=writer, at=TUESDAY, version=2)
        programmes.start(programme, by=cast.head, at=TUESDAY, version=2)

        assert sound() == []

    def test_an_organ_that_was_dissolved_is_withdrawn_by_two_and_owes_nothing_more(self, cast):
        programme = make.start(cast)
        part = make.part_of(cast, programme)
        make.file(cast, make.milestone(cast, programme))
        participants.propose_withdrawal(part, by=cast.officer, at=TUESDAY, version=1, reason="机构改革，单位撤销。")
        for step in (participants.withdraw, participants.keep):
            with pytest.raises(NotAllowed):
                step(
                    make.fresh(part),
                    by=cast.officer,
                    at=TUESDAY,
                    version=2,
                    **({"reason": "误报"} if step is participants.keep else {}),
                )
        assert list(offers.participants_waiting_for(cast.head)) == [part]
        participants.withdraw(part, by=cast.head, at=TUESDAY, version=2)

        assert make.fresh(part).state == ParticipantState.WITHDRAWN
        assert not any(runs(row) for row in part.milestones.all())
        assert all(runs(row) for row in PilotMilestone.objects.exclude(participant=part))
        assert set(part.milestones.values_list("state", flat=True)) == {MilestoneState.DROPPED}
        for other in programme.participants.exclude(pk=part.pk):
            for row in other.milestones.all():
                make.receive(cast, make.file(cast, row, by=cast.tax_leader))
            make.assess(cast, other, at=TUESDAY)
        programmes.end(programme, by=cast.officer, at=TUESDAY, version=2, conclusion="可以推广。")
        assert sound() == []

    def test_a_withdrawal_that_is_refused_leaves_everything_as_it_was(self, cast):
        part = make.part_of(cast, make.start(cast))
        participants.propose_withdrawal(part, by=cast.officer, at=TUESDAY, version=1, reason="撤销")
        participants.keep(part, by=cast.head, at=TUESDAY, version=2, reason="未撤销")

        assert make.fresh(part).state == ParticipantState.TAKING_PART
        assert all(runs(row) for row in part.milestones.all())
        assert sound() == []

    def test_nothing_is_owed_before_it_begins(self, cast):
        make.draft(cast)

        assert not PilotMilestone.objects.exists()
        assert not Programme.objects.visible_to(cast.leader).exists()
        assert sound() == []

    def test_once_begun_each_organ_owes_each_task_by_the_last_day_of_its_phase(self, cast):
        programme = make.start(cast)
        rows = PilotMilestone.objects.select_related("phase", "participant__organ")

        assert rows.count() == 2 * 4
        for row in rows:
            assert set(runs(row)) == {MILESTONE}
            [promise] = engine.running(row)
            assert promise.fixed_on == row.phase.ends_on
            assert promise.organ == row.participant.organ
        assert runs(make.milestone(cast, programme)) == {MILESTONE: date(2026, 3, 31)}
        assert Message.objects.filter(kind="pilots.start", recipient=cast.leader).exists()
        assert sound() == []

    def test_a_phase_that_ends_on_a_free_day_is_due_on_the_working_day_after_it(self, cast):
        programme = make.start(cast, phases=make.PHASES.replace("2026-03-31", "2026-05-31"))  # a Sunday

        assert runs(make.milestone(cast, programme)) == {MILESTONE: date(2026, 6, 1)}

    def test_an_efficiency_office_and_an_organ_out_of_reach_do_not_take_part(self, cast):
        with pytest.raises(Invalid):
            make.draft(cast, organs=[cast.city.district_office])
        with pytest.raises(Invalid):
            make.draft(cast, by=cast.district_officer, organs=[cast.city.tax])
        with pytest.raises(Invalid):
            make.draft(cast, organs=[])

    def test_only_an_officer_drafts(self, cast):
        for other in (cast.inspector, cast.leader, cast.auditor, cast.clerk):
            with pytest.raises(NotAllowed):
                make.draft(cast, by=other)

    def test_what_has_run_out_is_not_begun(self, cast):
        with pytest.raises(NotInState):
            make.start(cast, at=local(2026, 4, 7))

    def test_it_ends_when_every_organ_is_assessed_with_what_was_learned(self, cast):
        programme = make.start(cast)
        with pytest.raises(NotInState):
            programmes.end(programme, by=cast.officer, at=TUESDAY, version=2, conclusion="好")
        make.finish(cast, programme, at=local(2026, 3, 20))
        with pytest.raises(Invalid):
            programmes.end(programme, by=cast.officer, at=TUESDAY, version=2, conclusion="")
        programmes.end(programme, by=cast.officer, at=local(2026, 3, 20), version=2, conclusion="可以推广。")

        assert make.fresh(programme).state == ProgrammeState.ENDED
        assert sound() == []


class TestPlan:
    def test_a_plan_is_filed_with_its_document(self, cast):
        row = make.milestone(cast, make.start(cast))
        with pytest.raises(Invalid):
            make.file(cast, row, attachments=[])
        row = make.file(cast, row)

        assert (row.state, row.files.count()) == (MilestoneState.FILED, 1)
        assert Message.objects.filter(kind="pilots.file", recipient=cast.officer).exists()

    def test_it_is_received_on_record(self, cast):
        row = make.receive(cast, make.file(cast, make.milestone(cast, make.start(cast))))

        assert (row.state, runs(row)) == (MilestoneState.RECEIVED, {})
        assert Message.objects.filter(kind="pilots.receive", recipient=cast.leader).exists()
        assert sound() == []

    def test_the_office_looks_at_it_within_five_working_days(self, cast):
        row = make.file(cast, make.milestone(cast, make.start(cast)))

        assert runs(row) == {RECEIVE: date(2026, 3, 10)}
        assert engine.running(row).get().organ == cast.city.office

    def test_it_is_sent_back_once_with_reasons_and_no_second_time(self, cast):
        row = make.file(cast, make.milestone(cast, make.start(cast)))
        with pytest.raises(Invalid):
            milestones.send_back(row, by=cast.officer, at=TUESDAY, version=row.version, reason=" ")
        milestones.send_back(row, by=cast.officer, at=TUESDAY, version=row.version, reason="时限不明")
        row = make.fresh(row)
        assert (row.state, runs(row)) == (MilestoneState.RETURNED, {AGAIN: date(2026, 3, 10)})
        row = make.file(cast, row)
        with pytest.raises(NotInState):
            milestones.send_back(row, by=cast.officer, at=TUESDAY, version=row.version, reason="还是不明")

        assert make.receive(cast, row).state == MilestoneState.RECEIVED
        assert sound() == []

    def test_what_is_missed_is_escalated_like_every_promise(self, cast):
        row = make.milestone(cast, make.start(cast))
        sweep.run(at=local(2026, 6, 1))

        assert Escalation.objects.filter(object_id=row.pk, kind=MILESTONE, level=3).exists()

    def test_each_organ_sees_its_own_and_nobody_elses(self, cast):
        programme = make.start(cast)

        for user, organs in (
            (cast.leader, {cast.city.construction.pk}),
            (cast.clerk, {cast.city.construction.pk}),
            (cast.tax_leader, {cast.city.tax.pk}),
            (cast.officer, {cast.city.construction.pk, cast.city.tax.pk}),
            (cast.inspector, {cast.city.construction.pk, cast.city.tax.pk}),
            (cast.auditor, {cast.city.construction.pk, cast.city.tax.pk}),
            (cast.district_leader, set()),
            (cast.district_officer, set()),
            (cast.editor, set()),
            (cast.appraiser, set()),
        ):
            seen = Participant.objects.visible_to(user).values_list("organ_id", flat=True)
            assert set(seen) == organs
            rows = PilotMilestone.objects.visible_to(user).values_list("participant__organ_id", flat=True)
            assert set(rows) == organs
        row = make.milestone(cast, programme)
        with pytest.raises(Absent):
            make.file(cast, row, by=cast.tax_leader)
        with pytest.raises(NotAllowed):
            make.file(cast, row, by=cast.officer)

    def test_Z07_whoever_holds_a_post_in_the_organ_does_not_decide_as_the_office(self, cast):
        row = make.file(cast, make.milestone(cast, make.start(cast)), by=cast.clerk)
        seat(Role.CLERK, cast.city.construction, user=cast.officer)
        with pytest.raises(NotAllowed):
            milestones.receive(row, by=cast.officer, at=TUESDAY, version=row.version)

        assert make.receive(cast, row, by=cast.other_officer).state == MilestoneState.RECEIVED


class TestSelfCheck:
    def test_it_says_what_was_found_or_that_nothing_was(self, cast):
        row = make.milestone(cast, make.start(cast), TaskKind.SELF_CHECK)
        with pytest.raises(Invalid):
            make.file(cast, row, has_findings=None)
        with pytest.raises(Invalid):
            make.file(cast, row, has_findings=True, findings=" ")

        assert make.file(cast, row, has_findings=True, findings="公示牌未更新").findings == "公示牌未更新"

    def test_what_it_found_is_to_be_put_right_within_fifteen_working_days(self, cast):
        row = make.milestone(cast, make.start(cast), TaskKind.SELF_CHECK)
        row = make.receive(cast, make.file(cast, row, has_findings=True, findings="公示牌未更新"))
        follow = row.followed_by

        assert (follow.kind, follow.findings) == (TaskKind.RECTIFY, "公示牌未更新")
        assert runs(follow) == {MILESTONE: date(2026, 3, 24)}
        assert Message.objects.filter(kind="pilots.follow", recipient=cast.leader).exists()
        assert sound() == []
        assert make.receive(cast, make.file(cast, follow, attachments=[])).state == MilestoneState.RECEIVED
        assert sound() == []

    def test_where_nothing_was_found_nothing_is_to_be_put_right(self, cast):
        make.receive(cast, make.file(cast, make.milestone(cast, make.start(cast), TaskKind.SELF_CHECK)))

        assert not PilotMilestone.objects.filter(kind=TaskKind.RECTIFY).exists()
        assert sound() == []


class TestChecks:
    def check(self, cast, part, **fields):
        given = {
            "by": cast.officer,
            "kind": CheckKind.SPOT,
            "checked_on": TUESDAY.date(),
            "result": "公示内容未更新。",
            "has_findings": True,
            "inspection": "佛效查〔2026〕3号",
        } | fields
        participants.check(part, at=TUESDAY, version=part.version, **given)

    def test_the_office_checks_or_looks_at_random_and_what_it_found_is_put_right(self, cast):
        part = make.part_of(cast, make.start(cast))
        self.check(cast, part)
        found = part.checks.get()

        assert found.inspection == "佛效查〔2026〕3号"
        assert found.followed_by.findings == "公示内容未更新。"
        assert found.followed_by.phase.position == 1
        assert sound() == []

    def test_a_check_that_found_nothing_asks_for_nothing(self, cast):
        part = make.part_of(cast, make.start(cast))
        self.check(cast, part, has_findings=False)

        assert not PilotMilestone.objects.filter(kind=TaskKind.RECTIFY).exists()
        assert sound() == []

    def test_a_check_does_not_lie_ahead(self, cast):
        part = make.part_of(cast, make.start(cast))
        with pytest.raises(Invalid):
            self.check(cast, part, checked_on=TUESDAY.date() + timedelta(days=1))

    def test_organs_and_inspectors_record_none(self, cast):
        part = make.part_of(cast, make.start(cast))
        for other in (cast.leader, cast.inspector):
            with pytest.raises(NotAllowed):
                self.check(cast, part, by=other)


class TestAssessment:
    def test_not_before_everything_is_on_record(self, cast):
        part = make.part_of(cast, make.start(cast))
        with pytest.raises(NotInState):
            make.assess(cast, part, at=TUESDAY)

    def test_Z10_a_second_person_confirms_or_sends_back(self, cast):
        part = make.part_of(cast, make.start(cast))
        for row in part.milestones.all():
            make.receive(cast, make.file(cast, row))
        participants.assess(
            part, by=cast.officer, at=TUESDAY, version=1, conclusion=Conclusion.REACHED, assessment="完成较好。"
        )
        with pytest.raises(NotAllowed):
            participants.confirm(part, by=cast.officer, at=TUESDAY, version=2)
        participants.refuse(part, by=cast.head, at=TUESDAY, version=2, reason="理由不足")
        participants.assess(
            part, by=cast.officer, at=TUESDAY, version=3, conclusion=Conclusion.EXTEND, assessment="成效明显。"
        )
        participants.confirm(part, by=cast.head, at=TUESDAY, version=4)

        assert make.fresh(part).state == ParticipantState.ASSESSED
        assert Message.objects.filter(kind="pilots.confirm", recipient=cast.leader).exists()
        assert sound() == []


class TestOverview:
    def cell(self, cast, programme, at, phase=0):
        table = overview.table(programme, at=at)
        line = next(each for each in table.lines if each.participant.organ_id == cast.city.construction.pk)
        cell = line.cells[phase]
        return cell.kept, cell.late, cell.open

    def test_kept_late_and_open_by_organ_and_phase(self, cast):
        programme = make.start(cast)
        assert self.cell(cast, programme, TUESDAY) == (0, 0, 2)
        make.file(cast, make.milestone(cast, programme))
        assert self.cell(cast, programme, TUESDAY) == (1, 0, 1)
        # The last day of the phase is the 31st: from the first of April on what is missing is late.
        assert self.cell(cast, programme, local(2026, 3, 31)) == (1, 0, 1)
        assert self.cell(cast, programme, local(2026, 4, 1)) == (1, 1, 0)
        make.file(cast, make.milestone(cast, programme, TaskKind.TASK), at=local(2026, 4, 2), attachments=[])
        assert self.cell(cast, programme, local(2026, 4, 3)) == (1, 1, 0)

    def test_the_day_on_which_the_plan_went_on_record_and_the_sums(self, cast):
        programme = make.start(cast)
        make.receive(cast, make.file(cast, make.milestone(cast, programme)))
        table = overview.table(programme, at=TUESDAY)

        assert [line.plan_on_record is not None for line in table.lines].count(True) == 1
        assert (table.sums[0].kept, table.sums[0].open) == (1, 3)

    def test_what_was_sent_back_is_open_again_until_it_is_handed_in(self, cast):
        programme = make.start(cast)
        row = make.file(cast, make.milestone(cast, programme))
        milestones.send_back(row, by=cast.officer, at=TUESDAY, version=row.version, reason="不明")
        assert self.cell(cast, programme, TUESDAY) == (0, 0, 2)
        assert self.cell(cast, programme, local(2026, 3, 20)) == (0, 1, 1)

    def test_the_phase_that_runs(self, cast):
        programme = make.start(cast)

        assert overview.running_phase(programme, date(2026, 3, 31)).position == 1
        assert overview.running_phase(programme, date(2026, 4, 1)).position == 2
        assert overview.running_phase(programme, date(2026, 9, 1)) is None
        assert Deadline.objects.filter(kind=MILESTONE).count() == 8
