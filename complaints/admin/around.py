"""What there is around a case, asked in one question, so that the page of a case asks for nothing that is not there."""

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
    SupervisionOrder,
)
from efficiency.prepared import Prepared

# By the name of what it is: the table that holds it, and the column that names the case.
AROUND: dict[str, tuple[type[Model], str]] = {
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


def around(case: Case) -> frozenset[str]:
    """Return the names (``AROUND``) of what there is of the case: of each kind one row at least."""
    [found] = _question().rows([case.pk] * len(AROUND))
    return frozenset(name for name, is_there in zip(AROUND, found, strict=True) if is_there)


@cache
def _question() -> Prepared:
    of_each = (
        f'EXISTS (SELECT 1 FROM "{model._meta.db_table}" WHERE "{_column(model, name)}" = %s)'  # noqa: S608
        for model, name in AROUND.values()
    )
    return Prepared(f"SELECT {', '.join(of_each)}", [0] * len(AROUND))


def _column(model: type[Model], name: str) -> str:
    return str(cast("Field[Any, Any]", model._meta.get_field(name)).column)
