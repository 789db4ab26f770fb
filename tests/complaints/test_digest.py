"""The digest in the morning: what is due today and on the next working day, to each who asked for it, once a day."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from complaints import actions, deadlines, digest, queues, worklist
from complaints.enums import Grade, NamedPerson, State
from complaints.models import Case, Recusal
from efficiency.access import mobile
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Post, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import inbox, sending
from efficiency.outbox.models import Channel, Message, MessageGroup, MessageState
from efficiency.timing import store
from efficiency.timing.due import end_of
from tests import known
from tests.factories.cases import Cast, accept, add_reviewer, case_in, join, local, make_cast
from tests.factories.cases import file as file_case
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db
TUESDAY = local(2026, 3, 3)
THURSDAY, FRIDAY = local(2026, 3, 5, 8, 30), local(2026, 3, 6, 8, 30)
STAFF = ("officer", "office_head", "clerk", "leader", "tax_clerk", "tax_leader", "inspector", "auditor")


@pytest.fixture
def cast(db) -> Cast:
    cast = make_cast()
    for name in STAFF:
        getattr(cast, name).email = f"{name}@example.org"
    known.step(
        lambda: "all of them have an address",
        lambda: [user.save() for user in everybody(cast)],
        name_of=lambda _users: None,
        find=lambda _nothing: None,
    )
    return cast


def ask(*users, at=TUESDAY) -> None:
    for user in users:
        outbox.choose(user, wanted={MessageGroup.DIGEST: [Channel.PORTAL, Channel.EMAIL]}, at=at)


def everybody(cast: Cast) -> list:
    return [getattr(cast, name) for name in STAFF]


def due_on(case: Case, day: date, **which: str) -> None:
    """Let one running promise of the case fall due at the end of the day, all others later."""
    running = Deadline.objects.running().filter(object_id=case.pk)
    one = running.filter(**(which or {"state": "open"})).order_by("id").first()
    for promise in running:
        end = end_of(day if promise == one else date(2026, 6, 1))
        Deadline.objects.filter(pk=promise.pk).update(
            due_at=end - timedelta(seconds=1),
            warn_at=end - timedelta(days=1),
            overdue_at=end,
            red_at=end + timedelta(days=7),
            fourth_at=end + timedelta(days=14),
        )


def written(user=None) -> list[Message]:
    digests = Message.objects.filter(kind=digest.KIND, channel=Channel.PORTAL).order_by("recipient_id")
    return list(digests.filter(recipient=user) if user else digests)


def line_texts(user) -> list[str]:
    with translation.override("en"):
        return [line.text for notice in inbox.page(user).notices for line in notice.lines]


class TestWhoIsTold:
    @pytest.fixture
    def handled(self, cast) -> Case:
        """A case that the clerk handles, due on Thursday; the complainant has been called."""
        case = case_in(State.HANDLING, cast)
        actions.record_contact(case, by=cast.officer, at=TUESDAY, version=case.version, text="已联系", reached=True)
        due_on(case, date(2026, 3, 5))
        return case

    def test_whoever_has_the_next_step(self, cast, handled):
        ask(*everybody(cast))

        actions.write_digests(at=THURSDAY)

        assert [message.recipient for message in written()] == [cast.clerk]
        assert written()[0].values["due"][0][0] == handled.pk

    def test_whoever_handles_the_case_though_another_has_the_next_step(self, cast, handled):
        ask(*everybody(cast))
        words = {"outcome": "upheld", "findings": "属实。", "measures": "已整改。", "basis": "《行政许可法》"}
        actions.propose_reply(handled, by=cast.clerk, at=TUESDAY, version=handled.version, **words)

        actions.write_digests(at=THURSDAY)

        assert {message.recipient for message in written()} == {cast.clerk, cast.leader}

    @pytest.mark.parametrize("state", [State.MERGED, State.ARCHIVED])
    def test_Z08_the_office_where_somebody_is_named_in_a_case_at_rest_and_its_work_list_says_so_too(self, cast, state):
        cast.officer.full_name = "欧阳建国"
        cast.officer.save()
        case = case_in(state, cast)
        if state == State.MERGED:
            actions.add_material(case, at=TUESDAY, text="效能办的欧阳建国打过招呼。")
            due_on(case.leading, date(2026, 6, 1))
        else:
            actions.evaluate(case, at=TUESDAY, grade=Grade.SATISFIED, text="效能办的欧阳建国打过招呼。")
        due_on(case, date(2026, 3, 5), kind=deadlines.RESOLVE_PERSON)
        ask(cast.officer, cast.office_head)

        actions.write_digests(at=THURSDAY)

        assert [message.recipient for message in written()] == [cast.office_head]
        promise = deadlines.running(case, deadlines.RESOLVE_PERSON)
        assert promise.pk in queues.owed_beside(cast.office_head)

    def test_the_reviewer_and_once_it_is_checked_the_approver(self, cast, handled):
        reviewer = add_reviewer(cast)
        ask(reviewer, cast.leader)
        words = {"outcome": "upheld", "findings": "属实。", "measures": "已整改。", "basis": "《行政许可法》"}
        actions.propose_reply(handled, by=cast.clerk, at=TUESDAY, version=handled.version, **words)
        actions.write_digests(at=THURSDAY)
        assert [message.recipient for message in written()] == [reviewer]

        actions.check_reply(handled, by=reviewer, at=TUESDAY, version=handled.version)
        due_on(handled, date(2026, 3, 6))
        actions.write_digests(at=FRIDAY)

        assert {message.recipient for message in written()} == {reviewer, cast.leader}
        assert [message.recipient for message in written() if message.values["day"] == "2026-03-06"] == [cast.leader]

    def test_the_office_that_has_to_call_whoever_stays_unknown_to_the_organ(self, cast):
        ask(*everybody(cast))
        due_on(case_in(State.HANDLING, cast), date(2026, 3, 5))

        actions.write_digests(at=THURSDAY)

        told = {message.recipient for message in written()}
        assert {cast.officer, cast.office_head, cast.clerk} <= told
        assert cast.leader not in told

    def test_the_office_that_is_asked_to_stop_the_clock(self, cast, handled):
        ask(*everybody(cast))
        words = {"ground": "proceeding", "reason": "同一事项正在复议。"}
        actions.ask_suspension(handled, by=cast.clerk, at=TUESDAY, version=handled.version, **words)

        actions.write_digests(at=THURSDAY)

        assert {message.recipient for message in written()} == {cast.clerk, cast.officer, cast.office_head}

    def test_nobody_who_did_not_ask(self, cast, handled):
        actions.write_digests(at=THURSDAY)

        assert written() == []

    def test_nobody_to_whom_nothing_is_due(self, cast, handled):
        ask(*everybody(cast))

        actions.write_digests(at=TUESDAY)

        assert written() == []

    def test_nobody_whose_account_is_closed(self, cast, handled):
        ask(cast.clerk)
        type(cast.clerk).objects.filter(pk=cast.clerk.pk).update(is_active=False)

        actions.write_digests(at=THURSDAY)

        assert written() == []

    def test_Z07_nobody_whom_the_case_concerns_from_whichever_account(self, cast, handled):
        other = seat(Role.CLERK, cast.city.tax)
        type(other).objects.filter(pk__in=[other.pk, cast.clerk.pk]).update(full_name="陈一", phone="13800138000")
        ask(cast.clerk)
        Recusal.objects.create(case=handled, user=other, ground="declared", at=TUESDAY, by=other)

        actions.write_digests(at=THURSDAY)

        assert written() == []

    def test_Z07_nobody_who_ever_held_the_post_that_the_case_is_about(self, cast, handled):
        ask(cast.clerk)
        post = seat(Role.CLERK, cast.city.construction).tenures.get().post
        Tenure.objects.create(user=cast.clerk, post=post, since=date(2019, 1, 1), until=date(2019, 6, 1))
        Case.objects.filter(pk=handled.pk).update(about_post=post, named_person_state=NamedPerson.LINKED)

        actions.write_digests(at=THURSDAY)

        assert written() == []

    def test_S07_nobody_whose_tenure_has_ended(self, cast, handled):
        ask(cast.clerk)
        Tenure.objects.filter(user=cast.clerk).update(until=date(2026, 3, 5))

        actions.write_digests(at=THURSDAY)

        assert written() == []

    def test_it_is_the_answer_of_the_work_list_for_every_person_and_state(self, cast):
        cases = [case_in(state, cast) for state in State]
        held = file_case(cast, named_person="张科长").case
        own = case_in(State.SUBMITTED, cast)
        unassigned = accept(file_case(cast).case, cast)
        ordered = case_in(State.ASSIGNED, cast)
        actions.order_supervision(ordered, by=cast.officer, at=TUESDAY, version=ordered.version, text="请三日内说明。")
        drafted = case_in(State.HANDLING, cast)
        words = {"outcome": "upheld", "findings": "属实。", "measures": "已整改。", "basis": "《行政许可法》"}
        actions.propose_reply(drafted, by=cast.clerk, at=TUESDAY, version=drafted.version, **words)
        Case.objects.filter(pk=own.pk).update(handling_organ=cast.city.office)
        # Two more whose organ has reviewers by now: one of them drafted, one is of the section complained about.
        reviewers = [add_reviewer(cast) for _number in range(3)]
        to_check, checked = case_in(State.HANDLING, cast), case_in(State.HANDLING, cast)
        actions.save_draft(to_check, by=reviewers[0], at=TUESDAY, version=to_check.version, **words)
        for case in (to_check, checked):
            actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **words)
        actions.check_reply(checked, by=reviewers[0], at=TUESDAY, version=checked.version)
        came_back = case_in(State.HANDLING, cast)
        actions.save_draft(came_back, by=reviewers[0], at=TUESDAY, version=came_back.version, **words)
        actions.propose_reply(came_back, by=cast.clerk, at=TUESDAY, version=came_back.version, **words)
        actions.return_reply(came_back, by=cast.leader, at=TUESDAY, version=came_back.version, remark="补充")
        actions.propose_reply(came_back, by=cast.clerk, at=TUESDAY, version=came_back.version, **words)
        about = seat(Role.CLERK, cast.city.construction).tenures.get().post
        Post.objects.filter(pk__in=[about.pk, reviewers[1].tenures.get().post_id]).update(section="审批科")
        Case.objects.filter(pk=to_check.pk).update(about_post=about, named_person_state=NamedPerson.LINKED)
        for case in [*cases, held, own, unassigned, ordered, drafted, to_check, checked, came_back]:
            due_on(case, date(2026, 3, 5))
        people = [*everybody(cast), *reviewers]
        ask(*people)

        actions.write_digests(at=THURSDAY)

        told = {(message.recipient_id, case_id) for message in written() for case_id, *_ in message.values["due"]}
        due = Deadline.objects.of_government().filter(state="open", due_at__lte=end_of(date(2026, 3, 6)))
        owed = set(due.values_list("object_id", flat=True))
        expected = set()
        for user in people:
            visible = worklist.with_moves(Case.objects.visible_to(user).open().filter(pk__in=owed), user)
            mine = visible.filter(worklist.waiting_for(user) | worklist.in_hand(user))
            expected |= {(user.pk, pk) for pk in mine.values_list("pk", flat=True)}
        assert told == expected
        assert [(each.pk, to_check.pk) in told for each in reviewers] == [False, False, True]
        assert (cast.leader.pk, checked.pk) in told
        assert len({user_id for user_id, _case_id in told}) > 3


class TestWhatIsTold:
    def test_counts_and_lines_of_today_and_the_next_working_day(self, cast):
        for day in (6, 9, 10):  # Friday, Monday, Tuesday
            due_on(case_in(State.HANDLING, cast), date(2026, 3, day))
        ask(cast.clerk)

        actions.write_digests(at=FRIDAY)

        message = written(cast.clerk)[0]
        assert (message.values["today"], message.values["next"], len(message.values["due"])) == (1, 1, 2)

    def test_the_first_twenty_one_by_one_and_how_many_more(self, cast):
        for _number in range(digest.MOST_LINES + 3):
            due_on(case_in(State.ASSIGNED, cast), date(2026, 3, 5))
        ask(cast.clerk)

        actions.write_digests(at=THURSDAY)

        lines = line_texts(cast.clerk)
        assert len(lines) == digest.MOST_LINES + 1
        assert lines[-1] == "and 3 more"

    def test_number_promise_and_moment_with_a_link_to_the_case(self, cast):
        case = case_in(State.HANDLING, cast)
        due_on(case, date(2026, 3, 5))
        ask(cast.clerk)

        actions.write_digests(at=THURSDAY)

        with translation.override("en"):
            (notice,) = inbox.page(cast.clerk).notices[:1]
        assert notice.text == "Due today: 1, on the next working day: 0"
        assert notice.url == "/admin/"
        assert notice.lines[0].text.startswith(f"{case.number}: ")
        assert notice.lines[0].path == f"/admin/complaints/case/{case.pk}/change/"

    def test_nothing_that_is_overdue_suspended_or_the_citizen_s(self, cast):
        due_on(case_in(State.HANDLING, cast), date(2026, 3, 4))
        due_on(case_in(State.SUSPENDED, cast), date(2026, 3, 5), state="suspended")
        due_on(case_in(State.SUPPLEMENTING, cast), date(2026, 3, 5), promise="owed_by_citizen")
        ask(*everybody(cast))

        actions.write_digests(at=THURSDAY)

        assert written() == []

    def test_Z15_ids_kinds_and_moments_are_stored_and_nothing_else(self, cast):
        case = case_in(State.HANDLING, cast)
        due_on(case, date(2026, 3, 5))
        ask(cast.clerk)

        actions.write_digests(at=THURSDAY)

        values = written(cast.clerk)[0].values
        assert set(values) == {"day", "today", "next", "due"}
        ((case_id, kind, due_at),) = values["due"]
        assert (case_id, kind.split(".")[0]) == (case.pk, "complaints")
        assert due_at.startswith("2026-03-05T15:59:59")


class TestWhen:
    @pytest.fixture(autouse=True)
    def due_all_week(self, cast):
        for day in range(3, 16):
            due_on(case_in(State.HANDLING, cast), date(2026, 3, day))
        ask(cast.clerk)

    def test_not_before_half_past_eight(self, cast):
        actions.write_digests(at=THURSDAY - timedelta(minutes=1))

        assert written() == []

    def test_not_on_a_day_off(self, cast):
        actions.write_digests(at=local(2026, 3, 7, 8, 30))

        assert written() == []

    def test_on_a_saturday_that_is_worked(self, cast):
        saturday = date(2026, 2, 14)  # made up for the Spring Festival
        assert store.load().is_working_day(saturday)
        due_on(case_in(State.HANDLING, cast, at=local(2026, 2, 10)), saturday)

        actions.write_digests(at=local(2026, 2, 14, 8, 30))

        assert len(written(cast.clerk)) == 1

    def test_D06_once_a_day_however_often_it_runs(self, cast):
        for minutes in (0, 10, 20):
            actions.write_digests(at=THURSDAY + timedelta(minutes=minutes))
        assert Message.objects.filter(kind=digest.KIND).count() == 2  # in the portal and by mail

        actions.write_digests(at=FRIDAY)
        assert Message.objects.filter(kind=digest.KIND).count() == 4


class TestSending:
    @pytest.fixture
    def cases(self, cast) -> list[Case]:
        """Two cases of the clerk's, told of on Thursday."""
        cases = [case_in(State.HANDLING, cast) for _number in range(2)]
        for case, day in zip(cases, (5, 6), strict=True):
            due_on(case, date(2026, 3, day))
        ask(cast.clerk)
        Message.objects.all().delete()
        actions.write_digests(at=THURSDAY)
        mail.outbox = []
        return cases

    def test_the_letter_lists_what_the_notification_lists(self, cast, cases, settings):
        settings.PORTAL_URL = "https://portal.example.gov.cn"

        sending.send_due(THURSDAY)

        (letter,) = mail.outbox
        assert letter.to == ["clerk@example.org"]
        for case in cases:
            assert case.number in letter.body
            assert f"https://portal.example.gov.cn/admin/complaints/case/{case.pk}/change/" in letter.body

    def test_Z15_leaves_out_what_the_reader_may_no_longer_know(self, cast, cases):
        Recusal.objects.create(case=cases[0], user=cast.clerk, ground="declared", at=THURSDAY, by=cast.clerk)

        sending.send_due(THURSDAY)

        (letter,) = mail.outbox
        assert cases[0].number not in letter.body
        assert cases[1].number in letter.body
        (line,) = line_texts(cast.clerk)
        assert line.startswith(cases[1].number)
        with translation.override("en"):
            assert inbox.page(cast.clerk).notices[0].text == "Due today: 0, on the next working day: 1"

    def test_Z15_of_nothing_that_the_reader_may_know_is_withheld(self, cast, cases):
        for case in cases:
            Recusal.objects.create(case=case, user=cast.clerk, ground="declared", at=THURSDAY, by=cast.clerk)

        assert sending.send_due(THURSDAY).withheld == 1
        assert mail.outbox == []
        assert Message.objects.get(channel=Channel.EMAIL).state == MessageState.WITHHELD

    def test_the_short_message_says_how_much_and_where(self, cast, cases, settings):
        settings.SMS_URL = "https://sms.example.gov.cn/messages"
        mobile.keep(cast.clerk, "13800138000")
        outbox.choose(cast.clerk, wanted={MessageGroup.DIGEST: [Channel.SMS]}, at=THURSDAY)
        actions.write_digests(at=FRIDAY)

        messages = list(Message.objects.filter(channel=Channel.SMS))
        letter = sending.Letter(1, Channel.SMS, "", messages)
        with translation.override("en"):
            text = sending._short(letter, sending.words_of(messages))
        assert text.startswith("Due today: 1, on the next working day: 0 http")
        assert cases[1].number not in text


def test_asks_as_often_for_many_people_and_cases_as_for_one(cast):
    due_on(case_in(State.HANDLING, cast), date(2026, 3, 5))
    ask(cast.clerk)
    with CaptureQueriesContext(connection) as one:
        actions.write_digests(at=THURSDAY)
    for _number in range(5):
        due_on(case_in(State.HANDLING, cast), date(2026, 3, 6))
        due_on(case_in(State.RECEIVED, cast), date(2026, 3, 6))
    ask(*everybody(cast), *(seat(Role.OFFICE_OFFICER, cast.city.office) for _number in range(5)))
    with CaptureQueriesContext(connection) as many:
        actions.write_digests(at=FRIDAY)

    assert len(written()) > 5
    assert len(many) == len(one)


class TestPartsOfAssistingOrgans:
    """What an organ owes in a case that another leads stands in the digest of its own people (docs/trust.md Z-12)."""

    def test_4_7_the_part_stands_there_by_the_number_of_the_case_and_leads_to_its_own_page(self, cast):
        part = join(case_in(State.HANDLING, cast, at=TUESDAY), cast, at=TUESDAY, days=3)  # signed in by Wednesday
        for user in (cast.tax_clerk, cast.tax_leader, cast.clerk):
            ask(user)

        actions.write_digests(at=local(2026, 3, 4, 8, 30))

        assert line_texts(cast.tax_clerk) == line_texts(cast.tax_leader)
        assert [part.case.number in text for text in line_texts(cast.tax_clerk)] == [True]
        (line,) = [line for notice in inbox.page(cast.tax_clerk).notices for line in notice.lines]
        assert line.path == f"/admin/complaints/assistance/{part.pk}/change/"
        assert written(cast.tax_clerk)[0].values["today"] == 1
        of_lead = [entry[1] for message in written(cast.clerk) for entry in message.values["due"]]
        assert not {"complaints.assist", "complaints.assist_sign_in"} & set(of_lead)

    def test_Z08_while_a_name_hides_the_part_it_is_left_out(self, cast):
        case = case_in(State.HANDLING, cast, at=TUESDAY)
        join(case, cast, at=TUESDAY, days=3)
        ask(cast.tax_clerk)
        actions.write_digests(at=local(2026, 3, 4, 8, 30))
        assert line_texts(cast.tax_clerk)

        Case.objects.filter(pk=case.pk).update(named_person_state=NamedPerson.UNRESOLVED)

        assert not line_texts(cast.tax_clerk)
        assert cast.tax_clerk.pk not in digest.due_by_person(
            [cast.tax_clerk], at=TUESDAY, today_ends=end_of(date(2026, 3, 4)), until=end_of(date(2026, 3, 9))
        )
