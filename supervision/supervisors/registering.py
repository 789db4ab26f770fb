"""What this part tells the foundation once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import demonstration
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.pages import menu, sitemaps

# What is recorded beside the steps of the tables.
RECORDED = {
    "observation.download": _("fetch a file of an observation"),
    "observation.look_at_pictures": _("look at photographs of an observation"),
    "observation.harmful_file": _("something harmful was found in a file"),
    "gathering.download": _("fetch a file of a tour or meeting"),
    "gathering.harmful_file": _("something harmful was found in a file"),
}


def register() -> None:
    """Make kinds, rights, pages and words of this part known."""
    from supervision.supervisors import (
        access,
        appointing,
        deadlines,
        demo,
        gathering,
        invariants,
        messages,
        observing,
        papers,
        sealed,
        succeeding,
        tasks,  # noqa: F401 - the tasks register themselves
    )
    from supervision.supervisors.files import files, gathering_files

    demonstration.register("supervision.supervisors", demo.load)
    deadlines.register()
    access.register()
    messages.register()
    files.register()
    gathering_files.register()
    invariants.register()
    sealed.register()
    succeeding.register()
    papers.register()
    for steps in (appointing.steps, observing.steps, gathering.steps):
        for row in steps.table:
            register_label(f"{steps.name}.{row.action}", row.label)
        for name, label in steps.begun.items():
            register_label(f"{steps.name}.{name}", label)
    for name, label in RECORDED.items():
        register_label(name, label)
    sitemaps.register_pages("supervision:supervisor_list")
    sitemaps.keep_out("/supervisors/own/")
    menu.register(
        menu.SUPERVISION,
        "supervisors",
        pgettext_lazy("menu", "Social supervisors"),
        to="supervision:supervisors",
        order=60,
        may=lambda user: may(user, "supervision.open"),
    )
