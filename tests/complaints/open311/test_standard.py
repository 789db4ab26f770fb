"""
The examples of GeoReport v2 and Service Discovery, shape by shape: calls as the documents show them, answers with the
same elements, in the same nesting, of the same types (docs/open311.md).
"""

import json
from datetime import datetime

import pytest

from complaints.enums import Kind
from tests.complaints.open311.answers import xml
from tests.complaints.open311.published import published

pytestmark = pytest.mark.django_db

ROOT = "/open311/v2"
REQUEST_FIELDS = [
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
]
SERVICE_FIELDS = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
ATTRIBUTE_FIELDS = [
    "variable",
    "code",
    "datatype",
    "required",
    "datatype_description",
    "order",
    "description",
    "values",
]


@pytest.fixture(autouse=True)
def of_this_city(settings):
    """The name that the examples use."""
    settings.OPEN311_JURISDICTION = "city.gov"


def names(element):
    return [child.tag for child in element]


def both(client, path, query=""):
    """One answer in both formats, each with its status and type."""
    as_xml, as_json = client.get(f"{ROOT}/{path}.xml{query}"), client.get(f"{ROOT}/{path}.json{query}")
    assert as_xml["Content-Type"] == "text/xml; charset=utf-8"
    assert as_json["Content-Type"] == "application/json; charset=utf-8"
    assert as_xml.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert as_xml.status_code == as_json.status_code
    return as_xml.status_code, xml(as_xml.content), json.loads(as_json.content)


def test_discovery(client):
    status, root, found = both(client, "discovery")

    fields = ["changeset", "contact", "key_service", "endpoints"]
    endpoint = ["specification", "url", "changeset", "type", "formats"]
    assert status == 200
    assert root.tag == "discovery"
    assert names(root) == fields == list(found)
    assert names(root.find("endpoints/endpoint")) == endpoint == list(found["endpoints"][0])
    assert [each.text for each in root.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]
    assert found["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert found["endpoints"][0]["url"].endswith("/open311/v2")
    assert found["endpoints"][0]["type"] in ("production", "test")
    assert datetime.fromisoformat(found["changeset"]).tzinfo
    assert client.get("/open311/discovery.json").json() == found


def test_service_list(client, cast):
    status, root, found = both(client, "services", "?jurisdiction_id=city.gov")

    assert status == 200
    assert root.tag == "services"
    assert all(each.tag == "service" and names(each) == SERVICE_FIELDS for each in root)
    assert all(list(each) == SERVICE_FIELDS and each["metadata"] is True for each in found)
    assert root.findtext("service/metadata") == "true"
    assert {each["type"] for each in found} == {"realtime"}
    assert [each["service_code"] for each in found][:3] == ["request", "consultation", "suggestion"]
    assert len({each["service_code"] for each in found}) == len(found) == 3 + 19


def test_service_definition(client, cast):
    status, root, found = both(client, "services/complaint-broken_commitment", "?jurisdiction_id=city.gov")

    assert status == 200
    assert root.tag == "service_definition"
    assert names(root) == ["service_code", "attributes"] == list(found)
    assert all(each.tag == "attribute" and names(each) == ATTRIBUTE_FIELDS for each in root.find("attributes"))
    assert all(list(each) == ATTRIBUTE_FIELDS for each in found["attributes"])
    assert [each["order"] for each in found["attributes"]] == [1, 2, 3, 4, 5]
    organ = next(each for each in found["attributes"] if each["code"] == "organ")
    assert (organ["datatype"], organ["variable"], organ["required"]) == ("singlevaluelist", True, False)
    assert {"key": cast.city.construction.code, "name": cast.city.construction.name} in organ["values"]
    assert root.findtext("attributes/attribute/values/value/key")


def test_post_service_request(client, key):
    # The key and the city in the address, the rest in the body, attributes the standard's way.
    body = (
        "lat=37.76524078&long=-122.4212043&address_string=1234+5th+street&email=smit333%40sfgov.edu"
        "&device_id=tt222111&account_id=123456&first_name=john&last_name=smith&phone=111111111&service_code=request"
        "&description=A+large+sinkhole+is+destroying+the+street"
        "&media_url=http%3A%2F%2Ffarm3.static.flickr.com%2F2002%2F2212426634_5ed477a060.jpg"
        "&attribute[WHISPAWN]=123456&attribute[WHISDORN]=COISL001&attribute%5BWHISMULT%5D%5B%5D=a"
    )
    for suffix, form in (("xml", "application/x-www-form-urlencoded; charset=utf-8"), ("json", None)):
        response = client.post(
            f"{ROOT}/requests.{suffix}?api_key={key}&jurisdiction_id=city.gov",
            body,
            content_type=form or "application/x-www-form-urlencoded",
        )

        assert response.status_code == 200
        if suffix == "json":
            (found,) = response.json()
            assert list(found) == ["service_request_id", "service_notice", "account_id"]
            assert isinstance(found["service_request_id"], str)
            assert found["account_id"] is None
        else:
            root = xml(response.content)
            assert root.tag == "service_requests"
            assert [each.tag for each in root] == ["request"]
            assert names(root[0]) == ["service_request_id", "service_notice", "account_id"]


def test_service_request_id_from_a_token(client, post):
    slug = post().json()[0]["service_request_id"]

    status, root, found = both(client, f"tokens/{slug}", "?jurisdiction_id=city.gov")

    assert status == 200
    assert found == [{"service_request_id": slug, "token": slug}]
    assert root.findtext("request/service_request_id") == root.findtext("request/token") == slug
    assert both(client, "tokens/12345")[0] == 404


def test_service_requests(client, cast):
    published(cast, kind=Kind.REQUEST)

    query = "?start_date=2026-02-24T00:00:00Z&end_date=2026-05-24T00:00:00Z&status=closed&jurisdiction_id=city.gov"
    status, root, found = both(client, "requests", query)

    assert status == 200
    assert root.tag == "service_requests"
    assert [names(each) for each in root.findall("request")] == [REQUEST_FIELDS] == [list(each) for each in found]
    assert found[0]["status"] == "closed"
    assert datetime.fromisoformat(found[0]["requested_datetime"]).utcoffset() is not None
    assert found[0]["lat"] is None
    assert root.find("request/lat").text is None


def test_service_request(client, post):
    slug = post().json()[0]["service_request_id"]

    status, root, found = both(client, f"requests/{slug}", "?jurisdiction_id=city.gov")

    assert status == 200
    assert len(found) == len(root) == 1
    assert list(found[0]) == names(root[0]) == REQUEST_FIELDS
    assert found[0]["service_request_id"] == slug
    assert found[0]["status"] == "open"
    assert both(client, "requests", f"?service_request_id={slug},nothing&status=closed")[2] == found


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services?jurisdiction_id=other.gov", 404),
        ("services/nothing?", 404),
        ("requests?jurisdiction_id=other.gov", 404),
        ("requests?start_date=yesterday", 400),
        ("requests/nothing?", 404),
        ("tokens/nothing?", 404),
        ("nothing/at/all?", 404),
    ],
)
def test_errors(client, cast, path, status):
    path, _mark, query = path.partition("?")
    found, root, errors = both(client, path, f"?{query}")

    assert found == status
    assert root.tag == "errors"
    assert [names(each) for each in root] == [["code", "description"]]
    assert [list(each) for each in errors] == [["code", "description"]]
    assert root.findtext("error/code") == str(errors[0]["code"]) == str(status)
    assert errors[0]["description"]


def test_a_missing_or_wrong_key(client, post):
    for wrong in (None, "", "xyz", "xnk_aaaaaaaa_bbbbbbbb"):
        response = post(".xml", api_key=wrong)

        root = xml(response.content)
        assert response.status_code == 403
        assert (root.tag, root.findtext("error/code")) == ("errors", "403")
