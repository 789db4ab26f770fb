"""
The inquiry: at least two investigators, who may read, what is found, and its clock (docs/domain.md 10.5, 3.4).

Nobody inquires, reads or decides where they are concerned (docs/trust.md Z-07).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults import deadlines, messages, telling, workflow
from accountability.faults.deadlines import DECIDE, LOOK_AGAIN
from accountability.faults.enums import AccessKind, EvidenceKind, ProposalKind, ProposalState, State
from accountability.faults.files import files
from accountability.faults.refusals import Invalid, NotAllowed, NotInState
from accountability.faults.workflow import action, once
from accountability.models import (
    Evidence,
    EvidenceRelease,
    FaultAccess,
    FaultCase,
    FaultEvent,
    FaultLook,
    Investigator,
    Respondent,
)
from efficiency import checks
from efficiency.access.may import ACTING, Cell, seats_for
from efficiency.access.models import User
from efficiency.access.persons import accounts_of, is_same_person
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Role
from efficiency.timing.due import Limit, Unit
from efficiency.timing.zone import start_of

# Fewer persons do not inquire (docs/domain.md 10.5).
FEWEST = 2
MOST_MORE_DAYS = 30
# More looks at names by one person on a day are pointed out to the auditors (docs/trust.md P-04).
MANY_LOOKS = 20
LONGEST = 5000
GROUNDS = ("proceeding", "force_majeure")


# --- Who inquires, who may read -------------------------------------------------------------------------------------


@action
def appoint(case: FaultCase, /, *, by: User, at: datetime, version: int, people: Sequence[User]) -> FaultEvent:
    """
    Appoint investigators; there are at least two natural persons then. Those who inquire already stay.

    :raises Invalid: there are fewer, or one of them can not: concerned, kept out, without a post for it, or ``by``
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "appoint", by=by, at=at, version=version)
    present = [row.person for row in investigators(case)]
    new = [person for person in people if not any(is_same_person(person, each) for each in present)]
    for person in new:
        if why := why_no_investigator(case, person, by):
            raise Invalid("people", why)
    everybody: list[User] = []
    for person in (*present, *new):
        if not any(is_same_person(person, each) for each in everybody):
            everybody.append(person)
    added = [person for person in everybody if person not in present]
    if len(able(case)) + len(added) < FEWEST:
        raise Invalid("people", _("At least two persons inquire."))
    Investigator.objects.bulk_create(
        Investigator(case=case, person=person, appointed_by=by, appointed_at=at) for person in added
    )
    return workflow.finish(step, data={"people": [person.pk for person in added]})


def investigators(case: FaultCase) -> list[Investigator]:
    """Return who inquires now."""
    return list(case.investigators.filter(ended_at__isnull=True).select_related("person").order_by("pk"))


def able(case: FaultCase) -> list[User]:
    """
    Return the natural persons who inquire and still can: not concerned, not kept out, in a post for it.

    Whom the case turned out to concern, or who left the office, inquires no more though nobody released them.
    """
    found: list[User] = []
    for row in investigators(case):
        is_able = not why_not_let_in(case, row.person) and _has_post(row.person)
        if is_able and not any(is_same_person(row.person, each) for each in found):
            found.append(row.person)
    return found


def _has_post(person: User) -> bool:
    """Say whether somebody has a post from which one inquires."""
    return bool(scope_of(person, fresh=True).seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR))


def why_no_investigator(case: FaultCase, person: User, by: User) -> str:
    """Return why somebody cannot inquire in a case; empty where they can."""
    if is_same_person(person, by):
        return str(_("Nobody appoints themselves as investigator."))
    if why := why_not_let_in(case, person):
        return why
    if not _has_post(person):
        return str(_("Only officers of an efficiency office and inspectors inquire."))
    return ""


def why_not_let_in(case: FaultCase, person: User) -> str:
    """Return why somebody must not read a case; empty where they may: one sentence, that tells nothing of the case."""
    scope = scope_of(person, fresh=True)
    if not person.is_active or not FaultCase.objects.keeps(case, scope):
        return str(_("This person cannot be let in: the case concerns them, or they were kept out."))
    reach = [seat for seat in scope.seats if case.office_id in seat.organ_ids]
    if not any(seat.role in (Role.OFFICE_OFFICER, Role.INSPECTOR, Role.ORGAN_LEADER) for seat in reach):
        return str(_("This person has no post from which the case can be read."))
    return ""


@action
def let_in(case: FaultCase, /, *, by: User, at: datetime, version: int, person: User, reason: str) -> FaultEvent:
    """
    Put somebody on the list of those who may read the case, with the reason.

    :raises Invalid: there is no reason, they stand there already, or must not read it
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "let_in", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say why this person needs to know."), at_most=1000)
    if why := why_not_let_in(case, person):
        raise Invalid("person", why)
    if case.access.filter(user=person, kind=AccessKind.NAMED, ended_at__isnull=True).exists():
        raise Invalid("person", _("This person stands on the list already."))
    FaultAccess.objects.create(case=case, user=person, kind=AccessKind.NAMED, reason=words, added_by=by, added_at=at)
    return workflow.finish(step, text=words, data={"person": person.pk})


@action
def shut_out(case: FaultCase, /, *, by: User, at: datetime, version: int, person: User, reason: str) -> FaultEvent:
    """
    Take somebody off the list, or release an investigator; the case is absent for them from now on.

    :raises Invalid: there is no reason, or they do not stand there
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "shut_out", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say why."), at_most=1000)
    if not _take_off(case, person, words, at):
        raise Invalid("person", _("This person does not stand on the list."))
    return workflow.finish(step, text=words, data={"person": person.pk})


@action
def keep_out(case: FaultCase, /, *, by: User, at: datetime, version: int, person: User, reason: str) -> FaultEvent:
    """
    Keep somebody out who has a conflict 回避: for all accounts of the person the case is absent, and never again there.

    :raises Invalid: there is no reason, or they are kept out already
    :raises NotAllowed: it would be ``by``, who declares it instead (``declare_recusal``)
    :raises Absent, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "keep_out", by=by, at=at, version=version)
    if is_same_person(person, by):
        raise NotAllowed(_("Nobody decides on themself. Declare your recusal."))
    words = checks.text("reason", reason, _("Please give the reason of the recusal."), at_most=1000)
    if case.access.filter(user=person, kind=AccessKind.KEPT_OUT, ended_at__isnull=True).exists():
        raise Invalid("person", _("This person is kept out already."))
    _keep_out(case, person, words, by, at)
    return workflow.finish(step, text=words, data={"person": person.pk})


@action
def declare_recusal(case: FaultCase, /, *, by: User, at: datetime, version: int, reason: str) -> FaultEvent:
    """
    Declare a conflict of one's own 回避, whoever takes part: for all accounts of ``by`` the case is absent from now on.

    It needs nobody's consent and is never taken back; the heads of the office are told (docs/trust.md Z-07).

    :raises Invalid: there is no reason
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "declare_recusal", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say what the conflict is."), at_most=1000)
    _keep_out(case, by, words, by, at)
    return workflow.finish(step, text=words)


def _keep_out(case: FaultCase, person: User, reason: str, by: User, at: datetime) -> None:
    """Have the case absent for somebody; what they proposed is proposed anew, what they had to report passes on."""
    _take_off(case, person, reason, at)
    theirs = case.proposals.filter(state=ProposalState.WAITING, proposed_by_id__in=accounts_of(person))
    theirs.update(state=ProposalState.LAPSED, decided_at=at)
    given = {"reason": reason, "added_by": by, "added_at": at}
    FaultAccess.objects.create(case=case, user=person, kind=AccessKind.KEPT_OUT, **given)
    deadlines.pass_on_execution(case, at=at)


def _take_off(case: FaultCase, person: User, reason: str, at: datetime) -> int:
    accounts = accounts_of(person)
    named = case.access.filter(user_id__in=accounts, kind=AccessKind.NAMED, ended_at__isnull=True)
    inquiring = case.investigators.filter(person_id__in=accounts, ended_at__isnull=True)
    return named.update(ended_at=at) + inquiring.update(ended_at=at, ended_reason=reason)


@action
def reveal(case: FaultCase, /, *, by: User, at: datetime, reason: str) -> list[Respondent]:
    """
    Return the respondents with their names, for somebody for whom they are masked; the reason is written first (P-04).

    :raises NotAllowed: ``by`` does not read the case, or may not look
    :raises Invalid: there is no reason
    """
    workflow.lock(case)
    if not seats_for(by, "fault.read", case, fresh=True):
        raise workflow.Absent
    seats = [seat for seat, cell in seats_for(by, "fault.reveal", case) if cell in ACTING or cell is Cell.REASON]
    if not seats:
        raise NotAllowed(_("You may not take this step."))
    words = checks.text("reason", reason, _("Please say why you need the names."), at_most=1000)
    FaultLook.objects.create(case=case, by=by, organ_id=seats[0].organ_id, at=at, reason=words)
    record("fault.reveal", actor=by, obj=case, at=at)
    _point_out_many(by, at)
    return list(case.respondents.select_related("person", "post", "organ").order_by("pk"))


def _point_out_many(by: User, at: datetime) -> None:
    """Tell the auditors, once a day, of whoever looked more often than ``MANY_LOOKS`` times (P-04)."""
    day = timezone.localdate(at)
    begin = start_of(day)
    if FaultLook.objects.filter(by=by, at__gte=begin, at__lt=begin + timedelta(days=1)).count() > MANY_LOOKS:
        messages.tell_of_many_looks(by, MANY_LOOKS, at=at)


# --- What is found --------------------------------------------------------------------------------------------------


@once
@action
def add_evidence(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    kind: str,
    title: str,
    text: str = "",
    interviewed: str = "",
    interviewed_at: datetime | None = None,
    refers_to: models.Model | None = None,
    attachments: Sequence[CleanFile] = (),
) -> FaultEvent:
    """
    Add a piece of evidence: a document, an interview with its record, or what the portal holds; never changed again.

    :raises Invalid: what the kind asks for is missing, or ``by`` does not know what is referred to
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "add_evidence", by=by, at=at, version=version)
    what = checks.choice("kind", kind, EvidenceKind, _("Please choose what it is."))
    name = checks.text("title", title, _("Please give a title."), at_most=120)
    # Titles stand in the decision and in the list of the file, whatever is released.
    telling.check(case, "title", name)
    words = checks.optional_text("text", text, at_most=20_000)
    asked = checks.optional_text("interviewed", interviewed, at_most=120)
    if what is EvidenceKind.INTERVIEW and not (asked and words and interviewed_at):
        raise Invalid("interviewed", _("Please record who was asked, when, and what was said."))
    if interviewed_at is not None and interviewed_at > at:
        raise Invalid("interviewed_at", _("This moment is still to come."))
    if what is EvidenceKind.DOCUMENT and not attachments:
        raise Invalid("attachments", _("Please add the document."))
    if what is EvidenceKind.RECORD and refers_to is None:
        raise Invalid("refers_to", _("Please say which record of the portal is meant."))
    if refers_to is not None and not rows_of(type(refers_to), by).filter(pk=refers_to.pk).exists():
        raise Invalid("refers_to", _("There is no such record."))
    refers = (
        {"content_type": ContentType.objects.get_for_model(refers_to), "object_id": refers_to.pk} if refers_to else {}
    )
    last = case.evidence.aggregate(last=Max("number"))["last"] or 0
    row = Evidence.objects.create(
        case=case,
        number=last + 1,
        kind=what,
        title=name,
        text=words,
        interviewed=asked if what is EvidenceKind.INTERVIEW else "",
        interviewed_at=interviewed_at if what is EvidenceKind.INTERVIEW else None,
        added_by=by,
        at=at,
        **refers,
    )
    files.attach(case, attachments, at=at, evidence=row)
    return workflow.finish(step, data={"evidence": row.number, "files": len(attachments)})


@action
def release_evidence(
    case: FaultCase, /, *, by: User, at: datetime, version: int, evidence: Evidence, respondent: Respondent
) -> FaultEvent:
    """
    Let a respondent read a piece of evidence on their own page; it is never taken back.

    :raises Invalid: they may read it already, or it tells who complained
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "release_evidence", by=by, at=at, version=version)
    if evidence.case_id != case.pk or respondent.case_id != case.pk:
        raise Invalid("evidence", _("This is no evidence of the case."))
    if evidence.kind == EvidenceKind.RECORD:
        raise Invalid("evidence", _("A record of the portal is not handed out; please write down what it shows."))
    telling.check(case, "evidence", f"{evidence.title}\n{evidence.text}")
    if evidence.releases.filter(respondent=respondent).exists():
        raise Invalid("evidence", _("They may read it already."))
    EvidenceRelease.objects.create(evidence=evidence, respondent=respondent, by=by, at=at)
    return workflow.finish(step, data={"evidence": evidence.number, "respondent": respondent.pk})


# --- The notice of opening ------------------------------------------------------------------------------------------


@action
def notify(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Tell the respondents that a case about them is opened, who inquires, and that they may ask for a recusal.

    :raises NotInState: fewer than two inquire, or everybody was told
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "notify", by=by, at=at, version=version)
    if why := why_too_few(case):
        raise NotInState(why)
    untold = list(case.respondents.filter(notified_at__isnull=True).order_by("pk"))
    if not untold:
        raise NotInState(_("Everybody was told already."))
    case.respondents.filter(pk__in=[each.pk for each in untold]).update(notified_at=at)
    event = workflow.finish(step, data={"respondents": [each.pk for each in untold]})
    for respondent in untold:
        messages.tell_respondent(respondent, f"fault-event:{event.pk}:{respondent.pk}", at=at)
    return event


def why_too_few(case: FaultCase) -> str:
    """Return that fewer than two persons inquire who can; empty where enough do."""
    return "" if len(able(case)) >= FEWEST else str(_("At least two persons inquire."))


# --- The clock ------------------------------------------------------------------------------------------------------


@action
def ask_extension(case: FaultCase, /, *, by: User, at: datetime, version: int, days: int, reason: str) -> FaultEvent:
    """
    Ask for more time for the decision, once, at most 30 working days; a head confirms before the old end.

    :raises Invalid: no reason
    :raises NotInState: the promise cannot be extended, its last day is over, or something waits
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_extension", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say why more time is needed."), at_most=1000)
    promise = deadlines.running(case, DECIDE)
    if promise is None:
        raise NotInState(_("No decision is promised at the moment."))
    engine.check_extension(promise, Limit(days, Unit.WORKING_DAY), at=at)
    workflow.put_forward(step, ProposalKind.EXTEND, words, {"days": days})
    return workflow.finish(step, text=words, data={"days": days})


@action
def extend(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Give the time that was asked for, as the second person; it counts on from the old last day.

    :raises NotAllowed: ``by`` asked for it
    :raises NotInState: the last day is over, the clock stands still, or nothing waits
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "extend", by=by, at=at, version=version)
    proposal = workflow.settle(step, ProposalKind.EXTEND, ProposalState.CONFIRMED)
    limit = Limit(int(proposal.values["days"]), Unit.WORKING_DAY)
    engine.extend(case, DECIDE, at=at, limit=limit, reason=proposal.text, by=by)
    return workflow.finish(step, data={"days": limit.number})


def lapse_extensions(*, at: datetime) -> int:
    """Put aside the wishes that nobody decided before the old end; return how many. Safe to run twice, and at once."""
    waiting = FaultCase.objects.filter(
        proposals__kind=ProposalKind.EXTEND, proposals__state=ProposalState.WAITING
    ).order_by("pk")
    return workflow.each(waiting, _lapse_extension, at=at)


@action
def _lapse_extension(case: FaultCase, /, *, at: datetime) -> bool:
    workflow.lock(case)
    promise = deadlines.running(case, DECIDE)
    if workflow.waiting(case, ProposalKind.EXTEND) is None:
        return False
    # While the clock stands still nothing is over: the last day that is stored is not the one that will be.
    if promise is not None and (case.state == State.SUSPENDED or at < promise.overdue_at):
        return False
    workflow.lapse(case, at=at)
    if step := workflow.begin_for_system(case, "lapse_extension", at=at):
        workflow.finish(step)
    return True


@action
def ask_suspension(case: FaultCase, /, *, by: User, at: datetime, version: int, ground: str, reason: str) -> FaultEvent:
    """
    Propose to stop the clock while a court, reconsideration or discipline organ has the same act, or for force majeure.

    The clock runs on until a head confirms (docs/domain.md 3.1 rule 8, 3.4).

    :raises Invalid: the ground is none of these, or there is no reason
    :raises NotInState: something waits already
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_suspension", by=by, at=at, version=version)
    if ground not in GROUNDS:
        raise Invalid("ground", _("This is not a ground for a suspension."))
    words = checks.text("reason", reason, _("Please say which proceeding is waited for."), at_most=1000)
    telling.check(case, "reason", words)
    workflow.put_forward(step, ProposalKind.SUSPEND, words, {"suspension": ground})
    return workflow.finish(step, text=words, data={"ground": ground})


@action
def suspend(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Stop the clock as the second person, on the ground that was proposed.

    :raises NotAllowed: ``by`` proposed it
    :raises NotInState: the last day is over, or nothing waits
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "suspend", by=by, at=at, version=version)
    proposal = workflow.settle(step, ProposalKind.SUSPEND, ProposalState.CONFIRMED)
    ground = proposal.values["suspension"]
    engine.suspend(case, DECIDE, at=at, ground=ground, reason=proposal.text, by=by)
    case.resumes_to = case.state
    return workflow.finish(step, text=proposal.text, data={"ground": ground})


def promise_looks(*, at: datetime) -> int:
    """Promise a look at suspended cases that are promised none, as those from before there were looks; count them."""
    suspended = FaultCase.objects.filter(state=State.SUSPENDED).order_by("pk")
    return workflow.each(suspended, _promise_look, at=at)


@action
def _promise_look(case: FaultCase, /, *, at: datetime) -> bool:
    workflow.lock(case)
    if case.state != State.SUSPENDED or deadlines.running(case, LOOK_AGAIN) is not None:
        return False
    deadlines.open_kind(case, LOOK_AGAIN, at=at)
    case.next_due_at = deadlines.next_due_at(case)
    case.save(update_fields=["next_due_at"])
    return True


@action
def look_again(case: FaultCase, /, *, by: User, at: datetime, version: int, reason: str) -> FaultEvent:
    """
    Say that a suspended case still has to wait, and how far the other proceeding is; the next look is promised anew.

    :raises Invalid: there is no reason
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "look_again", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say how far the other proceeding is."), at_most=1000)
    telling.check(case, "reason", words)
    return workflow.finish(step, text=words)


@action
def ask_resumption(case: FaultCase, /, *, by: User, at: datetime, version: int, reason: str) -> FaultEvent:
    """
    Propose to let the clock of a suspended case run again; it stands still until a head confirms (ours).

    :raises Invalid: there is no reason
    :raises NotInState: something waits already
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_resumption", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say what came of the proceeding."), at_most=1000)
    telling.check(case, "reason", words)
    workflow.put_forward(step, ProposalKind.RESUME, words)
    return workflow.finish(step, text=words)


@action
def resume(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Let the clock run again as the second person, where the case stood before.

    :raises NotAllowed: ``by`` proposed it
    :raises NotInState: nothing waits
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "resume", by=by, at=at, version=version)
    proposal = workflow.settle(step, ProposalKind.RESUME, ProposalState.CONFIRMED)
    engine.resume(case, DECIDE, at=at, by=by)
    to, case.resumes_to = State(case.resumes_to), ""
    return workflow.finish(step, text=proposal.text, to=to)
