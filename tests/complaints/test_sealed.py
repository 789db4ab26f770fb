"""Words that a law takes away leave their hash, and the chain whole (docs/trust.md L-05, P-10)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from complaints import actions
from complaints.actions import forgetting
from complaints.enums import Retention, State
from complaints.models import Case, CaseEvent, ClosingReport, MailLook
from efficiency.audit.append_only import GONE
from efficiency.audit.models import AuditRecord
from efficiency.chain import redacting, sealing
from efficiency.chain.models import Redaction, Seal, SealSalt
from tests.efficiency.chain.tampering import broken, by_force
from tests.factories.cases import Cast, case_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast) -> Case:
    """A case whose file is kept no longer; all that is of record was sealed."""
    case = case_in(State.ARCHIVED, cast)
    long_ago = timezone.now() - timedelta(days=11 * 366)
    moved = {"archived_at": long_ago, "received_at": long_ago, "accepted_at": long_ago}
    Case.objects.filter(pk=case.pk).update(retention=Retention.TEN_YEARS, **moved)
    sealing.seal()
    return case


@pytest.fixture
def event(case) -> CaseEvent:
    """One with words."""
    return case.events.filter(internal_text__gt="").order_by("number").first()


def place(row: CaseEvent) -> Seal:
    return Seal.objects.get(kind="case_event", row_id=row.pk)


def test_L03_all_events_of_a_case_are_sealed(case):
    sealed = Seal.objects.filter(kind="case_event").values_list("row_id", flat=True)

    assert set(sealed) == set(CaseEvent.objects.values_list("pk", flat=True))
    assert broken() == []


@pytest.mark.parametrize("column", ["public_text", "internal_text"])
def test_L03_a_word_that_was_changed_is_found(event, column):
    by_force(f"UPDATE complaints_caseevent SET {column} = {column} || '。' WHERE id = {event.pk}")  # noqa: S608

    assert broken() == [(1, f"{place(event).number}: case_event {event.pk}: the row is not what it was")]


def test_L05_erased_texts_keep_their_hashes_and_the_record_says_why(case):
    seals = dict(Seal.objects.filter(kind="case_event").values_list("row_id", "texts"))
    at = timezone.now()

    assert actions.erase_texts(at=at) == 1

    gone = CaseEvent.objects.filter(internal_text=GONE)
    assert gone.exists()
    assert broken() == []
    assert {pk: bytes(hashes) for pk, hashes in seals.items()} == {
        pk: bytes(hashes) for pk, hashes in Seal.objects.filter(kind="case_event").values_list("row_id", "texts")
    }
    noted = Redaction.objects.filter(kind="case_event", row_id__in=gone.values("pk"))
    assert set(noted.values_list("at", "by", "why")) == {(at, None, forgetting.KEPT_NO_LONGER)}
    assert Redaction.objects.filter(kind="closing_report", row_id=ClosingReport.objects.get(case=case).pk).exists()


def test_L05_nobody_finds_by_trying_what_stood_there(event):
    """With the last text of a row goes what it was hashed with."""
    number = place(event).number
    assert SealSalt.objects.filter(number=number).exists()

    actions.erase_texts(at=timezone.now())

    assert not SealSalt.objects.filter(number=number).exists()


def test_L05_the_record_of_it_is_sealed_itself(case):
    actions.erase_texts(at=timezone.now())
    sealing.seal()
    noted = Redaction.objects.order_by("pk").first()

    by_force(f"UPDATE efficiency_redaction SET why = 'x' WHERE id = {noted.pk}")  # noqa: S608

    assert [count for count, _first in broken()] == [1]
    assert f"redaction {noted.pk}: the row is not what it was" in broken()[0][1]


def test_L05_a_text_that_is_gone_without_a_record_is_found(event):
    by_force(f"UPDATE complaints_caseevent SET internal_text = '{GONE}' WHERE id = {event.pk}")  # noqa: S608

    assert broken() == [(1, f"{place(event).number}: case_event {event.pk}: the row is not what it was")]


@pytest.mark.parametrize(
    "change",
    [
        *("internal_text = '没有这回事'", "internal_text = ''", "action = 'x'", "at = at + interval '1 second'"),
        "data = data || '{\"organ\": 1}'",
    ],
)
def test_L05_whose_texts_are_gone_changes_in_no_other_way(event, change):
    actions.erase_texts(at=timezone.now())
    before = broken()

    by_force(f"UPDATE complaints_caseevent SET {change} WHERE id = {event.pk}")  # noqa: S608

    assert before == []
    if change != "internal_text = ''":  # that there was a text is known no more, once what it was hashed with is gone
        assert broken() == [(1, f"{place(event).number}: case_event {event.pk}: the row is not what it was")]


def test_L05_of_a_row_that_has_more_texts_the_others_are_still_proved(case):
    report = ClosingReport.objects.get(case=case)
    Redaction.objects.create(kind="closing_report", row_id=report.pk, at=timezone.now(), why="法院裁定")
    by_force(f"UPDATE complaints_closingreport SET facts = '{GONE}' WHERE id = {report.pk}")  # noqa: S608
    assert broken() == []

    by_force(f"UPDATE complaints_closingreport SET measures = '补记' WHERE id = {report.pk}")  # noqa: S608

    assert len(broken()) == 1


def test_L05_a_salt_that_is_gone_beside_its_text_is_found(event):
    by_force(f"DELETE FROM efficiency_sealsalt WHERE number = {place(event).number}")  # noqa: S608

    assert broken() == [(1, f"{place(event).number}: case_event {event.pk}: the row is not what it was")]


def test_L05_a_second_run_writes_nothing_down_twice(case):
    actions.erase_texts(at=timezone.now())
    count = Redaction.objects.count()

    assert redacting.note(CaseEvent, at=timezone.now(), why="again", case=[case.pk]) == 0
    assert redacting.note(MailLook, at=timezone.now(), why="again") == 0
    assert Redaction.objects.count() == count


class TestBlackOut:
    """A court or a law takes a text away before its time."""

    def black_out(self, event: CaseEvent, cast: Cast, text: str = "internal_text") -> None:
        options = {"by": cast.officer.username, "why": "（2026）粤0604行初1号"}
        call_command("black_out", "case_event", str(event.pk), text, stdout=StringIO(), **options)

    def test_L05_the_hash_stays_and_it_is_written_down_who_and_why(self, event, cast):
        self.black_out(event, cast)

        event.refresh_from_db()
        assert event.internal_text == GONE
        assert broken() == []
        noted = Redaction.objects.get(kind="case_event", row_id=event.pk)
        assert (noted.by, noted.why) == (cast.officer, "（2026）粤0604行初1号")
        acted = AuditRecord.objects.get(action="record.black_out")
        assert acted.detail == {"kind": "case_event", "row": event.pk, "text": "internal_text"}

    def test_L02_the_guard_of_the_table_is_back(self, event, cast):
        self.black_out(event, cast)

        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            CaseEvent.objects.filter(pk=event.pk).update(internal_text="x")

    @pytest.mark.parametrize("text", ["internal_text", "public_text", "action"])
    def test_L05_what_is_not_there_or_no_text_is_left_alone(self, event, cast, text):
        if text == "internal_text":
            self.black_out(event, cast)  # the second time there is nothing left

        with pytest.raises(CommandError):
            self.black_out(event, cast, text)

        assert broken() == []
