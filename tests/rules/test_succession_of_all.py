"""Whatever an organ that ends has to answer goes over to the one that follows (docs/domain.md 7, 13.14)."""

from datetime import date, timedelta

import pytest
import time_machine

from accountability.corrections import reviewing
from accountability.corrections.enums import State as Correction
from disclosure.catalogue import raising
from disclosure.models import InformationRequest, OwedPublication
from disclosure.requests import citizen
from efficiency import succession
from efficiency.audit import verify
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Role
from efficiency.refusals import Invalid
from supervision.supervisors import observing
from tests.factories import corrections, requests, supervisors
from tests.factories.disclosure import make_column, make_duty
from tests.factories.staff import seat
from tests.moments import local

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def hand_over(city, head, at):
    return succession.hand_over(city.construction, by=head, at=at, successor=city.tax, reason="机构改革合并")


def violations() -> dict[str, int]:
    return {each.title: each.violations for each in verify.run("I-03", "I-07", "I-17", "I-38") if each.violations}


def test_13_14_corrections_go_over_as_they_stand_and_are_answered_there():
    cast = corrections.make_correction_cast()
    at = corrections.TUESDAY + DAY
    notice = corrections.issue(cast)
    draft = corrections.draft(cast)
    ended = corrections.lead(corrections.issue(cast), cast, Correction.WITHDRAWN)
    due = {each.kind: each.due_at for each in engine.running(notice)}

    assert hand_over(cast.city, cast.head, at)["corrections"] == 2

    for each in (notice, draft, ended):
        each.refresh_from_db()
    assert [each.organ for each in (notice, draft, ended)] == [cast.city.tax, cast.city.tax, cast.city.construction]
    assert {each.kind: each.due_at for each in engine.running(notice)} == due, "no clock moves"
    leading = cast.tax_leader.tenures.get().post
    assert {(each.organ, each.post) for each in engine.running(notice)} == {(cast.city.tax, leading)}
    event = notice.events.latest("number")
    assert (event.action, event.actor, event.data["organ"]) == ("succeed", cast.head, cast.city.tax.pk)
    corrections.plan(notice, cast, at=at, by=cast.tax_leader)
    corrections.report(notice, cast, at=at, by=cast.tax_leader)
    reviewing.accept(notice, by=cast.officer, at=at, version=notice.version)
    assert notice.state == Correction.VERIFIED
    assert violations() == {}


def test_Z07_a_head_whom_one_concerns_hands_nothing_over_and_another_head_does():
    cast = corrections.make_correction_cast()
    notice = corrections.issue(cast)
    seat(Role.CLERK, cast.city.construction, user=cast.other_head)
    held = cast.other_head.tenures.latest("pk")
    notice.post = held.post
    notice.save(update_fields=["post"])
    with pytest.raises(Invalid) as refusal:
        hand_over(cast.city, cast.other_head, corrections.TUESDAY)
    assert notice.number not in str(refusal.value.message)
    assert hand_over(cast.city, cast.head, corrections.TUESDAY)["corrections"] == 1


def test_13_14_requests_for_information_go_over_and_the_applicant_reads_who_answers_now():
    cast = requests.make_request_cast()
    receipt = requests.file(cast)
    request = InformationRequest.objects.get(number=receipt.number)
    at = requests.MONDAY + DAY

    assert hand_over(cast.city, cast.office_head, at)["inforequests"] == 1

    request.refresh_from_db()
    editing = cast.tax_editor.tenures.get().post
    assert {(each.organ, each.post) for each in engine.running(request)} == {(cast.city.tax, editing)}
    shown = citizen._timeline(request, list(request.events.order_by("number")))
    assert (shown[-1].at, shown[-1].who) == (at, cast.city.tax.name)
    requests.draft(request, cast, at=at, by=cast.tax_editor)
    assert request.state == "drafted"
    assert violations() == {}


def test_13_14_observations_of_supervisors_go_over_wherever_they_lie():
    cast = supervisors.make_cast()
    supervisors.appoint(cast)
    passed_on, waiting = supervisors.hand_in(cast), supervisors.hand_in(cast, what="厕所停用。")
    observing.pass_on(passed_on, by=cast.officer, at=supervisors.TUESDAY, version=passed_on.version)
    at = supervisors.TUESDAY + DAY

    assert hand_over(cast.city, cast.head, at)["observations"] == 2

    passed_on.refresh_from_db(), waiting.refresh_from_db()
    assert (passed_on.organ, waiting.organ) == (cast.city.tax, cast.city.tax)
    owed = [engine.running(each).get() for each in (passed_on, waiting)]
    assert [each.organ for each in owed] == [cast.city.tax, cast.city.office], (
        "the office owes what it has not passed on"
    )
    observing.draft_answer(passed_on, by=cast.tax_leader, at=at, version=passed_on.version, text="已整改。")
    assert violations() == {}


def test_13_14_publications_are_owed_by_the_organ_that_follows_once():
    cast = corrections.make_correction_cast()
    editor = seat(Role.DISCLOSURE_EDITOR, cast.city.tax)
    column, since = make_column(), date(2026, 1, 1)
    both = [
        make_duty(organ, holds_from=since, column=column, title="机构职能")
        for organ in (cast.city.construction, cast.city.tax)
    ]
    other = make_duty(cast.city.tax, "monthly", holds_from=since, column=column, title="月度数据")
    same = make_duty(cast.city.construction, "monthly", holds_from=since, column=column, title="月度数据")
    own = make_duty(cast.city.construction, holds_from=since, column=column, title="施工许可目录")
    raising.raise_due(at=local("2026-01-05 08:00"))
    OwedPublication.objects.filter(duty=other).delete()
    at = local("2026-01-06 09:00")
    before = engine.of_subject(own.owed.get()).get()

    assert hand_over(cast.city, cast.head, at)["publications"] >= 2

    moved = OwedPublication.objects.get(title__startswith="施工许可目录")
    assert (moved.organ, moved.duty.organ, moved.duty.title) == (cast.city.tax, cast.city.tax, "施工许可目录")
    owed = engine.of_subject(moved).get()
    assert (owed.organ, owed.responsible, owed.due_at) == (cast.city.tax, editor, before.due_at)
    assert both[0].owed.get().release_reason == "organ_ended", "the organ that follows owes the same already"
    assert both[1].owed.get().state == "open"
    for duty in (both[0], same, own):
        duty.refresh_from_db()
        assert duty.holds_until == at.date(), "nothing more is raised for the organ"
    assert not OwedPublication.objects.open().filter(organ=cast.city.construction).exists()
    with time_machine.travel(at, tick=False):
        assert violations() == {}
