"""History only grows: triggers refuse, and the role of the running portal cannot touch them (docs/trust.md L-02)."""

import os
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accountability.models import Clause, Sanction
from accountability.papers import actions as papers
from accountability.papers.cards import NOTICE
from efficiency.access.grants import grant, tables_of_record
from efficiency.audit.models import AuditRecord
from efficiency.audit.records import record
from efficiency.chain import sealing
from efficiency.chain.models import SealMark
from efficiency.refusals import Refused
from efficiency.tables import importing
from supervision.models import ReceptionLook
from tests.factories import cards
from tests.factories.staff import every_role, make_city
from tests.moments import MONDAY_MORNING

# Roles are known to the whole server: test runs beside this one have their own.
ROLE = f"portal_of_tests_{os.getpid()}"


@pytest.fixture
def entry(db):
    return record("tests.act", actor=None, at=MONDAY_MORNING)


class TestTriggers:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE efficiency_auditrecord SET action = 'other'",
            "DELETE FROM efficiency_auditrecord",
            "TRUNCATE efficiency_auditrecord",
            "TRUNCATE efficiency_auditrecord CASCADE",
        ],
    )
    def test_L02_refuse_to_change_delete_and_empty(self, entry, statement):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

        assert AuditRecord.objects.get().action == "tests.act"

    def test_L02_see_bulk_changes_too(self, entry):
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditRecord.objects.filter(pk=entry.pk).update(action="other")
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditRecord.objects.all().delete()

    def test_Z05_no_second_copy_of_the_scope_lies_in_the_database(self, db):
        """Rows are scoped in code alone (docs/decisions/0005): no policy, and no table that asks for one."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity OR relforcerowsecurity")
            assert cursor.fetchall() == []
            cursor.execute("SELECT policyname FROM pg_policies")
            assert cursor.fetchall() == []

    def test_L02_guard_every_table_of_record(self, db):
        assert set(tables_of_record()) >= {
            "efficiency_auditrecord",
            "efficiency_escalation",
            "efficiency_acknowledgement",
            "efficiency_extension",
            "efficiency_duedatechange",
            "efficiency_limitrule",
            "efficiency_clockconfirmation",
            "efficiency_tenureevent",
            "complaints_caseevent",
        }


@pytest.fixture
def runtime(transactional_db):
    """Connect as a role that owns nothing and was given its rights as after a migration."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {ROLE}")
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'tests-only'")
    assert grant(connection, ROLE)
    record("tests.act", actor=None, at=MONDAY_MORNING)
    settings = connection.settings_dict
    runtime = psycopg2.connect(
        dbname=settings["NAME"],
        user=ROLE,
        password="tests-only",
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
    )
    runtime.autocommit = True
    yield runtime.cursor()
    runtime.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


@contextmanager
def as_runtime():
    """Let Django connect as that role meanwhile."""
    as_owner = connection.settings_dict
    connection.close()
    connection.settings_dict = {**as_owner, "USER": ROLE, "PASSWORD": "tests-only"}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = as_owner


class TestRuntimeRole:
    @pytest.mark.parametrize(
        "table",
        [
            *("efficiency_auditrecord", "efficiency_escalation", "complaints_caseevent"),
            *("efficiency_chainhead", "efficiency_redaction"),
        ],
    )
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE {} SET id = id",
            "DELETE FROM {}",
            "TRUNCATE {}",
            "ALTER TABLE {} DISABLE TRIGGER ALL",
            "DROP TABLE {}",
        ],
    )
    def test_L02_cannot_change_history(self, runtime, table, statement):
        with pytest.raises(psycopg2.Error) as refusal:
            runtime.execute(statement.format(table))

        assert refusal.value.pgcode == "42501"  # for lack of the right, before any trigger is asked

    @pytest.mark.parametrize("statement", ["UPDATE {} SET kind = ''", "DELETE FROM {}", "TRUNCATE {}"])
    def test_L02_cannot_change_a_seal(self, runtime, statement):
        with pytest.raises(psycopg2.Error) as refusal:
            runtime.execute(statement.format("efficiency_seal"))

        assert refusal.value.pgcode == "42501"

    def test_L03_seals_what_is_of_record(self, nothing_to_seal, runtime):
        with as_runtime():
            assert sealing.seal().sealed == 1
            assert sealing.seal().is_complete
            assert SealMark.objects.get(kind="audit").below == AuditRecord.objects.get().pk

    def test_O03_takes_in_every_list_and_of_clauses_what_is_of_record(self, runtime):
        officer = every_role(make_city())["officer"]
        row = ["eight-must-1", "eight", "", "要按时到岗。", "文件", date(2026, 3, 2)]
        book = openpyxl.Workbook()
        for each in (["code", "kind", "fault_type", "text", "source", "valid_from"], row):
            book.active.append(each)
        book.save(content := BytesIO())
        with as_runtime():
            listed = importing.get("clauses", officer)
            sent = importing.receive(listed, content.getvalue(), name="a.xlsx", by=officer, at=MONDAY_MORNING)
            assert len(importing.apply(sent, by=officer, at=MONDAY_MORNING).new) == 1
            for kind in importing._kinds.values():
                importing.hold(kind)

    def test_L02_revokes_a_paper_by_hand_once(self, runtime, monkeypatch):
        cards.only_cards(monkeypatch)
        hands = cards.hands(make_city())
        paper = papers.issue(NOTICE, cards.yellow(hands), by=hands.officer, at=cards.SWEPT)
        with as_runtime():
            papers.take_back(paper, by=hands.officer, at=cards.SWEPT, reason="误发")
            with pytest.raises(Refused):
                papers.take_back(paper, by=hands.officer, at=cards.SWEPT, reason="再来")
        assert paper.revocation.reason == "误发"

    def test_L02_may_add_and_read_in_every_table_of_record_and_nothing_else(self, runtime):
        runtime.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = current_user"
        )
        granted: dict[str, set[str]] = {}
        for table, privilege in runtime.fetchall():
            granted.setdefault(table, set()).add(privilege)

        assert len(tables_of_record()) >= 10
        assert {table: granted[table] for table in tables_of_record()} == {
            table: {"INSERT", "SELECT"} for table in tables_of_record()
        }

    def test_L02_completes_a_row_of_record_in_the_columns_that_come_later(self, runtime):
        """
        A clause gets its end, a proposal its answer: the right to lock such a row comes with the column.

        The reason of a look at a visitor is taken away with whom it tells of (P-10).
        """
        for model in (Clause, Sanction, ReceptionLook):
            table, column = model._meta.db_table, model._meta.get_field(model.FILLED_LATER[0]).column
            runtime.execute(f"SELECT {column} FROM {table} FOR NO KEY UPDATE")  # noqa: S608 - our own names
            runtime.execute(f"UPDATE {table} SET {column} = {column} WHERE false")  # noqa: S608
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):  # noqa: S608
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    runtime.execute(statement)

    def test_L02_owns_nothing_and_can_become_nobody(self, runtime):
        runtime.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = %s", [ROLE]
        )
        assert runtime.fetchone() == (False, False, False, False)
        for owned in (
            "SELECT count(*) FROM pg_class WHERE relowner = %s::regrole",
            "SELECT count(*) FROM pg_proc WHERE proowner = %s::regrole",
            "SELECT count(*) FROM pg_namespace WHERE nspowner = %s::regrole",
            "SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole",
        ):
            runtime.execute(owned, [ROLE])
            assert runtime.fetchone() == (0,), owned

    def test_L02_cannot_drop_a_guard(self, runtime):
        runtime.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'efficiency_auditrecord'::regclass AND NOT tgisinternal"
        )
        names = [row[0] for row in runtime.fetchall()]
        assert names
        for name in names:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                runtime.execute(f'DROP TRIGGER "{name}" ON efficiency_auditrecord')

    @pytest.mark.parametrize(
        "statement",
        [
            "SET session_replication_role = replica",
            "RESET ROLE",
            "SET ROLE {}",
            "SET SESSION AUTHORIZATION {}",
        ],
    )
    def test_L02_cannot_step_round_the_guards(self, runtime, statement):
        if statement == "RESET ROLE":
            runtime.execute(statement)  # there is nothing to fall back to: the connection is that role
            runtime.execute("SELECT current_user")
            assert runtime.fetchone() == (ROLE,)
        else:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                runtime.execute(statement.format(connection.settings_dict["USER"]))

    def test_P10_L06_old_log_ins_go_by_the_function_of_the_owner_and_nothing_else_does(self, runtime):
        now = timezone.now()
        for action, days in (("account.log_in", 400), ("account.log_in", 300), ("tests.act", 400)):
            record(action, actor=None, at=now - timedelta(days=days))

        runtime.execute("SELECT portal_forget_log_ins(now() + interval '10 years', 100)")

        assert runtime.fetchone() == (1,)
        runtime.execute("SELECT count(*) FROM efficiency_auditrecord")
        assert runtime.fetchone() == (3,)

    def test_L02_reads_and_adds_to_the_record(self, runtime):
        runtime.execute(
            "INSERT INTO efficiency_auditrecord (at, action, object_type, object_id, outcome, detail, request_id)"
            " VALUES (now(), 'tests.second', '', '', 'done', '{}', '')"
        )
        runtime.execute("SELECT count(*) FROM efficiency_auditrecord")

        assert runtime.fetchone() == (2,)

    def test_L02_does_all_ordinary_work(self, runtime):
        runtime.execute("UPDATE efficiency_organ SET phone = ''")
        runtime.execute("DELETE FROM efficiency_sweep")
        runtime.execute(
            "INSERT INTO efficiency_sweep (at, started_at, rehearsal, checked, warned, overdue, escalated,"
            " cards, messages, boot) VALUES (now(), now(), false, 0, 0, 0, 0, 0, 0, '')"
        )

    def test_L02_is_given_nothing_twice_and_an_unknown_role_nothing(self, runtime):
        assert grant(connection, ROLE)
        assert not grant(connection, "no_such_role")
        assert not grant(connection, connection.settings_dict["USER"])
