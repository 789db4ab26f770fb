"""What an applicant sees of their own data, and what became of what they asked for (docs/trust.md P-13)."""

from dataclasses import dataclass
from datetime import datetime

from disclosure.models import InformationRequest, RequestErasure
from disclosure.requests import deadlines, identity
from disclosure.requests.enums import ErasureRefusal
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.own_data import Look, Refusal
from efficiency.pages.promise_view import view_of

# The page lists so many looks at the identity, the newest, and says how many there were in all.
MOST_LOOKS = 100
_ANSWERS = ("ask_erasure", "grant_erasure", "refuse_erasure")


@dataclass(frozen=True, slots=True)
class OwnData:
    """All that the page of one's own data shows before the code is typed again."""

    masked: identity.Identity | None
    erased_at: datetime | None
    may_hide: bool
    may_ask_erasure: bool
    erasure_deadline: DeadlineView | None
    refusal: Refusal | None
    looks: list[Look]
    look_count: int


def page_of(request: InformationRequest, *, at: datetime) -> OwnData:
    """Return what the page shows of the applicant of ``request`` at ``at``."""
    masked = identity.masked(request)
    erasure = RequestErasure.objects.filter(request=request).first()
    waiting = deadlines.running(request, deadlines.ERASURE)
    looks = request.looks.select_related("organ").order_by("-at", "-pk")
    return OwnData(
        masked=masked,
        erased_at=erasure.at if erasure else None,
        may_hide=masked is not None and request.consent,
        may_ask_erasure=masked is not None and waiting is None,
        erasure_deadline=view_of(waiting, at=at) if waiting else None,
        refusal=_refusal(request),
        looks=[Look(look.at, look.organ.name) for look in looks[:MOST_LOOKS]],
        look_count=looks.count(),
    )


def _refusal(request: InformationRequest) -> Refusal | None:
    """The refusal of an erasure, as long as nothing was asked for or decided after it."""
    last = request.events.filter(action__in=_ANSWERS).order_by("-number").first()
    if last is None or last.action != "refuse_erasure":
        return None
    return Refusal(last.at, ErasureRefusal(last.data["ground"]).label, last.public_text)
