"""New plans, one or many at once: from the usual blocks or from the year before (docs/domain.md 8.1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.audit.records import record
from efficiency.organs.models import Organ, OrganKind, Post
from efficiency.outbox import actions as outbox
from efficiency.timing.due import local_day
from targets.models import Indicator, Plan, PlanEvent, Revision
from targets.models.plans import PlanQuerySet
from targets.plans import access, deadlines, messages, spans, templates, workflow
from targets.plans.content import BATCH, Content, read_many, write, write_many
from targets.plans.enums import DECIDED, Span, State
from targets.plans.refusals import Invalid, NotAllowed, Refused
from targets.plans.workflow import action, once

LONGEST_TITLE = 120
# How far a plan may be drafted ahead of its year.
YEARS_AHEAD = 1


class Begin:
    """What a new plan begins with."""

    EMPTY, STANDARD, BEFORE = "empty", "standard", "before"


@dataclass(slots=True)
class Made:
    """What became of many organs: plans made, who has one already, who has no office or no plan before."""

    plans: list[Plan] = field(default_factory=list)
    there: list[Organ] = field(default_factory=list)
    without: list[Organ] = field(default_factory=list)


def draft(
    organ: Organ,
    /,
    *,
    by: User,
    at: datetime,
    year: int,
    span: str = Span.YEAR,
    post: Post | None = None,
    parent: Plan | None = None,
    title: str = "",
    begin: str = Begin.STANDARD,
    token: str | None = None,
) -> Plan:
    """
    Draft the plan of an organ, or of a post in it; the same form drafts once (S-10).

    :param begin: with what it begins; ``before``: the plan of the year before of the same organ or post
    :raises NotAllowed: ``by`` may not draft for this organ, or it is the own post
    :raises Invalid: there is one already, or something does not belong together
    """
    if token and (event := workflow.event_of(token, of="draft")):
        return event.plan
    try:
        with transaction.atomic():
            plan, event = _draft(organ, by, at, year, span, post, parent, title, begin)
            if token:
                workflow.keep_token(token, event, of="draft")
            return plan
    except (Refused, IntegrityError) as failure:
        if token and (taken := workflow.event_of(token, of="draft")):
            return taken.plan
        if isinstance(failure, IntegrityError):
            raise Invalid(None, _("There is a plan for this time already.")) from failure
        if isinstance(failure, NotAllowed):
            record("plan.draft", actor=by, obj=organ, outcome="refused", at=at)
        raise


def _draft(
    organ: Organ,
    by: User,
    at: datetime,
    year: int,
    span: str,
    post: Post | None,
    parent: Plan | None,
    title: str,
    begin: str,
) -> tuple[Plan, PlanEvent]:
    office = deadlines.office_for(organ, of_post=post is not None)
    if office is None and organ.kind == OrganKind.EFFICIENCY_OFFICE:
        raise NotAllowed(
            _(
                "No office is above this one, and nobody approves or checks targets of their own organ. The operator of"
                " the portal has to name the office above the city's (ABOVE_CITY_OFFICE)."
            ),
            "organ",
        )
    if office is None:
        raise NotAllowed(_("No efficiency office is in charge of this organ."), "organ")
    seat = _seat(by, organ, office, post)
    if post is not None and post.organ_id != organ.pk:
        raise Invalid("post", _("This post belongs to another organ."))
    span = checks.choice("span", span, Span, _("Please choose the time of the plan."))
    _check_year(year, span, at)
    _check_parent(parent, by, organ, post, year, span)
    if _living(year, span).filter(organ=organ, post=post).exists():
        raise Invalid(None, _("There is a plan for this time already."))
    named = " ".join(checks.optional_text("title", title, at_most=LONGEST_TITLE).split())
    plan = _new(organ, office, post, year, span, parent, by, at, named)
    content = _contents([plan], begin).get(_key(plan))
    if content is None:
        raise Invalid("begin", _("There is no plan of the year before to begin with."))
    plan.save()
    revision = Revision.objects.create(plan=plan, drafted_by=by, drafted_at=at)
    write(revision, content)
    event = workflow.steps.first_event(plan, "draft", at=at, by=by, seat=seat, is_internal=True)
    return plan, event


def _seat(by: User, organ: Organ, office: Organ, post: Post | None) -> Seat:
    seats = access.seats_that_draft(by, organ.pk, office.pk, of_post=post is not None)
    if not seats:
        raise NotAllowed(_("You may not draft the plan of this organ."), "organ")
    if post is not None and post.pk in access.scope(by).own_post_ids:
        raise NotAllowed(_("Nobody drafts the plan of a post of their own."), "post")
    return min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id))


def _check_year(year: int, span: str, at: datetime) -> None:
    today = local_day(at)
    if year > today.year + YEARS_AHEAD:
        raise Invalid("year", _("Plans are drafted for this year and the next."))
    if spans.bounds(year, span)[1] <= today:
        raise Invalid("year", _("This time is over already."))


def _check_parent(parent: Plan | None, by: User, organ: Organ, post: Post | None, year: int, span: str) -> None:
    """The plan above is approved, of the same year, and known; of a longer time or the same, and not the same plan."""
    if parent is None:
        return
    if not Plan.objects.visible_to(by).filter(pk=parent.pk, state__in=DECIDED).exists():
        raise Invalid("parent", _("There is no approved plan of this kind that you may know of."))
    if parent.year != year or parent.span not in (span, Span.YEAR):
        raise Invalid("parent", _("The plan above is one of the same time."))
    if parent.organ_id == organ.pk and (post is None or parent.post_id is not None):
        raise Invalid("parent", _("A plan does not stand below another of the same organ."))


def _new(
    organ: Organ,
    office: Organ,
    post: Post | None,
    year: int,
    span: str,
    parent: Plan | None,
    by: User,
    at: datetime,
    title: str = "",
) -> Plan:
    return Plan(
        organ=organ,
        office=office,
        post=post,
        year=year,
        span=span,
        parent=parent,
        title=title or _title(organ, post, year, span),
        state=State.DRAFT,
        drafted_by=by,
        drafted_at=at,
    )


_SPANS = {Span.YEAR: "年", Span.FIRST_HALF: "年上半年", Span.SECOND_HALF: "年下半年"}


def _title(organ: Organ, post: Post | None, year: int, span: str) -> str:
    """Return the title of a plan as an official writes it."""
    of_post = post.name if post is not None else ""
    return f"{organ.name}{of_post}{year}{_SPANS[Span(span)]}目标计划"[:LONGEST_TITLE]


def _living(year: int, span: str) -> PlanQuerySet:
    return Plan.objects.filter(year=year, span=span).exclude(state=State.WITHDRAWN)


_Key = tuple[int, int | None]


def _key(plan: Plan) -> _Key:
    return plan.organ_id, plan.post_id


def _contents(plans: Sequence[Plan], begin: str) -> Mapping[_Key, Content]:
    """Return with what each of these plans begins; who has no plan before is left out. A fixed number of statements."""
    if begin == Begin.EMPTY:
        return {_key(plan): () for plan in plans}
    if begin == Begin.STANDARD:
        usual = {of_post: templates.standard(of_post=of_post) for of_post in (False, True)}
        return {_key(plan): usual[plan.post_id is not None] for plan in plans}
    if not plans:
        return {}
    first = plans[0]
    organs = {plan.organ_id for plan in plans}
    before = _living(first.year - 1, first.span).filter(organ_id__in=organs, state__in=DECIDED)
    revisions: dict[_Key, int] = {}
    for organ_id, post_id, revision_id in before.values_list("organ_id", "post_id", "revision_id"):
        revisions[organ_id, post_id] = revision_id
    read = read_many(revisions.values())
    carried = dict(Indicator.objects.filter(carried_by__revision_id__in=revisions.values()).values_list("pk", "key"))
    carriable = _carriable({plan.parent_id for plan in plans if plan.parent_id is not None})
    return {
        _key(plan): templates.from_before(
            read.get(revisions[_key(plan)], ()), 1, carriable.get(plan.parent_id, {}), carried
        )
        for plan in plans
        if _key(plan) in revisions
    }


def _carriable(parents: Collection[int]) -> dict[int | None, dict[str, int]]:
    """Return the indicators of the plans above that hold, by key."""
    found: dict[int | None, dict[str, int]] = {}
    rows = Indicator.objects.filter(revision__holds_for__in=parents).values_list("revision__plan_id", "key", "pk")
    for plan_id, key, pk in rows:
        found.setdefault(plan_id, {})[key] = pk
    return found


@transaction.atomic
def draft_many(
    organs: Collection[Organ],
    /,
    *,
    by: User,
    at: datetime,
    year: int,
    span: str = Span.YEAR,
    parent: Plan | None = None,
    begin: str = Begin.STANDARD,
) -> Made:
    """
    Draft the plans of many organs at once: rows by the thousand, a fixed number of statements.

    Who has a plan for this time keeps it, so it is safe to run twice. Two at once: the second is refused, whole.

    :raises NotAllowed: ``by`` may not draft for one of the organs
    :raises Invalid: the time is over or too far ahead, the plan above is none, or somebody else drafted meanwhile
    """
    seats = access.seats_that_draft_for_many(by)
    reached = access.organs_drafted_for(by, seats)
    if not organs or any(organ.pk not in reached for organ in organs):
        raise NotAllowed(_("You may not draft the plan of this organ."), "organs")
    span = checks.choice("span", span, Span, _("Please choose the time of the plan."))
    _check_year(year, span, at)
    if parent is not None:
        organs = [organ for organ in organs if organ.pk != parent.organ_id]
        for organ in organs[:1]:
            _check_parent(parent, by, organ, None, year, span)
    try:
        with transaction.atomic():
            made = _draft_many(list(organs), seats, by, at, year, span, parent, begin)
    except IntegrityError as failure:
        raise Invalid(None, _("Somebody else has drafted some of these plans. Please try again.")) from failure
    detail = {"year": year, "span": span, "made": len(made.plans)}
    record("plan.draft_many", actor=by, obj=None, detail=detail, at=at)
    if made.plans:
        values = {"count": len(made.plans), "year": year}
        outbox.post(f"plans:{made.plans[0].pk}", messages.MADE, to=[by.pk], values=values, at=at)
    return made


def _draft_many(
    organs: Sequence[Organ],
    seats: Sequence[Seat],
    by: User,
    at: datetime,
    year: int,
    span: str,
    parent: Plan | None,
    begin: str,
) -> Made:
    made = Made()
    there = set(_living(year, span).filter(post__isnull=True).values_list("organ_id", flat=True))
    in_charge = deadlines.offices_for(organs)
    begun: list[Plan] = []
    for organ in organs:
        office = in_charge.get(organ.pk)
        if organ.pk in there:
            made.there.append(organ)
        elif office is None:
            made.without.append(organ)
        else:
            begun.append(_new(organ, office, None, year, span, parent, by, at))
    contents = _contents(begun, begin)
    made.without += [plan.organ for plan in begun if _key(plan) not in contents]
    made.plans = [plan for plan in begun if _key(plan) in contents]
    Plan.objects.bulk_create(made.plans, batch_size=BATCH)
    revisions = Revision.objects.bulk_create(
        (Revision(plan=plan, drafted_by=by, drafted_at=at) for plan in made.plans), batch_size=BATCH
    )
    write_many([(revision, contents[_key(revision.plan)]) for revision in revisions])
    actor_organ = {plan.pk: _organ_of(seats, plan) for plan in made.plans}
    PlanEvent.objects.bulk_create(
        (
            PlanEvent(
                plan=plan, number=1, action="draft", actor=by, actor_organ_id=actor_organ[plan.pk], at=at,
                to_state=State.DRAFT, is_internal=True,
            )
            for plan in made.plans
        ),
        batch_size=BATCH,
    )  # fmt: skip
    return made


def _organ_of(seats: Sequence[Seat], plan: Plan) -> int:
    able = [seat for seat in seats if plan.organ_id in seat.organ_ids]
    return min(able, key=lambda seat: (seat.is_stand_in, seat.post_id)).organ_id


@once
@action
def edit(
    plan: Plan, /, *, by: User, at: datetime, version: int, content: Content, title: str | None = None
) -> PlanEvent:
    """
    Let a draft say this and nothing else; it may be unfinished, as long as it can be kept.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: two blocks or indicators have the same key, or a value does not fit
    """
    step = workflow.begin(plan, "edit", by=by, at=at, version=version)
    if title is not None:
        missing = _("Please give the plan a title.")
        plan.title = " ".join(checks.text("title", title, missing, at_most=LONGEST_TITLE).split())
    revision = first_revision(plan)
    keep(revision, content)
    # Whoever changed it last has drafted it, and another person approves.
    plan.drafted_by, plan.drafted_at = by, at
    revision.drafted_by, revision.drafted_at = by, at
    revision.save(update_fields=["drafted_by", "drafted_at"])
    return workflow.finish(step)


def keep(revision: Revision, content: Content) -> None:
    """
    Write the content of a draft, in the caller's transaction.

    :raises Invalid: the tables refuse it: twice the same key, a weight out of its bounds
    """
    try:
        with transaction.atomic():
            write(revision, content)
    except IntegrityError as failure:
        raise Invalid(None, reason_of(failure)) from failure


REASONS: dict[str, str | Lazy] = {
    "block_code": _("A block is there twice."),
    "block_weight": _("The weight of a block is more than 0 and at most 100."),
    "indicator_key": _("Two indicators of a plan cannot have the same key."),
    "indicator_no_part_of_itself": _("An indicator is no part of itself."),
    "indicator_weight": _("The weight of an indicator is more than 0 and at most 100; that of a veto is 0."),
}


def reason_of(failure: IntegrityError) -> str | Lazy:
    """Return in words what a table refused."""
    named = str(failure)
    return next((words for name, words in REASONS.items() if f'"{name}"' in named), _("The plan cannot be kept so."))


def first_revision(plan: Plan) -> Revision:
    """Return the revision that is negotiated with the plan."""
    return Revision.objects.get(plan=plan, number=1)
