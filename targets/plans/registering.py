"""What the foundation is told of plans, once Django is ready."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.labels import register_label
from targets.plans import access, deadlines, invariants, messages, sealing, workflow
from targets.plans.files import files

# What is recorded beside the steps of the table.
RECORDED = {
    "draft": _("draft a target plan"),
    "draft_many": _("draft many target plans"),
    "export": _("take out the draft of a target plan"),
    "import": _("take in the draft of a target plan"),
    "download": _("fetch a file of a target plan"),
    "harmful_file": _("something harmful was found in a file"),
}


def register() -> None:
    """Make kinds, rights, pages and words of plans known."""
    from targets.plans import tasks  # noqa: F401 - the tasks register themselves

    sealing.register()
    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    for row in workflow.TABLE:
        register_label(f"plan.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(f"plan.{name}", label)
