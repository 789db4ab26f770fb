"""Bundles of fault cases and corrections: the whole chain, for those who read the names (docs/domain.md 10.10)."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.papers import bundling
from tests.accountability.papers.test_bundles import archive_of
from tests.factories import corrections, faults

pytestmark = pytest.mark.django_db


def parts_of(files: dict[str, bytes]) -> list[dict]:
    return [json.loads(each) for name, each in files.items() if name[:2].isdigit() and name.endswith(".json")]


class TestFaultCases:
    @pytest.fixture
    def cast(self, db):
        return faults.make_fault_cast()

    def test_tells_the_whole_chain_from_the_clue_to_the_appeal(self, cast):
        case = faults.appealed(cast)
        parts = parts_of(archive_of(case, cast.office_head, timezone.now()))
        names = [part["name"] for part in parts]

        for wanted in ("fault", "course", "clues", "respondents", "investigators", "evidence", "statements", "appeals"):
            assert wanted in names
        assert "decision1" in names
        assert "promise" in names
        said = json.dumps(parts, ensure_ascii=False)
        assert faults.FACTS in said
        assert str(cast.clerk) in said

    def test_Z13_is_for_those_who_read_the_names_without_a_reason(self, cast):
        case = faults.decided(cast)
        people = {name: user for name, user in vars(cast).items() if name != "city"}

        assert {name for name, user in people.items() if bundling.may_ask(user, case)} == {
            "office_head",
            "deputy",
            "inspector",
            "officer",
        }

    def test_Z07_never_for_whom_it_is_about(self, cast):
        case = faults.decided(cast)
        case.respondents.update(person=cast.office_head)

        assert not bundling.may_ask(cast.office_head, case)


class TestCorrections:
    @pytest.fixture
    def cast(self, db):
        return corrections.make_correction_cast()

    def test_tells_what_was_wanted_and_what_became_of_it(self, cast):
        found = corrections.issue(cast)
        parts = parts_of(archive_of(found, cast.officer, timezone.now()))

        assert {"correction", "course", "promise"} <= {part["name"] for part in parts}
        assert found.findings in json.dumps(parts, ensure_ascii=False)
        assert bundling.may_ask(cast.officer, found)

    def test_its_page_leads_to_the_bundle_for_the_office_alone(self, cast):
        found = corrections.issue(cast)
        client = Client()
        for user, shown in ((cast.officer, True), (cast.clerk, False)):
            client.force_login(user)
            page = client.get(reverse("admin:accountability_correction_change", args=[found.pk])).content.decode()
            assert (reverse("admin:accountability_bundle_ask", args=["correction", found.pk]) in page) is shown
