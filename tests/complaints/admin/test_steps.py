"""Steps of a case from their pages: each is taken by its action, says before what it does and loses nothing typed."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext

from complaints import actions, deadlines, effects, workflow
from complaints.admin.forms import FORMS, PART_FORMS
from complaints.enums import Category, Complexity, Decision, Handling, Kind, NamedPerson, Outcome, State
from complaints.models import Case, Reveal
from efficiency.files.models import DraftFile
from efficiency.organs.models import Post
from efficiency.timing.due import local_day
from tests.factories.cases import TUESDAY, add_reviewer, case_in, file, local, recently, reply
from tests.factories.staff import make_user

# The calendar reaches far enough for this on any day on which the tests are run.
MONTH_AHEAD = (timezone.localdate() + timedelta(days=30)).isoformat()
FINDINGS = "经查，申请材料齐全，因经办人请假未移交造成延误。"
REPLY = {
    "outcome": Outcome.UPHELD.value,
    "findings": FINDINGS,
    "measures": "已发证。",
    "basis": "《行政许可法》第四十二条",
}


def do(case: Case, action: str) -> str:
    return reverse("admin:complaints_case_do", args=[case.pk, action])


def page_of(case: Case) -> str:
    return reverse("admin:complaints_case_change", args=[case.pk])


def sent(case: Case, **fields: object) -> dict:
    return {"version": case.version, **fields}


@pytest.fixture
def at(db):
    return recently()


class TestTheStraightWay:
    def test_a_case_is_led_from_reception_to_archive_by_the_pages_alone(self, cast, log_in, at):
        case = file(cast, at=at, named_person="").case
        organ = cast.city.construction.pk
        way = [
            (
                cast.officer,
                "accept",
                {"kind": "complaint", "category": "delay", "complexity": "standard", "organ": organ},
            ),
            (cast.officer, "register", {"way": "建议交市建设局办理。"}),
            (cast.officer, "submit", {"handling": "assigned", "organ": organ, "proposal": "属市建设局职责。"}),
            (cast.office_head, "instruct", {"handling": "assigned", "organ": organ, "instruction": "同意。"}),
            (cast.clerk, "sign_in", {}),
            (cast.officer, "record_contact", {"reached": "yes", "text": "已联系，约定现场核实。"}),
            (cast.clerk, "propose_reply", REPLY),
            (cast.leader, "approve_reply", {}),
            (cast.clerk, "report", {"facts": "属实。", "basis": "《行政许可法》", "measures": "已整改。"}),
            (cast.officer, "close", {"conclusion": "予以办结。"}),
            (cast.officer, "archive", {"retention": "permanent", "note": ""}),
        ]
        for user, action, fields in way:
            browser = log_in(user)
            assert browser.get(do(case, action)).status_code == 200, action
            page = browser.post(do(case, action), sent(case, **fields))
            assert page.status_code == 302, (action, page.context["form"].errors)
            assert page.headers["Location"] == page_of(case)
            case.refresh_from_db()

        assert case.state == State.ARCHIVED
        assert [event.action for event in case.events.order_by("number")] == ["file", *(name for _, name, _ in way)]

    def test_what_the_rules_demand_stands_beside_the_field_and_the_rest_is_kept(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.clerk).post(do(case, "propose_reply"), sent(case, **(REPLY | {"basis": ""})))

        assert page.status_code == 200
        assert list(page.context["form"].errors) == ["basis"]
        assert FINDINGS in page.content.decode()
        case.refresh_from_db()
        assert not case.replies.filter(state="proposed").exists()

    def test_the_submission_and_the_instruction_need_two_persons(self, cast, log_in, at):
        case = case_in(State.REGISTERED, cast, at=at)
        organ = cast.city.construction.pk
        head = log_in(cast.office_head)
        fields = {"handling": Handling.ASSIGNED.value, "organ": organ}
        head.post(do(case, "submit"), sent(case, **fields, proposal="建议交办。"))
        case.refresh_from_db()
        assert case.state == State.SUBMITTED

        page = head.post(do(case, "instruct"), sent(case, **fields, instruction="同意。"))

        assert page.status_code == 403
        assert "同意。" in page.content.decode()
        case.refresh_from_db()
        assert case.state == State.SUBMITTED


class TestWhoseStep:
    @pytest.mark.parametrize(
        ("who", "action"), [("clerk", "approve_reply"), ("leader", "close"), ("inspector", "close")]
    )
    def test_Z02_a_step_of_others_on_a_case_that_one_may_see_is_refused(self, cast, log_in, at, who, action):
        case = case_in(State.REPORTED, cast, at=at)
        browser = log_in(getattr(cast, who))

        assert browser.get(page_of(case)).status_code == 200
        assert browser.get(do(case, action)).status_code == 403
        assert browser.post(do(case, action), sent(case, conclusion="x")).status_code == 403

    def test_a_step_that_does_not_begin_here_leads_back_to_the_case(self, cast, log_in, at):
        case = case_in(State.CLOSED, cast, at=at)
        page = log_in(cast.officer).get(do(case, "accept"))

        assert (page.status_code, page.headers["Location"]) == (302, page_of(case))

    def test_made_up_steps_do_not_exist(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)

        for action in ("evaluate", "pass_on", "file", "urge", "delete", "refresh_from_db"):
            assert log_in(cast.officer).get(do(case, action)).status_code == 404, action

    def test_every_step_of_staff_has_its_form(self):
        of_staff = {row.action for row in workflow.TRANSITIONS if isinstance(row.right, str)}

        assert set(FORMS) | set(PART_FORMS) == of_staff
        assert set(PART_FORMS) == workflow.IN_PART

    @pytest.mark.parametrize("state", list(State))
    def test_the_buttons_are_the_steps_of_the_table_and_lead_to_their_pages(self, cast, log_in, at, state):
        case, opened = case_in(state, cast, at=at), set()
        for who in ("officer", "office_head", "clerk", "leader"):
            user = getattr(cast, who)
            browser = log_in(user)
            page = browser.get(page_of(case))
            if page.status_code == 404:
                continue
            body = page.content.decode()
            for step in workflow.next_actions(case, user):
                shown = do(case, step.name) in body
                assert shown == (step.allowed and step.name != "save_draft"), (who, step)
                # To whom else it opens: tests/rules/test_case_steps.py.
                if step.allowed and step.name not in opened:
                    assert browser.get(do(case, step.name)).status_code == 200
                    opened.add(step.name)


class TestZ04FieldsAreNamed:
    def test_Z04_posting_other_fields_of_a_case_changes_nothing(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at, consent=True)
        forged = {
            "state": "closed",
            "handling_organ": cast.city.tax.pk,
            "office": cast.city.district_office.pk,
            "handler": cast.tax_clerk.pk,
            "next_due_at": "2099-01-01",
            "due_at": "2099-01-01",
            "at": "2020-01-01",
            "by": cast.officer.pk,
            "title": "改了",
            "anonymous": "on",
        }
        before = (
            Case.objects.filter(pk=case.pk).values("handling_organ", "office", "handler", "next_due_at", "title").get()
        )
        fields = {"reached": "no", "text": "无人接听。"}
        page = log_in(cast.clerk).post(do(case, "record_contact"), sent(case, **fields, **forged))
        case.refresh_from_db()

        assert page.status_code == 302
        assert case.state == State.HANDLING
        assert Case.objects.filter(pk=case.pk).values(*before).get() == before
        event = case.events.order_by("-number").first()
        assert event.actor == cast.clerk
        assert event.at > local(2025, 1, 1)

    def test_Z04_the_page_of_a_case_takes_no_form(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)

        assert log_in(cast.officer).post(page_of(case), {"state": "closed"}).status_code == 403

    def test_Z03_an_organ_out_of_reach_is_no_choice(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.officer).post(do(case, "transfer"), sent(case, organ=cast.city.office.pk, reason="x"))

        assert list(page.context["form"].errors) == ["organ"]
        case.refresh_from_db()
        assert case.handling_organ == cast.city.construction

    def test_Z03_a_post_of_another_organ_is_no_choice(self, cast, log_in, at):
        case = file(cast, at=at, named_person="王某").case
        other = Post.objects.filter(organ=cast.city.tax).first()
        page = log_in(cast.officer).post(do(case, "link_person"), sent(case, post=other.pk, reason="查明"))

        assert list(page.context["form"].errors) == ["post"]
        case.refresh_from_db()
        assert case.named_person_state == NamedPerson.UNRESOLVED

    def test_a_name_that_means_nobody_lifts_the_hold(self, cast, log_in, at):
        case = file(cast, at=at, named_person="王某").case
        page = log_in(cast.officer).post(do(case, "link_person"), sent(case, post="nobody", reason="查无此人"))
        case.refresh_from_db()

        assert page.status_code == 302
        assert (case.named_person_state, case.about_post) == (NamedPerson.NOBODY, None)


class TestF21StalePages:
    def test_F21_the_page_says_what_changed_and_keeps_what_was_typed(self, cast, log_in, at):
        case = case_in(State.ASSIGNED, cast, at=at)
        opened = case.version
        actions.sign_in(case, by=cast.clerk, at=at, version=case.version)

        fields = {"version": opened, "text": "请于三日内答复督办单。"}
        page = log_in(cast.officer).post(do(case, "order_supervision"), fields)
        body = page.content.decode()

        assert page.status_code == 409
        assert "data-portal-stale" in body
        assert cast.clerk.full_name in body
        assert "请于三日内答复督办单。" in body

        again = log_in(cast.officer).post(
            do(case, "order_supervision"), {"version": page.context["form"]["version"].value(), "text": fields["text"]}
        )
        assert again.status_code == 302
        assert case.supervision_orders.get().text == fields["text"]

    def test_F21_of_two_who_act_from_the_same_page_one_wins(self, cast, log_in, at):
        case = case_in(State.REPORTED, cast, at=at)
        fields = sent(case, conclusion="予以办结。")

        first = log_in(cast.officer).post(do(case, "close"), fields)
        second = log_in(cast.office_head).post(do(case, "close"), fields)

        assert (first.status_code, second.status_code) == (302, 409)
        assert case.events.filter(action="close").count() == 1

    def test_Z06_a_page_opened_before_a_transfer_finds_the_case_absent(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.clerk)
        assert browser.get(do(case, "propose_reply")).status_code == 200
        version = case.version
        actions.transfer(case, by=cast.officer, at=at, version=version, organ=cast.city.tax, reason="属税务职责")

        page = browser.post(do(case, "propose_reply"), {"version": version, **REPLY})

        assert page.status_code == 404
        assert not case.replies.exists()


class TestEffects:
    def test_the_page_before_acceptance_names_the_promises_with_their_dates(self, cast):
        case = file(cast, at=local(2026, 2, 6, 20, 15)).case

        (effect,) = effects.effects_of(case, "accept", at=local(2026, 2, 10))

        replies = [opening for opening in effect.opens if opening.label == deadlines.BY_NAME[deadlines.REPLY].label]
        assert str(replies[0].last_day) == "2026-03-09"  # that of the worked case comes first
        assert "2026-02-11" in {str(opening.last_day) for opening in effect.opens}  # registration
        assert len(effect.closes) == 1
        assert effect.citizen_is_told

    @pytest.mark.parametrize(
        ("kind", "complexity", "last_day"),
        [
            (Kind.COMPLAINT, Complexity.STANDARD, "2026-03-24"),
            (Kind.COMPLAINT, Complexity.COMPLEX, "2026-04-15"),
            (Kind.REQUEST, Complexity.STANDARD, "2026-03-17"),
            (Kind.SUGGESTION, Complexity.STANDARD, "2026-03-17"),
            (Kind.CONSULTATION, Complexity.STANDARD, "2026-03-10"),
        ],
    )
    def test_the_page_before_acceptance_shows_the_reply_date_of_each_kind(self, cast, kind, complexity, last_day):
        case = file(cast, at=TUESDAY).case
        (effect,) = effects.effects_of(case, "accept", at=TUESDAY)
        label = pgettext("kind of case", "complex complaint") if complexity == Complexity.COMPLEX else kind.label
        (shown,) = [
            opening
            for opening in effect.opens
            if str(label) in str(opening.condition).split(str(pgettext("between items of a list", ", ")))
        ]

        actions.accept(
            case,
            by=cast.officer,
            at=TUESDAY,
            version=case.version,
            kind=kind,
            category=Category.DELAY if kind == Kind.COMPLAINT else "",
            complexity=complexity,
        )

        assert shown.last_day == local_day(deadlines.running(case, deadlines.REPLY).due_at)
        assert str(shown.last_day) == last_day

    @pytest.mark.parametrize(
        ("state", "action"),
        [(State.RECEIVED, "merge"), (State.CLOSED, "ask_review"), (State.REPLIED, "order_rework")],
    )
    def test_a_promise_that_only_ends_is_not_called_kept(self, cast, at, state, action):
        case = case_in(state, cast, at=at)
        (row,) = [row for row in workflow.rows_of(action) if state in row.sources]
        running = deadlines.running_kinds(case)

        (effect,) = effects.effects_of(case, action, at=at)

        ended = [deadlines.BY_NAME[kind].label for kind in row.cancels if kind in running]
        assert list(effect.cancels) == ended
        assert ended
        assert not set(map(str, ended)) & set(map(str, effect.closes))

    def test_an_instruction_shows_both_ways(self, cast, at):
        case = case_in(State.SUBMITTED, cast, at=at)

        assert [bool(effect.way) for effect in effects.effects_of(case, "instruct", at=at)] == [True, True]

    @pytest.mark.parametrize(
        ("before", "ends"),
        [
            (State.CLOSED, [Decision.UPHELD, Decision.OVERTURNED]),
            (State.REJECTED, [Decision.UPHELD, Decision.TAKEN_ON]),
        ],
    )
    def test_a_review_shows_the_ends_that_are_open_to_it(self, cast, at, before, ends):
        case = case_in(before, cast, at=at)
        actions.ask_review(case, at=at, reasons="没有说明依据。")

        shown = effects.effects_of(case, "decide_review", at=at)

        assert [effect.way for effect in shown] == [end.label for end in ends]

    @pytest.mark.parametrize("action", ["ask_extension", "extend"])
    def test_more_time_says_what_becomes_of_the_date(self, cast, at, action):
        (effect,) = effects.effects_of(case_in(State.HANDLING, cast, at=at), action, at=at)

        assert effect.note

    def test_what_does_not_apply_to_an_anonymous_case_is_left_out(self, cast, at):
        case = case_in(State.ASSIGNED, cast, at=at, anonymous=True, name="", phone="")

        (effect,) = effects.effects_of(case, "sign_in", at=at)

        assert effect.opens == ()

    @pytest.mark.parametrize(
        ("state", "action", "following"),
        [
            (State.RECEIVED, "accept", State.ACCEPTED),
            (State.RECEIVED, "ask_supplement", State.SUPPLEMENTING),
            (State.RECEIVED, "redirect", State.REDIRECTED),
            (State.ACCEPTED, "register", State.REGISTERED),
            (State.REGISTERED, "submit", State.SUBMITTED),
            (State.ASSIGNED, "sign_in", State.HANDLING),
            (State.ASSIGNED, "return", State.SUBMITTED),
            (State.HANDLING, "suspend", State.SUSPENDED),
            (State.SUSPENDED, "resume", State.HANDLING),
            (State.REPLIED, "report", State.REPORTED),
            (State.REPORTED, "close", State.CLOSED),
            (State.CLOSED, "order_rework", State.REWORKING),
            (State.CLOSED, "archive", State.ARCHIVED),
            (State.REJECTED, "archive", State.ARCHIVED),
            (State.REDIRECTED, "archive", State.ARCHIVED),
            (State.WITHDRAWN, "archive", State.ARCHIVED),
        ],
    )
    def test_what_is_shown_before_a_step_is_what_the_step_does(self, cast, at, state, action, following):
        case = case_in(state, cast, at=at)

        (effect,) = effects.effects_of(case, action, at=at)

        assert effect.becomes == following.label


class TestReply:
    def draft(self, case: Case) -> str:
        return reverse("admin:complaints_case_draft", args=[case.pk])

    def test_the_draft_is_saved_by_hand_without_scripts(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.clerk).post(self.draft(case), sent(case, findings="正在核实"))

        assert page.status_code == 302
        assert case.replies.get().findings == "正在核实"

    def test_the_page_saves_by_itself_again_and_again_without_growing_stale(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser, opened = log_in(cast.clerk), case.version
        for number in range(3):
            fields = {"version": opened, **REPLY, "findings": f"第{number}稿"}
            page = browser.post(self.draft(case), fields, headers={"X-Requested-With": "fetch"})
            assert page.status_code == 204
        last = browser.post(do(case, "propose_reply"), {"version": opened, **REPLY})

        assert last.status_code == 302
        assert case.replies.get().state == "proposed"
        assert browser.get(page_of(case)).content.decode().count("timeline-item") < case.events.count()

    def test_F21_a_draft_written_by_two_is_not_overwritten_unseen(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        opened = case.version
        actions.record_contact(case, by=cast.officer, at=at, version=opened, text="已联系", reached=True)
        fields = {"version": opened, "findings": "我写的很长的一段话"}
        by_itself = log_in(cast.clerk).post(self.draft(case), fields, headers={"X-Requested-With": "fetch"})
        by_hand = log_in(cast.clerk).post(self.draft(case), fields)

        assert by_itself.status_code == 409
        assert by_itself.headers["Content-Type"].startswith("text/plain")
        assert by_hand.status_code == 409
        assert "data-portal-stale" in by_hand.content.decode()
        assert "我写的很长的一段话" in by_hand.content.decode()
        assert not case.replies.exists()

    def test_the_approver_reads_what_the_citizen_will_read(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        actions.propose_reply(case, by=cast.clerk, at=at, version=case.version, **REPLY)
        body = log_in(cast.leader).get(do(case, "approve_reply")).content.decode()

        assert FINDINGS in body
        assert "《行政许可法》第四十二条" in body

    def test_the_reviewer_reads_and_checks_it_and_the_page_names_all_three(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        reviewer, browser = add_reviewer(cast, username="reviewer"), log_in(cast.leader)
        actions.propose_reply(case, by=cast.clerk, at=at, version=case.version, **REPLY)
        assert browser.get(do(case, "approve_reply")).status_code == 302  # back to the case: it is not their turn
        assert "待审核的答复" in browser.get(page_of(case)).content.decode()

        page = log_in(reviewer).get(do(case, "check_reply"))
        assert FINDINGS in page.content.decode()
        done = log_in(reviewer).post(do(case, "check_reply"), sent(case))
        assert (done.status_code, done.headers["Location"]) == (302, page_of(case))
        case.refresh_from_db()
        waiting = browser.get(page_of(case)).content.decode()
        assert "待批准的答复" in waiting
        browser.post(do(case, "approve_reply"), sent(case))
        body = browser.get(page_of(case)).content.decode()

        for shown in (waiting, body):
            assert str(reviewer) in shown
            assert str(cast.clerk) in shown
        assert case.replies.get().decided_by == cast.leader

    def test_the_reviewer_sends_it_back_with_a_remark_on_the_page(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(add_reviewer(cast))
        actions.propose_reply(case, by=cast.clerk, at=at, version=case.version, **REPLY)

        assert browser.post(do(case, "return_reply"), sent(case, remark="")).status_code == 200
        assert browser.post(do(case, "return_reply"), sent(case, remark="请补充依据。")).status_code == 302
        assert case.replies.get().remark == "请补充依据。"

    def test_Z10_the_page_of_the_check_is_closed_to_who_drafted(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(add_reviewer(cast))
        actions.propose_reply(case, by=cast.reviewer, at=at, version=case.version, **REPLY)

        assert browser.post(do(case, "check_reply"), sent(case)).status_code == 403
        assert case.replies.get().state == "proposed"

    def test_a_reply_that_was_sent_back_comes_with_its_remark_and_its_text(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        actions.propose_reply(case, by=cast.clerk, at=at, version=case.version, **REPLY)
        actions.return_reply(case, by=cast.leader, at=at, version=case.version, remark="请补充处理时限。")
        body = log_in(cast.clerk).get(page_of(case)).content.decode()

        assert "请补充处理时限。" in body
        assert FINDINGS in body

    def test_whoever_drafted_cannot_approve(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        assert log_in(cast.leader).get(do(case, "propose_reply")).status_code == 403


class TestIdentity:
    def address(self, case: Case) -> str:
        return reverse("admin:complaints_case_identity", args=[case.pk])

    def test_P04_nothing_is_shown_before_the_reason_is_on_record(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.officer)
        before = browser.get(self.address(case)).content.decode()
        refused = browser.post(self.address(case), {"category": "contact", "reason": ""})
        assert "陈小明" not in before + refused.content.decode()
        assert not Reveal.objects.exists()

        page = browser.post(self.address(case), {"category": "contact", "reason": "核实联系方式"})

        assert "陈小明" in page.content.decode()
        assert "13812345678" in page.content.decode()
        assert Reveal.objects.get().by == cast.officer
        assert "no-store" in page.headers["Cache-Control"]
        assert page.headers["Refresh"].startswith("300;")

    def test_P04_the_page_of_the_case_shows_masks_to_those_who_may_look(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        body = log_in(cast.officer).get(page_of(case)).content.decode()

        assert "陈小明" not in body
        assert "13812345678" not in body
        assert "138****5678" in body

    @pytest.mark.parametrize(("consent", "status"), [(False, 403), (True, 200)])
    def test_P06_the_handling_organ_learns_the_name_only_by_consent(self, cast, log_in, at, consent, status):
        case = case_in(State.HANDLING, cast, at=at, consent=consent)
        browser = log_in(cast.clerk)
        page = browser.post(self.address(case), {"category": "contact", "reason": "联系办理"})

        assert page.status_code == status
        assert ("陈小明" in page.content.decode()) is consent
        assert ("138****5678" in browser.get(page_of(case)).content.decode()) is consent

    def test_Z07_a_declared_conflict_takes_the_case_out_of_sight(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.clerk)
        page = browser.post(do(case, "declare_recusal"), sent(case, reason="与投诉人是亲属"))

        assert (page.status_code, page.headers["Location"]) == (302, reverse("admin:index"))
        assert browser.get(page_of(case)).status_code == 404
        assert case.number not in browser.get("/admin/?whose=all").content.decode()


class TestIntake:
    ADDRESS = "/admin/complaints/case/add/"

    def sent(self, cast, **changes: object) -> dict:
        return {
            "channel": "phone",
            "kind": Kind.COMPLAINT.value,
            "category": Category.DELAY.value,
            "organ": cast.city.construction.pk,
            "title": "电话投诉办证拖延",
            "description": "来电人称三月初递交材料，至今无人答复，请予督促。",
            "location": "",
            "named_person": "",
            "name": "何先生",
            "phone": "13900001111",
            "email": "",
        } | changes

    def test_a_call_is_filed_with_its_first_receiver_and_number_and_code_are_shown(self, cast, log_in):
        browser = log_in(cast.clerk)
        page = browser.post(self.ADDRESS, self.sent(cast), follow=True)
        case = Case.objects.get()
        body = page.content.decode()

        assert page.status_code == 200
        assert f'data-case-number="{case.number}"' in body
        code = body.split('data-case-code="')[1].split('"')[0]
        assert actions.open_tracking(case.number, code) == case
        assert (case.first_receiver, case.channel) == (cast.clerk, "phone")
        assert "no-store" in page.headers["Cache-Control"]
        assert code not in browser.get(self.ADDRESS).content.decode()

    def test_S10_the_receipt_is_there_for_whoever_typed_in_for_thirty_minutes(self, cast, log_in):
        browser = log_in(cast.clerk)
        answer = browser.post(self.ADDRESS, self.sent(cast))
        receipt = browser.get(answer["Location"])
        code = receipt.context["receipt"].code
        assert code not in answer["Location"]

        begun = timezone.now()
        with time_machine.travel(begun + timedelta(minutes=20)):
            assert code in browser.get(answer["Location"]).content.decode()
        with time_machine.travel(begun + timedelta(minutes=31)):
            assert browser.get(answer["Location"])["Location"] == self.ADDRESS
        assert log_in(cast.clerk).get(answer["Location"])["Location"] == self.ADDRESS
        browser.force_login(cast.officer)  # a colleague before the same browser
        assert browser.get(answer["Location"])["Location"] == self.ADDRESS

    def test_the_same_form_sent_twice_is_one_case(self, cast, log_in):
        browser = log_in(cast.officer)
        token = self.opened(browser)
        pages = [browser.post(self.ADDRESS, self.sent(cast, token=token), follow=True) for _ in range(2)]

        assert Case.objects.count() == 1
        assert pages[0].context["receipt"].code == pages[1].context["receipt"].code

    def opened(self, browser) -> str:
        """Open the form; return its one-time token."""
        return browser.get(self.ADDRESS).context["form"]["token"].value()

    @pytest.mark.parametrize(
        ("wrong", "fields"),
        [
            ({"channel": "", "category": ""}, {"channel", "category"}),
            # What the form takes and the action refuses.
            ({"channel": "superior"}, {"from_whom"}),
        ],
        ids=["error", "refusal"],
    )
    def test_an_error_keeps_everything_that_was_typed_and_chosen(self, cast, log_in, wrong, fields):
        browser = log_in(cast.officer)
        sent = self.sent(cast, token=self.opened(browser))
        paper = SimpleUploadedFile("来信.txt", "来信全文".encode(), content_type="text/plain")
        page = browser.post(self.ADDRESS, sent | wrong | {"attachments": [paper]})

        assert page.status_code == 200
        assert set(page.context["form"].errors) == fields
        assert "来电人称三月初递交材料" in page.content.decode()
        assert [draft.name for draft in page.context["drafts"]] == ["来信.txt"]
        assert "data-portal-kept" in page.content.decode()
        assert not Case.objects.exists()

        browser.post(self.ADDRESS, sent)
        assert Case.objects.get().attachments.count() == 1
        assert not DraftFile.objects.exists()

    def test_S13_a_failed_check_gives_the_form_back_filled(self, cast):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(cast.officer)

        page = browser.post(self.ADDRESS, self.sent(cast))

        assert page.status_code == 403
        assert page.context["form"]["description"].value() == self.sent(cast)["description"]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
        assert browser.post(self.ADDRESS, self.sent(cast, csrfmiddlewaretoken=token)).status_code == 302
        assert Case.objects.get().title == self.sent(cast)["title"]

    def test_S13_to_nobody_who_may_not_file(self, cast):
        browser = Client(enforce_csrf_checks=True)

        assert browser.post(self.ADDRESS, self.sent(cast)).status_code == 401
        browser.force_login(cast.auditor)
        page = browser.post(self.ADDRESS, self.sent(cast))
        assert page.status_code == 403
        assert "form" not in (page.context or {})

    def test_a_kept_file_can_be_taken_out_again(self, cast, log_in):
        browser = log_in(cast.officer)
        sent = self.sent(cast, token=self.opened(browser))
        paper = SimpleUploadedFile("来信.txt", "来信全文".encode(), content_type="text/plain")
        page = browser.post(self.ADDRESS, sent | {"channel": "", "attachments": [paper]})

        browser.post(self.ADDRESS, sent | {"remove_file": page.context["drafts"][0].id})

        assert not Case.objects.get().attachments.exists()

    def test_S10_the_form_of_a_colleague_is_none_of_ones_own(self, cast, log_in):
        token = self.opened(log_in(cast.clerk))
        log_in(cast.clerk).post(self.ADDRESS, self.sent(cast, token=token))

        page = log_in(cast.officer).post(self.ADDRESS, self.sent(cast, token=token), follow=True)

        assert Case.objects.count() == 2
        assert page.context["case"] != Case.objects.order_by("pk")[0]

    def test_P07_personal_numbers_are_pointed_out_once_before_filing(self, cast, log_in):
        browser = log_in(cast.officer)
        typed = "来电人身份证号为11010519491231002X，请核对处理。"
        sent = self.sent(cast, token=self.opened(browser), description=typed)

        page = browser.post(self.ADDRESS, sent)

        assert "110*************2X" in page.content.decode()
        assert not Case.objects.exists()
        browser.post(self.ADDRESS, sent | {"personal_seen": "1"})
        assert Case.objects.get().description == typed

    def test_P07_those_in_the_answer_at_the_counter_too(self, cast, log_in):
        consultation = {"kind": "consultation", "category": "", "answer": "请打13812345678找经办人。"}

        page = log_in(cast.clerk).post(self.ADDRESS, self.sent(cast, **consultation))

        assert [str(found.masked) for found in page.context["personal"]] == ["138******78"]
        assert not Case.objects.exists()

    def test_4_7_the_receipt_names_whoever_is_first_receiver(self, cast, log_in):
        cast.leader.full_name = "冼国华"
        cast.leader.save()
        browser = log_in(cast.clerk)

        own = browser.post(self.ADDRESS, self.sent(cast), follow=True).content.decode()
        colleague = self.sent(cast, first_receiver=cast.leader.pk, title="同事最先接待的来电")
        named = browser.post(self.ADDRESS, colleague, follow=True).content.decode()

        assert "您是该诉求的首问责任人" in own
        assert "冼国华是该诉求的首问责任人" in named
        assert "您是该诉求的首问责任人" not in named

    @pytest.mark.parametrize("channel", ["web", "fax", ""])
    def test_Z04_only_the_ways_of_the_counter_are_taken(self, cast, log_in, channel):
        log_in(cast.officer).post(self.ADDRESS, self.sent(cast, channel=channel))

        assert not Case.objects.exists()

    @pytest.mark.parametrize(
        ("channel", "paper"),
        [
            ("letter", {}),
            ("email", {}),
            ("visit", {"group_size": "38", "representatives": "黄大力\n梁美玲"}),
            ("reception_day", {}),
            ("hotline", {"reference": "12345-0871"}),
            ("superior", {"from_whom": "省信访局", "reference": "粤信转118号", "report_by": MONTH_AHEAD}),
            ("social_supervisor", {"from_whom": "证号017"}),
            ("inspection", {"reference": "督查第5号"}),
            ("media", {"from_whom": "佛山日报"}),
        ],
    )
    def test_each_channel_is_typed_in_with_its_paper(self, cast, log_in, channel, paper):
        browser = log_in(cast.officer)
        page = browser.post(self.ADDRESS, self.sent(cast, channel=channel, **paper), follow=True)
        assert page.status_code == 200
        case = Case.objects.get()

        assert case.channel == channel
        shown = browser.get(page_of(case)).content.decode()
        for value in (paper.get("from_whom"), paper.get("reference")):
            assert value is None or value in shown

    def test_a_day_without_a_calendar_is_refused_beside_its_field(self, cast, log_in):
        paper = {"from_whom": "省信访局", "reference": "粤信转118号", "report_by": "2099-12-31"}
        page = log_in(cast.officer).post(self.ADDRESS, self.sent(cast, channel="superior", **paper))

        assert set(page.context["form"].errors) == {"report_by"}
        assert not Case.objects.exists()

    def test_what_the_paper_asks_for_is_named_beside_its_field(self, cast, log_in):
        page = log_in(cast.officer).post(self.ADDRESS, self.sent(cast, channel="superior"))

        assert set(page.context["form"].errors) == {"from_whom"}
        assert not Case.objects.exists()

    def test_a_consultation_is_answered_on_the_spot(self, cast, log_in):
        consultation = {"kind": "consultation", "category": "", "answer": "带身份证到三号窗口即可。"}
        page = log_in(cast.clerk).post(self.ADDRESS, self.sent(cast, **consultation), follow=True)

        case = Case.objects.get()
        assert (case.state, case.handler) == (State.REPLIED, cast.clerk)
        assert page.context["is_answered"]
        assert page.context["is_visible"]

    def test_Z04_only_people_of_the_own_organ_are_offered_as_first_receivers(self, cast, log_in):
        form = log_in(cast.clerk).get(self.ADDRESS).context["form"]

        assert set(form.fields["first_receiver"].queryset) == {cast.clerk, cast.leader}
        log_in(cast.clerk).post(self.ADDRESS, self.sent(cast, first_receiver=cast.tax_clerk.pk))
        assert not Case.objects.exists()

    def test_an_anonymous_caller_leaves_no_identity(self, cast, log_in):
        log_in(cast.officer).post(self.ADDRESS, self.sent(cast, anonymous="on"))
        case = Case.objects.get()

        assert case.anonymous
        assert not hasattr(case, "identity")

    @pytest.mark.parametrize("page", ["", "filed/"])
    def test_whoever_holds_no_post_files_for_nobody(self, cast, log_in, page):
        assert log_in(make_user()).get(self.ADDRESS + page).status_code == 302
        assert log_in(cast.auditor).get(self.ADDRESS + page).status_code == 403


def test_an_answer_to_a_supervision_order_goes_to_the_order_it_was_written_to(cast, log_in, at):
    case = case_in(State.HANDLING, cast, at=at)
    actions.order_supervision(case, by=cast.officer, at=at, version=case.version, text="请说明进展。")
    browser = log_in(cast.clerk)
    order = browser.get(do(case, "answer_supervision")).context["form"]["order"].value()

    page = browser.post(do(case, "answer_supervision"), sent(case, text="已现场核实。", order=order))

    assert page.status_code == 302
    assert case.supervision_orders.get().answer == "已现场核实。"


def test_a_follow_up_call_is_recorded_after_a_negative_evaluation(cast, log_in, at):
    case = reply(case_in(State.HANDLING, cast, at=at), cast, at=at)
    actions.evaluate(case, at=at, grade=1)
    case.refresh_from_db()
    page = log_in(cast.officer).post(
        do(case, "record_follow_up"), sent(case, cause="subjective", text="来访人对态度不满。")
    )

    assert page.status_code == 302
    assert case.events.filter(action="record_follow_up").exists()
