"""Who is told of a step with a report; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from targets.models import LeaderComment, Report, ReportEvent
from targets.reports.access import posts_asked

OWED, COMMENT = "reports.owed", "reports.comment"


class Told(Enum):
    """Who may be told of a step."""

    REPORTERS = "reporters"  # whoever holds the post, and the leaders of the organ
    CHECKERS = "checkers"  # the appraisal officers who can check it
    OFFICERS = "officers"  # the office that gives time


# fmt: off
KINDS = (
    ("submit", _("%(number)s was handed in"),
     _("Target report %(number)s was handed in. It waits for your check."), MessageGroup.DECISION),
    ("send_back", _("%(number)s was sent back"),
     _("Target report %(number)s was sent back, once. The reason stands on its page; a new time has begun."),
     MessageGroup.WORK),
    ("accept", _("%(number)s was accepted"),
     _("Target report %(number)s was accepted. What the office found of each value stands on its page."),
     MessageGroup.PROGRESS),
    ("ask_extension", _("More time is asked for in %(number)s"),
     _("More time is asked for in %(number)s, and waits for your decision."), MessageGroup.DECISION),
    ("extend", _("More time in %(number)s"),
     _("More time was given in %(number)s, once."), MessageGroup.PROGRESS),
    ("refuse_extension", _("No more time in %(number)s"),
     _("The time that was asked for in %(number)s was refused. The old date stays."), MessageGroup.PROGRESS),
    ("lapse_extension", _("No more time in %(number)s"),
     _("The time that was asked for in %(number)s was not decided on before the old date, which stays."),
     MessageGroup.PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"reports.{action}", subject, body, group=group)
    registry.register_kind(
        OWED,
        _("Target reports are owed"),
        _("A period is over: so many target reports are yours to hand in: %(count)s."),
        path=_list_of_mine,
        group=MessageGroup.WORK,
    )
    registry.register_kind(
        COMMENT,
        _("A leader has commented on %(number)s"),
        _("A leader has written a comment on the progress of %(number)s. Please read it on its page."),
        group=MessageGroup.WORK,
    )
    registry.register_subject(Report, labels_of, may_know)


def _list_of_mine() -> str:
    return reverse("admin:targets_report_changelist") + "?due=mine"


def tell(event: ReportEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    found = dict.fromkeys(pk for audience in told for pk in people_of(event.report, audience, on))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        cause = f"report-event:{event.pk}"
        outbox.post(cause, f"reports.{event.action}", to=to, subject=event.report, at=event.at)


def tell_owed(reports: Sequence[Report], /, *, at: datetime) -> None:
    """Tell each person once how many reports are theirs to hand in now: one question, one write."""
    on = timezone.localdate(at)
    by_post = Counter(report.post_id for report in reports if report.post_id)
    by_organ = Counter(report.organ_id for report in reports if not report.post_id)
    held = Tenure.objects.running(on).filter(user__is_active=True)
    wanted = held.filter(Q(post__in=by_post) | Q(_leading(), post__organ__in=by_organ))
    count: Counter[int] = Counter()
    for user_id, post_id, organ_id in wanted.values_list("user_id", "post_id", "post__organ_id").distinct():
        count[user_id] += by_post[post_id] or by_organ[organ_id]
    if count:
        values = {user_id: {"count": number} for user_id, number in count.items()}
        outbox.post_each(f"reports-owed:{reports[0].pk}", OWED, values, at=at)


def tell_comment(comment: LeaderComment, report: Report, /) -> None:
    """Tell whoever is responsible that a leader has written something; not the leader."""
    on = timezone.localdate(comment.at)
    to = set(people_of(report, Told.REPORTERS, on)) | set(_holders(Q(post__in=posts_asked(report)), on))
    if to - {comment.by_id}:
        cause = f"leader-comment:{comment.pk}"
        outbox.post(cause, COMMENT, to=sorted(to - {comment.by_id}), subject=report, at=comment.at)


def people_of(report: Report, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns, by the posts that are held on the day; whom it is about is not told as office."""
    if audience is Told.REPORTERS:
        of_organ = Q(_leading(), post__organ=report.organ_id)
        return _holders(of_organ | Q(post=report.post_id) if report.post_id else of_organ, on)
    role = Role.APPRAISAL_OFFICER if audience is Told.CHECKERS else Role.OFFICE_OFFICER
    found: list[int] = []
    for office in _offices_for(report):
        if found := _holders(Q(post__organ=office, post__role=role), on):
            break
    if report.post_id is None:
        return found
    concerned = set(Tenure.objects.filter(post_id=report.post_id).values_list("user_id", flat=True))
    return [pk for pk in found if pk not in concerned]


def _offices_for(report: Report) -> list[Organ]:
    """Return the offices that can check, the nearest first: never the organ that reports."""
    return [each for each in (report.office, *offices.offices_above(report.office)) if each.pk != report.organ_id]


def _leading() -> Q:
    """Return the condition of the posts that lead an organ; an efficiency office has no leader of that role."""
    is_office = Q(post__organ__kind=OrganKind.EFFICIENCY_OFFICE)
    return Q(post__role=Role.ORGAN_LEADER) | (is_office & Q(post__role=Role.OFFICE_OFFICER, post__is_head=True))


def _holders(which: Q, on: date) -> list[int]:
    held = Tenure.objects.running(on).filter(which, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each report."""
    return {
        row.pk: (row.number, reverse("admin:targets_report_change", args=[row.pk]))
        for row in Report.objects.filter(pk__in=ids).only("pk", "number")
    }


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, report) in which the person may know of it at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = Report.objects.filter(pk__in=ids).headers_visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known
