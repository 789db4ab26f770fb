"""What this part tells the foundation once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import demonstration
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.pages import menu, sitemaps

# What is recorded beside the steps of the tables.
RECORDED = {
    "pilotmilestone.download": _("fetch a file of a pilot task"),
    "pilotmilestone.harmful_file": _("something harmful was found in a file"),
}


def register() -> None:
    """Make kinds, rights, pages and words of this part known."""
    from supervision.pilots import (
        access,
        deadlines,
        demo,
        invariants,
        messages,
        milestones,
        participants,
        programmes,
        sealed,
        tasks,  # noqa: F401 - the tasks register themselves
    )
    from supervision.pilots.files import files

    demonstration.register("supervision.pilots", demo.load)
    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    sealed.register()
    for steps in (programmes.steps, participants.steps, milestones.steps):
        for row in steps.table:
            register_label(f"{steps.name}.{row.action}", row.label)
        for name, label in steps.begun.items():
            register_label(f"{steps.name}.{name}", label)
    for name, label in RECORDED.items():
        register_label(name, label)
    sitemaps.register_pages("supervision:pilot_list")
    menu.register(
        menu.SUPERVISION,
        "pilots",
        pgettext_lazy("menu", "Pilot programmes"),
        to="supervision:pilots",
        order=80,
        may=lambda user: may(user, "supervision.open"),
    )
