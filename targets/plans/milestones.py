"""The milestones of an indicator as people type them, one a line: ``2026-06-30 approved`` (docs/domain.md 8.1)."""

import re
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from targets.plans.content import MilestoneContent

LONGEST_NAME = 120
# What the one day of a deadline is called where nobody called it otherwise; a plan is an official paper.
DONE = "完成"
_LINE = re.compile(r"(?P<day>\d{4}-\d{1,2}-\d{1,2})(?:\s+(?P<name>\S.*))?")


class Unreadable(ValueError):
    """A line is no day and name; the message names the line and the cure."""


def from_text(text: str) -> tuple[MilestoneContent, ...]:
    """
    Return what the lines of a text say, empty ones left out; a name is cut to what can be kept.

    A day alone, on the only line, is the day of a deadline: by then it is done.

    :raises Unreadable: a line cannot be read
    """
    found = []
    lines = [(number, line) for number, each in enumerate(text.splitlines(), 1) if (line := each.strip())]
    for number, line in lines:
        read = _LINE.fullmatch(line)
        if read and not read["name"] and len(lines) > 1:
            read = None
        try:
            year, month, day = (int(part) for part in read["day"].split("-")) if read else (0, 0, 0)
            found.append(
                MilestoneContent((read["name"] or DONE)[:LONGEST_NAME] if read else "", date(year, month, day))
            )
        except ValueError as fault:
            message = _("Line %(number)d is no day and name, such as 2026-06-30 approved.")
            raise Unreadable(message % {"number": number}) from fault
    return tuple(found)


def to_text(milestones: Iterable[MilestoneContent]) -> str:
    """Return milestones as one types them."""
    return "\n".join(f"{each.due_on.isoformat()} {each.name}" for each in milestones)
