"""Forms of acts that are hard to take back: they ask for the password again (docs/trust.md S-05)."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from efficiency.access import confirming
from efficiency.pages.forms import PortalForm


class ConfirmedForm(PortalForm):
    """
    A form that is valid only once the password was given in the last quarter of an hour.

    Its field is there only where it is needed, below all others, and is no parameter of the action. A password is
    looked at once everything else is right: what is wrong elsewhere costs nobody one of the few tries.
    """

    asked_because: Any = _("Asked for again because you gave it some time ago.")
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, at: datetime, asks: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request, self._at = request, at
        field = self.fields.pop("password")
        self.is_confirmed = confirming.is_recent(request, at=at)
        if asks and not self.is_confirmed:
            field.help_text = self.asked_because
            self.fields["password"] = field

    def clean(self) -> dict[str, Any]:
        """Take the password out of what goes to the action, and look whether it is right."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        password = cleaned.pop("password", "")
        if "password" in self.fields and not self.errors:
            self.is_confirmed = confirming.confirm(self._request, password, at=self._at)
            if not self.is_confirmed:
                self.add_error("password", _("The password is not right."))
        return cleaned
