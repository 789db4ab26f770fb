"""What this part tells the foundation once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import demonstration, handing_over, succession
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from efficiency.pages import menu

# Pages of the menu with their places.
PAGES = (
    ("passing", pgettext_lazy("menu", "Buck-passing"), 50),
    ("forecast", pgettext_lazy("menu", "Forecast"), 15),
    ("doubts", pgettext_lazy("menu", "Doubtful closings"), 55),
    ("sampling", pgettext_lazy("menu", "Quality review"), 60),
)


def register() -> None:
    """Make the part known."""
    from supervision.foresight import demo, tasks  # noqa: F401 - the tasks register themselves
    from supervision.foresight.sampling import access, deadlines, invariants, messages, passing, sealing, workflow
    from supervision.models import LikenessRule, SampleSheet

    access.register()
    deadlines.register()
    handing_over.register(SampleSheet, pass_on=passing.pass_on)
    succession.register_staying(SampleSheet._meta.label_lower, succession.OF_OFFICE)
    messages.register()
    sealing.register()
    seal(Sealed("likeness_rule", LikenessRule, content=("share", "reason", "set_by", "set_at")))
    invariants.register()
    register_label("passing.export", _("take out the table of buck-passing"))
    register_label("doubts.set", _("set from which share on replies are nearly the same"))
    register_label("outlook.export", _("take out a table of the outlook"))
    demonstration.register("supervision.foresight", demo.load)
    register_label("sampling.draw", _("draw cases for quality review"))
    for row in workflow.TABLE:
        register_label(f"samplesheet.{row.action}", row.label)
    for name, label, order in PAGES:
        menu.register(
            menu.SUPERVISION,
            name,
            label,
            to=f"supervision:{name}",
            order=order,
            may=lambda user: may(user, "supervision.open"),
        )
