"""Responsibility letters: issued for organs, read and signed one by one, printed (docs/domain.md 7)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from efficiency.access.admin import OrganChoiceField, ScopedAdmin, in_tree_order, viewer
from efficiency.access.may import may
from efficiency.access.scope import scope_of
from efficiency.admin.organs import GROUP
from efficiency.deadlines import actions as deadlines
from efficiency.letters import actions
from efficiency.letters.models import LetterSignature, LetterVoid, Part, ResponsibilityLetter
from efficiency.letters.rights import to_sign, unsigned
from efficiency.organs.models import Organ, Role
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.pages.promise_view import view_of

MOST_SHOWN = 10


class IssueForm(PortalForm):
    """For whom letters are issued; the fields are those of ``actions.issue``."""

    year = forms.TypedChoiceField(label=gettext_lazy("Year"), coerce=int)
    organ = OrganChoiceField(
        Organ.objects.none(),
        label=gettext_lazy("Organ"),
        required=False,
        empty_label=gettext_lazy("all organs in my reach"),
    )

    def __init__(self, *args: Any, organs: QuerySet[Organ], year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(year)), (year + 1, str(year + 1))]  # type: ignore[attr-defined]
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]


class SignForm(ConfirmedForm):
    """A signature: the text that was read, by its SHA-256, and the password again."""

    text_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    has_read = forms.BooleanField(label=gettext_lazy("I have read the letter and sign this text."))


class StandingFilter(admin.SimpleListFilter):
    """Where a letter stands."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer what a letter can be."""
        named = [(name, label) for name, (label, _rows) in STANDINGS.items()]
        return [
            ("mine", pgettext_lazy("letter", "waits for me")),
            ("unsigned", pgettext_lazy("letter", "lacks a signature")),
            *named,
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the letters that stand there."""
        if self.value() == "mine":
            return queryset.filter(pk__in=to_sign(viewer(request)).values("pk"))
        if self.value() == "unsigned":
            watches = may(viewer(request), "letter.issue")
            found = unsigned(viewer(request)) if watches else ResponsibilityLetter.objects.waiting()
            return queryset.filter(pk__in=found.values("pk"))
        chosen = STANDINGS.get(self.value() or "")
        return queryset.filter(pk__in=chosen[1]().values("pk")) if chosen else queryset


def _signed() -> QuerySet[ResponsibilityLetter]:
    living = ResponsibilityLetter.objects.living()
    return living.exclude(pk__in=ResponsibilityLetter.objects.waiting().values("pk"))


STANDINGS: dict[str, tuple[Any, Any]] = {
    "holder": (pgettext_lazy("letter", "waits for the holder"), ResponsibilityLetter.objects.waiting_for_holder),
    "leader": (pgettext_lazy("letter", "waits for the leader"), ResponsibilityLetter.objects.waiting_for_leader),
    "signed": (pgettext_lazy("letter", "signed"), _signed),
    "void": (pgettext_lazy("letter", "void"), lambda: ResponsibilityLetter.objects.filter(void__isnull=False)),
}


@admin.register(ResponsibilityLetter)
class ResponsibilityLetterAdmin(ScopedAdmin):
    """Letters of the persons who sign them and of those who watch over the posts; nothing of a letter is changed."""

    group, position = GROUP, 35
    see = "letter.see"
    list_display = ("year", "post", "holder", "standing", "issued_at")
    list_display_links = ("post",)
    list_select_related = ("post__organ", "holder", "void")
    list_filter = (StandingFilter, "year", "post__organ")
    search_fields = ("post__name", "post__code", "post__organ__name", "holder__full_name")
    search_help_text = gettext_lazy("Post, code, organ or person")
    ordering = ("-year", "post__organ__position", "post__organ__sort_key", "post__code", "-issue", "-pk")
    change_list_template = "admin/efficiency/responsibilityletter/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the letters with who has signed."""
        signatures = LetterSignature.objects.filter(letter=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                holder_signed=Exists(signatures.filter(part=Part.HOLDER)),
                leader_signed=Exists(signatures.filter(part=Part.LEADER)),
                is_void=Exists(LetterVoid.objects.filter(letter=OuterRef("pk"))),
            )
        )

    def get_urls(self) -> list:
        """Add the pages on which letters are issued, signed and printed."""
        guard = self.admin_site.admin_view
        own = [
            path("issue/", guard(self.issue_view), name="efficiency_responsibilityletter_issue"),
            path("<int:pk>/sign/", guard(self.sign_view), name="efficiency_responsibilityletter_sign"),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, letter: ResponsibilityLetter) -> str:
        """Say where the letter stands."""
        return str(STANDINGS[_standing(letter)][0])

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the way to issue letters for who may."""
        self.only_for_viewers(request)
        extra = {"may_issue": may(viewer(request), "letter.issue"), **(extra_context or {})}
        return super().changelist_view(request, extra)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a letter as a paper: its text, who signed it and when, what it still waits for."""
        self.only_for_viewers(request)
        letter = self.get_object(request, object_id) if object_id else None
        if letter is None:
            raise Http404
        at = timezone.now()
        is_void = LetterVoid.objects.filter(letter=letter).first()
        promise = deadlines.running(letter, [actions.SIGN]).first()
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(
            request,
            "admin/efficiency/responsibilityletter/letter.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Responsibility letter %(year)s") % {"year": letter.year},
                "letter": letter,
                "standing": _standing(letter),
                "standing_word": self.standing(letter),
                "signatures": letter.signatures.select_related("signed_by", "tenure__post").order_by("signed_at", "pk"),
                "void": is_void,
                "promise": view_of(promise, at=at) if promise is not None else None,
                "part": None if is_void else actions.part_of(letter, viewer(request), at),
            },
        )

    def issue_view(self, request: HttpRequest) -> HttpResponse:
        """Issue the letters of a year for an organ, or for all in reach."""
        self.only_for_viewers(request)
        by, at = viewer(request), timezone.now()
        if not may(by, "letter.issue"):
            raise PermissionDenied
        reach = scope_of(by).organ_ids_as(Role.ORGAN_LEADER, Role.OFFICE_OFFICER)
        organs = in_tree_order(Organ.objects.active(timezone.localdate(at)).filter(pk__in=reach))
        data = request.POST if request.method == "POST" else None
        form = IssueForm(data, organs=organs, year=timezone.localdate(at).year)
        if form.is_valid():
            chosen = form.cleaned_data["organ"]
            try:
                issued = actions.issue(form.cleaned_data["year"], [chosen] if chosen else list(organs), by=by, at=at)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                self._tell(request, issued)
                return HttpResponseRedirect(reverse("admin:efficiency_responsibilityletter_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Issue responsibility letters"),
            form=form,
            submit=_("Issue the letters"),
            back=reverse("admin:efficiency_responsibilityletter_changelist"),
            crumbs=[(_("Responsibility letters"), reverse("admin:efficiency_responsibilityletter_changelist"))],
            effects=[
                _("Whoever holds a post there and has no letter for the year yet gets one, made of the sheet."),
                _("A letter that nobody has signed is replaced where the sheet has changed; a signed one stays."),
                _("The text is frozen. The holder signs first, then the leader above."),
                _("Both sign by 31 March, or within the limit that is set where that ends later."),
                _("Posts whose sheet lacks one of its halves get none; you are told which."),
            ],
        )

    def _tell(self, request: HttpRequest, issued: actions.Issued) -> None:
        made = ngettext("%(number)d letter was issued.", "%(number)d letters were issued.", issued.made)
        messages.success(request, made % {"number": issued.made})
        for posts, text in (
            (issued.incomplete, gettext_lazy("A half of the sheet is missing, so no letter: %(posts)s")),
            (issued.without_access, gettext_lazy("The holder cannot log in, so no letter: %(posts)s")),
        ):
            if posts:
                named = pgettext("between items of a list", ", ").join(str(post) for post in posts[:MOST_SHOWN])
                more = len(posts) - MOST_SHOWN
                if more > 0:
                    named = _("%(posts)s and %(number)d more") % {"posts": named, "number": more}
                messages.warning(request, text % {"posts": named})

    def sign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign a letter, after the password."""
        self.only_for_viewers(request)
        letter = self.get_queryset(request).select_related("post__organ", "holder").filter(pk=pk).first()
        if letter is None:
            raise Http404
        by, at = viewer(request), timezone.now()
        if actions.part_of(letter, by, at) is None:
            raise PermissionDenied
        form = SignForm(
            request.POST if request.method == "POST" else None,
            request=request,
            at=at,
            initial={"text_sha256": letter.text_sha256},
        )
        if form.is_valid():
            try:
                actions.sign(letter, by=by, at=at, text_sha256=form.cleaned_data["text_sha256"])
            except actions.Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The letter is signed."))
                return HttpResponseRedirect(reverse("admin:efficiency_responsibilityletter_change", args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("Sign a responsibility letter"),
            template="admin/efficiency/responsibilityletter/sign.html",
            form=form,
            submit=_("Sign the letter"),
            back=reverse("admin:efficiency_responsibilityletter_change", args=[pk]),
            crumbs=[(_("Responsibility letters"), reverse("admin:efficiency_responsibilityletter_changelist"))],
            effects=[
                str(letter),
                _("Your signature is kept with the moment, your post and the SHA-256 of the text."),
                _("It cannot be taken back."),
            ],
            letter=letter,
        )


def _standing(letter: Any) -> str:
    """Return the key of ``STANDINGS``; the letter carries who signed it as annotations."""
    if letter.is_void:
        return "void"
    if not letter.holder_signed:
        return "holder"
    return "leader" if letter.leader_post_id and not letter.leader_signed else "signed"
