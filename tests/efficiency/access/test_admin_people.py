"""People, posts and accounts: two persons for every right, forms that name their fields (Z-04, Z-10, Z-11)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from efficiency import accounts, appointments
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Organ, Post, Rank, Role, Tenure, TenureChange, TenureKind
from efficiency.outbox.models import Message
from tests.factories.staff import PASSWORD, make_post, make_user, seat

NEW_PASSWORD = "Other-Horse-8-Staple"


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def log_in():
    def browser_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser_of


@pytest.fixture
def vacant(city) -> Post:
    return make_post(city.construction, Role.CLERK)


@pytest.fixture
def proposal(people, vacant, at, today) -> TenureChange:
    return appointments.propose(
        by=people["administrator"], at=at, user=people["nobody"], post=vacant, since=today, reason="新任"
    )


class TestZ11TwoPersons:
    def test_Z11_a_proposal_gives_no_right_until_it_is_confirmed(self, proposal, people, at, vacant):
        assert not scope_of(people["nobody"], fresh=True).roles

        appointments.confirm(proposal, by=people["officer"], at=at)

        assert scope_of(people["nobody"], fresh=True).roles == {Role.CLERK}
        assert Tenure.objects.get(post=vacant).user == people["nobody"]

    def test_Z10_whoever_proposed_cannot_confirm_although_they_became_an_officer(self, proposal, people, city, at):
        seat(Role.OFFICE_OFFICER, city.office, user=people["administrator"])

        with pytest.raises(appointments.NotAllowed):
            appointments.confirm(proposal, by=people["administrator"], at=at)

    def test_Z10_nobody_decides_about_the_own_person(self, people, city, at, today):
        change = appointments.propose(
            by=people["administrator"],
            at=at,
            user=people["officer"],
            post=make_post(city.office, Role.INSPECTOR),
            since=today,
            reason="兼任",
        )

        with pytest.raises(appointments.NotAllowed):
            appointments.confirm(change, by=people["officer"], at=at)
        with pytest.raises(appointments.NotAllowed):
            appointments.propose(
                by=people["administrator"],
                at=at,
                user=people["administrator"],
                post=make_post(city.construction, Role.CLERK),
                since=today,
                reason="自荐",
            )

    @pytest.mark.parametrize("role", ["clerk", "leader", "inspector", "auditor", "district_officer", "other_clerk"])
    def test_Z11_nobody_else_confirms(self, proposal, people, at, role):
        with pytest.raises(appointments.NotAllowed):
            appointments.confirm(proposal, by=people[role], at=at)

    @pytest.mark.parametrize(
        ("has", "gets"), [("auditor", Role.OFFICE_OFFICER), ("officer", Role.SYSTEM_ADMINISTRATOR)]
    )
    def test_Z11_one_person_holds_one_of_the_three_offices(self, people, city, at, today, has, gets):
        with pytest.raises(appointments.Refused) as refusal:
            appointments.propose(
                by=people["administrator"],
                at=at,
                user=people[has],
                post=make_post(city.government, gets),
                since=today,
                reason="兼任",
            )

        assert refusal.value.field == "user"

    def test_Z11_the_offices_may_follow_one_another(self, people, city, at, today):
        tenure = people["auditor"].tenures.get()
        Tenure.objects.filter(pk=tenure.pk).update(until=today + timedelta(days=3))

        appointments.propose(
            by=people["administrator"],
            at=at,
            user=people["auditor"],
            post=make_post(city.office, Role.OFFICE_OFFICER),
            since=today + timedelta(days=3),
            reason="调任",
        )

    def test_Z11_the_person_and_the_auditor_are_told(self, proposal, people, at):
        appointments.confirm(proposal, by=people["officer"], at=at)

        told = set(Message.objects.filter(kind="tenure.given").values_list("recipient_id", flat=True))
        assert told == {people["nobody"].pk, people["auditor"].pk}
        assert AuditRecord.objects.filter(action="tenure.confirm", actor=people["officer"]).count() == 1

    def test_a_proposal_is_decided_once(self, proposal, people, at):
        appointments.confirm(proposal, by=people["officer"], at=at)

        with pytest.raises(appointments.AlreadyDecided):
            appointments.refuse(proposal, by=people["office_head"], at=at, remark="重复")

    def test_S07_nobody_confirms_what_would_change_the_past(self, proposal, people, at, today):
        """Until when somebody answered for a post, and from when on, is not told otherwise afterwards."""
        tenure = people["clerk"].tenures.get()
        end = appointments.propose_end(tenure, by=people["administrator"], at=at, until=today, reason="调离")

        for change in (proposal, end):
            with pytest.raises(appointments.Refused):
                appointments.confirm(change, by=people["officer"], at=at + timedelta(days=1))

        tenure.refresh_from_db()
        assert tenure.until is None
        assert not people["nobody"].tenures.exists()
        appointments.refuse(end, by=people["officer"], at=at + timedelta(days=1), remark="日期已过")

    def test_S07_no_confirmed_end_gives_a_stand_in_the_days_back_that_were_taken(self, people, at, today):
        tenure = people["clerk"].tenures.get()
        Tenure.objects.filter(pk=tenure.pk).update(kind="stand_in", until=today + timedelta(days=20))
        tenure.refresh_from_db()
        later, sooner = (today + timedelta(days=days) for days in (9, 3))
        change = appointments.propose_end(tenure, by=people["administrator"], at=at, until=later, reason="提前结束")
        Tenure.objects.filter(pk=tenure.pk).update(until=sooner)  # as the end of the absence does

        with pytest.raises(appointments.Refused):
            appointments.confirm(change, by=people["officer"], at=at)

        tenure.refresh_from_db()
        assert tenure.until == sooner

    def test_an_end_takes_the_rights_from_its_day_on(self, people, at, today):
        tenure = people["clerk"].tenures.get()
        change = appointments.propose_end(tenure, by=people["administrator"], at=at, until=today, reason="调离")
        assert scope_of(people["clerk"], fresh=True).roles

        appointments.confirm(change, by=people["officer"], at=at)

        assert not scope_of(people["clerk"], fresh=True).roles

    def test_nothing_is_dated_back(self, people, vacant, at, today):
        yesterday = today - timedelta(days=1)
        with pytest.raises(appointments.Refused) as begin:
            appointments.propose(
                by=people["administrator"], at=at, user=people["nobody"], post=vacant, since=yesterday, reason="补录"
            )
        with pytest.raises(appointments.Refused) as end:
            appointments.propose_end(
                people["clerk"].tenures.get(), by=people["administrator"], at=at, until=yesterday, reason="补录"
            )

        assert (begin.value.field, end.value.field) == ("since", "until")

    def test_a_stand_in_needs_an_end(self, people, vacant, at, today):
        with pytest.raises(appointments.Refused) as refusal:
            appointments.propose(
                by=people["administrator"],
                at=at,
                user=people["nobody"],
                post=vacant,
                since=today,
                reason="代班",
                kind=TenureKind.STAND_IN,
            )

        assert refusal.value.field == "until"


class TestProposalPages:
    def test_a_tenure_goes_through_two_pairs_of_hands(self, people, vacant, today, log_in):
        sent = {
            "user": people["nobody"].pk,
            "post": vacant.pk,
            "kind": "holder",
            "since": today.isoformat(),
            "until": "",
            "reason": "新任",
        }
        page = log_in(people["administrator"]).post(reverse("admin:efficiency_tenurechange_add"), sent)
        assert page.status_code == 302
        change = TenureChange.objects.get()
        confirm = reverse("admin:efficiency_tenurechange_confirm", args=[change.pk])

        assert log_in(people["administrator"]).post(confirm).status_code == 403
        assert not Tenure.objects.filter(post=vacant).exists()
        assert log_in(people["officer"]).post(confirm).status_code == 302
        assert Tenure.objects.filter(post=vacant, user=people["nobody"]).exists()

    def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(self, people, vacant, today, log_in):
        yesterday = (today - timedelta(days=1)).isoformat()
        sent = {
            "user": people["nobody"].pk,
            "post": vacant.pk,
            "kind": "holder",
            "since": yesterday,
            "reason": "补录的",
        }
        body = log_in(people["administrator"]).post(reverse("admin:efficiency_tenurechange_add"), sent).content.decode()

        assert "补录的" in body
        assert 'id="id_since_error"' in body or 'href="#id_since"' in body

    def test_an_end_is_proposed_from_the_page_of_the_tenure(self, people, today, log_in):
        tenure = people["clerk"].tenures.get()
        browser = log_in(people["administrator"])
        address = reverse("admin:efficiency_tenure_end", args=[tenure.pk])
        assert address in browser.get(reverse("admin:efficiency_tenure_change", args=[tenure.pk])).content.decode()

        assert browser.post(address, {"until": today.isoformat(), "reason": "调离"}).status_code == 302
        assert TenureChange.objects.get().tenure == tenure


class TestAccounts:
    def test_a_new_account_has_no_password_and_no_right(self, people, log_in):
        browser = log_in(people["administrator"])
        sent = {"username": "new.clerk", "full_name": " 何\u3000新 ", "phone": "", "email": ""}
        address = reverse("admin:efficiency_user_add")
        # By telephone or e-mail it is told which accounts are one person's (Z-10).
        assert "phone" in browser.post(address, sent).context["adminform"].form.errors
        page = browser.post(address, sent | {"phone": "０７５７-8888 0000"})
        user = User.objects.get(username="new.clerk")

        assert page.status_code == 302
        assert (user.full_name, user.phone) == ("何新", "0757-8888 0000")
        assert not user.has_usable_password()
        assert not scope_of(user).roles

    def test_the_link_sets_a_password_once(self, people, log_in):
        account = people["clerk"]
        address = reverse("admin:efficiency_user_way_in", args=[account.pk])
        page = log_in(people["administrator"]).post(address)
        link = page.context["link"]
        assert "no-store" in page.headers["Cache-Control"]
        assert link in page.content.decode()

        person = Client()
        form = person.get(link, follow=True)
        where = form.redirect_chain[-1][0]
        done = person.post(where, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})

        assert done.status_code == 302
        account.refresh_from_db()
        assert account.check_password(NEW_PASSWORD)
        assert AuditRecord.objects.get(action="account.password").actor == account
        assert b"new_password1" not in Client().get(link, follow=True).content

    def test_the_link_ends_sessions_and_the_password_until_now(self, people, log_in, at):
        account = people["clerk"]
        browser = log_in(account)
        assert browser.get("/admin/").status_code == 200

        accounts.way_in(account, by=people["administrator"], at=at)

        assert browser.get("/admin/").status_code == 302
        account.refresh_from_db()
        assert not account.check_password(PASSWORD)
        told = set(Message.objects.filter(kind="account.way_in").values_list("recipient_id", flat=True))
        assert told == {account.pk, people["auditor"].pk}

    def test_Z11_a_change_of_name_or_contact_is_told_to_owner_and_auditor(self, people, log_in):
        browser, account = log_in(people["administrator"]), people["clerk"]
        address = reverse("admin:efficiency_user_change", args=[account.pk])
        sent = {"full_name": "改名", "phone": "13900000009", "email": ""}
        assert browser.post(address, sent).status_code == 302
        assert browser.post(address, sent).status_code == 302  # nothing new in it

        told = Message.objects.filter(kind="account.identity").values_list("recipient_id", flat=True)
        assert sorted(told) == sorted([account.pk, people["auditor"].pk])
        kept = AuditRecord.objects.get(action="account.identity")
        assert kept.detail == {"fields": ["full_name", "phone"]}

    def test_closing_and_opening_are_acts_of_their_own(self, people, log_in):
        browser, account = log_in(people["administrator"]), people["clerk"]
        theirs = log_in(account)

        assert browser.post(reverse("admin:efficiency_user_close", args=[account.pk])).status_code == 302
        assert theirs.get("/admin/").status_code == 302
        assert browser.post(reverse("admin:efficiency_user_open", args=[account.pk])).status_code == 302
        account.refresh_from_db()
        assert account.is_active

    def test_nobody_manages_the_own_account(self, people, log_in, at):
        administrator = people["administrator"]
        with pytest.raises(appointments.NotAllowed):
            accounts.set_open(administrator, by=administrator, at=at, is_open=False)
        page = log_in(administrator).post(reverse("admin:efficiency_user_close", args=[administrator.pk]))

        assert page.status_code == 403


class TestZ04UnknownFields:
    def test_Z04_posting_flags_with_an_account_changes_nothing(self, people, log_in):
        account = people["clerk"]
        sent = {
            "full_name": "改名",
            "phone": "13900000009",
            "email": "",
            "is_staff": "on",
            "is_superuser": "on",
            "is_active": "",
            "session_epoch": "99",
            "password": "x",
            "username": "other",
            "groups": "1",
        }
        log_in(people["administrator"]).post(reverse("admin:efficiency_user_change", args=[account.pk]), sent)
        before = account.username, account.password, account.session_epoch
        account.refresh_from_db()

        assert account.full_name == "改名"
        assert (account.username, account.password, account.session_epoch) == before
        assert (account.is_staff, account.is_superuser, account.is_active) == (False, False, True)

    def test_Z04_a_post_that_was_held_keeps_what_gives_rights(self, people, log_in):
        post = people["clerk"].tenures.get().post
        sent = {
            "name": "新名",
            "section": "",
            "powers": "审批",
            "phone": "",
            "since": "2005-01-01",
            "role": "system_administrator",
            "rank": "approver",
            "is_head": "on",
            "organ": "1",
            "duties-TOTAL_FORMS": "0",
            "duties-INITIAL_FORMS": "0",
            "risk_points-TOTAL_FORMS": "0",
            "risk_points-INITIAL_FORMS": "0",
        }
        page = log_in(people["officer"]).post(reverse("admin:efficiency_post_change", args=[post.pk]), sent)
        post.refresh_from_db()

        assert page.status_code == 302
        assert (post.name, post.role, post.rank, post.is_head) == ("新名", Role.CLERK, Rank.HANDLER, False)

    def test_Z04_a_leader_writes_the_sheet_of_the_own_organ_and_nothing_else(self, people, city, log_in):
        own = people["clerk"].tenures.get().post
        other = people["other_clerk"].tenures.get().post
        sent = {
            "name": "改名",
            "powers": "初审",
            "phone": "",
            "since": "2005-01-01",
            "role": "auditor",
            "duties-TOTAL_FORMS": "1",
            "duties-INITIAL_FORMS": "0",
            "risk_points-TOTAL_FORMS": "0",
            "risk_points-INITIAL_FORMS": "0",
            "duties-0-kind": "integrity",
            "duties-0-text": "不得接受请托。",
            "duties-0-position": "1",
        }
        browser = log_in(people["leader"])
        assert browser.post(reverse("admin:efficiency_post_change", args=[own.pk]), sent).status_code == 302
        assert browser.post(reverse("admin:efficiency_post_change", args=[other.pk]), sent).status_code == 403
        own.refresh_from_db()
        name = own.name

        assert (own.powers, own.role) == ("初审", Role.CLERK)
        assert name != "改名"
        assert own.duties.get().text == "不得接受请托。"
        assert not other.duties.exists()

    def test_Z04_an_organ_does_not_move_in_the_tree(self, people, city, log_in):
        organ = city.construction
        sent = {
            "name": "市住建局",
            "short_name": "",
            "position": "3",
            "address": "",
            "phone": "",
            "complaint_phone": "",
            "since": "2005-01-01",
            "parent": city.district.pk,
            "kind": "efficiency_office",
            "code": "1",
        }
        page = log_in(people["officer"]).post(reverse("admin:efficiency_organ_change", args=[organ.pk]), sent)
        organ.refresh_from_db()

        assert page.status_code == 302
        assert (organ.name, organ.parent, organ.kind) == ("市住建局", city.government, "department")
        assert organ.sort_key.startswith("shi zhu")

    def test_Z02_an_officer_of_a_district_does_not_touch_the_city(self, people, city, log_in):
        page = log_in(people["district_officer"]).post(
            reverse("admin:efficiency_organ_change", args=[city.construction.pk]), {"name": "x"}
        )

        assert page.status_code == 403
        assert Organ.objects.get(pk=city.construction.pk).name == "佛山市建设局"

    def test_L01_a_change_is_on_record_with_the_names_of_its_fields(self, people, log_in):
        account = people["clerk"]
        log_in(people["administrator"]).post(
            reverse("admin:efficiency_user_change", args=[account.pk]),
            {"full_name": "改名", "phone": "13900000009", "email": ""},
        )
        kept = AuditRecord.objects.get(action="user.change")

        assert (kept.actor, kept.object_id) == (people["administrator"], str(account.pk))
        assert "改名" not in str(kept.detail)
        assert kept.detail["fields"]

    def test_L07_reading_the_record_is_recorded(self, people, log_in):
        user = make_user()
        log_in(people["auditor"]).get(
            reverse("admin:efficiency_auditrecord_changelist"), {"object": f"efficiency.user:{user.pk}"}
        )

        assert AuditRecord.objects.filter(action="audit.read", actor=people["auditor"]).count() == 1
