"""Who stands how to a report: whoever reports, whoever is asked for a part, the office that checks (Z-07)."""

from collections.abc import Iterable
from enum import Enum

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat
from efficiency.organs.models import Role
from targets.models import Indicator, Report
from targets.models.reports import OF_OFFICE, ReportQuerySet


class Side(Enum):
    """From where a step is taken."""

    ORGAN = "organ"  # of whoever reports: the holder of the post, or the leaders of the organ
    FILLING = "filling"  # of them, and of whoever is responsible for an indicator
    OFFICE = "office"  # of the office that checks


def seats_to(scope: Scope, report: Report) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a report; ``ReportQuerySet`` says the same of many."""
    asked = posts_asked(report)
    return [
        seat
        for seat in scope.seats
        if _reports(seat, report) or _leads(seat, report) or seat.post_id in asked or _watches(scope, seat, report)
    ]


def posts_asked(report: Report) -> frozenset[int]:
    """Return the posts that are responsible for an indicator of the report; asked once for each revision."""
    kept: tuple[int, frozenset[int]] | None = getattr(report, "_posts_asked", None)
    if kept is None or kept[0] != report.revision_id:
        found = Indicator.objects.filter(revision=report.revision_id, responsible_post__isnull=False)
        kept = report.revision_id, frozenset(found.values_list("responsible_post_id", flat=True))
        report._posts_asked = kept  # type: ignore[attr-defined]  # kept for this request only
    return kept[1]


def _reports(seat: Seat, report: Report) -> bool:
    is_leader = seat.role == Role.ORGAN_LEADER and seat.organ_id == report.organ_id
    is_head = seat.role == Role.OFFICE_OFFICER and seat.is_head and seat.organ_id == report.organ_id
    return (report.post_id is not None and seat.post_id == report.post_id) or is_leader or is_head


def _leads(seat: Seat, report: Report) -> bool:
    return seat.role == Role.ORGAN_LEADER and report.organ_id in seat.organ_ids


def _watches(scope: Scope, seat: Seat, report: Report) -> bool:
    if report.post_id in scope.own_post_ids:
        return False
    if seat.role == Role.AUDITOR:
        return report.organ_id in seat.organ_ids
    is_of_own_organ = is_of_organ(scope, report) and report.office_id != report.organ_id
    is_reached = report.organ_id in seat.organ_ids or report.office_id == seat.organ_id
    return seat.role in OF_OFFICE and is_reached and not is_of_own_organ


def is_on(side: Side, scope: Scope, seat: Seat, report: Report) -> bool:
    """
    Say whether a step of this side can be taken from the seat.

    Leaders above the organ look on. Whoever sits in the organ that reports checks nothing of it.
    """
    if side is Side.ORGAN:
        return _reports(seat, report)
    if side is Side.FILLING:
        return _reports(seat, report) or seat.post_id in posts_asked(report)
    return _watches(scope, seat, report) and seat.organ_id != report.organ_id


def seats_that_may(by: User, right: str, side: Side, report: Report, scope: Scope) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right`` on this side."""
    found = [seat for seat, cell in seats_for(by, right, report) if cell in ACTING]
    return [seat for seat in found if is_on(side, scope, seat, report)]


def is_of_organ(scope: Scope, report: Report) -> bool:
    """Say whether the person holds a post in the organ that reports, from whichever account (docs/trust.md Z-10)."""
    return report.organ_id in scope.own_organ_ids


def known_to(user: User) -> ReportQuerySet:
    """Return the reports of which ``user`` may know at least the header."""
    return Report.objects.headers_visible_to(user)


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Report, seats_to)
    # Of some one may know the header alone; whoever shows values asks ``visible_to`` itself.
    register_rows(Report, Report.objects.headers_visible_to)
