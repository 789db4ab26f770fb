"""
What an action on a subject answers when it does not act: each is expected, and changes nothing.

The module ``refusals`` of a part derives its own with the words of its subject, and hands them to its frame.
"""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Refused, Text


class NotAllowed(Refused):
    """The person may know of the subject but not do this."""

    words: ClassVar[Text] = _("You may not take this step.")

    def __init__(self, message: Text = "", field: str | None = None) -> None:
        super().__init__(message or self.words, field)


class Absent(NotAllowed):
    """For this person there is no such subject: pages answer 404 (docs/trust.md Z-02)."""


class NotInState(Refused):
    """The subject is not where this step begins."""

    words: ClassVar[Text]

    def __init__(self, message: Text = "", field: str | None = None) -> None:
        super().__init__(message or self.words, field)


class Changed(Refused):
    """Somebody changed the subject since the page was opened; nothing typed is lost (docs/trust.md F-21)."""

    words: ClassVar[Text]

    def __init__(self) -> None:
        super().__init__(self.words)
