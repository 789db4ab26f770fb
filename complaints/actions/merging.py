"""
Cases about one matter are joined to the open one: one reply answers them all (并案, docs/domain.md 4.7 no. 5).

Each complainant keeps number, code, tracking page and evaluation. Whoever locks a case locks what is joined to it as
well, in the order of their ids; a step of a joined case that reaches the others begins with ``together.lock``.
"""

from datetime import datetime, timedelta

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, holds, together, workflow
from complaints.actions import holding, neutral, recusal, submission
from complaints.actions.acting import action
from complaints.actions.identity import others_of_same_person
from complaints.enums import NamedPerson, RecusalGround, State
from complaints.models import Case, CaseEvent, Recusal
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access.models import User
from efficiency.timing import store
from efficiency.timing.due import local_day

# Earlier cases are offered from so many days back, and at most so many of them.
DAYS_BACK = 180
MOST_OFFERED = 10


@action
def merge(
    case: Case, /, *, by: User, at: datetime, version: int, leading: Case | None, reason: str, facts: str = ""
) -> CaseEvent:
    """
    Join the case to ``leading``, an open one about the same matter; its promises end, its citizen gets that reply.

    ``facts`` are what this case adds, in the words of the office: whoever handles the leading one reads them, and
    never the text or the person of this one (docs/trust.md P-06). Cases that were joined to this one follow it.

    :raises Invalid: no leading case or no reason; the leading case is about another organ or person, or was answered;
        or the facts do not do (``_check_facts``)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    if leading is None or leading.pk == case.pk:
        raise Invalid("leading", _("Please name the earlier case about the same matter."))
    _lock_in_order(case, leading)
    step = workflow.begin(case, "merge", by=by, at=at, version=version)
    reasons = checks.text("reason", reason, _("Please say why both are about the same matter."))
    added = checks.optional_text("facts", facts)
    _check_leading(case, leading, by)
    if added:
        _check_facts(case, leading, added, at)
    _share_recusals(case, leading, *_followers(case), *_followers(leading), by=by, at=at)
    holding.release(case, at=at)
    case.leading, case.handling_organ, case.handler, case.proposed_organ = leading, None, None, None
    case.office = leading.office  # which decides on both from now on
    for follower in _followers(case):
        follower.leading = leading
        follower.save(update_fields=["leading"])
    together.go_along(leading, at=at)
    event = workflow.finish(step, internal_text=reasons, data={"leading": leading.pk})
    taking = workflow.begin_for_system(leading, "take_in", at=at)
    if taking is not None:
        recusal.release_handler(leading, at=at)
        workflow.finish(taking, internal_text=added, data={"case": case.pk})
    return event


@action
def pass_facts(case: Case, /, *, by: User, at: datetime, version: int, facts: str = "", note: str = "") -> CaseEvent:
    """
    Tell whoever handles the leading case what the complainant of a joined one has added, in the words of the office.

    Without ``facts`` nothing of it matters there; ``note`` says so, for the file of the office.

    :raises Invalid: neither is given, the leading case was answered or has ended, a name in one of them is not
        resolved, or the facts do not do (``_check_facts``)
    :raises NotInState: nothing was added since
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    leading = case.leading
    if leading is not None:
        _lock_in_order(case, leading)
    step = workflow.begin(case, "pass_facts", by=by, at=at, version=version)
    added = checks.optional_text("facts", facts)
    kept = checks.optional_text("note", note)
    if not added and not kept:
        raise Invalid("facts", _("Please write what is new, or note below that nothing is."))
    if added and leading is not None:
        if NamedPerson.UNRESOLVED in (case.named_person_state, leading.named_person_state):
            raise Invalid("facts", _("First resolve the person who is named; until then nothing of it is passed on."))
        _check_facts(case, leading, added, at)
        taking = workflow.begin_for_system(leading, "take_in", at=at)
        if taking is None:
            raise Invalid("facts", _("That case was answered or has ended; only an open one can lead."))
        workflow.finish(taking, internal_text=added, data={"case": case.pk})
    return workflow.finish(step, internal_text=kept or added, data={"passed": bool(added)})


@action
def split(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Separate a case that was joined by mistake: it stands where it stood.

    Its promises to the citizen go on counting where the joining has ended them; the registration is due from now on.

    :raises Invalid: no reason
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "split", by=by, at=at, version=version)
    reasons = checks.text("reason", reason, _("Please say why this is another matter."))
    before, case.leading = case.leading_id, None
    case.outcome, case.replied_at = "", None
    return workflow.finish(
        step,
        to=State.ACCEPTED if case.accepted_at else State.RECEIVED,
        since={kind: _begins_anew(case, kind, at) for kind in (deadlines.ACCEPT, deadlines.REPLY)},
        internal_text=reasons,
        data={"leading": before},
    )


def _begins_anew(case: Case, kind: str, at: datetime) -> datetime:
    """
    Return from when on a promise that the joining has ended counts, so that the days on which it was joined do not.

    Both days, of joining and of separating, are among these, as with a clock that stood still (docs/domain.md 3.1). One
    that was broken by then stays broken, and another begins.
    """
    ended = deadlines.cancelled(case, kind)
    joined = case.events.filter(action="merge").order_by("-number").first()
    if ended is None or joined is None or ended.overdue_at <= joined.at:
        return at
    calendar, today = store.load(), local_day(at)
    last_counted = local_day(joined.at) - timedelta(days=1)
    used = max(0, calendar.working_days_between(local_day(ended.started_at), last_counted))
    begun = calendar.nth_working_day(calendar.ordinal(today) - used) if used else today
    return at - (today - begun)


def set_free(leading: Case, /, *, at: datetime) -> None:
    """Give back the cases joined to ``leading``, which ended without a reply: each is decided on for itself."""
    for follower in _followers(leading):
        step = workflow.begin_for_system(follower, "set_free", at=at)
        if step is not None:
            follower.leading, follower.accepted_at = None, None
            follower.outcome, follower.replied_at = "", None
            workflow.finish(step, data={"leading": leading.pk})


def share_reply(leading: Case, event: CaseEvent, /) -> None:
    """Answer the cases joined to ``leading`` with the reply of ``event``: each complainant is told, and may judge."""
    for follower in _followers(leading):
        step = workflow.begin_for_system(follower, "share_reply", at=event.at)
        if step is not None:
            follower.outcome, follower.replied_at = event.data["outcome"], event.at
            workflow.finish(step, data={"outcome": event.data["outcome"], "reply": event.data["reply"]})


def file_away(leading: Case, event: CaseEvent, /) -> None:
    """Archive the cases joined to ``leading`` with it, kept as long as it is; their time for evaluation runs on."""
    for follower in _followers(leading).filter(state=State.MERGED):
        step = workflow.begin_for_system(follower, "file_away", at=event.at)
        if step is not None:
            follower.retention = event.data["retention"]
            workflow.finish(step, data={"retention": event.data["retention"]})


def leave_leading(case: Case, /, *, at: datetime) -> None:
    """
    Let a joined case be handled on its own, where the leading one was; it keeps what it was answered (decision 0015).

    Changes the locked ``case`` only; one that stands for itself stays as it is. The organ has never read it before, so
    the same stands against it as when a case is handed over for the first time.

    :raises Invalid: the organ must not have it (docs/trust.md Z-08, Z-09), or its text gives the complainant away
    """
    if not case.follows:
        return
    answered = case.answering
    organ = answered.handling_organ
    if organ is not None and not answered.is_own_handling:
        submission.refuse_if_barred(case, organ, at)
        judged = "\n".join(case.evaluations.order_by("id").values_list("text", flat=True))
        if holds.holders_named("", judged, organ, timezone.localdate(at)).exists():
            raise Invalid("organ", holds.NAMES_A_HOLDER)
        submission.refuse_if_withheld(case)
    case.handling_organ, case.handling = organ, answered.handling


def offered(case: Case, user: User, *, at: datetime) -> QuerySet[Case]:
    """
    Return the open cases that ``case`` could be joined to, the likeliest first, at most ten.

    Likely are those of the same person, which the office alone can tell (docs/trust.md P-02), and those with the same
    text; then the newest. Cases that ``user`` may not know of are never among them (docs/trust.md Z-14).
    """
    since = at - timedelta(days=DAYS_BACK)
    same_person = others_of_same_person(case, user).order_by().filter(pk=OuterRef("pk"))
    same_text = Q(text_print=case.text_print) if case.text_print is not None else Q(pk__in=[])
    return (
        Case.objects.visible_to(user)
        .filter(state__in=workflow.LEADING, office_id=case.office_id)
        .filter(organ=case.organ, about_post=case.about_post, about_organ=case.about_organ, received_at__gte=since)
        .exclude(pk=case.pk)
        .annotate(
            is_same_person=Exists(same_person),
            is_same_text=ExpressionWrapper(same_text, output_field=BooleanField()),
        )
        .order_by("-is_same_person", "-is_same_text", "-received_at", "-id")[:MOST_OFFERED]
    )


def _check_leading(case: Case, leading: Case, by: User) -> None:
    if not Case.objects.visible_to(by).filter(pk=leading.pk).exists():
        raise Invalid("leading", _("There is no such case."))
    if NamedPerson.UNRESOLVED in (case.named_person_state, leading.named_person_state):
        raise Invalid(
            "leading", _("First resolve the person who is named: whom a case is about decides who may have it.")
        )
    if leading.state not in workflow.LEADING:
        raise Invalid("leading", _("That case was answered or has ended; only an open one can lead."))
    # Each respondent answers for itself: what is said of one must not reach another (docs/domain.md 4.7).
    if any(getattr(leading, name) != getattr(case, name) for name in ("organ_id", "about_post_id", "about_organ_id")):
        raise Invalid("leading", _("That case is about another organ or person; such cases are never joined."))


def share_link(case: Case, /, *, by: User, at: datetime, resolves: bool) -> None:
    """
    Let all that is answered together with ``case`` be about whom or what it was linked to, without the same people.

    Each respondent answers for itself, so one reply is about one of them: what is about another is separated first.
    ``resolves``: a name was resolved; a case whose own complainant named somebody besides stays held. Each takes it
    over in a step of its own and leaves whoever must not have it (docs/trust.md Z-09). One that a review has led to
    another office stays with that, unless it must not have it.
    """
    for other in together.others(case):
        is_leading = other.pk == case.leading_id
        is_alike = (other.about_post_id, other.about_organ_id) == (case.about_post_id, case.about_organ_id)
        if not is_alike or (resolves and other.named_person_state == NamedPerson.UNRESOLVED):
            _take_link(other, case, by=by, at=at, resolves=resolves)
        _share_recusals(case, other, by=by, at=at)
        if is_leading and case.state == State.MERGED:
            case.office = other.office


def _take_link(other: Case, case: Case, /, *, by: User, at: datetime, resolves: bool) -> None:
    step = workflow.begin_for_system(other, "share_person", at=at)
    if step is None:
        return
    if other.about_post is not None and other.about_post_id != case.about_post_id:
        recusal.keep_from_holders_of(other, other.about_post, by=by, at=at)
    other.about_post, other.about_organ = case.about_post, case.about_organ
    stays_held = other.named_person_state == NamedPerson.UNRESOLVED and (
        not resolves or holds.is_named_in_own(other, timezone.localdate(at))
    )
    other.named_person_state = NamedPerson.UNRESOLVED if stays_held else case.named_person_state
    moved_to = recusal.leave_excluded(other, at=at)
    if other.state == State.MERGED and other.leading_id == case.pk:
        other.office = case.office
    if other.state == State.ARCHIVED:
        holding.release(other, at=at)  # nobody has it in hand any more, whoever it belongs to
    recusal.release_handler(other, at=at)
    recusal.take_back_messages(other)
    data = {"case": case.pk, "state": other.named_person_state, "organ": other.about_organ_id}
    workflow.finish(step, to=moved_to, data=data)


def _share_recusals(*cases: Case, by: User, at: datetime) -> None:
    """Keep whoever is kept from one of the cases from the others as well: they are about one matter (Z-07)."""
    # Who decided in one of them has decided nothing in the others.
    known = list(Recusal.objects.filter(case__in=cases).exclude(ground=RecusalGround.FORMER_DECISION))
    Recusal.objects.bulk_create(
        [
            Recusal(case=case, user_id=each.user_id, ground=each.ground, by=by, at=at, reason=each.reason)
            for each in known
            for case in cases
            if case.pk != each.case_id
        ],
        ignore_conflicts=True,
    )


def _check_facts(case: Case, leading: Case, facts: str, at: datetime) -> None:
    """
    Refuse facts that name who would read them, or tell who complained in any of the cases (docs/trust.md Z-08, P-06).

    Before an organ has the leading case that is the one proposed or complained about, and the office at any time; the
    organs that come to have it later are asked with the rest of its text (``holds.names_holder``).
    """
    on = timezone.localdate(at)
    organ = leading.handling_organ or leading.proposed_organ or leading.organ
    named = organ is not None and holds.holders_named("", facts, organ, on).exists()
    if named or holds.officers_named("", facts, [leading.office], on).exists():
        raise Invalid("facts", _("This names somebody who would read it in the earlier case. Please leave it out."))
    neutral.check("facts", facts, case)
    neutral.check_facts("facts", facts, leading)


def _followers(case: Case) -> QuerySet[Case]:
    return together.followers(case).select_for_update(of=("self",), no_key=True)


def _lock_in_order(*cases: Case) -> None:
    # With all that is joined to one of them, as ``workflow.lock`` takes it: a second statement leaves the order of ids.
    ids = [case.pk for case in cases]
    rows = Case.objects.filter(Q(pk__in=ids) | Q(leading_id__in=ids)).order_by("pk")
    len(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    for case in cases:
        case.refresh_from_db()
