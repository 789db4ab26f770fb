"""From the list of cases: many are chased at once, and filters are kept under a name (docs/trust.md Z-03)."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages

from complaints import actions, search
from complaints.actions import chasing, filters
from complaints.enums import State
from complaints.models import SavedFilter
from efficiency.access.admin import BoundedPaginator
from efficiency.organs.models import Role
from tests.factories.cases import case_in, file, recently
from tests.factories.staff import seat

LIST = "/admin/complaints/case/"
ASSIGN = LIST + "assign/"
CHASE = LIST + "chase/"
SAVE = LIST + "filters/add/"


@pytest.fixture
def at(db):
    return recently()


def told(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


class TestChasing:
    def test_the_choice_leads_to_a_page_that_says_what_will_happen(self, cast, log_in, at):
        cases = [case_in(State.HANDLING, cast, at=at) for _ in range(2)]
        browser = log_in(cast.officer)
        chosen = {"action": "chase_chosen", "_selected_action": [case.pk for case in cases], "index": "0"}
        page = browser.post(LIST, chosen, follow=True)

        assert page.redirect_chain[0][0].startswith(CHASE)
        assert all(case.number in page.content.decode() for case in cases)
        assert not cases[0].events.filter(action="chase").exists()

    def test_what_was_done_and_what_was_left_out_is_told_in_words(self, cast, log_in, at):
        lately, other = case_in(State.HANDLING, cast, at=at), case_in(State.HANDLING, cast, at=at)
        actions.chase(lately, by=cast.inspector, at=at, version=lately.version)
        ids = f"{lately.pk},{other.pk}"
        words = told(log_in(cast.officer).post(CHASE, {"ids": ids, "text": "请抓紧。"}))

        assert words.count(other.number) == 1
        assert words.count(lately.number) == 1
        assert other.events.get(action="chase").internal_text == "请抓紧。"

    def test_Z03_a_hand_made_choice_reaches_only_cases_in_scope(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.tax_leader)

        assert browser.get(f"{CHASE}?ids={case.pk}").status_code == 404
        assert browser.post(CHASE, {"ids": str(case.pk)}).status_code == 404
        assert not case.events.filter(action="chase").exists()

    @pytest.mark.parametrize("ids", ["", "x", "-1", "99999999999999999999", ",,"])
    def test_a_made_up_choice_is_no_page(self, cast, log_in, at, ids):
        case_in(State.HANDLING, cast, at=at)

        assert log_in(cast.officer).get(CHASE, {"ids": ids}).status_code == 404

    def test_whoever_may_not_chase_is_offered_nothing_and_refused(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        for who in (cast.clerk, cast.auditor):
            browser = log_in(who)
            assert "chase_chosen" not in browser.get(LIST).content.decode()
            assert browser.get(f"{CHASE}?ids={case.pk}").status_code == 403

    def test_Z02_the_page_is_absent_for_whoever_knows_of_no_case(self, cast, log_in):
        browser = log_in(seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government))

        assert browser.get(f"{CHASE}?ids=1").status_code == 404

    def test_too_many_are_not_even_asked_about(self, cast, log_in, at, monkeypatch):
        monkeypatch.setattr(chasing, "MOST_AT_ONCE", 1)
        cases = [case_in(State.HANDLING, cast, at=at) for _ in range(2)]
        chosen = {"action": "chase_chosen", "_selected_action": [case.pk for case in cases], "index": "0"}
        page = log_in(cast.officer).post(LIST, chosen)

        assert page["Location"].startswith(LIST)
        assert CHASE not in page["Location"]

    def test_the_filter_lists_what_was_chased_and_still_waits(self, cast, log_in, at):
        case, other = case_in(State.HANDLING, cast, at=at), case_in(State.HANDLING, cast, at=at)
        actions.chase(case, by=cast.officer, at=at, version=case.version)
        body = log_in(cast.clerk).get(LIST + "?chased=yes").content.decode()

        assert case.number in body
        assert other.number not in body


class TestGivingToAHandler:
    @pytest.fixture
    def colleague(self, cast):
        return seat(Role.CLERK, cast.city.construction)

    def test_the_choice_leads_to_a_page_that_says_what_will_happen(self, cast, log_in, at):
        cases = [case_in(State.ASSIGNED, cast, at=at) for _ in range(2)]
        chosen = {"action": "assign_chosen", "_selected_action": [case.pk for case in cases], "index": "0"}
        page = log_in(cast.leader).post(LIST, chosen, follow=True)

        assert page.redirect_chain[0][0].startswith(ASSIGN)
        assert all(case.number in page.content.decode() for case in cases)
        assert not cases[0].events.filter(action="assign").exists()

    def test_each_case_goes_by_itself_and_what_stayed_is_told(self, cast, log_in, at, colleague):
        free, held, there = (case_in(state, cast, at=at) for state in (State.ASSIGNED, State.HANDLING, State.HANDLING))
        actions.assign(there, by=cast.leader, at=at, version=there.version, handler=colleague, reason="按片区分工")
        ids = ",".join(str(case.pk) for case in (free, held, there))
        words = told(
            log_in(cast.leader).post(ASSIGN, {"ids": ids, "handler": colleague.pk, "reason": "按片区重新分工"})
        )

        for case in (free, held, there):
            case.refresh_from_db()
            assert case.handler == colleague
            assert words.count(case.number) == 1
        assert free.events.get(action="assign").internal_text == "按片区重新分工"
        assert there.events.filter(action="assign").count() == 1
        assert "本就由该人员承办" in words

    def test_Z03_a_hand_made_choice_reaches_only_cases_in_scope(self, cast, log_in, at, colleague):
        case = case_in(State.HANDLING, cast, at=at)

        sent = log_in(cast.tax_leader).post(ASSIGN, {"ids": str(case.pk), "handler": colleague.pk, "reason": "分工"})

        assert sent.status_code == 404
        case.refresh_from_db()
        assert case.handler == cast.clerk

    def test_Z01_the_office_gives_away_nothing_that_an_organ_handles(self, cast, log_in, at, colleague):
        case = case_in(State.HANDLING, cast, at=at)

        log_in(cast.officer).post(ASSIGN, {"ids": str(case.pk), "handler": colleague.pk, "reason": "分工"})

        case.refresh_from_db()
        assert case.handler == cast.clerk

    def test_the_office_gives_what_it_handles_itself(self, cast, log_in, at):
        case = case_in(State.SUBMITTED, cast, at=at)
        actions.instruct(case, by=cast.office_head, at=at, version=case.version, handling="own", instruction="自办")
        other = seat(Role.OFFICE_OFFICER, cast.city.office)

        log_in(cast.office_head).post(ASSIGN, {"ids": str(case.pk), "handler": other.pk, "reason": "分工"})

        case.refresh_from_db()
        assert case.handler == other

    def test_a_reason_is_asked_for_beside_the_field(self, cast, log_in, at, colleague):
        case = case_in(State.HANDLING, cast, at=at)

        page = log_in(cast.leader).post(ASSIGN, {"ids": str(case.pk), "handler": colleague.pk, "reason": " "})

        assert page.context["form"].errors["reason"]
        case.refresh_from_db()
        assert case.handler == cast.clerk

    def test_whoever_assigns_nothing_is_offered_nothing_and_refused(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        for who in (cast.clerk, cast.inspector):
            browser = log_in(who)
            assert "assign_chosen" not in browser.get(LIST).content.decode()
            assert browser.get(f"{ASSIGN}?ids={case.pk}").status_code == 403


class TestKeptFilters:
    def save(self, browser, name="我的在办", query="?state__exact=handling"):
        return browser.post(SAVE + query, {"name": name})

    def test_a_filter_stands_above_the_list_and_is_taken_off_again(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        other = file(cast, at=at).case
        browser = log_in(cast.officer)
        kept_page = browser.get(self.save(browser)["Location"])
        kept = SavedFilter.objects.get()

        assert (kept.owner, kept.name, kept.query) == (cast.officer, "我的在办", "state__exact=handling")
        assert case.number in kept_page.content.decode()
        assert other.number not in kept_page.content.decode()
        assert f'href="?{kept.query}"' in browser.get(LIST).content.decode()

        browser.post(f"{LIST}filters/{kept.pk}/remove/")
        assert not SavedFilter.objects.exists()

    def test_Z02_a_filter_is_its_owners_alone(self, cast, log_in):
        self.save(log_in(cast.officer))
        kept, other = SavedFilter.objects.get(), log_in(cast.office_head)

        assert kept.name not in other.get(LIST).content.decode()
        assert other.post(f"{LIST}filters/{kept.pk}/remove/").status_code == 404
        assert SavedFilter.objects.exists()

    def test_S13_a_look_removes_and_keeps_nothing(self, cast, log_in):
        browser = log_in(cast.officer)
        assert browser.get(SAVE + "?state__exact=handling").status_code == 200
        assert not SavedFilter.objects.exists()

        self.save(browser)
        browser.get(f"{LIST}filters/{SavedFilter.objects.get().pk}/remove/")
        assert SavedFilter.objects.exists()

    @pytest.mark.parametrize(
        "query",
        ["?description__startswith=a", "?identity__phone_hash=00", "?handler__password__startswith=s", "?state=%00"],
    )
    def test_Z03_a_look_up_that_the_list_does_not_declare_is_refused(self, cast, log_in, query):
        assert self.save(log_in(cast.officer), query=query).status_code == 400
        assert not SavedFilter.objects.exists()

    def test_search_words_and_the_page_are_left_out(self, cast, log_in):
        self.save(log_in(cast.officer), query="?q=张三&p=1&state__exact=handling&open=yes")

        assert SavedFilter.objects.get().query == "open=yes&state__exact=handling"

    @pytest.mark.parametrize("query", ["", "?q=张三", "?p=0"])
    def test_a_list_without_filters_has_none_to_keep(self, cast, log_in, query):
        assert self.save(log_in(cast.officer), query=query).context["form"].errors
        assert not SavedFilter.objects.exists()

    @pytest.mark.parametrize("name", ["", " ", "长" * 41])
    def test_a_name_is_needed_and_short(self, cast, log_in, name):
        assert self.save(log_in(cast.officer), name=name).context["form"].errors["name"]

    def test_a_name_is_used_once_by_a_person(self, cast, log_in):
        browser = log_in(cast.officer)
        self.save(browser)

        assert self.save(browser, query="?open=yes").context["form"].errors["name"]
        assert self.save(log_in(cast.office_head)).status_code == 302

    def test_only_so_many_are_kept(self, cast, log_in, monkeypatch):
        monkeypatch.setattr(filters, "MOST_FILTERS", 2)
        browser = log_in(cast.officer)
        for name in ("甲", "乙", "丙"):
            page = self.save(browser, name=name)

        assert page.context["form"].errors
        assert SavedFilter.objects.count() == 2

    def test_a_filter_that_the_list_no_longer_has_for_the_person_is_not_shown(self, cast, log_in, at):
        SavedFilter.objects.create(owner=cast.auditor, name="旧的", query="kind__exact=complaint", saved_at=at)
        SavedFilter.objects.create(owner=cast.auditor, name="还在", query="state__exact=handling", saved_at=at)
        body = log_in(cast.auditor).get(LIST).content.decode()

        assert "还在" in body
        assert "旧的" not in body

    def test_Z02_the_pages_are_absent_for_whoever_knows_of_no_case(self, cast, log_in):
        browser = log_in(seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government))

        assert browser.get(SAVE + "?open=yes").status_code == 404
        assert browser.post(f"{LIST}filters/1/remove/").status_code == 404


class TestSearching:
    def test_the_best_comes_first_with_its_words_marked_and_nothing_else_as_html(self, cast, log_in, at):
        text = "<script>旁边的路灯也坏了</script>，请一并处理，谢谢。"
        in_text = file(cast, title="井盖松动", description=text, at=at).case
        in_title = file(cast, title="<b>路灯</b>不亮", named_person="路灯公司王某", at=at).case
        page = log_in(cast.officer).get(LIST, {"q": "路灯"}).content.decode()

        assert page.index(in_title.number) < page.index(in_text.number)
        assert "&lt;b&gt;<mark>路灯</mark>&lt;/b&gt;不亮" in page
        assert "&lt;script&gt;旁边的<mark>路灯</mark>也坏了" in page
        assert "<mark>路灯</mark>公司王某" in page
        assert "<script>旁边" not in page

    def test_filters_hold_for_what_is_found(self, cast, log_in, at):
        new = file(cast, title="路灯不亮", at=at).case
        handled = case_in(State.HANDLING, cast, at=at, title="路灯坏了")
        page = log_in(cast.officer).get(LIST, {"q": "路灯", "state__exact": "handling"}).content.decode()

        assert handled.number in page
        assert new.number not in page

    def test_Z03_who_may_not_know_of_a_case_finds_neither_words_nor_number_nor_count(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at, title="路灯不亮")
        for words in ("路灯", case.number, case.number[6:-1]):
            page = log_in(cast.tax_leader).get(LIST, {"q": words})
            assert page.context["cl"].result_count == 0, words
            assert "路灯不亮" not in page.content.decode()

    def test_whoever_knows_headers_alone_finds_by_the_whole_number_and_sees_no_text(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at, title="路灯不亮")
        browser = log_in(cast.auditor)

        assert case.number in browser.get(LIST, {"q": case.number.lower()}).content.decode()
        for words in ("路灯", case.number[:-1], case.number[6:]):
            page = browser.get(LIST, {"q": words})
            assert page.context["cl"].result_count == 0, words
            assert "路灯不亮" not in page.content.decode()

    def test_of_too_many_it_shows_the_newest_and_says_so_while_a_file_has_all(self, cast, log_in, at, monkeypatch):
        monkeypatch.setattr(search, "MOST", 2)
        old = file(cast, title="路灯不亮", at=at - timedelta(days=40)).case
        new = [file(cast, title="路灯不亮", at=at).case for _ in range(2)]
        browser = log_in(cast.officer)
        page = browser.get(LIST, {"q": "路灯"})

        assert page.content.decode().count("超过 2 条") == 2
        assert all(case.number in page.content.decode() for case in new)
        assert old.number not in page.content.decode()
        taken = browser.post(LIST + "export/?q=路灯", {"format": "csv"}).getvalue().decode()
        assert all(case.number in taken for case in [old, *new])

    def test_R08_a_list_beyond_the_bound_says_that_there_are_more(self, cast, log_in, at, monkeypatch):
        monkeypatch.setattr(BoundedPaginator, "most", 1)
        for _ in range(2):
            file(cast, at=at)

        page = log_in(cast.officer).get(LIST).content.decode()
        assert page.count("超过 1 条") == 2
