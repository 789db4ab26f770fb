"""What the records did to a sheet is lifted by two persons, before publication and after it (docs/domain.md 8.6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accountability.faults.words import Against, Body, FaultType, Measure, Severity
from accountability.models import Sanction
from efficiency.organs.models import Role
from targets.appraisal import commendation, computing, lifting, offers, office_score, upheld
from targets.appraisal.deductions import Event
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import DeductionCause, DeductionKind, Grade, Group, Ruling
from targets.appraisal.grading import Terms, counting, grade
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.appraisal.results import Adjusted, SheetOut
from targets.models import Adjustment, Snapshot
from tests.factories import appraising as make
from tests.factories import sanctions
from tests.factories.cases import local
from tests.factories.staff import seat
from tests.soundness import violated

OWN = ("appraisal", "sheet")
LATER = make.PUBLISHED + timedelta(days=2)


def criticise(cast):
    """Impose a criticism for a grave fault: two points, and no grade above qualified."""
    return sanctions.impose(
        cast.city.construction,
        None,
        officer=cast.officer,
        head=cast.head,
        at=local(2026, 5, 11),
        measure=Measure.CIRCULATED_CRITICISM,
        against=Against.ORGAN,
        responsibility="",
        body=Body.LEADING_GROUP,
        severity=Severity.GRAVE,
        fault_type=FaultType.OVERDUE,
    )


@pytest.fixture
def shown(cast):
    """An organ of 85 points that a grave criticism cost two of them and every grade above qualified; it objected."""
    criticise(cast)
    appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    assert (sheet.total, sheet.grade, sheet.cap_reason) == (Decimal(83), Grade.QUALIFIED, "grave_fault")
    make.object_to(sheet, by=cast.leader)
    return appraisal


def propose(sheet, cause, *, by, at=make.CONCLUDED, **fields):
    event = sheet.deductions.get(cause=cause).pk
    given = {"event": event, "reason": "经复查，不构成严重过错。"} | fields
    made = lifting.propose_lifting(sheet, by=by, at=at, version=sheet.version, **given)
    return Adjustment.objects.get(pk=made.data["adjustment"])


def test_an_upheld_objection_lifts_a_veto_of_the_records_and_after_publication_its_points(cast, shown):
    sheet = make.sheet_of(shown, cast.city.construction)
    with pytest.raises(Invalid):  # nothing is upheld yet
        propose(sheet, "grave_fault", by=cast.appraiser, objection=sheet.objections.get().pk)
    make.rule(sheet, by=cast.other_officer, outcome=Ruling.UPHELD)
    lifted = propose(sheet, "grave_fault", by=cast.appraiser, objection=sheet.objections.get().pk)
    with pytest.raises(NotInState):  # once
        propose(sheet, "grave_fault", by=cast.other_appraiser)
    for party in (cast.appraiser, cast.other_officer):  # docs/trust.md Z-10: who proposed, and who upheld
        with pytest.raises(NotAllowed):
            make.confirm(sheet, lifted, by=party, at=make.CONCLUDED)
    sheet.refresh_from_db()
    assert (sheet.is_vetoed, sheet.grade) == (True, Grade.QUALIFIED)

    make.confirm(sheet, lifted, by=cast.officer, at=make.CONCLUDED)

    assert (sheet.total, sheet.is_vetoed, sheet.cap, sheet.grade) == (Decimal(83), False, "", Grade.GOOD)
    assert upheld.is_put_right(sheet.objections.get())
    assert [words for words in commendation.lost(sheet) if "否决" in words or "veto" in words] == []
    assert violated(*OWN) == []

    shown.refresh_from_db()
    for step in (A.RULED, A.WITH_LEADING_GROUP, A.PUBLISHED):
        make.LEAD[step](shown, cast)
    sheet = make.sheet_of(shown, cast.city.construction)
    points = propose(sheet, "criticism", by=cast.appraiser, at=LATER, reason="处分已撤销。")
    make.confirm(sheet, points, by=cast.officer, at=LATER)
    assert (sheet.total, sheet.deducted, sheet.grade) == (Decimal(85), Decimal(0), Grade.GOOD)
    assert commendation.lost(sheet) == ()
    assert violated(*OWN) == []

    back = make.revoke(sheet, points, by=cast.appraiser, at=LATER, reason="撤销决定又被改变。")
    make.confirm(sheet, back, by=cast.officer, at=LATER)
    assert sheet.total == Decimal(83)
    first = Snapshot.objects.earliest("number")
    of = computing.adjustments_of(shown, by=first.at)[sheet.pk]
    assert [each.lifts and each.lifts[0] for each in of] == ["grave_fault"]
    assert violated(*OWN) == []


def test_computing_anew_puts_right_a_veto_that_fell_away_though_the_score_stays(cast):
    sanction = criticise(cast)
    appraisal = make.prepare(cast)
    for step in (A.SELF_SCORING, A.SCORED, A.SHOWN):
        make.LEAD[step](appraisal, cast)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    make.object_to(sheet, by=cast.leader)
    make.rule(sheet, by=cast.other_officer, outcome=Ruling.UPHELD)
    before = (sheet.total, sheet.is_vetoed)
    Sanction.objects.filter(pk=sanction.pk).update(state="revoked", revoked_at=make.RULED, revoked_by=cast.head)

    appraisal.refresh_from_db()
    office_score.recompute(
        appraisal, by=cast.appraiser, at=make.CONCLUDED, version=appraisal.version, reason="处分已撤销。"
    )

    sheet = make.sheet_of(appraisal, cast.city.construction)
    assert (before, sheet.total, sheet.is_vetoed) == ((Decimal(0), True), Decimal(0), False)
    assert upheld.is_put_right(sheet.objections.get())


def test_Z10_whoever_upheld_an_objection_does_not_propose_it(cast, shown):
    sheet = make.sheet_of(shown, cast.city.construction)
    make.rule(sheet, by=cast.other_officer, outcome=Ruling.UPHELD)
    seat(Role.APPRAISAL_OFFICER, cast.city.office, user=cast.other_officer)

    with pytest.raises(NotAllowed):
        propose(sheet, "grave_fault", by=cast.other_officer)
    offered = {each.name: each.why_not for each in offers.of_sheet(sheet, cast.other_officer, at=make.CONCLUDED)}
    assert offered["propose_lifting"]


def test_by_its_pages_where_what_is_lifted_stays_and_is_marked(cast, shown, client):
    sheet = make.sheet_of(shown, cast.city.construction)

    def send(action, **typed):
        form = client.get(reverse("admin:targets_sheet_do", args=[sheet.pk, action])).context["form"]
        hidden = {"version": form["version"].value(), "token": form["token"].value()}
        return client.post(reverse("admin:targets_sheet_do", args=[sheet.pk, action]), hidden | typed)

    with time_machine.travel(make.CONCLUDED, tick=False):
        client.force_login(cast.appraiser)
        event = sheet.deductions.get(cause="grave_fault").pk
        assert send("propose_lifting", event=event, reason="经复查，不构成严重过错。").status_code == 302
        client.force_login(cast.officer)
        deciding = client.get(reverse("admin:targets_sheet_do", args=[sheet.pk, "confirm_adjustment"])).content.decode()
        assert send("confirm_adjustment", adjustment=Adjustment.objects.get().pk).status_code == 302
        client.force_login(cast.leader)
        page = client.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).content.decode()

    # A second person reads what it is that is lifted, of which day, and who proposed it.
    assert "取消“重大过错责任追究案件 · 2026-05-11 · 一票否决（最高合格）”：经复查" in deciding
    assert f"{cast.appraiser}于2026-07-22提请" in deciding
    assert "一票否决（已取消，不再计入）：合格" in page
    assert "通报批评，2026-05-11" in page
    assert "经复查，不构成严重过错。" in page


def caps(number, cause, cap):
    return [Event(DeductionKind.CAP, cause, cap=cap, model="x", object_id=pk) for pk in range(number)]


@pytest.mark.parametrize(
    ("group", "cause", "cap", "number", "lifted", "left"),
    [
        (Group.TOWNS, DeductionCause.CRITICISM, "good", 2, 1, []),
        (Group.TOWNS, DeductionCause.RED_CARDS, "good", 4, 1, ["good"] * 3),
        (Group.TOWNS, DeductionCause.RED_CARDS, "good", 3, 1, []),
        (Group.TOWNS, DeductionCause.LETTER_UNSIGNED, "good", 2, 1, ["good"]),
        (Group.POSTS, DeductionCause.ADMONISHMENT, "incompetent", 3, 1, ["basically_competent"] * 2),
        (Group.POSTS, DeductionCause.ADMONISHMENT, "incompetent", 3, 2, ["competent"]),
        (Group.POSTS, DeductionCause.CRITICISM, "competent", 2, 1, ["competent"]),
        (Group.POSTS, DeductionCause.ADMONISHMENT, "incompetent", 3, 0, ["incompetent"] * 3),
    ],
)
def test_what_is_left_limits_as_so_many_do(group, cause, cap, number, lifted, left):
    events = caps(number, cause, cap)
    found = counting(events, {each.key for each in events[:lifted]}, is_person=group == Group.POSTS)
    assert [each.cap for each in found] == left


def test_8_6_a_lifted_red_card_parts_no_tie():
    def of(pk, red, lifted=()):
        events = [Event(DeductionKind.CAP, DeductionCause.RED_CARDS, cap="good", model="x", object_id=n) for n in red]
        lifts = [Adjusted(n, Decimal(0), lifts=events[n].key) for n in lifted]
        return SheetOut(
            pk, pk, None, None, Group.TOWNS, blocks_total=Decimal(95), deductions=events, adjustments=lifts,
            red_cards=len(red),
        )  # fmt: skip

    # Of four one may be excellent: whose three red cards are one, as two are lifted, before those who have two.
    sheets = [of(1, range(3), lifted=[0, 1]), of(2, []), of(3, []), of(4, [])]
    for sheet in sheets[1:]:
        sheet.red_cards = 2

    grade(sheets, Terms())

    assert [sheet.grade for sheet in sheets] == [Grade.EXCELLENT, Grade.GOOD, Grade.GOOD, Grade.GOOD]
