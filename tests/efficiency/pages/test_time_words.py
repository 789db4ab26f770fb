"""The words and looks of time, in every situation (docs/ui.md)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import translation

from efficiency.pages.deadline_view import AccountRow, CardView, DeadlineView, Situation
from efficiency.pages.templatetags import portal
from efficiency.pages.timeline_view import FileLink, Stage, Step, TimelineEntry

CHINA = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def end_of(*day: int) -> datetime:
    return datetime(*day, 23, 59, 59, tzinfo=CHINA)


def text_of(view: DeadlineView, tag: str = "deadline d") -> str:
    html = Template("{% load portal %}{% " + tag + " %}").render(Context({"d": view}))
    return html


def words_of(view: DeadlineView) -> str:
    html = text_of(view)
    for part in ("<", ">"):
        html = html.replace(part, f"\0{part}" if part == "<" else f"{part}\0")
    return " ".join(" ".join(piece for piece in html.split("\0") if not piece.startswith("<")).split())


CASES = [
    (
        Situation.FAR,
        end_of(2026, 12, 11),
        {"days_left": 13},
        "On time",
        "due by Fri 11 December ; 13 working days left.",
    ),
    (Situation.NEAR, end_of(2026, 11, 25), {"days_left": 1}, "Due soon", "due tomorrow, Wed 25 November ."),
    (Situation.NEAR, end_of(2026, 11, 24), {"days_left": 0}, "Due soon", "due today, Tue 24 November , until 24:00."),
    (Situation.NEAR, end_of(2026, 11, 27), {"days_left": 1}, "Due soon", "Fri 27 November ; 1 working day left."),
    (Situation.OVERDUE, end_of(2026, 11, 19), {"days_over": 3}, "Overdue", "3 working days overdue: Reply was due by"),
    (Situation.OVERDUE, end_of(2026, 11, 20), {"days_over": 0}, "Overdue", "Overdue: Reply was due by Fri 20 November"),
    (
        Situation.SUSPENDED,
        end_of(2026, 12, 1),
        {"suspended_reason": "opinion of a third party", "used": 4, "total": 15},
        "Suspended",
        "stopped: opinion of a third party; 4 of 15 working days used.",
    ),
    (
        Situation.MET,
        end_of(2026, 11, 20),
        {"met_at": end_of(2026, 11, 18), "days_early": 2},
        "Kept",
        "Wed 18 November , 2 working days early",
    ),
    (Situation.MET, end_of(2026, 11, 18), {"met_at": end_of(2026, 11, 18), "days_early": 0}, "Kept", "in time"),
    (
        Situation.MET_LATE,
        end_of(2026, 11, 17),
        {"met_at": end_of(2026, 11, 18), "days_over": 1},
        "Kept late",
        "1 working day late",
    ),
    (Situation.CANCELLED, end_of(2026, 11, 17), {}, "Cancelled", "no longer applies"),
    (Situation.LAPSED, end_of(2026, 11, 17), {}, "Time ended", "ended on Tue 17 November"),
]


class TestDeadline:
    @pytest.mark.parametrize(("situation", "due_at", "more", "word", "sentence"), CASES)
    def test_says_word_and_sentence(self, situation, due_at, more, word, sentence):
        shown = words_of(DeadlineView("Reply", situation, due_at, TODAY, **more))

        assert shown.startswith(word)
        assert sentence in shown

    @pytest.mark.parametrize("situation", Situation)
    def test_always_carries_the_due_moment_for_machines(self, situation):
        view = DeadlineView("Reply", situation, end_of(2026, 12, 11), TODAY, met_at=end_of(2026, 12, 1))

        assert 'data-due="2026-12-11T23:59:59+08:00"' in text_of(view)
        assert 'data-due="2026-12-11T23:59:59+08:00"' in text_of(view, "deadline_tag d")

    def test_another_year_is_named(self):
        view = DeadlineView("Reply", Situation.FAR, end_of(2027, 1, 4), TODAY, days_left=27, is_provisional=True)

        assert "Mon 4 January 2027" in words_of(view)
        assert "Provisional" in words_of(view)
        assert "holidays of 2027" in words_of(view)

    def test_limits_in_hours_end_at_their_minute(self):
        view = DeadlineView("Contact", Situation.NEAR, datetime(2026, 11, 24, 15, 30, tzinfo=CHINA), TODAY, unit="h")

        assert "Tue 24 November 15:30" in words_of(view)

    def test_explains_itself_day_by_day(self):
        rows = (
            AccountRow(date(2026, 11, 27), "working day", 1),
            AccountRow(date(2026, 11, 28), "weekend", None, "not a working day"),
            AccountRow(date(2026, 11, 30), "working day", 2, is_last=True),
        )
        view = DeadlineView("Reply", Situation.FAR, end_of(2026, 11, 30), TODAY, days_left=4, account=rows)

        html = text_of(view)
        assert "<details" in html
        assert html.count("<tr") == 4
        assert "not counted" in html
        assert "<details" not in text_of(view, "deadline d account=False")

    def test_what_comes_from_people_is_escaped(self):
        view = DeadlineView(
            "Reply", Situation.SUSPENDED, end_of(2026, 12, 1), TODAY, suspended_reason="<b>", owner="<i>"
        )

        html = text_of(view)
        assert "<b>" not in html
        assert "<i>" not in html
        assert "&lt;b&gt;" in html
        assert "<time" in html


class TestOwnTime:
    """Time that the citizen has for something is no promise of theirs (docs/domain.md 3.5, mark P)."""

    @pytest.mark.parametrize(
        ("situation", "due_at", "more", "sentence"),
        [
            (Situation.FAR, end_of(2026, 12, 11), {"days_left": 13}, "Time left There is time for evaluation until"),
            (Situation.NEAR, end_of(2026, 11, 27), {"days_left": 1}, "Fri 27 November ; 1 working day left."),
            (Situation.NEAR, end_of(2026, 11, 25), {"days_left": 1}, "evaluation until tomorrow, Wed 25 November ."),
            (Situation.NEAR, end_of(2026, 11, 24), {"days_left": 0}, "until today, Tue 24 November , 24:00."),
            (Situation.FAR, end_of(2026, 12, 11), {}, "There is time for evaluation until Fri 11 December ."),
            (Situation.MET, end_of(2026, 11, 18), {"met_at": end_of(2026, 11, 17)}, "there was time until"),
        ],
    )
    def test_is_said_as_what_it_is(self, situation, due_at, more, sentence):
        shown = words_of(DeadlineView("evaluation", situation, due_at, TODAY, is_own_time=True, **more))

        assert sentence in shown
        assert "is due" not in shown

    def test_using_it_is_no_promise_kept(self):
        view = DeadlineView("evaluation", Situation.MET, end_of(2026, 11, 18), TODAY, is_own_time=True)

        assert view.tag_word == "Done"


class TestWords:
    @pytest.mark.parametrize("stop", ["。", ".", "；", " 。", ""])
    def test_a_sentence_inside_another_has_no_stop(self, stop):
        assert portal.unstopped(f"请补充回执{stop}") == "请补充回执"

    def test_a_moment_is_shown_in_the_zone_of_the_portal(self):
        assert portal.moment(datetime(2026, 11, 23, 16, 30, tzinfo=ZoneInfo("UTC")), TODAY) == "Tue 24 November 00:30"

    def test_nothing_stays_nothing(self):
        assert portal.day(None) == ""
        assert portal.moment(None) == ""

    @pytest.mark.parametrize(
        ("number", "unit", "text"),
        [
            (1, "wd", "1 working day"),
            (2, "wd", "2 working days"),
            (3, "d", "3 days"),
            (1, "h", "1 hour"),
            (None, "wd", "0 working days"),
        ],
    )
    def test_amounts_carry_their_unit(self, number, unit, text):
        assert portal.amount(number, unit) == text

    def test_codes_are_read_in_fours(self):
        assert portal.fours("ABCDEFGH JK") == "ABCD EFGH JK"

    @pytest.mark.parametrize(
        ("href", "outside"),
        [
            ("https://www.gov.cn/x", False),
            ("https://zfwzzc.www.gov.cn/", False),
            ("/about/", False),
            ("https://evilgov.cn/", True),
            ("https://www.example.com/", True),
        ],
    )
    def test_links_that_leave_say_so(self, href, outside):
        assert ("(external website)" in portal.portal_link(href, "There")) is outside


class TestTimeline:
    ENTRIES = [
        TimelineEntry("Received", datetime(2026, 11, 18, 10, 32, tzinfo=CHINA), "Line one\nline two", "Office"),
        TimelineEntry("Handled", stage=Stage.CURRENT, files=(FileLink("reply.pdf", "/f/1/", 2048),)),
        TimelineEntry("Note", is_internal=True),
        TimelineEntry("Reply", stage=Stage.EXPECTED),
    ]

    def test_tells_done_current_and_expected_apart_by_words(self):
        html = Template("{% load portal %}{% timeline e %}").render(Context({"e": self.ENTRIES}))

        assert html.count('aria-current="step"') == 1
        assert "still to come" in html
        assert "internal" in html
        assert "reply.pdf" in html
        assert "2.0" in html

    def test_keeps_the_order_given(self):
        html = Template("{% load portal %}{% timeline e %}").render(Context({"e": self.ENTRIES[::-1]}))

        assert html.index("Reply") < html.index("Received")

    def test_a_stepper_names_the_current_step(self):
        steps = [Step("One", Stage.DONE), Step("Two", Stage.CURRENT), Step("Three", Stage.EXPECTED)]
        html = Template("{% load portal %}{% stepper s %}").render(Context({"s": steps}))

        assert html.count('aria-current="step"') == 1
        assert "(done)" in html


class TestCard:
    def test_says_its_colour_in_words(self):
        render = Template("{% load portal %}{% card_tag c %}").render

        assert "Yellow card" in render(Context({"c": CardView(is_red=False)}))
        assert "Red card" in render(Context({"c": CardView(is_red=True)}))

    def test_a_revoked_one_is_struck_through_and_says_so(self):
        html = Template("{% load portal %}{% card_tag c %}").render(
            Context({"c": CardView(is_red=True, is_revoked=True)})
        )

        assert "<s>Red card</s>" in html
        assert "Card revoked" in html
        assert "card-red" not in html
