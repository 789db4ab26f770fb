"""
What the cases promise: the kinds of docs/domain.md 3.5 that case handling uses, their limits, and who owes them.

``ComplaintsConfig.ready`` registers the kinds with the engine. The rest of the app opens, meets and moves promises
through this module, so that who owes what is decided in one place.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case as Choose
from django.db.models import Q, When
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from complaints.enums import Channel, Complexity, Kind
from complaints.models import Assistance, Case, SupervisionOrder
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, rules, subjects
from efficiency.deadlines.models import Deadline, DeadlineState, Promise
from efficiency.kept_rows import Kept
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure
from efficiency.remembering import asked_once
from efficiency.timing import store
from efficiency.timing.due import Limit, Unit, due_at, local_day

if TYPE_CHECKING:
    from django.db.models import OuterRef, QuerySet

    from efficiency.access.models import User

PREFIX = "complaints."
ACCEPT = "complaints.accept"
SUPPLEMENT = "complaints.supplement"
QUESTION = "complaints.question"
RESOLVE_PERSON = "complaints.resolve_person"
EDIT_TEXT = "complaints.edit_text"
REGISTER = "complaints.register"
SUBMIT = "complaints.submit"
INSTRUCT = "complaints.instruct"
SIGN_IN = "complaints.sign_in"
RETURN_RULING = "complaints.return_ruling"
DESIGNATE = "complaints.designate"
RESUME_CHECK = "complaints.resume_check"
CONTACT = "complaints.contact"
REPLY = "complaints.reply"
REPORT = "complaints.report"
CLOSE_REVIEW = "complaints.close_review"
REWORK = "complaints.rework"
EVALUATE = "complaints.evaluate"
FOLLOW_UP = "complaints.follow_up"
REVIEW_APPLY = "complaints.review_apply"
REVIEW = "complaints.review"
FINAL_APPLY = "complaints.final_apply"
FINAL = "complaints.final"
ASSIST_SIGN_IN = "complaints.assist_sign_in"
ASSIST = "complaints.assist"
SUPERVISE = "complaints.supervise"
ARCHIVE = "complaints.archive"
ERASURE = "complaints.erasure"
NEW_CODE = "complaints.new_code"
CONFIRM = "complaints.confirm_contact"
REPORT_UP = "complaints.report_up"


class Owes(Enum):
    """Who owes a promise about a case."""

    OFFICE = "office"  # the efficiency office in charge
    HOLDER = "organ"  # whoever holds the case: the handling organ, before that the office
    ASSISTING = "assisting organ"  # about its part in the case, not about the case
    CITIZEN = "citizen"  # nobody in government; the office keeps the account


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One row of docs/domain.md 3.5, with who owes it."""

    name: str
    label: Lazy
    promise: Promise
    owes: Owes
    limits: dict[str, str]
    extensions: dict[str, str] = field(default_factory=dict)

    @property
    def is_of_part(self) -> bool:
        """Whether the promise is about the part of an assisting organ instead of about the case."""
        return self.owes is Owes.ASSISTING


C, I, P = Promise.CITIZEN, Promise.INTERNAL, Promise.OWED_BY_CITIZEN  # noqa: E741 - the marks of docs/domain.md 3.5
OFFICE, HOLDER, ASSISTING, CITIZEN = Owes.OFFICE, Owes.HOLDER, Owes.ASSISTING, Owes.CITIZEN
COMPLEX, URGENT, RECEPTION = "complex", "urgent", "reception"
# fmt: off
KINDS = (
    CaseKind(ACCEPT,         pgettext_lazy("kind of promise", "decision on acceptance"),  C, OFFICE,  {"": "5wd"}),
    CaseKind(SUPPLEMENT,     pgettext_lazy("kind of promise", "handing in what is missing"), P, CITIZEN, {"": "10wd"},
             {"": "5wd"}),
    CaseKind(QUESTION,       pgettext_lazy("kind of promise", "answer to a question"),    P, CITIZEN, {"": "5wd"}),
    CaseKind(RESOLVE_PERSON, pgettext_lazy("kind of promise", "resolving a named person"), I, OFFICE, {"": "2wd"}),
    CaseKind(EDIT_TEXT,      pgettext_lazy("kind of promise", "text that the organ can read"), I, OFFICE, {"": "1wd"}),
    CaseKind(REGISTER,       pgettext_lazy("kind of promise", "registration"),            I, OFFICE,  {"": "1wd"}),
    CaseKind(SUBMIT,         pgettext_lazy("kind of promise", "submission"),              I, OFFICE,
             {"": "1wd", URGENT: "0wd"}),
    CaseKind(INSTRUCT,       pgettext_lazy("kind of promise", "instruction"),             I, OFFICE,  {"": "2wd"}),
    CaseKind(SIGN_IN,        pgettext_lazy("kind of promise", "signing in"),              I, HOLDER,  {"": "1wd"}),
    CaseKind(RETURN_RULING,  pgettext_lazy("kind of promise", "ruling on a return"),      I, OFFICE,  {"": "2wd"}),
    CaseKind(DESIGNATE,      pgettext_lazy("kind of promise", "designation of a lead organ"), I, OFFICE, {"": "2wd"}),
    # Of a complainant who stays unknown to the organ the office owes it: see ``owes_of``.
    CaseKind(CONTACT,        pgettext_lazy("kind of promise", "first contact"),           C, HOLDER,  {"": "2wd"}),
    CaseKind(REPLY,          pgettext_lazy("kind of promise", "reply"),                   C, HOLDER,
             {Kind.CONSULTATION: "5wd", Kind.REQUEST: "10wd", Kind.SUGGESTION: "10wd", Kind.COMPLAINT: "15wd",
              COMPLEX: "30wd", RECEPTION: "15wd"},
             {Kind.CONSULTATION: "5wd", Kind.REQUEST: "10wd", Kind.SUGGESTION: "10wd", Kind.COMPLAINT: "15wd",
              COMPLEX: "30wd", RECEPTION: "10wd"}),
    CaseKind(RESUME_CHECK,   pgettext_lazy("kind of promise", "check of a stopped clock"), I, OFFICE, {"": "15wd"}),
    CaseKind(REPORT,         pgettext_lazy("kind of promise", "closing report"),          I, HOLDER,  {"": "2wd"}),
    CaseKind(CLOSE_REVIEW,   pgettext_lazy("kind of promise", "review of closing"),       I, OFFICE,  {"": "3wd"}),
    CaseKind(REWORK,         pgettext_lazy("kind of promise", "reply after rework"),      C, HOLDER,  {"": "10wd"},
             {"": "5wd"}),
    CaseKind(EVALUATE,       pgettext_lazy("kind of promise", "evaluation"),              P, CITIZEN, {"": "10wd"}),
    CaseKind(FOLLOW_UP,      pgettext_lazy("kind of promise", "follow-up call"),          I, OFFICE,  {"": "5wd"}),
    CaseKind(REVIEW_APPLY,   pgettext_lazy("kind of promise", "request for review"),      P, CITIZEN, {"": "30d"}),
    CaseKind(REVIEW,         pgettext_lazy("kind of promise", "decision of the review"),  C, OFFICE,  {"": "30d"}),
    CaseKind(FINAL_APPLY,    pgettext_lazy("kind of promise", "request for final review"), P, CITIZEN, {"": "30d"}),
    CaseKind(FINAL,          pgettext_lazy("kind of promise", "decision of the final review"), C, OFFICE,
             {"": "30d"}),
    CaseKind(ASSIST_SIGN_IN, pgettext_lazy("kind of promise", "signing in of a part"),    I, ASSISTING, {"": "1wd"}),
    CaseKind(ASSIST,         pgettext_lazy("kind of promise", "part of an assisting organ"), I, ASSISTING,
             {"": "5wd"}),
    CaseKind(SUPERVISE,      pgettext_lazy("kind of promise", "answer to a supervision order"), I, HOLDER,
             {"": "5wd", URGENT: "1wd"}),
    CaseKind(ARCHIVE,        pgettext_lazy("kind of promise", "archiving"),               I, OFFICE,  {"": "10wd"}),
    CaseKind(ERASURE,        pgettext_lazy("kind of promise", "decision on erasing personal data"), C, OFFICE,
             {"": "15wd"}),
    CaseKind(NEW_CODE,       pgettext_lazy("kind of promise", "confirmation of a new code"), I, OFFICE, {"": "2wd"}),
    CaseKind(CONFIRM,        pgettext_lazy("kind of promise", "check of a contact"), I, OFFICE, {"": "2wd"}),
    CaseKind(REPORT_UP,      pgettext_lazy("kind of promise", "report to the superior organ"), I, OFFICE, {"": "5wd"}),
)
# fmt: on
BY_NAME = {kind.name: kind for kind in KINDS}
# What is promised about the complainant's own data runs on whatever becomes of the matter (docs/trust.md P-13, S-11).
OF_PERSON = (ERASURE, NEW_CODE, CONFIRM)
# What can be kept only as long as the office can know who the complainant is.
OF_KNOWN = (CONTACT, FOLLOW_UP, NEW_CODE, CONFIRM)
# What the office owes beside the way of a case, wherever that lies meanwhile.
OF_OFFICE_BESIDE = (*OF_PERSON, FOLLOW_UP, EDIT_TEXT, REPORT_UP)
# So is the sheet of a case that was assigned before it was submitted.
SHEET_AFTERWARDS = Q(kind=SUBMIT, variant=URGENT)
# Their last day is chosen by whoever takes the step that opens them.
CHOSEN = (ASSIST, QUESTION)
# Who knows when somebody was received whose case was typed in afterwards.
_told_at: list[Callable[[Case], datetime | None]] = []
# So does the report to whoever passed a case down: that it was withdrawn or joined is a result too.
OF_MATTER = tuple(name for name in BY_NAME if name not in (*OF_PERSON, REPORT_UP))


def register_kinds() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    registry.register_moved(PREFIX, refresh_next_due, lock=lock_cases)
    for kind in KINDS:
        registry.register(
            registry.DeadlineKind(
                name=kind.name,
                label=kind.label,
                promise=kind.promise,
                limits=kind.limits,
                extensions=kind.extensions,
                subject_model=(Assistance if kind.is_of_part else Case)._meta.label_lower,
                owed_by="organ" if kind.owes in (Owes.HOLDER, Owes.ASSISTING) else "office",
            )
        )


def variant_of(case: Case, name: str) -> str:
    """Return which limit of the kind ``name`` holds for ``case``: few kinds have more than one."""
    if name == SUPERVISE:
        return URGENT if case.urgent else ""
    if name == SUBMIT:  # an urgent case may have been given to somebody before it is submitted
        return "" if case.handling_organ_id is None else URGENT
    if name != REPLY:
        return ""
    if case.kind == Kind.COMPLAINT and counts_from_reception(case):
        return RECEPTION
    return COMPLEX if case.complexity == Complexity.COMPLEX else case.kind


def counts_from_reception(case: Case) -> bool:
    """
    Say whether a complaint is answered in time counted from the reception at which it was said, however complex.

    It is the head who was told, face to face (docs/domain.md 3.5). The other kinds have less time from
    their acceptance; what a review brings back has the portal's own time.
    """
    return case.channel == Channel.RECEPTION_DAY and not was_promised(case, REPLY)


def reception_day_of(case: Case) -> date:
    """
    Return the day by which what was said at a reception is answered; it is set with the acceptance, and told then.

    It counts from the reception, not from the day on which that was typed in.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    told_at = min([case.received_at, *(each for ask in _told_at if (each := ask(case)) is not None)])
    limit = rules.terms_of(REPLY, RECEPTION, on=local_day(told_at)).limit
    return local_day(due_at(told_at, limit, calendar=store.load()))


def register_reception(told_at: Callable[[Case], datetime | None]) -> None:
    """Have it said when somebody was received, who may be written down days later; called once, as the app is ready."""
    _told_at.append(told_at)


def letter_day_of(case: Case, name: str) -> date | None:
    """
    Return the day that the letter of a superior organ sets for a promise that begins now; None without one.

    It comes before the portal's own limits, for the report and, until that was made, for the reply (docs/domain.md
    4.7). What begins on that day, or after it, is due on the same day.
    """
    if name not in (REPLY, REPORT_UP) or case.channel != Channel.SUPERIOR:
        return None
    origin = getattr(case, "origin", None)
    if origin is None or origin.report_by is None:
        return None
    # Once the result was reported the letter is answered: what a review brings back has the portal's own time.
    if name == REPLY and running(case, REPORT_UP) is None:
        return None
    return origin.report_by


def open_for(case: Case, name: str, /, *, at: datetime) -> None:
    """Open the promise ``name`` about ``case`` at ``at``, owed by who owes it as the case stands."""
    open_all(case, engine.hold(case, [name]), [name], at=at)


def open_all(
    case: Case, promises: engine.Promises, names: Iterable[str], /, *, at: datetime, days: int | None = None
) -> None:
    """
    Open several promises about ``case`` at ``at``, each owed by who owes it as the case stands.

    :param days: working days, for the kinds where whoever took the step chose them; else the limit of the kind holds
    """
    calendar = store.hold() if names else None
    owners: dict[Owes, Owner] = {}
    begun = []
    for name in names:
        owes = owes_of(case, name)
        owner = owners[owes] = owners.get(owes) or owner_of(case, name, at)
        variant = variant_of(case, name)
        begun.append(
            engine.beginning(
                case,
                name,
                at=at,
                variant=variant,
                organ=owner.organ,
                post=owner.post,
                responsible=owner.responsible,
                limit=Limit(days, Unit.WORKING_DAY) if days and name in CHOSEN else None,
                fixed_on=reception_day_of(case) if variant == RECEPTION else letter_day_of(case, name),
                calendar=calendar,
            )
        )
    promises.open(begun)


def first_for(case: Case, name: str, /, *, at: datetime) -> Deadline:
    """Return the promise ``name`` about a case that is being filed, owed by the office, to be stored with the case."""
    return engine.beginning(
        case,
        name,
        at=at,
        variant=variant_of(case, name),
        organ=Organ(pk=case.office_id),
        fixed_on=letter_day_of(case, name),
    )


def open_for_part(part: Assistance, name: str, /, *, at: datetime) -> Deadline:
    """
    Open the promise ``name`` about a part at ``at``; the organ owes it as such, whoever there has taken it in hand.

    The time for the part itself is the one that the office chose when it asked.
    """
    limit = Limit(part.days, Unit.WORKING_DAY) if name == ASSIST else None
    return engine.open(part, name, at=at, organ=part.organ, limit=limit)


class Owner(NamedTuple):
    """Who owes a promise: always an organ; a post and a person once somebody there has taken it in hand."""

    organ: Organ
    post: Post | None = None
    responsible: "User | None" = None


def owes_of(case: Case, name: str) -> Owes:
    """
    Return who owes promises of the kind ``name`` about ``case``.

    Whoever stays unknown to the handling organ can be called by the office alone (docs/domain.md 4.3). What was
    ordered from an office is answered by an office, whoever has the case meanwhile (4.6).
    """
    is_unknown = not case.consent and not case.is_own_handling
    if name == CONTACT and is_unknown:
        return Owes.OFFICE
    if name == SUPERVISE and not case.is_own_handling and _is_ordered_from_office(case):
        return Owes.OFFICE
    return BY_NAME[name].owes


def _is_ordered_from_office(case: Case) -> bool:
    """Whether the order that waits went to an efficiency office: it stays there when an organ gets the case."""
    waiting = SupervisionOrder.objects.waiting().filter(case_id=case.pk, organ__kind=OrganKind.EFFICIENCY_OFFICE)
    return asked_once(("ordered from office", case.pk), waiting.exists)


def owner_of(case: Case, name: str, at: datetime) -> Owner:
    """Return who owes the promise ``name`` about ``case`` as it stands."""
    if owes_of(case, name) is not Owes.HOLDER or case.handling_organ is None:
        return Owner(case.office)
    return Owner(case.handling_organ, post_of_handler(case, at), case.handler)


def post_of_handler(case: Case, at: datetime) -> Post | None:
    """Return the post from which the handler handles; none while the case waits in the queue of the organ."""
    if case.handler_id is None or case.handling_organ_id is None:
        return None
    tenures = Tenure.objects.running(timezone.localdate(at)).filter(user_id=case.handler_id).exclude(post__role="")
    # The post in the organ itself that handles comes before any other there, that before one above the organ, and
    # among these one held before one stood in for.
    at_organ = Q(post__organ_id=case.handling_organ_id)
    handles = Q(post__role=Role.OFFICE_OFFICER if case.is_own_handling else Role.CLERK)
    place = Choose(When(at_organ & handles, then=0), When(at_organ, then=1), default=2)
    tenure = tenures.select_related("post").order_by(place, "kind", "id").first()
    return tenure.post if tenure else None


def running_kinds(case: Case) -> set[str]:
    """Return the kinds of promise that run for ``case``, suspended ones included."""
    return set(_running([case.pk]).values_list("kind", flat=True))


def was_promised(case: Case, name: str) -> bool:
    """Say whether the promise ``name`` about the case was ever opened."""
    promised = Deadline.objects.filter(content_type=content_type(), object_id=case.pk, kind=name)
    return promised.exists()


def running(case: Case, name: str) -> Deadline | None:
    """Return the running promise of the kind ``name``, if there is one."""
    return asked_once(("running", case.pk), lambda: _by_kind(_running([case.pk]))).get(name)


def cancelled(case: Case, name: str) -> Deadline | None:
    """Return the last promise of the kind ``name`` that was cancelled."""
    ended = Deadline.objects.filter(
        content_type=content_type(), object_id=case.pk, kind=name, state=DeadlineState.CANCELLED
    )
    return ended.order_by("-generation").first()


def running_beside(case_id: "OuterRef", name: str) -> "QuerySet[Deadline]":
    """Return the running promises of the kind ``name`` of the case of an outer question, for many cases at once."""
    return Deadline.objects.filter(
        content_type=content_type(),
        object_id=case_id,
        kind=name,
        state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED],
    )


def running_of_kind(name: str) -> "QuerySet[Deadline]":
    """Return the running promises of the kind ``name`` of all cases; an index holds them."""
    return Deadline.objects.running().filter(content_type=content_type(), kind=name)


def running_of(case: Case, names: Collection[str]) -> dict[str, Deadline]:
    """Return the running promises of these kinds by kind, in one question."""
    return _by_kind(_running([case.pk]).filter(kind__in=names))


def next_owed(case: Case) -> Deadline | None:
    """
    Return the promise of government about ``case`` that falls due first; a clock that stands still owes nothing.

    A call, a report upward or a sheet that the office owes beside the organ's work comes last: whoever has the case in
    hand is who is waited for.
    """
    running_now = _running([case.pk]).filter(state=DeadlineState.OPEN).exclude(promise=Promise.OWED_BY_CITIZEN)
    beside = [REPORT_UP, CONTACT] if owes_of(case, CONTACT) is Owes.OFFICE else [REPORT_UP]
    is_beside = Choose(When(Q(kind__in=beside) | SHEET_AFTERWARDS, then=1), default=0)
    return running_now.order_by(is_beside, "due_at", "id").first()


def pass_to_owner(case: Case, promises: engine.Promises, /, *, at: datetime) -> None:
    """Let the running promises be owed by who owes them now; their clocks run on (docs/domain.md 4.6)."""
    for owes in (Owes.OFFICE, Owes.HOLDER):
        names = [name for name in promises.kinds if owes_of(case, name) is owes]
        if names:
            owner = owner_of(case, names[0], at)
            promises.reassign(names, organ=owner.organ, post=owner.post, responsible=owner.responsible)


def of_case(case: Case) -> list[Deadline]:
    """Return every promise about ``case`` in the order in which they started, those that ended included."""
    return list(
        Deadline.objects.filter(content_type=content_type(), object_id=case.pk)
        .select_related("organ", "post", "responsible")
        .order_by("started_at", "id")
    )


def shown_to_citizen(case: Case) -> list[Deadline]:
    """Return the promises about ``case`` that its citizen sees, in the order in which they started."""
    return _shown_to_citizen(content_type().pk).rows(case.pk)


@cache
def _shown_to_citizen(type_id: int) -> Kept[Deadline]:
    return Kept(
        lambda key: (
            Deadline.objects.filter(content_type_id=type_id, object_id=key)
            .exclude(promise=Promise.INTERNAL)
            .select_related("organ")
            .order_by("started_at", "id")
        ),
        int,
    )


def of_parts(parts: Iterable[Assistance]) -> dict[int, Deadline]:
    """Return for each part the promise to answer it, running or ended."""
    found = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Assistance),
        object_id__in=[part.pk for part in parts],
        kind=ASSIST,
    )
    return {each.object_id: each for each in found.select_related("organ").order_by("id")}


def _by_kind(promises: "QuerySet[Deadline]") -> dict[str, Deadline]:
    return {each.kind: each for each in promises.order_by("generation")}


def _running(case_ids: Iterable[int]) -> "QuerySet[Deadline]":
    return Deadline.objects.filter(
        content_type=content_type(),
        object_id__in=case_ids,
        state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED],
    )


def end_of_known(case_ids: Collection[int], /, *, at: datetime) -> None:
    """
    End what only a complainant who is known can be promised, of cases whose complainant has been erased.

    The few that wait for such a thing are locked, and the column that the work queue sorts by is set anew.
    """
    waiting = _running(case_ids).filter(kind__in=OF_KNOWN)
    ids = list(waiting.values_list("pk", flat=True))
    if not ids:
        return
    promises = Deadline.objects.filter(pk__in=ids)
    lock_cases(promises)
    for case in Case.objects.filter(pk__in=promises.values("object_id")).order_by("pk"):
        engine.cancel(case, OF_KNOWN, at=at)
    refresh_next_due(promises)


def content_type() -> ContentType:
    """Return the type under which the engine knows cases."""
    return ContentType.objects.get_for_model(Case)


def lock_cases(promises: "QuerySet[Deadline]") -> None:
    """Lock the cases of these promises, in the order of their ids; those of parts move no column of a case."""
    subjects.lock(Case, promises)


def refresh_next_due(moved: "QuerySet[Deadline]") -> None:
    """
    Set the column that the work queue sorts by anew for the cases of the deadlines that moved with the calendar.

    What the complainant owes is left out: it is nobody's work.
    """
    subjects.refresh_next_due(Case, moved)
