"""Sheets as files, on one page and beside each other: what they hold and who gets them (docs/domain.md 8.8)."""

import io
from decimal import Decimal

import openpyxl
import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from efficiency.audit.models import AuditRecord
from targets.appraisal.enums import AppraisalState
from targets.models import Sheet
from targets.sheets import comparing
from tests.factories import appraisal as make

D = Decimal


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def shown(cast):
    """Return a sheet that was shown to the organ."""
    appraisal = make.make_appraised(cast.city.office, cast.head, [cast.city.construction, cast.city.tax])
    return appraisal.sheets.get(organ=cast.city.construction)


ADDRESSES = (
    ("targets:sheet", ()),
    ("targets:sheet_file", ("pdf",)),
    ("targets:sheet_file", ("xlsx",)),
    ("targets:comparison", ()),
)


class TestWho:
    @pytest.mark.parametrize(("name", "more"), ADDRESSES, ids=["page", "pdf", "xlsx", "comparison"])
    def test_Z02_office_and_the_organ_itself_and_nobody_else(self, shown, cast, name, more):
        where = reverse(name, args=[shown.pk, *more])
        for role in ("officer", "appraiser", "leader"):
            assert browser_of(getattr(cast, role)).get(where).status_code == 200, role
        for role in ("tax_leader", "clerk", "auditor", "administrator", "district_head", "inspector", "editor"):
            assert browser_of(getattr(cast, role)).get(where).status_code == 404, role
        assert Client().get(where)["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("state", [AppraisalState.SELF_SCORING, AppraisalState.SCORED])
    def test_nobody_reads_the_own_score_before_it_is_shown(self, cast, state):
        appraisal = make.make_appraised(cast.city.office, cast.head, [cast.city.construction], state=state)
        where = reverse("targets:sheet_file", args=[appraisal.sheets.get().pk, "xlsx"])

        assert browser_of(cast.leader).get(where).status_code == 404
        assert browser_of(cast.appraiser).get(where).status_code == 200

    def test_a_rank_tells_of_the_others_and_is_kept_from_the_organ_until_publication(self, shown, cast):
        where = reverse("targets:sheet", args=[shown.pk])
        labels = [dict(browser_of(user).get(where).context["facts"]) for user in (cast.appraiser, cast.leader)]

        assert len(labels[0]) == len(labels[1]) + 1


class TestFiles:
    def test_R02_the_workbook_holds_every_line_and_is_on_record(self, shown, cast):
        answer = browser_of(cast.leader).get(reverse("targets:sheet_file", args=[shown.pk, "xlsx"]))

        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row if cell is not None]
        assert {"A1", "办结率"} <= set(cells)
        assert 85 in cells
        found = AuditRecord.objects.filter(action="appraisal.export", actor_id=cast.leader.pk)
        assert [each.detail["format"] for each in found] == ["xlsx"]

    def test_the_pdf_is_the_same_each_time(self, shown, cast):
        where = reverse("targets:sheet_file", args=[shown.pk, "pdf"])
        one, other = (browser_of(cast.leader).get(where) for _each in range(2))

        assert one["Content-Type"] == "application/pdf"
        assert one.content.startswith(b"%PDF-")
        assert one.content == other.content

    def test_what_was_adjusted_stands_on_page_workbook_and_paper_and_why_the_grade_is_lower(self, shown, cast):
        two = {"by": cast.appraiser, "second": cast.officer}
        make.make_adjustment(shown, "-1.50", reason="通报批评漏计。", **two)
        make.make_adjustment(shown, "0", veto="integrity", reason="班子腐败案。", **two)
        make.make_adjustment(shown, "2", by=cast.appraiser, reason="尚未确认。")
        Sheet.objects.filter(pk=shown.pk).update(cap_reason="integrity", grade="qualified", grade_by_score="good")

        page = browser_of(cast.leader).get(reverse("targets:sheet", args=[shown.pk])).content.decode()
        book = openpyxl.load_workbook(io.BytesIO(b"".join(self.file(cast, shown, "xlsx").streaming_content)))
        cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell is not None]
        reader = pypdf.PdfReader(io.BytesIO(self.file(cast, shown, "pdf").content))
        paper = "".join(each.extract_text() for each in reader.pages).replace("\n", "")
        for where in (page, " ".join(cells), paper):
            assert "通报批评漏计。" in where
            assert "-1.5" in where.replace("−", "-")
            assert "班子腐败案。" in where
            assert "领导班子严重廉政案件" in where
            assert "尚未确认。" not in where
        assert "等次较低的原因" in cells

    def file(self, cast, sheet, form):
        return browser_of(cast.leader).get(reverse("targets:sheet_file", args=[sheet.pk, form]))

    def test_a_long_name_does_not_break_the_paper(self, shown, cast):
        shown.lines.update(name="推进" * 90)

        answer = browser_of(cast.leader).get(reverse("targets:sheet_file", args=[shown.pk, "pdf"]))

        assert answer.status_code == 200

    def test_no_other_formats(self, shown, cast):
        address = reverse("targets:sheet_file", args=[shown.pk, "pdf"]).replace("pdf", "exe")

        assert browser_of(cast.leader).get(address).status_code == 404


class TestComparison:
    @pytest.fixture
    def years(self, cast):
        """Return sheets of three years and of a half, all but the last published."""
        found = []
        for when, span, total in ((2024, "year", "80"), (2025, "year", "83.5"), (2025, "first_half", "70")):
            appraisal = make.make_appraisal(cast.city.office, cast.head, year=when, span=span, state="shown")
            found.append(
                make.make_sheet(
                    appraisal, cast.city.construction, blocks_total=D(total), computed_total=D(total), total=D(total)
                )
            )
            make.publish(appraisal, cast.head)
        running = make.make_appraisal(cast.city.office, cast.head, year=2026, state="scored")
        return [*found, make.make_sheet(running, cast.city.construction)]

    def test_from_the_oldest_to_the_newest_each_with_its_like(self, years, cast):
        answer = browser_of(cast.appraiser).get(reverse("targets:comparison", args=[years[1].pk]))

        found = answer.context["found"]
        assert [each.total for each in found.sheets] == [D(80), D(70), D("83.5"), D(85)]
        assert found.changes == (None, None, D("3.5"), D("1.5"))
        assert [row.scores for row in found.blocks] == [(D(80), D(70), D("83.5"), D(85))]
        assert [each["values"] for each in found.drawing["series"]] == [
            [80.0, None, 83.5, 85.0],
            [None, 70.0, None, None],
        ]

    def test_the_organ_does_not_see_the_running_one(self, years, cast):
        answer = browser_of(cast.leader).get(reverse("targets:comparison", args=[years[1].pk]))

        assert [each.total for each in answer.context["found"].sheets] == [D(80), D(70), D("83.5")]

    def test_it_asks_no_more_for_more_periods(self, years, cast, django_assert_num_queries):
        from targets.models import Sheet

        with django_assert_num_queries(2):
            comparing.comparison(years[0], Sheet.objects.all())
