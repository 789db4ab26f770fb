"""What the overview answers when something may not be done."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Refused


class NotAllowed(Refused):
    """The person may not do this."""


class Absent(Refused):
    """There is no such thing, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__(_("This does not exist, or not any more."))


class TooOften(Refused):
    """The files of an hour are used up."""

    def __init__(self) -> None:
        super().__init__(_("You have taken out many lists within an hour. Please try again later."))
