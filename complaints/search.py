"""
Search in Chinese: a column of character pairs with a GIN index, then a recheck of the text.

A trigram index cannot answer words of two characters, which most Chinese words have; pairs answer any length from two
up (docs/decisions/).
"""

import unicodedata

from django.db.models import Q


def normalise(text: str) -> str:
    """Fold width, case and white space, so that ＡＢ finds ab."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pairs_of(*texts: str) -> list[str]:
    """Return the distinct pairs of neighbouring characters of the texts, sorted; pairs do not cross white space."""
    found: set[str] = set()
    for text in texts:
        for word in normalise(text).split():
            found.update(word[i : i + 2] for i in range(len(word) - 1))
    return sorted(found)


def condition(words: str, hidden: Q | None = None) -> Q:
    """
    Return the condition that every word (split at white space) stands in number, title or text.

    Of the cases that are ``hidden`` from whoever searches only number and edited text are looked at; the pairs hold
    both texts, so that the index serves either.
    """
    found = Q()
    for word in normalise(words).split():
        original = Q(title__icontains=word) | Q(description__icontains=word)
        stands_in = original if hidden is None else (original & ~hidden) | (_edited(word) & hidden)
        stands_in |= Q(number__icontains=word)
        if len(word) > 1:
            stands_in &= Q(search_pairs__contains=pairs_of(word))
        found &= stands_in
    return found


def _edited(word: str) -> Q:
    return Q(edited_title__icontains=word) | Q(edited_text__icontains=word)
