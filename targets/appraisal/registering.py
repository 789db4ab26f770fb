"""What the foundation is told of appraisals, once Django is ready."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.labels import register_label
from targets.appraisal import (
    access,
    deadlines,
    disclosed,
    entering,
    invariants,
    messages,
    procedure_invariants,
    sealing,
    terms,
    workflow,
)
from targets.appraisal.files import files

# What is recorded beside the steps of the table.
RECORDED = {
    "prepare": _("prepare an appraisal"),
    "download": _("fetch a file of an appraisal"),
    "harmful_file": _("something harmful was found in a file"),
    "object_to": _("object to an appraisal sheet"),
    "enter_survey": _("enter a survey result"),
    "confirm_survey": _("confirm a survey result"),
}


def register() -> None:
    """Make kinds, rights, pages and words of appraisals known."""
    from targets.appraisal import tasks  # noqa: F401 - the tasks register themselves

    sealing.register()
    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    entering.register()
    terms.register()
    procedure_invariants.register()
    disclosed.register()
    for row in workflow.TABLE:
        register_label(f"appraisal.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(f"appraisal.{name}", label)
