"""What the foundation is told of this part, once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.corrections import origins
from accountability.corrections.enums import Source
from efficiency import demonstration
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.pages import menu
from supervision.inspections import access, deadlines, demo, invariants, messages, papers, sealed, workflow
from supervision.inspections.files import files
from supervision.models import Finding

# What is recorded beside the steps of the tables.
RECORDED = {
    "inspection.prepare": _("prepare an inspection"),
    "inspection.export": _("take out a list of inspections"),
    "visit.plan": _("plan a visit of an inspection"),
    "visit.fill": _("fill in a checklist"),
    "visit.download": _("fetch a file of an inspection"),
    "visit.look_at_pictures": _("look at photographs of an inspection"),
    "visit.harmful_file": _("something harmful was found in a file"),
    "checklist.change": _("change a checklist"),
    "checklist.end": _("end a checklist"),
}


def register() -> None:
    """Make its kinds, rights, pages and words known."""
    from supervision.inspections import tasks  # noqa: F401 - the tasks register themselves

    demonstration.register("supervision.inspections", demo.load)
    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    sealed.register()
    papers.register()
    origins.register(Source.INSPECTION, Finding)
    for prefix, table in (("inspection", workflow.PLAN_TABLE), ("visit", workflow.TABLE)):
        for row in table:
            register_label(f"{prefix}.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(name, label)
    menu.register(
        menu.SUPERVISION,
        "inspections",
        pgettext_lazy("menu", "Inspections"),
        to="supervision:inspections",
        order=25,
        may=lambda user: may(user, "supervision.open"),
    )
