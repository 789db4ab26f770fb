"""What programs read of open data: DCAT, Data Package, dictionary, in both languages."""

import csv
import io

import pytest

from efficiency import datasets

pytestmark = pytest.mark.django_db
EACH = ("service-items", "documents", "publication-duties", "publication-fulfilment", "statistics")


def test_the_catalogue_is_dcat(client):
    answer = client.get("/disclosure/data/catalog.jsonld")
    found = answer.json()

    assert answer.headers["Content-Type"] == "application/ld+json"
    assert (found["@type"], found["@context"]["dcat"]) == ("dcat:Catalog", "http://www.w3.org/ns/dcat#")
    assert tuple(each["dct:identifier"] for each in found["dcat:dataset"]) == EACH
    for each in found["dcat:dataset"]:
        assert {said["@language"] for said in each["dct:title"]} == {"zh", "en"}
        formats = {one["dct:title"]: one["dcat:downloadURL"]["@id"] for one in each["dcat:distribution"]}
        assert set(formats) == {"CSV", "JSON"}
        for address in formats.values():
            path = address.partition("//")[2].partition("/")[2]
            assert client.head(f"/{path}").status_code == 200


def test_the_package_has_a_schema_for_every_table(client):
    found = client.get("/disclosure/data/datapackage.json").json()

    assert tuple(each["name"] for each in found["resources"]) == EACH
    for resource in found["resources"]:
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert set(resource["schema"]["primaryKey"]) <= set(fields)
        assert {field["type"] for field in fields.values()} <= {"string", "integer", "boolean", "date", "datetime"}
        for field in fields.values():
            assert field["title"]
            assert field["description"]


@pytest.mark.parametrize("name", EACH)
def test_everything_is_said_in_chinese_and_in_english(client, name):
    text = client.get(f"/disclosure/data/{name}.dictionary.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))

    assert [row["field"] for row in rows if row["type"]] == [field.name for field in datasets.get(name).fields]
    for row in rows:
        pairs = [("title_zh", "title_en"), ("meaning_zh", "meaning_en")] if row["type"] else [("code_zh", "code_en")]
        for chinese, english in pairs:
            assert row[english].isascii() or "“" in row[english] or "”" in row[english], row
            assert any("\u4e00" <= char <= "\u9fff" for char in row[chinese]), row


def test_the_pages_lead_to_every_file(client):
    page = client.get("/disclosure/data/").content.decode()

    for name in EACH:
        for ending in (".csv", ".json", ".dictionary.csv", "/"):
            assert f'href="/disclosure/data/{name}{ending}"' in page
        dataset = client.get(f"/disclosure/data/{name}/").content.decode()
        assert f'id="{datasets.get(name).fields[0].name}"' in dataset
    assert 'href="/disclosure/data/"' in client.get("/sitemap/").content.decode()
