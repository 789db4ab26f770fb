"""Case handling in the back office: the queue, the list, the page of a case and of each step, filing for others."""

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from complaints.admin import (
    calendar,
    case,
    commitments,
    expiring,
    guidance,
    letters,
    looks,
    matters,
    part,
    queue,
    retention,
    scanner,
)
from complaints.deadlines import COMPLEX, RECEPTION, URGENT
from complaints.enums import Complexity, Kind
from complaints.models import Case
from efficiency.admin.limits import name_variants
from efficiency.pages.views import gives_back

name_variants(
    {kind.value: kind.label for kind in Kind}
    | {COMPLEX: Complexity.COMPLEX.label, URGENT: _("urgent"), RECEPTION: _("complaint of a reception day")}
)


def _give_back(request: HttpRequest) -> HttpResponse:
    return cast(case.CaseAdmin, admin.site.get_model_admin(Case)).give_back(request)


gives_back("admin:complaints_case_add", _give_back)

__all__ = [
    "calendar",
    "case",
    "commitments",
    "expiring",
    "guidance",
    "letters",
    "looks",
    "matters",
    "part",
    "queue",
    "retention",
    "scanner",
]
