"""All sheets of an appraisal at once, from reports and measures as they were known (docs/domain.md 8.1 to 8.3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accountability.faults import clues
from accountability.faults.enums import ClueKind
from accountability.faults.words import FaultType
from accountability.models import Appeal, FaultCase, FaultEvent, FaultProposal
from efficiency.audit import verify
from efficiency.organs.models import Level, OrganKind, Role
from targets.appraisal import computing, reading, taking_part
from targets.appraisal.computing import AlreadyPublished
from targets.appraisal.enums import DeductionCause, Grade, Group, Subject
from targets.models import PlanSignature, ReportEvent, ReportFile, Sheet, SheetLine
from targets.plans.enums import IndicatorKind, RevisionState, SignatureSide, State
from targets.reports.enums import Finding
from tests.factories import appraisal as make
from tests.factories import staff
from tests.factories.cases import local
from tests.factories.targets import Line, make_plan, make_revision
from tests.targets.measures import rows

TWO = {"A": ("100", [Line("A1", "60"), Line("A2", "40", "yes_no", None)])}


@pytest.fixture
def appraisal(cast):
    return make.make_appraisal(cast.city.office, cast.appraiser)


@pytest.fixture
def plan(cast):
    return make_plan(cast.city.construction, cast.city.office, blocks=TWO, by=cast.officer, approver=cast.head)


@pytest.fixture
def computed(cast, appraisal):
    """Compute, and return the sheet of the construction bureau with its lines by key."""

    def compute():
        computing.compute(appraisal, at=make.LATER)
        sheet = appraisal.sheets.get(organ=cast.city.construction)
        return sheet, {line.key: line for line in sheet.lines.all()}

    return compute


def sound():
    """Return which invariants of appraisals are violated: none may be."""
    return [found.title for found in verify.run("I-40", "I-41") if found.violations]


def prove(report, key, *, by):
    """Put evidence to a value, as if it had come with the report."""
    event = ReportEvent.objects.create(report=report, number=9, action="submit", actor=by, at=report.submitted_at)
    value = report.values.get(indicator__key=key)
    ReportFile.objects.create(
        report=report, event=event, value=value, position=1, content_type="application/pdf",
        size=9, sha256=b"9" * 32, storage_name=f"reports/{report.pk}", created_at=report.submitted_at,
    )  # fmt: skip


class TestReports:
    def test_an_accepted_report_gives_the_points(self, cast, plan, computed):
        make.make_report(plan, {"A1": {"actual": 90}, "A2": {"done": True}}, by=cast.leader, checker=cast.appraiser)

        sheet, lines = computed()
        assert (lines["A1"].points, lines["A2"].points, sheet.total) == (54, 40, 94)
        assert sound() == []

    def test_what_is_unproved_is_not_achieved(self, cast, plan, computed):
        values = {"A1": {"actual": 90}, "A2": {"done": True, "finding": Finding.UNPROVED, "finding_text": "无佐证"}}
        make.make_report(plan, values, by=cast.leader, checker=cast.appraiser)

        sheet, lines = computed()
        assert (lines["A2"].points, lines["A2"].remark, sheet.total) == (0, computing.UNPROVED, 54)

    def test_without_a_report_everything_reported_is_nought(self, plan, computed):
        sheet, lines = computed()

        assert [(line.points, line.remark) for line in lines.values()] == [(0, computing.NO_REPORT)] * 2
        assert (sheet.total, sheet.grade) == (0, Grade.UNQUALIFIED)

    def test_a_report_that_was_accepted_afterwards_does_not_count(self, cast, plan, computed):
        values = {"A1": {"actual": 90}, "A2": {"done": True}}
        make.make_report(plan, values, by=cast.leader, checker=cast.appraiser, at=local(2027, 1, 21))

        assert computed()[0].total == 0

    def test_before_the_time_is_over_nothing_reported_is_due(self, plan, appraisal, computed):
        appraisal.as_of = local(2026, 9, 1)
        appraisal.save()

        sheet, lines = computed()
        assert [(line.left_out, line.remark) for line in lines.values()] == [(True, computing.NOT_DUE)] * 2
        assert (sheet.total, sheet.gap, sheet.rank) == (None, computing.NO_BASE, None)

    def test_false_data_vetoes(self, cast, plan, computed):
        values = {
            "A1": {"actual": 100, "finding": Finding.FALSE, "finding_text": "数据系编造"},
            "A2": {"done": True},
        }
        report = make.make_report(plan, values, by=cast.leader, checker=cast.appraiser)

        sheet, _lines = computed()
        veto = sheet.deductions.get(cause=DeductionCause.FALSE_DATA)
        assert (sheet.is_vetoed, sheet.cap, veto.about) == (True, Grade.QUALIFIED, report)

    @pytest.mark.parametrize(
        ("ground", "days", "is_vetoed"),
        [("unfounded", 0, False), ("no_fault", 0, False), ("minor", 0, True), ("unfounded", 1, True)],
    )
    def test_what_two_persons_declined_to_pursue_as_not_borne_out_was_not_false(
        self, cast, plan, appraisal, computed, ground, days, is_vetoed
    ):
        values = {
            "A1": {"actual": 100, "finding": Finding.FALSE, "finding_text": "数据系编造"},
            "A2": {"done": True},
        }
        report = make.make_report(plan, values, by=cast.leader, checker=cast.appraiser)
        at = report.checked_at
        fault = {"organ": report.organ, "post": None, "fault_type": FaultType.FALSE_DATA, "kind": ClueKind.REPORT}
        clues.from_source(report, at=at, **fault)
        case = FaultCase.objects.get()
        for step, by in (("propose_declining", cast.officer), ("confirm_declining", cast.other_officer)):
            given = {"ground": ground, "text": "经核实，数据属实。"} if step == "propose_declining" else {}
            at = appraisal.as_of + timedelta(days=days)
            getattr(clues, step)(case, by=by, at=at, version=case.version, **given)
            case.refresh_from_db()

        sheet, _lines = computed()
        assert sheet.is_vetoed == is_vetoed

    @pytest.mark.parametrize(
        ("action", "data", "responsible", "ruled", "days", "is_false"),
        [
            ("confirm_decision", {"result": "no_accountability"}, "", "", 0, False),
            ("confirm_decision", {"result": "no_accountability"}, "", "", 1, True),
            ("confirm_decision", {"result": "accountable"}, "direct", "", 0, True),
            ("confirm_ruling", {"result": "revoked"}, "direct", "revoked", 0, False),
            ("confirm_ruling", {"result": "revoked"}, "direct", "", 0, True),  # of another respondent
            ("confirm_ruling", {"result": "lighter"}, "direct", "lighter", 0, True),
        ],
    )
    def test_8_5_what_was_decided_or_ruled_to_be_no_fault_was_not_false_and_counts_as_reported(
        self, cast, plan, appraisal, computed, action, data, responsible, ruled, days, is_false
    ):
        values = {
            "A1": {"actual": 90, "finding": Finding.FALSE, "finding_text": "数据系编造"},
            "A2": {"done": True, "finding": Finding.FALSE, "finding_text": "未见佐证"},
        }
        report = make.make_report(plan, values, by=cast.leader, checker=cast.appraiser)
        prove(report, "A1", by=cast.leader)
        fault = {"organ": report.organ, "post": None, "fault_type": FaultType.FALSE_DATA, "kind": ClueKind.REPORT}
        clues.from_source(report, at=report.checked_at, **fault)
        case, at = FaultCase.objects.get(), appraisal.as_of + timedelta(days=days)
        case.respondents.update(responsibility=responsible)
        if ruled:
            proposal = FaultProposal.objects.create(
                case=case, kind="rule", text="数据属实。", proposed_by=cast.officer, proposed_at=at, state="confirmed",
                decided_by=cast.head, decided_at=at,
            )  # fmt: skip
            Appeal.objects.create(
                respondent=case.respondents.get(), level="same", office=cast.city.office, reasons="属实",
                filed_at=at, entered_by=cast.leader, result=ruled, text="数据属实。", ruled_at=at, proposal=proposal,
            )  # fmt: skip
        FaultEvent.objects.create(
            case=case, number=case.version + 1, action=action, at=at, data=data, to_state=case.state
        )

        sheet, lines = computed()

        assert sheet.is_vetoed == is_false
        # Without evidence nothing is proved, whatever became of the clue.
        assert (lines["A1"].points, lines["A1"].remark) == ((0, computing.UNPROVED) if is_false else (54, ""))
        assert (lines["A2"].points, lines["A2"].remark) == (0, computing.UNPROVED)

    def test_a_veto_of_the_plan_that_came_true_leaves_the_organ_qualified(self, cast, computed):
        blocks = {
            "A": (
                "100",
                [Line("A1", "100"), Line("V1", "0", "yes_no", None, kind=IndicatorKind.VETO, name="重大安全事故")],
            )
        }
        plan = make_plan(cast.city.construction, cast.city.office, blocks=blocks)
        make.make_report(plan, {"A1": {"actual": 100}, "V1": {"done": True}}, by=cast.leader, checker=cast.appraiser)

        sheet, lines = computed()
        assert (sheet.total, sheet.grade_by_score, sheet.grade) == (100, Grade.EXCELLENT, Grade.QUALIFIED)
        assert (lines["V1"].points, lines["V1"].weight) == (0, 0)
        assert sheet.cap_reason == DeductionCause.INDICATOR


class TestWhatCannotBeMeasured:
    def test_is_left_out_and_its_weight_spread_over_the_block(self, cast, computed):
        blocks = {
            "A": ("50", [Line("A1")]),
            "B": ("50", [Line("B1", "30", measure="on_time_acceptance"), Line("B2", "70", measure="cards_red")]),
        }
        blocks["B"][1][1].method, blocks["B"][1][1].target = "lower_better", "0"
        plan = make_plan(cast.city.construction, cast.city.office, blocks=blocks)
        make.make_report(plan, {"A1": {"actual": 80}}, by=cast.leader, checker=cast.appraiser)

        sheet, lines = computed()
        assert (lines["B1"].left_out, lines["B1"].remark, lines["B1"].applied_weight) == (True, computing.NO_BASE, 0)
        assert (lines["B2"].applied_weight, lines["B2"].points) == (100, 100)
        assert sheet.total == 90
        assert sound() == []

    def test_a_block_without_anything_to_measure_leaves_its_weight_to_the_others(self, cast, computed):
        blocks = {"A": ("40", [Line("A1")]), "C": ("60", [Line("C1", measure="requests_on_time")])}
        plan = make_plan(cast.city.construction, cast.city.office, blocks=blocks)
        make.make_report(plan, {"A1": {"actual": 80}}, by=cast.leader, checker=cast.appraiser)

        sheet, _lines = computed()
        blocks = {block.code: (block.applied_weight, block.score, block.is_left_out) for block in sheet.blocks.all()}
        assert blocks == {"A": (100, 80, False), "C": (0, None, True)}
        assert sheet.total == 80


class TestWhoTakesPart:
    def test_is_every_organ_that_the_office_answers_for(self, cast, appraisal, plan):
        computing.compute(appraisal, at=make.LATER)

        city = cast.city
        assert {(sheet.organ, sheet.group) for sheet in appraisal.sheets.select_related("organ")} == {
            (city.construction, Group.CITY_DEPARTMENTS),
            (city.tax, Group.CITY_DEPARTMENTS),
            (city.district, Group.DISTRICTS),
            # Of an office that is appraised by the one above it; and no office and no government by its own.
            (city.district_office, Group.DISTRICT_DEPARTMENTS),
        }

    def test_an_organ_without_a_plan_is_listed_without_a_score(self, cast, appraisal, plan):
        computing.compute(appraisal, at=make.LATER)

        sheet = appraisal.sheets.get(organ=cast.city.tax)
        assert (sheet.gap, sheet.total, sheet.rank, sheet.grade) == (computing.NO_PLAN, None, None, "")
        assert sheet.deductions.get().cause == DeductionCause.NOT_SIGNED

    def test_an_organ_that_was_abolished_before_the_end_takes_no_part(self, cast, appraisal):
        cast.city.tax.until = date(2026, 7, 1)
        cast.city.tax.save()

        computing.compute(appraisal, at=make.LATER)
        assert not appraisal.sheets.filter(organ=cast.city.tax).exists()

    def test_a_letter_that_was_not_signed_leaves_the_organ_at_most_qualified(self, cast, appraisal, computed):
        plan = make_plan(cast.city.construction, cast.city.office, state=State.APPROVED)
        make.make_report(plan, {"A1": {"actual": 100}}, by=cast.leader, checker=cast.appraiser)

        sheet, _lines = computed()
        assert (sheet.total, sheet.grade, sheet.cap_reason) == (100, Grade.QUALIFIED, DeductionCause.NOT_SIGNED)

    @pytest.mark.parametrize(
        ("side", "day", "grade"),
        [
            # The organ signed: that the office never did is not its fault.
            (SignatureSide.ORGAN, local(2027, 1, 19), Grade.EXCELLENT),
            (SignatureSide.ORGAN, local(2027, 1, 21), Grade.QUALIFIED),
            (SignatureSide.OFFICE, local(2027, 1, 19), Grade.QUALIFIED),
        ],
    )
    def test_the_signature_of_the_organ_counts_as_known_at_the_date(self, cast, computed, side, day, grade):
        plan = make_plan(cast.city.construction, cast.city.office, state=State.APPROVED)
        make.make_report(plan, {"A1": {"actual": 100}}, by=cast.leader, checker=cast.appraiser)
        PlanSignature.objects.create(
            plan=plan,
            revision=plan.revision,
            side=side,
            user=cast.leader,
            post=cast.leader.tenures.get().post,
            at=day,
            sha256="0" * 64,
        )

        sheet, _lines = computed()
        assert (sheet.total, sheet.grade) == (100, grade)

    def test_posts_are_those_that_somebody_holds_with_who_holds_them(self, cast):
        make_plan(cast.city.construction, cast.city.office, post=cast.post)
        empty = staff.make_post(cast.city.construction, Role.CLERK)
        appraisal = make.make_appraisal(cast.city.office, cast.appraiser, subject=Subject.POST)

        computing.compute(appraisal, at=make.LATER)
        sheets = {sheet.post_id: sheet for sheet in appraisal.sheets.select_related("organ")}
        assert sheets[cast.post.pk].person == cast.clerk
        assert sheets[cast.post.pk].gap == ""
        assert empty.pk not in sheets
        # Those of the office itself are not its own to appraise.
        assert {sheet.organ for sheet in sheets.values()} == {
            cast.city.construction,
            cast.city.tax,
            cast.city.district_office,
        }
        assert sheets[cast.colleague.tenures.get().post_id].gap == computing.NO_PLAN

    @pytest.mark.parametrize(
        ("kind", "level", "group"),
        [
            (OrganKind.DEPARTMENT, Level.CITY, Group.CITY_DEPARTMENTS),
            (OrganKind.GOVERNMENT, Level.DISTRICT, Group.DISTRICTS),
            (OrganKind.TOWN, Level.TOWN, Group.TOWNS),
            (OrganKind.STREET, Level.TOWN, Group.TOWNS),
        ],
    )
    def test_groups(self, cast, kind, level, group):
        organ = staff.make_organ("440600-X", "某局", kind, level)
        assert taking_part.group_of(organ) == group


class TestTheContentThatHeld:
    def test_is_that_of_the_date_whatever_was_changed_since(self, cast, appraisal, plan, computed):
        changed = make_revision(plan, {"A": ("100", [Line("A1", "100")])}, by=cast.officer, number=2, reason="调整")
        changed.proposed_by, changed.proposed_at = cast.officer, local(2027, 2, 1)
        changed.confirmed_by, changed.confirmed_at = cast.head, local(2027, 2, 2)
        changed.in_force_from = date(2027, 2, 2)
        first = plan.revision
        first.state = RevisionState.SUPERSEDED
        first.save()
        changed.state = RevisionState.APPROVED
        changed.save()
        plan.revision = changed
        plan.save()

        sheet, lines = computed()
        assert (sheet.revision, set(lines)) == (first, {"A1", "A2"})


class TestComputingAnew:
    def test_replaces_lines_and_keeps_the_sheets(self, cast, plan, appraisal, computed):
        sheet, _lines = computed()
        make.make_report(plan, {"A1": {"actual": 90}, "A2": {"done": True}}, by=cast.leader, checker=cast.appraiser)

        anew, lines = computed()
        assert (anew.pk, anew.total, len(lines)) == (sheet.pk, 94, 2)
        assert SheetLine.objects.filter(sheet__appraisal=appraisal).count() == 2

    def test_is_refused_once_it_was_published(self, cast, appraisal, computed):
        computed()
        make.publish(appraisal, cast.head)

        with pytest.raises(AlreadyPublished):
            computing.compute(appraisal, at=make.LATER)

    def test_keeps_the_terms_that_were_applied(self, appraisal, computed):
        appraisal.terms = {
            "opinions": {"peer": "0.4"},
            "thresholds": {"excellent": "92", "good": "80", "qualified": "60"},
        }

        computed()
        appraisal.refresh_from_db()
        assert appraisal.terms["opinions"] == {"peer": "0.4"}
        assert appraisal.terms["thresholds"]["excellent"] == "92"
        assert appraisal.terms["points"]["sanction"] == "3"
        assert appraisal.terms["share"] == "0.25"
        assert DeductionCause.NOT_SIGNED in appraisal.terms["vetoes"]

    def test_does_not_keep_a_wider_quota_beyond_its_approval(self, cast):
        approved = {
            "wider_quota": 25,
            "wider_quota_ground": "佛组函〔2027〕3号",
            "wider_quota_by": cast.head,
            "wider_quota_at": make.LATER,
        }
        appraisal = make.make_appraisal(cast.city.office, cast.appraiser, subject=Subject.POST, **approved)

        computing.compute(appraisal, at=make.LATER)
        assert appraisal.terms["person_share"] == "0.20"

    def test_leaves_out_a_figure_that_the_portal_computes_no_more(self, cast, computed):
        blocks = {"A": ("50", [Line("A1")]), "B": ("50", [Line("B1", measure="no_more")])}
        make_plan(cast.city.construction, cast.city.office, blocks=blocks)

        _sheet, lines = computed()
        assert (lines["B1"].left_out, lines["B1"].remark) == (True, computing.NO_BASE)


class TestGrading:
    def test_who_has_no_score_takes_no_part_in_the_quota_of_people(self, cast):
        appraisal = make.make_appraisal(cast.city.office, cast.appraiser, subject=Subject.POST)
        scored, without = (
            {"blocks_total": Decimal(95)},
            {
                **dict.fromkeys(("blocks_total", "computed_total", "total", "rank")),
                "gap": computing.NO_PLAN,
            },
        )
        for fields in [scored] * 4 + [without] * 6:
            post = staff.make_post(cast.city.construction, Role.CLERK)
            make.make_sheet(appraisal, cast.city.construction, post=post, person=staff.make_user(), **fields)

        computing.grading(appraisal)
        # A fifth of four is nobody; of ten it would have been two.
        assert not appraisal.sheets.filter(grade=Grade.EXCELLENT).exists()
        # The page says the places that were given out.
        assert reading.quota_of(appraisal, Group.POSTS, cast.city.construction.pk) == reading.Quota(0, 4, 0, 4)

    def test_no_reason_is_told_where_the_grade_is_that_of_the_score(self, cast, appraisal, computed, plan):
        make.make_report(plan, {"A1": {"actual": 60}, "A2": {"done": True}}, by=cast.leader, checker=cast.appraiser)
        sheet, _lines = computed()
        make.make_adjustment(sheet, "-30", by=cast.officer, second=cast.head)
        make.make_adjustment(sheet, "0", by=cast.officer, second=cast.head, veto=DeductionCause.INTEGRITY)

        computing.grading(appraisal)
        sheet.refresh_from_db()
        assert (sheet.grade, sheet.cap_reason) == (sheet.grade_by_score, DeductionCause.INTEGRITY)
        assert reading.reason_of_cap(sheet) == ""

    def test_who_held_two_posts_is_one_person_with_one_place_and_the_lower_grade(self, cast):
        appraisal = make.make_appraisal(cast.city.office, cast.appraiser, subject=Subject.POST)
        person, others = staff.make_user(), [staff.make_user() for _each in range(8)]
        scores = [(person, "96"), (person, "75"), *((other, "92") for other in others[:3])]
        scores += [(other, "80") for other in others[3:]]
        for each, score in scores:
            post = staff.make_post(cast.city.construction, Role.CLERK)
            make.make_sheet(*(appraisal, cast.city.construction), post=post, person=each, blocks_total=Decimal(score))

        computing.grading(appraisal)
        # Ten sheets of nine people: one is excellent, and not two.
        assert appraisal.sheets.filter(grade=Grade.EXCELLENT).count() == 0  # three are tied for the one place
        of_person = appraisal.sheets.filter(person=person).order_by("-total")
        assert [(sheet.total, sheet.grade_by_score, sheet.grade, sheet.cap_reason) for sheet in of_person] == [
            (96, Grade.EXCELLENT, Grade.COMPETENT, "other_post"),
            (75, Grade.COMPETENT, Grade.COMPETENT, ""),
        ]
        assert reading.quota_of(appraisal, Group.POSTS, cast.city.construction.pk) == reading.Quota(1, 3, 0, 9)

    def test_a_bonus_counts_up_to_three_points_and_a_deduction_without_limit(self, cast, plan, appraisal, computed):
        make.make_report(plan, {"A1": {"actual": 90}, "A2": {"done": True}}, by=cast.leader, checker=cast.appraiser)
        sheet, _lines = computed()
        for points in ("2", "2", "-1.5"):
            make.make_adjustment(sheet, points, by=cast.officer, second=cast.head)
        make.make_adjustment(sheet, "1", by=cast.officer)

        computing.grading(appraisal)
        sheet.refresh_from_db()
        assert (sheet.bonus, sheet.deducted, sheet.total) == (3, Decimal("1.5"), Decimal("95.50"))
        assert sound() == []

    def test_a_veto_by_hand_leaves_the_organ_qualified(self, cast, plan, appraisal, computed):
        make.make_report(plan, {"A1": {"actual": 100}, "A2": {"done": True}}, by=cast.leader, checker=cast.appraiser)
        sheet, _lines = computed()
        make.make_adjustment(sheet, "0", by=cast.officer, second=cast.head, veto=DeductionCause.INTEGRITY)

        computing.grading(appraisal)
        sheet.refresh_from_db()
        assert (sheet.grade_by_score, sheet.grade) == (Grade.EXCELLENT, Grade.QUALIFIED)
        assert (sheet.is_vetoed, sheet.cap_reason) == (True, DeductionCause.INTEGRITY)

    def test_at_most_a_quarter_of_a_group_is_excellent_and_a_tie_goes_to_fewer_cards(self, cast, appraisal):
        organs = [staff.make_organ(f"440600-Z{n}", f"某局{n}", OrganKind.DEPARTMENT) for n in range(3)]
        organs += [cast.city.construction, cast.city.tax]
        for organ in organs:
            sheet = make.make_sheet(
                appraisal, organ, blocks_total=Decimal(95), red_cards=0 if organ == organs[2] else 1
            )
            assert sheet.group == Group.CITY_DEPARTMENTS

        computing.grading(appraisal)
        graded = {sheet.organ: sheet for sheet in appraisal.sheets.select_related("organ")}
        assert [organ for organ, sheet in graded.items() if sheet.grade == Grade.EXCELLENT] == [organs[2]]
        assert {sheet.rank for sheet in graded.values()} == {1}
        assert graded[organs[0]].cap_reason == "quota"

    @pytest.mark.parametrize(("wider", "excellent"), [(None, 2), (25, 3)])
    def test_of_twelve_people_two_are_excellent_and_three_with_the_approval(self, cast, wider, excellent):
        approved = {
            "wider_quota": wider,
            "wider_quota_ground": "佛组函〔2027〕3号",
            "wider_quota_by": cast.head,
            "wider_quota_at": make.LATER,
        }
        appraisal = make.make_appraisal(
            cast.city.office, cast.appraiser, subject=Subject.POST, **approved if wider else {}
        )
        for number in range(12):
            post = staff.make_post(cast.city.construction, Role.CLERK)
            make.make_sheet(
                *(appraisal, cast.city.construction),
                post=post,
                person=staff.make_user(),
                blocks_total=Decimal(92) + Decimal(number) / 10,
            )

        computing.grading(appraisal)
        assert appraisal.sheets.filter(grade=Grade.EXCELLENT).count() == excellent

    def test_is_possible_after_publication_and_touches_no_line(self, cast, appraisal, plan, computed):
        make.make_report(plan, {"A1": {"actual": 90}, "A2": {"done": True}}, by=cast.leader, checker=cast.appraiser)
        sheet, _lines = computed()
        make.publish(appraisal, cast.head)
        make.make_adjustment(sheet, "-10", by=cast.officer, second=cast.head)

        appraisal.refresh_from_db()
        computing.grading(appraisal)
        sheet.refresh_from_db()
        assert (sheet.total, sheet.grade) == (84, Grade.GOOD)


class TestStatements:
    def test_are_as_many_for_many_organs_as_for_few(self, cast, appraisal, plan):
        make.make_report(plan, {"A1": {"actual": 90}, "A2": {"done": True}}, by=cast.leader, checker=cast.appraiser)
        by = (cast.inspector, cast.officer)

        def statements():
            with CaptureQueriesContext(connection) as asked:
                computing.compute(appraisal, at=make.LATER)
            return len(asked)

        blocks = {
            "A": ("50", [Line("A1")]),
            "B": ("50", [Line("B1", measure="on_time_acceptance"), Line("B2", measure="cards_red")]),
        }
        blocks["B"][1][0].weight, blocks["B"][1][1].weight = "50", "50"
        make_plan(cast.city.tax, cast.city.office, blocks=blocks)
        statements()
        few = statements()
        for number in range(6):
            organ = staff.make_organ(
                f"440600-Y{number}", f"某局{number}", OrganKind.DEPARTMENT, parent=cast.city.government
            )
            made = make_plan(organ, cast.city.office, blocks=blocks)
            make.make_report(made, {"A1": {"actual": number}}, by=cast.leader, checker=cast.appraiser)
            rows.card(organ, "red", at=local(2026, 3, 3), by=by)
        statements()
        assert statements() == few
        assert Sheet.objects.filter(appraisal=appraisal, gap="").count() == 8
