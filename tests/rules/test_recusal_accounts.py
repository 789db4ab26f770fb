"""Recusal is of the person: what concerns one account is absent for the other as well (docs/trust.md Z-07)."""

from datetime import date

import pytest
from django.test import Client

from complaints import actions
from complaints.enums import State
from complaints.models import Case
from complaints.relations import seats_to
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role, Tenure, TenureKind
from efficiency.outbox import inbox
from efficiency.outbox.models import Message
from tests.factories.cases import TUESDAY, Cast, case_in
from tests.factories.staff import make_user, seat

PHONE = "13900001111"


def second_account(user: User, role: str, organ, **fields) -> User:
    """Return another account of the same natural person, on a post of its own."""
    User.objects.filter(pk=user.pk).update(phone=PHONE)
    other = make_user(full_name=user.full_name, phone="+86 139 0000 1111")
    return seat(role, organ, user=other, **fields)


def link(case: Case, cast: Cast, user: User, *, by: User | None = None) -> None:
    post = user.tenures.order_by("id").first().post
    actions.link_person(case, by=by or cast.officer, at=TUESDAY, version=case.version, post=post, reason="来信写明工号")


def knows(user: User, case: Case) -> list[bool]:
    """Say, asked in each way, whether the person knows of the case."""
    user = User.objects.get(pk=user.pk)
    case = Case.objects.get(pk=case.pk)
    browser = Client()
    browser.force_login(user)
    return [
        Case.objects.visible_to(user).filter(pk=case.pk).exists(),
        Case.objects.headers_visible_to(user).filter(pk=case.pk).exists(),
        bool(tuple(seats_to(scope_of(user), case))),
        browser.get(f"/admin/complaints/case/{case.pk}/change/").status_code == 200,
        case.number in browser.get("/admin/complaints/case/").content.decode(),
    ]


class TestZ07OnePersonTwoAccounts:
    def test_Z07_a_case_about_the_post_of_one_account_is_absent_for_the_other(self, cast):
        twin = second_account(cast.clerk, Role.CLERK, cast.city.construction)
        namesake = seat(Role.CLERK, cast.city.construction, user=make_user(full_name=cast.clerk.full_name))
        case = case_in(State.HANDLING, cast)
        assert all(knows(twin, case))

        link(case, cast, cast.clerk)

        assert not any(knows(cast.clerk, case))
        assert not any(knows(twin, case))
        assert all(knows(namesake, case))

    def test_Z07_so_is_one_for_which_a_conflict_was_declared(self, cast):
        twin = second_account(cast.clerk, Role.CLERK, cast.city.construction)
        case = case_in(State.HANDLING, cast)
        actions.declare_recusal(case, by=cast.clerk, at=TUESDAY, reason="投诉人是我表弟")

        assert not any(knows(twin, case))

    def test_Z07_nor_can_the_other_account_link_or_lift_it(self, cast):
        twin = second_account(cast.officer, Role.OFFICE_OFFICER, cast.city.office)
        case = case_in(State.RECEIVED, cast)

        with pytest.raises(actions.Invalid):
            link(case, cast, cast.officer, by=twin)
        link(case, cast, cast.officer, by=cast.office_head)
        with pytest.raises(actions.Absent):
            actions.reveal(case, by=twin, at=TUESDAY, category="verify", reason="核实")

    def test_Z07_what_the_other_account_was_told_is_taken_back(self, cast):
        twin = second_account(cast.clerk, Role.CLERK, cast.city.construction)
        case = case_in(State.HANDLING, cast)
        assert inbox.unread_count(twin) > 0

        link(case, cast, cast.clerk)

        assert inbox.unread_count(User.objects.get(pk=twin.pk)) == 0
        assert not Message.objects.filter(recipient=twin, channel="portal").exclude(state="withheld").exists()

    def test_Z07_the_case_does_not_pass_to_the_other_account(self, cast):
        tenure = cast.clerk.tenures.get()
        twin = second_account(cast.clerk, Role.CLERK, cast.city.construction)
        tenure.post.stand_in = twin.tenures.get().post
        tenure.post.save()
        case = case_in(State.HANDLING, cast)
        assert case.handler == cast.clerk

        link(case, cast, cast.clerk)

        assert Case.objects.get(pk=case.pk).handler is None

    def test_Z07_a_second_account_gives_no_right_of_the_first(self, cast):
        twin = second_account(cast.officer, Role.CLERK, cast.city.tax)
        Tenure.objects.create(
            user=twin, post=cast.clerk.tenures.get().post, since=date(2026, 1, 1), until=date(2026, 2, 1),
            kind=TenureKind.STAND_IN,
        )  # fmt: skip

        assert scope_of(User.objects.get(pk=twin.pk)).roles == {Role.CLERK}
        assert not scope_of(User.objects.get(pk=twin.pk)).organ_ids_as(Role.OFFICE_OFFICER)
