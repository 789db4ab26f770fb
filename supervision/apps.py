"""The efficiency office's own pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Each has a ``registering`` that makes it known.
PARTS = (
    "figures",
    "desk",
    "foresight",
    "inspections",
    "supervisors",
    "surveys",
    "reception",
    "bulletins",
    "pilots",
)


class SupervisionConfig(AppConfig):
    """Registers the pages of the office in the menus."""

    name = "supervision"
    verbose_name = _("supervision")

    def ready(self) -> None:
        """Put the office's pages into its menu."""
        from importlib import import_module

        from efficiency.access.may import may
        from efficiency.audit.labels import register_label
        from efficiency.pages import menu, sitemaps

        sitemaps.register_pages("supervision:home")
        sitemaps.keep_out("/supervision/")
        register_label("escalation.acknowledge", _("acknowledge an escalation"))

        menu.register(
            menu.SUPERVISION,
            "escalations",
            _("Broken promises"),
            to="supervision:escalations",
            order=10,
            may=lambda user: may(user, "supervision.open"),
        )
        menu.register(
            menu.SUPERVISION,
            "cards",
            _("Warning cards"),
            to="supervision:cards",
            order=20,
            may=lambda user: may(user, "supervision.open"),
        )
        menu.register(
            menu.SUPERVISION,
            "duties",
            _("First receiver, one notice, coordination"),
            to="supervision:duties",
            order=40,
            may=lambda user: may(user, "supervision.open"),
        )
        menu.register(
            menu.SUPERVISION,
            "matters",
            pgettext_lazy("menu", "Matters"),
            to="supervision:matters",
            order=30,
            may=lambda user: may(user, "supervision.open"),
        )
        menu.register(
            menu.SUPERVISION,
            "engine",
            _("Deadline engine"),
            to="supervision:engine",
            order=90,
            may=lambda user: may(user, "engine.see"),
        )
        for part in PARTS:
            import_module(f"supervision.{part}.registering").register()
