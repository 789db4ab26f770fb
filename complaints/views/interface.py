"""
The page that says how a department's system speaks to the portal: the OpenAPI document, for people.

The texts of operations and fields are English in the document and in the language of the reader here.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from complaints.api import api
from complaints.matters.shape import BELONGS, OPTIONAL, REASONS, ReportIn
from complaints.models import ReportKind

EXAMPLE = """{
  "reports": [
    {"id": "js-20260302-0001", "matter": "SG-2026-0117", "kind": "accepted",
     "at": "2026-03-02T10:12:00+08:00", "item": "440600-JS-0001"},
    {"id": "js-20260304-0009", "matter": "SG-2026-0117", "kind": "suspended",
     "at": "2026-03-04T09:00:00+08:00", "ground": "expert"},
    {"id": "js-20260306-0002", "matter": "SG-2026-0117", "kind": "resumed",
     "at": "2026-03-06T09:00:00+08:00"},
    {"id": "js-20260310-0031", "matter": "SG-2026-0117", "kind": "finished",
     "at": "2026-03-10T16:40:00+08:00", "outcome": "granted"}
  ]
}"""


@require_safe
@cache_control(max_age=300, public=True)
def interface(request: HttpRequest) -> HttpResponse:
    """Show the operations, the fields of a report and the codes of refusals; no script and no other host."""
    return render(
        request,
        "complaints/interface.html",
        {
            "operations": _operations(),
            "fields": _fields(),
            "kinds": ReportKind.choices,
            "reasons": sorted(REASONS.items()),
            "example": EXAMPLE,
        },
    )


def _operations() -> list[dict[str, Any]]:
    schema = api.get_openapi_schema()
    return [
        {
            "verb": verb.upper(),
            "path": path,
            "summary": _(operation["summary"]),
            "text": _(operation["description"]),
            "answers": sorted(map(str, operation.get("responses", {}))),
        }
        for path, verbs in schema["paths"].items()
        for verb, operation in verbs.items()
    ]


def _fields() -> list[dict[str, Any]]:
    owners = {name: [kind.value for kind in kinds] for name, kinds in BELONGS.items() if name not in OPTIONAL}
    return [
        {
            "name": name,
            "text": _(str(field.description)),
            "is_required": field.is_required(),
            "kinds": owners.get(name, []),
        }
        for name, field in ReportIn.model_fields.items()
    ]
