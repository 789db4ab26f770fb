"""
What machines read about the datasets: a DCAT catalogue as JSON-LD, and a Data Package with a Table Schema each.

DCAT 3 (W3C) for those who harvest catalogues, Frictionless Data for those who read the files.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from disclosure.open_data.places import absolute, address_of
from disclosure.open_data.words import in_both, licence
from efficiency import datasets
from efficiency.datasets import Dataset, Field, FieldType
from efficiency.pages.models import SiteIdentity

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LANGUAGES = [
    {"@id": "http://publications.europa.eu/resource/authority/language/ZHO"},
    {"@id": "http://publications.europa.eu/resource/authority/language/ENG"},
]
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
TABLE_SCHEMA = "https://specs.frictionlessdata.io/table-schema/"
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}
MEDIA = "http://www.iana.org/assignments/media-types/"


def catalogue(*, at: datetime, title: Any, description: Any) -> dict[str, Any]:
    """Return the DCAT catalogue of all datasets as JSON-LD."""
    found = datasets.datasets()
    stamps = {each.name: each.stamp(at) for each in found}
    moments = [stamp.changed_at for stamp in stamps.values() if stamp.changed_at]
    return {
        "@context": CONTEXT,
        "@id": absolute(address_of("catalogue")),
        "@type": "dcat:Catalog",
        "dct:title": _said(title),
        "dct:description": _said(description),
        "dct:publisher": _publisher(),
        "dct:language": LANGUAGES,
        "dct:license": {"@id": licence()["path"]},
        "foaf:homepage": {"@id": absolute(address_of("index"))},
        **({"dct:modified": _moment(max(moments))} if moments else {}),
        "dcat:dataset": [_dataset(each, stamps[each.name].changed_at) for each in found],
    }


def _dataset(dataset: Dataset, changed_at: datetime | None) -> dict[str, Any]:
    return {
        "@id": absolute(address_of("dataset", dataset.name)),
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.name,
        "dct:title": _said(dataset.title),
        "dct:description": _said(dataset.description),
        "dct:publisher": _publisher(),
        "dct:language": LANGUAGES,
        "dct:license": {"@id": licence()["path"]},
        "dct:accrualPeriodicity": {"@id": f"{FREQUENCY}{dataset.frequency}"},
        "dcat:keyword": [word for each in dataset.keywords for word in _said(each)],
        "dcat:landingPage": {"@id": absolute(address_of("dataset", dataset.name))},
        **({"dct:modified": _moment(changed_at)} if changed_at else {}),
        "dcat:distribution": [_distribution(dataset, format_, changed_at) for format_ in MEDIA_TYPES],
    }


def _distribution(dataset: Dataset, format_: str, changed_at: datetime | None) -> dict[str, Any]:
    address = absolute(address_of(format_, dataset.name))
    conforms = {"dct:conformsTo": {"@id": TABLE_SCHEMA}} if format_ == "csv" else {}
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": format_.upper(),
        "dcat:accessURL": {"@id": absolute(address_of("dataset", dataset.name))},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": f"{MEDIA}{MEDIA_TYPES[format_]}"},
        "dct:license": {"@id": licence()["path"]},
        **({"dct:modified": _moment(changed_at)} if changed_at else {}),
        **conforms,
    }


def _publisher() -> dict[str, Any]:
    site = SiteIdentity.objects.filter(pk=1).only("organiser", "office_name").first()
    name = (site.organiser or site.office_name) if site else ""
    return {"@type": "foaf:Agent", "@id": absolute("/"), **({"foaf:name": name} if name else {})}


def _said(words: Any) -> list[dict[str, str]]:
    return [{"@language": language, "@value": said} for language, said in in_both(words).items()]


def _moment(value: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": timezone.localtime(value).isoformat(timespec="seconds")}


def package(*, title: Any, description: Any) -> dict[str, Any]:
    """Return the Data Package: every dataset's CSV as a resource with its schema."""
    said = in_both(title)
    return {
        "profile": "tabular-data-package",
        "name": "open-data",
        "id": absolute(address_of("index")),
        "title": said["zh"],
        "title_en": said["en"],
        "description": in_both(description)["zh"],
        "homepage": absolute(address_of("index")),
        "licenses": [licence()],
        "resources": [_resource(each) for each in datasets.datasets()],
    }


def _resource(dataset: Dataset) -> dict[str, Any]:
    title, description = in_both(dataset.title), in_both(dataset.description)
    return {
        "profile": "tabular-data-resource",
        "name": dataset.name,
        "path": absolute(address_of("csv", dataset.name)),
        "title": title["zh"],
        "title_en": title["en"],
        "description": description["zh"],
        "description_en": description["en"],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "licenses": [licence()],
        "schema": schema(dataset),
    }


def schema(dataset: Dataset) -> dict[str, Any]:
    """Return the Table Schema of a dataset; what it means in English stands beside the Chinese."""
    return {
        "fields": [_field(each, is_key=each.name in dataset.key) for each in dataset.fields],
        "primaryKey": list(dataset.key),
        "missingValues": [""],
    }


def _field(of: Field, *, is_key: bool) -> dict[str, Any]:
    title, meaning, unit = in_both(of.title), in_both(of.meaning), in_both(of.unit)
    constraints: dict[str, Any] = {}
    if of.is_required or is_key:
        constraints["required"] = True
    if of.codes:
        constraints["enum"] = [str(code) for code, _words in of.codes]
    found: dict[str, Any] = {
        "name": of.name,
        "type": of.type.value,
        "title": title["zh"],
        "title_en": title["en"],
        "description": meaning["zh"],
        "description_en": meaning["en"],
    }
    if of.is_address:
        found["format"] = "uri"
    if of.type is FieldType.YES_NO:
        found |= {"trueValues": ["true"], "falseValues": ["false"]}
    if unit["zh"]:
        found |= {"unit": unit["zh"], "unit_en": unit["en"]}
    if of.codes:
        found["codes"] = {str(code): in_both(words) for code, words in of.codes}
    if constraints:
        found["constraints"] = constraints
    return found
