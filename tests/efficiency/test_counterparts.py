"""Another counterpart (B) for a post: put by one person, approved by the leader as the second (docs/domain.md 7)."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from efficiency import appointments, counterparts
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import CounterpartChange, Organ, OrganKind, Post, Rank, Role, Tenure, TenureChange
from efficiency.outbox.models import Message
from efficiency.tables import Format, importing, written
from efficiency.tables.columns import head_of, shown
from tests.factories.staff import make_organ, make_post, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def clerk(city):
    """The holder of the post in question (A)."""
    return seat(Role.CLERK, city.construction)


@pytest.fixture
def post(clerk) -> Post:
    return Post.objects.get(tenures__user=clerk)


@pytest.fixture
def partner(city):
    """The holder of the post that is to stand in (B)."""
    return seat(Role.CLERK, city.construction)


@pytest.fixture
def other(partner) -> Post:
    return Post.objects.get(tenures__user=partner)


@pytest.fixture
def leader(city):
    return seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True)


def put(post: Post, by, at, counterpart: Post | None, reason: str = "调整分工") -> CounterpartChange:
    return counterparts.propose(post, by=by, at=at, counterpart=counterpart, reason=reason)


def told(kind: str) -> set[int]:
    return set(Message.objects.filter(kind=kind, channel="portal").values_list("recipient_id", flat=True))


def test_the_holder_puts_it_the_leader_approves_history_is_kept_and_both_are_told(
    post, other, clerk, partner, leader, at
):
    change = put(post, clerk, at, other)
    post.refresh_from_db()
    assert post.stand_in is None, "until the approval the sheet stays as it is"
    assert told("counterpart.proposed") == {leader.pk}
    assert list(counterparts.waiting_for(leader)) == [change]

    counterparts.approve(change, by=leader, at=at)

    post.refresh_from_db()
    change.refresh_from_db()
    assert post.stand_in == other
    assert (change.before, change.outcome, change.decided_by, change.decided_at) == (None, "confirmed", leader, at)
    assert told("counterpart.approved") == {clerk.pk, partner.pk}
    assert list(Post.pgh_event_model.objects.filter(pgh_obj=post).order_by("pgh_id").values_list("stand_in")) == [
        (None,),
        (other.pk,),
    ]
    acts = AuditRecord.objects.filter(action__startswith="counterpart.").order_by("pk")
    assert list(acts.values_list("action", "actor_id")) == [
        ("counterpart.propose", clerk.pk),
        ("counterpart.approve", leader.pk),
    ]
    with pytest.raises(appointments.AlreadyDecided):
        counterparts.approve(change, by=leader, at=at)
    assert not counterparts.waiting_for(leader).exists()


def test_refused_with_a_reason_the_sheet_stays(post, other, clerk, partner, leader, at):
    change = counterparts.refuse(put(post, clerk, at, other), by=leader, at=at, remark="B角任务已满")
    post.refresh_from_db()
    assert (post.stand_in, change.outcome, change.remark) == (None, "refused", "B角任务已满")
    assert told("counterpart.refused") == {clerk.pk, partner.pk}
    assert put(post, clerk, at, other).pk != change.pk, "it may be put anew"


class TestZ10TwoPersons:
    def test_Z10_nobody_approves_what_they_put_or_what_concerns_their_own_post(
        self, city, post, other, clerk, leader, at
    ):
        second = seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER)
        seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER)
        change = put(post, leader, at, Post.objects.get(tenures__user=second))
        for nobody in (leader, second, clerk):
            assert not counterparts.may_decide(nobody, change)
            with pytest.raises(appointments.NotAllowed):
                counterparts.approve(change, by=nobody, at=at)

    def test_Z10_without_another_leader_the_head_of_the_office_in_charge_decides(self, city, post, other, leader, at):
        head = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER)
        officer = seat(Role.OFFICE_OFFICER, city.office)
        change = put(post, leader, at, other)
        assert told("counterpart.proposed") == {head.pk}
        assert not counterparts.may_decide(officer, change)
        assert list(counterparts.waiting_for(head)) == [change]

        third = seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER)
        assert not counterparts.may_decide(head, change), "where a leader can decide, the leader does"
        assert not counterparts.waiting_for(head).exists()
        assert counterparts.approve(change, by=third, at=at).outcome == TenureChange.Outcome.CONFIRMED

    def test_Z10_the_leader_above_does_not_decide_and_where_nobody_could_it_is_not_put(
        self, city, post, other, leader, at
    ):
        above = seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER)
        with pytest.raises(appointments.Refused):
            put(post, leader, at, other)
        assert not CounterpartChange.objects.exists()
        head = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER)
        elsewhere = seat(Role.OFFICE_OFFICER, city.district_office, Rank.APPROVER)
        change = put(post, leader, at, other)
        for nobody in (above, elsewhere):
            assert not counterparts.may_decide(nobody, change)
            assert not counterparts.waiting_for(nobody).exists()
        assert counterparts.deciders(change, on=timezone.localdate()) == [head.pk]

    def test_Z10_what_the_one_head_of_a_district_office_puts_goes_to_the_office_above(self, city, at):
        head = seat(Role.OFFICE_OFFICER, city.district_office, Rank.APPROVER)
        above = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER)
        officers = [make_post(city.district_office, role=Role.OFFICE_OFFICER) for _each in range(2)]
        change = put(officers[0], head, at, officers[1])
        assert list(counterparts.waiting_for(above)) == [change]
        assert counterparts.approve(change, by=above, at=at).outcome == TenureChange.Outcome.CONFIRMED

    def test_Z10_it_waits_for_the_office_in_charge_alone_as_long_as_that_has_a_head_who_is_not_concerned(
        self, city, settings, at
    ):
        settings.ABOVE_CITY_OFFICE = "440600-LD"
        group = make_organ("440600-LD", "佛山市机关效能建设领导小组", OrganKind.EFFICIENCY_OFFICE)
        heads = {
            organ: seat(Role.OFFICE_OFFICER, organ, Rank.APPROVER)
            for organ in (city.district_office, city.office, group)
        }
        only_leader = seat(Role.ORGAN_LEADER, city.street, Rank.APPROVER, is_head=True)
        clerks = [make_post(city.street, role=Role.CLERK) for _each in range(2)]
        change = put(clerks[0], only_leader, at, clerks[1])

        def waits() -> list[Organ]:
            return [organ for organ, head in heads.items() if change in counterparts.waiting_for(head)]

        for organ in (city.district_office, city.office):
            assert waits() == [organ]
            assert counterparts.deciders(change, on=timezone.localdate()) == [heads[organ].pk]
            # Its head stands in question too from now on: it goes up.
            Tenure.objects.create(user=heads[organ], post=clerks[0], since=timezone.localdate())
        # The office above the city's does not reach what lies below.
        assert waits() == counterparts.deciders(change, on=timezone.localdate()) == []

    def test_the_database_refuses_one_person_and_two_that_wait(self, post, other, clerk, leader, at):
        change = put(post, clerk, at, other)
        with pytest.raises(IntegrityError, match="counterpart_change_needs_two_persons"), transaction.atomic():
            CounterpartChange.objects.filter(pk=change.pk).update(outcome="confirmed", decided_by=clerk, decided_at=at)
        with pytest.raises(appointments.Refused, match=r"等待|waits"):
            put(post, leader, at, other)


class TestWhatFits:
    def test_only_who_holds_the_post_leads_the_organ_or_keeps_posts_puts_it(
        self, city, post, other, partner, leader, at
    ):
        officer, elsewhere = seat(Role.OFFICE_OFFICER, city.office), seat(Role.ORGAN_LEADER, city.tax)
        for stranger in (partner, elsewhere):
            with pytest.raises(appointments.NotAllowed):
                put(post, stranger, at, other)
        assert counterparts.may_propose(leader, post)
        assert put(post, officer, at, other).proposed_by == officer

    def test_a_post_of_another_organ_the_same_one_and_one_that_ended_are_refused(
        self, city, post, other, clerk, leader, at
    ):
        Post.objects.filter(pk=post.pk).update(stand_in=other)
        ended = make_post(city.construction, Role.CLERK)
        Post.objects.filter(pk=ended.pk).update(until=timezone.localdate())
        ended.refresh_from_db()
        for wrong in (make_post(city.tax), other, post, ended):
            with pytest.raises(appointments.Refused) as refusal:
                put(post, clerk, at, wrong)
            assert refusal.value.field == "counterpart"
        assert put(post, clerk, at, None).counterpart is None, "a post may be left without one"

    def test_the_counterpart_has_the_same_role_and_no_lower_a_part_in_decisions(self, city, post, clerk, leader, at):
        editor = make_post(city.construction, role=Role.DISCLOSURE_EDITOR)
        Post.objects.filter(pk=post.pk).update(rank=Rank.REVIEWER)
        post.refresh_from_db()
        for lower in (editor, make_post(city.construction, Role.CLERK)):
            with pytest.raises(appointments.Refused) as refusal:
                put(post, clerk, at, lower)
            assert refusal.value.field == "counterpart"
        seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER)
        assert put(post, clerk, at, Post.objects.get(tenures__user=leader))

    def test_what_was_put_for_another_sheet_is_refused(self, city, post, other, clerk, leader, at):
        change = put(post, clerk, at, other)
        Post.objects.filter(pk=post.pk).update(stand_in=make_post(city.construction, Role.CLERK))
        with pytest.raises(appointments.Refused):
            counterparts.approve(change, by=leader, at=at)


class TestDoors:
    def browser(self, user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def test_the_pages_put_and_approve_and_who_may_not_is_refused(self, post, other, clerk, partner, leader):
        add = reverse("admin:efficiency_counterpartchange_add")
        first = self.browser(clerk)
        assert first.get(add, {"post": post.pk}).status_code == 200
        assert first.post(add, {"post": post.pk, "counterpart": other.pk, "reason": "调整分工"}).status_code == 302
        change = CounterpartChange.objects.get()
        approve = reverse("admin:efficiency_counterpartchange_approve", args=[change.pk])
        assert first.get(approve).status_code == 403
        second = self.browser(leader)
        assert (
            approve
            in second.get(reverse("admin:efficiency_counterpartchange_change", args=[change.pk])).content.decode()
        )
        assert "efficiency/counterpartchange/?outcome" in second.get("/admin/").content.decode()
        assert second.post(approve).status_code == 302
        post.refresh_from_db()
        assert post.stand_in == other
        listed = reverse("admin:efficiency_counterpartchange_changelist")
        assert post.name in self.browser(partner).get(listed).content.decode()

    def test_Z02_who_has_nothing_to_do_with_it_finds_nothing(self, city, post, other, clerk, leader, at):
        change = put(post, clerk, at, other)
        stranger = self.browser(seat(Role.CLERK, city.construction))
        listed = stranger.get(reverse("admin:efficiency_counterpartchange_changelist"))
        assert post.name not in listed.content.decode()
        for name in ("change", "approve", "refuse"):
            address = reverse(f"admin:efficiency_counterpartchange_{name}", args=[change.pk])
            assert stranger.get(address).status_code in (302, 404)

    def test_the_page_of_the_post_no_longer_writes_it(self, post, other, leader, city):
        officer = seat(Role.OFFICE_OFFICER, city.office)
        browser = self.browser(officer)
        address = reverse("admin:efficiency_post_change", args=[post.pk])
        page = browser.get(address)
        assert f"{reverse('admin:efficiency_counterpartchange_add')}?post={post.pk}" in page.content.decode()
        assert "stand_in" not in page.context["adminform"].form.fields

    def test_a_list_puts_it_once_and_writes_nothing(self, city, post, other, leader, at):
        officer = seat(Role.OFFICE_OFFICER, city.office)
        kind = importing.get("posts", officer)
        columns = kind.columns(officer)

        def upload(stand_in: str):
            rows = [head_of(columns), *(shown(columns, values) for values in kind.there(officer).values())]
            next(row for row in rows if row[0] == post.code)[6] = stand_in
            content = b"".join(written(rows, Format.XLSX))
            return importing.receive(kind, content, name="posts.xlsx", by=officer, at=at), rows

        for _again in range(2):
            sent, _rows = upload(other.code)
            importing.apply(sent, by=officer, at=at)
        post.refresh_from_db()
        assert post.stand_in is None
        assert CounterpartChange.objects.get().counterpart == other
        CounterpartChange.objects.all().delete()
        ended, editor = (
            make_post(city.construction, Role.CLERK),
            make_post(city.construction, role=Role.DISCLOSURE_EDITOR),
        )
        Post.objects.filter(pk=ended.pk).update(until=timezone.localdate())
        for wrong in (ended, editor):
            sent, _rows = upload(wrong.code)
            assert [fault.letter for fault in importing.look(sent, by=officer).table.faults] == ["G"]
        sent, _rows = upload(other.code)
        leader.is_active = False
        leader.save()
        with pytest.raises(importing.Refused, match=post.code):
            importing.apply(sent, by=officer, at=at)
        CounterpartChange.objects.create(post=post, counterpart=other, reason="x", proposed_by=officer, proposed_at=at)
        third = make_post(city.construction, Role.CLERK)
        sent, rows = upload(third.code)
        place = next(number for number, row in enumerate(rows, 1) if row[0] == post.code)
        faults = importing.look(sent, by=officer).table.faults
        assert [(fault.row, fault.letter) for fault in faults] == [(place, "G")]


class TestOrganDuties:
    def test_the_leader_writes_what_the_own_organ_is_for_and_nothing_else_and_everybody_reads_it(
        self, city, leader, client
    ):
        organ = city.construction
        browser = Client()
        browser.force_login(leader)
        address = reverse("admin:efficiency_organ_change", args=[organ.pk])
        sent = {"duties_text": "核发施工许可证。\r\n\r\n监督工程质量。", "name": "改名"}
        assert browser.post(address, sent).status_code == 302
        organ = Organ.objects.get(pk=organ.pk)
        assert (organ.duties, organ.name) == (["核发施工许可证。", "监督工程质量。"], "佛山市建设局")
        assert browser.post(reverse("admin:efficiency_organ_change", args=[city.tax.pk]), sent).status_code == 403
        page = client.get(f"/organs/{organ.code}/").content.decode()
        assert "<li>监督工程质量。</li>" in page
        found = client.get("/posts/", {"q": "工程质量"}).context["organs"]
        assert [each.pk for each in found] == [organ.pk], "it is found by what it is for"
        before = Organ.pgh_event_model.objects.filter(pgh_obj=organ).order_by("pgh_id")
        assert [each.duties_text for each in before] == ["", "核发施工许可证。\n\n监督工程质量。"]

    def test_it_goes_out_and_comes_in_with_the_list_of_organs(self, city, at):
        officer = seat(Role.OFFICE_OFFICER, city.office)
        kind = importing.get("organs", officer)
        columns = kind.columns(officer)
        rows = [head_of(columns), *(shown(columns, values) for values in kind.there(officer).values())]
        next(row for row in rows if row[0] == city.tax.code)[-1] = "征收地方税。"
        content = b"".join(written(rows, Format.XLSX))
        importing.apply(importing.receive(kind, content, name="o.xlsx", by=officer, at=at), by=officer, at=at)
        assert Organ.objects.get(pk=city.tax.pk).duties == ["征收地方税。"]
