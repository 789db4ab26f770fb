"""What is put right after publication, who may contest it, and what fell away since (docs/domain.md 8.6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accountability.faults.words import Against, Body, FaultType, Measure, Severity
from accountability.models import Sanction
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from targets.appraisal import computing, lifting, offers, office_score, publishing, putting_right, since_gone
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import Grade, Ruling
from targets.appraisal.enums import SheetState as S
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.models import Adjustment, AppraisalEvent, Snapshot
from tests.factories import appraising as make
from tests.factories import sanctions
from tests.factories.cases import local
from tests.factories.staff import seat
from tests.soundness import violated

OWN = ("appraisal", "sheet")
LATER = local(2026, 8, 3)
# 105 days after publication, on 9 November.
SETTLED = make.PUBLISHED + publishing.APPEALS
D = Decimal
SAID = "通报批评 · 2026-05-11 · −2.00"


def correct(sheet, points, *, by, at=LATER):
    made = putting_right.propose_correction(
        sheet, by=by, at=at, version=sheet.version, points=D(points), reason="评议得分50应为95。"
    )
    return Adjustment.objects.get(pk=made.data["adjustment"])


def close(appraisal, *, by, at):
    appraisal.refresh_from_db()
    publishing.close(appraisal, by=by, at=at, version=appraisal.version)


def criticise(cast):
    """Impose a criticism of the construction bureau for a grave fault."""
    return sanctions.impose(
        cast.city.construction, None, officer=cast.officer, head=cast.head, at=local(2026, 5, 11),
        measure=Measure.CIRCULATED_CRITICISM, against=Against.ORGAN, responsibility="", body=Body.LEADING_GROUP,
        severity=Severity.GRAVE, fault_type=FaultType.OVERDUE,
    )  # fmt: skip


def test_an_error_beyond_three_points_is_put_right_by_two_persons_and_is_no_bonus(cast):
    appraisal = make.lead(make.prepare(cast), cast, A.WITH_LEADING_GROUP)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    with pytest.raises(NotInState):  # before publication the figure is entered anew and all is computed anew
        correct(sheet, "3.6", by=cast.appraiser)
    make.LEAD[A.PUBLISHED](appraisal, cast)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    with pytest.raises(Invalid):
        correct(sheet, "0", by=cast.appraiser)
    error = correct(sheet, "3.6", by=cast.appraiser)
    with pytest.raises(NotAllowed):
        make.confirm(sheet, error, by=cast.appraiser, at=LATER)

    make.confirm(sheet, error, by=cast.officer, at=LATER)

    assert (sheet.total, sheet.bonus, sheet.put_right) == (D("88.60"), D(0), D("3.60"))
    (of,) = computing.adjustments_of(appraisal)[sheet.pk]
    assert of.is_error
    assert '"is_error":true' in Snapshot.objects.latest("number").content
    assert violated(*OWN) == []


def test_whoever_falls_by_a_correction_objects_and_is_ruled_on_and_the_leading_group_decides_before_it_is_final(cast):
    scores = {cast.city.construction: "85", cast.city.tax: "92"}
    appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED, scores=scores)
    sheet, other = (make.sheet_of(appraisal, organ) for organ in scores)
    make.confirm(sheet, correct(sheet, "-6", by=cast.appraiser), by=cast.officer, at=LATER)
    sheet, other = (make.sheet_of(appraisal, organ) for organ in scores)
    assert (sheet.total, sheet.grade, sheet.state, other.state) == (D(79), Grade.QUALIFIED, S.SHOWN, S.PUBLISHED)
    assert Message.objects.filter(kind="appraisal.fallen", recipient=cast.leader).exists()

    offered = {each.name for each in offers.of_sheet(sheet, cast.leader, at=LATER)}
    assert "object" in offered
    assert "object" not in {each.name for each in offers.of_sheet(other, cast.tax_leader, at=LATER)}
    make.object_to(sheet, by=cast.leader, at=LATER + timedelta(days=1))
    assert violated(*OWN) == []
    with pytest.raises(NotInState, match=r"objection|异议"):
        close(appraisal, by=cast.head, at=SETTLED)
    with pytest.raises(NotAllowed):  # Z-10: who confirmed it
        make.rule(sheet, by=cast.officer, at=local(2026, 8, 5))
    make.rule(sheet, by=cast.other_officer, at=local(2026, 8, 5), outcome=Ruling.PARTLY)
    make.confirm(
        sheet, make.put_right(sheet, by=cast.other_appraiser, at=local(2026, 8, 6), points="0.5"),
        by=cast.officer, at=local(2026, 8, 6),
    )  # fmt: skip
    assert (sheet.total, sheet.grade) == (D("79.50"), Grade.QUALIFIED)

    with pytest.raises(NotInState, match=r"leading group|领导小组"):
        close(appraisal, by=cast.head, at=SETTLED)
    appraisal.refresh_from_db()
    given = {"by": cast.officer, "version": appraisal.version, "text": "同意更正。"}
    with pytest.raises(Invalid):
        publishing.ratify(appraisal, at=LATER + timedelta(days=4), decided_on=make.PUBLISHED.date(), **given)
    publishing.ratify(appraisal, at=LATER + timedelta(days=4), decided_on=local(2026, 8, 6).date(), **given)
    appraisal.refresh_from_db()
    with pytest.raises(NotInState):  # once
        publishing.ratify(
            appraisal, at=LATER + timedelta(days=4), decided_on=local(2026, 8, 6).date(),
            **given | {"version": appraisal.version},
        )  # fmt: skip

    with pytest.raises(NotInState, match="2026-11-09"):
        close(appraisal, by=cast.head, at=SETTLED - timedelta(minutes=1))
    close(appraisal, by=cast.head, at=SETTLED)
    assert appraisal.state == A.FINAL
    assert violated(*OWN) == []


def test_what_falls_away_after_publication_is_told_and_shown_keeps_it_from_being_final_and_is_lifted_when_it_is(
    cast, client
):
    sanction = criticise(cast)
    appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    assert since_gone.tell(at=LATER) == 0
    at = local(2026, 9, 1)
    Sanction.objects.filter(pk=sanction.pk).update(state="revoked", revoked_at=at, revoked_by=cast.head)

    assert since_gone.of_appraisal(appraisal, at=LATER).events == []
    assert since_gone.tell(at=at) == since_gone.tell(at=at) == 1
    told = Message.objects.filter(kind="appraisal.gone")
    assert set(told.values_list("recipient", flat=True)) >= {cast.officer.pk, cast.appraiser.pk}
    assert len(set(told.values_list("event", flat=True))) == 1
    with time_machine.travel(at, tick=False):
        client.force_login(cast.officer)
        page = client.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).content.decode()
        assert page.count(SAID) == 1
        client.force_login(cast.leader)
        assert "已失去依据" not in client.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).content.decode()
    with pytest.raises(NotInState, match=r"fallen away|失去依据"):
        close(appraisal, by=cast.head, at=SETTLED)

    # As another office closed it in the minute of publication: lifting is possible all the same.
    appraisal.refresh_from_db()
    AppraisalEvent.objects.create(
        appraisal=appraisal, number=appraisal.version + 1, action="close", at=at, from_state=A.PUBLISHED,
        to_state=A.FINAL,
    )  # fmt: skip
    type(appraisal).objects.filter(pk=appraisal.pk).update(state=A.FINAL, version=appraisal.version + 1)
    appraisal.sheets.update(state=S.FINAL)
    for cause in ("criticism", "grave_fault"):
        sheet = make.sheet_of(appraisal, cast.city.construction)
        event = sheet.deductions.get(cause=cause).pk
        made = lifting.propose_lifting(
            sheet, by=cast.appraiser, at=at, version=sheet.version, event=event, reason="处分已撤销。"
        )
        make.confirm(sheet, Adjustment.objects.get(pk=made.data["adjustment"]), by=cast.officer, at=at)
    assert (sheet.total, sheet.grade, sheet.state) == (D(85), Grade.GOOD, S.FINAL)
    assert since_gone.of_appraisal(make.sheet_of(appraisal, cast.city.construction).appraisal, at=at).events == []
    assert violated(*OWN) == []


def test_who_falls_by_a_correction_of_what_was_final_has_the_time_to_object(cast):
    scores = {cast.city.construction: "90", cast.city.tax: "92"}
    appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED, scores=scores)
    close(appraisal, by=cast.head, at=SETTLED)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    at = SETTLED + timedelta(days=1)

    make.confirm(sheet, correct(sheet, "3", by=cast.appraiser, at=at), by=cast.officer, at=at)

    appraisal.refresh_from_db()
    other = make.sheet_of(appraisal, cast.city.tax)
    assert (appraisal.state, other.grade, other.state) == (A.PUBLISHED, Grade.GOOD, S.SHOWN)
    make.object_to(other, by=cast.tax_leader, at=at)
    assert violated(*OWN) == []


def test_S10_two_corrections_at_once_keep_the_frozen_data_of_the_first_provable(cast):
    appraisal = make.lead(make.prepare(cast), cast, A.PUBLISHED)
    sheet, other = (make.sheet_of(appraisal, organ) for organ in (cast.city.construction, cast.city.tax))
    first = make.propose(sheet, by=cast.appraiser, at=LATER)
    second = make.propose(other, by=cast.appraiser, at=LATER)
    # Both forms came in; the earlier one got the lock later.
    make.confirm(sheet, first, by=cast.officer, at=LATER + timedelta(seconds=2))
    make.confirm(other, second, by=cast.officer, at=LATER + timedelta(seconds=1))

    snapshot = Snapshot.objects.get(number=2)
    assert list(computing.adjustments_of(appraisal, by=snapshot.at)) == [sheet.pk]
    moments = list(appraisal.events.order_by("number").values_list("at", flat=True))
    assert moments == sorted(moments)


def test_Z10_whoever_upheld_an_objection_does_not_compute_anew_before_it_is_put_right(cast):
    appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
    ruler = seat(Role.OFFICE_OFFICER, cast.city.office)
    seat(Role.APPRAISAL_OFFICER, cast.city.office, user=ruler)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    make.object_to(sheet, by=cast.leader)
    make.rule(sheet, by=ruler, outcome=Ruling.UPHELD)
    appraisal.refresh_from_db()
    given = {"at": make.CONCLUDED, "version": appraisal.version, "reason": "数据更正。"}
    assert {each.name: each.why_not for each in offers.of_appraisal(appraisal, ruler, at=make.CONCLUDED)}["recompute"]

    with pytest.raises(NotAllowed):
        office_score.recompute(appraisal, by=ruler, **given)
    office_score.recompute(appraisal, by=cast.appraiser, **given)


def test_the_second_person_sees_day_effects_and_row_of_what_is_to_be_lifted(cast, client):
    criticise(cast)
    appraisal = make.lead(make.prepare(cast), cast, A.SHOWN)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    with time_machine.travel(make.CONCLUDED, tick=False):
        client.force_login(cast.appraiser)
        form = client.get(reverse("admin:targets_sheet_do", args=[sheet.pk, "propose_lifting"])).context["form"]
        assert SAID in [words for _pk, words in form.fields["event"].choices]
        event = sheet.deductions.get(cause="criticism").pk
        lifting.propose_lifting(
            sheet, by=cast.appraiser, at=make.CONCLUDED, version=sheet.version, event=event, reason="已撤销。"
        )
        client.force_login(cast.officer)
        form = client.get(reverse("admin:targets_sheet_do", args=[sheet.pk, "confirm_adjustment"])).context["form"]
        assert SAID in form.fields["adjustment"].choices[0][1]
        assert SAID in client.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).content.decode()


def test_the_first_page_names_the_own_self_scores_that_run_and_none_of_those_below(cast):
    appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)
    of_posts = make.prepare(cast, subject="post")
    make.call(of_posts, cast)
    own, others = make.sheet_of(appraisal, cast.city.construction), make.sheet_of(of_posts, cast.post)

    assert list(offers.sheets_waiting_for(cast.leader)) == [own]
    assert list(offers.sheets_waiting_for(cast.clerk)) == [others]
    # Without a plan none is owed.
    silent = appraisal.sheets.exclude(organ__in=[cast.city.construction, cast.city.tax]).exclude(plan__isnull=False)
    assert not offers.sheets_waiting_for(cast.district_head).filter(pk__in=silent).exists()
