"""The places that letters come from, as the settings name them (docs/mail.md)."""

from django.conf import settings

from complaints.mailbox.drop import Folder
from complaints.mailbox.imap import Imap
from complaints.mailbox.mailbox import Mailbox


def configured() -> list[Mailbox]:
    """Return the mailboxes of the settings; none where mail is not taken in."""
    found: list[Mailbox] = []
    if settings.MAIL_INTAKE_URL:
        found.append(Imap(settings.MAIL_INTAKE_URL, ca=settings.MAIL_INTAKE_CA, move_to=settings.MAIL_INTAKE_MOVE_TO))
    if settings.MAIL_INTAKE_FOLDER:
        found.append(Folder(settings.MAIL_INTAKE_FOLDER))
    return found
