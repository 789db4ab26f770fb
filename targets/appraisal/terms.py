"""
What an appraisal is graded by beside the plans (docs/domain.md 8.6): the numbers that the office may set.

They are entered by one person of the office, for appraisals that begin from a day on, and hold once its head, another
natural person, has confirmed them. An appraisal keeps those that held when it began, so that it can be reckoned again.
What the law sets, as the quota of people, is none of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from accountability.faults.effects import POINTS
from efficiency import checks
from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.audit.labels import register_label
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Organ, Role
from efficiency.timing.due import local_day
from targets.appraisal.enums import DeductionCause, OpinionKind
from targets.appraisal.grading import Terms
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.models import Appraisal, AppraisalTerms
from targets.scoring import grades, persons

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# (D) Of the review a leader's opinion counts more than those of peers.
OPINION_WEIGHTS = {OpinionKind.PEER.value: "0.4", OpinionKind.LEADER.value: "0.6"}
ENTER, CONFIRM = "appraisal.score", "appraisal.approve"
OF_OFFICE = (Role.OFFICE_OFFICER, Role.APPRAISAL_OFFICER)
LONGEST = 200
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Number:
    """One number that the office may set: its name, what it is, and its bounds; ``is_whole``: no decimals."""

    name: str
    words: Lazy
    most: int
    is_whole: bool = False
    about: str | Lazy = ""

    @property
    def label(self) -> str:
        """What it is, in the language of whoever reads it."""
        return str(self.words) % {"grade": self.about, "cause": self.about} if self.about else str(self.words)


LEAST_SCORE, COST = _("Least score of “%(grade)s”"), _("Points off: %(cause)s")
ORGAN = ("excellent", "good", "qualified")
PERSON = ("excellent", "competent", "basically_competent")
# Of a bonus more than ten points would outweigh a block.
NUMBERS: tuple[Number, ...] = (
    *(Number(f"organ_{name}", LEAST_SCORE, 100, about=grades.OrganGrade(name).label) for name in ORGAN),
    *(Number(f"person_{name}", LEAST_SCORE, 100, about=persons.PersonGrade(name).label) for name in PERSON),
    Number("share", _("Organs of a group excellent at most, in per cent"), 100),
    Number("least", _("Excellent in any case, organs of a group"), 50, is_whole=True),
    Number("most_bonus", _("Bonuses of a sheet at most"), 10),
    *(Number(f"cost_{cause.value}", COST, 100, about=DeductionCause(cause.value).label) for cause in POINTS),
    Number("opinion_peer", _("Weight of the opinions of peers, in per cent"), 100),
    Number("opinion_leader", _("Weight of the opinions of leaders, in per cent"), 100),
)


# --- What holds -----------------------------------------------------------------------------------------------------


def defaults() -> dict[str, Any]:
    """Return the terms of an office that never set any."""
    return {"opinions": dict(OPINION_WEIGHTS)}


def held(office_id: int, /, *, at: datetime) -> dict[str, Any]:
    """Return the terms with which an appraisal of the office begins at ``at``: the latest that hold by then."""
    rows = AppraisalTerms.objects.filter(office_id=office_id, confirmed_at__lte=at, valid_from__lte=local_day(at))
    found = rows.order_by("-valid_from", "-pk").first()
    return defaults() | (dict(found.terms) if found is not None else {})


def opinion_weights(appraisal: Appraisal) -> Mapping[str, Decimal]:
    """Return how much each kind of opinion weighs in the review of an appraisal."""
    return _weights(appraisal.terms)


def _weights(kept: Mapping[str, Any]) -> dict[str, Decimal]:
    stored = {**OPINION_WEIGHTS, **kept.get("opinions", {})}
    return {kind: Decimal(str(weight)) for kind, weight in stored.items()}


def most_bonus(appraisal: Appraisal) -> Decimal:
    """Return to how many points the bonuses of a sheet come at most."""
    return Terms.read(appraisal.terms).most_bonus


def numbers_of(kept: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return the numbers that terms say, by their names; what they do not say is as the rules have it."""
    read, weights = Terms.read(kept), _weights(kept)
    return (
        {f"organ_{name}": getattr(read.organs, name) for name in ORGAN}
        | {f"person_{name}": getattr(read.people, name) for name in PERSON}
        | {"share": read.share * HUNDRED, "least": Decimal(read.least), "most_bonus": read.most_bonus}
        | {f"cost_{cause}": points for cause, points in read.points.items()}
        | {f"opinion_{kind}": weight * HUNDRED for kind, weight in weights.items()}
    )


def changes(row: AppraisalTerms, /, *, at: datetime) -> list[tuple[Number, Decimal, Decimal]]:
    """Return what terms change of those that hold at ``at``: which number, as it is and as it would be."""
    now, then = numbers_of(held(row.office_id, at=at)), numbers_of(row.terms)
    return [(each, now[each.name], then[each.name]) for each in NUMBERS if now[each.name] != then[each.name]]


# --- Entering and confirming ----------------------------------------------------------------------------------------


def enter(
    office: Organ, /, *, by: User, at: datetime, valid_from: date, reason: str, numbers: Mapping[str, Decimal]
) -> AppraisalTerms:
    """
    Keep terms for appraisals that begin from a day after today on; they hold once the head has confirmed them.

    The same form sent twice enters once (S-10). What was mistyped is not confirmed; it is entered anew.

    :param numbers: by the names of ``NUMBERS``; what is left out stays as it is. Shares and weights in per cent
    :raises NotAllowed: ``by`` scores nothing for this office
    :raises Invalid: a number is out of bounds or does not fit the others, nothing changes, today or before, no reason
    """
    if office.pk not in {each.pk for each in offices_of(by, fresh=True)}:
        record("appraisal_terms.enter", actor=by, obj=office, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("You do not score for this office."))
    if valid_from <= local_day(at):
        raise Invalid("valid_from", _("Terms change from tomorrow at the earliest."))
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST)
    now = numbers_of(held(office.pk, at=at))
    wanted = {each.name: _checked(each, numbers.get(each.name, now[each.name])) for each in NUMBERS}
    if wanted == now:
        raise Invalid("reason", _("These are the terms that hold."))
    given = {"valid_from": valid_from, "reason": words, "terms": _written(wanted)}
    with transaction.atomic():
        # What is entered of one office goes one after the other.
        Organ.objects.select_for_update(of=("self",), no_key=True).get(pk=office.pk)
        rows = AppraisalTerms.objects.filter(office=office, entered_by=by, confirmed_at__isnull=True, **given)
        if (there := rows.first()) is not None:
            return there
        found = AppraisalTerms.objects.create(office=office, entered_by=by, entered_at=at, **given)
        record("appraisal_terms.enter", actor=by, obj=found, at=at)
    return found


def _checked(number: Number, value: Decimal) -> Decimal:
    places = 0 if number.is_whole else 2
    if not value.is_finite() or not 0 <= value <= number.most or value != round(value, places):
        words = (
            _("Please give a number from 0 to %(most)d.")
            if number.is_whole
            else _("Please give a number from 0 to %(most)d, with two decimals at most.")
        )
        raise Invalid(number.name, words % {"most": number.most})
    return value


def _written(wanted: Mapping[str, Decimal]) -> dict[str, Any]:
    """Return the numbers as an appraisal keeps them."""
    order = _("A better grade never needs a lower score.")
    for of, names in (("organ", ORGAN), ("person", PERSON)):
        scores = [wanted[f"{of}_{name}"] for name in names]
        if scores != sorted(scores, reverse=True):
            raise Invalid(f"{of}_{names[0]}", order)
    weights = {kind: wanted[f"opinion_{kind}"] / HUNDRED for kind in OPINION_WEIGHTS}
    if sum(weights.values()) != 1:
        raise Invalid("opinion_peer", _("The weights of opinions sum to 100."))
    usual = Terms(
        organs=grades.Thresholds(**{name: wanted[f"organ_{name}"] for name in ORGAN}),
        people=persons.Thresholds(**{name: wanted[f"person_{name}"] for name in PERSON}),
        share=wanted["share"] / HUNDRED,
        least=int(wanted["least"]),
        most_bonus=wanted["most_bonus"],
        points={cause.value: wanted[f"cost_{cause.value}"] for cause in POINTS},
    )
    return {**usual.written(), "opinions": {kind: str(weight) for kind, weight in weights.items()}}


def confirm(row: AppraisalTerms, /, *, by: User, at: datetime) -> None:
    """
    Confirm terms, as the head and the second natural person; appraisals that begin from their day on keep them.

    :raises NotAllowed: ``by`` entered them, or does not lead the office (docs/trust.md Z-10)
    :raises NotInState: they were confirmed before
    """
    with transaction.atomic():
        locked = AppraisalTerms.objects.select_for_update(of=("self",), no_key=True)
        row = locked.select_related("entered_by", "office").get(pk=row.pk)
        why_not = why_not_confirmed(by, row)
        if not why_not:
            if row.confirmed_at is not None:
                raise NotInState(_("It was confirmed before."))
            row.confirmed_by, row.confirmed_at = by, at
            row.save(update_fields=["confirmed_by", "confirmed_at"])
            record("appraisal_terms.confirm", actor=by, obj=row, at=at)
    if why_not:
        record("appraisal_terms.confirm", actor=by, obj=row, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(why_not)


def why_not_confirmed(by: User, row: AppraisalTerms) -> str:
    """Return why ``by`` does not confirm terms; empty where they may."""
    seats = [seat for seat, cell in seats_for(by, CONFIRM, fresh=True) if cell in ACTING]
    if row.office_id not in {seat.organ_id for seat in seats}:
        return str(_("Only the head of the efficiency office confirms terms of appraisals."))
    if is_same_person(by, row.entered_by):
        return str(_("Whoever entered terms does not confirm them."))
    return ""


# --- Who knows what -------------------------------------------------------------------------------------------------


def offices_of(user: User, *, fresh: bool = False) -> Sequence[Organ]:
    """Return the offices for which ``user`` may enter terms."""
    ids = {seat.organ_id for seat, cell in seats_for(user, ENTER, fresh=fresh) if cell in ACTING}
    return list(Organ.objects.filter(pk__in=ids).order_by("pk"))


def known_to(user: "User | AnonymousUser") -> QuerySet[AppraisalTerms]:
    """Return the terms of the person's office."""
    return AppraisalTerms.objects.filter(office_id__in=[seat.organ_id for seat in scope_of(user).seats_as(*OF_OFFICE)])


def seats_to(scope: Scope, row: AppraisalTerms) -> Iterable[Seat]:
    """Return the seats of the office whose terms they are."""
    return [seat for seat in scope.seats_as(*OF_OFFICE) if seat.organ_id == row.office_id]


def register() -> None:
    """Make rows, relations and words known; called once, when the app is ready."""
    register_relation(AppraisalTerms, seats_to)
    register_rows(AppraisalTerms, known_to)
    register_label("appraisal_terms.enter", _("enter terms of appraisals"))
    register_label("appraisal_terms.confirm", _("confirm terms of appraisals"))
