"""What people see of inspections: plans, visits, the checklist on a phone, figures with their rows."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accountability.models import Card, Correction
from efficiency import leaving
from efficiency.audit.models import AuditRecord
from efficiency.files import store
from efficiency.files.clean import CleanFile
from supervision.inspections import visiting
from supervision.inspections.enums import Kind, VisitState
from supervision.inspections.files import files
from supervision.models import Inspection, Visit, VisitFile
from tests.factories import inspections as make
from tests.factories.inspections import MONDAY, WEDNESDAY
from tests.factories.staff import password_of_long_ago

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day():
    with time_machine.travel(WEDNESDAY + timedelta(hours=1), tick=False):
        yield


def page_of(client, user, subject):
    client.force_login(user)
    name = "visit" if isinstance(subject, Visit) else "inspection"
    return client.get(reverse(f"admin:supervision_{name}_change", args=[subject.pk]))


def _an_item(visit):
    return visit.inspection.checklist.items.first()


def do(client, user, subject, action, **typed):
    """Take a step by its page, as a browser does."""
    client.force_login(user)
    name = "visit" if isinstance(subject, Visit) else "inspection"
    address = reverse(f"admin:supervision_{name}_do", args=[subject.pk, action])
    first = client.get(address, {"finding": typed["finding"]} if "finding" in typed else {})
    assert first.status_code == 200, first
    form = first.context["form"]
    given = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "", [])}
    return client.post(address, given | typed)


def test_a_plan_is_prepared_and_approved_by_another(client, cast):
    client.force_login(cast.inspector)
    address = reverse("admin:supervision_inspection_add")
    form = client.get(address).context["form"]
    plan = make.plan(cast)
    typed = {
        "kind": "open",
        "topic": plan.topic,
        "content": plan.content,
        "begin_on": "2026-03-04",
        "end_on": "2026-03-06",
        "organs": [cast.city.construction.pk],
        "team": [cast.inspector.pk, cast.second.pk],
        "leader": cast.inspector.pk,
        "checklist": plan.checklist.pk,
        "token": form["token"].value(),
    }
    for _twice in range(2):
        client.post(address, typed)
    inspection = Inspection.objects.get()

    assert do(client, cast.head, inspection, "approve").status_code == 302
    inspection.refresh_from_db()
    assert inspection.approved_by == cast.head
    assert make.plan(cast).topic in page_of(client, cast.officer, inspection).content.decode()


def test_a_plan_is_changed_with_what_it_says_in_the_form(client, cast):
    inspection = make.prepare(cast)

    assert do(client, cast.officer, inspection, "revise", topic="改后的事项").status_code == 302
    inspection.refresh_from_db()
    assert (inspection.topic, inspection.prepared_by) == ("改后的事项", cast.officer)


class TestChecklistOnAPhone:
    def test_answers_notes_and_a_photograph_are_kept_and_what_is_bad_is_named(self, client, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        first, second = visit.inspection.checklist.items.all()[:2]
        client.force_login(cast.inspector)
        address = reverse("admin:supervision_visit_checklist", args=[visit.pk])
        photo = make.photo()
        sent = {f"answer_{first.pk}": "no", f"note_{first.pk}": "无人", f"answer_{second.pk}": "na"}
        good = SimpleUploadedFile("a.jpg", photo.content, "image/jpeg")
        bad = SimpleUploadedFile("b.jpg", b"no picture", "image/jpeg")

        answer = client.post(address, sent | {f"photo_{first.pk}": good, f"photo_{second.pk}": bad})

        assert answer.status_code == 200
        assert visit.files.get().item == first
        assert visit.answers.get(item=second).answer == "na"
        assert visit.answers.get(item=first).note == "无人"

    def test_it_saves_itself_while_it_is_filled_in(self, client, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        item = visit.inspection.checklist.items.first()
        client.force_login(cast.second)
        address = reverse("admin:supervision_visit_checklist_save", args=[visit.pk])

        assert client.post(address, {f"answer_{item.pk}": "yes", f"note_{item.pk}": "再看"}).status_code == 204
        assert visit.answers.get(item=item).note == "再看"
        make.fill_in(visit, cast.inspector, at=WEDNESDAY)
        make.step(visit, cast, VisitState.VISITED)
        assert client.post(address, {f"answer_{item.pk}": "no"}).status_code == 409

    def test_it_is_there_for_the_team_alone(self, client, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        for user, expected in ((cast.second, 200), (cast.head, 404), (cast.officer, 404), (cast.leader, 404)):
            client.force_login(user)
            assert client.get(reverse("admin:supervision_visit_checklist", args=[visit.pk])).status_code == expected

    def test_from_an_item_to_its_finding_with_photographs_and_back(self, client, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        item = visit.inspection.checklist.items.first()
        client.force_login(cast.inspector)
        checklist = reverse("admin:supervision_visit_checklist", args=[visit.pk])
        address = client.post(checklist, {f"answer_{item.pk}": "no", "finding": item.pk})["Location"]
        form = client.get(address).context["form"]
        assert form["item"].value() == str(item.pk)
        photo = SimpleUploadedFile("窗口.jpg", make.photo().content, "image/jpeg")
        typed = {"text": "A岗离岗，B岗不在位。", "place": "3号窗口", "severity": "serious", "item": item.pk}
        given = {name: form[name].value() for name in ("version", "token", "found_at")}
        given["found_at"] = given["found_at"].strftime("%Y-%m-%dT%H:%M")
        answer = client.post(address, given | typed | {"attachments": photo})

        assert answer["Location"] == checklist
        finding = visit.findings.get(number=2)
        assert (finding.category, finding.files.count()) == (item.category, 1)
        stored = finding.files.get()
        assert stored.content_type == "image/jpeg"
        file_address = reverse("admin:supervision_visit_file", args=[visit.pk, stored.pk])
        assert client.get(file_address).status_code == 200
        client.force_login(cast.leader)
        assert client.get(file_address).status_code == 404

    def test_photographs_stand_there_as_small_pictures_for_whoever_may_fetch_them(self, client, cast, monkeypatch):
        visit = make.lead(cast, VisitState.UNDERWAY)
        finding = make.find(visit, cast, attachments=[make.photo()])
        stored = finding.files.get()
        small = reverse("admin:supervision_visit_small", args=[visit.pk, stored.pk])
        visiting.fill(visit, by=cast.second, at=WEDNESDAY, filled={}, photos={_an_item(visit).pk: [make.photo("red")]})

        shown = page_of(client, cast.second, visit).content.decode()
        assert f'<img src="{small}" width="160" height="120" loading="lazy"' in shown
        assert f'{finding.place}"> ' in shown  # says in words of what it is
        assert shown.count(f'src="{small}"') == 2  # of the finding, and of the step that recorded it
        assert shown.count("/small/") == 3  # that of the checklist too
        on_phone = client.get(reverse("admin:supervision_visit_checklist", args=[visit.pk])).content.decode()
        assert on_phone.count("/small/") == 1
        first = client.get(small)
        with Image.open(BytesIO(first.content)) as picture:
            assert (picture.format, picture.getexif()) == ("JPEG", {})
        stored.refresh_from_db()
        assert client.get(small).content == first.content == store.read(stored.preview_name, stored.preview_sha256)
        # L-01: seen is on record, once for the visit and the viewer on a day.
        assert AuditRecord.objects.filter(action="visit.look_at_pictures", object_id=str(visit.pk)).count() == 1
        # The organ was not shown the finding, and whoever is not of the office has no such page.
        for user in (cast.leader, cast.auditor, cast.supervisor):
            client.force_login(user)
            assert client.get(small).status_code == 404, user
        make.step(visit, cast, VisitState.VISITED)
        make.step(visit, cast, VisitState.SHOWN)
        client.force_login(cast.leader)
        assert client.get(small).status_code == 200
        VisitFile.objects.filter(pk=stored.pk).update(harmful="Eicar")
        assert client.get(small).status_code == 404
        assert small not in page_of(client, cast.leader, visit).content.decode()
        # The other one is made by the worker, once; one that cannot be made stops no other and is not tried again.
        broken = files.attach(visit, [CleanFile(b"no picture", "image/jpeg", "x.jpg", b"no picture")], at=WEDNESDAY)
        assert [files.make_previews() for _time in range(2)] == [1, 0]
        address = reverse("admin:supervision_visit_small", args=[visit.pk, broken[0].pk])
        with monkeypatch.context() as patch:
            patch.setattr(files, "content_of", None)
            client.force_login(cast.second)
            assert client.get(address).status_code == 404


class TestFromTheFindingToWhatItLeadsTo:
    def test_the_organ_comments_and_the_office_orders_what_is_to_be_put_right(self, client, cast):
        visit = make.lead(cast, VisitState.SHOWN)
        finding = visit.findings.get()
        answer = do(client, cast.leader, visit, "comment", text="属实", **{f"comment_{finding.pk}": "当时轮岗"})
        assert answer.status_code == 302
        assert "当时轮岗" in page_of(client, cast.inspector, visit).content.decode()

        answer = do(
            client, cast.officer, visit, "draft_correction", finding=finding.pk, kind="notice", title="窗口无人",
            wanted="落实AB岗",
        )  # fmt: skip
        assert answer.status_code == 302
        correction = Correction.objects.get()
        assert correction.findings == finding.text
        content = page_of(client, cast.officer, visit).content.decode()
        assert reverse("admin:accountability_correction_change", args=[correction.pk]) in content
        client.force_login(cast.head)
        came_from = client.get(reverse("admin:accountability_correction_change", args=[correction.pk]))
        assert f"{visit.inspection.number}-1" in came_from.content.decode()

    def test_a_card_shows_where_it_came_from(self, client, cast):
        visit = make.lead(cast, VisitState.HEARD)
        with time_machine.travel(WEDNESDAY + timedelta(days=2), tick=False):
            do(client, cast.officer, visit, "propose_card", finding=visit.findings.get().pk, rule="absence")
            client.force_login(cast.head)
            page = client.get(reverse("admin:accountability_card_change", args=[Card.objects.get().pk]))

        assert f"{visit.inspection.number}-1" in page.content.decode()

    def test_a_clue_is_entered(self, client, cast):
        visit = make.lead(cast, VisitState.HEARD)
        with time_machine.travel(WEDNESDAY + timedelta(days=2), tick=False):
            assert do(client, cast.officer, visit, "enter_clue", finding=visit.findings.get().pk).status_code == 302


class TestWhoSeesWhat:
    def test_a_covert_one_does_not_exist_for_others(self, client, cast):
        visit = make.lead(cast, VisitState.UNDERWAY, Kind.COVERT)
        for user in (cast.officer, cast.leader, cast.auditor, cast.appraiser, cast.supervisor):
            assert page_of(client, user, visit).status_code in (302, 404)
            assert page_of(client, user, visit.inspection).status_code in (302, 404)
        client.force_login(cast.officer)
        for name in ("admin:supervision_inspection_changelist", "admin:supervision_visit_changelist", "admin:index",
                     "supervision:inspections", "supervision:escalations"):  # fmt: skip
            assert visit.inspection.number not in client.get(reverse(name)).content.decode()
        assert page_of(client, cast.head, visit).status_code == 200
        assert page_of(client, cast.second, visit.inspection).status_code == 200

    def test_the_auditor_reads_no_record_of_a_covert_one(self, client, cast):
        make.lead(cast, VisitState.UNDERWAY, Kind.COVERT)
        client.force_login(cast.auditor)

        shown = client.get(reverse("admin:efficiency_auditrecord_changelist"), {"what": "inspection.approve"})

        assert shown.context["cl"].result_count == 0

    def test_headers_hold_no_text(self, client, cast):
        visit = make.lead(cast, VisitState.RELEASED)
        for subject in (visit, visit.inspection):
            shown = page_of(client, cast.auditor, subject).content.decode()
            assert visit.inspection.number in shown
            for text in (visit.inspection.topic, "在岗管理不严", "无人值守", cast.clerk.full_name):
                assert text not in shown

    def test_the_organ_does_not_read_what_is_internal(self, client, cast):
        visit = make.lead(cast, VisitState.CONCLUDED)
        shown = page_of(client, cast.leader, visit).content.decode()

        assert "两个窗口上午无人值守" in shown
        assert "在岗管理不严" not in shown
        make.step(visit, cast, VisitState.RELEASED)
        assert "在岗管理不严" in page_of(client, cast.leader, visit).content.decode()


class TestFigures:
    def test_every_figure_leads_to_the_rows_that_it_counts(self, client, cast):
        make.lead(cast, VisitState.RELEASED)
        make.lead(cast, VisitState.UNDERWAY, Kind.SPECIAL, organs=[cast.city.construction])
        make.approve(cast, Kind.COVERT)
        client.force_login(cast.officer)
        shown = client.get(reverse("supervision:inspections"))
        figures = [cell for line in shown.context["lines"] for cell in line["cells"]]
        figures += [cell for line in shown.context["categories"] for cell in line["cells"]]
        figures += shown.context["led"]

        assert sum(count for _label, count, _href in figures) > 6
        for _label, count, href in figures:
            assert client.get(href).context["page"].paginator.count == count

    def test_they_narrow_by_period_organ_and_kind(self, client, cast):
        make.lead(cast, VisitState.RELEASED)
        client.force_login(cast.officer)

        def plans(**query):
            shown = client.get(reverse("supervision:inspections"), query)
            return sum(line["cells"][0][1] for line in shown.context["lines"])

        assert [plans(), plans(since="2026-03-05"), plans(kind="open"), plans(organ=cast.city.tax.pk)] == [1, 0, 1, 0]

    @pytest.mark.parametrize("as_", ["csv", "xlsx"])
    def test_S05_findings_go_out_as_a_file_without_persons(self, client, cast, as_, monkeypatch):
        make.lead(cast, VisitState.RELEASED)
        client.force_login(cast.officer)

        with monkeypatch.context() as short:
            short.setattr(leaving, "MOST_UNCONFIRMED", 0)
            asked = password_of_long_ago(client, at=timezone.now()).get(reverse("supervision:inspections_export"))
            assert "password" in asked.context["form"].fields
        sent = b"".join(client.get(reverse("supervision:inspections_export"), {"as": as_}).streaming_content)

        assert sent
        if as_ == "csv":
            assert "两个窗口上午无人值守" in sent.decode("utf-8-sig")
            assert cast.clerk.full_name not in sent.decode("utf-8-sig")

    def test_for_others_there_is_no_such_page(self, client, cast):
        client.force_login(cast.leader)

        assert client.get(reverse("supervision:inspections")).status_code == 404


def test_what_waits_for_me_is_on_my_first_page(client, cast):
    inspection = make.prepare(cast, at=MONDAY)
    client.force_login(cast.head)
    assert inspection.number in client.get(reverse("admin:index")).content.decode()
    visit = make.lead(cast, VisitState.SHOWN)
    client.force_login(cast.leader)
    assert visit.inspection.number in client.get(reverse("admin:index")).content.decode()


def test_a_new_version_of_a_checklist(client, cast):
    from supervision.inspections import checklists

    version = checklists.in_force().get()
    client.force_login(cast.officer)
    address = reverse("admin:supervision_checklist_change", args=[version.checklist_id])
    assert "AB岗" in client.get(address).content.decode()
    client.post(address, {"items": checklists.written(version) + "\n收费｜票据齐全", "reason": "补充"})

    newest = checklists.in_force().get()
    assert (newest.number, newest.items.count()) == (2, version.items.count() + 1)
    assert newest.at == timezone.now()


def test_the_page_of_a_limit_does_not_tell_how_many_covert_inspections_run(client, cast):
    make.approve(cast, Kind.COVERT)
    client.force_login(cast.head)

    def said(kind):
        return client.get("/admin/efficiency/limitrule/add/", {"kind": kind}).context["effects"]

    assert [len(said(f"inspections.{name}")) for name in ("start", "start_covert", "report_covert")] == [3, 2, 2]
