"""What the office sets appraisals by: two persons, from a day on, and never for what has begun (docs/domain.md 8.6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from targets.appraisal import computing, opinions, preparing, snapshots, terms
from targets.appraisal.enums import Grade, OpinionKind
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.models import AppraisalTerms, Opinion
from tests.factories import appraising as make
from tests.factories.cases import local

ADD = "/admin/targets/appraisalterms/add/"
MAY = local(2026, 5, 6)
SINCE = date(2026, 7, 1)
D = Decimal


def enter(cast, *, by=None, at=MAY, valid_from=SINCE, **numbers):
    given = {"reason": "领导小组2026年第3次会议", "numbers": {name: D(value) for name, value in numbers.items()}}
    return terms.enter(cast.city.office, by=by or cast.appraiser, at=at, valid_from=valid_from, **given)


def test_an_appraisal_begins_with_the_defaults_where_nothing_was_confirmed(cast):
    enter(cast, organ_excellent="95")

    held = terms.numbers_of(terms.held(cast.city.office.pk, at=make.BEGUN))
    assert (held["organ_excellent"], held["share"], held["least"], held["most_bonus"]) == (90, 25, 1, 3)
    assert (held["opinion_peer"], held["opinion_leader"], held["cost_criticism"]) == (40, 60, 2)


def test_Z10_they_hold_once_the_head_who_did_not_enter_them_confirms(cast):
    row = enter(cast, organ_excellent="95")
    assert enter(cast, organ_excellent="95") == row  # the same form twice
    for other in (cast.appraiser, cast.officer, cast.other_appraiser, cast.leader):
        with pytest.raises(NotAllowed):
            terms.confirm(row, by=other, at=MAY)

    terms.confirm(row, by=cast.head, at=MAY)

    with pytest.raises(NotInState):
        terms.confirm(row, by=cast.other_head, at=MAY)
    office = cast.city.office.pk
    assert terms.numbers_of(terms.held(office, at=local(2026, 6, 30)))["organ_excellent"] == 90
    assert terms.numbers_of(terms.held(office, at=local(2026, 7, 1)))["organ_excellent"] == 95
    with pytest.raises(NotAllowed):
        enter(cast, by=cast.officer, organ_excellent="96")


@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("organ_excellent", {"organ_excellent": "79"}),
        ("person_excellent", {"person_competent": "91"}),
        ("share", {"share": "101"}),
        ("least", {"least": "0.5"}),
        ("most_bonus", {"most_bonus": "11"}),
        ("cost_criticism", {"cost_criticism": "-1"}),
        ("opinion_peer", {"opinion_peer": "50"}),
        ("reason", {}),
    ],
)
def test_numbers_fit_each_other_and_change_something(cast, field, numbers):
    with pytest.raises(Invalid) as refused:
        enter(cast, **numbers)
    assert refused.value.field == field
    with pytest.raises(Invalid):
        enter(cast, valid_from=MAY.date(), least="2")


def test_8_6_what_begins_afterwards_is_graded_by_them_and_proven_and_what_has_begun_keeps_its_own(cast):
    opinions_of_leaders = {"opinion_peer": "0", "opinion_leader": "100"}
    row = enter(cast, organ_excellent="84", share="100", most_bonus="5", cost_criticism="4", **opinions_of_leaders)
    terms.confirm(row, by=cast.head, at=MAY)
    appraisal = make.lead(make.prepare(cast), cast, make.A.SCORED)
    later = enter(cast, at=make.BEGUN, valid_from=date(2026, 7, 3), organ_excellent="99")
    terms.confirm(later, by=cast.head, at=make.BEGUN)
    sheet = make.sheet_of(appraisal, cast.city.construction)

    assert sheet.grade == Grade.EXCELLENT
    made = make.propose(sheet, by=cast.appraiser, points="5")
    make.confirm(sheet, made, by=cast.officer)
    assert (sheet.total, sheet.bonus) == (D(90), D(5))
    with pytest.raises(Invalid):
        make.propose(sheet, by=cast.appraiser, points="0.5")
    for kind, score in ((OpinionKind.PEER, 50), (OpinionKind.LEADER, 80)):
        Opinion.objects.create(sheet=sheet, kind=kind, by=cast.leader, at=make.COMPUTED, score=score)
    assert opinions.summary(sheet).rounded == D(80)

    appraisal.refresh_from_db()
    assert appraisal.terms["points"]["criticism"] == "4"
    computing.compute(appraisal, at=make.SHOWN)
    assert snapshots.differences(snapshots.take(appraisal, by=cast.head, at=make.SHOWN)) == []


def test_by_its_pages_from_what_a_what_if_imagined(cast, client):
    with time_machine.travel(MAY, tick=False):
        client.force_login(cast.appraiser)
        form = client.get(f"{ADD}?organ_excellent=95&cost_criticism=4").context["form"]
        typed = {name: form[name].value() for name in form.fields}
        assert (typed["organ_excellent"], typed["cost_criticism"], typed["organ_good"]) == ("95", "4", "80")
        typed |= {"office": cast.city.office.pk, "reason": "领导小组会议", "valid_from": SINCE.isoformat()}
        assert client.post(ADD, typed | {"organ_good": "96"}).context["form"].errors
        sent = client.post(ADD, typed)
        row = AppraisalTerms.objects.get()
        confirm = f"/admin/targets/appraisalterms/{row.pk}/confirm/"
        assert confirm not in client.get(sent.url).content.decode()
        assert client.get(confirm).status_code == 403
        client.force_login(cast.head)
        assert confirm in client.get(sent.url).content.decode()
        page = client.get(confirm).content.decode()
        assert "90 → 95" in page
        assert "2 → 4" in page
        assert client.post(confirm).status_code == 302
        client.force_login(cast.district_head)
        assert client.get(sent.url).status_code == 404
    row.refresh_from_db()
    assert row.confirmed_by == cast.head
    assert MAY + timedelta(0) == row.confirmed_at
    assert preparing.terms.numbers_of(row.terms)["organ_excellent"] == 95
