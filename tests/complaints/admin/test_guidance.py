"""Templates and knowledge in the back office: written by office and leaders, at hand where a reply is written."""

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.enums import State
from complaints.models import KnowledgeEntry, ReplyTemplate
from efficiency.audit.models import AuditRecord
from tests.factories.cases import case_in, recently

ADD = "/admin/complaints/replytemplate/add/"


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def kept(cast) -> ReplyTemplate:
    return ReplyTemplate.objects.create(
        title="受理告知", organ=cast.city.construction, text="编号{number}的诉求由{organ}办理。"
    )


def page_of(case) -> str:
    return reverse("admin:complaints_case_change", args=[case.pk])


class TestWriting:
    def test_a_leader_adds_a_template_for_the_own_organ(self, cast, log_in):
        sent = {"title": "告知", "organ": cast.city.construction.pk, "text": "{number}"}
        page = log_in(cast.leader).post(ADD, sent)

        assert page.status_code == 302
        assert ReplyTemplate.objects.get().text == "{number}"
        assert AuditRecord.objects.filter(action="replytemplate.add", actor=cast.leader).exists()

    def test_a_variable_that_there_is_not_is_told_beside_the_text(self, cast, log_in):
        sent = {"title": "告知", "organ": cast.city.construction.pk, "text": "{name}您好"}
        page = log_in(cast.leader).post(ADD, sent)

        assert page.context["adminform"].form.errors["text"]
        assert not ReplyTemplate.objects.exists()

    def test_Z03_organs_out_of_reach_are_not_offered_and_not_taken(self, cast, log_in):
        browser = log_in(cast.leader)
        sent = {"title": "告知", "organ": cast.city.tax.pk, "text": "好"}

        assert cast.city.tax.name not in browser.get(ADD).content.decode()
        assert browser.post(ADD, sent).context["adminform"].form.errors["organ"]

    def test_what_comes_from_above_is_read_and_not_changed(self, cast, log_in):
        row = ReplyTemplate.objects.create(title="全市", organ=cast.city.government, text="好")
        address = f"/admin/complaints/replytemplate/{row.pk}/change/"
        browser = log_in(cast.leader)

        assert browser.get(address).status_code == 200
        assert browser.post(address, {"title": "改", "organ": row.organ_id, "text": "改"}).status_code == 403
        row.refresh_from_db()
        assert row.title == "全市"

    def test_an_officer_adds_an_entry_with_its_rule(self, cast, log_in):
        sent = {
            "title": "多久办结？",
            "organ": cast.city.government.pk,
            "text": "七个工作日。",
            "source": "《办法》第五条",
            "valid_from": "2026-01-01",
        }

        assert log_in(cast.officer).post("/admin/complaints/knowledgeentry/add/", sent).status_code == 302
        assert KnowledgeEntry.objects.get().source == "《办法》第五条"


class TestWhereAReplyIsWritten:
    def test_the_fitting_templates_are_offered(self, cast, log_in, at, kept):
        ReplyTemplate.objects.create(title="别局的", organ=cast.city.tax, text="好")
        body = log_in(cast.clerk).get(page_of(case_in(State.HANDLING, cast, at=at))).content.decode()

        assert kept.title in body
        assert "别局的" not in body

    def test_a_chosen_one_fills_the_findings_with_the_values_of_the_case(self, cast, log_in, at, kept):
        case = case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.clerk).get(page_of(case) + f"?template={kept.pk}")

        expected = f"编号{case.number}的诉求由{cast.city.construction.name}办理。"
        assert page.context["reply_form"]["findings"].value() == expected

    def test_S13_choosing_keeps_what_was_typed_and_a_look_changes_nothing(self, cast, log_in, at, kept):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.clerk)
        sent = {"version": case.version, "findings": "已到现场查看。", "template": kept.pk, "insert": "1"}
        chosen = browser.post(reverse("admin:complaints_case_draft", args=[case.pk]), sent)
        page = browser.get(chosen["Location"].partition("#")[0])

        assert chosen["Location"] == f"{page_of(case)}?template={kept.pk}#reply"
        assert page.context["reply_form"]["findings"].value().startswith("已到现场查看。\n\n编号")
        assert case.replies.get().findings == "已到现场查看。"

    @pytest.mark.parametrize("made_up", ["0", "x", "99999999", "-1", ""])
    def test_a_made_up_choice_fills_nothing(self, cast, log_in, at, kept, made_up):
        case = case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.clerk).get(page_of(case), {"template": made_up})

        assert page.status_code == 200
        assert not page.context["reply_form"]["findings"].value()

    def test_Z02_a_template_of_another_organ_cannot_be_chosen_by_its_key(self, cast, log_in, at):
        other = ReplyTemplate.objects.create(title="别局的", organ=cast.city.tax, text="别局的话")
        case = case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.clerk).get(page_of(case) + f"?template={other.pk}")

        assert "别局的话" not in page.content.decode()

    def test_what_is_known_stands_beside_with_its_rule(self, cast, log_in, at):
        KnowledgeEntry.objects.create(
            title="多久办结？",
            organ=cast.city.government,
            text="七个工作日。",
            source="《办法》第五条",
            valid_from=timezone.localdate(at),
        )
        body = log_in(cast.clerk).get(page_of(case_in(State.HANDLING, cast, at=at))).content.decode()

        assert "多久办结？" in body
        assert "《办法》第五条" in body
