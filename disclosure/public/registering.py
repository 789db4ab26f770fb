"""What the public pages of disclosure tell other parts of themselves; called once, when the app is ready."""

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from disclosure.documents import following
from disclosure.models import Document
from disclosure.public import indexing, invariants
from efficiency.pages import menu, sitemaps


def register() -> None:
    """Make menu, search of the header, site map and checks known, and have documents indexed as they are published."""
    following.register_follower(indexing.follow)
    menu.register(menu.PUBLIC, "disclosure", pgettext_lazy("public menu", "Disclosure"), to="disclosure:list", order=50)
    menu.register(menu.SEARCH, "disclosure", pgettext_lazy("menu", "Search documents"), to="disclosure:list", order=10)
    sitemaps.register_pages(
        "disclosure:list", "disclosure:completeness", "disclosure:request_new", "disclosure:data_index"
    )
    sitemaps.register_rows("documents", _readable, to="disclosure:document", changed_at="published_at")
    # Searches are endless, and what they find is listed anyway.
    sitemaps.keep_out("/disclosure/?q=", "/disclosure/requests/track/")
    invariants.register()


def _readable() -> QuerySet[Document]:
    return Document.objects.filter(published_at__isnull=False).readable()
