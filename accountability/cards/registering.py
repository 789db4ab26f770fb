"""What the foundation is told of this part, once Django is ready."""

from django.utils.translation import gettext_lazy as _

from accountability.cards import access, deadlines, demo, invariants, issuing, messages, workflow
from accountability.cards.files import files
from efficiency import demonstration
from efficiency.audit.labels import register_label

# What is recorded beside the steps of the table.
RECORDED = {
    "download": _("fetch a file of a card"),
    "harmful_file": _("something harmful was found in a file"),
    "set_points": _("set the points of cards"),
    "propose_sweep_withdrawal": _("propose to revoke all cards of a sweep"),
    "export": _("export a list of cards"),
}


def register() -> None:
    """Make its kinds, rights, pages and words known."""
    from accountability.cards import tasks  # noqa: F401 - the tasks register themselves

    deadlines.register()
    issuing.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    demonstration.register("cards", demo.load)
    demonstration.register_following(issuing.issue_missing)
    for row in workflow.TABLE:
        register_label(f"card.{row.action}", row.label)
    for name, label in workflow.BEGINNINGS.items():
        register_label(f"card.{name}", label)
    for name, label in RECORDED.items():
        register_label(f"card.{name}", label)
