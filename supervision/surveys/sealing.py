"""
Which rows of surveys are sealed in the chain (docs/trust.md L-03): the steps.

Answers are not: the chain is an order, and an order is what must not be known of them (P-18). What was counted of them
stands in the results with their checksum.
"""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from supervision.models import SurveyEvent


def register() -> None:
    """Make them known; called once, when the app is ready."""
    seal(
        Sealed(
            "survey_event",
            SurveyEvent,
            content=(
                *("survey", "number", "action", "actor", "actor_organ", "at", "from_state", "to_state"),
                *("data", "text"),
            ),
        )
    )
