"""The worked example of docs/domain.md 8.4, over the rows from which everything computes itself."""

from decimal import Decimal

import pytest

from targets.appraisal import computing, snapshots
from targets.appraisal.enums import DeductionCause, DeductionKind, Grade
from targets.measures import registry
from targets.scoring.what_if import outcomes
from targets.sheets import imagined
from tests.factories import appraisal as make
from tests.targets.appraisal import year


@pytest.fixture
def appraisal(cast):
    year.lay_down(cast)
    return year.appraise(cast)


@pytest.fixture
def sheet_of(cast, appraisal):
    """Return the sheet of the construction bureau with a bonus of one point, computed and graded."""

    def compute():
        computing.compute(appraisal, at=make.LATER)
        sheet = appraisal.sheets.get(organ=cast.city.construction)
        if not sheet.adjustments.exists():
            make.make_adjustment(sheet, "1", by=cast.officer, second=cast.head)
        computing.grading(appraisal)
        sheet.refresh_from_db()
        return sheet

    return compute


def two(value):
    return value.quantize(Decimal("0.01"), "ROUND_HALF_UP")


class TestTheYear:
    def test_gives_89_70_and_good(self, cast, sheet_of):
        year.criticism(cast)

        sheet = sheet_of()
        blocks = {block.code: block for block in sheet.blocks.all()}
        weighed = {code: block.score * block.applied_weight / 100 for code, block in blocks.items()}
        assert {code: f"{points:.4f}" for code, points in weighed.items()} == {
            "A": "43.0263",
            "B": "14.6475",
            "C": "9.7200",
            "D": "9.8333",
            "E": "13.4720",
        }
        assert f"{sheet.blocks_total:.4f}" == "90.6991"
        assert (sheet.bonus, sheet.deducted) == (1, 2)
        assert sheet.total == Decimal("89.70")
        assert (sheet.grade_by_score, sheet.grade) == (Grade.GOOD, Grade.GOOD)

    def test_gives_91_70_and_excellent_without_the_criticism(self, sheet_of):
        sheet = sheet_of()

        assert (sheet.total, sheet.grade, sheet.rank) == (Decimal("91.70"), Grade.EXCELLENT, 1)

    def test_opens_every_point_to_what_it_came_from(self, cast, sheet_of):
        criticism = year.criticism(cast)

        sheet = sheet_of()
        lines = {line.key: line for line in sheet.lines.all()}
        assert {key: two(line.points) for key, line in lines.items() if line.block == "A"} == {
            "A1": Decimal("29.05"),
            "A2": Decimal("16.00"),
            "A3": Decimal("27.00"),
            "A4": Decimal("14.00"),
        }
        assert {key: (line.numerator, line.denominator) for key, line in lines.items() if line.block in "BC"} == {
            "B1": (99, 100),
            "B2": (195, 200),
            "B3": (8, 200),
            "C1": (48, 50),
            "C2": (1, 1),
        }
        for key in ("A1", "A2", "A3", "A4"):
            assert lines[key].report_value_id is not None
        for line in lines.values():
            assert line.measure == "" or registry.get(line.measure)
        taken = sheet.deductions.get(kind=DeductionKind.POINTS)
        assert (taken.cause, taken.about, taken.points) == (DeductionCause.CRITICISM, criticism, 2)
        assert (sheet.yellow_cards, sheet.red_cards) == (2, 1)


class TestTheUsualWeights:
    def test_of_block_e_are_eight_and_seven_parts_and_not_what_a_plan_can_keep_of_them(self, cast, appraisal, sheet_of):
        """The survey 88.6 and 91.2 % satisfied: 8 × 0.886 + 7 × 0.912 = 13.472 of 15."""
        assert sheet_of().blocks.get(code="E").score == Decimal("89.81333333")
        loaded = imagined.load(appraisal.sheets.all())
        computed = next(each for each in loaded.everybody if each.blocks)
        assert outcomes([computed], imagined.rules_of(appraisal))[computed.key].score == sheet_of().total


class TestTheSnapshot:
    def test_is_proven_from_the_records(self, cast, appraisal, sheet_of):
        year.criticism(cast)
        sheet_of()

        snapshot = snapshots.take(appraisal, by=cast.head, at=make.LATER)

        assert snapshots.differences(snapshot) == []
        appraisal.refresh_from_db()
        assert appraisal.snapshot_sha256 == snapshots.sha256(snapshot.content) == snapshot.sha256
