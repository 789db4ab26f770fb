"""The demonstration of disclosure: written texts, sums that are sums, gaps that show, and nothing that is forbidden."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.demo import loading as demonstration
from disclosure.demo import loading, texts
from disclosure.documents.markup import to_html
from disclosure.enums import OwedState, VersionState
from disclosure.models import Document, DocumentVersion, OwedPublication
from efficiency.audit import verify
from efficiency.deadlines import sweep
from efficiency.organs import foshan
from efficiency.personal_numbers import find_numbers
from tests.factories.cases import local
from tests.planner import tell_planner

NAMES = {organ.code: organ.name for organ in foshan.organs()}
AT = local(2026, 11, 27)


@pytest.fixture(scope="module")
def pieces() -> list[texts.Piece]:
    return texts.pieces(NAMES, now=AT)


class TestTexts:
    def test_are_a_few_hundred_of_many_organs_and_headings(self, pieces):
        assert 350 <= len(pieces) <= 600
        assert len({piece.organ for piece in pieces}) >= 15
        assert len({piece.column for piece in pieces}) >= 15

    def test_have_every_name_filled_in_and_no_number_of_a_person(self, pieces):
        for piece in pieces:
            for version in piece.versions:
                whole = f"{piece.title}{piece.summary}{version.number}{version.body}"
                assert "{" not in whole, piece.title
                assert not find_numbers(whole), piece.title
                assert version.formed_on <= version.published_at.date(), piece.title
                assert version.published_at < AT
                assert to_html(version.body)

    def test_numbers_of_documents_are_given_once(self, pieces):
        numbers = Counter((p.organ, v.number) for p in pieces for v in p.versions if v.number)

        assert [number for number, count in numbers.items() if count > 1] == []

    def test_sums_are_sums(self, pieces):
        for piece in pieces:
            if not piece.key.startswith("budget"):
                continue
            rows = dict(re.findall(r"\| (人员经费|日常公用经费|项目支出|合计) \| (\d+) \|", piece.versions[0].body))
            assert int(rows.pop("合计")) == sum(map(int, rows.values()))

    def test_are_the_same_at_every_loading(self, pieces):
        again = texts.pieces(NAMES, now=AT)

        assert [(p.key, p.versions[-1].body) for p in again] == [(p.key, p.versions[-1].body) for p in pieces]


class TestLoading:
    def test_fills_the_catalogue_once_with_visible_gaps_and_violates_nothing(self, db):
        now = timezone.now()
        demonstration.load_organs_and_people(at=now)
        tell_planner()

        written = loading.load(now)

        assert written == Document.objects.filter(source="").count() > 350
        assert loading.load(now) == 0
        assert set(DocumentVersion.objects.values_list("state", flat=True)) == set(VersionState.values)
        states = Counter(OwedPublication.objects.values_list("state", flat=True))
        late = [
            owed
            for owed in OwedPublication.objects.filter(state=OwedState.PUBLISHED)
            if timezone.localdate(owed.published_at) > owed.due_on
        ]
        assert states[OwedState.PUBLISHED] > 150
        assert states[OwedState.OPEN] > 10
        assert len(late) >= 3
        assert Document.objects.filter(public_version__files__isnull=False).count() >= 4
        assert Document.objects.exclude(source="").readable().count() > 150
        tell_planner()
        assert {str(each.title): each.violations for each in verify.run() if each.violations} == {}
        sweep.run(at=now + timedelta(minutes=1))
        assert {str(each.title): each.violations for each in verify.run() if each.violations} == {}
