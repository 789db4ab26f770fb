"""What a report looks like on its way in, by the interface and by a file alike (docs/api.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from complaints.models.matter import Outcome, ReportKind

# Numbers of systems, not of persons: letters, digits and marks of punctuation that stand in file numbers.
IDENTIFIER = r"^[0-9A-Za-z\u4e00-\u9fff〔〕\[\]()（）._/#:-]{1,60}$"
NO_OR_IDENTIFIER = f"^$|{IDENTIFIER}"
_CARD = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])"
)
_LONG = re.compile(r"[0-9]{11}")
_WRITTEN = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
_APART = timedelta(minutes=5)
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")


def _written_out(value: Any) -> Any:
    """
    Return a moment that is written with its day and hour; a number of seconds may be anything, and is refused.

    :raises PydanticCustomError: it is none
    """
    if (isinstance(value, str) and not _WRITTEN.match(value.strip())) or not isinstance(value, str | datetime):
        raise PydanticCustomError("datetime_written", "not written as ISO 8601")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class ReportIn(BaseModel):
    """
    One report about one matter. Nothing about the applicant belongs here; a field of another name is refused.

    The document for programs says what a field means in English, the page in the language of who reads it.
    """

    model_config = ConfigDict(extra="forbid", title="Report", str_strip_whitespace=True)

    id: str = Field(
        pattern=IDENTIFIER,
        description=gettext_noop("The sender's own identifier of this report; sent again it changes nothing."),
    )
    matter: str = Field(
        pattern=IDENTIFIER, description=gettext_noop("The number of the matter in the sender's system.")
    )
    kind: Literal[
        "received",
        "notice",
        "accepted",
        "step_passed",
        "suspended",
        "resumed",
        "extended",
        "finished",
        "delivered",
        "corrected",
    ] = Field(description=gettext_noop("What happened."))
    at: Moment = Field(
        description=gettext_noop("When it happened, with zone; of a correction, when it was made. Not when it is sent.")
    )
    item: str = Field(
        default="",
        max_length=40,
        description=gettext_noop("Implementation code of the service item: received, accepted."),
    )
    post: str = Field(
        default="",
        max_length=40,
        description=gettext_noop(
            "Code of the post of the organ that answers for the matter, where it is another one than that of the "
            "item: received, accepted. Never the name of a person."
        ),
    )
    step: int | None = Field(
        default=None,
        ge=1,
        le=99,
        description=gettext_noop("Place of the step in the list of the item, the first is 1: step_passed."),
    )
    ground: Literal["", "expert", "force_majeure"] = Field(
        default="", description=gettext_noop("Why the clock stands still: suspended.")
    )
    outcome: Literal["", "granted", "refused", "withdrawn"] = Field(
        default="", description=gettext_noop("How the matter ended: finished.")
    )
    reason: Literal["", "conditions", "materials", "not_competent", "false_materials", "forbidden", "quota"] = Field(
        default="", description=gettext_noop("Why it was refused, needed where the outcome is refused: finished.")
    )
    days: int | None = Field(
        default=None, ge=1, le=99, description=gettext_noop("By how many working days more time is given: extended.")
    )
    approver: str = Field(
        default="",
        pattern=NO_OR_IDENTIFIER,
        description=gettext_noop("Who of the organ decided that, by post or number of the decision: extended."),
    )
    corrects: str = Field(
        default="", pattern=NO_OR_IDENTIFIER, description=gettext_noop("The identifier of the wrong report: corrected.")
    )
    right_at: Moment | None = Field(
        default=None,
        description=gettext_noop("The right moment of that report; left out, the report is taken back: corrected."),
    )


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one row is not taken: a code for programs, the field at fault, a sentence for people."""

    index: int
    code: str
    reason: str | Promise
    field: str = ""


# With which kinds of report a field goes: it is refused elsewhere, and needed there unless it stands in ``OPTIONAL``.
BELONGS = {
    "item": (ReportKind.RECEIVED, ReportKind.ACCEPTED),
    "post": (ReportKind.RECEIVED, ReportKind.ACCEPTED),
    "step": (ReportKind.STEP_PASSED,),
    "ground": (ReportKind.SUSPENDED,),
    "days": (ReportKind.EXTENDED,),
    "approver": (ReportKind.EXTENDED,),
    "outcome": (ReportKind.FINISHED,),
    "reason": (ReportKind.FINISHED,),
    "corrects": (ReportKind.CORRECTED,),
}
# Fields that may be left out: whoever the item names answers then, and a reason is owed for a refusal alone.
OPTIONAL = frozenset({"post", "reason"})
# Of each kind of report the fields that go with it, and all fields that go with one kind alone.
_NEEDED = {
    kind.value: frozenset(name for name, owners in BELONGS.items() if kind in owners and name not in OPTIONAL)
    for kind in ReportKind
}
_OF_ONE_KIND = frozenset(BELONGS) | {"right_at"}
_NUMBERS = ("id", "matter", "approver", "corrects")
REASONS = {
    "missing_field": _("A field is missing."),
    "unknown_field": _("There is no field of this name."),
    "bad_value": _("The value is not one that is expected here."),
    "bad_moment": _("A moment is written as ISO 8601 with its zone, for example 2026-03-09T10:00:00+08:00."),
    "wrong_field": _("This field does not belong to this kind of report."),
    "not_an_object": _("A report is an object with named fields."),
    "personal_number": _("This looks like the number of a person: send the number of the matter alone."),
    "in_the_future": _("The moment lies in the future."),
    "outside_calendar": _("The moment lies outside the calendar of the portal."),
    "unknown_item": _("The organ has no service item of this code."),
    "unknown_post": _("The organ has no post of this code on that day."),
    "no_reason": _("What is refused needs its reason."),
    "no_promise": _("For this item no promise was in force on that day."),
    "identifier_taken": _("Another report was sent under this identifier; it stays as it is."),
    "too_many_of_matter": _("Of one matter 200 reports are taken at most."),
}


def read(index: int, given: Any) -> ReportIn | Rejection:
    """Return the report that was given, or why it is none."""
    if not isinstance(given, Mapping):
        return reject(index, "not_an_object")
    try:
        report = ReportIn.model_validate(given)
    except ValidationError as error:
        return _rejection(index, error)
    needed = _NEEDED[report.kind]
    # Nearly every report has just what it needs, and is looked at no closer.
    has_just_these = report.model_fields_set & _OF_ONE_KIND == needed and all(getattr(report, name) for name in needed)
    if not has_just_these and (found := _misplaced(index, report)) is not None:
        return found
    if report.outcome == Outcome.REFUSED.value:
        if not report.reason:
            return reject(index, "no_reason", "reason")
    elif report.reason:
        return reject(index, "wrong_field", "reason")
    # Most numbers of matters have no run of digits that long.
    if _LONG.search(f"{report.id} {report.matter} {report.approver} {report.corrects}"):
        for name in _NUMBERS:
            if looks_personal(getattr(report, name)):
                return reject(index, "personal_number", name)
    return report


def _misplaced(index: int, report: ReportIn) -> Rejection | None:
    """Return which field is missing, or does not go with the kind of the report; None where all are in place."""
    kind = report.kind
    for name, owners in BELONGS.items():
        value = getattr(report, name)
        if kind in owners:
            if not value and name not in OPTIONAL:
                return reject(index, "missing_field", name)
        elif value:
            return reject(index, "wrong_field", name)
    if report.right_at is not None and kind != ReportKind.CORRECTED.value:
        return reject(index, "wrong_field", "right_at")
    return None


def reject(index: int, code: str, field: str = "") -> Rejection:
    """Return a rejection with the sentence of its code."""
    return Rejection(index, code, REASONS[code], field)


def looks_personal(text: str) -> bool:
    """Say whether a number is that of an identity card or of a mobile telephone (docs/trust.md P-07)."""
    return bool(_LONG.search(text)) and bool(_CARD.search(text) or _MOBILE.search(text))


def _rejection(index: int, error: ValidationError) -> Rejection:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing":
        return reject(index, "missing_field", name)
    if first["type"] == "extra_forbidden":
        return reject(index, "unknown_field", name[:60])
    if first["type"].startswith(("datetime", "timezone")):
        return reject(index, "bad_moment", name)
    return reject(index, "bad_value", name)


def latest(at: datetime) -> datetime:
    """Return the last moment that does not lie ahead of the portal's clock; clocks of two systems differ by minutes."""
    return at + _APART
