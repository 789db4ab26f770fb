"""What an organ that ends hands over to the one that follows it (docs/domain.md 7, 13.14)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import deadlines, invariants
from complaints.enums import NamedPerson, State
from complaints.models import Assistance, Case, Holding
from efficiency import succession
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from efficiency.refusals import Invalid
from efficiency.steps.refusals import NotAllowed
from tests.factories import cases as make
from tests.factories.cases import recently
from tests.factories.staff import make_organ, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(db):
    return recently()


def hand_over(cast, at, **changed):
    given = {"by": cast.office_head, "at": at, "successor": cast.city.tax, "reason": "机构改革合并"} | changed
    return succession.hand_over(cast.city.construction, **given)


def test_13_14_all_open_cases_and_parts_go_over_with_their_promises_and_nothing_restarts(cast, at):
    before = at - timedelta(days=2)
    handling = make.case_in(State.HANDLING, cast, at=before)
    replied = make.case_in(State.REPLIED, cast, at=before)
    closed = make.case_in(State.ARCHIVED, cast, at=before)
    due = {each.kind: each.due_at for each in engine.running(handling)}
    leader = seat(Role.ORGAN_LEADER, cast.city.tax, Rank.APPROVER)
    [line] = succession.going_over(cast.city.construction)
    assert line.startswith("2")

    assert hand_over(cast, at) == {"parts": 0, "cases": 2}

    for case, state in ((handling, State.HANDLING), (replied, State.REPLIED)):
        case.refresh_from_db()
        assert (case.handling_organ, case.state, case.handler, case.flags) == (cast.city.tax, state, None, [])
        held = list(Holding.objects.filter(case=case).order_by("pk").values_list("organ", "until"))
        assert held[-2:] == [(cast.city.construction.pk, at), (cast.city.tax.pk, None)] or state == State.REPLIED
    assert {each.kind: each.due_at for each in engine.running(handling)} == due, "no clock restarts"
    reply = engine.running(handling, [deadlines.REPLY]).get()
    assert (reply.organ, reply.post, reply.responsible) == (cast.city.tax, None, None)
    event = handling.events.latest("number")
    assert (event.action, event.internal_text) == ("succeed", "机构改革合并")
    closed.refresh_from_db()
    assert closed.handling_organ == cast.city.construction, "what is over stays with whoever it was"
    assert handling.transfer_count == 0
    acts = AuditRecord.objects.filter(action="organ.hand_over")
    assert [(act.actor, act.detail["cases"]) for act in acts] == [(cast.office_head, 2)]
    told = set(Message.objects.filter(kind="organ.handed_over").values_list("recipient_id", flat=True))
    assert {leader.pk, cast.leader.pk} <= told
    assert invariants.next_due_not_as_counted() == 0


def test_13_14_who_has_a_post_at_the_successor_keeps_the_case(cast, at):
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    seat(Role.CLERK, cast.city.tax, user=cast.clerk)
    hand_over(cast, at)
    case.refresh_from_db()
    assert case.handler == cast.clerk


def test_13_14_parts_in_cases_of_others_go_over(cast, at):
    third = make_organ("440600-HB", "佛山市环境保护局", "department", parent=cast.city.government)
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    part = make.join(case, cast, at=at - timedelta(days=1))
    assert part.organ == cast.city.tax
    succession.hand_over(cast.city.tax, by=cast.office_head, at=at, successor=third, reason="合并")
    part = Assistance.objects.get(pk=part.pk)
    assert part.organ == third
    assert {each.organ for each in engine.running(part)} == {third}


def test_13_14_all_or_nothing_one_that_must_not_go_there_is_named(cast, at):
    free, barred = (make.case_in(State.HANDLING, cast, at=at - timedelta(days=1)) for _each in range(2))
    Case.objects.filter(pk=barred.pk).update(named_person_state=NamedPerson.UNRESOLVED)
    with pytest.raises(Invalid, match=barred.number) as refusal:
        hand_over(cast, at)
    assert refusal.value.field == "successor"
    free.refresh_from_db()
    assert free.handling_organ == cast.city.construction
    assert not AuditRecord.objects.filter(action="organ.hand_over").exists()


def test_13_14_a_successor_that_leads_the_case_takes_no_part_in_it(cast, at):
    case = make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    make.join(case, cast, at=at - timedelta(days=1))
    with pytest.raises(Invalid, match=case.number):
        succession.hand_over(cast.city.tax, by=cast.office_head, at=at, successor=cast.city.construction, reason="合并")


def test_Z01_only_the_head_of_the_office_in_charge_of_both_hands_over(cast, at):
    for nobody in (cast.officer, cast.leader):
        with pytest.raises(NotAllowed):
            hand_over(cast, at, by=nobody)
    head = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER)
    with pytest.raises(NotAllowed):
        hand_over(cast, at, by=head, successor=cast.city.street)
    for wrong in (None, cast.city.construction, cast.city.office, cast.city.street):
        with pytest.raises(Invalid):
            hand_over(cast, at, successor=wrong)
    with pytest.raises(Invalid):
        hand_over(cast, at, reason=" ")


def test_the_page_shows_what_goes_over_and_what_stays_before(cast, at):
    make.case_in(State.HANDLING, cast, at=at - timedelta(days=1))
    browser = Client()
    browser.force_login(cast.office_head)
    address = reverse("admin:efficiency_organ_hand_over", args=[cast.city.construction.pk])
    change = reverse("admin:efficiency_organ_change", args=[cast.city.construction.pk])
    assert address in browser.get(change).content.decode()
    shown = browser.get(address).content.decode()
    for line in succession.going_over(cast.city.construction):
        assert line in shown
    assert succession.staying(cast.city.construction, at=timezone.now())[:12] in shown
    sent = {"successor": cast.city.tax.pk, "reason": "机构改革合并"}
    assert browser.post(address, sent).status_code == 302
    assert Case.objects.get().handling_organ == cast.city.tax
    other = Client()
    other.force_login(cast.officer)
    assert other.get(address).status_code == 403
    assert address not in other.get(change).content.decode()
