"""What the overview tells the foundation once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import demonstration
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.audit.verify import register_invariant
from efficiency.files import store
from efficiency.pages import menu
from supervision.desk import demo, exporting
from supervision.desk.reach import may_open
from supervision.models import DeskExport, ExportState

RECORDED = {
    "desk.export": _("take out a table of the overview"),
    "desk.ask_export": _("ask for a long list of the overview"),
    "desk.make_export": _("make a long list of the overview"),
    "desk.fetch_export": _("fetch a long list of the overview"),
}


def register() -> None:
    """Make pages, records, files and the demonstration known."""
    from supervision.desk import tasks  # noqa: F401 - the tasks register themselves

    menu.register(
        menu.SUPERVISION,
        "overview",
        pgettext_lazy("menu", "Overview"),
        to="supervision:overview",
        order=1,
        may=lambda user: may_open(user) or may(user, "engine.see"),
    )
    for name, label in RECORDED.items():
        register_label(name, label)
    store.register_keeper(
        lambda: DeskExport.objects.filter(state=ExportState.READY),
        folder=exporting.FOLDER,
        name="storage_name",
        sha256="sha256",
        size="size",
    )
    register_invariant("I-10", _("files of the overview are gone after their day"), exporting.kept_too_long)
    demonstration.register("supervision.desk", demo.load)
