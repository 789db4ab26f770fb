"""On the spot: notice before it, the checklist with its photographs, findings (docs/domain.md 11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.files.clean import CleanFile
from efficiency.organs.answerable import answerable_on
from efficiency.organs.models import Post, Tenure
from supervision.inspections import deadlines, workflow
from supervision.inspections.enums import Answer, Category, Severity, State, VisitState
from supervision.inspections.files import files
from supervision.inspections.planning import LONGEST_TEXT, concerned_of, inspectors_for, reason_of
from supervision.inspections.refusals import Invalid, NotInState
from supervision.inspections.workflow import action, once, plan_steps
from supervision.models import CheckAnswer, ChecklistItem, Finding, Visit, VisitEvent, VisitFile
from supervision.models.inspections import FindingQuerySet

LONGEST_NOTE, LONGEST_PLACE = 500, 200
# So many photographs of one item.
MOST_PHOTOS = 9


@once
@action
def notify(visit: Visit, /, *, by: User, at: datetime, version: int, notice: str) -> VisitEvent:
    """
    Give the organ notice of an open inspection: its time, content, and what is asked of the organ.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also of a covert inspection, of
        one whose plan says why there is none, a second time, and before the approval
    :raises Invalid: no words
    """
    step = workflow.begin(visit, "notify", by=by, at=at, version=version)
    if why_not := why_no_notice(visit):
        raise NotInState(why_not)
    visit.notice = checks.text(
        "notice", notice, _("Please say when, what is looked at, and what is asked of the organ."), at_most=LONGEST_TEXT
    )
    visit.noticed_at, visit.noticed_by = at, by
    return workflow.finish(step, text=visit.notice)


def why_no_notice(visit: Visit) -> str:
    """Return why no notice can be given; empty where it can."""
    inspection = visit.inspection
    if inspection.is_covert:
        return str(_("Of a covert inspection nobody is told."))
    if inspection.no_notice_reason:
        return str(_("The plan says why there is no notice."))
    if visit.noticed_at is not None:
        return str(_("Notice was given already."))
    if inspection.state not in (State.APPROVED, State.RUNNING):
        return str(_("The plan is not approved."))
    return ""


@once
@action
def begin(
    visit: Visit, /, *, by: User, at: datetime, version: int, place: str, together_with: Sequence[int] = ()
) -> VisitEvent:
    """
    Begin on the spot, at least two of the team together; the first visit begins the inspection.

    :param together_with: accounts of the members who are there as well
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also before the approval, before
        the first day, and where the organ has no notice that it ought to have
    :raises Invalid: no place, nobody else of the team is there, or somebody of them may not inspect the organ today
    """
    step = workflow.begin(visit, "begin", by=by, at=at, version=version)
    if why_not := why_not_begin(visit, at):
        raise NotInState(why_not)
    present = _present(visit, by, {int(key) for key in together_with}, at)
    visit.place = checks.text("place", place, _("Please say where."), at_most=LONGEST_PLACE)
    visit.begun_at = at
    event = workflow.finish(step, data={"present": sorted(present)})
    inspection = visit.inspection
    if inspection.state == State.APPROVED:
        inspection.begun_at = at
        plan_steps.finish(plan_steps.begin_itself(inspection, "begin", at=at))
        if inspection.follows_id:
            followed = Visit.objects.select_for_update(of=("self",), no_key=True).get(pk=inspection.follows_id)
            deadlines.followed_up(followed, at=at)
    return event


def _present(visit: Visit, by: User, with_: Collection[int], at: datetime) -> set[int]:
    """Return the accounts of those who are there: two persons of the team at least, who may inspect the organ today."""
    members = visit.inspection.members.filter(is_guest=False, user_id__in=with_, user__is_active=True)
    others = [member.user for member in members.select_related("user") if not is_same_person(by, member.user)]
    if not others:
        raise Invalid("together_with", _("At least two of the team are there. Please say who is with you."))
    here, on = [by, *others], timezone.localdate(at)
    inspectors = inspectors_for([visit.organ], on=on)
    if any(user.pk not in inspectors for user in here) or concerned_of(here, [visit.organ], on=on):
        raise Invalid(
            "together_with",
            _("Whoever belongs to the organ, or no longer inspects it, does not take part."),
        )
    return {user.pk for user in here}


def why_not_begin(visit: Visit, at: datetime) -> str:
    """Return why a visit cannot begin; empty where it can."""
    inspection = visit.inspection
    if inspection.state not in (State.APPROVED, State.RUNNING):
        return str(_("The plan is not approved."))
    if timezone.localdate(at) < inspection.begin_on:
        return str(_("The first day of the plan is still to come."))
    if inspection.wants_notice and visit.noticed_at is None:
        return str(_("The organ has no notice yet."))
    return ""


# --- The checklist --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filled:
    """What was seen of an item; an empty answer is none yet."""

    answer: str = ""
    note: str = ""


@action
def fill(
    visit: Visit,
    /,
    *,
    by: User,
    at: datetime,
    filled: Mapping[int, Filled],
    photos: Mapping[int, Sequence[CleanFile]] | None = None,
) -> int:
    """
    Keep what was seen of items, by their keys, with photographs; return how many answers changed.

    Safe to send again over a bad line: the same answers change nothing, the same photograph is there once, and what
    two of the team fill in stays both, item by item. It moves no version: whoever writes something else loses nothing.

    :raises Absent, NotAllowed, NotInState: as ``workflow.begin``; NotInState once the visit is over
    :raises Invalid: an answer, a note or a photograph does not do
    """
    workflow.steps.lock(visit)
    workflow.begin(visit, "record_finding", by=by, at=at, version=visit.version)
    if visit.state != VisitState.UNDERWAY:
        raise NotInState(_("The visit is over: its checklist stays as it is."))
    items = {item.pk: item for item in visit.inspection.checklist.items.all()}
    there = {each.item_id: each for each in visit.answers.all()}
    changed = []
    for key, given in filled.items():
        if key not in items:
            continue
        answer = checks.choice(f"answer_{key}", given.answer, Answer, _("Please choose.")) if given.answer else ""
        note = checks.optional_text(f"note_{key}", given.note, at_most=LONGEST_NOTE)
        row = there.get(key)
        if (row is None and (answer or note)) or (row is not None and (row.answer, row.note) != (answer, note)):
            changed.append(CheckAnswer(visit=visit, item=items[key], answer=answer, note=note, by=by, at=at))
    CheckAnswer.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["visit", "item"], update_fields=["answer", "note", "by", "at"]
    )
    for key, sent in (photos or {}).items():
        if key in items:
            _attach_photos(visit, items[key], sent, at=at)
    return len(changed)


def _attach_photos(visit: Visit, item: ChecklistItem, sent: Sequence[CleanFile], *, at: datetime) -> None:
    kept = {bytes(each) for each in VisitFile.objects.filter(visit=visit, item=item).values_list("sha256", flat=True)}
    fresh = {photo.sha256: photo for photo in sent if photo.sha256 not in kept}
    if any(not photo.content_type.startswith("image/") for photo in fresh.values()):
        raise Invalid(f"photo_{item.pk}", _("Please choose a photograph."))
    if len(kept) + len(fresh) > MOST_PHOTOS:
        raise Invalid(f"photo_{item.pk}", _("At most nine photographs of one item."))
    if fresh:
        files.attach(visit, list(fresh.values()), at=at, item=item)


def unanswered(visit: Visit) -> int:
    """Return how many items have no answer yet."""
    answered = visit.answers.exclude(answer="").count()
    return visit.inspection.checklist.items.count() - answered


# --- Findings -------------------------------------------------------------------------------------------------------


@once
@action
def record_finding(
    visit: Visit,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    severity: str,
    text: str,
    place: str,
    found_at: datetime,
    category: str = "",
    item: ChecklistItem | None = None,
    norm: str = "",
    post: Post | None = None,
    attachments: Sequence[CleanFile] = (),
) -> VisitEvent:
    """
    Record what was found: where and when, of which post, which norm was broken, how grave it is, with photographs.

    Who answered for the post at that moment follows from the post.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: something is missing, lies ahead or before the visit, or belongs to another organ or checklist
    """
    step = workflow.begin(visit, "record_finding", by=by, at=at, version=version)
    if item is not None and item.version_id != visit.inspection.checklist_id:
        raise Invalid("item", _("This item is of another checklist."))
    if post is not None and post.organ_id != visit.organ_id:
        raise Invalid("post", _("This post belongs to another organ."))
    if found_at > at:
        raise Invalid("found_at", _("The moment lies in the future."))
    if visit.begun_at is None or timezone.localdate(found_at) < timezone.localdate(visit.begun_at):
        raise Invalid("found_at", _("The moment lies before the visit."))
    last = visit.findings.aggregate(last=Max("number"))["last"] or 0
    finding = Finding.objects.create(
        visit=visit,
        number=last + 1,
        item=item,
        category=item.category if item else checks.choice("category", category, Category, _("Please choose.")),
        severity=checks.choice("severity", severity, Severity, _("Please choose how grave it is.")),
        text=checks.text("text", text, _("Please say what was found."), at_most=LONGEST_TEXT),
        norm=checks.optional_text("norm", norm or (item.norm if item else ""), at_most=200),
        place=checks.text("place", place, _("Please say where."), at_most=LONGEST_PLACE),
        found_at=found_at,
        post=post,
        person=_answering(post, found_at) if post else None,
        recorded_by=by,
        recorded_at=at,
    )
    event = workflow.finish(step, text=finding.text, data={"finding": finding.number})
    if attachments:
        files.attach(visit, attachments, at=at, event=event, finding=finding)
    return event


def _answering(post: Post, at: datetime) -> User | None:
    """Return who answered for a post at a moment, whoever stood in before its holder; None where nobody did."""
    answered = answerable_on(Tenure.objects.filter(post=post).select_related("user"), timezone.localdate(at))
    return answered[0].user if answered else None


@once
@action
def drop_finding(visit: Visit, /, *, by: User, at: datetime, version: int, finding: Finding, reason: str) -> VisitEvent:
    """
    Drop a finding that does not hold, with the reason: after a second look, or after what the organ said.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason, no such finding, or something came of it already
    """
    from supervision.inspections import consequences

    step = workflow.begin(visit, "drop_finding", by=by, at=at, version=version)
    found = standing(visit).filter(pk=finding.pk).first()
    if found is None:
        raise Invalid("finding", _("There is no such finding."))
    if consequences.of_findings([found.pk]).get(found.pk):
        raise Invalid("finding", _("Something came of this finding already."))
    found.dropped_at, found.dropped_reason = at, reason_of(reason)
    found.save(update_fields=["dropped_at", "dropped_reason"])
    return workflow.finish(step, text=found.dropped_reason, data={"finding": found.number})


def standing(visit: Visit) -> FindingQuerySet:
    """Return the findings of a visit that were not dropped."""
    return Finding.objects.filter(visit=visit).standing()


@once
@action
def end_visit(visit: Visit, /, *, by: User, at: datetime, version: int, showed_identity: bool = False) -> VisitEvent:
    """
    End the visit once every item has its answer: the report is owed from now on.

    :param showed_identity: of a covert one, that the team showed its papers on request afterwards
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where items have no answer
    """
    step = workflow.begin(visit, "end_visit", by=by, at=at, version=version)
    if missing := unanswered(visit):
        raise NotInState(
            ngettext(
                "%(count)d item of the checklist has no answer yet.",
                "%(count)d items of the checklist have no answer yet.",
                missing,
            )
            % {"count": missing}
        )
    visit.visited_at = at
    answers = {value: visit.answers.filter(answer=value).count() for value in Answer.values}
    data = {"answers": answers, "findings": standing(visit).count()}
    return workflow.finish(
        step, data=data | ({"showed_identity": showed_identity} if visit.inspection.is_covert else {})
    )


@once
@action
def skip(visit: Visit, /, *, by: User, at: datetime, version: int, reason: str) -> VisitEvent:
    """
    Leave out the visit to one organ, with the reason; an organ that had notice is told.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason
    """
    step = workflow.begin(visit, "skip", by=by, at=at, version=version)
    event = workflow.finish(step, text=reason_of(reason))
    workflow.end_plan_with(step)
    return event


def filled_of(visit: Visit) -> list[tuple[ChecklistItem, CheckAnswer | None, list[VisitFile]]]:
    """Return the items of a visit in their order, each with its answer and photographs; three questions."""
    answers = {each.item_id: each for each in visit.answers.select_related("by")}
    photos: dict[int | None, list[VisitFile]] = {}
    for photo in visit.files.filter(item__isnull=False, erased_at__isnull=True).order_by("position"):
        photos.setdefault(photo.item_id, []).append(photo)
    items = visit.inspection.checklist.items.order_by("position")
    return [(item, answers.get(item.pk), photos.get(item.pk, [])) for item in items]
