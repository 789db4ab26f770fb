"""Open matters of an organ that ends go over to the one that follows (docs/domain.md 5, 7, 13.14)."""

from datetime import timedelta

import pytest

from complaints.matters import invariants, reporting, silence
from complaints.models import Matter, MatterReport
from efficiency import succession
from efficiency.deadlines import ending
from efficiency.deadlines.actions import of_subject
from efficiency.organs.models import Post
from efficiency.refusals import Invalid
from tests.complaints.matters.conftest import NOW
from tests.factories.matters import make_item, make_key, said
from tests.factories.staff import seat
from tests.moments import local

pytestmark = pytest.mark.django_db
MONDAY = local("2026-03-02 10:00")
DAY = timedelta(days=1)


@pytest.fixture
def head(city):
    return seat("office_officer", city.office, "approver")


def hand_over(city, head, at=NOW):
    return succession.hand_over(city.construction, by=head, at=at, successor=city.tax, reason="机构改革合并")


def promise(matter, kind="complaints.matter"):
    return of_subject(matter).get(kind=kind)


def accepted(number, at=MONDAY, **fields):
    return said("accepted", at, number, item="JS-1", **fields)


def differs() -> int:
    return (
        invariants.course_differs()
        + invariants.promise_differs()
        + invariants.reports_of_others()
        + invariants.not_deemed()
    )


def at_tax(city, *given, at=NOW + DAY):
    taken = reporting.report(given, organ=city.tax, key=make_key(city.tax), at=at)
    assert not taken.rejected


def test_13_14_open_matters_go_over_as_they_stand_and_are_reported_on_by_the_organ_that_follows(bureau, city, head):
    post = Post.objects.create(organ=city.construction, code="JS-9", name="审批岗", rank="handler", since=MONDAY.date())
    bureau.report(
        accepted("running", post="JS-9"),
        accepted("stopped"),
        said("suspended", MONDAY + DAY, "stopped", ground="expert"),
        said("received", MONDAY, "announced", item="JS-1"),
        said("notice", MONDAY, "announced"),
        accepted("granted"),
        said("finished", MONDAY + DAY, "granted", outcome="granted"),
        accepted("refused"),
        said("finished", MONDAY + DAY, "refused", outcome="refused", reason="conditions"),
    )
    due = {number: promise(bureau.matter(number)).due_at for number in ("running", "stopped")}
    assert promise(bureau.matter("running")).post == post
    [line] = succession.going_over(city.construction, viewer=head)
    assert line.startswith("4"), "running, stopped, announced, and a licence that was not handed over"

    assert hand_over(city, head)["matters"] == 4

    moved = {each.external_id: each for each in Matter.objects.filter(organ=city.tax)}
    assert set(moved) == {"running", "stopped", "announced", "granted"}
    assert bureau.matter("refused").state == "finished", "what was settled stays with the organ that did it"
    for number in ("running", "stopped"):
        owed = promise(moved[number])
        assert (owed.organ, owed.post, owed.due_at) == (city.tax, None, due[number]), "no clock moves"
    assert promise(moved["granted"]).organ == city.construction, "its decision is the account of who made it"
    assert promise(moved["granted"], "complaints.matter_delivery").organ == city.tax
    assert ending.running({city.construction.pk: NOW.date()}) == {}, "nothing of them keeps the organ from ending"
    assert differs() == 0

    make_item(city.tax, "DS-1")
    at_tax(
        city,
        said("finished", NOW, "running", outcome="granted"),
        said("resumed", NOW, "stopped"),
        said("accepted", NOW, "announced", item="DS-1"),
        said("delivered", NOW, "granted"),
    )
    moved = {each.external_id: each for each in Matter.objects.filter(organ=city.tax)}
    assert [moved[number].state for number in ("running", "stopped", "announced", "granted")] == [
        *("finished", "running", "running", "finished"),
    ]
    decided = promise(moved["running"])
    assert (decided.organ, decided.post, decided.state) == (city.tax, None, "met"), "the post of before is none of its"
    assert promise(moved["granted"]).organ == city.construction, "a later report does not move what was counted"
    assert promise(moved["granted"], "complaints.matter_delivery").state == "met"
    assert MatterReport.objects.filter(matter__external_id="running", organ=city.construction).count() == 1
    assert differs() == 0


def test_9_8_a_receipt_that_nobody_answers_counts_as_an_acceptance_at_the_organ_that_follows(bureau, city, head):
    bureau.report(said("received", MONDAY, "A-1", item="JS-1"), at=MONDAY)
    hand_over(city, head, at=MONDAY + DAY)
    assert silence.deem_accepted(at=NOW) == 1
    matter = Matter.objects.get()
    assert (matter.organ, matter.state, promise(matter).organ) == (city.tax, "running", city.tax)
    assert differs() == 0


def test_a_matter_whose_number_the_organ_that_follows_has_goes_over_with_the_code_of_the_one_before(bureau, city, head):
    make_item(city.tax, "DS-1")
    long = "A" * 55
    bureau.report(accepted("A-1"))
    at_tax(city, said("accepted", MONDAY, "A-1", item="DS-1"), said("accepted", MONDAY, long, item="DS-1"))
    hand_over(city, head)
    numbers = set(Matter.objects.filter(organ=city.tax).values_list("external_id", flat=True))
    assert numbers == {"A-1", long, "440600-JS/A-1"}
    bureau.report(accepted(long))
    with pytest.raises(Invalid, match=long):
        hand_over(city, head)
    assert bureau.matter(long).state == "running", "all or nothing"
