"""What a decoder answers: a copy, or why there is none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Copy:
    """A file written anew. ``office_only``: something in it could not be freed of metadata (docs/trust.md U-03)."""

    content: bytes
    office_only: bool = False


class NotTaken(Exception):
    """The file is refused; ``code`` is a key of ``reasons.REASONS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
