"""What the foundation is told of this part, once Django is ready."""

from typing import Any

from django.core import checks
from django.utils.translation import gettext_lazy as _

from efficiency.audit.labels import register_label

RECORDED = {
    "paper.issue": _("issue a paper"),
    "paper.open": _("fetch a paper"),
    "paper.revoke": _("revoke a paper"),
    "bundle.ask": _("ask for a bundle of evidence"),
    "bundle.make": _("make a bundle of evidence"),
    "bundle.fetch": _("fetch a bundle of evidence"),
}


def register() -> None:
    """Make its kinds, rights, pages and words known."""
    from accountability.models import Bundle, BundleState, Paper
    from accountability.papers import access, actions, bundles, bundling, cards, invariants, messages, stories
    from accountability.papers import tasks as _tasks  # noqa: F401 - the tasks register themselves
    from efficiency.files import store
    from efficiency.pages.sitemaps import keep_out

    access.register()
    cards.register()
    stories.register()
    messages.register()
    bundles.register_head(bundling.head_of_chain)
    invariants.register()
    store.register_keeper(Paper.objects.all, folder=actions.FOLDER, name="storage_name", sha256="sha256", size="size")
    for name in ("pdf", "zip"):
        store.register_keeper(
            lambda: Bundle.objects.filter(state=BundleState.READY),
            folder=bundling.FOLDER,
            name=f"{name}_name",
            sha256=f"{name}_sha256",
            size=f"{name}_size",
        )
    for action, label in RECORDED.items():
        register_label(action, label)
    keep_out("/verify/")
    checks.register(fonts_are_there)


def fonts_are_there(**_app: Any) -> list[checks.CheckMessage]:
    """Report fonts that were not fetched: the portal runs without them, but no paper is issued (docs/operate.md)."""
    from accountability.papers.layout import missing_fonts

    if not (missing := missing_fonts()):
        return []
    return [
        checks.Warning(
            f"Fonts of papers are missing: {', '.join(missing)}.", hint="Run `make setup`.", id="papers.W001"
        )
    ]
