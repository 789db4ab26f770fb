"""Chasing 催办: whoever owes the next step of a case is reminded of it, however many cases there are, once."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from complaints import deadlines, messages, people, workflow
from complaints.actions.acting import action
from complaints.models import Case, CaseEvent
from complaints.refusals import Absent, Invalid, NotAllowed, NotInState, Refused, Text, TooEarly
from efficiency import checks
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline
from efficiency.outbox import actions as outbox
from efficiency.outbox.models import Message
from efficiency.timing import store
from efficiency.timing.due import end_of, local_day

# So many cases at once are a page of the list.
MOST_AT_ONCE = 50
LONGEST_NOTE = 500


@dataclass(slots=True)
class Chased:
    """What came of chasing many cases: their numbers, the numbers that were left out by reason, how many were told."""

    numbers: list[str] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    told: int = 0


@action
def chase(case: Case, /, *, by: User, at: datetime, version: int, text: str = "") -> CaseEvent:
    """
    Remind whoever owes the next step of the case that it is waited for; ``text`` goes with it to the file.

    :raises Invalid: the text is too long
    :raises TooEarly: the case was chased before, and a whole working day has not passed since
    :raises NotInState: nobody in government owes a step, or only ``by``
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    event, to = _chase(case, by=by, at=at, version=version, text=text)
    _tell([event], Counter(to), at=at)
    return event


def chase_all(case_ids: Collection[int], /, *, by: User, at: datetime, text: str = "") -> Chased:
    """
    Chase many cases: each gets its event, each person one message, whatever the number of their cases.

    A case that cannot be chased is left out with the reason; one that is absent for ``by`` is left out without a word.
    Whoever names a case that is not theirs to chase is recorded (docs/trust.md L-01).

    :raises Invalid: no case, more than ``MOST_AT_ONCE``, or the text is too long
    """
    if not case_ids:
        raise Invalid(None, _("Please choose the cases first."))
    if len(set(case_ids)) > MOST_AT_ONCE:
        raise Invalid(
            None,
            ngettext_lazy("Choose at most %(count)d case.", "Choose at most %(count)d cases.", MOST_AT_ONCE)
            % {"count": MOST_AT_ONCE},
        )
    checks.optional_text("text", text, at_most=LONGEST_NOTE)
    chased, events, told = Chased(), [], Counter[int]()
    with transaction.atomic():
        # Rows are locked one after the other in the order of their ids, as everywhere.
        for case in Case.objects.filter(pk__in=case_ids).order_by("pk"):
            try:
                with transaction.atomic():
                    event, to = _chase(case, by=by, at=at, version=None, text=text)
            except NotAllowed as refusal:
                detail = {"refusal": type(refusal).__name__}
                record("case.chase", actor=by, obj=case, outcome=Outcome.REFUSED, detail=detail, at=at)
                if not isinstance(refusal, Absent):
                    _skip(chased, case, refusal.message)
            except Refused as refusal:
                _skip(chased, case, refusal.message)
            else:
                chased.numbers.append(case.number)
                events.append(event)
                told.update(to)
        if events:
            _tell(events, told, at=at)
    chased.told = len(told)
    return chased


def _skip(chased: Chased, case: Case, why: Text) -> None:
    chased.skipped.setdefault(str(why), []).append(case.number)


def _chase(case: Case, /, *, by: User, at: datetime, version: int | None, text: str) -> tuple[CaseEvent, list[int]]:
    """Write the event of one case; return it with the ids of those who have to be told."""
    step = workflow.begin(case, "chase", by=by, at=at, version=version)
    note = checks.optional_text("text", text, at_most=LONGEST_NOTE)
    _leave_time(case, at)
    promise = deadlines.next_owed(case)
    if promise is None:
        raise NotInState(_("Nobody owes a step in this case at the moment."))
    to = [user_id for user_id in _owing(case, promise, at) if user_id != by.pk]
    if not to:
        raise NotInState(_("There is nobody to be reminded: the next step is your own, or nobody is there to take it."))
    event = workflow.finish(step, internal_text=note, data={"promise": promise.kind, "organ": promise.organ_id})
    return event, to


def _leave_time(case: Case, at: datetime) -> None:
    """
    Let pass if the case was not chased of late: whoever was reminded has the rest of the day and a working day.

    :raises TooEarly: that time is not over; the message says from when on it is
    """
    last = case.events.filter(action="chase").order_by("-number").values_list("at", flat=True).first()
    if last is None:
        return
    working_day = store.load().add_working_days(local_day(last), 1)
    if at < end_of(working_day):
        raise TooEarly(
            _("Chased already on %(day)s; whoever was reminded has a whole working day.")
            % {"day": date_format(timezone.localtime(last), "DATE_FORMAT")}
        )


def _owing(case: Case, promise: Deadline, at: datetime) -> list[int]:
    """Return who owes the promise: the person who has it in hand, else everybody at work on it in the organ."""
    on = local_day(at)
    if promise.responsible_id is not None:
        in_hand = User.objects.filter(pk=promise.responsible_id, is_active=True)
        found = people.without_concerned(case, in_hand).values_list("pk", flat=True)
        if told := people.with_stand_ins(case, found, on):
            return told
    return people.officers(case, on) if promise.organ_id == case.office_id else people.staff_of_holder(case, on)


def _tell(events: list[CaseEvent], told: Counter[int], *, at: datetime) -> None:
    """Write one message to each person, with the number of their cases and nothing else (docs/trust.md Z-15)."""
    cause = messages.cause_of(events[0])
    written = [
        message
        for user_id, count in sorted(told.items())
        for message in outbox.written(cause, messages.CHASED, to=[user_id], values={"count": count}, at=at)
    ]
    Message.objects.bulk_create(written, ignore_conflicts=True)
