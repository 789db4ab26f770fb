"""
What stands against a step although state and right allow it: one answer for the action and for the list of next steps.

The table of steps (``complaints.workflow``) says who may and from where; here is what depends on the case besides, such
as a second person (docs/trust.md Z-10) or what is done once (docs/domain.md 4.6, 4.7).
"""

from collections.abc import Callable
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, people, publishing
from complaints.enums import Channel, Duty, Handling, Kind, NamedPerson, RejectionGround, State, SuspensionGround
from complaints.models import (
    BEFORE_DECISION,
    IN_WORK,
    STILL_MEANT,
    Assistance,
    Case,
    CaseEvent,
    CaseIdentity,
    Evaluation,
    ExtensionRequest,
    Origin,
    Question,
    Reply,
    ReplyState,
    Request,
    RequestState,
    SupervisionOrder,
    SuspensionRequest,
)
from complaints.refusals import NotAllowed, NotAsked, NotInState, Refused
from efficiency.access import persons
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.remembering import asked_once

# Steps of an assisting organ, which knows of its part and not of the case.
OF_PART = frozenset({"sign_in_part", "answer_part"})
# One list of what is missing, and a second that is counted (一次性告知).
MOST_LISTS = 2
# So often material may be added without being asked for: a case is no place to keep files.
MOST_ADDITIONS = 5
# After so many returns by any organs the ruling of the office binds (docs/domain.md 4.6).
MOST_RETURNS = 2
# The two ways in which a case is put before the leader; whoever took one does not decide on it (docs/trust.md Z-10).
SUBMISSIONS = ("submit", "report_unclear")
# What can be given more time, by the state of the case (docs/domain.md 3.5).
EXTENDED_IN = {
    State.HANDLING: deadlines.REPLY,
    State.REWORKING: deadlines.REWORK,
    State.SUPPLEMENTING: deadlines.SUPPLEMENT,
    State.SUSPENDED: deadlines.SUPPLEMENT,
}
# The steps of which the last says how it stands with a contact that does not confirm.
ABOUT_CONTACT = ("deny_contact", "uphold_denial", "drop_denial", "confirm_contact", "correct_contact")
STILL_RUN = (DeadlineState.OPEN, DeadlineState.SUSPENDED)
# Of ``ExtensionRequest``: for the promise that could be given more time as its case stands.
IS_FOR_WHAT_RUNS = reduce(or_, (Q(case__state=state, deadline__kind=kind) for state, kind in EXTENDED_IN.items()))


def is_known(case: Case) -> bool:
    """Whether the office can know who the complainant is: a name was given, and has not been erased since."""
    if case.anonymous:
        return False
    return asked_once(("known", case.pk), CaseIdentity.objects.filter(case_id=case.pk).exists)


def is_of_own_motion(case: Case) -> bool:
    """Whether the office took the case up itself, after another one was withdrawn: it comes from nobody."""
    return case.channel == Channel.OWN_MOTION


def obstacle(case: Case, action: str, by: User | None) -> Refused | None:
    """Return why the step cannot be taken by this person at this moment although state and right allow it."""
    check = _OBSTACLES.get(action)
    return check(case, by) if check else None


def reply_in_work(case: Case) -> Reply | None:
    """Return the reply that is drafted, or waits for its check or for approval."""
    return case.replies.filter(state__in=IN_WORK).first()


def reply_before_decision(case: Case) -> Reply | None:
    """Return the reply that waits for its check or for approval."""
    return case.replies.filter(state__in=BEFORE_DECISION).first()


def awaits_check(reply: Reply, by: User | None = None) -> bool:
    """
    Whether somebody of the organ has to check the reply before ``by`` approves it: a third person, if there is one.

    Today counts, as it does for every right: a reviewer who left or is recused holds up nobody (docs/domain.md 4.6).
    """
    if reply.state != ReplyState.PROPOSED:
        return False
    found = people.reviewers(reply, timezone.localdate())
    return any(by is None or not persons.is_same_person(by, reviewer) for reviewer in found)


def reply_sent(case: Case) -> Reply | None:
    """Return the newest reply that the citizen has; for a joined case that of the leading one."""
    return replies_to(case).order_by("-decided_at", "-id").first()


def replies_to(case: Case) -> QuerySet[Reply]:
    """
    Return the replies that the citizen has, those of the leading case where the case was joined to one.

    One that is handled on its own since a review has its own besides those that it was given before.
    """
    sent = Reply.objects.filter(state=ReplyState.SENT)
    if case.leading_id is None:
        return sent.filter(case=case)
    # What the leading case was answered before is between its own complainant and the organ.
    joined = case.events.filter(action="merge").order_by("-number").values("at")[:1]
    shared = Q(case_id=case.leading_id, decided_at__gte=Subquery(joined))
    if case.follows:
        return sent.filter(shared)
    alone = case.holdings.order_by("since", "id").values("since")[:1]
    return sent.filter(Q(case=case) | shared & Q(decided_at__lte=Subquery(alone)))


def unanswered_order(case: Case) -> SupervisionOrder | None:
    """Return the supervision order that waits for its answer."""
    waiting = case.supervision_orders.waiting().select_related("organ").order_by("-id")
    return asked_once(("order", case.pk), waiting.first)


def obstacle_of_part(part: Assistance, action: str) -> Refused | None:
    """Return why a step of the assisting organ cannot be taken as its part stands."""
    if action not in OF_PART:
        return None
    if not part.is_open:
        return NotInState(_("This part has ended: it was answered, or is no longer asked for."))
    if action == "sign_in_part" and part.signed_in_at is not None:
        return NotInState(_("This part has been signed in already."))
    if action == "answer_part" and part.signed_in_at is None:
        return NotInState(_("Please sign the part in before you answer it."))
    return None


def _withdraw_part(case: Case, by: User | None) -> Refused | None:
    return None if case.parts.open().exists() else NotInState(_("No other organ is asked for its part at the moment."))


def _submit(case: Case, by: User | None) -> Refused | None:
    if case.state == State.REGISTERED:
        return None
    if deadlines.running(case, deadlines.SUBMIT) is None:
        return NotAsked(_("The case has been submitted."))
    instructed = case.events.filter(action="instruct", data__first=True).select_related("actor").last()
    if by and instructed and instructed.actor and persons.is_same_person(by, instructed.actor):
        return NotAllowed(_("Whoever gave the instruction cannot submit the case; another person has to."))
    return None


def _instruct(case: Case, by: User | None) -> Refused | None:
    if case.state == State.REGISTERED and not case.urgent:
        return NotAsked(_("Only an urgent case is assigned before it has been submitted."))
    if by is None:
        return None
    submitted = case.events.filter(action="submit").select_related("actor").order_by("-number").first()
    put = [submitted] if submitted else []
    # Of a report that was corrected everybody counts who had a part in it.
    put += case.events.filter(action="report_unclear").select_related("actor")
    if any(event.actor and persons.is_same_person(by, event.actor) for event in put):
        return NotAllowed(_("Whoever submitted the case cannot give the instruction; another person has to."))
    return None


def _transfer(case: Case, by: User | None) -> Refused | None:
    """What the leader ruled is undone by a ruling alone (docs/domain.md 4.7)."""
    if case.duty != Duty.DESIGNATED or by is None:
        return None
    if not may(by, "case.instruct", case):
        return NotAllowed(_("The leader has designated this organ; another one is designated by the leader alone."))
    return _instruct(case, by)


def _write_reply(case: Case, by: User | None) -> Refused | None:
    if reply_before_decision(case) is not None:
        return NotInState(_("The reply has been proposed. It can be changed once it has been sent back."))
    return None


def _remove_reply_file(case: Case, by: User | None) -> Refused | None:
    if refusal := _write_reply(case, by):
        return refusal
    reply = reply_in_work(case)
    return None if reply and reply.files.exists() else NotAsked(_("No file goes with the reply."))


def _check_reply(case: Case, by: User | None) -> Refused | None:
    reply = reply_before_decision(case)
    if reply is None:
        return NotInState(_("No reply waits for a check."))
    if reply.state == ReplyState.CHECKED:
        return NotInState(_("The reply has been checked already and waits for approval."))
    return _by_author(reply, by) or _by_no_reviewer(reply, by)


def _return_reply(case: Case, by: User | None) -> Refused | None:
    reply = reply_before_decision(case)
    if reply is None:
        return NotInState(_("No reply waits for approval."))
    if refusal := _by_author(reply, by):
        return refusal
    return None if by and may(by, "case.approve_reply", case) else _by_no_reviewer(reply, by)


def _approve_reply(case: Case, by: User | None) -> Refused | None:
    reply = reply_before_decision(case)
    if reply is None:
        return NotInState(_("No reply waits for approval."))
    if refusal := _by_author(reply, by):
        return refusal
    if by and reply.checked_by and persons.is_same_person(by, reply.checked_by):
        return NotAllowed(_("Whoever checked a reply cannot approve it; another person has to."))
    if awaits_check(reply, by):
        return NotInState(_("The reply waits for its check by a reviewer of the organ; it is approved after that."))
    if reply.files.exclude(harmful="").exists():
        return NotInState(
            _("The scanner found something harmful in a file of the reply. Please send it back to have it taken off.")
        )
    return None


def _by_author(reply: Reply, by: User | None) -> Refused | None:
    if by and any(persons.is_same_person(by, author) for author in people.authors_of(reply)):
        return NotAllowed(_("Whoever drafted a reply can neither check, approve nor return it; another person has to."))
    return None


def _by_no_reviewer(reply: Reply, by: User | None) -> Refused | None:
    if by in people.reviewers(reply, timezone.localdate()):
        return None
    return NotAllowed(
        _("A reply is checked by a reviewer of the organ that handles the case, not of the section complained about.")
    )


def _assign(case: Case, by: User | None) -> Refused | None:
    return NotInState(_("The case lies with no organ yet.")) if case.handling_organ_id is None else None


def _contact(case: Case, by: User | None) -> Refused | None:
    if case.anonymous:
        return NotInState(_("An anonymous complainant cannot be contacted."))
    if not is_known(case):
        return NotInState(_("The complainant had name and contact erased."))
    if case.unconfirmed:
        return NotInState(_("The contact did not confirm: nobody is called until it does."))
    if case.consent and case.state not in (State.HANDLING, State.SUSPENDED):
        return NotInState(_("The complainant is called by whoever handles the case, once it is signed in."))
    return None


def denial_before_second(case: Case) -> CaseEvent | None:
    """Return the report that the contact does not confirm, where a second person has not decided on it (4.3)."""
    if deadlines.running(case, deadlines.CONFIRM) is None:
        return None
    about = case.events.filter(action__in=ABOUT_CONTACT).select_related("actor").order_by("-number")
    last = asked_once(("about contact", case.pk), about.first)
    return last if last is not None and last.action == "deny_contact" else None


def _deny_contact(case: Case, by: User | None) -> Refused | None:
    """Once on record it is said again only of a contact that was corrected since."""
    if denial_before_second(case) is not None:
        return NotAsked(_("It was reported that the contact does not confirm, and waits for a second person."))
    if deadlines.running(case, deadlines.CONFIRM) is not None:
        return None
    if case.unconfirmed:
        return NotAsked(_("It is on record that the contact did not confirm."))
    return None if is_known(case) else NotAsked(_("There is no contact that could confirm."))


def _uphold_denial(case: Case, by: User | None) -> Refused | None:
    denial = denial_before_second(case)
    if denial is None:
        return NotAsked(_("Nobody has reported that the contact does not confirm."))
    if by and denial.actor and persons.is_same_person(by, denial.actor):
        return NotAllowed(_("Whoever reported that the contact does not confirm cannot confirm it; another has to."))
    return None


def _drop_denial(case: Case, by: User | None) -> Refused | None:
    """Whoever reported it may take it back; a contact that was corrected meanwhile may be left as it is, too."""
    if denial_before_second(case) is not None:
        return None
    if deadlines.running(case, deadlines.CONFIRM) is not None and not case.unconfirmed:
        return None
    return NotAsked(_("Nobody has reported that the contact does not confirm."))


def _confirm_contact(case: Case, by: User | None) -> Refused | None:
    if not case.unconfirmed:
        return NotAsked(_("Nothing says that the contact did not confirm."))
    return None if is_known(case) else NotAsked(_("There is no contact that could confirm."))


def _own_data(case: Case, by: User | None) -> Refused | None:
    if case.anonymous:
        return NotInState(_("The case is anonymous: nothing about you is kept."))
    return None if is_known(case) else NotInState(_("Your name and contact have been erased."))


def _hide_identity(case: Case, by: User | None) -> Refused | None:
    if refusal := _own_data(case, by):
        return refusal
    return None if case.consent else NotInState(_("Your identity is hidden from the handling organ already."))


def _ask_erasure(case: Case, by: User | None) -> Refused | None:
    if refusal := _own_data(case, by):
        return refusal
    if deadlines.running(case, deadlines.ERASURE) is not None:
        return NotInState(_("You have asked for this already; the office is deciding."))
    return None


def _decide_erasure(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.ERASURE) is None:
        return NotAsked(_("Nobody has asked for an erasure."))
    return None


def _nobody_to_check(case: Case) -> Refused | None:
    if case.anonymous:
        return NotInState(_("There is never a new code for an anonymous case: nobody can say whose it is."))
    if not is_known(case):
        return NotInState(_("Name and contact were erased: nobody can say any more whose case it is."))
    if case.unconfirmed:
        return NotInState(_("The contact did not confirm: nobody can say whose case it is."))
    if denial_before_second(case) is not None:
        return NotInState(_("It was reported that the contact does not confirm: that has to be decided first."))
    return None


def _ask_new_code(case: Case, by: User | None) -> Refused | None:
    if refusal := _nobody_to_check(case):
        return refusal
    if deadlines.running(case, deadlines.NEW_CODE) is not None:
        return NotInState(_("A new code has been asked for and waits for a second person."))
    return None


def _decide_new_code(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.NEW_CODE) is None:
        return NotAsked(_("Nobody has asked for a new code."))
    return None


def _issue_new_code(case: Case, by: User | None) -> Refused | None:
    if refusal := _decide_new_code(case, by) or _nobody_to_check(case):
        return refusal
    asked = case.events.filter(action="ask_new_code").select_related("actor").order_by("-number").first()
    if by and asked and asked.actor and persons.is_same_person(by, asked.actor):
        return NotAllowed(_("Whoever checked the complainant cannot issue the new code; another person has to."))
    return None


def _follow_up(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.FOLLOW_UP) is None:
        return NotInState(_("No follow-up call is due."))
    answering, reply = case.answering, reply_sent(case)
    had_part = [*filter(None, [answering.handler]), *(people.writers_of(reply) if reply else ())]
    if by and any(persons.is_same_person(by, person) for person in had_part):
        return NotAllowed(_("Whoever handled the case or wrote the reply does not make the call; another has to."))
    return None


def _order(case: Case, by: User | None) -> Refused | None:
    order = unanswered_order(case)
    return NotInState(_("The order before this one has not been answered yet.")) if order else None


def _answer(case: Case, by: User | None) -> Refused | None:
    return None if unanswered_order(case) else NotInState(_("No supervision order waits for an answer."))


def _evaluate(case: Case, by: User | None) -> Refused | None:
    reply = reply_sent(case)
    if reply is None:
        return NotInState(_("There is no reply to evaluate yet."))
    if Evaluation.objects.filter(reply=reply, case=case).exists():
        return NotInState(_("You have evaluated this reply already. Thank you."))
    return None


def has_been_asked(case: Case) -> bool:
    """Whether the complainant was asked for material before: a second list is a fault (docs/domain.md 4.7 no. 2)."""
    asked = case.events.filter(action="ask_supplement") | case.events.filter(
        action="suspend", data__ground=SuspensionGround.SUPPLEMENT.value
    )
    return asked.exists()


def _nobody_to_ask(case: Case) -> Refused | None:
    if not is_of_own_motion(case):
        return None
    return NotAsked(_("The office took the case up itself: there is nobody who could answer."))


def _ask_supplement(case: Case, by: User | None) -> Refused | None:
    if refusal := _nobody_to_ask(case):
        return refusal
    if case.events.filter(action="ask_supplement").count() >= MOST_LISTS:
        return NotInState(_("The complainant has been asked for material twice; decide on what there is."))
    return None


def _supplement(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.SUPPLEMENT) is None:
        return NotInState(_("Nothing was asked for, or the time for it is over."))
    return None


def is_answered(case: Case) -> bool:
    """Whether a joined case was given a reply already: then it is judged, and no longer added to or withdrawn (4.6)."""
    return case.state == State.MERGED and reply_sent(case) is not None


def _withdraw(case: Case, by: User | None) -> Refused | None:
    return NotInState(_("You have the reply already; you can judge it.")) if is_answered(case) else None


def _pass_facts(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.EDIT_TEXT) is None:
        return NotAsked(_("The complainant has added nothing that was not passed on."))
    return None


def _add_material(case: Case, by: User | None) -> Refused | None:
    if is_answered(case):
        return NotInState(_("You have the reply already; you can judge it."))
    if deadlines.running(case, deadlines.SUPPLEMENT) is not None:
        return NotInState(_("You have been asked for something: please hand it in there, so that the clock runs on."))
    if case.events.filter(action="add_material").count() >= MOST_ADDITIONS:
        return NotInState(_("You have added material often enough; what is more is asked for by whoever handles it."))
    return None


def open_question(case: Case) -> Question | None:
    """Return the question that waits for the complainant's answer, with who asked it and by when it helps."""
    return case.questions.filter(ended__isnull=True).select_related("asked__actor_organ", "deadline").first()


def _ask_question(case: Case, by: User | None) -> Refused | None:
    if refusal := _nobody_to_ask(case):
        return refusal
    if open_question(case) is not None:
        return NotInState(_("A question waits for its answer; the next one can be asked after it."))
    return None


def _answer_question(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.QUESTION) is None:
        return NotInState(_("No question waits for your answer, or the time for it is over."))
    return None


def _answer_on_spot(case: Case, by: User | None) -> Refused | None:
    if case.kind != Kind.CONSULTATION:
        return NotInState(_("Only a consultation can be answered on the spot."))
    return None


def _return(case: Case, by: User | None) -> Refused | None:
    returns = list(case.events.filter(action="return").values_list("data__from_organ", flat=True))
    if case.duty == Duty.DESIGNATED:
        return NotInState(_("Your organ was designated as it was unclear whose duty it is; that ruling binds."))
    if case.handling_organ_id in returns:
        return NotInState(_("Your organ has returned this case before; the ruling of the office binds."))
    if len(returns) >= MOST_RETURNS:
        return NotInState(_("The case was returned twice; the ruling of the office binds."))
    return None


def _suspended_reply(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.REPLY) is None:
        return NotInState(_("No reply is promised at the moment."))
    return None


def asked_suspension(case: Case) -> SuspensionRequest | None:
    """Return the request to stop the clock that waits for the office; one of an organ that lost the case does not."""
    return case.suspension_requests.filter(STILL_MEANT).select_related("asked_by", "deadline").first()


def _ask_suspension(case: Case, by: User | None) -> Refused | None:
    if refusal := _suspended_reply(case, by):
        return refusal
    return NotInState(_("It has been asked for already and waits for the office.")) if asked_suspension(case) else None


def _suspend(case: Case, by: User | None) -> Refused | None:
    return _suspended_reply(case, by) or _keep_suspended(case, by) or _stopped_by_another(case, by)


def _keep_suspended(case: Case, by: User | None) -> Refused | None:
    """In own handling nobody can ask for it: whoever handles the case would stop their own clock, and keep it so."""
    if by and case.handler and persons.is_same_person(by, case.handler):
        return NotAllowed(_("Whoever handles the case cannot stop its clock; another person has to."))
    return None


def _close(case: Case, by: User | None) -> Refused | None:
    """The review of a report is another's than who wrote it (docs/trust.md Z-10)."""
    report = case.closing_reports.select_related("by").order_by("-at", "-id").first()
    if by and report and persons.is_same_person(by, report.by):
        return NotAllowed(_("Whoever reported the closing cannot close the case; another person has to."))
    return None


def _refuse_suspension(case: Case, by: User | None) -> Refused | None:
    if asked_suspension(case) is None:
        return NotAsked(_("Nobody has asked to stop the clock."))
    return _stopped_by_another(case, by)


def _stopped_by_another(case: Case, by: User | None) -> Refused | None:
    words = _("Whoever asked to stop the clock cannot decide on it; another person has to.")
    return _by_another(asked_suspension(case), by, words)


def _by_another(request: Request | None, by: User | None, words: Lazy) -> Refused | None:
    return NotAllowed(words) if by and request and persons.is_same_person(by, request.asked_by) else None


def extendable(case: Case) -> Deadline | None:
    """Return the running promise that could be given more time as the case stands."""
    kind = EXTENDED_IN.get(State(case.state))
    return deadlines.running(case, kind) if kind else None


def waiting_request(case: Case) -> ExtensionRequest | None:
    """
    Return the request that can be decided now: for the promise that could be given more time as the case stands.

    One for the reply waits while the clock of the reply stands still.
    """
    waiting = case.extension_requests.filter(IS_FOR_WHAT_RUNS, state=RequestState.ASKED, deadline__state__in=STILL_RUN)
    return waiting.select_related("deadline", "asked_by").first()


def _ask_extension(case: Case, by: User | None) -> Refused | None:
    promise = extendable(case)
    if promise is None:
        return _nothing_to_extend(case)
    if promise.extension_count or case.extension_requests.filter(deadline=promise).exists():
        return NotInState(_("More time was asked for or given before; that is done once."))
    return None


def _extend(case: Case, by: User | None) -> Refused | None:
    promise = extendable(case)
    if promise is None:
        return _nothing_to_extend(case)
    if promise.extension_count:
        return NotInState(_("This promise has been extended already."))
    if by and case.handler and persons.is_same_person(by, case.handler):
        return NotAllowed(_("Whoever handles the case cannot give themself more time; another person has to."))
    return _decided_by_another(case, by)


def _refuse_extension(case: Case, by: User | None) -> Refused | None:
    if waiting_request(case) is None:
        return NotAsked(_("Nobody has asked for more time."))
    return _decided_by_another(case, by)


def _nothing_to_extend(case: Case) -> Refused:
    if case.state == State.SUSPENDED:
        return NotInState(_("The clock stands still and nobody is asked for anything: let it run again first."))
    return NotInState(_("Nothing that could be given more time is promised at the moment."))


def _decided_by_another(case: Case, by: User | None) -> Refused | None:
    words = _("Whoever asked for more time cannot decide on it; another person has to.")
    return _by_another(waiting_request(case), by, words)


def _ask_review(case: Case, by: User | None) -> Refused | None:
    if refusal := _by_nobody_known(case):
        return refusal
    if deadlines.running(case, deadlines.REVIEW_APPLY) is None:
        return NotInState(_("The time for asking for a review is over, or it was asked for."))
    return None


def _by_nobody_known(case: Case) -> Refused | None:
    if case.anonymous:
        return NotInState(_("A review can be asked for by whoever gave a name; you can file anew."))
    if case.unconfirmed:
        return NotInState(
            _("A review can be asked for once your contact is confirmed: please correct it, or say that it is right.")
        )
    return None


def _ask_final(case: Case, by: User | None) -> Refused | None:
    if refusal := _by_nobody_known(case):
        return refusal
    if deadlines.running(case, deadlines.FINAL_APPLY) is None:
        return NotInState(_("There is no review that a final review could follow, or the time for it is over."))
    return None


# The steps whose result a review looks at; where the office handled the case itself, how it came to that as well.
PARTS_UNDER_REVIEW = ("reject", *people.WRITING_STEPS, "check_reply", "approve_reply", "decide_review")
PARTS_OF_OWN_HANDLING = (*PARTS_UNDER_REVIEW, *SUBMISSIONS, "instruct", "close")


def deciders(case: Case) -> QuerySet[User]:
    """Return who drafted, approved or decided what a review of the case looks at, by the accounts that did so."""
    return _actors(reduce(or_, (Q(case=each, action__in=PARTS_UNDER_REVIEW) for each in _answered_in(case))))


def _answered_in(case: Case) -> list[Case]:
    """The case, and the one whose reply it was given."""
    return [case] if case.leading is None else [case, case.leading]


def _actors(steps: Q) -> QuerySet[User]:
    return User.objects.filter(pk__in=CaseEvent.objects.filter(steps, actor__isnull=False).values("actor_id"))


def _report_up(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.REPORT_UP) is None:
        return NotAsked(_("No superior organ waits for a result."))
    if case.state == State.MERGED and reply_sent(case) is None:
        return NotInState(_("The earlier case has not been answered yet: there is no result to report."))
    return None


def _take_up(case: Case, by: User | None) -> Refused | None:
    if Origin.objects.filter(withdrawn=case).exists():
        return NotAsked(_("The office has gone on with the matter already."))
    if case.state != State.WITHDRAWN and not case.events.filter(to_state=State.WITHDRAWN).exists():
        return NotAsked(_("The case was not withdrawn."))
    return None


def _order_rework(case: Case, by: User | None) -> Refused | None:
    return None if replies_to(case).exists() else NotInState(_("There is no reply that could be worked on again."))


def _clear_spam(case: Case, by: User | None) -> Refused | None:
    if case.rejection_ground == RejectionGround.SPAM:
        return None
    return NotAsked(_("Only what was taken for spam is taken back like this; every other refusal goes to a review."))


def _decide_review(case: Case, by: User | None) -> Refused | None:
    """Whoever had a part in what is under review does not decide on it (docs/domain.md 4.6)."""
    parts = (
        Q(case=each, action__in=PARTS_OF_OWN_HANDLING if each.handling == Handling.OWN else PARTS_UNDER_REVIEW)
        for each in _answered_in(case)
    )
    if by and any(persons.is_same_person(by, actor) for actor in _actors(reduce(or_, parts))):
        return NotAllowed(_("Whoever had a part in the decision under review cannot decide on it."))
    return None


def _name_receiver(case: Case, by: User | None) -> Refused | None:
    if case.channel != Channel.EMAIL:
        return NotAsked(_("Whoever typed the case in has named its first receiver; only a letter comes without one."))
    return None if case.first_receiver_id is None else NotAsked(_("The first receiver of this case is named."))


def _link_person(case: Case, by: User | None) -> Refused | None:
    is_at_rest = case.state in (State.MERGED, State.ARCHIVED)
    if is_at_rest and case.named_person_state != NamedPerson.UNRESOLVED:
        return NotAsked(_("Nobody in the case waits to be found out."))
    return None


def _archive(case: Case, by: User | None) -> Refused | None:
    if deadlines.running(case, deadlines.RESOLVE_PERSON) is not None:
        return NotInState(_("Somebody is named in it: first link that person to a post, or to nobody."))
    if unanswered_order(case) is not None:
        return NotInState(_("A supervision order waits for its answer: the file is complete with that."))
    return None


_OBSTACLES: dict[str, Callable[[Case, User | None], Refused | None]] = {
    "name_receiver": _name_receiver,
    "link_person": _link_person,
    "archive": _archive,
    "ask_supplement": _ask_supplement,
    "supplement": _supplement,
    "add_material": _add_material,
    "withdraw": _withdraw,
    "pass_facts": _pass_facts,
    "ask_question": _ask_question,
    "answer_question": _answer_question,
    "answer_on_spot": _answer_on_spot,
    "submit": _submit,
    "instruct": _instruct,
    "return": _return,
    "transfer": _transfer,
    "assign": _assign,
    "join": _suspended_reply,
    "withdraw_part": _withdraw_part,
    "ask_suspension": _ask_suspension,
    "suspend": _suspend,
    "keep_suspended": _keep_suspended,
    "close": _close,
    "refuse_suspension": _refuse_suspension,
    "ask_extension": _ask_extension,
    "extend": _extend,
    "refuse_extension": _refuse_extension,
    "save_draft": _write_reply,
    "add_reply_files": _write_reply,
    "remove_reply_file": _remove_reply_file,
    "propose_reply": _write_reply,
    "check_reply": _check_reply,
    "return_reply": _return_reply,
    "approve_reply": _approve_reply,
    "record_contact": _contact,
    "record_follow_up": _follow_up,
    "order_supervision": _order,
    "answer_supervision": _answer,
    "evaluate": _evaluate,
    "ask_review": _ask_review,
    "report_up": _report_up,
    "take_up": _take_up,
    "order_rework": _order_rework,
    "clear_spam": _clear_spam,
    "decide_review": _decide_review,
    "ask_final": _ask_final,
    "decide_final": _decide_review,
    "deny_contact": _deny_contact,
    "uphold_denial": _uphold_denial,
    "drop_denial": _drop_denial,
    "confirm_contact": _confirm_contact,
    "correct_contact": _own_data,
    "hide_identity": _hide_identity,
    "ask_erasure": _ask_erasure,
    "grant_erasure": _decide_erasure,
    "refuse_erasure": _decide_erasure,
    "ask_new_code": _ask_new_code,
    "issue_new_code": _issue_new_code,
    "refuse_new_code": _decide_new_code,
    "propose_publication": publishing.propose_obstacle,
    "publish": publishing.publish_obstacle,
    "return_publication": publishing.return_obstacle,
    "withdraw_publication": publishing.withdraw_obstacle,
}
