"""
The scores of a survey go to the appraisal that they are for (docs/domain.md 8.1, 11), by its way of two persons.

Whoever counted the survey enters, whoever published it confirms; nobody enters or confirms a score of an organ of their
own: such a score waits for somebody else. What was handed over once is not handed over again.
"""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.organs.models import Organ
from supervision.models import Survey
from supervision.surveys.access import own_organs
from targets.appraisal import surveys
from targets.models import SurveyResult


def feed(survey: Survey, /, *, by: User, at: datetime) -> list[SurveyResult]:
    """Hand over the score of each organ with ten answers or more; return what was handed over."""
    if survey.year is None or survey.results is None or survey.counted_by is None:
        return []
    scored = {one["organ"]: one for one in survey.results["organs"] if one["score"] is not None}
    organs = Organ.objects.in_bulk(scored)
    found = []
    for key, one in scored.items():
        result = surveys.take_over(
            organs[key],
            by=survey.counted_by,
            at=at,
            year=survey.year,
            span=survey.span,
            score=Decimal(one["score"]),
            answers=one["answers"],
            source=source_of(survey),
        )
        if result is None:
            continue
        if result.confirmed_at is None and not surveys.why_not_confirm(by, result):
            surveys.confirm(result, by=by, at=at)
        found.append(result)
    return found


def why_not(survey: Survey) -> str:
    """Return why not every score can be handed over: who counted belongs to an organ now; empty where each can."""
    if survey.year is None or survey.results is None or survey.counted_by is None:
        return ""
    scored = {one["organ"] for one in survey.results["organs"] if one["score"] is not None}
    own = scored & own_organs(survey.counted_by)
    if not own:
        return ""
    names = "、".join(Organ.objects.filter(pk__in=own).order_by("position", "pk").values_list("name", flat=True))
    return _(
        "Whoever put the results up belongs to %(organs)s now, and enters no score there: please send them back, so "
        "that somebody else puts them up."
    ) % {"organs": names}


def source_of(survey: Survey) -> str:
    """Return how the appraisal names a survey of the portal; it tells one from another."""
    words = _("Opinion survey no. %(key)d of the portal: %(title)s") % {"key": survey.pk, "title": survey.title}
    return words[: surveys.LONGEST_SOURCE]
