"""Menus name only what has a page and may be seen."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from efficiency.pages import menu


@pytest.fixture
def sections(monkeypatch):
    monkeypatch.setattr(menu, "_sections", {menu.PUBLIC: {}, menu.SUPERVISION: {}, menu.STAFF: {}, menu.SEARCH: {}})


def request(path="/"):
    made = RequestFactory().get(path)
    made.user = AnonymousUser()
    return made


@pytest.mark.usefixtures("sections")
class TestItems:
    def test_stand_in_the_order_given(self):
        menu.register(menu.PUBLIC, "b", "B", to="pages:status", order=20)
        menu.register(menu.PUBLIC, "a", "A", to="pages:about", order=10)

        assert [item.key for item in menu.items(menu.PUBLIC, request())] == ["a", "b"]

    def test_a_section_without_a_page_is_no_dead_link(self):
        menu.register(menu.PUBLIC, "x", "X", to="nowhere:list", order=10)

        assert menu.items(menu.PUBLIC, request()) == []
        assert not menu.is_registered("x")

    def test_what_may_not_be_seen_is_left_out(self):
        menu.register(menu.SUPERVISION, "x", "X", to="pages:about", order=10, may=lambda user: user.is_authenticated)

        assert menu.items(menu.SUPERVISION, request()) == []

    def test_without_a_request_nothing_that_needs_a_right_is_shown(self):
        menu.register(menu.PUBLIC, "x", "X", to="pages:about", order=10, may=lambda user: True)
        menu.register(menu.PUBLIC, "y", "Y", to="pages:about", order=10)

        assert [item.key for item in menu.items(menu.PUBLIC, None)] == ["y"]

    def test_the_current_section_is_that_of_the_longest_address(self, settings):
        menu.register(menu.PUBLIC, menu.HOME_KEY, "Home", to="", order=1)
        menu.register(menu.PUBLIC, "about", "About", to="pages:about", order=2)
        menu.register(menu.PUBLIC, "status", "Status", to="pages:status", order=3)

        def current(path):
            return {item.key: item.current for item in menu.items(menu.PUBLIC, request(path)) if item.current}

        assert current("/") == {"home": "page"}
        assert current("/about/") == {"about": "page"}
        assert current("/about/more/") == {"about": "true"}
        assert current("/elsewhere/") == {}

    def test_the_same_key_replaces(self):
        menu.register(menu.PUBLIC, "x", "Old", to="pages:about", order=1)
        menu.register(menu.PUBLIC, "x", "New", to="pages:about", order=1)

        assert [item.label for item in menu.items(menu.PUBLIC, request())] == ["New"]
