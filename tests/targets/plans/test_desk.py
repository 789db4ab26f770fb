"""Plans on pages: who finds what, the content typed on one page, steps, letter, preview, comparison, coverage."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from efficiency.access import confirming
from efficiency.demonstration import paper
from targets.models import Indicator, Plan, Revision
from targets.plans import changing, drafting, negotiating
from targets.plans.content import read
from targets.plans.enums import State
from tests.factories import targets as make
from tests.factories.staff import PASSWORD
from tests.factories.targets import ROLES, STANDARD, Line
from tests.targets.plans.test_way import CHANGED, WHOLE, approved, drafted, in_force, take

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
READERS = {
    *("officer", "other_officer", "head", "other_head", "appraiser", "other_appraiser"),
    *("clerk", "colleague", "editor", "leader", "deputy", "mayor"),
}


def page(name, *args):
    return reverse(f"admin:targets_plan_{name}", args=args)


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def fields_of(html):
    """What the form of the page would send: every field with its value, as the browser reads it."""
    from html.parser import HTMLParser

    class Fields(HTMLParser):
        def __init__(self):
            super().__init__()
            self.found, self.name, self.text, self.chosen = {}, "", "", False

        def handle_starttag(self, tag, attrs):
            given = dict(attrs)
            if tag == "input" and given.get("type") not in ("checkbox", "radio", "submit", "file"):
                self.found[given.get("name")] = given.get("value", "")
            if tag == "select":
                self.name, self.chosen = given.get("name"), False
                self.found.setdefault(self.name, "")
            # Where nothing is chosen a browser sends the first.
            if tag == "option" and ("selected" in given or not self.chosen):
                self.chosen = True
                self.found[self.name] = given.get("value", "")
            if tag == "textarea":
                self.name, self.text = given.get("name"), ""
                self.found[self.name] = ""

        def handle_data(self, data):
            if self.name in self.found and self.name and self.lasttag == "textarea":
                self.found[self.name] += data.lstrip("\n")

        def handle_endtag(self, tag):
            if tag in ("textarea", "select"):
                self.name = ""

    parser = Fields()
    parser.feed(html[html.index("<main") :])
    return {name: value for name, value in parser.found.items() if name}


class TestWho:
    def test_Z01_the_page_is_for_readers_the_header_for_the_auditor_and_absent_for_others(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=STANDARD, at=timezone.now())
        for role in ROLES:
            browser = browser_of(getattr(cast, role))
            shown = browser.get(page("change", plan.pk))
            assert shown.status_code == (200 if role in READERS | {"auditor"} else 404), role
            assert ("指标A1" in shown.content.decode()) == (role in READERS), role
            for name in ("letter", "coverage"):
                assert (browser.get(page(name, plan.pk)).status_code == 200) == (role in READERS), (role, name)
            preview = browser.get(page("preview", plan.pk, 1))
            assert (preview.status_code == 200) == (role in READERS), role
            step = browser.get(page("do", plan.pk, "begin_change")).status_code
            within = role in READERS - {"clerk", "colleague", "editor", "mayor"}
            assert step in ((200, 302) if within else (403,) if role in READERS else (404,)), role
            listed = browser.get(page("changelist"))
            assert (plan.reference in listed.content.decode()) == (role in READERS | {"auditor"}), role
            assert (plan.title in listed.content.decode()) == (role in READERS), role

    def test_what_is_not_settled_is_read_by_those_who_take_part(self, cast):
        plan = in_force(cast, at=timezone.now())
        now = timezone.now()
        Plan.objects.filter(pk=plan.pk).update(year=now.year + 1)
        plan.refresh_from_db()
        take(changing.begin_change, plan, cast.leader, now)
        take(changing.edit_change, plan, cast.leader, now, content=CHANGED)
        for role, knows in (("leader", True), ("officer", True), ("clerk", False), ("mayor", False)):
            browser = browser_of(getattr(cast, role))
            assert (browser.get(page("compare", plan.pk, 1, 2)).status_code == 200) == knows, role
            shown = browser.get(page("change", plan.pk)).content.decode()
            assert ("edit_change" in shown) == (role == "leader"), role


class TestDrafting:
    def test_a_plan_is_drafted_once_however_often_the_form_is_sent(self, cast):
        browser = browser_of(cast.appraiser)
        sent = fields_of(browser.get(page("add")).content.decode())
        sent |= {"organ": cast.city.construction.pk, "year": str(timezone.localdate().year), "begin": "standard"}
        first, again = browser.post(page("add"), sent), browser.post(page("add"), sent)
        plan = Plan.objects.get()
        assert first.url == again.url == page("change", plan.pk)
        shown = browser.get(first.url).content.decode()
        assert 'data-indicator="B1"' in shown
        assert 'id="missing"' in shown

    def test_many_plans_are_drafted_for_a_group(self, cast):
        browser = browser_of(cast.appraiser)
        sent = {"group": "city", "year": str(timezone.localdate().year), "span": "year", "begin": "standard"}
        assert browser.post(page("many"), sent).status_code == 302
        assert {plan.organ for plan in Plan.objects.all()} == {cast.city.construction, cast.city.tax}
        assert browser_of(cast.leader).get(page("many")).status_code == 403

    def test_the_whole_content_is_typed_on_one_page(self, cast):
        plan = drafting.draft(
            cast.city.construction, by=cast.appraiser, at=timezone.now(), year=timezone.localdate().year
        )
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "edit")
        sent = fields_of(browser.get(address).content.decode())
        new = "line-8-"
        sent |= {
            f"{new}block": "A", f"{new}key": "A1", f"{new}name": "竣工项目", f"{new}weight": "100",
            f"{new}kind": "quantity", f"{new}direction": "higher", f"{new}method": "stepwise",
            f"{new}terms": ">=20:1; >=15:0.8", f"{new}responsible_post": cast.post.code,
            f"{new}milestones": "",
        }  # fmt: skip
        kept = browser.post(address, urlencode(sent), content_type=FORM)
        assert kept.status_code == 302, kept.context["errors"]
        content = read(drafting.first_revision(plan))
        assert [block.code for block in content] == list("ABCDE")
        first = content[0].indicators[0]
        assert (first.key, first.terms["steps"][0], first.responsible_post) == (
            *("A1", {"from": "20", "share": "1"}),
            cast.post.pk,
        )
        assert [each.key for each in content[1].indicators] == ["B1", "B2", "B3"]

    def test_lines_that_nobody_filled_in_are_no_indicators(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.DRAFT, by=cast.appraiser)
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "edit")
        sent = fields_of(browser.get(address).content.decode())
        assert sent["line-1-method"]
        kept = browser.post(address, urlencode(sent | {"line-0-name": "新名称"}), content_type=FORM)
        assert kept.status_code == 302, kept.context["errors"]
        assert Indicator.objects.get(revision__plan=plan).name == "新名称"

    def test_all_typed_text_stays_when_something_is_wrong(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.DRAFT, by=cast.appraiser)
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "edit")
        sent = fields_of(browser.get(address).content.decode())
        sent |= {
            "line-0-name": "新名称",
            "line-0-milestones": "没有日期",
            "line-0-note": "留下",
            "block-A-weight": "70",
        }
        back = browser.post(address, urlencode(sent), content_type=FORM)
        assert back.status_code == 200
        again = fields_of(back.content.decode())
        assert {name: again[name] for name in sent if name != "csrfmiddlewaretoken"} == {
            name: value for name, value in sent.items() if name != "csrfmiddlewaretoken"
        }
        assert 'href="#id_line-0-milestones"' in back.content.decode()

    def test_more_lines_are_added_without_keeping_anything(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.DRAFT, by=cast.appraiser)
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "edit")
        sent = fields_of(browser.get(address).content.decode()) | {"line-0-name": "改了", "more": "1"}
        back = browser.post(address, urlencode(sent), content_type=FORM)
        assert back.status_code == 200
        assert "line-6-key" in back.content.decode()
        assert "改了" in back.content.decode()
        assert Indicator.objects.get(revision__plan=plan).name == "指标A1"

    def test_what_is_carried_stays_so_when_the_plan_above_was_changed(self, cast):
        city, now = cast.city, timezone.now()
        above = make.make_plan(city.government, city.office, blocks={"A": ("100", [Line("A1")])})
        carrying = {"A": ("100", [Line("A1", target="60", carries=make.indicator_of(above, "A1"))])}
        plan = make.make_plan(
            *(city.construction, city.office),
            state=State.DRAFT, by=cast.appraiser, parent=above, blocks=carrying,
        )  # fmt: skip
        change = make.make_revision(above, by=cast.officer, number=2, reason="调整")
        Revision.objects.filter(pk=above.revision_id).update(state="superseded")
        change.state, change.proposed_by, change.proposed_at = "approved", cast.officer, now
        change.confirmed_by, change.confirmed_at, change.in_force_from = cast.head, now, now.date()
        change.save()
        Plan.objects.filter(pk=above.pk).update(revision=change)
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "edit")
        sent = fields_of(browser.get(address).content.decode())
        assert sent["line-0-carries"] == str(change.indicators.get().pk)
        take(negotiating.put, plan, cast.appraiser, now)
        assert read(drafting.first_revision(plan))[0].indicators[0].carries == change.indicators.get().pk

    def test_Z02_whoever_may_not_draft_is_refused_whatever_they_send(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.PUT, by=cast.appraiser)
        browser = browser_of(cast.leader)
        address = page("do", plan.pk, "edit")
        assert browser.get(address).status_code == 403
        assert browser.post(address, {"version": plan.version}).status_code == 403

    def test_a_line_is_taken_out(self, cast):
        blocks = {"A": ("100", [Line("A1", "50"), Line("A2", "50")])}
        plan = make.make_plan(
            cast.city.construction, cast.city.office, state=State.DRAFT, by=cast.appraiser, blocks=blocks
        )
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "edit")
        sent = fields_of(browser.get(address).content.decode()) | {"line-1-DELETE": "on", "line-0-weight": "100"}
        assert browser.post(address, sent).status_code == 302
        assert Indicator.objects.get(revision__plan=plan).key == "A1"

    def test_F21_a_stale_page_is_told_so_and_keeps_what_was_typed(self, cast):
        plan = drafting.draft(
            cast.city.construction, by=cast.appraiser, at=timezone.now(), year=timezone.localdate().year
        )
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "edit")
        sent = fields_of(browser.get(address).content.decode()) | {"line-0-name": "新名称"}
        take(drafting.edit, plan, cast.officer, timezone.now(), content=WHOLE)
        back = browser.post(address, urlencode(sent), content_type=FORM)
        assert back.status_code == 200
        assert "新名称" in back.content.decode()
        again = fields_of(back.content.decode()) | {"token": "", "line-0-name": "新名称"}
        assert browser.post(address, urlencode(again), content_type=FORM).status_code == 302


class TestSteps:
    def test_a_remark_comes_with_files_that_the_other_side_fetches(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.PUT, at=timezone.now())
        browser = browser_of(cast.leader)
        address = page("do", plan.pk, "comment")
        sent = fields_of(browser.get(address).content.decode())
        proof = SimpleUploadedFile("proof.pdf", paper("上年数据"), content_type="application/pdf")
        done = browser.post(address, sent | {"text": "A1偏高。", "attachments": [proof]})
        assert done.status_code == 302
        file = plan.files.get()
        assert browser_of(cast.officer).get(page("file", plan.pk, file.pk)).status_code == 200
        assert browser_of(cast.clerk).get(page("file", plan.pk, file.pk)).status_code == 404

    def test_what_is_not_whole_is_named_line_by_line(self, cast):
        blocks = {"A": ("60", [Line("A1", "40")])}
        plan = make.make_plan(
            cast.city.construction, cast.city.office, state=State.DRAFT, by=cast.appraiser, blocks=blocks
        )
        browser = browser_of(cast.appraiser)
        address = page("do", plan.pk, "put")
        sent = fields_of(browser.get(address).content.decode())
        back = browser.post(address, sent)
        assert back.status_code == 200
        assert len(back.context["form"].non_field_errors()) == 3

    def test_S05_a_signature_asks_for_the_password(self, cast, monkeypatch):
        monkeypatch.setattr(confirming, "LASTS", timedelta(0))
        plan = approved(cast, at=timezone.now(), year=timezone.localdate().year)
        browser = browser_of(cast.leader)
        address = page("do", plan.pk, "sign_organ")
        shown = browser.get(address).content.decode()
        assert "目标责任书" in shown
        sent = fields_of(shown) | {"has_read": "on"}
        assert browser.post(address, sent).status_code == 200
        assert browser.post(address, sent | {"password": PASSWORD}).status_code == 302
        assert plan.signatures.get().user == cast.leader
        assert "data-plan-state" in browser.get(page("change", plan.pk)).content.decode()
        assert cast.leader.full_name in browser.get(page("letter", plan.pk)).content.decode()

    def test_the_work_queue_names_what_waits(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.PUT, at=timezone.now())
        assert plan.title in browser_of(cast.leader).get("/admin/").content.decode()
        assert plan.title not in browser_of(cast.clerk).get("/admin/").content.decode()


class TestPreview:
    def test_typed_figures_give_points_and_nothing_is_kept(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=STANDARD, state=State.DRAFT)
        browser = browser_of(cast.appraiser)
        address = page("preview", plan.pk, 1)
        shown = browser.get(address)
        assert shown.context["result"].score is not None
        typed = browser.get(
            address, {"A1-actual": "92", "A2-actual": "12", "A3-on_time": "4", "A3-late": "1", "A4-events": "3"}
        )
        block = typed.context["result"].blocks[0]
        assert str(round(block.score, 4)) == "86.0526"
        assert "86.05" in typed.content.decode()
        assert not plan.events.exists()

    def test_a_number_that_is_none_is_refused_beside_its_field(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.DRAFT)
        shown = browser_of(cast.appraiser).get(page("preview", plan.pk, 1), {"A1-actual": "viel"})
        assert shown.status_code == 200
        assert shown.context["result"] is None
        assert 'href="#id_A1-actual"' in shown.content.decode()

    @pytest.mark.parametrize("method", ["formula", "stepwise"])
    def test_a_draft_whose_terms_are_missing_is_said_to_be_not_whole(self, cast, method):
        blocks = {"A": ("100", [Line("A1", method=method)])}
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=blocks, state=State.DRAFT)
        shown = browser_of(cast.appraiser).get(page("preview", plan.pk, 1))
        assert shown.status_code == 200
        assert shown.context["refused"]

    def test_what_a_formula_asks_for_is_typed(self, cast):
        terms = {"formula": "w * (o + l / 2) / 4 if d == 1 else 0"}
        blocks = {"A": ("100", [Line("A1", method="formula", terms=terms)])}
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=blocks, state=State.DRAFT)
        browser = browser_of(cast.appraiser)
        address = page("preview", plan.pk, 1)
        assert {"A1-on_time", "A1-late", "A1-done"} <= set(browser.get(address).context["form"].fields)
        typed = browser.get(address, {"A1-on_time": "0", "A1-done": "yes"})
        assert typed.context["result"].score == 0

    def test_more_milestones_than_planned_are_refused_in_words(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=STANDARD, state=State.DRAFT)
        shown = browser_of(cast.appraiser).get(page("preview", plan.pk, 1), {"A3-on_time": "4", "A3-late": "4"})
        assert shown.context["refused"]


class TestCoverage:
    def test_the_page_names_what_nobody_carries(self, cast):
        city = cast.city
        above = make.make_plan(
            city.government, city.office, blocks={"A": ("100", [Line("A1", "50"), Line("A2", "50")])}
        )
        blocks = {"A": ("100", [Line("A1", target="60", carries=make.indicator_of(above, "A1"))])}
        below = make.make_plan(city.construction, city.office, parent=above, blocks=blocks)
        assert page("coverage", above.pk) in browser_of(cast.officer).get(page("change", above.pk)).content.decode()
        assert page("coverage", below.pk) in browser_of(cast.officer).get(page("change", below.pk)).content.decode()
        shown = browser_of(cast.officer).get(page("coverage", above.pk)).content.decode()
        assert re.search(r'data-indicator="A1" data-finding="short"', shown)
        assert re.search(r'data-indicator="A2" data-finding="nobody"', shown)
        assert page("change", below.pk) in shown


def test_negotiating_steps_are_pages_for_whom_they_are_offered(cast):
    plan = make.make_plan(cast.city.construction, cast.city.office, state=State.PUT, at=timezone.now())
    browser = browser_of(cast.leader)
    address = page("do", plan.pk, "agree")
    sent = fields_of(browser.get(address).content.decode())
    assert browser.post(address, sent).status_code == 302
    plan.refresh_from_db()
    assert plan.state == State.AGREED
    take(negotiating.approve, plan, cast.officer, timezone.now())
    assert browser_of(cast.colleague).get(page("do", plan.pk, "approve")).status_code == 403


@pytest.mark.parametrize(("page", "fields", "is_read"), [("do/edit", 900, True), ("do/edit", 1001, False)])
def test_R07_the_content_of_a_plan_is_a_long_form_and_bounded(cast, page, fields, is_read):
    plan = drafted(cast)
    client = Client()
    client.force_login(cast.appraiser)
    sent = {f"f{number}": "1" for number in range(fields)}
    answer = client.post(f"/admin/targets/plan/{plan.pk}/{page}/", urlencode(sent), content_type=FORM)
    assert (answer.status_code != 413) is is_read


def test_R07_elsewhere_a_form_has_two_hundred_fields(cast):
    client = Client()
    client.force_login(cast.appraiser)
    body = urlencode({f"f{number}": "1" for number in range(201)})
    assert client.post(page("many"), body, content_type=FORM).status_code == 413
