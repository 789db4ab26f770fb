"""
What an appraisal promises (docs/domain.md 3.5, 8.6), and who owes it: all of it runs in the one engine.

To object, to ask for a review, to complain is the time of whoever is appraised, not something government owes: they are
reminded before it ends, once, and it lapses.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, DeadlineQuerySet, DeadlineState, Promise
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
    handing_over.register(Sheet, why=handing_over.FOLLOWS)
    succession.register_staying(Sheet._meta.label_lower, succession.OF_ORGAN_ALONE)
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
                is_personal=row.name == SELF_SCORE,
                is_reminded=row.promise is P,
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
    held = _Held(sheets, on)
    owed = []
    for sheet in sheets:
        post = leading.get(sheet.organ_id) if sheet.post_id is None else sheet.post
        account = sheet.person_id
        if sheet.person_id is not None:
            on_post, account = held.owes_on(sheet)
            post = post if on_post else None
            if account is None and kind == SELF_SCORE:
                continue
        owed.append(engine.Owed(sheet, sheet.organ, post, held.people.get(account or 0, sheet.person)))
    return engine.open_many(kind, owed, at=at, again=again)


class _Held:
    """Where those whose sheets these are hold posts on a day, by any of their accounts; one question."""

    def __init__(self, sheets: Collection[Sheet], on: date) -> None:
        people = {account for sheet in sheets for account in sheet.person_accounts}
        held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__in=people)
        rows = list(held.select_related("user", "post")) if people else []
        self.people = {each.user_id: each.user for each in rows}
        self._posts = {(each.user_id, each.post_id) for each in rows}
        self._organs = {(each.user_id, each.post.organ_id) for each in rows}

    def owes_on(self, sheet: Sheet) -> tuple[bool, int | None]:
        """
        Say whether the person holds the post that is appraised, and by which account, else any post of the organ.

        None: no post of the organ. The account that is on the sheet goes before others of the person.
        """
        accounts = sorted(sheet.person_accounts, key=lambda account: (account != sheet.person_id, account))
        for account in accounts:
            if (account, sheet.post_id) in self._posts:
                return True, account
        return False, next((each for each in accounts if (each, sheet.organ_id) in self._organs), None)


def follow_leavers(*, at: datetime) -> int:
    """
    Bring the self-scores that run in line with who left the post that is appraised; return how many changed.

    Who has another post in the organ owes it there, who has none owes nothing any more, and may hand it in all the
    same; whoever follows on the post never owes it (docs/domain.md 8.6). Safe to run twice, and two at once.
    """
    on = timezone.localdate(at)
    runs = Deadline.objects.running().filter(
        kind=SELF_SCORE, content_type=ContentType.objects.get_for_model(Sheet), responsible__isnull=False
    )
    rows = Sheet.objects.filter(pk__in=runs.values("object_id"), person__isnull=False)
    sheets = list(rows.select_related("appraisal", "organ", "post", "person").order_by("appraisal_id", "pk"))
    held = _Held(sheets, on)
    now = {subject: owing for subject, *owing in runs.values_list("object_id", "post_id", "responsible_id")}
    moved = [sheet for sheet in sheets if now[sheet.pk] != list(_owing(sheet, held))]
    changed = 0
    for appraisal_id, of_one in groupby(moved, key=lambda sheet: sheet.appraisal_id):
        with transaction.atomic():
            appraisal = Appraisal.objects.select_for_update(of=("self",), no_key=True).get(pk=appraisal_id)
            changed += sum(_follow(sheet, held, at) for sheet in of_one)
            appraisal.next_due_at = next_due_at(appraisal)
            appraisal.save(update_fields=["next_due_at"])
    return changed


def _owing(sheet: Sheet, held: _Held) -> tuple[int | None, int | None]:
    """Return the post and the account that owe the self-score of a person."""
    on_post, account = held.owes_on(sheet)
    return (sheet.post_id if on_post else None), account


def _follow(sheet: Sheet, held: _Held, at: datetime) -> bool:
    """Bring the self-score of a person in line, whose appraisal is locked; say whether it changed."""
    found = running(sheet, SELF_SCORE)
    post_id, account = _owing(sheet, held)
    if found is None or (found.post_id, found.responsible_id) == (post_id, account):
        return False
    if account is None:
        engine.cancel(sheet, [SELF_SCORE], at=at)
        return True
    post = sheet.post if post_id is not None else None
    engine.reassign(sheet, [SELF_SCORE], organ=sheet.organ, post=post, responsible=held.people[account])
    return True


def next_due_at(appraisal: Appraisal) -> datetime | None:
    """Return when the next promise of the government about an appraisal falls due."""
    runs = of_sheets(appraisal, [row.name for row in ROWS]).filter(state=DeadlineState.OPEN).of_government()
    return runs.aggregate(next=Min("due_at"))["next"]


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
    if sheet.person_id and not _Held([sheet], timezone.localdate(at)).owes_on(sheet)[0]:
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
