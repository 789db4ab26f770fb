"""Organs, posts and duties as lists that go out and come in (docs/trust.md O-03): all or nothing, within reach."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Duty, DutyKind, Organ, Post, Role, Tenure
from efficiency.tables import Format, importing, written
from efficiency.tables.columns import head_of, shown
from efficiency.tables.models import TableUpload
from tests.factories.cases import make_cast
from tests.factories.staff import make_post, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def rows_of(name: str, by) -> list[list]:
    kind = importing.get(name, by)
    columns = kind.columns(by)
    return [head_of(columns), *(shown(columns, values) for values in kind.there(by).values())]


def send(name: str, rows: list[list], by) -> TableUpload:
    content = b"".join(written(rows, Format.XLSX))
    return importing.receive(importing.get(name, by), content, name=f"{name}.xlsx", by=by, at=timezone.now())


def faults_of(upload, by) -> list[tuple[int, str]]:
    return [(fault.row, fault.letter) for fault in importing.look(upload, by=by).table.faults]


class TestLists:
    @pytest.mark.parametrize("name", ["organs", "posts", "duties"])
    def test_what_went_out_comes_in_again_without_a_change(self, cast, name):
        post = make_post(cast.city.tax)
        # Lines as browsers end them, and places as the page of the post leaves them.
        for text in ("受理。\r\n当场办结。", "告知。"):
            Duty.objects.create(post=post, kind=DutyKind.BUSINESS, text=text)
        Post.objects.filter(pk=post.pk).update(powers="收件。\r\n出件。")
        rows = rows_of(name, cast.officer)
        seen = importing.look(send(name, rows, cast.officer), by=cast.officer)
        assert len(rows) > 1
        assert (seen.table.faults, seen.preview.same) == ([], len(rows) - 1)
        assert seen.preview.is_empty
        assert not seen.preview.gone

    def test_a_row_may_name_what_it_named_before_though_that_lies_out_of_reach(self, cast):
        district = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        below, other, above = map(make_post, (cast.city.district_office, cast.city.district_office, cast.city.tax))
        Post.objects.filter(pk=below.pk).update(superior=above)
        rows = rows_of("posts", district)
        assert importing.look(send("posts", rows, district), by=district).preview.is_empty
        row = next(row for row in rows if row[0] == other.code)
        row[5] = above.code
        assert faults_of(send("posts", rows, district), district) == [(rows.index(row) + 1, "F")]

    def test_new_and_changed_posts_are_shown_field_by_field_and_applied_together(self, cast):
        rows = rows_of("posts", cast.officer)
        rows[1][2], rows[1][9] = "改了的岗位", "二楼 3 号窗口"
        new = list(rows[1])
        new[0], new[2], new[5], new[6] = "440600-JS-99", "新岗位", rows[1][0], rows[1][0]
        upload = send("posts", [*rows, new], cast.officer)
        (change,) = importing.look(upload, by=cast.officer).preview.changed
        assert [(each.after) for each in change.fields] == ["改了的岗位", "二楼 3 号窗口"]

        importing.apply(upload, by=cast.officer, at=timezone.now())

        made = Post.objects.get(code="440600-JS-99")
        assert (made.role, made.superior.code, made.stand_in.name) == ("", rows[1][0], "改了的岗位")
        assert "xingangwei" in made.entry.text
        assert not TableUpload.objects.exists()
        assert AuditRecord.objects.filter(action="list.import").count() == 1

    def test_an_organ_is_founded_below_one_that_stands_in_the_same_file(self, cast):
        rows = rows_of("organs", cast.officer)
        day = timezone.localdate()
        parent = ["440600-ZZ", "新局", "", "440600", "city", "department", 9, "", "", "", day, None]
        child = ["440600-ZZ-1", "新局一处", "", "440600-ZZ", "city", "department", 9, "", "", "", day, None]
        importing.apply(send("organs", [*rows, parent, child], cast.officer), by=cast.officer, at=timezone.now())
        assert Organ.objects.get(code="440600-ZZ-1").parent.parent == cast.city.government
        upload = send("organs", [rows[0], [*child[:3], "440699", *child[4:]]], cast.officer)
        assert (2, "D") in faults_of(upload, cast.officer)

    def test_duties_that_the_file_lacks_are_struck_out_for_the_posts_that_it_names(self, cast):
        first, second = make_post(cast.city.tax), make_post(cast.city.tax)
        for post in (first, second):
            for place in (1, 2):
                Duty.objects.create(post=post, kind=DutyKind.BUSINESS, text=f"职责{place}。", position=place)
        rows = [rows_of("duties", cast.officer)[0], [first.code, "business", 1, "新职责。"]]
        upload = send("duties", rows, cast.officer)
        assert importing.look(upload, by=cast.officer).preview.gone == ((first.code, "business", 2),)
        importing.apply(upload, by=cast.officer, at=timezone.now())
        assert [duty.text for duty in first.duties.all()] == ["新职责。"]
        assert second.duties.count() == 2


class TestRefusals:
    def test_O03_nothing_is_applied_where_one_cell_is_wrong(self, cast):
        rows = rows_of("posts", cast.officer)
        rows[1][2], rows[2][1] = "改了的岗位", "440699"
        upload = send("posts", rows, cast.officer)
        assert faults_of(upload, cast.officer) == [(3, "B")]
        with pytest.raises(importing.Faulty):
            importing.apply(upload, by=cast.officer, at=timezone.now())
        assert not Post.objects.filter(name="改了的岗位").exists()

    def test_O03_a_list_that_changed_since_the_preview_is_looked_at_again(self, cast):
        rows = rows_of("posts", cast.officer)
        rows[1][2] = "改了的岗位"
        upload = send("posts", rows, cast.officer)
        Post.objects.filter(code=rows[2][0]).update(window="一楼")
        with pytest.raises(importing.Changed):
            importing.apply(upload, by=cast.officer, at=timezone.now())
        importing.renew(upload, by=cast.officer)
        importing.apply(upload, by=cast.officer, at=timezone.now())
        assert Post.objects.get(code=rows[1][0]).name == "改了的岗位"
        with pytest.raises(importing.Changed):
            importing.apply(upload, by=cast.officer, at=timezone.now())

    def test_O03_what_lies_out_of_reach_is_a_fault_and_no_word_of_it_is_shown(self, cast):
        district = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        rows = rows_of("posts", cast.officer)
        city = next(row for row in rows if row[1] == "440600-JS")
        upload = send("posts", [rows[0], city], district)
        assert (2, "B") in faults_of(upload, district)
        assert city[0] not in {row[0] for row in rows_of("posts", district)}

    def test_Z11_a_list_gives_no_rights_and_moves_nobody(self, cast):
        rows = rows_of("posts", cast.officer)
        held = Tenure.objects.get(user=cast.clerk).post
        row = next(row for row in rows if row[0] == held.code)
        row[1], row[4], row[12] = "440600-DS", "approver", timezone.localdate()
        assert faults_of(send("posts", rows, cast.officer), cast.officer) == [
            (rows.index(row) + 1, letter) for letter in "BEM"
        ]
        assert "role" not in {column.name for column in importing.get("posts", cast.officer).columns(cast.officer)}

    def test_Z01_whoever_may_not_write_a_list_finds_none_and_nobody_another_ones_file(self, client, cast):
        assert importing.kinds(cast.clerk) == []
        assert [kind.name for kind in importing.kinds(cast.leader)] == ["duties"]
        upload = send("posts", rows_of("posts", cast.officer), cast.officer)
        for user, address in (
            (cast.clerk, "/admin/lists/"),
            (cast.leader, "/admin/lists/posts/import/"),
            (cast.office_head, f"/admin/lists/uploads/{upload.pk}/"),
        ):
            client.force_login(user)
            assert client.get(address).status_code == 404


class TestPages:
    def test_a_workbook_is_sent_looked_at_and_applied(self, client, cast):
        client.force_login(cast.officer)
        assert client.get("/admin/lists/").status_code == 200
        out = client.post("/admin/lists/posts/export/", {"format": "xlsx"})
        content = b"".join(out.streaming_content)
        assert content.startswith(b"PK")
        rows = rows_of("posts", cast.officer)
        rows[1][2] = "改了的岗位"
        file = SimpleUploadedFile("岗位.xlsx", b"".join(written(rows, Format.XLSX)))
        sent = client.post("/admin/lists/posts/import/", {"file": file})
        page = client.get(sent["Location"])
        assert "改了的岗位" in page.content.decode()
        client.post(sent["Location"])
        assert Post.objects.get(code=rows[1][0]).name == "改了的岗位"
        assert client.get(sent["Location"]).status_code == 404

    def test_the_page_of_a_post_keeps_plain_line_ends_whatever_the_browser_sends(self, client, cast):
        post = Tenure.objects.get(user=cast.clerk).post
        sent = {"powers": "收件。\r\n出件。", "duties-TOTAL_FORMS": 1, "duties-INITIAL_FORMS": 0}
        sent |= {"duties-0-kind": "business", "duties-0-text": "受理。\r\n告知。", "duties-0-position": 0}
        sent |= {"risk_points-TOTAL_FORMS": 0, "risk_points-INITIAL_FORMS": 0}
        client.force_login(cast.leader)
        assert client.post(f"/admin/efficiency/post/{post.pk}/change/", sent).status_code == 302
        post.refresh_from_db()
        assert (post.powers, post.duties.get().text) == ("收件。\n出件。", "受理。\n告知。")

    def test_what_is_no_workbook_is_told_beside_the_field(self, client, cast):
        client.force_login(cast.officer)
        page = client.post("/admin/lists/posts/import/", {"file": SimpleUploadedFile("a.xlsx", b"nothing")})
        assert page.status_code == 200
        assert not TableUpload.objects.exists()

    def test_what_was_sent_is_forgotten_after_a_day(self, cast):
        sent = send("posts", rows_of("posts", cast.officer), cast.officer)
        assert importing.clean_up(sent.uploaded_at + importing.KEPT) == 0
        assert importing.clean_up(sent.uploaded_at + importing.KEPT + timedelta(seconds=1)) == 1
