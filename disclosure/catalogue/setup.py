"""What the catalogue tells the foundation; called once, when the app is ready."""

from typing import Any

from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.catalogue import access, exchange, invariants, organ_page, promise, raising, standard, succeeding
from disclosure.documents import following
from efficiency import facts
from efficiency.access.may import may
from efficiency.audit.labels import register_label
from efficiency.pages import menu


def register(config: Any) -> None:
    """Let the parts know of each other; ``config`` is the app, after whose migrations the headings are added."""
    # A set-up step, not a rule: a portal in service needs the headings without any demonstration.
    post_migrate.connect(standard.ensure_after_migrate, sender=config)
    access.register()
    promise.register()
    raising.register()
    facts.register_listener(raising.on_fact)
    following.register_follower(raising.follow)
    exchange.register()
    invariants.register()
    succeeding.register()
    organ_page.register()
    menu.register(
        menu.SUPERVISION,
        "completeness",
        pgettext_lazy("menu", "Disclosure"),
        to="disclosure:completeness",
        order=50,
        may=lambda user: may(user, "supervision.open"),
    )
    register_label("publicationduty.end", _("end a duty to publish"))
    register_label("publicationduty.lay", _("lay duties to publish on organs"))
    register_label("owedpublication.release", _("release what was to be published"))
    register_label("owedpublication.fulfil", _("name a published document for what was owed"))
