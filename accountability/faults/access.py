"""
Who may know of fault cases: the answer of ``FaultCaseQuerySet`` for one row, and for rows about them (Z-01).

Need to know: heads of the office, whoever inquires, whoever is on the list; whom it is about only what is told them.
"""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Q

from accountability.faults.enums import BEFORE_OPENING, AccessKind, AppealLevel, RespondentKind
from accountability.models import Appeal, FaultCase, FaultLook, FaultNotice, Respondent
from accountability.models.faults import known_as_leader_alone
from efficiency.access.may import may, register_relation
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.kept_questions import is_within
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Rank, Role, Tenure

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from efficiency.access.models import User

    Person = User | AnonymousUser

HEADER = (Role.AUDITOR, Role.APPRAISAL_OFFICER)
INQUIRING = (Role.OFFICE_OFFICER, Role.INSPECTOR)


def seats_to(scope: Scope, case: FaultCase) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a case; none where it concerns them (docs/trust.md Z-07)."""
    if not FaultCase.objects.keeps(case, scope):
        return []
    is_named, before = _is_named(scope, case), case.state in BEFORE_OPENING
    appeals = Appeal.objects.filter(respondent__case=case, ruled_at__isnull=True)
    # By its own people, not by those of an office above it that reach the case.
    ruling = set(appeals.values_list("office_id", flat=True))
    # Whoever leads an organ inspected knows of what came of it as its leader, and from no other seat.
    as_leader = is_within(scope, known_as_leader_alone, case.pk)
    seats = scope.seats_as(Role.ORGAN_LEADER) if as_leader else scope.seats
    return [
        seat
        for seat in seats
        if _reaches(seat, case, is_named=is_named, before=before)
        or (seat.role == Role.OFFICE_OFFICER and seat.organ_id in ruling)
    ]


def offices_ruling_above(case: FaultCase) -> set[int]:
    """Return the offices above that owe a ruling on an appeal of the case: their officers read it meanwhile."""
    waiting = Appeal.objects.filter(respondent__case=case, ruled_at__isnull=True, level=AppealLevel.ABOVE)
    return set(waiting.exclude(office_id=case.office_id).values_list("office_id", flat=True))


def _reaches(seat: Seat, case: FaultCase, *, is_named: bool, before: bool) -> bool:
    by_office, by_organ = case.office_id in seat.organ_ids, case.organ_id in seat.organ_ids
    if seat.role in HEADER:
        return (by_office or by_organ) and (seat.role == Role.AUDITOR or case.decided_at is not None)
    if seat.role == Role.ORGAN_LEADER:
        return (by_organ and not before) or (by_office and is_named)
    is_head = seat.role == Role.OFFICE_OFFICER and seat.rank == Rank.APPROVER
    return seat.role in INQUIRING and by_office and (is_head or before or is_named)


def _is_named(scope: Scope, case: FaultCase) -> bool:
    by_list = case.access.filter(kind=AccessKind.NAMED, ended_at__isnull=True, user_id__in=scope.account_ids)
    return by_list.exists() or is_investigator(scope, case)


def is_investigator(scope: Scope, case: FaultCase) -> bool:
    """Say whether the natural person inquires in the case now."""
    return case.investigators.filter(person_id__in=scope.account_ids, ended_at__isnull=True).exists()


def who_may_know(case: FaultCase, on: date) -> "QuerySet[User]":
    """
    Return who works on a day where fault cases of this organ or this office are known: whom a recusal may be about.

    Officers, inspectors, leaders, auditors and appraisers of the organ, the office and all above both, stand-ins too.
    Whom the case concerns is kept out already.
    """
    above = _with_all_above([case.organ, case.office])
    theirs = [each.pk for each in offices.offices_above(case.office)]
    seats = Tenure.objects.running(on).filter(
        Q(post__organ_id__in=[*above, *theirs])
        | Q(post__organ__kind=OrganKind.EFFICIENCY_OFFICE, post__organ__parent_id__in=above),
        post__role__in=[*INQUIRING, Role.ORGAN_LEADER, *HEADER],
    )
    concerned = case.respondents.filter(person__isnull=False).values("person_id")
    people = get_user_model().objects.filter(pk__in=seats.values("user_id"), is_active=True).exclude(pk__in=concerned)
    return people.order_by("full_name", "pk")


def _with_all_above(organs: "Iterable[Organ | None]") -> list[int]:
    """Return the keys of organs and of those under which they stand."""
    found: dict[int, None] = {}
    for organ in organs:
        each = organ
        while each is not None and each.pk not in found:
            found[each.pk] = None
            each = each.parent
    return list(found)


def reads_names(user: "User", case: FaultCase) -> bool:
    """
    Say whether somebody reads the names of the respondents without a reason.

    Those who inquire and the heads of the office; everybody else who reads the case asks for them (P-04).
    """
    scope = scope_of(user)
    heads = [seat for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.rank == Rank.APPROVER]
    return any(case.office_id in seat.organ_ids for seat in heads) or is_investigator(scope, case)


def seats_to_respondent(scope: Scope, row: Respondent) -> Iterable[Seat]:
    """Return the seats from which somebody opens the papers of a respondent: their own, or those that read names."""
    accounts, led = scope.account_ids, [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    if row.person_id in accounts or (row.kind == RespondentKind.ORGAN and row.organ_id in led):
        return scope.seats if row.was_told else ()
    is_one = is_investigator(scope, row.case)
    seats = [seat for seat in seats_to(scope, row.case) if seat.role in INQUIRING]
    return [seat for seat in seats if is_one or (seat.role == Role.OFFICE_OFFICER and seat.rank == Rank.APPROVER)]


def seats_to_notice(scope: Scope, row: FaultNotice) -> Iterable[Seat]:
    """Return the seats from which somebody opens a fault notice: the person's, the organ's leader's, the office's."""
    led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    if row.person_id in scope.account_ids or row.organ_id in led:
        return scope.seats
    return [seat for seat in seats_to(scope, row.case) if seat.role in INQUIRING]


def respondents_of(user: "Person") -> "QuerySet[Respondent]":
    """Return the respondents that a person may know of: those of the cases known by header, themselves once told."""
    known = Q(case__in=FaultCase.objects.headers_visible_to(user).values("pk"))
    return Respondent.objects.filter(known | Q(pk__in=Respondent.objects.speaking(user).told().values("pk")))


def looks_of(user: "Person") -> "QuerySet[FaultLook]":
    """Return the looks at respondents to those who read the audit record, of the cases that they may know of (Z-07)."""
    known = FaultCase.objects.headers_visible_to(user).values("pk")
    return FaultLook.objects.filter(case__in=known) if may(user, "audit.see") else FaultLook.objects.none()


def notices_of(user: "Person") -> "QuerySet[FaultNotice]":
    """Return the fault notices that a person may know of: their own, and those of cases that they read."""
    scope = scope_of(user)
    if not scope.account_ids:
        return FaultNotice.objects.none()
    read = Q(case__in=FaultCase.objects.visible_to(user).values("pk"))
    led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    return FaultNotice.objects.filter(read | Q(person_id__in=scope.account_ids) | Q(organ_id__in=led))


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(FaultCase, seats_to)
    register_relation(Respondent, seats_to_respondent)
    register_relation(FaultNotice, seats_to_notice)
    # Of a case one may know the header alone; whoever shows text asks ``visible_to`` itself.
    register_rows(FaultCase, FaultCase.objects.headers_visible_to)
    register_rows(Respondent, respondents_of)
    register_rows(FaultNotice, notices_of)
    register_rows(FaultLook, looks_of)
