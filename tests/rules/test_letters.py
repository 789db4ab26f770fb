"""Responsibility letters (docs/domain.md 7): issued from the sheets, frozen, signed by holder and leader, promised."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.deadlines import actions as deadlines
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.letters import actions, rights
from efficiency.letters.models import (
    LetterSignature,
    LetterVoid,
    OwedLetters,
    Part,
    ResponsibilityLetter,
    VoidReason,
)
from efficiency.organs.models import Duty, DutyKind, Post, RiskPoint, Role, Tenure
from efficiency.outbox.models import Message
from tests.factories.cases import local, make_cast
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

JANUARY = local(2026, 1, 12)
IN_JUNE = local(2026, 6, 1)


def post_of(user) -> Post:
    return Tenure.objects.get(user=user).post


def write_sheets() -> None:
    """Give every post both halves of its sheet and a risk point."""
    posts = list(Post.objects.order_by("pk"))
    halves = [(post, kind) for post in posts for kind in DutyKind]
    Duty.objects.bulk_create(Duty(post=post, kind=kind, text=f"{kind.label}。", position=1) for post, kind in halves)
    risk = {"text": "审批自由裁量。", "kind": "process", "grade": "medium", "measure": "双人审查。"}
    RiskPoint.objects.bulk_create(RiskPoint(post=post, **risk) for post in posts)


@pytest.fixture
def cast():
    cast = make_cast()
    write_sheets()
    clerks, leader = post_of(cast.clerk), post_of(cast.leader)
    clerks.superior = leader
    clerks.save()
    return cast


def issue(cast, at=JANUARY, year=2026):
    return actions.issue(year, [cast.city.construction], by=cast.officer, at=at)


def letter_of(user, **more) -> ResponsibilityLetter:
    return ResponsibilityLetter.objects.living().get(holder=user, **more)


def sign(letter, by, at=JANUARY):
    return actions.sign(letter, by=by, at=at, text_sha256=letter.text_sha256)


def promise_of(letter):
    return deadlines.of_subject(letter).get()


def violations() -> dict[str, int]:
    return {f.title: f.violations for f in verify.run("I-34", "I-17", "I-14") if f.violations}


class TestIssue:
    def test_each_holder_gets_one_with_both_halves_and_the_risk_points(self, cast):
        issued = issue(cast)

        assert (issued.made, issued.kept) == (2, 0)
        text = letter_of(cast.clerk).text
        for part in ("一、岗位职责", "二、廉政责任", "审批自由裁量。", "双人审查。", cast.clerk.full_name):
            assert part in text
        assert "第一责任人" in letter_of(cast.leader).text
        assert Message.objects.filter(kind=actions.ISSUED, recipient=cast.clerk).count() == 1

    def test_issuing_again_makes_nothing_twice(self, cast):
        issue(cast)
        assert (issue(cast).made, issue(cast).kept) == (0, 2)

    def test_a_sheet_without_one_half_gets_none_and_is_named(self, cast):
        Duty.objects.filter(post=post_of(cast.clerk), kind=DutyKind.INTEGRITY).delete()
        issued = issue(cast)
        assert (issued.made, issued.incomplete) == (1, [post_of(cast.clerk)])

    def test_before_the_end_of_march_it_is_due_then_and_afterwards_within_the_limit(self, cast):
        issue(cast)
        assert timezone.localdate(promise_of(letter_of(cast.clerk)).due_at) == date(2026, 3, 31)
        actions.issue(2026, [cast.city.tax], by=cast.officer, at=IN_JUNE)
        assert timezone.localdate(promise_of(letter_of(cast.tax_clerk)).due_at) == date(2026, 6, 15)

    def test_the_questions_do_not_grow_with_the_posts(self, cast, django_assert_max_num_queries):
        for _number in range(12):
            seat(Role.CLERK, cast.city.tax)
        Duty.objects.all().delete()
        write_sheets_of_tax = Post.objects.filter(organ=cast.city.tax)
        Duty.objects.bulk_create(
            Duty(post=post, kind=kind, text="职责。", position=1) for post in write_sheets_of_tax for kind in DutyKind
        )
        with django_assert_max_num_queries(34):
            assert actions.issue(2026, [cast.city.tax], by=cast.officer, at=JANUARY).made == 14

    def test_an_unsigned_one_is_replaced_when_the_sheet_changed_and_gets_no_more_time(self, cast):
        issue(cast)
        old = letter_of(cast.clerk)
        Duty.objects.filter(post=post_of(cast.clerk)).update(text="新的职责。")
        issued = issue(cast, at=IN_JUNE)

        new = letter_of(cast.clerk)
        assert (issued.made, issued.replaced, new.issue) == (1, 1, 2)
        assert LetterVoid.objects.get().letter == old
        assert timezone.localdate(promise_of(new).due_at) == date(2026, 6, 1)  # that of the old one was over
        assert promise_of(old).state == DeadlineState.CANCELLED
        assert promise_of(old).level == 4  # and stays broken

    def test_a_signed_one_stays_as_it_was_signed(self, cast):
        issue(cast)
        sign(letter_of(cast.clerk), cast.clerk)
        Duty.objects.filter(post=post_of(cast.clerk)).update(text="新的职责。")
        assert issue(cast).kept == 2
        assert "新的职责。" not in letter_of(cast.clerk).text

    def test_Z01_a_leader_issues_for_the_own_organ_and_a_clerk_for_none(self, cast):
        assert actions.issue(2026, [cast.city.construction], by=cast.leader, at=JANUARY).made == 2
        for by, organ in ((cast.leader, cast.city.tax), (cast.clerk, cast.city.construction)):
            with pytest.raises(actions.NotAllowed):
                actions.issue(2026, [organ], by=by, at=JANUARY)

    @pytest.mark.parametrize("year", [2025, 2028])
    def test_only_this_year_and_the_next(self, cast, year):
        with pytest.raises(actions.Refused):
            issue(cast, year=year)


class TestSign:
    def test_the_holder_signs_first_then_the_leader_and_the_promise_is_kept(self, cast):
        issue(cast)
        letter = letter_of(cast.clerk)
        assert promise_of(letter).responsible == cast.clerk
        with pytest.raises(actions.NotAllowed):
            sign(letter, cast.leader)

        sign(letter, cast.clerk)
        owed = promise_of(letter)
        assert (owed.responsible, owed.post, owed.is_running) == (cast.leader, post_of(cast.leader), True)
        sign(letter, cast.leader)

        assert promise_of(letter).state == DeadlineState.MET
        signed = LetterSignature.objects.order_by("pk").values_list("part", "signed_by", "text_sha256")
        assert list(signed) == [
            (Part.HOLDER, cast.clerk.pk, letter.text_sha256),
            (Part.LEADER, cast.leader.pk, letter.text_sha256),
        ]
        assert violations() == {}

    def test_at_the_top_of_a_chain_the_holder_signs_alone(self, cast):
        issue(cast)
        letter = letter_of(cast.leader)
        sign(letter, cast.leader)
        assert promise_of(letter).state == DeadlineState.MET

    def test_Z10_nobody_signs_for_both_parts_nor_for_another(self, cast):
        issue(cast)
        letter = letter_of(cast.clerk)
        for stranger in (cast.officer, cast.tax_clerk, cast.tax_leader):
            with pytest.raises(actions.NotAllowed):
                sign(letter, stranger)
        sign(letter, cast.clerk)
        with pytest.raises(actions.NotAllowed):
            sign(letter, cast.clerk)

    def test_who_holds_both_posts_is_led_by_the_next_above(self, cast):
        Tenure.objects.create(user=cast.clerk, post=post_of(cast.leader), since=date(2025, 1, 1))
        Tenure.objects.filter(user=cast.leader).delete()
        issue(cast)
        assert letter_of(cast.clerk, post__role=Role.CLERK).leader_post is None

    def test_another_text_than_the_one_that_was_read_is_refused(self, cast):
        issue(cast)
        with pytest.raises(actions.Changed):
            actions.sign(letter_of(cast.clerk), by=cast.clerk, at=JANUARY, text_sha256="0" * 64)

    @pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_L02_letters_signatures_and_voids_only_grow(self, cast, statement):
        issue(cast)
        sign(letter_of(cast.clerk), cast.clerk)
        Duty.objects.filter(post=post_of(cast.leader)).update(text="新的职责。")
        assert issue(cast).replaced == 1
        for model in (LetterSignature, LetterVoid, ResponsibilityLetter):
            assert model.objects.exists()
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format(model._meta.db_table))


class TestTenures:
    def test_what_somebody_who_left_has_not_signed_is_void_and_the_next_gets_the_own(self, cast):
        issue(cast)
        old, next_one = letter_of(cast.clerk), seat(Role.CLERK, cast.city.tax)
        today = timezone.localdate(IN_JUNE)
        Tenure.objects.filter(user=cast.clerk).update(until=today)
        Tenure.objects.create(user=next_one, post=old.post, since=today)

        issued = actions.follow_tenures(at=IN_JUNE)

        assert issued.made == 1
        assert LetterVoid.objects.get().letter == old
        assert timezone.localdate(promise_of(letter_of(next_one)).due_at) == date(2026, 6, 15)
        assert actions.follow_tenures(at=IN_JUNE).made == 0
        assert violations() == {}

    def test_what_both_signed_stays_when_the_tenure_ends(self, cast):
        issue(cast)
        letter = letter_of(cast.leader)
        sign(letter, cast.leader)
        Tenure.objects.filter(user=cast.leader).update(until=timezone.localdate(IN_JUNE))
        actions.follow_tenures(at=IN_JUNE)
        assert letter_of(cast.leader) == letter

    def test_a_letter_that_waits_for_the_leader_waits_for_whoever_leads_now(self, cast):
        issue(cast)
        letter = letter_of(cast.clerk)
        sign(letter, cast.clerk)
        today, successor = timezone.localdate(IN_JUNE), seat(Role.CLERK, cast.city.tax)
        Tenure.objects.filter(user=cast.leader).update(until=today)
        actions.follow_tenures(at=IN_JUNE)
        assert promise_of(letter).responsible is None  # owed by the post, and so by the organ
        Tenure.objects.create(user=successor, post=letter.leader_post, since=today)
        actions.follow_tenures(at=IN_JUNE + timedelta(hours=1))
        assert promise_of(letter).responsible == successor
        told = Message.objects.filter(kind=actions.TO_LEADER).order_by("pk").values_list("recipient", flat=True)
        assert list(told) == [cast.leader.pk, successor.pk]
        User.objects.filter(pk=successor.pk).update(is_active=False)
        actions.follow_tenures(at=IN_JUNE + timedelta(hours=2))
        assert promise_of(letter).responsible is None

    def test_Z10_who_is_promoted_to_the_leader_of_the_own_letter_is_led_by_the_next_above(self, cast):
        head, top = seat(Role.ORGAN_LEADER, cast.city.construction), post_of(cast.leader)
        Post.objects.filter(pk=top.pk).update(superior=post_of(head))
        issue(cast)
        letter, today = letter_of(cast.clerk), timezone.localdate(IN_JUNE)
        sign(letter, cast.clerk)
        Tenure.objects.filter(user=cast.leader).update(until=today)
        Tenure.objects.create(user=cast.clerk, post=top, since=today)

        actions.follow_tenures(at=IN_JUNE)

        new = letter_of(cast.clerk, post=letter.post)
        assert letter.void.reason == VoidReason.NO_LEADER
        assert (new.issue, new.leader_post, promise_of(new).responsible) == (2, post_of(head), cast.clerk)
        sign(new, cast.clerk, at=IN_JUNE)
        sign(new, head, at=IN_JUNE)
        assert actions.follow_tenures(at=IN_JUNE).made == 0
        assert violations() == {}

    def test_where_the_post_of_the_leader_has_ended_the_letter_is_issued_anew(self, cast):
        issue(cast)
        letter, today = letter_of(cast.clerk), timezone.localdate(IN_JUNE)
        sign(letter, cast.clerk)
        Tenure.objects.filter(user=cast.leader).update(until=today)
        Post.objects.filter(pk=letter.leader_post_id).update(until=today)

        actions.end_with(Tenure.objects.get(user=cast.leader), cast.officer, IN_JUNE)

        new = letter_of(cast.clerk)
        assert (letter.void.reason, new.issue, new.leader_post) == (VoidReason.NO_LEADER, 2, None)
        sign(new, cast.clerk, at=IN_JUNE)
        assert promise_of(new).state == DeadlineState.MET
        assert violations() == {}

    def test_a_letter_of_the_next_year_is_void_when_its_holder_leaves_this_year(self, cast):
        issue(cast, at=IN_JUNE, year=2027)
        today, letters = timezone.localdate(IN_JUNE), [letter_of(cast.clerk), letter_of(cast.leader)]
        for letter in letters:
            sign(letter, letter.holder, at=IN_JUNE)
        Tenure.objects.filter(user=cast.leader).update(until=today)
        to_come = seat(Role.CLERK, cast.city.construction)
        Tenure.objects.filter(user=to_come).update(since=date(2027, 1, 1), post=letters[1].post)

        actions.follow_tenures(at=IN_JUNE)

        assert [void.letter for void in LetterVoid.objects.filter(reason=VoidReason.YEAR_NOT_BEGUN)] == [letters[1]]
        letter_of(to_come, year=2027)  # who is to come has the letter already, and keeps it
        assert actions.follow_tenures(at=IN_JUNE).made == 0
        assert letter_of(to_come).issue == 1
        assert violations() == {}

    def test_the_end_of_a_tenure_touches_the_letters_of_its_post_and_below_alone(self, cast):
        issue(cast)
        today = timezone.localdate(IN_JUNE)
        for user in (cast.clerk, cast.leader):
            Tenure.objects.filter(user=user).update(until=today + timedelta(days=1))
        ending, later = Tenure.objects.get(user=cast.clerk), IN_JUNE + timedelta(days=1)
        actions.end_with(ending, cast.officer, IN_JUNE)
        assert not LetterVoid.objects.exists()
        actions.end_with(ending, cast.officer, later)
        assert [void.letter.holder for void in LetterVoid.objects.all()] == [cast.clerk]


def owed(organ):
    """Return the promises of an organ to issue its letters, the oldest first."""
    rows = OwedLetters.objects.filter(organ=organ)
    about = Deadline.objects.filter(kind=actions.ISSUE, object_id__in=rows.values("pk"))
    return list(about.order_by("started_at", "pk"))


class TestWhatAnOrganOwes:
    def test_letters_that_nobody_issues_are_a_promise_of_the_organ_until_the_last_one_is(self, cast):
        bureau = cast.city.construction
        Duty.objects.filter(post=post_of(cast.clerk)).delete()
        for _again in range(2):
            actions.follow_tenures(at=JANUARY)
        [promise] = owed(bureau)
        assert (promise.state, promise.organ, promise.post) == ("open", bureau, post_of(cast.leader))
        assert timezone.localdate(promise.due_at) == date(2026, 2, 28)

        issue(cast)
        assert owed(bureau)[0].state == "open"  # the sheet of the clerk lacks one half
        Duty.objects.create(post=post_of(cast.clerk), kind=DutyKind.BUSINESS, text="职责。", position=1)
        Duty.objects.create(post=post_of(cast.clerk), kind=DutyKind.INTEGRITY, text="廉洁。", position=1)
        issue(cast)
        assert owed(bureau)[0].state == "met"

    def test_it_is_owed_again_where_somebody_comes_whose_sheet_gives_none(self, cast):
        issue(cast)
        actions.follow_tenures(at=JANUARY)
        assert owed(cast.city.construction) == []

        newcomer = seat(Role.CLERK, cast.city.construction)
        actions.follow_tenures(at=IN_JUNE)
        [promise] = owed(cast.city.construction)
        assert timezone.localdate(promise.due_at) == date(2026, 6, 15)

        Tenure.objects.filter(user=newcomer).update(until=date(2026, 6, 2))
        actions.follow_tenures(at=IN_JUNE + timedelta(days=1))
        assert [each.state for each in owed(cast.city.construction)] == ["met"]

    def test_with_the_year_it_ends_unkept_and_that_of_the_next_begins(self, cast):
        actions.follow_tenures(at=JANUARY)
        actions.follow_tenures(at=local(2027, 1, 4))

        old, new = owed(cast.city.construction)
        assert (old.state, old.is_late(at=local(2027, 1, 4)), new.state) == ("cancelled", True, "open")

    def test_Z01_those_who_watch_over_the_letters_know_of_it(self, cast):
        actions.follow_tenures(at=JANUARY)

        row = OwedLetters.objects.get(organ=cast.city.construction)
        for user in (cast.leader, cast.officer, cast.inspector, cast.auditor):
            assert rights.owed_letters(user).filter(pk=row.pk).exists()
        for user in (cast.clerk, cast.tax_leader):
            assert not rights.owed_letters(user).filter(pk=row.pk).exists()


class TestWhoKnows:
    def test_Z01_signers_and_watchers_know_of_a_letter_and_nobody_else(self, cast):
        issue(cast)
        letter = letter_of(cast.clerk)
        knows = (cast.clerk, cast.leader, cast.officer, cast.inspector, cast.auditor)
        for user in knows:
            assert rights.letters(user).filter(pk=letter.pk).exists()
        for user in (cast.tax_clerk, cast.tax_leader):
            assert not rights.letters(user).filter(pk=letter.pk).exists()
        assert not rights.letters(cast.clerk).filter(holder=cast.leader).exists()
        assert list(rights.to_sign(cast.clerk)) == [letter]
        assert list(rights.to_sign(cast.leader)) == [letter_of(cast.leader)]


class TestPages:
    def test_Z01_the_page_of_a_letter_is_absent_for_others_and_leads_the_signer_to_sign(self, client, cast):
        issue(cast, at=timezone.now(), year=timezone.localdate().year)
        letter = letter_of(cast.clerk)
        page = f"/admin/efficiency/responsibilityletter/{letter.pk}/"
        answers = {}
        for user in (cast.clerk, cast.leader, cast.officer, cast.tax_clerk):
            client.force_login(user)
            answers[user.username] = [client.get(f"{page}{verb}/").status_code for verb in ("change", "sign")]
        assert answers == {
            "clerk": [200, 200],
            "leader": [200, 403],
            "officer": [200, 403],
            "tax.clerk": [404, 404],
        }
        client.force_login(cast.clerk)
        assert f"{page}sign/" in client.get(f"{page}change/").content.decode()
        client.post(f"{page}sign/", {"text_sha256": letter.text_sha256, "has_read": "on"})
        assert letter.signatures.get().signed_by == cast.clerk

    def test_leader_and_office_are_told_on_their_first_page_which_lack_a_signature(self, client, cast):
        issue(cast, at=timezone.now(), year=timezone.localdate().year)
        link = "/admin/efficiency/responsibilityletter/?standing=unsigned"
        for user, is_told in ((cast.leader, True), (cast.officer, True), (cast.clerk, False)):
            client.force_login(user)
            assert (link in client.get("/admin/").content.decode()) is is_told
        client.force_login(cast.leader)
        assert client.get(link).context["cl"].result_count == 2

    def test_the_office_issues_on_a_page_that_says_what_was_left_out(self, client, cast):
        Duty.objects.filter(post=post_of(cast.clerk)).delete()
        client.force_login(cast.officer)
        sent = {"year": timezone.localdate().year, "organ": cast.city.construction.pk}
        page = client.post("/admin/efficiency/responsibilityletter/issue/", sent, follow=True)
        assert ResponsibilityLetter.objects.get().holder == cast.leader
        assert post_of(cast.clerk).name in page.content.decode()
        client.force_login(cast.clerk)
        assert client.get("/admin/efficiency/responsibilityletter/issue/").status_code == 403
