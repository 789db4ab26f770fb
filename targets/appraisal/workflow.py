"""
The way of an appraisal as one table, in the frame of steps (docs/domain.md 8.6, docs/architecture.md).

Some steps are of the appraisal as a whole, others of one sheet in it; a row says which, from where to where it leads,
who may take it from which side, which promises it keeps, and who is told. Every step locks the appraisal first: it is
what all its sheets wait for, and its version counts the steps of all of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.deadlines import actions as engine
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from efficiency.steps.frame import Steps, nearest
from targets.appraisal import access, deadlines, messages
from targets.appraisal.access import Side
from targets.appraisal.deadlines import COMPLAINT_APPLY, OBJECTION, REVIEW, REVIEW_APPLY, RULING, SELF_SCORE
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import SheetState as S
from targets.appraisal.enums import Subject
from targets.appraisal.messages import Told
from targets.appraisal.refusals import Absent, Changed, NotAllowed, NotInState
from targets.measures.registry import TICK
from targets.models import Appraisal, AppraisalEvent, AppraisalToken, Sheet


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """
    One row of the table; a target of None: the state stays.

    With ``sheet_sources`` it is a step of one sheet; without, of the appraisal, and ``sheet_target`` is where all its
    sheets go with it.
    """

    right: str
    sheet_target: S | None = None
    sheet_sources: frozenset[S] | None = None
    side: Side = Side.OFFICE
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    # What whoever is appraised does not read of it.
    is_internal: bool = False
    # Of which appraisals; None: of any.
    only: Subject | None = None

    @property
    def is_of_sheet(self) -> bool:
        """Whether it is a step of one sheet."""
        return self.sheet_sources is not None


REPORT, REVIEW_RIGHT, SCORE, CONFIRM, RULE, DECIDE, APPROVE = (
    f"appraisal.{right}" for right in ("report", "review", "score", "confirm", "rule", "decide", "approve")
)
APPRAISED, PARTY, OFFICERS, HEADS, SCORERS = Told.APPRAISED, Told.PARTY, Told.OFFICERS, Told.HEADS, Told.SCORERS
ANY = frozenset(S)
AFTER_SHOWING = frozenset({A.SHOWN, A.RULED, A.WITH_LEADING_GROUP})
COMPUTED = frozenset({A.SCORED, *AFTER_SHOWING})
# While a score can be adjusted: from the office's score on; after publication it is a correction.
ADJUSTABLE = frozenset({A.SCORED, *AFTER_SHOWING, A.PUBLISHED})
# What turns out to be wrong, or fell away, is put right whenever it does: an appraisal that is final is, too.
CORRECTABLE = frozenset({*ADJUSTABLE, A.FINAL})
PUBLIC = frozenset({A.PUBLISHED, A.FINAL})
# Where a sheet may stand after publication: who fell by a correction has the time to object once more.
AFTER = frozenset({S.PUBLISHED, S.SHOWN, S.OBJECTED, S.RULED})


# fmt: off
TABLE = (
    # --- of the appraisal
    Transition("call_self_scores", pgettext_lazy("step of an appraisal", "ask for self-scores"),
               frozenset({A.PREPARING}), A.SELF_SCORING, SCORE, S.WAITING, told=(APPRAISED,)),
    Transition("compute",       pgettext_lazy("step of an appraisal", "compute the scores"),
               frozenset({A.SELF_SCORING, A.SCORED}), A.SCORED, SCORE, S.SCORED, told=(HEADS,), is_internal=True),
    Transition("recompute",     pgettext_lazy("step of an appraisal", "compute the scores anew"),
               AFTER_SHOWING,           None,           SCORE, told=(APPRAISED,), is_internal=True),
    Transition("show",          pgettext_lazy("step of an appraisal", "show the scores to those appraised"),
               frozenset({A.SCORED}),   A.SHOWN,        APPROVE, S.SHOWN, told=(APPRAISED,)),
    Transition("conclude",      pgettext_lazy("step of an appraisal", "conclude the objections"),
               frozenset({A.SHOWN}),    A.RULED,        SCORE, told=(HEADS,)),
    Transition("submit",        pgettext_lazy("step of an appraisal", "submit to the leading group"),
               frozenset({A.RULED}),    A.WITH_LEADING_GROUP, APPROVE, told=(OFFICERS,)),
    Transition("record_decision", pgettext_lazy("step of an appraisal", "record the decision of the leading group"),
               frozenset({A.WITH_LEADING_GROUP}), None, DECIDE, told=(HEADS,), is_internal=True),
    Transition("publish",       pgettext_lazy("step of an appraisal", "publish"),
               frozenset({A.WITH_LEADING_GROUP}), A.PUBLISHED, APPROVE, S.PUBLISHED, told=(APPRAISED,)),
    Transition("ratify",        pgettext_lazy("step of an appraisal", "record the leading group's word on corrections"),
               PUBLIC,                  None,           DECIDE, told=(HEADS,), is_internal=True),
    Transition("close",         pgettext_lazy("step of an appraisal", "make final"),
               frozenset({A.PUBLISHED}), A.FINAL,       APPROVE, S.FINAL, told=(APPRAISED,)),
    Transition("propose_recount", pgettext_lazy("step of an appraisal", "propose a recount"),
               frozenset({A.PUBLISHED}), None,          SCORE, told=(OFFICERS,), is_internal=True),
    Transition("confirm_recount", pgettext_lazy("step of an appraisal", "confirm the recount"),
               frozenset({A.PUBLISHED}), None,          CONFIRM, told=(APPRAISED, SCORERS, HEADS)),
    Transition("refuse_recount", pgettext_lazy("step of an appraisal", "refuse the recount"),
               frozenset({A.PUBLISHED}), None,          CONFIRM, told=(SCORERS,), is_internal=True),
    Transition("propose_wider_quota", pgettext_lazy("step of an appraisal", "record an approval of a wider quota"),
               COMPUTED,                None,           SCORE, told=(OFFICERS,), is_internal=True, only=Subject.POST),
    Transition("confirm_wider_quota", pgettext_lazy("step of an appraisal", "confirm the wider quota"),
               COMPUTED,                None,           CONFIRM, told=(SCORERS, HEADS), is_internal=True,
               only=Subject.POST),
    Transition("refuse_wider_quota", pgettext_lazy("step of an appraisal", "refuse the wider quota"),
               COMPUTED,                None,           CONFIRM, told=(SCORERS,), is_internal=True,
               only=Subject.POST),
    # --- of one sheet
    Transition("self_score",    pgettext_lazy("step of an appraisal", "hand in the self-score"),
               frozenset({A.SELF_SCORING}), None,       REPORT, S.SELF_SCORED, frozenset({S.WAITING, S.SELF_SCORED}),
               Side.APPRAISED, (SELF_SCORE,), (SCORERS,)),
    Transition("give_opinion",  pgettext_lazy("step of an appraisal", "give an opinion"),
               frozenset({A.SELF_SCORING, A.SCORED}), None, REVIEW_RIGHT, None, ANY,
               Side.REVIEWERS, is_internal=True),
    Transition("propose_adjustment", pgettext_lazy("step of an appraisal", "propose an adjustment"),
               ADJUSTABLE,              None,           SCORE, None, ANY, told=(OFFICERS,), is_internal=True),
    Transition("confirm_adjustment", pgettext_lazy("step of an appraisal", "confirm the adjustment"),
               CORRECTABLE,             None,           CONFIRM, None, ANY, told=(SCORERS, PARTY)),
    Transition("refuse_adjustment", pgettext_lazy("step of an appraisal", "refuse the adjustment"),
               CORRECTABLE,             None,           CONFIRM, None, ANY, told=(SCORERS,), is_internal=True),
    Transition("propose_revocation", pgettext_lazy("step of an appraisal", "propose to revoke an adjustment"),
               CORRECTABLE,             None,           SCORE, None, ANY, told=(OFFICERS,), is_internal=True),
    Transition("propose_putting_right", pgettext_lazy("step of an appraisal", "propose how to put right"),
               ADJUSTABLE,              None,           SCORE, None, ANY, told=(OFFICERS,), is_internal=True),
    Transition("propose_lifting", pgettext_lazy("step of an appraisal", "propose to lift a deduction"),
               CORRECTABLE,             None,           SCORE, None, ANY, told=(OFFICERS,), is_internal=True),
    Transition("propose_correction", pgettext_lazy("step of an appraisal", "propose to put an error right"),
               PUBLIC,                  None,           SCORE, None, ANY, told=(OFFICERS,), is_internal=True),
    Transition("object",        pgettext_lazy("step of an appraisal", "object"),
               frozenset({A.SHOWN, A.PUBLISHED}), None,           REPORT, S.OBJECTED, frozenset({S.SHOWN}),
               Side.APPRAISED, (OBJECTION,), (OFFICERS,)),
    Transition("rule",          pgettext_lazy("step of an appraisal", "rule on the objection"),
               frozenset({A.SHOWN, A.PUBLISHED}), None,           RULE, S.RULED, frozenset({S.OBJECTED}),
               meets=(RULING,), told=(PARTY, SCORERS)),
    Transition("ask_review",    pgettext_lazy("step of an appraisal", "ask for a review of the grade"),
               frozenset({A.PUBLISHED}), None,          REPORT, None, AFTER,
               Side.APPRAISED, (REVIEW_APPLY,), (OFFICERS,)),
    Transition("record_application", pgettext_lazy("step of an appraisal", "record a written application for review"),
               frozenset({A.PUBLISHED}), None,          RULE, None, AFTER,
               meets=(REVIEW_APPLY,), told=(PARTY, OFFICERS)),
    Transition("decide_review", pgettext_lazy("step of an appraisal", "decide the review of the grade"),
               frozenset({A.PUBLISHED}), None,          APPROVE, None, AFTER,
               meets=(REVIEW,), told=(PARTY,)),
    Transition("complain",      pgettext_lazy("step of an appraisal", "record a complaint to the authority"),
               frozenset({A.PUBLISHED}), None,          REPORT, None, AFTER,
               Side.APPRAISED, (COMPLAINT_APPLY,), (OFFICERS,)),
    Transition("record_complaint", pgettext_lazy("step of an appraisal", "record a written complaint to the authority"),
               frozenset({A.PUBLISHED}), None,          RULE, None, AFTER,
               meets=(COMPLAINT_APPLY,), told=(PARTY, OFFICERS)),
    Transition("record_result", pgettext_lazy("step of an appraisal", "record what the complaint came to"),
               frozenset({A.PUBLISHED}), None,          APPROVE, None, AFTER, told=(PARTY,)),
)
# fmt: on


@dataclass(slots=True)
class Step(frame.Step[Appraisal, Transition]):
    """A step that has begun: the appraisal is locked, right and state were looked at; ``sheet``: whose step it is."""

    sheet: Sheet | None = None

    @property
    def appraisal(self) -> Appraisal:
        """The appraisal."""
        return self.subject

    @property
    def person(self) -> User:
        """Who takes it: the portal takes none of these steps itself."""
        assert self.by is not None  # noqa: S101 - every step begins with a person
        return self.by

    @property
    def of_sheet(self) -> Sheet:
        """The sheet, of a step that is of one."""
        assert self.sheet is not None  # noqa: S101 - the action was called with one
        return self.sheet


class AppraisalSteps(Steps[Appraisal, AppraisalEvent, Transition]):
    """The steps of an appraisal and of its sheets; ``begin`` takes either."""

    name = "appraisal"
    model = Appraisal
    event_model = AppraisalEvent
    token_model = AppraisalToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("office",)
    begun = {"prepare": pgettext_lazy("step of an appraisal", "prepare")}

    def begin(self, subject: Appraisal | Sheet, action: str, /, *, by: User, at: datetime, version: int) -> Step:
        """
        Begin a step of an appraisal, or of a sheet, in the caller's transaction.

        :raises Absent, NotAllowed, Changed, NotInState: as ``Steps.begin``; NotAllowed also of the appraisal as a whole
            for whom one of its sheets concerns
        """
        if isinstance(subject, Sheet):
            return self._begin_of_sheet(subject, self.by_action[action], by, at, version)
        begun = super().begin(subject, action, by=by, at=at, version=version)
        if access.is_party(by, subject):
            raise NotAllowed(_("This appraisal has a sheet that concerns you: somebody else takes this step."))
        return Step(begun.subject, begun.row, after_last(begun.subject, action, at), by, begun.seat)

    def _begin_of_sheet(self, sheet: Sheet, row: Transition, by: User, at: datetime, version: int) -> Step:
        self.lock(sheet.appraisal)
        _lock_sheet(sheet)
        scope_of(by, fresh=True)
        seats = self.seats_that_may(by, row, sheet)
        # Who gives an opinion of somebody else does not know the sheet, but that there is one.
        is_asked = row.side is Side.REVIEWERS and bool(seats)
        if is_asked and self.is_there(row, sheet) and not access.reviewed_by(by).filter(pk=sheet.pk).exists():
            is_asked, seats = False, []
        if not is_asked and not access.known_to(by).filter(pk=sheet.pk).exists():
            raise Absent
        if row.side is Side.OFFICE and not access.scored_by(by).filter(pk=sheet.pk).exists():
            seats = []
        if not seats:
            raise NotAllowed
        if row.side is Side.OFFICE and access.is_party_beside(by, sheet):
            raise NotAllowed(_("This group has a sheet that concerns you: somebody else takes this step."))
        if version != sheet.version:
            raise Changed
        self.only_in_state(row, sheet)
        return Step(sheet.appraisal, row, after_last(sheet.appraisal, row.action, at), by, nearest(seats), sheet=sheet)

    def only_in_state(self, row: Transition, subject: Appraisal | Sheet) -> None:
        """
        Refuse a step that does not begin where the appraisal, and the sheet, stand.

        :raises NotInState: so it is
        """
        if not self.is_there(row, subject):
            raise NotInState

    def is_known_to(self, by: User, subject: Appraisal) -> bool:
        """Say whether ``by`` may know of the appraisal."""
        return is_within(by, access.appraisals_known_to, subject.pk)

    def seats_that_may(self, by: User, row: Transition, subject: Appraisal | Sheet) -> list[Seat]:
        """Return the seats from which ``by`` may take a step."""
        if isinstance(subject, Sheet):
            return access.seats_that_may(by, row.right, row.side, subject)
        return access.office_seats_that_may(by, row.right, subject)

    def is_there(self, row: Transition, subject: Appraisal | Sheet) -> bool:
        """Say whether the appraisal, and the sheet that a step is of, are where it begins."""
        if isinstance(subject, Sheet):
            is_in = row.sheet_sources is not None and subject.state in row.sheet_sources
            return is_in and subject.appraisal.state in row.sources
        return not row.is_of_sheet and subject.state in row.sources and row.only in (None, subject.subject)

    def bring_in_line(self, step: frame.Step[Appraisal, Transition]) -> None:
        """Move the sheet, or all of them, and keep what the step keeps; actions open what it opens."""
        appraisal, row = step.subject, step.row
        sheet = step.sheet if isinstance(step, Step) else None
        if sheet is not None:
            sheet.state = row.sheet_target or sheet.state
            for kind in row.meets:
                engine.meet(sheet, kind, at=step.at)
            # Opinions change nothing that another step is taken on.
            sheet.version += row.side is not Side.REVIEWERS
            sheet.save()
        else:
            # A page of a sheet that is older than a step of the whole is old as well (docs/trust.md F-21).
            moved = {"state": row.sheet_target} if row.sheet_target else {}
            appraisal.sheets.update(version=F("version") + 1, **moved)
        refresh_next_due(appraisal)

    def tell(self, event: AppraisalEvent, row: Transition) -> None:
        """Write the messages that a step calls for, with it."""
        messages.tell(event, row.told)

    def columns(self, step: frame.Step[Appraisal, Transition]) -> dict[str, Any]:
        """Return what the event says beside: whose step it is, and whether whoever is appraised reads it."""
        return {"sheet": step.sheet if isinstance(step, Step) else None, "is_internal": step.row.is_internal}


def after_last(appraisal: Appraisal, action: str, at: datetime) -> datetime:
    """
    Return the moment of a step of an appraisal, which is locked: from publication on never before the step before it.

    The moment was taken before the lock was there. Of two corrections at once the second would else seem the first, and
    the frozen data of the first would not hold what counted at its moment; so after publication no two are the same.
    """
    if action != "publish" and not appraisal.is_public:
        return at
    last = appraisal.events.order_by("-number").values_list("at", flat=True).first()
    if last is None or at > last:
        return at
    return last + TICK if appraisal.is_public else last


def _lock_sheet(sheet: Sheet) -> None:
    """Lock a sheet, whose appraisal is locked, until the end of the transaction, and read it anew."""
    fresh = Sheet.objects.select_for_update(of=("self",), no_key=True)
    row = fresh.select_related("organ", "post", "person").get(pk=sheet.pk)
    for field in Sheet._meta.concrete_fields:
        setattr(sheet, field.attname, getattr(row, field.attname))
    sheet.organ, sheet.post, sheet.person = row.organ, row.post, row.person


def refresh_next_due(appraisal: Appraisal) -> None:
    """Set the column of the next promise anew; the caller saves it."""
    appraisal.next_due_at = deadlines.next_due_at(appraisal)


steps = AppraisalSteps(TABLE)
begin, finish, action, once = steps.begin, steps.finish, steps.action, steps.once
