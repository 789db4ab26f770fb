"""Matters as departments' systems report them (docs/domain.md 3.4, 3.5, 5, 9.2)."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accountability.models import Clause
from complaints.matters import invariants, reading, reporting, silence
from complaints.models import Matter, MatterReport, ServiceItem
from efficiency.deadlines import sweep
from efficiency.deadlines.actions import of_subject
from efficiency.deadlines.models import Escalation
from efficiency.outbox.models import Message
from efficiency.timing import store
from tests.complaints.matters.conftest import NOW
from tests.factories.matters import make_item, make_key, make_version, row_of, said
from tests.moments import local

pytestmark = pytest.mark.django_db
MONDAY = local("2026-03-02 10:00")
DAY = timedelta(days=1)


def accepted(at=MONDAY, **fields):
    return said("accepted", at, item="JS-1", **fields)


def finished(at, outcome="granted", **fields):
    if outcome == "refused":
        fields = {"reason": "conditions", **fields}
    return said("finished", at, outcome=outcome, **fields)


def received(at=MONDAY, **fields):
    return said("received", at, item="JS-1", **fields)


def extended(at=MONDAY + DAY, days=10, **fields):
    return said("extended", at, days=days, approver="局长批示1号", **fields)


def decision(matter):
    """Return the promise to decide."""
    return of_subject(matter).get(kind="complaints.matter")


def decision_or_none(matter):
    return of_subject(matter).filter(kind="complaints.matter").first()


def side(matter, name):
    """Return a promise beside the decision; one that was taken back is none."""
    found = of_subject(matter).filter(kind=f"complaints.matter_{name}")
    return found.exclude(state="cancelled", ended_at=F("started_at")).first()


def differs() -> int:
    return invariants.course_differs() + invariants.promise_differs()


class TestThePromise:
    def test_a_matter_is_held_to_the_committed_limit_from_its_acceptance(self, bureau):
        bureau.report(accepted())

        matter = bureau.matter()
        deadline = decision(matter)
        assert (matter.state, matter.item) == ("running", bureau.item)
        assert deadline.kind == "complaints.matter"
        assert deadline.due_at == local("2026-03-09 23:59:59")
        assert deadline.organ == bureau.organ
        assert matter.overdue_at == deadline.overdue_at

    def test_it_keeps_the_version_in_force_on_the_day_of_acceptance(self, bureau):
        bureau.item.versions.update(valid_until=local("2026-03-03 00:00").date())
        make_version(bureau.item, limit="3wd", valid_from=local("2026-03-03 00:00").date())
        bureau.report(accepted(), accepted(MONDAY + DAY, matter="A-2"))

        assert [bureau.matter(number).version.committed_number for number in ("A-1", "A-2")] == [5, 3]
        assert decision(bureau.matter("A-2")).due_at == local("2026-03-06 23:59:59")

    @pytest.mark.parametrize(
        ("limit", "statutory", "red"),
        [("5wd", "20wd", 3), ("5wd", "6wd", 1), ("5wd", "5wd", 0), ("5wd", "", 3), ("20wd", "30d", 2)],
    )
    def test_it_turns_red_at_once_when_the_statutory_limit_is_passed(self, bureau, limit, statutory, red):
        make_item(bureau.organ, "JS-2", limit=limit, statutory=statutory)
        bureau.report(said("accepted", MONDAY, item="JS-2"))

        assert decision(bureau.matter()).red_after == red

    def test_what_is_settled_at_once_is_due_on_the_same_day(self, bureau):
        make_item(bureau.organ, "JS-0", limit="0wd")
        bureau.report(said("accepted", MONDAY, item="JS-0"))

        assert decision(bureau.matter()).due_at == local("2026-03-02 23:59:59")

    def test_an_end_before_the_last_day_is_over_keeps_it(self, bureau):
        bureau.report(accepted(), finished(local("2026-03-09 23:59:59")))

        assert not decision(bureau.matter()).is_late(at=NOW)
        assert bureau.matter().outcome == "granted"

    def test_a_step_that_the_item_does_not_have_is_pointed_out(self, bureau):
        steps = [{"name": name, "limit": ""} for name in ("受理", "审查", "决定")]
        make_item(bureau.organ, "JS-3", steps=steps)
        passed = [said("step_passed", MONDAY + DAY, step=number) for number in (2, 99)]
        bureau.report(said("accepted", MONDAY, item="JS-3"), *passed, accepted(matter="A-2"))
        bureau.report(said("step_passed", MONDAY + DAY, "A-2", step=9))

        assert (bureau.matter().step, bureau.matter().doubts) == (2, ["no_such_step"])
        assert (bureau.matter("A-2").step, bureau.matter("A-2").doubts) == (9, [])  # of it no steps are listed
        assert differs() == 0

    def test_what_the_applicant_withdrew_is_neither_kept_nor_broken(self, bureau):
        bureau.report(accepted(), finished(MONDAY + DAY, "withdrawn"))

        assert decision(bureau.matter()).state == "cancelled"


class TestWhoAnswers:
    """A matter carries post and person (docs/domain.md 5, 9.8)."""

    def test_the_post_of_the_item_answers_where_the_system_names_none(self, bureau, people):
        post = bureau.organ.posts.earliest("pk")
        make_item(bureau.organ, "JS-2", post=post)
        bureau.report(said("accepted", MONDAY, item="JS-2"))

        assert decision(bureau.matter()).post == post

    def test_the_post_that_the_system_names_comes_before_that_of_the_item(self, bureau, people):
        of_item, named = bureau.organ.posts.order_by("pk")[:2]
        make_item(bureau.organ, "JS-2", post=of_item)
        bureau.report(
            said("received", MONDAY, item="JS-2"),
            said("accepted", MONDAY + DAY, item="JS-2", post=named.code),
            finished(MONDAY + 2 * DAY),
        )

        matter = bureau.matter()
        assert (decision(matter).post, side(matter, "notice").post, side(matter, "delivery").post) == (
            named,
            of_item,
            named,
        )
        assert differs() == 0

    def test_what_a_receipt_names_holds_for_the_whole_matter_in_any_order(self, bureau, people):
        named = bureau.organ.posts.latest("pk")
        bureau.report(accepted(MONDAY + DAY))
        bureau.report(received(post=named.code))

        matter = bureau.matter()
        assert [decision(matter).post, side(matter, "notice").post] == [named, named]

    def test_a_post_of_another_organ_or_day_is_refused_by_itself(self, bureau, city, people):
        ended = bureau.organ.posts.earliest("pk")
        ended.until = MONDAY.date()
        ended.save()
        other = city.tax.posts.earliest("pk")
        taken = bureau.report(accepted(post=other.code), accepted(post=ended.code), accepted(post="无"), accepted())

        assert [(each.index, each.code, each.field) for each in taken.rejected] == [
            (number, "unknown_post", "post") for number in range(3)
        ]
        assert taken.new == 1

    def test_it_goes_with_receipt_and_acceptance_alone(self, bureau, people):
        taken = bureau.report(finished(MONDAY, post=bureau.organ.posts.earliest("pk").code))

        assert [(each.code, each.field) for each in taken.rejected] == [("wrong_field", "post")]

    def test_the_person_follows_from_the_tenures_at_the_end(self, bureau, people):
        post = people["clerk"].tenures.get(post__organ=bureau.organ).post
        bureau.report(accepted(post=post.code), finished(MONDAY + DAY))

        found, tenures = reading.answering(reading.promise_of(bureau.matter()), at=NOW)
        assert (found, [each.user for each in tenures]) == (post, [people["clerk"]])


class TestReasonOfARefusal:
    """Nobody is refused without a reason (docs/domain.md 5)."""

    def test_a_refusal_without_its_reason_is_not_taken(self, bureau):
        taken = bureau.report(accepted(), finished(MONDAY + DAY, "refused", reason=""))

        assert [(each.index, each.code, each.field) for each in taken.rejected] == [(1, "no_reason", "reason")]
        assert "理由" in str(taken.rejected[0].reason)
        assert bureau.matter().state == "running"

    def test_with_its_reason_it_is_kept(self, bureau):
        bureau.report(accepted(), finished(MONDAY + DAY, "refused", reason="materials"))

        assert MatterReport.objects.get(kind="finished").reason == "materials"
        assert bureau.matter().outcome == "refused"

    @pytest.mark.parametrize("kind", ["granted", "withdrawn"])
    def test_a_reason_goes_with_a_refusal_alone(self, bureau, kind):
        taken = bureau.report(accepted(), finished(MONDAY + DAY, kind, reason="quota"))

        assert [(each.code, each.field) for each in taken.rejected] == [("wrong_field", "reason")]

    def test_the_same_report_again_changes_nothing(self, bureau):
        ended = finished(MONDAY + DAY, "refused")
        bureau.report(accepted(), ended)

        assert bureau.report(ended).repeated == 1


class TestStandstill:
    def test_days_that_a_standstill_touches_are_not_counted(self, bureau):
        bureau.report(
            accepted(),
            said("suspended", local("2026-03-04 09:00"), ground="expert"),
            said("resumed", local("2026-03-06 09:00")),
        )

        assert decision(bureau.matter()).due_at == local("2026-03-12 23:59:59")

    def test_one_after_the_last_day_does_not_count_and_is_pointed_out(self, bureau):
        bureau.report(accepted(), said("suspended", local("2026-03-10 00:00"), ground="expert"))

        assert bureau.matter().doubts == ["suspended_late"]
        assert decision(bureau.matter()).due_at == local("2026-03-09 23:59:59")

    def test_while_it_stands_still_nothing_is_due(self, bureau):
        bureau.report(accepted(), said("suspended", local("2026-03-04 09:00"), ground="expert"))
        sweep.run(at=NOW)

        assert bureau.matter().state == "suspended"
        assert bureau.matter().overdue_at is None
        assert not Escalation.objects.exists()

    @pytest.mark.parametrize("ground", ["supplement", "absence", ""])
    def test_other_grounds_are_none(self, bureau, ground):
        taken = bureau.report(accepted(), said("suspended", MONDAY + DAY, ground=ground))

        assert [each.field for each in taken.rejected] == ["ground"]

    def test_where_two_touch_the_first_ends_before_the_next_begins(self, bureau):
        stops = [local("2026-03-04 09:00"), local("2026-03-05 12:00")]
        reports = [said("suspended", at, ground="expert") for at in stops]
        bureau.report(accepted(), *reports, said("resumed", stops[1]), said("resumed", local("2026-03-06 09:00")))

        assert (bureau.matter().state, bureau.matter().doubts) == ("running", ["suspended_afterwards"])
        spans = decision(bureau.matter()).suspensions.order_by("started_at")
        assert list(spans.values_list("started_at", "ended_at")) == [
            (stops[0], stops[1]),
            (stops[1], local("2026-03-06 09:00")),
        ]
        assert decision(bureau.matter()).due_at == local("2026-03-12 23:59:59")
        assert invariants.course_differs() == invariants.promise_differs() == 0

    def test_one_that_begins_and_ends_at_one_moment_is_one(self, bureau):
        at = local("2026-03-04 09:00")
        bureau.report(accepted(), said("resumed", at), said("suspended", at, ground="expert"), at=at)

        assert (bureau.matter().state, bureau.matter().doubts) == ("running", [])

    @pytest.mark.parametrize(
        ("received", "doubts"), [("2026-03-09 23:59:59", []), ("2026-03-10 00:00", ["suspended_afterwards"])]
    )
    def test_one_reported_only_when_it_was_overdue_counts_and_is_pointed_out(self, bureau, received, doubts):
        bureau.report(accepted(), at=MONDAY)
        bureau.report(said("suspended", local("2026-03-04 09:00"), ground="expert"), at=local(received))

        assert (bureau.matter().state, bureau.matter().doubts) == ("suspended", doubts)
        assert invariants.course_differs() == 0

    def test_an_end_reported_only_when_it_was_overdue_is_pointed_out(self, bureau):
        stopped = said("suspended", local("2026-03-04 09:00"), "A-2", ground="expert")
        bureau.report(accepted(), accepted(matter="A-2"), stopped, accepted(matter="A-3"), at=local("2026-03-04 10:00"))
        wrong = finished(local("2026-03-10 10:00"), matter="A-3")
        bureau.report(finished(MONDAY + DAY), finished(MONDAY + 5 * DAY, matter="A-2"), wrong, at=NOW)
        # Late, and said to be so; only the correction makes it timely.
        assert bureau.matter("A-3").doubts == []
        right_at = (MONDAY + DAY).isoformat()
        bureau.report(said("corrected", NOW, "A-3", corrects=wrong["id"], right_at=right_at), at=NOW)

        assert {number: bureau.matter(number).doubts for number in ("A-1", "A-2", "A-3")} == {
            "A-1": ["finished_afterwards"],
            "A-2": [],  # its clock stood still meanwhile
            "A-3": ["finished_afterwards"],
        }


class TestMoreTime:
    """docs/domain.md 3.1 rule 9, 3.5; 行政许可法 Art. 42."""

    def test_it_is_counted_on_from_the_old_last_day(self, bureau):
        bureau.report(accepted(), extended(local("2026-03-09 23:59:59")), at=local("2026-03-09 23:59:59"))

        promise = decision(bureau.matter())
        assert promise.due_at == local("2026-03-23 23:59:59")
        assert bureau.matter().overdue_at == promise.overdue_at
        assert list(promise.extensions.values_list("number", "unit", "reason", "granted_by")) == [
            (10, "wd", "局长批示1号", None)
        ]
        assert list(promise.due_date_changes.values_list("cause", flat=True)) == ["extension"]
        assert bureau.matter().doubts == []
        assert differs() == 0

    def test_days_of_a_standstill_are_left_out_besides(self, bureau):
        bureau.report(
            accepted(),
            said("suspended", local("2026-03-04 09:00"), ground="expert"),
            said("resumed", local("2026-03-06 09:00")),
            extended(local("2026-03-09 10:00")),
        )

        assert decision(bureau.matter()).due_at == local("2026-03-26 23:59:59")
        assert differs() == 0

    @pytest.mark.parametrize(
        ("asked", "statutory", "doubt"),
        [
            ({"at": local("2026-03-10 00:00")}, "20wd", "extended_late"),
            ({"days": 11}, "20wd", "extended_too_long"),
            ({"days": 16}, "45wd", "extended_too_long"),
        ],
    )
    def test_what_is_late_or_longer_than_the_law_allows_does_not_count(self, bureau, asked, statutory, doubt):
        make_item(bureau.organ, "JS-2", statutory=statutory)
        bureau.report(said("accepted", MONDAY, item="JS-2"), extended(**asked))

        assert bureau.matter().doubts == [doubt]
        assert decision(bureau.matter()).due_at == local("2026-03-09 23:59:59")

    def test_where_several_organs_decide_together_it_may_be_longer(self, bureau):
        make_item(bureau.organ, "JS-2", statutory="45wd")
        bureau.report(said("accepted", MONDAY, item="JS-2"), extended(days=15), at=MONDAY + DAY)

        assert decision(bureau.matter()).due_at == local("2026-03-30 23:59:59")

    def test_it_is_given_once_and_not_while_the_clock_stands(self, bureau):
        stopped = said("suspended", MONDAY + DAY, ground="expert")
        bureau.report(accepted(), extended(MONDAY), extended(MONDAY + DAY / 2), stopped, at=MONDAY + DAY)
        assert bureau.matter().doubts == ["extended_twice"]

        bureau.report(
            accepted(matter="A-2"), stopped | {"id": "s-2", "matter": "A-2"}, extended(MONDAY + 2 * DAY, matter="A-2")
        )
        assert bureau.matter("A-2").doubts == ["extended_stopped", "suspended_afterwards"]
        assert differs() == 0

    def test_one_reported_only_when_it_was_overdue_counts_and_is_pointed_out(self, bureau):
        bureau.report(accepted(), at=MONDAY)
        bureau.report(extended(MONDAY + DAY), at=local("2026-03-10 00:00"))

        assert bureau.matter().doubts == ["extended_afterwards"]

    def test_one_that_was_reported_by_mistake_goes_again(self, bureau):
        given = extended(MONDAY + DAY)
        bureau.report(accepted(), given, at=MONDAY + DAY)
        bureau.report(said("corrected", MONDAY + 2 * DAY, corrects=given["id"]), at=MONDAY + 2 * DAY)

        promise = decision(bureau.matter())
        assert (promise.due_at, promise.extension_count) == (local("2026-03-09 23:59:59"), 0)
        assert not promise.extensions.exists()
        assert differs() == 0

    @pytest.mark.parametrize(("left_out", "field"), [("days", "days"), ("approver", "approver")])
    def test_it_says_how_long_and_who_decided_it(self, bureau, left_out, field):
        given = extended(MONDAY + DAY)
        del given[left_out]
        taken = bureau.report(accepted(), given)

        assert [(each.code, each.field) for each in taken.rejected] == [("missing_field", field)]


class TestWhatTheLawPromisesBesides:
    """docs/domain.md 3.5: what is missing is told within five days, a licence is handed over within ten."""

    def test_a_receipt_is_answered_within_five_days(self, bureau):
        bureau.report(received())
        sweep.run(at=NOW)

        promise = side(bureau.matter(), "notice")
        assert (bureau.matter().doubts, promise.state, promise.due_at) == (
            ["deemed_accepted"],
            "open",
            local("2026-03-09 23:59:59"),
        )
        assert Escalation.objects.filter(deadline=promise).count() == 4

    @pytest.mark.parametrize(
        ("answer", "state"),
        [
            (lambda: accepted(MONDAY + DAY), "met"),
            (lambda: said("notice", MONDAY + DAY), "met"),
            (lambda: finished(MONDAY + DAY, "refused"), "met"),
            (lambda: finished(MONDAY + DAY, "withdrawn"), "cancelled"),
        ],
    )
    def test_any_answer_ends_it(self, bureau, answer, state):
        bureau.report(received(), answer())

        promise = side(bureau.matter(), "notice")
        assert (promise.state, promise.ended_at) == (state, MONDAY + DAY)
        ends = {"accepted": "running", "notice": "announced", "finished": "unaccepted"}
        assert bureau.matter().state == ends[bureau.matter().reports.exclude(kind="received").get().kind]
        assert differs() == 0

    def test_without_an_answer_in_time_the_matter_counts_as_accepted_on_receipt(self, bureau):
        bureau.report(received(), accepted(local("2026-03-10 00:00")))

        matter = bureau.matter()
        assert (matter.accepted_at, matter.doubts) == (MONDAY, ["deemed_accepted"])
        assert decision(matter).due_at == local("2026-03-09 23:59:59")

    def test_a_receipt_that_nobody_answers_counts_as_an_acceptance_once_its_time_is_over(self, bureau):
        bureau.report(received(), at=MONDAY)
        assert silence.deem_accepted(at=local("2026-03-09 23:59:59")) == 0
        assert (bureau.matter().state, differs()) == ("announced", 0)

        assert [silence.deem_accepted(at=local("2026-03-10 00:00")) for _again in range(2)] == [1, 0]
        matter = bureau.matter()
        assert (matter.state, matter.accepted_at, matter.doubts) == ("running", MONDAY, ["deemed_accepted"])
        assert matter.overdue_at == decision(matter).overdue_at == local("2026-03-10 00:00")
        assert (matter.last_reported_at, differs()) == (MONDAY, 0)
        # The organ still owes its answer, and the applicant may withdraw.
        assert side(matter, "notice").state == "open"
        bureau.report(finished(local("2026-03-11 10:00"), "withdrawn"), at=local("2026-03-11 10:00"))
        assert (decision(bureau.matter()).state, differs()) == ("cancelled", 0)

    def test_what_nobody_answered_is_found_if_the_pass_does_not_come_by(self, bureau):
        bureau.report(received(), at=MONDAY)
        sweep.run(at=local("2026-03-10 00:00"))

        assert invariants.not_deemed() == 1
        silence.deem_accepted(at=local("2026-03-10 00:01"))
        assert invariants.not_deemed() == 0

    @pytest.mark.parametrize(
        ("ended", "doubts"),
        [
            (lambda: finished(local("2026-03-20 10:00")), ["finished_unaccepted"]),
            (lambda: finished(local("2026-03-20 10:00"), "refused"), ["finished_unaccepted"]),
            (lambda: finished(local("2026-03-20 10:00"), "refused", reason="materials"), None),
            (lambda: finished(local("2026-03-20 10:00"), "withdrawn"), None),
        ],
    )
    def test_what_is_decided_without_an_acceptance_is_held_to_its_promise_from_the_receipt(self, bureau, ended, doubts):
        bureau.report(received(), said("notice", MONDAY + DAY), at=MONDAY + DAY)
        bureau.report(ended(), at=local("2026-03-20 10:00"))

        matter = bureau.matter()
        if doubts is None:  # what the notice asked for never came: the receipt was answered, and nothing accepted
            assert (matter.state, matter.doubts, decision_or_none(matter)) == ("unaccepted", [], None)
        else:
            assert (matter.state, matter.accepted_at) == ("finished", MONDAY)
            assert decision(matter).is_late(at=NOW)
            assert matter.doubts == doubts
            assert (side(matter, "delivery") is None) == (matter.outcome == "refused")
        assert differs() == 0

    def test_an_acceptance_that_is_reported_afterwards_counts_instead(self, bureau):
        bureau.report(
            received(), said("notice", MONDAY + DAY), finished(local("2026-03-06 10:00")), at=MONDAY + 4 * DAY
        )
        assert bureau.matter().doubts == ["finished_unaccepted"]

        bureau.report(accepted(local("2026-03-05 10:00")), at=MONDAY + 5 * DAY)
        assert (bureau.matter().accepted_at, bureau.matter().doubts) == (local("2026-03-05 10:00"), [])
        assert differs() == 0

    def test_a_decision_with_neither_receipt_nor_acceptance_is_pointed_out(self, bureau):
        bureau.report(finished(MONDAY), finished(MONDAY, "withdrawn", matter="A-2"))

        assert (bureau.matter().state, bureau.matter().doubts) == ("announced", ["finished_unaccepted"])
        assert (bureau.matter("A-2").state, bureau.matter("A-2").doubts) == ("unaccepted", [])

    @pytest.mark.parametrize("answer", ["notice", "accepted"])
    def test_an_answer_that_is_reported_only_when_it_was_overdue_counts_and_is_pointed_out(self, bureau, answer):
        bureau.report(received(), at=MONDAY)
        bureau.report(accepted(local("2026-03-10 10:00")), at=local("2026-03-10 10:00"))
        assert bureau.matter().accepted_at == MONDAY
        told = said(answer, MONDAY + DAY, **({"item": "JS-1"} if answer == "accepted" else {}))
        bureau.report(told, at=local("2026-03-20 10:00"))

        assert "answered_afterwards" in bureau.matter().doubts
        assert side(bureau.matter(), "notice").ended_at == MONDAY + DAY
        assert differs() == 0

    @pytest.mark.parametrize(
        ("later", "doubts"),
        [
            (lambda at, ended: said("notice", MONDAY + DAY), ["answered_afterwards"]),
            (lambda at, ended: said("corrected", at, corrects=ended["id"]), ["moved_afterwards"]),
        ],
    )
    def test_what_no_longer_counts_as_accepted_is_promised_no_more_and_pointed_out(self, bureau, later, doubts):
        ended = finished(local("2026-03-20 10:00"))
        if doubts == ["moved_afterwards"]:
            bureau.report(received(), said("notice", MONDAY + DAY), at=MONDAY + DAY)
            bureau.report(ended, at=local("2026-03-20 10:00"))
        else:
            bureau.report(received(), at=MONDAY)
            silence.deem_accepted(at=local("2026-03-10 00:00"))
        at = local("2026-03-23 10:00")
        bureau.report(later(at, ended), at=at)

        matter = bureau.matter()
        assert (matter.state, matter.doubts) == ("announced", doubts)
        assert decision(matter).state == "cancelled"
        assert differs() == 0
        bureau.report(accepted(local("2026-03-23 10:00")), at=at)
        assert (decision(matter).state, differs()) == ("open", 0)

    def test_a_receipt_cannot_be_taken_back_once_its_answer_is_overdue(self, bureau):
        begun = received()
        bureau.report(begun, at=MONDAY)
        at = local("2026-03-10 00:00")
        bureau.report(said("corrected", at, corrects=begun["id"]), accepted(at), at=at)

        matter = bureau.matter()
        assert (matter.accepted_at, matter.doubts) == (MONDAY, ["deemed_accepted", "receipt_stays"])
        assert side(matter, "notice").is_late(at=NOW)
        assert differs() == 0

    def test_nor_moved_without_notice(self, bureau):
        begun = received()
        bureau.report(begun, at=MONDAY)
        at = local("2026-03-10 00:00")
        moved = said("corrected", at, corrects=begun["id"], right_at=(MONDAY + 4 * DAY).isoformat())
        bureau.report(moved, accepted(at), at=at)

        assert (bureau.matter().accepted_at, bureau.matter().doubts) == (at, ["moved_afterwards"])
        assert differs() == 0

    def test_a_receipt_may_be_taken_back_while_there_is_time(self, bureau):
        begun = received()
        bureau.report(begun, at=MONDAY)
        bureau.report(said("corrected", MONDAY + DAY, corrects=begun["id"]), at=MONDAY + DAY)

        assert (side(bureau.matter(), "notice"), bureau.matter().doubts, differs()) == (None, [], 0)

    def test_a_handing_over_that_is_reported_only_when_it_was_overdue_counts_and_is_pointed_out(self, bureau):
        ended = finished(MONDAY + DAY)
        bureau.report(accepted(), ended, at=MONDAY + DAY)
        bureau.report(said("delivered", MONDAY + 2 * DAY), at=local("2026-03-18 00:00"))
        assert bureau.matter().doubts == ["delivered_afterwards"]
        assert not side(bureau.matter(), "delivery").is_late(at=NOW)
        assert differs() == 0

    def test_a_decision_that_is_taken_back_when_its_handing_over_was_overdue_is_pointed_out(self, bureau):
        ended = finished(MONDAY + DAY)
        bureau.report(accepted(), ended, at=MONDAY + DAY)
        at = local("2026-03-18 00:00")
        bureau.report(said("corrected", at, corrects=ended["id"]), at=at)

        assert (bureau.matter().doubts, differs()) == (["moved_afterwards"], 0)

    def test_what_was_told_in_time_leaves_the_acceptance_where_it_is(self, bureau):
        bureau.report(received(), said("notice", MONDAY + DAY), at=MONDAY + DAY)
        bureau.report(accepted(local("2026-03-20 10:00")))

        assert (bureau.matter().accepted_at, bureau.matter().doubts) == (local("2026-03-20 10:00"), [])

    def test_a_second_list_of_what_is_missing_is_pointed_out(self, bureau):
        bureau.report(received(), said("notice", MONDAY), said("notice", MONDAY + DAY), at=MONDAY + DAY)

        assert bureau.matter().doubts == ["noticed_twice"]

    def test_a_licence_is_handed_over_within_ten_days(self, bureau):
        bureau.report(accepted(), finished(MONDAY + DAY))
        assert side(bureau.matter(), "delivery").due_at == local("2026-03-17 23:59:59")

        bureau.report(said("delivered", local("2026-03-18 00:00")))
        promise = side(bureau.matter(), "delivery")
        assert (promise.state, promise.is_late(at=NOW)) == ("met", True)
        assert not decision(bureau.matter()).is_late(at=NOW)
        assert differs() == 0

    def test_nothing_is_owed_where_none_was_granted_or_it_is_no_licence(self, bureau):
        ServiceItem.objects.filter(pk=make_item(bureau.organ, "JS-20").pk).update(kind="20")
        bureau.report(accepted(), finished(MONDAY + DAY, "refused"))
        bureau.report(said("accepted", MONDAY, "A-2", item="JS-20"), finished(MONDAY + DAY, matter="A-2"))

        assert [side(bureau.matter(number), "delivery") for number in ("A-1", "A-2")] == [None, None]

    def test_what_was_handed_over_before_it_was_granted_does_not_count(self, bureau):
        bureau.report(accepted(), said("delivered", MONDAY + DAY), finished(MONDAY + 2 * DAY), at=MONDAY + 3 * DAY)

        assert bureau.matter().doubts == ["delivered_early"]
        assert side(bureau.matter(), "delivery").state == "open"

    def test_with_the_decision_its_delivery_is_taken_back(self, bureau):
        ended = finished(MONDAY + DAY)
        bureau.report(accepted(), ended)
        bureau.report(said("corrected", MONDAY + 2 * DAY, corrects=ended["id"]))

        assert side(bureau.matter(), "delivery") is None
        assert differs() == 0
        bureau.report(finished(MONDAY + 3 * DAY))
        assert side(bureau.matter(), "delivery").due_at == local("2026-03-19 23:59:59")

    def test_a_delivery_that_somebody_changed_by_hand_is_found(self, bureau):
        bureau.report(accepted(), finished(MONDAY + DAY))
        of_subject(bureau.matter()).filter(kind="complaints.matter_delivery").update(started_at=MONDAY)

        assert invariants.course_differs() == 1


class TestCorrecting:
    @pytest.mark.parametrize("received_at", ["2026-03-12 23:59:59", "2026-03-13 00:00"])
    def test_an_end_of_a_standstill_that_goes_when_it_was_overdue_is_pointed_out(self, bureau, received_at):
        ended = said("resumed", local("2026-03-06 09:00"))
        bureau.report(
            accepted(),
            said("suspended", local("2026-03-04 09:00"), ground="expert"),
            ended,
            at=local("2026-03-06 10:00"),
        )
        at = local(received_at)
        bureau.report(said("corrected", at, corrects=ended["id"]), at=at)

        late = received_at == "2026-03-13 00:00"
        assert (bureau.matter().state, bureau.matter().doubts) == ("suspended", ["moved_afterwards"] if late else [])
        assert differs() == 0

    def test_so_is_an_acceptance_that_becomes_later(self, bureau):
        begun = accepted()
        bureau.report(begun, accepted(matter="A-2"), finished(MONDAY + DAY, matter="A-2"), at=MONDAY + DAY)
        right_at = (MONDAY + DAY).isoformat()
        bureau.report(said("corrected", NOW, corrects=begun["id"], right_at=right_at), at=NOW)
        assert bureau.matter().doubts == ["moved_afterwards"]

        earlier = said("corrected", NOW + DAY, corrects=begun["id"], right_at=(MONDAY - DAY).isoformat())
        bureau.report(earlier, at=NOW + DAY)
        assert bureau.matter().doubts == []

    @pytest.mark.parametrize(("days", "is_doubt"), [(2, True), (0, False)])
    def test_so_is_one_that_becomes_earlier_where_a_longer_promise_was_in_force(self, bureau, days, is_doubt):
        """By the shorter version it was overdue for weeks; by the one before it would have been decided in time."""
        begins = local("2026-03-02 00:00").date()
        make_version(make_item(bureau.organ, "JS-2", limit="20wd", valid_until=begins), limit="3wd", valid_from=begins)
        begun = said("accepted", MONDAY, item="JS-2")
        bureau.report(begun, at=MONDAY)
        at = local("2026-03-12 10:00")
        right_at = (MONDAY - days * DAY - timedelta(hours=1)).isoformat()
        bureau.report(said("corrected", at, corrects=begun["id"], right_at=right_at), finished(at), at=at)

        assert decision(bureau.matter()).is_late(at=NOW) is not is_doubt
        assert bureau.matter().doubts == (["moved_afterwards"] if is_doubt else [])
        assert differs() == 0

    def test_so_is_a_further_acceptance_by_a_longer_promise(self, bureau):
        make_item(bureau.organ, "JS-20", limit="20wd")
        earlier = MONDAY - timedelta(minutes=1)
        for number, item in (("A-1", "JS-20"), ("A-2", "JS-1")):
            bureau.report(accepted(matter=number), at=MONDAY)
            at = local("2026-03-12 10:00")
            bureau.report(said("accepted", earlier, number, item=item), finished(at, matter=number), at=at)

        assert not decision(bureau.matter()).is_late(at=NOW)
        assert bureau.matter().doubts == ["accepted_twice", "moved_afterwards"]
        assert bureau.matter("A-2").doubts == ["accepted_twice"]
        assert differs() == 0

    def test_a_report_can_be_moved_or_taken_back(self, bureau):
        begun, ended = accepted(), finished(MONDAY + DAY)
        bureau.report(begun, ended)
        bureau.report(said("corrected", MONDAY + 2 * DAY, corrects=ended["id"]))
        assert bureau.matter().state == "running"

        bureau.report(said("corrected", MONDAY + 3 * DAY, corrects=begun["id"], right_at=(MONDAY + DAY).isoformat()))
        assert decision(bureau.matter()).due_at == local("2026-03-10 23:59:59")
        assert MatterReport.objects.count() == 4

    def test_an_acceptance_cannot_be_made_as_if_it_had_not_been(self, bureau):
        begun = accepted()
        bureau.report(begun, said("corrected", MONDAY + DAY, corrects=begun["id"]))

        assert bureau.matter().state == "running"
        assert bureau.matter().doubts == ["acceptance_stays"]


class TestRefusing:
    @pytest.mark.parametrize(
        ("changed", "code", "field"),
        [
            ({"at": "2026-03-02 10:00"}, "bad_moment", "at"),
            ({"at": "yesterday"}, "bad_moment", "at"),
            ({"at": 1772416800}, "bad_moment", "at"),
            ({"at": "1772416800"}, "bad_moment", "at"),
            ({"at": "2026-03-31T10:06:00+08:00"}, "in_the_future", "at"),
            ({"at": "1990-01-01T00:00:00+08:00"}, "outside_calendar", "at"),
            ({"item": "JS-9"}, "unknown_item", "item"),
            ({"item": "TAX-1"}, "unknown_item", "item"),
            ({"at": "2019-03-02T10:00:00+08:00"}, "no_promise", "item"),
            ({"item": ""}, "missing_field", "item"),
            ({"step": 1}, "wrong_field", "step"),
            ({"kind": "closed"}, "bad_value", "kind"),
            ({"organ": 1}, "unknown_field", "organ"),
            ({"applicant": "张三"}, "unknown_field", "applicant"),
            ({"matter": "440601199001011234"}, "personal_number", "matter"),
            ({"id": "x-13800001234"}, "personal_number", "id"),
            ({"id": ""}, "bad_value", "id"),
            ({"matter": "A\x00"}, "bad_value", "matter"),
            ({"item": "A\ud800"}, "bad_value", "item"),
            ({"\ud800": 1}, "bad_value", ""),
            ({"at": "0001-01-01T00:00:00+08:00"}, "outside_calendar", "at"),
            ({"at": "0001-01-01T00:00:00-08:00"}, "outside_calendar", "at"),
            ({"at": "0001-01-01T10:00:00+08:00"}, "outside_calendar", "at"),
            ({"at": "9999-12-31T23:59:59-23:59"}, "in_the_future", "at"),
            ({"at": "2004-01-01T10:00:00+08:00"}, "outside_calendar", "at"),
        ],
    )
    def test_Z04_each_wrong_row_is_answered_and_the_others_stand(self, bureau, city, changed, code, field):
        make_item(city.tax, "TAX-1")
        taken = bureau.report(accepted(matter="A-0"), accepted() | changed, accepted(matter="A-2"))

        assert [(each.index, each.code, each.field) for each in taken.rejected] == [(1, code, field)]
        assert set(Matter.objects.values_list("external_id", flat=True)) == {"A-0", "A-2"}

    @pytest.mark.parametrize(
        ("changed", "code", "field"),
        [
            ({"corrects": "a\x00b"}, "bad_value", "corrects"),
            ({"corrects": "申请人 电话"}, "bad_value", "corrects"),
            ({"corrects": "440601199001011234"}, "personal_number", "corrects"),
            ({"right_at": "0001-01-01T00:00:00+08:00"}, "outside_calendar", "right_at"),
            ({"right_at": "9999-12-31T23:59:59-14:00"}, "in_the_future", "right_at"),
        ],
    )
    def test_P07_a_correction_holds_nothing_but_the_identifier_of_a_report(self, bureau, changed, code, field):
        taken = bureau.report(accepted(), said("corrected", MONDAY, corrects="r-1") | changed)

        assert [(each.index, each.code, each.field) for each in taken.rejected] == [(1, code, field)]
        assert taken.new == 1

    def test_F14_what_outlasts_the_calendar_stops_no_other_matter(self, client, bureau):
        """Neither by its limit, nor by a standstill that comes later."""
        last = store.load().last_day
        make_item(bureau.organ, "JS-9", limit=f"{last.year - 2024}y", statutory="99y")
        long = (last.year - MONDAY.year) * 12 + last.month - MONDAY.month - 3
        make_item(bureau.organ, "JS-8", limit=f"{long}m", statutory="99y")
        begun = said("accepted", MONDAY, "A-8", item="JS-8")
        taken = bureau.report(
            accepted(matter="A-0"), said("accepted", MONDAY, "A-9", item="JS-9"), begun, accepted(matter="A-2")
        )
        assert [(each.index, each.code, each.field) for each in taken.rejected] == [(1, "outside_calendar", "item")]

        stop = said("suspended", MONDAY + DAY, "A-8", ground="expert")
        assert bureau.report(stop).new == 1
        at = NOW + 300 * DAY
        go_on = said("resumed", at - DAY, "A-8")
        taken = bureau.report(go_on, finished(MONDAY + DAY, matter="A-2"), at=at)

        assert (taken.new, [(each.index, each.code) for each in taken.rejected]) == (1, [(0, "outside_calendar")])
        assert [bureau.matter(number).state for number in ("A-0", "A-2", "A-8")] == ["running", "finished", "suspended"]
        reporting.reckon_again(["A-0", "A-8"], organ=bureau.organ, at=at)
        assert client.get("/commitments/JS-9/").status_code == 200
        assert differs() == 0

    def test_F14_what_goes_wrong_with_one_organ_keeps_nobody_from_the_others(self, bureau, city, monkeypatch):
        make_item(city.tax, "TAX-1")
        bureau.report(received(), at=MONDAY)
        theirs = said("received", MONDAY, item="TAX-1")
        reporting.report([theirs], organ=city.tax, key=make_key(city.tax), at=MONDAY)
        reckon = reporting.reckon_again

        def fail(numbers, *, organ, at):
            if organ == min(bureau.organ, city.tax, key=lambda each: each.pk):
                raise ValueError("broken")
            reckon(numbers, organ=organ, at=at)

        monkeypatch.setattr(reporting, "reckon_again", fail)
        with pytest.raises(ValueError, match="broken"):
            silence.deem_accepted(at=local("2026-03-10 00:00"))

        assert sorted(Matter.objects.values_list("state", flat=True)) == ["announced", "running"]

    def test_every_offset_of_a_zone_is_taken(self, bureau):
        bureau.report(accepted() | {"at": "2026-03-03T01:59:00+23:59"})

        assert bureau.matter().accepted_at == MONDAY

    def test_R07_of_one_matter_so_many_reports_are_taken(self, bureau, monkeypatch):
        monkeypatch.setattr(reporting, "MOST_OF_MATTER", 3)
        begun, steps = accepted(), [said("step_passed", MONDAY + DAY, step=step) for step in range(1, 5)]
        first = bureau.report(begun, *steps[:1], accepted(matter="A-2"))
        second = bureau.report(begun, *steps)

        assert (first.new, first.rejected) == (3, [])
        assert (second.new, second.repeated) == (1, 2)
        assert [(each.index, each.code) for each in second.rejected] == [
            (3, "too_many_of_matter"),
            (4, "too_many_of_matter"),
        ]
        assert bureau.matter().step == 2

    @pytest.mark.parametrize("row", [None, 3, "accepted", [], {}])
    def test_what_is_no_report_is_refused(self, bureau, row):
        assert bureau.report(row).rejected[0].code in ("not_an_object", "missing_field")

    def test_what_is_sent_again_is_repeated_though_its_post_has_ended_meanwhile(self, bureau, people):
        post = bureau.organ.posts.earliest("pk")
        begun = accepted(post=post.code)
        bureau.report(begun)
        type(post).objects.filter(pk=post.pk).update(until=MONDAY.date())
        taken = bureau.report(begun, begun | {"id": "r-new"}, begun | {"at": (MONDAY + DAY).isoformat()})

        assert (taken.new, taken.repeated) == (0, 1)
        assert [(each.index, each.code) for each in taken.rejected] == [(1, "unknown_post"), (2, "identifier_taken")]

    def test_an_identifier_says_one_thing_for_ever(self, bureau):
        begun = accepted()
        bureau.report(begun)
        taken = bureau.report(begun | {"at": (MONDAY + DAY).isoformat()}, begun)

        assert (taken.new, taken.repeated) == (0, 1)
        assert taken.rejected[0].code == "identifier_taken"

    def test_two_organs_have_numbers_and_identifiers_of_their_own(self, bureau, city):
        make_item(city.tax, "TAX-1")
        begun = accepted()
        bureau.report(begun)
        taken = reporting.report([begun | {"item": "TAX-1"}], organ=city.tax, key=make_key(city.tax), at=NOW)

        assert taken.new == 1
        assert Matter.objects.filter(external_id="A-1").count() == 2


# Everything that may be reported of two matters, some of it contradictory.
REPORTS = [
    accepted(),
    accepted(MONDAY + DAY),
    said("step_passed", MONDAY + DAY, step=1),
    said("suspended", MONDAY + 2 * DAY, ground="expert"),
    said("resumed", MONDAY + 4 * DAY),
    said("suspended", MONDAY + 28 * DAY, ground="force_majeure"),
    finished(MONDAY + 9 * DAY),
    finished(MONDAY + 20 * DAY, "refused"),
    said("suspended", MONDAY + DAY, "A-2", ground="expert"),
    accepted(matter="A-2"),
    said("received", MONDAY - 10 * DAY, "A-2", item="JS-1"),
    said("notice", MONDAY - 9 * DAY, "A-2"),
    said("extended", MONDAY + 3 * DAY, days=10, approver="局长批示1号"),
    said("delivered", MONDAY + 11 * DAY),
]
REPORTS += [
    said("corrected", MONDAY + 10 * DAY, corrects=REPORTS[6]["id"]),
    said("corrected", MONDAY + 11 * DAY, corrects=REPORTS[6]["id"], right_at=(MONDAY + 8 * DAY).isoformat()),
    said("corrected", MONDAY + 10 * DAY, corrects=REPORTS[0]["id"], right_at=(MONDAY + DAY / 2).isoformat()),
]


class TestAnyOrder:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_any_order_and_repetition_of_the_same_reports_ends_in_the_same_state(self, bureau, data):
        chosen = data.draw(st.lists(st.sampled_from(range(len(REPORTS))), unique=True, min_size=1))
        shuffled = data.draw(st.permutations(chosen + data.draw(st.lists(st.sampled_from(chosen), max_size=4))))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
        bounds = [0, *cuts, len(shuffled)]

        together = self._after(bureau, [sorted(chosen)])
        apart = self._after(bureau, [shuffled[a:b] for a, b in pairwise(bounds)])

        assert together == apart

    def _after(self, bureau, batches):
        for batch in batches:
            taken = bureau.report(*(REPORTS[place] for place in batch))
            assert not taken.rejected
        without = ("id", "object_id", "first_reported_at", "last_reported_at")
        found = []
        for matter in Matter.objects.order_by("external_id"):
            found.append(row_of(matter, without))
            # Of what was taken back nothing is promised, though it may have been meanwhile.
            for deadline in of_subject(matter).exclude(state="cancelled", ended_at=F("started_at")):
                # What was found late meanwhile stays in the ledger, whatever is corrected afterwards.
                found.append(row_of(deadline, ("id", "object_id", "moved_at", "level", "next_check_at")))
                found.append(
                    list(deadline.suspensions.order_by("started_at").values("started_at", "ended_at", "ground"))
                )
                found.append(list(deadline.extensions.values("number", "unit", "reason", "granted_at")))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in ("matterreport", "matter"):
                cursor.execute(f"DELETE FROM complaints_{table}")  # noqa: S608 - names of our own tables
            for model in apps.get_app_config("accountability").get_models():
                if model is not Clause:  # seeded, and about nobody
                    cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - the same
            for table in ("message", "escalation", "duedatechange", "suspension", "extension", "deadline"):
                cursor.execute(f"DELETE FROM efficiency_{table}")  # noqa: S608 - the same
            cursor.execute("SET LOCAL session_replication_role = origin")
        return found


class TestLevels:
    def test_a_matter_raises_reminder_yellow_and_red_and_tells_the_organ(self, bureau, people):
        bureau.report(accepted(), at=MONDAY)
        for moment in ("2026-03-06 09:00", "2026-03-10 00:01", "2026-03-13 00:01"):
            sweep.run(at=local(moment))

        assert list(Escalation.objects.order_by("level").values_list("level", flat=True)) == [1, 2, 3]
        told = Message.objects.filter(subject_type="complaints.matter", channel="portal")
        assert told.filter(recipient=people["clerk"], kind="deadlines.level_1").exists()
        assert told.filter(recipient=people["leader"], kind="deadlines.level_2").exists()
        assert told.filter(recipient=people["officer"], kind="deadlines.level_2").exists()
        assert not told.filter(recipient=people["other_clerk"]).exists()


def test_the_number_of_statements_does_not_hang_on_the_size_of_a_batch(bureau):
    def course(number: str):
        return (
            received(MONDAY - DAY, matter=number),
            accepted(matter=number),
            said("suspended", MONDAY + DAY, number, ground="expert"),
            said("resumed", MONDAY + 2 * DAY, number),
            extended(MONDAY + 3 * DAY, matter=number),
            finished(MONDAY + 25 * DAY, matter=number),
            said("delivered", MONDAY + 26 * DAY, number),
        )

    def statements(first: int, count: int) -> int:
        batch = [each for number in range(first, first + count) for each in course(f"B-{number}")]
        with CaptureQueriesContext(connection) as seen:
            assert bureau.report(*batch).new == len(batch)
        return len(seen)

    few = statements(0, 2)
    assert statements(2, 40) == few
