"""What leaders say of the progress of plans; told to whoever is responsible (docs/domain.md 8.7)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, ways
from efficiency.access.models import User
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Role
from targets.models import Indicator, LeaderComment, Plan
from targets.models.reports import OF_OFFICE, followed_by
from targets.reports import messages
from targets.reports.refusals import Absent, Invalid, NotAllowed

RIGHT = "target.comment"
LONGEST = 1000
# The same words from the same person within so long are the same form sent again (docs/trust.md S-10).
AGAIN = timedelta(minutes=30)


def seat_to_comment(user: User, plan: Plan, *, fresh: bool = False) -> Seat | None:
    """
    Return the seat from which somebody comments on a plan: leaders of the organ or above, the head of the office.

    Nobody comments on the plan of a post that they hold or held (docs/trust.md Z-07).
    """
    scope = scope_of(user, fresh=fresh)
    if plan.post_id is not None and plan.post_id in scope.own_post_ids:
        return None
    there = [seat for seat, cell in ways(_seats(scope, plan), RIGHT) if cell in ACTING]
    return min(there, key=lambda seat: (seat.is_stand_in, seat.post_id), default=None)


def _seats(scope: Scope, plan: Plan) -> list[Seat]:
    roles = (Role.ORGAN_LEADER, *OF_OFFICE)
    return [seat for seat in scope.seats if seat.role in roles and plan.organ_id in seat.organ_ids]


@transaction.atomic
def comment(plan: Plan, /, *, by: User, at: datetime, text: str, indicator_key: str = "") -> LeaderComment:
    """
    Write a comment on a plan, or on one of its indicators; it stays, and whoever is responsible is told.

    :raises Absent: for ``by`` there is no such plan
    :raises NotAllowed: ``by`` is none of its leaders
    :raises Invalid: there are no words, or the plan has no such indicator
    """
    locked = Plan.objects.counted().select_for_update(of=("self",), no_key=True).filter(pk=plan.pk).first()
    if locked is None or not Plan.objects.filter(followed_by(by), pk=plan.pk).exists():
        raise Absent
    seat = seat_to_comment(by, locked, fresh=True)
    if seat is None:
        raise NotAllowed(_("You may not take this step."))
    words = checks.text("text", text, _("Please write your comment."), at_most=LONGEST)
    if indicator_key and not Indicator.objects.filter(revision=locked.revision_id, key=indicator_key).exists():
        raise Invalid("indicator_key", _("The plan has no such indicator."))
    same = locked.comments.filter(by=by, text=words, indicator_key=indicator_key, at__gt=at - AGAIN, at__lte=at)
    if found := same.first():
        return found
    # Before the first period begins the words are about what is to come: the first report.
    begun = locked.reports.filter(since__lte=at).order_by("until").last()
    report = begun or locked.reports.order_by("since", "until").first()
    made = LeaderComment.objects.create(
        plan=locked, report=report, indicator_key=indicator_key, by=by, organ_id=seat.organ_id, at=at, text=words
    )
    record("target.comment", actor=by, obj=locked, at=at)
    if report is not None:
        messages.tell_comment(made, report)
    return made


def refused(plan: Plan, by: User, refusal: Exception, *, at: datetime) -> None:
    """Put on record that somebody tried to comment who may not (docs/trust.md L-01)."""
    detail = {"refusal": type(refusal).__name__}
    record("target.comment", actor=by, obj=plan, outcome=Outcome.REFUSED, detail=detail, at=at)
