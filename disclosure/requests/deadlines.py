"""What requests for information promise (docs/domain.md 3.5, 6.3), and who owes it."""

from collections.abc import Collection
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from disclosure.models import InformationRequest
from efficiency import handing_over
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, DeadlineQuerySet, DeadlineState, Promise
from efficiency.organs.models import Organ, Post, Role, Tenure, TenureKind
from efficiency.organs.offices import in_charge_of

if TYPE_CHECKING:
    from efficiency.access.models import User

PREFIX = "requests."
SUPPLEMENT_NOTICE = "requests.supplement_notice"
ANSWER = "requests.answer"
SUPPLEMENT = "requests.supplement"
THIRD_PARTY = "requests.third_party"
CO_ORGAN = "requests.co_organ"
REASONS = "requests.reasons"
FEE = "requests.fee"
REVIEW_APPLY = "requests.review_apply"
REVIEW = "requests.review"
NEW_CODE = "requests.new_code"
ERASURE = "requests.erasure"
# What the office owes, not the organ.
OF_OFFICE = (REVIEW, NEW_CODE, ERASURE)
# What goes on beside the way of a request, whatever becomes of that.
BESIDE = (NEW_CODE, ERASURE)
# An answer after a review that found the first one wrong.
AGAIN = "again"


class Kind(NamedTuple):
    """One row of docs/domain.md 3.5."""

    name: str
    label: Lazy
    promise: Promise
    limits: dict[str, str]
    extensions: dict[str, str]
    at_most: dict[str, str]
    owed_by: str = "organ"


C, I, P = Promise.CITIZEN, Promise.INTERNAL, Promise.OWED_BY_CITIZEN  # noqa: E741 - the marks of docs/domain.md 3.5
# fmt: off
KINDS = (
    Kind(SUPPLEMENT_NOTICE, pgettext_lazy("kind of promise", "look whether a request is clear"), C,
         {"": "7wd"}, {}, {"": "7wd"}),
    Kind(ANSWER,       pgettext_lazy("kind of promise", "answer to a request for information"), C,
         {"": "20wd", AGAIN: "15wd"}, {"": "20wd"}, {"": "20wd", AGAIN: "20wd"}),
    Kind(SUPPLEMENT,   pgettext_lazy("kind of promise", "supplement of a request for information"), P,
         {"": "15wd"}, {}, {}),
    Kind(THIRD_PARTY,  pgettext_lazy("kind of promise", "opinion of a third party"), P,
         {"": "15wd"}, {}, {"": "15wd"}),
    # Nobody is late with it: silence is agreement, and the organ goes on without an opinion (Art. 34).
    Kind(CO_ORGAN,     pgettext_lazy("kind of promise", "opinion of a co-producing organ"), P,
         {"": "15wd"}, {}, {"": "15wd"}),
    Kind(REASONS,      pgettext_lazy("kind of promise", "reasons for many requests"), P, {"": "7wd"}, {}, {}),
    Kind(FEE,          pgettext_lazy("kind of promise", "fee for a request for information"), P,
         {"": "20wd"}, {}, {"": "20wd"}),
    Kind(REVIEW_APPLY, pgettext_lazy("kind of promise", "wish for an internal review"), P, {"": "30d"}, {}, {}),
    Kind(REVIEW,       pgettext_lazy("kind of promise", "internal review"), C, {"": "15wd"}, {}, {}, "office"),
    Kind(NEW_CODE,     pgettext_lazy("kind of promise", "confirmation of a new code"), I,
         {"": "2wd"}, {}, {}, "office"),
    Kind(ERASURE,      pgettext_lazy("kind of promise", "decision on erasing who asked"), C,
         {"": "15wd"}, {}, {}, "office"),
)
# fmt: on


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(InformationRequest, why=handing_over.OF_ORGAN)
    registry.register_moved(
        PREFIX,
        partial(subjects.refresh_next_due, InformationRequest),
        lock=partial(subjects.lock, InformationRequest),
    )
    for kind in KINDS:
        registry.register(
            registry.DeadlineKind(
                name=kind.name,
                label=kind.label,
                promise=kind.promise,
                limits=kind.limits,
                extensions=kind.extensions,
                subject_model=InformationRequest._meta.label_lower,
                owed_by=kind.owed_by,
                at_most=kind.at_most,
            )
        )


def open_kind(request: InformationRequest, kind: str, /, *, at: datetime, variant: str = "") -> Deadline:
    """
    Open a promise about a request, owed by whoever answers for it: the organ's editor, or the office.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    on = timezone.localdate(at)
    if kind in OF_OFFICE:
        office = in_charge_of(request.organ)
        return engine.open(request, kind, at=at, organ=office or request.organ)
    post = post_in_charge(request.organ, on)
    return engine.open(request, kind, at=at, organ=request.organ, post=post, variant=variant)


def post_in_charge(organ: Organ, on: date) -> Post | None:
    """Return the post that answers requests of an organ: the first disclosure editor's, else the leader's."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__is_active=True, post__organ=organ)
    for role in (Role.DISCLOSURE_EDITOR, Role.ORGAN_LEADER):
        tenure = held.filter(post__role=role).select_related("post").order_by("post__code", "pk").first()
        if tenure is not None:
            return tenure.post
    return None


def running(request: InformationRequest, kind: str) -> Deadline | None:
    """Return the promise of this kind that runs, or None."""
    return engine.running(request, [kind]).order_by("-generation").first()


def running_of_kind(*kinds: str) -> DeadlineQuerySet:
    """Return the promises of these kinds that run, of all requests; an index holds them."""
    type_ = ContentType.objects.get_for_model(InformationRequest)
    return Deadline.objects.running().filter(content_type=type_, kind__in=kinds)


def last(request: InformationRequest, kind: str) -> Deadline | None:
    """Return the newest promise of this kind, whatever became of it."""
    return engine.of_subject(request).filter(kind=kind).order_by("-generation").first()


def shown_to_applicant(request: InformationRequest) -> list[Deadline]:
    """Return what the applicant is promised and has time for, newest last; what others have time for is left out."""
    hidden = (THIRD_PARTY, CO_ORGAN, NEW_CODE)
    return [each for each in reversed(subjects.all_of(request)) if each.kind not in hidden]


def promised(request: InformationRequest) -> list[Deadline]:
    """Return what the applicant is promised and whose clock runs, the first due first: one that stands is not late."""
    rows = engine.running(request).filter(promise=Promise.CITIZEN, state=DeadlineState.OPEN)
    return list(rows.order_by("due_at", "pk"))


def all_of(request: InformationRequest) -> list[Deadline]:
    """Return all promises about a request, the newest first."""
    return subjects.all_of(request)


def was_asked_for_supplement(request: InformationRequest) -> bool:
    """Say whether the one supplement was asked for already (Art. 30)."""
    return engine.of_subject(request).filter(kind=SUPPLEMENT).exists()


def has_lapsed(deadline: Deadline | None, at: datetime) -> bool:
    """Say whether a time that others had is over without them having acted."""
    if deadline is None:
        return False
    return deadline.state == DeadlineState.LAPSED or (deadline.is_running and at >= deadline.overdue_at)


def end_all(
    request: InformationRequest, /, *, at: datetime, kinds: Collection[str] | None = None, but: Collection[str] = ()
) -> None:
    """End what runs about a request without keeping it: of these kinds, or all; never ``but`` these."""
    running_now = engine.running(request).values_list("kind", flat=True)
    meant = {kind for kind in (running_now if kinds is None else kinds) if kind not in but}
    if meant:
        engine.cancel(request, meant, at=at)


def end_of_person(requests: Collection[InformationRequest], /, *, at: datetime) -> None:
    """End of these requests, which are locked, what can be promised only as long as it is known who asked."""
    running_now = running_of_kind(*BESIDE).filter(object_id__in=[each.pk for each in requests])
    asked = set(running_now.values_list("object_id", flat=True))
    for request in requests:
        if request.pk in asked:
            end_all(request, at=at, kinds=BESIDE)
            request.next_due_at = engine.next_due_at(request)
            request.save(update_fields=["next_due_at"])


def resume_answer(request: InformationRequest, /, *, at: datetime, by: "User | None") -> None:
    """Let the clock of the answer run again, if it stands still."""
    promise = running(request, ANSWER)
    if promise is not None and promise.state == DeadlineState.SUSPENDED:
        engine.resume(request, ANSWER, at=at, by=by)
