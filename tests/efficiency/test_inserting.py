"""Rows of several models in one statement are the rows that ``save`` would write."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, models, transaction

from complaints.models import Case, CaseEvent, CaseIdentity
from efficiency.inserting import insert_together
from efficiency.organs.models import Organ
from efficiency.outbox.models import Message
from tests.factories import cases as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make.file(make.make_cast(), email="chen@example.cn", flags=["honeypot", "too_fast"]).case


def values_of(row: models.Model) -> dict:
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return {name: getattr(row, name) for name in names}


def as_stored(row: models.Model) -> dict:
    stored = values_of(type(row)._default_manager.get(pk=row.pk))
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in stored.items()}


@pytest.mark.parametrize("model", [Case, CaseEvent, CaseIdentity, Message])
def test_every_column_is_stored_as_save_stores_it(model, case):
    """Arrays, JSON, bytes, moments, keys to other rows: what was written together, saved again, stays the same."""
    row = model._default_manager.order_by("pk").last()
    before = as_stored(row)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # events only grow; this is about the values
    row.save()

    assert as_stored(row) == before


def test_rows_without_a_key_get_one_and_several_models_go_in_one_statement(django_assert_num_queries):
    at = datetime(2026, 3, 3, tzinfo=UTC)
    common = {"channel": "email", "kind": "x", "created_at": at}
    organ = Organ(pk=999, code="x", name="甲\\%s", level="city", kind="department")
    rows = [
        Message(event="one", recipient_ref="complaints.identity:1", values={"a": ["é", None]}, **common),
        organ,
        Message(event="two", recipient_ref="complaints.identity:2", **common),
        Organ(pk=998, code="y", name="乙", level="city", kind="department", parent=organ),
    ]

    with django_assert_num_queries(1):
        insert_together(rows)

    assert set(Message.objects.values_list("event", flat=True)) == {"one", "two"}
    assert Message.objects.get(event="one").values == {"a": ["é", None]}
    assert Organ.objects.get(pk=998).parent.name == "甲\\%s"


def test_nothing_to_insert_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_together([])


def test_all_or_nothing(case):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together([Organ(code="new", name="丙", level="city", kind="department"), Organ(pk=case.office_id)])

    assert not Organ.objects.filter(code="new").exists()
