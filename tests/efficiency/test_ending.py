"""An organ ends when nothing is open there any more (docs/domain.md 13.14)."""

from datetime import date, timedelta

import pytest
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.enums import State
from efficiency import appointments
from efficiency.access.scope import scope_of
from efficiency.admin.organs import PostForm
from efficiency.deadlines import actions as deadlines
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline
from efficiency.organs import ending
from efficiency.organs.models import Organ, Post, Role, Tenure, TenureKind
from efficiency.refusals import Invalid
from efficiency.tables import Format, importing, written
from efficiency.tables.columns import head_of, shown
from tests.factories import cases, commitments, matters, promises
from tests.factories.staff import make_post, seat
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db
END = date(2030, 1, 1)


def obstacle(organ: Organ, until: date = END) -> str:
    return ending.obstacles({organ.pk: until}).get(organ.pk, "")


def refused(organ: Organ, what: str) -> None:
    with pytest.raises(Invalid, match=f"Still open there: {what}\\.") as refusal:
        ending.check(organ, until=END)
    assert refusal.value.field == "until"


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


class TestPostThatEnds:
    def test_7_whoever_holds_it_longer_keeps_it_also_from_a_later_day_on(self, city):
        person = seat(Role.CLERK, city.tax)
        post = city.tax.posts.get()
        with pytest.raises(Invalid, match=r"still held or named: 1 tenure\.") as refusal:
            ending.check_post(post, until=END)
        assert refusal.value.field == "until"

        Tenure.objects.filter(post=post).update(until=END)
        ending.check_post(post, until=END)
        Tenure.objects.create(user=person, post=post, kind=TenureKind.HOLDER, since=END + timedelta(days=30))
        assert "1 tenure" in ending.obstacles_of_posts({post.pk: END})[post.pk]

    def test_7_a_published_promise_that_names_it_keeps_it(self, city):
        post = make_post(city.tax)
        item = commitments.make_item(city.tax)
        assert ending.obstacles_of_posts({post.pk: END}) == {}
        version = matters.make_version(item, limit="5wd", post=post)

        assert "1 published promise" in ending.obstacles_of_posts({post.pk: END})[post.pk]
        type(version).objects.filter(pk=version.pk).update(valid_until=END)
        assert ending.obstacles_of_posts({post.pk: END}) == {}

    def test_7_its_page_and_its_list_ask_the_same(self, city):
        officer = seat(Role.OFFICE_OFFICER, city.office)
        seat(Role.CLERK, city.tax)
        post = city.tax.posts.get()
        form = modelform_factory(Post, form=PostForm, fields=["until"])({"until": END}, instance=post)
        assert list(form.errors) == ["until"]

        kind = importing.get("posts", officer)
        columns = kind.columns(officer)
        values = kind.there(officer)[(post.code,)] | {"until": END}
        content = b"".join(written([head_of(columns), shown(columns, values)], Format.XLSX))
        upload = importing.receive(kind, content, name="posts.xlsx", by=officer, at=timezone.now())
        assert ["still held" in str(each.message) for each in importing.look(upload, by=officer).table.faults] == [True]

    def test_7_nobody_is_put_on_a_post_for_longer_than_it_lasts(self, city):
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, city.office)
        post = make_post(city.tax)
        Post.objects.filter(pk=post.pk).update(until=END)
        given = {"user": seat(Role.CLERK, city.construction), "post": post, "since": timezone.localdate()}
        with pytest.raises(appointments.Refused) as refusal:
            appointments.propose(**given, by=administrator, at=timezone.now(), reason="任职")
        assert refusal.value.field == "until"

        change = appointments.propose(**given, by=administrator, at=timezone.now(), reason="任职", until=END)
        assert change.until == END


class TestOrganThatEnds:
    def test_13_14_one_at_which_nothing_is_open_may_end(self, city):
        make_post(city.tax)

        ending.check(city.tax, until=END)

    def test_13_14_people_who_outlive_it_on_its_posts_keep_it(self, city):
        person = seat(Role.CLERK, city.tax)
        seat(Role.ORGAN_LEADER, city.tax)
        refused(city.tax, "2 tenures")

        Tenure.objects.filter(post__organ=city.tax).update(until=END)
        assert obstacle(city.tax) == ""
        assert "2 tenures" in obstacle(city.tax, END - timedelta(days=1))

        Tenure.objects.create(
            user=person, post=make_post(city.tax), kind=TenureKind.HOLDER, since=END + timedelta(days=30)
        )
        refused(city.tax, "1 tenure")

    def test_13_14_no_right_outlives_post_or_organ(self, city):
        clerk = seat(Role.CLERK, city.tax)
        on = date(2029, 12, 31)
        assert scope_of(clerk, on=on, fresh=True).organ_ids_as(Role.CLERK)
        for model in (Post, Organ):
            rows = model.objects.filter(pk__in=[city.tax.posts.get().pk if model is Post else city.tax.pk])
            rows.update(until=END)
            assert scope_of(clerk, on=on, fresh=True).organ_ids_as(Role.CLERK)
            assert not scope_of(clerk, on=END, fresh=True).organ_ids_as(Role.CLERK)
            rows.update(until=None)

    def test_13_14_what_it_owes_keeps_it_and_what_ended_does_not(self, city, monkeypatch):
        monkeypatch.setattr(registry, "_handlers", {})
        promises.register()
        promises.promise(city.tax, at=MONDAY_MORNING)
        refused(city.tax, "1 running promise")

        deadlines.meet(city.tax, promises.REPLY, at=MONDAY_MORNING)
        assert Deadline.objects.filter(organ=city.tax).exists()
        ending.check(city.tax, until=END)

    def test_13_14_a_service_item_on_the_list_keeps_it(self, city):
        item = commitments.make_item(city.tax)
        refused(city.tax, "1 service item")

        type(item).objects.filter(pk=item.pk).update(
            withdrawn_at=timezone.now(), withdrawn_by=seat(Role.AUDITOR, city.office), withdrawal_reason="并入"
        )
        ending.check(city.tax, until=END)

    def test_13_14_open_cases_keep_the_organ_that_handles_them_and_the_office_in_charge(self, cast):
        cases.case_in(State.HANDLING, cast)

        assert "1 open case" in obstacle(cast.city.construction)
        assert "1 open case" in obstacle(cast.city.office)
        assert "case" not in obstacle(cast.city.tax)

    def test_13_14_many_are_asked_with_as_many_statements_as_one(self, cast, django_assert_num_queries):
        cases.case_in(State.HANDLING, cast)
        organs = {organ.pk: END for organ in Organ.objects.all()}

        with django_assert_num_queries(7):
            found = ending.obstacles(organs)

        assert {cast.city.construction.pk, cast.city.office.pk, cast.city.tax.pk} <= set(found)
        assert ending.obstacles({}) == {}


class TestDoors:
    def test_13_14_the_page_says_it_beside_the_field_and_changes_nothing(self, cast):
        organ = cast.city.construction
        sent = {"name": "市住建局", "position": "3", "since": "2005-01-01", "until": "2030-01-01"}
        browser = Client()
        browser.force_login(cast.officer)
        address = reverse("admin:efficiency_organ_change", args=[organ.pk])

        page = browser.post(address, sent)

        assert page.status_code == 200
        assert "2 tenures" in str(page.context["adminform"].form.errors["until"])
        organ.refresh_from_db()
        assert (organ.until, organ.name) == (None, "佛山市建设局")

        Tenure.objects.filter(post__organ=organ).update(until=END)
        assert browser.post(address, sent).status_code == 302
        organ.refresh_from_db()
        assert organ.until == END

    def test_13_14_one_that_has_ended_is_still_corrected(self, cast):
        Organ.objects.filter(pk=cast.city.tax.pk).update(until=END)
        browser = Client()
        browser.force_login(cast.officer)

        page = browser.post(
            reverse("admin:efficiency_organ_change", args=[cast.city.tax.pk]),
            {"name": "市税务局", "position": "3", "since": "2005-01-01", "until": "2030-01-01"},
        )

        assert page.status_code == 302

    def test_13_14_a_workbook_says_it_in_the_cell(self, cast):
        kind = importing.get("organs", cast.officer)
        columns = kind.columns(cast.officer)
        rows = [head_of(columns), *(shown(columns, values) for values in kind.there(cast.officer).values())]
        row = next(row for row in rows if row[0] == cast.city.tax.code)
        row[11] = "2030-01-01"
        content = b"".join(written(rows, Format.XLSX))
        upload = importing.receive(kind, content, name="organs.xlsx", by=cast.officer, at=timezone.now())

        faults = importing.look(upload, by=cast.officer).table.faults

        assert [(fault.row, fault.letter) for fault in faults] == [(rows.index(row) + 1, "L")]
        assert "2 tenures" in str(faults[0].message)
