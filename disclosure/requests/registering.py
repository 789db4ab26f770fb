"""What the foundation is told of requests for information, once Django is ready."""

from django.utils.translation import gettext_lazy as _

from disclosure.requests import access, deadlines, demo, erasing, invariants, messages, succeeding, workflow
from disclosure.requests.erasing import applicants
from disclosure.requests.files import files
from efficiency import demonstration, erasure_ledger
from efficiency.audit.labels import register_label

# What is recorded beside the steps of the table.
RECORDED = {
    "register": _("register a request for information"),
    "reveal": _("look at the applicant"),
    "open_proof": _("open a proof of identity"),
    "download": _("fetch a file of a request"),
    "harmful_file": _("something harmful was found in a file"),
    "enter_figures": _("enter figures of disputes"),
    "decide_review": _("decide on a review"),
    "own_copy": _("applicant looks at their own data"),
    "erase": _("who asked was erased at their wish"),
    "place_hold": _("place a hold on erasure"),
    "lift_hold": _("lift a hold on erasure"),
}


def register() -> None:
    """Make promises, rights, messages, files, checks, tasks and words known."""
    from disclosure.requests import tasks, views  # noqa: F401 - the tasks register themselves
    from efficiency.pages.views import gives_back

    gives_back("disclosure:request_new", views.give_back)
    for name in ("request_track", "request_step"):
        gives_back(f"disclosure:{name}", views.give_step_back)
    demonstration.register("requests", demo.load)
    erasure_ledger.register(applicants.of, replay=erasing.replay, complete=applicants.complete)
    deadlines.register()
    access.register()
    messages.register()
    files.register()
    invariants.register()
    succeeding.register()
    for row in workflow.TABLE:
        register_label(f"inforequest.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(f"inforequest.{name}", label)
    register_label("requesthold.lift", RECORDED["lift_hold"])
