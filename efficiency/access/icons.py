"""The icons by which the back office says yes and no; a reader that cannot see them hears words."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext as _


def boolean_icon(value: bool | None) -> str:
    """Return Django's icon for a value, with a word instead of ``True``, ``False`` or ``None``."""
    name, word = {True: ("yes", _("yes")), False: ("no", _("no")), None: ("unknown", _("not known"))}[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), word)
