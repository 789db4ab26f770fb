"""What the foundation is told of this part, once Django is ready."""

from django.utils.translation import gettext_lazy as _

# What is recorded beside the steps of the table.
RECORDED = {
    "register": _("enter a clue"),
    "view": _("read a fault case"),
    "reveal": _("look at the names in a fault case"),
    "download": _("fetch a file of a fault case"),
    "own_view": _("read the notices of a fault case about oneself"),
    "harmful_file": _("something harmful was found in a file"),
}


def register() -> None:
    """Make its kinds, rights, pages and words known."""
    from accountability.cards import following
    from accountability.corrections import following as corrections
    from accountability.faults import (
        access,
        clues,
        deadlines,
        demo,
        imposing,
        invariants,
        ledger,
        messages,
        papers,
        workflow,
    )
    from accountability.faults import tasks as tasks  # the tasks register themselves
    from accountability.faults.files import files
    from efficiency import demonstration
    from efficiency.access.may import may
    from efficiency.audit.labels import register_label
    from efficiency.deadlines import registry
    from efficiency.pages import menu

    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    papers.register()
    imposing.register()
    demonstration.register("faults", demo.load)
    demonstration.register_following(clues.from_missing)
    following.register(clues.FOLLOWER)
    corrections.register(clues.from_correction)
    registry.register_handler(3, clues.from_batch)
    for row in workflow.TABLE:
        register_label(f"fault.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(f"fault.{name}", label)
    ledger.register()
    menu.register(
        menu.SUPERVISION,
        "faults",
        _("Fault cases"),
        to="accountability:faults",
        order=25,
        may=lambda user: may(user, "supervision.open"),
    )
