"""What is kept of a request ends in its time, unless a hold is on it (docs/trust.md P-10, P-11)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disclosure.models import InformationRequest, RequestEvent, RequestHold, RequestIdentity, RequestLook
from disclosure.requests import (
    answering,
    applying,
    deadlines,
    erasing,
    handling,
    identity,
    invariants,
    personal,
    retaining,
)
from disclosure.requests.refusals import Absent, Invalid, NotAllowed, NotInState
from efficiency import erasure_ledger
from efficiency.audit.append_only import GONE
from efficiency.audit.models import AuditRecord
from efficiency.audit.verify import count_sql
from efficiency.chain.models import Redaction
from efficiency.deadlines.models import Acknowledgement, Extension
from efficiency.timing.limits import add_months
from tests.factories import requests as make
from tests.factories.cases import local
from tests.factories.requests import MONDAY
from tests.factories.supervisors import note_about
from tests.rules.test_identity import dump

WRITTEN = ("独一无二的题目", "独一无二的描述", "独一无二的补正", "独一无二的说明", "独一无二的答复", "独一无二的去处")


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }
    settings.ERASURE_LEDGER = str(tmp_path / "erasures")


@pytest.fixture
def answered(cast):
    """A request that says something wherever something can be said, answered."""
    request = make.file(cast, title=WRITTEN[0], description=WRITTEN[1], proof=[make.PAPER]).request
    handling.ask_supplement(request, by=cast.editor, at=MONDAY, version=request.version, text=WRITTEN[2])
    applying.supplement(request, at=MONDAY, text=WRITTEN[3])
    handling.consult(
        request, by=cast.editor, at=MONDAY, version=request.version, kind="third_party", party="某公司", reason="核实"
    )
    said = {"opinion": "no_ground", "text": "某公司不同意"}
    handling.record_opinion(request, by=cast.editor, at=MONDAY, version=request.version, **said)
    make.answer(request, cast, text=f"{WRITTEN[4]}。{make.TEXT}")
    identity.reveal(request, by=cast.officer, at=MONDAY, category="proof", reason=WRITTEN[5])
    return request


def years_after(years, day=0):
    return MONDAY.replace(year=MONDAY.year + years) + timedelta(days=day)


def aged(request, years, days=1):
    """Let the request have ended so many years and days ago, by the clock of the database."""
    moment = local(*(add_months(timezone.now(), -12 * years) - timedelta(days=days)).timetuple()[:3])
    InformationRequest.objects.filter(pk=request.pk).update(received_at=moment, ended_at=moment, answered_at=moment)
    request.answers.update(sent_at=moment)
    request.refresh_from_db()
    return request


def place(request, by, *, at=MONDAY, until=None, reason="行政诉讼"):
    return retaining.place_hold(request, by=by, at=at, until=until or add_months(at.date(), 36), reason=reason)


class TestTexts:
    def test_P10_ten_years_after_the_end_nothing_that_anybody_wrote_is_left(self, answered):
        aged(answered, 10)
        before = dump()
        assert [words for words in WRITTEN if words not in before] == []
        assert count_sql(invariants.OUTLIVED)() == 1

        now = timezone.now()
        assert erasing.erase_identities(at=now) == 1
        assert erasing.erase_files(at=now) == 1
        assert erasing.erase_texts(at=now) == 1
        assert erasing.erase_texts(at=now) == 0

        after = dump()
        assert [words for words in (*WRITTEN, "某公司") if words in after] == []
        answered.refresh_from_db()
        assert (answered.title, answered.texts_erased_at, answered.outcome) == (GONE, now, "granted")
        for sql in (invariants.OUTLIVED, invariants.EVENTS_DIFFER, invariants.ANSWER_DIFFERS):
            assert count_sql(sql)() == 0
        changed = RequestEvent.objects.exclude(public_text="", internal_text="").count()
        assert Redaction.objects.filter(kind="request_event").count() == changed > 0
        assert Redaction.objects.filter(kind="request_look").count() == 1

    def test_P10_not_a_day_earlier_whatever_the_clock_of_the_portal_says(self, answered):
        aged(answered, 10, days=-2)
        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_forget_requests(%s)", [[answered.pk]])
        assert RequestEvent.objects.filter(public_text=WRITTEN[2]).exists()
        assert erasing.erase_texts(at=timezone.now()) == 0

    def test_P10_what_the_clock_of_the_database_still_keeps_is_not_marked_as_erased(self, answered):
        aged(answered, 10, days=-2)
        ahead = timezone.now() + timedelta(days=4)  # as on 29 February, by hours
        assert erasing.erase_texts(at=ahead) == 0
        answered.refresh_from_db()
        assert (answered.title, answered.texts_erased_at) == (WRITTEN[0], None)

        aged(answered, 10)
        assert erasing.erase_texts(at=ahead) == 1
        assert [words for words in WRITTEN if words in dump()] == []

    def test_P10_neither_reasons_of_time_and_review_nor_notes_on_late_promises_are_left(self, cast):
        said = ("延期的理由", "复核的理由", "复核的决定", "征求的理由", "暂缓的理由", "解除的理由", "同意的理由")
        words = [f"{each}独一份" for each in said]
        request = make.file(cast).request
        editor = {"by": cast.editor, "at": MONDAY}
        handling.ask_extension(request, **editor, version=request.version, days=2, reason=words[0])
        handling.extend(request, by=cast.leader, at=MONDAY, version=request.version, reason="同意")
        make.answer(request, cast)
        applying.ask_review(request, at=MONDAY, reasons=words[1])
        answering.decide_review(
            request, by=cast.officer, at=MONDAY, version=request.version, result="again", text=words[2]
        )
        make.consult(request, cast, reason=words[3])
        hold = place(request, cast.officer, reason=words[4])
        retaining.lift_hold(request, by=cast.officer, at=MONDAY, hold=hold.pk, reason=words[5])
        applying.withdraw(request, at=MONDAY)
        aged(request, 10)
        answer, review = (deadlines.last(request, kind) for kind in (deadlines.ANSWER, deadlines.REVIEW))
        old, young = timezone.now() - timedelta(days=3653 + 3), timezone.now() - timedelta(days=3653 - 9)
        note_about(answer, cast.officer, at=old)
        Extension.objects.create(deadline=answer, number=1, unit="wd", reason=words[6], granted_at=old)
        note_about(review, cast.officer, at=young)

        assert erasing.erase_texts(at=timezone.now()) == 1
        left = dump()
        assert [each for each in words if each in left] == []
        notes = Acknowledgement.objects.order_by("at").values_list("note", flat=True)
        assert list(notes) == [GONE, "因台风推迟"]  # ten years after the note are still to come

    def test_P10_a_note_that_is_younger_than_the_texts_goes_in_its_own_time(self, answered, cast):
        aged(answered, 11)
        promise = deadlines.last(answered, deadlines.ANSWER)
        InformationRequest.objects.filter(pk=answered.pk).update(texts_erased_at=timezone.now())
        note_about(promise, cast.officer, at=timezone.now() - timedelta(days=3653 + 3))
        erasing.erase_texts(at=timezone.now())
        assert Acknowledgement.objects.get().note == GONE
        assert Redaction.objects.filter(kind="acknowledgement").count() == 1

    def test_P11_a_restored_backup_brings_no_third_party_back(self, answered):
        aged(answered, 3)
        next(part for part in erasure_ledger.parts() if part.of == "requests").replay(at=timezone.now())
        consulted = answered.consultations.get()
        assert (consulted.party, consulted.opinion_text) == ("", "")

    @pytest.mark.parametrize("change", [{"public_text": "改写"}, {"action": "draft"}])
    def test_L02_a_row_of_record_changes_in_no_other_way_even_then(self, answered, change):
        aged(answered, 10)
        with pytest.raises(DatabaseError), transaction.atomic():
            answered.events.filter(action="ask_supplement").update(**change)

    def test_P10_its_pages_still_open(self, answered, cast, client):
        aged(answered, 10)
        erasing.erase_texts(at=timezone.now())
        client.force_login(cast.officer)
        page = client.get(reverse("admin:disclosure_informationrequest_change", args=[answered.pk]))
        assert page.status_code == 200
        assert GONE in page.content.decode()


class TestHolds:
    def test_P10_a_hold_stops_every_step_until_its_last_day_is_over(self, answered, cast):
        held_until = years_after(2).date() + timedelta(days=30)
        place(answered, cast.officer, at=years_after(1), until=held_until)
        over = years_after(2, 10)

        assert (erasing.erase_identities(at=over), identity.is_past(answered, over)) == (0, False)
        assert erasing.erase_identities(at=years_after(2, 31)) == 1
        place(answered, cast.officer, at=years_after(4), until=years_after(5, 5).date())
        place(answered, cast.officer, at=years_after(4), until=years_after(6).date())
        assert erasing.erase_files(at=years_after(5, 10)) == 0
        hold = RequestHold.objects.latest("pk")
        retaining.lift_hold(answered, by=cast.officer, at=years_after(5, 10), hold=hold.pk, reason="已结案")
        assert erasing.erase_files(at=years_after(5, 11)) == 1
        assert answered.consultations.get().party == ""

    def test_P10_nor_does_the_owners_function_take_a_text_that_is_held(self, answered, cast):
        aged(answered, 11)
        place(answered, cast.officer, at=timezone.now(), until=timezone.localdate() + timedelta(days=3))
        with connection.cursor() as cursor:
            cursor.execute("SELECT portal_forget_requests(%s)", [[answered.pk]])
        assert erasing.erase_texts(at=timezone.now()) == 0
        assert RequestEvent.objects.filter(public_text=WRITTEN[2]).exists()
        assert RequestLook.objects.get().reason == WRITTEN[5]
        assert count_sql(invariants.OUTLIVED)() == 0

    def test_P10_placed_between_look_and_erasure_it_still_holds(self, answered, cast, monkeypatch):
        known = erasing._known

        def known_then_held():
            rows = known()
            found = list(rows)
            place(answered, cast.officer, at=years_after(2))
            return rows.filter(pk__in=[row.pk for row in found])

        late = erasing.Forgetting(**{
            name: getattr(erasing.applicants, name) for name in erasing.Forgetting.__dataclass_fields__
        } | {"known": known_then_held})  # fmt: skip
        assert late.forget_due(erasing.Q(ended_at__isnull=False), at=years_after(2, 3)) == 0
        assert RequestIdentity.objects.exists()

    def test_P13_nor_is_anything_erased_at_the_wish_of_the_applicant(self, cast):
        receipt = make.file(cast)
        personal.ask_erasure(receipt.request, at=MONDAY, code=receipt.code)
        place(receipt.request, cast.officer)
        with pytest.raises(NotInState):
            personal.grant_erasure(receipt.request, by=cast.officer, at=MONDAY, version=receipt.request.version)
        assert RequestIdentity.objects.exists()

    def test_Z01_the_office_alone_places_and_lifts_one_and_it_is_on_record(self, answered, cast):
        with pytest.raises(NotAllowed):
            place(answered, cast.inspector)
        for person in (cast.editor, cast.leader, cast.tax_editor):
            with pytest.raises(Absent):
                place(answered, person)
            assert not RequestHold.objects.visible_to(person).exists()
        hold = place(answered, cast.officer)
        for person in (cast.officer, cast.inspector, cast.auditor):
            assert RequestHold.objects.visible_to(person).get() == hold
        assert AuditRecord.objects.filter(action="inforequest.place_hold", actor=cast.officer).exists()
        with pytest.raises(Invalid):
            place(answered, cast.officer, reason=" ")
        with pytest.raises(Invalid):
            place(answered, cast.officer, until=MONDAY.date() - timedelta(days=1))

    def test_P10_is_placed_and_lifted_by_pages(self, answered, cast):
        desk = Client()
        desk.force_login(cast.officer)
        typed = {"number": answered.number, "until": (timezone.localdate() + timedelta(days=9)).isoformat()}
        add = reverse("admin:disclosure_requesthold_add")
        assert desk.post(add, {**typed, "reason": "诉讼", "number": "YS1"}).status_code == 200
        assert desk.post(add, {**typed, "reason": "诉讼"}).status_code == 302
        hold = RequestHold.objects.get()
        lift = reverse("admin:disclosure_requesthold_lift", args=[hold.pk])
        assert lift in desk.get(reverse("admin:disclosure_requesthold_change", args=[hold.pk])).content.decode()
        assert desk.post(lift, {"reason": "已结案"}).status_code == 302
        hold.refresh_from_db()
        assert hold.lifted_by == cast.officer
        reader = Client()
        reader.force_login(cast.auditor)
        assert reader.get(lift).status_code == 403
        stranger = Client()
        stranger.force_login(cast.editor)
        assert stranger.get(lift).status_code == 404
