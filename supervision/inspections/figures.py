"""
What inspections come to: by kind, organs visited, findings by category and severity, what they led to.

Every figure is the number of rows of a query of its own, which its page lists: what is counted is what is shown.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accountability.cards.enums import CardState
from accountability.models import Card, Clue, Correction, FaultCase
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from supervision.inspections.enums import Category, Kind, Severity, VisitState
from supervision.models import Finding, Inspection, Visit
from supervision.models.inspections import FindingQuerySet, VisitQuerySet

CARD, CORRECTION, CLUE, NOTHING = "card", "correction", "clue", "nothing"
LED_TO = (CARD, CORRECTION, CLUE, NOTHING)


@dataclass(frozen=True, slots=True)
class KindLine:
    """Of one kind: plans, visits, organs that were visited, findings that stand."""

    kind: Kind
    plans: int
    visits: int
    visited: int
    findings: int


def visits_of(user: User, meant: Q) -> VisitQuerySet:
    """Return the visits that are meant, as the office knows them: before the approval there is none."""
    return Visit.objects.all().of_office(user).filter(meant)


def plans_of(user: User, meant: Q) -> QuerySet[Inspection]:
    """Return the plans of these visits, of which the person may know."""
    return Inspection.objects.visible_to(user).filter(pk__in=visits_of(user, meant).values("inspection_id"))


def visited(visits: VisitQuerySet) -> VisitQuerySet:
    """Keep the visits that took place: begun at least."""
    return visits.exclude(state__in=[VisitState.PLANNED, VisitState.SKIPPED])


def findings_of(visits: VisitQuerySet) -> FindingQuerySet:
    """Return the findings of visits that stand."""
    return Finding.objects.filter(visit__in=visits.values("pk")).standing()


def led_to(findings: FindingQuerySet, what: str, user: User) -> FindingQuerySet:
    """Keep the findings that led to a card, a correction, a clue of which the person may know, or to none of these."""
    type_ = ContentType.objects.get_for_model(Finding)

    def about(rows: QuerySet) -> Exists:
        return Exists(rows.order_by().filter(content_type=type_, object_id=OuterRef("pk")))

    clues = Clue.objects.filter(case__in=rows_of(FaultCase, user).values("pk"))
    ways = {
        CARD: about(rows_of(Card, user).exclude(state=CardState.DROPPED)),
        CORRECTION: about(rows_of(Correction, user)),
        CLUE: about(clues),
    }
    if what != NOTHING:
        return findings.filter(ways[what])
    return findings.filter(~ways[CARD], ~ways[CORRECTION], ~ways[CLUE])


def by_kind(user: User, meant: Q) -> list[KindLine]:
    """Count plans, visits, visits that took place and findings by kind; four questions."""
    visits = visits_of(user, meant)

    def counted(rows: QuerySet, path: str) -> Mapping[str, int]:
        found = rows.order_by().values(path).annotate(count=Count("pk", distinct=True))
        return {row[path]: row["count"] for row in found}

    plans = counted(plans_of(user, meant), "kind")
    planned = counted(visits, "inspection__kind")
    done = counted(visited(visits), "inspection__kind")
    found = counted(findings_of(visits), "visit__inspection__kind")
    return [
        KindLine(kind, plans.get(kind, 0), planned.get(kind, 0), done.get(kind, 0), found.get(kind, 0)) for kind in Kind
    ]


def by_category(findings: FindingQuerySet) -> list[tuple[Category, list[tuple[Severity, int]]]]:
    """Count findings by category and severity; one question."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in findings.order_by().values("category", "severity").annotate(count=Count("pk")):
        counts[row["category"]][row["severity"]] = row["count"]
    return [
        (category, [(severity, counts[category].get(severity, 0)) for severity in Severity]) for category in Category
    ]
