"""Lists as files (docs/trust.md O-02): whatever a citizen typed, no cell is a formula, and nothing typed is lost."""

import csv
import io
import itertools
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from efficiency.tables import Format, written

BLANKS = ("", " ", "　", "\u00a0", "\u200b", "\ufeff ")
SIGNS = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫"
# More than three hundred cells that a spreadsheet might take for something else than text.
HOSTILE = [
    f"{blank}{sign}{rest}"
    for blank, sign, rest in itertools.product(
        BLANKS, SIGNS, ("1+1", "cmd|' /C calc'!A0", "HYPERLINK(A1)", "张三", "'")
    )
]
# Everything that a database of ours can hold: no NUL and no half of a pair (docs/trust.md O-06).
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=30)


def file(rows: list, as_: Format) -> bytes:
    return b"".join(written(rows, as_))


def read_csv(rows: list) -> list[list[str]]:
    content = file(rows, Format.CSV).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline="")))


def read_sheet(rows: list):
    return load_workbook(io.BytesIO(file(rows, Format.XLSX))).active


def as_typed(cell: str) -> str:
    """Take away the one apostrophe that may stand before a text."""
    return cell.removeprefix("'")


class TestCsv:
    def test_O02_a_text_that_looks_like_a_formula_gets_an_apostrophe(self):
        assert len(HOSTILE) > 300
        for (cell,), typed in zip(read_csv([[text] for text in HOSTILE]), HOSTILE, strict=True):
            assert cell == f"'{typed}"

    @pytest.mark.parametrize("text", ["张三", "1+1", "a=b", " 施工许可", "5", "", "（＝）"])
    def test_O02_any_other_text_is_left_alone(self, text):
        assert read_csv([[text, "x"]]) == [[text, "x"]]

    def test_O02_a_text_that_begins_with_an_apostrophe_gets_a_second(self):
        assert read_csv([["'=1"], ["'"]]) == [["''=1"], ["''"]]

    @given(TEXT)
    def test_O02_what_is_reread_less_the_apostrophe_is_what_was_typed(self, text):
        ((cell, _end),) = read_csv([[text, "x"]])

        assert as_typed(cell) == text

    def test_O02_numbers_stay_numbers(self):
        assert read_csv([[-5, 3.5, Decimal("-1.20"), None]]) == [["-5", "3.5", "-1.20", ""]]

    def test_days_and_moments_are_local(self):
        moment = datetime(2026, 3, 2, 17, 30, 59, tzinfo=UTC)

        assert read_csv([[date(2026, 3, 3), moment]]) == [["2026-03-03", "2026-03-03 01:30"]]


class TestXlsx:
    def test_O02_no_cell_is_a_formula_and_each_says_what_was_typed(self):
        sheet = read_sheet([["head"], *([text] for text in HOSTILE)])
        cells = [row[0] for row in sheet.iter_rows(min_row=2)]

        assert {cell.data_type for cell in cells} == {"s"}
        assert [unescape(cell.value) for cell in cells] == HOSTILE

    @given(TEXT)
    def test_O02_what_is_reread_is_what_was_typed(self, text):
        cell = read_sheet([["head"], [text]])["A2"]

        assert cell.data_type == ("s" if text else "n")
        assert unescape(cell.value or "") == text

    def test_O02_telephone_and_case_numbers_are_text_and_numbers_stay_numbers(self):
        row = read_sheet([["head"] * 3, ["00013812345678", "20260000017", -5]])[2]

        assert [(cell.value, cell.data_type) for cell in row] == [
            ("00013812345678", "s"),
            ("20260000017", "s"),
            (-5, "n"),
        ]

    def test_days_and_moments_are_dates_of_the_sheet_and_local(self):
        row = read_sheet([["a", "b"], [date(2026, 3, 3), datetime(2026, 3, 2, 17, 30, 59, tzinfo=UTC)]])[2]

        assert all(cell.is_date for cell in row)
        assert [cell.value for cell in row] == [datetime(2026, 3, 3), datetime(2026, 3, 3, 1, 30)]  # noqa: DTZ001

    def test_a_text_longer_than_a_cell_is_refused(self):
        with pytest.raises(ValueError, match="32767"):
            file([["head"], ["长" * 32_768]], Format.XLSX)


class TestBoth:
    @pytest.mark.parametrize("as_", Format)
    def test_rows_leave_while_they_come(self, as_):
        read = []

        def rows():
            for number in range(20_000):
                read.append(number)
                yield [number, f"施工许可迟迟不批{number * number}"]

        pieces = written(rows(), as_)

        assert len(next(pieces)) < 200_000
        assert len(read) < 20_000
        assert len(list(pieces)) >= 2

    @pytest.mark.parametrize("as_", Format)
    @pytest.mark.parametrize("value", [True, ["a"], object()])
    def test_nothing_else_is_written(self, as_, value):
        with pytest.raises(TypeError):
            file([[value]], as_)
