"""
Why an organ or a person gets no commendation 评优评先 for the time of a sheet (docs/domain.md 8.5, 8.6).

As it was known at the moment of the appraisal's data, as everything on a sheet is; ``accountability.faults.effects``
says the same of today, of everybody at once.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accountability.enums import Colour
from accountability.faults.effects import RED_IN_QUARTER, VETO, YELLOW_IN_QUARTER
from accountability.faults.sanctions import PROPOSE
from accountability.faults.words import Against, Body, Measure, SanctionState
from accountability.models import Card, Sanction
from efficiency.access.models import User
from efficiency.timing.due import local_day, start_of
from targets.appraisal import lifting
from targets.appraisal.deductions import SANCTION
from targets.appraisal.enums import AdjustmentState, DeductionCause, DeductionKind
from targets.appraisal.results import Key
from targets.models import Sheet
from targets.plans import spans

# What of a proposal would be a veto if it were imposed (docs/domain.md 8.6).
PENDING_VETO = VETO | Q(measure=Measure.EXPULSION, against=Against.HEAD)
# What became of a proposal since does not change that it was open then.
WAITED = (SanctionState.PROPOSED, SanctionState.IN_FORCE, SanctionState.NOT_IMPOSED, SanctionState.REVOKED)


def lost(sheet: Sheet, /) -> tuple[str, ...]:
    """
    Return in words why whose sheet it is gets no commendation; empty where nothing takes it away.

    Any measure that took effect in the year takes it from whom it is against; a veto from whose sheet it is on; three
    yellow cards or a red one in a quarter from the person, for that quarter. What two persons lifted from the sheet
    takes nothing. Four statements, and one more where something was lifted.
    """
    as_of, gone = sheet.appraisal.as_of, lifting.lifted(sheet)
    left = ~Q(pk__in=_lifted_measures(sheet, gone))
    if sheet.post_id is None:
        against = Q(organ=sheet.organ_id, against=Against.ORGAN)
        return (*_by_measures(against & left, sheet.appraisal.year, as_of), *_by_vetoes(sheet, gone))
    accounts = sheet.person_accounts
    if not accounts:
        return ()
    of_year = _by_measures(Q(person__in=accounts) & left, sheet.appraisal.year, as_of)
    return (*of_year, *_by_vetoes(sheet, gone), *_by_cards(sheet, accounts, as_of))


def pending(sheet: Sheet, user: User, /) -> tuple[str, ...]:
    """
    Return what may still limit the grade of a sheet: measures proposed to other bodies that have not answered.

    A grave fault vetoes once the body that has to impose the measure did (docs/domain.md 8.6, 10.3): what is proposed
    decides nothing yet, what is not imposed is as if it had never been. Told to whoever may know of the proposal.
    """
    as_of, until = sheet.appraisal.as_of, spans.bounds(sheet.appraisal.year, sheet.appraisal.span)[1]
    against = (
        Q(person__in=sheet.person_accounts) if sheet.post_id is not None else Q(organ=sheet.organ_id) & PENDING_VETO
    )
    if sheet.post_id is not None and sheet.person_id is None:
        return ()
    open_then = Q(recorded_at__isnull=True) | Q(recorded_at__gt=as_of)
    proposed = Q(proposed_at__lte=as_of, proposed_at__lt=start_of(until), state__in=WAITED) & open_then
    # What was decided here at once was never proposed to anybody.
    others = Q(body__in=(Body.PERSONNEL, Body.APPOINTING, Body.SUPERVISORY), events__action=PROPOSE)
    rows = Sanction.objects.headers_visible_to(user).filter(against, proposed, others).order_by("proposed_at", "pk")
    words = (
        _("Still open: %(measure)s was proposed to another body on %(day)s. What it imposes may limit the grade.")
        if sheet.post_id is not None
        else _("Still open: %(measure)s was proposed to another body on %(day)s. If it is imposed, it is a veto.")
    )
    return tuple(
        words % {"measure": Measure(measure).label, "day": local_day(at)}
        for measure, at in rows.values_list("measure", "proposed_at").distinct()
    )


def _by_measures(against: Q, year: int, as_of: datetime) -> list[str]:
    known = Q(state__in=(SanctionState.IN_FORCE, SanctionState.REVOKED), recorded_at__lte=as_of) & _stood(as_of)
    of_year = Q(from_on__range=(date(year, 1, 1), date(year, 12, 31)))
    rows = Sanction.objects.filter(against, known, of_year).order_by("from_on", "pk")
    return [
        _("No commendation for the year: %(measure)s since %(day)s.")
        % {"measure": Measure(measure).label, "day": since}
        for measure, since in rows.values_list("measure", "from_on")
    ]


def _lifted_measures(sheet: Sheet, gone: Collection[Key]) -> set[int]:
    """Return the sanctions of which everything that they did to a sheet is lifted."""
    if not gone:
        return set()
    rows = sheet.deductions.select_related("content_type")
    # The key of another row, as of a complaint, may be the same number.
    stand = {
        key for _cause, model, key, _text in {lifting.key_of(row) for row in rows} - set(gone) if model == SANCTION
    }
    return {key for _cause, model, key, _text in gone if model == SANCTION and key is not None} - stand


def _by_vetoes(sheet: Sheet, gone: Collection[Key]) -> list[str]:
    rows = sheet.deductions.filter(kind=DeductionKind.VETO).select_related("content_type").order_by("pk")
    by_hand = sheet.adjustments.filter(state=AdjustmentState.CONFIRMED).exclude(veto="").order_by("pk")
    causes = [row.cause for row in rows if lifting.key_of(row) not in gone]
    causes += by_hand.values_list("veto", flat=True) if sheet.is_vetoed else []
    return [
        _("No commendation for the year: veto, %(cause)s.") % {"cause": DeductionCause(cause).label}
        for cause in dict.fromkeys(causes)
    ]


def _by_cards(sheet: Sheet, accounts: Collection[int], as_of: datetime) -> list[str]:
    since, until = spans.bounds(sheet.appraisal.year, sheet.appraisal.span)
    rows = Card.objects.filter(
        _stood(as_of),
        person__in=accounts,
        passed_at__gte=start_of(since),
        passed_at__lt=start_of(until),
        issued_at__lte=as_of,
    )
    counts: Counter[tuple[int, str]] = Counter()
    for passed_at, colour in rows.values_list("passed_at", "colour"):
        counts[(local_day(passed_at).month + 2) // 3, colour] += 1
    found = []
    for quarter in range(1, 5):
        yellow, red = counts[quarter, Colour.YELLOW], counts[quarter, Colour.RED]
        if yellow >= YELLOW_IN_QUARTER or red >= RED_IN_QUARTER:
            found.append(
                _("No commendation for quarter %(quarter)s: yellow cards %(yellow)s, red cards %(red)s.")
                % {"quarter": quarter, "yellow": yellow, "red": red}
            )
    return found


def _stood(as_of: datetime) -> Q:
    """Return the condition of what was not revoked by a moment."""
    return Q(revoked_at__isnull=True) | Q(revoked_at__gt=as_of)
