"""Where a figure comes from: the rows of each of its sides, as far as somebody may know of them (docs/domain.md 8)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.http import urlencode
from django.utils.text import capfirst

from accountability.models import Card, Correction, Sanction
from complaints.models import Case, CaseEvent, Evaluation
from complaints.workflow import ACTIONS
from disclosure.models import OwedPublication
from efficiency.access.may import ways
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.deadlines import registry as promises
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ, Post, Role, Tenure, TenureKind
from efficiency.outbox import registry as subjects
from efficiency.timing.due import ONE_DAY
from targets.measures.registry import Key, Measure, Part, Window
from targets.models import Indicator, Report, SurveyResult

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

RIGHT = "figure.see"
# Who knows of the figures of posts in reach, beside whoever held the post.
OF_POSTS = (Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR, Role.APPRAISAL_OFFICER, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that a figure counts: what it is called, its page ("" where it has none), what it is, and its moments."""

    number: str
    path: str
    what: str | Lazy
    at: datetime | date | None = None
    due_at: datetime | None = None


def may_see(user: "User | AnonymousUser", subject: Organ | Post, window: Window) -> bool:
    """
    Say whether somebody may know of the figures of an organ or a post for the days of a window.

    Those of an organ are known to whoever works there or reaches it. Those of a post go with who held it on the last of
    these days that was known, as its sheet does (8.6): whoever follows on it does not learn how the one before did.
    Beside them those above know them, but of a post of their own no more than as its holder.
    """
    scope = scope_of(user)
    seats = [seat for seat, _cell in ways(scope.seats, RIGHT)]
    if isinstance(subject, Organ):
        return any(subject.pk == seat.organ_id or subject.pk in seat.organ_ids for seat in seats)
    if subject.pk in scope.own_post_ids:
        on = min(window.until - ONE_DAY, window.as_of_day)
        held = Tenure.objects.running(on).filter(post=subject, user_id__in=scope.account_ids, kind=TenureKind.HOLDER)
        return bool(seats) and held.exists()
    return any(seat.role in OF_POSTS and subject.organ_id in seat.organ_ids for seat in seats)


def address(
    measure: Measure,
    subject: Organ | Post,
    since: date,
    until: date,
    as_of: datetime,
    part: Part = Part.NUMERATOR,
) -> str:
    """Return the page of the rows behind a figure of an organ or a post."""
    name = "targets:figure_of_organ" if isinstance(subject, Organ) else "targets:figure_of_post"
    return address_of(name, measure.name, subject.pk, since, until, as_of, part)


def address_of(
    name: str, measure: str, pk: int, since: date, until: date, as_of: datetime, part: Part = Part.NUMERATOR
) -> str:
    """Return the same from keys alone, for lists of many."""
    query = {"since": since.isoformat(), "until": until.isoformat(), "as_of": as_of.isoformat(), "part": part.value}
    return f"{reverse(name, args=[measure, pk])}?{urlencode(query)}"


def key_of(subject: Organ | Post) -> Key:
    """Return whose figures these are."""
    return Key.ORGAN if isinstance(subject, Organ) else Key.POST


def seen(rows: QuerySet[Any], user: "User | AnonymousUser") -> QuerySet[Any]:
    """Keep the rows of a figure that somebody may know of: each by what it is about (docs/trust.md Z-02, Z-07)."""
    model: type[Model] = rows.model
    if model is Deadline:
        return rows.filter(_about_known(user))
    if model in (CaseEvent, Evaluation):
        return rows.filter(Exists(_known(Case, user, "case_id")))
    if model is Indicator:
        return rows.filter(Exists(rows_of(Report, user).order_by().filter(revision=OuterRef("revision_id"))))
    if model is SurveyResult:  # it says no more than the figure itself, and names nobody
        return rows
    return rows.filter(Exists(_known(model, user, "pk")))


def seen_promises(rows: QuerySet[Deadline], user: "User | AnonymousUser") -> QuerySet[Deadline]:
    """
    Keep of some promises those that somebody may know of: the answer of ``seen``, asked of what these are about alone.

    It is asked first what that is: a statement that knows of all that promises can be about is planned longer than it
    runs, so this is for the promises of a few organs.
    """
    present = rows.order_by().values_list("content_type_id", flat=True).distinct()
    labels = {kind.subject_model.lower() for kind in promises.kinds()}
    models = [ContentType.objects.get_for_id(pk).model_class() for pk in sorted(present)]
    return rows.filter(_about_known(user, [each for each in models if each and each._meta.label_lower in labels]))


def _known(model: type[Model], user: "User | AnonymousUser", by: str) -> QuerySet[Any]:
    return rows_of(model, user).order_by().filter(pk=OuterRef(by))


def _about_known(user: "User | AnonymousUser", models: Iterable[type[Model]] | None = None) -> Q:
    """Return the condition that what a promise is about is known to the person; asked row by row."""
    known = Q(pk__in=[])
    if models is None:
        models = [apps.get_model(label) for label in dict.fromkeys(kind.subject_model for kind in promises.kinds())]
    for model in models:
        known |= Q(Exists(_known(model, user, "object_id")), content_type=ContentType.objects.get_for_model(model))
    return known


# --- How they are called ----------------------------------------------------------------------------------------------

# By which the newest come first; what is owed, by its last day.
ORDER: Mapping[type[Model], tuple[str, ...]] = {
    Deadline: ("-due_at", "-pk"),
    Case: ("-received_at", "-pk"),
    CaseEvent: ("-at", "-pk"),
    Evaluation: ("-at", "-pk"),
    Card: ("-passed_at", "-pk"),
    OwedPublication: ("-due_on", "-pk"),
    Sanction: ("-from_on", "-pk"),
}


def ordered(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows in the order in which they are shown, each with what its line needs."""
    return rows.order_by(*ORDER.get(rows.model, ("-pk",)))


def lines(rows: Sequence[Any]) -> list[Row]:
    """Return the lines of some rows of one model, in their order; a fixed number of questions."""
    if not rows:
        return []
    model = type(rows[0])
    if model is Deadline:
        return _promises(rows)
    if model in (CaseEvent, Evaluation):
        called = _called(Case, [each.case_id for each in rows])
        return [Row(*called.get(each.case_id, ("", "")), _what(each), each.at) for each in rows]
    if model is Indicator:
        return _indicators(rows)
    called = _called(model, [each.pk for each in rows])
    word = capfirst(str(model._meta.verbose_name))
    return [Row(*called.get(each.pk, (str(each), "")), _what(each) or word, _moment(each)) for each in rows]


def _promises(rows: Iterable[Deadline]) -> list[Row]:
    by_type: dict[int, list[int]] = {}
    for each in rows:
        by_type.setdefault(each.content_type_id, []).append(each.object_id)
    called = {
        (pk, key): name
        for pk, keys in by_type.items()
        for key, name in _called(ContentType.objects.get_for_id(pk).model_class(), keys).items()
    }
    return [
        Row(
            *called.get((each.content_type_id, each.object_id), ("", "")),
            promises.get(each.kind).label,
            each.met_at,
            each.due_at,
        )
        for each in rows
    ]


def _indicators(rows: Sequence[Indicator]) -> list[Row]:
    """Return each with the report on the whole time of its plan, which says whether it was reached."""
    reports = Report.objects.filter(revision__in=[each.revision_id for each in rows], span=F("plan__span"))
    of_revision = {report.revision_id: report for report in reports}
    called = _called(Report, [report.pk for report in of_revision.values()])
    found = [(each, of_revision[each.revision_id]) for each in rows]
    return [Row(*called.get(report.pk, ("", "")), each.name, report.ended_at) for each, report in found]


def _called(model: type[Model] | None, ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page of rows of a model: as messages call them, else as their own lists do."""
    if model is None:
        return {}
    known = subjects.subject(model._meta.label_lower)
    if known is not None:
        return known.label(set(ids))
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change" if admin.site.is_registered(model) else ""
    found = model._default_manager.in_bulk(set(ids))
    return {pk: (str(each), reverse(page, args=[pk]) if page else "") for pk, each in found.items()}


def _what(row: Any) -> str | Lazy:
    match row:
        case CaseEvent():
            return ACTIONS[row.action].label if row.action in ACTIONS else row.action
        case Card():
            return f"{row.get_colour_display()} · {row.get_rule_display()}"
        case Sanction():
            return row.get_measure_display()
        case Correction() | Case():
            return row.get_kind_display()
        case OwedPublication():
            return row.title
        case SurveyResult():
            return row.source
    return capfirst(str(row._meta.verbose_name))


def _moment(row: Any) -> datetime | date | None:
    for name in ("passed_at", "from_on", "due_on", "confirmed_at", "issued_at", "received_at"):
        if (found := getattr(row, name, None)) is not None:
            return found
    return None
