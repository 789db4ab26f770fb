"""The headings and the set of duties that every organ can be given at once."""

from datetime import date

import pytest
from django.apps import apps

from disclosure.catalogue import standard
from disclosure.catalogue.refusals import Invalid, NotAllowed
from disclosure.enums import Category, Door, OwedState
from disclosure.models import Column, OwedPublication, PublicationDuty
from tests.factories.cases import make_cast
from tests.factories.staff import seat
from tests.moments import local

pytestmark = pytest.mark.django_db

AT = local("2026-03-02 09:30")
NAMES = (
    "basis procedure powers fees results accountability guide rules annual_report institution leaders plans budget "
    "statistics procurement approvals penalties personnel emergency projects normative_documents policy_explained"
)


class TestColumns:
    def test_a_migrated_portal_has_them_each_with_its_legal_basis(self):
        found = {column.code: column for column in Column.objects.all()}
        assert set(NAMES.split()) <= set(found)
        assert all(column.legal_basis for column in found.values())
        assert {column.category for column in found.values()} == {*Category.values, ""}
        assert {column.door for column in found.values()} == set(Door.values)
        assert "第二十条第八项" in found["fees"].legal_basis

    def test_what_is_missing_is_added_and_what_the_office_changed_stays(self):
        Column.objects.filter(code="fees").update(name="收费公示")
        Column.objects.filter(code="projects").delete()
        standard.ensure_after_migrate(apps=apps)
        assert standard.ensure_columns() == 0
        assert Column.objects.get(code="fees").name == "收费公示"
        assert Column.objects.filter(code="projects").exists()


class TestLaying:
    def lay(self, cast, organs, **more):
        return standard.lay(organs, by=cast.officer, at=AT, holds_from=AT.date(), **more)

    def test_each_organ_gets_the_set_once(self, cast):
        organs = [cast.city.construction, cast.city.tax]
        first = self.lay(cast, organs)
        again = self.lay(cast, organs)

        assert first.made == sum(len(standard.standard_set(organ.kind)) for organ in organs)
        assert (first.kept, again.made, again.kept) == (0, 0, first.made)
        of_one = PublicationDuty.objects.filter(organ=cast.city.tax)
        assert set(Category.values) <= set(of_one.values_list("column__code", flat=True))
        # What has to be there at any time is owed from now on.
        owed = OwedPublication.objects.filter(organ=cast.city.tax)
        assert set(owed.values_list("state", "due_on")) == {(OwedState.OPEN, date(2026, 3, 30))}
        assert owed.count() == of_one.filter(rhythm="once").count()

    def test_organs_report_by_31_January_and_the_authority_in_charge_by_31_March(self, cast):
        self.lay(cast, [cast.city.construction, cast.city.government], only=["annual_report"])
        found = PublicationDuty.objects.order_by("organ__code").values_list("organ__code", "fixed_month", "fixed_day")
        assert list(found) == [("440600", 3, 31), ("440600-JS", 1, 31)]

    def test_Z01_nobody_lays_duties_out_of_reach_or_into_the_past(self, cast, people_of_district):
        with pytest.raises(NotAllowed):
            standard.lay([cast.city.tax], by=people_of_district, at=AT, holds_from=AT.date())
        with pytest.raises(NotAllowed):
            standard.lay([cast.city.construction], by=cast.leader, at=AT, holds_from=AT.date())
        with pytest.raises(Invalid):
            standard.lay([cast.city.tax], by=cast.officer, at=AT, holds_from=date(2026, 3, 1))
        assert not PublicationDuty.objects.exists()

    def test_many_organs_take_a_fixed_number_of_statements(self, cast, django_assert_max_num_queries):
        organs = [cast.city.construction, cast.city.tax, cast.city.street, cast.city.district]
        with django_assert_max_num_queries(32):
            self.lay(cast, organs)

    @pytest.fixture
    def people_of_district(self, cast):
        return seat("office_officer", cast.city.district_office)

    @pytest.fixture
    def cast(self):
        return make_cast()
