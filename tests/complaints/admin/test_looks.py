"""The auditor learns every day who looked at how many complainants, and why (docs/trust.md P-04)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from complaints import actions, looks
from complaints.actions import identity
from complaints.enums import RecusalGround
from complaints.models import IncomingMail, MailLook, Recusal, Reveal
from complaints.tasks import write_digests
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import clock
from efficiency.organs.models import Tenure
from efficiency.outbox import texts
from efficiency.outbox.models import Message
from tests.complaints.uploads.test_serve import sent
from tests.factories.cases import TUESDAY, file, local

DAY, MORNING = date(2026, 3, 3), local(2026, 3, 4, 8, 30)
LIST = "/admin/complaints/reveal/"
WORDS = "需电话核实事发经过"


@pytest.fixture
def cases(cast):
    return [file(cast, at=TUESDAY, files=[sent()]).case for _number in range(3)]


@pytest.fixture
def looked(cast, cases):
    """On Tuesday the officer looked at two complainants, at one of them twice, the inspector at one; a clerk tried."""
    for case, by, category in (
        (cases[0], cast.officer, "verify"),
        (cases[0], cast.officer, "contact"),
        (cases[1], cast.officer, "verify"),
        (cases[2], cast.inspector, "law"),
    ):
        actions.reveal(case, by=by, at=TUESDAY, category=category, reason=WORDS)
    for _try in range(2):
        with pytest.raises(actions.NotAllowed):
            actions.reveal(cases[0], by=cast.clerk, at=TUESDAY, category="verify", reason=WORDS)
    return cases


def concern(case, cast) -> None:
    """The case is about somebody close to the auditor."""
    Recusal.objects.create(case=case, user=cast.auditor, ground=RecusalGround.DECLARED, at=TUESDAY, by=cast.auditor)


def told(cast) -> list[Message]:
    return list(Message.objects.filter(kind=looks.KIND, recipient=cast.auditor, channel="portal").order_by("event"))


def page_of(day: date) -> str:
    return reverse("admin:complaints_reveal_day", args=[day.isoformat()])


class TestMessage:
    def test_P04_comes_the_next_morning_with_numbers_and_no_names(self, cast, looked):
        actions.write_digests_of_looks(at=MORNING)

        [message] = told(cast)
        assert message.values == {"day_on": "2026-03-03", "count": 4, "people": 2, "over": 0, "refused": 2}
        words = texts.words_of([message])[message.pk]
        assert words.path == page_of(DAY)
        for secret in (str(cast.officer), WORDS, looked[0].number):
            assert secret not in f"{words.subject}{words.body}"

    def test_P04_a_look_at_a_letter_counts_as_one(self, cast, looked, log_in, monkeypatch):
        mail = IncomingMail.objects.create(
            mailbox="m", origin="1", size=1, stored_at=TUESDAY, state="aside", reason="broken", done_at=TUESDAY
        )
        MailLook.objects.create(mail=mail, by=cast.officer, at=TUESDAY, category="verify", reason=WORDS)
        monkeypatch.setattr(identity, "MANY_REVEALS", 3)
        identity.point_out_many(cast.officer, TUESDAY)

        assert Message.objects.filter(kind="complaints.many_reveals", recipient=cast.auditor).exists()
        [officer, _inspector, clerk] = looks.of_day(cast.auditor, DAY)
        assert (officer.looks, officer.letters, len(officer.cases), clerk.looks) == (4, 1, 2, 0)
        assert log_in(cast.auditor).get(page_of(DAY)).status_code == 200

        # Of a letter that names the auditor, the auditor reads nothing.
        IncomingMail.objects.update(named=[cast.auditor.pk])
        assert looks.of_day(cast.auditor, DAY)[0].letters == 0

    def test_P04_not_before_half_past_eight(self, cast, looked):
        actions.write_digests_of_looks(at=MORNING - timedelta(minutes=1))

        assert told(cast) == []

    def test_P04_nothing_about_a_day_without_looks(self, cast, cases):
        actions.write_digests_of_looks(at=MORNING)

        assert told(cast) == []

    def test_P04_a_day_on_which_looks_were_refused_alone_is_told_too(self, cast, cases):
        with pytest.raises(actions.NotAllowed):
            actions.reveal(cases[0], by=cast.clerk, at=TUESDAY, category="verify", reason=WORDS)

        actions.write_digests_of_looks(at=MORNING)

        [message] = told(cast)
        assert message.values == {"day_on": "2026-03-03", "count": 0, "people": 0, "over": 0, "refused": 1}

    def test_D06_written_twice_it_comes_once(self, cast, looked):
        for minutes in (0, 10, 20):
            actions.write_digests_of_looks(at=MORNING + timedelta(minutes=minutes))

        assert len(told(cast)) == 1

    def test_P04_days_on_which_the_worker_was_away_are_made_up_for(self, cast, looked):
        actions.reveal(looked[0], by=cast.officer, at=TUESDAY + timedelta(days=2), category="verify", reason=WORDS)

        actions.write_digests_of_looks(at=MORNING + timedelta(days=5))

        assert [message.values["day_on"] for message in told(cast)] == ["2026-03-03", "2026-03-05"]

    def test_Z07_looks_at_a_case_that_concerns_the_auditor_are_not_counted(self, cast, looked):
        concern(looked[2], cast)

        actions.write_digests_of_looks(at=MORNING)

        assert told(cast)[0].values["count"] == 3

    def test_Z15_whoever_is_no_auditor_any_more_gets_no_letter_and_no_page(self, cast, looked):
        actions.write_digests_of_looks(at=MORNING)
        [message] = told(cast)
        Tenure.objects.filter(user=cast.auditor).delete()

        assert looks.still_wanted([message.pk]) == set()
        assert texts.words_of([message])[message.pk].path == ""

    def test_P04_the_worker_writes_it_by_itself(self, cast, looked, monkeypatch):
        monkeypatch.setattr(clock, "read", lambda: clock.Reading(MORNING, 1.0, "boot"))

        write_digests()

        assert len(told(cast)) == 1


class TestDay:
    def test_P04_who_looked_how_often_and_why_and_who_was_refused(self, cast, log_in, looked):
        rows = log_in(cast.auditor).get(page_of(DAY)).context["lookers"]

        assert [(row["name"], row["looks"], row["cases"], row["refused"]) for row in rows] == [
            (str(cast.officer), 3, 2, 0),
            (str(cast.inspector), 1, 1, 0),
            (str(cast.clerk), 0, 0, 2),
        ]
        assert [row["reasons"].count(" ") > 0 for row in rows] == [True, True, False]

    def test_P04_more_than_usual_is_marked(self, cast, log_in, looked, monkeypatch):
        monkeypatch.setattr(looks, "MANY_REVEALS", 2)

        rows = log_in(cast.auditor).get(page_of(DAY)).context["lookers"]

        assert [row["is_over"] for row in rows] == [True, False, False]

    def test_P04_the_name_leads_to_each_look_with_its_reason_in_words(self, cast, log_in, looked):
        browser = log_in(cast.auditor)
        first = browser.get(page_of(DAY)).context["lookers"][0]

        page = browser.get(first["href"])

        assert page.context["cl"].result_count == 3
        assert WORDS in page.content.decode()

    def test_L07_that_the_auditor_read_it_is_on_record(self, cast, log_in, looked):
        browser = log_in(cast.auditor)
        for page in (page_of(DAY), LIST):
            browser.get(page)

        read = AuditRecord.objects.filter(action="audit.read", actor=cast.auditor).order_by("id")
        assert [kept.detail for kept in read] == [{"looks": "2026-03-03"}, {"looks": "list"}]

    @pytest.mark.parametrize("day", ["2026-02-30", "today", "0", "9999-12-31"])
    def test_Z02_what_is_no_day_is_no_page(self, cast, log_in, day):
        assert log_in(cast.auditor).get(f"/admin/complaints/reveal/day/{day}/").status_code == 404

    @pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31"])
    def test_Z02_a_day_of_before_is_one_without_looks(self, cast, log_in, day):
        assert log_in(cast.auditor).get(f"/admin/complaints/reveal/day/{day}/").context["lookers"] == []

    @pytest.mark.parametrize("by", ["0", "x", "9" * 30])
    def test_Z02_nobody_has_no_looks(self, cast, log_in, looked, by):
        assert log_in(cast.auditor).get(f"{LIST}?by={by}").context["cl"].result_count == 0

    @pytest.mark.parametrize("who", ["officer", "inspector", "clerk", "leader"])
    def test_Z02_for_all_others_there_is_none(self, cast, log_in, looked, who):
        browser = log_in(getattr(cast, who))

        assert {browser.get(page).status_code for page in (LIST, page_of(DAY))} == {404}

    def test_Z07_nor_are_looks_at_a_case_that_concerns_the_auditor(self, cast, log_in, looked):
        concern(looked[2], cast)
        browser = log_in(cast.auditor)

        assert str(cast.inspector) not in browser.get(page_of(DAY)).content.decode()
        assert browser.get(LIST).context["cl"].result_count == 3


def test_P04_an_opened_original_counts_towards_what_is_pointed_out(cast, cases, monkeypatch):
    monkeypatch.setattr(identity, "MANY_REVEALS", 1)
    for case in cases[:2]:
        actions.open_original(case, by=cast.officer, at=TUESDAY, position=1, category="verify", reason=WORDS)

    assert Reveal.objects.count() == 2
    assert Message.objects.filter(kind="complaints.many_reveals", recipient=cast.auditor).exists()
