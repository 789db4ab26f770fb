"""How promises to citizens are kept (docs/domain.md 12): each figure as defined, and as it was known at a moment."""

from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accountability.models import Correction
from complaints.matters.promises import KIND as MATTER
from complaints.models import Case, Evaluation, Matter
from disclosure.models import InformationRequest
from efficiency.deadlines import known
from efficiency.deadlines.models import COUNTED_KINDS, Deadline, DueDateChange, Suspension
from targets.measures import limits, registry
from targets.measures.registry import Key, Part, Window
from tests.moments import local
from tests.planner import tell_planner
from tests.targets.measures import rows
from tests.targets.measures.conftest import AS_OF, SINCE, UNTIL

pytestmark = pytest.mark.django_db
MARCH_10, MARCH_20, APRIL_20 = local("2026-03-10 09:00"), local("2026-03-20 09:00"), local("2026-04-20 09:00")


@pytest.fixture
def organ(cast):
    return cast.city.construction


@pytest.fixture
def case(cast, organ):
    """Return a function that stores so many cases of the organ."""

    def make(number=1, **fields):
        return rows.cases(number, organ=organ, office=cast.city.office, **fields)

    return make


class TestWorkedExample:  # docs/domain.md 12
    """240 received; 90 assigned; 88 replied in the month, 85 of them in time; 2 unreplied and overdue; 60 evaluated."""

    @pytest.fixture(autouse=True)
    def month(self, cast, organ, case):
        received = case(240)
        # The organ replies to 84 of those, and to 4 that it had before; the office answers 150 itself.
        earlier = case(4, received_at=local("2026-02-10 10:00"), accepted_at=local("2026-02-10 10:00"))
        for each in received[:90]:
            rows.event(each, "instruct", at=MARCH_10, handling="assigned", organ=organ.pk)
        answered = [*received[:84], *earlier]
        rows.promises(answered[:85], "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)
        rows.promises(answered[85:], "complaints.reply", organ=organ, due="2026-03-17", met=MARCH_20)
        for overdue in rows.promises(received[84:86], "complaints.reply", organ=organ, due="2026-03-24"):
            rows.overdue(overdue)
        rows.promises(received[86:90], "complaints.reply", organ=organ, due="2026-04-08")
        people = {"by": cast.leader, "and_by": cast.clerk}
        sent = rows.replies(answered, at=MARCH_20, **people)
        rows.replies(received[90:], at=MARCH_10, by=cast.officer, and_by=cast.officer, on_the_spot=True)
        for grade, begin, end in ((5, 0, 25), (4, 25, 45), (3, 45, 54), (2, 54, 58), (1, 58, 60)):
            rows.evaluations(sent[begin:end], grade, at=local("2026-03-25 10:00"))

    def test_direct_is_62_50_and_assigned_37_50(self, cast, figure, rounded):
        office = cast.city.office
        assert figure("received", office) == (240, None, 240)
        assert (figure("direct_rate", office)[:2], rounded("direct_rate", office)) == ((150, 240), Decimal("62.50"))
        assert (figure("assigned_rate", office)[:2], rounded("assigned_rate", office)) == ((90, 240), Decimal("37.50"))

    def test_closing_is_93_33(self, organ, figure, rounded):
        assert figure("closing_rate", organ)[:2] == (84, 90)
        assert rounded("closing_rate", organ) == Decimal("93.33")

    def test_evaluation_is_68_18(self, organ, figure, rounded):
        assert figure("evaluation_rate", organ)[:2] == (60, 88)
        assert rounded("evaluation_rate", organ) == Decimal("68.18")

    def test_evaluation_has_no_answers_on_the_spot_and_all_causes_on_both_sides(self, cast, organ, case, figure):
        spot = case()
        rows.promises(spot, "complaints.accept", organ=organ, due="2026-03-24", met=MARCH_20)
        sent = rows.replies(spot, at=MARCH_20, by=cast.leader, and_by=cast.clerk, on_the_spot=True)
        rows.evaluations(sent, 5, at=local("2026-03-25 10:00"))
        negative = Evaluation.objects.filter(grade=1).earliest("pk")
        found_at = local("2026-03-26 10:00")
        rows.event(negative.case, "record_follow_up", at=found_at, cause="objective", evaluation=negative.pk)

        assert figure("satisfaction", organ)[:2] == (55, 60)
        assert figure("evaluation_rate", organ)[:2] == (60, 88)

    def test_on_time_closing_is_94_44(self, organ, figure, rounded):
        assert figure("on_time_closing", organ)[:2] == (85, 90)
        assert rounded("on_time_closing", organ) == Decimal("94.44")

    def test_satisfaction_is_90_00(self, organ, figure, rounded):
        assert figure("satisfaction", organ)[:2] == (54, 60)
        assert rounded("satisfaction", organ) == Decimal("90.00")
        assert rounded("dissatisfaction", organ) == Decimal("10.00")

    def test_nothing_is_rounded_before_the_end(self, organ, figure):
        assert figure("on_time_closing", organ)[2] == Decimal(100) * 85 / 90

    def test_asked_again_after_everything_went_on_the_answers_are_the_same(self, cast, organ, figure):
        names = ("on_time_closing", "satisfaction", "rework_rate", "average_days", "closing_rate", "evaluation_rate")
        of_office = ("received", "direct_rate", "assigned_rate")
        before = [figure(name, organ) for name in names], [figure(name, cast.city.office) for name in of_office]

        met = {"state": "met", "met_at": APRIL_20, "ended_at": APRIL_20, "next_check_at": None}
        Deadline.objects.filter(state="open").update(organ=cast.city.tax, **met)
        late = Case.objects.filter(pk__in=Deadline.objects.filter(met_at=APRIL_20).values("object_id"))
        rows.evaluations(rows.replies(late, at=APRIL_20, by=cast.leader, and_by=cast.clerk), 1, at=APRIL_20)
        rows.promises(late, "complaints.rework", organ=organ, due="2026-05-08", started_at=APRIL_20)
        rows.event(late[0], "instruct", at=APRIL_20, handling="assigned", organ=cast.city.tax.pk)

        after = [figure(name, organ) for name in names], [figure(name, cast.city.office) for name in of_office]
        assert after == before


class TestOnTime:
    def test_open_and_overdue_counts_in_the_base_as_pitfall_6_asks(self, organ, case, figure):
        in_time, late, overdue, waiting = case(4)
        rows.promises([in_time], "complaints.reply", organ=organ, due="2026-03-10", met=MARCH_10)
        rows.promises([late], "complaints.reply", organ=organ, due="2026-03-09", met=MARCH_10)
        rows.promises([overdue], "complaints.reply", organ=organ, due="2026-03-31")
        rows.promises([waiting], "complaints.reply", organ=organ, due="2026-04-01")

        assert figure("on_time_closing", organ)[:2] == (1, 3)

    def test_what_was_ended_late_stays_broken_and_what_ended_in_time_is_none(self, organ, case, figure):
        early, late = case(2)
        ended = {"state": "cancelled", "ended_at": MARCH_20, "next_check_at": None}
        rows.promises([early], "complaints.reply", organ=organ, due="2026-03-24", **ended)
        rows.promises([late], "complaints.reply", organ=organ, due="2026-03-17", **ended)

        assert figure("on_time_closing", organ)[:2] == (0, 1)

    def test_rework_is_a_promise_of_its_own(self, organ, case, figure):
        (reworked,) = case()
        rows.promises([reworked], "complaints.reply", organ=organ, due="2026-03-10", met=MARCH_10)
        rows.promises([reworked], "complaints.rework", organ=organ, due="2026-03-19", met=MARCH_20, started_at=MARCH_10)

        assert figure("on_time_closing", organ)[:2] == (1, 2)
        assert figure("rework_rate", organ)[:2] == (1, 2)

    def test_one_that_stood_still_at_the_cut_off_is_not_late(self, organ, case, figure, cast):
        (promise,) = rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-24")
        stopped = Suspension.objects.create(
            deadline=promise, ground="expert", reason="检测", started_at=MARCH_20, started_by=cast.office_head
        )
        Deadline.objects.update(state="suspended", suspended_at=MARCH_20, next_check_at=None)
        assert figure("on_time_closing", organ)[:2] == (0, 0)

        Suspension.objects.filter(pk=stopped.pk).update(ended_at=APRIL_20, ended_by=cast.office_head)
        Deadline.objects.update(state="open", suspended_at=None, next_check_at=APRIL_20)
        assert figure("on_time_closing", organ)[:2] == (0, 0)

    def test_a_promise_met_after_the_moment_stays_open(self, organ, case, figure):
        rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-24", met=APRIL_20)
        rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)

        assert figure("on_time_closing", organ)[:2] == (1, 2)
        assert figure("on_time_closing", organ, as_of=local("2026-03-22 10:00"))[:2] == (1, 1)

    def test_what_happened_at_the_very_moment_was_known(self, organ, case, figure):
        rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)

        assert figure("on_time_closing", organ, as_of=MARCH_20)[:2] == (1, 1)
        assert figure("on_time_closing", organ, as_of=MARCH_20 - rows.SECOND)[:2] == (0, 0)

    def test_a_due_date_that_moved_afterwards_is_taken_back(self, organ, case, figure):
        (promise,) = rows.promises(case(), "complaints.reply", organ=organ, due="2026-04-24")
        DueDateChange.objects.create(
            deadline=promise,
            cause="calendar",
            changed_at=local("2026-04-15 10:00"),
            due_before=local("2026-03-24 23:59:59"),
            due_after=promise.due_at,
        )

        assert figure("on_time_closing", organ)[:2] == (0, 1)
        assert figure("on_time_closing", organ, as_of=APRIL_20)[:2] == (0, 0)

    def test_what_was_overdue_is_counted_for_whoever_owed_it_then(self, cast, organ, case, figure):
        (promise,) = rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-24")
        rows.overdue(promise)
        Deadline.objects.update(organ=cast.city.tax)

        assert figure("on_time_closing", organ)[:2] == (0, 1)
        assert figure("on_time_closing", cast.city.tax)[:2] == (0, 0)

    def test_days_are_those_of_foshan(self, organ, case, figure):
        first, last = local("2026-03-01 00:00"), local("2026-03-31 23:59:59")
        for met in (first, last, first - rows.SECOND, last + rows.SECOND):
            rows.promises(
                case(), "complaints.reply", organ=organ, due="2026-04-24", met=met, started_at=first - rows.DAY
            )

        assert figure("on_time_closing", organ)[:2] == (2, 2)

    def test_no_base_is_no_value_and_neither_0_nor_100(self, organ, figure):
        assert figure("on_time_closing", organ) == (0, 0, None)


class TestPosts:
    def test_a_post_has_what_its_holders_answered_for(self, cast, organ, case):
        post = cast.clerk.tenures.get().post
        rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20, post=post)
        rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-17", met=MARCH_20)

        found = registry.get("on_time_closing").of_posts([post.pk], SINCE, UNTIL, AS_OF)[post.pk]
        assert (found.numerator, found.denominator, found.value) == (1, 1, 100)

    def test_what_means_nothing_of_a_post_is_refused(self):
        with pytest.raises(registry.NotOfPosts):
            registry.get("transfers").of_posts([1], SINCE, UNTIL, AS_OF)


class TestSatisfaction:
    def test_one_with_an_objective_cause_leaves_the_base_once_that_was_found(self, cast, organ, case, figure):
        judged = case(2)
        rows.promises(judged, "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)
        sent = rows.replies(judged, at=MARCH_20, by=cast.leader, and_by=cast.clerk)
        rows.evaluations(sent[:1], 5, at=local("2026-03-25 10:00"))
        (negative,) = rows.evaluations(sent[1:], 1, at=local("2026-03-25 10:00"))
        assert figure("satisfaction", organ)[:2] == (1, 2)

        found_at = local("2026-04-12 10:00")
        rows.event(judged[1], "record_follow_up", at=found_at, cause="objective", evaluation=negative.pk)
        assert figure("satisfaction", organ)[:2] == (1, 2)
        assert figure("satisfaction", organ, as_of=found_at)[:2] == (1, 1)

    def test_an_evaluation_given_afterwards_is_not_known(self, cast, organ, case, figure):
        judged = case()
        rows.promises(judged, "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)
        (sent,) = rows.replies(judged, at=MARCH_20, by=cast.leader, and_by=cast.clerk)
        rows.evaluations([sent], 5, at=local("2026-03-25 10:00"))

        assert figure("satisfaction", organ, as_of=local("2026-03-24 10:00")) == (0, 0, None)

    def test_it_is_one_of_whoever_gave_the_reply_wherever_the_case_lies_now(self, cast, organ, case, figure):
        judged = case(handling_organ=cast.city.tax)
        rows.promises(judged, "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)
        rows.promises(judged, "complaints.rework", organ=cast.city.tax, due="2026-04-24", started_at=MARCH_20)
        sent = rows.replies(judged, at=MARCH_20, by=cast.leader, and_by=cast.clerk)
        rows.evaluations(sent, 2, at=local("2026-03-25 10:00"))

        assert figure("satisfaction", organ)[:2] == (0, 1)
        assert figure("satisfaction", cast.city.tax)[:2] == (0, 0)


class TestDays:
    def test_average_days_are_working_days_after_the_acceptance_without_standstill(self, organ, case, figure):
        rows.promises(case(), "complaints.reply", organ=organ, due="2026-03-24", met=local("2026-03-09 10:00"))
        rows.promises(
            case(), "complaints.reply", organ=organ, due="2026-03-24", met=local("2026-03-12 10:00"), suspended_days=2
        )

        # From Tuesday 3 March: 4 working days to Monday the 9th; 7 to Thursday the 12th, 2 of them not counted.
        assert figure("average_days", organ) == (9, 2, Decimal("4.5"))


class TestHowItIsFound:
    def test_the_kinds_of_the_index_are_those_that_figures_count_but_matters(self):
        counted = {kind for kinds, _count in limits.COUNTS.values() for kind in kinds}

        assert set(COUNTED_KINDS) == counted - {MATTER}

    def test_what_ended_before_the_month_is_not_looked_at(self, organ):
        long_ago = local("2025-03-03 10:00")
        former = [Case(pk=1_000_000 + number) for number in range(2_000)]
        rows.promises(former, "complaints.reply", organ=organ, due="2025-03-24", met=long_ago, started_at=long_ago)
        tell_planner()

        statement, window = known.counted("complaints.reply", "complaints.rework"), Window(SINCE, UNTIL, AS_OF)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}", window.parameters)
            plan = "\n".join(row[0] for row in cursor.fetchall())

        assert plan.count("deadline_counted") == 2, plan
        assert "Seq Scan on efficiency_deadline" not in plan


class TestPassing:
    def test_transfers_are_counted_for_whom_the_case_was_taken_from(self, cast, organ, case, figure):
        rows.event(case()[0], "transfer", at=MARCH_20, from_organ=organ.pk, organ=cast.city.tax.pk)

        assert figure("transfers", organ) == (1, None, 1)
        assert figure("transfers", cast.city.tax) == (0, None, 0)

    def test_a_return_was_wrong_where_the_ruling_gave_it_to_the_same_organ(self, cast, organ, case, figure):
        wrong, right, waiting = case(3)
        for each in (wrong, right, waiting):
            rows.event(each, "return", at=MARCH_10, from_organ=organ.pk)
        rows.event(right, "instruct", at=MARCH_20, organ=cast.city.tax.pk)
        rows.event(wrong, "instruct", at=APRIL_20, organ=organ.pk)

        assert figure("wrong_return_rate", organ)[:2] == (0, 3)
        assert figure("wrong_return_rate", organ, as_of=APRIL_20)[:2] == (1, 3)


@pytest.mark.parametrize("name", [each.name for each in registry.measures()])
class TestEach:
    def test_is_one_statement_whatever_the_number_of_organs(self, cast, name):
        for model in (Case, Matter, InformationRequest, Correction):
            ContentType.objects.get_for_model(model)
        organs = [organ.pk for organ in vars(cast.city).values()]
        measure = registry.get(name)
        measure.of_organs(organs, SINCE, UNTIL, AS_OF)  # what is remembered besides, such as points of cards

        with CaptureQueriesContext(connection) as queries:
            found = measure.of_organs(organs, SINCE, UNTIL, AS_OF)

        assert len(queries) == 1
        assert set(found) == set(organs)

    def test_rows_are_those_of_its_models(self, cast, name):
        measure, window = registry.get(name), Window(SINCE, UNTIL, AS_OF)
        for part, model in ((Part.NUMERATOR, measure.counts), (Part.DENOMINATOR, measure.of)):
            if model is not None:
                assert measure.rows(Key.ORGAN, [cast.city.construction.pk], window, part).model is model

    def test_posts_have_it_where_it_says_so(self, cast, name):
        measure, post = registry.get(name), cast.clerk.tenures.get().post
        if measure.has_posts:
            assert set(measure.of_posts([post.pk], SINCE, UNTIL, AS_OF)) == {post.pk}
