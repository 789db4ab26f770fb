"""Head and foot of public pages are written once for each set of facts, and never show those of another page."""

import pytest
from django.template import Context, Template
from django.utils import translation

from efficiency.pages.contacts import Contact
from efficiency.pages.menu import Item
from efficiency.pages.models import SiteIdentity
from efficiency.pages.preferences import View

HEAD = Template("{% load portal %}{% public_header %}")
FOOT = Template("{% load portal %}{% public_footer %}")


def context(**other) -> Context:
    given = {
        "site": SiteIdentity(office_name="效能办"),
        "view": View(),
        "here": "/",
        "home_href": "/",
        "public_menu": [Item("home", "Home", "/", "page")],
        "search": None,
        "contact": Contact("效能办"),
    }
    return Context(given | other)


def test_each_page_is_led_back_to_itself():
    for here, shown in (("/posts/?q=a", "/posts/?q=a"), ('/posts/?q="><b>&x', "/posts/?q=&quot;&gt;&lt;b&gt;&amp;x")):
        assert HEAD.render(context(here=here)).count(f'name="next" value="{shown}"') == 2


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ({"site": SiteIdentity(office_name="<监察局>")}, "&lt;监察局&gt;"),
        ({"view": View(large=True)}, 'aria-pressed="true"'),
        ({"public_menu": [Item("home", "Start", "/", "")]}, "Start"),
        ({"search": Item("search", "Search all", "/search/", "")}, 'action="/search/"'),
    ],
)
def test_the_head_follows_what_it_shows(other, shown):
    assert shown not in HEAD.render(context())

    assert shown in HEAD.render(context(**other))
    assert shown not in HEAD.render(context())


def test_the_foot_follows_what_it_shows():
    assert "0757-1" not in FOOT.render(context())

    assert "0757-1" in FOOT.render(context(contact=Contact("效能办", phone="0757-1")))
    assert "粤ICP备1号" in FOOT.render(context(site=SiteIdentity(icp_number="粤ICP备1号")))
    assert "0757-1" not in FOOT.render(context())


def test_both_speak_the_language_of_the_reader():
    shown = []
    for language in ("zh-hans", "en", "zh-hans"):
        with translation.override(language):
            shown.append((HEAD.render(context()), FOOT.render(context())))

    assert shown[0] == shown[2]
    assert shown[0][0] != shown[1][0]
    assert shown[0][1] != shown[1][1]
