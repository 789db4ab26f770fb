"""What machines are told: which pages there are, where they have nothing to look for, and what an organ is."""

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from efficiency.organs.models import Organ, Role
from efficiency.pages import sitemaps, structured
from tests.factories import public_documents as make
from tests.factories.cases import local
from tests.factories.commitments import make_item, promise
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def listed(client, address: str, element: str) -> list[str]:
    """Return the paths that a file lists."""
    answer = client.get(address)
    assert answer.status_code == 200
    root = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    assert root.tag == f"{SITEMAP}{element}"
    found = [each.text for each in root.iter(f"{SITEMAP}loc")]
    assert all(each.startswith("http") for each in found)
    return [urlsplit(each).path for each in found]


def test_the_index_leads_to_every_public_page_and_to_no_other(client, city):
    document = make.make_document(city.construction)
    gone = make.withdraw(make.make_document(city.construction), local(2026, 3, 4))
    pages = [page for part in listed(client, "/sitemap.xml", "sitemapindex") for page in listed(client, part, "urlset")]

    assert {f"/disclosure/{document.pk}/", f"/organs/{city.construction.code}/", "/", "/disclosure/", "/posts/"} <= set(
        pages
    )
    assert f"/disclosure/{gone.pk}/" not in pages
    assert len(pages) == len(set(pages))
    for page in pages:
        assert client.get(page).status_code == 200, page


def test_a_part_is_a_range_of_keys_and_says_when_its_pages_changed(client, city, monkeypatch):
    monkeypatch.setattr(sitemaps, "KEYS_IN_A_PART", 1)
    first, second = (make.make_document(city.construction, at=local(2026, 3, day)) for day in (3, 4))

    parts = [part for part in listed(client, "/sitemap.xml", "sitemapindex") if "documents" in part]
    assert parts == [f"/sitemaps/documents-{document.pk}.xml" for document in (first, second)]
    assert listed(client, parts[1], "urlset") == [f"/disclosure/{second.pk}/"]
    assert "<lastmod>2026-03-04T" in client.get(parts[1]).text
    assert listed(client, "/sitemaps/documents-999999999.xml", "urlset") == []
    assert client.get("/sitemaps/nothing-0.xml").status_code == 404


def test_robots_are_kept_off_cases_and_staff_and_told_where_the_pages_are(client):
    lines = client.get("/robots.txt").text.splitlines()

    assert lines[0] == "User-agent: *"
    assert any(re.fullmatch(r"Sitemap: http\S+/sitemap\.xml", line) for line in lines)
    for path in ("/complaints/track/", "/admin/", "/supervision/", "/disclosure/requests/track/"):
        assert f"Disallow: {path}" in lines


def test_the_page_of_an_organ_says_what_it_is(client, city):
    Organ.objects.filter(pk=city.construction.pk).update(complaint_phone="0757-12345678", address="")
    page = client.get(f"/organs/{city.construction.code}/").text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    organ, way = json.loads(text)["@graph"]

    assert organ["@type"] == "GovernmentOrganization"
    assert organ["name"] == city.construction.name
    assert organ["contactPoint"]["telephone"] == "0757-12345678"
    assert organ["parentOrganization"]["@id"].endswith(f"/organs/{city.construction.parent.code}/")
    assert "address" not in organ
    assert way["@type"] == "BreadcrumbList"


def test_the_page_of_a_promise_says_who_offers_what_within_which_time(client, city):
    item = make_item(city.construction, "施工许可")
    now = timezone.now()
    by = seat(Role.OFFICE_OFFICER, city.office), seat(Role.ORGAN_LEADER, city.construction)
    promise(item, timezone.localdate(now), by=by, at=now)
    page = client.get(f"/commitments/{item.code}/").text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    service, _way = json.loads(text)["@graph"]

    assert service["@type"] == "GovernmentService"
    assert service["name"] == "施工许可"
    assert service["serviceOperator"]["name"] == city.construction.name
    # Working days are no duration that machines know.
    assert "processingTime" not in service["availableChannel"]


def test_O05_nothing_in_the_data_ends_its_element():
    element = structured.json_ld({"@type": "Thing", "name": "</script><!--<script>\u2028&"})

    assert element.count("<") == 2
    assert json.loads(element.partition(">")[2].rpartition("<")[0])["name"] == "</script><!--<script>\u2028&"
