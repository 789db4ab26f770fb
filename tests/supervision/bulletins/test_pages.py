"""What everybody reads: pages, files, home page, open data (docs/ui.md 5.7, docs/domain.md 12)."""

import hashlib
import io
import json
import zipfile

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from efficiency import datasets
from efficiency.organs.models import Organ
from supervision.bulletins import exporting, files, gathering, paper, reading, word
from supervision.bulletins.enums import Scope
from supervision.figures import definitions
from supervision.models import BulletinFile
from tests.factories import bulletins as make
from tests.factories.cases import local

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def bulletin(cast):
    city = cast.city
    both = {city.construction: (38, 40), city.tax: (19, 20), city.street: (2, 3)}
    rows = [
        *make.counted(make.EXAMPLE),
        *(
            row
            for organ, sides in both.items()
            for row in make.counted(
                {"closing_rate": sides, "on_time_closing": sides, "cards_yellow": (1, None), "cards_red": (0, None)},
                Scope.ORGAN,
                organ.code,
                organ.name,
            )
        ),
        *make.counted({"received": (200, None), "share_kind": (200, 240)}, Scope.KIND, "complaint"),
        *make.counted({"received": (40, None), "share_kind": (40, 240)}, Scope.KIND, "request"),
        *make.counted({"received": (230, None), "on_time_closing": (80, 88)}, Scope.PREVIOUS),
        *make.counted({"received": (235, None), "on_time_closing": (80, 88)}, Scope.MONTH, "2026-02-01"),
        *make.counted({"received": (240, None), "on_time_closing": (85, 90)}, Scope.MONTH, "2026-03-01"),
    ]
    return make.make_published(cast, rows, figures="共收到{{received}}件，按时办结率{{on_time_closing}}。")


WHOLE = ("/statistics/2026-03/", "/statistics/2026-03.csv", "/statistics/2026-03.jsonl")


class TestPage:
    def test_it_shows_every_section_and_each_figure_leads_to_definition_sides_and_csv(self, client, bulletin):
        page = client.get("/statistics/2026-03/")
        text = page.content.decode()
        assert page.status_code == 200
        assert "max-age=300" in page["Cache-Control"]
        for wanted in ("94.44%", bulletin.checksum, 'id="on_time_closing"', "/statistics/definitions/#on_time_closing"):
            assert wanted in text
        assert "/statistics/2026-03/on_time_closing.csv" in text
        assert "共收到240件，按时办结率94.44%。" in text

    def test_sections_stand_in_their_fixed_order(self, client, bulletin):
        text = client.get("/statistics/2026-03/").content.decode()
        keys = ("figures", "trend", "classes", "organs", "cards", "method")
        places = [text.index(f'id="s-{key}"') for key in keys]
        assert places == sorted(places)

    def test_drafts_are_not_there(self, client, cast):
        make.make_bulletin()
        with time_machine.travel(local(2026, 9, 1)):
            assert client.get("/statistics/2026-03/").status_code == 404
            assert client.get("/statistics/2026-03.pdf").status_code == 404
            assert client.get("/statistics/2026-03/received.csv").status_code == 404

    @time_machine.travel(local(2026, 4, 20))
    def test_a_month_that_is_not_closed_says_by_when_it_comes(self, client, bulletin):
        page = client.get("/statistics/2026-04/")
        assert page.status_code == 200
        assert "5月11日" in page.content.decode()

    @time_machine.travel(local(2026, 4, 20))
    @pytest.mark.parametrize("slug", ["2026-07", "2020-01", "2026-13", "2031"])
    def test_periods_far_from_now_have_no_page(self, client, bulletin, slug):
        assert client.get(f"/statistics/{slug}/").status_code == 404

    def test_the_list_shows_the_latest_and_the_years(self, client, bulletin):
        text = client.get("/statistics/").content.decode()
        assert "2026年3月机关效能通报" in text
        assert "94.44%" in text

    def test_every_figure_has_a_definition_with_both_sides(self, client, db):
        text = client.get("/statistics/definitions/").content.decode()
        for each in definitions.definitions():
            assert f'id="{each.name}"' in text

    def test_the_pages_name_no_person(self, client, bulletin, cast):
        text = client.get("/statistics/2026-03/").content.decode()
        for person in (cast.officer, cast.head, cast.leader, cast.clerk):
            assert person.full_name not in text

    def test_the_home_page_shows_the_last_month_and_the_latest_bulletin(self, client, bulletin):
        text = client.get("/").content.decode()
        assert "94.44%" in text
        assert text.count("/statistics/2026-03/") >= 4

    def test_the_head_of_a_bulletin_takes_a_small_part_of_it(self, bulletin, cast):
        code = cast.city.construction.code
        bulletin.texts = {"headline": f"建设局{{{{closing_rate@{code}}}}}，满意率{{{{satisfaction}}}}。"}
        head, whole = reading.head_of(bulletin), reading.content_of(bulletin)
        assert head.headline() == whole.headline()
        assert head.lines(("received", "satisfaction")) == whole.lines(("received", "satisfaction"))
        assert {each.key for each in head.figures} == {"", code}


class TestFiles:
    def test_the_same_bytes_each_time(self, bulletin):
        content = reading.content_of(bulletin)
        assert paper.as_pdf(content) == paper.as_pdf(reading.content_of(bulletin))
        assert word.as_docx(content) == word.as_docx(reading.content_of(bulletin))

    def test_until_the_worker_has_made_them_papers_are_being_prepared_and_whoever_asks_makes_none(
        self, client, bulletin, monkeypatch
    ):
        monkeypatch.setattr(files, "FORMS", dict.fromkeys(files.FORMS))
        for form in ("pdf", "docx"):
            answer = client.get(f"/statistics/2026-03.{form}")
            assert (answer.status_code, answer["Cache-Control"]) == (202, "no-store")
            assert 'href="/statistics/2026-03/"' in answer.content.decode()
        assert not BulletinFile.objects.exists()

    def test_D07_a_paper_that_cannot_be_made_stops_none_of_the_others(self, client, bulletin, monkeypatch):
        monkeypatch.setattr(files, "FORMS", {"pdf": lambda _content: 1 / 0, "docx": files.FORMS["docx"]})
        with pytest.raises(ExceptionGroup):
            files.keep_missing()
        assert [each.form for each in BulletinFile.objects.all()] == ["docx"]
        assert client.get("/statistics/2026-03.docx").status_code == 200

    def test_a_published_bulletin_is_read_whole_once(self, client, bulletin, monkeypatch):
        first = {path: client.get(path).content for path in WHOLE}
        monkeypatch.setattr(reading, "content_of", None)
        assert {path: client.get(path).content for path in WHOLE} == first
        # The list shows the head alone; one figure is read by its name.
        assert client.get("/statistics/").status_code == 200
        # Whoever has it already is told that it has not changed.
        for path in WHOLE:
            tag = client.get(path)["ETag"]
            assert client.get(path, headers={"If-None-Match": tag}).status_code == 304

    def test_a_pdf_comes_of_the_frozen_figures(self, client, bulletin):
        files.keep_missing()
        pages = PdfReader(io.BytesIO(client.get("/statistics/2026-03.pdf").content)).pages
        assert "94.44%" in "".join(page.extract_text() for page in pages)

    def test_each_file_is_made_once_whoever_fetches_it(self, client, bulletin, monkeypatch):
        assert files.keep_missing() == 2
        monkeypatch.setattr(files, "FORMS", dict.fromkeys(files.FORMS))  # nothing is made any more
        assert files.keep_missing() == 0
        content = reading.content_of(bulletin)
        assert client.get("/statistics/2026-03.pdf").content == paper.as_pdf(content)
        assert client.get("/statistics/2026-03.docx").content == word.as_docx(content)

    def test_a_docx_has_chinese_fonts_heads_of_tables_and_names_nobody(self, client, bulletin, cast):
        from docx import Document

        files.keep_missing()
        made = Document(io.BytesIO(client.get("/statistics/2026-03.docx").content))
        words = "\n".join(cell.text for table in made.tables for row in table.rows for cell in row.cells)
        assert "94.44%" in words
        fonts = made.styles["Normal"].element.rPr.rFonts.attrib.values()
        assert set(fonts) == {"仿宋"}
        assert made.core_properties.author == cast.city.office.name
        assert made.core_properties.last_modified_by == ""
        archive = zipfile.ZipFile(io.BytesIO(client.get("/statistics/2026-03.docx").content))
        document = archive.read("word/document.xml").decode()
        assert "w:tblHeader" in document
        assert cast.officer.full_name not in document
        assert cast.head.full_name not in document

    def test_the_csv_has_both_sides_of_every_figure(self, client, bulletin):
        text = client.get("/statistics/2026-03.csv").content.decode("utf-8-sig")
        assert "on_time_closing" in text
        row = next(line for line in text.splitlines() if line.startswith("2026-03") and ",on_time_closing," in line)
        assert ",85,90,94.44," in row

    def test_anybody_can_make_the_checksum_anew_from_what_is_published(self, client, bulletin):
        published = client.get("/statistics/2026-03.jsonl")
        assert hashlib.sha256(published.content).hexdigest() == bulletin.checksum
        assert "/statistics/2026-03.jsonl" in client.get("/statistics/2026-03/").content.decode()
        first, *lines = [json.loads(line) for line in published.content.decode().splitlines()]
        assert first == {"period": "2026-03", "frozen_at": "2026-04-01T02:00:00+08:00"}
        told = {(each["scope"], each["key"], each["name"]): each["numerator"] for each in lines}
        rows = list(exporting.rows(reading.content_of(bulletin)))[1:]
        assert sorted(told.values()) == sorted(row[6] for row in rows)

    def test_one_figure_as_csv_has_that_figure_alone(self, client, bulletin):
        text = client.get("/statistics/2026-03/on_time_closing.csv").content.decode("utf-8-sig")
        assert all(",on_time_closing," in line for line in text.splitlines()[1:])
        assert client.get("/statistics/2026-03/profit.csv").status_code == 404


class TestHiddenCells:
    """Cells of fewer than five cases in a table by category and organ stand nowhere."""

    def test_they_are_kept_for_the_proof_and_shown_nowhere(self, client, cast):
        from supervision.bulletins.gathering import Counted

        told = make.told("received", 2, None)
        shown = make.told("received", 7, None)
        rows = [
            *make.counted(make.EXAMPLE),
            Counted(Scope.CELL, "delay|440600-DS", "不应出现的单位", "assigned", told, is_hidden=True),
            Counted(Scope.CELL, "delay|440600-JS", cast.city.construction.name, "assigned", shown),
        ]
        bulletin = make.make_published(cast, rows)
        page = client.get("/statistics/2026-03/").content.decode()
        csv = client.get("/statistics/2026-03.csv").content.decode()
        assert bulletin.figures.filter(is_hidden=True).count() == 1
        assert "不应出现的单位" not in page + csv
        canonical = client.get("/statistics/2026-03.jsonl").content.decode()
        assert "不应出现的单位" not in canonical
        assert "440600-JS" in canonical
        lines = [row for row in exporting.rows(reading.content_of(bulletin)) if row[4] == "assigned"]
        assert [line[6] for line in lines] == ["7"]


class TestOpenData:
    def test_the_dataset_has_the_same_numbers_as_the_bulletin(self, bulletin):
        found = datasets.get("statistics")
        names = [field.name for field in found.fields]
        rows = [dict(zip(names, row, strict=True)) for row in found.rows(make.THURSDAY)]
        row = next(row for row in rows if row["scope"] == "city" and row["figure"] == "on_time_closing")
        assert (row["period"], row["numerator"], row["denominator"]) == ("2026-03", "85", "90")
        assert row["definition"] == "/statistics/definitions/#on_time_closing"
        assert {row["scope"] for row in rows} == {"city", "organ", "kind"}

    def test_a_figure_that_was_corrected_says_so(self, cast, monkeypatch):
        make.make_published(cast)
        changed = make.counted({**make.EXAMPLE, "on_time_closing": (84, 90)})
        monkeypatch.setattr(gathering, "own", lambda period, at, **_more: changed)
        april = make.make_bulletin(period=make.MARCH.following)
        found = datasets.get("statistics")

        def row():
            names = [field.name for field in found.fields]
            rows = [dict(zip(names, each, strict=True)) for each in found.rows(make.THURSDAY)]
            (one,) = [each for each in rows if each["period"] == "2026-03" and each["figure"] == "on_time_closing"]
            return one["value"], one["corrected_value"], one["corrected_in"]

        assert row() == ("94.444444444444", None, None)  # what is not published is not told
        make.publish(cast, april)
        assert row() == ("94.444444444444", "93.333333333333", "/statistics/2026-04/")

    def test_a_draft_is_not_in_it_and_publishing_changes_the_stamp(self, cast):
        found = datasets.get("statistics")
        draft = make.make_bulletin()
        before = found.stamp(make.THURSDAY)
        assert list(found.rows(make.THURSDAY)) == []
        make.publish(cast, draft)
        assert found.stamp(make.THURSDAY) != before


class TestMenu:
    def test_figures_stand_in_the_menu_and_the_site_map(self, client, bulletin):
        assert 'href="/statistics/"' in client.get("/").content.decode()
        assert "/statistics/" in client.get(reverse("pages:site_map")).content.decode()
        assert Organ.objects.exists()
