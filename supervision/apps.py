"""The app of supervision."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupervisionConfig(AppConfig):
    """Supervision."""

    name = "supervision"
    verbose_name = _("supervision")
