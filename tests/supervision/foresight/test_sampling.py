"""Quality review by sample: drawn provably, reviewed without a part, a false closing by two (docs/domain.md 11)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accountability.models import Clue
from complaints import actions
from complaints.enums import State
from complaints.models import Case
from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.audit.append_only import GONE
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import OrganKind, Rank, Role
from supervision.foresight.sampling import access, drawing, erasing, reviewing, shares
from supervision.foresight.sampling.enums import Quality, Result
from supervision.foresight.sampling.enums import State as Sheet
from supervision.foresight.sampling.refusals import Absent, Invalid, NotAllowed, NotInState
from supervision.models import SampleDraw, SampleEvent, SampleSheet
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in
from tests.factories.foresight import draw_one
from tests.factories.staff import make_organ, seat

pytestmark = pytest.mark.django_db
AT = TUESDAY + timedelta(days=7)
ON = date(2026, 3, 3)
NEXT = date(2026, 3, 4)
ANSWERS = {"facts_checked": True, "reply_true": False, "solved": False, "contact_made": True, "quality": Quality.POOR}


@pytest.fixture
def cast():
    return make.make_cast()


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def fresh(cast) -> dict[str, User]:
    """People of the office who had no part in any case."""
    return {
        "first": seat(Role.OFFICE_OFFICER, cast.city.office),
        "second": seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER),
    }


@pytest.fixture
def sheet(cast, fresh) -> SampleSheet:
    return draw_one(case_in(State.REPLIED, cast, at=TUESDAY), cast.officer, at=AT)


@pytest.fixture
def given(cast, fresh, sheet) -> SampleSheet:
    reviewing.assign(sheet, by=cast.officer, at=AT, version=1, reviewer=fresh["first"])
    return sheet


@pytest.fixture
def proposed(given, fresh) -> SampleSheet:
    reviewing.review(
        given, by=fresh["first"], at=AT, version=2, result=Result.FALSE_CLOSING, text="现场未整改。", **ANSWERS
    )
    return given


class TestDraw:
    @pytest.fixture
    def cases(self, cast):
        """Six answered cases: one with a dissatisfied complainant, one that was handled again."""
        found = [case_in(State.REPLIED, cast, at=TUESDAY) for _each in range(5)]
        actions.evaluate(found[0], at=TUESDAY + timedelta(hours=1), grade=1, contacted_in_time=True, solved=False)
        again = case_in(State.REPORTED, cast, at=TUESDAY)
        actions.order_rework(again, by=cast.officer, at=TUESDAY, version=again.version, text="未解决")
        return [*found, again]

    def test_strata_are_drawn_whole_and_the_rest_by_its_share(self, cast, cases):
        made = drawing.draw([cast.city.construction.pk], ON, NEXT, 50, by=cast.officer, at=AT)

        strata = dict(made.sheets.values_list("case", "stratum"))
        assert (made.population, len(made.numbers)) == (6, 4)
        assert strata[cases[0].pk] == "dissatisfied"
        assert strata[cases[5].pk] == "reopened"
        assert sorted(strata.values()) == ["dissatisfied", "reopened", "rest", "rest"]

    def test_drawing_again_gives_the_same_whatever_happened_since(self, cast, cases):
        made = drawing.draw([cast.city.construction.pk], ON, NEXT, 50, by=cast.officer, at=AT)
        actions.evaluate(cases[1], at=AT + timedelta(hours=1), grade=1, contacted_in_time=True, solved=False)
        case_in(State.REPLIED, cast, at=AT + timedelta(hours=2))

        assert drawing.proof(made).holds

    def test_what_is_stored_while_it_is_drawn_changes_nothing(self, cast, cases):
        made = drawing.draw([cast.city.construction.pk], ON, NEXT, 50, by=cast.officer, at=AT)
        # Its moment lies before the draw, as its request began before.
        actions.evaluate(cases[1], at=AT - timedelta(minutes=10), grade=1, contacted_in_time=True, solved=False)

        assert made.cut_off == AT - timedelta(minutes=15)
        assert drawing.proof(made).holds

    def test_a_changed_record_shows(self, cast, cases):
        made = drawing.draw([cast.city.construction.pk], ON, NEXT, 50, by=cast.officer, at=AT)
        made.numbers = list(reversed(made.numbers))

        assert drawing.proof(made) == drawing.Proof(6, True, False)

    def test_S10_the_same_form_sent_again_finds_its_draw(self, cast, cases):
        organs = [cast.city.construction.pk]
        made = [drawing.draw(organs, ON, NEXT, 50, by=cast.officer, at=AT, token="t") for _each in range(2)]

        assert made[0] == made[1]
        assert SampleDraw.objects.count() == 1

    def test_only_of_organs_in_reach_and_by_officers(self, cast, cases):
        organs = [cast.city.construction.pk]
        for nobody in (cast.inspector, cast.clerk, cast.auditor):
            with pytest.raises(NotAllowed):
                drawing.draw(organs, ON, NEXT, 50, by=nobody, at=AT)

    @pytest.mark.parametrize(
        ("since", "until", "share"),
        [
            (ON, ON, 5),
            (ON, NEXT, 101),
            (NEXT, date(2026, 3, 5), 5),
            (ON, date(2026, 3, 11), 5),  # today is not over
            (ON, date(9999, 12, 31), 5),
            (date(2025, 3, 3), NEXT, 5),  # more than a year
        ],
    )
    def test_what_gives_no_sample_is_refused(self, cast, cases, since, until, share):
        with pytest.raises(Invalid):
            drawing.draw([cast.city.construction.pk], since, until, share, by=cast.officer, at=AT)


class TestReviewer:
    def test_Z07_nobody_of_the_organ_and_nobody_with_a_part(self, cast, sheet):
        # Who has a second post in the organ, who accepted the case, who must not know of it.
        of_organ = seat(Role.OFFICE_OFFICER, cast.city.office)
        seat(Role.CLERK, cast.city.construction, user=of_organ)
        recused = seat(Role.OFFICE_OFFICER, cast.city.office)
        sheet.case.recusals.create(user=recused, ground="declared", at=TUESDAY)
        # Who sits in the department's own office.
        office = make_organ("440600-JS-XN", "建设局效能办", OrganKind.EFFICIENCY_OFFICE, parent=cast.city.construction)
        of_own_office = seat(Role.OFFICE_OFFICER, office)
        for person in (of_organ, of_own_office, cast.officer, recused, cast.clerk):
            with pytest.raises(Invalid):
                reviewing.assign(sheet, by=cast.officer, at=AT, version=1, reviewer=person)

    def test_the_review_is_promised_within_fifteen_working_days(self, given, fresh):
        promise = Deadline.objects.get(kind="supervision.sample_review")

        assert (promise.limit_number, promise.limit_unit, promise.responsible) == (15, "wd", fresh["first"])
        assert given.next_due_at == promise.due_at

    def test_only_people_in_reach_are_asked_one_by_one(self, cast, sheet, fresh, monkeypatch):
        far = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        asked = []
        monkeypatch.setattr(access, "why_not_review", lambda person, _sheet: asked.append(person.pk) or "")

        assert set(fresh.values()) <= set(access.reviewers(sheet))
        assert not {far.pk, cast.officer.pk} & set(asked), "out of reach, and with a part"

    def test_it_is_promised_from_the_draw_on_by_the_office_that_drew(self, cast, sheet, fresh):
        promise = Deadline.objects.get(kind="supervision.sample_review")
        assert (promise.organ, promise.responsible, promise.started_at) == (cast.city.office, None, AT)
        assert SampleSheet.objects.get(pk=sheet.pk).next_due_at == promise.due_at
        above = seat(Role.OFFICE_OFFICER, cast.city.government)
        reviewing.assign(sheet, by=above, at=AT, version=1, reviewer=fresh["first"])

        promise.refresh_from_db()
        assert (promise.organ, promise.responsible) == (cast.city.office, fresh["first"])

    def test_another_reviewer_takes_the_promise_over_and_the_clock_runs_on(self, cast, given, fresh):
        reviewing.assign(given, by=cast.officer, at=AT + timedelta(days=1), version=2, reviewer=fresh["second"])

        promise = Deadline.objects.get(kind="supervision.sample_review")
        assert (promise.responsible, promise.started_at) == (fresh["second"], AT)

    def test_Z07_for_whom_the_case_concerns_there_is_no_sheet(self, given, fresh):
        given.case.recusals.create(user=fresh["first"], ground="declared", at=AT)

        assert not SampleSheet.objects.visible_to(fresh["first"]).exists()
        with pytest.raises(Absent):
            reviewing.review(given, by=fresh["first"], at=AT, version=2, result=Result.SOUND, **ANSWERS)


class TestReview:
    def test_defects_are_settled_by_the_reviewer(self, given, fresh):
        reviewing.review(given, by=fresh["first"], at=AT, version=2, result=Result.DEFECTS, text="未回访。", **ANSWERS)

        assert (given.state, given.result, given.next_due_at) == (Sheet.DONE, Result.DEFECTS, None)
        assert Deadline.objects.get(kind="supervision.sample_review").met_at == AT

    def test_nobody_else_reviews_it(self, cast, given, fresh):
        for person in (fresh["second"], cast.inspector):
            with pytest.raises(NotAllowed):
                reviewing.review(given, by=person, at=AT, version=2, result=Result.SOUND, **ANSWERS)

    @pytest.mark.parametrize(
        ("result", "changed"),
        [
            (Result.SOUND, {}),  # the reply is not true
            (Result.DEFECTS, {"text": ""}),
            (Result.DEFECTS, {"solved": None}),
            (Result.FALSE_CLOSING, {"reply_true": True, "solved": True}),
            ("", {}),
        ],
    )
    def test_answers_and_result_have_to_fit(self, given, fresh, result, changed):
        with pytest.raises(Invalid):
            reviewing.review(
                given, by=fresh["first"], at=AT, version=2, **({"result": result, "text": "有误。"} | ANSWERS | changed)
            )


class TestFalseClosing:
    def test_Z10_the_second_is_another_natural_person(self, proposed, fresh):
        twin = seat(Role.OFFICE_OFFICER, proposed.draw.office)
        first = fresh["first"]
        User.objects.filter(pk=twin.pk).update(full_name=first.full_name, phone="13900000001")
        User.objects.filter(pk=first.pk).update(phone="13900000001")
        for person in (User.objects.get(pk=twin.pk), User.objects.get(pk=first.pk)):
            with pytest.raises(NotAllowed):
                reviewing.confirm(proposed, by=person, at=AT, version=3)

    def test_Z10_nor_somebody_with_a_part_in_the_case(self, cast, proposed):
        with pytest.raises(NotAllowed):
            reviewing.confirm(proposed, by=cast.officer, at=AT, version=3)

    def test_confirmed_it_is_a_clue_for_a_fault_case(self, proposed, fresh):
        assert not Clue.objects.exists()
        reviewing.confirm(proposed, by=fresh["second"], at=AT, version=3)

        clue = Clue.objects.get()
        assert (clue.object_id, clue.case.organ, proposed.state) == (proposed.pk, proposed.organ, Sheet.DONE)
        assert clue.case.fault_on == ON, "the day of the reply, not of its review"
        with pytest.raises(NotInState):
            reviewing.confirm(proposed, by=fresh["second"], at=AT, version=4)

    def test_sent_back_it_is_reviewed_anew_in_a_new_time(self, proposed, fresh):
        reviewing.refuse(proposed, by=fresh["second"], at=AT, version=3, text="证据不足。")

        assert (proposed.state, proposed.result, proposed.quality) == (Sheet.ASSIGNED, "", None)
        assert Deadline.objects.filter(kind="supervision.sample_review").count() == 2

    def test_everything_that_must_hold_holds(self, proposed, fresh):
        reviewing.confirm(proposed, by=fresh["second"], at=AT, version=3)

        assert not [each.title for each in verify.run("I-03", "I-07", "I-08") if each.violations]


class TestShares:
    def test_shares_have_their_base_and_what_was_drawn_whole_is_apart(self, cast, proposed, fresh):
        reviewing.confirm(proposed, by=fresh["second"], at=AT, version=3)
        other = draw_one(case_in(State.REPLIED, cast, at=TUESDAY + timedelta(days=1)), cast.officer, at=AT)

        line = shares.by_organ([cast.city.construction.pk], date(2026, 1, 1), date(2026, 4, 1), without=())[0]
        assert other.state == Sheet.DRAWN
        assert (line.drawn, line.reviewed, line.false_closings) == (2, 1, 1)
        assert (line.share, line.by_lot_share, line.by_lot) == (Decimal("100.00"), Decimal("100.00"), 1)
        assert not shares.by_organ([cast.city.tax.pk], date(2026, 1, 1), date(2026, 4, 1), without=())

    @pytest.mark.parametrize(("part", "whole", "share"), [(1, 3, "33.33"), (2, 3, "66.67"), (1, 8, "12.50")])
    def test_half_up_to_two_decimals(self, part, whole, share):
        assert shares.per_cent(part, whole) == Decimal(share)
        assert shares.per_cent(0, 0) is None


class TestPages:
    def test_an_officer_draws_and_sees_that_it_holds(self, cast, client: Client):
        case_in(State.REPLIED, cast, at=TUESDAY)
        client.force_login(cast.officer)
        form = client.get("/supervision/sampling/new/").context["form"]
        sent = {"first": "2026-03-03", "last": "2026-03-03", "per_cent": "5", "token": form["token"].value()}
        answer = client.post("/supervision/sampling/new/", sent)
        assert "data-proof" not in client.get(answer["Location"]).content.decode(), "read again only where asked for"
        page = client.get(answer["Location"] + "?again=1")

        assert 'data-proof="holds"' in page.content.decode()
        assert client.post("/supervision/sampling/new/", sent)["Location"] == answer["Location"]
        assert client.get("/supervision/sampling/").context["lines"][0].drawn == 1

    def test_Z07_a_drawn_case_that_concerns_the_viewer_is_neither_counted_nor_shown(self, cast, sheet, client: Client):
        client.force_login(cast.officer)
        address = f"/supervision/sampling/{sheet.draw_id}/"
        before, list_before = client.get(address), client.get("/supervision/sampling/").context
        sheet.case.recusals.create(user=cast.officer, ground="declared", at=TUESDAY)
        page, list_now = client.get(address), client.get("/supervision/sampling/").context

        assert before.context["count"] - page.context["count"] == 1
        assert page.context["beyond"] == before.context["beyond"] == 0
        # Nor do the list of draws and the shares by organ tell of it.
        assert [each.drawn for each in list_before["page"]] == [before.context["count"]]
        assert [each.drawn for each in list_now["page"]] == [page.context["count"]]
        assert sum(line.drawn for line in list_before["lines"]) - sum(line.drawn for line in list_now["lines"]) == 1
        assert sheet.number not in page.content.decode()

    @pytest.mark.parametrize("last", ["2026-03-10", "9999-12-31"])
    def test_days_that_are_not_over_are_refused_by_the_form(self, cast, client: Client, last):
        client.force_login(cast.officer)
        answer = client.post("/supervision/sampling/new/", {"first": "2026-03-03", "last": last, "per_cent": "5"})

        assert answer.context["form"].errors["last"]

    def test_Z02_only_officers_find_the_page_for_drawing(self, cast, client: Client):
        page = "/supervision/sampling/new/"
        assert client.get(page)["Location"].startswith("/admin/login/")
        for person, status in ((cast.inspector, 404), (cast.leader, 404), (cast.officer, 200)):
            client.force_login(person)
            assert client.get(page).status_code == status

    def test_the_whole_way_by_its_pages(self, cast, sheet, fresh, client: Client):
        page = f"/admin/supervision/samplesheet/{sheet.pk}/"
        for person, step, sent in (
            (cast.officer, "assign", {"reviewer": fresh["first"].pk}),
            (
                fresh["first"],
                "review",
                {
                    "facts_checked": "no",
                    "reply_true": "no",
                    "solved": "no",
                    "contact_made": "yes",
                    "quality": "1",
                    "result": "false_closing",
                    "text": "现场未整改。",
                },
            ),
            (fresh["second"], "confirm", {}),
        ):
            client.force_login(person)
            form = client.get(f"{page}do/{step}/").context["form"]
            token = form["token"].value()
            answer = client.post(f"{page}do/{step}/", {"version": form["version"].value(), "token": token} | sent)
            assert answer.status_code == 302, answer.context["form"].errors
        sheet.refresh_from_db()

        assert (sheet.state, sheet.confirmed_by) == (Sheet.DONE, fresh["second"])
        shown = client.get(f"{page}change/")
        assert [href for _label, href in shown.context["follows"]]
        assert sheet.number in client.get("/admin/supervision/samplesheet/").content.decode()
        assert client.get(f"{page}files/1/").status_code == 404

    def test_Z02_what_is_waiting_stands_at_home_of_whom_it_waits_for(self, cast, given, fresh, client: Client):
        client.force_login(fresh["first"])
        assert given.number in client.get("/admin/").content.decode()
        client.force_login(cast.inspector)
        assert given.number not in client.get("/admin/").content.decode()
        client.force_login(cast.clerk)
        assert client.get(f"/admin/supervision/samplesheet/{given.pk}/change/").status_code == 404
        assert Case.objects.exists()


def test_P10_words_of_a_review_go_with_the_file_of_the_case(sheet):
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=4000)
    event = SampleEvent.objects.create(
        sheet=sheet,
        number=99,
        action="assign",
        at=long_ago,
        from_state="drawn",
        to_state="drawn",
        text="答复与事实不符",
    )
    assert erasing.erase_texts(at=now) == 0
    Case.objects.filter(pk=sheet.case_id).update(texts_erased_at=now)

    assert erasing.erase_texts(at=now) == 1
    assert erasing.erase_texts(at=now) == 0
    event.refresh_from_db()
    assert event.text == GONE
