"""What was frozen follows from the records as of its date, whatever happened since (docs/domain.md 8.3)."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accountability.models import Card, Sanction
from efficiency.audit import verify
from targets.appraisal import computing, lifting, snapshots
from targets.models import Adjustment, Snapshot
from tests.factories import appraisal as make
from tests.factories.cases import local
from tests.targets.appraisal import year
from tests.targets.measures import rows

AFTERWARDS = local(2027, 3, 1)


@pytest.fixture
def published(cast):
    """Return the appraisal of the year of the worked example, published, with its snapshot."""
    year.lay_down(cast)
    year.criticism(cast)
    appraisal = year.appraise(cast)
    computing.compute(appraisal, at=make.LATER)
    sheet = appraisal.sheets.get(organ=cast.city.construction)
    make.make_adjustment(sheet, "1", by=cast.officer, second=cast.head)
    make.make_opinion(sheet, cast.leader, "93")
    computing.grading(appraisal)
    snapshots.take(appraisal, by=cast.head, at=make.LATER)
    make.publish_as_frozen(appraisal, cast.head)
    return appraisal


@pytest.fixture
def snapshot(published):
    return snapshots.latest(published)


@pytest.fixture
def meddle():
    """Change rows past every guard, as somebody with the database in their hands would."""

    def change(statement, *values):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, values)
            cursor.execute("SET LOCAL session_replication_role = origin")

    return change


def violated():
    return [found.title for found in verify.run("I-40", "I-41") if found.violations]


class TestWhatHappensAfterwards:
    def test_leaves_the_proof_as_it_was(self, cast, published, snapshot):
        organ, by = cast.city.construction, (cast.inspector, cast.officer)
        Card.objects.filter(colour="red").update(state="revoked", revoked_at=AFTERWARDS, revoke_reason="appeal")
        Sanction.objects.update(state="revoked", revoked_at=AFTERWARDS, revoked_by=cast.head)
        rows.card(organ, "yellow", at=AFTERWARDS, by=by)
        case = rows.cases(1, organ=organ, office=cast.city.office)
        rows.promises(case, year.ACCEPT, organ=organ, due="2026-12-15", met=AFTERWARDS, started_at=AFTERWARDS)
        reply = rows.replies(case, at=local(2026, 12, 20), by=cast.leader, and_by=cast.clerk)
        rows.evaluations(reply, 1, at=AFTERWARDS)
        make.make_survey(organ, "50", by=cast.officer, second=cast.head, confirmed_at=AFTERWARDS)
        make.make_opinion(published.sheets.get(organ=organ), cast.leader, "60", at=AFTERWARDS)

        assert snapshots.differences(snapshot) == []
        assert violated() == []

    def test_gives_a_further_snapshot_where_points_by_hand_follow(self, cast, published, snapshot):
        sheet = published.sheets.get(organ=cast.city.construction)
        make.make_adjustment(
            sheet, "-2", by=cast.officer, second=cast.head, proposed_at=AFTERWARDS, confirmed_at=AFTERWARDS
        )
        computing.grading(published)
        assert len(violated()) == 1
        corrected = snapshots.take(published, by=cast.head, at=AFTERWARDS)

        assert (snapshot.number, corrected.number) == (1, 2)
        assert snapshots.differences(snapshot) == []
        assert snapshots.differences(corrected) == []
        assert violated() == []

    def test_and_where_what_the_records_did_is_lifted_afterwards(self, cast, published, snapshot):
        sheet = published.sheets.get(organ=cast.city.construction)
        event = sheet.deductions.select_related("content_type").get(cause="criticism")
        cause, model, object_id, text = lifting.key_of(event)
        lifts = {"lifts_cause": cause, "lifts_model": model, "lifts_id": object_id, "lifts_text": text}
        decided = {"proposed_at": AFTERWARDS, "confirmed_at": AFTERWARDS}
        make.make_adjustment(sheet, "0", by=cast.officer, second=cast.head, **lifts, **decided)
        computing.grading(published)
        corrected = snapshots.take(published, by=cast.head, at=AFTERWARDS)

        sheet.refresh_from_db()
        assert (sheet.total, sheet.deducted) == (Decimal("91.70"), 0)
        assert snapshots.differences(snapshot) == []
        assert snapshots.differences(corrected) == []
        assert violated() == []

    def test_counts_an_adjustment_once_however_often_it_was_proposed_to_revoke_it(self, cast, published, snapshot):
        bonus = Adjustment.objects.get()
        for _each in range(2):
            make.make_adjustment(
                bonus.sheet,
                "0",
                by=cast.officer,
                second=cast.head,
                state="refused",
                revokes=bonus,
                proposed_at=AFTERWARDS,
                confirmed_at=AFTERWARDS,
            )

        assert snapshots.differences(snapshot) == []


class TestTampering:
    def test_with_a_report_is_found_and_named(self, snapshot, meddle):
        meddle("UPDATE targets_reportvalue SET actual = 99 WHERE actual = 92")

        found = snapshots.differences(snapshot)
        assert any(".lines[A1].actual" in each and '"92"' in each and '"99"' in each for each in found)
        assert any(".total" in each for each in found)

    def test_with_a_card_is_found(self, snapshot, meddle):
        meddle("DELETE FROM accountability_card WHERE colour = 'red'")

        found = snapshots.differences(snapshot)
        assert any("lines[D1]" in each for each in found)
        assert any("red_cards" in each for each in found)

    def test_with_a_score_is_found(self, cast, snapshot, meddle):
        meddle("UPDATE targets_sheet SET total = 95 WHERE total IS NOT NULL")

        assert len(violated()) == 2
        # The records themselves still give what was frozen.
        assert snapshots.differences(snapshot) == []

    def test_with_a_whole_sheet_is_found(self, cast, published, snapshot, meddle):
        organ = cast.city.construction.pk
        own = "sheet_id IN (SELECT id FROM targets_sheet WHERE organ_id = %s)"
        for table in ("sheetline", "sheetblock", "sheetdeduction", "adjustment", "opinion"):
            meddle(f"DELETE FROM targets_{table} WHERE {own}", organ)  # noqa: S608 - our own names
        meddle("DELETE FROM targets_sheet WHERE organ_id = %s", organ)

        assert len(violated()) == 2
        found = snapshots.differences(snapshot)
        assert f"organ {organ} has a plan and no sheet" in found
        assert any(each.startswith(f"sheets[organ {organ}]") for each in found)

    def test_with_a_line_is_found(self, snapshot, meddle):
        meddle("UPDATE targets_sheetline SET points = points + 1 WHERE key = 'A1'")

        assert len(violated()) == 1

    def test_with_the_content_is_found(self, snapshot, meddle):
        meddle("UPDATE targets_snapshot SET content = replace(content, '\"89.7\"', '\"91.7\"')")
        snapshot.refresh_from_db()

        assert "the content is not what the SHA-256 beside it says" in snapshots.differences(snapshot)
        assert len(violated()) == 2

    def test_with_content_and_hash_is_found_by_the_records(self, snapshot, meddle):
        content = snapshot.content.replace('"89.7"', '"91.7"')
        meddle("UPDATE targets_snapshot SET content = %s, sha256 = %s", content, snapshots.sha256(content))
        meddle("UPDATE targets_appraisal SET snapshot_sha256 = %s", snapshots.sha256(content))
        meddle("UPDATE targets_sheet SET total = 91.70 WHERE total IS NOT NULL")
        snapshot = Snapshot.objects.get()

        assert [each for each in snapshots.differences(snapshot) if ".total: " in each]

    def test_with_the_date_is_found(self, snapshot, meddle):
        meddle("UPDATE targets_appraisal SET as_of = %s", local(2027, 1, 5))
        snapshot = Snapshot.objects.get()

        assert any(each.startswith("appraisal.as_of") for each in snapshots.differences(snapshot))


class TestCommand:
    def test_proves_what_was_published(self, published):
        out = StringIO()
        call_command("prove_appraisals", stdout=out)

        assert json.loads(out.getvalue()) == {
            "appraisal": published.pk,
            "sha256": published.snapshot_sha256,
            "differences": [],
        }

    def test_ends_with_a_fault_where_anything_differs(self, published, meddle):
        meddle("UPDATE targets_reportvalue SET actual = 99 WHERE actual = 92")

        with pytest.raises(CommandError, match="1 appraisals do not follow"):
            call_command("prove_appraisals", str(published.pk), stdout=StringIO())
        with pytest.raises(CommandError, match="Never published"):
            call_command("prove_appraisals", str(published.pk + 1), stdout=StringIO())


class TestText:
    def test_is_the_same_for_the_same_content(self):
        content = {"b": Decimal("1.500"), "a": Decimal("0.00"), "c": date(2026, 1, 2)}

        assert snapshots.write(content) == '{"a":"0","b":"1.5","c":"2026-01-02"}'
        assert snapshots.write(Decimal(100)) == snapshots.write(Decimal("1E+2")) == '"100"'
        assert snapshots.write(Decimal("-0.0")) == '"0"'
