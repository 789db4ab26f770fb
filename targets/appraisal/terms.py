"""What an appraisal is reckoned by beside the plans: kept with it, so that it can be reckoned again."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from targets.appraisal.enums import OpinionKind
from targets.models import Appraisal

# (D) Of the review a leader's opinion counts more than those of peers.
OPINION_WEIGHTS = {OpinionKind.PEER.value: "0.4", OpinionKind.LEADER.value: "0.6"}


def defaults() -> dict[str, Any]:
    """Return the terms with which an appraisal begins."""
    return {"opinions": dict(OPINION_WEIGHTS)}


def opinion_weights(appraisal: Appraisal) -> Mapping[str, Decimal]:
    """Return how much each kind of opinion weighs in the review of an appraisal."""
    stored = {**OPINION_WEIGHTS, **appraisal.terms.get("opinions", {})}
    return {kind: Decimal(str(weight)) for kind, weight in stored.items()}
