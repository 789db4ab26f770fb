"""What staff are told before the work: a late engine, a short calendar, what waits for a decision."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from efficiency import counterparts, first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.rows import rows_of
from efficiency.letters import rights as letters
from efficiency.organs.models import TenureChange
from efficiency.outbox import inbox
from efficiency.outbox.models import Message, MessageState
from efficiency.pages import engine
from efficiency.timing import store
from efficiency.timing.models import CalendarProposal


@dataclass(frozen=True, slots=True)
class Notice:
    """One line: how it looks, its sentence, and where it leads."""

    look: str  # info, warning, error
    text: str
    href: str = ""
    link: str = ""


Source = Callable[[HttpRequest], list[Notice]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Let an app above tell something as well, to those whom it concerns."""
    _sources.append(source)


def build(request: HttpRequest) -> dict[str, Any] | None:
    """Return what concerns the viewer; None where there is nothing to tell."""
    own = (_engine, _calendar, _letters, _tenures, _counterparts, _to_sign, _unsigned)
    notices = [notice for source in (*own, *_sources, _messages) for notice in source(request)]
    return {"notices": notices} if notices else None


def _engine(request: HttpRequest) -> list[Notice]:
    if not may(viewer(request), "engine.see"):
        return []
    health = engine.health(at=timezone.now())
    if health.is_fresh:
        return []
    text = _("The deadline engine is late: promises are not being watched at the moment. Nothing is lost.")
    return [Notice("error", text, reverse("admin:efficiency_sweep_changelist"), _("Look at the engine"))]


def _calendar(request: HttpRequest) -> list[Notice]:
    found = []
    if may(viewer(request), "calendar.confirm"):
        for proposal in CalendarProposal.objects.filter(outcome=CalendarProposal.Outcome.OPEN).order_by("year_id"):
            text = _("The year %(year)s has been typed in and waits for a second person.") % {"year": proposal.year_id}
            address = reverse("admin:efficiency_calendaryear_confirm", args=[proposal.year_id])
            found.append(Notice("info", text, address, _("Compare and confirm")))
    if may(viewer(request), "calendar.see") and store.coverage(timezone.now()).is_short:
        text = _("The working calendar is settled for less than 60 days ahead; later dates are provisional.")
        found.append(Notice("warning", text, reverse("admin:efficiency_calendaryear_changelist"), _("To the calendar")))
    return found


def _letters(request: HttpRequest) -> list[Notice]:
    if not may(viewer(request), "outbox.resend"):
        return []
    # Nearly never is there one, and which of them somebody may know of is a long question.
    if not Message.objects.filter(state=MessageState.DEAD).exists():
        return []
    dead = rows_of(Message, viewer(request)).filter(state=MessageState.DEAD).order_by()[:100].count()
    if not dead:
        return []
    text = ngettext("%(count)d letter could not be sent.", "%(count)d letters could not be sent.", dead)
    address = reverse("admin:efficiency_message_changelist") + "?state__exact=dead"
    return [Notice("warning", text % {"count": dead}, address, _("Look at the dead letters"))]


def _tenures(request: HttpRequest) -> list[Notice]:
    if not may(viewer(request), "tenure.confirm"):
        return []
    waiting = rows_of(TenureChange, viewer(request)).filter(outcome=TenureChange.Outcome.OPEN).order_by()[:100].count()
    if not waiting:
        return []
    text = ngettext("%(count)d proposal for a tenure waits.", "%(count)d proposals for tenures wait.", waiting)
    address = reverse("admin:efficiency_tenurechange_changelist") + "?outcome__exact=open"
    return [Notice("info", text % {"count": waiting}, address, _("Decide"))]


def _counterparts(request: HttpRequest) -> list[Notice]:
    if not may(viewer(request), "counterpart.approve"):
        return []
    if not first_page.may_wait(viewer(request), counterparts.waiting_for):
        return []
    waiting = counterparts.waiting_for(viewer(request))[:100].count()
    text = ngettext(
        "%(count)d change of a post's counterpart waits for you.",
        "%(count)d changes of posts' counterparts wait for you.",
        waiting,
    )
    address = reverse("admin:efficiency_counterpartchange_changelist") + "?outcome__exact=open"
    return [Notice("info", text % {"count": waiting}, address, _("Decide"))]


def _to_sign(request: HttpRequest) -> list[Notice]:
    if not first_page.may_wait(viewer(request), letters.to_sign):
        return []
    waiting = letters.to_sign(viewer(request))[:100].count()
    text = ngettext(
        "%(count)d responsibility letter waits for your signature.",
        "%(count)d responsibility letters wait for your signature.",
        waiting,
    )
    address = reverse("admin:efficiency_responsibilityletter_changelist") + "?standing=mine"
    return [Notice("info", text % {"count": waiting}, address, _("Read and sign"))]


def _unsigned(request: HttpRequest) -> list[Notice]:
    """Tell whoever leads an organ, or its office, which letters somebody has not signed."""
    if not may(viewer(request), "letter.issue") or not first_page.may_wait(viewer(request), letters.unsigned):
        return []
    waiting = letters.unsigned(viewer(request))[:100].count()
    text = ngettext(
        "%(count)d responsibility letter in your care lacks a signature.",
        "%(count)d responsibility letters in your care lack a signature.",
        waiting,
    )
    address = reverse("admin:efficiency_responsibilityletter_changelist") + "?standing=unsigned"
    return [Notice("info", text % {"count": waiting}, address, _("Look at the letters"))]


def _messages(request: HttpRequest) -> list[Notice]:
    unread = inbox.unread_count(viewer(request))
    if not unread:
        return []
    text = ngettext("You have %(count)d unread message.", "You have %(count)d unread messages.", unread)
    return [Notice("info", text % {"count": unread}, reverse("admin:messages"), _("Read"))]


portal().add_home("admin/_notices.html", build, position=5)
