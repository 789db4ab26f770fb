"""Whether anything waits for a person: a dozen parts ask for the first page, and mostly nothing waits."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from efficiency.access.models import User
from efficiency.kept_questions import is_there

_LATER = timedelta(seconds=1)


def may_wait(user: User, make: Callable[..., QuerySet[Any]], /, *, at: datetime | None = None) -> bool:
    """
    Say whether ``make(user)``, or ``make(user, at=at)`` where a moment is given, may have a row: False is certain.

    What ``make`` asks is kept (``efficiency.kept_questions``); where that cannot be, True says that it has to be asked
    itself, as it is where something waits.
    """
    if at is None:
        return is_there(user, make, lambda _nothing: make(user), None, None) is not False
    return is_there(user, make, lambda moment: make(user, at=moment), at, at + _LATER) is not False
