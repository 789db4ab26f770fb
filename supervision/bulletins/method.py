"""What every bulletin says of how its figures came about (docs/domain.md 12)."""

from django.utils.translation import gettext as _


def sentences() -> list[str]:
    """Return how figures are counted, rounded, ranked, hidden and corrected, a sentence each."""
    return [
        _("Figures are counted as of 24:00 of the last day of the period and frozen when the bulletin is composed."),
        _("Rates have two decimals, rounded half up; without a base there is no rate but a dash."),
        _("Shares of a whole may not add up to 100.00; they are not adjusted."),
        _("Equal rates share a rank and the next one is skipped; organs with fewer than five cases stand apart."),
        _("Cells of fewer than five cases by category and organ are not shown. Nobody is named."),
        _("What changes later is told as a correction in the next monthly bulletin; the frozen figure stays."),
    ]
