"""
Peer and leader review (docs/domain.md 8.6 (D)): opinions within bounds, whose weights stand in the terms.

They add nothing to a score by themselves: what follows from them is an adjustment that a second person confirms.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import accounts_of_each
from targets.appraisal import access, terms, workflow
from targets.appraisal.enums import OpinionKind
from targets.appraisal.rankings import rounded
from targets.appraisal.refusals import NotAllowed
from targets.appraisal.self_scoring import checked_score
from targets.appraisal.workflow import action, once
from targets.models import AppraisalEvent, Opinion, Sheet

LONGEST_TEXT = 2000


@once
@action
def give_opinion(sheet: Sheet, /, *, by: User, at: datetime, version: int, score: Decimal, text: str) -> AppraisalEvent:
    """
    Give an opinion of another organ, or of a post that one leads; the latest of a person counts.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: the score is out of bounds, or nothing is said about it
    """
    step = workflow.begin(sheet, "give_opinion", by=by, at=at, version=version)
    at = step.at
    kind = access.reviews_as(step.seat, sheet) if step.seat else None
    if kind is None:
        raise NotAllowed(_("You may not take this step."))
    points = checked_score(score)
    words = checks.text("text", text, _("Please say what the opinion rests on."), at_most=LONGEST_TEXT)
    Opinion.objects.create(sheet=sheet, kind=kind, by=by, at=at, score=points, text=words)
    return workflow.finish(step, data={"kind": kind})


@dataclass(frozen=True, slots=True)
class Summary:
    """What the opinions of a sheet come to: of each kind how many and their mean, and the weighted mean of all."""

    counts: Mapping[str, int]
    means: Mapping[str, Decimal]
    weighted: Decimal | None

    @property
    def lines(self) -> list[tuple[str, int, Decimal | None]]:
        """Each kind by its name, how many, and their mean."""
        return [(str(OpinionKind(kind).label), self.counts[kind], rounded(mean)) for kind, mean in self.means.items()]

    @property
    def rounded(self) -> Decimal | None:
        """The weighted mean to two decimals."""
        return rounded(self.weighted)


def summary(sheet: Sheet) -> Summary:
    """Return what peers and leaders hold of a sheet, each person's latest; a missing kind leaves the other alone."""
    kinds = (OpinionKind.PEER, OpinionKind.LEADER)
    latest = Opinion.objects.filter(sheet=sheet, kind__in=kinds)
    rows = list(latest.order_by("at", "pk").select_related("by"))
    # One of a natural person, whichever account it came from (docs/trust.md Z-10).
    persons: dict[int, int] = {}
    for account, other in accounts_of_each({row.by_id: row.by for row in rows}.values()):
        persons[account] = min(other, persons.get(account, account))
    of_kind: dict[str, list[Decimal]] = {}
    for kind, score in {persons[row.by_id]: (row.kind, row.score) for row in rows}.values():
        if score is not None:
            of_kind.setdefault(kind, []).append(score)
    means = {kind: sum(scores, Decimal(0)) / len(scores) for kind, scores in of_kind.items()}
    weights = terms.opinion_weights(sheet.appraisal)
    base = sum((weights[kind] for kind in means), Decimal(0))
    weighted = sum((weights[kind] * mean for kind, mean in means.items()), Decimal(0)) / base if base else None
    return Summary({kind: len(scores) for kind, scores in of_kind.items()}, means, weighted)


def given_by(user: User, sheets: Collection[int], kinds: Collection[str]) -> dict[int, Decimal]:
    """Return the latest opinion that ``user`` gave of each of these sheets, from whichever account."""
    mine = access.accounts_of(user)
    rows = Opinion.objects.filter(sheet_id__in=sheets, by__in=mine, kind__in=kinds, score__isnull=False)
    given = rows.order_by("at", "pk").values_list("sheet_id", "score")
    return {sheet: score for sheet, score in given if score is not None}
