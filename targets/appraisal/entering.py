"""
The veto list of an office, and who knows of it and of the surveys that the office enters (docs/domain.md 8.1, 8.6).

Surveys go by ``surveys``: two persons, never of the own organ. The veto list is changed by the head, from a day after
today on.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.audit.labels import register_label
from efficiency.audit.records import record
from efficiency.organs.models import Organ, OrganKind, Post, Role
from efficiency.timing.due import local_day
from targets.appraisal.enums import VETOES
from targets.appraisal.refusals import Invalid, NotAllowed
from targets.models import SurveyResult, VetoTerm

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

OF_OFFICE = (Role.OFFICE_OFFICER, Role.APPRAISAL_OFFICER)
LONGEST = 200


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


def offices_seen(user: User) -> list[Organ]:
    """Return the offices of which ``user`` reads the veto list because they have a post there."""
    ids = {seat.organ_id for seat, _cell in seats_for(user, "survey.see")}
    return list(Organ.objects.filter(pk__in=ids, kind=OrganKind.EFFICIENCY_OFFICE).order_by("pk"))


# --- Veto list ------------------------------------------------------------------------------------------------------


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
            detail = {"cause": str(cause), "is_on": is_on, "valid_from": valid_from.isoformat()}
            record("veto.set", actor=by, obj=term, detail=detail, at=at)
    except IntegrityError as error:
        raise Invalid("valid_from", _("There is an entry for this day already.")) from error
    return term


def register() -> None:
    """Make rows, relations and words known; called once, when the app is ready."""
    register_relation(SurveyResult, seats_to_survey)
    register_relation(VetoTerm, seats_to_term)
    register_rows(SurveyResult, surveys_known_to)
    register_rows(VetoTerm, veto_terms_known_to)
    register_label("veto.set", _("change the veto list"))
