"""``verify`` names the first broken place, whatever an administrator did to rows, seals or heads (I-11, L-03, L-04)."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from efficiency.audit.models import AuditRecord
from efficiency.audit.records import record
from efficiency.chain import checking, heads, sealing
from efficiency.chain.models import ChainHead, Seal, SealMark
from tests.efficiency.chain.tampering import broken, by_force, sealed
from tests.moments import MONDAY_MORNING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_to_seal")]


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch):
    """Let every check go through more than one range."""
    monkeypatch.setattr(checking, "SEALS_AT_A_TIME", 2)
    monkeypatch.setattr(checking, "ROWS_AT_A_TIME", 2)


@pytest.fixture
def rows():
    rows = sealed()
    sealing.seal()  # now nobody is left who could write below the mark
    return [row.pk for row in rows]


def verified(*options: str) -> tuple[int, str]:
    """Return the exit code of ``verify`` over the chain, and what it says."""
    out = StringIO()
    try:
        call_command("verify", "--only", "I-11", *options, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


class TestRows:
    @pytest.mark.parametrize(
        "change",
        [
            "action = action || ' '",
            "at = at + interval '1 microsecond'",
            "detail = detail || '{\"n\": 4}'",
            "outcome = 'refused'",
            "object_id = '7'",
        ],
    )
    def test_I11_one_byte_that_was_changed_is_named(self, rows, change):
        by_force(f"UPDATE efficiency_auditrecord SET {change} WHERE id = {rows[2]}")  # noqa: S608 - of this test

        assert broken() == [(1, f"3: audit {rows[2]}: the row is not what it was")]

    def test_I11_the_first_one_is_named_and_all_are_counted(self, rows):
        by_force("UPDATE efficiency_auditrecord SET action = 'x' WHERE id >= %s", rows[1])

        assert broken() == [(4, f"2: audit {rows[1]}: the row is not what it was")]

    def test_I11_a_row_that_was_deleted_is_named(self, rows):
        by_force("DELETE FROM efficiency_auditrecord WHERE id = %s", rows[3])

        assert broken() == [(1, f"4: audit {rows[3]}: the row is gone")]

    def test_I11_the_last_one_too(self, rows):
        by_force("DELETE FROM efficiency_auditrecord WHERE id = %s", rows[-1])

        assert broken() == [(1, f"5: audit {rows[-1]}: the row is gone")]

    def test_I11_two_that_were_swapped_are_named(self, rows):
        by_force(
            "UPDATE efficiency_auditrecord AS a SET action = b.action, detail = b.detail"
            "  FROM efficiency_auditrecord AS b WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
            *(rows[1], rows[2], rows[2], rows[1]),
        )

        assert broken() == [(2, f"2: audit {rows[1]}: the row is not what it was")]

    def test_I11_one_put_into_the_past_is_named_though_the_sealer_comes_by(self, rows):
        gap = rows[2]
        by_force("UPDATE efficiency_auditrecord SET id = -1 WHERE id = %s", rows[0])
        by_force("UPDATE efficiency_auditrecord SET id = %s WHERE id = -1", rows[0])
        by_force(
            "INSERT INTO efficiency_auditrecord (id, at, action, object_type, object_id, outcome, detail, request_id)"
            " VALUES (%s, %s, 'tests.forged', '', '', 'done', '{}', '')",
            *(-gap, MONDAY_MORNING),
        )

        sealing.seal()

        assert broken() == [(1, f"audit {-gap}: the row has no seal")]

    def test_I11_no_other_record_can_be_said_to_have_been_a_log_in(self, rows):
        """Log-ins may go after a year, by their kind, which is chained."""
        by_force("DELETE FROM efficiency_auditrecord WHERE id = %s", rows[0])
        by_force("UPDATE efficiency_seal SET kind = 'log_in', kept_until = '2020-01-01' WHERE number = 1")

        assert broken() == [(1, f"1: log_in {rows[0]}: the seal does not follow from the one before")]

    def test_I11_nor_can_one_become_a_log_in(self, rows):
        by_force("UPDATE efficiency_auditrecord SET action = 'account.log_in' WHERE id = %s", rows[1])

        # The record of the act is gone, and a log-in stands where none was.
        assert broken() == [
            (1, f"2: audit {rows[1]}: the row is gone"),
            (1, f"log_in {rows[1]}: the row has no seal"),
        ]


class TestSeals:
    @pytest.mark.parametrize(
        "change",
        [
            "content = sha256('x')",
            "texts = sha256('x')",
            "chain = sha256('x')",
            "sealed_at = sealed_at - interval '1 day'",
            "kept_until = '2020-01-01'",
        ],
    )
    def test_I11_one_that_was_doctored_is_named(self, rows, change):
        by_force(f"UPDATE efficiency_seal SET {change} WHERE number = 2")  # noqa: S608 - of this test

        assert broken()[0][1] == f"2: audit {rows[1]}: the seal does not follow from the one before"

    def test_I11_a_row_changed_with_its_own_seal_breaks_the_next_one(self, rows):
        """Whoever computes one seal anew has to compute all that follow."""
        by_force("UPDATE efficiency_auditrecord SET action = 'x' WHERE id = %s", rows[1])
        by_force("DELETE FROM efficiency_seal WHERE number = 2")
        by_force("UPDATE efficiency_sealmark SET below = 0")
        sealing.seal()

        assert broken()[0][1] == f"2: seals are missing before 3: audit {rows[2]}"

    def test_I11_two_that_were_swapped_are_named(self, rows):
        by_force("UPDATE efficiency_seal SET number = 99 WHERE number = 2")
        by_force("UPDATE efficiency_seal SET number = 2 WHERE number = 3")
        by_force("UPDATE efficiency_seal SET number = 3 WHERE number = 99")

        assert broken()[0][1] == f"2: audit {rows[2]}: the seal does not follow from the one before"

    def test_I11_the_last_ones_cut_off_leave_rows_without(self, rows):
        by_force("DELETE FROM efficiency_seal WHERE number > 3")

        assert broken() == [(2, f"audit {rows[3]}: the row has no seal")]

    def test_I11_one_for_a_row_that_nobody_knows_is_named(self, rows):
        by_force(
            "INSERT INTO efficiency_seal (number, kind, row_id, content, texts, sealed_at, chain)"
            " VALUES (6, 'nothing', 1, '', '', now(), '')"
        )

        assert broken()[0][0] == 2


class TestHeads:
    @pytest.fixture
    def yesterday(self, rows) -> date:
        """The rows were sealed yesterday, and the chain made with that time."""
        by_force("DELETE FROM efficiency_seal")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(heads, "moment", lambda: timezone.now() - timedelta(days=1))
            by_force("DELETE FROM efficiency_sealmark")
            sealing.seal()
        record("tests.act", actor=None, at=MONDAY_MORNING)
        sealing.seal()
        return timezone.localdate() - timedelta(days=1)

    def test_L04_the_last_seal_of_a_day_is_kept_once_the_day_is_over(self, yesterday):
        head = ChainHead.objects.get()

        assert (head.day, head.number) == (yesterday, 5)
        assert bytes(head.hash) == bytes(Seal.objects.get(number=5).chain)
        assert broken() == []

    def test_L04_today_has_none_yet_and_a_day_one_alone(self, yesterday):
        sealing.seal()

        assert ChainHead.objects.count() == 1

    @pytest.mark.parametrize("change", ["hash = sha256('x')", "number = 4", "number = 999"])
    def test_I11_one_that_is_not_in_the_chain_is_named(self, yesterday, change):
        by_force(f"UPDATE efficiency_chainhead SET {change}")  # noqa: S608 - of this test

        assert [count for count, _first in broken()] == [1]
        assert f"the head of {yesterday} is not in the chain" in broken()[0][1]

    def test_L04_no_day_is_without_head_though_midnight_falls_into_a_batch(self):
        """A batch keeps heads and seals at one moment, however long it takes; the next one keeps its day's head."""
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        last_second = midnight - timedelta(microseconds=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(heads, "moment", lambda: last_second)
            sealed()
        record("tests.act", actor=None, at=MONDAY_MORNING)
        sealing.seal()

        of_that_day = Seal.objects.filter(sealed_at=last_second)
        assert of_that_day.count() == 5
        assert ChainHead.objects.get(day=last_second.date()).number == max(of_that_day.values_list("number", flat=True))

    def test_L04_a_chain_made_anew_does_not_hold_the_head_that_was_published(self, yesterday):
        """Everything is consistent again; only who kept a head outside can tell."""
        published = ChainHead.objects.get()
        by_force("UPDATE efficiency_auditrecord SET action = 'x' WHERE action = 'tests.act_1'")
        for table in ("efficiency_seal", "efficiency_chainhead", "efficiency_sealmark"):
            by_force(f"DELETE FROM {table}")  # noqa: S608 - of this test
        sealing.seal()
        assert broken() == []

        assert verified("--against", published.hex) == (1, verified("--against", published.hex)[1])
        assert f"{published.hex} is NOT in the chain" in verified("--against", published.hex)[1]

    def test_L04_verify_against_a_head_a_file_or_what_the_page_gives(self, yesterday, tmp_path, client):
        published = ChainHead.objects.get()
        lines = tmp_path / "heads.txt"
        lines.write_text(f"{yesterday}  5  {published.hex.upper()}\n")
        as_json = tmp_path / "heads.json"
        as_json.write_bytes(client.get("/integrity/heads.json").content)

        for known in (published.hex, f"5 {published.hex}", str(lines), str(as_json)):
            code, said = verified("--against", known)
            assert (code, "is in the chain" in said) == (0, True), known
        assert verified("--against", f"4 {published.hex}")[0] == 1
        with pytest.raises(CommandError):
            verified("--against", "yesterday")

    def test_L04_everybody_reads_it(self, yesterday, client):
        published, newest = ChainHead.objects.get(), heads.newest()

        page = client.get("/integrity/").content.decode().replace(" ", "")
        as_json = client.get("/integrity/heads.json").json()

        assert published.hex in page
        assert bytes(newest.chain).hex() in page
        assert as_json["heads"] == [{"day": yesterday.isoformat(), "number": 5, "hash": published.hex}]
        assert (as_json["newest"]["number"], as_json["newest"]["hash"]) == (6, bytes(newest.chain).hex())

    def test_L04_a_day_is_told_to_the_auditors_once(self, yesterday, cast):
        from efficiency.chain import telling
        from efficiency.outbox.models import Message

        morning = timezone.localtime().replace(hour=9, minute=0)
        telling.tell_heads(at=morning.replace(hour=8, minute=29))
        assert not Message.objects.filter(kind=telling.KIND).exists()
        telling.tell_heads(at=morning)
        telling.tell_heads(at=morning)

        told = Message.objects.get(kind=telling.KIND, channel="portal")
        assert told.recipient == cast.auditor
        assert told.values == {
            "day_on": yesterday.isoformat(),
            "place": 5,
            "hash": ChainHead.objects.get().hex,
        }


class TestVerify:
    def test_I11_prints_the_first_broken_row_and_exits_with_1(self, rows):
        assert verified()[0] == 0
        by_force("UPDATE efficiency_auditrecord SET action = 'x' WHERE id = %s", rows[0])

        code, said = verified()

        assert code == 1
        assert f"1: audit {rows[0]}: the row is not what it was" in said

    def test_I11_changes_nothing(self, rows):
        before = list(Seal.objects.values_list()), SealMark.objects.count(), AuditRecord.objects.count()

        verified()

        assert (list(Seal.objects.values_list()), SealMark.objects.count(), AuditRecord.objects.count()) == before


class TestParse:
    HASH = "0123" + "0f" * 30

    def test_takes_what_people_keep(self):
        assert heads.parse(self.HASH) == [heads.Head(self.HASH)]
        assert heads.parse(f"2026-03-02\t12\t{self.HASH}\n\n13, {self.HASH.upper()}") == [
            heads.Head(self.HASH, 12),
            heads.Head(self.HASH, 13),
        ]
        in_fours = " ".join(self.HASH[place : place + 4] for place in range(0, 64, 4))
        assert heads.parse(in_fours) == [heads.Head(self.HASH)]
        assert heads.parse(f"2026年3月2日 1234 {in_fours}") == [heads.Head(self.HASH, 1234)]
        assert heads.parse(f'{{"heads": [{{"day": "2026-03-02", "number": 4, "hash": "{self.HASH}"}}]}}') == [
            heads.Head(self.HASH, 4)
        ]

    @pytest.mark.parametrize("text", ["", "12", "0f0f", '{"heads": []}', '{"heads": [{"number": 1, "hash": "zz"}]}'])
    def test_refuses_the_rest(self, text):
        with pytest.raises(ValueError, match="no head"):
            heads.parse(text)


def test_the_checks_leave_no_setting_behind(rows):
    verified()
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone()[0] == "UTC"
