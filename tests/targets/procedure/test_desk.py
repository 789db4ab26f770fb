"""The pages of appraisals and sheets in the back office: what is offered, what is sent, what everybody reads."""

from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from targets.appraisal import preparing
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import Subject
from targets.models import Adjustment, Appraisal, AppraisalEvent
from tests.complaints.uploads import samples
from tests.factories import appraising as make
from tests.factories.targets import STANDARD, make_plan


def of_sheet(sheet, verb="change", *rest):
    return reverse(f"admin:targets_sheet_{verb}", args=[sheet.pk, *rest])


def of_appraisal(appraisal, verb="change", *rest):
    return reverse(f"admin:targets_appraisal_{verb}", args=[appraisal.pk, *rest])


@pytest.fixture
def scored(cast):
    return make.lead(make.prepare(cast), cast, A.SCORED)


class TestPreparing:
    def test_the_appraisal_officer_prepares_and_the_same_form_does_so_once(self, cast, client):
        make_plan(cast.city.construction, cast.city.office, year=2026, span=make.SPAN)
        client.force_login(cast.appraiser)
        address = reverse("admin:targets_appraisal_add")
        with time_machine.travel(make.BEGUN, tick=False):
            token = client.get(address).context["form"]["token"].value()
            typed = {"office": cast.city.office.pk, "year": 2026, "span": make.SPAN, "subject": "organ", "token": token}
            first, second = client.post(address, typed), client.post(address, typed)

        made = Appraisal.objects.get()
        assert first.url == second.url == of_appraisal(made)
        assert client.get(first.url).status_code == 200

    @pytest.mark.parametrize("who", ["officer", "leader", "auditor"])
    def test_nobody_else_finds_the_form(self, cast, client, who):
        client.force_login(getattr(cast, who))

        assert client.get(reverse("admin:targets_appraisal_add")).status_code == 403


class TestSteps:
    def test_an_organ_hands_in_its_self_score_with_proof_and_finds_it_again(self, cast, client):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        client.force_login(cast.leader)
        with time_machine.travel(make.BEGUN, tick=False):
            page = client.get(of_sheet(sheet))
            assert of_sheet(sheet, "do", "self_score") in page.content.decode()
            form = client.get(of_sheet(sheet, "do", "self_score")).context["form"]
            typed = {
                "version": form["version"].value(),
                "token": form["token"].value(),
                "score": "91.50",
                "text": "各项目标均已完成。",
                "attachments": SimpleUploadedFile("proof.pdf", samples.pdf(), "application/pdf"),
            }
            sent = client.post(of_sheet(sheet, "do", "self_score"), typed)
            again = client.post(of_sheet(sheet, "do", "self_score"), {**typed, "attachments": ""})

        assert sent.url == again.url == of_sheet(sheet)
        sheet.refresh_from_db()
        assert (sheet.self_score, sheet.opinions.count()) == (Decimal("91.50"), 1)
        shown = client.get(of_sheet(sheet)).content.decode()
        assert "91.50" in shown
        assert of_sheet(sheet, "file", sheet.files.get().pk) in shown

    def test_the_leader_of_an_organ_gives_an_opinion_of_its_posts_by_their_list(self, cast, client):
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.post)
        client.force_login(cast.leader)
        listed = of_appraisal(appraisal, "opinions")
        assert listed in client.get(of_appraisal(appraisal)).content.decode()
        assert of_sheet(sheet, "do", "give_opinion") in client.get(listed).content.decode()

        form = client.get(of_sheet(sheet, "do", "give_opinion")).context["form"]
        typed = {
            "version": form["version"].value(),
            "token": form["token"].value(),
            "score": "80",
            "text": "工作踏实。",
        }
        sent = client.post(of_sheet(sheet, "do", "give_opinion"), typed)

        assert sent.url == listed
        assert sheet.opinions.get().kind == "leader"
        for other in (cast.tax_leader, cast.colleague, cast.mayor):
            client.force_login(other)
            assert client.get(of_sheet(sheet, "do", "give_opinion")).status_code == 404

    def test_two_officers_adjust_and_the_first_cannot_confirm(self, cast, client, scored):
        sheet = make.sheet_of(scored, cast.city.construction)
        client.force_login(cast.appraiser)
        form = client.get(of_sheet(sheet, "do", "propose_adjustment")).context["form"]
        typed = {"version": form["version"].value(), "token": form["token"].value(), "points": "1", "reason": "试点。"}
        assert client.post(of_sheet(sheet, "do", "propose_adjustment"), typed).status_code == 302
        assert client.get(of_sheet(sheet, "do", "confirm_adjustment")).status_code == 403
        made = Adjustment.objects.get()
        client.force_login(cast.officer)
        form = client.get(of_sheet(sheet, "do", "confirm_adjustment")).context["form"]
        client.post(
            of_sheet(sheet, "do", "confirm_adjustment"),
            {"version": form["version"].value(), "token": form["token"].value(), "adjustment": made.pk},
        )

        assert make.sheet_of(scored, cast.city.construction).total == Decimal("86.00")

    def test_who_reads_an_adjustment_of_a_post_is_said_where_it_is_typed_and_confirmed(self, cast, client):
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.SCORED)
        sheet = make.sheet_of(appraisal, cast.post)
        make.propose(sheet, by=cast.other_appraiser)
        read_by = "单位考评结果公布后作出的更正，向社会公开"

        for who, action in ((cast.appraiser, "propose_adjustment"), (cast.officer, "confirm_adjustment")):
            client.force_login(who)
            page = client.get(of_sheet(sheet, "do", action)).content.decode()
            assert read_by in page
            assert "改动内容和理由向社会公开" not in page.replace("考评对象为单位的，改动内容和理由向社会公开", "")

    def test_what_was_upheld_is_put_right_and_an_adjustment_revoked_by_their_pages(self, cast, client):
        appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        wrong = make.propose(sheet, by=cast.appraiser, points="-5", reason="误扣。")
        make.confirm(sheet, wrong, by=cast.officer)
        make.object_to(sheet, by=cast.leader)
        make.rule(sheet, by=cast.other_officer, outcome="upheld")
        objection = sheet.objections.get()

        for action, typed in (
            ("propose_putting_right", {"objection": objection.pk, "points": "4.5", "reason": "异议成立。"}),
            ("propose_revocation", {"adjustment": wrong.pk, "objection": objection.pk, "reason": "认定有误。"}),
        ):
            client.force_login(cast.appraiser)
            form = client.get(of_sheet(sheet, "do", action)).context["form"]
            hidden = {"version": form["version"].value(), "token": form["token"].value()}
            assert client.post(of_sheet(sheet, "do", action), hidden | typed).status_code == 302
            client.force_login(cast.officer)
            form = client.get(of_sheet(sheet, "do", "confirm_adjustment")).context["form"]
            hidden = {"version": form["version"].value(), "token": form["token"].value()}
            typed = {"adjustment": Adjustment.objects.latest("pk").pk}
            assert client.post(of_sheet(sheet, "do", "confirm_adjustment"), hidden | typed).status_code == 302

        assert make.sheet_of(appraisal, cast.city.construction).total == Decimal("89.50")
        client.force_login(cast.leader)
        page = client.get(of_sheet(sheet)).content.decode()
        assert page.count("认定有误。") >= 1
        assert "误扣。" in page

    def test_F21_what_was_typed_is_kept_where_somebody_was_quicker(self, cast, client, scored):
        sheet = make.sheet_of(scored, cast.city.construction)
        client.force_login(cast.appraiser)
        form = client.get(of_sheet(sheet, "do", "propose_adjustment")).context["form"]
        typed = {"version": form["version"].value(), "token": form["token"].value(), "points": "1", "reason": "试点。"}
        make.propose(make.sheet_of(scored, cast.city.construction), by=cast.other_appraiser)

        page = client.post(of_sheet(sheet, "do", "propose_adjustment"), typed)

        assert page.status_code == 200
        assert page.context["form"]["reason"].value() == "试点。"
        now = page.context["form"]["version"].value()
        assert now == str(sheet.version + 1)
        assert client.post(of_sheet(sheet, "do", "propose_adjustment"), {**typed, "version": now}).status_code == 302

    def test_the_way_of_an_appraisal_by_its_pages(self, cast, client, scored):
        client.force_login(cast.head)
        with time_machine.travel(make.SHOWN, tick=False):
            page = client.get(of_appraisal(scored))
            assert of_appraisal(scored, "do", "show") in page.content.decode()
            form = client.get(of_appraisal(scored, "do", "show")).context["form"]
            typed = {"version": form["version"].value(), "token": form["token"].value()}
            assert client.post(of_appraisal(scored, "do", "show"), typed).url == of_appraisal(scored)
        scored.refresh_from_db()
        assert scored.state == A.SHOWN
        with time_machine.travel(make.OBJECTED, tick=False):
            client.force_login(cast.leader)
            page = client.get(of_sheet(make.sheet_of(scored, cast.city.construction))).content.decode()
            assert "object/" in page
            # The last day to object stands on it.
            assert "2026-07-21" in page
            client.force_login(cast.clerk)
            assert client.get(of_appraisal(scored)).status_code == 404

    def test_Z04_no_field_is_changed_but_by_steps(self, cast, client, scored):
        sheet = make.sheet_of(scored, cast.city.construction)
        client.force_login(cast.head)

        for address in (of_sheet(sheet), of_appraisal(scored)):
            assert client.post(address, {"total": "100", "state": "published"}).status_code == 403
        assert AppraisalEvent.objects.filter(action="publish").count() == 0

    def test_every_figure_leads_to_where_it_comes_from(self, cast, client):
        make_plan(cast.city.construction, cast.city.office, year=2026, span=make.SPAN, blocks=STANDARD)
        appraisal = preparing.prepare(
            cast.city.office, year=2026, span=make.SPAN, subject=Subject.ORGAN, by=cast.appraiser, at=make.BEGUN
        )
        make.call(appraisal, cast)
        make.compute(appraisal, cast)
        client.force_login(cast.officer)

        page = client.get(of_sheet(make.sheet_of(appraisal, cast.city.construction))).content.decode()

        for measure in ("on_time_acceptance", "disclosure_completeness", "monitoring", "satisfaction"):
            assert f"/source/{measure}/organs/{cast.city.construction.pk}/?since=2026-01-01" in page
        assert page.count("指标A") == 4

    def test_the_home_page_names_what_waits(self, cast, client, scored):
        make.propose(make.sheet_of(scored, cast.city.construction), by=cast.appraiser)
        client.force_login(cast.officer)
        assert "佛山市建设局" in client.get("/admin/").content.decode()
        client.force_login(cast.clerk)
        assert "佛山市建设局2026" not in client.get("/admin/").content.decode()


class TestPublic:
    def test_everybody_reads_the_ranking_its_definitions_and_its_table_once_it_is_published(self, cast, client):
        scores = {cast.city.construction: "93.126", cast.city.tax: "91"}
        appraisal = make.lead(make.prepare(cast), cast, A.WITH_LEADING_GROUP, scores=scores)
        assert client.get("/targets/2026/").status_code == 404
        assert "93.13" not in client.get("/targets/").content.decode()
        make.decide(appraisal, cast)
        make.publish(appraisal, cast)

        page = client.get("/targets/2026/").content.decode()
        assert page.index("佛山市建设局") < page.index("佛山市地方税务局")
        assert "93.13" in page
        assert "25%" in page
        assert "/targets/2026/" in client.get("/targets/").content.decode()
        rows = b"".join(client.get("/targets/2026.csv").streaming_content).decode("utf-8-sig").splitlines()
        assert rows[0].startswith("year,span,group,rank,organ_code,organ,score,grade,block_A")
        assert "2026,first_half,city_departments,1,440600-JS,佛山市建设局,93.13,excellent,93.13" in rows

    def test_results_of_posts_are_nowhere(self, cast, client):
        make.lead(make.prepare(cast, subject=Subject.POST), cast, A.PUBLISHED)

        assert client.get("/targets/2026/").status_code == 404
        assert client.get("/targets/2026.csv").status_code == 404
        assert "2026" not in client.get("/targets/").content.decode().split("<main")[1].split("</main>")[0]

    @pytest.mark.parametrize("query", ["?of=0", "?of=x", "?of=9999999999999999999999"])
    def test_what_is_not_there_is_not_there(self, cast, client, query):
        make.lead(make.prepare(cast), cast, A.PUBLISHED)

        assert client.get(f"/targets/2026/{query}").status_code == 404

    def test_a_correction_stands_beside_what_it_corrects(self, cast, client):
        appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        adjustment = make.propose(sheet, by=cast.appraiser, at=make.PUBLISHED, points="-3", reason="通报批评漏计。")
        make.confirm(sheet, adjustment, by=cast.officer, at=make.PUBLISHED)

        page = client.get("/targets/2026/").content.decode()
        assert "85.00 → 82.00" in page
        assert "通报批评漏计。" in page
