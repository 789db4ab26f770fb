"""Keys that nobody gave out are no keys, whatever they look like."""

import pytest
from django.test import Client
from django.urls import reverse

from efficiency.organs.models import Role
from efficiency.pages.keys import key_in
from tests.factories.staff import seat

NONE = ["", "-1", "²", "１", "x", "1.0", "9" * 30]


class TestKeys:
    @pytest.mark.parametrize("text", NONE)
    def test_what_is_no_plain_number_of_a_row_is_none(self, text):
        assert key_in(text) is None

    def test_a_number_is_one(self):
        assert key_in("0042") == 42

    @pytest.mark.parametrize("text", [*NONE, "9" * 18])
    def test_pages_that_are_handed_one_answer(self, text, city):
        officer = Client()
        officer.force_login(seat(Role.OFFICE_OFFICER, city.office))
        answers = [
            officer.get(reverse("admin:messages"), {"page": text}),
            officer.post(reverse("admin:messages"), {"id": text}),
            officer.get(f"/admin/efficiency/calendaryear/{text or 0}/change/"),
            officer.get(f"/admin/complaints/case/{text or 0}/change/"),
        ]

        assert [answer.status_code for answer in answers] == [200, 302, 404, 404]
