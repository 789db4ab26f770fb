"""The home page: two doors, and only what there is."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from efficiency.pages import identity, menu
from supervision.home import views as home

pytestmark = pytest.mark.django_db


class Fields(HTMLParser):
    """Collects the action of each form and the names of its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, set[str]] = {}
        self._current = ""

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self._current = found.get("action", "")
            self.forms.setdefault(self._current, set())
        elif tag in ("input", "select", "textarea", "button") and found.get("name"):
            self.forms[self._current].add(found["name"])


def forms_of(html: str) -> dict[str, set[str]]:
    parser = Fields()
    parser.feed(html)
    return parser.forms


def test_one_door_reports_and_the_other_tracks(client):
    html = client.get("/").text

    assert f'href="{reverse("complaints:new")}"' in html
    assert {"number", "code", "csrfmiddlewaretoken"} <= forms_of(html)[reverse("complaints:track")]
    assert html.count("<h1") == 1


def test_the_track_door_asks_no_code_in_an_address(client):
    html = client.get("/").text

    assert f'<form method="post" action="{reverse("complaints:track")}"' in html


@pytest.mark.usefixtures("calendar")
def test_the_dates_promised_now_are_shown_before_anybody_types(client):
    html = client.get("/").text

    assert html.count('<th scope="row">') == 4


def test_without_a_calendar_the_doors_still_open(client, monkeypatch):
    def nothing(*, at):
        raise home.OutsideCalendar(at.date(), 1)

    monkeypatch.setattr(home, "offers", nothing)

    assert client.get("/").status_code == 200


def test_sections_without_a_page_are_left_out(client, monkeypatch):
    sections = {place: dict(kept) for place, kept in menu._sections.items()}
    monkeypatch.setattr(menu, "_sections", sections)
    menu.register(menu.PUBLIC, "promises", "Promises kept here", to="nowhere:list", order=40)
    assert "Promises kept here" not in client.get("/").text

    menu.register(menu.PUBLIC, "promises", "Promises kept here", to="pages:status", order=40)
    assert client.get("/").text.count("Promises kept here") == 2


def test_what_belongs_elsewhere_is_named(client):
    html = client.get("/").text

    for number in ("110", "119", "120", "122", "12388", "12345"):
        assert number in html


def test_costs_few_queries(client, django_assert_max_num_queries):
    identity.current()
    client.get("/")

    with django_assert_max_num_queries(13):
        client.get("/")
