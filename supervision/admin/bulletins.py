"""Bulletins in the back office: the list, the page of one, its steps."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.steps.offers import Offer
from supervision.admin import bulletin_forms as forms
from supervision.bulletins import deadlines, editing, offers, views, workflow
from supervision.bulletins.enums import Section, State
from supervision.models import Bulletin

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME = 5
STEPS: dict[str, StaffStep] = {
    "write": StaffStep(
        forms.WriteForm,
        editing.write,
        (
            gettext_lazy("Figures are filled in from what is frozen; a typed number is refused."),
            gettext_lazy("Whoever writes of a bulletin does not approve it."),
        ),
    ),
    "submit": StaffStep(
        forms.StepForm,
        editing.submit,
        (gettext_lazy("The head of the office is asked to approve it. Until then it can be sent back to you."),),
    ),
    "send_back": StaffStep(forms.ReasonForm, editing.send_back, (gettext_lazy("It is a draft again."),)),
    "publish": StaffStep(
        forms.StepForm,
        editing.publish,
        (
            gettext_lazy(
                "Everybody reads it at once, as page, PDF, DOCX and CSV; it goes into the disclosure catalogue."
            ),
            gettext_lazy("Nothing of it changes any more: what changes later is told in the next bulletin."),
        ),
    ),
}


@admin.register(Bulletin)
class BulletinAdmin(StepPages[Bulletin]):
    """Bulletins of the own office; there is no adding one: the portal composes them when a period is over."""

    group, position = GROUP, 60
    see = "bulletin.see"
    steps, staff_steps = workflow.steps, STEPS
    templates, heading = "admin/supervision/bulletins", gettext_lazy("Bulletins")
    joined, ended = ("office",), (State.PUBLISHED,)
    list_display = ("called_in_list", "span", "state", "due", "frozen_at", "published_at")
    list_filter = (DueFilter, "span", "state")
    search_fields = ("slug",)
    search_help_text = gettext_lazy("Period, such as 2026-10")
    ordering = ("-until", "since", "-pk")
    sortable_by = ("called_in_list", "due", "published_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no: periods begin and end by themselves."""
        return False

    @admin.display(description=gettext_lazy("bulletin"), ordering="since")
    def called_in_list(self, bulletin: Bulletin) -> str:
        """Say what it is called."""
        return str(bulletin)

    def show(self, request: HttpRequest, found: Bulletin, at: datetime) -> HttpResponse:
        """Show a bulletin as everybody will read it, with what can be done and what happened."""
        return self.page(
            request,
            "bulletin.html",
            timeline=self.timeline(found, found.events.all()),
            **views.page_of(found),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    def file_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Answer that there is nothing: no files come with a bulletin."""
        raise Http404

    def offers(self, found: Bulletin, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Bulletin]:
        """Return the bulletins whose next step is the person's."""
        return offers.waiting_for(person)

    def may_read(self, person: User, found: Bulletin) -> bool:
        """Say whether the person may read the bulletin here."""
        return may(person, "bulletin.see", found)

    def first_values(self, found: Bulletin, action: str, at: datetime) -> dict[str, Any]:
        """Return what was written so far."""
        return {section.value: found.texts.get(section.value, "") for section in Section} if action == "write" else {}


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the bulletins whose next step is the viewer's; None where there are none."""
    if not may(request.user, "bulletin.edit"):
        return None
    if not first_page.may_wait(viewer(request), offers.waiting_for):
        return None
    waiting = list(offers.waiting_for(viewer(request))[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:supervision_bulletin_changelist") + "?due=mine"
    return {"bulletins": waiting, "address": address, "now": timezone.now()}


portal().add_home("admin/supervision/bulletins/_home.html", home, position=45, is_work=True)
