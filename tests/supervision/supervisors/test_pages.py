"""The own portal of a supervisor and the pages of the office: what one sees, and what does not exist (column So)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pgtrigger import ignore
from PIL import Image

from efficiency.audit.append_only import GONE
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Tenure
from efficiency.outbox.models import Message
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import (
    Appointment,
    AppointmentEvent,
    Gathering,
    GatheringDuty,
    GatheringEvent,
    Observation,
    ObservationEvent,
)
from supervision.supervisors import appointing, demo, erasing, figures, gathering, observing, tasks
from supervision.supervisors.deadlines import TOUR
from supervision.supervisors.enums import GatheringKind
from tests.factories import supervisors as make
from tests.factories.staff import PASSWORD, password_of_long_ago
from tests.factories.supervisors import PHOTO
from tests.soundness import violated

pytestmark = pytest.mark.django_db


def browser(user):
    found = Client()
    found.force_login(user)
    return found


def page(user, name, *args, **query):
    return browser(user).get(reverse(name, args=args), query)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def appointment(cast, now):
    return make.appoint(cast, at=now - timedelta(days=20))


def a_photo():
    from io import BytesIO

    content = BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "PNG")
    return SimpleUploadedFile("现场.png", content.getvalue(), content_type="image/png")


class TestOwnPortal:
    def test_it_is_where_the_work_of_a_supervisor_begins(self, cast, appointment):
        assert browser(cast.social).get(reverse("admin:index"))["Location"] == reverse("supervision:own")
        assert browser(cast.officer).get(reverse("admin:index")).status_code == 200

    def test_three_fields_and_photographs_are_handed_in(self, cast, appointment):
        there = browser(cast.social)
        form = there.get(reverse("supervision:own_new"))
        assert [name for name in form.context["form"].fields if not form.context["form"][name].is_hidden] == [
            "organ",
            "place_time",
            "what",
            "attachments",
        ]
        sent = {
            "token": form.context["form"].initial["token"],
            "organ": cast.city.construction.pk,
            "place_time": "上午十时，3号窗口",
            "what": "窗口空岗二十分钟。",
            "attachments": a_photo(),
        }
        answer = there.post(reverse("supervision:own_new"), sent)
        made = Observation.objects.get()

        assert answer["Location"] == reverse("supervision:own_observation", args=[made.pk])
        assert made.files.count() == 1
        shown = there.get(answer["Location"]).content.decode()
        assert made.number in shown
        assert there.get(reverse("supervision:own_file", args=[made.pk, 1]))["Content-Type"] == "image/png"
        sent["attachments"] = a_photo()
        assert there.post(reverse("supervision:own_new"), sent)["Location"] == answer["Location"]
        assert Observation.objects.count() == 1

    def test_a_form_with_an_error_comes_back_with_what_was_typed(self, cast, appointment):
        answer = browser(cast.social).post(reverse("supervision:own_new"), {"what": "窗口空岗", "place_time": ""})

        assert answer.status_code == 200
        assert "窗口空岗" in answer.content.decode()

    def test_the_answer_and_what_became_of_it_stand_there_once_they_are_there(self, cast, appointment, now):
        made = make.hand_in(cast, at=now)
        observing.pass_on(made, by=cast.officer, at=now, version=1)
        observing.draft_answer(made, by=cast.leader, at=now, version=2, text="已整改。", attachments=[PHOTO])
        before = page(cast.social, "supervision:own_observation", made.pk).content.decode()
        assert "已整改" not in before
        assert page(cast.social, "supervision:own_file", made.pk, 1).status_code == 404
        observing.release(made, by=cast.officer, at=now, version=3)

        assert "已整改" in page(cast.social, "supervision:own_observation", made.pk).content.decode()
        assert page(cast.social, "supervision:own_file", made.pk, 1).status_code == 200

    def test_what_became_a_case_shows_where_it_stands_and_no_number(self, cast, appointment, now):
        made = make.hand_in(cast, at=now)
        observing.take_up(
            made,
            by=cast.officer,
            at=now,
            version=1,
            kind="complaint",
            category="inaction",
            title="窗口空岗",
            text="已立为诉求。",
        )
        shown = page(cast.social, "supervision:own_observation", made.pk).content.decode()

        assert made.case.get_state_display() in shown
        assert made.case.number not in shown

    def test_Z02_what_belongs_to_another_supervisor_does_not_exist(self, cast, appointment, now):
        other = make.appoint(cast, cast.second, at=now - timedelta(days=20))
        made = make.hand_in(cast, by=cast.second, at=now, attachments=[PHOTO])
        found = make.meet(cast, other, at=now)

        for name, args in (
            ("own_observation", [made.pk]),
            ("own_file", [made.pk, 1]),
            ("own_gathering", [found.pk]),
            ("about", ["observation", made.pk]),
            ("about", ["gathering", found.pk]),
            ("about", ["appointment", other.pk]),
        ):
            assert page(cast.social, f"supervision:{name}", *args).status_code == 404, name
        assert page(cast.social, "supervision:own_new", gathering=found.pk).status_code == 404
        assert made.number not in page(cast.social, "supervision:own").content.decode()

    def test_Z02_for_everybody_else_and_after_the_term_there_is_no_such_portal(self, cast, appointment):
        for other in (cast.officer, cast.leader, cast.clerk, cast.auditor):
            for name in ("own", "own_new"):
                assert page(other, f"supervision:{name}").status_code == 404
        assert Client().get(reverse("supervision:own"))["Location"].startswith("/admin/login/")
        yesterday = timezone.localdate() - timedelta(days=1)
        Appointment.objects.update(since=yesterday - timedelta(days=9), until=yesterday)
        Tenure.objects.filter(user=cast.social).update(since=yesterday - timedelta(days=9), until=yesterday)
        assert page(cast.social, "supervision:own").status_code in (302, 404)

    def test_supervisors_find_no_case_no_figure_and_no_list_of_the_office(self, cast, appointment):
        there = browser(cast.social)
        for address in (
            reverse("supervision:escalations"),
            reverse("supervision:supervisors"),
            reverse("admin:complaints_case_changelist"),
            reverse("admin:supervision_observation_changelist"),
            reverse("admin:supervision_appointment_changelist"),
            reverse("admin:supervision_gathering_changelist"),
        ):
            assert there.get(address).status_code == 404, address

    def test_minutes_and_invitations(self, cast, appointment, now):
        found = make.meet(cast, appointment, at=now - timedelta(days=3))
        assert found.title in page(cast.social, "supervision:own").content.decode()
        make.hold(cast, found, at=now, attachments=[PHOTO])
        shown = page(cast.social, "supervision:own_gathering", found.pk).content.decode()

        assert "一切正常" in shown
        assert page(cast.social, "supervision:own_gathering_file", found.pk, 1).status_code == 200

    def test_a_message_leads_each_to_their_own_page(self, cast, appointment, now):
        made = make.hand_in(cast, at=now)
        [told] = Message.objects.filter(kind="observations.hand_in", recipient=cast.officer, channel="portal")
        assert (told.subject_type, told.subject_id) == ("supervision.observation", made.pk)

        assert page(cast.officer, "supervision:about", "observation", made.pk)["Location"] == reverse(
            "admin:supervision_observation_change", args=[made.pk]
        )
        assert page(cast.social, "supervision:about", "observation", made.pk)["Location"] == reverse(
            "supervision:own_observation", args=[made.pk]
        )
        assert page(cast.leader, "supervision:about", "observation", made.pk).status_code == 404


class TestOffice:
    def test_S05_Z11_a_supervisor_is_proposed_and_confirmed_by_pages(self, cast, now):
        there = browser(cast.officer)
        form = there.get(reverse("admin:supervision_appointment_add")).context["form"]
        assert cast.social in form.fields["person"].queryset
        assert cast.clerk not in form.fields["person"].queryset
        answer = there.post(
            reverse("admin:supervision_appointment_add"),
            {
                "token": form.initial["token"],
                "person": cast.social.pk,
                "circle": "citizen",
                "since": timezone.localdate().isoformat(),
                "reason": "热心公益",
            },
        )
        made = Appointment.objects.get()
        assert answer["Location"] == reverse("admin:supervision_appointment_change", args=[made.pk])
        assert "confirm" not in {step.name for step in there.get(answer["Location"]).context["steps"]}
        other = browser(cast.head)
        step = reverse("admin:supervision_appointment_do", args=[made.pk, "confirm"])
        password_of_long_ago(other, at=now)
        assert "password" in other.get(step).context["form"].fields  # S-05
        other.post(step, {"version": made.version})
        assert not make.fresh(made).number
        other.post(step, {"version": made.version, "password": PASSWORD})

        assert make.fresh(made).number
        told = Message.objects.filter(kind="tenure.given", channel="portal").values_list("recipient", flat=True)
        assert sorted(told) == sorted([cast.social.pk, cast.auditor.pk])  # Z-11
        assert page(cast.auditor, "admin:supervision_appointment_change", made.pk).status_code == 200

    def test_the_organ_answers_without_learning_who_it_was(self, cast, appointment, now):
        made = make.hand_in(cast, at=now)
        assert page(cast.leader, "admin:supervision_observation_change", made.pk).status_code == 404
        observing.pass_on(made, by=cast.officer, at=now, version=1)
        answer = page(cast.leader, "admin:supervision_observation_change", made.pk)
        shown = answer.content.decode()

        assert appointment.name not in shown
        assert appointment.number not in shown
        assert [step.name for step in answer.context["steps"]] == ["draft_answer"]
        there = browser(cast.leader)
        step = reverse("admin:supervision_observation_do", args=[made.pk, "draft_answer"])
        assert appointment.name not in there.get(step).content.decode()
        there.post(step, {"version": 2, "text": "已整改。"})
        assert make.fresh(made).draft == "已整改。"
        assert appointment.name in page(cast.officer, "admin:supervision_observation_change", made.pk).content.decode()

    def test_a_tour_is_planned_held_and_opinions_entered_by_pages(self, cast, appointment, now):
        there = browser(cast.officer)
        tomorrow = timezone.localdate() + timedelta(days=1)
        answer = there.post(
            reverse("admin:supervision_gathering_add"),
            {
                "kind": "tour",
                "title": "巡查",
                "place": "大厅",
                "day": tomorrow.isoformat(),
                "time": "09:00",
                "invited": [appointment.pk],
            },
        )
        found = Gathering.objects.get()
        assert answer["Location"] == reverse("admin:supervision_gathering_change", args=[found.pk])
        Gathering.objects.update(begins_at=now - timedelta(hours=2))
        there.post(
            reverse("admin:supervision_gathering_do", args=[found.pk, "hold"]),
            {"version": 1, "attended": [found.seats.get().pk], "minutes": "正常。"},
        )
        there.post(
            reverse("admin:supervision_gathering_opinion", args=[found.pk]),
            {
                "appointment": appointment.pk,
                "organ": cast.city.tax.pk,
                "place_time": "巡查现场",
                "what": "建议增设引导员。",
            },
        )

        assert Observation.objects.get().gathering == found
        assert "巡查" in there.get(answer["Location"]).content.decode()
        assert (
            browser(cast.inspector).get(reverse("admin:supervision_gathering_opinion", args=[found.pk])).status_code
            == 403
        )

    def test_figures_count_what_the_lists_show(self, cast, appointment, now):
        one, two = make.hand_in(cast, at=now), make.hand_in(cast, at=now)
        observing.answer(one, by=cast.officer, at=now, version=1, text="谢谢。")
        observing.take_up(
            two,
            by=cast.officer,
            at=now,
            version=1,
            kind="complaint",
            category="inaction",
            title="空岗",
            text="已立。",
        )
        make.hand_in(cast, cast.city.tax, at=now - timedelta(days=25))
        context = page(cast.officer, "supervision:supervisors").context
        found = context["figures"]

        assert (found.handed_in, found.answered, found.open) == (3, 2, 1)
        assert (found.cases, found.late, found.in_time) == (1, 1, 2)
        assert [line["count"] for line in context["organs"]] == [2, 1]
        assert dict(context["circles"])["市民"] == 1
        assert page(cast.leader, "supervision:supervisors").status_code == 404

    def test_what_has_no_files_has_none(self, cast, appointment):
        assert page(cast.officer, "admin:supervision_appointment_file", appointment.pk, 1).status_code == 404

    def test_duties_say_how_they_stand(self, cast, appointment, now):
        assert figures.duties([cast.city.office.pk], at=now) == []
        assert page(cast.officer, "supervision:supervisors").status_code == 200


class TestKeeping:
    def test_P10_texts_and_photographs_go_ten_years_after_the_end(self, cast, appointment, now):
        old, recent = (make.hand_in(cast, at=now, attachments=[PHOTO]) for _each in range(2))
        for each in (old, recent):
            observing.answer(each, by=cast.officer, at=now, version=1, text="谢谢。")
        assert erasing.erase_texts(at=now) == 0
        # As it lies there ten years and a day later.
        long_ago = start_of(add_months(timezone.localdate(now), -120)) - timedelta(hours=1)
        with ignore("supervision.ObservationEvent:observation_event_append_only"):
            ObservationEvent.objects.filter(observation=old).update(at=long_ago)
        Observation.objects.filter(pk=old.pk).update(ended_at=long_ago)

        assert erasing.erase_texts(at=now) == 1
        assert erasing.erase_texts(at=now) == 0

        old = make.fresh(old)
        assert {old.what, old.place_time, old.answer} == {GONE}
        assert set(old.events.exclude(text="").values_list("text", flat=True)) == {GONE}
        assert old.files.get().storage_name == ""
        assert old.number
        assert make.fresh(recent).what == "窗口空岗。"

    def test_P10_reasons_of_a_term_go_ten_years_after_it_and_the_list_stays(self, cast, appointment, now):
        since = timezone.localdate(now) - timedelta(days=4800)
        Appointment.objects.update(since=since, until=since + timedelta(days=730))
        with ignore("supervision.AppointmentEvent:appointment_event_append_only"):
            AppointmentEvent.objects.update(at=now - timedelta(days=4800))

        assert erasing.erase_texts(at=now) == 1
        assert set(appointment.events.exclude(text="").values_list("text", flat=True)) == {GONE}
        assert make.fresh(appointment).name == cast.social.full_name

    def test_P10_the_name_of_who_was_not_appointed_goes_too(self, cast, appointment, now):
        declined = make.propose(cast, cast.second, at=now)
        appointing.decline(declined, by=cast.head, at=now, version=1, reason="人数已满")
        Appointment.objects.filter(pk=declined.pk).update(ended_at=now - timedelta(days=4000))

        assert erasing.erase_texts(at=now) == 1
        assert make.fresh(declined).name == GONE

    def test_P10_minutes_and_reasons_of_a_gathering_go_ten_years_after_it(self, cast, appointment, now):
        found = make.meet(cast, appointment, at=now)
        gathering.cancel(found, by=cast.officer, at=now, version=1, reason="台风预警")
        long_ago = now - timedelta(days=4000)
        with ignore("supervision.GatheringEvent:gathering_event_append_only"):
            GatheringEvent.objects.update(at=long_ago)
        Gathering.objects.update(ended_at=long_ago)

        assert erasing.erase_texts(at=now) == 1
        assert set(found.events.exclude(text="").values_list("text", flat=True)) == {GONE}

    def test_P10_notes_about_an_observation_go_with_it(self, cast, appointment, now):
        found = make.hand_in(cast, at=now)
        observing.answer(found, by=cast.officer, at=now, version=1, text="谢谢。")
        long_ago = now - timedelta(days=4000)
        note = make.note_about(engine.of_subject(found).get(), cast.head, at=long_ago)
        with ignore("supervision.ObservationEvent:observation_event_append_only"):
            ObservationEvent.objects.update(at=long_ago)
        Observation.objects.update(ended_at=long_ago)

        assert erasing.erase_texts(at=now) == 1
        note.refresh_from_db()
        assert note.note == GONE

    def test_P10_notes_about_missed_tours_go_ten_years_after_the_period(self, cast, now):
        long_ago = now - timedelta(days=4000)
        first = timezone.localdate(long_ago)
        duty = GatheringDuty.objects.create(
            office=cast.city.office,
            kind=GatheringKind.TOUR,
            first_day=first,
            last_day=first + timedelta(days=80),
            laid_at=long_ago,
        )
        promise = engine.open(duty, TOUR, at=now, organ=cast.city.office)
        note = make.note_about(promise, cast.head, at=long_ago)

        assert erasing.erase_texts(at=now) == 1
        assert erasing.erase_texts(at=now) == 0
        note.refresh_from_db()
        assert note.note == GONE

    def test_D07_one_job_that_fails_stops_none_of_the_others(self, cast, now, monkeypatch):
        def fails(**_given):
            raise OSError

        done = []
        monkeypatch.setattr(tasks.gathering, "tend_duties", fails)
        monkeypatch.setattr(tasks.appointing, "ending_soon", lambda **_given: done.append("told"))
        with pytest.raises(ExceptionGroup):
            tasks.tend_supervisors()

        assert done == ["told"]

    def test_the_demonstration_owes_before_it_holds_and_is_sound(self, cast):
        make.as_demonstration(cast)
        now = timezone.now()

        assert demo.load(now) > 0
        promises = Deadline.objects.filter(kind__startswith="gatherings.", met_at__isnull=False)
        assert all(promise.started_at <= promise.met_at for promise in promises)
        meeting = Gathering.objects.get(kind=GatheringKind.MEETING)
        assert meeting.title[:3] == ("上半年" if timezone.localtime(meeting.begins_at).month <= 6 else "下半年")
        assert violated("social supervisor", "bservation", "ours and meetings") == []

    def test_the_demonstration_loads_once(self, cast):
        assert demo.load(timezone.now()) == 0
        assert GatheringKind.TOUR
