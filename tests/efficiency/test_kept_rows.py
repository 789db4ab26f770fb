"""A question that is put together once finds what the same question finds, with other values each time."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from efficiency.kept_rows import Kept
from efficiency.organs.models import Organ

pytestmark = pytest.mark.django_db


def test_it_finds_what_the_question_finds(city):
    def ask(key, code):
        return Organ.objects.filter(pk=key).exclude(code=code).select_related("parent").order_by("id")

    kept = Kept(ask, int, str)

    for organ in (city.construction, city.tax, city.construction):
        for code in ("", organ.code):
            found, expected = kept.rows(organ.pk, code), list(ask(organ.pk, code))
            assert found == expected
            assert [vars_of(each) for each in found] == [vars_of(each) for each in expected]


def test_relations_come_with_it_and_what_is_left_out_is_read_later(city):
    kept = Kept(lambda key: Organ.objects.select_related("parent").defer("address").filter(pk=key), int)
    parent, address = city.construction.parent, city.construction.address

    with CaptureQueriesContext(connection) as asked:
        found = kept.first(city.construction.pk)
        assert found is not None
        assert found.parent == parent
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        assert found.address == address
    assert len(asked) == 1


def test_nothing_is_nothing(city):
    assert Kept(lambda key: Organ.objects.filter(pk=key), int).first(0) is None


def test_a_value_that_the_question_changes_is_refused(city):
    with pytest.raises(ValueError, match="does not stand in its statement"):
        Kept(lambda key: Organ.objects.filter(pk=key + 1), int).rows(1)


def vars_of(row: Organ) -> dict:
    return {name: value for name, value in vars(row).items() if name != "_state"}
