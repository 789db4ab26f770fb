"""Which pages of the foundation machines shall find, and where they have nothing to look for."""

from django.db.models import QuerySet
from django.utils import timezone

from efficiency.organs.models import Organ, Post
from efficiency.pages import sitemaps


def register() -> None:
    """Make the public pages of organs and posts known, and the fixed pages; called once, when the app is ready."""
    sitemaps.register_pages(
        *(
            "pages:posts",
            "pages:stand_ins",
            "pages:about",
            "pages:privacy",
            "pages:accessibility",
            "pages:status",
            "pages:integrity",
        )
    )
    sitemaps.register_rows("organs", _organs, to="pages:organ", argument="code")
    sitemaps.register_rows("posts", _posts, to="pages:post", argument="code")
    sitemaps.keep_out("/admin/", "/api/", "/preferences/")


def _organs() -> QuerySet[Organ]:
    return Organ.objects.active(timezone.localdate())


def _posts() -> QuerySet[Post]:
    return Post.objects.active(timezone.localdate())
