"""
What people of the office enter for appraisals beside the steps of one: surveys from outside, the veto list (8.1, 8.6).

A survey is entered by an appraisal officer and counts once a second natural person of the office confirmed it; nobody
enters or confirms one of the own organ. The veto list is changed by the head, from a day after today on.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.audit.labels import register_label
from efficiency.audit.records import record
from efficiency.organs.models import Organ, Post, Role
from efficiency.timing.due import local_day
from targets.appraisal.enums import VETOES
from targets.appraisal.refusals import Absent, Invalid, NotAllowed, NotInState
from targets.models import SurveyResult, VetoTerm
from targets.plans.enums import Span

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

OF_OFFICE = (Role.OFFICE_OFFICER, Role.APPRAISAL_OFFICER)
MOST, LONGEST, MOST_ANSWERS = Decimal(100), 200, 10_000_000
# The span of the years that a survey can be of.
YEARS = range(2000, 2200)


# --- Who knows what -------------------------------------------------------------------------------------------------


def surveys_known_to(user: "User | AnonymousUser") -> QuerySet[SurveyResult]:
    """Return the results of organs that the person's office reaches, but those of organs that they belong to."""
    scope = scope_of(user)
    rows = SurveyResult.objects.filter(organ_id__in=scope.organ_ids_as(*OF_OFFICE))
    return rows.exclude(organ_id__in=_own_organs(scope))


def veto_terms_known_to(user: "User | AnonymousUser") -> QuerySet[VetoTerm]:
    """Return what the office of the person set."""
    return VetoTerm.objects.filter(office_id__in=[seat.organ_id for seat in scope_of(user).seats_as(*OF_OFFICE)])


def _own_organs(scope: Scope) -> QuerySet[Post, int]:
    return Post.objects.filter(pk__in=scope.own_post_ids).order_by().values_list("organ_id", flat=True)


def seats_to_survey(scope: Scope, result: SurveyResult) -> Iterable[Seat]:
    """Return the seats from which somebody stands to a survey result: of the office that reaches the organ."""
    if result.organ_id in set(_own_organs(scope)):
        return []
    return [seat for seat in scope.seats_as(*OF_OFFICE) if result.organ_id in seat.organ_ids]


def seats_to_term(scope: Scope, term: VetoTerm) -> Iterable[Seat]:
    """Return the seats of the office whose list it is."""
    return [seat for seat in scope.seats_as(*OF_OFFICE) if seat.organ_id == term.office_id]


def organs_to_survey(user: User) -> QuerySet[Organ]:
    """Return the organs for which ``user`` may enter a survey."""
    reach = {organ for seat, cell in seats_for(user, "appraisal.score") if cell in ACTING for organ in seat.organ_ids}
    return Organ.objects.filter(pk__in=reach).exclude(pk__in=_own_organs(scope_of(user))).by_place()


def offices_led(user: User, *, fresh: bool = False) -> list[Organ]:
    """Return the offices whose veto list ``user`` may change."""
    seats = seats_for(user, "appraisal.approve", fresh=fresh)
    ids = {seat.organ_id for seat, cell in seats if cell in ACTING}
    return list(Organ.objects.filter(pk__in=ids).order_by("pk"))


# --- Surveys --------------------------------------------------------------------------------------------------------


@transaction.atomic
def enter_survey(
    organ: Organ, /, *, year: int, span: str, score: Decimal, answers: int, source: str, by: User, at: datetime
) -> SurveyResult:
    """
    Enter what a survey from outside gave an organ; it counts once another person confirmed it.

    :raises NotAllowed: ``by`` does not score the organ, or belongs to it
    :raises Invalid: a figure or the source does not do
    """
    scope_of(by, fresh=True)
    if not organs_to_survey(by).filter(pk=organ.pk).exists():
        record("survey.enter", actor=by, obj=organ, outcome="refused", at=at)
        raise NotAllowed(_("You enter no survey of this organ."))
    if year not in YEARS:
        raise Invalid("year", _("Please give the year of the survey."))
    span = checks.choice("span", span, Span, _("Please choose the time."))
    if not score.is_finite() or not 0 <= score <= MOST or score != round(score, 2):
        raise Invalid("score", _("A survey score lies between 0 and 100, with two decimals at most."))
    if not 1 <= answers <= MOST_ANSWERS:
        raise Invalid("answers", _("Please give how many answers there were."))
    words = checks.text("source", source, _("Please say who made the survey."), at_most=LONGEST)
    result = SurveyResult.objects.create(
        organ=organ,
        year=year,
        span=span,
        score=score,
        answers=answers,
        source=words,
        entered_by=by,
        entered_at=at,
    )
    record("survey.enter", actor=by, obj=result, at=at)
    return result


@transaction.atomic
def confirm_survey(result: SurveyResult, /, *, by: User, at: datetime) -> SurveyResult:
    """
    Confirm a survey result that another person entered: from now on it counts, in place of an earlier one.

    :raises Absent: for ``by`` there is no such result
    :raises NotAllowed: ``by`` may not, or entered it under whichever account (docs/trust.md Z-10)
    :raises NotInState: it was confirmed already
    """
    scope_of(by, fresh=True)
    row = SurveyResult.objects.select_for_update(of=("self",), no_key=True).select_related("entered_by")
    fresh = row.get(pk=result.pk)
    if not surveys_known_to(by).filter(pk=fresh.pk).exists():
        raise Absent
    if not any(cell in ACTING for _seat, cell in seats_for(by, "appraisal.confirm", fresh)):
        raise NotAllowed(_("You may not take this step."))
    if is_same_person(by, fresh.entered_by):
        raise NotAllowed(_("Whoever entered a survey result does not confirm it."))
    if fresh.confirmed_at is not None:
        raise NotInState(_("This survey result was confirmed already."))
    fresh.confirmed_by, fresh.confirmed_at = by, at
    fresh.save(update_fields=["confirmed_by", "confirmed_at"])
    record("survey.confirm", actor=by, obj=fresh, at=at)
    return fresh


# --- Veto list ------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_veto(
    office: Organ, cause: str, /, *, is_on: bool, valid_from: date, reason: str, by: User, at: datetime
) -> VetoTerm:
    """
    Put a cause on the veto list of the office, or take it off, from a day after today on; earlier ones stay on record.

    :raises NotAllowed: ``by`` does not lead the office
    :raises Invalid: the cause cannot veto, the day is today or before or has an entry already, or there is no reason
    """
    if office.pk not in {each.pk for each in offices_led(by, fresh=True)}:
        record("veto.set", actor=by, obj=office, outcome="refused", at=at)
        raise NotAllowed(_("Only the head of the efficiency office changes the veto list."))
    if cause not in VETOES:
        raise Invalid("cause", _("Please choose what vetoes."))
    if valid_from <= local_day(at):
        raise Invalid("valid_from", _("The veto list changes from tomorrow at the earliest."))
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST)
    try:
        with transaction.atomic():
            term = VetoTerm.objects.create(
                office=office,
                cause=cause,
                is_on=is_on,
                valid_from=valid_from,
                reason=words,
                set_by=by,
                set_at=at,
            )
    except IntegrityError as error:
        raise Invalid("valid_from", _("There is an entry for this day already.")) from error
    detail = {"cause": str(cause), "is_on": is_on, "valid_from": valid_from.isoformat()}
    record("veto.set", actor=by, obj=term, detail=detail, at=at)
    return term


def register() -> None:
    """Make rows, relations and words known; called once, when the app is ready."""
    register_relation(SurveyResult, seats_to_survey)
    register_relation(VetoTerm, seats_to_term)
    register_rows(SurveyResult, surveys_known_to)
    register_rows(VetoTerm, veto_terms_known_to)
    register_label("survey.enter", _("enter a survey result"))
    register_label("survey.confirm", _("confirm a survey result"))
    register_label("veto.set", _("change the veto list"))
