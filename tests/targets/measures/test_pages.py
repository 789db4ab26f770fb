"""Where a figure comes from: its page, who finds it, which rows they find there (docs/trust.md Z-02, Z-07)."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.enums import RecusalGround, State
from complaints.models import Recusal
from efficiency.organs.models import Role, Tenure, TenureKind
from targets.measures import registry, showing
from targets.measures.registry import Part
from tests.factories import appraisal as make_appraisal
from tests.factories import cases as make
from tests.factories.staff import seat
from tests.moments import local
from tests.targets.measures import rows
from tests.targets.measures.conftest import AS_OF, SINCE, UNTIL

pytestmark = pytest.mark.django_db


@pytest.fixture
def organ(cast):
    return cast.city.construction


@pytest.fixture
def post(cast):
    return cast.clerk.tenures.get().post


def browse(user, subject, name="on_time_closing", part=Part.NUMERATOR, **query):
    browser = Client()
    browser.force_login(user)
    page = showing.address(registry.get(name), subject, SINCE, UNTIL, AS_OF, part)
    return browser.get(page, query) if query else browser.get(page)


def ask(user, post, query):
    """Ask for the figure of a post in a time of its own."""
    browser = Client()
    browser.force_login(user)
    return browser.get(showing.address(registry.get("on_time_closing"), post, SINCE, UNTIL, AS_OF).split("?")[0], query)


@pytest.fixture
def replied(cast, organ):
    """A case that the clerk answered in time, and one that is overdue."""
    answered = make.case_in(State.REPLIED, cast, at=local("2026-03-03 10:00"))
    late = make.case_in(State.HANDLING, cast, at=local("2026-03-03 10:00"))
    return answered, late


class TestPage:
    def test_numerator_and_denominator_are_tabs_and_each_row_leads_to_its_page(self, cast, organ, replied):
        answered, late = replied

        counted = browse(cast.leader, organ).content.decode()
        of = browse(cast.leader, organ, part=Part.DENOMINATOR).content.decode()

        assert f"/admin/complaints/case/{answered.pk}/" in counted
        assert f"/admin/complaints/case/{late.pk}/" not in counted
        assert late.number in of
        assert answered.number in of
        assert 'data-figure="50"' in counted

    @pytest.mark.parametrize("name", [each.name for each in registry.measures()])
    def test_there_is_one_of_every_figure_and_side(self, cast, organ, post, replied, name):
        measure = registry.get(name)
        for part in Part if measure.of is not None else [Part.NUMERATOR]:
            assert browse(cast.office_head, organ, name, part).status_code == 200
            assert browse(cast.office_head, post, name, part).status_code == (200 if measure.has_posts else 404)

    @pytest.mark.parametrize("part", list(Part))
    def test_it_asks_no_more_where_there_are_more_rows(self, cast, organ, part):
        def ask():
            with CaptureQueriesContext(connection) as queries:
                assert browse(cast.office_head, organ, part=part).status_code == 200
            return len(queries)

        def answered(number):
            found = rows.cases(number, organ=organ, office=cast.city.office, handling_organ=organ)
            rows.promises(found, "complaints.reply", organ=organ, due="2026-03-24", met=local("2026-03-20 10:00"))

        answered(2)
        ask()
        before = ask()
        answered(4)
        assert ask() == before

    @pytest.mark.parametrize(
        "query",
        [
            {"since": "2026-13-01"},
            {"since": "1800-01-01"},
            {"since": "2026-03-01", "until": "2026-03-01"},
            {"since": "2020-01-01", "until": "2026-01-01"},
            {"as_of": "now"},
            {"as_of": "2026-03-01T10:00"},
            {"part": "other"},
        ],
    )
    def test_an_address_that_makes_no_sense_is_refused(self, cast, organ, query):
        browser = Client()
        browser.force_login(cast.leader)

        assert (
            browser.get(f"/supervision/appraisals/source/on_time_closing/organs/{organ.pk}/", query).status_code == 400
        )

    def test_without_a_period_it_is_this_year_as_it_is_known_now(self, cast, organ):
        browser = Client()
        browser.force_login(cast.leader)

        shown = browser.get(f"/supervision/appraisals/source/on_time_closing/organs/{organ.pk}/")
        assert shown.context["since"] == date(shown.context["as_of"].year, 1, 1)


class TestWho:
    def test_Z02_strangers_are_led_to_the_log_in(self, client, organ):
        page = showing.address(registry.get("survey"), organ, SINCE, UNTIL, AS_OF)
        assert client.get(page)["Location"].startswith("/admin/login/")

    def test_Z02_of_an_organ_whoever_works_there_or_reaches_it(self, cast, organ):
        appraiser = seat(Role.APPRAISAL_OFFICER, cast.city.office)
        for user in (cast.clerk, cast.leader, cast.officer, cast.inspector, appraiser, cast.auditor):
            assert browse(user, organ).status_code == 200
        for user in (cast.tax_clerk, cast.tax_leader, seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)):
            assert browse(user, organ).status_code == 404

    def test_Z02_of_a_post_its_holder_and_those_above(self, cast, post):
        colleague = seat(Role.CLERK, cast.city.construction)
        for user in (cast.clerk, cast.leader, cast.officer):
            assert browse(user, post).status_code == 200
        for user in (colleague, cast.tax_leader):
            assert browse(user, post).status_code == 404

    def test_Z02_of_a_post_whoever_held_it_in_the_time_and_nobody_who_follows_or_stands_in(self, cast, post):
        before, after = cast.clerk, seat(Role.CLERK, cast.city.tax)
        stand_in = seat(Role.CLERK, cast.city.construction)
        before.tenures.update(until=date(2026, 4, 5))
        seat(Role.CLERK, cast.city.tax, user=before)
        Tenure.objects.create(user=after, post=post, since=date(2026, 4, 5))
        Tenure.objects.create(user=stand_in, post=post, since=SINCE, until=date(2026, 12, 1), kind=TenureKind.STAND_IN)

        # March is the time of the one before, and April of the one who follows, but as it was known in March.
        april = {"since": "2026-04-01", "until": "2026-05-01"}
        known = {"as_of": AS_OF.isoformat()}
        in_march = {"as_of": local("2026-03-20 12:00").isoformat()}
        for user, of_march, of_april, of_april_in_march in ((before, 200, 404, 200), (after, 404, 200, 404)):
            assert browse(user, post).status_code == of_march
            assert ask(user, post, april | known).status_code == of_april
            assert ask(user, post, april | in_march).status_code == of_april_in_march
        assert browse(stand_in, post).status_code == 404

    def test_Z02_of_the_own_post_those_above_know_no_more_than_its_holder(self, cast):
        before = cast.leader
        post = before.tenures.get().post
        before.tenures.update(until=date(2026, 4, 5))
        after = seat(Role.ORGAN_LEADER, cast.city.tax)
        Tenure.objects.create(user=after, post=post, since=date(2026, 4, 5))

        assert browse(after, post).status_code == 404
        assert browse(after, cast.clerk.tenures.get().post).status_code == 200

    def test_Z02_what_is_not_there_is_not_there(self, cast, organ):
        browser = Client()
        browser.force_login(cast.office_head)
        for page in (f"nothing/organs/{organ.pk}", "survey/organs/999999", "transfers/posts/999999"):
            assert browser.get(f"/supervision/appraisals/source/{page}/").status_code == 404
        assert browse(cast.office_head, organ, "transfers", Part.DENOMINATOR).status_code == 404

    def test_Z07_a_case_from_which_somebody_is_recused_is_neither_counted_nor_listed(self, cast, organ, replied):
        answered, _late = replied
        Recusal.objects.create(
            case=answered,
            user=cast.inspector,
            ground=RecusalGround.DECLARED,
            at=local("2026-03-03 10:00"),
            reason="亲属",
        )

        shown = browse(cast.inspector, organ)
        assert answered.number not in shown.content.decode()
        assert [tab.number for tab in shown.context["tabs"]] == [0, 1]

    def test_Z14_without_a_seat_of_the_office_only_whole_months_are_asked_for(self, cast, post):
        one_day = {"since": "2026-03-03", "until": "2026-03-04"}

        assert ask(cast.clerk, post, one_day).status_code == 400
        assert ask(cast.clerk, post, {"since": "2026-03-01", "until": "2026-04-01"}).status_code == 200
        assert ask(cast.inspector, post, one_day).status_code == 200

    def test_Z02_a_clerk_finds_the_own_cards_alone_behind_those_of_the_organ(self, cast, organ):
        by = (cast.inspector, cast.officer)
        own = rows.card(organ, "yellow", at=local("2026-03-05 10:00"), by=by, person=cast.clerk)
        other = rows.card(organ, "yellow", at=local("2026-03-05 11:00"), by=by, person=cast.leader)

        shown = browse(cast.clerk, organ, "cards_yellow")
        assert own.number in shown.content.decode()
        assert other.number not in shown.content.decode()
        assert [tab.number for tab in shown.context["tabs"]] == [2]

    def test_whoever_knows_the_figure_of_a_survey_knows_its_result(self, cast, organ):
        make_appraisal.make_survey(organ, "88.6", by=cast.officer, second=cast.office_head)
        browser = Client()
        browser.force_login(cast.clerk)
        given = (date(2026, 1, 1), date(2027, 1, 1), make_appraisal.AS_OF)

        shown = browser.get(showing.address(registry.get("survey"), organ, *given)).content.decode()
        assert "市统计局2026年度群众评议" in shown
