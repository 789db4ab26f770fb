"""
The files of one form: those that came with it now, and the good ones kept for it since an error (docs/trust.md P-10).

Whoever has a form with files does the same four things: count what is kept, hand all of them over, keep what was good
if the form comes back, and let go of them when it was taken.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import QueryDict

from efficiency.files import drafts
from efficiency.files.fields import KEPT_HOOK, MultiFileField
from efficiency.files.reasons import FIELD
from efficiency.files.store import NoRoom
from efficiency.pages.keys import key_in

if TYPE_CHECKING:
    from django import forms

    from efficiency.files.clean import CleanFile
    from efficiency.pages.form_token import FormToken

# The code of an error that says of all files that none of them is taken now.
OVER_LIMIT, NO_ROOM = "over_limit", "no_room"


@dataclass(frozen=True, slots=True)
class FormFiles:
    """The files of the form with ``token``; without ``has_kept`` it is known that none are kept for it."""

    token: "FormToken"
    at: datetime
    has_kept: bool = True

    def count_in(self, form: "forms.Form", sent: QueryDict) -> None:
        """Take off what the person asked to take off, and let the limits of the form count the rest."""
        field = _field(form)
        if field is None or self.token.is_new or not self.has_kept:
            return
        asked_off = [key_in(value) for value in sent.getlist("remove_file")]
        drafts.remove(self.token.value, [key for key in asked_off if key is not None])
        # Beside what the form counts of itself, such as what a reply has already.
        field.kept = [*field.kept, *drafts.listed(self.token.value, at=self.at)]

    def all_of(self, form: "forms.Form") -> "list[CleanFile]":
        """Return the files to hand over with the form, which is valid: the kept ones, then those that came now."""
        field = _field(form)
        if field is None:
            return []
        kept = drafts.take(self.token.value, at=self.at) if field.kept else []
        return [*kept, *form.cleaned_data[FIELD]]

    def keep(self, form: "forms.Form") -> None:
        """
        Keep what is good in a form that was validated and comes back, so that nobody has to choose it again.

        Where there is no room for it, or too much was sent already (docs/trust.md R-02), the page leaves it to the
        browser to give the files back.
        """
        field = _field(form)
        if field is None or form.has_error(FIELD, NO_ROOM) or form.has_error(FIELD, OVER_LIMIT):
            return
        try:
            if field.accepted:
                drafts.keep(self.token.value, field.accepted, at=self.at)
        except NoRoom as refusal:
            if not form.has_error(FIELD):
                form.add_error(FIELD, str(refusal.message))
        else:
            field.widget.attrs[KEPT_HOOK] = True

    def listed(self) -> list[drafts.Draft]:
        """Return what the form shows as kept."""
        return drafts.listed(self.token.value, at=self.at)

    def discard(self, form: "forms.Form") -> None:
        """Let go of what was kept: the form was taken."""
        field = _field(form)
        if field is not None and field.kept:
            drafts.discard(self.token.value)


def _field(form: "forms.Form") -> MultiFileField | None:
    """The field of the files; a form may have none."""
    field = form.fields.get(FIELD)
    return field if isinstance(field, MultiFileField) else None
