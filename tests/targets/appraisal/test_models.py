"""What the database lets nobody write about an appraisal (docs/domain.md 8.6)."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from targets.appraisal.enums import AppraisalState, DeductionCause, Subject
from targets.models import Adjustment, Sheet, SheetDeduction, SheetLine
from tests.factories import appraisal as make
from tests.factories.targets import make_target_cast


@pytest.fixture
def cast(db):
    return make_target_cast()


@pytest.fixture
def published(cast):
    return make.make_appraised(
        cast.city.office, cast.head, [cast.city.construction, cast.city.tax], state=AppraisalState.PUBLISHED
    )


class TestWhatWasPublished:
    @pytest.mark.parametrize("changed", [{"blocks_total": 3}, {"red_cards": 3}, {"self_score": 3}, {"accounts": [3]}])
    def test_keeps_what_was_computed(self, published, changed):
        with pytest.raises(DatabaseError, match="not computed anew"), transaction.atomic():
            published.sheets.update(**changed)

    def test_keeps_its_lines_blocks_and_deductions(self, published):
        sheet = published.sheets.first()
        for change in (
            lambda: sheet.lines.update(points=1),
            lambda: sheet.lines.all().delete(),
            lambda: sheet.blocks.update(score=1),
            lambda: SheetDeduction.objects.create(sheet=sheet, kind="points", cause="criticism", points=2),
        ):
            with pytest.raises(DatabaseError, match="not computed anew"), transaction.atomic():
                change()

    def test_gets_no_other_sheets_and_loses_none(self, published, cast):
        with pytest.raises(DatabaseError, match="not computed anew"), transaction.atomic():
            make.make_sheet(published, cast.city.street)
        with pytest.raises(DatabaseError), transaction.atomic():
            SheetLine.objects.filter(sheet__appraisal=published)._raw_delete("default")
        with pytest.raises(DatabaseError), transaction.atomic():
            Sheet.objects.filter(appraisal=published)._raw_delete("default")

    def test_goes_on_with_its_states(self, published):
        assert published.sheets.update(state="final") == 2

    def test_has_its_snapshot(self, cast):
        with pytest.raises(IntegrityError, match="appraisal_published_whole"), transaction.atomic():
            make.make_appraisal(
                cast.city.office, cast.head, state=AppraisalState.PUBLISHED, snapshot_sha256="", year=2025
            )


class TestAdjustment:
    def test_takes_two_persons(self, cast):
        appraisal = make.make_appraised(cast.city.office, cast.head, [cast.city.tax])
        with pytest.raises(IntegrityError, match="adjustment_two_persons"), transaction.atomic():
            make.make_adjustment(appraisal.sheets.get(), "1", by=cast.officer, second=cast.officer)

    def test_has_points_or_a_veto_and_a_reason(self, cast):
        sheet = make.make_appraised(cast.city.office, cast.head, [cast.city.tax]).sheets.get()
        for fields in (
            {"points": Decimal(0)},
            {"points": Decimal(1), "reason": ""},
            {"points": Decimal(1), "veto": DeductionCause.INTEGRITY},
            {"points": Decimal(0), "veto": DeductionCause.CRITICISM},
        ):
            given = {"reason": "班子成员严重违纪。", "proposed_by": cast.officer, "proposed_at": make.LATER} | fields
            with pytest.raises(IntegrityError, match="adjustment_says_what_and_why"), transaction.atomic():
                Adjustment.objects.create(sheet=sheet, **given)


class TestSurveyResult:
    def test_takes_two_persons_and_stays_as_it_was_entered(self, cast):
        entered = make.make_survey(cast.city.tax, "88.6", by=cast.officer, second=None)
        with pytest.raises(IntegrityError, match="survey_result_two_persons"), transaction.atomic():
            type(entered).objects.filter(pk=entered.pk).update(confirmed_by=cast.officer, confirmed_at=make.LATER)
        type(entered).objects.filter(pk=entered.pk).update(confirmed_by=cast.head, confirmed_at=make.LATER)
        with pytest.raises(DatabaseError), transaction.atomic():
            type(entered).objects.filter(pk=entered.pk).update(score=99)


class TestWiderQuota:
    def test_is_of_people_at_most_a_quarter_and_names_its_approval(self, cast):
        whole = {
            "wider_quota": 25,
            "wider_quota_ground": "佛组函〔2027〕3号",
            "wider_quota_by": cast.head,
            "wider_quota_at": make.LATER,
        }
        make.make_appraisal(cast.city.office, cast.head, subject=Subject.POST, **whole)
        for fields in ({"wider_quota": 26}, {"wider_quota_ground": ""}, {"subject": Subject.ORGAN}):
            given = {"subject": Subject.POST, "year": 2025} | whole | fields
            with pytest.raises(IntegrityError, match="appraisal_wider_quota_whole"), transaction.atomic():
                make.make_appraisal(cast.city.office, cast.head, **given)
