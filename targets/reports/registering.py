"""What the foundation is told of reports, once Django is ready."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.pages import menu
from targets.plans import following
from targets.reports import access, deadlines, invariants, messages, opening, sealing, workflow
from targets.reports.files import files

# What is recorded beside the steps of the table.
RECORDED = {
    "report.download": _("fetch evidence of a target report"),
    "report.harmful_file": _("something harmful was found in a file"),
    "target.comment": _("comment on the progress of a target plan"),
    "target.export": _("take out a list of targets"),
}


def register() -> None:
    """Make kinds, rights, pages and words of reports known."""
    from targets.reports import tasks  # noqa: F401 - the tasks register themselves

    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    sealing.register()
    following.register(opening.follow)
    for row in workflow.TABLE:
        register_label(f"report.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(name, label)
    menu.register(
        menu.SUPERVISION,
        "targets",
        pgettext_lazy("menu", "Targets"),
        to="targets:progress",
        order=25,
        may=lambda user: may(user, "target.progress"),
    )
