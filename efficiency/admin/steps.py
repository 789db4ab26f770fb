"""
Pages of a subject that goes its way by steps (docs/architecture.md, A subject with steps).

Each step is a page of its own: what will happen, the fields, the act. What a step may do is decided by its action.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.models import User
from efficiency.audit.records import record, record_once_a_day
from efficiency.deadlines.models import Deadline
from efficiency.files.fields import MultiFileField
from efficiency.files.kept import KeptFiles
from efficiency.files.pictures import KeptPictures
from efficiency.kept_questions import is_within
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.pages.form_token import FormToken
from efficiency.pages.promise_view import nearest, views_of
from efficiency.pages.timeline_view import FileLink, Stage, TimelineEntry
from efficiency.refusals import Refused
from efficiency.steps.frame import Steps
from efficiency.steps.offers import Offer
from efficiency.steps.refusals import Absent, Changed

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class StaffStep:
    """A step as a page: its form, its action, and what will happen."""

    form: type[Any]
    act: Callable[..., Any]
    effects: tuple[str | Lazy, ...] = ()


class DueFilter(admin.SimpleListFilter):
    """By when something is due; for lists of subjects that keep ``next_due_at``."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def __init__(self, request: HttpRequest, params: Any, model: type[Model], model_admin: "StepPages[Any]") -> None:
        self.pages = model_admin
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer what the day asks for."""
        return [
            ("mine", pgettext_lazy("due", "waits for me")),
            ("over", pgettext_lazy("due", "overdue")),
            ("soon", pgettext_lazy("due", "within three days")),
            ("open", pgettext_lazy("due", "open")),
            ("ended", pgettext_lazy("due", "ended")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the subjects that are so."""
        at = timezone.now()
        match self.value():
            case "mine":
                waiting = self.pages.waiting_for(viewer(request), at)
                return queryset.filter(pk__in=waiting.order_by().values("pk"))
            case "over":
                return queryset.filter(next_due_at__lt=at)
            case "soon":
                return queryset.filter(next_due_at__gte=at, next_due_at__lt=at + SOON)
            case "open":
                return queryset.exclude(state__in=self.pages.ended)
            case "ended":
                return queryset.filter(state__in=self.pages.ended)
        return queryset


S = TypeVar("S", bound=Model)


class StepPages(ScopedAdmin, Generic[S]):
    """
    The list, the page of one subject, its steps and its files.

    A derived class says which frame and which files are meant, gives each step its page, and answers the questions at
    the end of this class. Its templates lie in ``templates``: ``step.html`` for a step, and what it shows itself.
    """

    steps: Steps[S, Any, Any]
    files: KeptFiles[Any]
    staff_steps: Mapping[str, StaffStep] = {}
    templates: str
    # What the list is called on the way to a page.
    heading: str | Lazy
    # What is read with a subject for its pages, as for ``select_related``.
    joined: tuple[str, ...] = ("organ",)
    # The states of which nothing follows any more, for the filter.
    ended: Collection[str] = ()
    # Whether each form takes its step once (``Steps.once``); else its token keeps its files alone.
    takes_once = True

    def get_urls(self) -> list:
        """Add the pages of steps and files."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/do/<slug:action>/", guard(self.do_view), name=self._url_name("do")),
            path("<int:pk>/files/<int:file>/", guard(self.file_view), name=self._url_name("file")),
        ]
        if isinstance(getattr(self, "files", None), KeptPictures):
            own.append(path("<int:pk>/files/<int:file>/small/", guard(self.small_view), name=self._url_name("small")))
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("next due"), ordering="next_due_at")
    def due(self, found: Any) -> str:
        """Say by when the next promise is due, and whether that is over."""
        if found.next_due_at is None:
            return self.admin_site.empty_value_display
        day = timezone.localdate(found.next_due_at).isoformat()
        return _("%(day)s, late") % {"day": day} if found.next_due_at < timezone.now() else day

    # --- One subject ------------------------------------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a subject; no field of it is changed but by its steps."""
        self.only_for_viewers(request)
        found = self.get_object(request, object_id) if object_id else None
        if not isinstance(found, self.model):
            raise Http404
        if request.method == "POST":
            raise PermissionDenied
        return self.show(request, cast(S, found), timezone.now())

    def standing(self, request: HttpRequest, found: S, promises: list[Deadline], at: datetime) -> dict[str, Any]:
        """Return what every page of a subject shows: its promises, the next of them, what can be done and what not."""
        offered, views, following = (
            self.offers(found, viewer(request), at),
            views_of(promises, at=at),
            nearest(promises),
        )
        return {
            "title": self.called(found),
            "found": found,
            "promises": views,
            "next_promise": views[promises.index(following)] if following else None,
            "steps": [offer for offer in offered if not offer.why_not],
            "impossible": [offer for offer in offered if offer.why_not],
        }

    # --- Steps ------------------------------------------------------------------------------------------------------

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """
        Show the page of a step, or take it.

        A step that is no longer offered is refused by its action, in the form, with all that was typed (F-21).
        """
        found, at, person = self.found(request, pk), timezone.now(), viewer(request)
        step = self.step_for(found, action)
        if step is None:
            raise Http404
        token = form_token.of_step(self.token_key(found), f"{action}:{person.pk}", request.POST.get("token", ""), at=at)
        if request.method == "POST" and self._is_taken(found, token):
            return self.back_to(found)
        offer = self.offer_of(request, found, action, at)
        if not isinstance(offer, Offer):
            return offer
        sent = FormFiles(token, at)
        form = self._form(request, found, step, action, sent)
        if form.is_bound and form.is_valid():
            done = self.take(request, found, form, sent, step.act, action)
            if done is not None:
                return done
        return self.form_page(request, found, offer, form, sent, effects=step.effects, **self.shown_with(found, action))

    def _is_taken(self, found: S, token: FormToken) -> bool:
        return self.takes_once and not token.is_new and self.steps.event_of(token.value, of=str(found.pk)) is not None

    def offer_of(self, request: HttpRequest, found: S, action: str, at: datetime) -> Offer | HttpResponse:
        """Return what is offered, or where to look instead; what was sent is answered by the action, in its form."""
        offered = {offer.name: offer for offer in self.offers(found, viewer(request), at)}
        offer = offered.get(action)
        if offer is not None and not offer.why_not:
            return offer
        rows = [self.steps.by_action[name] for name in self.rows_of(action)]
        # Who may never take the step; who only comes too late or too early is told so.
        if not any(self.steps.seats_that_may(viewer(request), row, found) for row in rows):
            raise PermissionDenied
        if request.method != "POST":
            messages.error(request, offer.why_not if offer else _("This step is not possible any more."))
            return self.back_to(found)
        return offer or Offer(action, self.label_of(action))

    def _form(self, request: HttpRequest, found: S, step: StaffStep, action: str, sent: FormFiles) -> Any:
        row: Any = found
        given = {"initial": {"version": row.version, **self.first_values(found, action, sent.at)}}
        given |= self.form_given(request, found, action)
        if request.method != "POST":
            return step.form(**given)
        form = step.form(request.POST, request.FILES, **given)
        sent.count_in(form, request.POST)
        return form

    def take(
        self, request: HttpRequest, found: S, form: Any, sent: FormFiles, act: Callable[..., Any], action: str
    ) -> HttpResponse | None:
        """Take the step with a valid form; None where it was refused, with the words in the form."""
        typed = {name: value for name, value in form.cleaned_data.items() if name != "token"}
        if "attachments" in form.fields:
            typed["attachments"] = sent.all_of(form)
        if self.takes_once and "token" in form.fields:
            typed["token"] = sent.token.value
        try:
            made = act(found, by=viewer(request), at=sent.at, **typed)
        except Absent as absent:
            raise Http404 from absent
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            if isinstance(refusal, Changed):
                renew_version(form, found)
            return None
        sent.discard(form)
        messages.success(request, _("Done."))
        return self.after(request, found, action, made)

    def form_page(
        self,
        request: HttpRequest,
        found: S,
        offer: Offer,
        form: Any,
        sent: FormFiles,
        *,
        effects: Iterable[str | Lazy],
        **shown: Any,
    ) -> HttpResponse:
        """Show the form of a step, which keeps the files that came with it if it comes back."""
        if form.is_bound:
            sent.keep(form)
        if "token" in form.fields:
            form_token.put_into(form, sent.token)
        return self.admin_site.step_page(
            request,
            template=f"{self.templates}/step.html",
            title=str(offer.label),
            form=form,
            submit=offer.label,
            back=self.address_of(found),
            crumbs=[(self.heading, self.address("changelist")), (self.called(found), self.address_of(found))],
            effects=effects,
            found=found,
            drafts=sent.listed() if form.is_bound else [],
            takes_files=any(isinstance(field, MultiFileField) for field in form.fields.values()),
            **shown,
        )

    def file_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out the cleaned copy of a file of the subject, once that is on record."""
        found = self.found(request, pk)
        row = self.readable_files(request, found).filter(pk=file).first()
        if row is None or request.method != "GET":
            raise Http404
        return self.hand_out(request, found, row)

    def small_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out the small picture of a photograph to whoever may fetch that; the first of a day is on record."""
        found = self.found(request, pk)
        row = self.readable_files(request, found).filter(pk=file).first()
        if row is None or request.method != "GET" or not isinstance(self.files, KeptPictures):
            raise Http404
        response = self.files.preview_for(request, row)
        record_once_a_day(f"{self.files.name}.look_at_pictures", actor=viewer(request), obj=found, at=timezone.now())
        return response

    def hand_out(self, request: HttpRequest, found: S, row: Any) -> HttpResponse:
        """Hand out a file, once that is on record; rights were asked."""
        if self.files.is_fetchable(row):
            detail = {"attachment": row.position}
            act = f"{self.files.name}.download"
            record(act, actor=viewer(request), obj=found, detail=detail, at=timezone.now())
        return self.files.response_for(request, row)

    # --- What happened ----------------------------------------------------------------------------------------------

    def timeline(self, found: S, events: QuerySet[Any]) -> list[TimelineEntry]:
        """Return what happened, the newest first."""
        return [
            TimelineEntry(
                word=self.steps.label_of(event.action),
                at=event.at,
                text=self.text_of(event),
                who=self.who_of(event),
                stage=Stage.DONE,
                is_internal=getattr(event, "is_internal", False),
                files=self.links(found, self.files_with(event)),
            )
            for event in events.select_related("actor").order_by("-number")
        ]

    def links(self, found: S, files: Iterable[Any]) -> tuple[FileLink, ...]:
        """Return files as links, without those whose time has run out."""
        return tuple(
            FileLink(
                self.files.shown_name(file),
                self._reversed("file", found.pk, file.pk),
                file.size,
                preview=self._reversed("small", found.pk, file.pk) if self._has_preview(file) else "",
            )
            for file in sorted(files, key=lambda file: file.position)
            if getattr(file, "erased_at", None) is None
        )

    def _has_preview(self, file: Any) -> bool:
        return isinstance(self.files, KeptPictures) and self.files.has_preview(file)

    # --- Addresses and frames ---------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, pk: int) -> S:
        """Return a subject that the viewer may read; any other does not exist."""
        self.only_for_viewers(request)
        rows: Any = self.steps.model._default_manager
        if not is_within(viewer(request), rows.visible_to, pk):
            raise Http404
        found: S | None = rows.select_related(*self.joined).filter(pk=pk).first()
        if found is None or not self.may_read(viewer(request), found):
            raise Http404
        return found

    def address(self, name: str) -> str:
        """Return the address of a page without a subject, such as ``changelist``."""
        return self._reversed(name)

    def address_of(self, found: S) -> str:
        """Return the address of the page of a subject."""
        return self._reversed("change", found.pk)

    def back_to(self, found: S) -> HttpResponse:
        """Lead back to the page of a subject."""
        return HttpResponseRedirect(self.address_of(found))

    def page(self, request: HttpRequest, template: str, *, status: int = 200, **shown: Any) -> HttpResponse:
        """Show one of the part's own pages in the frame of the back office."""
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]  # as Django's own views do
        context = {**self.admin_site.each_context(request), "opts": self.opts, **shown}
        return TemplateResponse(request, f"{self.templates}/{template}", context, status=status)

    def _url_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _reversed(self, name: str, *keys: int) -> str:
        return reverse(f"admin:{self._url_name(name)}", args=keys)

    # --- What a part answers ----------------------------------------------------------------------------------------

    def offers(self, found: S, person: User, at: datetime) -> list[Offer]:
        """Return the steps that are of the subject's state and of the person, those that are impossible now as well."""
        raise NotImplementedError

    def waiting_for(self, person: User, at: datetime) -> QuerySet[S]:
        """Return the subjects whose next step is the person's, for the filter."""
        raise NotImplementedError

    def show(self, request: HttpRequest, found: S, at: datetime) -> HttpResponse:
        """Show the page of a subject, or of it what the viewer may know."""
        raise NotImplementedError

    def step_for(self, found: S, action: str) -> StaffStep | None:
        """Return the page of a step, or None where there is none."""
        return self.staff_steps.get(action)

    def rows_of(self, action: str) -> tuple[str, ...]:
        """Return the rows of the table that a page stands for."""
        return (action,)

    def label_of(self, action: str) -> str | Lazy:
        """Return what a page is called where nothing is offered any more."""
        return self.steps.label_of(self.rows_of(action)[0])

    def may_read(self, person: User, found: S) -> bool:
        """Say whether the person may read the subject, which is visible to them."""
        return True

    def called(self, found: S) -> str:
        """Return what a subject is called on the way to a page."""
        return str(found)

    def token_key(self, found: S) -> str:
        """Return the key of a subject for the tokens of its forms."""
        return str(found.pk)

    def first_values(self, found: S, action: str, at: datetime) -> dict[str, Any]:
        """Return what the form of a step holds at first, beside the version."""
        return {}

    def form_given(self, request: HttpRequest, found: S, action: str) -> dict[str, Any]:
        """Return what else the form of a step is made with."""
        return {}

    def shown_with(self, found: S, action: str) -> dict[str, Any]:
        """Return what else the page of a step shows."""
        return {}

    def after(self, request: HttpRequest, found: S, action: str, made: Any) -> HttpResponse:
        """Return the answer to a step that was taken; ``made`` is what its action returned."""
        return self.back_to(found)

    def files_of(self, found: S) -> QuerySet[Any]:
        """Return the files of a subject that its page hands out."""
        return self.files.kept().filter(**{self.files.model.of: found})

    def readable_files(self, request: HttpRequest, found: S) -> QuerySet[Any]:
        """Return the files of a subject that the viewer, who reads the subject, may fetch."""
        return self.files_of(found)

    def text_of(self, event: Any) -> str:
        """Return what was said with a step."""
        return str(event.text)

    def files_with(self, event: Any) -> Iterable[Any]:
        """Return the files that came with a step; they are prefetched with the events."""
        return ()

    def who_of(self, event: Any) -> str:
        """Return who took a step."""
        return str(event.actor) if event.actor else _("the portal")


def renew_version(form: Any, found: Any) -> None:
    """Let what was typed be sent again, once the person has looked at what changed."""
    form.data = sent = form.data.copy()
    found.refresh_from_db()
    sent["version"] = str(found.version)
