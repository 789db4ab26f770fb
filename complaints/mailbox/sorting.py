"""
Which letters no person wrote to us: they make no case, are counted and listed (docs/mail.md).

Goes by what machines say of themselves (RFC 3834, RFC 3464, RFC 8098, RFC 2369), and, where those of Chinese providers
say nothing, by the first words of the subject that they write.
"""

import re
from collections.abc import Collection

from complaints.mailbox import rules
from complaints.mailbox.letter import Letter
from complaints.models import MailReason

_BULK = frozenset({"bulk", "junk", "list"})
_SAYS_AUTOMATIC = re.compile(
    r"(?:自动回复|自动答复|自動回復|auto(?:matic)? ?reply|out of (?:the )?office)\s*[:\uff1a]", re.IGNORECASE
)
_SYSTEMS = frozenset({"mailer-daemon", "postmaster", "mail-daemon"})


def reason_for(letter: Letter, own_addresses: Collection[str]) -> MailReason | None:
    """Return why ``letter`` is taken for one that no person wrote to us; None for all others."""
    sender = letter.from_address.lower()
    if letter.content_type.startswith("multipart/report"):
        return MailReason.RECEIPT if "disposition-notification" in letter.content_type else MailReason.BOUNCE
    if letter.return_path == "<>" and sender.partition("@")[0] in _SYSTEMS:
        return MailReason.BOUNCE
    if sender and sender in own_addresses:
        return MailReason.OWN
    if letter.stations > rules.MAX_STATIONS:
        return MailReason.LOOP
    if letter.is_list or letter.precedence in _BULK:
        return MailReason.LIST
    says_so = letter.auto_submitted not in ("", "no") or letter.is_marked_automatic or letter.return_path == "<>"
    if says_so or letter.precedence == "auto_reply" or _SAYS_AUTOMATIC.match(letter.subject):
        return MailReason.AUTO_REPLY
    return None
