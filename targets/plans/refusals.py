"""What an action on a plan answers when it does not act: each is expected, and changes nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

if TYPE_CHECKING:
    from targets.plans.validating import Problem

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "NotValid", "Refused"]


class Absent(refusals.Absent):
    """For this person there is no such plan."""

    words = _("There is no such plan.")


class NotInState(refusals.NotInState):
    """The plan is not where this step begins."""

    words = _("The plan is no longer where this step begins. Please look at it again.")


class Changed(refusals.Changed):
    """Somebody changed the plan since the page was opened."""

    words = _("Somebody changed this plan since you opened the page. What you typed is kept; please look again.")


class NotValid(Refused):
    """The plan breaks rules of content; ``problems`` says which."""

    def __init__(self, problems: Sequence["Problem"]) -> None:
        super().__init__(_("The plan is not whole yet. What is missing stands on its page."))
        self.problems = tuple(problems)
