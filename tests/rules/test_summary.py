"""The neutral summary 摘要: who complained is never read by those who must not know it (docs/domain.md 4.3, P-06)."""

import contextlib
import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from complaints import actions, deadlines, people, similar, timeline, wording, workflow, worklist
from complaints.enums import Channel, Handling, Kind, NamedPerson, State, Wording
from complaints.models import Attachment, Case, CaseSummary
from efficiency.access.scope import scope_of
from efficiency.audit import verify
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Post, Role
from efficiency.tables import Format
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast, case_in, lead, local
from tests.factories.staff import make_post, seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
NAME, PHONE = "欧阳小明", "13812345678"
SECRET = f"我是{NAME}，住三号楼二单元，窗口让我跑了三趟仍不受理，请督促办理。"
SUMMARY = {"title": "施工许可受理问题", "text": "请核实该窗口近期受理施工许可申请的情况，有无应受理而未受理。"}


def telling(cast: Cast, state: State = State.SUBMITTED, **fields) -> Case:
    """A case whose text gives a confidential complainant away."""
    return case_in(state, cast, **({"description": SECRET, "title": f"{NAME}的申请没人管", "name": NAME} | fields))


def summarise(case: Case, cast: Cast, **changes):
    given = SUMMARY | {"version": case.version, "by": cast.officer, "at": LATER} | changes
    return actions.write_summary(case, **given)


def instruct(case: Case, cast: Cast):
    return actions.instruct(
        case,
        by=cast.office_head,
        at=LATER,
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=cast.city.construction,
        instruction="请办理",
    )


def handed_over(cast: Cast, **fields) -> Case:
    """A telling case in the hands of the organ, with a summary in its place."""
    case = telling(cast, **fields)
    summarise(case, cast)
    instruct(case, cast)
    actions.sign_in(case, by=cast.clerk, at=LATER, version=case.version)
    return case


def added(case: Case, text: str = "补充：当天受理的是二号窗口。"):
    return actions.add_material(case, at=LATER, text=text)


class TestWhatGivesAway:
    @pytest.mark.parametrize(
        "text",
        [
            SECRET,
            "我是 欧 阳·小 明，窗口让我跑了三趟仍不受理，请督促办理。",
            "请打 138-1234-5678 给我回电，窗口让我跑了三趟仍不受理。",
            "请回信到 OUYANG@example.com，窗口让我跑了三趟仍不受理。",
            "身份证 11010519491231002X 的人窗口让跑了三趟仍不受理。",
        ],
    )
    def test_P06_name_contact_and_personal_numbers_do_however_they_are_written(self, cast, text):
        case = make.file(cast, name=NAME, phone=PHONE, email="ouyang@example.com", description=text).case

        assert case.wording == Wording.WITHHELD

    def test_P06_a_plain_text_does_not_and_goes_to_the_organ_as_it_is(self, cast):
        case = case_in(State.HANDLING, cast)

        assert case.wording == Wording.ORIGINAL
        assert wording.words_for(case, cast.clerk).description == case.description

    def test_P06_whoever_lets_the_organ_know_them_gives_nothing_away(self, cast):
        assert telling(cast, State.HANDLING, consent=True).wording == Wording.ORIGINAL

    def test_P05_of_an_anonymous_one_only_numbers_are_known(self, cast):
        with_number = "我的电话 13900000001，窗口让我跑了三趟仍不受理。"

        assert make.file(cast, anonymous=True, description=with_number).case.wording == Wording.WITHHELD
        assert make.file(cast, anonymous=True, description=SECRET).case.wording == Wording.ORIGINAL


class TestBeforeAnOrganReadsIt:
    def test_P06_it_goes_to_no_organ_before_the_summary_is_written(self, cast):
        case = telling(cast)

        with pytest.raises(actions.Invalid) as refusal:
            instruct(case, cast)
        assert refusal.value.field == "organ"

        case.refresh_from_db()
        summarise(case, cast)
        instruct(case, cast)
        assert case.state == State.ASSIGNED

    def test_P06_the_office_may_handle_it_itself_without_one(self, cast):
        case = telling(cast)

        actions.instruct(
            case, by=cast.office_head, at=LATER, version=case.version, handling=Handling.OWN, instruction="自办"
        )

        assert wording.words_for(case, cast.officer).description == SECRET

    def test_P06_an_assisting_organ_is_asked_whatever_the_text_says(self, cast):
        case = handed_over(cast)

        assert make.join(case, cast).is_open


class TestSectionComplainedAbout:
    """The section of the post that a case is about learns nothing of who complained and handles nothing (4.3)."""

    @pytest.fixture
    def case(self, cast) -> Case:
        accused = make_post(cast.city.construction, Role.CLERK)
        Post.objects.filter(pk__in=[accused.pk, cast.clerk.tenures.get().post_id]).update(section="审批科")
        case = case_in(State.ASSIGNED, cast, consent=True)
        Case.objects.filter(pk=case.pk).update(about_post=accused, named_person_state=NamedPerson.LINKED)
        summarise(case, cast, replaces_text=False)
        case.refresh_from_db()
        return case

    @pytest.fixture
    def colleague(self, cast):
        return seat(Role.CLERK, cast.city.construction)

    def test_knows_of_the_case_and_takes_no_step(self, cast, case, colleague):
        assert Case.objects.visible_to(cast.clerk).contains(case)
        assert [step.name for step in workflow.next_actions(case, cast.clerk)] == ["declare_recusal"]
        with pytest.raises(actions.NotAllowed):
            actions.sign_in(case, by=cast.clerk, at=LATER, version=case.version)

        actions.sign_in(case, by=colleague, at=LATER, version=case.version)

    def test_finds_it_in_no_list_of_work(self, cast, case, colleague):
        def waits_for(user):
            known = worklist.with_moves(Case.objects.visible_to(user), user)
            moves = [worklist.own_move(scope_of(user), each) for each in known]
            return known.filter(worklist.waiting_for(user)).exists(), any(moves)

        assert waits_for(type(cast.clerk).objects.get(pk=cast.clerk.pk)) == (False, False)
        assert waits_for(colleague) == (True, True)

    def test_is_neither_offered_nor_given_the_case(self, cast, case, colleague):
        on = date(2026, 3, 3)
        assert list(people.handlers(case, on)) == [colleague]
        actions.sign_in(case, by=colleague, at=LATER, version=case.version)
        with pytest.raises(actions.Invalid):
            actions.assign(case, by=cast.leader, at=LATER, version=case.version, handler=cast.clerk, reason="轮岗")

    def test_P06_is_shown_no_identity_whatever_the_consent(self, cast, case, colleague, client: Client):
        address = reverse("admin:complaints_case_change", args=[case.pk])
        for user, is_shown in ((cast.clerk, False), (colleague, True)):
            client.force_login(user)
            page = client.get(address).content.decode()
            assert ("陈**" in page or "陈*明" in page) is is_shown
        with pytest.raises(actions.NotAllowed):
            actions.reveal(case, by=cast.clerk, at=LATER, category="contact", reason="联系投诉人")
        assert actions.reveal(case, by=colleague, at=LATER, category="contact", reason="联系投诉人").name == "陈小明"

    def test_reads_no_talk_with_the_complainant(self, cast, case, colleague):
        actions.sign_in(case, by=colleague, at=LATER, version=case.version)
        actions.record_contact(
            case, by=colleague, at=LATER, version=case.version, text="住三号楼，周三在家。", reached=True
        )

        def read_by(user):
            return "".join(str(each.text) for each in timeline.internal(case, user))

        assert "三号楼" in read_by(colleague)
        assert "三号楼" not in read_by(cast.clerk)

    def test_a_handler_of_that_section_gives_the_case_away_once_it_is_linked(self, cast, colleague):
        accused = make_post(cast.city.construction, Role.CLERK)
        Post.objects.filter(pk__in=[accused.pk, cast.clerk.tenures.get().post_id]).update(section="审批科")
        accused.refresh_from_db()
        case = case_in(State.HANDLING, cast)
        assert case.handler == cast.clerk

        actions.link_person(
            case, by=cast.officer, at=LATER, version=case.version, post=accused, reason="经核实系该岗位"
        )

        assert case.handler is None

    def test_a_handler_who_moves_there_gives_the_case_away(self, cast):
        accused = make_post(cast.city.construction, Role.CLERK)
        Post.objects.filter(pk=accused.pk).update(section="审批科")
        case = case_in(State.HANDLING, cast)
        Case.objects.filter(pk=case.pk).update(about_post=accused, named_person_state=NamedPerson.LINKED)
        assert actions.pass_on_assignments(at=LATER) == 0

        Post.objects.filter(pk=cast.clerk.tenures.get().post_id).update(section="审批科")

        assert actions.pass_on_assignments(at=LATER) == 1


class TestLaterWords:
    """Whatever a confidential complainant writes later is looked at as the first text was (P-06, P-07)."""

    def test_an_evaluation_that_tells_cannot_be_left_to_the_organ(self, cast):
        case = case_in(State.REPLIED, cast)
        actions.evaluate(case, at=LATER, grade=4, text="我是陈小明，办得好。")
        assert case.wording == Wording.WITHHELD

        with pytest.raises(actions.Invalid) as refusal:
            summarise(case, cast, replaces_text=False)

        assert refusal.value.field == "replaces_text"

    def test_an_evaluation_counts_when_the_consent_is_taken_back(self, cast):
        case = case_in(State.REPLIED, cast, consent=True)
        actions.evaluate(case, at=LATER, grade=4, text="我是陈小明，办得好。")
        assert case.wording == Wording.ORIGINAL

        actions.hide_identity(case, at=LATER)

        assert case.wording == Wording.WITHHELD

    def test_the_reason_of_a_withdrawal_is_not_read_by_the_organ_afterwards(self, cast):
        case = case_in(State.HANDLING, cast)

        actions.withdraw(case, at=LATER, reason="我是陈小明，已经协商好了。")

        assert case.wording == Wording.WITHHELD

    def test_a_contact_that_is_corrected_is_looked_for_in_what_was_written(self, cast):
        code = make.file(cast, email="", description="请回复 li.ming@example.cn，窗口让我跑了三趟仍不受理。")
        case = code.case
        assert case.wording == Wording.ORIGINAL

        actions.correct_contact(case, at=LATER, code=code.code, email="li.ming@example.cn")

        assert case.wording == Wording.WITHHELD

    def test_the_field_for_a_person_complained_about_is_looked_at_too(self, cast):
        case = make.file(cast, named_person="王某（陈小明可作证）").case

        assert case.wording == Wording.WITHHELD

    def test_4_1_representatives_of_a_group_are_identity(self, cast):
        intake = actions.Intake(by=cast.officer, group_size=8, representatives=["黄大力", "梁美玲"])
        case = make.file(
            cast,
            channel=Channel.VISIT,
            intake=intake,
            description="我和黄大力三次到窗口都没有办成，请督促办理施工许可申请。",
        ).case

        assert case.wording == Wording.WITHHELD
        with pytest.raises(actions.Invalid):
            summarise(case, cast, text="请核实黄大力等人的申请。")

    def test_an_answer_at_the_reception_leaves_the_text_promised_to_the_organ(self, cast):
        intake = actions.Intake(by=cast.clerk)
        case = make.file(
            cast,
            kind=Kind.CONSULTATION,
            category="",
            channel=Channel.PHONE,
            intake=intake,
            description="来电人13812345678询问施工许可需要哪些材料。",
        ).case

        actions.answer_at_reception(case, by=cast.clerk, at=LATER, answer="需要申请表和图纸。")

        assert deadlines.running(case, deadlines.EDIT_TEXT)
        assert {str(each.title) for each in verify.run() if each.violations} == set()


class TestTrying:
    def test_P04_whoever_tries_names_is_on_record(self, cast):
        case = telling(cast)

        for name in ("王小明", NAME):
            with contextlib.suppress(actions.Invalid):
                summarise(case, cast, text=f"请核实{name}的申请。")
            case.refresh_from_db()

        refused = AuditRecord.objects.filter(action="case.write_summary", outcome=Outcome.REFUSED)
        assert [each.detail["refusal"] for each in refused] == ["GivesAway"]


class TestSummary:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("text", " "),
            ("title", f"{NAME}的申请没人管"),
            ("text", f"经反映：{SECRET}"),
            ("text", f"请核实{NAME}的申请。"),
            ("text", "请核实并回电 13812345678。"),
            ("title", "致电１３８１２３４５６７８"),
            ("title", SECRET[8:40]),
        ],
    )
    def test_P06_neither_words_of_the_complaint_nor_a_trace_of_who_complained_stand_in_it(self, cast, field, value):
        case = telling(cast)

        with pytest.raises(actions.Invalid) as refusal:
            summarise(case, cast, **{field: value})

        assert refusal.value.field == field
        assert not CaseSummary.objects.exists()

    def test_P06_the_number_of_the_case_does_not_stand_in_it(self, cast):
        case = telling(cast)

        with pytest.raises(actions.Invalid):
            summarise(case, cast, text=f"编号{case.number}反映窗口受理问题，请核实。")

    def test_P06_a_telling_text_cannot_be_left_to_the_organ(self, cast):
        with pytest.raises(actions.Invalid) as refusal:
            summarise(telling(cast), cast, replaces_text=False)

        assert refusal.value.field == "replaces_text"

    def test_P11_it_cannot_be_left_to_the_organ_once_nobody_knows_the_name_any_more(self, cast):
        case = telling(cast)
        summarise(case, cast)
        case.identity.delete()

        with pytest.raises(actions.Invalid):
            summarise(case, cast, replaces_text=False)

    def test_P06_one_for_the_person_complained_about_alone_leaves_the_organ_the_text(self, cast):
        case = case_in(State.HANDLING, cast)

        summarise(case, cast, replaces_text=False)

        assert wording.words_for(case, cast.clerk).is_original
        assert case.summaries.get().text == SUMMARY["text"]

    def test_the_newest_holds_and_every_one_is_kept(self, cast):
        case = handed_over(cast)

        summarise(case, cast, text="请核实二号窗口的受理情况。")

        assert case.summaries.count() == 2
        assert wording.words_for(case, cast.clerk).description == "请核实二号窗口的受理情况。"


class TestWhoReadsWhat:
    def test_P06_office_and_inspector_read_the_original_the_organ_the_summary(self, cast):
        case = handed_over(cast)

        for user in (cast.officer, cast.office_head, cast.inspector):
            assert wording.words_for(case, user).description == SECRET
        for user in (cast.clerk, cast.leader):
            words = wording.words_for(case, user)
            assert (words.title, words.description, words.location) == (*SUMMARY.values(), "")

    def test_P06_everywhere_that_the_organ_looks_no_word_of_it_is_found(self, cast, client: Client):
        case = handed_over(cast, location="三号楼二单元")
        added(case)
        client.force_login(cast.clerk)

        for address in (
            reverse("admin:index"),
            reverse("admin:complaints_case_changelist"),
            reverse("admin:complaints_case_change", args=[case.pk]),
            reverse("admin:complaints_case_do", args=[case.pk, "propose_reply"]),
        ):
            page = client.get(address).content.decode()
            assert SUMMARY["title"] in page, address
            for hidden in (NAME, "三号楼", "跑了三趟", "二号窗口"):
                assert hidden not in page, (address, hidden)

    def test_P06_the_office_reads_both_on_the_page_of_the_case(self, cast, client: Client):
        case = handed_over(cast)
        client.force_login(cast.officer)

        page = client.get(reverse("admin:complaints_case_change", args=[case.pk])).content.decode()

        assert SECRET in page
        assert SUMMARY["text"] in page

    def test_P06_the_search_of_the_organ_finds_only_what_it_reads(self, cast):
        case = handed_over(cast)

        def found(words, user):
            return list(Case.objects.visible_to(user).matching(words, user))

        for words in (NAME, "三号楼", "号楼"):
            assert found(words, cast.officer) == [case]
            assert found(words, cast.clerk) == []
        for words in ("近期受理", "施工许可受理", case.number):
            assert found(words, cast.clerk) == [case]

    def test_P06_the_list_ranks_and_marks_what_is_read_alone(self, cast, client: Client):
        handed_over(cast)
        address = reverse("admin:complaints_case_changelist")

        def page(words, user):
            client.force_login(user)
            return client.get(address, {"q": words}).content.decode()

        assert "号楼</mark>" in page("号楼", cast.officer)
        assert SUMMARY["title"] not in page("号楼", cast.clerk)
        shown = page("近期受理", cast.clerk)
        assert "近期受理</mark>" in shown
        for hidden in (NAME, "三号楼", "跑了三趟"):
            assert hidden not in shown

    def test_P06_in_a_file_of_the_list_stands_the_summary(self, cast):
        handed_over(cast)

        def titles(user):
            export = actions.export_cases(
                Case.objects.all(), by=user, at=LATER, as_=Format.CSV, filters={}, is_searched=False, is_confirmed=True
            )
            return [row[1] for row in list(export.rows)[1:]]

        assert titles(cast.clerk) == [SUMMARY["title"]]
        assert titles(cast.officer) == [f"{NAME}的申请没人管"]

    def test_P06_similar_cases_are_compared_and_shown_as_they_are_read(self, cast):
        hidden = handed_over(cast)
        alike = case_in(State.HANDLING, cast, title=f"{NAME}的申请没人管", at=LATER, name="陈大文", consent=True)
        near = case_in(State.HANDLING, cast, title="施工许可受理问题", at=LATER)

        assert [each.case for each in similar.similar_to(alike, cast.officer)] == [hidden]
        assert similar.similar_to(alike, cast.clerk) == []
        [found] = similar.similar_to(near, cast.clerk)
        assert found.case.words.title == SUMMARY["title"]

    def test_P06_what_the_complainant_sent_is_opened_by_the_office_alone(self, cast, settings, tmp_path):
        default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path), "base_url": None}}
        settings.STORAGES = {**settings.STORAGES, "default": default}
        file = CleanFile(b"clean", "image/jpeg", "照片.jpg", b"raw")
        case = handed_over(cast, files=[file])

        assert Attachment.objects.visible_to(cast.officer).filter(case=case).exists()
        assert not Attachment.objects.visible_to(cast.clerk).filter(case=case).exists()
        plain = case_in(State.HANDLING, cast, files=[file])
        assert Attachment.objects.visible_to(cast.clerk).filter(case=plain).exists()

    def test_P06_the_story_of_the_case_leaves_out_what_the_complainant_adds(self, cast):
        case = handed_over(cast)
        added(case)

        assert "二号窗口" in "".join(str(each.text) for each in timeline.internal(case, cast.officer))
        assert "二号窗口" not in "".join(str(each.text) for each in timeline.internal(case, cast.clerk))

    def test_P06_the_section_of_the_person_complained_about_never_reads_more(self, cast):
        case = case_in(State.HANDLING, cast)
        accused = make_post(cast.city.construction, Role.CLERK)
        Post.objects.filter(pk__in=[accused.pk, cast.clerk.tenures.get().post_id]).update(section="审批科")
        colleague = seat(Role.CLERK, cast.city.construction)
        Case.objects.filter(pk=case.pk).update(about_post=accused, named_person_state=NamedPerson.LINKED)
        case.refresh_from_db()

        for user, is_original in ((cast.clerk, False), (colleague, True), (cast.officer, True)):
            user = type(user).objects.get(pk=user.pk)
            assert wording.words_for(case, user).is_original is is_original
            assert Case.objects.matching("三趟", user).filter(pk=case.pk).exists() is is_original
        section = type(cast.clerk).objects.get(pk=cast.clerk.pk)
        assert wording.words_for(case, section).title == wording.WITHHELD_TITLE

        summarise(case, cast, replaces_text=False)

        assert wording.words_for(case, section).title == SUMMARY["title"]
        assert wording.words_for(case, colleague).is_original

    def test_13_7_who_reads_a_summary_does_not_learn_how_and_when_the_case_came(self, cast, client: Client):
        intake = actions.Intake(by=cast.officer, first_receiver=cast.inspector, group_size=38)
        early = local(2026, 3, 3, 9, 17)
        case = make.file(cast, at=early, description=SECRET, name=NAME, channel=Channel.VISIT, intake=intake).case
        lead(case, cast, State.SUBMITTED)
        summarise(case, cast)
        instruct(case, cast)
        Case.objects.filter(pk=case.pk).update(named_person="窗口人员", named_person_state=NamedPerson.NOBODY)
        address = reverse("admin:complaints_case_change", args=[case.pk])

        def page(user, where=address, **query):
            client.force_login(user)
            return client.get(where, query).content.decode()

        telling = ("来访", "38人", "09:17", "窗口人员", str(cast.inspector))
        assert all(word in page(cast.officer) for word in telling)
        shown = page(cast.clerk)
        assert [word for word in telling if word in shown] == []
        assert "3月3日" in shown

        changelist = reverse("admin:complaints_case_changelist")
        for query in ({"channel__exact": "visit"}, {"group": "yes"}):
            assert SUMMARY["title"] in page(cast.clerk, changelist)
            assert SUMMARY["title"] not in page(cast.clerk, changelist, **query)
            assert case.number in page(cast.officer, changelist, **query)

        export = actions.export_cases(
            Case.objects.all(), by=cast.clerk, at=LATER, as_=Format.CSV, filters={}, is_confirmed=True
        )
        head, row = list(export.rows)
        line = dict(zip(head, row, strict=True))
        assert (line["渠道"], line["集体人数"], line["收到时间"]) == (None, None, date(2026, 3, 3))

    def test_what_the_office_reported_upward_is_not_read_by_the_organ(self, cast):
        intake = actions.Intake(by=cast.officer, from_whom="省信访局", reference="粤信转118号")
        case = case_in(State.REPLIED, cast, consent=True, channel=Channel.SUPERIOR, intake=intake)
        actions.report_up(case, by=cast.officer, at=LATER, version=case.version, text="就粤信转118号函复省信访局。")

        def read_by(user):
            return "".join(str(each.text) for each in timeline.internal(case, user))

        assert "粤信转118号" in read_by(cast.officer)
        assert "粤信转118号" not in read_by(cast.clerk)

    def test_lists_and_single_cases_get_the_same_answer(self, cast):
        cases = [handed_over(cast), case_in(State.HANDLING, cast), telling(cast)]
        summarise(cases[1], cast, replaces_text=True)
        both = seat(Role.INSPECTOR, cast.city.office, user=seat(Role.CLERK, cast.city.tax))
        for user in (cast.officer, cast.inspector, cast.clerk, cast.leader, both):
            hidden = Case.objects.hidden_from(user)
            for case in Case.objects.visible_to(user):
                in_lists = hidden is None or not Case.objects.filter(hidden, pk=case.pk).exists()
                assert wording.words_for(case, user).is_original is in_lists

    def test_titles_of_many_are_read_in_one_question(self, cast, django_assert_num_queries):
        cases = [handed_over(cast), case_in(State.HANDLING, cast)]
        user = cast.clerk
        wording.in_words_for(cases, user)

        with django_assert_num_queries(0):
            assert [str(each.words.title) for each in wording.in_words_for(cases, user)]


def test_P06_no_page_of_staff_takes_the_text_of_a_case_from_elsewhere():
    """Whoever typed a case in reads it on the receipt, and the office what it finds by contact; nobody else does so."""
    past_it = re.compile(r"\b(?:case|other)\.(?:title|description|location|edited_title|edited_text)\b")
    folder = settings.BASE_DIR / "templates"
    pages = [*(folder / "admin").rglob("*.html"), *(folder / "supervision").rglob("*.html")]
    found = {page.name for page in pages if past_it.search(page.read_text(encoding="utf-8"))}

    assert len(pages) > 20
    assert found == {"filed.html", "find.html"}


class TestWhileAnOrganHasIt:
    def test_P06_what_is_added_and_gives_away_is_withheld_at_once_and_the_office_owes_a_summary(self, cast):
        case = case_in(State.HANDLING, cast, name=NAME)

        added(case, f"我叫{NAME}，补充材料如上。")

        assert case.wording == Wording.WITHHELD
        assert wording.words_for(case, cast.clerk).title == wording.WITHHELD_TITLE
        [owed] = engine.running(case, [deadlines.EDIT_TEXT])
        assert owed.organ == cast.city.office
        summarise(case, cast)
        assert not engine.running(case, [deadlines.EDIT_TEXT]).exists()
        assert wording.words_for(case, cast.clerk).title == SUMMARY["title"]

    def test_P06_it_is_not_transferred_before_the_summary_is_written(self, cast):
        case = case_in(State.HANDLING, cast, name=NAME)
        added(case, f"我叫{NAME}，补充材料如上。")

        with pytest.raises(actions.Invalid):
            actions.transfer(
                case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属税务职责"
            )

    def test_P06_a_consent_that_is_taken_back_withholds_what_gives_away(self, cast):
        case = telling(cast, State.HANDLING, consent=True)

        actions.hide_identity(case, at=LATER)

        assert case.wording == Wording.WITHHELD
        assert engine.running(case, [deadlines.EDIT_TEXT]).exists()

    def test_what_gives_nothing_away_owes_nothing(self, cast):
        case = case_in(State.HANDLING, cast, name=NAME)

        added(case)

        assert case.wording == Wording.ORIGINAL
        assert not engine.running(case, [deadlines.EDIT_TEXT]).exists()

    def test_the_invariants_hold(self, cast):
        handed_over(cast)
        added(case_in(State.HANDLING, cast, name=NAME), f"我叫{NAME}，补充材料如上。")

        assert not [finding for finding in verify.run() if finding.violations]
