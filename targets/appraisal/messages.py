"""Who is told of a step of an appraisal; a message names period or organ and nothing else (docs/trust.md Z-15)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from efficiency.organs.models import OrganKind, Post, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from targets.appraisal import access, names
from targets.appraisal.enums import Grade, SheetState
from targets.models import Appraisal, AppraisalEvent, Sheet


class Told(Enum):
    """Who may be told of a step."""

    APPRAISED = "appraised"  # everybody whose sheet it is: of organs their leaders, of posts who held them
    PARTY = "party"  # the same of one sheet
    OFFICERS = "officers"  # the officers of the office
    HEADS = "heads"  # whoever approves there
    SCORERS = "scorers"  # its appraisal officers


# fmt: off
KINDS = (
    ("call_self_scores", _("Self-score for %(number)s"),
     _("The appraisal %(number)s has begun. Please hand in the self-score within its time."), MessageGroup.WORK),
    ("compute", _("%(number)s has been scored"),
     _("The scores of %(number)s have been computed. They wait to be shown to those appraised."),
     MessageGroup.DECISION),
    ("show", _("The score in %(number)s can be read"),
     _("Your sheet in %(number)s can be read. The time to object has begun."), MessageGroup.WORK),
    ("recompute", _("The scores in %(number)s were computed anew"),
     _("The scores in %(number)s were computed anew. Your sheet shows what it comes to now."), MessageGroup.PROGRESS),
    ("conclude", _("The objections in %(number)s are concluded"),
     _("All objections in %(number)s are ruled on. It waits to be submitted to the leading group."),
     MessageGroup.DECISION),
    ("submit", _("%(number)s is with the leading group"),
     _("%(number)s was submitted to the leading group. Please record its decision."), MessageGroup.WORK),
    ("record_decision", _("The leading group has decided on %(number)s"),
     _("The decision of the leading group on %(number)s is recorded. It waits to be published."),
     MessageGroup.DECISION),
    ("publish", _("%(number)s was published"),
     _("The results of %(number)s were published. Your sheet shows the grade."), MessageGroup.PROGRESS),
    ("close", _("%(number)s is final"), _("The results of %(number)s are final."), MessageGroup.PROGRESS),
    ("propose_recount", _("A recount waits for you: %(number)s"),
     _("To recount %(number)s is proposed, as the data as of its date gives other scores. It stands as it is until a"
       " second person confirms that."),
     MessageGroup.DECISION),
    ("confirm_recount", _("%(number)s was recounted"),
     _("The published scores of %(number)s were recounted from the data as of their date. Your sheet shows what it"
       " comes to now."),
     MessageGroup.PROGRESS),
    ("refuse_recount", _("Recount refused: %(number)s"),
     _("The recount that was proposed for %(number)s was refused. The reason stands there."),
     MessageGroup.PROGRESS),
    ("propose_wider_quota", _("An approval of a wider quota waits for you: %(number)s"),
     _("An approval of a wider quota was recorded for %(number)s. It counts once a second person confirms it."),
     MessageGroup.DECISION),
    ("confirm_wider_quota", _("Wider quota confirmed: %(number)s"),
     _("The wider quota of %(number)s was confirmed; grades were given anew by it."), MessageGroup.PROGRESS),
    ("refuse_wider_quota", _("Wider quota refused: %(number)s"),
     _("The wider quota that was recorded for %(number)s was refused. The reason stands there."),
     MessageGroup.PROGRESS),
    ("self_score", _("Self-score handed in: %(number)s"),
     _("The self-score for %(number)s was handed in."), MessageGroup.PROGRESS),
    ("propose_adjustment", _("An adjustment waits for you: %(number)s"),
     _("An adjustment of %(number)s is proposed. It counts once a second person confirms it."),
     MessageGroup.DECISION),
    ("propose_revocation", _("A revocation waits for you: %(number)s"),
     _("To revoke an adjustment of %(number)s is proposed. It counts once a second person confirms it."),
     MessageGroup.DECISION),
    ("propose_putting_right", _("Putting right waits for you: %(number)s"),
     _("How to put right %(number)s is proposed. It counts once a second person confirms it."),
     MessageGroup.DECISION),
    ("propose_correction", _("An error is to be put right: %(number)s"),
     _("To put an error in %(number)s right is proposed. It counts once a second person confirms it."),
     MessageGroup.DECISION),
    ("gone", _("Counted and fallen away since: %(number)s"),
     _("Something that counts in %(number)s was revoked or declined after the date of its data. Please look whether it"
       " is to be lifted or put right; the sheet says what it is."),
     MessageGroup.WORK),
    ("ratify", _("The leading group has decided on the corrections of %(number)s"),
     _("What the leading group said to the corrections of %(number)s is recorded."), MessageGroup.PROGRESS),
    ("propose_lifting", _("A deduction is to be lifted: %(number)s"),
     _("To lift a deduction, a limit or a veto of %(number)s is proposed. It counts on until a second person confirms"
       " that."),
     MessageGroup.DECISION),
    ("confirm_adjustment", _("Adjusted: %(number)s"),
     _("An adjustment of %(number)s was confirmed. The reason stands on the sheet."), MessageGroup.PROGRESS),
    ("moved", _("%(number)s was corrected"),
     _("A correction of %(number)s has moved your grade or rank. Your sheet shows what it is now."),
     MessageGroup.PROGRESS),
    ("fallen", _("Time to object: %(number)s"),
     _("Your score or grade in %(number)s has fallen after it was shown. Your sheet shows what it is now; the time to"
       " object has begun anew."),
     MessageGroup.WORK),
    ("raised", _("No longer unqualified: %(number)s"),
     _("After a correction of %(number)s an organ is no longer unqualified. A supervision opinion was proposed for it:"
       " please look whether it still has its ground."),
     MessageGroup.DECISION),
    ("refuse_adjustment", _("Adjustment refused: %(number)s"),
     _("The adjustment that was proposed for %(number)s was refused. The reason stands on the sheet."),
     MessageGroup.PROGRESS),
    ("object", _("Objection: %(number)s"),
     _("There is an objection to %(number)s. It waits for a ruling."), MessageGroup.DECISION),
    ("rule", _("Ruling on the objection: %(number)s"),
     _("The objection to %(number)s was ruled on. The ruling stands on the sheet."), MessageGroup.PROGRESS),
    ("ask_review", _("Review asked for: %(number)s"),
     _("A review of the grade is asked for: %(number)s. It waits for a decision."), MessageGroup.DECISION),
    ("record_application", _("Review asked for in writing: %(number)s"),
     _("A written application for the review of the grade was recorded: %(number)s. It waits for a decision."),
     MessageGroup.DECISION),
    ("decide_review", _("Review decided: %(number)s"),
     _("The review of the grade was decided: %(number)s. The decision stands on the sheet."), MessageGroup.PROGRESS),
    ("complain", _("Complaint to the authority: %(number)s"),
     _("A complaint to the authority was recorded: %(number)s."), MessageGroup.PROGRESS),
    ("record_complaint", _("Complaint to the authority in writing: %(number)s"),
     _("A written complaint to the authority was recorded: %(number)s."), MessageGroup.PROGRESS),
    ("record_result", _("Result of the complaint: %(number)s"),
     _("What the complaint came to was recorded: %(number)s."), MessageGroup.PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts and subjects known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"appraisal.{action}", subject, body, group=group)
    registry.register_subject(Appraisal, labels_of_appraisals, may_know_appraisals)
    registry.register_subject(Sheet, labels_of_sheets, may_know_sheets)


def tell(event: AppraisalEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    found = dict.fromkeys(pk for audience in told for pk in people_of(event, audience, on))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        subject = event.sheet or event.appraisal
        outbox.post(f"appraisal-event:{event.pk}", f"appraisal.{event.action}", to=to, subject=subject, at=event.at)


def tell_moved(event: AppraisalEvent) -> None:
    """Tell whose grade or rank a correction of another sheet has moved, in one message."""
    moved = [each["sheet"] for each in event.data["moved"] if each["sheet"] != event.sheet_id]
    people = _appraised(Sheet.objects.filter(pk__in=moved), timezone.localdate(event.at)) if moved else []
    to = [pk for pk in people if pk != event.actor_id]
    if to:
        outbox.post(f"appraisal-moved:{event.pk}", "appraisal.moved", to=to, subject=event.appraisal, at=event.at)


def tell_fallen(event: AppraisalEvent, ids: Collection[int]) -> None:
    """
    Tell whose score or grade a step let fall that the time to object has begun anew, in one message.

    :param ids: of the sheets that fell; whose objection waits has that, and no other time
    """
    fallen = Sheet.objects.filter(pk__in=ids, appraisal=event.appraisal_id, state=SheetState.SHOWN)
    people = _appraised(fallen, timezone.localdate(event.at)) if ids else []
    to = [pk for pk in people if pk != event.actor_id]
    if to:
        outbox.post(f"appraisal-fallen:{event.pk}", "appraisal.fallen", to=to, subject=event.appraisal, at=event.at)


def tell_raised(event: AppraisalEvent, moved: Iterable[Mapping[str, Any]]) -> None:
    """
    Tell the office of an organ that a correction made unqualified no more: what was proposed lost its ground.

    :param moved: whose grade was moved, with what it was and is
    """
    unqualified = Grade.UNQUALIFIED.value
    if any(before == unqualified != after for before, after in (each["grade"] for each in moved)):
        to = people_of(event, Told.OFFICERS, timezone.localdate(event.at))
        outbox.post(f"appraisal-raised:{event.pk}", "appraisal.raised", to=to, subject=event.appraisal, at=event.at)


def tell_gone(sheet: Sheet, digest: str, *, on: date, at: datetime) -> None:
    """Tell officers and appraisal officers that something on a published sheet fell away since, once for each such."""
    posts = Post.objects.filter(
        organ_id=sheet.appraisal.office_id, role__in=[Role.OFFICE_OFFICER, Role.APPRAISAL_OFFICER]
    )
    to = _holders(posts, on)
    if to:
        outbox.post(f"appraisal-gone:{sheet.pk}:{digest}", "appraisal.gone", to=to, subject=sheet, at=at)


def people_of(event: AppraisalEvent, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns on the day; whom a sheet is about is not told of it as office."""
    appraisal, sheet = event.appraisal, event.sheet
    if audience is Told.PARTY and appraisal.state not in access.FROM_SHOWN:
        # Whoever is appraised learns nothing of the score before it is shown, not that it was moved either.
        return []
    if audience is Told.APPRAISED or (audience is Told.PARTY and sheet is not None):
        sheets = Sheet.objects.filter(appraisal=appraisal) if audience is Told.APPRAISED else [sheet]
        return _appraised(sheets, on)
    posts = Post.objects.filter(organ_id=appraisal.office_id)
    if audience is Told.SCORERS:
        return _holders(posts.filter(role=Role.APPRAISAL_OFFICER), on)
    officers = posts.filter(role=Role.OFFICE_OFFICER)
    return _holders(officers.filter(is_head=True) if audience is Told.HEADS else officers, on)


def _appraised(sheets: Iterable[Sheet | None], on: date) -> list[int]:
    """Return who speaks for the organs of these sheets, and who held their posts."""
    rows = [sheet for sheet in sheets if sheet is not None]
    people = {sheet.person_id for sheet in rows if sheet.person_id}
    people |= set(_holders(Post.objects.filter(pk__in=[row.post_id for row in rows if not row.person_id]), on))
    organs = [sheet.organ_id for sheet in rows if sheet.post_id is None]
    leads = Q(role=Role.ORGAN_LEADER) | Q(
        role=Role.OFFICE_OFFICER, is_head=True, organ__kind=OrganKind.EFFICIENCY_OFFICE
    )
    return sorted(people | set(_holders(Post.objects.filter(leads, organ__in=organs), on)))


def _holders(posts: "Collection[Post]", on: date) -> list[int]:
    held = Tenure.objects.running(on).filter(post__in=posts, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of_appraisals(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return name and page for staff of each appraisal."""
    rows = Appraisal.objects.filter(pk__in=ids)
    return {row.pk: (names.of_appraisal(row), reverse("admin:targets_appraisal_change", args=[row.pk])) for row in rows}


def labels_of_sheets(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return name and page for staff of each sheet: of a post its name, and never who held it."""
    rows = Sheet.objects.filter(pk__in=ids).select_related("appraisal", "organ", "post")
    return {row.pk: (names.of_sheet(row), reverse("admin:targets_sheet_change", args=[row.pk])) for row in rows}


def may_know_appraisals(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, appraisal) in which the person may know of it at this moment (Z-15)."""
    return _pairs(
        user_ids, lambda user: access.appraisals_known_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    )


def may_know_sheets(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, sheet) in which the person may know of it at this moment (Z-15)."""
    return _pairs(user_ids, lambda user: access.known_to(user).filter(pk__in=ids).values_list("pk", flat=True))


def _pairs(user_ids: Collection[int], known: Callable[[User], Iterable[int]]) -> set[tuple[int, int]]:
    users = User.objects.filter(pk__in=user_ids, is_active=True)
    return {(user.pk, pk) for user in users for pk in known(user)}
