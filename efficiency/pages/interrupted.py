"""
What a citizen was sending when the session on their case had ended (docs/trust.md S-08, F-20).

It goes into the page that asks for number and code, sealed with the portal's key: whoever sits before the browser now
reads nothing of it. It opens in the case and within the hours in which the form itself could be sent; after number and
code the citizen has the form again as it was. Nothing of it is stored.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from efficiency.access.cipher import CannotOpen, seal, unseal
from efficiency.pages.form_token import FORM_HOURS

FIELD = "interrupted"


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A form of the tracking page that could not be sent: the step it belongs to, and what was typed into it."""

    step: str
    typed: dict[str, str]


def sealed(number: str, step: str, typed: Mapping[str, str], *, at: datetime) -> str:
    """Return what was being sent at ``at`` for a step in the case of ``number``, readable by nobody."""
    content = json.dumps({"step": step, "typed": dict(typed), "at": int(at.timestamp())})
    return base64.urlsafe_b64encode(seal(content.encode(), row=_row(number), field=FIELD)).decode()


def opened(value: str, number: str, *, at: datetime) -> Interrupted | None:
    """Return what was being sent in the case of ``number``; None if it was in another one, or more than a day ago."""
    try:
        held = json.loads(unseal(base64.urlsafe_b64decode(value), row=_row(number), field=FIELD))
    except (CannotOpen, binascii.Error, ValueError):
        return None
    if at.timestamp() - held["at"] > FORM_HOURS * 3600:
        return None
    return Interrupted(held["step"], held["typed"])


def _row(number: str) -> str:
    return f"tracking:{number}"
