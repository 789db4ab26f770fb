"""What a step with a document answers when it is not taken; each changes nothing and has a sentence for people."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Refused, Text


class NotAllowed(Refused):
    """The person may know of the document but not do this."""


class NotInState(Refused):
    """The version is not where this step begins."""


class Changed(NotInState):
    """Another text than the one that the person was shown; nothing typed is lost (docs/trust.md F-21)."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The document was changed since you opened this page. What you typed is kept; read the document again "
                "and send it once more."
            )
        )


class Invalid(Refused):
    """What was typed for ``field`` does not do."""

    def __init__(self, field: str | None, message: Text) -> None:
        super().__init__(message, field)


class HoldsNumbers(Invalid):
    """Personal numbers stand in it, and nobody has said why they may be published (docs/trust.md P-07)."""
