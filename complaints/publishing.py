"""
Of which cases a version may be public, and when it no longer may (docs/domain.md 4.11, docs/trust.md P-14).

Public is the last word of a case about a matter, never one about a person, and never one whose complainant asked to
stay unknown in a complaint. A case that goes on takes its public version back.
"""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from complaints import disclosed
from complaints.enums import Category, Kind, RecusalGround, State, Wording
from complaints.models import Case, CaseEvent, CaseIdentity, PublicAnswer, PublicAnswerState, Reply, ReplyState
from complaints.querysets import UNDER_REVIEW
from complaints.refusals import NotAllowed, NotAsked, NotInState, Refused
from efficiency.access import persons
from efficiency.access.models import User

# While the reply is the last word of the case.
PUBLISHABLE = (State.REPLIED, State.REPORTED, State.CLOSED, State.ARCHIVED)


def barrier(case: Case) -> Refused | None:
    """Return why nothing of the case is ever published as it stands, or None."""
    if case.leading_id is not None:
        return NotInState(_("The reply is that of the earlier case; only of that one a version can be public."))
    if _is_about_person(case):
        return NotInState(_("A case about a person is not published."))
    if case.kind == Kind.COMPLAINT and not case.consent:
        return NotInState(_("A complaint is published only where the complainant does not stay confidential."))
    if case.category == Category.INTEGRITY:
        return NotInState(_("A matter of integrity is not published."))
    if case.wording != Wording.ORIGINAL:
        return NotInState(_("The text gives the complainant away, so nothing of it is published."))
    if not replies_of(case).exists():
        return NotInState(_("No reply has been sent."))
    return None


def _is_about_person(case: Case) -> bool:
    return (
        case.about_post_id is not None
        or bool(case.named_person)
        or case.recusals.filter(ground=RecusalGround.PERSON_CONCERNED).exists()
    )


def replies_of(case: Case) -> QuerySet[Reply]:
    """Return the replies that were sent in the case, the newest first."""
    return Reply.objects.filter(case=case, state=ReplyState.SENT).order_by("-decided_at", "-id")


def live_of(case: Case) -> PublicAnswer | None:
    """Return the version that waits for approval or is public."""
    return case.public_answers.live().select_related("reply", "organ", "drafted_by").first()


def is_held_back(case: Case) -> bool:
    """Whether a review for one whose case is joined to this one keeps its version from the public meanwhile."""
    return Case.objects.filter(leading=case, state__in=UNDER_REVIEW).exists()


def settle(event: CaseEvent) -> None:
    """Take the version back where the step of ``event`` left the case one that is not published; the case is locked."""
    case = event.case
    _tell_of_leading(event)
    if event.from_state not in PUBLISHABLE or (live := live_of(case)) is None:
        return
    if case.state in PUBLISHABLE and barrier(case) is None:
        return
    was_public = live.is_public
    live.state, live.withdrawn_at = PublicAnswerState.WITHDRAWN, event.at
    live.save(update_fields=["state", "withdrawn_at"])
    if was_public:
        disclosed.changed(live, by=None, at=event.at)


def _tell_of_leading(event: CaseEvent) -> None:
    """A review for one whose case is joined holds the public version of the earlier case back until it is decided."""
    if event.case.leading_id is None or (event.from_state in UNDER_REVIEW) == (event.to_state in UNDER_REVIEW):
        return
    held = PublicAnswer.objects.filter(case=event.case.leading_id, state=PublicAnswerState.PUBLISHED)
    if (answer := held.select_related("organ", "reply").first()) is not None:
        disclosed.changed(answer, by=None, at=event.at)


# --- What stands against a step ------------------------------------------------------------------------------------


def propose_obstacle(case: Case, by: User | None) -> Refused | None:
    """Return why no version can be proposed now."""
    if refusal := barrier(case) or _nobody_to_look_for(case) or _looked_at(case):
        return refusal
    if (live := live_of(case)) is None:
        return None
    if live.state == PublicAnswerState.PROPOSED:
        return NotInState(_("A public version waits for approval already."))
    return NotInState(_("A version is public already; it has to be taken back first."))


def return_obstacle(case: Case, by: User | None) -> Refused | None:
    """Return why ``by`` cannot decide on the proposed version: whoever wrote it, or one before it, cannot (Z-10)."""
    live = live_of(case)
    if live is None or live.state != PublicAnswerState.PROPOSED:
        return NotAsked(_("No public version waits for approval."))
    authors = User.objects.filter(pk__in=case.public_answers.values("drafted_by"))
    if by and any(persons.is_same_person(by, author) for author in authors):
        return NotAllowed(_("Whoever drafted a public version cannot decide on it; another person has to."))
    return None


def publish_obstacle(case: Case, by: User | None) -> Refused | None:
    """Return why ``by`` cannot approve the proposed version."""
    return return_obstacle(case, by) or barrier(case) or _nobody_to_look_for(case) or _looked_at(case)


def _looked_at(case: Case) -> Refused | None:
    if is_held_back(case):
        return NotInState(_("A complainant whose case is joined to this one has asked for a review of the reply."))
    return None


def _nobody_to_look_for(case: Case) -> Refused | None:
    """What was published before the erasure was looked through in time, and stays."""
    if case.anonymous or CaseIdentity.objects.filter(case_id=case.pk).exists():
        return None
    return NotInState(_("Name and contact were erased: nobody can look for them in the text any more."))


def withdraw_obstacle(case: Case, by: User | None) -> Refused | None:
    """Return why nothing can be taken back."""
    return None if live_of(case) else NotAsked(_("No version of this case is public or waits for approval."))
