"""What the portal reckons: every measure by its name, in the order in which people choose from them."""

from targets.measures import accountability, complaints, disclosure, targets
from targets.measures.registry import register as _register


def register() -> None:
    """Make the measures known; called once, when the app is ready."""
    for measure in (*complaints.MEASURES, *disclosure.MEASURES, *accountability.MEASURES, *targets.MEASURES):
        _register(measure)
