"""The steps of staff on the way to an answer: clear or not, opinions, reasons, more time (docs/domain.md 6.3)."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.models import (
    InformationRequest,
    RequestAnswer,
    RequestConsultation,
    RequestEvent,
    RequestExtension,
)
from disclosure.requests import deadlines, workflow
from disclosure.requests.deadlines import ANSWER, CO_ORGAN, FEE, REASONS, SUPPLEMENT, SUPPLEMENT_NOTICE, THIRD_PARTY
from disclosure.requests.enums import (
    SAID,
    AnswerState,
    Consulted,
    ExtensionState,
    Opinion,
    Outcome,
    ReportRow,
    State,
    row_of,
)
from disclosure.requests.refusals import Invalid, NotAllowed, NotInState
from disclosure.requests.workflow import Who, action
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.deadlines.tending import each
from efficiency.timing import store
from efficiency.timing.due import Limit, Unit, due_at, start_of

MOST_MORE_DAYS = 20
# In yuan; a typing error beyond it is found out before the applicant reads it.
HIGHEST_FEE = Decimal(1_000_000)
# By when it is recorded that a letter arrived for which the clock stands still.
LETTER_LIMIT = Limit(5, Unit.WORKING_DAY)
PROMISE_OF = {Consulted.THIRD_PARTY: THIRD_PARTY, Consulted.CO_ORGAN: CO_ORGAN}


@action
def take_up(request: InformationRequest, /, *, by: User, at: datetime, version: int) -> RequestEvent:
    """
    Find a request clear: it is worked on from now.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    return workflow.finish(workflow.begin(request, "take_up", by=by, at=at, version=version))


@action
def ask_supplement(request: InformationRequest, /, *, by: User, at: datetime, version: int, text: str) -> RequestEvent:
    """
    Ask once, within seven working days, for what makes an unclear request clear (Art. 30).

    The clock of the answer ends, and begins anew when the supplement arrives.

    :raises Invalid: nothing is asked for
    :raises NotInState: it was asked for before, or the seven days are over
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "ask_supplement", by=by, at=at, version=version)
    if why := why_no_supplement(request, at):
        raise NotInState(why)
    words = checks.text("text", text, _("Please say what is unclear and what is needed."), at_most=2000)
    return workflow.finish(step, public_text=words)


def why_no_supplement(request: InformationRequest, at: datetime) -> str:
    """Return why a supplement can no longer be asked for; empty where it can."""
    if deadlines.was_asked_for_supplement(request):
        return str(_("A supplement was asked for before; that is done once."))
    notice = deadlines.last(request, SUPPLEMENT_NOTICE)
    if notice is None or at >= notice.overdue_at:
        return str(_("The seven working days in which a supplement can be asked for are over."))
    return ""


@action
def enter_supplement(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, received_on: date, text: str
) -> RequestEvent:
    """
    Enter a supplement that came on paper; the time for the answer begins anew on the day of its receipt.

    :raises Invalid: there is no text, or the day does not fit
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "enter_supplement", by=by, at=at, version=version)
    asked = deadlines.last(request, SUPPLEMENT)
    since = timezone.localdate(asked.started_at if asked else request.received_at)
    started_at = moment_of_receipt(received_on, at, not_before=since)
    words = checks.text("text", text, _("Please write what was handed in."), at_most=5000)
    event = workflow.finish(step, public_text=words, data={"received_on": received_on.isoformat()})
    deadlines.open_kind(request, ANSWER, at=started_at)
    renew_next_due(request)
    return event


def moment_of_receipt(day: date, at: datetime, *, not_before: date) -> datetime:
    """Return the moment from which a clock runs that began with what was received on ``day``."""
    if day > timezone.localdate(at):
        raise Invalid("received_on", _("This day is still to come."))
    if day < not_before:
        raise Invalid("received_on", _("This day lies before the letter."))
    return at if day == timezone.localdate(at) else start_of(day)


@action
def enter_withdrawal(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, text: str
) -> RequestEvent:
    """
    Enter that the applicant has taken the request back by letter; nothing is promised any more.

    :raises Invalid: it is not said how it came
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "enter_withdrawal", by=by, at=at, version=version)
    words = checks.text("text", text, _("Please say when and how the withdrawal came."), at_most=1000)
    take_back(request, at=at)
    return workflow.finish(step, public_text=words)


def take_back(request: InformationRequest, /, *, at: datetime) -> None:
    """Drop what is in work for a request that its applicant takes back, in the caller's transaction."""
    in_work = (AnswerState.DRAFT, AnswerState.APPROVED)
    RequestAnswer.objects.filter(request=request, state__in=in_work).update(state=AnswerState.DROPPED)
    close_what_waits(request, at=at)
    workflow.count_in_report(request, ReportRow.OTHER, at=at)


@action
def abandon(request: InformationRequest, /, *, by: User, at: datetime, version: int) -> RequestEvent:
    """
    Take a request as abandoned that was not supplemented in time (Art. 30).

    :raises NotInState: the applicant still has time
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "abandon", by=by, at=at, version=version)
    if not deadlines.has_lapsed(deadlines.last(request, SUPPLEMENT), at):
        raise NotInState(_("The applicant still has time for the supplement."))
    request.outcome = Outcome.ABANDONED
    workflow.count_in_report(request, ReportRow.ABANDONED, at=at)
    return workflow.finish(step)


# --- Fee ------------------------------------------------------------------------------------------------------------


@action
def ask_fee(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, amount: Decimal, text: str
) -> RequestEvent:
    """
    Ask once for the fee for what is plainly beyond reason in number (Art. 42), in the time for the answer.

    The applicant has twenty working days. The clock of the answer ends, and begins anew when the fee is paid.

    :param amount: yuan
    :param text: on which ground and by which rate, and how it is paid
    :raises Invalid: the amount is none, or nothing is said
    :raises NotInState: it was asked for before, or the time for the answer is over
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "ask_fee", by=by, at=at, version=version)
    if why := why_no_fee(request, at):
        raise NotInState(why)
    if not Decimal("0.01") <= amount <= HIGHEST_FEE:
        raise Invalid("amount", _("Please give the amount of the fee in yuan."))
    words = checks.text("text", text, _("Please say why, by which rate, and how it is paid."), at_most=2000)
    return workflow.finish(step, public_text=words, data={"amount": f"{amount:.2f}"})


def why_no_fee(request: InformationRequest, at: datetime) -> str:
    """Return why no fee can be asked for now; empty where it can."""
    if deadlines.last(request, FEE) is not None:
        return str(_("The fee was asked for before; that is done once."))
    answer = deadlines.running(request, ANSWER)
    if answer is None or at >= answer.overdue_at:
        return str(_("The time for the answer is over; no fee is asked for any more."))
    return ""


@action
def record_payment(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, received_on: date
) -> RequestEvent:
    """
    Record that the fee was paid; the time for the answer begins anew on that day. Late counts, while it still waits.

    :raises Invalid: the day does not fit
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "record_payment", by=by, at=at, version=version)
    asked = deadlines.last(request, FEE)
    since = timezone.localdate(asked.started_at if asked else request.received_at)
    started_at = moment_of_receipt(received_on, at, not_before=since)
    event = workflow.finish(step, data={"received_on": received_on.isoformat()})
    deadlines.open_kind(request, ANSWER, at=started_at)
    renew_next_due(request)
    return event


@action
def give_up_unpaid(request: InformationRequest, /, *, by: User, at: datetime, version: int) -> RequestEvent:
    """
    Take a request as given up whose fee was not paid in time: it is not handled any more, and counted so.

    :raises NotInState: the applicant still has time
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "give_up_unpaid", by=by, at=at, version=version)
    if not deadlines.has_lapsed(deadlines.last(request, FEE), at):
        raise NotInState(_("The applicant still has time to pay."))
    request.outcome = Outcome.UNPAID
    workflow.count_in_report(request, row_of(Outcome.UNPAID, ""), at=at)
    return workflow.finish(step)


# --- Opinions -------------------------------------------------------------------------------------------------------


@action
def consult(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, kind: str, party: str, reason: str
) -> RequestEvent:
    """
    Ask a third party, or the organ that made the information too, for an opinion; the clock stands still (Art. 32-34).

    The fifteen working days run from now until it is recorded when the letter arrived; a letter of which that is not
    recorded in five working days stops nothing any longer. The applicant is told that somebody is asked, never whom.

    :raises Invalid: nobody is named, they were asked before, or no reason is given
    :raises NotInState: the last day is over
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "consult", by=by, at=at, version=version)
    if why := why_no_consultation(request, at):
        raise NotInState(why)
    who = checks.choice("kind", kind, Consulted, _("Please choose who is asked."))
    name = checks.text("party", party, _("Please name who is asked."), at_most=120)
    if any(_folded(name) == _folded(asked.party) for asked in request.consultations.filter(kind=who)):
        raise Invalid("party", _("They were asked before; the clock stops for nobody twice."))
    words = checks.text("reason", reason, _("Please say whose rights are touched, and by what."), at_most=1000)
    told = _("The opinion of somebody whose rights may be touched is obtained")
    engine.suspend(request, ANSWER, at=at, ground="third_party", reason=str(told), by=by)
    RequestConsultation.objects.create(request=request, kind=who, party=name, asked_at=at, asked_by=by)
    deadlines.open_kind(request, PROMISE_OF[who], at=at)
    return workflow.finish(step, internal_text=words, data={"kind": who.value})


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def why_no_consultation(request: InformationRequest, at: datetime) -> str:
    """Return why nobody can be asked for an opinion any more; empty where somebody can."""
    promise = deadlines.running(request, ANSWER)
    if promise is None:
        return str(_("No answer is promised at the moment."))
    if at >= promise.overdue_at:
        return str(_("The last day of the answer is over: the clock can no longer be stopped."))
    return ""


@action
def record_letter(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, received_on: date
) -> RequestEvent:
    """
    Record on which day the letter reached whoever was asked; from it run the fifteen working days.

    :raises Invalid: the day is to come, or lies before the letter
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "record_letter", by=by, at=at, version=version)
    asked = _open_consultation(request)
    if asked.letter_received_on is not None:
        raise NotInState(_("It was recorded before when the letter arrived."))
    moment_of_receipt(received_on, at, not_before=timezone.localdate(asked.asked_at))
    asked.letter_received_on = received_on
    asked.save(update_fields=["letter_received_on"])
    event = workflow.finish(step, data={"received_on": received_on.isoformat()})
    deadlines.open_kind(request, PROMISE_OF[Consulted(asked.kind)], at=start_of(received_on))
    renew_next_due(request)
    return event


@action
def record_opinion(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, opinion: str, text: str = ""
) -> RequestEvent:
    """
    Record the opinion that came; the clock runs again.

    It binds nobody: a refusal without a good ground can be overridden for the public interest (Art. 32).

    :raises Invalid: no opinion, or a refusal without its words
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "record_opinion", by=by, at=at, version=version)
    said = checks.choice("opinion", opinion, Opinion, _("Please choose what the opinion says."))
    if said not in SAID:
        raise Invalid("opinion", _("That nothing came is found by the clock, when the time is over."))
    words = checks.optional_text("text", text, at_most=2000)
    if said is not Opinion.AGREES and not words:
        raise Invalid("text", _("Please write down what was said against the disclosure."))
    _close(_open_consultation(request), said, words, by=by, at=at)
    deadlines.resume_answer(request, at=at, by=by)
    return workflow.finish(step, internal_text=words, data={"opinion": said.value})


def lapse_opinions(*, at: datetime) -> int:
    """
    Let the clock run again where nobody gave an opinion in the fifteen working days; return how many requests.

    Of a co-producing organ silence is agreement, of a third party the organ decides. Where nobody recorded in five
    working days that the letter arrived, no opinion can be silent: the consultation is closed without one. The
    standstill ends with the last day of that time, whenever this runs. Safe to run twice, and two at once.
    """
    waiting = InformationRequest.objects.filter(state=State.CONSULTING).order_by("pk")
    return each(waiting.iterator(chunk_size=200), lambda request: _lapse_opinion(request, at=at))


@action
def _lapse_opinion(request: InformationRequest, /, *, at: datetime) -> bool:
    workflow.lock(request)
    asked = request.consultations.filter(closed_at__isnull=True).first()
    if request.state != State.CONSULTING or asked is None:
        return False
    if asked.letter_received_on is None:
        over, said = due_at(asked.asked_at, LETTER_LIMIT, calendar=store.load()), ""
        words = str(_("Nobody recorded in five working days that the letter arrived."))
    else:
        promise = deadlines.last(request, PROMISE_OF[Consulted(asked.kind)])
        if promise is None or not deadlines.has_lapsed(promise, at):
            return False
        over, said, words = max(promise.due_at, asked.asked_at), Opinion.SILENT, ""
    if at <= over:
        return False
    step = workflow.begin_for(request, "lapse_opinion", who=Who.SYSTEM, at=at)
    _close(asked, said, "", by=None, at=at)
    deadlines.resume_answer(request, at=over, by=None)
    workflow.finish(step, internal_text=words)
    return True


def _open_consultation(request: InformationRequest) -> RequestConsultation:
    asked = request.consultations.filter(closed_at__isnull=True).first()
    if asked is None:
        raise NotInState(_("Nobody is asked for an opinion at the moment."))
    return asked


def was_third_party_heard(request: InformationRequest) -> bool:
    """Say whether a third party gave its opinion, or was silent for the fifteen working days."""
    return request.consultations.filter(kind=Consulted.THIRD_PARTY).exclude(opinion="").exists()


def is_objected_to(request: InformationRequest) -> bool:
    """Say whether the last opinion that came objects with a ground."""
    last = request.consultations.exclude(opinion="").order_by("-closed_at", "-pk").first()
    return last is not None and last.opinion == Opinion.OBJECTS


def _close(asked: RequestConsultation, opinion: str, words: str, *, by: User | None, at: datetime) -> None:
    asked.opinion, asked.opinion_text, asked.closed_by, asked.closed_at = opinion, words, by, at
    asked.save(update_fields=["opinion", "opinion_text", "closed_by", "closed_at"])


def renew_next_due(request: InformationRequest) -> None:
    """Set the column anew after a promise was opened behind a step, in its transaction."""
    request.next_due_at = engine.next_due_at(request)
    request.save(update_fields=["next_due_at"])


# --- Many requests --------------------------------------------------------------------------------------------------


@action
def ask_reasons(request: InformationRequest, /, *, by: User, at: datetime, version: int, text: str) -> RequestEvent:
    """
    Ask for the reasons of a number of requests that is plainly beyond reason (Art. 35); no clock moves.

    :raises Invalid: it is not said why
    :raises NotInState: it was asked before
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "ask_reasons", by=by, at=at, version=version)
    if were_reasons_asked(request):
        raise NotInState(_("The reasons were asked for before."))
    words = checks.text("text", text, _("Please say why the number is beyond reason."), at_most=2000)
    return workflow.finish(step, public_text=words)


def were_reasons_asked(request: InformationRequest) -> bool:
    """Say whether the applicant was asked for reasons."""
    return request.events.filter(action="ask_reasons").exists()


def why_not_excessive(request: InformationRequest, at: datetime) -> str:
    """Return why the number cannot be called beyond reason yet; empty once reasons were given or their time is over."""
    if not were_reasons_asked(request):
        return str(_("The applicant is first asked for the reasons (Art. 35)."))
    if request.events.filter(action="give_reasons").exists():
        return ""
    asked = deadlines.last(request, REASONS)
    if asked is not None and at >= asked.overdue_at:
        return ""
    return str(_("The applicant still has time for the reasons."))


# --- More time ------------------------------------------------------------------------------------------------------


@action
def ask_extension(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, days: int, reason: str
) -> RequestEvent:
    """
    Ask for more time, once, at most 20 working days; another person decides before the old end (Art. 33).

    :raises Invalid: no reason
    :raises NotInState: somebody has asked already, the promise cannot be extended, or its last day is over
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "ask_extension", by=by, at=at, version=version)
    if waiting_extension(request):
        raise NotInState(_("More time has been asked for already."))
    words = checks.text("reason", reason, _("Please say why more time is needed."), at_most=1000)
    engine.check_extension(_answer_promise(request), Limit(days, Unit.WORKING_DAY), at=at)
    RequestExtension.objects.create(request=request, days=days, reason=words, asked_by=by, asked_at=at)
    return workflow.finish(step, internal_text=words, data={"days": days})


@action
def extend(request: InformationRequest, /, *, by: User, at: datetime, version: int, reason: str) -> RequestEvent:
    """
    Give the time that was asked for, counted on from the old last day; the applicant is told with the new date.

    :raises NotAllowed: ``by`` asked for it
    :raises NotInState: the last day is over, or the clock stands still
    :raises Invalid, Absent, Changed: as for the other steps
    """
    step = workflow.begin(request, "extend", by=by, at=at, version=version)
    asked = _decidable(request, by)
    words = checks.text("reason", reason, _("Please say what the applicant is told as the reason."), at_most=1000)
    engine.extend(request, ANSWER, at=at, limit=Limit(asked.days, Unit.WORKING_DAY), reason=words, by=by)
    _decide(asked, ExtensionState.GRANTED, by=by, at=at)
    return workflow.finish(step, public_text=words, data={"days": asked.days})


@action
def refuse_extension(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, reason: str
) -> RequestEvent:
    """
    Refuse the time that was asked for; the old date stays.

    :raises NotAllowed: ``by`` asked for it
    :raises Invalid, Absent, Changed, NotInState: as for the other steps
    """
    step = workflow.begin(request, "refuse_extension", by=by, at=at, version=version)
    asked = _decidable(request, by)
    words = checks.text("reason", reason, _("Please say why not."), at_most=1000)
    _decide(asked, ExtensionState.REFUSED, by=by, at=at)
    return workflow.finish(step, internal_text=words)


def lapse_extensions(*, at: datetime) -> int:
    """
    Put aside what nobody decided before the old end, or what the answer made needless; return how many.

    Safe to run twice, and two at once.
    """
    asked = InformationRequest.objects.filter(extensions__state=ExtensionState.ASKED).order_by("pk")
    return each(asked.iterator(chunk_size=200), lambda request: _lapse_extension(request, at=at))


@action
def _lapse_extension(request: InformationRequest, /, *, at: datetime) -> bool:
    workflow.lock(request)
    asked = waiting_extension(request)
    promise = deadlines.running(request, ANSWER)
    if asked is None:
        return False
    # While the clock stands still nothing is over: the last day that is stored is not the one that will be.
    if promise is not None and (promise.state == DeadlineState.SUSPENDED or at < promise.overdue_at):
        return False
    _decide(asked, ExtensionState.LAPSED, by=None, at=at)
    if promise is not None:
        workflow.finish(workflow.begin_for(request, "lapse_extension", who=Who.SYSTEM, at=at))
    return True


def waiting_extension(request: InformationRequest) -> RequestExtension | None:
    """Return the wish for more time that waits for a decision."""
    return request.extensions.select_related("asked_by").filter(state=ExtensionState.ASKED).first()


def _decidable(request: InformationRequest, by: User) -> RequestExtension:
    asked = waiting_extension(request)
    if asked is None:
        raise NotInState(_("Nobody has asked for more time."))
    if is_same_person(by, asked.asked_by):
        raise NotAllowed(_("Whoever asked for more time does not decide on it."))
    return asked


def _decide(asked: RequestExtension, state: ExtensionState, *, by: User | None, at: datetime) -> None:
    asked.state, asked.decided_by, asked.decided_at = state, by, at
    asked.save(update_fields=["state", "decided_by", "decided_at"])


def _answer_promise(request: InformationRequest) -> Deadline:
    promise = deadlines.running(request, ANSWER)
    if promise is None:
        raise NotInState(_("No answer is promised at the moment."))
    return promise


def close_what_waits(request: InformationRequest, /, *, at: datetime) -> None:
    """End consultations and wishes for more time of a request that ends without them, in the caller's transaction."""
    RequestConsultation.objects.filter(request=request, closed_at__isnull=True).update(closed_at=at)
    waiting = Q(request=request, state=ExtensionState.ASKED)
    RequestExtension.objects.filter(waiting).update(state=ExtensionState.LAPSED, decided_at=at)
