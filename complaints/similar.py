"""
Earlier cases like one, beside it: the same matter at the same organ, nearest by the words of the title.

The look is bounded whatever the organ has: the newest of the same category are read by an index, and only they are
compared. Nearness is the share of pairs of neighbouring characters that two titles have in common, the pairs that the
search knows as well (docs/decisions/0004-pairs-of-characters-for-search.md).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.models import Case, Reply, ReplyState
from complaints.statements import visible_among
from complaints.wording import DECIDING, in_words_for, words_for, words_of
from efficiency.pairs import pairs_of

if TYPE_CHECKING:
    from efficiency.access.models import User

# How many cases are compared, and how many are shown.
CANDIDATES = 300
MOST_SHOWN = 5
# Titles with less in common are not alike.
LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier case, how near its title is (0 to 1), and the reply that its citizen got."""

    case: Case
    share: float
    reply: Reply | None


def similar_to(case: Case, user: "User") -> list[Similar]:
    """
    Return up to ``MOST_SHOWN`` earlier cases like ``case`` that ``user`` may know of, those with an answer first.

    Rules: docs/trust.md Z-07 and Z-14; a case that concerns the person is not there, nor counted. Titles are compared
    as the person reads them (P-06).
    """
    own = frozenset(pairs_of(str(words_for(case, user).title)))
    shares = {pk: _share(own, title) for pk, title in _candidates(case, user).items()}
    near = sorted((pk for pk, share in shares.items() if share >= LEAST_SHARE), key=lambda pk: (-shares[pk], -pk))
    if not near:
        return []
    # Enough of them that answers can come first, few enough that reading them is cheap.
    nearest = near[: 4 * MOST_SHOWN]
    replies = _replies(nearest)
    shown = sorted(nearest, key=lambda pk: pk not in replies)[:MOST_SHOWN]
    found = Case.objects.defer("description", "search_pairs").in_bulk(visible_among(user, shown))
    cases = {each.pk: each for each in in_words_for(found.values(), user)}
    return [Similar(cases[pk], shares[pk], replies.get(pk)) for pk in shown if pk in cases]


def is_alike(case: Case, other: Case) -> bool:
    """Say whether ``other`` is about the same matter at the same organ, by what both complainants wrote themselves."""
    of_matter = (case.category, other.category) if case.category else (case.kind, other.kind)
    if case.organ_id is None or case.organ_id != other.organ_id or of_matter[0] != of_matter[1]:
        return False
    return _share(frozenset(pairs_of(case.title)), other.title) >= LEAST_SHARE


def _candidates(case: Case, user: "User") -> dict[int, str]:
    """Return the titles of the newest cases of the same matter at the same organ that may be known of, by their key."""
    if case.organ_id is None:
        return {}
    alike = Case.objects.filter(organ_id=case.organ_id, category=case.category, received_at__lte=case.received_at)
    if not case.category:
        alike = alike.filter(kind=case.kind)
    # Bounded before it is scoped: whoever sees few of an organ's cases shall not make the database look through all.
    newest = alike.exclude(pk=case.pk).order_by("-received_at", "-id").values("pk")[:CANDIDATES]
    found = Case.objects.visible_to(user).filter(pk__in=newest)
    if Case.objects.hidden_from(user) is None:
        return dict(found.values_list("pk", "title"))
    return {each.case.pk: str(each.title) for each in words_of(found.only(*DECIDING, "title"), user)}


def _share(own: frozenset[str], title: str) -> float:
    others = frozenset(pairs_of(title))
    both = len(own | others)
    return len(own & others) / both if both else 0.0


def _replies(case_ids: list[int]) -> dict[int, Reply]:
    """Return the newest reply that was sent in each case."""
    sent = Reply.objects.filter(case_id__in=case_ids, state=ReplyState.SENT).order_by("decided_at", "pk")
    return {reply.case_id: reply for reply in sent}
