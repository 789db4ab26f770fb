"""What a call is refused with: a status of HTTP and words for people (GeoReport v2, errors)."""

from collections.abc import Sequence
from http import HTTPStatus

from django.utils.functional import Promise

Text = str | Promise


class Fault(Exception):
    """A call that is refused; ``wait_seconds`` says after how long it may succeed, 0 where waiting does not help."""

    def __init__(self, status: HTTPStatus, *descriptions: Text, wait_seconds: int = 0) -> None:
        super().__init__(status)
        self.status = status
        self.descriptions: Sequence[Text] = descriptions
        self.wait_seconds = wait_seconds


def bad(*descriptions: Text) -> Fault:
    """Return the refusal of what was sent; several faults are said at once."""
    return Fault(HTTPStatus.BAD_REQUEST, *descriptions)


def absent(description: Text) -> Fault:
    """Return the answer for what does not exist, or not for everybody."""
    return Fault(HTTPStatus.NOT_FOUND, description)
