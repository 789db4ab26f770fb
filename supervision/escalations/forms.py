"""What the office types about a broken promise."""

from django import forms
from django.utils.translation import gettext_lazy as _

from efficiency.pages.forms import PortalForm


class AcknowledgeForm(PortalForm):
    """The parameters of ``supervision.escalations.acknowledging.acknowledge``."""

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the office does about it. Internal."),
        error_messages={"max_length": _("Please use at most 1,000 characters for the note.")},
    )


class OrderForm(PortalForm):
    """The parameters of ``complaints.actions.order_supervision``."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What is ordered"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The organ has five working days to answer."),
        error_messages={
            "required": _("Please say what the organ is to do."),
            "max_length": _("Please use at most 2,000 characters for the order."),
        },
    )
