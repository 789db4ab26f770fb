"""The app of service commitments: cases and how they are handled."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    """Registers what the cases promise and who may see them."""

    name = "complaints"
    verbose_name = _("complaints and requests")
