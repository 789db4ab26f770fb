"""docs/domain.md 8.6: from the self-score to the final result, each rule by its name."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, transaction

from accountability.corrections.enums import Kind, Source
from accountability.corrections.enums import State as CorrectionState
from accountability.models import Card, Correction
from efficiency.access.models import User
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Organ, Rank, Role, Tenure, TenureKind
from efficiency.outbox import inbox
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from targets.admin.appraisal_forms import AdjustmentForm
from targets.appraisal import (
    adjusting,
    computing,
    consequences,
    deadlines,
    disclosed,
    offers,
    office_score,
    opinions,
    preparing,
    publishing,
    ruling,
    self_scoring,
    showing,
    upheld,
    workflow,
)
from targets.appraisal.enums import AdjustmentState, Grade, ObjectionKind, ObjectionState, Ruling, Subject
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import SheetState as S
from targets.appraisal.refusals import Absent, Changed, Invalid, NotAllowed, NotInState
from targets.models import Adjustment, Appraisal, AppraisalEvent, Report, Sheet, Snapshot, VetoTerm
from targets.reports import opening
from targets.reports.enums import State as ReportState
from tests.factories import appraising as make
from tests.factories.cases import local
from tests.factories.staff import make_post, make_user, seat
from tests.factories.targets import make_plan
from tests.soundness import violated

# The invariants of appraisals alone: other parts lay down no more than they need here.
OWN = ("appraisal", "sheet")


def promises(sheet: Sheet) -> dict[str, Deadline]:
    rows = Deadline.objects.filter(content_type=ContentType.objects.get_for_model(Sheet), object_id=sheet.pk)
    return {row.kind: row for row in rows.order_by("generation")}


def told(action: str) -> set[int]:
    return set(Message.objects.filter(kind=f"appraisal.{action}").values_list("recipient_id", flat=True))


def sound() -> list[str]:
    """Say which invariants of appraisals are violated: none may be."""
    return [found.title for found in violated(*OWN)]


class TestPreparing:
    def test_every_organ_of_the_office_has_a_sheet_in_its_group_and_one_without_a_plan_nothing_to_score(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)

        groups = dict(appraisal.sheets.values_list("organ__name", "group"))
        assert groups["佛山市建设局"] == "city_departments"
        assert groups["禅城区人民政府"] == "districts"
        assert cast.city.office.name not in groups
        assert make.sheet_of(appraisal, cast.city.district).gap == "no_plan"
        assert make.sheet_of(appraisal, cast.city.construction).total == Decimal("85.00")

    def test_posts_stand_inside_their_organ_with_who_held_them_on_the_last_day(self, cast):
        appraisal = make.prepare(cast, subject=Subject.POST)

        sheet = make.sheet_of(appraisal, cast.post)
        assert (sheet.group, sheet.organ, sheet.person) == ("posts", cast.city.construction, cast.clerk)
        assert not appraisal.sheets.filter(organ=cast.city.office).exists()

    def test_there_is_one_for_each_time_and_none_before_it_is_over(self, cast):
        made = make.prepare(cast)
        wanted = {"year": 2026, "span": make.SPAN, "subject": Subject.ORGAN, "by": cast.appraiser}

        for at in (make.BEGUN, local(2026, 6, 30)):
            with pytest.raises(Invalid):
                preparing.prepare(cast.city.office, **wanted, at=at)
        assert Appraisal.objects.get() == made

    def test_S10_the_same_form_prepares_once(self, cast):
        make_plan(cast.city.construction, cast.city.office, year=2026, span=make.SPAN)
        wanted = {"year": 2026, "span": make.SPAN, "subject": Subject.ORGAN, "by": cast.appraiser, "at": make.BEGUN}

        first = preparing.prepare(cast.city.office, **wanted, token="one")
        assert preparing.prepare(cast.city.office, **wanted, token="one") == first

    @pytest.mark.parametrize("who", ["officer", "head", "leader", "mayor", "auditor", "inspector", "district_head"])
    def test_only_appraisal_officers_of_the_very_office_prepare(self, cast, who):
        with pytest.raises(NotAllowed):
            make.prepare(cast, by=getattr(cast, who))


class TestSelfScore:
    def test_the_organ_has_five_working_days_and_hands_it_in_anew_until_the_office_computes(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        assert local_day(promises(sheet)[deadlines.SELF_SCORE].due_at) == date(2026, 7, 9)
        assert {cast.leader.pk, cast.deputy.pk, cast.tax_leader.pk} <= told("call_self_scores")
        assert cast.clerk.pk not in told("call_self_scores")

        make.self_score(sheet, by=cast.leader)
        make.self_score(sheet, by=cast.deputy, points="92.5")

        assert (sheet.state, sheet.self_score) == (S.SELF_SCORED, Decimal("92.50"))
        assert promises(sheet)[deadlines.SELF_SCORE].state == DeadlineState.MET
        assert sheet.opinions.count() == 2
        assert sound() == []

    def test_of_a_post_by_whoever_held_it_on_the_last_day(self, cast):
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.post)

        for other in (cast.leader, cast.colleague):
            with pytest.raises(NotAllowed):
                make.self_score(sheet, by=other)
        make.self_score(sheet, by=cast.clerk)

    @pytest.mark.parametrize("stays", [True, False])
    def test_of_a_post_whoever_follows_owes_nothing_and_gets_no_card(self, cast, stays):
        post, person = cast.post, cast.clerk
        person.tenures.update(until=date(2026, 7, 1))
        Tenure.objects.create(user=make_user(), post=post, since=date(2026, 7, 1))
        appraisal = make.prepare(cast, subject=Subject.POST, posts=(cast.colleague.tenures.get().post,))
        seat(Role.CLERK, cast.city.construction if stays else cast.city.tax, user=person)
        make.call(appraisal, cast)
        sheet = make.sheet_of(appraisal, post)

        owed = promises(sheet).get(deadlines.SELF_SCORE)
        assert sheet.person == person
        assert not stays or (owed.post, owed.responsible) == (None, person)
        assert stays or owed is None
        assert deadlines.SELF_SCORE in promises(make.sheet_of(appraisal, cast.colleague.tenures.get().post))
        with pytest.raises(NotInState):
            make.compute(appraisal, cast, at=local(2026, 7, 9, 23))
        make.self_score(sheet, by=person)

    def test_an_organ_without_a_plan_owes_none_and_is_not_waited_for(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)
        assert deadlines.SELF_SCORE not in promises(make.sheet_of(appraisal, cast.city.district))

        make.self_score(make.sheet_of(appraisal, cast.city.construction), by=cast.leader)
        make.self_score(make.sheet_of(appraisal, cast.city.tax), by=cast.tax_leader)
        appraisal.refresh_from_db()
        make.compute(appraisal, cast, at=local(2026, 7, 3))

        assert make.sheet_of(appraisal, cast.city.district).gap == "no_plan"
        assert sound() == []

    @pytest.mark.parametrize("points", ["-0.01", "100.01", "90.123", "NaN", "Infinity"])
    def test_has_bounds_and_two_decimals(self, cast, points):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)

        with pytest.raises(Invalid) as refusal:
            make.self_score(make.sheet_of(appraisal, cast.city.tax), by=cast.tax_leader, points=points)
        assert refusal.value.field == "score"

    def test_the_office_waits_for_it_until_its_time_is_over_and_no_longer(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)

        with pytest.raises(NotInState):
            make.compute(appraisal, cast, at=local(2026, 7, 9, 23))
        make.compute(appraisal, cast, at=local(2026, 7, 10))

        late = promises(make.sheet_of(appraisal, cast.city.tax))[deadlines.SELF_SCORE]
        assert (late.state, late.is_late(at=local(2026, 7, 10))) == (DeadlineState.CANCELLED, True)
        assert sound() == []


class TestReports:
    """What can still be reported, or only waits for the office, is never counted as not reported."""

    @pytest.fixture
    def appraisal(self, cast):
        appraisal = make.prepare(cast)
        opening.open_missing(at=local(2026, 3, 20))
        opening.owe_due(at=make.BEGUN)
        return make.lead(appraisal, cast, A.SELF_SCORING)

    def report(self, cast, **fields):
        found = Report.objects.filter(organ=cast.city.construction)
        found.update(**fields)
        return found.get()

    def test_it_is_not_computed_before_their_time_is_over_though_that_of_self_scores_is(self, cast, appraisal):
        for at in (make.COMPUTED, local(2026, 7, 14, 23)):
            with pytest.raises(NotInState):
                make.compute(appraisal, cast, at=at)
        # Ten working days from 1 July are over: whoever reported nothing is waited for no more.
        make.compute(appraisal, cast, at=local(2026, 7, 15))

        assert make.sheet_of(appraisal, cast.city.construction).lines.get().remark == "no_report"

    def test_nor_while_one_waits_for_the_check_nor_anew_nor_shown(self, cast, appraisal):
        late = local(2026, 7, 20)
        handed_in = {"state": ReportState.SUBMITTED, "submitted_by": cast.leader, "submitted_at": local(2026, 7, 10)}
        self.report(cast, **handed_in)
        with pytest.raises(NotInState):
            make.compute(appraisal, cast, at=late)

        self.report(cast, state=ReportState.OPEN)
        make.compute(appraisal, cast, at=late)
        self.report(cast, **handed_in)
        with pytest.raises(NotInState):
            make.show(appraisal, cast, at=late)
        self.report(cast, state=ReportState.OPEN)
        make.show(appraisal, cast, at=late)
        self.report(cast, **handed_in)
        with pytest.raises(NotInState):
            office_score.recompute(appraisal, by=cast.appraiser, at=late, version=appraisal.version, reason="补正")

    def test_reports_of_posts_keep_no_appraisal_of_organs_waiting(self, cast, appraisal):
        Report.objects.update(state=ReportState.DROPPED, ended_at=make.BEGUN)
        make_plan(cast.city.construction, cast.city.office, post=cast.post, year=2026, span=make.SPAN)
        opening.open_missing(at=make.BEGUN)

        make.compute(appraisal, cast)


class TestOpinions:
    def opinion(self, sheet, by, points="80"):
        opinions.give_opinion(
            sheet, by=by, at=make.COMPUTED, version=sheet.version, score=Decimal(points), text="工作配合较好。"
        )

    def test_peers_and_whoever_leads_are_heard_with_the_weights_of_the_terms_and_move_no_score(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        before = sheet.total

        self.opinion(sheet, cast.tax_leader, "60")
        self.opinion(sheet, cast.tax_leader, "80")
        self.opinion(sheet, cast.mayor, "90")

        found = opinions.summary(sheet)
        assert (found.counts, found.rounded) == ({"peer": 1, "leader": 1}, Decimal("86.00"))
        sheet.refresh_from_db()
        assert sheet.total == before

    def test_Z10_the_latest_of_a_natural_person_counts_whichever_account_it_came_from(self, cast):
        twin = seat(Role.ORGAN_LEADER, cast.city.tax, Rank.APPROVER)
        for account in (cast.tax_leader, twin):
            User.objects.filter(pk=account.pk).update(full_name="同一人", phone="13800138000")
            account.refresh_from_db()
        sheet = make.sheet_of(make.lead(make.prepare(cast), cast, A.SCORED), cast.city.construction)
        self.opinion(sheet, cast.tax_leader, "60")
        self.opinion(sheet, twin, "80")

        found = opinions.summary(sheet)
        assert (found.counts, found.rounded) == ({"peer": 1}, Decimal("80.00"))
        assert opinions.given_by(cast.tax_leader, [sheet.pk], ["peer"]) == {sheet.pk: Decimal(80)}

    @pytest.mark.parametrize("who", ["leader", "clerk", "editor", "auditor", "administrator", "inspector"])
    def test_nobody_has_one_of_the_own_organ_and_nobody_without_a_part_has_one(self, cast, who):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)

        with pytest.raises(NotAllowed):
            self.opinion(make.sheet_of(appraisal, cast.city.construction), getattr(cast, who))

    def test_Z07_whoever_once_belonged_to_the_organ_has_none_as_its_pages_say(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        Tenure.objects.create(
            user=cast.tax_leader, post=make_post(cast.city.construction), since=date(2025, 1, 1), until=date(2026, 3, 1)
        )

        with pytest.raises(NotAllowed):
            self.opinion(sheet, cast.tax_leader)
        self.opinion(sheet, cast.mayor)

    def test_of_a_post_the_leader_of_its_organ_has_one(self, cast):
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.post)

        self.opinion(sheet, cast.leader)
        with pytest.raises(NotAllowed):
            self.opinion(sheet, cast.tax_leader)


class TestAdjusting:
    def test_counts_once_a_second_natural_person_confirms(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        adjustment = make.propose(sheet, by=cast.appraiser, points="1.5")
        assert make.sheet_of(appraisal, cast.city.construction).total == Decimal("85.00")

        make.confirm(sheet, adjustment, by=cast.officer)

        assert (sheet.total, sheet.bonus, sheet.rank) == (Decimal("86.50"), Decimal("1.50"), 1)
        assert make.sheet_of(appraisal, cast.city.tax).rank == 2
        assert sheet.events.get(action="confirm_adjustment").data["after"] == "86.50"
        assert sound() == []

    def test_whoever_is_appraised_is_told_of_it_once_scores_are_shown_and_not_before(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.confirm(sheet, make.propose(sheet, by=cast.appraiser), by=cast.officer)
        assert told("confirm_adjustment") & {cast.leader.pk, cast.deputy.pk} == set()
        appraisal.refresh_from_db()
        make.show(appraisal, cast)
        sheet = make.sheet_of(appraisal, cast.city.construction)

        make.confirm(sheet, make.propose(sheet, by=cast.appraiser, at=make.SHOWN), by=cast.officer, at=make.SHOWN)

        assert {cast.leader.pk, cast.deputy.pk} <= told("confirm_adjustment")

    def test_Z10_the_proposer_does_not_confirm_not_from_another_account_either(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        adjustment = make.propose(sheet, by=cast.appraiser)
        twin = make_user(full_name=cast.appraiser.full_name, phone="13800000001")
        type(twin).objects.filter(pk=cast.appraiser.pk).update(phone="138 0000 0001")
        seat(Role.OFFICE_OFFICER, cast.city.office, user=twin)

        with pytest.raises(NotAllowed):
            make.confirm(sheet, adjustment, by=cast.appraiser)
        with pytest.raises(NotAllowed):
            make.confirm(sheet, adjustment, by=twin)

    def test_bonuses_come_to_three_at_most(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.confirm(sheet, make.propose(sheet, by=cast.appraiser, points="2"), by=cast.officer)

        for points in ("1.01", "3.01"):
            with pytest.raises(Invalid):
                make.propose(sheet, by=cast.appraiser, points=points)
        make.confirm(sheet, make.propose(sheet, by=cast.appraiser, points="1"), by=cast.officer)
        make.confirm(sheet, make.propose(sheet, by=cast.appraiser, points="-5"), by=cast.officer)

        assert sheet.total == Decimal("83.00")

    def test_a_veto_leaves_at_most_qualified(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        veto = make.propose(sheet, by=cast.appraiser, points="0", veto="integrity", reason="领导班子严重违纪。")
        make.confirm(sheet, veto, by=cast.officer)

        sheet.refresh_from_db()
        assert (sheet.is_vetoed, sheet.grade_by_score, sheet.grade) == (True, Grade.GOOD, Grade.QUALIFIED)

    def test_what_the_office_took_off_its_veto_list_vetoes_by_hand_no_more(self, cast, client):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        VetoTerm.objects.create(
            office=cast.city.office, cause="integrity", is_on=False, valid_from=date(2026, 6, 30), reason="调整",
            set_by=cast.head, set_at=local(2026, 6, 1),
        )  # fmt: skip

        with pytest.raises(Invalid) as refusal:
            make.propose(sheet, by=cast.appraiser, points="0", veto="integrity")
        assert refusal.value.field == "veto"
        offered = [value for value, _label in AdjustmentForm(sheet=sheet, viewer=cast.appraiser).fields["veto"].choices]
        assert "integrity" not in offered
        assert "false_data" in offered

    def test_says_what_and_why(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)

        for wrong in ({"points": "0"}, {"points": "1", "reason": " "}, {"points": "1", "veto": "integrity"},
                      {"points": "0", "veto": "criticism"}):  # fmt: skip
            with pytest.raises(Invalid):
                make.propose(sheet, by=cast.appraiser, **wrong)

    def test_refused_it_does_not_count_and_cannot_be_confirmed_later(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        adjustment = make.propose(sheet, by=cast.appraiser)
        adjusting.refuse_adjustment(
            sheet, by=cast.officer, at=make.COMPUTED, version=sheet.version, adjustment=adjustment.pk, reason="不属于"
        )

        with pytest.raises(NotInState):
            make.confirm(sheet, adjustment, by=cast.other_officer)
        adjustment.refresh_from_db()
        assert adjustment.state == AdjustmentState.REFUSED
        sheet.refresh_from_db()
        assert sheet.total == Decimal("85.00")

    def test_confirmed_it_is_revoked_by_two_persons_and_counts_no_more(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        veto = make.propose(sheet, by=cast.appraiser, points="0", veto="integrity", reason="领导班子严重违纪。")
        make.confirm(sheet, veto, by=cast.officer)
        taken = make.propose(sheet, by=cast.appraiser, points="-5", reason="误扣。")
        make.confirm(sheet, taken, by=cast.officer)
        for wrong in (veto, taken):
            revocation = make.revoke(sheet, wrong, by=cast.appraiser)
            with pytest.raises(NotAllowed):
                make.confirm(sheet, revocation, by=cast.appraiser)
            with pytest.raises(NotInState):
                make.revoke(sheet, wrong, by=cast.other_appraiser)
            make.confirm(sheet, revocation, by=cast.officer)

        sheet.refresh_from_db()
        assert (sheet.is_vetoed, sheet.grade, sheet.total) == (False, Grade.GOOD, Decimal("85.00"))
        veto.refresh_from_db()
        assert veto.state == AdjustmentState.REVOKED
        assert sheet.events.filter(action="propose_revocation").count() == 2
        assert sound() == []
        for again in (veto, revocation):
            with pytest.raises(NotInState):
                make.revoke(sheet, again, by=cast.appraiser)

    def test_a_revocation_that_is_refused_leaves_it_as_it_is(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        given = make.propose(sheet, by=cast.appraiser, points="1")
        make.confirm(sheet, given, by=cast.officer)
        asked = make.revoke(sheet, given, by=cast.appraiser)
        adjusting.refuse_adjustment(
            sheet, by=cast.officer, at=make.COMPUTED, version=sheet.version, adjustment=asked.pk, reason="无误"
        )

        sheet.refresh_from_db()
        assert sheet.total == Decimal("86.00")
        make.revoke(sheet, given, by=cast.appraiser)

    def test_S10_the_same_form_proposes_once(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        wanted = {"by": cast.appraiser, "at": make.COMPUTED, "reason": "试点", "points": Decimal(1)}
        wanted["version"] = sheet.version

        first = adjusting.propose_adjustment(sheet, **wanted, token="one")
        assert adjusting.propose_adjustment(sheet, **wanted, token="one") == first
        assert Adjustment.objects.count() == 1


class TestShowing:
    def test_Z10_whoever_computed_does_not_show_and_nothing_waits(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        adjustment = make.propose(sheet, by=cast.appraiser)
        appraisal.refresh_from_db()
        for other in (cast.officer, cast.appraiser):
            with pytest.raises(NotAllowed):
                make.show(appraisal, cast, by=other)
        with pytest.raises(NotInState):
            make.show(appraisal, cast)
        make.confirm(sheet, adjustment, by=cast.officer)
        appraisal.refresh_from_db()

        make.show(appraisal, cast)

        window = promises(sheet)[deadlines.OBJECTION]
        assert local_day(window.due_at) == date(2026, 7, 21)
        assert {cast.leader.pk, cast.tax_leader.pk} <= told("show")
        assert sound() == []

    def test_events_only_grow(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)

        for change in (lambda rows: rows.update(text="改"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(AppraisalEvent.objects.filter(appraisal=appraisal))


class TestObjection:
    def test_within_five_working_days_once_and_ruled_on_within_ten(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet, other = (make.sheet_of(appraisal, organ) for organ in (cast.city.construction, cast.city.tax))
        with pytest.raises(NotInState):
            make.object_to(other, by=cast.tax_leader, at=local(2026, 7, 22, 0))
        make.object_to(sheet, by=cast.leader, at=local(2026, 7, 21, 23))

        assert sheet.state == S.OBJECTED
        assert local_day(promises(sheet)[deadlines.RULING].due_at) == date(2026, 8, 4)
        assert promises(sheet)[deadlines.OBJECTION].state == DeadlineState.MET
        assert {cast.officer.pk, cast.head.pk} <= told("object")
        with pytest.raises(NotInState):
            make.object_to(sheet, by=cast.deputy)
        assert sound() == []
        make.rule(sheet, by=cast.officer, at=local(2026, 7, 23))
        assert (sheet.state, promises(sheet)[deadlines.RULING].state) == (S.RULED, DeadlineState.MET)
        assert {cast.leader.pk, cast.appraiser.pk} <= told("rule")
        with pytest.raises(NotInState):
            make.object_to(sheet, by=cast.leader)
        assert sound() == []

    def test_every_organ_whose_sheet_is_shown_is_reminded_once_before_the_time_ends_and_never_after_it(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        make.object_to(make.sheet_of(appraisal, cast.city.construction), by=cast.leader)
        reminders = Message.objects.filter(kind="deadlines.own_time", channel="portal")

        # Nine o'clock of the working day before the last one.
        sweep.run(at=local(2026, 7, 20, 9) - timedelta(seconds=1))
        assert not reminders.exists()
        for at in (local(2026, 7, 20, 9), local(2026, 7, 20, 9), local(2026, 7, 21)):
            sweep.run(at=at)

        sheet = make.sheet_of(appraisal, cast.city.tax)
        # Who has objected needs no reminder, and what nobody leads has nobody to be reminded.
        of_office = make.sheet_of(appraisal, cast.city.district_office)
        assert {(each.recipient, each.subject_id) for each in reminders} == {
            (cast.tax_leader, sheet.pk),
            (cast.district_head, of_office.pk),
        }
        assert reminders.count() == 2
        notices = [notice.text for notice in inbox.page(cast.tax_leader).notices]
        assert "佛山市地方税务局2026年绩效考评（上半年）：对绩效考评的异议于2026年7月21日截止" in notices
        sweep.run(at=local(2026, 7, 22, 0))
        window = promises(sheet)[deadlines.OBJECTION]
        assert (window.state, window.level) == (DeadlineState.LAPSED, 1)
        assert not Card.objects.filter(escalation__kind=deadlines.OBJECTION).exists()
        assert [found.title for found in violated("level", "escalation", "lapsed", "moments", *OWN)] == []

    def test_a_sweep_that_comes_too_late_reminds_nobody_of_what_is_over(self, cast):
        make.lead(make.prepare(cast), cast, A.SHOWN)

        sweep.run(at=local(2026, 7, 22, 0))

        assert not Message.objects.filter(kind="deadlines.own_time").exists()
        assert not Deadline.objects.running().filter(kind=deadlines.OBJECTION).exists()

    @pytest.mark.parametrize("who", ["clerk", "tax_leader", "mayor", "officer", "auditor", "district_head"])
    def test_by_the_leaders_of_the_very_organ_alone(self, cast, who):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)

        with pytest.raises(NotAllowed):
            make.object_to(make.sheet_of(appraisal, cast.city.construction), by=getattr(cast, who))

    def test_Z10_whoever_computed_or_had_a_part_in_an_adjustment_does_not_rule(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.confirm(sheet, make.propose(sheet, by=cast.other_appraiser), by=cast.officer)
        appraisal.refresh_from_db()
        make.show(appraisal, cast)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.object_to(sheet, by=cast.leader)

        for party in (cast.appraiser, cast.other_appraiser, cast.officer, cast.leader):
            with pytest.raises(NotAllowed):
                make.rule(sheet, by=party)
        make.rule(sheet, by=cast.other_officer)

    def test_upheld_it_is_put_right_before_it_goes_on(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.object_to(sheet, by=cast.leader)
        with pytest.raises(NotInState):
            make.conclude(appraisal, cast)
        make.rule(sheet, by=cast.other_officer, outcome=Ruling.UPHELD)
        with pytest.raises(NotInState):
            make.conclude(appraisal, cast)
        anything = make.propose(sheet, by=cast.appraiser, at=make.CONCLUDED, points="0.5", reason="市级创新试点。")
        make.confirm(sheet, anything, by=cast.officer, at=make.CONCLUDED)
        with pytest.raises(NotInState):
            make.conclude(appraisal, cast)
        adjustment = make.put_right(sheet, by=cast.appraiser, points="6.5")
        with pytest.raises(NotInState):
            make.conclude(appraisal, cast)
        make.confirm(sheet, adjustment, by=cast.officer, at=make.CONCLUDED)

        make.conclude(appraisal, cast)

        assert (appraisal.state, sheet.bonus, sheet.put_right) == (A.RULED, Decimal("0.50"), Decimal("6.50"))
        assert sheet.total == Decimal("92.00")
        assert sound() == []

    def test_Z10_by_two_others_than_who_upheld_it(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        seat(Role.APPRAISAL_OFFICER, cast.city.office, user=cast.officer)
        make.object_to(sheet, by=cast.leader)
        make.rule(sheet, by=cast.officer, outcome=Ruling.PARTLY)

        with pytest.raises(NotAllowed):
            make.propose(sheet, by=cast.officer, at=make.CONCLUDED)
        adjustment = make.propose(sheet, by=cast.appraiser, at=make.CONCLUDED)
        with pytest.raises(NotAllowed):
            make.confirm(sheet, adjustment, by=cast.officer, at=make.CONCLUDED)
        offered = {each.name: each.why_not for each in offers.of_sheet(sheet, cast.officer, at=make.CONCLUDED)}
        assert offered["propose_adjustment"]
        assert offered["confirm_adjustment"]
        make.confirm(sheet, adjustment, by=cast.other_officer, at=make.CONCLUDED)
        assert sound() == []
        # An invariant finds it, however it came about.
        Adjustment.objects.filter(pk=adjustment.pk).update(confirmed_by=cast.officer)
        assert len(sound()) == 1

    def test_computing_anew_puts_right_only_what_it_moves(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.object_to(sheet, by=cast.leader)
        make.rule(sheet, by=cast.officer, outcome=Ruling.UPHELD)
        AppraisalEvent.objects.create(
            appraisal=appraisal,
            action="recompute",
            actor=cast.appraiser,
            at=make.CONCLUDED,
            number=sheet.appraisal.version + 1,
            from_state=A.SHOWN,
            to_state=A.SHOWN,
            data={"moved": []},
        )

        assert not upheld.is_put_right(sheet.objections.get())

    def test_Z10_whoever_ruled_does_not_propose_how_to_put_right(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.object_to(sheet, by=cast.leader)
        seat(Role.APPRAISAL_OFFICER, cast.city.office, user=cast.other_officer)
        make.rule(sheet, by=cast.other_officer, outcome=Ruling.UPHELD)

        with pytest.raises(NotAllowed):
            make.put_right(sheet, by=cast.other_officer, points="1")

    @pytest.mark.parametrize("points", ["100.01", "-100.01", "0.001", "NaN"])
    def test_puts_right_within_bounds(self, cast, points):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.object_to(sheet, by=cast.leader)
        make.rule(sheet, by=cast.officer, outcome=Ruling.UPHELD)

        with pytest.raises(Invalid) as refusal:
            make.put_right(sheet, by=cast.appraiser, points=points)
        assert refusal.value.field == "points"

    def test_nothing_is_put_right_that_was_not_upheld_and_nothing_twice(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet, other = (make.sheet_of(appraisal, organ) for organ in (cast.city.construction, cast.city.tax))
        make.object_to(sheet, by=cast.leader)
        make.rule(sheet, by=cast.officer, outcome=Ruling.UPHELD)
        make.object_to(other, by=cast.tax_leader)
        make.rule(other, by=cast.officer, outcome=Ruling.REJECTED)

        with pytest.raises(Invalid):
            make.put_right(other, by=cast.appraiser)
        make.put_right(sheet, by=cast.appraiser, points="0")
        with pytest.raises(Invalid):
            make.put_right(sheet, by=cast.appraiser)

    def test_or_all_is_computed_anew_with_a_reason(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.object_to(sheet, by=cast.leader)
        make.rule(sheet, by=cast.officer, outcome=Ruling.PARTLY)
        make.criticise(cast, cast.city.construction)
        appraisal.refresh_from_db()
        with pytest.raises(Invalid):
            office_score.recompute(
                appraisal, by=cast.appraiser, at=make.CONCLUDED, version=appraisal.version, reason=""
            )
        office_score.recompute(
            appraisal, by=cast.appraiser, at=make.CONCLUDED, version=appraisal.version, reason="数据已更正。"
        )

        assert Appraisal.objects.get().as_of == make.CONCLUDED
        # It fell, and there is the time to object again.
        with pytest.raises(NotInState):
            make.conclude(appraisal, cast)
        make.conclude(appraisal, cast, at=local(2026, 7, 30))

    @pytest.mark.parametrize("state", [A.SHOWN, A.RULED, A.WITH_LEADING_GROUP])
    def test_whose_score_falls_afterwards_may_object_and_object_again(self, cast, state):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.object_to(sheet, by=cast.leader)
        make.rule(sheet, by=cast.other_officer)
        appraisal.refresh_from_db()
        if state != A.SHOWN:
            make.conclude(appraisal, cast)
        if state == A.WITH_LEADING_GROUP:
            make.submit(appraisal, cast)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        later = make.DECIDED

        raised = make.propose(sheet, by=cast.appraiser, at=later, points="1")
        make.confirm(sheet, raised, by=cast.officer, at=later)
        assert Appraisal.objects.get().state == state
        lowered = make.propose(sheet, by=cast.appraiser, at=later, points="-50", reason="领导小组决定扣分。")
        make.confirm(sheet, lowered, by=cast.officer, at=later)

        assert (Appraisal.objects.get().state, sheet.state) == (A.SHOWN, S.SHOWN)
        assert local_day(promises(sheet)[deadlines.OBJECTION].due_at) == date(2026, 7, 31)
        assert told("fallen") == {cast.leader.pk, cast.deputy.pk}
        assert sound() == []
        make.object_to(sheet, by=cast.leader, at=local(2026, 7, 30))
        make.rule(sheet, by=cast.other_officer, at=local(2026, 7, 31))
        make.conclude(appraisal, cast, at=local(2026, 8, 3))
        assert sound() == []

    @pytest.mark.parametrize("state", [A.SHOWN, A.WITH_LEADING_GROUP])
    def test_and_whoever_gets_a_sheet_or_falls_when_all_is_computed_anew(self, cast, state):
        appraisal = make.lead(make.prepare(cast), cast, state)
        added = Organ.objects.create(
            code="440600-XX", name="佛山市某局", kind="department", level="city", parent=cast.city.government,
            since=date(2020, 1, 1),
        )  # fmt: skip
        make.criticise(cast, cast.city.construction)
        appraisal.refresh_from_db()

        office_score.recompute(
            appraisal, by=cast.appraiser, at=make.DECIDED, version=appraisal.version, reason="数据已更正。"
        )

        assert Appraisal.objects.get().state == A.SHOWN
        for whose in (added, cast.city.construction):
            sheet = make.sheet_of(appraisal, whose)
            assert local_day(promises(sheet)[deadlines.OBJECTION].due_at) == date(2026, 7, 31)
        assert sound() == []

    def test_the_objections_are_not_concluded_while_there_is_time(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)

        with pytest.raises(NotInState):
            make.conclude(appraisal, cast, at=local(2026, 7, 21, 23))
        make.conclude(appraisal, cast, at=local(2026, 7, 22, 0))


class TestLeadingGroup:
    def test_decides_on_the_scores_as_they_stand_and_a_change_comes_before_it_again(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.WITH_LEADING_GROUP)
        with pytest.raises(NotInState):
            make.publish(appraisal, cast)
        make.decide(appraisal, cast)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        adjustment = make.propose(sheet, by=cast.appraiser, at=make.DECIDED, points="-2", reason="领导小组决定扣分。")
        make.confirm(sheet, adjustment, by=cast.officer, at=make.DECIDED)
        with pytest.raises(NotInState):
            make.publish(appraisal, cast)
        assert sound() == []
        # Whose score fell has the time to object first.
        make.conclude(appraisal, cast, at=local(2026, 8, 3))
        make.submit(appraisal, cast, at=local(2026, 8, 3))
        with pytest.raises(NotInState):
            make.publish(appraisal, cast, at=local(2026, 8, 4))
        publishing.record_decision(
            appraisal, by=cast.officer, at=local(2026, 8, 4), version=appraisal.version, text="同意。",
            decided_on=date(2026, 8, 4),
        )  # fmt: skip

        make.publish(appraisal, cast, at=local(2026, 8, 4))

        assert make.sheet_of(appraisal, cast.city.construction).total == Decimal("83.00")
        assert sound() == []

    @pytest.mark.parametrize("day", [date(2026, 7, 22), date(2026, 7, 25)])
    def test_its_day_is_not_before_it_was_submitted_and_not_in_the_future(self, cast, day):
        appraisal = make.lead(make.prepare(cast), cast, A.WITH_LEADING_GROUP)

        with pytest.raises(Invalid):
            publishing.record_decision(
                appraisal, by=cast.officer, at=make.DECIDED, version=appraisal.version, text="同意", decided_on=day
            )

    def test_Z10_whoever_recorded_the_decision_or_computed_does_not_publish(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.WITH_LEADING_GROUP)
        make.decide(appraisal, cast, by=cast.head)

        for other in (cast.head, cast.officer, cast.appraiser):
            with pytest.raises(NotAllowed):
                make.publish(appraisal, cast, by=other)
        make.publish(appraisal, cast, by=cast.other_head)


class TestPublishing:
    def test_freezes_ranks_and_grades_with_the_quota(self, cast):
        scores = {cast.city.construction: "93", cast.city.tax: "91"}
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED, scores=scores)

        first, second = (make.sheet_of(appraisal, organ) for organ in scores)
        assert (first.grade, first.rank, first.state) == (Grade.EXCELLENT, 1, S.PUBLISHED)
        assert (second.grade_by_score, second.grade, second.cap_reason) == (Grade.EXCELLENT, Grade.GOOD, "quota")
        assert appraisal.snapshot_sha256 == Snapshot.objects.get().sha256
        assert sound() == []

    def test_an_unqualified_organ_gets_a_supervision_opinion_proposed_once(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED, scores={cast.city.tax: "59.99"})

        made = Correction.objects.get()
        assert (made.kind, made.organ, made.source) == (Kind.OPINION, cast.city.tax, Source.GRADE)
        assert made.state == CorrectionState.PROPOSED
        assert "59.99" in made.findings
        sheet = make.sheet_of(appraisal, cast.city.construction)
        later = make.propose(sheet, by=cast.appraiser, at=make.PUBLISHED, points="-1")
        make.confirm(sheet, later, by=cast.officer, at=make.PUBLISHED)
        assert Correction.objects.count() == 1

    def test_the_office_is_told_of_the_proposal_whose_grade_a_correction_raised(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED, scores={cast.city.tax: "59"})
        sheet = make.sheet_of(appraisal, cast.city.tax)

        make.confirm(
            sheet, make.propose(sheet, by=cast.appraiser, at=make.PUBLISHED), by=cast.officer, at=make.PUBLISHED
        )

        assert make.sheet_of(appraisal, cast.city.tax).grade == Grade.QUALIFIED
        assert cast.head.pk in told("raised")

    def test_what_is_corrected_later_is_an_event_with_its_reason_and_a_new_snapshot(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        before = disclosed.told(Appraisal.objects.get())
        later = make.PUBLISHED + timedelta(days=2)
        adjustment = make.propose(sheet, by=cast.appraiser, at=later, points="-3", reason="通报批评漏计。")
        assert disclosed.told(Appraisal.objects.get()) == before

        make.confirm(sheet, adjustment, by=cast.officer, at=later)

        assert [row.number for row in Snapshot.objects.order_by("number")] == [1, 2]
        told = disclosed.told(Appraisal.objects.get())
        assert "85.00更正为82.00" in told.body
        assert "通报批评漏计" in told.body
        assert sound() == []

    def test_what_is_revoked_later_is_a_correction_and_every_snapshot_stays_proven(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        wrong = make.propose(sheet, by=cast.appraiser, points="-5", reason="误扣。")
        make.confirm(sheet, wrong, by=cast.officer)
        for step in make.WAY[make.WAY.index(A.SCORED) + 1 :]:
            appraisal.refresh_from_db()
            make.LEAD[step](appraisal, cast)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        revocation = make.revoke(sheet, wrong, by=cast.appraiser, at=make.PUBLISHED + timedelta(days=1))

        make.confirm(sheet, revocation, by=cast.officer, at=make.PUBLISHED + timedelta(days=2))

        assert "80.00更正为85.00" in disclosed.told(Appraisal.objects.get()).body
        first, second = Snapshot.objects.order_by("number")
        of = computing.adjustments_of(appraisal, by=first.at)
        assert [each.id for each in of[sheet.pk]] == [wrong.pk]
        assert computing.adjustments_of(appraisal, by=second.at) == {}
        assert sound() == []

    def test_whose_grade_or_rank_a_correction_moves_is_told_and_stands_in_public_beside_it(self, cast):
        scores = {cast.city.construction: "90", cast.city.tax: "92"}
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED, scores=scores)
        sheet, other = (make.sheet_of(appraisal, organ) for organ in scores)
        assert (sheet.grade, other.grade) == (Grade.GOOD, Grade.EXCELLENT)
        later = make.PUBLISHED + timedelta(days=2)

        make.confirm(sheet, make.propose(sheet, by=cast.appraiser, at=later, points="3"), by=cast.officer, at=later)

        moved = sheet.events.get(action="confirm_adjustment").data["moved"]
        assert moved == [
            {"sheet": sheet.pk, "grade": ["good", "excellent"], "rank": [2, 1]},
            {"sheet": other.pk, "grade": ["excellent", "good"], "rank": [1, 2]},
        ]
        body = disclosed.told(Appraisal.objects.get()).body
        assert "佛山市建设局得分由90.00更正为93.00，等次由优秀" not in body
        assert "佛山市建设局得分由90.00更正为93.00，等次由良好更正为优秀，名次由2更正为1。" in body
        assert "佛山市地方税务局等次由优秀变为良好，名次由1变为2" in body
        assert {cast.tax_leader.pk, cast.leader.pk} <= told("moved") | told("confirm_adjustment")
        assert cast.tax_leader.pk in told("moved")
        assert sound() == []

    def test_a_veto_that_moves_the_grade_alone_says_so(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        given = {"points": "0", "veto": "integrity", "at": make.PUBLISHED}

        make.confirm(sheet, make.propose(sheet, by=cast.appraiser, **given), by=cast.officer, at=make.PUBLISHED)

        body = disclosed.told(Appraisal.objects.get()).body
        assert "佛山市建设局等次由良好更正为合格。" in body
        assert "得分由85.00更正为85.00" not in body

    def test_nothing_else_moves_after_publication(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED)
        given = {"by": cast.appraiser, "at": make.PUBLISHED, "version": appraisal.version}

        for act, more in ((office_score.compute, {}), (office_score.recompute, {"reason": "改"}),
                          (self_scoring.call_self_scores, {}), (showing.conclude, {})):  # fmt: skip
            with pytest.raises(NotInState):
                act(appraisal, **given, **more)

    def test_organs_are_told_in_public_with_ranks_and_grades_and_posts_never(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.WITH_LEADING_GROUP)
        assert disclosed.told(appraisal) is None
        make.decide(appraisal, cast)
        make.publish(appraisal, cast)

        told = disclosed.told(appraisal)
        assert told.title == "2026年上半年机关绩效考评结果"
        assert "佛山市建设局" in told.body
        assert told.path == "/targets/2026/"
        of_posts = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.PUBLISHED)
        assert disclosed.told(of_posts) is None
        assert [fact.subject for fact in disclosed.standing(make.PUBLISHED)] == [appraisal]


class TestPersons:
    @pytest.fixture
    def published(self, cast):
        return make.lead(make.prepare(cast, subject=Subject.POST), cast, A.PUBLISHED, scores={cast.post: "50"})

    def ask(self, sheet, by, at):
        from targets.appraisal import objecting

        objecting.ask_review(sheet, by=by, at=at, version=sheet.version, text="请求复核。")

    def test_incompetent_has_30_days_for_a_review_and_15_for_a_complaint_after_it(self, cast, published):
        from targets.appraisal import objecting

        sheet = make.sheet_of(published, cast.post)
        assert sheet.grade == Grade.INCOMPETENT
        assert local_day(promises(sheet)[deadlines.REVIEW_APPLY].due_at) == date(2026, 8, 26)
        self.ask(sheet, cast.clerk, local(2026, 8, 26, 22))
        assert promises(sheet)[deadlines.REVIEW].state == DeadlineState.OPEN
        for other in (cast.head, cast.officer, cast.appraiser):
            with pytest.raises(NotAllowed):
                ruling.decide_review(
                    sheet, by=other, at=local(2026, 9, 1), version=sheet.version, ruling="rejected", text="维持"
                )
        ruling.decide_review(
            sheet, by=cast.other_head, at=local(2026, 9, 1), version=sheet.version, ruling="rejected", text="维持。"
        )
        assert local_day(promises(sheet)[deadlines.COMPLAINT_APPLY].due_at) == date(2026, 9, 16)
        published.refresh_from_db()
        with pytest.raises(NotInState):
            publishing.close(published, by=cast.head, at=local(2026, 9, 2), version=published.version)
        objecting.complain(sheet, by=cast.clerk, at=local(2026, 9, 3), version=sheet.version, text="已向主管部门申诉。")
        ruling.record_result(
            sheet, by=cast.head, at=local(2026, 9, 4), version=sheet.version, ruling="rejected", text="维持。"
        )
        published.refresh_from_db()
        publishing.close(published, by=cast.head, at=local(2026, 9, 4), version=published.version)

        assert (published.state, make.sheet_of(published, cast.post).state) == (A.FINAL, S.FINAL)
        assert sheet.objections.get(kind=ObjectionKind.REVIEW).state == ObjectionState.RULED
        assert sound() == []

    def test_it_is_not_published_where_nobody_is_left_to_decide_the_review(self, cast):
        cast.other_head.tenures.update(until=date(2026, 7, 20))
        appraisal = make.prepare(cast, subject=Subject.POST)
        make.lead(appraisal, cast, A.WITH_LEADING_GROUP, scores={cast.post: "50"})
        make.decide(appraisal, cast)
        with pytest.raises(NotAllowed):
            make.publish(appraisal, cast)
        assert offers.of_appraisal(Appraisal.objects.get(), cast.head, at=make.PUBLISHED)[-1].why_not
        seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)

        make.publish(appraisal, cast)

    def test_a_review_that_is_upheld_is_put_right_before_it_is_final(self, cast, published):
        sheet = make.sheet_of(published, cast.post)
        self.ask(sheet, cast.clerk, local(2026, 8, 26))
        later = local(2026, 9, 1)
        ruling.decide_review(
            sheet, by=cast.other_head, at=later, version=sheet.version, ruling="upheld", text="计分有误。"
        )
        later = local(2026, 9, 20)
        published.refresh_from_db()
        with pytest.raises(NotInState, match=r"has not been put right|尚未[更纠]正"):
            publishing.close(published, by=cast.head, at=later, version=published.version)
        make.confirm(sheet, make.put_right(sheet, by=cast.appraiser, at=later), by=cast.officer, at=later)
        published.refresh_from_db()

        publishing.close(published, by=cast.head, at=later, version=published.version)
        assert sound() == []

    def test_who_held_two_posts_has_one_grade_and_one_review_on_the_sheet_of_the_lower_score(self, cast):
        first, appraisal = cast.post, make.prepare(cast, subject=Subject.POST)
        make.lead(appraisal, cast, A.SELF_SCORING)
        second = seat(Role.CLERK, cast.city.construction, user=cast.clerk).tenures.latest("pk").post
        make_plan(cast.city.construction, cast.city.office, post=second, year=2026, span=make.SPAN)
        make.compute(appraisal, cast)
        make.score(appraisal, {first: "50", second: "95"})
        for step in (A.SHOWN, A.RULED, A.WITH_LEADING_GROUP, A.PUBLISHED):
            make.LEAD[step](appraisal, cast)

        lower, other = make.sheet_of(appraisal, first), make.sheet_of(appraisal, second)
        assert [sheet.grade for sheet in (lower, other)] == [Grade.INCOMPETENT] * 2
        assert deadlines.REVIEW_APPLY in promises(lower)
        assert deadlines.REVIEW_APPLY not in promises(other)

    def test_after_30_days_there_is_none_and_others_have_none(self, cast, published):
        sheet = make.sheet_of(published, cast.post)

        with pytest.raises(NotInState):
            self.ask(sheet, cast.clerk, local(2026, 8, 27, 0))
        for other in (cast.leader, cast.colleague):
            with pytest.raises(NotAllowed):
                self.ask(sheet, other, make.PUBLISHED)

    def test_who_holds_no_post_any_more_applies_on_paper_and_the_office_records_it(self, cast, published):
        from targets.appraisal import objecting

        sheet = make.sheet_of(published, cast.post)
        Tenure.objects.filter(user=cast.clerk).update(until=date(2026, 7, 20))
        with pytest.raises((NotAllowed, Absent)):
            self.ask(sheet, cast.clerk, make.PUBLISHED)
        given = {"text": "书面申请复核。", "version": sheet.version}
        with pytest.raises(NotAllowed):
            objecting.record_application(sheet, by=cast.appraiser, at=make.PUBLISHED, **given)
        with pytest.raises(NotInState):
            objecting.record_application(sheet, by=cast.officer, at=local(2026, 8, 27), **given)

        objecting.record_application(sheet, by=cast.officer, at=make.PUBLISHED, **given)

        assert sheet.objections.get().by == cast.clerk
        assert sheet.events.get(action="record_application").actor == cast.officer
        assert promises(sheet)[deadlines.REVIEW_APPLY].state == DeadlineState.MET
        assert promises(sheet)[deadlines.REVIEW].state == DeadlineState.OPEN
        assert sound() == []

    def test_whose_grade_is_raised_has_no_review_any_more_and_has_it_when_it_falls_again(self, cast, published):
        sheet = make.sheet_of(published, cast.post)
        later = make.PUBLISHED + timedelta(days=1)
        Sheet.objects.filter(pk=sheet.pk).update(grade=Grade.COMPETENT)
        consequences.follow(published, at=later)
        assert promises(sheet)[deadlines.REVIEW_APPLY].state == DeadlineState.CANCELLED
        with pytest.raises(NotInState):
            self.ask(make.sheet_of(published, cast.post), cast.clerk, later)

        Sheet.objects.filter(pk=sheet.pk).update(grade=Grade.INCOMPETENT)
        consequences.follow(published, at=later)

        assert promises(sheet)[deadlines.REVIEW_APPLY].state == DeadlineState.OPEN
        self.ask(make.sheet_of(published, cast.post), cast.clerk, later)

    def test_Z10_who_computed_from_another_account_is_nobody_who_could_decide_the_review(self, cast):
        appraisal = make.lead(
            make.prepare(cast, subject=Subject.POST), cast, A.WITH_LEADING_GROUP, scores={cast.post: "50"}
        )
        assert publishing.why_not_by(cast.head, appraisal, at=make.PUBLISHED) == ""
        for account in (cast.appraiser, cast.other_head):
            User.objects.filter(pk=account.pk).update(full_name="同一人", phone="13800138000")

        assert publishing.why_not_by(cast.head, appraisal, at=make.PUBLISHED)

    def test_competent_has_no_review_and_it_is_final_at_once(self, cast):
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.PUBLISHED)
        sheet = make.sheet_of(appraisal, cast.post)

        assert deadlines.REVIEW_APPLY not in promises(sheet)
        publishing.close(appraisal, by=cast.head, at=make.PUBLISHED, version=appraisal.version)
        assert appraisal.state == A.FINAL


class TestFrame:
    def test_a_page_that_is_old_is_refused(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.self_score(make.sheet_of(appraisal, cast.city.construction), by=cast.leader)

        with pytest.raises(Changed):
            make.self_score(sheet, by=cast.deputy, version=1) if False else self_scoring.self_score(
                sheet, by=cast.deputy, at=make.BEGUN, version=1, score=Decimal(1), text="x"
            )

    def test_F21_a_page_of_a_sheet_is_old_once_all_was_computed_anew(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        adjustment = make.propose(make.sheet_of(appraisal, cast.city.construction), by=cast.other_appraiser)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        seen = sheet.version
        appraisal.refresh_from_db()
        make.compute(appraisal, cast)

        with pytest.raises(Changed):
            adjusting.confirm_adjustment(
                sheet, by=cast.officer, at=make.COMPUTED, version=seen, adjustment=adjustment.pk
            )

    def test_F21_an_opinion_makes_no_page_of_another_old(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        seen = sheet.version

        for by in (cast.tax_leader, cast.mayor):
            opinions.give_opinion(sheet, by=by, at=make.BEGUN, version=seen, score=Decimal(80), text="配合较好。")
        self_scoring.self_score(sheet, by=cast.leader, at=make.BEGUN, version=seen, score=Decimal(90), text="完成。")
        assert sheet.version == seen + 1

    def test_Z07_whom_a_sheet_concerns_takes_no_step_with_the_whole(self, cast):
        appraisal = make.prepare(cast)
        mixed = seat(Role.APPRAISAL_OFFICER, cast.city.office)
        Tenure.objects.create(
            user=mixed, post=make_post(cast.city.construction), since=date(2026, 1, 1), until=date(2026, 6, 1),
            kind=TenureKind.HOLDER,
        )  # fmt: skip

        with pytest.raises(NotAllowed):
            self_scoring.call_self_scores(appraisal, by=mixed, at=make.BEGUN, version=1)
        with pytest.raises(Absent):
            make.propose(make.sheet_of(appraisal, cast.city.construction), by=mixed)

    def test_Z07_whom_a_sheet_of_the_group_concerns_takes_no_step_with_its_rivals(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.SCORED)
        former = seat(Role.APPRAISAL_OFFICER, cast.city.office)
        post = make_post(cast.city.construction)
        Tenure.objects.create(
            user=former, post=post, since=date(2026, 1, 1), until=date(2026, 6, 1), kind=TenureKind.HOLDER
        )
        rival, other = (make.sheet_of(appraisal, organ) for organ in (cast.city.tax, cast.city.district))

        with pytest.raises(NotAllowed):
            make.propose(rival, by=former)
        offered = offers.of_sheet(rival, former, at=make.COMPUTED)
        assert [bool(each.why_not) for each in offered if each.name == "propose_adjustment"] == [True]
        make.propose(other, by=former)

    def test_every_row_has_its_source_and_target_and_no_state_is_left_out(self):
        states = {state for row in workflow.TABLE for state in row.sources} | {row.target for row in workflow.TABLE}
        assert states - {None} == set(A)

    def test_every_step_has_a_page_and_a_label(self):
        from targets.admin.appraisals import OF_APPRAISAL, OF_SHEET

        assert set(OF_APPRAISAL) | set(OF_SHEET) == set(workflow.steps.by_action)
        assert all(str(workflow.steps.label_of(event)) for event in (*workflow.steps.by_action, "prepare"))

    def test_many_sheets_need_no_more_statements(self, cast, django_assert_max_num_queries):
        organs = Organ.objects.bulk_create(
            Organ(code=f"440600-X{n}", name=f"某局{n}", kind="department", level="city", parent=cast.city.government)
            for n in range(40)
        )
        appraisal = make.prepare(cast)
        assert appraisal.sheets.count() >= len(organs)
        with django_assert_max_num_queries(60):
            make.call(appraisal, cast)
        with django_assert_max_num_queries(140):
            make.compute(appraisal, cast)
        with django_assert_max_num_queries(60):
            make.show(appraisal, cast)
