"""Writers that commit late, and sealers at once, on real connections (docs/trust.md L-03)."""

import psycopg2
import pytest
from django.db import connection, transaction

from efficiency.audit.models import AuditRecord
from efficiency.audit.records import record
from efficiency.chain import sealing
from efficiency.chain.models import Seal, SealMark
from tests.concurrency import threads
from tests.efficiency.chain.tampering import broken, write
from tests.moments import MONDAY_MORNING

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_to_seal")]

INSERT = (
    "INSERT INTO efficiency_auditrecord (at, action, object_type, object_id, outcome, detail, request_id)"
    " VALUES (now(), 'tests.late', '', '', 'done', '{}', '') RETURNING id"
)


@pytest.fixture
def other():
    """Another connection, in a transaction of its own that ends when the test says so."""
    settings = connection.settings_dict
    other = psycopg2.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
    )
    yield other
    other.close()


def below() -> int:
    return SealMark.objects.get(kind="audit").below


def test_L03_a_row_that_commits_after_one_with_a_greater_key_is_sealed(other):
    cursor = other.cursor()
    cursor.execute(INSERT)
    late = cursor.fetchone()[0]
    early = record("tests.act", actor=None, at=MONDAY_MORNING)
    assert late < early.pk

    for _look in range(3):
        sealing.seal()
    assert list(Seal.objects.values_list("row_id", flat=True)) == [early.pk]

    other.commit()
    sealing.seal()

    assert list(Seal.objects.order_by("number").values_list("row_id", flat=True)) == [early.pk, late]
    assert broken() == []


def test_L03_so_is_one_whose_key_was_drawn_before_its_transaction_wrote_anything(other):
    """Such a transaction has no number of its own yet, by which its rows could be told from older ones."""
    cursor = other.cursor()
    cursor.execute("SELECT nextval(pg_get_serial_sequence('efficiency_auditrecord', 'id'))")
    drawn = cursor.fetchone()[0]
    record("tests.act", actor=None, at=MONDAY_MORNING)
    for _look in range(3):
        sealing.seal()
    assert below() < drawn

    cursor.execute(INSERT.replace("(at,", "(id, at,").replace("(now()", f"({drawn}, now()"))
    other.commit()
    sealing.seal()

    assert Seal.objects.filter(row_id=drawn).exists()
    assert broken() == []


def test_L03_what_ended_is_not_waited_for_and_what_was_rolled_back_leaves_no_gap(other):
    other.cursor().execute(INSERT)
    record("tests.act", actor=None, at=MONDAY_MORNING)
    sealing.seal()
    other.rollback()

    sealing.seal()
    sealing.seal()

    assert below() == AuditRecord.objects.order_by("-pk").first().pk
    assert list(Seal.objects.values_list("number", flat=True)) == [1]
    assert broken() == []


def test_L03_a_mark_of_another_look_meanwhile_is_left_alone(other):
    """Of two looks that saw different transactions only one may say how far everything is sealed."""
    write(2)
    slow = sealing._Look(10, stop_at=None)
    cursor = other.cursor()
    cursor.execute(INSERT)  # begun after the slow look, and running when the quick one marks
    quick = sealing._Look(10, stop_at=None)
    quick.everything()
    marked = SealMark.objects.values_list("below", "reached", "running").get(kind="audit")

    slow.everything()

    assert SealMark.objects.values_list("below", "reached", "running").get(kind="audit") == marked
    other.commit()
    sealing.seal()
    assert broken() == []


def test_F09_two_sealers_at_once_do_what_one_does():
    write(40)

    results = threads.at_once(*[lambda: sealing.seal(batch=3)] * 4)

    assert threads.failures(results) == []
    sealing.seal()
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 41))
    assert broken() == []


def test_L03_a_sealer_at_work_keeps_no_writer_and_no_other_sealer_waiting(other):
    other.cursor().execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK])

    write(1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1ms'")
        write(1)
    assert (sealing.seal().is_complete, Seal.objects.count()) == (False, 0)

    other.rollback()
    assert sealing.seal().sealed == 2
