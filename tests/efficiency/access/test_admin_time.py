"""Years of the calendar and limits in the back office: who sets them, and what is shown before (docs/domain.md 3.1)."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.enums import Kind, State
from complaints.models import Recusal
from efficiency.admin.calendar import NoticeForm, lines_of, spans_of
from efficiency.deadlines import sweep
from efficiency.deadlines.models import LimitRule
from efficiency.deadlines.rules import terms_of
from efficiency.organs.models import Role
from efficiency.timing.due import Limit, Unit
from efficiency.timing.models import CalendarProposal, CalendarYear
from tests.factories.cases import case_in, file, local, make_cast
from tests.factories.staff import seat

PROPOSE = "admin:efficiency_calendaryear_propose"
CONFIRM = "admin:efficiency_calendaryear_confirm"
# The notice as it might come for 2027: Spring Festival longer than assumed, a Sunday worked for it.
NOTICE = {
    "year": "2027",
    "notice": "国办发明电〔2026〕7号",
    "days_off": "\n".join(
        [
            "2027-01-01 .. 2027-01-03 元旦",
            "2027-02-05 至 2027-02-11 春节",
            "2027-04-05 清明节",
            "2027-05-01 .. 2027-05-05 劳动节",
            "2027-06-09 端午节",
            "2027-09-15 中秋节",
            "2027-10-01 .. 2027-10-07 国庆节",
        ]
    ),
    "makeup_days": "2027-01-31\n2027-02-20",
}


@pytest.fixture
def log_in():
    def browser_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser_of


class TestCalendarPages:
    def test_a_year_needs_two_persons_and_is_shown_before(self, people, log_in):
        page = log_in(people["administrator"]).post(reverse(PROPOSE), NOTICE)
        assert page.status_code == 302
        proposal = CalendarProposal.objects.get()
        officer, address = log_in(people["officer"]), reverse(CONFIRM, args=[2027])

        preview = officer.get(address).context["preview"]
        assert preview.working_days_before != preview.working_days or preview.days
        assert CalendarYear.objects.get(pk=2027).is_provisional

        assert officer.post(address, {"proposal": proposal.pk}).status_code == 302
        assert not CalendarYear.objects.get(pk=2027).is_provisional

    def test_another_proposal_than_the_one_looked_at_is_not_confirmed(self, people, log_in):
        log_in(people["administrator"]).post(reverse(PROPOSE), NOTICE)
        page = log_in(people["officer"]).post(reverse(CONFIRM, args=[2027]), {"proposal": "987654"})

        assert page.status_code == 200
        assert CalendarYear.objects.get(pk=2027).is_provisional

    def test_the_administrator_who_typed_it_in_cannot_confirm(self, people, log_in):
        browser = log_in(people["administrator"])
        browser.post(reverse(PROPOSE), NOTICE)
        proposal = CalendarProposal.objects.get()

        assert browser.post(reverse(CONFIRM, args=[2027]), {"proposal": proposal.pk}).status_code == 403

    def test_the_preview_counts_the_open_promises_that_move_and_moves_none(self, db, log_in):
        cast = make_cast()
        case = file(cast, at=local(2027, 1, 29)).case
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
        log_in(administrator).post(reverse(PROPOSE), NOTICE)

        preview = log_in(cast.officer).get(reverse(CONFIRM, args=[2027])).context["preview"]

        assert sum(effect.moved for effect in preview.effects) == 1
        due = case.next_due_at
        case.refresh_from_db()
        assert case.next_due_at == due

    def test_a_line_that_cannot_be_read_is_named(self, people, log_in):
        sent = NOTICE | {"days_off": "2027-01-01 元旦\n二月五日 春节"}
        page = log_in(people["administrator"]).post(reverse(PROPOSE), sent)

        assert page.status_code == 200
        assert "二月五日" in str(page.context["form"].errors["days_off"])
        assert not CalendarProposal.objects.exists()

    @pytest.mark.parametrize(
        "line", ["2027-02-30 春节", "2027-02-11 .. 2027-02-05 春节", "2027-01-01 .. 2027-12-31 年"]
    )
    def test_days_that_do_not_exist_or_never_end_are_refused(self, line):
        form = NoticeForm(NOTICE | {"days_off": line})

        assert not form.is_valid()
        assert list(form.errors) == ["days_off"]

    def test_what_the_form_shows_it_reads_back(self, db):
        year = CalendarYear.objects.get(pk=2026)
        form = NoticeForm({"year": "2026", "notice": "x", "days_off": lines_of(year.days_off), "makeup_days": ""})

        assert form.is_valid(), form.errors
        read = form.as_parameters()["days_off"]
        assert {day.isoformat(): name for day, name in read.items()} == year.days_off

    def test_neighbouring_days_of_a_holiday_are_one_span(self):
        spans = spans_of({"2026-01-01": "new_year", "2026-01-02": "new_year", "2026-04-05": "qingming"})

        assert [(span.days, span.holiday) for span in spans] == [(2, "new_year"), (1, "qingming")]


class TestLimitPages:
    ADDRESS = "admin:efficiency_limitrule_add"

    def sent(self, **changes):
        return {
            "number": "12",
            "unit": "wd",
            "extension": "5",
            "red_after": "",
            "fourth_after": "",
            "valid_from": timezone.localdate().isoformat(),
            "reason": "提速",
        } | changes

    def address(self, kind="complaints.reply", variant="complaint"):
        return f"{reverse(self.ADDRESS)}?kind={kind}&variant={variant}"

    def test_the_head_of_the_office_sets_a_limit_for_what_starts_later(self, people, log_in):
        assert terms_of("complaints.reply", Kind.COMPLAINT, on=timezone.localdate()).limit.number == 15

        page = log_in(people["office_head"]).post(self.address(), self.sent())

        assert page.status_code == 302
        assert terms_of("complaints.reply", Kind.COMPLAINT, on=timezone.localdate()).limit.number == 12
        assert LimitRule.objects.get().set_by == people["office_head"]

    @pytest.mark.parametrize("role", ["officer", "auditor", "inspector"])
    def test_whoever_only_sees_limits_sets_none(self, people, log_in, role):
        page = log_in(people[role]).post(self.address(), self.sent())

        assert page.status_code == 403
        assert not LimitRule.objects.exists()

    def test_what_the_law_limits_is_set_by_the_administrator_alone(self, people, log_in):
        """docs/domain.md, at the beginning: only they change it, with a reason, and never beyond the law."""
        address = self.address("requests.answer", "")
        table = reverse("admin:efficiency_limitrule_changelist")
        head, administrator = log_in(people["office_head"]), log_in(people["administrator"])
        assert head.post(address, self.sent()).status_code == 403
        assert administrator.post(self.address(), self.sent()).status_code == 403
        link = "limitrule/add/?kind=requests.answer&amp;"
        assert [each.get(table).content.decode().count(link) for each in (head, administrator)] == [0, 2]

        beyond = administrator.post(address, self.sent(extension="21"))
        assert "extension" in beyond.context["form"].errors
        assert not any("run under the present limit" in line for line in beyond.context["effects"])
        assert administrator.post(address, self.sent()).status_code == 302
        assert terms_of("requests.answer", on=timezone.localdate()).extension == Limit(5, Unit.WORKING_DAY)

    def test_a_limit_is_never_set_for_the_past(self, people, log_in):
        page = log_in(people["office_head"]).post(self.address(), self.sent(valid_from="2020-01-01"))

        assert "valid_from" in page.context["form"].errors
        assert not LimitRule.objects.exists()

    def test_an_unknown_kind_does_not_exist(self, people, log_in):
        assert log_in(people["office_head"]).get(self.address(kind="x.y")).status_code == 404

    def test_the_table_names_every_promise(self, people, log_in):
        body = log_in(people["officer"]).get(reverse("admin:efficiency_limitrule_changelist")).content.decode()

        assert body.count("<tr>") >= 20


class TestEscalations:
    def test_a_recused_person_finds_no_escalation_of_the_case(self, db, log_in):
        cast = make_cast()
        case = file(cast, at=local(2026, 3, 3)).case
        sweep.run(at=local(2026, 4, 1))
        address = reverse("admin:efficiency_escalation_changelist")
        assert case.number in log_in(cast.officer).get(address).content.decode()
        Recusal.objects.create(case=case, user=cast.officer, ground="declared", at=local(2026, 4, 1), by=cast.officer)

        assert case.number not in log_in(cast.officer).get(address).content.decode()
        assert case.number in log_in(cast.inspector).get(address).content.decode()
        assert case.number not in log_in(cast.clerk).get(address).content.decode()

    def test_whoever_knows_headers_alone_sees_no_person(self, db, log_in):
        cast = make_cast()
        case_in(State.HANDLING, cast, at=local(2026, 3, 3))
        sweep.run(at=local(2026, 4, 10))
        address = reverse("admin:efficiency_escalation_changelist")

        assert cast.clerk.full_name in log_in(cast.officer).get(address).content.decode()
        page = log_in(cast.auditor).get(address)
        assert page.context["cl"].result_count > 0
        assert cast.clerk.full_name not in page.content.decode()
