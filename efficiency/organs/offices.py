"""
The efficiency offices and which is above which: a case about an office's own people goes there (docs/trust.md Z-09).

Above a district's office is the city's, above that one the organ that the operator names: nobody below may reach it.
"""

from collections.abc import Collection, Iterator
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from efficiency.organs.models import Organ, OrganKind, Rank, Role, Tenure

# One drafts, another decides (docs/trust.md Z-10).
FEWEST_OFFICERS = 2


def city_office() -> Organ | None:
    """Return the efficiency office of the city: the level above the districts' offices."""
    return (
        Organ.objects.filter(kind=OrganKind.EFFICIENCY_OFFICE, district__isnull=True, until__isnull=True)
        .order_by("position", "id")
        .first()
    )


def in_charge_of(organ: Organ) -> Organ | None:
    """
    Return the efficiency office that is in charge of an organ: itself if it is one, else that of the nearest above.

    An organ's own office does not rule on the organ, unless that is a government; one that was abolished rules on
    nothing. As ``efficiency.deadlines.recipients`` says in SQL whom a level is told.
    """
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        return organ
    nearest = organ if organ.kind == OrganKind.GOVERNMENT else organ.parent
    while nearest is not None:
        found = Organ.objects.filter(kind=OrganKind.EFFICIENCY_OFFICE, parent=nearest, until__isnull=True)
        if office := found.order_by("position", "pk").first():
            return office
        nearest = nearest.parent
    return None


def organs_of(ids: Collection[int]) -> QuerySet[Organ]:
    """
    Return the organs to which whoever holds posts in organs with these keys belongs.

    A department's own office is a part of it and does not judge it; a government's is no part of one (as above).
    """
    own = Organ.objects.filter(kind=OrganKind.EFFICIENCY_OFFICE, pk__in=ids, parent=OuterRef("pk"))
    return Organ.objects.filter(Q(pk__in=ids) | (~Q(kind=OrganKind.GOVERNMENT) & Q(Exists(own))))


def parts_of(ids: Collection[int]) -> QuerySet[Organ]:
    """Return the organs whose people belong to one of the organs with these keys: as ``organs_of``, seen from there."""
    own = Q(kind=OrganKind.EFFICIENCY_OFFICE, parent__in=ids) & ~Q(parent__kind=OrganKind.GOVERNMENT)
    return Organ.objects.filter(Q(pk__in=ids) | own)


def above_city_office() -> Organ | None:
    """Return what the operator named as being above the city's office (``ABOVE_CITY_OFFICE``)."""
    return Organ.objects.filter(code=settings.ABOVE_CITY_OFFICE, kind=OrganKind.EFFICIENCY_OFFICE).first()


def offices_above(office: Organ) -> list[Organ]:
    """Return the offices above ``office``, nearest first; none above the last."""
    chain = [each for each in (city_office(), above_city_office()) if each is not None]
    ids = [each.pk for each in chain]
    return chain[ids.index(office.pk) + 1 :] if office.pk in ids else chain


def faults_of_last(on: date) -> Iterator[str]:
    """Yield what keeps the organ above the city's office from doing its part on ``on``, a sentence each."""
    code, city = settings.ABOVE_CITY_OFFICE, city_office()
    organ = Organ.objects.filter(code=code).first()
    if organ is None or organ.kind != OrganKind.EFFICIENCY_OFFICE:
        yield f"ABOVE_CITY_OFFICE names {code}: there is no such organ of the kind of an efficiency office."
        return
    if organ == city:
        yield f"ABOVE_CITY_OFFICE names {code}, the first office of the city by its position: it has to come later."
    elif city is not None and city.parent_id in _with_above(organ):
        yield f"ABOVE_CITY_OFFICE names {code}, which the city's efficiency office reaches: it has to stand beside."
    running = Tenure.objects.running(on).filter(user__is_active=True)
    officers = running.filter(post__organ=organ, post__role=Role.OFFICE_OFFICER)
    people = set(officers.values_list("user_id", flat=True))
    if len(people) < FEWEST_OFFICERS or not officers.filter(post__rank=Rank.APPROVER).exists():
        yield f"At {code}, which ABOVE_CITY_OFFICE names, there have to be two officers, one of whom approves."
    if running.filter(post__organ=city, user_id__in=people).exists():
        yield f"Somebody at {code}, which ABOVE_CITY_OFFICE names, works in the city's efficiency office as well."


def _with_above(organ: Organ) -> set[int]:
    ids = {organ.pk}
    while organ.parent is not None and organ.parent_id not in ids:
        organ = organ.parent
        ids.add(organ.pk)
    return ids
