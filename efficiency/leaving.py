"""Lists leave as files: the password before a long one, so many files an hour (docs/trust.md S-05, R-02)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from efficiency.access import limits
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.refusals import Refused

# Above so many rows the password is asked for again (docs/trust.md S-05).
MOST_UNCONFIRMED = 500


class NotConfirmed(Refused):
    """The list is long, and the password was not given lately."""


class TooOften(Refused):
    """So many lists were taken out that the next one has to wait."""


def check(
    action: str,
    /,
    *,
    by: User,
    at: datetime,
    rows: int,
    is_confirmed: bool,
    obj: models.Model | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """
    Let ``by`` take out a file with ``rows`` rows, or refuse it; too many files are on record as ``action``.

    :param is_confirmed: whether the password was given lately
    :raises NotConfirmed: the list is long and it was not
    :raises TooOften: the files of an hour are used up
    """
    if rows > MOST_UNCONFIRMED and not is_confirmed:
        raise NotConfirmed(_("Please enter your password: so long a list goes out only after that."), "password")
    if limits.export(by.pk, at=at).wait_seconds:
        record(action, actor=by, obj=obj, outcome=Outcome.REFUSED, detail=detail, at=at)
        raise TooOften(_("You have taken out many lists within an hour. Please try again later."))
