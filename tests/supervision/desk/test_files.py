"""What is taken out of the overview: tables, the page as PDF, short and long lists (docs/trust.md O-02, S-05, Z-13)."""

import io
from datetime import timedelta

import openpyxl
import pytest
import time_machine
from django.http import QueryDict

from complaints.enums import RecusalGround
from complaints.models import Recusal
from efficiency.access import confirming
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.files import making, store
from efficiency.organs.models import Role, Tenure
from efficiency.refusals import Invalid
from efficiency.tables import Format
from supervision.desk import blocks, exporting, refusals
from supervision.desk.asked import ask
from supervision.models import DeskExport, ExportState
from targets.measures.registry import Part
from tests.factories.staff import seat
from tests.supervision.desk.conftest import MARCH, NOW, browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_of_the_test(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        }
    }


@pytest.fixture
def long(monkeypatch):
    """Let a list of more than three rows be a long one."""
    monkeypatch.setattr(exporting, "MOST_AT_ONCE", 3)


def bytes_of(answer):
    return b"".join(answer.streaming_content)


def ordered(cast, **changes):
    given = {"by": cast.officer, "at": NOW, "query": QueryDict("period=2026-03"), "as_": Format.CSV}
    return exporting.order("on_time_closing", Part.DENOMINATOR, **given | {"is_confirmed": True} | changes)


class TestTables:
    @pytest.mark.parametrize("name", ["figures", "overdue", "trend", "ranking", "doubts", "systems"])
    def test_every_table_goes_out_with_filters_cut_off_and_definitions(self, cast, march, name):
        answer = browser(cast.officer).get(f"/supervision/tables/{name}/", {"as": "csv", "kind": "complaint", **MARCH})

        text = bytes_of(answer).decode("utf-8-sig")
        assert "2026年3月" in text
        assert "诉求类型,投诉" in text
        assert "统计截止,2026-04-10 12:00" in text
        assert "指标释义：" in text or name in ("doubts", "systems")
        assert AuditRecord.objects.filter(action="desk.export", actor_id=cast.officer.pk).count() == 1

    def test_O02_a_workbook_holds_text_as_text(self, cast, march):
        cast.city.tax.short_name = "=1+1"
        cast.city.tax.save()
        answer = browser(cast.officer).get("/supervision/tables/ranking/", {"as": "xlsx", **MARCH})

        sheet = openpyxl.load_workbook(io.BytesIO(bytes_of(answer))).active
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert "=1+1" in [cell.value for cell in cells]
        assert all(cell.data_type != "f" for cell in cells)

    def test_cards_have_tables_once_there_are_any(self, cast, march):
        assert browser(cast.officer).get("/supervision/tables/cards-rules/").status_code == 404
        assert browser(cast.officer).get("/supervision/tables/nothing/").status_code == 404

    def test_the_page_on_paper_has_the_tables_of_the_outlook(self, cast, march):
        asked = ask(cast.officer, QueryDict("period=2026-03"), NOW)[1]

        assert {"figures", "trend", "ranking", "doubts", "systems"} <= set(blocks.tables(asked))
        assert "doubts" not in blocks.tables(ask(cast.clerk, QueryDict("period=2026-03"), NOW)[1])

    def test_filters_that_make_no_sense_give_no_file(self, cast, march):
        assert browser(cast.officer).get("/supervision/tables/trend/", {"period": "x"}).status_code == 400

    def test_R02_so_many_files_an_hour(self, cast, march):
        officer = browser(cast.officer)
        answers = [officer.get("/supervision/tables/trend/", {"as": "csv"}).status_code for _each in range(40)]

        assert answers[0] == 200
        assert answers[-1] == 429

    def test_the_page_is_a_pdf(self, cast, march):
        answer = browser(cast.officer).get("/supervision/overview.pdf", MARCH)

        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")


class TestRows:
    def test_a_short_list_goes_out_at_once(self, cast, march):
        answer = browser(cast.officer).get(
            "/supervision/figures/on_time_closing/rows/", {"part": "denominator", "as": "csv", **MARCH}
        )

        text = bytes_of(answer).decode("utf-8-sig")
        assert all(case.number in text for found in march for case in found)

    def test_the_auditor_takes_out_no_row(self, cast, march):
        answer = browser(cast.auditor).get(
            "/supervision/figures/on_time_closing/rows/", {"part": "denominator", "as": "csv", **MARCH}
        )

        assert "TS2026" not in bytes_of(answer).decode()

    def test_a_long_list_leads_to_where_it_is_asked_for(self, cast, march, long):
        query = {"part": "denominator", "as": "csv", **MARCH}
        answer = browser(cast.officer).get("/supervision/figures/on_time_closing/rows/", query)

        assert answer.status_code == 302
        assert (
            "/supervision/figures/on_time_closing/order/?period=2026-03&part=denominator&as=csv" in answer["Location"]
        )


class TestLongLists:
    def test_S05_it_goes_out_only_after_the_password(self, cast, march):
        with pytest.raises(Invalid):
            ordered(cast, is_confirmed=False)

    def test_it_is_asked_for_made_and_fetched(self, cast, march):
        export = ordered(cast)
        assert exporting.make_due(at=NOW) == 1
        export.refresh_from_db()

        content = exporting.fetch(export, by=cast.officer, at=NOW, is_confirmed=True).decode()

        assert (export.state, export.rows) == (ExportState.READY, 8)
        assert all(case.number in content for found in march for case in found)
        actions = ["desk.ask_export", "desk.make_export", "desk.fetch_export"]
        assert [AuditRecord.objects.filter(action=action).count() for action in actions] == [1, 1, 1]

    def test_the_form_asks_for_the_password_and_the_list_shows_the_file(self, cast, march, long, monkeypatch):
        officer = browser(cast.officer)
        address = "/supervision/figures/on_time_closing/order/?period=2026-03&part=denominator"
        monkeypatch.setattr(confirming, "is_recent", lambda request, *, at: False)
        assert officer.post(address, {"format": "csv"}).context["form"].errors
        monkeypatch.setattr(confirming, "is_recent", lambda request, *, at: True)

        assert officer.post(address, {"format": "csv"})["Location"] == "/supervision/exports/"
        exporting.make_due(at=NOW)
        export = DeskExport.objects.get()

        assert f"/supervision/exports/{export.pk}/" in officer.get("/supervision/exports/").content.decode()
        assert officer.get(f"/supervision/exports/{export.pk}/").status_code == 200
        assert browser(cast.inspector).get(f"/supervision/exports/{export.pk}/").status_code == 404

    def test_whoever_asks_twice_gets_one(self, cast, march):
        assert ordered(cast) == ordered(cast)

    def test_two_workers_make_it_once(self, cast, march):
        export = ordered(cast)
        leased = exporting.MAKER.take(NOW)

        assert leased == export
        assert exporting.make_due(at=NOW) == 0

    def test_D07_one_that_was_killed_is_made_again_and_comes_to_rest(self, cast, march):
        export = ordered(cast)
        for turn in range(making.MOST_ATTEMPTS):
            assert exporting.MAKER.take(NOW + turn * making.LEASE) == export
        assert exporting.MAKER.take(NOW + making.MOST_ATTEMPTS * making.LEASE) is None

        export.refresh_from_db()
        assert export.state == ExportState.FAILED

    def test_Z13_rights_are_asked_again_when_it_is_made_and_fetched(self, cast, march):
        export, other = ordered(cast), ordered(cast, as_=Format.XLSX)
        exporting.make_due(at=NOW)
        export.refresh_from_db()
        with pytest.raises(refusals.NotAllowed):
            exporting.fetch(export, by=cast.inspector, at=NOW, is_confirmed=True)
        late = ordered(cast, query=QueryDict("period=2026-02"))
        Tenure.objects.filter(user=cast.officer).update(until=NOW.date())
        exporting.make_due(at=NOW)
        late.refresh_from_db()

        assert late.state == ExportState.REFUSED
        assert other.pk != export.pk

    def test_Z13_a_file_with_a_row_that_became_absent_is_made_anew_without_it(self, cast, march, monkeypatch):
        monkeypatch.setattr(confirming, "is_recent", lambda request, *, at: True)
        _kept, broken = march
        export = ordered(cast)
        exporting.make_due(at=NOW)
        export.refresh_from_db()
        Recusal.objects.create(
            case=broken[0], user=cast.officer, ground=RecusalGround.DECLARED, reason="亲属", at=NOW, by=cast.officer
        )

        answer = browser(cast.officer).post(f"/supervision/exports/{export.pk}/", follow=True)
        export.refresh_from_db()

        assert "重新生成" in answer.content.decode()
        assert (export.state, export.storage_name) == (ExportState.WAITING, "")
        assert exporting.make_due(at=NOW) == 1
        export.refresh_from_db()
        content = exporting.fetch(export, by=cast.officer, at=NOW, is_confirmed=True).decode()
        assert broken[0].number not in content
        assert broken[1].number in content

    def test_Z13_a_file_of_an_organ_out_of_reach_by_now_goes_to_nobody(self, cast, march):
        export = ordered(cast)
        exporting.make_due(at=NOW)
        Tenure.objects.filter(user=cast.officer).update(until=NOW.date())
        seat(Role.OFFICE_OFFICER, cast.city.district_office, user=cast.officer)
        export.refresh_from_db()

        with pytest.raises(Invalid):
            exporting.fetch(export, by=cast.officer, at=NOW, is_confirmed=True)
        export.refresh_from_db()
        assert export.state == ExportState.WAITING

    def test_O02_a_refusal_stays_on_record_when_what_was_begun_is_taken_back(self, cast, march, monkeypatch):
        monkeypatch.setattr(exporting, "may_open", lambda user: False)

        with pytest.raises(refusals.NotAllowed):
            ordered(cast)

        assert AuditRecord.objects.filter(action="desk.export", outcome=Outcome.REFUSED).count() == 1
        assert not DeskExport.objects.exists()

    def test_filters_too_long_to_be_kept_are_refused_in_words(self, cast, march):
        organ = "0" * 600 + str(cast.city.tax.pk)
        answer = browser(cast.officer).post(
            f"/supervision/figures/on_time_closing/order/?period=2026-03&part=denominator&organ={organ}",
            {"format": "csv"},
        )

        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert not DeskExport.objects.exists()

    def test_it_is_gone_after_a_day(self, cast, march):
        export = ordered(cast)
        exporting.make_due(at=NOW)
        export.refresh_from_db()
        with time_machine.travel(NOW + timedelta(hours=25), tick=False):
            later = NOW + timedelta(hours=25)
            with pytest.raises(Invalid):
                exporting.fetch(export, by=cast.officer, at=later, is_confirmed=True)
            assert not exporting.exports_of(cast.officer, at=later).exists()
            assert exporting.remove_expired(at=later) == 1
        assert not DeskExport.objects.exists()
        assert exporting.kept_too_long() == 0
        assert store.count_mismatches() == 0


def test_each_table_of_the_page_can_be_asked_for_by_its_name(cast, march):
    from supervision.desk.asked import ask

    asked = ask(cast.officer, QueryDict("period=2026-03"), NOW)[1]

    for name in blocks.tables(asked):
        assert blocks.table(name, asked).name == name
