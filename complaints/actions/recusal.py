"""Recusal 回避: nobody handles a case about themself, and no case is left without somebody who owes it (Z-07, Z-09)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, holds, obstacles, people, together, workflow
from complaints.actions import holding
from complaints.actions.acting import action
from complaints.enums import Handling, NamedPerson, RecusalGround, State
from complaints.models import Assistance, Case, CaseEvent, Recusal
from complaints.querysets import ENDED
from complaints.refusals import Invalid
from complaints.workflow import Step
from efficiency import checks
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.deadlines.tending import each
from efficiency.organs import offices
from efficiency.organs.models import Post, Role, Tenure
from efficiency.outbox import actions as outbox


@action
def declare_recusal(case: Case, /, *, by: User, at: datetime, reason: str) -> CaseEvent:
    """
    Declare a conflict of one's own: from now on the case is absent for ``by`` everywhere (docs/trust.md Z-07).

    Where they were its handler it passes to the stand-in of their post, else to the queue of the organ; every promise
    runs on.

    :raises Invalid: no reason
    :raises Absent, NotAllowed: as ``workflow.begin``
    """
    together.lock(case)
    return _declare(workflow.begin(case, "declare_recusal", by=by, at=at, version=None), by, reason)


@action
def declare_recusal_in_part(part: Assistance, /, *, by: User, at: datetime, reason: str) -> CaseEvent:
    """
    Do the same for somebody of an assisting organ, who knows of the part alone; the organ owes it as before.

    :raises Invalid: no reason
    :raises Absent, NotAllowed: as ``workflow.begin_for_part``
    """
    return _declare(workflow.begin_for_part(part, "declare_recusal", by=by, at=at), by, reason)


def _declare(step: Step, by: User, reason: str) -> CaseEvent:
    explanation = checks.text("reason", reason, _("Please say what the conflict is."))
    _keep_out(step, [by.pk], RecusalGround.DECLARED, explanation)
    return workflow.finish(step, data={"ground": RecusalGround.DECLARED.value})


@action
def recuse_person(case: Case, /, *, by: User, at: datetime, person: User | None, reason: str) -> CaseEvent:
    """
    Decide that somebody else has a conflict: from now on the case is absent for every account of theirs (Z-07).

    A leader decides so for clerks of the own organ, office and inspectors for anybody who holds a post. Where they were
    the handler the case passes on as for ``declare_recusal``. It is never taken back.

    :raises Invalid: no reason, or nobody, oneself, somebody kept out already or not to be kept out by ``by``
    :raises Absent, NotAllowed: as ``workflow.begin``
    """
    together.lock(case)
    step = workflow.begin(case, "recuse_person", by=by, at=at, version=None)
    explanation = checks.text("reason", reason, _("Please say what the conflict is."))
    if person is None:
        raise Invalid("person", _("Please choose who is to be kept out."))
    if persons.is_same_person(by, person):
        raise Invalid("person", _("Nobody decides on themself. Declare your recusal."))
    on = timezone.localdate(at)
    if not people.without_concerned(case, User.objects.filter(pk=person.pk)).exists():
        raise Invalid("person", _("The case is absent for this person already."))
    if not people.recused_by(step.seat, on).filter(pk=person.pk).exists():
        raise Invalid("person", _("Leaders decide for clerks of their own organ, the office for whoever holds a post."))
    had = case.handler_id
    _keep_out(step, persons.accounts_of(person), RecusalGround.DECIDED, explanation)
    data = {"ground": RecusalGround.DECIDED.value, "person": person.pk}
    if case.handler_id != had:
        data["handler"] = case.handler_id
    return workflow.finish(step, internal_text=explanation, data=data)


def _keep_out(step: Step, accounts: Iterable[int], ground: RecusalGround, reason: str) -> None:
    """Recuse the accounts from the case and all it is joined with, and take from them what they had of these."""
    others = together.others(step.case)
    known = [step.case.pk, *(other.pk for other in others)]
    # Those that have left it are about the same matter still.
    cases = [step.case, *others, *Case.objects.filter(leading=step.case).exclude(pk__in=known).order_by("id")]
    Recusal.objects.bulk_create(
        [
            Recusal(case=case, user_id=user_id, ground=ground, by=step.by, at=step.at, reason=reason)
            for case in cases
            for user_id in accounts
        ],
        ignore_conflicts=True,
    )
    release_handler(step.case, at=step.at)
    for case in cases:
        take_back_messages(case)
    for case in cases[1:]:
        if case.handler_id is not None:
            pass_on(case, at=step.at)


def pass_on_assignments(*, at: datetime, user: User | None = None) -> int:
    """
    Take open cases from handlers who may no longer handle them, and return how many.

    Such is whoever has no post left at the organ that has the case, is concerned by it, or works in the section that it
    is about: grounds that arise outside the case. Run from time to time over all handlers, and for one ``user`` right
    after a change of their tenures.
    """
    on = timezone.localdate(at)
    cases = Case.objects.exclude(state__in=ENDED).filter(handler__isnull=False)
    if user is not None:
        cases = cases.filter(handler=user)
    running = Tenure.objects.running(on).filter(user_id=OuterRef("handler_id"), user__is_active=True)
    own = Tenure.objects.filter(user_id=OuterRef("handler_id"), post_id=OuterRef("about_post_id"))
    recused = Recusal.objects.in_force().filter(case_id=OuterRef("pk"), user_id=OuterRef("handler_id"))
    # A post above the organ does as well; who handles from there is found again each time, and stays.
    competent = running.filter(
        post__organ_id=OuterRef("handling_organ_id"), post__role__in=[Role.CLERK, Role.OFFICE_OFFICER]
    )
    of_section = running.exclude(post__section="").filter(
        post__organ_id=OuterRef("about_post__organ_id"),
        post__section=OuterRef("about_post__section"),
        post__role__in=people.OF_SECTION,
    )
    stranded = cases.filter(~Exists(competent) | Exists(own) | Exists(recused) | Exists(of_section))
    found = stranded.order_by("id").iterator(chunk_size=200)
    if user is not None:  # part of a step, which is taken whole or not at all
        return sum(pass_on(case, at=at) for case in found)
    return each(found, lambda case: pass_on(case, at=at))


def pass_on_with(at: datetime, user: User | None) -> Mapping[int, int]:
    """
    Pass on what somebody may no longer handle in the transaction in which the end of their tenure is confirmed.

    Whoever has it now is told by each step; what comes by a date is done in a task of its own.
    """
    if user is not None:
        pass_on_assignments(at=at, user=user)
    return {}


@action
def pass_on(case: Case, /, *, at: datetime) -> bool:
    """Take the case from a handler who may no longer handle it, as a step of its own; say whether that was needed."""
    step = workflow.begin_for_system(case, "pass_on", at=at)
    if step is None or not release_handler(case, at=at):
        return False
    workflow.finish(step, data={"handler": case.handler_id, "from_handler": step.before["handler_id"]})
    return True


def release_handler(case: Case, /, *, at: datetime) -> bool:
    """
    Take the case from a handler who may no longer handle it, for the next competent person or the organ's queue.

    Changes the locked ``case`` only; ``workflow.finish`` passes the promises on. Says whether there was anything to do.
    """
    handler = case.handler
    if handler is None:
        return False
    if people.may_handle(case, handler):
        return False
    case.handler = people.next_competent(case, handler, timezone.localdate(at))
    return True


def keep_from_holders_of(case: Case, post: Post, /, *, by: User, at: datetime) -> None:
    """Recuse everybody who holds or held ``post``, so that they stay out when another post is linked."""
    holders = Tenure.objects.filter(post=post).values_list("user_id", flat=True).distinct()
    Recusal.objects.bulk_create(
        [
            Recusal(case=case, user_id=user_id, ground=RecusalGround.PERSON_CONCERNED, by=by, at=at)
            for user_id in holders
        ],
        ignore_conflicts=True,
    )


def keep_from_deciders(case: Case, /, *, at: datetime) -> set[int]:
    """
    Recuse whoever drafted, approved or decided what is about to be reviewed, and return their accounts (Z-07).

    The case becomes absent for them by its new state and is theirs to work on again when the review has ended.
    """
    accounts = {account_id for _id, account_id in persons.accounts_of_each(obstacles.deciders(case))}
    Recusal.objects.bulk_create(
        [
            Recusal(case=case, user_id=account_id, ground=RecusalGround.FORMER_DECISION, at=at)
            for account_id in sorted(accounts)
        ],
        ignore_conflicts=True,
    )
    return accounts


def keep_named_out(case: Case, text: str, /, *, at: datetime) -> None:
    """
    Keep whoever is named in ``text`` and would know of the open case by its office out of it until that is resolved.

    They neither read the complaint about them nor say that nobody is meant (docs/trust.md Z-07, Z-08). The case goes up
    where that is everybody who works in the office. So it is with all that one reply answers with it: each is held, and
    whoever is named handles, approves and closes none of them. Changes the locked ``case``, and writes that it is held.
    """
    on = timezone.localdate(at)
    others = together.others(case)
    leading = others[0] if case.follows else None
    places = {each.pk: each for one in (case, *others) for each in (one.office, one.handling_organ) if each is not None}
    named = holds.officers_named("", text, places.values(), on).select_related("user")
    if case.about_post_id is not None:
        named = named.exclude(user__tenures__post_id=case.about_post_id)
    accounts = {account_id for _id, account_id in persons.accounts_of_each({each.user for each in named})}
    if accounts:
        case.named_person_state = NamedPerson.UNRESOLVED
        # Now, as who may handle it, and is told, is asked of what is stored.
        case.save(update_fields=["named_person_state"])
        kept_out = [row for one in (case, *others) for row in kept_out_as_named(one, accounts, at=at)]
        Recusal.objects.bulk_create(kept_out, ignore_conflicts=True)
    if case.named_person_state != NamedPerson.UNRESOLVED:
        return
    lies_with_leading = leading is not None and leading.office_id == case.office_id
    for other in others:
        # A name of somebody at the organ concerns what that organ handles, one of somebody in the office all of them.
        if accounts or other.pk == case.leading_id:
            _hold_too(other, case, at=at, is_of_office=bool(accounts))
    if accounts:
        if leading is not None and lies_with_leading:
            case.office = leading.office
        else:
            _leave_to_somebody(case, at=at)
        release_handler(case, at=at)
        take_back_messages(case)


def _hold_too(other: Case, case: Case, /, *, at: datetime, is_of_office: bool) -> None:
    """Hold a case that is joined with ``case`` until the name in that one is resolved, as a step of its own."""
    if other.named_person_state == NamedPerson.UNRESOLVED and not is_of_office:
        return
    step = workflow.begin_for_system(other, "share_person", at=at)
    if step is None:
        return
    other.named_person_state = NamedPerson.UNRESOLVED
    other.save(update_fields=["named_person_state"])
    if is_of_office:
        _leave_to_somebody(other, at=at)
        release_handler(other, at=at)
        take_back_messages(other)
    workflow.finish(step, data={"case": case.pk, "state": other.named_person_state})


def kept_out_as_named(case: Case, accounts: Iterable[int], /, *, at: datetime) -> list[Recusal]:
    """Return the recusals, to be stored, of accounts of persons who are named in the case."""
    return [
        Recusal(case=case, user_id=account_id, ground=RecusalGround.NAMED, at=at) for account_id in sorted(accounts)
    ]


def _leave_to_somebody(case: Case, /, *, at: datetime) -> None:
    """Give the case to the nearest office above where somebody is left who is not kept out (docs/trust.md Z-09)."""
    on = timezone.localdate(at)
    usual = case.office
    for office in (usual, *offices.offices_above(usual)):
        case.office = office
        if people.officers(case, on):
            break
    else:
        case.office = usual
    if case.office != usual and case.handling_organ_id == usual.pk:
        holding.hand_over(case, case.office, at=at)
        if case.state == State.ARCHIVED:
            holding.release(case, at=at)  # nobody has it in hand any more, whoever it belongs to


def take_back_messages(case: Case, /) -> None:
    """
    Withhold what the people whom the case concerns were told of it before that was known (docs/trust.md Z-15).

    So is what was told to the people of an organ complained of as such, who do not find the case any more.
    """
    concerned = User.objects.filter(pk__in=Recusal.objects.in_force().filter(case=case).values("user_id"))
    if case.about_post_id is not None:
        concerned |= User.objects.filter(pk__in=Tenure.objects.filter(post_id=case.about_post_id).values("user_id"))
    if case.about_organ_id is not None:
        of_organ = offices.parts_of([case.about_organ_id])
        there = Tenure.objects.running(timezone.localdate()).filter(post__organ__in=of_organ)
        concerned |= User.objects.filter(pk__in=there.values("user_id"))
    accounts = {pk for person in concerned for pk in persons.accounts_of(person)}
    outbox.withhold(case, from_users=accounts)
    for part in case.parts.order_by("id"):
        outbox.withhold(part, from_users=accounts)


def leave_excluded(case: Case, /, *, at: datetime) -> State | None:
    """
    Take the case from an organ that must not have it, into the office's own handling (docs/trust.md Z-09).

    A case about an office, or somebody of one, goes to the office above that one. Returns the state that the case is
    moved to, None if it stays. Changes the locked ``case`` only, and ends what the organ can no longer do.
    """
    held_by_office = case.handling_organ_id == case.office_id
    above = holds.office_for(case, case.office)
    if above != case.office:
        case.office = above
        if held_by_office:
            holding.hand_over(case, above, at=at)
    if case.handling_organ is None or not holds.is_excluded(case, case.handling_organ):
        return None
    holding.hand_over(case, case.office, at=at)
    case.handling = Handling.OWN
    if case.state != State.ASSIGNED:
        return None
    engine.cancel(case, [deadlines.SIGN_IN], at=at)
    if workflow.awaits_contact(case) and deadlines.running(case, deadlines.CONTACT) is None:
        deadlines.open_for(case, deadlines.CONTACT, at=at)
    return State.HANDLING
