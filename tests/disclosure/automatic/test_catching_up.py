"""What was there before, and what waits for a person (docs/architecture.md)."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from complaints.commitments import drafting, publishing
from disclosure.automatic import catching_up
from disclosure.documents import actions
from disclosure.enums import VersionState
from disclosure.models import Column, Document, DocumentEvent
from efficiency import facts
from efficiency.audit import verify
from efficiency.facts import Account, Fact, FactKind
from efficiency.organs.models import Organ, Rank, Role
from efficiency.timing.due import local_day
from tests.factories.cases import TUESDAY
from tests.factories.commitments import draft_of, make_item
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def item(city, monkeypatch):
    """A promise that was published before anybody listened."""
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.government),
        leader=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    item = make_item(city.construction)
    draft = drafting.save_draft(
        draft_of(item, local_day(TUESDAY), fees="每件10元", fee_basis="依据"), by=people["editor"], at=TUESDAY
    )
    with monkeypatch.context() as before:
        before.setattr(facts, "_listeners", [])
        publishing.publish(draft, by=people["leader"], at=TUESDAY)
    return item


class TestCatchUp:
    def test_makes_what_is_missing_once_and_holds_every_invariant(self, city, item):
        later = TUESDAY + timedelta(days=3)

        first = catching_up.catch_up(at=later)
        second = catching_up.catch_up(at=later)

        assert (first.made, first.changed, first.withdrawn) == (Document.objects.count(), 0, 0)
        assert (second.made, second.changed, second.same) == (0, 0, first.made)
        document = Document.objects.get(source="item_version", source_key=item.code)
        assert document.published_at == later
        assert document.index_number.startswith(f"{city.construction.code}/2026/")
        assert Document.objects.filter(source="item_fees").count() == 1
        assert Document.objects.filter(source="organ_profile").count() == Organ.objects.count()
        assert {str(each.title): each.violations for each in verify.run() if each.violations} == {}

    def test_a_few_hundred_documents_take_few_statements(self, city, item, django_assert_max_num_queries):
        for number in range(40):
            Organ.objects.create(code=f"4406-{number}", name=f"单位{number}", level="city", kind="department")

        with django_assert_max_num_queries(600):
            done = catching_up.catch_up(at=TUESDAY)

        assert done.made > 40

    def test_renews_what_changed_and_withdraws_what_stands_no_more(self, city, item):
        catching_up.catch_up(at=TUESDAY)
        Organ.objects.filter(pk=city.tax.pk).update(phone="0757-83320000")
        Organ.objects.filter(pk=city.street.pk).update(until=date(2026, 3, 1))

        done = catching_up.catch_up(at=TUESDAY + timedelta(days=1))

        assert done.withdrawn == 1
        assert done.changed >= 1
        profile = Document.objects.get(source="organ_profile", organ=city.tax)
        assert "0757-83320000" in profile.public_version.body
        assert Document.objects.get(source="organ_profile", organ=city.street).public_version.state == "withdrawn"

    def test_the_command_says_what_it_did(self, city, item):
        out = StringIO()

        call_command("catch_up_disclosure", stdout=out)

        assert '"made": ' in out.getvalue()


class TestNeedsApproval:
    @pytest.fixture
    def kind(self, city, monkeypatch):
        kind = FactKind(
            "test_bulletin",
            "监察月报",
            "efficiency.Organ",
            "results",
            lambda organ: Account(f"{organ.name}月报", "本月红牌0张。\n", None),
            needs_approval=True,
            standing=lambda at: [Fact("test_bulletin", city.office, city.office, at, "2026-02")],
        )
        monkeypatch.setitem(facts._kinds, kind.name, kind)
        return kind

    def test_waits_for_the_review_and_is_public_once_it_was_approved(self, city, kind):
        people = seat_all(
            one=Seat(Role.OFFICE_OFFICER, city.office),
            head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        )
        facts.announce(Fact(kind.name, city.office, city.office, TUESDAY, "2026-02"))
        document = Document.objects.get(source=kind.name)
        version = document.versions.get()

        assert document.public_version is None
        assert version.state == VersionState.SOURCE_CHECKED
        actions.review(version, actions.ALL_POINTS, by=people["one"], at=TUESDAY, ground="应当公开")
        actions.approve(version, by=people["head"], at=TUESDAY)
        document.refresh_from_db()
        assert document.public_version.state == VersionState.PUBLISHED

    def test_what_a_person_threw_away_does_not_come_back_with_the_same_words(self, city, kind):
        people = seat_all(one=Seat(Role.OFFICE_OFFICER, city.office))
        catching_up.catch_up(at=TUESDAY)
        version = Document.objects.get(source=kind.name).versions.get()
        actions.send_back(version, by=people["one"], at=TUESDAY, reason="不再公开")
        actions.discard(version, by=people["one"], at=TUESDAY, reason="不再公开")

        catching_up.catch_up(at=TUESDAY)

        assert Document.objects.get(source=kind.name).versions.count() == 1


class TestWithdrawnByPerson:
    def test_stays_withdrawn_until_its_source_says_something_else(self, city, item):
        people = seat_all(officer=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True))
        catching_up.catch_up(at=TUESDAY)
        document = Document.objects.select_related("public_version").get(source="organ_profile", organ=city.tax)
        actions.withdraw(document.public_version, by=people["officer"], at=TUESDAY, reason="电话有误")

        catching_up.catch_up(at=TUESDAY)
        assert document.versions.count() == 1
        Organ.objects.filter(pk=city.tax.pk).update(phone="0757-83320001")
        catching_up.catch_up(at=TUESDAY + timedelta(hours=1))

        # A person decides whether what was withdrawn comes back.
        assert document.versions.get(number=2).state == VersionState.SOURCE_CHECKED


class TestBesideOthers:
    """What somebody publishes, takes back or breaks while a run is on its way."""

    KIND = "test_telephone"

    @pytest.fixture
    def during(self):
        """What happens once the run has read what stands, before it writes any of it."""
        return []

    @pytest.fixture
    def kind(self, city, monkeypatch, during):
        """The telephone of an organ, as the run read it; an organ without one may not be told."""

        def account(organ):
            if organ.phone == "broken":
                raise ValueError("broken")
            return Account(f"{organ.name}电话", f"电话{organ.phone}\n", None) if organ.phone else None

        def standing(at):
            found = list(Organ.objects.exclude(phone="").order_by("pk"))
            for act in during:
                act()
            yield from (Fact(self.KIND, organ, organ, at, organ.code) for organ in found)

        kind = FactKind(
            self.KIND, "电话", "efficiency.Organ", "results", account,
            standing=standing, is_of_people=True, key_field="code",
        )  # fmt: skip
        monkeypatch.setattr(facts, "_kinds", {kind.name: kind})
        Organ.objects.exclude(pk__in=[city.tax.pk, city.office.pk]).update(phone="")
        self.call(city.tax, "12345")
        self.call(city.office, "12345")
        return kind

    @staticmethod
    def call(organ, phone):
        Organ.objects.filter(pk=organ.pk).update(phone=phone)

    def states(self):
        rows = Document.objects.filter(source=self.KIND).values_list("organ__pk", "public_version__state")
        return dict(rows)

    def test_P14_what_was_taken_back_meanwhile_is_not_published(self, city, kind, during):
        during.append(lambda: self.call(city.tax, ""))
        assert catching_up.catch_up(at=TUESDAY).made == 1
        assert self.states() == {city.office.pk: "published"}

        during[:] = [lambda: self.call(city.office, "")]
        self.call(city.office, "12346")
        done = catching_up.catch_up(at=TUESDAY)
        assert (done.changed, done.withdrawn, self.states()) == (0, 1, {city.office.pk: "withdrawn"})

    def test_what_was_published_meanwhile_stays(self, city, kind, during):
        def publish(organ):
            self.call(organ, "12347")
            organ.refresh_from_db()
            facts.announce(Fact(self.KIND, organ, organ, TUESDAY, organ.code))

        catching_up.catch_up(at=TUESDAY)
        # One that was not there, and one that stood no more when the run began and is let go again.
        self.call(city.office, "")
        during += [lambda: publish(city.street), lambda: self.call(city.office, "12345")]
        done = catching_up.catch_up(at=TUESDAY)

        assert done.withdrawn == 0
        assert self.states() == dict.fromkeys((city.tax.pk, city.office.pk, city.street.pk), "published")

    def test_what_waits_is_put_away_once_its_source_is_gone(self, city, kind):
        self.call(city.tax, "13812345678")
        catching_up.catch_up(at=TUESDAY)
        waiting = Document.objects.get(source=self.KIND, organ=city.tax).versions.get()
        assert waiting.state == VersionState.SOURCE_CHECKED

        self.call(city.tax, "")
        catching_up.catch_up(at=TUESDAY)
        waiting.refresh_from_db()
        assert waiting.state == VersionState.DISCARDED

    def test_one_that_cannot_be_told_is_logged_and_holds_up_no_other(self, city, kind, monkeypatch):
        catching_up.catch_up(at=TUESDAY)
        self.call(city.tax, "broken")
        self.call(city.office, "12348")
        self.call(city.street, "12349")
        monkeypatch.setattr(catching_up.many, "write", lambda _wholes: 1 / 0)
        done = catching_up.catch_up(at=TUESDAY)

        assert (done.made, done.changed, done.withdrawn) == (1, 1, 0)
        assert set(self.states().values()) == {"published"}

    def test_P07_a_number_that_marks_stand_in_waits_for_a_person(self, city, kind):
        self.call(city.tax, "138**1234**5678")
        catching_up.catch_up(at=TUESDAY)

        assert self.states() == {city.office.pk: "published", city.tax.pk: None}


def test_every_kind_belongs_under_a_heading_of_the_catalogue():
    assert {kind.column for kind in facts.kinds()} <= set(Column.objects.values_list("code", flat=True))
    assert not DocumentEvent.objects.exists()
