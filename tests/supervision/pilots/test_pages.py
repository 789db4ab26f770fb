"""Pages of pilot programmes: for the office, for organs, for everybody."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pgtrigger import ignore

from efficiency import demonstration
from efficiency.audit.append_only import GONE
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.models import ParticipantEvent, PilotMilestone, PilotMilestoneEvent, Programme, ProgrammeEvent
from supervision.pilots import demo, erasing, participants, programmes
from supervision.pilots.enums import Conclusion, MilestoneState, TaskKind
from tests.factories import pilots as make

pytestmark = pytest.mark.django_db


def browser(user):
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def phases():
    today = timezone.localdate()
    first, last = today + timedelta(days=5), today + timedelta(days=12)
    return f"准备阶段 {first}\n- 〔方案〕方案\n- 〔自查〕自查\n总结阶段 {last}\n- 〔总结〕总结"


@pytest.fixture
def programme(cast, phases):
    return make.start(cast, at=timezone.now(), phases=phases)


class TestPages:
    def test_a_programme_is_drafted_and_begun_by_pages(self, cast, phases):
        there = browser(cast.officer)
        form = there.get(reverse("admin:supervision_programme_add")).context["form"]
        assert "部署准备阶段" in form.fields["phases"].initial
        sent = {"name": "试点", "basis": "意见", "aim": "目的", "phases": phases, "organs": [cast.city.construction.pk]}
        bad = there.post(reverse("admin:supervision_programme_add"), sent | {"phases": "什么也不是"})
        assert bad.status_code == 200
        answer = there.post(reverse("admin:supervision_programme_add"), sent)
        made = Programme.objects.get()
        assert answer["Location"] == reverse("admin:supervision_programme_change", args=[made.pk])
        assert {step.name for step in there.get(answer["Location"]).context["impossible"]} == {"start"}
        step = reverse("admin:supervision_programme_do", args=[made.pk, "start"])
        assert browser(cast.head).get(step).status_code == 200
        browser(cast.head).post(step, {"version": 1})

        assert PilotMilestone.objects.count() == 3

    def test_a_plan_is_handed_in_and_taken_on_record_by_pages(self, cast, programme):
        row = make.milestone(cast, programme)
        there = browser(cast.leader)
        page = reverse("admin:supervision_pilotmilestone_change", args=[row.pk])
        assert [step.name for step in there.get(page).context["steps"]] == ["file"]
        step = reverse("admin:supervision_pilotmilestone_do", args=[row.pk, "file"])
        assert "has_findings" not in there.get(step).context["form"].fields
        document = SimpleUploadedFile("plan.pdf", demonstration.paper("方案"), content_type="application/pdf")
        there.post(step, {"version": 1, "text": "方案已制定。", "attachments": document})
        row = make.fresh(row)
        assert (row.state, row.files.count()) == (MilestoneState.FILED, 1)
        office = browser(cast.officer)
        file = reverse("admin:supervision_pilotmilestone_file", args=[row.pk, row.files.get().pk])
        assert office.get(file)["Content-Type"] == "application/pdf"
        assert browser(cast.tax_leader).get(file).status_code == 404
        office.post(reverse("admin:supervision_pilotmilestone_do", args=[row.pk, "receive"]), {"version": 2})

        assert make.fresh(row).state == MilestoneState.RECEIVED

    def test_the_organ_reads_no_conclusion_before_a_second_person_has_confirmed_it(self, cast, programme):
        part = make.part_of(cast, programme)
        make.hand_in_everything(cast, programme, at=timezone.now())
        address = reverse("admin:supervision_participant_changelist")
        word = str(Conclusion.FAILED.label)

        def propose(version):
            participants.assess(
                make.fresh(part),
                by=cast.officer,
                at=timezone.now(),
                version=version,
                conclusion=Conclusion.FAILED,
                assessment="未完成。",
            )

        propose(1)
        assert word not in browser(cast.leader).get(address).content.decode()
        participants.refuse(make.fresh(part), by=cast.head, at=timezone.now(), version=2, reason="再核")
        assert make.fresh(part).conclusion == ""
        propose(3)
        participants.confirm(make.fresh(part), by=cast.head, at=timezone.now(), version=4)
        assert word in browser(cast.leader).get(address).content.decode()

    def test_Z02_another_organ_finds_nothing(self, cast, programme):
        part, row = make.part_of(cast, programme), make.milestone(cast, programme)
        there = browser(cast.tax_leader)
        for address in (
            reverse("admin:supervision_participant_change", args=[part.pk]),
            reverse("admin:supervision_pilotmilestone_change", args=[row.pk]),
            reverse("admin:supervision_pilotmilestone_do", args=[row.pk, "file"]),
            reverse("admin:supervision_programme_file", args=[programme.pk, 1]),
            reverse("supervision:pilots"),
        ):
            assert there.get(address).status_code == 404, address
        listed = there.get(reverse("admin:supervision_pilotmilestone_changelist")).context["cl"].result_count
        assert listed == 3

    def test_the_office_sees_organs_by_phases(self, cast, programme):
        answer = browser(cast.officer).get(reverse("supervision:pilots"))

        assert [line.participant.organ for line in answer.context["table"].lines]
        assert len(answer.context["table"].phases) == 2
        assert browser(cast.inspector).get(reverse("supervision:pilots")).status_code == 200

    def test_an_organ_does_not_read_an_assessment_that_is_only_proposed(self, cast, programme):
        at, part = timezone.now(), make.part_of(cast, programme)
        for row in part.milestones.all():
            make.receive(cast, make.file(cast, row, at=at), at=at)
        participants.assess(part, by=cast.officer, at=at, version=1, conclusion="extend", assessment="成效明显。")
        page = reverse("admin:supervision_participant_change", args=[part.pk])
        assert "成效明显" not in browser(cast.leader).get(page).content.decode()
        assert "成效明显" in browser(cast.head).get(page).content.decode()
        participants.confirm(part, by=cast.head, at=at, version=2)

        assert "成效明显" in browser(cast.leader).get(page).content.decode()

    def test_what_is_public_is_public_and_no_more(self, cast, programme, phases):
        at = timezone.now()
        row = make.milestone(cast, programme, "self_check")
        make.receive(cast, make.file(cast, row, at=at, has_findings=True, findings="内部问题一则"), at=at)
        draft = make.draft(cast, at=at, name="还未开始", phases=phases)
        shown = Client().get(reverse("supervision:pilot_page", args=[programme.pk])).content.decode()

        assert programme.name in shown
        assert cast.city.construction.name in shown
        assert "内部问题" not in shown
        assert "已完成。" not in shown
        assert Client().get(reverse("supervision:pilot_page", args=[draft.pk])).status_code == 404
        assert "还未开始" not in Client().get(reverse("supervision:pilot_list")).content.decode()

    def test_what_waits_stands_on_the_first_page(self, cast, programme):
        assert "方案" in browser(cast.leader).get(reverse("admin:index")).content.decode()


def test_P10_what_was_handed_in_goes_ten_years_after_the_end(cast, programme):
    now = timezone.now()
    make.finish(cast, programme, at=now)
    programmes.end(programme, by=cast.officer, at=now, version=2, conclusion="可以推广。")
    assert erasing.erase_texts(at=now) == 0
    # As it lies there ten years and a day later.
    long_ago = start_of(add_months(timezone.localdate(now), -120)) - timedelta(hours=1)
    triggers = ("ProgrammeEvent:pilot_event", "ParticipantEvent:pilot_organ_event")
    triggers += ("PilotMilestoneEvent:pilot_milestone_event",)
    with ignore(*(f"supervision.{each}_append_only" for each in triggers)):
        for model in (ProgrammeEvent, ParticipantEvent, PilotMilestoneEvent):
            model.objects.update(at=long_ago)
    Programme.objects.update(ended_at=long_ago)

    assert erasing.erase_texts(at=now) == 1
    assert erasing.erase_texts(at=now) == 0

    row = make.milestone(cast, programme)
    assert (row.text, row.files.get().storage_name) == (GONE, "")
    assert set(row.events.exclude(text="").values_list("text", flat=True)) == {GONE}
    assert make.fresh(programme).conclusion == "可以推广。"
    assert make.part_of(cast, programme).assessment == GONE


def test_P10_what_was_to_be_put_right_goes_as_well(cast, programme):
    now = timezone.now()
    part = make.part_of(cast, programme)
    participants.check(
        part,
        by=cast.officer,
        at=now,
        version=1,
        kind="check",
        checked_on=now.date(),
        result="空岗。",
        has_findings=True,
    )
    [row] = PilotMilestone.objects.filter(kind=TaskKind.RECTIFY)
    PilotMilestone.objects.exclude(pk=row.pk).update(erased_at=now)
    with ignore("supervision.PilotCheck:pilot_check_append_only"):
        part.checks.update(at=now - timedelta(days=4000))
    Programme.objects.update(state="ended", conclusion="好", ended_at=now - timedelta(days=4000))

    assert erasing.erase_texts(at=now) == 1
    assert make.fresh(row).findings == GONE


def test_the_demonstration_needs_its_people(cast):
    assert demo.load(timezone.now()) == 0
