"""Reception: what is asked of a filing, and everything that commits with it (docs/domain.md 4.1, 4.2)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from complaints import actions, deadlines, sql
from complaints.actions import filing
from complaints.enums import Category, Channel, Kind, NamedPerson, State
from complaints.models import Case, CaseEvent
from efficiency import inserting
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Promise
from efficiency.organs.models import Organ, Role
from efficiency.outbox.models import Message
from efficiency.pairs import pairs_of
from tests import known
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LONE_SURROGATE = "\ud800"


class TestFields:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("kind", "denunciation"),
            ("kind", ""),
            ("category", ""),
            ("category", "laziness"),
            ("title", ""),
            ("title", "   题 "),
            ("title", "题" * 81),
            ("description", "太短了"),
            ("description", " " * 20),
            ("description", "长" * 5001),
            ("location", "地" * 201),
            ("named_person", "王" * 81),
            ("name", "  "),
            ("name", "陈" * 61),
            ("phone", "12"),
            ("phone", "not a number"),
            ("email", "nobody"),
            ("email", f"{'x' * 120}@example.cn"),
            ("channel", "telepathy"),
        ],
    )
    def test_each_field_that_does_not_do_is_named(self, field, value, cast):
        with pytest.raises(actions.Invalid) as refusal:
            make.file(cast, **{field: value})

        assert refusal.value.field == field
        assert str(refusal.value)
        assert not Case.objects.exists()
        assert not Message.objects.exists()

    @pytest.mark.parametrize("char", ["\x00", LONE_SURROGATE])
    @pytest.mark.parametrize("field", ["title", "description", "location", "named_person", "name", "phone", "email"])
    def test_O06_what_is_no_text_is_refused_with_a_message(self, field, char, cast):
        with pytest.raises(actions.Invalid) as refusal:
            make.file(cast, **{field: f"内容足够长的文字内容{char}"})

        assert refusal.value.field == field

    @pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.CONSULTATION, Kind.SUGGESTION])
    def test_a_category_is_asked_for_in_complaints_only(self, kind, cast):
        assert make.file(cast, kind=kind, category="").case.category == ""

    def test_a_named_filing_needs_one_way_to_reach_the_person(self, cast):
        with pytest.raises(actions.Invalid) as refusal:
            make.file(cast, phone="", email="")
        assert refusal.value.field == "phone"

        assert make.file(cast, phone="", email="chen@example.cn").case
        assert make.file(cast, phone="0757-8333 1234 转 8", email="").case

    def test_an_organ_that_has_ended_is_refused(self, cast):
        Organ.objects.filter(pk=cast.city.tax.pk).update(until=date(2026, 1, 1))
        cast.city.tax.refresh_from_db()

        with pytest.raises(actions.Invalid) as refusal:
            make.file(cast, organ=cast.city.tax)
        assert refusal.value.field == "organ"

    def test_I01_text_is_kept_exactly_as_it_was_typed(self, cast):
        typed = {
            "title": "  标题，ＡＢ１２ ",
            "description": "第一行\r\n\r\n  第二行 👍 <b>'\" %s \\ \u202e末尾  ",
            "location": " 一楼 ",
        }

        case = Case.objects.get(pk=make.file(cast, **typed).case.pk)

        assert {name: getattr(case, name) for name in typed} == typed


class TestWhatCommitsWithIt:
    def test_event_promise_and_message_come_with_the_case(self, cast):
        receipt = make.file(cast, email="chen@example.cn")
        case = Case.objects.get(pk=receipt.case.pk)

        event = case.events.get()
        assert (event.number, event.action, event.from_state, event.to_state) == (1, "file", "", State.RECEIVED)
        assert (event.actor, event.actor_kind, event.at) == (None, "citizen", TUESDAY)
        assert (case.version, case.state, case.received_at) == (1, State.RECEIVED, TUESDAY)
        promise = engine.running(case).get()
        assert (promise.kind, promise.promise, promise.organ) == (deadlines.ACCEPT, Promise.CITIZEN, cast.city.office)
        assert (promise.started_at, promise.due_at) == (TUESDAY, local(2026, 3, 10, 23, 59, 59))
        assert case.next_due_at == promise.due_at
        told = Message.objects.filter(subject_id=case.pk, subject_type="complaints.case")
        assert set(told.filter(kind="complaints.file").values_list("recipient", flat=True)) == {
            cast.officer.pk,
            cast.office_head.pk,
        }
        assert told.filter(kind="complaints.received").get().channel == "email"

    def test_T26_promise_and_case_come_together_or_not_at_all(self, cast, monkeypatch):
        def broken(rows):
            inserting.insert_together(rows)
            raise OSError("the disk is full")

        monkeypatch.setattr(filing, "insert_together", broken)
        with known.taken_for_real(), pytest.raises(OSError, match="disk"):
            make.file(cast)

        assert not Case.objects.exists()
        assert not engine.of_subject(Case(pk=1)).exists()
        assert not Message.objects.exists()

    def test_T04_the_hour_of_filing_decides_the_day_by_the_clock_of_foshan(self, cast):
        # 00:30 in Foshan on 4 March is still 3 March in UTC.
        early = make.file(cast, at=local(2026, 3, 4, 0, 30)).case
        late = make.file(cast, at=local(2026, 3, 3, 23, 50)).case

        assert timezone.localdate(early.next_due_at) == date(2026, 3, 11)
        assert timezone.localdate(late.next_due_at) == date(2026, 3, 10)
        assert early.next_due_at > early.received_at

    def test_no_letter_is_written_to_who_does_not_want_one(self, cast):
        make.file(cast, email="chen@example.cn", wants_email=False)
        make.file(cast, email="")

        assert not Message.objects.filter(kind="complaints.received").exists()

    def test_the_case_can_be_found_by_two_characters(self, cast):
        case = make.file(cast, title="路灯不亮三个月", description="汾江路口的路灯坏了三个月，夜里看不见。").case

        for words in ("路灯", "汾江", "三个月 夜里", case.number[-7:]):
            assert list(Case.objects.matching(words, cast.officer)) == [case], words
        assert not Case.objects.matching("公园", cast.officer).exists()
        assert set(pairs_of("路灯")) <= set(case.search_pairs)

    def test_R06_the_same_text_again_is_a_flag_and_never_a_refusal(self, cast):
        text = {"title": "同样的标题", "description": "同样的内容同样的内容同样的内容。"}
        make.file(cast, **text)

        again = make.file(cast, title="同样的标题 ", description=text["description"], flags=["honeypot"]).case

        assert again.flags == ["honeypot", "same_text"]
        assert make.file(cast).case.flags == []

    def test_it_takes_few_statements(self, cast, django_assert_max_num_queries):
        make.file(cast)  # what is looked up once a process

        with known.taken_for_real(), django_assert_max_num_queries(6):
            make.file(cast, token="a" * 32)


class TestOffice:
    def test_the_office_of_the_district_is_in_charge_if_somebody_works_there(self, cast):
        assert make.file(cast, organ=cast.city.street).case.office == cast.city.office

        seat(Role.OFFICE_OFFICER, cast.city.district_office, since=date(2026, 1, 1), until=date(2026, 3, 4))

        for organ in (cast.city.street, cast.city.district):
            assert make.file(cast, organ=organ).case.office == cast.city.district_office
            assert make.file(cast, organ=organ, at=local(2026, 3, 4)).case.office == cast.city.office
        assert make.file(cast, organ=cast.city.construction).case.office == cast.city.office
        assert make.file(cast, organ=None).case.office == cast.city.office

    def test_without_any_office_a_filing_is_refused_with_a_message(self, cast):
        cast.city.office.__class__.objects.filter(kind="efficiency_office").update(kind="department")

        with pytest.raises(actions.NobodyReceives):
            make.file(cast)


class TestFirstReceiver:
    def test_staff_types_in_for_a_caller_and_is_first_receiver(self, cast):
        case = make.file(cast, channel=Channel.PHONE, intake=actions.Intake(by=cast.clerk)).case

        event = CaseEvent.objects.get(case=case)
        assert case.first_receiver == cast.clerk
        assert (event.actor, event.actor_kind, event.actor_organ) == (cast.clerk, "staff", cast.city.construction)

    def test_who_has_no_right_to_it_is_refused(self, cast):
        with pytest.raises(actions.NotAllowed):
            make.file(cast, intake=actions.Intake(by=cast.auditor))

    def test_first_receiver_and_flags_say_nothing_about_the_person_named(self, cast):
        case = make.file(cast, named_person="工号 0312").case

        assert case.named_person_state == NamedPerson.UNRESOLVED
        assert case.next_due_at == local(2026, 3, 5, 23, 59, 59)  # two working days to resolve the name


class TestSameDay:
    @pytest.mark.parametrize("minutes", [0, 5, 600])
    def test_a_filing_never_restarts_what_was_promised_before(self, minutes, cast):
        # docs/domain.md 13 no. 1: day 1 is the day after, at whatever hour somebody filed.
        case = make.file(cast, at=TUESDAY + timedelta(minutes=minutes), category=Category.DELAY).case

        assert timezone.localdate(case.next_due_at) == date(2026, 3, 10)


def test_the_function_in_the_database_is_the_one_in_the_code():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'complaints_before_filing'")
        (body,) = cursor.fetchone()

    assert f"$${body}$$" in sql.FUNCTION
