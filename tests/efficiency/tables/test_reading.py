"""Lists that come in as a workbook (docs/trust.md O-03): read cell by cell, compared, nothing taken for granted."""

import io
import zipfile
from datetime import date

import pytest
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from openpyxl import Workbook

from efficiency.tables import Format, written
from efficiency.tables.columns import Choice, Column, Day, Flag, OneOf, Text, Whole, head_of, shown
from efficiency.tables.reading import compare, fingerprint, read
from efficiency.tables.workbook import MAX_BYTES, TOO_LARGE, NotAWorkbook


class Colour(models.TextChoices):
    HOLDER = "holder", _("holder (A)")
    STAND_IN = "stand_in", _("stand-in (B)")


COLUMNS = (
    Column("code", _("code"), Text(10), required=True),
    Column("name", _("name"), Text(20, shortest=2), required=True),
    Column("kind", _("kind of tenure"), Choice(Colour)),
    Column("since", _("since"), Day()),
    Column("place", _("position"), Whole(0, 99, blank=0)),
    Column("pilot", _("pilot"), Flag()),
    Column("organ", _("organ"), OneOf({"440600": 1}), may_miss=True),
)
ROW = {
    "code": "0757",
    "name": "=1+1",
    "kind": "holder",
    "since": date(2026, 3, 9),
    "place": 7,
    "pilot": True,
    "organ": "440600",
}


def a_file(*rows: list, head: list | None = None) -> bytes:
    return b"".join(written([head or head_of(COLUMNS), *rows], Format.XLSX))


def a_book(*rows: list) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def faults(content: bytes, **more) -> list[tuple[int, str, str]]:
    table = read(content, COLUMNS, key=["code"], **more)
    return [(fault.row, fault.letter, str(fault.message)) for fault in table.faults]


class TestRead:
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_O03_what_was_written_in_one_language_is_found_unchanged_in_the_other(self, language):
        with override(language):
            content = a_file(shown(COLUMNS, ROW))
        with override("en"):
            table = read(content, COLUMNS, key=["code"])

        assert not table.faults
        assert table.rows[0].values == ROW
        preview = compare(table, {("0757",): ROW})
        assert (preview.same, preview.new, preview.changed, preview.gone) == (1, (), (), ())

    def test_O03_a_formula_is_a_fault_of_its_cell_and_is_not_calculated(self):
        content = a_book(["code", "name", "kind", "since", "place", "pilot"], ["A1", "=1+1", "", "", "", ""])
        with override("en"):
            assert faults(content) == [(2, "B", "There is a formula in it. Put in the value itself.")]

    def test_every_fault_is_named_by_row_and_column_in_the_language_of_the_viewer(self):
        rows = (["", "x", "boss", "soon", 100, "maybe", "440699"], ["A1", "甲乙", "", "", "", "", ""])
        with override("en"):
            found = faults(a_file(*rows))
        assert [(row, letter) for row, letter, _message in found] == [(2, letter) for letter in "ABCDEFG"]
        assert found[0][2] == "Nothing is in it, but it is needed."
        with override("zh-hans"):
            chinese = faults(a_file(*rows))
        assert all(ours != theirs for (*_w, ours), (*_x, theirs) in zip(found, chinese, strict=True))

    def test_numbers_that_a_spreadsheet_made_of_codes_are_taken_as_their_digits(self):
        table = read(a_file([440600.0, 12, "", "2026/3/9", 7.0, "", ""]), COLUMNS, key=["code"])
        assert not table.faults
        assert (table.rows[0].values["code"], table.rows[0].values["name"]) == ("440600", "12")
        assert table.rows[0].values["since"] == date(2026, 3, 9)

    def test_heads_are_known_in_any_order_and_strange_missing_and_doubled_ones_are_faults(self):
        found = faults(a_file(["x"], head=["name", "Name", "what", "kind of tenure", "since", "position", "pilot"]))
        assert [(row, letter) for row, letter, _message in found] == [(1, "B"), (1, "C"), (1, "")]

    def test_the_same_key_twice_is_a_fault_that_names_the_first_row(self):
        row = ["A1", "甲乙", "", "", "", "", ""]
        with override("en"):
            assert faults(a_file(row, [], row)) == [(4, "A", "The same is in row 2 already.")]

    def test_a_column_that_may_miss_leaves_its_values_alone(self):
        head = [str(column.label) for column in COLUMNS[:-1]]
        table = read(a_file(["0757", "新名", "", "", "", ""], head=head), COLUMNS, key=["code"])
        (change,) = compare(table, {("0757",): ROW}).changed
        assert "organ" not in {field.label for field in change.fields}
        assert (change.fields[0].before, change.fields[0].after) == ("=1+1", "新名")

    def test_more_rows_than_allowed_an_empty_sheet_and_no_row_are_faults(self):
        rows = [[f"A{number}", "甲乙", "", "", "", "", ""] for number in range(4)]
        assert faults(a_file(*rows), most_rows=3)[0][0] == 5
        assert faults(a_book([None]))[0][0] == 1
        assert faults(a_file())[0][0] == 2


class TestHostileFiles:
    @pytest.mark.parametrize(
        "content",
        [b"", b"PK\x03\x04", b"<html>", b"\xd0\xcf\x11\xe0rest", b"x" * (MAX_BYTES + 1)],
        ids=["nothing", "cut", "page", "protected", "large"],
    )
    def test_what_is_no_workbook_is_refused(self, content):
        with pytest.raises(NotAWorkbook):
            read(content, COLUMNS, key=["code"])

    def test_U01_a_bomb_is_refused_before_it_is_unpacked(self):
        out = io.BytesIO(a_file(["A1"]))
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", b" " * 20_000_000)
        with pytest.raises(NotAWorkbook) as refusal:
            read(out.getvalue(), COLUMNS, key=["code"])
        assert refusal.value.message == TOO_LARGE

    def test_entities_in_its_parts_are_not_expanded(self):
        source, out = zipfile.ZipFile(io.BytesIO(a_file(["A1"]))), io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in source.namelist():
                text = source.read(name).decode()
                if name.endswith("sheet1.xml"):
                    text = text.replace("?>\n", '?>\n<!DOCTYPE x [<!ENTITY a "aaaa">]>', 1).replace("A1<", "&a;<")
                archive.writestr(name, text)
        with pytest.raises(NotAWorkbook):
            read(out.getvalue(), COLUMNS, key=["code"])

    def test_a_row_far_beyond_the_end_of_the_format_ends_the_reading(self):
        source, out = zipfile.ZipFile(io.BytesIO(a_file(["A1"]))), io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in source.namelist():
                archive.writestr(name, source.read(name).decode().replace('<row r="2">', '<row r="99999999999">'))
        with pytest.raises(NotAWorkbook):
            read(out.getvalue(), COLUMNS, key=["code"])


class TestFingerprint:
    def test_any_change_of_what_is_there_makes_another_and_order_does_not(self):
        other = {**ROW, "code": "1"}
        one = fingerprint({("0757",): ROW, ("1",): other})
        assert one == fingerprint({("1",): other, ("0757",): ROW})
        assert one != fingerprint({("0757",): {**ROW, "place": 8}, ("1",): other})
        assert one != fingerprint({("0757",): ROW})
