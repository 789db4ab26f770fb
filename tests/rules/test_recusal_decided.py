"""Who may decide on another's recusal, and what follows from it (docs/trust.md matrix and Z-07)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from complaints import actions, deadlines
from complaints.enums import RecusalGround, State
from complaints.models import Case, Recusal
from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Rank, Role
from efficiency.outbox import inbox
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import make_user, seat
from tests.rules.knowing import knows

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
PHONE = "13900001111"
REASON = "系投诉人近亲属"


def recuse(case: Case, person: User | None, *, by: User, reason: str = REASON):
    return actions.recuse_person(case, by=by, at=LATER, person=person, reason=reason)


class TestZ07DecidedByAnother:
    @pytest.mark.parametrize("by", ["leader", "officer", "office_head", "inspector"])
    def test_Z07_leader_office_and_inspector_keep_a_clerk_out_at_once(self, by, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.HANDLING, cast)
        due_at = engine.running(case, [deadlines.REPLY]).get().due_at

        event = recuse(case, cast.clerk, by=getattr(cast, by))

        assert not knows(cast.clerk, case)
        assert knows(colleague, case)
        reply = engine.running(case, [deadlines.REPLY]).get()
        assert (case.handler, reply.responsible, reply.due_at) == (None, None, due_at)
        assert (event.action, event.actor, event.internal_text) == ("recuse_person", getattr(cast, by), REASON)
        kept = Recusal.objects.get(case=case)
        assert (kept.user, kept.ground, kept.reason) == (cast.clerk, RecusalGround.DECIDED, REASON)
        assert [found.title for found in verify.run() if found.violations] == []

    def test_Z07_what_they_were_told_is_taken_back(self, cast):
        case = make.case_in(State.HANDLING, cast)
        assert inbox.unread_count(cast.clerk)

        recuse(case, cast.clerk, by=cast.leader)

        assert not inbox.unread_count(User.objects.get(pk=cast.clerk.pk))

    def test_Z07_it_holds_for_every_account_of_the_person(self, cast):
        twin = seat(Role.CLERK, cast.city.construction, user=make_user(full_name=cast.clerk.full_name, phone=PHONE))
        User.objects.filter(pk=cast.clerk.pk).update(phone=PHONE)
        cast.clerk.refresh_from_db()
        case = make.case_in(State.HANDLING, cast)

        recuse(case, cast.clerk, by=cast.leader)

        assert not knows(twin, case)

    def test_Z07_it_holds_for_what_is_joined_to_the_case(self, cast):
        case = make.case_in(State.HANDLING, cast)
        follower = make.file(cast).case
        actions.merge(
            follower, by=cast.officer, at=TUESDAY, version=follower.version, leading=case, reason="同一事项。"
        )

        recuse(case, cast.clerk, by=cast.leader)

        assert Recusal.objects.filter(case=follower, user=cast.clerk, ground=RecusalGround.DECIDED).exists()

    def test_Z07_the_case_passes_to_the_stand_in_and_the_story_names_both(self, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        post = cast.clerk.tenures.get().post
        post.stand_in = colleague.tenures.get().post
        post.save()
        case = make.case_in(State.HANDLING, cast)

        event = recuse(case, cast.clerk, by=cast.leader)

        assert case.handler == colleague
        assert event.data == {"ground": "decided", "person": cast.clerk.pk, "handler": colleague.pk}

    def test_the_office_decides_on_anybody_with_a_post(self, cast):
        second = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        case = make.case_in(State.ACCEPTED, cast)

        for person in (cast.office_head, cast.inspector, cast.leader, cast.auditor):
            recuse(case, person, by=cast.officer)
            assert not Case.objects.headers_visible_to(person).filter(pk=case.pk).exists()

        assert knows(second, case)

    @pytest.mark.parametrize("person", ["office_head", "tax_clerk", "second_leader"])
    def test_a_leader_decides_on_clerks_of_the_own_organ_alone(self, person, cast):
        cast.extra["second_leader"] = seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER)
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refusal:
            recuse(case, cast.extra.get(person) or getattr(cast, person), by=cast.leader)

        assert refusal.value.field == "person"
        assert not Recusal.objects.exists()

    def test_nobody_decides_on_themself_from_another_account_either(self, cast):
        twin = seat(
            Role.OFFICE_OFFICER, cast.city.office, user=make_user(full_name=cast.officer.full_name, phone=PHONE)
        )
        User.objects.filter(pk=cast.officer.pk).update(phone=PHONE)
        cast.officer.refresh_from_db()
        case = make.case_in(State.ACCEPTED, cast)

        for person in (cast.officer, twin):
            with pytest.raises(actions.Invalid) as refusal:
                recuse(case, person, by=cast.officer)
            assert refusal.value.field == "person"

    def test_it_needs_a_person_with_a_post_and_a_reason(self, cast):
        case = make.case_in(State.HANDLING, cast)

        for person, reason, field in (
            (None, REASON, "person"),
            (make_user(), REASON, "person"),
            (cast.clerk, " ", "reason"),
        ):
            with pytest.raises(actions.Invalid) as refusal:
                recuse(case, person, by=cast.officer, reason=reason)
            assert refusal.value.field == field

    def test_it_is_decided_once(self, cast):
        case = make.case_in(State.HANDLING, cast)
        recuse(case, cast.clerk, by=cast.leader)

        with pytest.raises(actions.Invalid):
            recuse(case, cast.clerk, by=cast.officer)

    @pytest.mark.parametrize(("by", "refusal"), [("clerk", actions.NotAllowed), ("tax_leader", actions.Absent)])
    def test_nobody_else_decides(self, by, refusal, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(refusal):
            recuse(case, colleague, by=getattr(cast, by))


class TestPage:
    def page(self, case: Case, by: User) -> tuple[Client, str]:
        browser = Client()
        browser.force_login(by)
        return browser, reverse("admin:complaints_case_do", args=[case.pk, "recuse_person"])

    def test_a_leader_is_offered_the_own_clerks(self, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.HANDLING, cast)
        browser, address = self.page(case, cast.leader)

        offered = browser.get(address).context["form"].fields["person"].queryset

        assert set(offered) == {cast.clerk, colleague}

    def test_the_office_is_offered_who_comes_near_the_case_but_for_oneself(self, cast):
        make.join(make.case_in(State.HANDLING, cast), cast)
        case = Case.objects.get()
        browser, address = self.page(case, cast.officer)

        offered = set(browser.get(address).context["form"].fields["person"].queryset)

        near = {cast.office_head, cast.inspector, cast.clerk, cast.leader, cast.tax_clerk, cast.tax_leader}
        assert offered == near

    def test_it_is_decided_there_and_stands_in_the_story(self, cast):
        case = make.case_in(State.HANDLING, cast)
        browser, address = self.page(case, cast.leader)
        assert address in browser.get(reverse("admin:complaints_case_change", args=[case.pk])).content.decode()

        answer = browser.post(
            address, {"person": cast.clerk.pk, "reason": REASON, "version": case.version}, follow=True
        )

        assert not knows(cast.clerk, case)
        shown = answer.content.decode()
        assert REASON in shown
        assert str(cast.clerk) in shown
