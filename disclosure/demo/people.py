"""Who wrote, checked, reviewed and approved a document of the demonstration: people of its organ, never one twice."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from efficiency.access.models import User
from efficiency.organs.models import Rank, Role, Tenure, TenureKind


@dataclass(frozen=True, slots=True)
class Hands:
    """Through whose hands a document of an organ goes; whoever wrote it does nothing else with it."""

    writer: User
    checker: User
    reviewer: User
    approver: User


def hands_of(organ_codes: Collection[str], *, on: date) -> dict[str, Hands]:
    """Return the people by the code of their organ; an organ with fewer than two has none."""
    held = Tenure.objects.running(on).filter(post__organ__code__in=organ_codes, kind=TenureKind.HOLDER)
    tenures: dict[str, list[Tenure]] = defaultdict(list)
    for tenure in held.select_related("user", "post__organ").order_by("post__code"):
        tenures[tenure.post.organ.code].append(tenure)
    return {code: hands for code, rows in tenures.items() if (hands := _hands(rows)) is not None}


def _hands(tenures: list[Tenure]) -> Hands | None:
    leaders = [each for each in tenures if each.post.role == Role.ORGAN_LEADER]
    writers = [each for each in tenures if each.post.role == Role.DISCLOSURE_EDITOR]
    writers += [each for each in tenures if each.post.role == Role.CLERK and each.post.rank == Rank.HANDLER]
    writers += [each for each in tenures if each not in leaders]
    if not leaders or not writers:
        return None
    writer, approver = writers[0].user, leaders[0].user
    others = [each.user for each in tenures if each.user_id not in (writer.pk, approver.pk)]
    checkers = [each.user for each in tenures if each.post.rank == Rank.REVIEWER and each.user in others]
    checker = (checkers or others or [approver])[0]
    reviewer = next((user for user in others if user.pk != checker.pk), approver)
    return Hands(writer, checker, reviewer, approver)
