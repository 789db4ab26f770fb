"""
What counts on a published sheet though it fell away since (docs/domain.md 8.6).

What was published stands as it was known at its date. A sanction that was revoked, a clue that was declined, a card
that was taken back afterwards counts on until two persons lift it or put it right; so the office is told of each.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accountability.models import Card
from efficiency.timing.zone import start_of
from targets.appraisal import deductions, lifting, messages
from targets.appraisal.computing import REPORT
from targets.appraisal.deductions import CARD
from targets.appraisal.enums import PUBLIC, DeductionCause, Subject
from targets.appraisal.results import Key
from targets.models import Appraisal, Sheet, SheetDeduction
from targets.plans import spans
from targets.reports import results as reported

# What follows from plans and signatures alone, which nothing takes back.
_STANDS = (DeductionCause.INDICATOR, DeductionCause.NOT_SIGNED, DeductionCause.LETTER_UNSIGNED)
# So long after publication it is looked for: whatever is appealed against is decided by then.
LOOKED_FOR = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Gone:
    """
    What fell away: events of the sheets that count on, and cards that the monthly scores counted.

    Cards are beside: nothing of a sheet names one that only lowered a monthly score; what they cost is put right by
    points.
    """

    events: Sequence[SheetDeduction]
    cards: Sequence[tuple[int, Card]]  # with the key of the sheet


def of_appraisal(appraisal: Appraisal, /, *, at: datetime, sheets: Collection[int] | None = None) -> Gone:
    """
    Return what counts on a published appraisal and is not known any more at ``at``; nothing where it is not published.

    :param sheets: the keys of those to be looked at; None: all
    """
    if not appraisal.is_public:
        return Gone((), ())
    rows = appraisal.sheets.order_by("pk")
    wanted = list(rows if sheets is None else rows.filter(pk__in=sheets))
    return Gone(_events(appraisal, wanted, at), _cards(appraisal, wanted, at))


def _events(appraisal: Appraisal, sheets: Sequence[Sheet], at: datetime) -> list[SheetDeduction]:
    """Return what was counted of the records, was not lifted, and would not be counted now, once for each event."""
    counted = SheetDeduction.objects.filter(sheet__in=sheets, content_type__isnull=False).exclude(cause__in=_STANDS)
    rows = list(counted.select_related("content_type").order_by("sheet_id", "pk"))
    if not rows:
        return []
    since, until = spans.bounds(appraisal.year, appraisal.span)
    same = {account: min(sheet.accounts) for sheet in sheets for account in sheet.accounts}
    vetoes = deductions.veto_list(appraisal.office_id, as_of=appraisal.as_of)
    known = deductions.known(since, until, as_of=at, vetoes=vetoes, same=same)
    false: dict[tuple[int, int | None], set[Key]] = defaultdict(set)
    for value in reported.false_values({sheet.organ_id for sheet in sheets}, since, until, as_of=at):
        place = (value.report.organ_id, value.report.post_id)
        false[place].add((DeductionCause.FALSE_DATA.value, REPORT, value.report_id, value.indicator.key))
    now: dict[int, set[Key]] = {}
    for sheet in sheets:
        of_organ = sheet.post_id is None
        whose = sheet.organ_id if of_organ else sheet.person_key or 0
        events = (known.of_organs if of_organ else known.of_people).get(whose, ())
        cards = known.cards_of_organs.get(whose) if of_organ else None
        # Each red card by itself: of those that are left there may be too few to limit a grade.
        red = {(DeductionCause.RED_CARDS.value, CARD, card, "") for card in (cards.red if cards else ())}
        now[sheet.pk] = {event.key for event in events} | red | false[sheet.organ_id, sheet.post_id]
    lifted = lifting.lifted_of([sheet.pk for sheet in sheets])
    found: dict[tuple[int, Key], SheetDeduction] = {}
    for row in rows:
        key = lifting.key_of(row)
        if key not in now[row.sheet_id] and key not in lifted.get(row.sheet_id, ()):
            found.setdefault((row.sheet_id, key), row)
    return list(found.values())


def _cards(appraisal: Appraisal, sheets: Sequence[Sheet], at: datetime) -> list[tuple[int, Card]]:
    since, until = spans.bounds(appraisal.year, appraisal.span)
    rows = Card.objects.filter(
        passed_at__gte=start_of(since),
        passed_at__lt=start_of(until),
        issued_at__lte=appraisal.as_of,
        revoked_at__gt=appraisal.as_of,
        revoked_at__lte=at,
    ).order_by("pk")
    if appraisal.subject == Subject.ORGAN:
        of_organ = {sheet.organ_id: sheet.pk for sheet in sheets}
        return [(of_organ[card.organ_id], card) for card in rows.filter(organ__in=of_organ)]
    of_person = {account: sheet.pk for sheet in sheets for account in sheet.person_accounts}
    return [(of_person[card.person_id], card) for card in rows.filter(person__in=of_person) if card.person_id]


def tell(*, at: datetime) -> int:
    """
    Tell the office, once for each sheet and each thing that falls away, what it has to look at; return how many sheets.

    Safe to run twice, and two at once: the same things are told once.
    """
    told = 0
    rows = Appraisal.objects.filter(state__in=PUBLIC, published_at__gt=at - LOOKED_FOR).order_by("pk")
    for appraisal in rows:
        gone = of_appraisal(appraisal, at=at)
        of_sheet: dict[int, list[str]] = defaultdict(list)
        for row in gone.events:
            of_sheet[row.sheet_id].append(repr(lifting.key_of(row)))
        for sheet_id, card in gone.cards:
            of_sheet[sheet_id].append(f"card {card.pk}")
        for sheet in Sheet.objects.filter(pk__in=of_sheet).select_related("appraisal").order_by("pk"):
            digest = hashlib.sha256("\n".join(sorted(of_sheet[sheet.pk])).encode()).hexdigest()[:16]
            messages.tell_gone(sheet, digest, on=timezone.localdate(at), at=at)
            told += 1
    return told
