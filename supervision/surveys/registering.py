"""What this part tells the foundation once Django is ready; none of it asks the database."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import demonstration
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.pages import menu, sitemaps
from efficiency.pages.views import gives_back

# What is recorded beside the steps of the table.
RECORDED = {
    "draft": _("draft an opinion survey"),
    "begin_batch": _("begin a batch of forms on paper"),
    "look_over": _("look typed forms over"),
    "ask": _("add a question to a survey"),
    "reword": _("change a question of a survey"),
    "remove": _("take a question out of a survey"),
    "read": _("read what people wrote in a survey"),
    "export": _("take out the results of a survey"),
}


def register() -> None:
    """Make the part known."""
    from supervision.home import parts
    from supervision.surveys import (
        access,
        afterwards,
        deadlines,
        demo,
        disclosed,
        invariants,
        messages,
        sealing,
        showing,
        tasks,  # noqa: F401 - the tasks register themselves
        views,
        workflow,
    )

    demonstration.register("supervision.surveys", demo.load)
    deadlines.register()
    access.register()
    messages.register()
    afterwards.register()
    invariants.register()
    disclosed.register()
    sealing.register()
    for row in workflow.TABLE:
        register_label(f"opinion.{row.action}", row.label)
    for name, label in RECORDED.items():
        register_label(f"opinion.{name}", label)
    gives_back("supervision:survey_answer", views.give_back)
    sitemaps.register_pages("supervision:surveys")
    parts.register("surveys", order=65, template="supervision/surveys/_home.html", context=showing.at_home)
    menu.register(
        menu.SUPERVISION,
        "surveys",
        pgettext_lazy("menu", "Opinion surveys"),
        to="admin:supervision_survey_changelist",
        order=60,
        may=lambda user: may(user, "opinion.see"),
    )
