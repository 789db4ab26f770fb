"""Organs as a tree, posts with both halves of their duties (docs/domain.md 1 and 7)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from efficiency import counterparts, handing_over, organ_facts, succession
from efficiency.access.admin import ScopedAdmin, ScopedInline, in_tree_order, viewer
from efficiency.access.may import may
from efficiency.access.scope import scope_of
from efficiency.organs import ending, searching
from efficiency.organs.answerable import answerable_on
from efficiency.organs.models import Duty, DutyKind, Organ, OrganKind, Post, RiskPoint, Role, Tenure
from efficiency.organs.reference import sort_key_of
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import OwnWords, PlainLines, PortalForm
from efficiency.refusals import Refused
from efficiency.risks import actions as risks

GROUP = _("Organs and people")


class OwnWordsModelForm(OwnWords, PlainLines, ModelForm):
    """A form of a model that names the field and the cure in each of its errors, and keeps plain line ends."""


class PostForm(OwnWordsModelForm):
    """A post; it ends when nobody holds it any more and nothing names it."""

    def clean(self) -> dict[str, Any]:
        """Refuse an end that somebody would outlive, beside the field and with the numbers."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        until = cleaned.get("until")
        if self.instance.pk and until and "until" in self.changed_data:
            try:
                ending.check_post(self.instance, until=until)
            except Refused as refusal:
                self.add_error(refusal.field, str(refusal.message))
        return cleaned


class LevelFilter(admin.SimpleListFilter):
    """Organs of today, or all that ever were."""

    title = _("existence")
    parameter_name = "existing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [("yes", _("exists today")), ("no", _("has ended or begins later"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what exists on the local date, or the rest."""
        today = timezone.localdate()
        existing = Q(since__lte=today) & (Q(until__isnull=True) | Q(until__gt=today))
        if self.value() == "yes":
            return queryset.filter(existing)
        return queryset.exclude(existing) if self.value() == "no" else queryset


class OrganForm(OwnWordsModelForm):
    """An organ; it ends when nothing is open there any more."""

    def clean(self) -> dict[str, Any]:
        """Refuse an end that would leave something open to nobody, beside the field and with the numbers."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        until = cleaned.get("until")
        if self.instance.pk and until and "until" in self.changed_data:
            try:
                ending.check(self.instance, until=until)
            except Refused as refusal:
                self.add_error(refusal.field, str(refusal.message))
        return cleaned


HAND_OVER = "efficiency_organ_hand_over"
# So many of the promises that go over, or that a person leaves behind, are listed at once.
LEFT_PAGE = 25


class HandOverForm(ConfirmedForm):
    """To whom an organ hands over; the fields are the parameters of ``succession.hand_over``."""

    successor = forms.ModelChoiceField(Organ.objects.none(), label=_("Organ that follows"))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("For example the decision by which the organs were merged.")
    )

    def __init__(self, *args: Any, viewer: Any, organ: Organ, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = scope_of(viewer).organ_ids_as(Role.OFFICE_OFFICER)
        offered = Organ.objects.active(timezone.localdate()).filter(pk__in=reach).exclude(pk=organ.pk)
        self.fields["successor"].queryset = offered.exclude(kind=OrganKind.EFFICIENCY_OFFICE).by_place()  # type: ignore[attr-defined]


@admin.register(Organ)
class OrganAdmin(ScopedAdmin):
    """The tree "one city, five districts"; the place of an organ in it is fixed, for scope follows the tree."""

    group, position = GROUP, 20
    see, add, edit = "organ.see", "organ.edit", "duty.edit"
    form = OrganForm
    change_list_template = "admin/lists/change_list.html"
    change_form_template = "admin/efficiency/organ/change_form.html"
    list_display = ("name_in_tree", "code", "level", "kind", "complaint_phone", "posts_today", "until")
    list_filter = ("level", "kind", "is_pilot", LevelFilter)
    search_fields = ("name", "short_name", "code", "sort_key")
    search_help_text = _("Name, short name, code or pinyin")
    fieldsets = (
        (None, {"fields": ("name", "short_name", "code")}),
        (_("Place in the tree"), {"fields": ("parent", "level", "kind", "district", "position", "is_pilot")}),
        (_("Address"), {"fields": ("address", "phone", "complaint_phone")}),
        (_("What the organ is for"), {"fields": ("duties_text",)}),
        (_("Period"), {"fields": ("since", "until")}),
    )
    # A leader writes what the own organ is for, as the sheets of its posts.
    sheet_fields = ("duties_text",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the organs in tree order with the number of their posts today."""
        today = timezone.localdate()
        running = Post.objects.filter(organ=OuterRef("pk"), since__lte=today).exclude(until__lte=today).order_by()
        counted = running.values("organ").annotate(count=Count("pk")).values("count")
        return (
            in_tree_order(self.rows(request))
            .annotate(post_count=Coalesce(Subquery(counted), 0))
            .order_by("tree_ordering")
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the way to what goes out and comes in as a workbook for who may."""
        self.only_for_viewers(request)
        return super().changelist_view(request, {"may_bring": may(request.user, "duty.edit"), **(extra_context or {})})

    def get_ordering(self, request: HttpRequest) -> Any:
        """Order as the tree stands."""
        return ["tree_ordering"]

    def get_readonly_fields(self, request: HttpRequest, obj: Organ | None = None) -> tuple[str, ...]:
        """Keep code, parent, level and kind: whoever reaches the organ was decided by them. A merger is a new organ."""
        if obj is None:
            return ()
        if not may(request.user, "organ.edit", obj):
            every = (str(name) for _title, part in self.fieldsets for name in part["fields"])
            return tuple(name for name in every if name not in self.sheet_fields)
        return ("code", "parent", "level", "kind", "district")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer parents within reach alone: a new organ comes into being below one's own."""
        if db_field.name == "parent":
            reach = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER, Role.SYSTEM_ADMINISTRATOR)
            kwargs["queryset"] = Organ.objects.filter(pk__in=reach)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Ask for a parent where a new organ is added."""
        form = super().get_form(request, obj, change, **kwargs)
        if "parent" in form.base_fields:
            form.base_fields["parent"].required = True
            form.base_fields["parent"].label = capfirst(_("parent"))  # the tree's package has no Chinese for it
        return form

    def save_model(self, request: HttpRequest, obj: Organ, form: Any, change: bool) -> None:
        """Keep the pinyin of the name, by which lists are sorted."""
        obj.sort_key = sort_key_of(obj.name)
        super().save_model(request, obj, form, change)
        searching.refresh(Post.objects.filter(organ=obj))
        organ_facts.changed(Organ.objects.filter(pk=obj.pk), at=timezone.now())

    def get_urls(self) -> list:
        """Add the page on which an organ that ends hands over."""
        own = [path("<int:pk>/hand-over/", self.admin_site.admin_view(self.hand_over_view), name=HAND_OVER)]
        return own + super().get_urls()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the organ, with the way to hand it over for who may."""
        self.only_for_viewers(request)
        organ = self.get_object(request, object_id) if object_id else None
        may_hand_over = organ is not None and may(viewer(request), "organ.hand_over", organ)
        extra = {"may_hand_over": may_hand_over, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

    def hand_over_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what would go over to the organ that follows and what stays, and hand it over on POST."""
        self.only_for_viewers(request)
        organ = self.rows(request).filter(pk=pk).first()
        if organ is None:
            raise Http404
        if not may(viewer(request), "organ.hand_over", organ):
            raise PermissionDenied
        at, back = timezone.now(), reverse("admin:efficiency_organ_change", args=[pk])
        sent = request.POST if request.method == "POST" else None
        form = HandOverForm(sent, request=request, at=at, viewer=viewer(request), organ=organ)
        if form.is_valid():
            try:
                asked = succession.ask(organ, by=viewer(request), at=at, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                done = _("All that could go over has been handed over.")
                later = _("It is much: it is handed over within minutes, all or nothing, and you are told.")
                messages.success(request, done if asked is None else later)
                return HttpResponseRedirect(back)
        going = pgettext("between items of a list", ", ").join(succession.going_over(organ, viewer=viewer(request)))
        listed = Paginator(succession.promises_going(organ, viewer=viewer(request)), LEFT_PAGE)
        page = listed.get_page(request.GET.get("page"))
        return self.admin_site.step_page(
            request,
            title=_("Hand over to the organ that follows"),
            form=form,
            submit=_("Hand over"),
            back=back,
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse("admin:efficiency_organ_changelist"))],
            template="admin/efficiency/tenure/ending.html",
            page=page,
            left=handing_over.shown(page.object_list),
            effects=[
                str(organ),
                _("This goes over, all or nothing: %(what)s.") % {"what": going}
                if going
                else _("There is nothing here that could go over."),
                _("All dates stay, and replies in work stay. Complainants see which organ handles their case."),
                _("What was late stays the account of whoever owed it then."),
                *filter(None, [succession.staying(organ, at=at)]),
                *succession.promises_staying(organ),
                *_of_worker(organ),
            ],
        )

    @admin.display(description=_("organ"))
    def name_in_tree(self, organ: Organ) -> str:
        """Return the name, indented by its depth."""
        return "　" * getattr(organ, "tree_depth", 0) + organ.name

    @admin.display(description=_("posts today"))
    def posts_today(self, organ: Organ) -> int:
        """Return how many posts the organ has today."""
        return organ.post_count  # type: ignore[attr-defined]  # annotated above


def _of_worker(organ: Organ) -> list[str]:
    """Say what the worker was asked for, and what came of it where that was nothing."""
    if (asked := succession.under_way(organ)) is not None:
        return [_("It is being handed over to %(successor)s.") % {"successor": asked.successor}]
    if (refused := succession.last_refused(organ)) is not None:
        return [_("The last hand-over was refused: %(why)s") % {"why": refused.why_not}]
    return []


class DutyInline(ScopedInline):
    """The duties of a post, both halves; they may be put anew as the responsibility sheet changes."""

    model = Duty
    form = OwnWordsModelForm
    see, edit = "organ.see", "duty.edit"
    fields = ("kind", "text", "position")
    ordering = ("kind", "position", "id")
    verbose_name = _("duty of this post")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the duties in the order of the sheet."""
        return super().get_queryset(request).order_by(*self.ordering)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let whoever writes the sheet strike a duty out; the record keeps that it was done."""
        return self.has_change_permission(request, obj)


class RiskPointInline(ScopedInline):
    """The integrity risk points of a post with their measures; never shown to the public."""

    model = RiskPoint
    form = OwnWordsModelForm
    see, edit = "risk.see", "risk.edit"
    fields = ("text", "kind", "grade", "measure", "reviewed_on", "position")
    # Set by a review of all of them (``risks.review``), never by hand.
    readonly_fields = ("reviewed_on",)
    ordering = ("position", "id")
    verbose_name = _("integrity risk point of this post")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the risk points in the order of the sheet."""
        return super().get_queryset(request).order_by(*self.ordering)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let whoever writes the sheet strike a risk point out; the record keeps that it was done."""
        return self.has_change_permission(request, obj)


class SheetFilter(admin.SimpleListFilter):
    """Post sheets that have both halves, and those that lack one: without either a sheet is incomplete."""

    title = _("post sheet")
    parameter_name = "sheet"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [("complete", _("both halves are there")), ("incomplete", _("a half is missing"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the posts whose sheet is as chosen."""
        halves = [Exists(Duty.objects.filter(post=OuterRef("pk"), kind=kind)) for kind in DutyKind.values]
        if self.value() == "complete":
            return queryset.filter(*halves)
        return queryset.exclude(*halves) if self.value() == "incomplete" else queryset


class OnDayForm(PortalForm):
    """The day for which is asked who was answerable."""

    on = forms.DateField(label=_("Day"), help_text=_("For example 2026-03-09."))


class ReviewForm(PortalForm):
    """Nothing but which sheet and risk points were shown."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)


@admin.register(Post)
class PostAdmin(ScopedAdmin):
    """Posts 岗位 with their sheet; what a post may do in the portal is fixed once somebody has held it."""

    group, position = GROUP, 30
    see, add, edit = "organ.see", "organ.edit", "duty.edit"
    form = PostForm
    change_list_template = "admin/lists/change_list.html"
    list_display = ("name", "organ", "section", "role", "rank", "holders", "until")
    list_select_related = ("organ",)
    list_filter = (SheetFilter, "role", "rank", "organ")
    search_fields = ("name", "code", "section", "organ__name", "organ__sort_key")
    search_help_text = _("Post, code, section or organ")
    inlines = (DutyInline, RiskPointInline)
    change_form_template = "admin/efficiency/post/change_form.html"
    fieldsets = (
        (None, {"fields": ("organ", "code", "name", "section")}),
        (_("Part in the portal"), {"fields": ("role", "rank", "is_head")}),
        (_("Chain and stand-in"), {"fields": ("superior", "stand_in")}),
        (_("Sheet"), {"fields": ("powers", "legal_basis", "window", "phone", "holder_is_public", "since", "until")}),
    )
    ordering = ("organ__position", "organ__sort_key", "organ_id", "code")
    # A leader writes the sheet of the posts of the own organ and nothing that gives rights.
    sheet_fields = ("powers", "legal_basis", "window", "phone")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the posts with whether somebody ever held them."""
        held = Exists(Tenure.objects.filter(post=OuterRef("pk")))
        return super().get_queryset(request).annotate(was_held=held).prefetch_related("tenures__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        """Keep what gives rights once the post was held; leave a leader the sheet."""
        every = tuple(str(name) for _title, part in self.fieldsets for name in part["fields"])
        if obj is None:
            return ()
        if not request.user.has_perm("organ.edit", obj):
            return tuple(name for name in every if name not in self.sheet_fields)
        # Another counterpart is put and approved (``counterparts``), never written down by one person.
        fixed = ("organ", "code", "stand_in")
        return (*fixed, "role", "rank", "is_head") if getattr(obj, "was_held", True) else fixed

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer organs within reach; superior posts and stand-ins are chosen among those of the same organs."""
        reach = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER, Role.SYSTEM_ADMINISTRATOR)
        if db_field.name == "organ":
            kwargs["queryset"] = Organ.objects.filter(pk__in=reach)
        elif db_field.name in ("superior", "stand_in"):
            kwargs["queryset"] = (
                Post.objects.filter(organ_id__in=reach).select_related("organ").order_by("organ__sort_key", "code")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep by what the post is found, once its duties are written."""
        super().save_related(request, form, formsets, change)
        searching.refresh(Post.objects.filter(pk=form.instance.pk))
        organ_facts.changed_posts(Post.objects.filter(pk=form.instance.pk), at=timezone.now())

    def get_urls(self) -> list:
        """Add the pages that say who was answerable on a day, and on which the risk points are reviewed."""
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/answerable/", guard(self.answerable_view), name="efficiency_post_answerable"),
            path("<int:pk>/review-risks/", guard(self.review_view), name="efficiency_post_review_risks"),
            *super().get_urls(),
        ]

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the risk points with their measures, and note on POST that they are as they should be."""
        self.only_for_viewers(request)
        post = self.get_queryset(request).filter(pk=pk).first()
        if post is None:
            raise Http404
        if not may(viewer(request), "risk.edit", post):
            raise PermissionDenied
        back = reverse("admin:efficiency_post_change", args=[pk])
        at = timezone.now()
        shown = {"seen": risks.seen_of(post, at=at)}
        form = ReviewForm(request.POST) if request.method == "POST" else ReviewForm(initial=shown)
        if form.is_valid():
            try:
                risks.review(post, by=viewer(request), at=at, seen=form.cleaned_data["seen"])
            except risks.Refused as refusal:
                form = ReviewForm(shown)  # what stands below is what is there now
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The review is noted; the next one is due in a year."))
                return HttpResponseRedirect(back)
        points = post.risk_points.order_by("position", "pk")
        return self.admin_site.step_page(
            request,
            title=_("Review the integrity risk points"),
            form=form,
            submit=_("They are as they should be"),
            back=back,
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse("admin:efficiency_post_changelist"))],
            effects=[
                str(post),
                *(
                    str(_("%(grade)s: %(risk)s Measure: %(measure)s"))
                    % {"grade": point.get_grade_display(), "risk": point.text, "measure": point.measure}
                    for point in points
                ),
                _("What is not right any more is changed on the page of the post first."),
                _("Your name and the moment are kept, and each risk point carries the day of this review."),
                _("The next review is due in a year, or sooner when the sheet changes."),
            ],
        )

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the sheet, with the way to who was answerable for those who keep tenures."""
        self.only_for_viewers(request)
        post = self.get_object(request, object_id) if object_id else None
        may_see = post is not None and may(request.user, "tenure.see", post)
        has_risks = post is not None and may(request.user, "risk.edit", post) and post.risk_points.exists()
        may_put = post is not None and counterparts.may_propose(viewer(request), post)
        extra = {"may_see_tenures": may_see, "may_review": has_risks, "may_put": may_put, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the way to what goes out and comes in as a workbook for who may."""
        self.only_for_viewers(request)
        return super().changelist_view(request, {"may_bring": may(request.user, "duty.edit"), **(extra_context or {})})

    def answerable_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who held the post and stood in for it on a day, and all who ever did."""
        self.only_for_viewers(request)
        post = self.get_queryset(request).select_related("organ").filter(pk=pk).first()
        if post is None or not may(request.user, "tenure.see", post):
            raise Http404
        on = timezone.localdate()
        form = OnDayForm(request.GET if "on" in request.GET else None, initial={"on": on})
        if form.is_bound and form.is_valid():
            on = form.cleaned_data["on"]
        tenures = list(Tenure.objects.filter(post=post).select_related("user").order_by("-since", "kind", "pk"))
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(
            request,
            "admin/efficiency/post/answerable.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Who was answerable"),
                "post": post,
                "form": form,
                "on": on,
                "answerable": answerable_on(tenures, on),
                "tenures": tenures,
            },
        )

    @admin.display(description=_("held by"))
    def holders(self, post: Post) -> str:
        """Return who holds the post today."""
        today = timezone.localdate()
        return pgettext("between items of a list", ", ").join(
            str(tenure.user)
            for tenure in sorted(post.tenures.all(), key=lambda tenure: tenure.pk)
            if tenure.since <= today and (tenure.until is None or today < tenure.until)
        )
