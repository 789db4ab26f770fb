"""Absences from their pages: recorded by those who may, for persons and deputies in reach (docs/domain.md 7)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from efficiency import absences
from efficiency.organs.models import Absence, Post, Role, Tenure
from tests.factories.staff import make_user, seat

ADD = reverse("admin:efficiency_absence_add")
DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def log_in():
    def browser_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser_of


@pytest.fixture
def partner(people, city):
    user = seat(Role.CLERK, city.construction)
    Post.objects.filter(tenures__user=people["clerk"]).update(stand_in=Post.objects.get(tenures__user=user))
    return user


def test_only_those_who_share_a_name_are_told_apart_by_their_account(people, partner, city, log_in):
    twin = seat(Role.CLERK, city.construction, user=make_user("twin", partner.full_name))
    page = log_in(people["leader"]).get(ADD)

    offered = {label for _value, label in page.context["form"].fields["stand_in"].choices}
    assert {f"{partner.full_name}（{partner.username}）", f"{twin.full_name}（twin）"} <= offered
    assert people["clerk"].full_name in offered


def sent(tenure: Tenure, today, **fields: object) -> dict:
    return {"tenure": tenure.pk, "since": today, "until": today + DAY, "reason": "leave", **fields}


def test_a_person_records_the_own_absence_and_the_list_shows_it(people, partner, log_in, today):
    browser = log_in(people["clerk"])

    page = browser.post(ADD, sent(people["clerk"].tenures.get(), today))

    assert page.status_code == 302
    listed = browser.get(reverse("admin:efficiency_absence_changelist") + "?when=now").content.decode()
    assert people["clerk"].full_name in listed
    assert partner.full_name in listed


def test_Z04_only_own_posts_and_those_one_stands_in_for_or_leads_are_offered(people, partner, log_in):
    def offered(user) -> set:
        return set(log_in(user).get(ADD).context["form"].fields["tenure"].queryset)

    clerk, leader = people["clerk"].tenures.get(), people["leader"].tenures.get()
    assert offered(people["clerk"]) == {clerk}
    assert offered(partner) == {clerk, partner.tenures.get()}
    assert offered(people["leader"]) == {clerk, partner.tenures.get(), leader}
    assert offered(people["other_clerk"]) == {people["other_clerk"].tenures.get()}


def test_what_the_rules_demand_stands_beside_the_field(people, log_in, today):
    page = log_in(people["clerk"]).post(ADD, sent(people["clerk"].tenures.get(), today, note="年休假"))

    assert list(page.context["form"].errors) == ["stand_in"]
    assert "年休假" in page.content.decode()
    assert not Absence.objects.exists()


def test_an_absence_ends_earlier_from_its_page(people, partner, log_in, today):
    absence = absences.record_absence(
        people["clerk"].tenures.get(),
        by=people["clerk"],
        at=timezone.now(),
        since=today,
        until=today + 5 * DAY,
        reason="trip",
    )
    browser = log_in(people["leader"])
    end = reverse("admin:efficiency_absence_end", args=[absence.pk])
    assert end in browser.get(reverse("admin:efficiency_absence_change", args=[absence.pk])).content.decode()

    late = browser.post(end, {"until": today + 9 * DAY})
    browser.post(end, {"until": today + 2 * DAY})

    assert list(late.context["form"].errors) == ["until"]
    absence.refresh_from_db()
    assert absence.until == today + 2 * DAY


def test_who_may_not_end_it_is_not_led_there(people, partner, log_in, today):
    absence = absences.record_absence(
        people["clerk"].tenures.get(),
        by=people["clerk"],
        at=timezone.now(),
        since=today,
        until=today + 5 * DAY,
        reason="trip",
    )
    end = reverse("admin:efficiency_absence_end", args=[absence.pk])
    page = log_in(people["officer"]).get(reverse("admin:efficiency_absence_change", args=[absence.pk]))

    assert page.status_code == 200
    assert end not in page.content.decode()
