"""
What there is around a case, asked in one question, so that the pages of a case ask for nothing that is not there.

One for staff, who see all of it as far as they may, and one for the citizen.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from django.db.models import Field, Model

from complaints.models import (
    Assistance,
    Attachment,
    Case,
    CaseSummary,
    ClosingReport,
    Evaluation,
    FiledRequest,
    Holding,
    IncomingMail,
    Origin,
    PublicAnswer,
    Reply,
    Reveal,
    SupervisionOrder,
)
from efficiency.prepared import Prepared

# By the name of what it is: the table that holds it, and the column that names the case.
Around = Mapping[str, tuple[type[Model], str]]
OF_STAFF: Around = {
    "application": (FiledRequest, "case"),
    "evaluations": (Evaluation, "case"),
    "files": (Attachment, "case"),
    "followers": (Case, "leading"),
    "holdings": (Holding, "case"),
    "letters": (IncomingMail, "case"),
    "orders": (SupervisionOrder, "case"),
    "origin": (Origin, "case"),
    "parts": (Assistance, "case"),
    "public_versions": (PublicAnswer, "case"),
    "replies": (Reply, "case"),
    "reports": (ClosingReport, "case"),
    "summaries": (CaseSummary, "case"),
    "taken_up": (Origin, "withdrawn"),
}


OF_CITIZEN: Around = {
    "files": (Attachment, "case"),
    "looks": (Reveal, "case"),
    "parts": (Assistance, "case"),
    "replies": (Reply, "case"),
}


def around(case: Case) -> frozenset[str]:
    """Return the names (``OF_STAFF``) of what there is of the case: of each kind one row at least."""
    return _found(_of_staff(), OF_STAFF, case)


def around_for_citizen(case: Case) -> frozenset[str]:
    """Return the names (``OF_CITIZEN``) of what there may be for the citizen, who does not see each of the rows."""
    return _found(_of_citizen(), OF_CITIZEN, case)


def _found(question: Prepared, names: Around, case: Case) -> frozenset[str]:
    [found] = question.rows([case.pk] * len(names))
    return frozenset(name for name, is_there in zip(names, found, strict=True) if is_there)


@cache
def _of_staff() -> Prepared:
    return _question(OF_STAFF)


@cache
def _of_citizen() -> Prepared:
    return _question(OF_CITIZEN)


def _question(names: Around) -> Prepared:
    of_each = (
        f'EXISTS (SELECT 1 FROM "{model._meta.db_table}" WHERE "{_column(model, name)}" = %s)'  # noqa: S608
        for model, name in names.values()
    )
    return Prepared(f"SELECT {', '.join(of_each)}", [0] * len(names))


def _column(model: type[Model], name: str) -> str:
    return str(cast("Field[Any, Any]", model._meta.get_field(name)).column)
