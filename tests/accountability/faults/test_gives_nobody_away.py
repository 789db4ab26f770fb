"""Nothing in a fault case tells who complained (docs/trust.md P-06), whatever its clue was made of."""

import pytest
from django.contrib.contenttypes.models import ContentType

from accountability.faults import appealing, clues, deciding, inquiry, papers, telling
from accountability.faults.enums import ClueKind, EvidenceKind
from accountability.models import Clue, FaultCase
from complaints.models import Case
from complaints.refusals import GivesAway
from efficiency.audit.models import AuditRecord
from efficiency.refusals import Invalid
from tests.factories import faults as make
from tests.factories.cases import file
from tests.factories.faults import DAY, MONDAY

pytestmark = pytest.mark.django_db
NAME = "投诉人陈小明所述"


@pytest.fixture
def complaint(cast):
    found = file(cast, at=MONDAY).case
    Case.objects.filter(pk=found.pk).update(outcome="upheld", state="closed", closed_at=MONDAY, office=cast.city.office)
    found.refresh_from_db()
    return found


@pytest.fixture
def of_card(cast, complaint):
    """Return the case of a red card about the complaint: the commonest clue."""
    make.red_card(cast, content_type=ContentType.objects.get_for_model(Case), object_id=complaint.pk)
    clues.collect(at=MONDAY)
    return FaultCase.objects.get()


def lead_to(cast, case, way):
    """Have the clue of a case on its way rest on a complaint as well."""
    led = make.WAYS[way](cast)
    Clue.objects.create(case=led, kind=ClueKind.COMPLAINT, complaint=case, received_at=MONDAY)
    return led


def refusals():
    return list(AuditRecord.objects.filter(outcome="refused").values_list("action", "detail__refusal"))


def test_P06_the_complaint_behind_a_red_card_is_compared_as_well(cast, of_card, complaint):
    assert telling.complaints_of(of_card) == [complaint]
    clues.take_up(of_card, by=cast.officer, at=MONDAY, version=of_card.version)
    with pytest.raises(GivesAway):
        clues.record_facts(
            of_card,
            by=cast.officer,
            at=MONDAY,
            version=of_card.version,
            facts=NAME,
            fault_type="overdue",
            fault_on=MONDAY.date(),
        )
    # P-04, L-01: whoever tries name after name is seen.
    assert refusals() == [("fault.record_facts", "GivesAway")]


def test_10_5_the_named_complainant_behind_a_red_card_is_told_why_it_was_declined(cast, of_card, complaint):
    assert telling.named_complaints(of_card) == [complaint]
    clues.take_up(of_card, by=cast.officer, at=MONDAY, version=of_card.version)
    given = {"ground": "unfounded", "text": "查无实据。"}
    with pytest.raises(Invalid) as refused:
        clues.propose_declining(of_card, by=cast.officer, at=MONDAY, version=of_card.version, **given)
    assert refused.value.field == "told"
    clues.propose_declining(
        of_card, by=cast.officer, at=MONDAY, version=of_card.version, told="经核实，不予立案。", **given
    )
    clues.confirm_declining(of_card, by=cast.second, at=MONDAY, version=of_card.version)
    assert complaint.events.get(action="tell_of_inquiry").public_text == (
        "经核实，不予立案。\n对不予立案追究的决定不满意的，可以向同级监察机关反映。"
    )


def test_P04_a_refused_clue_is_on_record_with_and_without_the_token_of_a_form(cast, complaint):
    with pytest.raises(GivesAway):
        make.clue(cast, kind=ClueKind.COMPLAINT, complaint=complaint, text=NAME)
    case = lead_to(cast, complaint, "deciding")
    with pytest.raises(GivesAway):
        make.decide(case, cast, at=MONDAY + 7 * DAY, facts=NAME, token="form")
    assert refusals() == [("fault.register", "GivesAway"), ("fault.propose_decision", "GivesAway")]


def test_P06_title_basis_service_and_ruling_are_compared(cast, complaint):
    case = lead_to(cast, complaint, "deciding")
    at = MONDAY + 7 * DAY
    with pytest.raises(GivesAway):
        inquiry.add_evidence(
            case, by=cast.inspector, at=at, version=case.version, kind=EvidenceKind.OTHER, title=NAME, text="无人值守。"
        )
    with pytest.raises(GivesAway):
        make.decide(case, cast, at=at, basis=NAME)
    make.decide(case, cast, at=at)
    row, day = make.respondent_of(case), at.date()
    served = {"respondent": row, "served_on": day, "organ_served_on": day}
    with pytest.raises(GivesAway):
        deciding.serve(case, by=cast.officer, at=at, version=case.version, how=NAME, **served)
    deciding.serve(case, by=cast.officer, at=at, version=case.version, how="直接送达", **served)
    appealing.appeal(make.respondent_of(case), by=cast.clerk, at=at + DAY, reasons="处理过重。")
    case.refresh_from_db()
    with pytest.raises(GivesAway):
        appealing.propose_ruling(
            case,
            by=cast.second,
            at=at + DAY,
            version=case.version,
            appeal=appealing.open_appeals(case)[0],
            result="upheld",
            text=NAME,
        )


def test_Z02_the_decision_names_what_was_released_and_of_the_rest_kind_and_number(cast):
    case = make.heard(cast)
    given = {"kind": "other", "title": "证人谈话", "text": "属实。"}
    inquiry.add_evidence(case, by=cast.inspector, at=MONDAY + 4 * DAY, version=case.version, **given)
    row = make.respondent_of(case)
    first = case.evidence.get(number=1)
    inquiry.release_evidence(
        case, by=cast.inspector, at=MONDAY + 4 * DAY, version=case.version, evidence=first, respondent=row
    )
    make.decide(case, cast, at=MONDAY + 7 * DAY)
    section = next(each for each in papers.decision(row).sections if each.heading == "证据")
    assert section.paragraphs[0] == "1．询问笔录"
    assert section.paragraphs[1].startswith("2．")
    assert "证人谈话" not in section.paragraphs[1]
