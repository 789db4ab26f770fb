"""Duties and what is to be published in the back office: who finds what, and what can be done with it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from disclosure.catalogue import exchange, raising, showing
from disclosure.enums import OwedState, Rhythm
from disclosure.models import OwedPublication, PublicationDuty
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import sweep
from efficiency.organs.models import Role
from efficiency.tables import Format, importing, written
from efficiency.tables.columns import head_of, shown
from tests.factories.cases import make_cast
from tests.factories.disclosure import make_column, make_duty, make_published
from tests.factories.staff import make_post, seat
from tests.moments import local

pytestmark = pytest.mark.django_db

NOW = local("2026-03-02 09:30")
OWED = "/admin/disclosure/owedpublication/"
DUTY = "/admin/disclosure/publicationduty/"


@pytest.fixture
def cast():
    cast = make_cast()
    cast.editor = seat(Role.DISCLOSURE_EDITOR, cast.city.construction)
    cast.district_officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)
    return cast


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def owe(organ, **fields) -> OwedPublication:
    duty = make_duty(organ, holds_from=fields.pop("holds_from", NOW.date()), **fields)
    raising.raise_due(at=NOW)
    return duty.owed.get()


class TestWork:
    def test_the_editor_finds_what_the_own_organ_is_to_publish_most_urgent_first(self, cast, monkeypatch):
        monkeypatch.setattr(showing, "draft_path", lambda owed: f"/draft/?owed={owed.pk}")
        later = owe(cast.city.construction, title="权责清单")
        overdue = owe(cast.city.construction, title="部门预算", holds_from=date(2026, 1, 1), limit=5)
        owe(cast.city.tax, title="税务公开")

        page = browser(cast.editor).get("/admin/")

        body = page.content.decode()
        assert body.index(overdue.title) < body.index(later.title)
        assert "税务公开" not in body
        assert f'href="/draft/?owed={overdue.pk}"' in body
        (part,) = (each["part"] for each in page.context["parts"] if "verb" in (each["part"] or {}))
        assert part["counts"] == {"open": 2, "overdue": 1, "soon": 0}
        # A leader reads it, and publishes nothing.
        assert f"/draft/?owed={overdue.pk}" not in browser(cast.leader).get("/admin/").content.decode()

    def test_the_list_begins_with_what_is_open_by_the_time_left(self, cast):
        first = owe(cast.city.construction, limit=5)
        second = owe(cast.city.construction)
        OwedPublication.objects.filter(pk=owe(cast.city.construction).pk).update(
            state=OwedState.RELEASED, release_reason="x", released_at=NOW
        )
        listed = browser(cast.editor).get(OWED).context["cl"].result_list
        assert list(listed) == [first, second]
        for standing, count in (("overdue", 0), ("soon", 0), ("released", 1), ("all", 3)):
            page = browser(cast.editor).get(f"{OWED}?standing={standing}")
            assert page.context["cl"].result_count == count, standing

    def test_Z02_of_an_organ_out_of_reach_nothing_is_there(self, cast):
        owed = owe(cast.city.tax)
        for user in (cast.editor, cast.leader, cast.district_officer):
            assert browser(user).get(f"{OWED}{owed.pk}/change/").status_code == 404
            assert browser(user).get(OWED).context["cl"].result_count == 0
        assert browser(cast.clerk).get(OWED).status_code == 404


class TestActs:
    def test_the_office_releases_on_a_page_of_its_own(self, cast):
        owed = owe(cast.city.construction)
        address = f"{OWED}{owed.pk}/release/"
        assert browser(cast.editor).get(address).status_code == 403
        assert browser(cast.officer).post(address, {"reason": ""}).context["form"].errors
        assert browser(cast.officer).post(address, {"reason": "职能划转"}).status_code == 302
        owed.refresh_from_db()
        assert (owed.state, owed.released_by) == (OwedState.RELEASED, cast.officer)
        assert "职能划转" in browser(cast.editor).get(f"{OWED}{owed.pk}/change/").content.decode()

    def test_the_editor_names_a_document_that_is_published_already(self, cast):
        owed = owe(cast.city.construction)
        version = make_published(cast.city.construction, owed.duty.column, at=NOW - timedelta(days=90))
        other = make_published(cast.city.construction, make_column("fees"), at=NOW)
        address = f"{OWED}{owed.pk}/fulfil/"
        assert browser(cast.leader).get(address).status_code == 403
        assert browser(cast.editor).post(address, {"document": other.document_id}).context["form"].errors
        assert browser(cast.editor).post(address, {"document": version.document_id}).status_code == 302
        owed.refresh_from_db()
        assert owed.document_id == version.document_id

    def test_the_page_shows_the_promise_with_its_account_and_who_answers(self, cast):
        owed = owe(cast.city.construction)
        page = browser(cast.inspector).get(f"{OWED}{owed.pk}/change/")
        body = page.content.decode()
        assert cast.editor.full_name in body
        assert 'data-due="2026-03-30T23:59:59+08:00"' in body

    def test_an_overdue_one_stands_among_the_broken_promises_of_the_office(self, cast):
        owed = owe(cast.city.construction, holds_from=date(2026, 1, 1), limit=5)
        sweep.run(at=NOW)
        for query in ("", f"?words={owed.number}", f"?words={owed.title}"):
            page = browser(cast.officer).get(f"/supervision/escalations/{query}")
            (row,) = (row for row in page.context["rows"] if row.further)
            assert (row.further.number, row.further.title) == (owed.number, owed.title)
        page = browser(cast.officer).get(reverse("supervision:escalation", args=[row.escalation.pk]))
        assert f"{OWED}{owed.pk}/change/" in page.content.decode()
        page = browser(cast.district_officer).get("/supervision/escalations/")
        assert not any(row.further for row in page.context["rows"])


class TestDuties:
    def form(self, cast, **fields):
        given = {"organ": cast.city.construction.pk, "column": make_column("fees").pk, "title": "收费目录", "limit": 20}
        given |= {"rhythm": Rhythm.ONCE, "legal_basis": "第二十条第八项", "holds_from": "2026-03-02", "event": ""}
        return given | fields

    def test_the_office_lays_changes_and_ends_one(self, cast):
        officer = browser(cast.officer)
        assert officer.post(f"{DUTY}add/", self.form(cast, limit=21)).context["errors"]
        assert officer.post(f"{DUTY}add/", self.form(cast)).status_code == 302
        duty = PublicationDuty.objects.get()
        assert duty.owed.get().due_on == date(2026, 3, 30)

        changed = self.form(cast, limit=10, organ=cast.city.tax.pk, rhythm=Rhythm.MONTHLY)
        assert officer.post(f"{DUTY}{duty.pk}/change/", changed).status_code == 302
        duty.refresh_from_db()
        assert (duty.limit, duty.organ, duty.rhythm) == (10, cast.city.construction, Rhythm.ONCE)
        page = officer.get(f"{DUTY}{duty.pk}/change/")
        assert len(page.context["changes"]) == 2

        end = {"on": "2026-03-02", "reason": "并入其他事项"}
        assert officer.post(f"{DUTY}{duty.pk}/end/", end).status_code == 302
        assert duty.owed.get().state == OwedState.RELEASED
        assert AuditRecord.objects.filter(action="publicationduty.end").count() == 1
        assert officer.post(f"{DUTY}{duty.pk}/change/", self.form(cast)).status_code == 403

    def test_Z01_others_of_the_organ_read_and_nobody_else(self, cast):
        duty = make_duty(cast.city.construction, holds_from=NOW.date())
        for user in (cast.editor, cast.leader, cast.inspector, cast.auditor):
            assert browser(user).get(f"{DUTY}{duty.pk}/change/").status_code == 200
            assert browser(user).post(f"{DUTY}{duty.pk}/change/", self.form(cast)).status_code == 403
            assert browser(user).get(f"{DUTY}{duty.pk}/end/").status_code == 403
            assert browser(user).get(f"{DUTY}lay/").status_code == 403
        assert browser(cast.tax_clerk).get(f"{DUTY}{duty.pk}/change/").status_code == 404
        assert browser(cast.district_officer).get(f"{DUTY}{duty.pk}/end/").status_code == 404

    def test_the_standard_set_is_laid_on_the_organs_that_are_ticked(self, cast):
        officer = browser(cast.officer)
        page = officer.get(f"{DUTY}lay/")
        form = page.context["form"]
        sent = {
            "organs": [cast.city.tax.pk, cast.city.street.pk],
            "only": ["guide", "fees"],
            "holds_from": "2026-03-02",
        }
        assert len(form.initial["only"]) > 15
        assert officer.post(f"{DUTY}lay/", sent).status_code == 302
        assert officer.post(f"{DUTY}lay/", sent).status_code == 302
        assert PublicationDuty.objects.count() == 4
        all_of_district = {"below": cast.city.district.pk, "only": ["guide"], "holds_from": "2026-03-02"}
        assert officer.post(f"{DUTY}lay/", all_of_district).status_code == 302
        assert PublicationDuty.objects.filter(title="政府信息公开指南").count() == 4
        assert officer.post(f"{DUTY}lay/", {"only": ["guide"], "holds_from": "2026-03-02"}).context["form"].errors
        assert browser(cast.district_officer).post(f"{DUTY}lay/", sent).context["form"].errors["organs"]


class TestWorkbook:
    def rows(self, by) -> list[list]:
        kind = importing.get(exchange.NAME, by)
        columns = kind.columns(by)
        return [head_of(columns), *(shown(columns, values) for values in kind.there(by).values())]

    def send(self, rows, by):
        content = b"".join(written(rows, Format.XLSX))
        return importing.receive(importing.get(exchange.NAME, by), content, name="duties.xlsx", by=by, at=NOW)

    def test_what_went_out_comes_in_again_without_a_change(self, cast):
        make_duty(cast.city.tax, Rhythm.YEARLY, holds_from=date(2025, 1, 1), fixed_month=1, fixed_day=31)
        make_duty(
            cast.city.construction, holds_from=date(2025, 1, 1), title="=1+1", post=make_post(cast.city.construction)
        )
        rows = self.rows(cast.officer)
        seen = importing.look(self.send(rows, cast.officer), by=cast.officer)
        assert (seen.table.faults, seen.preview.same) == ([], 2)

    def test_new_changed_and_ended_ones_are_applied_together(self, cast):
        old = owe(cast.city.tax).duty
        ending = owe(cast.city.tax).duty
        rows = self.rows(cast.officer)
        by_title = {row[2]: row for row in rows}
        by_title[old.title][6] = 10
        by_title[ending.title][13] = NOW.date()
        new = ["440600-DS", "fees", "收费目录", "", "once", "", 5, None, None, "no", "", "第二十条", NOW.date(), None]
        upload = self.send([*rows, new], cast.officer)
        assert len(importing.look(upload, by=cast.officer).preview.changed) == 2

        importing.apply(upload, by=cast.officer, at=NOW)

        old.refresh_from_db()
        assert old.limit == 10
        assert ending.owed.get().state == OwedState.RELEASED
        assert PublicationDuty.objects.get(title="收费目录").owed.get().due_on == date(2026, 3, 9)

    def test_O03_faults_are_named_by_row_and_column_and_nothing_is_applied(self, cast):
        duty = owe(cast.city.tax).duty
        rows = self.rows(cast.officer)
        rows[1][4], rows[1][6] = "monthly", 10
        late = ["440600-DS", "fees", "过期", "", "yearly", "", 5, 2, 30, "no", "", "第二十条", date(2026, 3, 1), None]
        unknown = ["440699", "fees", "无此单位", "", "once", "", 50, None, None, "no", "", "第二十条", NOW.date(), None]
        first = self.send([*rows, late], cast.officer)
        second = self.send([rows[0], unknown], cast.officer)
        named = [
            {(fault.row, fault.letter) for fault in importing.look(each, by=cast.officer).table.faults}
            for each in (first, second)
        ]
        assert named == [{(2, "E"), (3, "I"), (3, "M")}, {(2, "A"), (2, "G")}]
        with pytest.raises(importing.Faulty):
            importing.apply(first, by=cast.officer, at=NOW)
        duty.refresh_from_db()
        assert (duty.limit, PublicationDuty.objects.count()) == (20, 1)

    def test_Z01_organs_out_of_reach_are_in_no_list_and_editors_have_none(self, cast):
        make_duty(cast.city.tax, holds_from=NOW.date())
        assert len(self.rows(cast.district_officer)) == 1
        assert importing.get(exchange.NAME, cast.editor) is None
