"""Holds on erasure in the back office (docs/trust.md P-10)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints import actions
from complaints.enums import State
from complaints.models import Case, RetentionHold
from tests.factories.cases import case_in, file, recently

LIST, ADD = "/admin/complaints/retentionhold/", "/admin/complaints/retentionhold/add/"
WHY = "行政诉讼尚未审结"


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def case(cast, at) -> Case:
    return case_in(State.HANDLING, cast, at=at)


@pytest.fixture
def until(at):
    return timezone.localdate(at) + timedelta(days=300)


@pytest.fixture
def held(case, cast, at, until) -> RetentionHold:
    return actions.place_hold(case, by=cast.officer, at=at, until=until, reason=WHY)


def lift(hold: RetentionHold) -> str:
    return reverse("admin:complaints_retentionhold_lift", args=[hold.pk])


def change(hold: RetentionHold) -> str:
    return reverse("admin:complaints_retentionhold_change", args=[hold.pk])


class TestPlacing:
    def test_P10_the_office_places_one_by_the_number_however_typed(self, cast, log_in, case, until):
        typed = {"number": f" {case.number.lower()} ", "until": until.isoformat(), "reason": WHY}
        page = log_in(cast.officer).post(ADD, typed, follow=True)

        hold = RetentionHold.objects.get()
        assert (hold.case, hold.until, hold.reason, hold.placed_by) == (case, until, WHY, cast.officer)
        assert case.number in page.content.decode()

    def test_Z02_a_case_out_of_scope_answers_like_one_that_there_is_not(self, cast, log_in, case, until, at):
        actions.declare_recusal(case, by=cast.officer, at=at, reason="与投诉人系亲属")
        browser, told = log_in(cast.officer), []
        for number in (case.number, "XN20260000019"):
            page = browser.post(ADD, {"number": number, "until": until.isoformat(), "reason": WHY})
            told.append(page.context["form"].errors["number"])

        assert told[0] == told[1]
        assert not RetentionHold.objects.exists()

    def test_what_does_not_do_is_told_beside_its_field_and_kept(self, cast, log_in, case, at):
        over = (timezone.localdate(at) - timedelta(days=1)).isoformat()
        page = log_in(cast.officer).post(ADD, {"number": case.number, "until": over, "reason": WHY})

        assert list(page.context["form"].errors) == ["until"]
        assert WHY in page.content.decode()

    @pytest.mark.parametrize("who", ["inspector", "auditor"])
    def test_Z01_whoever_only_reads_them_places_none(self, cast, log_in, case, until, who):
        answer = log_in(getattr(cast, who)).post(
            ADD, {"number": case.number, "until": until.isoformat(), "reason": WHY}
        )

        assert answer.status_code == 403
        assert not RetentionHold.objects.exists()


class TestReading:
    @pytest.mark.parametrize("who", ["officer", "inspector", "auditor"])
    def test_P10_office_and_auditor_read_reason_person_and_last_day(self, cast, log_in, held, who):
        browser = log_in(getattr(cast, who))

        assert held.case.number in browser.get(LIST).content.decode()
        body = browser.get(change(held)).content.decode()
        assert WHY in body
        assert str(cast.officer) in body
        assert (lift(held) in body) is (who == "officer")

    @pytest.mark.parametrize("who", ["clerk", "leader"])
    def test_Z02_for_the_organ_there_are_none(self, cast, log_in, held, who):
        browser = log_in(getattr(cast, who))

        assert {browser.get(page).status_code for page in (LIST, change(held), lift(held))} == {404}

    def test_Z07_nor_for_whom_the_case_concerns(self, cast, log_in, held, at):
        actions.declare_recusal(held.case, by=cast.officer, at=at, reason="与投诉人系亲属")
        browser = log_in(cast.officer)

        assert held.case.number not in browser.get(LIST).content.decode()
        assert {browser.get(page).status_code for page in (change(held), lift(held))} == {404}

    def test_the_list_keeps_those_in_force_apart(self, cast, log_in, held, at):
        other = file(cast, at=at).case
        over = RetentionHold.objects.create(
            case=other,
            reason=WHY,
            until=timezone.localdate(at) - timedelta(days=1),
            placed_by=cast.officer,
            placed_at=at,
        )
        browser = log_in(cast.officer)
        shown = {
            answer: [row.pk for row in browser.get(LIST, {"stands": answer}).context["cl"].result_list]
            for answer in ("yes", "no")
        }

        assert shown == {"yes": [held.pk], "no": [over.pk]}


class TestLifting:
    def test_P10_the_office_lifts_one_with_a_reason(self, cast, log_in, held):
        browser = log_in(cast.office_head)

        assert browser.post(lift(held), {"reason": ""}).context["form"].errors["reason"]
        browser.post(lift(held), {"reason": "判决已生效"})

        held.refresh_from_db()
        assert (held.lifted_by, held.lift_reason) == (cast.office_head, "判决已生效")
        assert lift(held) not in browser.get(change(held)).content.decode()

    def test_twice_at_once_the_second_is_told(self, cast, log_in, held, case, at):
        actions.lift_hold(case, by=cast.officer, at=at, hold=held.pk, reason="判决已生效")

        page = log_in(cast.office_head).post(lift(held), {"reason": "已结案"})

        assert page.context["form"].non_field_errors()

    @pytest.mark.parametrize("who", ["inspector", "auditor"])
    def test_Z01_whoever_only_reads_them_lifts_none(self, cast, log_in, held, who):
        assert log_in(getattr(cast, who)).post(lift(held), {"reason": "判决已生效"}).status_code == 403
