"""The wider quota of people (docs/domain.md 8.6): recorded by one person, confirmed by a second, and what follows."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from targets.appraisal import deadlines, offers, widening
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import Grade, Subject
from targets.appraisal.enums import SheetState as S
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.models import AppraisalEvent
from tests.factories import appraising as make
from tests.factories.staff import make_user, seat
from tests.factories.targets import TargetCast
from tests.soundness import violated

APPROVED = {
    "share": 25,
    "authority": "中共佛山市委组织部",
    "paper": "佛组函〔2026〕3号",
    "approved_on": date(2026, 7, 10),
    "valid_until": date(2026, 12, 31),
}


@pytest.fixture
def appraisal(cast):
    """Four people of one organ with 93 each but one: by law nobody of four is excellent, of a quarter one is."""
    posts = [seat(Role.CLERK, cast.city.construction).tenures.get().post for _each in range(3)]
    scores = {cast.post: "95", **dict.fromkeys(posts, "93")}
    return make.lead(make.prepare(cast, subject=Subject.POST, posts=tuple(posts)), cast, A.SCORED, scores=scores)


def record(appraisal, by, *, at=make.COMPUTED, **changed):
    appraisal.refresh_from_db()
    return widening.propose_wider_quota(appraisal, by=by, at=at, version=appraisal.version, **APPROVED | changed)


def confirm(appraisal, by, *, at=make.COMPUTED):
    appraisal.refresh_from_db()
    return widening.confirm_wider_quota(appraisal, by=by, at=at, version=appraisal.version)


def excellent(appraisal) -> int:
    return appraisal.sheets.filter(grade=Grade.EXCELLENT).count()


def test_counts_once_a_second_person_confirms_the_approval(cast: TargetCast, appraisal):
    record(appraisal, cast.appraiser)
    appraisal.refresh_from_db()
    assert (appraisal.wider_quota, excellent(appraisal)) == (None, 0)

    confirm(appraisal, cast.officer)

    appraisal.refresh_from_db()
    assert (appraisal.wider_quota, excellent(appraisal)) == (25, 1)
    assert (appraisal.wider_quota_by, appraisal.wider_quota_until) == (cast.officer, date(2026, 12, 31))
    assert appraisal.wider_quota_ground == "中共佛山市委组织部 · 佛组函〔2026〕3号 · 2026-07-10 – 2026-12-31"


def test_Z10_whoever_recorded_it_does_not_confirm_not_from_another_account_either(cast, appraisal):
    twin = make_user(full_name=cast.appraiser.full_name, phone="13800000001")
    type(twin).objects.filter(pk=cast.appraiser.pk).update(phone="138 0000 0001")
    seat(Role.OFFICE_OFFICER, cast.city.office, user=twin)
    record(appraisal, cast.appraiser)

    for other in (cast.appraiser, twin):
        with pytest.raises(NotAllowed):
            confirm(appraisal, other)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("share", 26), ("share", 19), ("authority", " "), ("paper", ""), ("approved_on", date(2026, 7, 14))),
        # It has run out, or ended before the time that is appraised did.
        *(("valid_until", date(2026, 7, 12)), ("valid_until", date(2026, 6, 29))),
    ],
)
def test_names_who_approved_it_by_which_paper_and_for_how_long(cast, appraisal, field, value):
    with pytest.raises(Invalid) as refused:
        record(appraisal, cast.appraiser, **{field: value})

    assert refused.value.field == field


def test_the_quota_of_the_law_takes_it_back(cast, appraisal):
    record(appraisal, cast.appraiser)
    confirm(appraisal, cast.officer)
    record(appraisal, cast.appraiser, share=20)
    confirm(appraisal, cast.officer)

    appraisal.refresh_from_db()
    assert (appraisal.wider_quota, appraisal.wider_quota_ground, excellent(appraisal)) == (None, "", 0)


@pytest.mark.parametrize("state", [A.SCORED, A.SHOWN, A.RULED, A.WITH_LEADING_GROUP])
def test_whose_shown_grade_is_lost_with_it_is_told_and_has_the_time_to_object(cast, appraisal, state):
    record(appraisal, cast.appraiser)
    confirm(appraisal, cast.officer)
    for step in make.WAY[make.WAY.index(A.SCORED) + 1 : make.WAY.index(state) + 1]:
        appraisal.refresh_from_db()
        make.LEAD[step](appraisal, cast)
    sheet = make.sheet_of(appraisal, cast.post)
    at = make.DECIDED
    record(appraisal, cast.appraiser, at=at, share=20)
    confirm(appraisal, cast.officer, at=at)

    appraisal.refresh_from_db()
    sheet.refresh_from_db()
    event = AppraisalEvent.objects.filter(action="confirm_wider_quota").latest("number")
    assert (sheet.grade, event.data["fell"]) == (Grade.COMPETENT, [sheet.pk])
    told = set(Message.objects.filter(kind="appraisal.fallen").values_list("recipient_id", flat=True))
    if state == A.SCORED:  # nobody has read it yet
        assert (appraisal.state, told) == (A.SCORED, set())
        return
    assert (appraisal.state, sheet.state, told) == (A.SHOWN, S.SHOWN, {sheet.person_id})
    assert deadlines.is_open(sheet, deadlines.OBJECTION, at=at + timedelta(days=5))
    make.object_to(make.sheet_of(appraisal, cast.post), by=cast.clerk, at=at)
    assert violated("appraisal", "sheet") == []


def test_refused_it_does_not_count_and_cannot_be_confirmed_later(cast, appraisal):
    record(appraisal, cast.appraiser)
    appraisal.refresh_from_db()
    widening.refuse_wider_quota(
        appraisal, by=cast.officer, at=make.COMPUTED, version=appraisal.version, reason="批复与单位不符。"
    )

    with pytest.raises(NotInState):
        confirm(appraisal, cast.officer)
    assert excellent(appraisal) == 0


def test_the_leading_group_decides_again_and_what_waits_or_has_run_out_is_not_published(cast, appraisal):
    for step in (A.SHOWN, A.RULED, A.WITH_LEADING_GROUP):
        make.LEAD[step](appraisal, cast)
    make.decide(appraisal, cast)
    record(appraisal, cast.appraiser, at=make.DECIDED, valid_until=date(2026, 7, 26))
    with pytest.raises(NotInState):
        make.publish(appraisal, cast)
    confirm(appraisal, cast.officer, at=make.DECIDED)
    with pytest.raises(NotInState):
        make.publish(appraisal, cast)
    make.decide(appraisal, cast)
    with pytest.raises(NotInState):
        make.publish(appraisal, cast)  # on the 27th

    make.publish(appraisal, cast, at=make.DECIDED)
    assert excellent(appraisal) == 1


def test_there_is_none_of_organs(cast):
    appraisal = make.lead(make.prepare(cast), cast, A.SCORED)

    assert not {offer.name for offer in offers.of_appraisal(appraisal, cast.appraiser, at=make.COMPUTED)} & {
        "propose_wider_quota"
    }
    with pytest.raises(NotInState):
        record(appraisal, cast.appraiser)


def test_by_its_pages(cast, appraisal, client):
    def address(verb):
        return reverse("admin:targets_appraisal_do", args=[appraisal.pk, verb])

    def send(verb, **typed):
        form = client.get(address(verb)).context["form"]
        given = {"version": form["version"].value(), "token": form["token"].value()}
        return client.post(address(verb), given | typed)

    with time_machine.travel(make.COMPUTED, tick=False):
        client.force_login(cast.appraiser)
        assert send("propose_wider_quota", **APPROVED).status_code == 302
        assert client.get(address("confirm_wider_quota")).status_code == 403
        client.force_login(cast.officer)
        assert "佛组函〔2026〕3号" in client.get(address("confirm_wider_quota")).content.decode()
        assert send("confirm_wider_quota").status_code == 302

        page = client.get(reverse("admin:targets_appraisal_change", args=[appraisal.pk])).content.decode()

    assert AppraisalEvent.objects.filter(action="confirm_wider_quota").count() == 1
    assert "25 % · 中共佛山市委组织部 · 佛组函〔2026〕3号" in page
