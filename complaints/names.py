"""Names of persons in a text, however they were written: one way of comparing for filing and for holds (Z-08)."""

import re
import unicodedata

from django.db.models import CharField, Func

# Chinese characters, compatibility forms and extensions included.
_HAN = "〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])[\W_]+(?=[{_HAN}])")
# What may stand between the parts of a name in the list of staff, after NFKC; ``complaints.sql`` takes it out as well.
SEPARATORS = " .·•・‧-"


class Plain(Func):
    """A name without what may stand between its parts, in PostgreSQL: how it stands in the second half of a text."""

    template = f"translate(normalize(%(expressions)s, NFKC), '{SEPARATORS}', '')"
    output_field = CharField()


def plain(name: str) -> str:
    """Return a name without what may stand between its parts: what ``Plain`` does in PostgreSQL."""
    return unicodedata.normalize("NFKC", name).translate(dict.fromkeys(map(ord, SEPARATORS)))


def searched(title: str, description: str) -> str:
    """
    Return the text in which names are looked for: as it was typed, and again without what hides a name.

    The second time width does not matter, and spaces, dots and other signs between Chinese characters are gone, so that
    “张 伟” and “张·伟” are found like “张伟”.
    """
    typed = f"{title}\n{description}"
    return f"{typed}\n{_BETWEEN_HAN.sub('', unicodedata.normalize('NFKC', typed))}"
