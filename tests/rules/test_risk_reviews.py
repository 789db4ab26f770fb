"""Reviews of integrity risk points (docs/domain.md 7): yearly and when the post changes, each a promise."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from efficiency.audit import verify
from efficiency.deadlines import actions as deadlines
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState
from efficiency.organs import searching
from efficiency.organs.models import Duty, DutyKind, Post, RiskPoint, Tenure
from efficiency.outbox.models import Message
from efficiency.risks import actions, rights
from efficiency.risks.models import RiskReview
from tests.factories.cases import TUESDAY, local, make_cast

pytestmark = pytest.mark.django_db
IN_A_YEAR = local(2027, 3, 3)


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def post(cast) -> Post:
    """A post with one risk point that was reviewed on Tuesday."""
    post = Tenure.objects.get(user=cast.clerk).post
    Duty.objects.create(post=post, kind=DutyKind.BUSINESS, text="核发施工许可证。", position=1)
    RiskPoint.objects.create(
        post=post, text="压件不办。", kind="process", grade="high", measure="限时抽查。", reviewed_on=date(2026, 3, 3)
    )
    searching.refresh(Post.objects.filter(pk=post.pk))
    return post


def owed(post: Post) -> RiskReview:
    return post.risk_reviews.get(reviewed_at__isnull=True, void_at__isnull=True)


def due_on(post: Post) -> date:
    return deadlines.running(owed(post), [actions.REVIEW]).get().due_at.astimezone(TUESDAY.tzinfo).date()


class TestWhatIsOwed:
    def test_a_year_after_the_last_one_by_the_leader(self, cast, post):
        assert actions.keep_up(at=TUESDAY) == 1
        assert actions.keep_up(at=TUESDAY) == 0

        leaders = Tenure.objects.get(user=cast.leader).post
        promise = deadlines.running(owed(post)).get()
        assert (promise.organ, promise.post, promise.variant) == (post.organ, leaders, "yearly")
        assert due_on(post) == IN_A_YEAR.date()

    def test_within_twenty_working_days_where_there_was_none(self, post):
        RiskPoint.objects.update(reviewed_on=None)
        actions.keep_up(at=TUESDAY)

        assert due_on(post) == date(2026, 3, 31)

    @pytest.mark.parametrize(
        "change",
        [
            lambda post: Duty.objects.filter(post=post).update(text="核发、变更施工许可证。"),
            lambda post: Post.objects.filter(pk=post.pk).update(powers="现场核查"),
            lambda post: RiskPoint.objects.create(post=post, text="泄密。", kind="system", grade="low", measure="培训"),
        ],
        ids=["a duty", "the powers", "a new risk point"],
    )
    def test_sooner_when_the_post_changes(self, post, change):
        actions.keep_up(at=TUESDAY)
        change(post)
        actions.keep_up(at=TUESDAY + timedelta(days=1))

        assert due_on(post) == date(2026, 4, 1)
        assert actions.keep_up(at=TUESDAY + timedelta(days=2)) == 0

    def test_a_change_gives_no_more_time(self, post):
        actions.keep_up(at=TUESDAY)
        Duty.objects.filter(post=post).update(text="核发、变更施工许可证。")
        actions.keep_up(at=IN_A_YEAR - timedelta(days=2))

        assert due_on(post) == IN_A_YEAR.date()

    def test_nothing_where_the_post_has_ended_or_has_no_risk_points(self, cast, post):
        actions.keep_up(at=TUESDAY)
        review = owed(post)
        RiskPoint.objects.all().delete()
        actions.keep_up(at=TUESDAY + timedelta(days=1))

        review.refresh_from_db()
        assert review.void_at is not None
        assert deadlines.of_subject(review).get().state == DeadlineState.CANCELLED

    def test_two_questions_however_many_posts_owe_theirs(self, post, django_assert_num_queries):
        actions.keep_up(at=TUESDAY)
        with django_assert_num_queries(5):  # two of them are the transaction's, one is the lock
            actions.keep_up(at=TUESDAY)

    def test_one_that_nobody_makes_is_escalated_to_the_leader_of_the_organ(self, cast, post):
        actions.keep_up(at=TUESDAY)
        sweep.run(at=IN_A_YEAR + timedelta(days=1))

        for level in (1, 2):
            assert Message.objects.filter(recipient=cast.leader, kind=f"deadlines.level_{level}").exists()
        assert not Message.objects.filter(recipient=cast.clerk).exists()
        assert [finding.number for finding in verify.run() if finding.violations] == []


class TestReviewing:
    def test_it_is_noted_with_who_and_when_and_the_next_is_due_in_a_year(self, cast, post):
        actions.keep_up(at=TUESDAY - timedelta(days=30))
        before = owed(post)
        made = actions.review(post, by=cast.leader, at=TUESDAY)

        assert (made, made.reviewed_by, made.reviewed_at) == (before, cast.leader, TUESDAY)
        assert deadlines.of_subject(made).get().state == DeadlineState.MET
        assert post.risk_points.get().reviewed_on == date(2026, 3, 3)
        assert due_on(post) == IN_A_YEAR.date()

    def test_a_changed_sheet_is_reviewed_by_it(self, cast, post):
        actions.keep_up(at=TUESDAY)
        Duty.objects.filter(post=post).update(text="核发、变更施工许可证。")
        actions.review(post, by=cast.leader, at=TUESDAY)

        assert actions.keep_up(at=TUESDAY) == 0
        assert due_on(post) == IN_A_YEAR.date()

    def test_P15_who_answers_for_no_risk_points_of_the_post_notes_nothing(self, cast, post):
        for who in (cast.clerk, cast.tax_leader, cast.inspector, cast.auditor):
            with pytest.raises(actions.Refused):
                actions.review(post, by=who, at=TUESDAY)
        actions.keep_up(at=TUESDAY)
        people = ("clerk", "tax_leader", "leader", "officer")
        known = {who: rights.reviews(getattr(cast, who)).exists() for who in people}
        assert known == {"clerk": False, "tax_leader": False, "leader": True, "officer": True}

    def test_it_is_made_from_the_page_of_the_post(self, cast, post):
        address = reverse("admin:efficiency_post_review_risks", args=[post.pk])
        browsers = {who: Client() for who in ("leader", "clerk", "inspector")}
        for who, browser in browsers.items():
            browser.force_login(getattr(cast, who))
        page = browsers["leader"].get(reverse("admin:efficiency_post_change", args=[post.pk])).content.decode()
        assert address in page
        shown = browsers["leader"].get(address)
        assert "压件不办。" in shown.content.decode()
        assert [browsers[who].get(address).status_code for who in ("clerk", "inspector")] == [404, 403]

        # What changed after it was read is confirmed only once it is read itself.
        seen = {"seen": shown.context["form"]["seen"].value()}
        for change in (
            lambda: RiskPoint.objects.filter(post=post).update(measure="从不抽查。"),
            lambda: RiskPoint.objects.create(post=post, text="泄密。", kind="system", grade="low", measure="培训"),
            lambda: Duty.objects.filter(post=post).update(text="核发、变更施工许可证。"),
        ):
            change()
            again = browsers["leader"].post(address, seen)
            assert again.status_code == 200
            assert again.context["form"].non_field_errors()
            assert f'value="{again.context["form"]["seen"].value()}"' in again.content.decode()
            seen = {"seen": again.context["form"]["seen"].value()}
        assert browsers["leader"].post(address).status_code == 200
        assert not post.risk_reviews.filter(reviewed_at__isnull=False).exists()

        assert browsers["leader"].post(address, seen).status_code == 302
        assert post.risk_reviews.filter(reviewed_by=cast.leader).count() == 1
