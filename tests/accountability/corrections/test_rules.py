"""The rules of corrections, one by one (docs/domain.md 3.5, 9.2, 11)."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone, translation
from pgtrigger import ignore

from accountability.corrections import (
    answering,
    deadlines,
    erasing,
    figures,
    following,
    issuing,
    numbers,
    papers,
    quarterly,
    reviewing,
    workflow,
)
from accountability.corrections.deadlines import FINISH
from accountability.corrections.enums import Kind, Source, State
from accountability.corrections.issuing import Content, Origin
from accountability.corrections.refusals import Absent, Changed, Invalid, NotAllowed, NotInState
from accountability.models import Correction, CorrectionEvent, CorrectionFile, Paper
from accountability.papers import actions as printed
from accountability.papers import registry as paper_kinds
from complaints.enums import Outcome
from complaints.models import Case
from efficiency.access.rows import rows_of
from efficiency.audit.append_only import GONE
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions as engine
from efficiency.deadlines import rules, sweep
from efficiency.deadlines.models import DeadlineState, Escalation, Extension
from efficiency.organs.models import Role, Tenure
from efficiency.outbox.models import Message
from efficiency.timing.due import Limit, Unit
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from tests import known
from tests.factories import corrections as make
from tests.factories.cases import local
from tests.factories.corrections import CONTENT, PROOF, TUESDAY
from tests.factories.staff import make_user, seat
from tests.soundness import violated
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db


def last_day(correction, kind):
    return timezone.localdate(deadlines.last(correction, kind).due_at)


def runs(correction):
    return set(engine.running(correction).values_list("kind", flat=True))


def sound():
    """Say which invariants of corrections are violated: none may be."""
    return violated("orrection")


def told(action):
    return set(Message.objects.filter(kind=f"corrections.{action}").values_list("recipient_id", flat=True))


class TestLimits:  # 3.5; served on Tuesday 2026-03-03
    @pytest.mark.parametrize(
        ("kind", "days"),
        [
            (Kind.NOTICE, {deadlines.PLAN: date(2026, 3, 10), deadlines.FINISH: date(2026, 3, 24)}),
            (Kind.ORDER, {deadlines.ORDER_ANSWER: date(2026, 3, 10)}),
            (Kind.OPINION, {deadlines.OPINION_ANSWER: date(2026, 3, 24)}),
        ],
    )
    def test_all_time_begins_when_it_is_issued(self, cast, kind, days):
        correction = make.issue(cast, kind)

        assert {each: last_day(correction, each) for each in runs(correction)} == days
        assert deadlines.running(correction, min(days)).post == cast.post
        assert timezone.localdate(correction.next_due_at) == min(days.values())
        assert sound() == []

    def test_the_office_reviews_within_five_working_days(self, cast):
        correction = make.lead(make.issue(cast), cast, State.DONE, at=local(2026, 3, 9))

        assert runs(correction) == {deadlines.REVIEW}
        assert last_day(correction, deadlines.REVIEW) == date(2026, 3, 16)
        assert deadlines.running(correction, deadlines.REVIEW).organ == cast.city.office

    def test_without_a_post_the_leader_owes_it(self, cast):
        correction = issuing.draft(Kind.ORDER, cast.city.construction, CONTENT, by=cast.officer, at=TUESDAY)
        issuing.issue(correction, by=cast.head, at=TUESDAY, version=1)

        assert deadlines.running(correction, deadlines.ORDER_ANSWER).post == cast.leader.tenures.get().post

    def test_overdue_is_escalated_by_the_engine_like_every_promise(self, cast):
        correction = make.issue(cast)

        sweep.run(at=local(2026, 4, 20))

        levels = Escalation.objects.filter(object_id=correction.pk, kind=deadlines.FINISH)
        assert set(levels.values_list("level", flat=True)) == {1, 2, 3, 4}
        assert not Correction.objects.exclude(pk=correction.pk).exists()


class TestIssuing:
    def test_Z10_whoever_drafted_does_not_issue_not_by_another_account_either(self, cast):
        twin = make_user(full_name=cast.head.full_name, phone="13812345678")
        cast.head.phone = "13812345678"
        cast.head.save()
        seat(Role.OFFICE_OFFICER, cast.city.office, user=twin)
        for drafter in (cast.head, twin):
            correction = make.draft(cast, by=drafter)
            with pytest.raises(NotAllowed):
                issuing.issue(correction, by=cast.head, at=TUESDAY, version=1)
            issuing.issue(correction, by=cast.other_head, at=TUESDAY, version=1)

    def test_Z10_the_database_says_so_as_well(self, cast):
        correction = make.issue(cast)

        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.filter(pk=correction.pk).update(issued_by=correction.drafted_by)

    def test_whoever_changed_a_draft_last_has_drafted_it(self, cast):
        correction = make.draft(cast)
        issuing.revise(correction, by=cast.inspector, at=TUESDAY, version=1, title="新", findings="查", wanted="改")

        assert (correction.drafted_by, correction.title, correction.state) == (cast.inspector, "新", State.DRAFT)
        assert correction.events.get(action="revise").is_internal

    def test_a_number_by_office_kind_and_year(self, cast):
        first, second = make.issue(cast), make.issue(cast)
        order, opinion = make.issue(cast, Kind.ORDER), make.issue(cast, Kind.OPINION)
        later = make.issue(cast, at=local(2027, 1, 5))

        assert [each.number for each in (first, second, order, opinion, later)] == [
            "佛效改〔2026〕1号", "佛效改〔2026〕2号", "佛效督〔2026〕1号", "佛效建〔2026〕1号", "佛效改〔2027〕1号",
        ]  # fmt: skip
        assert numbers.series_of(cast.city.district_office, Kind.ORDER) == "禅效督"

    def test_before_it_is_issued_there_is_neither_number_nor_promise(self, cast):
        correction = make.draft(cast)

        assert correction.number is None
        assert runs(correction) == set()
        assert told("draft") == {cast.head.pk}
        issuing.decline(correction, by=cast.head, at=TUESDAY, version=1, reason="已自行整改")
        assert (correction.state, correction.events.last().text) == (State.DECLINED, "已自行整改")
        assert told("decline") == {cast.officer.pk}
        assert sound() == []

    def test_who_is_told_of_what(self, cast):
        correction = make.issue(cast)
        assert told("issue") == {cast.clerk.pk, cast.leader.pk, cast.officer.pk}
        make.plan(correction, cast)
        assert told("plan") >= {cast.officer.pk, cast.head.pk}
        make.report(correction, cast)
        make.send_back(correction, cast)
        assert told("find_insufficient") == {cast.head.pk}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"content": Content(" ", "查", "改")}, "title"),
            ({"content": Content("题", "", "改")}, "findings"),
            ({"content": Content("题", "查", " ")}, "wanted"),
            ({"origin": Origin(Source.INSPECTION)}, "source_text"),
            ({"origin": Origin(Source.CASE)}, "source_text"),
            ({"origin": Origin(Source.CARD)}, "source_text"),
            ({"origin": Origin(Source.ESCALATION)}, "source"),
            ({"origin": Origin(Source.GRADE)}, "source"),
        ],
    )
    def test_what_is_missing_is_named(self, cast, changes, field):
        with pytest.raises(Invalid) as refusal:
            make.draft(cast, **changes)

        assert refusal.value.field == field

    def test_only_for_organs_in_reach_and_never_against_an_own_post(self, cast):
        with pytest.raises(NotAllowed):
            make.draft(cast, by=cast.district_head)
        with pytest.raises(NotAllowed):
            make.draft(cast, by=cast.leader)
        with pytest.raises(Invalid):
            make.draft(cast, organ=cast.city.tax)
        Tenure.objects.create(user=cast.officer, post=cast.post, since=date(2024, 1, 1), until=date(2025, 1, 1))
        with pytest.raises(NotAllowed):
            make.draft(cast)
        make.draft(cast, by=cast.inspector)

    def test_of_complaints_only_one_found_justified_and_known_to_the_drafter(self, cast):
        case = Case.objects.create(
            number="XN20260000019", kind="complaint", category="inaction", title="推诿",
            description="窗口连日无人值守。",
            office=cast.city.office, organ=cast.city.construction, received_at=TUESDAY, code_hash=b"0" * 32,
        )  # fmt: skip
        with pytest.raises(Invalid):
            make.draft(cast, origin=Origin(Source.CASE, case))
        Case.objects.filter(pk=case.pk).update(outcome=Outcome.UPHELD)
        case.refresh_from_db()

        correction = make.draft(cast, origin=Origin(Source.CASE, case))

        assert correction.about == case

    def test_S10_the_same_form_drafts_and_steps_once(self, cast):
        drafts = {make.draft(cast, token="t" * 32).pk for _twice in range(2)}
        correction = Correction.objects.get(pk=drafts.pop())
        events = {
            issuing.issue(correction, by=cast.head, at=TUESDAY, version=1, token="i" * 32).pk for _twice in range(2)
        }
        other = make.draft(cast)
        issuing.issue(other, by=cast.head, at=TUESDAY, version=1, token="i" * 32)

        assert (len(drafts), len(events), other.state) == (0, 1, State.ISSUED)

    @pytest.mark.parametrize("token", [None, "i" * 32])
    def test_L01_who_may_not_is_on_record_once_whether_by_a_form_or_not(self, cast, token):
        correction = make.draft(cast)
        with pytest.raises(NotAllowed):
            issuing.issue(correction, by=cast.officer, at=TUESDAY, version=1, token=token)

        refused = AuditRecord.objects.get(action="correction.issue", outcome="refused")
        assert (refused.actor, refused.at) == (cast.officer, TUESDAY)

    def test_F21_a_stale_page_changes_nothing(self, cast):
        correction = make.draft(cast)
        with pytest.raises(Changed):
            issuing.issue(correction, by=cast.head, at=TUESDAY, version=0)
        with pytest.raises(Absent):
            issuing.issue(correction, by=cast.tax_leader, at=TUESDAY, version=1)

    def test_what_is_withdrawn_asks_for_nothing_and_stays_late_if_it_was(self, cast):
        correction = make.issue(cast)
        answering.ask_extension(correction, by=cast.clerk, at=TUESDAY, version=2, days=5, reason="设备未到")

        issuing.withdraw(correction, by=cast.head, at=local(2026, 3, 12), version=3, reason="核对有误")

        assert runs(correction) == set()
        assert deadlines.last(correction, deadlines.PLAN).is_late(at=local(2026, 4, 1))
        assert not deadlines.last(correction, deadlines.FINISH).is_late(at=local(2026, 4, 1))
        assert correction.extensions.get().state == "lapsed"
        assert sound() == []


class TestResult:
    def test_a_notice_is_planned_then_done_then_verified(self, cast):
        correction = make.issue(cast)
        make.plan(correction, cast, at=local(2026, 3, 5))
        assert runs(correction) == {deadlines.FINISH}
        make.report(correction, cast, at=local(2026, 3, 20))
        reviewing.accept(correction, by=cast.officer, at=local(2026, 3, 23), version=correction.version)

        assert correction.state == State.VERIFIED
        assert {row.state for row in deadlines.all_of(correction)} == {DeadlineState.MET}
        assert [event.action for event in correction.events.order_by("number")] == [
            "draft", "issue", "plan", "finish", "accept",
        ]  # fmt: skip
        assert CorrectionFile.objects.get().event.action == "finish"
        assert sound() == []

    def test_what_is_not_proved_counts_as_not_done(self, cast):
        correction = make.lead(make.issue(cast), cast, State.PLANNED)

        with pytest.raises(Invalid) as refusal:
            make.report(correction, cast, attachments=[])

        assert refusal.value.field == "attachments"

    def test_an_opinion_is_adopted_or_refused_with_reasons(self, cast):
        correction = make.issue(cast, Kind.OPINION)
        with pytest.raises(Invalid):
            make.report(correction, cast, is_adopted=None)

        make.report(correction, cast, is_adopted=False, text="本单位已有同类机制。")

        assert (correction.state, correction.is_adopted) == (State.DONE, False)

    def test_insufficient_is_issued_again_once_by_another_person(self, cast):
        correction = make.lead(make.issue(cast), cast, State.INSUFFICIENT)
        assert runs(correction) == {deadlines.REVIEW}
        with pytest.raises(NotAllowed):
            make.again(correction, cast, by=cast.officer)

        make.again(correction, cast, at=local(2026, 3, 9))

        assert (correction.state, correction.round, correction.number) == (State.ISSUED, 2, "佛效改〔2026〕1号")
        assert last_day(correction, deadlines.PLAN) == date(2026, 3, 16)
        assert last_day(correction, deadlines.FINISH) == date(2026, 3, 30)
        assert deadlines.last(correction, deadlines.FINISH).generation == 2
        assert sound() == []

    def test_Z10_whoever_found_it_insufficient_does_not_issue_it_again(self, cast):
        correction = make.lead(make.issue(cast), cast, State.DONE)
        make.send_back(correction, cast, by=cast.head)

        with pytest.raises(NotAllowed):
            make.again(correction, cast, by=cast.head)
        make.again(correction, cast, by=cast.other_head)

    @pytest.mark.parametrize("kind", list(Kind))
    def test_not_put_right_the_second_time_is_a_clue(self, cast, kind, monkeypatch):
        clues = []
        monkeypatch.setattr(following, "_followers", [])
        following.register(lambda correction, at: clues.append((correction.pk, at)))

        # Never laid down, nor taken from what was: who follows is not as elsewhere.
        with known.taken_for_real():
            correction = make.lead(make.issue(cast, kind), cast, State.FAILED)

        assert (correction.state, clues) == (State.FAILED, [(correction.pk, TUESDAY)])
        assert told("fail") == {cast.clerk.pk, cast.leader.pk, cast.head.pk}
        assert sound() == []

    def test_Z10_whoever_handed_in_a_result_does_not_decide_on_it(self, cast):
        own = issuing.draft(Kind.ORDER, cast.city.office, CONTENT, by=cast.officer, at=TUESDAY)
        issuing.issue(own, by=cast.other_head, at=TUESDAY, version=1)
        make.report(own, cast, by=cast.head)

        for act in (reviewing.accept, reviewing.send_back):
            words = {"reason": "再查"} if act is reviewing.send_back else {}
            with pytest.raises(NotAllowed):
                act(own, by=cast.head, at=TUESDAY, version=own.version, **words)
        reviewing.accept(own, by=cast.officer, at=TUESDAY, version=own.version)

    def test_events_only_grow(self, cast):
        correction = make.issue(cast)

        for change in (lambda rows: rows.update(text="改"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(CorrectionEvent.objects.filter(correction=correction))


class TestMoreTime:  # once, at most 15 working days, asked before the end, decided by the office
    def ask(self, correction, cast, at=TUESDAY, days=15, by=None):
        answering.ask_extension(
            correction, by=by or cast.clerk, at=at, version=correction.version, days=days, reason="设备未到"
        )

    def test_is_counted_on_from_the_old_last_day_once(self, cast):
        correction = make.issue(cast)
        with pytest.raises(NotInState):
            self.ask(correction, cast, days=16)
        self.ask(correction, cast)

        reviewing.extend(correction, by=cast.officer, at=TUESDAY, version=correction.version, reason="情况属实")

        assert last_day(correction, deadlines.FINISH) == date(2026, 4, 15)
        assert last_day(correction, deadlines.PLAN) == date(2026, 3, 10)
        with pytest.raises(NotInState):
            self.ask(correction, cast)
        assert sound() == []

    def test_a_refusal_leaves_the_old_day(self, cast):
        correction = make.issue(cast)
        self.ask(correction, cast)
        reviewing.refuse_extension(correction, by=cast.head, at=TUESDAY, version=correction.version, reason="理由不足")

        assert last_day(correction, deadlines.FINISH) == date(2026, 3, 24)
        assert correction.extensions.get().state == "refused"

    def test_asked_after_the_end_is_too_late_and_undecided_at_the_end_lapses(self, cast):
        correction, other = make.issue(cast), make.issue(cast)
        self.ask(correction, cast)
        late = local(2026, 3, 25, 0, 0)

        assert reviewing.lapse_extensions(at=late - timedelta(seconds=1)) == 0
        with pytest.raises(NotInState):
            self.ask(other, cast, at=late)
        with pytest.raises(NotInState):
            reviewing.extend(correction, by=cast.officer, at=late, version=correction.version, reason="属实")
        assert reviewing.lapse_extensions(at=late) == 1
        assert reviewing.lapse_extensions(at=late) == 0
        assert correction.extensions.get().state == "lapsed"
        assert sound() == []

    def test_orders_and_opinions_have_none(self, cast):
        for kind in (Kind.ORDER, Kind.OPINION):
            with pytest.raises(NotInState):
                self.ask(make.issue(cast, kind), cast)

    def test_what_is_done_meanwhile_needs_no_time(self, cast):
        correction = make.lead(make.issue(cast), cast, State.PLANNED)
        self.ask(correction, cast)
        make.report(correction, cast)

        assert correction.extensions.get().state == "lapsed"


class TestFigures:
    def test_8_5_each_overdue_rectification_counts_once(self, cast):
        made = [make.issue(cast) for _each in range(5)]
        in_time, late, open_, withdrawn, twice = made
        make.lead(in_time, cast, State.VERIFIED)
        for each in (late, twice):
            make.plan(each, cast)
            make.report(each, cast, at=local(2026, 3, 25))
        make.send_back(twice, cast, at=local(2026, 3, 26))
        make.again(twice, cast, at=local(2026, 3, 27))
        issuing.withdraw(withdrawn, by=cast.head, at=local(2026, 4, 1), version=2, reason="核对有误")
        organ, tax = cast.city.construction.pk, cast.city.tax.pk
        year = (date(2026, 1, 1), date(2027, 1, 1))

        found = figures.overdue_rectifications([organ, tax], *year, at=local(2026, 7, 1))

        assert found == {organ: 3, tax: 0}  # late, open, twice
        assert open_.state == State.ISSUED
        last_year = figures.overdue_rectifications([organ], date(2025, 1, 1), date(2026, 1, 1), at=local(2026, 7, 1))
        assert last_year == {organ: 0}

    def test_12_rectification_rate_is_verified_of_those_due(self, cast):
        make.lead(make.issue(cast), cast, State.VERIFIED)
        make.issue(cast)
        make.issue(cast)
        organs = [cast.city.construction.pk]

        march = figures.rectification_rate(organs, date(2026, 3, 1), date(2026, 4, 1))

        assert (march.verified, march.of, str(march.percent)) == (1, 3, "33.33")
        assert figures.rectification_rate(organs, date(2026, 2, 1), date(2026, 3, 1)).percent is None


class TestPapers:
    @pytest.mark.parametrize("kind", list(Kind))
    def test_says_to_whom_what_and_by_when(self, cast, kind):
        correction = make.issue(cast, kind)

        paper = paper_kinds.get(papers.name_of(correction)).content(correction)

        days = dict(paper.sections[-1].rows)
        assert (paper.number, paper.issuer, paper.issued_on) == (correction.number, "佛山市效能办", date(2026, 3, 3))
        assert paper.addressee == f"佛山市建设局（{cast.post.name}）"
        assert paper.title in ("督办单", "限期整改通知书", "效能监察建议书")
        texts = [line for part in paper.sections for line in part.paragraphs]
        assert {CONTENT.findings, CONTENT.wanted, CONTENT.basis} <= set(texts)
        assert (
            days
            == {
                Kind.NOTICE: {"报送整改方案": "2026年3月10日前", "完成整改并报送佐证材料": "2026年3月24日前"},
                Kind.ORDER: {"书面答复": "2026年3月10日前"},
                Kind.OPINION: {"书面答复采纳情况或者不采纳的理由": "2026年3月24日前"},
            }[kind]
        )

    def test_the_office_makes_it_whoever_reads_the_correction_opens_it_and_a_new_round_revokes_it(self, cast):
        correction = make.lead(make.issue(cast), cast, State.INSUFFICIENT)
        name = papers.name_of(correction)
        assert papers.paper_of(correction, cast.clerk) is None
        made = papers.paper_of(correction, cast.officer)
        assert made is not None
        assert not made[1]

        paper = printed.issue(name, correction, by=cast.officer, at=TUESDAY)

        assert papers.paper_of(correction, cast.clerk) == papers.paper_of(correction, cast.officer)
        assert printed.may_open(cast.clerk, paper)
        assert rows_of(Paper, cast.leader).filter(pk=paper.pk).exists()
        for stranger in (cast.colleague, cast.auditor, cast.tax_leader):
            assert not rows_of(Paper, stranger).filter(pk=paper.pk).exists()
        make.again(correction, cast)
        assert printed.valid_paper(name, correction) is None
        assert papers.content(correction).issued_on == date(2026, 3, 3)
        issuing.withdraw(correction, by=cast.head, at=TUESDAY, version=correction.version, reason="核对有误")
        assert papers.paper_of(correction, cast.officer) is None

    def test_a_draft_is_no_paper(self, cast):
        with pytest.raises(NotInState):
            papers.content(make.draft(cast))

    def test_3_5_the_notice_names_the_time_that_the_limits_allow(self, cast):
        """The notice of rectification says by how much it may be extended: as the office set it when it was issued."""
        with translation.override("zh-hans"):
            usual = papers.content(make.issue(cast))
        assert "最长不超过15个工作日" in str(usual.sections)
        rules.set_limit(
            FINISH,
            "",
            Limit(20, Unit.WORKING_DAY),
            by=cast.head,
            at=TUESDAY,
            valid_from=date(2026, 3, 10),
            reason="统一整改时限",
            extension=5,
        )
        with translation.override("zh-hans"):
            later = papers.content(make.issue(cast, at=local(2026, 3, 10)))
        assert "最长不超过5个工作日" in str(later.sections)


class TestErasing:
    def test_P10_texts_and_files_go_ten_years_after_the_end(self, cast):
        at = timezone.now()
        old, recent = (make.lead(make.issue(cast), cast, State.PLANNED) for _each in range(2))
        for each in (old, recent):
            answering.ask_extension(each, by=cast.clerk, at=TUESDAY, version=each.version, days=5, reason="设备未到")
            reviewing.extend(each, by=cast.officer, at=TUESDAY, version=each.version, reason="情况属实")
            make.report(each, cast)
            reviewing.accept(each, by=cast.officer, at=TUESDAY, version=each.version, remark="已核实")
        assert erasing.erase_texts(at=at) == 0
        # As it lies there ten years and a day later.
        long_ago = start_of(add_months(timezone.localdate(at), -120)) - timedelta(hours=1)
        with ignore("accountability.CorrectionEvent:correction_event_append_only"):
            CorrectionEvent.objects.filter(correction=old).update(at=long_ago)
        with ignore("efficiency.Extension:extension_append_only"):
            Extension.objects.filter(deadline__object_id=old.pk).update(granted_at=long_ago)
        Correction.objects.filter(pk=old.pk).update(ended_at=long_ago)

        assert erasing.erase_texts(at=at) == 1
        assert erasing.erase_texts(at=at) == 0

        old.refresh_from_db()
        assert {old.title, old.findings, old.wanted} == {GONE}
        assert set(old.events.exclude(text="").values_list("text", flat=True)) == {GONE}
        assert old.extensions.get().reason == GONE
        assert Extension.objects.get(deadline__object_id=old.pk).reason == GONE
        assert old.files.get().storage_name == ""
        assert old.number == "佛效改〔2026〕1号"
        recent.refresh_from_db()
        assert recent.title == CONTENT.title
        assert recent.events.get(action="accept").text == "已核实"

    def test_P10_not_on_the_anniversary_before_its_hour_as_the_database_would_refuse_it(self, cast):
        at = timezone.now()
        correction = make.lead(make.issue(cast), cast, State.DONE)
        reviewing.accept(correction, by=cast.officer, at=TUESDAY, version=correction.version, remark="已核实")
        later = start_of(timezone.localdate(at)) + timedelta(hours=23, minutes=59)
        Correction.objects.filter(pk=correction.pk).update(ended_at=later.replace(year=at.year - 10))

        assert erasing.erase_texts(at=at) == 0

        correction.refresh_from_db()
        assert (correction.title, correction.erased_at) == (CONTENT.title, None)


class TestProposals:
    def test_8_6_a_grade_proposes_an_opinion_once(self, cast):
        given = {"key": "grade:440600-JS:2026", "source": Source.GRADE, "at": TUESDAY, "text": "2026年度考评"}
        made = issuing.propose(Kind.OPINION, cast.city.construction, CONTENT, **given)

        assert issuing.propose(Kind.OPINION, cast.city.construction, CONTENT, **given) is None
        assert (made.state, made.office, made.drafted_by) == (State.PROPOSED, cast.city.office, None)
        assert told("propose") == {cast.head.pk}
        words = {"title": "建议", "findings": "考评不合格", "wanted": "健全制度"}
        issuing.issue_proposal(made, by=cast.head, at=TUESDAY, version=1, **words)
        assert made.state == State.ISSUED
        assert sound() == []

    def test_9_5_an_unqualified_quarter_proposes_an_opinion_once_and_after_its_end(self, cast):
        by = (cast.inspector, cast.officer)
        for day in (2, 3, 4, 5, 6):
            rows.card(cast.city.construction, "red", at=local(2026, 3, day), by=by)
        for day in (2, 3, 4):
            rows.card(cast.city.tax, "red", at=local(2026, 3, day), by=by)  # 70: qualified
        tell = Message.objects.filter(kind="corrections.propose")

        assert quarterly.propose(at=local(2026, 3, 31, 23)) == 0
        assert [quarterly.propose(at=local(2026, 4, 1, 1)) for _each in range(2)] == [1, 0]

        made = Correction.objects.get()
        assert (made.kind, made.state, made.organ, made.source) == (
            *(Kind.OPINION, State.PROPOSED, cast.city.construction, Source.GRADE),
        )
        assert "50.00分" in made.findings
        assert set(tell.values_list("recipient", flat=True)) == {cast.head.pk}
        assert sound() == []


class TestTable:
    def test_every_row_has_its_source_and_target_and_no_state_is_left_out(self):
        sources = {state for row in workflow.TABLE for state in row.sources}
        targets = {row.target for row in workflow.TABLE if row.target}

        assert sources | targets == set(State)
        assert PROOF.content
