"""Who may imagine a past appraisal otherwise (docs/trust.md Z-07)."""

from efficiency.access.models import User
from targets.appraisal import access
from targets.models import Appraisal


def may_imagine(user: User, appraisal: Appraisal, /) -> bool:
    """
    Say whether somebody of the office may: of what was computed, and where no sheet concerns them.

    Ranks and grades of the others would tell of the own sheet, which a person concerned does not know.
    """
    if appraisal.computed_at is None or not access.office_seats_that_may(user, "appraisal.imagine", appraisal):
        return False
    return not access.is_party(user, appraisal)
