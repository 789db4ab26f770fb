"""
What is kept about whoever filed something, as their own page shows it (docs/trust.md P-13).

What is the same for cases and for requests: the code once more, other ways to be reached, who looked, the refusal of an
erasure. What is kept, and what may be asked for, each says itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from efficiency.access import limits
from efficiency.pages.forms import PortalForm
from efficiency.pages.timeline_view import Text
from efficiency.refusals import Refused, WrongCode

YES_NO = [("yes", pgettext_lazy("answer", "Yes")), ("no", pgettext_lazy("answer", "No"))]


class Masked(Protocol):
    """By which ways somebody can be reached, as it may stand on a page."""

    @property
    def phone(self) -> str: ...

    @property
    def email(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the identity as whoever filed is told of it: when, and for which organ."""

    at: datetime
    organ: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why what was asked for was refused, and when."""

    at: datetime
    ground: Text
    text: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the pages of one's own data lie, and those that they lead back to."""

    number: str
    subject: str
    own: str


class CodeAgainForm(PortalForm):
    """The code once more, before anything about the person is shown or changed (docs/trust.md P-13)."""

    code = forms.CharField(
        label=_("Secret code, once more"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false"}),
        help_text=_("So that nobody but you gets to see or change this, even on a screen that was left open."),
        error_messages={"required": _("Please enter the secret code of your receipt.")},
    )


class ContactForm(CodeAgainForm):
    """Other ways to reach somebody: None keeps what is there, an empty text removes it."""

    phone = forms.CharField(
        label=_("New telephone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    drop_phone = forms.BooleanField(label=_("Keep no telephone number of mine"), required=False)
    email = forms.EmailField(
        label=_("New e-mail address"),
        required=False,
        max_length=120,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Please check the e-mail address; it should look like name@example.cn.")},
    )
    drop_email = forms.BooleanField(label=_("Keep no e-mail address of mine"), required=False)
    letters = forms.ChoiceField(
        label=_("Send a note by e-mail when there is news?"),
        choices=[("", pgettext_lazy("answer", "as before")), *YES_NO],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("The note holds the number of your case and nothing else."),
    )

    field_order: tuple[str, ...] = ("phone", "drop_phone", "email", "drop_email", "letters", "code")

    def __init__(self, *args: Any, masked: Masked, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, known in (("phone", masked.phone), ("email", masked.email)):
            self.tell_what_is_there(name, known)

    def tell_what_is_there(self, name: str, known: str) -> None:
        """Say below a field what is kept now."""
        told = _("We have: %(known)s. Leave this empty to keep it.") if known else _("We have none.")
        self.fields[name].help_text = told % {"known": known}

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into values of the action."""
        data = super().clean() or {}
        for name in ("phone", "email"):
            self.keep_or_drop(data, name)
        data["wants_email"] = answer_of(data.pop("letters", ""))
        return data

    def keep_or_drop(self, data: dict[str, Any], name: str) -> None:
        """Turn a field and the box beside it into one value: the new one, none, or None for what is there."""
        drop, typed = data.pop(f"drop_{name}", False), data.get(name)
        if drop and typed:
            self.add_error(f"drop_{name}", _("Please choose one of the two: the new one, or none."))
        data[name] = "" if drop else typed or None


def answer_of(value: str) -> bool | None:
    """Turn a choice of ``YES_NO`` into true, false or no answer."""
    return {"yes": True, "no": False}.get(value)


def with_code(request: HttpRequest, form: PortalForm, act: Callable[..., Any]) -> tuple[Any, int]:
    """
    Take, on POST, an act that asks for the code again; return what it gave, and the seconds to wait if it is refused.

    A wrong code counts like one on the page for tracking (docs/trust.md R-02).
    """
    if request.method != "POST":
        return None, 0
    wait = limits.wait_for_codes(request)
    if not wait and form.is_valid():
        try:
            return act(timezone.now(), **form.cleaned_data), 0
        except WrongCode as wrong:
            form.add_error("code", str(wrong.message))
            wait = limits.wrong_code(request)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
    if wait:
        form.add_error(None, gettext("Too many wrong codes came from your connection. Please try again later."))
    return None, wait


def page(request: HttpRequest, template: str, values: dict[str, Any], wait: int) -> HttpResponse:
    """Return a page of one's own data, which no cache keeps; with how long to wait where codes were wrong too often."""
    response = render(request, template, values, status=429 if wait else 200)
    response["Cache-Control"] = "no-store"
    if wait:
        response["Retry-After"] = str(wait)
    return response
