"""The rules of target reports, one by one (docs/domain.md 3.5, 8.1, 8.5)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accountability.faults.enums import ClueKind
from accountability.faults.words import FaultType
from accountability.models import Clue
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Role, Tenure
from efficiency.outbox.models import Message
from targets.admin.report_forms import CheckForm
from targets.models import LeaderComment, Report, ReportEvent, ReportFile
from targets.plans.enums import Span
from targets.reports import checking, comments, deadlines, filling, offers, opening, results
from targets.reports.checking import Found
from targets.reports.deadlines import CHECK, REPORT
from targets.reports.enums import Finding, State
from targets.reports.refusals import Absent, Changed, Invalid, NotAllowed, NotInState
from targets.reports.values import Typed
from tests.factories import reports as make
from tests.factories.cases import local
from tests.factories.reports import JULY, MARCH
from tests.factories.staff import make_user, seat
from tests.factories.targets import STANDARD, Line, make_plan
from tests.soundness import violated

pytestmark = pytest.mark.django_db

READERS = "leader", "clerk", "colleague", "officer", "appraiser", "inspector", "auditor", "mayor", "tax_leader"


def runs(report):
    return set(engine.running(report).values_list("kind", flat=True))


def last_day(report, kind):
    return timezone.localdate(deadlines.last(report, kind).due_at)


def sound():
    """Say which invariants of reports are violated: none may be."""
    return violated("eport")


def told(action):
    return set(Message.objects.filter(kind=f"reports.{action}").values_list("recipient_id", flat=True))


class TestFillingIn:
    def test_what_is_half_filled_in_is_kept_from_the_day_the_plan_is_in_force(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, blocks=STANDARD)
        opening.open_missing(at=MARCH)
        report = plan.reports.get(span=Span.FIRST_HALF)

        make.fill(report, "A1", by=cast.leader, at=MARCH)
        make.fill(report, "A3", by=cast.deputy, at=MARCH, reached={1: date(2026, 2, 27)}, attachments=())

        value = report.values.get(indicator__key="A1")
        assert (value.actual, value.note, value.files.count()) == (Decimal(92), "累计完成92件。", 1)
        assert report.values.get(indicator__key="A3").milestones.get().done_on == date(2026, 2, 27)
        assert (report.state, runs(report)) == (State.OPEN, set())
        assert report.events.last().data["milestones"] == {"1": "2026-02-27"}
        with pytest.raises(NotInState):
            make.submit(report, by=cast.leader, at=MARCH)
        assert sound() == []

    def test_filled_in_again_the_newer_value_holds_and_both_are_on_record(self, cast):
        report = make.make_report(cast)
        for actual in (90, 92):
            make.fill(report, "A1", Typed(actual=Decimal(actual)), by=cast.leader)

        assert report.values.get().actual == 92
        filled = report.events.filter(action="fill").order_by("number")
        assert [event.data["actual"] for event in filled] == ["90", "92"]

    def test_what_the_portal_computes_is_not_typed_in(self, cast):
        report = make.make_report(cast)

        with pytest.raises(Invalid):
            make.fill(report, "B1", Typed(actual=Decimal(100)), by=cast.leader)

    def test_a_responsible_post_fills_in_its_own_indicator_and_no_other(self, cast):
        lines = [Line("A1", "50", responsible_post=cast.post), Line("A2", "50")]
        report = make.make_report(cast, blocks={"A": ("100", lines)})
        make.fill(report, "A1", Typed(actual=Decimal(5)), by=cast.clerk)

        with pytest.raises(NotAllowed):
            make.fill(report, "A2", Typed(actual=Decimal(5)), by=cast.clerk)
        with pytest.raises(NotAllowed):
            make.submit(report, by=cast.clerk)
        with pytest.raises(Absent):
            make.fill(report, "A1", Typed(actual=Decimal(5)), by=cast.colleague)

    def test_S10_the_same_form_fills_in_once(self, cast):
        report = make.make_report(cast)
        for _twice in range(2):
            make.fill(report, "A1", by=cast.leader, token="t" * 32)

        assert report.events.filter(action="fill").count() == ReportFile.objects.count() == 1

    def test_F21_a_stale_page_changes_nothing(self, cast):
        report = make.make_report(cast)
        report.version = 1

        with pytest.raises(Changed):
            filling.submit(report, by=cast.leader, at=JULY, version=1, text="完成")


class TestHandingIn:
    def test_in_time_it_keeps_the_promise_and_waits_for_the_check(self, cast):
        report = make.submitted(cast, at=local(2026, 7, 14))

        assert (report.state, report.submitted_by, runs(report)) == (State.SUBMITTED, cast.leader, {CHECK})
        promise = deadlines.last(report, REPORT)
        assert (promise.state, promise.is_late(at=JULY)) == (DeadlineState.MET, False)
        assert last_day(report, CHECK) == date(2026, 7, 28)
        assert deadlines.running(report, CHECK).organ == cast.city.office
        assert told("submit") == {cast.appraiser.pk, cast.other_appraiser.pk}
        assert sound() == []

    def test_a_day_after_the_last_it_is_late_for_ever(self, cast):
        report = make.submitted(cast, at=local(2026, 7, 15))

        assert deadlines.last(report, REPORT).is_late(at=local(2026, 12, 1))

    def test_every_indicator_has_to_be_filled_in(self, cast):
        report = make.make_report(cast)
        make.fill(report, "A1", by=cast.leader)

        with pytest.raises(Invalid) as refusal:
            make.submit(report, by=cast.leader)

        assert "A2" in str(refusal.value.message)
        assert "A1" not in str(refusal.value.message)

    def test_the_step_keeps_the_values_as_they_were_handed_in(self, cast):
        report = make.submitted(cast)

        kept = report.events.get(action="submit").data
        assert kept["round"] == 1
        assert kept["values"]["A1"] == {
            "actual": "92", "events": None, "done": None, "milestones": {}, "note": "累计完成92件。", "files": [1],
        }  # fmt: skip

    def test_who_hands_in_what(self, cast):
        of_post = make.make_report(cast, post=cast.post)
        make.fill_all(of_post, by=cast.clerk)
        make.submit(of_post, by=cast.clerk)
        of_organ = make.make_report(cast)

        assert of_post.state == State.SUBMITTED
        with pytest.raises(NotAllowed):  # leaders above look on
            make.submit(of_organ, by=cast.mayor)
        for stranger in (cast.clerk, cast.editor, cast.inspector, cast.tax_leader, cast.district_head):
            with pytest.raises(Absent):
                make.submit(of_organ, by=stranger)
        with pytest.raises(NotAllowed):
            make.submit(of_organ, by=cast.appraiser)

    def test_nothing_changes_once_it_is_handed_in(self, cast):
        report = make.submitted(cast)

        with pytest.raises(NotInState):
            make.fill(report, "A1", Typed(actual=Decimal(99)), by=cast.leader)


class TestChecking:
    def test_accepted_with_a_finding_for_each_value(self, cast):
        report = make.submitted(cast)
        make.accept(report, by=cast.appraiser, A2=Found(Finding.UNPROVED, "无统计台账。"))

        assert (report.state, report.checked_by, runs(report)) == (State.ACCEPTED, cast.appraiser, set())
        found = dict(report.values.values_list("indicator__key", "finding"))
        assert found == {"A1": "proved", "A2": "unproved", "A3": "proved", "A4": "proved"}
        assert report.events.last().data["findings"]["A2"]["text"] == "无统计台账。"
        assert told("accept") == {cast.leader.pk, cast.deputy.pk}
        assert not Clue.objects.exists()
        assert sound() == []

    def test_what_has_no_evidence_is_not_proved(self, cast):
        report = make.make_report(cast)
        make.fill_all(report, by=cast.leader, attachments=())
        make.submit(report, by=cast.leader)

        with pytest.raises(Invalid):
            make.accept(report, by=cast.appraiser)
        unproved = Found(Finding.UNPROVED, "没有凭证。")
        make.accept(report, by=cast.appraiser, A1=unproved, A2=unproved, A4=unproved)
        assert report.values.get(indicator__key="A3").finding == Finding.PROVED  # claims no milestone

    @pytest.mark.parametrize("is_common", [False, True])
    def test_8_1_what_is_harmful_proves_nothing(self, cast, is_common):
        report = make.make_report(cast)
        make.fill_all(report, by=cast.leader, attachments=() if is_common else (make.PROOF,))
        make.submit(report, by=cast.leader, attachments=(make.PROOF,) if is_common else ())
        report.files.update(harmful="Eicar", scanned_at=JULY)

        with pytest.raises(Invalid):
            make.accept(report, by=cast.appraiser)
        value = report.values.get(indicator__key="A1")
        offered = CheckForm(report=report).fields[f"finding_{value.pk}"].choices
        assert [key for key, _label in offered] == [Finding.UNPROVED, Finding.FALSE]

    def test_evidence_for_the_whole_report_counts_for_each_value(self, cast):
        report = make.make_report(cast)
        make.fill_all(report, by=cast.leader, attachments=())
        make.submit(report, by=cast.leader, attachments=[make.PROOF])

        make.accept(report, by=cast.appraiser)
        assert report.state == State.ACCEPTED

    @pytest.mark.parametrize("found", [Found(""), Found(Finding.UNPROVED), Found(Finding.FALSE, " "), Found("else")])
    def test_a_finding_is_there_with_its_reasons(self, cast, found):
        report = make.submitted(cast)

        with pytest.raises(Invalid):
            make.accept(report, by=cast.appraiser, A1=found)
        assert set(report.values.values_list("finding", flat=True)) == {""}

    def test_false_data_is_a_clue_in_the_same_transaction(self, cast):
        report = make.submitted(cast, post=cast.post, by=cast.clerk)
        make.accept(report, by=cast.appraiser, A1=Found(Finding.FALSE, "台账只有60件。"))

        clue = Clue.objects.get()
        assert (clue.kind, clue.source, clue.case.organ, clue.case.fault_type) == (
            ClueKind.REPORT, report, cast.city.construction, FaultType.FALSE_DATA,
        )  # fmt: skip
        assert "台账只有60件。" in clue.text
        assert clue.case.respondents.get().person == cast.clerk
        assert [value.indicator.key for value in results.false_values(
            [cast.city.construction.pk], date(2026, 1, 1), date(2027, 1, 1), as_of=JULY
        )] == ["A1"]  # fmt: skip
        assert sound() == []

    def test_Z10_nobody_checks_what_they_handed_in_or_their_own_organ_reports(self, cast):
        twin = make_user(full_name=cast.leader.full_name, phone="13812345678")
        cast.leader.phone = "13812345678"
        cast.leader.save()
        seat(Role.APPRAISAL_OFFICER, cast.city.office, user=twin)
        inside = make_user()
        seat(Role.APPRAISAL_OFFICER, cast.city.office, user=inside)
        seat(Role.CLERK, cast.city.construction, user=inside)
        report = make.submitted(cast)

        for person in (twin, inside):
            assert not [offer for offer in offers.offers(report, person, at=JULY) if not offer.why_not]
            with pytest.raises(NotAllowed):
                make.accept(report, by=person)
            with pytest.raises(NotAllowed):
                make.send_back(report, by=person)
        for person in (cast.officer, cast.head, cast.mayor):
            with pytest.raises(NotAllowed):
                make.accept(report, by=person)

    @pytest.mark.parametrize(
        ("since", "until", "checks"),
        [
            (date(2025, 9, 1), date(2026, 6, 1), False),  # led it in the half-year, and moved to the office since
            (date(2024, 1, 1), date(2026, 1, 1), True),  # had left before it began
        ],
    )
    def test_Z10_nobody_checks_the_half_year_in_which_they_were_of_the_organ(self, cast, since, until, checks):
        post = cast.leader.tenures.get().post
        Tenure.objects.create(user=cast.appraiser, post=post, since=since, until=until)
        report = make.submitted(cast)

        if checks:
            make.accept(report, by=cast.appraiser)
        else:
            with pytest.raises(NotAllowed):
                make.accept(report, by=cast.appraiser)
            with pytest.raises(NotAllowed):
                make.send_back(report, by=cast.appraiser)

    def test_Z10_whoever_filled_in_a_part_does_not_check(self, cast):
        report = make.submitted(cast)
        step = report.events.filter(action="fill").first()
        assert checking.why_not_theirs(cast.appraiser, report) == ""
        ReportEvent.objects.create(
            report=report, number=99, action="fill", at=JULY, actor=cast.appraiser,
            from_state=step.from_state, to_state=step.to_state,
        )  # fmt: skip

        assert checking.why_not_theirs(cast.appraiser, report)

    def test_Z10_the_database_says_so_as_well(self, cast):
        report = make.submitted(cast)
        make.accept(report, by=cast.appraiser)

        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(checked_by=report.submitted_by)

    def test_Z07_a_report_on_a_post_is_absent_for_whoever_held_it_in_the_office(self, cast):
        report = make.submitted(cast, post=cast.post, by=cast.clerk)
        Tenure.objects.create(user=cast.appraiser, post=cast.post, since=date(2024, 1, 1), until=date(2025, 1, 1))

        assert not Report.objects.visible_to(cast.appraiser).filter(pk=report.pk).exists()
        with pytest.raises(Absent):
            make.accept(report, by=cast.appraiser)
        make.accept(report, by=cast.other_appraiser)

    def test_the_offices_own_report_is_checked_from_elsewhere(self, cast):
        plan = make_plan(cast.city.office, cast.city.office, at=MARCH)
        report = make.report_of(plan)
        make.fill(report, "A1", Typed(actual=Decimal(50)), by=cast.head)
        make.submit(report, by=cast.head)

        with pytest.raises(NotAllowed):
            make.accept(report, by=cast.appraiser)

    def test_L01_who_may_not_is_on_record(self, cast):
        report = make.submitted(cast)
        with pytest.raises(NotAllowed):
            make.accept(report, by=cast.officer)

        assert AuditRecord.objects.get(action="report.accept", outcome="refused").actor == cast.officer


class TestSendingBack:
    def test_once_with_a_new_time_of_five_working_days(self, cast):
        report = make.submitted(cast)
        make.send_back(report, by=cast.appraiser, at=local(2026, 7, 3))

        assert (report.state, report.round, runs(report)) == (State.RETURNED, 2, {REPORT})
        assert last_day(report, REPORT) == date(2026, 7, 10)
        assert deadlines.last(report, REPORT).generation == 2
        assert told("send_back") == {cast.leader.pk, cast.deputy.pk}

        make.fill(report, "A1", Typed(actual=Decimal(90)), by=cast.leader, at=local(2026, 7, 6))
        make.submit(report, by=cast.leader, at=local(2026, 7, 6))
        assert runs(report) == {CHECK}
        with pytest.raises(NotInState):
            make.send_back(report, by=cast.appraiser, at=local(2026, 7, 7))
        make.accept(report, by=cast.appraiser, at=local(2026, 7, 7))
        assert {row.state for row in deadlines.all_of(report)} == {DeadlineState.MET}
        assert sound() == []

    def test_a_second_time_gives_no_extension(self, cast):
        report = make.submitted(cast)
        make.send_back(report, by=cast.appraiser)

        with pytest.raises(NotInState):
            filling.ask_extension(report, by=cast.leader, at=JULY, version=report.version, days=2, reason="人手不足")

    def test_a_reason_is_given(self, cast):
        with pytest.raises(Invalid):
            make.send_back(make.submitted(cast), by=cast.appraiser, reason=" ")


class TestMoreTime:
    def ask(self, report, by, days=5, at=JULY):
        filling.ask_extension(report, by=by, at=at, version=report.version, days=days, reason="数据待上级核定。")

    def test_once_by_five_working_days_from_the_old_last_day(self, cast):
        report = make.make_report(cast)
        self.ask(report, cast.leader)
        assert told("ask_extension") == {cast.officer.pk, cast.other_officer.pk, cast.head.pk, cast.other_head.pk}

        checking.extend(report, by=cast.officer, at=JULY, version=report.version, reason="情况属实。")

        assert last_day(report, REPORT) == date(2026, 7, 21)
        assert report.next_due_at == deadlines.last(report, REPORT).due_at
        with pytest.raises(NotInState):
            self.ask(report, cast.leader, days=1)
        assert sound() == []

    def test_never_more_than_the_limits_allow_nor_after_the_end(self, cast):
        report = make.make_report(cast)
        with pytest.raises(NotInState):
            self.ask(report, cast.leader, days=6)
        with pytest.raises(NotInState):
            self.ask(report, cast.leader, at=local(2026, 7, 15))

    def test_undecided_at_the_end_it_lapses(self, cast):
        report = make.make_report(cast)
        self.ask(report, cast.leader)

        assert checking.lapse_extensions(at=local(2026, 7, 14)) == 0
        assert checking.lapse_extensions(at=local(2026, 7, 15)) == 1
        assert report.extensions.get().state == "lapsed"
        assert sound() == []

    def test_Z10_not_by_the_organ_that_reports(self, cast):
        report = make.make_report(cast)
        self.ask(report, cast.leader)
        inside = make_user()
        seat(Role.OFFICE_OFFICER, cast.city.office, user=inside)
        seat(Role.CLERK, cast.city.construction, user=inside)

        for person in (cast.leader, inside, cast.appraiser):
            with pytest.raises(NotAllowed):
                checking.extend(report, by=person, at=JULY, version=report.version, reason="同意")
        checking.refuse_extension(report, by=cast.officer, at=JULY, version=report.version, reason="理由不足")
        assert last_day(report, REPORT) == date(2026, 7, 14)


class TestWhatTheAppraisalIsGiven:  # docs/domain.md 8.4
    def test_accepted_values_as_the_worked_example_has_them(self, cast):
        report = make.make_report(cast, span=Span.YEAR, at=local(2027, 1, 4))
        report = report.plan.reports.get(span=Span.YEAR)
        days = {
            1: date(2026, 2, 28),
            2: date(2026, 4, 28),
            3: date(2026, 6, 28),
            4: date(2026, 8, 28),
            5: date(2026, 11, 2),
        }
        for key in ("A1", "A2", "A4"):
            make.fill(report, key, by=cast.leader, at=local(2027, 1, 4))
        make.fill(report, "A3", by=cast.leader, at=local(2027, 1, 4), reached=days)
        make.submit(report, by=cast.leader, at=local(2027, 1, 4))
        make.accept(report, by=cast.appraiser, at=local(2027, 1, 6), A2=Found(Finding.UNPROVED, "无台账"))

        found = results.of_plans([report.plan], date(2027, 1, 1), as_of=local(2027, 1, 7))

        keys = dict(report.revision.indicators.values_list("key", "pk"))
        a1, a2, a3, a4 = (found[keys[key]].result for key in ("A1", "A2", "A3", "A4"))
        assert (a1.actual, a1.is_unproved) == (92, False)
        assert a2.is_unproved
        assert (a3.planned, a3.on_time, a3.late) == (5, 4, 1)
        assert a4.events == 3
        assert keys["B1"] not in found
        before = results.of_plans([report.plan], date(2027, 1, 1), as_of=local(2027, 1, 5))
        assert all(each.result.is_unproved for each in before.values())

    def test_what_was_not_reported_is_not_achieved(self, cast):
        report = make.make_report(cast)
        found = results.of_plans([report.plan], date(2026, 7, 1), as_of=JULY)

        assert len(found) == 4
        assert all(each.result.is_unproved and each.report is None for each in found.values())


class TestComments:
    def test_a_leader_comments_and_the_responsible_are_told(self, cast):
        lines = [Line("A1", responsible_post=cast.post)]
        report = make.make_report(cast, blocks={"A": ("100", lines)})
        for _twice in range(2):
            comments.comment(report.plan, by=cast.mayor, at=JULY, text="进度偏慢，抓紧推进。", indicator_key="A1")

        found = LeaderComment.objects.get()
        assert (found.organ, found.indicator_key) == (cast.city.government, "A1")
        assert told("comment") == {cast.leader.pk, cast.deputy.pk, cast.clerk.pk}
        with pytest.raises(DatabaseError), transaction.atomic():
            LeaderComment.objects.update(text="改")

    def test_8_7_before_the_period_begins_the_responsible_are_told_as_well(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, span=Span.SECOND_HALF, at=MARCH)
        opening.open_missing(at=MARCH)
        comments.comment(plan, by=cast.mayor, at=MARCH, text="早作准备。")

        assert LeaderComment.objects.get().report == plan.reports.get()
        assert told("comment") == {cast.leader.pk, cast.deputy.pk}

    def test_only_leaders_and_the_head_of_the_office(self, cast):
        plan = make.make_report(cast, post=cast.post).plan
        comments.comment(plan, by=cast.head, at=JULY, text="请按月更新。")
        for person in (cast.clerk, cast.officer, cast.appraiser):
            with pytest.raises(NotAllowed):
                comments.comment(plan, by=person, at=JULY, text="好")
        for person in (cast.tax_leader, cast.colleague):
            with pytest.raises(Absent):
                comments.comment(plan, by=person, at=JULY, text="好")

    def test_Z07_nobody_comments_on_the_own_post(self, cast):
        plan = make.make_report(cast, post=cast.leader.tenures.get().post).plan

        with pytest.raises(NotAllowed):
            comments.comment(plan, by=cast.leader, at=JULY, text="完成很好")
        comments.comment(plan, by=cast.deputy, at=JULY, text="继续努力")

    @pytest.mark.parametrize("given", [{"text": " "}, {"text": "好", "indicator_key": "Z9"}])
    def test_it_has_words_and_its_indicator_is_there(self, cast, given):
        plan = make.make_report(cast).plan

        with pytest.raises(Invalid):
            comments.comment(plan, by=cast.mayor, at=JULY, **given)


class TestWhoKnows:
    def test_values_are_read_by_those_concerned_and_the_office(self, cast):
        of_organ, of_post = make.make_report(cast), make.make_report(cast, post=cast.post)

        reads = {
            name: {
                pk for pk in Report.objects.visible_to(getattr(cast, name)).values_list("pk", flat=True)
                if pk in (of_organ.pk, of_post.pk)
            }
            for name in READERS
        }  # fmt: skip
        both = {of_organ.pk, of_post.pk}
        assert reads == {
            "leader": both, "clerk": {of_post.pk}, "colleague": set(), "officer": both, "appraiser": both,
            "inspector": set(), "auditor": set(), "mayor": both, "tax_leader": set(),
        }  # fmt: skip
        assert set(Report.objects.headers_visible_to(cast.auditor).values_list("pk", flat=True)) >= both

    def test_what_waits_for_whom(self, cast):
        report = make.make_report(cast)
        assert list(offers.waiting_for(cast.leader)) == [report]
        assert not offers.waiting_for(cast.appraiser).exists()
        make.fill_all(report, by=cast.leader)
        make.submit(report, by=cast.leader)
        assert not offers.waiting_for(cast.leader).exists()
        assert list(offers.waiting_for(cast.appraiser)) == [report]
        assert not offers.waiting_for(cast.officer).exists()
