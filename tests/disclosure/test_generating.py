"""Synthetic documents: right by construction, copies included, and the same for the same seed."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from disclosure.enums import VersionState
from disclosure.generating import generator
from disclosure.generating.phrases import Phrases
from disclosure.models import Document, DocumentVersion
from disclosure.public import invariants, search
from efficiency.audit import verify
from tests.factories import public_documents as make
from tests.factories.staff import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def columns(city):
    return [make.make_column(code) for code in ("fees", "basis", "results")]


def generate(**options) -> int:
    given = {"times": 2, "seed": 7, "days": 900, "now": timezone.now(), "progress": lambda done: None} | options
    return generator.generate(40, **given)


class TestGenerate:
    def test_nothing_is_wrong_with_them_and_each_is_found(self, columns, monkeypatch):
        monkeypatch.setattr(generator, "REPLACED", 60)
        monkeypatch.setattr(generator, "WITHDRAWN", 20)
        assert generate() == 120

        found = list(verify.run("I-36", "I-39"))
        assert len(found) >= 7
        assert [each for each in found if each.violations] == []
        assert invariants.found_by_something_else() == 0
        documents = Document.objects.public().order_by("pk")
        assert documents.count() == 120
        assert len(set(documents.values_list("index_number", flat=True))) == 120
        versions = DocumentVersion.objects.values_list("state", flat=True)
        assert set(versions) == {VersionState.PUBLISHED, VersionState.REPLACED, VersionState.WITHDRAWN}
        title = documents.readable()[0].public_version.title
        assert len(search.best(title).keys) % 3 == 0
        # Copies lie behind those that they were copied from, in the order in which they were published.
        copies = list(documents[40:].values_list("published_at", flat=True))
        assert copies == sorted(copies)

    def test_the_same_seed_gives_the_same_and_more_can_be_added(self, columns):
        now = timezone.now()
        generate(times=0, now=now)
        first = list(Document.objects.order_by("pk").values_list("public_version__title", "organ", "published_at"))
        generate(times=0, now=now)
        second = list(Document.objects.order_by("pk").values_list("public_version__title", "organ", "published_at"))

        assert second == first * 2
        assert min(at for _title, _organ, at in first) > now - timedelta(days=902)

    def test_words_are_drawn_into_every_place(self):
        texts = [Phrases(generator.Random(seed)).text(2026) for seed in range(60)]

        assert not [text for text in texts if "{" in text.title + text.body + text.summary]
        assert len({text.title for text in texts}) > 30


class TestCommand:
    def test_it_refuses_what_it_cannot_do(self, columns, settings):
        settings.DEMONSTRATION = True
        with pytest.raises(CommandError):
            call_command("generate_documents", "--count=10", "--base=3", "--seed=1")
        settings.DEMONSTRATION = False
        make_user()
        with pytest.raises(CommandError):
            call_command("generate_documents", "--count=1", "--seed=1")
