"""
What an appraisal promises (docs/domain.md 3.5, 8.6), and who owes it: all of it runs in the one engine.

To object, to ask for a review, to complain is the time of whoever is appraised, not something government owes: these
have no levels and lapse.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, DeadlineQuerySet, Promise
from efficiency.organs.models import OrganKind, Post, Role, Tenure, TenureKind
from targets.models import Appraisal, Sheet

SELF_SCORE = "targets.self_score"
OBJECTION, RULING = "targets.objection", "targets.objection_ruling"
REVIEW_APPLY, REVIEW, COMPLAINT_APPLY = "targets.review_apply", "targets.review", "targets.complaint_apply"
OWN_TIME = _("time of whoever is appraised")
# One statement for so many sheets.
BATCH = 1000


class Row(NamedTuple):
    """One row of docs/domain.md 3.5."""

    name: str
    label: Lazy
    limit: str
    promise: Promise
    owed_by: str = "organ"


I, P = Promise.INTERNAL, Promise.OWED_BY_CITIZEN  # noqa: E741 - the marks of docs/domain.md 3.5
# fmt: off
ROWS = (
    Row(SELF_SCORE,      pgettext_lazy("kind of promise", "self-score in an appraisal"),               "5wd",  I),
    Row(OBJECTION,       pgettext_lazy("kind of promise", "objection to an appraisal"),                "5wd",  P),
    Row(RULING,          pgettext_lazy("kind of promise", "ruling on an objection to an appraisal"),
        "10wd", I, "office"),
    # Of a person graded incompetent, after publication (公务员法 Art. 95).
    Row(REVIEW_APPLY,    pgettext_lazy("kind of promise", "application for the review of a grade"),    "30d",  P),
    Row(REVIEW,          pgettext_lazy("kind of promise", "review of a grade"), "30d",  I, "office"),
    Row(COMPLAINT_APPLY, pgettext_lazy("kind of promise", "complaint after the review of a grade"),    "15d",  P),
)
# fmt: on


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    for row in ROWS:
        registry.register(
            registry.DeadlineKind(
                name=row.name,
                label=row.label,
                promise=row.promise,
                limits={"": row.limit},
                subject_model=Sheet._meta.label_lower,
                owed_by=row.owed_by,
                made_to=OWN_TIME if row.promise is P else "",
            )
        )
        registry.register_moved(row.name, _nothing_follows, lock=lock_sheets)


def lock_sheets(promises: QuerySet[Deadline]) -> None:
    """Lock the appraisals of the sheets of these promises, in the order of their ids: every writer takes them first."""
    rows = Appraisal.objects.filter(sheets__in=promises.order_by().values("object_id")).order_by("pk")
    ids = list(rows.values_list("pk", flat=True).distinct())
    len(Appraisal.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True))


def _nothing_follows(moved: QuerySet[Deadline]) -> None:
    """No column of a sheet repeats what its promises say."""


# --- Of all sheets of an appraisal ----------------------------------------------------------------------------------


def open_for_all(kind: str, sheets: Collection[Sheet], /, *, at: datetime, again: bool = False) -> int:
    """
    Open the same promise about many sheets, of which none has one (``again``: anew); return how many they are.

    The sheet of a post is owed by whoever held it, never by whoever follows on the post: of somebody who has no post in
    the organ any more a self-score is not owed, though it can be handed in.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    on = timezone.localdate(at)
    leading = posts_in_charge({sheet.organ_id for sheet in sheets if sheet.post_id is None}, on)
    seats = _seats_of({sheet.person_id for sheet in sheets if sheet.person_id is not None}, on)
    at_organ = {(user_id, organ_id) for (user_id, _post_id), organ_id in seats.items()}
    owed = []
    for sheet in sheets:
        post = leading.get(sheet.organ_id) if sheet.post_id is None else sheet.post
        if sheet.person_id is not None and (sheet.person_id, sheet.post_id) not in seats:
            post = None
            if kind == SELF_SCORE and (sheet.person_id, sheet.organ_id) not in at_organ:
                continue
        owed.append(engine.Owed(sheet, sheet.organ, post, sheet.person))
    return engine.open_many(kind, owed, at=at, again=again)


def _seats_of(people: Collection[int], on: date) -> dict[tuple[int, int], int]:
    """Return which posts these people hold on the day, each with its organ."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__in=people)
    rows = held.values_list("user_id", "post_id", "post__organ_id")
    return {(user_id, post_id): organ_id for user_id, post_id, organ_id in rows}


def posts_in_charge(organ_ids: Collection[int], on: date) -> Mapping[int, Post]:
    """Return the post that answers for each organ on the day: its leader's, of an efficiency office its head's."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__is_active=True, post__organ__in=organ_ids)
    leads = Q(post__role=Role.ORGAN_LEADER) | Q(
        post__role=Role.OFFICE_OFFICER, post__organ__kind=OrganKind.EFFICIENCY_OFFICE
    )
    rows = held.filter(leads).select_related("post").order_by("post__is_head", "-post__code", "-pk")
    return {tenure.post.organ_id: tenure.post for tenure in rows}


def of_sheets(appraisal: Appraisal, kinds: Collection[str]) -> DeadlineQuerySet:
    """Return the promises of these kinds about all sheets of an appraisal."""
    return Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Sheet),
        object_id__in=appraisal.sheets.order_by().values("pk"),
        kind__in=kinds,
    )


def is_time_over(appraisal: Appraisal, kinds: Collection[str], /, *, at: datetime) -> bool:
    """Say whether no time of these kinds is left for anybody at ``at``, whether or not a sweep has seen that."""
    return not of_sheets(appraisal, kinds).running().filter(overdue_at__gt=at).exists()


def is_self_score_over(appraisal: Appraisal, /, *, at: datetime) -> bool:
    """Say whether the time for self-scores, which is the same for everybody, is over at ``at``."""
    return not of_sheets(appraisal, [SELF_SCORE]).filter(overdue_at__gt=at).exists()


def last_day(appraisal: Appraisal, kind: str) -> datetime | None:
    """Return the latest due moment of the promises of this kind, or None where there are none."""
    last = of_sheets(appraisal, [kind]).order_by("-due_at").values_list("due_at", flat=True).first()
    return last


# --- Of one sheet ---------------------------------------------------------------------------------------------------


def running(sheet: Sheet, kind: str) -> Deadline | None:
    """Return the promise of this kind that runs, or None."""
    return engine.running(sheet, [kind]).order_by("-generation").first()


def is_open(sheet: Sheet, kind: str, /, *, at: datetime) -> bool:
    """Say whether there is still time of this kind at ``at``, whether or not a sweep has seen that it is over."""
    found = running(sheet, kind)
    return found is not None and at < found.overdue_at


def open_for_office(sheet: Sheet, kind: str, /, *, at: datetime) -> Deadline:
    """
    Open what the office owes about a sheet.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    return engine.open(sheet, kind, at=at, organ=sheet.appraisal.office)


def open_for_person(sheet: Sheet, kind: str, /, *, at: datetime) -> Deadline:
    """
    Open the time that the person has whose post is appraised.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    post: Post | None = sheet.post
    if sheet.person_id and (sheet.person_id, sheet.post_id) not in _seats_of([sheet.person_id], timezone.localdate(at)):
        post = None
    return engine.open(sheet, kind, at=at, organ=sheet.organ, post=post, responsible=sheet.person)


def all_of(sheet: Sheet) -> list[Deadline]:
    """Return all promises about a sheet, the newest first."""
    rows = engine.of_subject(sheet).select_related("organ").prefetch_related("suspensions", "extensions")
    return list(rows.order_by("-started_at", "-id"))


def latest_states(appraisal: Appraisal, kind: str) -> dict[int, str]:
    """Return, by the key of each sheet that ever had a promise of this kind, the state of the latest; one question."""
    rows = of_sheets(appraisal, [kind]).order_by("generation").values_list("object_id", "state")
    return dict(rows)
