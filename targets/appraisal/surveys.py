"""
What a survey gave an organ: typed in by one person of the office, confirmed by a second (8.1, block E).

A survey that the portal itself held is taken over as it is published (``take_over``), by two persons as well.
A result feeds the measure ``survey`` from its confirmation on; a later one for the same organ and time takes its place.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Organ, Post
from efficiency.timing.due import local_day
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.appraisal.self_scoring import checked_score
from targets.models import SurveyResult
from targets.plans import spans
from targets.plans.enums import Span

ENTER, CONFIRM = "appraisal.score", "appraisal.confirm"
LONGEST_SOURCE = 200
MOST_ANSWERS = 10_000_000
LEAST_YEAR, MOST_YEAR = 2000, 2199
_YEARS, _ANSWERS = {"least": LEAST_YEAR, "most": MOST_YEAR}, {"most": MOST_ANSWERS}


def enter(
    organ: Organ, /, *, by: User, at: datetime, year: int, span: str, score: Decimal, answers: int, source: str
) -> SurveyResult:
    """
    Keep the score that a survey gave an organ; it counts once a second person has confirmed it.

    Who enters word for word what they entered and nobody has confirmed yet gets that: the same form sent twice, two at
    once too, enters once (S-10). What was mistyped is not confirmed; it is entered anew.

    :param score: 0 to 100, two decimals at most
    :param answers: how many people answered
    :raises NotAllowed: ``by`` scores nothing of this organ, or belongs to it (docs/trust.md Z-07)
    :raises Invalid: a value is missing or out of bounds, or the time has not begun
    """
    if not may_enter(by, organ):
        record("appraisal.enter_survey", actor=by, obj=organ, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("You may not enter a survey of this organ."), "organ")
    span = checks.choice("span", span, Span, _("Please choose the time."))
    if not LEAST_YEAR <= year <= MOST_YEAR:
        raise Invalid("year", _("Please give a year from %(least)d to %(most)d.") % _YEARS)
    if spans.bounds(year, span)[0] > local_day(at):
        raise Invalid("year", _("This time has not begun yet."))
    if not 1 <= answers <= MOST_ANSWERS:
        raise Invalid("answers", _("Please say how many people answered: 1 to %(most)d.") % _ANSWERS)
    words = checks.text("source", source, _("Please say who surveyed whom, and when."), at_most=LONGEST_SOURCE)
    given = {"year": year, "span": span, "score": checked_score(score), "answers": answers, "source": words}
    with transaction.atomic():
        # What is entered of one organ goes one after the other.
        Organ.objects.select_for_update(of=("self",), no_key=True).get(pk=organ.pk)
        there = SurveyResult.objects.filter(organ=organ, entered_by=by, confirmed_at__isnull=True, **given).first()
        if there is not None:
            return there
        found = SurveyResult.objects.create(organ=organ, entered_by=by, entered_at=at, **given)
        record("appraisal.enter_survey", actor=by, obj=found, at=at)
    return found


def take_over(
    organ: Organ, /, *, by: User, at: datetime, year: int, span: str, score: Decimal, answers: int, source: str
) -> SurveyResult | None:
    """
    Enter the score of a survey that the portal held, in the name of whoever counted it; a second person confirms it.

    ``source`` tells the survey from every other: what was taken over once is found, however often it is asked for.
    None where it is of an organ of ``by``, who enters nothing of it (docs/trust.md Z-07): it is entered by hand.

    :raises Invalid: a value is out of bounds
    """
    if _is_own(by, organ):
        return None
    with transaction.atomic():
        Organ.objects.select_for_update(of=("self",), no_key=True).get(pk=organ.pk)
        there = SurveyResult.objects.filter(organ=organ, year=year, span=span, source=source).first()
        if there is not None:
            return there
        given = {"year": year, "span": span, "score": checked_score(score), "answers": answers, "source": source}
        found = SurveyResult.objects.create(organ=organ, entered_by=by, entered_at=at, **given)
        record("appraisal.enter_survey", actor=by, obj=found, at=at)
    return found


def confirm(result: SurveyResult, /, *, by: User, at: datetime) -> None:
    """
    Confirm what was entered, as the second natural person; it counts from now on.

    :raises NotAllowed: ``by`` entered it, may not confirm, or belongs to the organ (docs/trust.md Z-07, Z-10)
    :raises NotInState: it was confirmed before
    """
    with transaction.atomic():
        locked = SurveyResult.objects.select_for_update(of=("self",), no_key=True).select_related("entered_by", "organ")
        result = locked.get(pk=result.pk)
        if why_not := why_not_confirm(by, result):
            refusal = NotAllowed(why_not)
        elif result.confirmed_at is not None:
            raise NotInState(_("It was confirmed before."))
        else:
            refusal = None
            result.confirmed_by, result.confirmed_at = by, at
            result.save(update_fields=["confirmed_by", "confirmed_at"])
            record("appraisal.confirm_survey", actor=by, obj=result, at=at)
    if refusal is not None:
        record("appraisal.confirm_survey", actor=by, obj=result, outcome=Outcome.REFUSED, at=at)
        raise refusal


def may_enter(by: User, organ: Organ) -> bool:
    """Say whether ``by`` may enter what a survey gave an organ."""
    return not _is_own(by, organ) and _reaches(by, ENTER, organ)


def why_not_confirm(by: User, result: SurveyResult) -> str:
    """Return why ``by`` does not confirm a result; empty where they may."""
    if _is_own(by, result.organ) or not _reaches(by, CONFIRM, result.organ):
        return str(_("You may not confirm a survey of this organ."))
    if is_same_person(by, result.entered_by):
        return str(_("Whoever entered a survey result does not confirm it."))
    return ""


def _reaches(by: User, right: str, organ: Organ) -> bool:
    return any(cell in ACTING and organ.pk in seat.organ_ids for seat, cell in seats_for(by, right, fresh=True))


def _is_own(by: User, organ: Organ) -> bool:
    """Say whether the natural person belongs to the organ, or ever did: whoever finds no result of it enters none."""
    scope = scope_of(by)
    has_held = Post.objects.filter(pk__in=scope.own_post_ids, organ=organ)
    return organ.pk in {seat.organ_id for seat in scope.seats} or has_held.exists()
