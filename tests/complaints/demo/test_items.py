"""The service items of the demonstration say who answers for them (docs/domain.md 5)."""

import pytest
from django.db.models import F
from django.utils import timezone

from complaints.demo import items, loading
from complaints.models import ItemVersion
from efficiency.organs import foshan_posts


def test_each_item_names_a_post_of_its_own_organ():
    organ_of = {sheet.code: sheet.organ for sheet in foshan_posts.sheets()}

    assert {row["code"]: organ_of[row["post"]] for row in items.read()} == {
        row["code"]: row["organ"] for row in items.read()
    }


def test_posts_that_stand_above_or_in_for_others_are_there():
    sheets = list(foshan_posts.sheets())
    codes = {sheet.code for sheet in sheets}

    assert len(codes) == len(sheets)
    assert {sheet.superior for sheet in sheets} | {sheet.stand_in for sheet in sheets} <= codes | {""}


@pytest.mark.django_db
def test_they_are_loaded_with_their_posts():
    loading.load_organs_and_people(at=timezone.now())

    versions = ItemVersion.objects.filter(post__organ=F("item__organ"))
    assert versions.count() == ItemVersion.objects.count() >= len(items.read())
    assert ItemVersion.objects.get(item__code="440600-JS-004", number=1).post.code == "440600-construction-32"
