"""
The components of the portal as template tags (docs/ui.md lists them with examples).

Every text goes through autoescape; HTML is built by ``format_html`` and by templates only (docs/trust.md O-01).
"""

from typing import Any
from urllib.parse import urlsplit

from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from efficiency.pages import frame_parts
from efficiency.pages.components import account_table, deadline, deadline_tag, state_tag, timeline, unstopped
from efficiency.pages.deadline_view import CARD_WORDS, CardView, DeadlineView
from efficiency.pages.time_words import amount, day, moment, time_tag, weekday
from efficiency.pages.timeline_view import Step

register = template.Library()


# What is written in Python alone, under the names that templates call it by.
for _filter in (weekday, day, moment, amount, unstopped):
    register.filter(_filter.__name__, _filter)
for _tag in (time_tag, state_tag, deadline, deadline_tag, account_table, timeline):
    register.simple_tag(_tag, name=_tag.__name__)
# --- Components ----------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def public_header(context: template.Context) -> SafeString:
    """Show the head of a public page, with what the frame of the page knows (``efficiency.pages.context``)."""
    return frame_parts.header(
        context["site"],
        context["view"],
        context["here"],
        home_href=context["home_href"],
        public_menu=context["public_menu"],
        search=context.get("search"),  # pages of faults have none
    )


@register.simple_tag(takes_context=True)
def public_footer(context: template.Context) -> SafeString:
    """Show the foot of a public page."""
    return frame_parts.footer(context["site"], context["contact"])


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a symbol of ``static/img/icons.svg``; it is decoration, so a word always stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def days_left(d: DeadlineView) -> str:
    """Say in short how much time of a promise is left, or by how much it was overrun, for tables and lists."""
    if d.days_over:
        return _("%(days)s over") % {"days": amount(d.days_over)}
    if d.is_due_today:
        return _("due today")
    return _("%(days)s left") % {"days": amount(d.days_left, d.unit)} if d.days_left is not None else ""


@register.inclusion_tag("components/_card_tag.html")
def card_tag(card: CardView) -> dict[str, Any]:
    """Show a yellow or red card with its moment and rule; a revoked one is struck through and says so."""
    return {"card": card, "word": CARD_WORDS[card.is_red]}


@register.inclusion_tag("components/_stepper.html")
def stepper(steps: list[Step], *, label: str = "") -> dict[str, Any]:
    """Show the steps of a procedure in one line."""
    return {"steps": steps, "label": label or _("Steps")}


@register.inclusion_tag("components/_pagination.html", takes_context=True)
def pagination(
    context: template.Context,
    page: Any = None,
    *,
    approximate: bool = False,
    previous: str = "",
    following: str = "",
    parameter: str = "page",
) -> dict[str, Any]:
    """
    Show previous, next and “page 3 of 120”; keeps the filters of the address.

    :param page: a page of Django's paginator; or nothing, and ``previous`` and ``following`` are addresses (keyset)
    :param approximate: whether the number of pages is an estimate
    """
    request = context.get("request")
    number = pages = None
    if page is not None:
        number, pages = page.number, page.paginator.num_pages
        if page.has_previous():
            previous = _with(request, parameter, page.previous_page_number())
        if page.has_next():
            following = _with(request, parameter, page.next_page_number())
    return {
        "number": number,
        "pages": pages,
        "approximate": approximate,
        "previous": previous,
        "following": following,
    }


def _with(request: Any, parameter: str, value: int) -> str:
    query = request.GET.copy() if request is not None else None
    if query is None:
        return f"?{parameter}={value}"
    query[parameter] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/_filters.html", takes_context=True)
def filter_chips(
    context: template.Context, chips: list[Any], *, count: int | None = None, more: bool = False
) -> dict[str, Any]:
    """
    Show the filters that are on, each with a link that takes it off, and how many rows there are.

    ``more`` says “more than”, for lists that are counted up to a limit only.
    """
    request = context.get("request")
    return {"chips": chips, "count": count, "more": more, "clear": request.path if request is not None else "?"}


@register.inclusion_tag("components/_empty.html")
def empty(title: str, text: str = "", *, href: str = "", link: str = "") -> dict[str, Any]:
    """Say why there is nothing and what comes next; ``href`` and ``link`` lead on."""
    return {"title": title, "text": text, "href": href, "link": link}


@register.simple_tag
def portal_link(href: str, text: str) -> SafeString:
    """Return a link; one that leaves the portal and ``gov.cn`` says so (docs/ui.md)."""
    if _is_outside(href):
        return format_html('<a href="{}" rel="noopener">{} {}</a>', href, text, _("(external website)"))
    return format_html('<a href="{}">{}</a>', href, text)


def _is_outside(href: str) -> bool:
    host = (urlsplit(href).hostname or "").lower()
    own = (urlsplit(settings.PORTAL_URL).hostname or "").lower()
    return bool(host) and host != own and host != "gov.cn" and not host.endswith(".gov.cn")


@register.filter
def fours(value: str) -> str:
    """Group a number or code in fours for reading: ``ABCD EFGH``. Copying must offer the value itself."""
    text = "".join(str(value).split())
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


# --- Forms ---------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/_field.html")
def field(
    bound: BoundField, *, width: str = "", columns: bool = False, wrapper: str = "", optional: bool = True
) -> dict[str, Any]:
    """
    Show a field: label above, help below it, then the error, then the control.

    :param width: ``number``, ``short`` or ``medium`` for controls that need less than the full measure
    :param columns: whether radios and boxes stand in two columns where there is room
    :param wrapper: further classes of the element around it
    :param optional: ``False`` leaves out the mark of a field that is needed only with certain other answers
    """
    widget = bound.field.widget
    is_single_box = isinstance(widget, forms.CheckboxInput)
    is_choices = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    control: SafeString | str = ""
    if not is_choices:
        control = bound.as_widget(attrs=_attributes(bound, width))
    return {
        "field": bound,
        "control": control,
        "groups": _groups(bound) if is_choices else (),
        "is_choices": is_choices,
        "is_single_box": is_single_box,
        # A box that is not ticked is an answer too.
        "is_optional": optional
        and not bound.field.required
        and not isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple),
        "help_id": f"{bound.auto_id}_helptext",
        "error_id": f"{bound.auto_id}_error",
        "columns": columns,
        "wrapper": wrapper,
    }


def _attributes(bound: BoundField, width: str) -> dict[str, Any]:
    widget = bound.field.widget
    attributes: dict[str, Any] = {}
    if not isinstance(widget, forms.CheckboxInput):
        look = "form-select" if isinstance(widget, forms.Select) else "form-control"
        parts = [widget.attrs.get("class", ""), look, f"width-{width}" if width else ""]
        parts.append("is-invalid" if bound.errors else "")
        attributes["class"] = " ".join(part for part in parts if part)
    return attributes


def _groups(bound: BoundField) -> list[tuple[str, list[BoundWidget]]]:
    """Return the radios or boxes of a field in their groups; neighbours without a group stand under an empty name."""
    widget, renderer = bound.field.widget, bound.form.renderer
    groups: list[tuple[str, list[BoundWidget]]] = []
    for name, options, _index in widget.optgroups(bound.html_name, _chosen(bound), _option_attributes(bound)):
        if not groups or groups[-1][0] != (name or ""):
            groups.append((name or "", []))
        groups[-1][1].extend(BoundWidget(widget, option, renderer) for option in options)
    return groups


def _chosen(bound: BoundField) -> list[str]:
    return bound.field.widget.format_value(bound.value()) or []


def _option_attributes(bound: BoundField) -> dict[str, Any]:
    attributes = bound.build_widget_attrs({}, bound.field.widget)
    # The fieldset carries the description once, not every radio.
    attributes.pop("aria-describedby", None)
    return {**attributes, "id": bound.auto_id} if bound.auto_id else attributes


@register.simple_tag
def choice_input(option: BoundWidget) -> SafeString:
    """Show one radio or box of a field, as Django's own template writes it; a form has dozens of them."""
    data = option.data
    value = data["value"]
    return format_html(
        '<input type="{}" name="{}"{}{}>',
        data["type"],
        data["name"],
        "" if value is None else format_html(' value="{}"', str(value)),
        flatatt(data["attrs"]),
    )


@register.inclusion_tag("components/_error_summary.html")
def error_summary(form: Any, *others: Any) -> dict[str, Any]:
    """
    Show above a form what needs to be put right, each line a link to its field, with the words of the field.

    Further forms or formsets of the same page may follow. Radios are linked at their first one.
    """
    lines: list[tuple[str, str]] = []
    for one in (form, *others):
        if not one.is_bound:
            continue
        lines.extend(("", str(message)) for message in one.non_field_errors())
        for bound in one:
            lines.extend((_first_control(bound), str(message)) for message in bound.errors)
    return {"lines": lines}


def _first_control(bound: BoundField) -> str:
    """Return the id that a link to the field leads to: for radios and boxes that of the first one."""
    if isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        for _name, options in _groups(bound):
            return options[0].id_for_label or ""
    return bound.id_for_label or bound.auto_id
