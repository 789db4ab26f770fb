"""The page of a case: what stands first, how long each organ has had it, and its course with files (docs/ui.md)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints import actions, timeline
from complaints.admin.page import held_of, spans_of
from complaints.enums import State
from complaints.models import Case
from efficiency.files.clean import CleanFile
from tests.factories.cases import TUESDAY, case_in, file, lead, local

WEDNESDAY, FRIDAY, NEXT_TUESDAY = (local(2026, 3, day) for day in (4, 6, 10))


def page_of(case: Case, course: str = "") -> str:
    address = reverse("admin:complaints_case_change", args=[case.pk])
    return f"{address}?course={course}" if course else address


def paper(name: str) -> CleanFile:
    return CleanFile(b"x", "text/plain; charset=utf-8", name, original=b"x")


@pytest.fixture
def passed_about(cast):
    """A case that went from the construction bureau to the tax bureau and back."""
    case = case_in(State.HANDLING, cast)
    for organ, handler, at in (
        (cast.city.tax, cast.tax_clerk, WEDNESDAY),
        (cast.city.construction, cast.clerk, NEXT_TUESDAY),
    ):
        actions.transfer(case, by=cast.officer, at=at, version=case.version, organ=organ, reason="职责划分")
        case.refresh_from_db()
        actions.sign_in(case, by=handler, at=at, version=case.version)
        case.refresh_from_db()
    return case


class TestTimeOfEach:
    def test_each_span_has_its_working_days(self, cast, passed_about):
        spans = spans_of(passed_about, at=NEXT_TUESDAY + timedelta(days=2))

        # From Tuesday on one day, over a weekend four, since the second Tuesday two.
        assert [(span.organ, span.days) for span in spans] == [
            (cast.city.construction, 2),
            (cast.city.tax, 4),
            (cast.city.construction, 1),
        ]

    def test_own_time_and_time_of_others(self, cast, passed_about):
        held = held_of(spans_of(passed_about, at=NEXT_TUESDAY + timedelta(days=2)))

        assert (held.organ, held.own, held.others) == (cast.city.construction, 3, 4)

    def test_nobody_has_it_before_it_is_given_to_an_organ(self, cast):
        case = case_in(State.REGISTERED, cast)

        assert held_of(spans_of(case, at=TUESDAY)) is None

    def test_the_page_says_it(self, cast, log_in, passed_about):
        with time_machine.travel(NEXT_TUESDAY + timedelta(days=2)):
            body = log_in(cast.officer).get(page_of(passed_about)).content.decode()

        assert "累计承办3 个工作日" in body
        assert "其他单位用时：4 个工作日" in body


class TestCourse:
    @pytest.fixture
    def case(self, cast):
        """A case that came with a file, in which staff wrote, and to which the citizen added another file."""
        case = file(cast, files=[paper("a.txt")], named_person="", consent=True).case
        lead(case, cast, State.HANDLING)
        actions.order_supervision(case, by=cast.officer, at=TUESDAY, version=case.version, text="请说明进展。")
        case.refresh_from_db()
        actions.record_contact(case, by=cast.clerk, at=TUESDAY, version=case.version, reached=True, text="已联系。")
        case.refresh_from_db()
        actions.add_material(case, at=TUESDAY, text="补充回执一张。", files=[paper("b.txt")])
        return case

    def shown(self, browser, case, course="") -> list[str]:
        page = browser.get(page_of(case, course))
        return [str(entry.word) for entry in page.context["entries"]]

    def test_the_files_stand_where_they_came(self, cast, log_in, case):
        entries = log_in(cast.officer).get(page_of(case)).context["entries"]

        with_files = [(str(entry.word), [link.name for link in entry.files]) for entry in entries if entry.files]
        assert [names for _word, names in with_files] == [["附件2.txt"], ["附件1.txt"]]
        for entry in entries:
            for link in entry.files:
                assert log_in(cast.officer).get(link.href).status_code == 200

    def test_whoever_may_not_open_a_file_finds_none_there(self, cast, log_in, case):
        case.attachments.update(office_only=True)

        entries = log_in(cast.clerk).get(page_of(case)).context["entries"]

        assert not any(entry.files for entry in entries)

    def test_each_kind_of_entry_alone(self, cast, log_in, case):
        browser = log_in(cast.officer)
        everything = self.shown(browser, case)
        steps, messages = self.shown(browser, case, "steps"), self.shown(browser, case, "messages")

        assert len(self.shown(browser, case, "files")) == 2
        assert len(steps) == 6  # filed, accepted, registered, submitted, assigned, signed in
        assert messages[0] == everything[0]  # what the citizen handed in
        assert "督办" not in "".join(messages)
        assert set(steps) | set(messages) < set(everything)

    @pytest.mark.parametrize("word", ["", "all", "drop table", "FILES"])
    def test_anything_else_is_everything(self, cast, log_in, case, word):
        page = log_in(cast.officer).get(page_of(case, word))

        assert len(page.context["entries"]) == case.events.count()
        assert page.context["course"] == timeline.Course.ALL

    def test_a_kind_that_is_not_there_is_said(self, cast, log_in):
        case = case_in(State.RECEIVED, cast)

        assert "办理经过中没有此类记录" in log_in(cast.officer).get(page_of(case, "files")).content.decode()


class TestOrder:
    def test_what_a_leader_decides_on_the_phone_comes_before_what_folds(self, cast, log_in):
        case = case_in(State.HANDLING, cast)
        words = {"outcome": "upheld", "findings": "经查属实。", "measures": "已发证。", "basis": "《行政许可法》"}
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **words)
        body = log_in(cast.leader).get(page_of(case)).content.decode()
        approve = reverse("admin:complaints_case_do", args=[case.pk, "approve_reply"])
        back = reverse("admin:complaints_case_do", args=[case.pk, "return_reply"])

        first, second, third = (match.start() for match in re.finditer(re.escape(f'href="{approve}"'), body))
        places = [
            body.index('class="case-bar"'),
            first,
            body.index('id="next"'),
            second,
            body.index('id="content-of-case"'),
            body.index("经查属实。"),
            third,
            body.index(f'href="{back}"', third),
            body.index('id="course"'),
            body.index('id="who-holds"'),
        ]
        assert places == sorted(places)
        assert body.count("<details") == body.count("</details>")

    def test_who_only_reads_finds_no_decision_below_the_reply(self, cast, log_in):
        case = case_in(State.HANDLING, cast)
        words = {"outcome": "upheld", "findings": "经查属实。", "measures": "已发证。", "basis": "《行政许可法》"}
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **words)

        page = log_in(cast.inspector).get(page_of(case))

        assert page.context["on_reply"] == []


def test_more_spans_entries_and_files_ask_no_more(cast, log_in, passed_about):
    browser = log_in(cast.officer)
    first = Case.objects.get(pk=passed_about.pk)
    actions.add_material(first, at=NEXT_TUESDAY, text="第一份。", files=[paper("first.txt")])
    browser.get(page_of(passed_about))
    with time_machine.travel(NEXT_TUESDAY, tick=False), CaptureQueriesContext(connection) as few:
        browser.get(page_of(passed_about))
    for organ, handler in ((cast.city.tax, cast.tax_clerk), (cast.city.construction, cast.clerk)):
        case = Case.objects.get(pk=passed_about.pk)
        actions.transfer(case, by=cast.officer, at=NEXT_TUESDAY, version=case.version, organ=organ, reason="职责划分")
        case.refresh_from_db()
        actions.sign_in(case, by=handler, at=NEXT_TUESDAY, version=case.version)
    for name in ("a.txt", "b.txt", "c.txt"):
        actions.add_material(Case.objects.get(pk=case.pk), at=NEXT_TUESDAY, text="补充。", files=[paper(name)])

    with time_machine.travel(NEXT_TUESDAY, tick=False), CaptureQueriesContext(connection) as many:
        browser.get(page_of(passed_about))

    assert len(many) <= len(few)
