"""Drafts of long forms: what of a form is kept, and where the page says that something was."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from complaints import actions
from complaints.admin.forms import FORMS, LONG, PART_FORMS
from efficiency.access.models import User

# The reply has a draft of its own, which everybody who handles the case sees (docs/domain.md 4.6).
SHARED = frozenset({"save_draft", "propose_reply"})
# The form for somebody who calls, writes or comes.
INTAKE = "intake"


def _is_long(form: type[forms.Form]) -> bool:
    widgets = [field.widget for field in form.base_fields.values()]  # type: ignore[attr-defined]  # of Django's metaclass
    return any(isinstance(each, forms.Textarea) and int(each.attrs["rows"]) >= LONG["rows"] for each in widgets)


# Steps with a form in which something is written at length.
KEPT = frozenset(name for name, form in FORMS.items() if name not in SHARED and _is_long(form))
# The same of assisting organs, in their parts.
KEPT_OF_PART = frozenset(name for name, form in PART_FORMS.items() if _is_long(form))


def values_of(form: forms.Form) -> dict[str, Any]:
    """Return what was typed and chosen in a form that was sent: no file, and nothing that the page put there itself."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
        if not isinstance(field, forms.FileField) and not field.widget.is_hidden
    }


def is_by_itself(request: HttpRequest) -> bool:
    """Say whether the page saves by itself while somebody writes (``static/js/autosave.js``)."""
    return request.headers.get("X-Requested-With") == "fetch"


def told(words: str) -> HttpResponse:
    """Answer a page that saved by itself: with nothing, or with the words to show beside the form."""
    if not words:
        return HttpResponse(status=204)
    return HttpResponse(words, status=409, content_type="text/plain; charset=utf-8")


def why_not_kept(by: User, form: str, values: dict[str, Any], /, **more: Any) -> str:
    """Keep what was typed, with what ``actions.keep_form`` takes besides; return why that could not be done, or ""."""
    try:
        kept = actions.keep_form(by, form, values, **more)
    except actions.Invalid as refused:
        return str(refused)
    return "" if kept else _("You have taken this step meanwhile: what you write here is not kept as a draft.")


def shown(draft: actions.Written | None, address: str, *, version: int | None = None) -> dict[str, Any]:
    """
    Return what ``_draft_notice.html`` and ``_draft_save.html`` show.

    :param address: where the form is saved
    :param version: that of the case now, to say whether it has gone on since
    """
    has_gone_on = draft is not None and version is not None and draft.version != version
    return {"draft": draft, "draft_href": address, "has_gone_on": has_gone_on}
