"""
Owing and making reviews of risk points (docs/domain.md 7).

What is owed follows from the sheets: a task looks at all posts with one statement and acts on the few where something
has changed. Each owed review is a promise of the organ, owed by the post of the leader who answers for its risk points.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from efficiency.access.may import MATRIX, may
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.deadlines import actions as deadlines
from efficiency.deadlines import registry
from efficiency.deadlines.models import Promise
from efficiency.organs.models import Post, RiskPoint
from efficiency.risks.models import ReviewCause, RiskReview
from efficiency.timing.due import local_day, start_of

REVIEW = "posts.risk_review"
# Above this many posts nobody is looked for who answers for the risk points.
MOST_ABOVE = 5
# Whoever makes a review and the task that looks for what is owed never write at once.
_LOCK = 0x5249534B
# What a review of the risk points rests on: powers, their basis and the duties of the post.
_SHEETS = """
SELECT p.id AS post_id,
       md5(concat_ws(E'\\x1f', p.powers, p.legal_basis,
           (SELECT string_agg(d.kind || E'\\x1e' || d.text, E'\\x1f' ORDER BY d.kind, d.position, d.id)
              FROM efficiency_duty AS d WHERE d.post_id = p.id))) AS print,
       min(r.reviewed_on) AS since, bool_or(r.reviewed_on IS NULL) AS is_new
  FROM efficiency_post AS p JOIN efficiency_riskpoint AS r ON r.post_id = p.id
 WHERE p.until IS NULL OR p.until > %(on)s
 GROUP BY p.id
"""
# Posts of which no review is owed, or one in a year although the sheet changed meanwhile.
_LACKING = f"""
WITH sheet AS ({_SHEETS})
SELECT sheet.post_id, sheet.print, sheet.since, sheet.is_new, owed.id, made.sheet_print, made.reviewed_at
  FROM sheet
  LEFT JOIN efficiency_riskreview AS owed
    ON owed.post_id = sheet.post_id AND owed.reviewed_at IS NULL AND owed.void_at IS NULL
  LEFT JOIN LATERAL (SELECT sheet_print, reviewed_at FROM efficiency_riskreview AS m
                      WHERE m.post_id = sheet.post_id AND m.reviewed_at IS NOT NULL
                      ORDER BY m.reviewed_at DESC LIMIT 1) AS made ON true
 WHERE owed.id IS NULL OR owed.cause = 'yearly' AND (sheet.is_new OR owed.sheet_print <> sheet.print)
 ORDER BY sheet.post_id
"""  # noqa: S608 - put together from our own constants
_NOT_OWED = f"""
WITH sheet AS ({_SHEETS})
SELECT id FROM efficiency_riskreview
 WHERE reviewed_at IS NULL AND void_at IS NULL AND post_id NOT IN (SELECT post_id FROM sheet) ORDER BY id
"""  # noqa: S608 - put together from our own constants


class Refused(Exception):
    """A review that the rules do not allow."""

    def __init__(self, message: str | Lazy) -> None:
        super().__init__(str(message))
        self.message = message


class Changed(Refused):
    """A review of something else than what was shown."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A post of which a review has to be owed, and what is known of those before."""

    post_id: int
    print: str
    since: date | None
    is_new: bool
    owed_id: int | None
    made_print: str | None
    made_at: datetime | None

    def owed(self, at: datetime) -> tuple[ReviewCause, datetime]:
        """Return why a review is owed, and from when its time counts."""
        changed = self.made_print is not None and self.made_print != self.print
        if self.owed_id is not None or self.is_new or changed:
            return ReviewCause.CHANGED, at
        if self.made_at is not None:
            return ReviewCause.YEARLY, self.made_at
        return ReviewCause.YEARLY, start_of(self.since) if self.since else at


@transaction.atomic
def keep_up(*, at: datetime) -> int:
    """
    Let each post with risk points owe its review, and no other; return how many promises began or ended.

    Safe to run at any time and twice: what is owed already is left alone.
    """
    _lock()
    lacking = [_Sheet(*row) for row in _rows(_LACKING, local_day(at))]
    posts = Post.objects.select_related("organ", "superior").in_bulk([each.post_id for each in lacking])
    for each in lacking:
        _owe(posts[each.post_id], each, at)
    gone = [row[0] for row in _rows(_NOT_OWED, local_day(at))]
    for review in RiskReview.objects.filter(pk__in=gone).order_by("pk"):
        deadlines.cancel(review, [REVIEW], at=at)
    RiskReview.objects.filter(pk__in=gone).update(void_at=at)
    return len(lacking) + len(gone)


def seen_of(post: Post, /, *, at: datetime) -> str:
    """Return what tells the sheet and the risk points of the post, as they are now, from any others."""
    print_ = _print_of(post, local_day(at))
    points = list(post.risk_points.order_by("position", "pk").values_list("pk", "text", "kind", "grade", "measure"))
    return hashlib.sha256(json.dumps([print_, points]).encode()).hexdigest()


@transaction.atomic
def review(post: Post, /, *, by: User, at: datetime, seen: str | None = None) -> RiskReview:
    """
    Note that all risk points of the post were reviewed and are as they should be; the next review is owed in a year.

    :param seen: ``seen_of`` what was shown; None where nothing was
    :raises Refused: ``by`` does not answer for the risk points of this post, or it has none; ``Changed`` where sheet or
        risk points are others than were shown
    """
    _lock()
    if not may(by, "risk.edit", post, fresh=True):
        raise Refused(_("The risk points of this post are not yours to review."))
    points = RiskPoint.objects.select_for_update(no_key=True).filter(post=post).order_by("pk")
    held = list(points.values_list("pk", flat=True))  # what is looked at is what is confirmed, and nothing that comes
    print_ = _print_of(post, local_day(at))
    if print_ is None:
        raise Refused(_("This post has no risk points, or has ended."))
    if seen is not None and seen != seen_of(post, at=at):
        raise Changed(_("The sheet or its risk points have changed meanwhile. Please read them again."))
    RiskPoint.objects.filter(pk__in=held).update(reviewed_on=local_day(at))
    owed = RiskReview.objects.filter(post=post, reviewed_at__isnull=True, void_at__isnull=True).first()
    made = owed or RiskReview(post=post, cause=ReviewCause.CHANGED, owed_since=at)
    made.sheet_print, made.reviewed_at, made.reviewed_by = print_, at, by
    made.save()
    if owed is not None:
        deadlines.meet(made, REVIEW, at=at)
    _owe(post, _Sheet(post.pk, print_, local_day(at), False, None, print_, at), at)
    record("post.review_risks", actor=by, obj=post, at=at)
    return made


def _print_of(post: Post, on: date) -> str | None:
    return next((row[1] for row in _rows(_SHEETS, on) if row[0] == post.pk), None)


def _owe(post: Post, sheet: _Sheet, at: datetime) -> None:
    """Let a review be owed; one that is owed in a year comes earlier where the sheet has changed."""
    cause, since = sheet.owed(at)
    if sheet.owed_id is None:
        owed = RiskReview.objects.create(post=post, cause=cause, sheet_print=sheet.print, owed_since=since)
        deadlines.open(owed, REVIEW, at=since, organ=post.organ, post=_answerable(post), variant=cause.value)
        return
    owed = RiskReview.objects.get(pk=sheet.owed_id)
    owed.cause, owed.sheet_print = cause, sheet.print
    owed.save(update_fields=["cause", "sheet_print"])
    before = deadlines.running(owed, [REVIEW]).get()
    sooner = deadlines.beginning(owed, REVIEW, at=at, organ=post.organ, variant=cause.value)
    if sooner.due_at < before.due_at:
        deadlines.cancel(owed, [REVIEW], at=at)
        deadlines.open(owed, REVIEW, at=at, organ=post.organ, post=_answerable(post), variant=cause.value)


def _answerable(post: Post) -> Post | None:
    """
    Return the post of the leader who answers for the risk points: the nearest above it in the organ, else its head's.

    Whoever else works there sees no risk points (docs/trust.md P-15), and so is reminded of nothing.
    """
    above, steps = post.superior, 0
    while above is not None and above.organ_id == post.organ_id and steps < MOST_ABOVE:
        if above.role in MATRIX["risk.edit"] and above.until is None:
            return above
        above, steps = above.superior, steps + 1
    return Post.objects.filter(organ=post.organ_id, is_head=True, until__isnull=True).order_by("pk").first()


def _rows(statement: str, on: date) -> Sequence[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"on": on})
        return cursor.fetchall()


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def register() -> None:
    """Make the kind of promise known; called once Django is ready."""
    registry.register(
        registry.DeadlineKind(
            name=REVIEW,
            label=_("review of the integrity risk points of a post"),
            promise=Promise.INTERNAL,
            limits={ReviewCause.YEARLY.value: "12m", ReviewCause.CHANGED.value: "20wd"},
            subject_model=RiskReview._meta.label_lower,
        )
    )
