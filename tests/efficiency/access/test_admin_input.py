"""What no text has is refused before the database is asked (docs/trust.md O-06)."""

import pytest
from django.test import Client
from django.urls import reverse

from efficiency.organs.models import Role
from tests.factories.staff import seat


class TestO06Lists:
    @pytest.mark.parametrize("model", ["complaints_case", "efficiency_message", "efficiency_organ"])
    @pytest.mark.parametrize("name", ["q", "state__exact", "kind__exact", "o\x00"])
    def test_O06_a_nul_in_the_address_of_a_list_is_refused(self, city, model, name):
        browser = Client()
        browser.force_login(seat(Role.OFFICE_OFFICER, city.office))

        assert browser.get(reverse(f"admin:{model}_changelist"), {name: "a\x00b"}).status_code == 400
