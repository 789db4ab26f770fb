"""Recusal 回避: nobody handles a case about themself, and no case is left without somebody who owes it (Z-07, Z-09)."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import checks, deadlines, holds, people, workflow
from complaints.actions import holding
from complaints.actions.acting import action
from complaints.enums import Handling, RecusalGround, State
from complaints.models import Assistance, Case, CaseEvent, Recusal
from complaints.querysets import ENDED
from complaints.workflow import Step
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
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
    case, at = step.case, step.at
    explanation = checks.text("reason", reason, _("Please say what the conflict is."))
    Recusal.objects.create(case=case, user=by, ground=RecusalGround.DECLARED, by=by, at=at, reason=explanation)
    followers = Case.objects.filter(leading=case)
    Recusal.objects.bulk_create(
        [
            Recusal(case=each, user=by, ground=RecusalGround.DECLARED, by=by, at=at, reason=explanation)
            for each in followers
        ],
        ignore_conflicts=True,
    )
    release_handler(case, at=at)
    take_back_messages(case)
    return workflow.finish(step, data={"ground": RecusalGround.DECLARED.value})


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
    recused = Recusal.objects.filter(case_id=OuterRef("pk"), user_id=OuterRef("handler_id"))
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
    return sum(_pass_on(case, at=at) for case in stranded.order_by("id").iterator(chunk_size=200))


@action
def _pass_on(case: Case, /, *, at: datetime) -> bool:
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


def take_back_messages(case: Case, /) -> None:
    """Withhold what the people whom the case concerns were told of it before that was known (docs/trust.md Z-15)."""
    concerned = User.objects.filter(pk__in=Recusal.objects.filter(case=case).values("user_id"))
    if case.about_post_id is not None:
        concerned |= User.objects.filter(pk__in=Tenure.objects.filter(post_id=case.about_post_id).values("user_id"))
    accounts = {pk for person in concerned for pk in persons.accounts_of(person)}
    outbox.withhold(case, from_users=accounts)
    for part in case.parts.order_by("id"):
        outbox.withhold(part, from_users=accounts)


def leave_excluded(case: Case, /, *, at: datetime) -> State | None:
    """
    Take the case from an organ that must not have it, into the office's own handling (docs/trust.md Z-09).

    A case about head or deputy of the office in charge goes to the office of the city. Returns the state that the
    case is moved to, None if it stays. Changes the locked ``case`` only, and ends what the organ can no longer do.
    """
    post = case.about_post
    held_by_office = case.handling_organ_id == case.office_id
    if post is not None and post.is_head and post.organ_id == case.office_id:
        above = holds.city_office()
        if above is not None and above.pk != case.office_id:
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
