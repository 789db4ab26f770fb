"""
What is true of joined cases alike: whom they are about, who is kept out, which office has them (docs/domain.md 4.7).

What the complainant of one says later holds for all that one reply answers. A step of a joined case that reaches the
others locks them first, in the order of their ids (decision 0015).
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from complaints import deadlines
from complaints.enums import State
from complaints.models import Case
from efficiency.deadlines import actions as engine


def lock(case: Case, /) -> None:
    """Lock all that is answered together with a joined case, before its own step begins; nothing for any other one."""
    if case.leading_id is not None:
        rows = Case.objects.filter(Q(pk__in=[case.pk, case.leading_id]) | Q(leading_id__in=[case.pk, case.leading_id]))
        len(_locked(rows).values_list("pk", flat=True))


def others(case: Case, /) -> list[Case]:
    """Return the other cases that one reply answers with this one, the leading one first; they are locked."""
    if not case.follows:
        return list(_locked(followers(case)))
    leading = Q(pk=case.leading_id)
    found = _locked(Case.objects.filter(leading | Q(leading_id=case.leading_id, handling_organ__isnull=True)))
    return sorted(found.exclude(pk=case.pk), key=lambda each: (each.pk != case.leading_id, each.pk))


def followers(case: Case, /) -> QuerySet[Case]:
    """The cases that are answered by this one; those that have left it are none of them."""
    return Case.objects.filter(leading=case, handling_organ__isnull=True).order_by("pk")


def go_along(leading: Case, /, *, at: datetime) -> None:
    """Let what is joined to a case that another office has now lie there as well; what a review led on stays there."""
    for follower in _locked(followers(leading).filter(state=State.MERGED).exclude(office_id=leading.office_id)):
        follower.office = leading.office
        follower.save(update_fields=["office"])
        deadlines.pass_to_owner(follower, engine.hold(follower), at=at)


def _locked(rows: QuerySet[Case]) -> QuerySet[Case]:
    return rows.order_by("pk").select_for_update(of=("self",), no_key=True)
