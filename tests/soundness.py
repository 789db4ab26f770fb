"""What ``verify`` says of a part of the portal."""

from django.utils import translation

from efficiency.audit import verify


def violated(*words: str) -> list[verify.Finding]:
    """
    Return the violated invariants with one of the words in their English title; no other is checked.

    The suite runs in Chinese: a word looked for in the language at hand would find nothing, and nothing would be wrong.
    """
    with translation.override("en"):
        meant = [each for each in verify._invariants if any(word in str(each.title) for word in words)]
        assert meant, words
        found = list(verify.run(*{each.number for each in meant}))
        return [each for each in found if each.violations and any(word in str(each.title) for word in words)]
