"""Acceptance 受理: the office decides whether a case is taken on, and who is meant by a name in it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import doubts, holds, people, together, workflow
from complaints.actions import finality, holding, merging, recusal
from complaints.actions.acting import action
from complaints.enums import Category, Complexity, Handling, Kind, NamedPerson, Outcome, RejectionGround, State
from complaints.models import Case, CaseEvent, Reply, ReplyState
from complaints.refusals import Invalid, NotInState
from complaints.workflow import Step
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Post, Role


@action
def accept(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    kind: str,
    category: str = "",
    complexity: str = Complexity.STANDARD,
    organ: Organ | None = None,
    urgent: bool = False,
    new_facts: str = "",
) -> CaseEvent:
    """
    Take the case on: from now the reply is promised, within the limit of kind and complexity (docs/domain.md 4.6).

    Where a final review has decided on the same facts, ``new_facts`` say what is new: these alone are accepted again.

    :raises Invalid: a field does not do; matters of integrity belong to the discipline organ (4.4)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "accept", by=by, at=at, version=version)
    new = checks.optional_text("new_facts", new_facts, at_most=2000)
    if not new and finality.same_facts(case, by):
        raise Invalid(
            "new_facts", _("A final review has decided on the same facts: please say which new facts there are.")
        )
    case.kind = checks.choice("kind", kind, Kind, _("Please choose the kind of the case."))
    if category or case.kind == Kind.COMPLAINT:
        category = checks.choice("category", category, Category, _("Please choose the category of the complaint."))
    if category == Category.INTEGRITY:
        raise Invalid(
            "category", _("A matter of integrity is not handled here: do not accept it, and name the discipline organ.")
        )
    case.category = category
    case.complexity = checks.choice("complexity", complexity, Complexity, _("Please choose the complexity."))
    if case.complexity == Complexity.COMPLEX and case.kind != Kind.COMPLAINT:
        raise Invalid("complexity", _("Only a complaint can be complex; other kinds have one limit."))
    case.organ = organ or case.organ
    case.urgent = urgent
    holds.hold_if_named(case, case.organ, timezone.localdate(at))
    doubts.point_out_repeated(case)
    return workflow.finish(
        step,
        internal_text=new,
        data={
            "kind": case.kind,
            "category": case.category,
            "complexity": case.complexity,
            "organ": case.organ_id,
            "urgent": urgent,
        },
    )


@action
def reject(
    case: Case, /, *, by: User, at: datetime, version: int, ground: str, text: str, earlier: Case | None = None
) -> CaseEvent:
    """
    Do not take the case on. Ground and explanation are told; number and tracking page stay (docs/domain.md 4.5).

    ``earlier`` is the complainant's own case in which a final review has decided on the same facts; its number and the
    day of the decision are told.

    :raises Invalid: no ground, or no explanation; ``earlier`` is no such case, or the facts are not repeated
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "reject", by=by, at=at, version=version)
    case.rejection_ground = checks.choice("ground", ground, RejectionGround, _("Please choose the ground."))
    explanation = checks.text("text", text, _("Please explain to the citizen why, and who is responsible instead."))
    data = {"ground": case.rejection_ground, **(_decided_in(case, earlier, by) if earlier else {})}
    event = workflow.finish(step, public_text=explanation, data=data)
    merging.set_free(case, at=at)
    return event


def _decided_in(case: Case, earlier: Case, by: User) -> dict[str, str]:
    """Return number and day of the final decision in the complainant's own earlier case."""
    if case.rejection_ground != RejectionGround.REPEATED:
        raise Invalid("earlier", _("An earlier case is named only where the same facts were decided before."))
    final = next((final for final in finality.final_before(case, by) if final.case == earlier), None)
    if final is None:
        raise Invalid("earlier", _("No final review has decided in this case, or it is not the complainant's."))
    return {"earlier": earlier.number, "decided_on": timezone.localdate(final.at).isoformat()}


@action
def clear_spam(case: Case, /, *, by: User, at: datetime, version: int, text: str) -> CaseEvent:
    """
    Take back that a case is spam: it is received again, and whether it is accepted is to be decided anew (R-06).

    Every other refusal is looked at by others, on a review; this one said that there is nothing to look at.

    :raises Invalid: no word to the citizen
    :raises NotInState: it was refused on another ground
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "clear_spam", by=by, at=at, version=version)
    case.rejection_ground = ""
    return workflow.finish(
        step, public_text=checks.text("text", text, _("Please tell the citizen that the case is looked at after all."))
    )


@action
def redirect(case: Case, /, *, by: User, at: datetime, version: int, addressee: str, text: str) -> CaseEvent:
    """
    Pass the case to whoever is responsible outside this government, and tell the citizen whom (告知转送).

    The letter to them is the office's own; number and tracking page stay.

    :raises Invalid: no addressee, or no explanation
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "redirect", by=by, at=at, version=version)
    to_whom = checks.text("addressee", addressee, _("Please say who is responsible."), at_most=200)
    explanation = checks.text("text", text, _("Please tell the citizen why, and how to reach whoever is responsible."))
    event = workflow.finish(step, public_text=explanation, data={"addressee": to_whom})
    merging.set_free(case, at=at)
    return event


@action
def answer_on_spot(case: Case, /, *, by: User, at: datetime, version: int, answer: str) -> CaseEvent:
    """
    Answer a consultation at once, without the steps between (docs/domain.md 4.6). One person suffices for this.

    :raises Invalid: no answer
    :raises NotInState: the case is no consultation
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "answer_on_spot", by=by, at=at, version=version)
    return _answer(step, by, case.office, answer)


@action
def answer_at_reception(case: Case, /, *, by: User, at: datetime, answer: str) -> CaseEvent:
    """
    Answer a consultation as its first receiver, while the person is there (docs/domain.md 4.7 no. 1).

    The organ of the first receiver has handled it then, and reports the closing; one with a name in it is the office's.

    :raises Invalid: no answer, or the case must not be with that organ
    :raises NotAllowed: ``by`` is not the first receiver, or may not answer
    :raises NotInState: the case is no consultation, somebody is named in it, or something was done with it already
    """
    step = workflow.begin_for_receiver(case, "answer_on_spot", by=by, at=at)
    if case.named_person_state == NamedPerson.UNRESOLVED:
        raise NotInState(_("Somebody is named in it: the office looks at it before it is answered."))
    seat = step.seat
    if seat is None or seat.role == Role.OFFICE_OFFICER:
        return _answer(step, by, case.office, answer)
    organ = Organ.objects.get(pk=seat.organ_id)
    if why := holds.obstacle(case, organ, timezone.localdate(at)):
        raise Invalid("answer", why)
    return _answer(step, by, organ, answer)


def _answer(step: Step, by: User, organ: Organ, answer: str) -> CaseEvent:
    """Send the answer of ``organ``, which has the case from now on; whoever handles cases there is its handler."""
    case, at = step.case, step.at
    findings = checks.text("answer", answer, _("Please write the answer."))
    case.handling = Handling.OWN if organ.pk == case.office_id else Handling.ASSIGNED
    case.outcome = Outcome.ANSWERED
    holding.hand_over(case, organ, at=at)
    case.handler = by if people.handlers(case, timezone.localdate(at)).filter(pk=by.pk).exists() else None
    reply = Reply.objects.create(
        case=case,
        state=ReplyState.SENT,
        on_the_spot=True,
        outcome=Outcome.ANSWERED,
        findings=findings,
        drafted_by=by,
        drafted_at=at,
        decided_by=by,
        decided_at=at,
    )
    event = workflow.finish(step, data={"reply": reply.pk, "outcome": reply.outcome})
    merging.share_reply(case, event)
    return event


@action
def link_person(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    post: Post | None,
    reason: str,
    organ: Organ | None = None,
) -> CaseEvent:
    """
    Say which post is meant by a person in the case, or that it is nobody of the organ (``post`` None).

    Lifts the hold (docs/trust.md Z-08). From then on the case is absent for every holder of the post, and for those
    of a post linked before. A case about a head or deputy leaves the organ for the office; one about the office's own
    head goes to the city's office (Z-09). What is joined with it goes the same way, the leading case among it: one
    reply answers them all. ``organ`` is the organ for which this settles the name besides that of the post; left out,
    the one that has the case, is proposed or is addressed.

    :raises Invalid: no reason, or the post concerns whoever acts
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    together.lock(case)
    step = workflow.begin(case, "link_person", by=by, at=at, version=version)
    explanation = checks.text("reason", reason, _("Please say how the person was found out."))
    question = organ.pk if organ else case.handling_organ_id or case.proposed_organ_id or case.organ_id
    moved_to = None
    if post is None:
        # A post that is linked stays linked; this settles the name for one more organ, or that nobody else is meant.
        case.named_person_state = NamedPerson.NOBODY if case.about_post_id is None else NamedPerson.LINKED
    else:
        if post.pk in scope_of(by).own_post_ids:
            raise Invalid("post", _("A case about yourself is linked by somebody else. Declare your recusal."))
        if case.about_post is not None and case.about_post_id != post.pk:
            recusal.keep_from_holders_of(case, case.about_post, by=by, at=at)
        case.about_post, case.named_person_state = post, NamedPerson.LINKED
        moved_to = recusal.leave_excluded(case, at=at)
        if case.state == State.ARCHIVED:
            holding.release(case, at=at)  # nobody has it in hand any more, whoever it belongs to
        recusal.release_handler(case, at=at)
        recusal.take_back_messages(case)
    merging.share_link(case, by=by, at=at, resolves=True)
    settled = sorted({pk for pk in (question, post.organ_id if post else None) if pk is not None})
    return workflow.finish(
        step,
        to=moved_to,
        internal_text=explanation,
        data={"post": post.pk if post else None, "settled": settled},
    )
