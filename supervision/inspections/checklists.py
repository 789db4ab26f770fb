"""Checklists of the office: a usual one is ready-made; a new version leaves those before as they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.records import record
from supervision.inspections.enums import Category
from supervision.inspections.refusals import Invalid, NotAllowed, NotInState
from supervision.models import Checklist, ChecklistItem, ChecklistVersion

MOST_ITEMS = 60
LONGEST = 200
# Between the parts of a line: category｜question｜norm.
BAR = "｜"


@dataclass(frozen=True, slots=True)
class Item:
    """One question; the right answer is yes."""

    category: str
    text: str
    norm: str = ""


def read(lines: str) -> list[Item]:
    """
    Return the items that are written one a line: category, question and, if wanted, the norm, with a bar between them.

    :raises Invalid: a line does not do, or there is none
    """
    categories = {str(label): value for value, label in Category.choices} | {value: value for value in Category.values}
    found = []
    for number, line in enumerate(checks.storable("items", lines).replace("|", BAR).splitlines(), start=1):
        if not line.strip():
            continue
        category, _bar, rest = (part.strip() for part in line.partition(BAR))
        text, _bar, norm = (part.strip() for part in rest.partition(BAR))
        if category not in categories or not text or max(len(text), len(norm)) > LONGEST:
            raise Invalid("items", _("Line %(number)d does not do: category｜question｜norm.") % {"number": number})
        found.append(Item(categories[category], text, norm))
    if not found or len(found) > MOST_ITEMS:
        raise Invalid("items", _("Please write one to %(most)d items, one a line.") % {"most": MOST_ITEMS})
    return found


def written(version: ChecklistVersion) -> str:
    """Return the items of a version, one a line, as ``read`` takes them."""
    lines = []
    for item in version.items.order_by("position"):
        lines.append(BAR.join(filter(None, (str(item.get_category_display()), item.text, item.norm))))
    return "\n".join(lines)


@transaction.atomic
def make(name: str, items: Sequence[Item], /, *, by: User, at: datetime) -> ChecklistVersion:
    """
    Make a checklist with its first version.

    :raises NotAllowed: ``by`` keeps no checklists
    :raises Invalid: no name, or one that is taken
    """
    _check_right(by, at)
    words = checks.text("name", name, _("Please give it a name."), at_most=80)
    if Checklist.objects.filter(name=words).exists():
        raise Invalid("name", _("There is a checklist of this name."))
    checklist = Checklist.objects.create(name=words, created_at=at)
    return _written(checklist, items, by=by, at=at, reason="")


@transaction.atomic
def change(checklist: Checklist, items: Sequence[Item], /, *, by: User, at: datetime, reason: str) -> ChecklistVersion:
    """
    Add a version: plans from now on are made with it, those before keep theirs.

    :raises NotAllowed: ``by`` keeps no checklists
    :raises NotInState: the checklist was ended
    :raises Invalid: no reason
    """
    _check_right(by, at)
    checklist = Checklist.objects.select_for_update(of=("self",), no_key=True).get(pk=checklist.pk)
    if checklist.ended_at is not None:
        raise NotInState(_("This checklist was ended."))
    why = checks.text("reason", reason, _("Please give the reason."), at_most=200)
    return _written(checklist, items, by=by, at=at, reason=why)


@transaction.atomic
def end(checklist: Checklist, /, *, by: User, at: datetime) -> None:
    """
    End a checklist: no new plan begins with it.

    :raises NotAllowed: ``by`` keeps no checklists
    """
    _check_right(by, at)
    Checklist.objects.filter(pk=checklist.pk, ended_at__isnull=True).update(ended_at=at)
    record("checklist.end", actor=by, obj=checklist, at=at)


def _check_right(by: User, at: datetime) -> None:
    if not may(by, "checklist.edit", fresh=True):
        record("checklist.change", actor=by, outcome="refused", at=at)
        raise NotAllowed(_("You keep no checklists."))


def _written(checklist: Checklist, items: Sequence[Item], *, by: User, at: datetime, reason: str) -> ChecklistVersion:
    last = checklist.versions.aggregate(last=Max("number"))["last"] or 0
    version = ChecklistVersion.objects.create(checklist=checklist, number=last + 1, reason=reason, by=by, at=at)
    ChecklistItem.objects.bulk_create(
        ChecklistItem(version=version, position=position, category=item.category, text=item.text, norm=item.norm)
        for position, item in enumerate(items, start=1)
    )
    record("checklist.change", actor=by, obj=checklist, detail={"version": version.number}, at=at)
    return version


def in_force() -> QuerySet[ChecklistVersion]:
    """Return the newest version of each checklist that was not ended."""
    newest = ChecklistVersion.objects.filter(checklist=OuterRef("checklist")).order_by("-number")
    rows = ChecklistVersion.objects.filter(pk=Subquery(newest.values("pk")[:1]), checklist__ended_at__isnull=True)
    return rows.select_related("checklist").order_by("checklist__name")
