"""Why a file is not taken, in sentences that name it and say what to do (docs/trust.md U-01, U-06)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from efficiency.files.names import isolated
from efficiency.refusals import Refused

FIELD = "attachments"

REASONS: dict[str, Promise] = {
    "empty": _("The file %(name)s is empty. Please check it and choose it again."),
    "too_large": _("The file %(name)s is larger than 10 MB. Please send a smaller one."),
    "too_many": _("The file %(name)s was left out: at most 10 files can be sent at once."),
    "too_much": _("The file %(name)s was left out: together the files would be larger than 30 MB."),
    "not_taken": _(
        "The file %(name)s is of a kind that we cannot take. Please send JPEG, PNG, PDF, DOCX, XLSX or TXT."
    ),
    "declared": _(
        "The file %(name)s was sent as another kind than its name says. Please save it anew and choose it again."
    ),
    "content": _("The content of the file %(name)s is not what its name says. Please save it anew in the right kind."),
    "two_kinds": _("The file %(name)s is two kinds of file at once. Please save it anew and choose it again."),
    "old_office": _(
        "The file %(name)s has a password or is in an old format. "
        "Please save it without a password as DOCX, XLSX or PDF."
    ),
    "damaged": _("The file %(name)s is damaged or not complete. Please save it anew and choose it again."),
    "not_text": _("The file %(name)s is not plain text. Please save it as TXT in UTF-8, or as PDF."),
    "too_many_pixels": _("The picture %(name)s has more than 40 megapixels. Please send it in a smaller size."),
    "unpacks_too_large": _("The file %(name)s becomes too large when it is opened. Please send it as PDF or in parts."),
    "too_heavy": _("The file %(name)s takes too much time or memory to read. Please send it as PDF or in parts."),
    "too_slow": _("There was no time left for the file %(name)s. Please send fewer files at once."),
    "encrypted": _("The file %(name)s has a password. Please save it without one."),
    "script": _("The file %(name)s contains a program or a form that acts by itself. Please print it to a new PDF."),
    "macro": _("The file %(name)s contains macros. Please save it without them, or as PDF."),
    "embedded": _(
        "The file %(name)s contains another file or an embedded object. "
        "Please send it as PDF, and the other one separately."
    ),
    "external": _("The file %(name)s loads parts from elsewhere. Please save it as PDF."),
    "unsafe_xml": _("The file %(name)s is built in a way that we cannot check. Please save it as PDF."),
    "unknown_part": _("The file %(name)s contains parts that we do not know. Please save it as PDF."),
}


class BadFile(Refused):
    """One file is not taken. ``name`` is its cleaned name, ``code`` a key of ``REASONS``."""

    def __init__(self, name: str, code: str) -> None:
        super().__init__(REASONS[code] % {"name": isolated(name)}, FIELD)
        self.name = name
        self.code = code
