"""The record says who did what, and is written with the act (docs/trust.md L-01, L-07)."""

import pytest
from django.contrib.auth import authenticate
from django.db import DatabaseError, transaction
from django.test import RequestFactory
from django.urls import reverse

from efficiency.audit import request_ids
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.audit.records import record
from tests.factories.staff import PASSWORD, Role, seat
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db


class TestRecord:
    def test_L01_holds_who_when_what_outcome_and_request(self, people, city):
        request_ids.begin("0123456789abcdef")

        record(
            "organ.edit",
            actor=people["officer"],
            obj=city.tax,
            outcome=Outcome.REFUSED,
            detail={"fields": ["name"]},
            at=MONDAY_MORNING,
        )
        request_ids.end()

        entry = AuditRecord.objects.get()
        assert (entry.actor, entry.action, entry.outcome, entry.at) == (
            people["officer"],
            "organ.edit",
            "refused",
            MONDAY_MORNING,
        )
        assert (entry.object_type, entry.object_id) == ("efficiency.organ", str(city.tax.pk))
        assert (entry.detail, entry.request_id) == ({"fields": ["name"]}, "0123456789abcdef")

    def test_of_the_system_has_no_person(self):
        record("engine.started", actor=None, at=MONDAY_MORNING)

        assert AuditRecord.objects.get().actor is None

    def test_L07_that_cannot_be_written_undoes_the_act(self, city):
        @transaction.atomic
        def rename() -> None:
            type(city.tax).objects.filter(pk=city.tax.pk).update(name="renamed")
            record("x" * 1000, actor=None, at=MONDAY_MORNING)

        with pytest.raises(DatabaseError):
            rename()

        city.tax.refresh_from_db()
        assert city.tax.name != "renamed"


class TestLogIns:
    def test_L01_are_recorded(self, client, city):
        clerk = seat(Role.CLERK, city.construction, username="clerk.one")
        type(clerk).objects.filter(pk=clerk.pk).update(is_staff=True)

        client.post(reverse("admin:login"), {"username": "clerk.one", "password": PASSWORD})
        client.post(reverse("admin:logout"))

        actions = AuditRecord.objects.order_by("id").values_list("action", "actor", "outcome")
        assert list(actions) == [("account.log_in", clerk.pk, "done"), ("account.log_out", clerk.pk, "done")]

    def test_L01_that_fail_are_recorded_against_the_account_without_what_was_typed(self, people):
        request = RequestFactory().post("/")

        authenticate(request, username=people["clerk"].username, password="wrong")
        authenticate(request, username="Correct-Horse-7-Battery", password="")

        entries = list(AuditRecord.objects.order_by("id"))
        assert [(entry.outcome, entry.object_id) for entry in entries] == [
            ("failed", str(people["clerk"].pk)),
            ("failed", ""),
        ]
        assert all(entry.detail == {} and entry.actor is None for entry in entries)
