"""The password again before a look at who complained, rights and a secret address (docs/trust.md S-03, S-05)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.enums import State
from complaints.models import CalendarFeed, Reveal
from efficiency import appointments
from efficiency.access import sessions
from efficiency.organs.models import Absence, Post, Role, TenureChange
from tests.complaints.uploads.test_serve import sent
from tests.factories.cases import case_in, recently
from tests.factories.staff import PASSWORD, make_user, seat

WHY = {"category": "verify", "reason": "需电话核实事发经过"}


@dataclass
class Act:
    """An act on a page: who does it, what is sent, and whether it has been done."""

    who: Any
    address: str
    fields: dict[str, Any]
    is_done: Callable[[], bool]

    def do(self, browser: Client, **more: str) -> HttpResponse:
        return browser.post(self.address, self.fields | more)


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def administrator(cast):
    return seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)


@pytest.fixture
def newcomer(cast):
    return make_user("newcomer")


@pytest.fixture(params=["reveal", "original", "find", "propose a tenure", "confirm a tenure", "absence", "calendar"])
def act(request, cast, at, administrator, newcomer) -> Act:
    """Return what asks for the password."""
    post = Post.objects.filter(organ=cast.city.construction).order_by("id").first()
    today = timezone.localdate(at)
    if request.param == "propose a tenure":
        fields = {"user": newcomer.pk, "post": post.pk, "kind": "holder", "since": today.isoformat(), "reason": "到岗"}
        return Act(
            administrator, reverse("admin:efficiency_tenurechange_add"), fields, lambda: TenureChange.objects.exists()
        )
    if request.param == "confirm a tenure":
        change = appointments.propose(
            by=administrator, at=at, user=newcomer, post=post, kind="holder", since=today, until=None, reason="到岗"
        )
        address = reverse("admin:efficiency_tenurechange_confirm", args=[change.pk])
        return Act(cast.officer, address, {}, lambda: newcomer.tenures.exists())
    if request.param == "absence":
        other = seat(Role.CLERK, cast.city.construction)
        Post.objects.filter(tenures__user=cast.clerk).update(stand_in=Post.objects.get(tenures__user=other))
        days = {"since": today.isoformat(), "until": (today + timedelta(days=1)).isoformat()}
        fields = {"tenure": cast.clerk.tenures.get().pk, "reason": "leave"} | days
        return Act(cast.clerk, reverse("admin:efficiency_absence_add"), fields, lambda: Absence.objects.exists())
    if request.param == "calendar":
        return Act(cast.clerk, reverse("admin:calendar"), {}, lambda: CalendarFeed.objects.exists())
    case = case_in(State.HANDLING, cast, at=at, files=[sent()])
    address = {
        "reveal": reverse("admin:complaints_case_identity", args=[case.pk]),
        "original": reverse("admin:complaints_case_original", args=[case.pk, 1]),
        "find": reverse("admin:complaints_case_find"),
    }[request.param]
    more = {"contact": "13812345678"} if request.param == "find" else {}
    return Act(cast.officer, address, WHY | more, lambda: Reveal.objects.exists())


@pytest.fixture
def tired(log_in, act, at):
    """Return a browser of theirs in which the password was given an hour ago."""
    browser = log_in(act.who)
    session = browser.session
    session[sessions.KEY] = {**session[sessions.KEY], "since": (at - timedelta(hours=1)).isoformat()}
    session.save()
    return browser


def test_S05_a_password_of_long_ago_does_not_do(act, tired):
    assert "password" in tired.get(act.address).context["form"].fields

    assert act.do(tired).context["form"].errors["password"]
    assert not act.is_done()


def test_S05_the_right_one_does_and_counts_for_the_next_quarter_of_an_hour(act, tired):
    act.do(tired, password=PASSWORD)

    assert act.is_done()
    following = tired.get(act.address)
    assert following.status_code == 404 or "password" not in following.context["form"].fields


def test_S05_a_wrong_one_does_nothing_and_stands_on_no_page(act, tired):
    page = act.do(tired, password="not-the-right-one")

    assert page.context["form"].errors["password"]
    assert "not-the-right-one" not in page.content.decode()
    assert not act.is_done()


def test_S03_five_wrong_ones_close_it_for_a_while(act, tired):
    for _ in range(5):
        page = act.do(tired, password="wrong")

    assert page.status_code == 429
    assert act.do(tired, password=PASSWORD).status_code == 429
    assert not act.is_done()


def test_S05_after_a_fresh_log_in_nothing_is_asked(act, log_in):
    act.do(log_in(act.who))

    assert act.is_done()


def test_S05_what_is_wrong_elsewhere_costs_no_try(cast, log_in, at):
    case = case_in(State.HANDLING, cast, at=at)
    browser = log_in(cast.officer)
    session = browser.session
    session[sessions.KEY] = {**session[sessions.KEY], "since": (at - timedelta(hours=1)).isoformat()}
    session.save()
    address = reverse("admin:complaints_case_identity", args=[case.pk])

    for _ in range(6):
        page = browser.post(address, WHY | {"reason": "", "password": "wrong"})

    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["reason"]
