"""
Observations of social supervisors, from the three fields to the answer (docs/domain.md 11).

The office looks at each, answers it or passes it on; the organ's answer goes out when the office has looked at it. An
answer comes within ten working days of the observation, whoever has it. What a case, a card or a correction makes of it
goes its own way; the supervisor learns where that stands, and nothing else (docs/trust.md, column So).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.models import Card, Correction
from complaints import actions as cases
from complaints.enums import Channel
from complaints.models import Case
from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.rows import rows_of
from efficiency.access.scope import Seat, scope_of
from efficiency.files.clean import CleanFile
from efficiency.files.store import FileUnavailable
from efficiency.kept_questions import is_within
from efficiency.organs.models import Organ, Post
from efficiency.personal_numbers import find_numbers
from efficiency.steps import frame, succeeding
from efficiency.timing.calendar import OutsideCalendar
from supervision import naming
from supervision.models import (
    Appointment,
    Gathering,
    Observation,
    ObservationEvent,
    ObservationResult,
    ObservationToken,
)
from supervision.supervisors import deadlines, messages, numbers
from supervision.supervisors.access import Side, office_of_observation, seats_that_may
from supervision.supervisors.enums import OBSERVATION_ENDED, GatheringState, ObservationState
from supervision.supervisors.files import files
from supervision.supervisors.refusals import Absent, Changed, Invalid, NotAllowed, NotInState

_CARD = re.compile(r"JP\d{4}(\d{7,12})", re.ASCII)
LONGEST_TEXT, LONGEST_PLACE, LONGEST_REASON = 5000, 200, 1000
# What a case asks for: words of so many signs, and a name of so many.
SHORTEST_CASE, LONGEST_NAMED = 10, 80


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table: the right, the side, and whether the supervisor and the organ do not read of it."""

    right: str = ""
    side: Side = Side.OFFICE
    is_internal: bool = False


RECEIVED, WITH_ORGAN, TO_RELEASE = ObservationState.RECEIVED, ObservationState.WITH_ORGAN, ObservationState.TO_RELEASE
CHECK, ANSWER = "observation.check", "observation.answer"
# fmt: off
TABLE = (
    Transition("pass_on",      pgettext_lazy("step with an observation", "pass on to the organ"),
               frozenset({RECEIVED}),             WITH_ORGAN,                CHECK),
    Transition("answer",       pgettext_lazy("step with an observation", "answer"),
               frozenset({RECEIVED}),             ObservationState.ANSWERED, CHECK),
    Transition("draft_answer", pgettext_lazy("step with an observation", "hand in the answer of the organ"),
               frozenset({WITH_ORGAN}),           TO_RELEASE,                ANSWER, Side.ORGAN, is_internal=True),
    Transition("release",      pgettext_lazy("step with an observation", "release the answer"),
               frozenset({TO_RELEASE}),           ObservationState.ANSWERED, CHECK),
    Transition("send_back",    pgettext_lazy("step with an observation", "send the answer back"),
               frozenset({TO_RELEASE}),           WITH_ORGAN,                CHECK, is_internal=True),
    Transition("take_up",      pgettext_lazy("step with an observation", "take up as a case"),
               frozenset({RECEIVED, WITH_ORGAN, TO_RELEASE}), ObservationState.CASE, CHECK),
    # A card or a correction is issued by its own actions; here it is named, also after the answer.
    Transition("note_result",  pgettext_lazy("step with an observation", "name what followed"),
               frozenset({RECEIVED, WITH_ORGAN, TO_RELEASE, *OBSERVATION_ENDED}), None, CHECK),
)
# fmt: on
BEGUN = {
    "hand_in": pgettext_lazy("step with an observation", "hand in"),
    succeeding.ACTION: succeeding.LABEL,
}
Step = frame.Step[Observation, Transition]


class ObservationSteps(frame.Steps[Observation, ObservationEvent, Transition]):
    """The steps of observations."""

    name = "observation"
    model, event_model, token_model = Observation, ObservationEvent, ObservationToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("organ", "office__parent", "appointment")
    begun = BEGUN

    def is_known_to(self, by: User, observation: Observation) -> bool:
        """Say whether ``by`` may know of it in the back office: supervisors only hand in."""
        return is_within(by, Observation.objects.visible_to, observation.pk)

    def seats_that_may(self, by: User, row: Transition, observation: Observation) -> list[Seat]:
        """Return the seats on the side of the step that have its right."""
        return seats_that_may(by, row.right, row.side, observation, scope_of(by))

    def bring_in_line(self, step: Step) -> None:
        """Hand the promise to whoever has the observation now, or keep it."""
        observation = step.subject
        if observation.state in OBSERVATION_ENDED and observation.ended_at is None:
            observation.ended_at = step.at
        deadlines.bring_in_line(observation, at=step.at)

    def columns(self, step: Step) -> dict[str, Any]:
        """Return whether the supervisor reads of the step."""
        return {"is_internal": step.row.is_internal}

    def tell(self, event: ObservationEvent, row: Transition) -> None:
        """Tell whoever has it next, and the supervisor what became of it."""
        observation, on = event.observation, timezone.localdate(event.at)
        kind, to = {
            "hand_in": ("hand_in", messages.officers_of(observation.office, on)),
            "pass_on": ("pass_on", messages.leaders_of(observation.organ, on)),
            "draft_answer": ("draft_answer", messages.officers_of(observation.office, on)),
            "send_back": ("send_back", messages.leaders_of(observation.organ, on)),
            "note_result": ("result", [observation.appointment.person_id]),
        }.get(event.action, ("answered", [observation.appointment.person_id]))
        cause = f"observation-event:{event.pk}"
        messages.tell(f"observations.{kind}", observation, to, cause=cause, at=event.at, actor=event.actor_id)


steps = ObservationSteps(TABLE)
begin, finish, action, once = steps.begin, steps.finish, steps.action, steps.once


# --- Handing in -----------------------------------------------------------------------------------------------------


def hand_in(
    organ: Organ | None,
    /,
    *,
    by: User,
    at: datetime,
    place_time: str,
    what: str,
    attachments: Sequence[CleanFile] = (),
    gathering: Gathering | None = None,
    token: str = "",
) -> Observation:
    """
    Hand in what a supervisor saw: organ, place and time, what, and photographs. Sent again it is the same one.

    :param gathering: the tour or meeting on which it was seen; one to which the supervisor is invited
    :raises Absent: ``by`` is not in office as a supervisor, or not invited there
    :raises NotInState: the working calendar does not reach far enough
    :raises Invalid: a field does not do
    """
    scope_of(by, fresh=True)
    appointment = Appointment.objects.of_person(by).select_related("office__parent", "person").first()
    seats = [seat for seat, cell in seats_for(by, "observation.hand_in") if cell in ACTING]
    if appointment is None or not seats:
        raise Absent
    if gathering is not None and not Gathering.objects.of_person(by).filter(pk=gathering.pk).exists():
        raise Absent
    return _taken(appointment, organ, frame.nearest(seats), by, at, place_time, what, attachments, gathering, token)


def enter_opinion(
    gathering: Gathering,
    appointment: Appointment,
    organ: Organ | None,
    /,
    *,
    by: User,
    at: datetime,
    place_time: str,
    what: str,
    token: str = "",
) -> Observation:
    """
    Write down an opinion that a supervisor gave on a tour or at a meeting: from then on an observation like all others.

    :raises Absent: for ``by`` there is no such tour or meeting
    :raises NotAllowed: ``by`` is not of its office
    :raises NotInState: it has not begun, or was called off; the working calendar does not reach far enough
    :raises Invalid: a field does not do, or the supervisor was not invited there, or is no longer in office
    """
    scope_of(by, fresh=True)
    if not Gathering.objects.visible_to(by).filter(pk=gathering.pk).exists():
        raise Absent
    seats = [seat for seat, cell in seats_for(by, "gathering.plan", gathering) if cell in ACTING]
    seats = [seat for seat in seats if seat.organ_id == gathering.office_id]
    if not seats or is_same_person(by, appointment.person):
        raise NotAllowed
    gathering.refresh_from_db()
    if gathering.state == GatheringState.CANCELLED:
        raise NotInState(_("It was called off."))
    if gathering.begins_at > at:
        raise NotInState(_("It has not begun yet."))
    if not gathering.seats.filter(appointment=appointment).exists():
        raise Invalid("appointment", _("This supervisor was not invited."))
    if not Appointment.objects.in_office(timezone.localdate(at)).filter(pk=appointment.pk).exists():
        raise Invalid("appointment", _("This supervisor is no longer in office."))
    return _taken(appointment, organ, frame.nearest(seats), by, at, place_time, what, (), gathering, token)


def _taken(
    appointment: Appointment,
    organ: Organ | None,
    seat: Seat,
    by: User,
    at: datetime,
    place_time: str,
    what: str,
    attachments: Sequence[CleanFile],
    gathering: Gathering | None,
    token: str,
) -> Observation:
    of = f"hand_in:{by.pk}"
    if token and (event := steps.event_of(token, of=of)):
        return event.observation
    if organ is None or organ.until is not None:
        raise Invalid("organ", _("Please choose the organ."))
    place_time = checks.text(
        "place_time", place_time, _("Please say where and when you saw it."), at_most=LONGEST_PLACE
    )
    what = checks.text("what", what, _("Please say what you saw."), at_most=LONGEST_TEXT)
    office = office_of_observation(appointment.office, organ)
    if office is None:
        raise Invalid("organ", _("Observations about this organ are taken by the organ above it, not here."))
    try:
        with transaction.atomic():
            observation = Observation.objects.create(
                number=numbers.next_number(office, numbers.OBSERVATION, at),
                state=RECEIVED,
                office=office,
                appointment=appointment,
                organ=organ,
                gathering=gathering,
                place_time=place_time,
                what=what,
                named_in=naming.posts_named(organ, place_time, what, since=timezone.localdate(at)),
                entered_by=by,
                handed_in_at=at,
            )
            event = steps.first_event(observation, "hand_in", at=at, by=by, seat=seat, is_internal=False)
            deadlines.bring_in_line(observation, at=at)
            observation.save(update_fields=["next_due_at"])
            if attachments:
                files.attach(observation, attachments, event=event, at=at)
            if token:
                steps.keep_token(token, event, of=of)
            steps.tell(event, Transition("hand_in", BEGUN["hand_in"], frozenset(), None))
    except OutsideCalendar as outside:
        raise NotInState(_("The working calendar does not reach far enough yet. Please tell the office.")) from outside
    except IntegrityError:
        # Of two that are sent at once the second waits for the first, and is refused by the key of the token.
        if token and (event := steps.event_of(token, of=of)):
            return event.observation
        raise
    return observation


# --- What the office and the organ do -------------------------------------------------------------------------------


@once
@action
def pass_on(
    observation: Observation,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    post: Post | None = None,
    names_nobody: bool = False,
    remark: str = "",
) -> ObservationEvent:
    """
    Pass an observation on to its organ, which answers within what is left of the time.

    Where the words name somebody who holds a post there, the office says first whom it is about (docs/trust.md Z-08);
    those who are named do not read it either way, unless it says that nobody of the organ is meant.

    :param post: whom it is about: whoever holds or held the post finds it absent
    :param names_nobody: the names in it are of nobody who holds a post at the organ
    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: the post is of another organ; somebody is named and neither is said
    """
    step = begin(observation, "pass_on", by=by, at=at, version=version)
    words = checks.optional_text("remark", remark, at_most=LONGEST_REASON)
    if post is not None and post.organ_id != observation.organ_id:
        raise Invalid("post", _("No post of this organ has this code."))
    # Asked again: somebody may have come to a post since, and an old observation was never asked about.
    since = timezone.localdate(observation.handed_in_at)
    named = naming.posts_named(observation.organ, observation.place_time, observation.what, since=since)
    there = set(Post.objects.filter(pk__in=named, organ=observation.organ_id).values_list("pk", flat=True))
    if there and post is None and not names_nobody:
        raise Invalid(
            "post",
            _(
                "The words name somebody who holds a post at this organ. Please say which post it is about, or that "
                "nobody of the organ is meant."
            ),
        )
    observation.named_in = sorted(set(named) - there) if names_nobody and post is None else named
    observation.post, observation.passed_on_at = post, at
    return finish(step, text=words)


@once
@action
def answer(
    observation: Observation,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> ObservationEvent:
    """
    Answer a supervisor as the office.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no answer, or one with personal numbers
    """
    step = begin(observation, "answer", by=by, at=at, version=version)
    observation.answer = _answer(text)
    return _with_files(step, observation.answer, attachments)


@once
@action
def draft_answer(
    observation: Observation,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> ObservationEvent:
    """
    Hand in what the organ answers; it goes out once the office has looked at it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no answer, or one with personal numbers
    """
    step = begin(observation, "draft_answer", by=by, at=at, version=version)
    observation.draft, observation.drafted_by = _answer(text), by
    return _with_files(step, observation.draft, attachments)


@once
@action
def release(observation: Observation, /, *, by: User, at: datetime, version: int) -> ObservationEvent:
    """
    Let the answer of the organ go out to the supervisor.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for who wrote it
    """
    step = begin(observation, "release", by=by, at=at, version=version)
    if observation.drafted_by is not None and is_same_person(by, observation.drafted_by):
        raise NotAllowed(_("Whoever wrote an answer does not release it."))
    observation.answer = observation.draft
    return finish(step, text=observation.answer)


@once
@action
def send_back(observation: Observation, /, *, by: User, at: datetime, version: int, reason: str) -> ObservationEvent:
    """
    Send the answer of the organ back; the day by which the supervisor is answered stays.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for who wrote it
    :raises Invalid: no reason
    """
    step = begin(observation, "send_back", by=by, at=at, version=version)
    if observation.drafted_by is not None and is_same_person(by, observation.drafted_by):
        raise NotAllowed(_("Whoever wrote an answer does not release it."))
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    return finish(step, text=words)


@once
@action
def take_up(
    observation: Observation,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    kind: str,
    title: str,
    text: str,
    category: str = "",
    post: Post | None = None,
) -> ObservationEvent:
    """
    Take an observation up as a case of the channel of social supervisors, with all that a case is promised.

    Nobody stands behind the case: the organ does not learn which supervisor it was. ``text`` is what the supervisor is
    answered; where the case stands is shown with it from then on. The photographs go along as copies.

    :param post: whom it is about, where that was not named before: the case is linked with it in the same transaction,
        so that nobody who holds or held the post finds it (docs/trust.md Z-07, Z-08)
    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotInState also while
        a photograph cannot be read
    :raises Invalid: no answer, a post of another organ or one's own, or what the case refuses
    """
    step = begin(observation, "take_up", by=by, at=at, version=version)
    observation.answer = _answer(text)
    if post is not None and post.organ_id != observation.organ_id:
        raise Invalid("post", _("No post of this organ has this code."))
    observation.post = observation.post or post
    try:
        receipt = cases.receive(
            intake=cases.Intake(by=by, from_whom=observation.appointment.number or "", reference=observation.number),
            kind=kind,
            category=category,
            organ=observation.organ,
            title=title,
            description=_description(observation),
            location=observation.place_time,
            # Held from its first moment on: until it is linked it is with the office alone.
            named_person=observation.post.name[:LONGEST_NAMED] if observation.post else "",
            anonymous=True,
            files=_photographs(observation),
            channel=Channel.SOCIAL_SUPERVISOR,
            at=at,
        )
        if observation.post is not None:
            _link(receipt.case, observation.post, by, at)
    except cases.Refused as refusal:
        raise Invalid(refusal.field, refusal.message) from refusal
    observation.case = receipt.case
    return finish(step, text=observation.answer)


def _description(observation: Observation) -> str:
    """Return what the case says: the supervisor's own words, with place and time before them where they are few."""
    what = observation.what
    return what if len(what) >= SHORTEST_CASE else f"社会监督员反映：{observation.place_time}：{what}"


def _photographs(observation: Observation) -> list[CleanFile]:
    """
    Return copies of the photographs that came with an observation.

    :raises NotInState: the storage does not give one of them
    """
    rows = files.kept().filter(observation=observation, event__action="hand_in", harmful="").order_by("position")
    try:
        return [
            CleanFile(content, row.content_type, files.shown_name(row), content)
            for row in rows
            for content in (files.content_of(row),)
        ]
    except FileUnavailable as away:
        raise NotInState(_("A photograph cannot be read at the moment. Please try again later.")) from away


def _link(case: Case, post: Post, by: User, at: datetime) -> None:
    """Link a case with the post that it is about; where another office has it, it stays held until that one does."""
    try:
        with transaction.atomic():
            cases.link_person(
                case, by=by, at=at, version=case.version, post=post, reason="接收社会监督员反映意见时已明确所涉岗位。"
            )
    except (cases.Absent, cases.NotAllowed):
        case.refresh_from_db()


@once
@action
def note_result(observation: Observation, /, *, by: User, at: datetime, version: int, number: str) -> ObservationEvent:
    """
    Name the card or the correction that followed; the supervisor learns what it is and where it stands.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: there is none of this number for ``by`` at this organ, or it is named already
    """
    step = begin(observation, "note_result", by=by, at=at, version=version)
    wanted = checks.text("number", number, _("Please give the number."), at_most=60).replace(" ", "")
    found = _result(observation, wanted, by)
    if found is None:
        raise Invalid("number", _("There is no card and no correction of this number at this organ."))
    type_ = ContentType.objects.get_for_model(found)
    if observation.results.filter(content_type=type_, object_id=found.pk).exists():
        raise Invalid("number", _("This is named already."))
    ObservationResult.objects.create(
        observation=observation, content_type=type_, object_id=found.pk, noted_by=by, noted_at=at
    )
    return finish(step, data={"of": found._meta.model_name})


def _result(observation: Observation, number: str, by: User) -> models.Model | None:
    """Return the card or correction of this number, if ``by`` may know of it and it is about the same organ."""
    corrections = rows_of(Correction, by).filter(number=number, organ_id=observation.organ_id)
    if (found := corrections.first()) is not None:
        return found
    if (card := _CARD.fullmatch(number)) is None:
        return None
    cards = rows_of(Card, by).filter(pk=int(card[1]), organ_id=observation.organ_id)
    return next((each for each in cards if each.number == number), None)


def _answer(text: str) -> str:
    words = checks.text("text", text, _("Please write the answer."), at_most=LONGEST_TEXT)
    if find_numbers(words):
        raise Invalid("text", _("The answer contains a personal number. Supervisors are never told personal data."))
    return words


def _with_files(step: Step, words: str, attachments: Sequence[CleanFile]) -> ObservationEvent:
    event = finish(step, text=words)
    if attachments:
        files.attach(step.subject, attachments, event=event, at=step.at)
    return event
