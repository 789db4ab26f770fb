"""Keys of rows as they come in addresses and hidden fields."""

# What fits into a key of a row, with room to spare.
MOST_DIGITS = 18


def key_in(text: str) -> int | None:
    """Return the key that ``text`` is; None for what can be none, so that nobody asks the database for it."""
    is_one = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_one else None
