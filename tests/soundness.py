"""What ``verify`` says of a part of the portal."""

from efficiency.audit import verify


def violated(word: str) -> list[verify.Finding]:
    """Return the violated invariants with the word in their title; no other is checked."""
    numbers = {each.number for each in verify._invariants if word in str(each.title)}
    return [found for found in verify.run(*numbers) if word in found.title and found.violations]
