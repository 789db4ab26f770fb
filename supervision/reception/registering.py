"""What this part tells the foundation once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# What is recorded beside the steps of the tables.
RECORDED = {
    "reception.lay_down": _("lay down reception days"),
    "receptionbooking.reveal": _("look at a visitor"),
}


def register() -> None:
    """Make kinds, rights, messages, checks, tasks, pages and words known."""
    from complaints import deadlines as case_deadlines
    from efficiency import demonstration, erasure_ledger
    from efficiency.access.may import may
    from efficiency.audit.labels import register_label
    from efficiency.pages import menu, sitemaps
    from efficiency.pages.views import gives_back
    from supervision.home import parts
    from supervision.reception import (
        access,
        appointments,
        deadlines,
        demo,
        erasing,
        invariants,
        messages,
        receiving,
        sealing,
        tasks,  # noqa: F401 - the tasks register themselves
        views,
        workflow,
    )

    deadlines.register()
    case_deadlines.register_reception(receiving.told_at)
    access.register()
    messages.register()
    invariants.register()
    sealing.register()
    erasure_ledger.register(erasing.visitors.of, replay=erasing.visitors.replay, complete=erasing.visitors.complete)
    demonstration.register("supervision.reception", demo.load)
    for name in ("reception_day", "reception_cancel"):
        gives_back(f"supervision:{name}", views.give_back)
    parts.register("reception", order=60, template="supervision/reception/_home.html", context=views.next_day)
    sitemaps.register_pages("supervision:reception")
    sitemaps.keep_out("/reception/track/")
    for row in workflow.TABLE:
        register_label(f"reception.{row.action}", row.label)
    for step in appointments.TABLE:
        register_label(f"receptionbooking.{step.action}", step.label)
    for action, label in appointments.BEGUN.items():
        register_label(f"receptionbooking.{action}", label)
    for name, words in RECORDED.items():
        register_label(name, words)
    menu.register(
        menu.SUPERVISION,
        "reception",
        pgettext_lazy("menu", "Reception days"),
        to="supervision:reception_overview",
        order=60,
        may=lambda user: may(user, "supervision.open"),
    )
