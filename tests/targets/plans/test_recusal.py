"""What is of the own post or organ: nobody decides on it, and no office shows more of it (docs/trust.md Z-07, Z-09)."""

from datetime import date

import pytest
from django.urls import reverse

from efficiency.access.scope import scope_of
from efficiency.organs.models import Rank, Role, Tenure
from targets.models import Plan, Report
from targets.plans import drafting, negotiating, offers
from targets.plans.drafting import Begin
from targets.plans.enums import State
from targets.plans.refusals import Absent, NotAllowed
from targets.reports import checkers, deadlines, opening
from targets.reports import offers as report_offers
from tests.factories import reports as make
from tests.factories.staff import make_organ, make_user, seat
from tests.factories.targets import TUESDAY, make_plan
from tests.targets.plans.test_way import WHOLE


def knows(person, *plans):
    """Which of the plans the person may know of, in both ways of asking."""
    scope_of(person, fresh=True)
    read = set(Plan.objects.visible_to(person).values_list("pk", flat=True))
    heads = set(Plan.objects.headers_visible_to(person).values_list("pk", flat=True))
    assert read <= heads
    return [plan for plan in plans if plan.pk in heads]


def twin_of(person, role, organ, **more):
    """A second account of the same natural person, on a post of another organ."""
    other = seat(role, organ, **more)
    for account in (person, other):
        type(account).objects.filter(pk=account.pk).update(full_name="同一人", phone="13800138000")
        account.refresh_from_db()
    return other


@pytest.fixture
def above(settings):
    """The office above the city's, beside the tree, as the operator named it."""
    settings.ABOVE_CITY_OFFICE = "440600-LD"
    organ = make_organ("440600-LD", "市效能建设领导小组", "efficiency_office")
    organ.position = 9
    organ.save()
    return organ


class TestOwnPost:
    def test_Z07_the_draft_of_an_own_post_is_absent_for_officers_of_the_office(self, cast):
        post = cast.clerk.tenures.get().post
        draft = make_plan(cast.city.construction, cast.city.office, post=post, state=State.DRAFT)
        assert knows(cast.officer, draft) == [draft]
        Tenure.objects.create(user=cast.officer, post=post, since=date(2020, 1, 1), until=date(2021, 1, 1))

        assert knows(cast.officer, draft) == []
        with pytest.raises(Absent):
            drafting.edit(draft, by=cast.officer, at=TUESDAY, version=draft.version, content=())

    def test_Z07_from_whatever_account_and_for_the_auditor_too(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, post=cast.post)
        for person in (cast.officer, cast.auditor):
            assert knows(person, plan) == [plan]
            Tenure.objects.create(user=person, post=cast.post, since=date(2020, 1, 1), until=date(2021, 1, 1))
            assert knows(person, plan) == []
        assert knows(cast.clerk, plan) == [plan]

    def test_Z07_a_leader_does_not_know_of_the_draft_of_the_own_post(self, cast):
        post = cast.deputy.tenures.get().post
        draft = make_plan(cast.city.construction, cast.city.office, post=post, state=State.DRAFT)
        assert knows(cast.deputy, draft) == []
        assert knows(cast.leader, draft) == [draft]

    def test_Z07_it_is_in_no_list_count_or_export_of_the_office(self, cast, client):
        plan = make_plan(cast.city.construction, cast.city.office, post=cast.post)
        opening.open_missing(at=make.MARCH)
        query = {"whose": "posts", "year": 2026, "span": "year"}
        client.force_login(cast.officer)
        assert plan.post.name in client.get(reverse("targets:progress"), query).content.decode()
        Tenure.objects.create(user=cast.officer, post=cast.post, since=date(2020, 1, 1), until=date(2021, 1, 1))

        assert plan.post.name not in client.get(reverse("targets:progress"), query).content.decode()
        assert client.get(reverse("targets:progress_plan", args=[plan.pk])).status_code == 404
        assert client.get(reverse("admin:targets_plan_change", args=[plan.pk])).status_code == 404
        assert plan.title not in client.get(reverse("admin:targets_plan_changelist")).content.decode()
        scope_of(cast.officer, fresh=True)
        assert not Report.objects.headers_visible_to(cast.officer).filter(plan=plan).exists()


class TestOwnOrgan:
    def test_Z07_whoever_sits_in_an_organ_does_not_approve_its_plan_for_the_office(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, state=State.AGREED)
        inside, apart = make_user(), seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        seat(Role.OFFICE_OFFICER, cast.city.office, user=inside)
        seat(Role.CLERK, cast.city.construction, user=inside)
        twin_of(apart, Role.ORGAN_LEADER, cast.city.construction)
        assert plan in offers.waiting_for(cast.officer)
        for person in (inside, apart):
            assert plan not in offers.waiting_for(person)
            with pytest.raises((Absent, NotAllowed)):
                negotiating.approve(plan, by=person, at=TUESDAY, version=plan.version)
        negotiating.approve(plan, by=cast.officer, at=TUESDAY, version=plan.version)

    def test_Z07_they_know_of_it_as_others_there_and_of_no_draft(self, cast):
        draft = make_plan(cast.city.construction, cast.city.office, state=State.DRAFT)
        holds = make_plan(cast.city.construction, cast.city.office, year=2025)
        of_post = make_plan(cast.city.construction, cast.city.office, post=cast.post)
        assert knows(cast.officer, draft, holds, of_post) == [draft, holds, of_post]
        seat(Role.CLERK, cast.city.construction, user=cast.officer)
        assert knows(cast.officer, draft, holds, of_post) == [holds]

    def test_Z07_nobody_drafts_as_the_office_for_the_own_organ(self, cast):
        seat(Role.CLERK, cast.city.construction, user=cast.appraiser)
        with pytest.raises(NotAllowed):
            drafting.draft(cast.city.construction, by=cast.appraiser, at=TUESDAY, year=2026, begin=Begin.EMPTY)
        with pytest.raises(NotAllowed):
            drafting.draft_many([cast.city.construction], by=cast.appraiser, at=TUESDAY, year=2026)


class TestOfficeAbove:
    def test_Z09_the_office_above_the_citys_drafts_approves_and_checks_what_is_the_citys(self, cast, above):
        officer, head = (seat(Role.OFFICE_OFFICER, above, Rank.APPROVER, is_head=each) for each in (False, True))
        appraiser = seat(Role.APPRAISAL_OFFICER, above)
        plan = drafting.draft(cast.city.office, by=appraiser, at=TUESDAY, year=2026, begin=Begin.STANDARD)
        assert plan.office == above
        assert knows(appraiser, plan) == knows(head, plan) == [plan]
        assert knows(cast.officer, plan) == knows(cast.head, plan) == []
        drafting.edit(plan, by=appraiser, at=TUESDAY, version=plan.version, content=WHOLE)
        negotiating.put(plan, by=appraiser, at=TUESDAY, version=plan.version)
        assert knows(cast.head, plan) == [plan]
        negotiating.agree(plan, by=cast.head, at=TUESDAY, version=plan.version)
        negotiating.approve(plan, by=officer, at=TUESDAY, version=plan.version)

        report = make.report_of(make_plan(cast.city.office, above, year=2026, post=cast.officer.tenures.get().post))
        make.fill_all(report, by=cast.officer)
        make.submit(report, by=cast.officer)
        assert report in report_offers.waiting_for(appraiser)
        assert report not in report_offers.waiting_for(cast.appraiser)
        make.accept(report, by=appraiser)

    def test_Z09_without_an_office_above_the_plan_of_the_citys_office_is_not_begun(self, cast):
        for person in (cast.officer, cast.head, cast.appraiser):
            with pytest.raises(NotAllowed) as refusal:
                drafting.draft(cast.city.office, by=person, at=TUESDAY, year=2026, begin=Begin.EMPTY)
        assert "ABOVE_CITY_OFFICE" in str(refusal.value.message)
        with pytest.raises(NotAllowed):
            drafting.draft_many([cast.city.office], by=cast.appraiser, at=TUESDAY, year=2026)

    def test_I12_what_nobody_can_check_is_counted_and_its_page_says_who_has_to(self, cast, above, client):
        report = make.report_of(make_plan(cast.city.office, above, post=cast.officer.tenures.get().post))
        make.fill_all(report, by=cast.officer)
        make.submit(report, by=cast.officer)
        assert (checkers.count_without(), owing(report)) == (1, above)
        assert above.name in checkers.who_has_to(report)
        client.force_login(cast.officer)
        page = client.get(reverse("admin:targets_report_change", args=[report.pk])).content.decode()
        assert checkers.who_has_to(report) in page

        seat(Role.APPRAISAL_OFFICER, above)
        assert (checkers.count_without(), checkers.who_has_to(report)) == (0, "")

    def test_Z09_where_the_own_office_has_no_appraisal_officer_the_next_one_above_owes_the_check(self, cast):
        district = cast.city.district_office
        plan = make_plan(cast.city.district, district)
        report = make.report_of(plan)
        assert deadlines.checking_office(report) == cast.city.office
        seat(Role.APPRAISAL_OFFICER, district)
        assert deadlines.checking_office(report) == district


def owing(report):
    """The organ that owes the check now."""
    return deadlines.running(report, deadlines.CHECK).organ
