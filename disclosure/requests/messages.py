"""Who is told of a step with a request; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import Enum

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.models import InformationRequest, RequestAnswer, RequestEvent, RequestIdentity
from efficiency.access import cipher
from efficiency.access.models import User
from efficiency.access.persons import accounts_of_each
from efficiency.organs.models import Organ, Role, Tenure
from efficiency.organs.offices import in_charge_of
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup

APPLICANT = "disclosure.applicant"
RECEIVED, NEWS = "requests.received", "requests.news"
MANY = "requests.many_looks"
TRACK = "/disclosure/requests/track/"


class Told(Enum):
    """Who may be told of a step."""

    APPLICANT = "applicant"  # at their wish only
    EDITORS = "editors"  # whoever answers requests in the organ
    LEADERS = "leaders"  # whoever approves there
    OFFICE = "office"  # the efficiency office above the organ


# fmt: off
KINDS = (
    ("requests.file", _("New request for information %(number)s"),
     _("Request for information %(number)s has been received. Please look whether it is clear."), MessageGroup.WORK),
    ("requests.supplement", _("Request %(number)s has been supplemented"),
     _("The applicant has supplemented request %(number)s. The time for the answer begins anew."),
     MessageGroup.CITIZEN),
    ("requests.give_reasons", _("Reasons were given for request %(number)s"),
     _("The applicant of request %(number)s has given reasons. No date changes."), MessageGroup.CITIZEN),
    ("requests.withdraw", _("Request %(number)s was withdrawn"),
     _("The applicant has withdrawn request %(number)s. Nothing is promised in it any more."), MessageGroup.CITIZEN),
    ("requests.lapse_opinion", _("No opinion came for request %(number)s"),
     _("Whoever was asked in request %(number)s gave no opinion in time. The clock runs again: please decide."),
     MessageGroup.WORK),
    ("requests.ask_extension", _("More time is asked for in request %(number)s"),
     _("More time is asked for in request %(number)s, and waits for your decision."), MessageGroup.DECISION),
    ("requests.extend", _("More time in request %(number)s"),
     _("More time was given in request %(number)s, once. The applicant is told."), MessageGroup.PROGRESS),
    ("requests.refuse_extension", _("No more time in request %(number)s"),
     _("The time that was asked for in request %(number)s was refused. The old date stays."), MessageGroup.PROGRESS),
    ("requests.lapse_extension", _("No more time in request %(number)s"),
     _("The time that was asked for in request %(number)s was not decided on before the old date, which stays."),
     MessageGroup.PROGRESS),
    ("requests.draft", _("An answer to request %(number)s waits for approval"),
     _("The draft of an answer to request %(number)s waits for your approval."), MessageGroup.DECISION),
    ("requests.return_draft", _("Your answer to request %(number)s was sent back"),
     _("The draft of the answer to request %(number)s was sent back with a remark."), MessageGroup.WORK),
    ("requests.approve", _("The answer to request %(number)s is approved and waits to be sent"),
     _("The answer to request %(number)s was approved. Please send it and record how."), MessageGroup.WORK),
    ("requests.approve_online", _("The answer to request %(number)s has been sent"),
     _("The answer to request %(number)s was approved and sent."), MessageGroup.PROGRESS),
    ("requests.ask_review", _("A review of request %(number)s is asked for"),
     _("The applicant of request %(number)s asks for an internal review. It waits for your decision."),
     MessageGroup.DECISION),
    ("requests.enter_review", _("A review of request %(number)s is asked for"),
     _("The applicant of request %(number)s asks for an internal review. It waits for your decision."),
     MessageGroup.DECISION),
    ("requests.urge", _("Applicant of request %(number)s says that it is late"),
     _("The applicant of request %(number)s says that the promised time is over. It has been escalated."),
     MessageGroup.CITIZEN),
    ("requests.ask_new_code", _("A new code for request %(number)s waits for a second person"),
     _("A new code is asked for in request %(number)s, for an applicant who lost theirs. Another person confirms it."),
     MessageGroup.DECISION),
    ("requests.ask_erasure", _("The erasure of who asked is asked for in request %(number)s"),
     _("The applicant of request %(number)s asks for the erasure of what is kept about them. It waits for a decision."),
     MessageGroup.DECISION),
    ("requests.uphold", _("The review of request %(number)s is decided"),
     _("The review of request %(number)s found that the answer stands."), MessageGroup.PROGRESS),
    ("requests.order_again", _("Request %(number)s has to be answered anew"),
     _("The review of request %(number)s found that it has to be answered anew. A new promise has begun."),
     MessageGroup.WORK),
    (MANY, _("Many applicants were looked at"),
     _("One member of staff has looked at more than %(count)s applicants for information on %(day_on)s."),
     MessageGroup.ESCALATION),
    (RECEIVED, _("Your request for information %(number)s"),
     _("We have received your request for information. Its number is %(number)s. Follow it with this number and your "
       "secret code."), MessageGroup.PROGRESS),
    (NEWS, _("News in your request for information %(number)s"),
     _("There is news in your request for information %(number)s. Look it up with this number and your secret code."),
     MessageGroup.PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts, subject and addresses known to the outbox; called once, when the app is ready."""
    for name, subject, body, group in KINDS:
        registry.register_kind(name, subject, body, group=group)
    registry.register_subject(InformationRequest, labels_of, may_know, public=public_labels_of)
    registry.register_address(APPLICANT, addresses_of)


def tell(event: RequestEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    request, cause = event.request, f"request-event:{event.pk}"
    to: list[int] = []
    for audience in told:
        if audience is Told.APPLICANT:
            if RequestIdentity.objects.filter(request=request, wants_email=True).exclude(email=b"").exists():
                kind = RECEIVED if event.action == "file" else NEWS
                outbox.post(cause, kind, refs=[f"{APPLICANT}:{request.pk}"], subject=request, at=event.at)
        else:
            to += people_of(request, audience, timezone.localdate(event.at))
    to = [user_id for user_id in dict.fromkeys(to) if user_id != event.actor_id]
    if to:
        outbox.post(cause, f"requests.{event.action}", to=to, subject=request, at=event.at)


def people_of(request: InformationRequest, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns: where there is no editor the leaders, else those of the organ above."""
    if audience is Told.OFFICE:
        office = in_charge_of(request.organ)
        found = _holders(office.pk, [Role.OFFICE_OFFICER], on) if office else []
        recused = _recused(request)
        return [pk for pk in found if pk not in recused]
    roles = [[Role.DISCLOSURE_EDITOR], [Role.ORGAN_LEADER]] if audience is Told.EDITORS else [[Role.ORGAN_LEADER]]
    nearest: Organ | None = request.organ
    while nearest is not None:
        for those in roles if nearest.pk == request.organ_id else [[Role.ORGAN_LEADER]]:
            if found := _holders(nearest.pk, those, on):
                return found
        nearest = nearest.parent
    return []


def _recused(request: InformationRequest) -> set[int]:
    """Return the accounts of whoever drafted or approved the answer under review (docs/trust.md Z-07)."""
    answers = RequestAnswer.objects.filter(request=request, review__isnull=False, review__result="")
    had_part = answers.select_related("drafted_by", "decided_by")
    people = [person for answer in had_part for person in (answer.drafted_by, answer.decided_by) if person]
    return {pk for _person, pk in accounts_of_each(people)}


def _holders(organ_id: int, roles: list[Role], on: date) -> list[int]:
    tenures = Tenure.objects.running(on).filter(user_id=OuterRef("pk"), post__organ_id=organ_id, post__role__in=roles)
    people = User.objects.filter(Exists(tenures), is_active=True)
    return list(people.order_by("pk").values_list("pk", flat=True))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each request."""
    return {
        pk: (number, reverse("admin:disclosure_informationrequest_change", args=[pk]))
        for pk, number in InformationRequest.objects.filter(pk__in=ids).values_list("pk", "number")
    }


def public_labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and address for the applicant; the address opens nothing without the code."""
    rows = InformationRequest.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: (number, TRACK) for pk, number in rows}


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, request) in which the person may know of the request at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = InformationRequest.objects.filter(pk__in=ids).headers_visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known


def addresses_of(ids: Collection[int]) -> dict[int, str]:
    """Return the e-mail addresses of the applicants who want letters, by request."""
    rows = RequestIdentity.objects.filter(request_id__in=ids, wants_email=True).exclude(email=b"")
    return {row.request_id: cipher.decrypt(row.email, row=row_named(row.request_id), field="email") for row in rows}


def row_named(request_id: int) -> str:
    """Return the name under which the identity of a request is sealed (docs/trust.md P-01)."""
    return f"disclosure.identity:{request_id}"
