"""
What helps whoever writes a reply: templates that fit a case, filled with its values, and what is known of its category.

A template or an entry holds for its organ and all below it, as rights do.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

from complaints import deadlines, wording
from complaints.models import Case, KnowledgeEntry, ReplyTemplate
from efficiency.access.may import MATRIX
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Organ

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

# What a template may name, as {number} or, by its Chinese name, as {编号}.
VARIABLES = {"number": "编号", "title": "标题", "organ": "单位", "received": "收到日期", "due": "答复期限"}
MOST_TEMPLATES = 30
MOST_ENTRIES = 8
_IN_BRACES = re.compile(r"\{([^{}\n]*)\}")


def unknown_variables(text: str) -> list[str]:
    """Return what stands in braces and is no variable, in the order of the text."""
    known = {*VARIABLES, *VARIABLES.values()}
    return [name for name in dict.fromkeys(_IN_BRACES.findall(text)) if name not in known]


def shown_variables() -> list[str]:
    """Return the variables in braces, by their names in the reader's language."""
    is_chinese = (get_language() or "").startswith("zh")
    return [f"{{{chinese if is_chinese else name}}}" for name, chinese in VARIABLES.items()]


def filled(template: ReplyTemplate, case: Case, user: "User") -> str:
    """
    Return the text of the template with the values of the case, whose title stands there as ``user`` reads it.

    Values are put in once: what a citizen typed in braces stays as it was typed. Without a promised reply "due" is
    empty.
    """
    due = deadlines.running(case, deadlines.REPLY) or deadlines.running(case, deadlines.REWORK)
    values = {
        "number": case.number,
        "title": str(wording.words_for(case, user).title),
        "organ": str(case.handling_organ or case.office),
        "received": _day(case.received_at),
        "due": _day(due.due_at) if due else "",
    }
    values |= {VARIABLES[name]: value for name, value in values.items()}
    return _IN_BRACES.sub(lambda found: values.get(found[1], found[0]), template.text)


def templates_for(case: Case, on: date) -> "QuerySet[ReplyTemplate]":
    """Return the templates that are offered for the case on the day, those of its category first."""
    holder = case.handling_organ or case.office
    return (
        ReplyTemplate.objects.filter(organ__in=_with_above([holder.pk]))
        .filter(Q(until__isnull=True) | Q(until__gt=on))
        .filter(kind__in=["", case.kind], category__in={"", case.category})
        .order_by("-category", "-kind", "title", "pk")[:MOST_TEMPLATES]
    )


def entries_for(case: Case, on: date) -> "QuerySet[KnowledgeEntry]":
    """Return what is known of the category of the case and valid on the day, entries of the category itself first."""
    holder = case.handling_organ or case.office
    return (
        KnowledgeEntry.objects.filter(organ__in=_with_above([holder.pk]), category__in={"", case.category})
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gt=on), valid_from__lte=on)
        .order_by("-category", "title", "pk")[:MOST_ENTRIES]
    )


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _with_above(organ_ids: Iterable[int]) -> set[int]:
    """Return the organs with all that stand above them."""
    parents = dict(Organ.objects.order_by().values_list("pk", "parent_id"))
    found: set[int] = set()
    for organ_id in organ_ids:
        above: int | None = organ_id
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    return found


# --- Who may know of them, and how a person stands to them ----------------------------------------------------------


def templates_of(user: "User | AnonymousUser") -> "QuerySet[ReplyTemplate]":
    """Return the templates that hold for the organs in the reach of ``user``, or come from above."""
    return ReplyTemplate.objects.filter(organ__in=_organs_of(user, "template.see"))


def entries_of(user: "User | AnonymousUser") -> "QuerySet[KnowledgeEntry]":
    """Return the knowledge that holds for the organs in the reach of ``user``, or comes from above."""
    return KnowledgeEntry.objects.filter(organ__in=_organs_of(user, "knowledge.see"))


def _organs_of(user: "User | AnonymousUser", action: str) -> set[int]:
    seats = scope_of(user).seats_as(*MATRIX[action])
    reached: set[int] = set().union(*(seat.organ_ids for seat in seats))
    return (reached | _with_above(seat.organ_id for seat in seats)) if seats else set()


def seats_to(scope: Scope, row: ReplyTemplate | KnowledgeEntry) -> list[Seat]:
    """Return the seats that reach the organ for which the row was written: who may change it."""
    return [seat for seat in scope.seats if row.organ_id in seat.organ_ids]
