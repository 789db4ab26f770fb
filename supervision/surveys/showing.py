"""What everybody sees of surveys: those open and ended, their results, the part of the home page (docs/ui.md 5.8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.rounding import per_cent
from efficiency.timing.due import local_day
from supervision.models import Survey
from supervision.surveys import holding
from supervision.surveys.enums import PUBLIC, Grade, Kind, State

MOST_AT_HOME = 3


def public() -> QuerySet[Survey]:
    """Return the surveys that everybody knows of, the newest first."""
    return Survey.objects.filter(state__in=PUBLIC).select_related("office").order_by("-begins_on", "-pk")


def taking(*, at: datetime) -> QuerySet[Survey]:
    """Return the surveys that take answers at ``at``, those that end first at the front."""
    rows = Survey.objects.filter(state=State.OPEN, begins_on__lte=local_day(at), ends_at__gt=at)
    return rows.select_related("office").order_by("ends_at", "pk")


def standing(survey: Survey, at: datetime) -> str:
    """Return where a survey stands for everybody: soon, open, ended, or published."""
    if survey.state == State.PUBLISHED:
        return "published"
    if holding.takes_answers(survey, at):
        return "open"
    return "soon" if survey.state == State.OPEN and survey.ends_at and at < survey.ends_at else "ended"


def at_home(at: datetime) -> Mapping[str, Any] | None:
    """Return the surveys for the home page; None where none is open."""
    found = list(taking(at=at)[:MOST_AT_HOME])
    return {"surveys": found} if found else None


# --- Results --------------------------------------------------------------------------------------------------------


def shown(results: Mapping[str, Any], *, without: frozenset[int] = frozenset()) -> dict[str, Any]:
    """
    Return results for a page or a file: words beside counts, shares in per cent, drawings.

    :param without: organs whose figures whoever looks does not read
    """
    organs = []
    for one in results["organs"]:
        is_hidden = one["organ"] in without
        has_figures = one["answers"] is not None and not is_hidden
        organs.append(
            {
                "key": one["organ"],
                "name": one["name"],
                "is_hidden": is_hidden,
                "answers": one["answers"] if has_figures else None,
                "score": one["score"] if has_figures else None,
                **_split([_item(each) for each in one["items"]] if has_figures else []),
            }
        )
    return {
        "answers": results["answers"],
        "organs": organs,
        "scored": [each for each in organs if each["score"] is not None],
        "questions": [_item(each) for each in results["questions"]],
        "remark": results.get("remark", ""),
        "drawing": drawing(organs),
        "grades": [str(Grade(grade).label) for grade in (5, 4, 3, 2, 1)],
    }


def _split(items: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return all items, those with five grades, which make one table, and the others."""
    grades = [each for each in items if each["kind"] == Kind.GRADES]
    return {"items": items, "graded": grades, "others": [each for each in items if each["kind"] != Kind.GRADES]}


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    counts, answers = item.get("counts") or [], item["answers"]
    labels = {
        Kind.GRADES: [str(Grade(grade).label) for grade in (5, 4, 3, 2, 1)],
        Kind.YES_NO: [_("yes"), _("no")],
    }.get(item["kind"], item.get("options", []))
    lines = [
        {"label": label, "count": count, "share": per_cent(count, answers, 1)}
        for label, count in zip(labels, counts, strict=False)
    ]
    return {**item, "lines": lines}


def drawing(organs: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return what the chart of scores is drawn from; None where fewer than two organs have one."""
    scored = [each for each in organs if each["score"] is not None]
    if len(scored) < 2:
        return None
    return {
        "labels": [each["name"] for each in scored],
        "unit": pgettext("survey score", "points"),
        "series": [{"name": _("Survey score"), "values": [float(each["score"]) for each in scored], "bars": True}],
    }
