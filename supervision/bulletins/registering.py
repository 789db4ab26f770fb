"""What this part tells the foundation once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def register() -> None:
    """Make the part known."""
    from efficiency import demonstration
    from efficiency.audit.labels import register_label
    from efficiency.pages import health, menu, sitemaps
    from supervision.bulletins import (
        access,
        contacts,
        deadlines,
        demo,
        disclosed,
        home,
        invariants,
        messages,
        open_data,
        organ_page,
        owing,
        sealing,
        tasks,  # noqa: F401 - the tasks register themselves
        workflow,
    )
    from supervision.models import Bulletin

    deadlines.register()
    access.register()
    contacts.register()
    messages.register()
    invariants.register()
    health.register_figures(owing.figures)
    sealing.register()
    disclosed.register()
    open_data.register()
    home.register()
    organ_page.register()
    demonstration.register("supervision.bulletins", demo.load)
    register_label("contact.edit", _("change how an office is reached"))
    for row in workflow.TABLE:
        register_label(f"bulletin.{row.action}", row.label)
    menu.register(menu.PUBLIC, "figures", pgettext_lazy("menu", "Figures"), to="supervision:statistics", order=60)
    sitemaps.register_pages("supervision:statistics", "supervision:definitions", "supervision:contacts")
    sitemaps.register_rows(
        "bulletins",
        Bulletin.objects.published,
        to="supervision:bulletin",
        argument="slug",
        changed_at="published_at",
    )
