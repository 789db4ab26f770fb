"""What the foundation is told of appraisals, once Django is ready."""

from targets.appraisal import invariants, sealing


def register() -> None:
    """Make kinds, rights, pages and words of appraisals known."""
    sealing.register()
    invariants.register()
