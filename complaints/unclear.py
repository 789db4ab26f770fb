"""
Whose duty a case is where that is not clear: which organ may be designated, and on which ground (docs/domain.md 4.7).

The leader of the office designates it by the instruction. What is said here is said alike by action, form and page.
"""

from collections.abc import Collection

from complaints.enums import LeadGround
from complaints.holds import with_organs_above
from complaints.models import Case
from efficiency.organs import offices
from efficiency.organs.models import Level, Organ, OrganKind


def in_question(case: Case) -> list[Organ]:
    """Return the organs of which the last report says that the case could be theirs, in the order of a list."""
    reported = case.events.filter(action="report_unclear").order_by("-number").first()
    keys = reported.data["organs"] if reported else []
    return list(Organ.objects.filter(pk__in=keys).by_place()) if keys else []


def city_departments(organs: Collection[Organ]) -> list[Organ]:
    """Return those of the organs that are departments of the city."""
    return [organ for organ in organs if organ.level == Level.CITY and organ.kind == OrganKind.DEPARTMENT]


def do_overlap(organs: Collection[Organ]) -> bool:
    """Say whether a department of the city and an organ of a district come into question together."""
    return bool(city_departments(organs)) and any(organ.level != Level.CITY for organ in organs)


def only_ground(case: Case) -> LeadGround | None:
    """Return the ground that follows from the organs in question, None where the leader has to find out."""
    organs = in_question(case)
    if not organs:
        return LeadGround.CATCH_ALL
    return LeadGround.CITY_LEADS if do_overlap(organs) else None


def is_of_place(organ: Organ) -> bool:
    """Say whether the organ is the government of a district: whoever takes what nobody else can be named for (兜底)."""
    return organ.kind == OrganKind.GOVERNMENT and organ.level == Level.DISTRICT


def common_office(office: Organ, organs: Collection[Organ]) -> Organ:
    """
    Return the office that rules between the organs: ``office`` where all are under its government, else one above.

    Equals who do not agree are ruled on by their common superior.
    """
    above = {organ.pk: set(with_organs_above(organ)) for organ in organs}
    for each in (office, *offices.offices_above(office)):
        if all(each.parent_id in found for found in above.values()):
            return each
    return office
