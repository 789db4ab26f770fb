"""The list of cases as a file: what one may see, on record, and not too often (docs/trust.md O-02, R-02, S-05)."""

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from complaints import actions
from complaints.actions import exporting
from complaints.enums import State
from complaints.models import Case
from efficiency.access import counters, limits, sessions
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Role
from efficiency.tables import Format
from tests.factories.cases import case_in, file, local, recently
from tests.factories.staff import PASSWORD, seat

PAGE = "/admin/complaints/case/export/"


@pytest.fixture(autouse=True)
def _counters_begin_empty(monkeypatch):
    """Count in the process alone, where half of a limit holds."""
    monkeypatch.setattr(counters, "_shared", counters.Counters(""))


@pytest.fixture
def at(db):
    return recently()


def rows(response) -> list[list[str]]:
    content = response.getvalue().decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(content, newline="")))


def take_out(browser, query="", **fields):
    return browser.post(PAGE + query, {"format": "csv", **fields})


def exports() -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(action="case.export").order_by("id"))


class TestWhatIsInIt:
    def test_the_rows_of_the_list_with_dates_state_outcome_organs_and_days_used(self, cast, log_in):
        filed, replied = local(2026, 3, 3), local(2026, 3, 9)
        case = case_in(State.HANDLING, cast, at=filed)
        from tests.factories.cases import reply

        reply(case, cast, at=replied)
        head, line = rows(take_out(log_in(cast.officer)))
        found = dict(zip(head, line, strict=True))

        assert len(head) == len(exporting.COLUMNS)
        assert case.number in line
        assert case.title in line
        assert cast.city.construction.name in line
        assert cast.city.office.name in line
        assert cast.clerk.full_name in line
        assert "2026-03-03 10:00" in line
        assert "2026-03-09 10:00" in line
        assert list(found.values())[-1] == "4"  # Wednesday to Monday
        assert str(case.get_outcome_display()) in line

    def test_a_workbook_holds_the_same_with_moments_as_dates(self, cast, log_in):
        case = case_in(State.HANDLING, cast, at=local(2026, 3, 3))
        response = take_out(log_in(cast.officer), format="xlsx")
        _head, line = load_workbook(io.BytesIO(response.getvalue())).active.iter_rows()

        assert line[0].value == case.number
        assert line[0].data_type == "s"
        assert sum(cell.is_date for cell in line) >= 2
        assert not any(cell.data_type == "f" for cell in line)
        assert "attachment" in response["Content-Disposition"]
        assert "no-store" in response["Cache-Control"]

    def test_P01_never_who_complained(self, cast, log_in):
        case_in(State.HANDLING, cast, at=local(2026, 3, 3))
        for who in (cast.officer, cast.clerk, cast.leader, cast.inspector, cast.auditor):
            content = take_out(log_in(who)).getvalue().decode()

            assert "陈小明" not in content
            assert "13812345678" not in content

    def test_the_file_is_called_by_its_moment_alone(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        name = take_out(log_in(cast.officer))["Content-Disposition"]

        assert name.startswith('attachment; filename="cases-2')
        assert cast.officer.username not in name

    def test_O02_a_title_that_looks_like_a_formula_is_text(self, cast, log_in, at):
        file(cast, at=at, title="=HYPERLINK(A1)")
        _head, line = rows(take_out(log_in(cast.officer)))

        assert "'=HYPERLINK(A1)" in line

    def test_whoever_knows_headers_alone_gets_no_text_and_no_person(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        head, line = rows(take_out(log_in(cast.auditor)))

        assert line[0] == case.number
        assert len(head) == sum(column.is_header for column in exporting.COLUMNS)
        assert case.title not in line
        assert cast.clerk.full_name not in line


class TestWhichRows:
    def test_the_filters_and_the_search_of_the_list_hold(self, cast, log_in, at):
        handled = case_in(State.HANDLING, cast, at=at)
        other = file(cast, at=at, title="路灯坏了", description="人民路第三根灯杆的路灯坏了两个月。").case
        browser = log_in(cast.officer)

        by_state = rows(take_out(browser, "?state__exact=handling"))
        by_words = rows(take_out(browser, "?q=灯杆&p=1"))

        assert [line[0] for line in by_state[1:]] == [handled.number]
        assert [line[0] for line in by_words[1:]] == [other.number]

    def test_Z03_a_look_up_beyond_the_filters_is_refused(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.officer)

        assert take_out(browser, "?description__startswith=a").status_code == 400
        assert take_out(browser, "?q=%00").status_code == 400

    def test_Z07_a_case_that_concerns_the_person_is_not_in_it(self, cast, log_in, at):
        kept, gone = case_in(State.HANDLING, cast, at=at), case_in(State.HANDLING, cast, at=at)
        actions.declare_recusal(gone, by=cast.officer, at=at, reason="亲属")

        assert [line[0] for line in rows(take_out(log_in(cast.officer)))[1:]] == [kept.number]

    def test_Z06_the_action_asks_the_scope_itself(self, cast, at):
        case_in(State.HANDLING, cast, at=at)

        with pytest.raises(actions.Invalid):
            actions.export_cases(Case.objects.all(), by=cast.tax_clerk, at=at, as_=Format.CSV, filters={})

    def test_an_empty_list_is_no_file(self, cast, log_in):
        page = take_out(log_in(cast.officer))

        assert page.status_code == 200
        assert page.context["form"].errors
        assert exports() == []

    def test_R08_a_list_that_is_too_long_is_to_be_made_smaller(self, cast, log_in, at, monkeypatch):
        monkeypatch.setattr(exporting, "MOST_ROWS", 1)
        for _ in range(2):
            case_in(State.RECEIVED, cast, at=at)
        page = take_out(log_in(cast.officer))

        assert page.status_code == 200
        assert page.context["form"].errors
        assert exports() == []

    def test_the_number_of_questions_does_not_depend_on_the_rows(self, cast, log_in, at, django_assert_max_num_queries):
        browser = log_in(cast.officer)
        counts = []
        for number in (1, 12):
            for _ in range(number):
                case_in(State.HANDLING, cast, at=at)
            take_out(browser).getvalue()
            with django_assert_max_num_queries(60) as counted:
                take_out(browser).getvalue()
            counts.append(len(counted))

        assert counts[0] == counts[1]


class TestWho:
    @pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.DISCLOSURE_EDITOR, Role.SOCIAL_SUPERVISOR])
    def test_Z02_the_page_is_absent_for_whoever_knows_of_no_case(self, cast, log_in, role):
        browser = log_in(seat(role, cast.city.government))

        assert browser.get(PAGE).status_code == 404
        assert take_out(browser).status_code == 404

    def test_Z01_whoever_has_no_right_to_export_is_refused_and_recorded(self, cast, at):
        case_in(State.HANDLING, cast, at=at)
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)

        with pytest.raises(actions.NotAllowed):
            actions.export_cases(Case.objects.all(), by=administrator, at=at, as_=Format.CSV, filters={})

        assert [(kept.actor_id, kept.outcome) for kept in exports()] == [(administrator.pk, "refused")]

    def test_S13_looking_at_the_page_takes_nothing_out(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        page = log_in(cast.officer).get(PAGE)

        assert page.status_code == 200
        assert exports() == []


class TestRecord:
    def test_L01_who_which_filters_and_how_many_rows(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        file(cast, at=at)
        take_out(log_in(cast.officer), "?state__exact=handling")
        (kept,) = exports()

        assert (kept.actor_id, kept.outcome) == (cast.officer.pk, "done")
        assert kept.detail == {
            "format": "csv",
            "filters": {"state__exact": "handling"},
            "searched": False,
            "rows": 1,
        }

    def test_P08_words_that_were_searched_for_are_not_written_down(self, cast, log_in, at):
        file(cast, at=at, title="张三推诿扯皮不办事")
        take_out(log_in(cast.officer), "?q=张三&open=张三")
        (kept,) = exports()

        assert kept.detail["searched"] is True
        assert "张三" not in str(kept.detail)

    def test_no_more_rows_go_out_than_were_written_down(self, cast, at):
        file(cast, at=at)
        export = actions.export_cases(Case.objects.all(), by=cast.officer, at=at, as_=Format.CSV, filters={})
        file(cast, at=at)

        assert len(list(export.rows)) == 1 + exports()[0].detail["rows"]


class TestHowOften:
    def test_R02_after_so_many_in_an_hour_it_is_time_to_wait(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.officer)
        for _ in range(limits.EXPORTS.limit):
            assert take_out(browser).getvalue()
        page = take_out(browser)

        assert page.status_code == 429
        assert int(page["Retry-After"]) > 0
        assert page.context["form"]["format"].value() == "csv"
        assert exports()[-1].outcome == "refused"

    def test_R02_each_account_has_its_own_count(self, cast, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        for _ in range(limits.EXPORTS.limit + 1):
            take_out(log_in(cast.officer))

        assert take_out(log_in(cast.inspector)).status_code == 200


class TestPassword:
    @pytest.fixture
    def long_list(self, cast, at, monkeypatch):
        monkeypatch.setattr(exporting, "MOST_UNCONFIRMED", 1)
        return [case_in(State.RECEIVED, cast, at=at) for _ in range(2)]

    @pytest.fixture
    def tired(self, cast, log_in, at):
        """Return a browser in which the password was given an hour ago."""
        browser = log_in(cast.officer)
        session = browser.session
        session[sessions.KEY] = {**session[sessions.KEY], "since": (at - timedelta(hours=1)).isoformat()}
        session.save()
        return browser

    def test_S05_a_long_list_asks_for_the_password_of_long_ago(self, long_list, tired):
        assert "password" in tired.get(PAGE).context["form"].fields

        page = take_out(tired)
        assert page.context["form"].errors["password"]
        assert exports() == []

    def test_S05_the_right_password_lets_it_out_and_counts_for_the_next(self, long_list, tired):
        assert len(rows(take_out(tired, password=PASSWORD))) == 3
        assert len(rows(take_out(tired))) == 3

    def test_S05_a_wrong_password_lets_nothing_out(self, long_list, tired):
        page = take_out(tired, password="wrong")

        assert page.context["form"].errors["password"]
        assert "wrong" not in page.content.decode().replace("wrong tries", "")
        assert exports() == []

    def test_S03_five_wrong_ones_close_it_for_a_while(self, long_list, tired):
        for _ in range(5):
            page = take_out(tired, password="wrong")

        assert page.status_code == 429
        assert take_out(tired, password=PASSWORD).status_code == 429
        assert exports() == []

    def test_S05_after_a_fresh_log_in_nothing_is_asked(self, cast, log_in, long_list):
        assert len(rows(take_out(log_in(cast.officer)))) == 3

    def test_S05_a_short_list_asks_for_none(self, cast, at, tired):
        case_in(State.RECEIVED, cast, at=at)

        assert len(rows(take_out(tired))) == 2

    def test_S05_the_action_holds_it_whoever_calls(self, cast, long_list, at):
        with pytest.raises(actions.Invalid) as refused:
            actions.export_cases(Case.objects.all(), by=cast.officer, at=at, as_=Format.CSV, filters={})

        assert refused.value.field == "password"
