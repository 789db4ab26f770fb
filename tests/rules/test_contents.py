"""One case, one file: the contents list of an archived file (docs/domain.md 4.9)."""

import pytest

from complaints import actions, contents, workflow
from complaints.enums import Retention, State
from complaints.models import Case
from efficiency.files.clean import CleanFile
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.rules.test_merging import join

pytestmark = pytest.mark.django_db


def titles(case: Case, user) -> list[str]:
    found = contents.contents_of(case, user)
    assert found is not None
    return [str(paper.title) for paper in found.papers]


def title_of(action: str) -> str:
    return str(contents.TITLES[action])


class TestTheList:
    def test_4_9_names_every_paper_in_its_order(self, cast):
        case = make.case_in(State.ARCHIVED, cast)

        found = contents.contents_of(case, cast.officer)

        assert found is not None
        way = ["file", "accept", "register", "submit", "instruct", "approve_reply", "report", "close", "archive"]
        assert [str(paper.title) for paper in found.papers] == [title_of(action) for action in way]
        assert [paper.place for paper in found.papers] == list(range(1, len(way) + 1))
        assert {paper.on for paper in found.papers} == {TUESDAY.date()}
        reply = found.papers[way.index("approve_reply")]
        assert reply.author == cast.city.construction.name
        assert reply.number == case.events.get(action="approve_reply").number

    def test_4_9_has_class_and_closing_year_on_its_cover(self, cast):
        case = make.case_in(State.CLOSED, cast)
        actions.archive(
            case, by=cast.officer, at=TUESDAY, version=case.version, retention=Retention.PERMANENT, note="附照片"
        )

        found = contents.contents_of(case, cast.officer)

        assert found is not None
        assert (found.retention, found.closing_year) == (Retention.PERMANENT.label, 2026)
        assert found.archived_on == TUESDAY.date()

    def test_4_9_questions_their_answers_and_every_file_are_in_it(self, cast):
        def paper(name: str) -> CleanFile:
            return CleanFile(content=name.encode(), content_type="text/plain", original_name=name, original=b"1")

        case = make.case_in(State.HANDLING, cast, files=[paper("照片")])
        make.ask(case, cast)
        actions.answer_question(case, at=TUESDAY, text="三月二日上午递交。", files=[paper("回执")])
        for name in ("附表一", "附表二"):
            actions.add_reply_files(case, by=cast.clerk, at=TUESDAY, version=case.version, files=[paper(name)])
        make.lead(case, cast, State.ARCHIVED)

        found = contents.contents_of(case, cast.officer)

        assert found is not None
        files = {str(paper.title): paper.files for paper in found.papers}
        ways = ("file", "ask_question", "answer_question", "approve_reply")
        assert [files[title_of(action)] for action in ways] == [1, 0, 1, 2]
        assert found.files == case.attachments.count() == 4

    def test_4_9_there_is_none_before_the_archiving(self, cast):
        assert contents.contents_of(make.case_in(State.CLOSED, cast), cast.officer) is None

    def test_4_9_what_was_not_handled_has_one_too(self, cast):
        case = make.case_in(State.REJECTED, cast)
        actions.archive(case, by=cast.officer, at=TUESDAY, version=case.version)

        assert titles(case, cast.officer) == [title_of(action) for action in ("file", "reject", "archive")]

    def test_4_9_question_and_answer_are_papers_and_files_stand_with_what_they_came_or_went_with(self, cast):
        case = make.case_in(State.HANDLING, cast)
        make.ask(case, cast)
        paper = CleanFile(content=b"1", content_type="text/plain", original_name="附表.txt", original=b"1")
        actions.answer_question(case, at=TUESDAY, text="二月二十四日上午。", files=[paper])
        actions.add_reply_files(case, by=cast.clerk, at=TUESDAY, version=case.version, files=[paper, paper])
        actions.add_reply_files(case, by=cast.clerk, at=TUESDAY, version=case.version, files=[paper])
        follower = join(make.file(cast).case, case, cast)
        make.lead(case, cast, State.ARCHIVED)
        follower.refresh_from_db()

        found, shared = contents.contents_of(case, cast.officer), contents.contents_of(follower, cast.officer)

        assert found is not None
        assert shared is not None
        files = {str(paper.title): paper.files for paper in found.papers}
        assert (files[title_of("ask_question")], files[title_of("answer_question")]) == (0, 1)
        assert (files[title_of("approve_reply")], found.files) == (3, 4)
        assert {str(paper.title): paper.files for paper in shared.papers}[title_of("share_reply")] == 3

    def test_every_paper_comes_from_a_step_of_the_table(self):
        assert set(contents.TITLES) <= {row.action for row in workflow.TRANSITIONS}


class TestWhatAViewerMaySee:
    def test_P06_talks_with_whoever_stays_unknown_are_the_offices(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.record_contact(case, by=cast.officer, at=TUESDAY, version=case.version, text="已联系", reached=True)
        make.lead(case, cast, State.ARCHIVED)

        assert title_of("record_contact") in titles(case, cast.officer)
        assert title_of("record_contact") not in titles(case, cast.clerk)

    def test_P06_where_the_organ_reads_the_summary_the_complaint_is_no_paper_of_it(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.write_summary(
            case,
            by=cast.officer,
            at=TUESDAY,
            version=case.version,
            title="窗口服务问题",
            text="核实许可事项是否在期限内办结。",
        )
        actions.add_material(case, at=TUESDAY, text="补充一份回执。")
        make.lead(case, cast, State.ARCHIVED)

        assert {title_of("file"), title_of("add_material")} <= set(titles(case, cast.officer))
        seen = set(titles(case, cast.clerk))
        assert not {title_of("file"), title_of("add_material")} & seen
        assert title_of("write_summary") in seen
        found = contents.contents_of(case, cast.clerk)
        assert found is not None
        assert found.words.title == "窗口服务问题"
