"""What the foundation is told of sheets that are taken out, once Django is ready."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.labels import register_label


def register() -> None:
    """Make the words of what is recorded known."""
    register_label("appraisal.export", _("take out an appraisal sheet"))
