"""
What foresight shows on the overview: buck-passing, where promises will break next, doubtful closings, five systems.

Each block has a few lines and a link to its page with the same filters. Figures count what lies in reach, without
what concerns the viewer (docs/trust.md Z-07); rows are those that the viewer may know of.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.http import urlencode
from django.utils.translation import pgettext_lazy

from accountability.faults.enums import ENDED
from accountability.models import FaultCase
from complaints.models import Case
from efficiency.access.may import may
from efficiency.letters.models import ResponsibilityLetter
from efficiency.rounding import per_cent
from efficiency.timing.zone import ONE_DAY
from supervision.escalations.querysets import known_among
from supervision.figures import asking
from supervision.figures.asking import Question
from supervision.foresight import doubts, forecasting, passing
from supervision.foresight.asking import Asked, organs_of, reach_of
from supervision.foresight.chances import RED
from supervision.foresight.views import expected

if TYPE_CHECKING:
    from efficiency.access.models import User

MOST_LINES = 5
# So many promises are looked at for those lines, as far as the viewer may know of them.
LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the overview: its template finds what it shows under the names of ``context``."""

    key: str
    title: str | Lazy
    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class System:
    """One of the five systems in a line: a figure of two sides, or a count alone; ``href`` leads to where it stands."""

    label: str | Lazy
    part: int | None
    whole: int | None
    is_share: bool
    href: str

    @property
    def per_cent(self) -> Decimal | None:
        """The share in per cent, half up to two decimals; None of a count, or of nothing."""
        if not self.is_share or not self.whole or self.part is None:
            return None
        return per_cent(self.part, self.whole)


def blocks(question: Asked, user: "User", at: datetime) -> Sequence[Block]:
    """Return the blocks of the overview for what is asked, as ``user`` may know of it; none without the right."""
    if not may(user, "supervision.open"):
        return ()
    organs = organs_of(question, reach_of(user))
    query = query_of(question)
    return (
        _passing(question, organs, user, at, query),
        _forecast(question, organs, user, at),
        _doubts(question, organs, at, query),
        Block(
            "systems",
            pgettext_lazy("overview", "Five systems"),
            "supervision/foresight/_systems.html",
            {"systems": systems(question, organs, user, at)},
        ),
    )


def red_risk(question: Asked, user: "User", at: datetime) -> int:
    """
    Return how many promises fall due within five working days and are missed with a chance of at least 30 %.

    Of the organs in reach that are asked for; ``supervision:forecast`` with ``risk=0.3`` lists them.
    """
    return forecasting.of_readable(
        forecasting.at_risk(question, organs_of(question, reach_of(user)), at=at), user
    ).count()


def query_of(question: Asked) -> str:
    """Return a question as the address of our pages has it; organs other than a single one are those in reach."""
    given = {
        "first": question.since.isoformat(),
        "last": (question.until - ONE_DAY).isoformat(),
        "kind": question.kind,
        "category": question.category,
        "channel": question.channel,
    }
    if question.organ_ids is not None and len(question.organ_ids) == 1:
        given |= {"organ": str(question.organ_ids[0]), "alone": "on"}
    return urlencode({name: value for name, value in given.items() if value})


def _passing(question: Asked, organs: Collection[int], user: "User", at: datetime, query: str) -> Block:
    cases = passing.passed_on(question, organs, at=at)
    known = cases.filter(pk__in=Case.objects.visible_to_office(user).values("pk"))
    return Block(
        "passing",
        pgettext_lazy("overview", "Buck-passing"),
        "supervision/foresight/_passing.html",
        {
            "chains": passing.chains(known[:MOST_LINES], question, at=at),
            "count": cases.count(),
            "pairs": passing.pairs(question, organs, at=at)[:MOST_LINES],
            "held": passing.held(question, organs, at=at)[:MOST_LINES],
            "query": query,
        },
    )


def _forecast(question: Asked, organs: Collection[int], user: "User", at: datetime) -> Block:
    due = forecasting.of_readable(forecasting.of_question(forecasting.due_soon(at=at), question, organs), user)
    ranked = forecasting.ranked(due, at=at).filter(chance__isnull=False).select_related("organ", "content_type")
    rows = known_among(list(ranked[:LOOKED_AT]), user)[:MOST_LINES]
    return Block(
        "forecast",
        pgettext_lazy("overview", "Where promises will break next"),
        "supervision/foresight/_forecast.html",
        {
            "rows": expected(rows),
            "count": due.count(),
            "red": red_risk(question, user, at),
            "threshold": RED * 100,
            "made_on": forecasting.made_on(),
            "record": forecasting.record(organs, at=at),
        },
    )


def _doubts(question: Asked, organs: Collection[int], at: datetime, query: str) -> Block:
    found = doubts.doubtful(question, organs, at=at)
    undone = doubts.with_done(found, at=at).filter(is_called=False, is_rework=False, is_card=False)
    return Block(
        "doubts",
        pgettext_lazy("overview", "Doubtful closings"),
        "supervision/foresight/_doubts.html",
        {
            "figures": list(doubts.counted(found).items()),
            "count": found.count(),
            "undone": undone.count(),
            "query": query,
        },
    )


def systems(question: Asked, organs: Collection[int], user: "User", at: datetime) -> list[System]:
    """Return the five systems in a line each: posts, commitments, disclosure, targets, accountability."""
    year = timezone.localdate(at).year
    letters = ResponsibilityLetter.objects.living().filter(year=year, post__organ__in=organs)
    issued, unsigned = letters.count(), letters.waiting().count()
    asked = Question(question.since, question.until, tuple(organs), without=question.without)
    figures = asking.figures(("kept_rate", "disclosure_completeness", "target_rate"), asked, at=at)[None]
    cases = FaultCase.objects.headers_visible_to(user).filter(organ__in=organs)
    found = [
        System(
            pgettext_lazy("five systems", "Responsibility letters signed"),
            issued - unsigned,
            issued,
            is_share=True,
            href=f"{reverse('admin:efficiency_responsibilityletter_changelist')}?year={year}",
        )
    ]
    for name, label, address in (
        ("kept_rate", pgettext_lazy("five systems", "Commitments kept"), reverse("supervision:matters")),
        (
            "disclosure_completeness",
            pgettext_lazy("five systems", "Completeness of disclosure"),
            reverse("disclosure:completeness"),
        ),
        ("target_rate", pgettext_lazy("five systems", "Targets reached"), _targets_page(user)),
    ):
        figure = figures[name]
        whole = int(figure.denominator) if figure.denominator is not None else None
        found.append(System(label, int(figure.numerator), whole, is_share=True, href=address))
    found.append(
        System(
            pgettext_lazy("five systems", "Open fault cases"),
            cases.exclude(state__in=ENDED).count(),
            None,
            is_share=False,
            href=reverse("accountability:faults"),
        )
    )
    return found


def _targets_page(user: "User") -> str:
    return reverse("targets:progress") if may(user, "target.progress") else ""
