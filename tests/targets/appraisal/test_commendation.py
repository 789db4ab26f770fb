"""Who gets no commendation, and why: said on the sheet as it was known at its moment (docs/domain.md 8.5, 8.6)."""

import io
from datetime import date

import openpyxl
import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accountability.faults import sanctions
from accountability.faults.words import Body, Measure, Severity
from accountability.models import Sanction
from complaints.models import Case
from targets.appraisal import commendation
from targets.appraisal.enums import DeductionCause, DeductionKind, Subject
from tests.factories import appraisal as make
from tests.factories import sanctions as make_sanctions
from tests.targets.appraisal import year
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db

CRITICISED = "本年度不得评优评先：自2026-09-10起通报批评。"


@pytest.fixture
def of_organ(cast):
    appraisal = make.make_appraisal(cast.city.office, cast.head, state="scored")
    return make.make_sheet(appraisal, cast.city.construction)


@pytest.fixture
def of_person(cast):
    appraisal = make.make_appraisal(cast.city.office, cast.head, state="scored", subject=Subject.POST)
    return make.make_sheet(appraisal, cast.city.construction, post=cast.post, person=cast.clerk)


def test_8_5_nothing_took_it_away(of_organ, of_person):
    assert commendation.lost(of_organ) == commendation.lost(of_person) == ()


def test_8_5_a_measure_takes_it_from_whom_it_is_against(cast, of_organ, of_person):
    year.criticism(cast)

    assert commendation.lost(of_organ) == (CRITICISED,)
    assert commendation.lost(of_person) == ()


def test_8_3_what_came_to_be_known_later_does_not_count(cast, of_organ):
    year.criticism(cast)
    of_organ.appraisal.as_of = year.local("2026-09-10 09:00")

    assert commendation.lost(of_organ) == ()


def test_8_6_a_veto_takes_it_from_the_organ(of_organ):
    of_organ.deductions.create(kind=DeductionKind.VETO, cause=DeductionCause.NOT_SIGNED, cap="qualified")

    assert commendation.lost(of_organ) == (f"本年度不得评优评先：一票否决，{DeductionCause.NOT_SIGNED.label}。",)


@pytest.mark.parametrize(
    ("cards", "found"),
    [
        (["yellow 2026-03-02", "yellow 2026-03-03", "yellow 2026-04-01"], ()),
        (["yellow 2026-01-05"] + ["yellow 2026-03-31"] * 2, ("第1季度不得评优评先：黄牌3张，红牌0张。",)),
        (["red 2026-07-01"], ("第3季度不得评优评先：黄牌0张，红牌1张。",)),
    ],
)
def test_8_5_three_yellow_cards_or_a_red_one_take_the_quarter(cast, of_person, cards, found):
    for each in cards:
        colour, day = each.split()
        rows.card(
            cast.city.construction, colour, at=year.local(f"{day} 10:00"), by=(cast.inspector, cast.officer),
            person=cast.clerk,
        )  # fmt: skip

    assert commendation.lost(of_person) == found


def test_8_5_a_revoked_card_takes_nothing(cast, of_person):
    card = rows.card(
        cast.city.construction,
        "red",
        at=year.local("2026-07-01 10:00"),
        by=(cast.inspector, cast.officer),
        person=cast.clerk,
    )
    type(card).objects.filter(pk=card.pk).update(
        state="revoked", revoked_at=year.local("2026-07-09 10:00"), revoke_reason="appeal"
    )

    assert commendation.lost(of_person) == ()


def test_8_5_the_sheet_says_so_wherever_it_is_read(cast, of_organ):
    year.criticism(cast)
    client = Client()
    client.force_login(cast.appraiser)

    for address in (
        reverse("admin:targets_sheet_change", args=[of_organ.pk]),
        reverse("targets:sheet", args=[of_organ.pk]),
    ):
        assert CRITICISED in client.get(address).content.decode()
    answer = client.get(reverse("targets:sheet_file", args=[of_organ.pk, "xlsx"]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert ("评优评先", CRITICISED) in {row[:2] for row in book.active.iter_rows(values_only=True)}
    where = reverse("targets:sheet_file", args=[of_organ.pk, "pdf"])
    pages = PdfReader(io.BytesIO(client.get(where).content)).pages
    assert CRITICISED in "".join(page.extract_text() for page in pages).replace("\n", "")


def test_8_6_a_grave_fault_vetoes_once_the_other_body_imposed_the_measure_and_is_told_as_open_meanwhile(
    cast, of_organ, of_person
):
    (proposal,) = sanctions.impose(
        [
            make_sanctions.draft(
                cast.city.construction,
                cast.clerk,
                measure=Measure.DEMERIT,
                severity=Severity.GRAVE,
                body=Body.APPOINTING,
            )
        ],
        proposed_by=cast.officer,
        by=cast.head,
        at=year.local("2026-09-10 10:00"),
        decided_on=date(2026, 9, 10),
    )
    told = ("尚待其他机关答复：2026-09-10已建议给予记过；一经作出处分，即适用一票否决。",)
    assert (commendation.lost(of_organ), commendation.pending(of_organ, cast.officer)) == ((), told)
    assert len(commendation.pending(of_person, cast.officer)) == 1
    # From whichever account of the person.
    of_person.accounts, of_person.person_id = [cast.clerk.pk, cast.colleague.pk], cast.colleague.pk
    assert len(commendation.pending(of_person, cast.officer)) == 1
    of_person.refresh_from_db(fields=["accounts", "person"])
    # Who does not know of a proposal does not read of it here: neither the organ nor the person.
    for nobody in (cast.leader, cast.clerk):
        assert commendation.pending(of_organ, nobody) == commendation.pending(of_person, nobody) == ()
    # What was not imposed is as if it had never been; as of the sheet's moment it was open.
    answered = {"by": cast.head, "body": Body.APPOINTING, "body_name": "佛山市建设局", "measure": None}
    sanctions.record_result(
        proposal,
        **answered,
        at=year.local("2027-03-01 10:00"),
        decision_number="佛建〔2027〕2号",
        decided_on=date(2027, 2, 26),
    )
    assert commendation.pending(of_organ, cast.officer) == told
    of_organ.appraisal.as_of = year.local("2027-03-02 10:00")
    assert commendation.pending(of_organ, cast.officer) == ()


def test_8_6_a_veto_takes_it_from_a_person_too_by_the_records_and_by_hand(cast, of_person):
    of_person.deductions.create(kind=DeductionKind.VETO, cause=DeductionCause.FALSE_DATA, cap="competent")
    of_person.adjustments.create(
        veto=DeductionCause.INTEGRITY, reason="严重违纪。", state="confirmed", proposed_by=cast.appraiser,
        proposed_at=make.LATER, confirmed_by=cast.officer, confirmed_at=make.LATER,
    )  # fmt: skip
    # The lowest limit may come from something else than the veto.
    of_person.is_vetoed, of_person.cap, of_person.cap_reason = True, "incompetent", DeductionCause.ADMONISHMENT

    causes = (DeductionCause.FALSE_DATA.label, DeductionCause.INTEGRITY.label)
    assert commendation.lost(of_person) == tuple(f"本年度不得评优评先：一票否决，{cause}。" for cause in causes)


def test_8_6_a_lifted_sanction_costs_none_though_a_complaint_bears_the_same_number(cast, of_organ):
    sanction = year.criticism(cast)
    for model, cause in ((Sanction, DeductionCause.CRITICISM), (Case, DeductionCause.ARBITRARIES)):
        of_organ.deductions.create(
            kind=DeductionKind.POINTS, cause=cause, points=2, object_id=sanction.pk,
            content_type=ContentType.objects.get_for_model(model),
        )  # fmt: skip
    of_organ.adjustments.create(
        lifts_cause=DeductionCause.CRITICISM, lifts_model="accountability.sanction", lifts_id=sanction.pk,
        reason="已撤销。", state="confirmed", proposed_by=cast.appraiser, proposed_at=make.LATER,
        confirmed_by=cast.officer, confirmed_at=make.LATER,
    )  # fmt: skip

    assert commendation.lost(of_organ) == ()
