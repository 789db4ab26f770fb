"""Letters of the complaint mailbox in the back office (docs/mail.md)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints import actions
from complaints.enums import RevealReason
from complaints.mailbox import fetching, processing
from complaints.models import IncomingMail, MailState
from efficiency.audit.models import AuditRecord
from tests.complaints.mailbox.conftest import drop, put
from tests.complaints.mailbox.letters import ADDRESS, HOSTILE, SUBJECT, TEXT, letter, mixed, part
from tests.factories.cases import file

__all__ = ["drop"]
LIST = "/admin/complaints/incomingmail/"
WHY = {"category": RevealReason.VERIFY, "reason": "信件无法读取"}


@pytest.fixture
def at():
    return timezone.now()


def take(folder, at, **contents: bytes) -> dict[str, IncomingMail]:
    """Let the letters come and be read; return them by their names."""
    for number, (name, content) in enumerate(contents.items()):
        put(folder, f"{name}.eml", content, age=1000 - number)
    fetching.fetch(at=at)
    processing.read_waiting(at=at)
    return dict(zip(contents, IncomingMail.objects.order_by("pk"), strict=True))


def page(name: str, mail: IncomingMail) -> str:
    return reverse(f"admin:complaints_incomingmail_{name}", args=[mail.pk])


class TestTheList:
    def test_Z16_it_tells_what_became_of_each_and_not_who_wrote_what(self, cast, log_in, drop, at):
        found = take(
            drop,
            at,
            good=letter(),
            robot=letter(more=["Precedence: bulk"], message_id="<2@x>"),
            odd=letter(sender="x", message_id="<3@x>"),
        )
        IncomingMail.objects.filter(pk=found["odd"].pk).update(possible_case=found["good"].case)

        shown = log_in(cast.officer).get(LIST)
        text = shown.content.decode()

        assert found["good"].case.number in text
        assert (shown.context["aside"], shown.context["late"]) == (1, 0)
        assert [number for _label, number in shown.context["without_case"]] == [1]
        for one in found.values():
            text += log_in(cast.officer).get(page("change", one)).content.decode()
        assert not [word for word in (ADDRESS, SUBJECT, TEXT, "王小丽") if word in text]

    def test_it_says_that_a_mailbox_is_away_and_that_letters_wait(self, cast, log_in, drop, at, settings):
        put(drop, "1.eml", letter())
        fetching.fetch(at=at - timedelta(hours=1))
        settings.MAIL_INTAKE_FOLDER = str(drop / "gone")
        fetching.fetch(at=at)

        shown = log_in(cast.officer).get(LIST)

        assert shown.context["late"] == 1
        assert "NoFolder" in shown.content.decode()

    @pytest.mark.parametrize("who", ["clerk", "leader", "inspector", "auditor"])
    def test_Z02_for_everybody_else_it_does_not_exist(self, cast, log_in, drop, at, who):
        mail = take(drop, at, odd=letter(sender="x"))["odd"]
        browser = log_in(getattr(cast, who))

        answers = {
            browser.get(address).status_code
            for address in (LIST, *(page(name, mail) for name in ("change", "open", "try_again", "settle")))
        }

        assert answers <= {403, 404}
        assert browser.post(page("open", mail), WHY).status_code in (403, 404)
        assert not AuditRecord.objects.filter(action="incomingmail.open", outcome="done").exists()

    def test_Z07_a_letter_of_a_case_that_is_absent_is_absent(self, cast, log_in, drop, at):
        mail = take(drop, at, good=letter())["good"]
        actions.declare_recusal(mail.case, by=cast.officer, at=at, reason="与投诉人系亲属")

        browser = log_in(cast.officer)

        assert browser.get(page("open", mail)).status_code == 404
        assert mail.case.number not in browser.get(LIST).content.decode()


class TestOpening:
    def test_P04_a_letter_is_shown_for_a_reason_and_kept_by_no_cache(self, cast, log_in, drop, at):
        mail = take(drop, at, odd=mixed(part(TEXT.encode("gbk"), "text/plain; charset=gbk"), sender="x"))["odd"]
        browser = log_in(cast.officer)

        asked = browser.get(page("open", mail))
        shown = browser.post(page("open", mail), WHY)

        assert TEXT not in asked.content.decode()
        assert TEXT in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        assert AuditRecord.objects.get(action="incomingmail.open").actor == cast.officer

    def test_one_that_cannot_be_taken_apart_is_shown_as_it_begins(self, cast, log_in, drop, at):
        mail = take(drop, at, deep=HOSTILE["nested deep"])["deep"]

        shown = log_in(cast.officer).post(page("open", mail), WHY)

        assert "multipart/mixed; boundary=b1" in shown.content.decode()

    def test_it_is_handed_out_as_it_came(self, cast, log_in, drop, at):
        content = letter(sender="x")
        mail = take(drop, at, odd=content)["odd"]

        given = log_in(cast.officer).post(page("open", mail), {**WHY, "as_file": "on"})

        assert b"".join(given.streaming_content if given.streaming else [given.content]) == content
        assert given["Content-Disposition"].startswith("attachment")
        assert given["X-Content-Type-Options"] == "nosniff"

    def test_markup_in_a_letter_is_text(self, cast, log_in, drop, at):
        mail = take(drop, at, odd=letter(b"<script>alert(1)</script>", sender="x", subject="<b>x"))["odd"]

        shown = log_in(cast.officer).post(page("open", mail), WHY).content.decode()

        assert "<script>alert(1)" not in shown
        assert "&lt;script&gt;alert(1)" in shown

    def test_files_that_were_not_taken_are_named_with_the_reason(self, cast, log_in, drop, at):
        content = mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), part(b"x", "x/y", name="old.doc"))
        mail = take(drop, at, files=content)["files"]

        shown = log_in(cast.officer).post(page("open", mail), WHY).content.decode()

        assert shown.count("old.doc") == 2


class TestSettling:
    def test_one_is_read_again_as_a_case(self, cast, log_in, drop, at):
        mail = take(drop, at, robot=letter(more=["Precedence: bulk"]))["robot"]

        log_in(cast.officer).post(page("try_again", mail), {"is_meant": "on"})
        processing.read_waiting(at=timezone.now())

        mail.refresh_from_db()
        assert mail.state == MailState.FILED

    def test_one_is_settled_with_words(self, cast, log_in, drop, at):
        mail = take(drop, at, odd=letter(sender="x"))["odd"]
        browser = log_in(cast.officer)

        refused = browser.post(page("settle", mail), {"text": ""})
        browser.post(page("settle", mail), {"text": "已登记"})

        mail.refresh_from_db()
        assert refused.context["form"].errors
        assert (mail.state, mail.settled_text, mail.settled_by) == (MailState.SETTLED, "已登记", cast.officer)


class TestThePageOfTheCase:
    def test_the_office_finds_the_letter_and_what_it_seems_to_belong_to(self, cast, log_in, drop, at):
        other = file(cast, at=at).case
        mail = take(drop, at, good=letter(subject=f"补充 {other.number}"))["good"]
        browser = log_in(cast.officer)

        shown = browser.get(reverse("admin:complaints_case_change", args=[mail.case_id])).content.decode()
        letter_page = browser.get(page("change", mail)).content.decode()

        assert page("change", mail) in shown
        assert other.number in letter_page

    def test_its_first_receiver_is_named_there(self, cast, log_in, drop, at):
        mail = take(drop, at, good=letter())["good"]
        step = reverse("admin:complaints_case_do", args=[mail.case_id, "name_receiver"])

        log_in(cast.officer).post(step, {"version": 1, "first_receiver": cast.office_head.pk})

        mail.case.refresh_from_db()
        assert mail.case.first_receiver == cast.office_head
