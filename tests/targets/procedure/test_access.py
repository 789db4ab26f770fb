"""
Who knows of which sheet, and who reads its score (docs/trust.md 2.2, Z-07, Z-14, Z-15): by name, role by role.

Nobody sees another's unpublished score: not in a list, a count, an order, a rank, a place of the quota, a message or a
file.
"""

from datetime import date

import pytest
from django.urls import reverse

from efficiency.files.clean import CleanFile
from efficiency.organs.models import Post, Role, Tenure, TenureKind
from efficiency.outbox.models import Message
from targets.appraisal import access, messages, names
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import Subject
from targets.models import Appraisal, Sheet
from tests.factories import appraising as make
from tests.factories.staff import seat
from tests.factories.targets import ROLES

OFFICE = {"officer", "other_officer", "head", "other_head", "appraiser", "other_appraiser"}
SCORES = {"88.88": "construction", "77.77": "tax"}
PROOF = CleanFile(b"%PDF-1.4 proof", "application/pdf", "proof.pdf", b"%PDF-1.4 proof")


def readers(cast, appraisal, whose) -> set[str]:
    sheet = make.sheet_of(appraisal, whose)
    return {role for role in ROLES if access.read_by(getattr(cast, role)).filter(pk=sheet.pk).exists()}


def knowers(cast, appraisal, whose) -> set[str]:
    sheet = make.sheet_of(appraisal, whose)
    return {role for role in ROLES if access.known_to(getattr(cast, role)).filter(pk=sheet.pk).exists()}


@pytest.fixture
def scored(cast):
    scores = {cast.city.construction: "88.88", cast.city.tax: "77.77"}
    return make.lead(make.prepare(cast), cast, A.SCORED, scores=scores)


@pytest.fixture
def shown(cast):
    scores = {cast.city.construction: "88.88", cast.city.tax: "77.77"}
    return make.lead(make.prepare(cast), cast, A.SHOWN, scores=scores)


class TestOrgans:
    def test_before_it_is_shown_the_office_alone_reads_the_score(self, cast, scored):
        assert readers(cast, scored, cast.city.construction) == OFFICE
        assert knowers(cast, scored, cast.city.construction) == OFFICE | {"leader", "deputy", "auditor"}

    def test_from_then_on_the_leaders_of_the_very_organ_and_nobody_of_another_or_above(self, cast, shown):
        assert readers(cast, shown, cast.city.construction) == OFFICE | {"leader", "deputy"}
        assert readers(cast, shown, cast.city.tax) == OFFICE | {"tax_leader"}

    def test_while_it_is_prepared_nobody_outside_the_office_but_auditors_know_of_it(self, cast):
        appraisal = make.prepare(cast)

        assert knowers(cast, appraisal, cast.city.construction) == OFFICE | {"auditor"}
        assert readers(cast, appraisal, cast.city.construction) == OFFICE


class TestPosts:
    @pytest.fixture
    def of_posts(self, cast):
        return make.lead(make.prepare(cast, subject=Subject.POST), cast, A.SHOWN)

    def test_whoever_held_it_reads_it_and_before_it_is_published_no_leader_of_the_organ_nor_colleague(
        self, cast, of_posts, client
    ):
        assert readers(cast, of_posts, cast.post) == OFFICE | {"clerk"}
        assert knowers(cast, of_posts, cast.post) == OFFICE | {"clerk", "leader", "deputy", "auditor"}
        # Nor the self-score, nor its files, of which a leader gives an opinion of their own.
        sheet = make.sheet_of(of_posts, cast.post)
        Sheet.objects.filter(pk=sheet.pk).update(self_score="66.66")
        client.force_login(cast.leader)
        assert "66.66" not in client.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).content.decode()
        assert not access.is_appraised(cast.leader, sheet)

    def test_whoever_follows_on_the_post_or_stands_in_does_not(self, cast, of_posts):
        Tenure.objects.filter(user=cast.clerk).update(until=date(2026, 9, 1))
        follower = seat(Role.CLERK, cast.city.tax)
        Tenure.objects.create(user=follower, post=cast.post, since=date(2026, 9, 1), kind=TenureKind.HOLDER)
        stand_in = seat(Role.CLERK, cast.city.tax)
        Tenure.objects.create(
            user=stand_in, post=cast.post, since=date(2026, 1, 1), until=date(2027, 1, 1), kind=TenureKind.STAND_IN
        )
        sheet = make.sheet_of(of_posts, cast.post)

        for other in (follower, stand_in):
            assert not access.known_to(other).filter(pk=sheet.pk).exists()

    def test_a_leader_reads_the_own_sheet_as_its_holder_and_the_head_those_of_the_deputies(self, cast):
        head, deputy = (user.tenures.get().post for user in (cast.leader, cast.deputy))
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST, posts=(head, deputy)), cast, A.SHOWN)
        assert readers(cast, appraisal, deputy) == OFFICE | {"deputy"}
        Appraisal.objects.filter(pk=appraisal.pk).update(
            state=A.PUBLISHED, published_by=cast.head, published_at=make.PUBLISHED, snapshot_sha256="0" * 64
        )
        fellow = seat(Role.ORGAN_LEADER, cast.city.construction)

        assert readers(cast, appraisal, head) == OFFICE | {"leader"}
        assert readers(cast, appraisal, deputy) == OFFICE | {"leader", "deputy"}
        assert access.read_by(fellow).filter(pk=make.sheet_of(appraisal, cast.post).pk).exists()
        assert not access.known_to(fellow).filter(post__in=[head, deputy]).exists()

    def test_opinions_of_leaders_are_the_head_s_and_of_the_head_nobody_s(self, cast):
        head, deputy = (user.tenures.get().post for user in (cast.leader, cast.deputy))
        appraisal = make.prepare(cast, subject=Subject.POST, posts=(head, deputy))
        make.call(appraisal, cast)
        fellow = seat(Role.ORGAN_LEADER, cast.city.construction)

        def asked(post) -> set[str]:
            people = {role: getattr(cast, role) for role in ROLES} | {"fellow": fellow}
            sheet = make.sheet_of(appraisal, post)
            by_rows = {role for role, user in people.items() if access.reviewed_by(user).filter(pk=sheet.pk).exists()}
            right, side = "appraisal.review", access.Side.REVIEWERS
            by_seat = {role for role, user in people.items() if access.seats_that_may(user, right, side, sheet)}
            assert by_rows == by_seat
            return by_rows

        assert asked(cast.post) == {"leader", "deputy", "fellow"}
        assert asked(deputy) == {"leader"}
        assert asked(head) == set()
        # A deputy who bears the mark of a head is below whoever is named as their superior, and above nobody by it.
        Post.objects.filter(pk=deputy.pk).update(is_head=True)
        assert asked(deputy) == asked(head) == set()
        Post.objects.filter(pk=deputy.pk).update(superior=head)
        assert (asked(deputy), asked(head)) == ({"leader"}, set())

    def test_published_results_of_persons_are_read_by_nobody_else(self, cast):
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.PUBLISHED)

        assert readers(cast, appraisal, cast.post) == OFFICE | {"clerk", "leader", "deputy"}


class TestRecusal:
    @pytest.fixture
    def former(self, cast):
        """An officer who held a post in the construction bureau in the year that is appraised."""
        user = seat(Role.OFFICE_OFFICER, cast.city.office)
        post = cast.colleague.tenures.get().post
        Tenure.objects.create(
            user=user, post=post, since=date(2024, 1, 1), until=date(2026, 3, 1), kind=TenureKind.HOLDER
        )
        return user

    def test_Z07_an_organ_of_the_year_is_absent_for_its_former_member_in_the_office(self, cast, scored, former):
        own, other = (make.sheet_of(scored, each) for each in (cast.city.construction, cast.city.tax))

        assert not access.known_to(former).filter(pk=own.pk).exists()
        assert access.read_by(former).filter(pk=other.pk).exists()

    def test_Z14_and_so_are_ranks_and_places_of_its_whole_group(self, cast, scored, former, client):
        assert access.sees_ranks(cast.officer, scored, "city_departments")
        assert not access.sees_ranks(former, scored, "city_departments")
        assert access.sees_ranks(former, scored, "districts")
        client.force_login(former)

        page = client.get(reverse("admin:targets_appraisal_change", args=[scored.pk])).content.decode()

        assert "77.77" in page
        assert "88.88" not in page
        assert "佛山市建设局" not in page

    def test_Z07_one_who_left_before_the_year_is_not_concerned(self, cast, scored):
        user = seat(Role.OFFICE_OFFICER, cast.city.office)
        post = cast.colleague.tenures.get().post
        Tenure.objects.create(
            user=user, post=post, since=date(2020, 1, 1), until=date(2025, 3, 1), kind=TenureKind.HOLDER
        )

        # Whoever ever held a post finds a sheet of that very post absent, that of the organ not.
        assert access.read_by(user).filter(pk=make.sheet_of(scored, cast.city.construction).pk).exists()


class TestPages:
    """No page of the back office shows a number that its viewer may not read."""

    def pages(self, appraisal):
        yield reverse("admin:targets_appraisal_changelist")
        yield reverse("admin:targets_appraisal_change", args=[appraisal.pk])
        yield reverse("admin:targets_sheet_changelist")
        yield reverse("admin:targets_sheet_changelist") + "?o=-4"
        for sheet in appraisal.sheets.all():
            yield reverse("admin:targets_sheet_change", args=[sheet.pk])

    @pytest.mark.parametrize("role", sorted(set(ROLES) - OFFICE))
    @pytest.mark.parametrize("state", [A.SCORED, A.SHOWN])
    def test_whatever_is_opened(self, cast, client, role, state):
        scores = {cast.city.construction: "88.88", cast.city.tax: "77.77"}
        appraisal = make.lead(make.prepare(cast), cast, state, scores=scores)
        may_read = set()
        if state == A.SHOWN:
            may_read = {"leader": {"88.88"}, "deputy": {"88.88"}, "tax_leader": {"77.77"}}.get(role, set())
        client.force_login(getattr(cast, role))

        found = "".join(client.get(page).content.decode() for page in self.pages(appraisal))

        assert {score for score in SCORES if score in found} == may_read

    def test_a_leader_who_gives_an_opinion_finds_names_and_no_score(self, cast, scored, client):
        client.force_login(cast.tax_leader)
        sheet = make.sheet_of(scored, cast.city.construction)

        listed = client.get(reverse("admin:targets_appraisal_opinions", args=[scored.pk]))
        step = client.get(reverse("admin:targets_sheet_do", args=[sheet.pk, "give_opinion"]))

        assert "佛山市建设局" in listed.content.decode()
        assert step.status_code == 200
        assert "88.88" not in listed.content.decode() + step.content.decode()
        assert client.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).status_code == 404
        assert client.get(reverse("admin:targets_sheet_do", args=[sheet.pk, "rule"])).status_code == 404

    def test_the_self_score_and_its_files_are_hidden_from_other_organs_and_auditors(self, cast, client):
        appraisal = make.lead(make.prepare(cast), cast, A.SELF_SCORING)
        sheet = make.sheet_of(appraisal, cast.city.construction)
        make.self_score(sheet, by=cast.leader, points="66.66", attachments=[PROOF])
        file = sheet.files.get()
        address = reverse("admin:targets_sheet_file", args=[sheet.pk, file.pk])

        for role in sorted(set(ROLES) - OFFICE - {"leader", "deputy"}):
            client.force_login(getattr(cast, role))
            found = "".join(client.get(page).content.decode() for page in self.pages(appraisal))
            assert "66.66" not in found, role
            assert client.get(address).status_code == 404, role
        for role in ("leader", "deputy", "officer"):
            client.force_login(getattr(cast, role))
            assert client.get(address).status_code == 200, role

    def test_adjustments_that_are_only_proposed_are_the_office_s_alone(self, cast, shown, client):
        sheet = make.sheet_of(shown, cast.city.construction)
        make.propose(sheet, by=cast.appraiser, at=make.SHOWN, reason="拟扣分的内部理由", points="-1")
        client.force_login(cast.leader)

        assert (
            "拟扣分的内部理由"
            not in client.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).content.decode()
        )


class TestMessages:
    def test_Z15_name_whose_sheet_and_no_score_and_are_told_to_nobody_who_may_not_know(self, cast, shown):
        sheet, other = (make.sheet_of(shown, each) for each in (cast.city.construction, cast.city.tax))
        make.object_to(sheet, by=cast.leader)

        assert messages.may_know_sheets([cast.tax_leader.pk, cast.officer.pk], [sheet.pk, other.pk]) == {
            (cast.tax_leader.pk, other.pk),
            (cast.officer.pk, sheet.pk),
            (cast.officer.pk, other.pk),
        }
        assert names.of_sheet(sheet).startswith("佛山市建设局")
        assert all("88.88" not in str(each.values) for each in Message.objects.filter(kind__startswith="appraisal."))

    def test_of_a_post_they_never_name_who_holds_it(self, cast):
        appraisal = make.prepare(cast, subject=Subject.POST)
        label, _path = messages.labels_of_sheets([make.sheet_of(appraisal, cast.post).pk]).popitem()[1]

        assert cast.clerk.full_name not in label

    def test_appraisals_are_known_by_those_with_a_sheet_and_those_who_are_asked_for_an_opinion(self, cast, shown):
        known = {role for role in ROLES if access.appraisals_known_to(getattr(cast, role)).filter(pk=shown.pk).exists()}
        assert known == OFFICE | {"leader", "deputy", "tax_leader", "district_head", "auditor"}
        Appraisal.objects.filter(pk=shown.pk).update(state=A.SCORED)
        known = {role for role in ROLES if access.appraisals_known_to(getattr(cast, role)).filter(pk=shown.pk).exists()}
        assert known == OFFICE | {"leader", "deputy", "tax_leader", "district_head", "auditor", "mayor"}
