"""Counts of months before the portal existed give the same rates as cases do, and go in whole or not at all."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from supervision.figures import importing, reading, rollups
from supervision.figures.asking import By, Question, figures, imported_months, recount
from supervision.figures.definitions import definition, definitions, shown
from supervision.figures.streams import SIDES
from supervision.models import ImportedCount
from tests.factories import promises
from tests.factories.cases import make_cast
from tests.moments import local
from tests.supervision.figures import month
from tests.supervision.figures.month import AS_OF, SINCE, UNTIL

pytestmark = pytest.mark.django_db
AT = local("2026-04-12 09:00")
MARCH_2005 = Question(date(2005, 3, 1), date(2005, 4, 1))


@pytest.fixture
def cast(db):
    return make_cast()


def written(*rows):
    return "\n".join(["organ,month,indicator,count", *(",".join(map(str, row)) for row in rows)]).encode()


class TestRates:
    def test_from_imported_counts_are_those_from_the_cases_themselves(self, cast):
        month.lay_down(cast)
        rollups.build(at=AS_OF)
        codes = {cast.city.construction.pk: cast.city.construction.code, cast.city.office.pk: cast.city.office.code}
        sums = reading._sums(
            sorted(importing.INDICATORS.values()), [(SINCE, UNTIL)], None, {}, "organ", ()
        )  # the counts that a file would have
        lines = [
            (codes[organ], "2005-03", stream.name.lower(), count)
            for stream, of_stream in sums.items()
            for (organ, _number), count in of_stream.items()
        ]
        assert importing.bring_in(written(*lines), "2005.csv", at=AT).new == len(lines)

        names = [each.name for each in definitions() if all(one.measure_name in SIDES for one in each.counted)]
        now = figures(names, Question(SINCE, UNTIL), by=By.ORGAN, at=AS_OF)
        then = figures(names, MARCH_2005, by=By.ORGAN, at=AS_OF)
        assert now == then
        assert now[cast.city.construction.pk]["on_time_closing"].denominator == 90
        assert then == recount(names, MARCH_2005, by=By.ORGAN, at=AS_OF)
        assert shown(then[cast.city.construction.pk]["closing_rate"], definition("closing_rate")) == "93.33"

    def test_months_that_come_from_a_file_are_marked(self, cast):
        importing.bring_in(written((cast.city.tax.code, "2005-03", "received", 7)), "2005.csv", at=AT)
        year = Question(date(2005, 1, 1), date(2006, 1, 1))
        assert imported_months(year) == (date(2005, 3, 1),)
        by_month = figures(("received",), year, by=By.MONTH, at=AT)
        assert {key: int(each["received"].value) for key, each in by_month.items() if each["received"].value} == {
            date(2005, 3, 1): 7
        }

    def test_part_of_a_month_has_no_count_of_its_own(self, cast):
        importing.bring_in(written((cast.city.tax.code, "2005-03", "received", 7)), "2005.csv", at=AT)
        assert figures(("received",), Question(date(2005, 3, 1), date(2005, 3, 15)), at=AT)[None]["received"].value == 0

    def test_a_file_tells_nothing_of_kinds(self, cast):
        importing.bring_in(written((cast.city.tax.code, "2005-03", "received", 7)), "2005.csv", at=AT)
        asked = Question(date(2005, 3, 1), date(2005, 4, 1), kind="request")
        assert figures(("received",), asked, at=AT)[None]["received"].value == 0


class TestFile:
    def test_every_fault_is_told_by_row_and_column_and_nothing_goes_in(self, cast):
        code = cast.city.tax.code
        month.rows.cases(1, organ=cast.city.tax, office=cast.city.office)
        content = written(
            (code, "2005-03", "received", 7),
            ("nobody", "2005-13", "happiness", -1),
            (code, "2005-03", "received", 8),
            (code, "2026-03", "received", 8),
            (code, "2005-04"),
        )
        found = importing.bring_in(content, "x.csv", at=AT)
        assert [(each.row, each.column) for each in found.faults] == [
            *[(3, column) for column in ("organ", "month", "indicator", "count")],
            *[(4, "indicator"), (5, "month"), (6, "organ")],
        ]
        assert not ImportedCount.objects.exists()

    @pytest.mark.parametrize("content", [b"", b"a,b\n1,2", b"organ,month,indicator,count\n", "单位".encode("gb18030")])
    def test_what_is_no_such_file_is_refused(self, db, content):
        assert importing.bring_in(content, "x.csv", at=AT).faults

    def test_the_same_file_twice_is_harmless(self, cast):
        content = written((cast.city.tax.code, "2005-03", "received", 7))
        importing.bring_in(content, "x.csv", at=AT)
        assert importing.bring_in(content, "again.csv", at=AT).was_known
        assert ImportedCount.objects.count() == 1

    def test_a_later_file_replaces_and_what_was_there_is_kept(self, cast):
        code = cast.city.tax.code
        importing.bring_in(written((code, "2005-03", "received", 7), (code, "2005-04", "received", 5)), "1.csv", at=AT)
        later = local("2026-04-13 09:00")
        content = written((code, "2005-03", "received", 9), (code, "2005-04", "received", 5))
        preview = importing.bring_in(content, "2.csv", at=later, preview=True)
        assert ImportedCount.objects.count() == 2
        found = importing.bring_in(content, "2.csv", at=later)
        assert preview == found == importing.Outcome(new=0, replaced=1, same=1)
        listed = ImportedCount.objects.filter(month=date(2005, 3, 1)).order_by("pk")
        assert list(listed.values_list("count", "replaced_at")) == [(7, later), (9, None)]
        assert figures(("received",), MARCH_2005, at=AT)[None]["received"].value == 9

    def test_a_file_brought_in_again_replaces_what_a_later_one_gave(self, cast):
        first, second = (written((cast.city.tax.code, "2005-03", "received", count)) for count in (7, 9))
        for content in (first, second):
            importing.bring_in(content, "x.csv", at=AT)
        found = importing.bring_in(first, "x.csv", at=AT)
        assert found == importing.Outcome(replaced=1, was_known=True)
        assert figures(("received",), MARCH_2005, at=AT)[None]["received"].value == 7

    def test_months_in_which_a_promise_ran_are_counted_by_the_portal_itself(self, cast):
        promises.register()
        started = local("2026-01-12 09:00")
        promises.promise(cast.city.tax, at=started)
        content = written((cast.city.tax.code, "2026-01", "received", 8))
        assert [each.column for each in importing.bring_in(content, "x.csv", at=AT).faults] == ["month"]
        assert not importing.bring_in(content.replace(b"2026-01", b"2025-12"), "x.csv", at=AT).faults
        assert imported_months(Question(date(2025, 12, 1), date(2026, 1, 1))) == (date(2025, 12, 1),)

    def test_the_command_tells_what_it_did(self, cast, tmp_path):
        file = tmp_path / "2005.csv"
        file.write_bytes(written((cast.city.tax.code, "2005-03", "received", 7)))
        told = StringIO()
        call_command("import_counts", str(file), stdout=told)
        assert json.loads(told.getvalue())["new"] == 1
        file.write_bytes(written((cast.city.tax.code, "2005-03", "received", "many")))
        wrong = StringIO()
        with pytest.raises(CommandError):
            call_command("import_counts", str(file), stderr=wrong)
        assert "2" in wrong.getvalue()
