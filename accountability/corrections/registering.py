"""What the foundation is told of this part, once Django is ready."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.corrections import (
    access,
    cases,
    deadlines,
    demo,
    invariants,
    level_four,
    messages,
    papers,
    succeeding,
    workflow,
)
from accountability.corrections.files import files
from efficiency import demonstration
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.pages import menu

# What is recorded beside the steps of the table.
RECORDED = {
    "draft": _("draft a correction"),
    "download": _("fetch a file of a correction"),
    "harmful_file": _("something harmful was found in a file"),
    "send_back": _("send the result of a correction back"),
    "issue_proposal": _("issue what the portal proposes"),
    "export": _("take out a list of corrections"),
}


def register() -> None:
    """Make its kinds, rights, pages and words known."""
    from accountability.corrections import tasks  # noqa: F401 - the tasks register themselves

    demonstration.register("corrections", demo.load)
    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    papers.register()
    cases.register()
    succeeding.register()
    level_four.register()
    for row in workflow.TABLE:
        register_label(f"correction.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(f"correction.{name}", label)
    menu.register(
        menu.SUPERVISION,
        "corrections",
        pgettext_lazy("menu", "Corrections"),
        to="accountability:corrections",
        order=20,
        may=lambda user: may(user, "supervision.open"),
    )
