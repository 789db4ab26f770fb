"""One document in two forms (docs/open311.md)."""

import json
from datetime import UTC, datetime

from complaints.open311.rendering import Document, Format
from tests.complaints.open311.answers import xml

AT = datetime(2026, 11, 24, 1, 0, 0, 999, tzinfo=UTC)


def test_a_list_is_a_bare_array_and_what_is_empty_is_null():
    document = Document("services", [{"service_code": "001", "metadata": True, "group": "", "keywords": None}])

    assert document.written(Format.JSON) == (
        b'[{"service_code": "001", "metadata": true, "group": null, "keywords": null}]'
    )


def test_xml_declares_utf8_and_names_the_entries_of_lists():
    document = Document("service_requests", [{"service_request_id": "7", "status_notes": "办理中", "lat": None}])

    text = document.written(Format.XML).decode()

    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<service_requests><request>')
    assert "<status_notes>办理中</status_notes><lat /></request>" in text


def test_lists_inside_are_named_too():
    content = {"attributes": [{"variable": False, "order": 1, "values": [{"key": "a", "name": "甲"}]}]}
    root = xml(Document("service_definition", content).written(Format.XML))

    assert root.findtext("attributes/attribute/variable") == "false"
    assert root.findtext("attributes/attribute/values/value/name") == "甲"
    assert json.loads(Document("service_definition", content).written(Format.JSON)) == content


def test_moments_carry_the_offset_of_the_city():
    document = Document("x", {"requested_datetime": AT})

    assert json.loads(document.written(Format.JSON)) == {"requested_datetime": "2026-11-24T09:00:00+08:00"}
    assert b"<requested_datetime>2026-11-24T09:00:00+08:00</requested_datetime>" in document.written(Format.XML)


def test_text_stays_text_whatever_it_holds():
    text = "<b>&amp;]]>\x0b\x1b\ufffe\U0001f600 <!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;"
    document = Document("x", {"description": text})

    read = xml(document.written(Format.XML)).findtext("description")

    assert read == text.replace("\x0b", "\ufffd").replace("\x1b", "\ufffd").replace("\ufffe", "\ufffd")
    assert json.loads(document.written(Format.JSON))["description"] == text
