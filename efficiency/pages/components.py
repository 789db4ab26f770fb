"""
The parts that stand on a page many times, written in one go: promises and the steps of a case (docs/ui.md).

A template for each of them took longer than all else of the page (docs/performance.md). They are written by ``_html``
alone, which escapes every value that is no HTML of ours already, as Django's ``format_html`` does (docs/trust.md O-01).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from efficiency.pages.deadline_view import AccountRow, DeadlineView, Situation, ends_with_the_day
from efficiency.pages.time_words import amount, day, time_tag
from efficiency.pages.timeline_view import FileLink, Stage, TimelineEntry

_PLACE = re.compile(r"%\((\w+)\)s")
_NOTHING = SafeString("")


def _html(pattern: str, *values: Any, **named: Any) -> SafeString:
    """
    Return the pattern, which is ours, filled with values that are escaped here.

    A page has five hundred of them, and for each Django looks whether it is a sentence that can be translated later.
    """
    return SafeString(
        pattern.format(*map(_escaped, values), **{name: _escaped(value) for name, value in named.items()})
    )


def _escaped(value: Any) -> str:
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def _each(pattern: str, lines: Iterable[Sequence[Any]]) -> SafeString:
    """Return the pattern once for each of the lines."""
    return SafeString("".join(_html(pattern, *line) for line in lines))


def state_tag(word: Any, look: str = "info") -> SafeString:
    """Show a state as a word in a box. ``look``: ok, warn, over, over-outline, mute, paused, info, solid."""
    return _html('<span class="tag tag-{}">{}</span>', look or "info", word)


def unstopped(sentence: str) -> str:
    """Return a sentence without the stop at its end, to stand inside another one."""
    return str(sentence).rstrip().rstrip("。．.;；!！").rstrip()


# --- A promise -----------------------------------------------------------------------------------------------------


def deadline(d: DeadlineView, *, emphasis: bool = False, account: bool = True) -> SafeString:
    """
    Show where a promise stands: tag, sentence, note, and the account of its date.

    ``emphasis`` puts it in a box, for the one promise that is next; ``account=False`` leaves the account out.
    """
    return _html(
        '<div class="deadline deadline-{}{}">\n<p class="deadline-head">{} '
        '<span class="deadline-text{}">{}</span>{}</p>\n{}{}</div>\n',
        d.situation.value,
        " deadline-next" if emphasis else "",
        state_tag(d.tag_word, d.tag_class.removeprefix("tag-")),
        " provisional" if d.is_provisional else "",
        _sentence(d),
        _html(' <span class="tag tag-mute">{}</span>', _("Provisional")) if d.is_provisional else "",
        _notes(d),
        account_table(d.account, d.account_intro, d.label) if account and d.account else "",
    )


def _sentence(d: DeadlineView) -> SafeString:
    """What is promised, until when, and where that stands now, in one sentence."""
    said: dict[str, Any] = {
        "label": d.label,
        "due": time_tag(d.due_at, d.today, due=True, with_time=not d.ends_with_the_day),
        "left": amount(d.days_left, d.unit),
        "over": amount(d.days_over, "wd"),
        "met": time_tag(d.met_at, d.today, with_time=False) if d.met_at else "",
    }
    match d.situation:
        case Situation.FAR | Situation.NEAR:
            sentence = _time_left(d) if d.is_own_time else _due(d)
        case Situation.OVERDUE if d.days_over:
            sentence = _("%(over)s overdue: %(label)s was due by %(due)s.")
        case Situation.OVERDUE:
            sentence = _("Overdue: %(label)s was due by %(due)s.")
        case Situation.SUSPENDED:
            said |= {"reason": unstopped(str(d.suspended_reason)), "used": d.used, "total": amount(d.total, d.unit)}
            sentence = _stopped(d)
        case Situation.MET if d.is_own_time:
            sentence = _("%(label)s on %(met)s; there was time until %(due)s.")
        case Situation.MET if d.days_early:
            said["early"] = amount(d.days_early, d.unit)
            sentence = _("%(label)s on %(met)s, %(early)s early (due by %(due)s).")
        case Situation.MET:
            sentence = _("%(label)s on %(met)s, in time (due by %(due)s).")
        case Situation.MET_LATE if d.days_over:
            sentence = _("%(label)s on %(met)s, %(over)s late (due by %(due)s).")
        case Situation.MET_LATE:
            sentence = _("%(label)s on %(met)s, late (due by %(due)s).")
        case Situation.CANCELLED:
            sentence = _("%(label)s (due by %(due)s) no longer applies.")
        case _other:
            sentence = _("The time for %(label)s ended on %(due)s.")
    return _html(_as_format(sentence), **said)


def _time_left(d: DeadlineView) -> str:
    if d.is_due_today:
        return _("There is time for %(label)s until today, %(due)s, 24:00.")
    if d.is_due_tomorrow:
        return _("There is time for %(label)s until tomorrow, %(due)s.")
    if d.days_left is None:
        return _("There is time for %(label)s until %(due)s.")
    return _("There is time for %(label)s until %(due)s; %(left)s left.")


def _due(d: DeadlineView) -> str:
    if d.ends_with_the_day and d.is_due_today:
        return _("%(label)s is due today, %(due)s, until 24:00.")
    if d.ends_with_the_day and d.is_due_tomorrow:
        return _("%(label)s is due tomorrow, %(due)s.")
    if not d.ends_with_the_day or d.days_left is None:
        return _("%(label)s is due by %(due)s.")
    return _("%(label)s is due by %(due)s; %(left)s left.")


def _stopped(d: DeadlineView) -> str:
    if d.used is None or d.total is None:
        return _("The clock for %(label)s is stopped: %(reason)s. Date before the stop: %(due)s.")
    return _(
        "The clock for %(label)s is stopped: %(reason)s; %(used)s of %(total)s used. Date before the stop: %(due)s."
    )


@lru_cache(maxsize=512)
def _as_format(sentence: str) -> str:
    """Return a sentence of the catalogue, with places such as ``%(due)s``, as ``format_html`` takes it."""
    return _PLACE.sub(r"{\1}", sentence.replace("{", "{{").replace("}", "}}")).replace("%%", "%")


def _notes(d: DeadlineView) -> SafeString:
    """Who owes it, that its date may still move, and what else is to be known of it: a line each."""
    if not (d.owner or d.is_provisional or d.note):
        return _NOTHING
    notes: list[Any] = []
    if d.owner:
        notes.append(_html(_as_format(_("Owed by %(owner)s")), owner=d.owner))
    if d.is_provisional:
        told = _("May still change once the public holidays of %(year)s have been announced.")
        notes.append(_html(_as_format(told), year=d.due_on.year))
    if d.note:
        notes.append(d.note)
    return _each('<p class="deadline-note">{}</p>\n', ((note,) for note in notes))


def account_table(rows: tuple[AccountRow, ...], intro: Any = "", label: Any = "") -> SafeString:
    """Show how a date was computed, day by day, under one sentence of it and the name of what is due."""
    return _account(rows, str(intro), str(label), get_language(), timezone.localdate().year)


@lru_cache(maxsize=2000)
def _account(rows: tuple[AccountRow, ...], intro: str, label: str, _language: str | None, _year: int) -> SafeString:
    """The cases of a day have the same ones; language and present year are those that its dates are said in."""
    today = timezone.localdate()
    named = _html(_as_format(_("Day-by-day account of %(label)s")), label=label)
    words = {
        "summary": _("How is this computed?"),
        "intro": _html("<p>{}</p>\n", intro) if intro else "",
        "named": named,
        "date": _("Date"),
        "kind": _("Kind of day, and reason"),
        "counted": _("Counted as"),
        "rows": _each("{}", ((_day_of_account(row, today),) for row in rows)),
    }
    return _html(_ACCOUNT, **words)


_ACCOUNT = """<details class="account">
<summary>{summary}</summary>
{intro}<div class="table-responsive" tabindex="0" role="group" aria-label="{named}">
<table class="table table-sm">
<caption class="visually-hidden">{named}</caption>
<thead>
<tr><th scope="col">{date}</th><th scope="col">{kind}</th><th scope="col" class="number">{counted}</th></tr>
</thead>
<tbody>
{rows}</tbody>
</table>
</div>
</details>
"""


def _day_of_account(row: AccountRow, today: date) -> SafeString:
    counted: SafeString | str
    if row.counted_as is None:
        out = '<span aria-hidden="true">–</span><span class="visually-hidden">{}</span>'
        counted = _html(out, _("not counted"))
    else:
        counted = _("day %(n)s") % {"n": row.counted_as}
    return _html(
        '<tr class="{}">\n<th scope="row"><time datetime="{}">{}</time></th>\n<td>{}{}</td>\n'
        '<td class="number">{}</td>\n</tr>\n',
        "day-last" if row.is_last else "day-off" if row.counted_as is None else "",
        row.day.isoformat(),
        day(row.day, today),
        row.kind,
        _html(' <span class="account-reason">{}</span>', row.reason) if row.reason else "",
        counted,
    )


def deadline_tag(d: DeadlineView) -> SafeString:
    """Show the tag of a promise and its date in one line, for tables and lists."""
    return _deadline_tag(get_language(), str(d.tag_word), d.tag_class, d.due_at, d.today, d.is_provisional)


@lru_cache(maxsize=4096)
def _deadline_tag(
    _language: str | None, word: str, tag_class: str, due_at: datetime, today: date, is_provisional: bool
) -> SafeString:
    """The same of all promises that fall due at one moment, which are many."""
    return _html(
        '{} <span class="tag-date{}">{}</span>',
        state_tag(word, tag_class.removeprefix("tag-")),
        " provisional" if is_provisional else "",
        time_tag(due_at, today, due=True, with_time=not ends_with_the_day(due_at)),
    )


# --- The steps of a case -------------------------------------------------------------------------------------------


def timeline(entries: Sequence[TimelineEntry], *, label: str = "") -> SafeString:
    """Show the steps of a case in the order given: newest last for citizens, newest first for staff."""
    return _html(
        '<ol class="timeline" aria-label="{}">\n{}</ol>\n',
        label or _("How the case went"),
        _each("{}", ((_step(entry),) for entry in entries)),
    )


def _step(entry: TimelineEntry) -> SafeString:
    return _html(
        '<li class="timeline-item timeline-{}{}"{}>\n<div class="timeline-body">\n<p class="timeline-head">'
        '<span class="timeline-word">{}</span>{}{}{}{}</p>\n{}{}</div>\n</li>\n',
        entry.stage.value,
        " timeline-internal" if entry.is_internal else "",
        SafeString(' aria-current="step"') if entry.stage is Stage.CURRENT else "",
        entry.word,
        _html(' <span class="tag tag-mute">{}</span>', _("internal")) if entry.is_internal else "",
        _html(' <span class="tag tag-mute">{}</span>', _("still to come")) if entry.stage is Stage.EXPECTED else "",
        _html(' <span class="timeline-when">{}</span>', time_tag(entry.at)) if entry.at else "",
        _html(' <span class="timeline-who">{}</span>', entry.who) if entry.who else "",
        _html('<p class="timeline-text plain-text">{}</p>\n', entry.text) if entry.text else "",
        _files(entry.files) if entry.files else "",
    )


def _files(files: Sequence[FileLink]) -> SafeString:
    """Show files as links, photographs with a small picture, as ``components/_files.html`` does."""
    picture = '<img src="{}" width="160" height="120" loading="lazy" decoding="async" alt="{}"> <span>{}</span>'
    lines = (
        (
            SafeString(' class="file-picture"') if file.preview else "",
            file.href,
            _html(picture, file.preview, _("Photograph"), file.name) if file.preview else file.name,
            "" if file.size is None else _html(' <span class="help">{}</span>', filesizeformat(file.size)),
        )
        for file in files
    )
    line = '<li{}><a class="row-link file-name" href="{}">{}</a>{}</li>\n'
    return _html('<ul class="file-list">\n{}</ul>\n', _each(line, lines))
