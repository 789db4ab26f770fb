"""What is kept of a case is erased in its time, unless a hold is on it (docs/domain.md 4.9, docs/trust.md P-10)."""

from datetime import date, datetime, timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

from complaints import actions, deadlines, invariants, timeline
from complaints.actions import erasing, forgetting
from complaints.enums import Retention, State
from complaints.models import (
    Attachment,
    Case,
    CaseIdentity,
    Erasure,
    Origin,
    PublicAnswer,
    Reply,
    RetentionHold,
)
from complaints.tasks import erase
from efficiency import erasure_ledger
from efficiency.audit import retention
from efficiency.audit.append_only import GONE
from efficiency.audit.models import AuditRecord
from efficiency.audit.records import record
from efficiency.audit.verify import run
from efficiency.deadlines import clock
from efficiency.deadlines.models import Acknowledgement, Escalation, Extension, Suspension
from efficiency.files import store
from efficiency.timing import store as calendar
from tests import known
from tests.complaints.uploads.test_serve import sent
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in, file, local
from tests.factories.staff import seat
from tests.rules.test_identity import dump

pytestmark = pytest.mark.django_db

TWO_YEARS_LATER, FIVE_YEARS_LATER = local(2028, 3, 3), local(2031, 3, 3)
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def archived(cast) -> Case:
    return case_in(State.ARCHIVED, cast, files=[sent()])


@known.led
def _told_of_everything(cast: make.Cast, title: str, text: str, place: str, material: str) -> Case:
    """Lead a case with these texts into the archive."""
    case = file(cast, title=title, description=f"{text}，请督促办理，谢谢。", location=place).case
    make.lead(case, cast, State.HANDLING)
    actions.add_material(case, at=TUESDAY, text=material)
    return make.lead(case, cast, State.ARCHIVED)


@pytest.fixture(autouse=True)
def ledger(settings, tmp_path):
    """The list of erasures, of this test alone."""
    settings.ERASURE_LEDGER = str(tmp_path / "kept" / "erasures.log")
    return tmp_path / "kept" / "erasures.log"


def hold(case: Case, cast: make.Cast, *, until: date = date(2028, 3, 3), at: datetime = TUESDAY) -> RetentionHold:
    return actions.place_hold(case, by=cast.officer, at=at, until=until, reason="行政诉讼尚未审结")


def outlived() -> int:
    return next(finding.violations for finding in run("I-23"))


class TestFiles:
    @pytest.mark.parametrize(
        ("at", "erased"), [(FIVE_YEARS_LATER - timedelta(seconds=1), 0), (FIVE_YEARS_LATER, 1)], ids=["before", "then"]
    )
    def test_P10_go_five_years_after_archiving_to_the_second(
        self, archived, at, erased, django_capture_on_commit_callbacks
    ):
        row = archived.attachments.get()
        with django_capture_on_commit_callbacks(execute=True):
            assert actions.erase_files(at=at) == erased

        assert store.storage().exists(row.storage_name) is not bool(erased)
        assert store.storage().exists(row.sealed_name) is not bool(erased)
        assert Attachment.objects.kept().filter(case=archived).exists() is not bool(erased)

    def test_P10_of_an_anonymous_case_go_as_well(self, cast):
        case_in(State.ARCHIVED, cast, anonymous=True, files=[sent()])

        assert actions.erase_files(at=FIVE_YEARS_LATER) == 1

    def test_P10_of_a_case_that_is_not_archived_stay(self, cast):
        case_in(State.CLOSED, cast, files=[sent()])

        assert actions.erase_files(at=local(2046, 1, 1)) == 0

    def test_P10_are_absent_for_everybody_from_then_on(self, archived, cast, client):
        row = archived.attachments.get()
        actions.erase_files(at=FIVE_YEARS_LATER)

        assert not Attachment.objects.visible_to(cast.officer).exists()
        assert not Attachment.objects.of_citizen().exists()
        client.force_login(cast.officer)
        assert client.get(f"/admin/complaints/case/{archived.pk}/files/{row.pk}/").status_code == 404

    def test_P10_leave_on_record_what_they_were_and_break_no_invariant(
        self, archived, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            actions.erase_files(at=FIVE_YEARS_LATER)

        row = archived.attachments.get()
        assert (row.erased_at, row.size, len(row.sha256)) == (FIVE_YEARS_LATER, len(b"%PDF-1.7 copy"), 32)
        assert (bytes(row.original_name), row.sealed_name, bytes(row.sealed_key)) == (b"", "", b"")
        assert store.count_mismatches() == 0
        assert {finding.violations for finding in run("I-01")} == {0}

    def test_P10_goes_on_batch_by_batch_and_a_second_run_finds_nothing(self, cast, monkeypatch):
        monkeypatch.setattr(erasing, "BATCH", 1)
        for _number in range(2):
            case_in(State.ARCHIVED, cast, files=[sent(), sent("现场.pdf")])

        assert actions.erase_files(at=FIVE_YEARS_LATER) == 4
        assert actions.erase_files(at=FIVE_YEARS_LATER + timedelta(days=1)) == 0

    def test_P10_what_came_later_is_kept_for_its_own_five_years(self, archived):
        archived.attachments.update(created_at=TUESDAY + timedelta(days=30))

        assert actions.erase_files(at=FIVE_YEARS_LATER) == 0
        assert actions.erase_files(at=FIVE_YEARS_LATER + timedelta(days=30)) == 1

    def test_P10_an_erased_file_cannot_keep_its_original(self, archived):
        with pytest.raises(IntegrityError, match="attachment_erased_whole"), transaction.atomic():
            archived.attachments.update(erased_at=TUESDAY)


class TestPapers:
    """The letter or work order with which a case came, as it may say who complained of whom else nobody knows it."""

    @pytest.fixture
    def anonymous(self, cast) -> Case:
        case = case_in(State.ARCHIVED, cast, anonymous=True)
        Origin.objects.create(case=case, from_whom="市信访局", reference="佛信转〔2026〕7号")
        return case

    @pytest.mark.parametrize(
        ("at", "erased"), [(TWO_YEARS_LATER - timedelta(seconds=1), 0), (TWO_YEARS_LATER, 1)], ids=["before", "then"]
    )
    def test_P10_of_an_anonymous_case_go_two_years_after_archiving(self, anonymous, at, erased):
        assert actions.erase_papers(at=at) == erased
        assert Origin.objects.filter(case=anonymous).exists() is not bool(erased)

    def test_P10_a_hold_keeps_them(self, anonymous, cast):
        hold(anonymous, cast)

        assert actions.erase_papers(at=TWO_YEARS_LATER) == 0

    def test_P10_one_placed_between_look_and_erasure_too(self, anonymous, cast, monkeypatch):
        locked = erasing._locked

        def then_held(*args):
            found = locked(*args)
            hold(anonymous, cast)
            return found

        monkeypatch.setattr(erasing, "_locked", then_held)

        assert actions.erase_papers(at=TWO_YEARS_LATER) == 0

    def test_4_6_that_a_case_was_taken_up_of_the_own_motion_stays(self, anonymous, cast):
        Origin.objects.update(from_whom="", reference="", withdrawn=file(cast).case)

        assert actions.erase_papers(at=TWO_YEARS_LATER) == 0

    def test_P10_the_worker_erases_them_and_I23_counts_them(self, anonymous, monkeypatch):
        now = timezone.now()
        long_ago = now - timedelta(days=3 * 366)
        Case.objects.update(archived_at=long_ago, received_at=long_ago, accepted_at=long_ago)
        assert outlived() == 1
        monkeypatch.setattr(clock, "read", lambda: clock.Reading(now, 1.0, "boot"))

        erase()

        assert outlived() == 0
        assert not Origin.objects.exists()


class TestSealed:
    """Two years after the closing nobody learns any more who filed a case, archived or not (docs/domain.md 4.9)."""

    LOOK = {"category": "verify", "reason": "核实"}

    @pytest.fixture
    def closed(self, cast):
        case = case_in(State.CLOSED, cast, files=[sent()])
        assert case.closed_at == TUESDAY
        return case

    def test_P10_the_last_day_is_the_one_before_the_same_date(self, closed, cast):
        assert actions.reveal(closed, by=cast.officer, at=TWO_YEARS_LATER - timedelta(days=1), **self.LOOK).name

        with pytest.raises(actions.NotAllowed):
            actions.reveal(closed, by=cast.officer, at=TWO_YEARS_LATER, **self.LOOK)

    def test_P10_nor_opens_the_original(self, closed, cast):
        with pytest.raises(actions.NotAllowed):
            actions.open_original(closed, by=cast.officer, at=TWO_YEARS_LATER, position=1, **self.LOOK)

    def test_P10_nor_finds_it_by_the_contact(self, closed, cast):
        look = {"contact": "13812345678", "by": cast.officer, **self.LOOK}
        assert actions.find_by_contact(at=TWO_YEARS_LATER - timedelta(days=1), **look).cases == [closed]

        looks = closed.reveals.count()
        assert actions.find_by_contact(at=TWO_YEARS_LATER, **look).cases == []
        assert closed.reveals.count() == looks

    def test_P10_a_hold_leaves_it_as_it_was(self, closed, cast):
        hold(closed, cast, until=date(2028, 3, 3))

        assert actions.reveal(closed, by=cast.officer, at=TWO_YEARS_LATER, **self.LOOK).name

    def test_P10_a_case_that_goes_on_is_not_closed(self, closed, cast):
        actions.ask_review(closed, at=TUESDAY + timedelta(days=1), reasons="处理结果不实")

        assert actions.reveal(closed, by=cast.office_head, at=TWO_YEARS_LATER, **self.LOOK).name


class TestHolds:
    def test_P10_a_hold_stops_every_step_until_its_last_day_is_over(self, archived, cast):
        hold(archived, cast, until=date(2028, 3, 3))
        RetentionHold.objects.update(until=date(2031, 3, 3))
        calendar.seed(2032)  # what was late meanwhile gives cards, with time to explain

        assert actions.erase_identities(at=FIVE_YEARS_LATER) == 0
        assert actions.erase_files(at=FIVE_YEARS_LATER) == 0
        assert CaseIdentity.objects.filter(case=archived).exists()

        assert actions.erase_identities(at=FIVE_YEARS_LATER + timedelta(days=1)) == 1
        assert actions.erase_files(at=FIVE_YEARS_LATER + timedelta(days=1)) == 1

    def test_P10_it_holds_its_own_case_alone(self, archived, cast):
        hold(file(cast).case, cast)

        assert actions.erase_identities(at=TWO_YEARS_LATER) == 1

    def test_P10_lifted_nothing_is_kept_any_more(self, archived, cast):
        row = hold(archived, cast)
        actions.lift_hold(archived, by=cast.office_head, at=TUESDAY, hold=row.pk, reason="判决已生效")

        assert actions.erase_identities(at=TWO_YEARS_LATER) == 1

    def test_P10_while_another_one_stands_everything_stays(self, archived, cast):
        row = hold(archived, cast)
        hold(archived, cast)
        actions.lift_hold(archived, by=cast.officer, at=TUESDAY, hold=row.pk, reason="判决已生效")

        assert actions.erase_identities(at=TWO_YEARS_LATER) == 0

    def test_P10_placed_between_look_and_erasure_it_still_holds(self, archived, cast, monkeypatch):
        locked = erasing._locked

        def then_held(*args):
            found = locked(*args)
            hold(archived, cast)
            return found

        monkeypatch.setattr(erasing, "_locked", then_held)

        assert actions.erase_identities(at=TWO_YEARS_LATER) == 0
        assert actions.erase_files(at=TWO_YEARS_LATER) == 0
        assert CaseIdentity.objects.filter(case=archived).exists()

    def test_P13_nor_is_anything_erased_at_the_wish_of_the_complainant(self, cast):
        case = case_in(State.ARCHIVED, cast, token=TOKEN)
        actions.ask_erasure(case, at=TUESDAY, code=actions.receipt_of(TOKEN, at=TUESDAY).code)
        hold(case, cast)

        with pytest.raises(actions.NotInState):
            actions.grant_erasure(case, by=cast.officer, at=TUESDAY, version=case.version)
        assert CaseIdentity.objects.filter(case=case).exists()

    def test_P10_who_why_and_until_when_are_on_record(self, archived, cast):
        row = hold(archived, cast)
        actions.lift_hold(archived, by=cast.office_head, at=TUESDAY, hold=row.pk, reason="判决已生效")

        placed, lifted = AuditRecord.objects.filter(action__endswith="_hold").order_by("id")
        assert (placed.actor, placed.action, placed.object_id) == (cast.officer, "case.place_hold", str(archived.pk))
        assert placed.detail == {"hold": row.pk, "until": "2028-03-03"}
        assert (lifted.actor, lifted.action, lifted.detail) == (cast.office_head, "case.lift_hold", {"hold": row.pk})

    @pytest.mark.parametrize("who", ["clerk", "leader", "inspector", "auditor", "tax_clerk"])
    def test_Z01_the_office_alone_places_one_and_lifts_it(self, archived, cast, who):
        row = hold(archived, cast)
        by = getattr(cast, who)

        with pytest.raises(actions.NotAllowed):
            actions.place_hold(archived, by=by, at=TUESDAY, until=date(2027, 1, 1), reason="需要")
        with pytest.raises(actions.NotAllowed):
            actions.lift_hold(archived, by=by, at=TUESDAY, hold=row.pk, reason="不需要")
        assert RetentionHold.objects.get().stands(date(2026, 3, 3))

    def test_Z07_nobody_keeps_a_case_that_concerns_them(self, archived, cast):
        actions.declare_recusal(archived, by=cast.officer, at=TUESDAY, reason="与投诉人系亲属")

        with pytest.raises(actions.Absent):
            hold(archived, cast)

    @pytest.mark.parametrize(
        ("until", "reason", "field"),
        [
            (date(2026, 3, 2), "诉讼", "until"),
            (date(2029, 3, 4), "诉讼", "until"),
            (date(2027, 1, 1), " ", "reason"),
        ],
        ids=["over", "longer than three years", "no reason"],
    )
    def test_P10_it_has_a_reason_and_an_end(self, archived, cast, until, reason, field):
        with pytest.raises(actions.Invalid) as refused:
            actions.place_hold(archived, by=cast.officer, at=TUESDAY, until=until, reason=reason)

        assert refused.value.field == field

    def test_P10_what_has_ended_is_not_lifted(self, archived, cast):
        row = hold(archived, cast, until=date(2026, 3, 4))

        with pytest.raises(actions.NotInState):
            actions.lift_hold(archived, by=cast.officer, at=TUESDAY + timedelta(days=2), hold=row.pk, reason="已结")

    def test_P10_that_of_another_case_is_none(self, archived, cast):
        row = hold(file(cast).case, cast)

        with pytest.raises(actions.Invalid):
            actions.lift_hold(archived, by=cast.officer, at=TUESDAY, hold=row.pk, reason="已结")


class TestTexts:
    """Once its file is kept no longer, by the clock of the database, no text of a case is left."""

    WRITTEN = ("独一无二的标题", "独一无二的正文", "独一无二的地点", "经查，申请材料齐全", "情况属实", "独一无二的材料")

    @pytest.fixture
    def old(self, cast) -> Case:
        return self.aged(_told_of_everything(cast, *self.WRITTEN[:3], self.WRITTEN[5]), days=1)

    def aged(self, case: Case, *, days: int, years: int = 10, retention: str = Retention.TEN_YEARS) -> Case:
        """Let the archiving lie some years and days back, of a file that is kept for ``retention``."""
        today = timezone.now()
        moment = today.replace(year=today.year - years, day=min(today.day, 28)) - timedelta(days=days)
        moments = {"archived_at": moment, "received_at": moment, "accepted_at": None, "replied_at": None}
        Case.objects.filter(pk=case.pk).update(retention=retention, **moments)
        case.refresh_from_db()
        return case

    def test_P10_nothing_that_anybody_wrote_is_left(self, old):
        before = dump()
        assert [words for words in self.WRITTEN if words not in before] == []

        assert actions.erase_texts(at=timezone.now()) == 1

        after = dump()
        assert [words for words in self.WRITTEN if words in after] == []
        old.refresh_from_db()
        assert (old.title, old.description, old.search_pairs, old.text_print) == (GONE, GONE, [], None)

    def test_P10_nor_why_the_clock_stood_still_or_there_was_more_time(self, old):
        promise = deadlines.of_case(old)[0]
        by = old.events.filter(actor__isnull=False).first().actor
        long_ago = timezone.now() - timedelta(days=11 * 366)
        moments = {"started_at": long_ago, "started_by": by, "ended_at": long_ago, "ended_by": by}
        Suspension.objects.create(deadline=promise, ground="supplement", reason="请补充回执", **moments)
        for at in (long_ago, timezone.now()):
            Extension.objects.create(
                deadline=promise, number=1, unit="wd", reason="需委托检测", granted_at=at, granted_by=by
            )

        actions.erase_texts(at=timezone.now())

        assert Suspension.objects.get().reason == GONE
        reasons = Extension.objects.order_by("pk").values_list("reason", flat=True)
        assert list(reasons) == [GONE, "需委托检测"]  # what was granted lately is none of an old file

    def test_P10_nor_to_whom_it_was_redirected_nor_what_the_office_noted_about_a_promise(self, cast):
        case = file(cast).case
        actions.redirect(
            case, by=cast.officer, at=TUESDAY, version=case.version, addressee="独一无二的去处", text="请向其反映。"
        )
        actions.archive(case, by=cast.officer, at=TUESDAY, version=case.version)
        promise, now = deadlines.of_case(case)[0], timezone.now()
        for level, at in ((1, now - timedelta(days=11 * 366)), (2, now)):
            passed = Escalation.objects.create(
                deadline=promise,
                level=level,
                passed_at=at,
                found_at=at,
                kind=promise.kind,
                content_type=promise.content_type,
                object_id=case.pk,
                organ=promise.organ,
            )
            Acknowledgement.objects.create(escalation=passed, by=cast.officer, at=at, note="独一无二的批注")
        self.aged(case, days=1)

        assert actions.erase_texts(at=now) == 1

        assert case.events.get(action="redirect").data == {"addressee": GONE}
        assert "addressee" not in case.events.get(action="file").data
        # What was noted lately is none of an old file.
        notes = Acknowledgement.objects.order_by("escalation__level").values_list("note", flat=True)
        assert list(notes) == [GONE, "独一无二的批注"]
        assert timeline.public(Case.objects.get(pk=case.pk))

    def test_P10_of_public_versions_stays_what_is_public(self, old, cast):
        answer = Reply.objects.filter(case=old).get()
        words = {"title": "标题甲", "question": "问题甲", "answer": "答复甲", "remark": "批注甲"}
        rest = {"organ": cast.city.construction, "kind": "complaint", "outcome": "upheld", "drafted_by": cast.clerk}
        decided = {"drafted_at": TUESDAY, "decided_by": cast.leader, "decided_at": TUESDAY}
        for state in ("published", "returned"):
            PublicAnswer.objects.create(case=old, reply=answer, state=state, **words, **rest, **decided)

        actions.erase_texts(at=timezone.now())

        public, returned = (
            PublicAnswer.objects.values_list(*words).get(state=state) for state in ("published", "returned")
        )
        assert public == ("标题甲", "问题甲", "答复甲", GONE)
        assert returned == (GONE,) * 4

    def test_P10_what_counts_stays_and_no_invariant_breaks(self, old):
        def what_counts():
            old.refresh_from_db()
            found = {finding.title for finding in run() if finding.violations}
            steps = list(old.events.order_by("number").values_list("number", "action", "at", "to_state"))
            return [old.number, old.state, old.outcome, old.category, old.organ, old.closed_at, steps], found

        counted, found = what_counts()
        actions.erase_texts(at=timezone.now())

        left, found_later = what_counts()
        assert left == counted
        assert found_later <= found  # the test itself has moved the days of the case

    def test_P10_a_text_that_there_was_not_there_is_none(self, old):
        empty = old.events.filter(internal_text="").count()
        assert empty > 0

        actions.erase_texts(at=timezone.now())

        assert old.events.filter(internal_text="").count() == empty

    def test_P10_not_a_day_earlier_whatever_the_clock_of_the_portal_says(self, old):
        self.aged(old, days=-10)

        assert actions.erase_texts(at=timezone.now() + timedelta(days=9000)) == 0

    @pytest.mark.parametrize(
        ("retention", "years", "erased"),
        [
            (Retention.TEN_YEARS, 10, 1),
            (Retention.THIRTY_YEARS, 29, 0),
            (Retention.THIRTY_YEARS, 30, 1),
            (Retention.PERMANENT, 99, 0),
        ],
    )
    def test_4_9_as_long_as_its_file_is_kept(self, old, retention, years, erased):
        self.aged(old, days=1, years=years, retention=retention)

        assert actions.erase_texts(at=timezone.now()) == erased

    def test_4_9_the_archiving_never_keeps_a_file_shorter_than_the_rules_say(self, cast):
        case = case_in(State.CLOSED, cast)
        take = {"by": cast.officer, "at": TUESDAY, "version": case.version}

        for shorter in (Retention.TEN_YEARS, Retention.THIRTY_YEARS):
            with pytest.raises(actions.Invalid) as refusal:
                actions.archive(case, **take, retention=shorter, note="无保存价值")
            assert refusal.value.field == "retention"
        actions.archive(case, **take)

        assert Case.objects.get(pk=case.pk).retention == Retention.PERMANENT

    def test_4_9_and_longer_where_it_is_said_why(self, cast):
        case = case_in(State.REJECTED, cast)
        take = {"by": cast.officer, "at": TUESDAY, "version": case.version, "retention": Retention.THIRTY_YEARS}

        with pytest.raises(actions.Invalid) as refusal:
            actions.archive(case, **take)
        assert refusal.value.field == "note"
        actions.archive(case, **take, note="法院正在调卷。")

        assert Case.objects.get(pk=case.pk).retention == Retention.THIRTY_YEARS

    def test_P10_a_hold_stops_it(self, old, cast):
        now = timezone.now()
        hold(old, cast, at=now, until=timezone.localdate(now))

        assert actions.erase_texts(at=now) == 0

    def test_P10_a_second_run_finds_nothing(self, old):
        assert [actions.erase_texts(at=timezone.now()) for _run in range(2)] == [1, 0]

    def test_P10_pages_of_the_case_still_open(self, old, cast, client):
        actions.erase_texts(at=timezone.now())
        client.force_login(cast.officer)

        page = client.get(f"/admin/complaints/case/{old.pk}/change/")

        assert page.status_code == 200
        assert GONE in page.content.decode()

    @pytest.mark.parametrize(
        "change",
        [
            {"public_text": "另一种说法"},
            {"action": "other"},
            {"public_text": GONE, "number": 99},
            {"data": {"channel": "phone"}},
        ],
    )
    def test_L02_a_row_of_record_changes_in_no_other_way_even_then(self, old, change):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            old.events.filter(number=1).update(**change)

    @pytest.mark.parametrize(
        ("years", "change"), [(11, {"reason": "另一理由"}), (11, {"number": 9}), (9, {"reason": GONE})]
    )
    def test_L02_nor_does_an_extension(self, old, years, change):
        promise, by = deadlines.of_case(old)[0], old.events.filter(actor__isnull=False).first().actor
        granted_at = timezone.now() - timedelta(days=years * 366)
        Extension.objects.create(
            deadline=promise, number=1, unit="wd", reason="需委托检测", granted_at=granted_at, granted_by=by
        )

        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Extension.objects.update(**change)

    @pytest.mark.parametrize("kept_by", ["time", "class", "hold"])
    def test_L02_nothing_of_what_is_kept_goes_by_the_function_whoever_calls_it(self, kept_by, old, cast):
        match kept_by:
            case "time":
                self.aged(old, days=-10)
            case "class":
                self.aged(old, days=1, years=99, retention=Retention.PERMANENT)
            case "hold":
                hold(old, cast, at=timezone.now(), until=timezone.localdate())
        texts = list(old.events.order_by("number").values_list("public_text", "internal_text", "data"))
        event = old.events.filter(internal_text__gt="").first()

        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_forget_texts(%s)", [[old.pk]])

        assert list(old.events.order_by("number").values_list("public_text", "internal_text", "data")) == texts
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            old.events.filter(pk=event.pk).update(internal_text=GONE)

    def test_P10_no_text_of_a_case_is_forgotten_here(self):
        """A new text of a case has to be added to what is erased, or to what is named here with its reason."""
        kept = {
            "complaints_publicanswer": "seen to by a statement of its own: what is public stays",
            "complaints_retentionhold": "of the office, without names",
            "complaints_formdraft": "erased after a day at rest",
            "complaints_attachment": "types and random names",
            "complaints_case": "seen to by a statement of its own",
            "complaints_incomingmail": "erased with its time after it was read (Z-16)",
            "complaints_filedrequest": "a random word of an address",
        }
        codes = {"action", "actor_kind"}
        texts = {
            model._meta.db_table: tuple(
                column.name
                for column in model._meta.fields
                if isinstance(column, models.CharField | models.TextField)
                and not column.choices
                and column.name not in codes
            )
            for model in apps.get_app_config("complaints").get_models()
            if any(column.related_model is Case for column in model._meta.fields)
        }
        listed = forgetting.TEXTS | forgetting.TEXTS_OF_RECORD
        assert {table: columns for table, columns in texts.items() if columns and table not in kept} == listed

        with connection.cursor() as cursor:
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'portal_forget_texts'")
            source = cursor.fetchone()[0]
        for table, columns in forgetting.TEXTS_OF_RECORD.items():
            statement = source.split(f"UPDATE {table} ")[1].split(";")[0]
            assert [column for column in columns if f"{column} = CASE" not in statement] == []
            assert statement.count("= CASE") == len(columns)
        for table, (column, key) in forgetting.KEYS_OF_RECORD.items():
            assert f"{column} = jsonb_set({column}, '{{{key}}}'" in source.split(f"UPDATE {table} ")[1].split(";")[0]


class TestI23:
    def test_finds_what_outlived_its_time_and_no_hold_keeps(self, archived, cast):
        assert outlived() == 0
        now = timezone.now()
        long_ago = now - timedelta(days=6 * 366)
        moved = {"archived_at": long_ago, "received_at": long_ago, "accepted_at": long_ago}
        Case.objects.filter(pk=archived.pk).update(**moved)
        assert outlived() == 1

        hold(archived, cast, at=now, until=timezone.localdate(now))
        assert outlived() == 0
        RetentionHold.objects.all().delete()
        actions.erase_identities(at=now)
        assert outlived() == 0
        Attachment.objects.update(created_at=long_ago)
        assert outlived() == 1
        actions.erase_files(at=now)
        assert outlived() == 0
        very_long_ago = now - timedelta(days=11 * 366)
        moved = {"archived_at": very_long_ago, "received_at": very_long_ago, "accepted_at": very_long_ago}
        Case.objects.filter(pk=archived.pk).update(retention=Retention.TEN_YEARS, **moved)
        assert outlived() == 1
        actions.erase_texts(at=now)
        assert outlived() == 0


class TestP11ARestoredBackupBringsNobodyBack:
    @pytest.fixture
    def of_before(self, archived):
        """What a backup of before the erasure holds: the rows as they were."""
        return (
            list(CaseIdentity.objects.filter(case=archived).values()),
            list(Attachment.objects.filter(case=archived).values()),
        )

    def restore(self, of_before):
        """Put the tables back as they were before, the record of the erasure gone with all that came later."""
        identities, attachments = of_before
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM complaints_erasure")
            cursor.execute("SET LOCAL session_replication_role = origin")
        CaseIdentity.objects.all().delete()
        CaseIdentity.objects.bulk_create(CaseIdentity(**row) for row in identities)
        for row in attachments:
            Attachment.objects.filter(pk=row["id"]).update(**row)

    def test_P11_F25_erased_restored_from_before_still_erased(
        self, archived, of_before, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            actions.erase_identities(at=TWO_YEARS_LATER)
        self.restore(of_before)
        assert CaseIdentity.objects.filter(case=archived).exists()
        assert erasing.count_came_back() == 1

        call_command("replay_erasures")

        assert erasing.count_came_back() == 0

        assert not CaseIdentity.objects.filter(case=archived).exists()
        copy = archived.attachments.get()
        assert (bytes(copy.original_name), copy.sealed_name, bytes(copy.sealed_key)) == (b"", "", b"")
        assert Erasure.objects.get(case=archived).at == TWO_YEARS_LATER
        assert invariants.persons_not_unknown() == 0

    def test_erased_at_the_wish_of_the_complainant_likewise(self, cast, django_capture_on_commit_callbacks):
        case = case_in(State.CLOSED, cast, token=TOKEN)
        before = list(CaseIdentity.objects.filter(case=case).values())
        actions.ask_erasure(case, at=TUESDAY, code=actions.receipt_of(TOKEN, at=TUESDAY).code)
        with django_capture_on_commit_callbacks(execute=True):
            actions.grant_erasure(case, by=cast.officer, at=TUESDAY, version=case.version)
        self.restore((before, []))

        assert actions.replay_erasures(at=TWO_YEARS_LATER) == 1
        assert not CaseIdentity.objects.filter(case=case).exists()

    def test_what_only_a_person_with_a_name_is_promised_ends_with_it(self, cast, ledger):
        case = case_in(State.HANDLING, cast)
        assert deadlines.CONTACT in deadlines.running_kinds(case)
        erasure_ledger.append([erasure_ledger.Line(case.number, case.received_at, TUESDAY)])

        assert actions.replay_erasures(at=TUESDAY) == 1

        assert deadlines.CONTACT not in deadlines.running_kinds(case)
        assert deadlines.REPLY in deadlines.running_kinds(case)
        assert {finding.violations for finding in run("I-03", "I-18")} == {0}

    def test_a_second_run_finds_nothing(self, archived, of_before, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            actions.erase_identities(at=TWO_YEARS_LATER)
        assert actions.replay_erasures(at=TWO_YEARS_LATER) == 0
        self.restore(of_before)

        assert [actions.replay_erasures(at=TWO_YEARS_LATER) for _run in range(2)] == [1, 0]

    def test_a_person_who_came_back_alone_is_erased_too(self, archived, of_before, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            actions.erase_identities(at=TWO_YEARS_LATER)
        CaseIdentity.objects.bulk_create(CaseIdentity(**row) for row in of_before[0])

        assert actions.replay_erasures(at=TWO_YEARS_LATER) == 1
        assert invariants.persons_not_unknown() == 0

    def test_a_number_that_was_given_anew_is_another_case(self, archived, ledger):
        erasure_ledger.append([erasure_ledger.Line(archived.number, local(2026, 1, 5), TWO_YEARS_LATER)])

        assert actions.replay_erasures(at=TWO_YEARS_LATER) == 0
        assert CaseIdentity.objects.filter(case=archived).exists()

    def test_the_worker_replays_lists_and_erases_by_itself(self, archived, cast, monkeypatch, ledger):
        erased, due = file(cast).case, archived
        erasure_ledger.append([erasure_ledger.Line(erased.number, erased.received_at, TUESDAY)])
        monkeypatch.setattr(clock, "read", lambda: clock.Reading(TWO_YEARS_LATER, 1.0, "boot"))

        erase()

        assert set(Erasure.objects.values_list("case", "at")) == {(erased.pk, TUESDAY), (due.pk, TWO_YEARS_LATER)}
        assert not CaseIdentity.objects.exists()

    def test_what_a_crash_kept_from_the_list_the_next_run_adds(self, archived, ledger):
        actions.erase_identities(at=TWO_YEARS_LATER)  # nothing is committed in a test, so nothing is listed
        assert not ledger.exists()

        assert actions.list_erasures(at=TWO_YEARS_LATER) == 1
        assert actions.list_erasures(at=TWO_YEARS_LATER) == 0
        assert ledger.read_text().split() == [
            archived.number,
            archived.received_at.isoformat(),
            TWO_YEARS_LATER.isoformat(),
        ]

    @pytest.mark.parametrize("hour", [3, 10])
    def test_P11_lines_that_were_lost_of_long_ago_are_added_again(self, hour, archived, cast, ledger):
        others = [case_in(State.ARCHIVED, cast) for _number in range(2)]
        actions.erase_identities(at=TWO_YEARS_LATER)
        actions.list_erasures(at=TWO_YEARS_LATER)
        whole = ledger.read_text()
        later = local(2029, 3, 3, hour)

        # A loss; and one that a line of something else hides until the look of the day.
        ledger.write_text(whole.splitlines(keepends=True)[0] * (3 if hour == 3 else 1))
        if hour == 3:
            foreign = [erasure_ledger.Line(f"XX{number}", TUESDAY, TUESDAY) for number in range(3)]
            erasure_ledger.append(foreign)

        assert actions.list_erasures(at=later) == len(others)
        assert set(whole.splitlines()) <= set(ledger.read_text().splitlines())
        assert actions.list_erasures(at=later) == 0

    def test_a_list_that_cannot_be_read_keeps_nobody_from_being_erased(self, archived, settings, tmp_path, monkeypatch):
        settings.ERASURE_LEDGER = str(tmp_path)
        monkeypatch.setattr(clock, "read", lambda: clock.Reading(TWO_YEARS_LATER, 1.0, "boot"))

        with pytest.raises(IsADirectoryError):
            erase()
        assert not CaseIdentity.objects.filter(case=archived).exists()
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("replay_erasures")

    def test_a_list_that_cannot_be_written_stops_no_erasure(
        self, archived, settings, tmp_path, django_capture_on_commit_callbacks
    ):
        (tmp_path / "no-folder").write_text("")
        settings.ERASURE_LEDGER = str(tmp_path / "no-folder" / "erasures.log")

        with django_capture_on_commit_callbacks(execute=True):
            assert actions.erase_identities(at=TWO_YEARS_LATER) == 1


class TestLedger:
    LINE = erasure_ledger.Line("XN20260000019", TUESDAY, TWO_YEARS_LATER)

    def test_P11_a_line_that_was_cut_off_costs_no_other(self, ledger):
        erasure_ledger.append([self.LINE])
        with ledger.open("a") as file:
            file.write("XN202600")
        erasure_ledger.append([self.LINE])

        assert list(erasure_ledger.chunks()) == [[self.LINE, self.LINE]]

    def test_P11_nobody_else_reads_it(self, ledger):
        erasure_ledger.append([self.LINE])

        assert ledger.stat().st_mode & 0o777 == 0o600

    def test_P11_without_a_list_there_is_nothing_to_replay(self):
        assert list(erasure_ledger.chunks()) == []


class TestLogIns:
    def test_P10_are_kept_for_a_year_and_everything_else_for_good(self):
        now = timezone.now()
        old, recent = now - timedelta(days=368), now - timedelta(days=300)
        for at in (old, recent):
            for action in ("account.log_in", "account.log_out", "account.close", "case.reveal"):
                record(action, actor=None, at=at)

        assert retention.clean_up(now) == 2

        left = AuditRecord.objects.filter(at=old).values_list("action", flat=True)
        assert set(left) == {"account.close", "case.reveal"}
        assert AuditRecord.objects.filter(at=recent).count() == 4

    def test_P10_addresses_go_with_them(self):
        now = timezone.now()
        for model, more in ((AccessAttempt, {"failures_since_start": 1}), (AccessLog, {})):
            model.objects.create(username="officer", ip_address="10.0.0.7", **more)
            model.objects.update(attempt_time=now - timedelta(days=368))
            model.objects.create(username="officer", ip_address="10.0.0.8", **more)

        retention.clean_up(now)

        assert AccessAttempt.objects.get().ip_address == AccessLog.objects.get().ip_address == "10.0.0.8"

    def test_L02_nothing_else_is_deleted_whatever_the_function_is_asked(self):
        now = timezone.now()
        record("account.log_in", actor=None, at=now - timedelta(days=300))
        record("case.reveal", actor=None, at=now - timedelta(days=4000))

        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_forget_log_ins(now() + interval '9 years', 100)")
            assert cursor.fetchone() == (0,)
        with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
            AuditRecord.objects.all().delete()


def test_Z02_holds_are_known_to_the_office_that_has_the_case_and_to_the_auditor(archived, cast):
    row = hold(archived, cast)
    stranger = seat("office_officer", cast.city.district_office, username="stranger")

    for user in (cast.officer, cast.inspector, cast.auditor):
        assert list(RetentionHold.objects.visible_to(user)) == [row]
    for user in (cast.clerk, cast.leader, stranger):
        assert not RetentionHold.objects.visible_to(user).exists()
