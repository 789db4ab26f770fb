"""What is of record is sealed row by row, in a chain without gaps (docs/trust.md L-03)."""

import hashlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from efficiency import tasks
from efficiency.access.grants import tables_of_record
from efficiency.audit.models import AuditRecord
from efficiency.audit.records import record
from efficiency.chain import canonical, checking, lag, registry, sealing
from efficiency.chain.models import ChainHead, Seal, SealMark, SealSalt
from efficiency.chain.registry import Sealed
from efficiency.deadlines.models import ClockConfirmation, Sweep
from tests.efficiency.chain.tampering import broken, by_force, sealed, write
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db

# Why the rows of a table that only grows are not sealed.
NOT_SEALED = {
    "efficiency_seal": "the chain itself",
    "efficiency_chainhead": "what the chain is held against",
    "efficiency_organevent": "what an organ was called and where; nobody's act",
    "efficiency_postevent": "sheets of posts: published, and known outside the portal",
    "efficiency_dutyevent": "as the sheets of posts",
    "efficiency_riskpointevent": "as the sheets of posts",
    "efficiency_userevent": "accounts: what was done with them stands in the audit record",
    "efficiency_calendarproposalevent": "the calendar is public",
    "complaints_serviceitemevent": "the list of service items is public, and kept by its versions",
    "disclosure_publicationdutyevent": "the catalogue of duties is public",
    "supervision_bulletinfile": "set from the frozen figures and the words, which are sealed",
}


class TestRegistry:
    def test_L03_every_table_that_only_grows_is_sealed_or_has_its_reason(self):
        of_kinds = {sealed.model._meta.db_table for sealed in registry.kinds()}

        assert of_kinds | set(NOT_SEALED) >= set(tables_of_record())
        assert of_kinds & set(NOT_SEALED) == set()
        assert of_kinds <= set(tables_of_record())

    @pytest.mark.parametrize("sealed", registry.kinds(), ids=lambda sealed: sealed.name)
    def test_L03_every_column_of_a_row_is_sealed(self, sealed):
        fields = {field.name for field in sealed.model._meta.concrete_fields if not field.primary_key}
        texts = {text.partition(".")[0] for text in sealed.texts}

        # The context of pghistory is the request's, not the row's.
        assert set(sealed.content) | texts | set(sealed.filled_later) == fields - {"pgh_context"}
        assert not set(sealed.filled_later) & (set(sealed.content) | texts)
        assert len(sealed.name) <= 40

    @pytest.mark.parametrize("sealed", registry.kinds(), ids=lambda sealed: sealed.name)
    def test_L03_each_kind_can_be_read(self, sealed):
        with connection.cursor() as cursor:
            cursor.execute(sealing._unsealed(sealed), {"after": 0, "last": 1})


@pytest.mark.usefixtures("nothing_to_seal")
class TestCanonicalText:
    """The hash of a row follows from the row alone."""

    SETTINGS = (
        *("SET LOCAL TimeZone = 'America/New_York'", "SET LOCAL TimeZone = 'Asia/Kathmandu'"),
        *(
            "SET LOCAL DateStyle = 'SQL, DMY'",
            "SET LOCAL extra_float_digits = -15",
            "SET LOCAL bytea_output = 'escape'",
        ),
        *("SET LOCAL IntervalStyle = 'sql_standard'", "SET LOCAL lc_numeric = 'C'", "SET LOCAL lc_time = 'C'"),
    )

    def hashes(self, sealed: Sealed) -> list[str]:
        content, table = canonical.content(sealed), canonical.table(sealed)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT encode({content}, 'hex') FROM {table} AS t ORDER BY 1")  # noqa: S608 - our own names
            return [row[0] for row in cursor.fetchall()]

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_L03_no_setting_of_a_session_changes_it(self, setting):
        """Moments, JSON, floating numbers, bytes and texts, read under other settings."""
        record("tests.act", actor=None, at=MONDAY_MORNING, detail={"n": 1.50, "text": "\\'“办理”", "list": [1, None]})
        ClockConfirmation.objects.create(at=MONDAY_MORNING, steady_seconds=1 / 3, boot="b")
        kinds = {sealed.name: sealed for sealed in registry.kinds()}
        seals = Sealed("seal", Seal, content=("kind", "content", "kept_until", "sealed_at", "chain"))
        checked = (kinds["audit"], kinds["clock_confirmation"], seals)
        sealing.seal()
        before = [self.hashes(each) for each in checked]
        assert all(before)

        with connection.cursor() as cursor:
            cursor.execute(setting)

        assert [self.hashes(each) for each in checked] == before
        assert (checking.chain().count, checking.rows().count) == (0, 0)

    def test_L03_anybody_can_make_it_again(self):
        """The hash of a known row, by hand: an object of JSON, keys by length and then by letter, nothing empty."""
        row = record("tests.act", actor=None, at=MONDAY_MORNING, detail={"b": 1, "a": "x"})
        text = (
            f'{{"at": "2026-03-02T01:30:00.000000", "id": "{row.pk}", "of": "audit", "action": "tests.act",'
            f' "detail": "{{\\"a\\": \\"x\\", \\"b\\": 1}}", "outcome": "done"}}'
        )
        sealing.seal()
        seal = Seal.objects.get(kind="audit", row_id=row.pk)

        assert bytes(seal.content) == hashlib.sha256(text.encode()).digest()
        line = f"1|audit|{row.pk}|{bytes(seal.content).hex()}|||{seal.sealed_at:%Y-%m-%dT%H:%M:%S.%f}"
        assert bytes(seal.chain) == hashlib.sha256(bytes(32) + line.encode()).digest()

    def test_L03_a_column_that_comes_later_and_is_empty_changes_nothing(self):
        class_ = apps.get_model("efficiency", "AuditRecord")
        write(1)
        now = Sealed("audit", class_, content=("at", "action", "detail"))
        later = Sealed("audit", class_, content=("at", "action", "detail", "actor", "object_type"))

        assert self.hashes(now) == self.hashes(later)

    def test_L03_what_a_session_writes_as_it_likes_cannot_be_registered(self):
        from efficiency.timing.models import CalendarProposal

        with pytest.raises(TypeError):
            canonical.content(Sealed("proposal", CalendarProposal, content=("makeup_days",)))


@pytest.mark.usefixtures("nothing_to_seal")
class TestSealer:
    def test_L03_numbers_rows_without_a_gap_and_chains_each_to_the_one_before(self):
        rows = sealed()

        seals = list(Seal.objects.order_by("number"))
        assert [seal.number for seal in seals] == [1, 2, 3, 4, 5]
        assert [(seal.kind, seal.row_id) for seal in seals] == [("audit", row.pk) for row in rows]
        assert broken() == []

    def test_L03_twice_is_as_once_and_new_rows_come_behind(self):
        sealed()
        last = Seal.objects.get(number=5).chain

        assert sealing.seal().sealed == 0
        late = write(1)[0]
        assert sealing.seal().sealed == 1

        assert Seal.objects.get(number=6).row_id == late.pk
        assert Seal.objects.get(number=5).chain == last
        assert broken() == []

    def test_L03_a_batch_is_as_good_as_many(self):
        write(7)

        assert sealing.seal(batch=2).sealed == 7
        assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 8))
        assert broken() == []

    def test_L03_goes_on_where_one_has_died(self, monkeypatch):
        write(6)
        chain, times = sealing._chain, []

        def dies_over_the_second(*args):
            times.append(1)
            if len(times) == 2:
                raise KeyboardInterrupt
            chain(*args)

        monkeypatch.setattr(sealing, "_chain", dies_over_the_second)
        with pytest.raises(KeyboardInterrupt):
            sealing.seal(batch=2)
        assert Seal.objects.count() == 2
        assert not SealMark.objects.exists()

        monkeypatch.setattr(sealing, "_chain", chain)
        assert sealing.seal(batch=2).sealed == 4
        assert broken() == []

    def test_L03_stops_in_its_time_and_goes_on_later(self):
        write(6)

        first = sealing.seal(longest=0.0, batch=2)

        assert (first.is_complete, SealMark.objects.exists()) == (False, False)
        assert sealing.seal(batch=2).is_complete
        assert Seal.objects.count() == 6

    def test_L03_a_stock_that_takes_longer_than_a_look_goes_on_where_it_ended(self, monkeypatch):
        """A look over several runs counts from its first beginning; the next one begins below the mark again."""
        rows = write(7)
        batch, read = sealing._Look._batch, []

        def two_at_most(look, sealed, after):
            if sealed.name == "audit":
                read.append(after)
                if len(read) == 2:
                    look.stop_at = 0.0
            return batch(look, sealed, after)

        monkeypatch.setattr(sealing._Look, "_batch", two_at_most)
        begun_after = timezone.now()
        assert not sealing.seal(batch=2).is_complete
        mark = SealMark.objects.get(kind="audit")
        assert (mark.came_to, mark.below, mark.looked_at) == (rows[3].pk, 0, None)
        ended_before = timezone.now()

        assert sealing.seal(batch=2).is_complete
        assert read == [0, rows[1].pk, rows[3].pk, rows[5].pk]
        mark = SealMark.objects.get(kind="audit")
        assert (mark.came_to, mark.below, mark.reached) == (None, 0, rows[-1].pk)
        assert begun_after <= mark.looked_at <= ended_before
        sealing.seal(batch=100)
        assert (read[-1], SealMark.objects.get(kind="audit").below) == (0, rows[-1].pk)
        assert broken() == []

    def test_L03_it_keeps_no_other_kind_waiting(self):
        kinds = [each.name for each in registry.kinds()]
        SealMark.objects.create(kind=kinds[0], came_to=3, begun_drawn=5, begun_running=[], begun_at=timezone.now())

        assert [each.name for each in sealing._Look(2, stop_at=None)._in_turn()] == [*kinds[1:], kinds[0]]

    def test_L03_does_not_read_again_what_lies_below_its_mark(self):
        rows = sealed()
        sealing.seal()

        assert SealMark.objects.get(kind="audit").below == rows[-1].pk

    def test_P10_log_ins_are_a_kind_of_their_own_that_may_go_after_a_year(self):
        long_ago = timezone.now() - timedelta(days=366)
        record("account.log_in", actor=None, at=long_ago)
        record("account.log_out", actor=None, at=timezone.now())
        sealing.seal()
        assert set(Seal.objects.values_list("kind", flat=True)) == {"log_in"}

        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_forget_log_ins(now(), 100)")
            assert cursor.fetchone()[0] == 1
        assert broken() == []

        by_force("DELETE FROM efficiency_auditrecord")
        assert [count for count, _first in broken()] == [1]

    @pytest.mark.parametrize("table", ["efficiency_seal", "efficiency_chainhead", "efficiency_redaction"])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET number = 1", "DELETE FROM {}", "TRUNCATE {}"])
    def test_L02_seals_only_grow(self, table, statement):
        sealed()
        ChainHead.objects.create(day="2026-03-02", number=1, hash=b"", made_at=MONDAY_MORNING)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO efficiency_redaction (kind, row_id, at, why) VALUES ('audit', 1, now(), 'order')"
            )
        column = "row_id" if table == "efficiency_redaction" else "number"

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.replace("number", column).format(table))

    def test_L02_they_are_tables_of_record_of_which_the_portal_has_no_right_to_change(self):
        assert {"efficiency_seal", "efficiency_chainhead", "efficiency_redaction"} <= set(tables_of_record())

    def test_L03_the_worker_seals_and_a_rehearsal_of_time_does_not(self):
        from django.core.management import call_command

        write()
        call_command("check_deadlines", "--at", "2027-01-01T00:00", verbosity=0)
        assert not Seal.objects.exists()

        tasks.seal()
        assert Seal.objects.count() == 5

    def test_D05_so_does_the_second_trigger_though_sweeps_go_on(self):
        """Once the record was not sealed for as long as a heartbeat may be old."""
        from django.core.management import call_command

        now = timezone.now()
        Sweep.objects.create(at=now, started_at=now, finished_at=now - timedelta(minutes=4))
        write()
        call_command("second_trigger", verbosity=0)
        assert not Seal.objects.exists()

        Sweep.objects.create(at=now, started_at=now, finished_at=now - timedelta(minutes=6))
        call_command("second_trigger", verbosity=0)

        assert Seal.objects.count() == 5


@pytest.mark.usefixtures("nothing_to_seal")
class TestLag:
    def test_W02_is_the_time_since_everything_was_seen(self):
        sealed()

        assert lag.seconds(timezone.now() + timedelta(minutes=7)) == pytest.approx(420, abs=60)

    def test_W02_counts_from_the_first_sweep_where_nothing_was_ever_sealed(self):
        now = timezone.now()
        assert lag.seconds(now) == 0.0

        Sweep.objects.create(at=now, started_at=now, finished_at=now - timedelta(minutes=9))

        assert lag.seconds(now) == pytest.approx(540, abs=1)

    def test_I11_nothing_is_unsealed_for_more_than_five_minutes(self):
        sealed()
        write(2)
        assert broken() == []  # the next tick sees them

        SealMark.objects.update(looked_at=timezone.now() - timedelta(minutes=6))

        assert broken() == [(2, f"audit {AuditRecord.objects.order_by('pk')[5].pk}: the row has no seal")]


def test_L05_salts_are_there_for_rows_with_a_text_alone():
    sealed()
    assert not SealSalt.objects.exists()
