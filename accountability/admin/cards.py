"""Warning cards in the back office: the list, the page of one, its steps, cards by hand (docs/domain.md 9)."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms as django_forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accountability.admin import card_forms as forms
from accountability.cards import access, by_hand, deadlines, doubts, exporting, life, offers, workflow
from accountability.cards.enums import AppealReason, CardState
from accountability.cards.files import files
from accountability.enums import Colour
from accountability.models import Card, CardEvent, CardFile
from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import ACTING, cells_of, may
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.admin.limits import name_variants
from efficiency.admin.steps import StaffStep, StepPages
from efficiency.deadlines.messages import promise_label
from efficiency.organs.models import Organ
from efficiency.outbox import registry as subjects
from efficiency.pages import form_token
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.deadline_view import CardView
from efficiency.pages.form_files import FormFiles
from efficiency.pages.promise_view import view_of
from efficiency.pages.timeline_view import TimelineEntry
from efficiency.refusals import Refused
from efficiency.steps.offers import Offer
from efficiency.tables import CONTENT_TYPES, Format, written
from efficiency.timing.due import add_months, start_of

GROUP = gettext_lazy("Fault accountability")
MOST_AT_HOME = 10
MONTHS = 13
# No card is older.
FIRST_YEAR = 2005
_NUMBER = re.compile(r"JP20\d\d0*(\d{1,18})")
TEMPLATES = "admin/accountability/cards"


STEPS: dict[str, StaffStep] = {
    "explain": StaffStep(
        forms.ExplainForm,
        life.explain,
        (
            gettext_lazy(
                "The efficiency office reads the explanation. The card is cleared once it is accepted and "
                "the promise is kept; its points stay."
            ),
            gettext_lazy("An explanation is no appeal: for that there is a time of its own."),
        ),
    ),
    "appeal": StaffStep(
        forms.AppealForm,
        life.appeal,
        (
            gettext_lazy(
                "Somebody of the efficiency office who had no part in the card rules within five working "
                "days, or it is revoked."
            ),
            gettext_lazy("The promise runs on. There is one appeal against a card."),
        ),
    ),
    "confirm": StaffStep(
        forms.RemarkForm,
        by_hand.confirm,
        (
            gettext_lazy("The card takes effect; whoever got it and the leader of the organ are told."),
            gettext_lazy("If it is the second identical yellow card within six months it is red."),
        ),
    ),
    "drop": StaffStep(forms.TextForm, by_hand.drop, (gettext_lazy("The card never takes effect."),)),
    "accept_explanation": StaffStep(
        forms.RemarkForm,
        life.accept_explanation,
        (gettext_lazy("The card is cleared, at once or when the promise is kept. Its points stay."),),
    ),
    "uphold": StaffStep(
        forms.RulingForm, life.uphold, (gettext_lazy("The card and its points stay. There is no second appeal."),)
    ),
    "grant": StaffStep(
        forms.GrantForm,
        life.grant,
        (
            gettext_lazy("The card is revoked and takes no points; it stays to be seen as revoked."),
            gettext_lazy("The score of its month is another one from now on."),
        ),
    ),
    "ask_withdrawal": StaffStep(
        forms.WithdrawalForm,
        life.ask_withdrawal,
        (gettext_lazy("A second person decides. Until then the card stays as it is."),),
    ),
    "withdraw": StaffStep(
        forms.StepForm,
        life.withdraw,
        (
            gettext_lazy("The card is revoked and takes no points; it stays to be seen as revoked."),
            gettext_lazy("The score of its month is another one from now on."),
        ),
    ),
    "refuse_withdrawal": StaffStep(forms.TextForm, life.refuse_withdrawal, (gettext_lazy("The card stays."),)),
    "keep": StaffStep(
        forms.TextForm,
        life.keep,
        (gettext_lazy("The card stays although the dates of its promise moved; it is put before you no more."),),
    ),
}


class ExportForm(ConfirmedForm):
    """The format, and the password where the list is long."""

    asked_because = gettext_lazy("Asked for again because the list is long and you gave it some time ago.")
    format = django_forms.ChoiceField(
        label=gettext_lazy("Format"), choices=Format, initial=Format.XLSX, widget=django_forms.RadioSelect
    )


class MineFilter(admin.SimpleListFilter):
    """Which cards are the viewer's, or wait for them."""

    title = gettext_lazy("mine")
    parameter_name = "mine"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the own ones and what waits; to the office what is no longer due."""
        found = [("own", pgettext_lazy("card", "issued to me")), ("waits", pgettext_lazy("card", "waits for me"))]
        if may(viewer(request), "card.accept_explanation"):
            found.append(("doubtful", pgettext_lazy("card", "no longer due, to be decided")))
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the cards that are so."""
        user = viewer(request)
        match self.value():
            case "own":
                return queryset.filter(person_id__in=scope_of(user).account_ids)
            case "waits":
                return queryset.filter(pk__in=offers.waiting_for(user, at=timezone.now()).order_by().values("pk"))
            case "doubtful" if may(user, "card.accept_explanation"):
                return queryset.filter(pk__in=doubts.doubtful().order_by().values("pk"))
        return queryset


class MonthFilter(admin.SimpleListFilter):
    """In which month the threshold was passed."""

    title = gettext_lazy("month")
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the last thirteen months."""
        first = timezone.localdate().replace(day=1)
        months = [add_months(first, -back) for back in range(MONTHS)]
        return [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the cards of the month."""
        if not self.value():
            return queryset
        try:
            first = datetime.strptime(str(self.value()), "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
        except ValueError as error:
            raise IncorrectLookupParameters from error
        if not FIRST_YEAR <= first.year <= timezone.localdate().year + 1:
            raise IncorrectLookupParameters
        return queryset.filter(passed_at__gte=start_of(first), passed_at__lt=start_of(add_months(first, 1)))


# What the page of a card shows.
_SHOWN = (
    "organ",
    "post",
    "person",
    "deadline__organ",
    "escalation",
    "content_type",
    "replaces",
    "follows",
    "proposed_by",
    "confirmed_by",
    "explained_by",
    "explanation_accepted_by",
    "withdrawal_by",
    "appeal__by",
    "appeal__ruled_by",
)


@admin.register(Card)
class CardAdmin(StepPages[Card]):
    """Cards in reach; whoever knows headers alone reads neither persons nor what was said."""

    group, position = GROUP, 10
    see, add = "card.see", "card.issue"
    steps, files, staff_steps = workflow.steps, files, STEPS
    templates, heading = TEMPLATES, gettext_lazy("Warning cards")
    joined, takes_once = _SHOWN, False
    list_display = (
        "called",
        "colour_word",
        "rule",
        "promise",
        "organ",
        "post_name",
        "person",
        "state",
        "passed_at",
        "points",
    )
    list_select_related = ("organ", "post", "person")
    list_filter = (MineFilter, "colour", "state", MonthFilter, "organ", "rule")
    search_fields = ("id",)
    search_help_text = gettext_lazy("Number")
    ordering = ("-passed_at", "-pk")
    sortable_by = ("called", "passed_at")
    change_list_template = f"{TEMPLATES}/change_list.html"

    def get_urls(self) -> list:
        """Add the page of the list as a file."""
        export = path("export/", self.admin_site.admin_view(self.export_view), name="accountability_card_export")
        return [export, *super().get_urls()]

    # --- The list ---------------------------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out post and person for whoever knows headers alone."""
        of_header = tuple(name for name in self.list_display if name not in ("post_name", "person"))
        return self.list_display if self.sees_whole(request) else of_header

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by number."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = _NUMBER.fullmatch(term.replace(" ", "").upper())
        return queryset.filter(pk=int(found[1])) if found else queryset.none(), False

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def called(self, card: Card) -> str:
        """Return the number of the card."""
        return card.number

    @admin.display(description=pgettext_lazy("card", "colour"))
    def colour_word(self, card: Card) -> str:
        """Return the colour as a word."""
        return card.get_colour_display()

    @admin.display(description=gettext_lazy("post"))
    def post_name(self, card: Card) -> str:
        """Return the name of the post, without its organ, which stands beside it."""
        return card.post.name if card.post else self.admin_site.empty_value_display

    @admin.display(description=gettext_lazy("promise"))
    def promise(self, card: Card) -> str:
        """Return the kind of promise."""
        return promise_label(card.kind) if card.kind else self.admin_site.empty_value_display

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the way to the file."""
        extra = {"query": _without_page(request).urlencode(), **(extra_context or {})}
        return super().changelist_view(request, extra)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Say what the file would hold, and hand it out on POST."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        at, person = timezone.now(), viewer(request)
        request.GET = _without_page(request)  # type: ignore[assignment]  # as the list reads it
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        count = exporting.size_of(rows)
        asks = count > exporting.MOST_UNCONFIRMED
        form = ExportForm(request.POST if request.method == "POST" else None, request=request, at=at, asks=asks)
        back = f"{self.address('changelist')}?{request.GET.urlencode()}"
        if form.is_valid():
            as_ = Format(form.cleaned_data["format"])
            try:
                name, lines = exporting.export_cards(rows, by=person, at=at, as_=as_, is_confirmed=form.is_confirmed)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                return _download(written(lines, as_), name, CONTENT_TYPES[as_])
        response = self.admin_site.step_page(
            request,
            title=_("Take the list out as a file"),
            form=form,
            submit=_("Take out, and keep on record that I did"),
            back=back,
            crumbs=[(_("Warning cards"), back)],
            effects=[
                _("Cards in the file: %(count)d") % {"count": count},
                _("From then on you answer for the file: it is no longer the portal that decides who reads it."),
            ],
        )
        response["Cache-Control"] = "no-store"
        return response

    # --- One card ---------------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: Card, at: datetime) -> HttpResponse:
        """Show a card: rule and moment, the promise with its days, who answered, what was said, what it costs."""
        user = viewer(request)
        if not cells_of(user, "card.see", found) & ACTING:
            return self.page(request, "header.html", title=found.number, found=found, tag=_tag(found))
        subject = _subject_of(found, user)
        return self.page(
            request,
            "card.html",
            tag=_tag(found),
            promise_name=promise_label(found.kind) if found.kind else "",
            subject=subject,
            promise=view_of(found.deadline, at=at) if found.deadline and access.may_see_promise(found, user) else None,
            appeal=getattr(found, "appeal", None),
            is_doubtful=bool(cells_of(user, "card.accept_explanation", found)) and doubts.is_doubtful(found),
            others=_others(found, user),
            timeline=self._course(found),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the card with all that its page shows."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            return None
        return Card.objects.select_related(*_SHOWN).get(pk=found.pk)

    def _course(self, found: Card) -> list[TimelineEntry]:
        """Return what happened, the newest first; that the portal issued it comes last."""
        entries = self.timeline(found, found.events.prefetch_related("files"))
        if found.escalation_id and not found.follows_id:
            entries.append(TimelineEntry(word=_("Issued by the portal"), at=found.issued_at))
        return entries

    # --- By hand ----------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Propose a card: first whose it is to be, then why, when and what shows it."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        person, at = viewer(request), timezone.now()
        if not may(person, "card.issue"):
            raise PermissionDenied
        chosen = forms.OrganForm(request.GET if "organ" in request.GET else None, viewer=person)
        shown: dict[str, Any] = {
            "crumbs": [(_("Warning cards"), self.address("changelist"))],
            "back": self.address("changelist"),
            "title": _("Propose a card"),
        }
        if not chosen.is_valid():
            return self.admin_site.step_page(
                request, template=f"{TEMPLATES}/organ.html", form=chosen, submit=_("Go on"), **shown
            )
        organ: Organ = chosen.cleaned_data["organ"]
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        sent = FormFiles(token, at)
        if request.method == "POST":
            form = forms.ProposeForm(request.POST, request.FILES, organ=organ, viewer=person)
            if not token.is_new and (card := by_hand.proposed_by_form(token.value)):
                return self.back_to(card)
            sent.count_in(form, request.POST)
            if form.is_valid() and (card := self._proposed(form, sent, organ, token.value, at)):
                sent.discard(form)
                messages.success(request, _("The card is proposed. It takes effect when a second person confirms it."))
                return self.back_to(card)
            sent.keep(form)
        else:
            form = forms.ProposeForm(organ=organ, viewer=person)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            template=f"{TEMPLATES}/step.html",
            form=form,
            submit=_("Propose the card"),
            effects=[
                str(organ),
                _("A second person confirms the card; until then neither the organ nor the person knows of it."),
                _("If it is the second identical yellow card within six months it is red."),
            ],
            takes_files=True,
            drafts=sent.listed() if form.is_bound else [],
            **shown,
        )

    def _proposed(
        self, form: forms.ProposeForm, sent: FormFiles, organ: Organ, token: str, at: datetime
    ) -> Card | None:
        typed = {name: form.cleaned_data[name] for name in ("rule", "happened_at", "facts", "basis")}
        about = {name: form.cleaned_data[name] for name in ("subject", "deadline")}
        try:
            return by_hand.propose(
                organ,
                form.cleaned_data["post"],
                **typed,
                **about,
                attachments=sent.all_of(form),
                token=token,
                by=form.viewer,
                at=at,
            )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None

    # --- Parts ------------------------------------------------------------------------------------------------------

    def offers(self, found: Card, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Card]:
        """Return the cards whose next step is the person's."""
        return offers.waiting_for(person, at=at)

    def token_key(self, found: Card) -> str:
        """Return the number, which no other subject has."""
        return found.number

    def form_given(self, request: HttpRequest, found: Card, action: str) -> dict[str, Any]:
        """Return the card and the viewer, by which the form knows its choices; nothing is granted but an appeal."""
        if action == "grant" and not hasattr(found, "appeal"):
            raise Http404
        return {"card": found, "viewer": viewer(request)}

    def shown_with(self, found: Card, action: str) -> dict[str, Any]:
        """Return the card as a tag, and the appeal to whoever rules on it."""
        return {"tag": _tag(found), "appeal": getattr(found, "appeal", None) if action in ("uphold", "grant") else None}

    def text_of(self, event: CardEvent) -> str:
        """Return what was said, of an appeal with its reason."""
        reason = dict(AppealReason.choices).get(event.data.get("reason", ""), "") if event.action == "appeal" else ""
        return f"{reason}\n{event.text}" if reason else event.text

    def who_of(self, event: CardEvent) -> str:
        """Return who took a step; nothing where the portal did."""
        return str(event.actor) if event.actor else ""

    def files_with(self, event: CardEvent) -> Iterable[CardFile]:
        """Return the files that came with a step."""
        return event.files.all()


def _tag(card: Card) -> CardView:
    return CardView(
        is_red=card.colour == Colour.RED,
        issued_at=card.issued_at,
        rule=card.get_rule_display(),
        is_revoked=card.state == CardState.REVOKED,
        is_cleared=card.state == CardState.CLEARED,
    )


def _subject_of(card: Card, user: Any) -> tuple[str, str] | None:
    """Return number and page of what a card is about, where the viewer may know of it."""
    model = card.content_type.model_class() if card.content_type else None
    known = subjects.subject(model._meta.label_lower) if model is not None else None
    if model is None or known is None or not rows_of(model, user).filter(pk=card.object_id).exists():
        return None
    key = card.object_id or 0
    found = known.label({key}).get(key)
    return (found[0], found[1]) if found else None


def _others(card: Card, user: Any) -> list[tuple[Lazy, Card]]:
    """Return the cards that this one has to do with, each with the word for it, as far as the viewer may read them."""
    words = [
        (gettext_lazy("Replaces"), card.replaces),
        (gettext_lazy("Replaced by"), getattr(card, "replaced_by", None)),
        (gettext_lazy("Issued instead of"), card.follows),
        (gettext_lazy("Issued anew as"), getattr(card, "followed_by", None)),
    ]
    there = [(word, other) for word, other in words if other is not None]
    if not there:
        return []
    known = set(
        Card.objects.visible_to(user).filter(pk__in=[other.pk for _word, other in there]).values_list("pk", flat=True)
    )
    return [(word, other) for word, other in there if other.pk in known]


def _without_page(request: HttpRequest) -> Any:
    rest = request.GET.copy()
    for name in (PAGE_VAR, ERROR_FLAG, "all"):
        rest.pop(name, None)
    return rest


def _download(content: Any, name: str, content_type: str) -> HttpResponseBase:
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the cards whose next step is the viewer's; None where there are none."""
    user = viewer(request)
    if not cells_of(user, "card.answer"):
        return None
    at = timezone.now()
    if not first_page.may_wait(user, offers.waiting_for, at=at):
        return None
    waiting = list(offers.waiting_for(user, at=at).select_related("organ", "post")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:accountability_card_changelist") + "?mine=waits"
    return {"cards": [(card, _tag(card)) for card in waiting], "address": address}


name_variants({colour.value: colour.label for colour in Colour})
portal().add_home(f"{TEMPLATES}/_home.html", home, position=15, is_work=True)
