"""Writing, previewing and publishing what is promised in the back office; workbooks in and out."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.commitments import drafting, exchange
from complaints.models import ItemVersion, ServiceItem
from complaints.refusals import Invalid
from efficiency.access import limits
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Rank, Role
from efficiency.tables import Format, written
from tests.complaints.commitments.test_exchange import row, workbook
from tests.factories.commitments import make_item, promise
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = pytest.mark.django_db
IMPORT = "/admin/complaints/serviceitem/import/"
EXPORT = "/admin/complaints/serviceitem/export/"


def inside(pieces):
    """Return what is in a workbook, apart from when it was packed."""
    with zipfile.ZipFile(BytesIO(b"".join(pieces))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def people(city):
    return seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
        tax_editor=Seat(Role.DISCLOSURE_EDITOR, city.tax),
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        administrator=Seat(Role.SYSTEM_ADMINISTRATOR, city.government),
    )


@pytest.fixture
def browser(people):
    def logged_in(who: str) -> Client:
        client = Client()
        client.force_login(people[who])
        return client

    return logged_in


@pytest.fixture
def item(city):
    return make_item(city.construction)


def at_item(item: ServiceItem, what: str) -> str:
    return reverse(f"admin:complaints_serviceitem_{what}", args=[item.pk])


def at_version(version: ItemVersion, what: str) -> str:
    return reverse(f"admin:complaints_itemversion_{what}", args=[version.pk])


def typed(**changed) -> dict:
    return {
        "valid_from": timezone.localdate().isoformat(),
        "matter_type": "committed",
        "committed_number": "5",
        "committed_unit": "wd",
        "statutory_number": "20",
        "statutory_unit": "wd",
        "legal_basis": "《建筑法》第七条",
        "applicants": "建设单位",
        "conditions": "材料齐全",
        "materials": "申请表 | 原件\n图纸 | 电子件 | 2 | 设计单位 | 可容缺",
        "steps": "受理\n审查 | 2个工作日",
        "result": "许可证",
        "visits": "0",
        "window": "综合窗口",
        "phone": "12345",
        "supervision_phone": "12345",
    } | changed


def send(client: Client, address: str, query: str = "", **typed: str):
    """Open a page and send its form, with what is typed into it."""
    form = client.get(address + query).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return client.post(address, {name: value for name, value in shown.items() if value is not None} | typed)


class TestFromDraftToPublished:
    def test_an_editor_writes_and_a_leader_publishes(self, browser, item):
        sent = typed(conditions="材料齐全\r\n已经公示")  # as browsers end lines
        written_by = browser("editor").post(at_item(item, "draft"), sent, follow=True)
        draft = ItemVersion.objects.get()
        preview = browser("leader").get(at_version(draft, "preview"))
        send(browser("leader"), at_version(draft, "publish"))
        draft.refresh_from_db()

        assert written_by.status_code == 200
        assert draft.conditions == "材料齐全\n已经公示"
        assert [each["copies"] for each in draft.materials] == [1, 2]
        assert draft.steps == [{"name": "受理", "limit": ""}, {"name": "审查", "limit": "2wd"}]
        assert "《建筑法》第七条" in preview.content.decode()
        assert draft.is_published
        assert AuditRecord.objects.filter(action="itemversion.publish").exists()

    def test_what_is_refused_stands_beside_its_field_with_all_that_was_typed(self, browser, item):
        page = browser("editor").post(at_item(item, "draft"), typed(committed_number="21", steps="审查 | 一会儿"))
        again = browser("editor").post(at_item(item, "draft"), typed(committed_number="21"))

        assert set(page.context["form"].errors) == {"steps"}
        assert set(again.context["form"].errors) == {"committed_number"}
        assert "设计单位" in again.content.decode()
        assert not ItemVersion.objects.exists()

    def test_the_next_draft_begins_with_what_holds(self, browser, people, item):
        promise(item, timezone.localdate(), by=(people["editor"], people["leader"]), at=timezone.now())
        form = browser("editor").get(at_item(item, "draft")).context["form"]

        assert form["committed_number"].value() == 5
        assert "申请表 | 原件" in form["materials"].value()

    def test_Z02_pages_of_acts_are_for_those_who_act(self, browser, people, item):
        browser("editor").post(at_item(item, "draft"), typed())
        draft = ItemVersion.objects.get()
        # The item has nothing published: other organs and the administrator do not know it.
        for who, statuses in {
            "editor": (200, 403, 200, 403),
            "leader": (403, 200, 403, 200),
            "officer": (200, 200, 200, 200),
            "clerk": (403, 403, 403, 403),
            "tax_editor": (404, 404, 404, 404),
            "administrator": (404, 404, 404, 404),
        }.items():
            pages = (
                at_item(item, "draft"),
                at_version(draft, "publish"),
                at_version(draft, "discard"),
                at_item(item, "withdraw"),
            )
            assert tuple(browser(who).get(page).status_code for page in pages) == statuses, who

    def test_a_draft_that_somebody_changed_meanwhile_is_not_thrown_away(self, browser, item):
        editor = browser("editor")
        editor.post(at_item(item, "draft"), typed())
        draft = ItemVersion.objects.get()
        shown = editor.get(at_version(draft, "discard")).context["form"].initial["seen"]
        send(browser("officer"), at_item(item, "draft"), fees="500 元", fee_basis="《办法》")

        answer = editor.post(at_version(draft, "discard"), {"seen": shown})
        assert "草稿已被修改" in answer.content.decode()
        assert ItemVersion.objects.get().fees == "500 元"
        # The page now shows what stands there, and what it shows can be thrown away.
        assert (
            editor.post(at_version(draft, "discard"), {"seen": answer.context["form"].data["seen"]}).status_code == 302
        )
        assert not ItemVersion.objects.exists()

    def test_an_item_that_is_published_while_its_organ_is_changed_stays_with_it(self, browser, city, item, monkeypatch):
        before = drafting.latest_of
        monkeypatch.setattr(drafting, "latest_of", lambda found: before(found) or found)
        fields = ("code", "basic_code", "name", "keywords", "kind", "theme", "audience")
        sent = {name: getattr(item, name) for name in fields} | {"name": "施工许可", "organ": city.tax.pk}

        answer = browser("officer").post(at_item(item, "change"), sent)

        assert answer.status_code == 200
        assert "organ" in answer.context["adminform"].form.errors
        assert answer.context["adminform"].form["name"].value() == "施工许可"
        item.refresh_from_db()
        assert (item.organ, item.name) == (city.construction, "建筑工程施工许可证核发")

    def test_drafts_are_published_together_and_the_own_one_stays(self, browser, city, people):
        for who in ("editor", "officer"):
            browser(who).post(at_item(make_item(city.construction), "draft"), typed())
        drafts = ",".join(str(pk) for pk in ItemVersion.objects.values_list("pk", flat=True))
        address = reverse("admin:complaints_itemversion_publish_many")
        send(browser("officer"), address, f"?ids={drafts}")

        assert ItemVersion.objects.published().get().drafted_by == people["editor"]

    def test_Z10_what_was_not_shown_is_not_published_and_the_page_shows_it_then(self, browser, item):
        browser("editor").post(at_item(item, "draft"), typed())
        draft = ItemVersion.objects.get()
        before = browser("leader").get(at_version(draft, "publish")).context["form"]["seen"].value()
        send(browser("editor"), at_item(item, "draft"), committed_number="4")

        page = browser("leader").post(at_version(draft, "publish"), {"seen": before})
        draft.refresh_from_db()
        assert page.context["form"].errors
        assert not draft.is_published
        browser("leader").post(at_version(draft, "publish"), {"seen": page.context["form"]["seen"].value()})
        draft.refresh_from_db()
        assert draft.is_published

    def test_F21_a_draft_that_was_published_meanwhile_is_not_begun_anew_in_silence(self, browser, item):
        browser("editor").post(at_item(item, "draft"), typed())
        draft = ItemVersion.objects.get()
        shown = browser("editor").get(at_item(item, "draft")).context["form"]["seen"].value()
        send(browser("leader"), at_version(draft, "publish"))
        late = typed(committed_number="3", seen=shown)

        page = browser("editor").post(at_item(item, "draft"), late)
        form = page.context["form"]
        assert form.errors
        assert form["committed_number"].value() == "3"
        assert ItemVersion.objects.count() == 1
        browser("editor").post(at_item(item, "draft"), late | {"seen": form["seen"].value()})
        assert ItemVersion.objects.count() == 2

    def test_the_organ_of_a_published_item_is_read_alone(self, browser, people, item):
        address = reverse("admin:complaints_serviceitem_change", args=[item.pk])
        assert "organ" in browser("editor").get(address).context["adminform"].form.fields
        promise(item, timezone.localdate(), by=(people["editor"], people["leader"]), at=timezone.now())

        assert "organ" not in browser("editor").get(address).context["adminform"].form.fields

    def test_an_item_is_taken_off_the_list(self, browser, city, people, item):
        promise(item, timezone.localdate(), by=(people["editor"], people["leader"]), at=timezone.now())
        sent = {"last_day": timezone.localdate().isoformat(), "reason": "并入", "successor": ""}
        for successor in ("NONE", item.code, make_item(city.tax).code):
            wrong = browser("leader").post(at_item(item, "withdraw"), sent | {"successor": successor})
            assert set(wrong.context["form"].errors) == {"successor"}
        browser("leader").post(at_item(item, "withdraw"), sent)

        assert not ItemVersion.objects.in_force(timezone.localdate() + timedelta(days=1)).exists()


def exports():
    return AuditRecord.objects.filter(action="serviceitem.export")


class TestWorkbook:
    def send(self, client: Client, content: bytes):
        return client.post(IMPORT, {"file": SimpleUploadedFile("items.xlsx", content)})

    def test_it_is_looked_at_first_and_taken_in_by_the_second_step(self, browser):
        today = timezone.localdate()
        page = self.send(browser("editor"), workbook(row("N-1", valid_from=today), row("N-2", valid_from=today)))
        assert not ServiceItem.objects.exists()

        found = page.context["found"]
        browser("editor").post(IMPORT, {"content": page.context["content"], "base": found.base})

        assert (len(found.preview.new), ServiceItem.objects.count()) == (2, 2)
        assert AuditRecord.objects.get(action="serviceitem.import").detail == {"new": 2, "changed": 0}

    def test_faults_are_shown_by_row_and_column_without_a_way_on(self, browser):
        page = self.send(browser("editor"), workbook(row("N-1", valid_from=timezone.localdate(), organ="440600-DS")))
        body = page.content.decode()

        assert "440600-DS" in body
        assert 'name="base"' not in body

    @pytest.mark.parametrize("sent", [{"content": "%%%", "base": ""}, {"content": "", "base": ""}, {}])
    def test_what_is_no_workbook_is_said_to_be_none(self, browser, sent):
        assert browser("editor").post(IMPORT, sent).status_code == 200
        assert not ServiceItem.objects.exists()

    def test_Z02_only_editors_and_the_office_take_in_and_the_administrator_finds_nothing(self, browser):
        statuses = {who: browser(who).get(IMPORT).status_code for who in ("officer", "leader", "administrator")}

        assert statuses == {"officer": 200, "leader": 403, "administrator": 404}

    def test_it_is_taken_out(self, browser, people, item):
        promise(item, timezone.localdate(), by=(people["editor"], people["leader"]), at=timezone.now())
        assert browser("clerk").get(EXPORT).status_code == 200
        assert not exports().exists()
        answer = send(browser("clerk"), EXPORT)

        assert exports().get().detail == {"format": "xlsx", "rows": 1}
        assert inside(answer) == inside(written(exchange.rows_for(people["clerk"]), Format.XLSX))

    def test_R02_not_more_often_than_lists_of_cases(self, browser, settings):
        settings.EXPORTS_PER_HOUR = 2
        client = browser("clerk")
        answers = [send(client, EXPORT) for _ in range(limits.EXPORTS.limit + 1)]

        assert [answer.status_code for answer in answers[-2:]] == [200, 429]
        assert int(answers[-1]["Retry-After"]) > 0
        assert exports().filter(outcome="refused").count() == 1

    def test_S05_a_long_list_needs_the_password_whoever_calls(self, people, item, monkeypatch):
        promise(item, timezone.localdate(), by=(people["editor"], people["leader"]), at=timezone.now())
        monkeypatch.setattr(exchange, "MOST_UNCONFIRMED", 0)

        with pytest.raises(Invalid) as refused:
            exchange.take_out(by=people["clerk"], at=timezone.now(), as_="xlsx")
        assert refused.value.field == "password"
        assert not exports().exists()
