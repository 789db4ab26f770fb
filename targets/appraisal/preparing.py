"""An appraisal begins: whose sheets it has says ``taking_part`` (docs/domain.md 8.6)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from targets.appraisal import access, taking_part, terms, workflow
from targets.appraisal.enums import Subject
from targets.appraisal.refusals import Invalid, NotAllowed, Refused
from targets.models import Appraisal
from targets.plans import spans
from targets.plans.enums import Span


def prepare(
    office: Organ, /, *, year: int, span: str, subject: str, by: User, at: datetime, token: str | None = None
) -> Appraisal:
    """
    Begin an appraisal of organs, or of posts, once the time is over; the same form once (S-10).

    :raises NotAllowed: ``by`` scores for no such office, or one of the sheets would concern them
    :raises Invalid: there is such an appraisal already, the time has not come, or there is nothing to appraise
    """
    if token and (event := workflow.steps.event_of(token, of="prepare")):
        return event.appraisal
    try:
        with transaction.atomic():
            return _prepare(office, year, span, subject, by=by, at=at, token=token)
    except (Refused, IntegrityError) as failure:
        if token and (event := workflow.steps.event_of(token, of="prepare")):
            return event.appraisal
        if isinstance(failure, NotAllowed):
            record("appraisal.prepare", actor=by, obj=office, outcome="refused", at=at)
        if isinstance(failure, IntegrityError):
            raise Invalid("year", _("There is an appraisal of this kind for this time already.")) from failure
        raise


def _prepare(
    office: Organ, year: int, span: str, subject: str, *, by: User, at: datetime, token: str | None
) -> Appraisal:
    seat = _seat_for(by, office)
    span = checks.choice("span", span, Span, _("Please choose the time."))
    subject = checks.choice("subject", subject, Subject, _("Please choose who is appraised."))
    _since, until = spans.bounds(year, span)
    if timezone.localdate(at) < until:
        raise Invalid("year", _("This time is not over yet."))
    if Appraisal.objects.filter(office=office, year=year, span=span, subject=subject).exists():
        raise Invalid("year", _("There is an appraisal of this kind for this time already."))
    appraisal = Appraisal.objects.create(
        year=year,
        span=span,
        subject=subject,
        office=office,
        as_of=at,
        terms=terms.held(office.pk, at=at),
        opened_by=by,
        opened_at=at,
    )
    plans = taking_part.plans_of(appraisal)
    if not plans:
        raise Invalid("year", _("No target plan for this time has been approved."))
    taking_part.add_missing(appraisal, plans)
    if access.is_party(by, appraisal):
        raise NotAllowed(_("One of its sheets would concern you: somebody else prepares this appraisal."))
    event = workflow.steps.first_event(appraisal, "prepare", at=at, by=by, seat=seat, is_internal=True)
    if token:
        workflow.steps.keep_token(token, event, of="prepare")
    return appraisal


def _seat_for(by: User, office: Organ) -> Seat:
    seats = [seat for seat, cell in seats_for(by, "appraisal.score", fresh=True) if cell in ACTING]
    of_office = [seat for seat in seats if seat.organ_id == office.pk]
    if not of_office:
        raise NotAllowed(_("You do not score for this office."))
    return min(of_office, key=lambda seat: (seat.is_stand_in, seat.post_id))


def offices_of(user: User) -> list[Organ]:
    """Return the offices for which ``user`` prepares appraisals."""
    ids = {seat.organ_id for seat, cell in seats_for(user, "appraisal.score") if cell in ACTING}
    return list(Organ.objects.filter(pk__in=ids).order_by("pk"))
