"""The work queue and the list of cases: whose move it is, figures that lead to their rows, bounded questions."""

from importlib import import_module
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from complaints import actions, queues, workflow, worklist
from complaints.admin.queue import FIGURES
from complaints.enums import Channel, FollowUpCause, NamedPerson, Outcome, State
from complaints.models import Case
from complaints.querysets import ENDED
from complaints.statements import Statements
from efficiency.access.may import may
from efficiency.access.scope import scope_of
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Sweep
from efficiency.organs.models import Rank, Role
from tests.factories.cases import Cast, case_in, file, lead, local, recently
from tests.factories.staff import make_user, seat

INDEX = "/admin/"
LIST = "/admin/complaints/case/"
STAFF = ("officer", "office_head", "clerk", "leader", "tax_clerk", "tax_leader", "inspector", "auditor")


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def one_in_each_state(cast, at) -> dict[State, Case]:
    return {state: case_in(state, cast, at=at) for state in State}


def moves(user) -> dict[int, str]:
    """Return, for each case in which it is the person's move, the step."""
    cases = worklist.with_moves(Case.objects.visible_to(user).open(), user).filter(worklist.waiting_for(user))
    own = {case.pk: worklist.own_move(scope_of(user), case) for case in cases}
    return {pk: move.action for pk, move in own.items() if move}


def propose(case: Case, cast: Cast, at) -> None:
    actions.propose_reply(
        case,
        by=cast.clerk,
        at=at,
        version=case.version,
        outcome=Outcome.UPHELD,
        findings="属实。",
        measures="已整改。",
        basis="《行政许可法》",
    )


class TestWhoseMove:
    def test_every_move_is_a_step_of_the_table_from_its_state(self):
        for move in worklist.MOVES:
            assert any(move.state in row.sources for row in workflow.rows_of(move.action)), move

    def test_every_open_state_has_a_move_or_waits_for_the_citizen(self):
        moved = {move.state for move in worklist.MOVES}

        assert moved == set(State) - {*ENDED, State.SUPPLEMENTING}

    def test_what_waits_for_the_citizen_is_nobodys_move(self, cast, at):
        case = case_in(State.SUPPLEMENTING, cast, at=at)

        assert not [who for who in STAFF if case.pk in moves(getattr(cast, who))]

    def test_it_is_a_persons_move_exactly_if_the_table_lets_them_take_the_step(self, cast, at, one_in_each_state):
        propose(one_in_each_state[State.HANDLING], cast, at)
        for who in STAFF:
            user = getattr(cast, who)
            mine = moves(user)
            assert set(queues.keys_of(user, queues.Wanted(), at=at)) == set(mine), who
            for case in worklist.with_moves(Case.objects.visible_to(user).open(), user):
                move = worklist.move_of(case)
                if move is None:
                    assert case.pk not in mine
                    continue
                possible = {step.name for step in workflow.next_actions(case, user) if step.allowed}
                waited_for = {each.action for each in [*worklist.moves_beside(case), move]}
                if case.handler not in (None, user):
                    waited_for -= worklist.OF_HANDLER
                assert (case.pk in mine) == bool(waited_for & possible), (who, case.state)
                assert worklist.may_move(scope_of(user), case, move) == may(user, move.right, case), (who, case.state)

    def test_a_closed_case_that_was_drawn_waits_for_the_call_before_it_is_archived(self, cast, at):
        case = case_in(State.CLOSED, cast, at=at)
        assert moves(cast.officer) == {case.pk: "record_follow_up"}

        actions.record_follow_up(
            case, by=cast.officer, at=at, version=case.version, text="满意。", cause=FollowUpCause.NONE
        )

        assert moves(cast.officer) == {case.pk: "archive"}

    def test_a_handlers_step_is_nobody_elses(self, cast, at):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = case_in(State.HANDLING, cast, at=at)

        assert moves(cast.clerk) == {case.pk: "propose_reply"}
        assert moves(colleague) == {}

    def test_a_named_person_is_found_out_first(self, cast, at):
        case = file(cast, at=at, named_person="王某").case

        assert case.named_person_state == NamedPerson.UNRESOLVED
        assert moves(cast.officer) == {case.pk: "link_person"}

    def test_work_of_an_organ_below_is_not_mine(self, cast, at):
        above = seat(Role.CLERK, cast.city.government)
        case = case_in(State.ASSIGNED, cast, at=at)

        assert Case.objects.visible_to(above).filter(pk=case.pk).exists()
        assert moves(above) == {}

    def test_an_order_waits_for_the_organ(self, cast, at):
        case = case_in(State.REPORTED, cast, at=at)
        assert moves(cast.clerk) == {}

        actions.order_supervision(case, by=cast.officer, at=at, version=case.version, text="请说明。")

        assert set(moves(cast.clerk)) == {case.pk}


class TestWhatIsWaitedForBesides:
    """Orders, calls and requests for more time come before the step that moves a case on."""

    def ask(self, case, cast, at):
        actions.ask_extension(case, by=cast.clerk, at=at, version=case.version, days=5, reason="检测尚未完成")

    def test_more_time_waits_for_the_head_of_the_office_alone(self, cast, at):
        case = case_in(State.HANDLING, cast, at=at, consent=True)
        self.ask(case, cast, at)

        assert moves(cast.office_head).get(case.pk) == "extend"
        assert case.pk not in moves(cast.officer)
        assert moves(cast.clerk).get(case.pk) == "record_contact"

    def test_it_counts_as_waiting_for_approval(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at, consent=True)
        self.ask(case, cast, at)

        page = log_in(cast.office_head).get(INDEX, {"whose": "section", "figure": "approve"})

        assert case.number in page.content.decode()
        assert reverse("admin:complaints_case_do", args=[case.pk, "extend"]) in page.content.decode()

    def test_it_waits_no_more_once_it_was_decided(self, cast, at):
        case = case_in(State.HANDLING, cast, at=at, consent=True)
        self.ask(case, cast, at)
        actions.refuse_extension(case, by=cast.office_head, at=at, version=case.version, reason="无需再等")

        assert case.pk not in moves(cast.office_head)

    def test_whoever_asked_is_not_offered_the_decision(self, cast, at):
        case = case_in(State.SUBMITTED, cast, at=at, consent=True)
        actions.instruct(case, by=cast.office_head, at=at, version=case.version, handling="own")
        actions.ask_extension(case, by=cast.office_head, at=at, version=case.version, days=5, reason="检测")
        other = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)

        assert moves(cast.office_head).get(case.pk) != "extend"
        assert moves(other).get(case.pk) == "extend"

    def test_a_call_to_whoever_stays_unknown_waits_for_the_office(self, cast, at):
        case = case_in(State.HANDLING, cast, at=at)

        assert moves(cast.officer).get(case.pk) == "record_contact"
        assert moves(cast.clerk).get(case.pk) == "propose_reply"
        actions.record_contact(case, by=cast.officer, at=at, version=case.version, text="已联系", reached=True)
        assert case.pk not in moves(cast.officer)

    def test_a_call_to_whoever_consented_waits_for_the_handler_alone(self, cast, at):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = case_in(State.HANDLING, cast, at=at, consent=True)
        propose(case, cast, at)

        assert moves(cast.clerk) == {case.pk: "record_contact"}
        assert moves(colleague) == {}
        assert case.pk not in moves(cast.officer)

    def test_a_call_is_not_offered_to_whoever_has_yet_to_sign_in(self, cast, at):
        case = case_in(State.HANDLING, cast, at=at, consent=True)
        actions.transfer(case, by=cast.officer, at=at, version=case.version, organ=cast.city.tax, reason="职责在税务局")

        assert moves(cast.tax_clerk).get(case.pk) == "sign_in"

    def test_a_supervision_order_waits_for_whoever_holds_the_case(self, cast, at):
        case = case_in(State.CLOSED, cast, at=at, consent=True)
        actions.order_supervision(case, by=cast.inspector, at=at, version=case.version, text="请说明整改进度")

        assert moves(cast.clerk).get(case.pk) == "answer_supervision"
        assert moves(cast.leader).get(case.pk) == "answer_supervision"

    def test_a_result_for_a_superior_organ_waits_for_the_office(self, cast, at):
        case = file(cast, at=at, channel=Channel.SUPERIOR, consent=True).case
        lead(case, cast, State.REPLIED, at=at)

        assert moves(cast.officer).get(case.pk) == "report_up"
        assert moves(cast.clerk).get(case.pk) == "report"

    def test_it_is_listed_when_the_case_is_at_rest(self, cast, log_in, at):
        case = file(cast, at=at, channel=Channel.SUPERIOR).case
        assert case.number not in self.asked(log_in(cast.officer))
        actions.withdraw(case, at=at)

        assert case.number in self.asked(log_in(cast.officer))

    def asked(self, browser) -> set[str]:
        part = next(part["part"] for part in browser.get(INDEX).context["parts"] if "asked" in part["part"])
        return {row.case.number for row in part["asked"].rows} if part["asked"] else set()


class TestPage:
    def test_the_queue_is_ordered_by_what_is_due_next_and_offers_the_verb(self, cast, log_in):
        late = file(cast, at=local(2026, 2, 2)).case
        later = file(cast, at=local(2026, 2, 25)).case
        page = log_in(cast.officer).get(INDEX)
        body = page.content.decode()

        assert body.index(late.number) < body.index(later.number)
        assert reverse("admin:complaints_case_do", args=[late.pk, "accept"]) in body
        assert 'class="tag tag-over"' in body

    def test_each_figure_counts_the_rows_that_it_leads_to(self, cast, log_in, at, one_in_each_state):
        propose(one_in_each_state[State.HANDLING], cast, at)
        returned = case_in(State.HANDLING, cast, at=at)
        propose(returned, cast, at)
        actions.return_reply(returned, by=cast.leader, at=at, version=returned.version, remark="请补充。")
        file(cast, at=local(2026, 2, 2))
        seen = set()
        for who in STAFF[:-1]:
            browser = log_in(getattr(cast, who))
            part = next(part["part"] for part in browser.get(INDEX).context["parts"] if "figures" in part["part"])
            for figure in part["figures"]:
                listed = browser.get(INDEX + figure["href"])
                rows = next(each["part"] for each in listed.context["parts"] if "figures" in each["part"])["page"]
                assert rows.paginator.count == figure["count"], (who, figure["name"])
                if figure["count"]:
                    seen.add(figure["name"])

        assert seen >= {"overdue", "soon", "approve", "returned"}
        assert set(FIGURES) == {"overdue", "today", "soon", "approve", "returned"}

    def test_filters_live_in_the_address(self, cast, log_in, at, one_in_each_state):
        browser = log_in(cast.officer)
        page = browser.get(INDEX + "?whose=section&state=received")
        rows = next(part["part"] for part in page.context["parts"] if "rows" in part["part"])["rows"]

        assert {row.case.state for row in rows} == {State.RECEIVED}

    @pytest.mark.parametrize("query", ["?whose=x&state=y&kind=z&figure=w", "?page=0", "?page=999", "?state=%00"])
    def test_a_made_up_address_shows_the_queue(self, cast, log_in, at, query):
        case_in(State.RECEIVED, cast, at=at)

        assert log_in(cast.officer).get(INDEX + query).status_code == 200

    def test_an_empty_queue_says_when_promises_were_last_looked_at(self, cast, log_in, at):
        Sweep.objects.create(at=at, started_at=at, finished_at=at)
        page = log_in(cast.tax_clerk).get(INDEX)
        part = next(part["part"] for part in page.context["parts"] if "rows" in part["part"])

        assert part["rows"] == []
        assert part["checked_at"] == at
        assert timezone.localtime(at).strftime("%H:%M") in page.content.decode()

    def test_what_waits_for_others_is_shown_to_the_handler(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        propose(case, cast, at)
        page = log_in(cast.clerk).get(INDEX)
        part = next(part["part"] for part in page.context["parts"] if "rows" in part["part"])

        assert [row.case for row in part["waiting"]] == [case]
        assert part["rows"] == []

    def test_a_queue_is_counted_up_to_a_limit_and_says_so(self, cast, log_in, monkeypatch):
        monkeypatch.setattr(queues, "MOST", 2)
        monkeypatch.setattr(queues, "kept", Statements())
        cases = [file(cast, at=local(2026, 2, day)).case for day in (2, 3, 4)]
        for whose in ("mine", "section", "all"):
            page = log_in(cast.officer).get(INDEX, {"whose": whose})
            part = next(part["part"] for part in page.context["parts"] if "rows" in part["part"])

            assert [row.case for row in part["rows"]] == cases[:2]
            assert (part["page"].paginator.count, part["page"].paginator.is_more) == (2, True)
            assert [figure["count"] for figure in part["figures"] if figure["is_more"]] == [2]
            assert "超过 2" in page.content.decode()

    def test_a_queue_is_that_of_the_posts_held_today(self, cast, at):
        case = case_in(State.ASSIGNED, cast, at=at)
        assert queues.keys_of(cast.clerk, queues.Wanted(), at=at) == [case.pk]

        cast.clerk.tenures.update(until=timezone.localdate(at))
        scope_of(cast.clerk, fresh=True)

        assert queues.keys_of(cast.clerk, queues.Wanted(), at=at) == []

    def test_a_recused_person_finds_the_case_in_no_row_and_no_figure(self, cast, log_in, at):
        case = file(cast, at=local(2026, 2, 2)).case
        actions.declare_recusal(case, by=cast.officer, at=at, reason="亲属")
        page = log_in(cast.officer).get(INDEX + "?whose=all")
        part = next(part["part"] for part in page.context["parts"] if "figures" in part["part"])

        assert case.number not in page.content.decode()
        assert [figure["count"] for figure in part["figures"]] == [0] * 5

    def test_whoever_knows_headers_alone_has_no_queue(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.auditor).get(INDEX)

        assert case.title not in page.content.decode()
        assert not any("rows" in part["part"] for part in page.context["parts"])


class TestList:
    def test_search_finds_two_characters_of_the_text(self, cast, log_in, at):
        case = case_in(State.RECEIVED, cast, at=at)
        other = file(cast, at=at, title="路灯坏了", description="人民路第三根灯杆的路灯坏了两个月。").case
        found = log_in(cast.officer).get(LIST, {"q": "灯杆"}).content.decode()

        assert other.number in found
        assert case.number not in found

    def test_headers_are_searched_by_their_number_alone(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.auditor)

        assert case.number in browser.get(LIST, {"q": case.number}).content.decode()
        assert browser.get(LIST, {"q": "施工许可"}).context["cl"].result_count == 0
        assert browser.get(LIST, {"q": case.number[:8]}).context["cl"].result_count == 0

    def test_headers_have_no_text_and_no_person(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        body = log_in(cast.auditor).get(LIST).content.decode()

        assert case.number in body
        assert case.title not in body
        assert cast.clerk.full_name not in body

    def test_Z03_filters_offer_only_organs_of_the_viewers_rows(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.clerk).get(LIST)
        specs = page.context["cl"].filter_specs
        (organs,) = [spec for spec in specs if getattr(spec, "field_path", "") == "handling_organ"]

        assert [name for _pk, name in organs.lookup_choices] == [cast.city.construction.name]
        assert cast.city.tax.name not in page.content.decode()

    def test_Z03_a_filter_by_an_organ_out_of_scope_finds_nothing(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.tax_clerk).get(LIST, {"handling_organ__id__exact": cast.city.construction.pk})

        assert page.context["cl"].result_count == 0


class TestQuestionsToTheDatabase:
    """The same number of questions for one row as for forty."""

    def count(self, browser, address, django_assert_max_num_queries) -> int:
        # The clock stands still: what is read anew every so many seconds is not what is counted here.
        with time_machine.travel(timezone.now(), tick=False):
            browser.get(address)
            with django_assert_max_num_queries(60) as counted:
                assert browser.get(address).status_code == 200
            return len(counted)

    @pytest.mark.parametrize("who", ["officer", "clerk", "leader"])
    @pytest.mark.parametrize("address", [INDEX + "?whose=all", LIST])
    def test_lists(self, cast, log_in, at, django_assert_max_num_queries, who, address):
        browser = log_in(getattr(cast, who))
        case_in(State.HANDLING, cast, at=at)
        few = self.count(browser, address, django_assert_max_num_queries)
        for _ in range(12):
            case_in(State.HANDLING, cast, at=at)
        many = self.count(browser, address, django_assert_max_num_queries)

        assert many == few

    def test_the_page_of_a_case_however_long_its_story(self, cast, log_in, at, django_assert_max_num_queries):
        case = case_in(State.HANDLING, cast, at=at)
        address = reverse("admin:complaints_case_change", args=[case.pk])
        browser = log_in(cast.clerk)
        few = self.count(browser, address, lambda most: django_assert_max_num_queries(130))
        for number in range(20):
            actions.record_contact(
                case, by=cast.officer, at=at, version=case.version, text=f"第{number}次", reached=True
            )
        many = self.count(browser, address, lambda most: django_assert_max_num_queries(130))

        assert many == few

    def test_notifications_and_escalations(self, cast, log_in, django_assert_max_num_queries):
        browser = log_in(cast.officer)
        counts = []
        for month, number in ((4, 1), (5, 12)):
            for _ in range(number):
                file(cast, at=local(2026, 3, 3))
            # Cards and clues follow from what is late, and lapse in their turn; each kind is asked for once.
            sweep.run(at=local(2026, month, 2))
            sweep.run(at=local(2026, month, 28))
            counts.append(
                [
                    self.count(browser, address, django_assert_max_num_queries)
                    for address in ("/admin/messages/", "/admin/efficiency/escalation/", "/admin/efficiency/message/")
                ]
            )

        few, many = counts
        assert all(after <= before for before, after in zip(few, many, strict=True)), counts


def test_a_person_without_post_or_with_a_post_for_nothing_here_is_told_so(cast, log_in):
    social = seat(Role.SOCIAL_SUPERVISOR, cast.city.government)

    assert log_in(social).get(INDEX).status_code == 200
    assert log_in(make_user()).get(INDEX).status_code == 302


def test_the_lists_of_models_are_one_link_away_from_every_page_and_beside_none(cast, log_in):
    browser = log_in(cast.officer)

    page = browser.get(LIST).content.decode()

    assert f"{INDEX}?lists#models" in page
    assert "nav-sidebar" not in page
    assert '<details class="models" id="models">' in browser.get(INDEX).content.decode()
    opened = browser.get(f"{INDEX}?lists").content.decode()
    assert '<details class="models" id="models" open>' in opened
    assert reverse("admin:efficiency_limitrule_changelist") in opened


class TestWhatWaitsForADecision:
    """Found by an index of the few, however many cases the organ has in hand."""

    @pytest.fixture
    def many(self, cast, at) -> list[Case]:
        """Three hundred cases that the organ handles, and three whose reply waits."""
        first = case_in(State.HANDLING, cast, at=at)
        waiting = [case_in(State.HANDLING, cast, at=at) for _number in range(3)]
        copied = [field.attname for field in Case._meta.concrete_fields if field.name not in ("id", "number")]
        values = {name: getattr(first, name) for name in copied}
        Case.objects.bulk_create(Case(number=f"X-{place}", **values) for place in range(300))
        for case in waiting:
            propose(case, cast, at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE complaints_case; ANALYZE complaints_reply")
        return waiting

    def test_it_looks_at_those_alone(self, cast, at, many):
        statement = queues._queue(cast.leader, queues.Wanted(figure="approve"))
        assert set(queues.keys_of(cast.leader, queues.Wanted(figure="approve"), at=at)) == {case.pk for case in many}
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", list(statement.values))
            looks = list(nodes(cursor.fetchone()[0][0]["Plan"]))
        of_cases = [each for each in looks if each.get("Relation Name") == "complaints_case"]
        assert "case_reply_waits_organ" in {each.get("Index Name") for each in of_cases}
        # Each of the three by that index, and once more by its key where a condition asks for it.
        read = sum(
            (each["Actual Rows"] + each.get("Rows Removed by Filter", 0)) * each["Actual Loops"] for each in of_cases
        )
        assert read <= 2 * len(many)

    def test_a_case_knows_what_its_reply_waits_for(self, cast, at):
        case = case_in(State.HANDLING, cast, at=at)
        propose(case, cast, at)
        case.refresh_from_db()
        assert case.reply_waits == "approval"

        actions.return_reply(case, by=cast.leader, at=at, version=case.version, remark="不全。")
        case.refresh_from_db()
        assert case.reply_waits == ""

    def test_replies_from_before_are_filled_in_and_a_second_time_changes_nothing(self, cast, at):
        case = case_in(State.HANDLING, cast, at=at)
        propose(case, cast, at)
        Case.objects.filter(pk=case.pk).update(reply_waits="")
        fill = import_module("complaints.migrations.0040_reply_waits_indexes").fill
        for _turn in range(2):
            fill(None, SimpleNamespace(connection=connection))
            case.refresh_from_db()
            assert case.reply_waits == "approval"


def nodes(plan: dict):
    """Return the steps of a plan, each with those below."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
