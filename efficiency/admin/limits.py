"""
The limits of promises as they hold today (docs/domain.md 3.5).

The head of the efficiency office sets new ones, what the law limits the system administrator alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import cells_of, may
from efficiency.access.rows import register_rows
from efficiency.deadlines import registry, rules
from efficiency.deadlines.models import Deadline, DeadlineState, LimitRule, Promise
from efficiency.deadlines.models import Unit as Units
from efficiency.deadlines.refusals import Refused
from efficiency.pages.forms import PortalForm
from efficiency.risks.models import ReviewCause
from efficiency.timing.due import Limit, Unit

GROUP = gettext_lazy("Time and limits")
# How the variants of kinds are called; the apps add those of theirs.
_variants: dict[str, Lazy | str] = {"": "", **dict(ReviewCause.choices)}


def name_variants(names: Mapping[str, Lazy | str]) -> None:
    """Say what variants such as ``complex`` are called."""
    _variants.update(names)


def words_of(limit: Limit | None) -> str:
    """Return a limit in words: 15 working days."""
    if limit is None:
        return "–"
    if limit.unit == Unit.WORKING_DAY:
        return ngettext("%(number)d working day", "%(number)d working days", limit.number) % {"number": limit.number}
    return f"{limit.number} {Units(limit.unit.value).label}"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind and variant with what holds today."""

    kind: str
    variant: str
    label: str
    variant_label: str
    promise: str
    terms: rules.Terms
    legal: Limit | None
    right: str
    is_set: bool
    since: date | None
    next_rule: LimitRule | None


class LimitForm(PortalForm):
    """A new limit; the fields are the parameters of ``rules.set_limit``."""

    number = forms.IntegerField(label=gettext_lazy("Limit"), min_value=0, max_value=3650)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=Units)
    extension = forms.IntegerField(
        label=gettext_lazy("Extension at most"),
        min_value=0,
        max_value=3650,
        help_text=gettext_lazy("In the same unit; 0 where the promise cannot be extended."),
    )
    red_after = forms.IntegerField(
        label=gettext_lazy("Red after (working days)"),
        min_value=1,
        max_value=250,
        required=False,
        help_text=gettext_lazy("Counted from the last day; left empty it follows from the limit."),
    )
    fourth_after = forms.IntegerField(
        label=gettext_lazy("Level four after red (working days)"),
        min_value=1,
        max_value=250,
        required=False,
        help_text=gettext_lazy("Left empty it is five."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), help_text=gettext_lazy("Promises that start on this day or later.")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


@admin.register(LimitRule)
class LimitRuleAdmin(ScopedAdmin):
    """All limits with what holds today; a change is a new row, so that it can always be told what held when."""

    group, position = GROUP, 56
    see, add = "limit.see", "limit.set"
    list_display = ("kind", "variant", "number", "unit", "valid_from", "set_by", "set_at")
    list_select_related = ("set_by",)
    ordering = ("kind", "variant", "-valid_from")

    def sees(self, request: HttpRequest) -> bool:
        """Say whether the viewer may see limits: whoever sets those of law does too."""
        return super().sees(request) or bool(cells_of(request.user, "limit.set_law"))

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the table of limits and what was changed when."""
        self.only_for_viewers(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Limits"),
            "opts": self.opts,
            "rows": rows_on(timezone.localdate()),
            "changes": LimitRule.objects.select_related("set_by").order_by("-set_at", "-id")[:50],
            "rights": [right for right in ("limit.set", "limit.set_law") if may(viewer(request), right)],
        }
        return TemplateResponse(request, "admin/efficiency/limitrule/table.html", context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Set the limit of the kind and variant that the address names."""
        self.only_for_viewers(request)
        kind, variant = request.GET.get("kind", ""), request.GET.get("variant", "")
        try:
            registered = registry.get(kind)
            terms = rules.terms_of(kind, variant, on=timezone.localdate())
        except KeyError as unknown:
            raise Http404 from unknown
        if not may(viewer(request), rules.right_to_set(registered, variant)):
            raise PermissionDenied
        form = LimitForm(request.POST if request.method == "POST" else None, initial=_initial(terms))
        if form.is_valid():
            fields = dict(form.cleaned_data)
            limit = Limit(fields.pop("number"), Unit(fields.pop("unit")))
            try:
                rules.set_limit(kind, variant, limit, by=viewer(request), at=timezone.now(), **fields)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The limit is set."))
                return HttpResponseRedirect(reverse("admin:efficiency_limitrule_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Set the limit: %(promise)s") % {"promise": _named(str(registered.label), variant)},
            form=form,
            submit=_("Set the limit"),
            back=reverse("admin:efficiency_limitrule_changelist"),
            crumbs=[(_("Limits"), reverse("admin:efficiency_limitrule_changelist"))],
            effects=_effects(registered, variant, terms, is_counted=may(viewer(request), "limit.set")),
        )


def rows_on(day: date) -> list[Row]:
    """Return every kind and variant with the terms that hold on the local date; one question for all rules."""
    held: dict[tuple[str, str], LimitRule] = {}
    coming: dict[tuple[str, str], LimitRule] = {}
    for rule in LimitRule.objects.order_by("valid_from", "id"):
        key = (rule.kind, rule.variant)
        if rule.valid_from <= day:
            held[key] = rule
        else:
            coming.setdefault(key, rule)
    rows = []
    for kind in registry.kinds():
        for variant in kind.limits:
            present = held.get((kind.name, variant))
            rows.append(
                Row(
                    kind=kind.name,
                    variant=variant,
                    label=str(kind.label),
                    variant_label=str(_variants.get(variant, variant)),
                    promise=str(kind.made_to or Promise(kind.promise).label),
                    terms=_terms(kind, variant, present),
                    legal=kind.legal_limit(variant),
                    right=rules.right_to_set(kind, variant),
                    is_set=present is not None,
                    since=present.valid_from if present else None,
                    next_rule=coming.get((kind.name, variant)),
                )
            )
    return rows


def _terms(kind: registry.DeadlineKind, variant: str, rule: LimitRule | None) -> rules.Terms:
    if rule is None:
        return rules.terms_with(kind.limit(variant), kind.extension(variant))
    extension = Limit(rule.extension_number, Unit(rule.unit)) if rule.extension_number else None
    return rules.terms_with(
        Limit(rule.number, Unit(rule.unit)), extension, red=rule.red_after, fourth_after_red=rule.fourth_after
    )


def _initial(terms: rules.Terms) -> dict[str, Any]:
    return {
        "number": terms.limit.number,
        "unit": terms.limit.unit.value,
        "extension": terms.extension.number if terms.extension else 0,
        "valid_from": timezone.localdate() + timedelta(days=1),
    }


def _named(label: str, variant: str) -> str:
    return f"{label} · {_variants.get(variant, variant)}" if variant else label


def _effects(kind: registry.DeadlineKind, variant: str, terms: rules.Terms, *, is_counted: bool) -> list[str]:
    """Say what holds now, what the law allows, and how many running promises keep it: not to who knows of none."""
    legal = kind.legal_limit(variant)
    by_law = _("By law: %(limit)s at most; extension at most: %(extension)s.") % {
        "limit": words_of(legal),
        "extension": words_of(kind.extension(variant)),
    }
    return [
        _("Today: %(limit)s; extension at most: %(extension)s.")
        % {"limit": words_of(terms.limit), "extension": words_of(terms.extension)},
        *([] if legal is None else [by_law]),
        *([_running(kind.name, variant)] if is_counted and not kind.is_hidden else []),
        _("The former limit stays on record, so that it can be told what held when."),
    ]


def _running(kind: str, variant: str) -> str:
    running = Deadline.objects.filter(
        kind=kind, variant=variant, state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED]
    ).count()
    return ngettext(
        "%(count)d promise runs under the present limit and keeps it: a change touches later ones only.",
        "%(count)d promises run under the present limit and keep it: a change touches later ones only.",
        running,
    ) % {"count": running}


def limit_rules(user: Any) -> QuerySet[LimitRule]:
    """Return all rules to those who may see limits, or set those of law."""
    known = cells_of(user, "limit.see") or cells_of(user, "limit.set_law")
    return LimitRule.objects.all() if known else LimitRule.objects.none()


register_rows(LimitRule, limit_rules)
