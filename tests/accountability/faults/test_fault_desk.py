"""The pages of fault cases in the back office: every step that is offered opens, and the first ones are taken there."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accountability.faults import hearing, inquiry, offers
from accountability.faults.enums import State
from accountability.faults.words import Measure
from accountability.models import Clue, FaultCase
from efficiency.refusals import Invalid
from tests.factories import faults as make
from tests.factories.faults import DAY, FACTS, MONDAY

pytestmark = pytest.mark.django_db


def log_in(user):
    client = Client()
    client.force_login(user)
    return client


def do(case, action):
    return reverse("admin:accountability_faultcase_do", args=[case.pk, action])


@pytest.mark.parametrize("state", [State.CHECKING, State.SUSPENDED, State.DEFENCE, State.DECIDING, State.DECIDED])
def test_every_step_that_is_offered_has_its_page(cast, state):
    case, at = make.WAYS[state](cast), MONDAY + 8 * DAY
    with time_machine.travel(at, tick=False):
        for user in (cast.office_head, cast.inspector):
            client = log_in(user)
            for offer in offers.offers(case, user, at=at):
                if not offer.why_not:
                    assert client.get(do(case, offer.name)).status_code == 200, offer.name


def test_a_clue_is_entered_taken_up_and_opened_by_two_persons(cast):
    with time_machine.travel(MONDAY, tick=False):
        first, second = log_in(cast.officer), log_in(cast.second)
        typed = {
            "kind": "media", "organ": cast.city.construction.pk, "post": cast.post.code, "text": "媒体反映窗口无人。",
            "fault_on": "2026-05-11", "fault_type": "abandon", "complaint": "",
        }  # fmt: skip
        assert first.post(reverse("admin:accountability_faultcase_add"), typed).status_code == 302
        case = FaultCase.objects.get()
        assert Clue.objects.get().entered_by == cast.officer
        steps = [
            (first, "take_up", {}),
            (first, "record_facts", {"facts": FACTS, "fault_type": "abandon", "fault_on": "2026-05-11"}),
            (first, "propose_opening", {"text": "应予立案。"}),
        ]
        for client, action, values in steps:
            case.refresh_from_db()
            assert client.post(do(case, action), {"version": case.version, **values}).status_code == 302, action
        case.refresh_from_db()
        # Whoever proposed is refused, in the page; the second person is not.
        assert first.post(do(case, "confirm_opening"), {"version": case.version}).status_code == 200
        assert "应予立案。" in second.get(do(case, "confirm_opening")).content.decode()
        assert second.post(do(case, "confirm_opening"), {"version": case.version}).status_code == 302
        case.refresh_from_db()
        assert case.state == State.INVESTIGATING


def test_a_decision_is_typed_respondent_by_respondent(cast):
    case = make.heard(cast)
    with time_machine.travel(MONDAY + 7 * DAY, tick=False):
        typed = {
            "version": case.version, "result": "accountable", "severity": "ordinary", "facts": FACTS,
            "basis": "第二十六条", "reasons": "情节轻微。",
            "body": "efficiency_office", "responsibility_1": "direct", "rule_row_1": "3",
            "measures_1": ["admonition_talk"], "override_reason_1": "情节轻微。",
        }  # fmt: skip
        client = log_in(cast.officer)
        # 10.3: the rules propose a criticism; whoever departs from that says why.
        for left_out in ("severity", "override_reason_1"):
            assert client.post(do(case, "propose_decision"), {**typed, left_out: ""}).status_code == 200
        assert client.post(do(case, "propose_decision"), typed).status_code == 302
    decision = case.decisions.get()
    assert [part["measures"] for part in decision.parts.values()] == [["admonition_talk"]]


def test_10_5_after_a_defence_what_is_heavier_takes_evidence_added_since(cast):
    case = make.heard(cast, Measure.ADMONITION_TALK)
    with pytest.raises(Invalid):
        make.announce(case, cast, Measure.ADMONISHMENT, at=MONDAY + 5 * DAY)
    make.announce(case, cast, Measure.ADMONITION_TALK, at=MONDAY + 5 * DAY)
    inquiry.add_evidence(
        case,
        by=cast.inspector,
        at=MONDAY + 6 * DAY,
        version=case.version,
        kind="other",
        title="系统日志",
        text="系统当日正常。",
    )
    hearing.state(make.respondent_of(case), by=cast.clerk, at=MONDAY + 6 * DAY, kind="waiver")
    case.refresh_from_db()
    make.announce(case, cast, Measure.ADMONISHMENT, at=MONDAY + 7 * DAY)
    assert case.state == State.DEFENCE


def test_the_board_counts_what_one_may_know_of(cast):
    make.clue(cast)
    board = reverse("accountability:faults")
    assert "线索待核" in log_in(cast.officer).get(board).content.decode()
    assert "线索待核" not in log_in(cast.district_officer).get(board).content.decode()
    assert log_in(cast.clerk).get(board).status_code == 404
