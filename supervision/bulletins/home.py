"""What bulletins show on the home page: the last month in four figures, and the latest bulletin (docs/ui.md 5.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supervision.bulletins import reading
from supervision.bulletins.enums import Span
from supervision.home import parts
from supervision.models import Bulletin

FOUR = ("received", "on_time_closing", "satisfaction")
CARDS = ("cards_yellow", "cards_red")


def figures(at: datetime) -> Mapping[str, Any] | None:
    """Return the last published month in four figures with what they are compared with; None before there is one."""
    bulletin = Bulletin.objects.published().filter(span=Span.MONTH).first()
    if bulletin is None:
        return None
    content = reading.head_of(bulletin)
    lines = content.lines(FOUR)
    return {"bulletin": bulletin, "lines": lines, "cards": content.lines(CARDS)} if lines else None


def latest(at: datetime) -> Mapping[str, Any] | None:
    """Return the bulletin that was published last; None before there is one."""
    bulletin = Bulletin.objects.published().order_by("-published_at", "-pk").select_related("office").first()
    return {"bulletin": bulletin, "headline": reading.head_of(bulletin).headline()} if bulletin else None


def register() -> None:
    """Make both parts known."""
    parts.register("figures", order=30, template="supervision/bulletins/_home_figures.html", context=figures)
    parts.register("bulletin", order=70, template="supervision/bulletins/_home_latest.html", context=latest)
