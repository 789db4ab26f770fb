"""
The components of the portal as template tags (docs/ui.md lists them with examples).

Every text goes through autoescape; HTML is built by ``format_html`` and by templates only (docs/trust.md O-01).
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from efficiency.pages.deadline_view import CARD_WORDS, AccountRow, CardView, DeadlineView, ends_with_the_day
from efficiency.pages.timeline_view import Stage, Step, TimelineEntry

register = template.Library()


# --- Words of time -------------------------------------------------------------------------------------------------


@register.filter
def weekday(value: date | datetime) -> str:
    """Return the weekday of a date in short: 周五, Fri."""
    return _weekday_in(get_language(), _local_date(value).weekday())


# The same few days stand on a page a hundred times, and each takes several looks into the catalogue of a language.
@lru_cache(maxsize=64)
def _weekday_in(_language: str | None, number: int) -> str:
    # Written out, so that the extraction of messages finds each of them.
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[number]


@lru_cache(maxsize=4096)
def _date_in(_language: str | None, on: date, with_year: bool, with_weekday: bool) -> str:
    if with_year:
        shown = date_format(on, pgettext("format of a date with year", "j F Y"))
    else:
        shown = date_format(on, pgettext("format of a date without year", "j F"))
    if not with_weekday:
        return shown
    return pgettext("date with weekday", "%(weekday)s %(date)s") % {"weekday": weekday(on), "date": shown}


@register.filter
def day(value: date | datetime | None, today: date | None = None) -> str:
    """Return a date with its weekday, 12月11日（周五）; with the year where it is not that of ``today``."""
    if value is None:
        return ""
    on = _local_date(value)
    return _date_in(get_language(), on, on.year != (today or timezone.localdate()).year, True)


def plain_day(value: date | datetime, today: date | None = None) -> str:
    """Return the same without the weekday, 12月11日, for narrow columns of days that nobody has to keep."""
    on = _local_date(value)
    return _date_in(get_language(), on, on.year != (today or timezone.localdate()).year, False)


@register.filter
def moment(value: datetime | None, today: date | None = None) -> str:
    """Return a date with its weekday and the time of day: 12月11日（周五）10:32."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return pgettext("date with time", "%(date)s %(time)s") % {
        "date": day(local, today),
        "time": local.strftime("%H:%M"),
    }


@register.simple_tag
def time_tag(value: datetime, today: date | None = None, due: bool = False, with_time: bool = True) -> SafeString:
    """Return an element ``time`` for a moment; ``due`` adds ``data-due``, by which machines find deadlines."""
    iso = timezone.localtime(value).isoformat()
    text = moment(value, today) if with_time else day(value, today)
    if due:
        return format_html('<time datetime="{}" data-due="{}">{}</time>', iso, iso, text)
    return format_html('<time datetime="{}">{}</time>', iso, text)


@register.filter
def amount(number: int | None, unit: str = "wd") -> str:
    """Return a number of days with its unit: 13 个工作日."""
    number = number or 0
    if unit == "wd":
        return ngettext("%(number)d working day", "%(number)d working days", number) % {"number": number}
    if unit in ("h", "wh"):
        return ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}


def _local_date(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


# --- Components ----------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a symbol of ``static/img/icons.svg``; it is decoration, so a word always stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.inclusion_tag("components/_deadline.html")
def deadline(d: DeadlineView, *, emphasis: bool = False, account: bool = True) -> dict[str, Any]:
    """
    Show where a promise stands: tag, sentence, note, and the account of its date.

    ``emphasis`` puts it in a box, for the one promise that is next; ``account=False`` leaves the account out.
    """
    return {
        "d": d,
        "due": time_tag(d.due_at, d.today, due=True, with_time=not d.ends_with_the_day),
        "met": time_tag(d.met_at, d.today, with_time=False) if d.met_at else "",
        "left": amount(d.days_left, d.unit),
        "over": amount(d.days_over, "wd"),
        "early": amount(d.days_early, d.unit),
        "used": d.used,
        "total": amount(d.total, d.unit),
        "situation": d.situation.value,
        "emphasis": emphasis,
        "account": _account(d.account, str(d.account_intro), str(d.label), get_language(), timezone.localdate().year)
        if account and d.account
        else "",
    }


@lru_cache(maxsize=1000)
def _account(rows: tuple[AccountRow, ...], intro: str, label: str, _language: str | None, _year: int) -> SafeString:
    """The table of an account; language and present year are those that its dates are said in."""
    return render_to_string("components/_account.html", {"rows": rows, "intro": intro, "label": label})


@register.filter
def unstopped(sentence: str) -> str:
    """Return a sentence without the stop at its end, to stand inside another one."""
    return str(sentence).rstrip().rstrip("。．.;；!！").rstrip()


# These two stand in each row of a list: a template for each took longer than all else of the row.
@register.simple_tag
def deadline_tag(d: DeadlineView) -> SafeString:
    """Show the tag of a promise and its date in one line, for tables and lists."""
    return _deadline_tag(get_language(), str(d.tag_word), d.tag_class, d.due_at, d.today, d.is_provisional)


@lru_cache(maxsize=4096)
def _deadline_tag(
    _language: str | None, word: str, tag_class: str, due_at: datetime, today: date, is_provisional: bool
) -> SafeString:
    """The same of all promises that fall due at one moment, which are many."""
    return format_html(
        '{} <span class="tag-date{}">{}</span>',
        state_tag(word, tag_class.removeprefix("tag-")),
        " provisional" if is_provisional else "",
        time_tag(due_at, today, due=True, with_time=not ends_with_the_day(due_at)),
    )


@register.simple_tag
def days_left(d: DeadlineView) -> str:
    """Say in short how much time of a promise is left, or by how much it was overrun, for tables and lists."""
    if d.days_over:
        return _("%(days)s over") % {"days": amount(d.days_over)}
    if d.is_due_today:
        return _("due today")
    return _("%(days)s left") % {"days": amount(d.days_left, d.unit)} if d.days_left is not None else ""


@register.simple_tag
def state_tag(word: Any, look: str = "info") -> SafeString:
    """Show a state as a word in a box. ``look``: ok, warn, over, over-outline, mute, paused, info, solid."""
    return format_html('<span class="tag tag-{}">{}</span>', look or "info", word)


@register.inclusion_tag("components/_card_tag.html")
def card_tag(card: CardView) -> dict[str, Any]:
    """Show a yellow or red card with its moment and rule; a revoked one is struck through and says so."""
    return {"card": card, "word": CARD_WORDS[card.is_red]}


@register.inclusion_tag("components/_timeline.html")
def timeline(entries: list[TimelineEntry], *, label: str = "") -> dict[str, Any]:
    """Show the steps of a case in the order given: newest last for citizens, newest first for staff."""
    return {"entries": entries, "label": label or _("How the case went"), "current": Stage.CURRENT}


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
