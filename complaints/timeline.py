"""
One list of events, two ways of telling it: to the citizen without persons, to staff with them (docs/domain.md 4.3).

Words and sentences are made from the action and its values when they are read, in the reader's language.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from complaints import deadlines, people, wording
from complaints.enums import (
    Decision,
    ErasureRefusal,
    FollowUpCause,
    Grade,
    Handling,
    Kind,
    LeadGround,
    NamedPerson,
    Outcome,
    PersonCheck,
    RejectionGround,
    Retention,
    State,
    SuspensionGround,
)
from complaints.models import Case, CaseEvent, Reveal
from complaints.workflow import ACTIONS, STEPS
from efficiency.access.may import Cell, seats_for
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.kept_rows import Kept
from efficiency.organs.models import OrganKind
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import view_of
from efficiency.pages.timeline_view import FileLink, Stage, Step, TimelineEntry
from efficiency.prepared import Prepared

if TYPE_CHECKING:
    from django.db.models import QuerySet

# What a citizen is shown, and the word for it; every other action is the office's own business.
PUBLIC_WORDS: dict[str, Lazy] = {
    "file": pgettext_lazy("in a timeline", "received"),
    "ask_supplement": pgettext_lazy("in a timeline", "something is missing"),
    "supplement": pgettext_lazy("in a timeline", "supplemented"),
    "add_material": pgettext_lazy("in a timeline", "material added"),
    "lapse": pgettext_lazy("in a timeline", "nothing handed in"),
    "answer_on_spot": pgettext_lazy("in a timeline", "answered"),
    "accept": pgettext_lazy("in a timeline", "accepted"),
    "reject": pgettext_lazy("in a timeline", "not accepted"),
    "clear_spam": pgettext_lazy("in a timeline", "taken up again"),
    "redirect": pgettext_lazy("in a timeline", "passed on"),
    "merge": pgettext_lazy("in a timeline", "joined"),
    "split": pgettext_lazy("in a timeline", "separated"),
    "set_free": pgettext_lazy("in a timeline", "separated"),
    "share_reply": pgettext_lazy("in a timeline", "replied"),
    "file_away": pgettext_lazy("in a timeline", "archived"),
    "put_away": pgettext_lazy("in a timeline", "archived"),
    "tell_of_inquiry": pgettext_lazy("in a timeline", "no fault case opened"),
    "register": pgettext_lazy("in a timeline", "registered"),
    "submit": pgettext_lazy("in a timeline", "submitted for instruction"),
    "report_unclear": pgettext_lazy("in a timeline", "whose duty is being settled"),
    "instruct": pgettext_lazy("in a timeline", "assigned"),
    "sign_in": pgettext_lazy("in a timeline", "signed in"),
    "record_contact": pgettext_lazy("in a timeline", "contacted"),
    "ask_question": pgettext_lazy("in a timeline", "question to you"),
    "answer_question": pgettext_lazy("in a timeline", "question answered"),
    "lapse_question": pgettext_lazy("in a timeline", "question not answered"),
    "transfer": pgettext_lazy("in a timeline", "transferred"),
    "succeed": pgettext_lazy("in a timeline", "handled by the organ that follows"),
    "join": pgettext_lazy("in a timeline", "another organ assists"),
    "withdraw_part": pgettext_lazy("in a timeline", "assistance ended"),
    "succeed_part": pgettext_lazy("in a timeline", "assisted by the organ that follows"),
    "suspend": pgettext_lazy("in a timeline", "clock stopped"),
    "resume": pgettext_lazy("in a timeline", "clock runs again"),
    "extend": pgettext_lazy("in a timeline", "more time"),
    "approve_reply": pgettext_lazy("in a timeline", "replied"),
    "report": pgettext_lazy("in a timeline", "closing reported"),
    "close": pgettext_lazy("in a timeline", "closed"),
    "order_rework": pgettext_lazy("in a timeline", "handled again"),
    "ask_review": pgettext_lazy("in a timeline", "review asked for"),
    "decide_review": pgettext_lazy("in a timeline", "review decided"),
    "ask_final": pgettext_lazy("in a timeline", "final review asked for"),
    "decide_final": pgettext_lazy("in a timeline", "final review decided"),
    "archive": pgettext_lazy("in a timeline", "archived"),
    "evaluate": pgettext_lazy("in a timeline", "evaluated"),
    "urge": pgettext_lazy("in a timeline", "office called"),
    "withdraw": pgettext_lazy("in a timeline", "withdrawn"),
    "uphold_denial": pgettext_lazy("in a timeline", "contact not confirmed"),
    "confirm_contact": pgettext_lazy("in a timeline", "contact confirmed"),
    "correct_contact": pgettext_lazy("in a timeline", "contact data corrected"),
    "hide_identity": pgettext_lazy("in a timeline", "consent withdrawn"),
    "ask_erasure": pgettext_lazy("in a timeline", "erasure asked for"),
    "grant_erasure": pgettext_lazy("in a timeline", "personal data erased"),
    "refuse_erasure": pgettext_lazy("in a timeline", "erasure refused"),
    "issue_new_code": pgettext_lazy("in a timeline", "new code"),
}
# Records of talks with the complainant: kept by the office, they may tell who it is.
_TALKS = frozenset(
    {
        "record_contact",
        "record_follow_up",
        "ask_new_code",
        "refuse_new_code",
        "deny_contact",
        "drop_denial",
        "confirm_contact",
    }
)
# Its number at the superior organ leads to whoever complained there (``complaints.models.origin``).
_OF_OFFICE = frozenset({"report_up"})
# So many looks at an identity stand in the story, the newest; the page of one's own data has more.
MOST_LOOKS = 20
_STEP_OF_STATE = {
    State.RECEIVED: 1,
    State.SUPPLEMENTING: 1,
    State.WITHDRAWN: 1,
    State.REJECTED: 2,
    State.REDIRECTED: 2,
    State.MERGED: 2,
    State.ACCEPTED: 2,
    State.REGISTERED: 3,
    State.SUBMITTED: 4,
    State.ASSIGNED: 5,
    State.HANDLING: 5,
    State.SUSPENDED: 5,
    State.REWORKING: 5,
    State.REPLIED: 5,
    State.REPORTED: 6,
    State.CLOSED: 6,
    State.REVIEWING: 6,
    State.FINAL_REVIEWING: 6,
    State.ARCHIVED: 7,
}


class Course(TextChoices):
    """Which entries of the course staff want to see."""

    ALL = "all", pgettext_lazy("entries of the course", "all")
    STEPS = "steps", pgettext_lazy("entries of the course", "steps")
    MESSAGES = "messages", pgettext_lazy("entries of the course", "messages")
    FILES = "files", pgettext_lazy("entries of the course", "files")


def course_in(word: str) -> Course:
    """Return what ``word`` of an address asks for; all entries where it asks for nothing that there is."""
    return Course(word) if word in Course.values else Course.ALL


_OF_PUBLIC = Kept(
    lambda key: (
        CaseEvent.objects.filter(case=key, action__in=PUBLIC_WORDS).select_related("actor_organ").order_by("number")
    ),
    int,
)


def events_for_public(case: Case) -> list[CaseEvent]:
    """Return the events of which the citizen may be told, oldest first, with the organs of whoever acted."""
    events = _OF_PUBLIC.rows(case.pk)
    for event in events:
        event.case = case
    return events


def public(case: Case, *, events: list[CaseEvent] | None = None, was_looked_at: bool = True) -> list[TimelineEntry]:
    """
    Return the case as a story for the citizen, oldest first: organs, never persons; looks at their identity included.

    Nothing internal is in it: neither drafts nor orders, nor whom the office took for the person concerned. ``events``
    are those of ``events_for_public``, where they were read already; without ``was_looked_at`` it is known that nobody
    looked at the identity.
    """
    events = events_for_public(case) if events is None else events
    organs = _organs_of(events)
    entries = [
        TimelineEntry(
            word=PUBLIC_WORDS[event.action],
            at=event.at,
            text=_public_sentence(event, organs),
            who=_organ_of_actor(event),
            stage=Stage.DONE,
        )
        for event in events
        if _is_told(event)
    ]
    entries += [
        TimelineEntry(
            word=pgettext_lazy("in a timeline", "identity looked at"),
            at=look.at,
            text=_("Your name and contact were looked at, for a reason that is on record."),
            who=str(look.organ),
        )
        for look in (looks_at(case)[:MOST_LOOKS] if was_looked_at else ())
    ]
    return sorted(entries, key=lambda entry: entry.at or case.received_at)


def _is_told(event: CaseEvent) -> bool:
    """Leave out a call that nobody answered, and the sheet of a case that was assigned before it was submitted."""
    if event.action == "record_contact":
        return bool(event.data.get("reached"))
    return not (event.action == "submit" and event.data.get("afterwards"))


def looks_at(case: Case) -> "QuerySet[Reveal]":
    """Return the looks at the complainant's identity with their organs, newest first (docs/trust.md P-04)."""
    return Reveal.objects.filter(case=case).select_related("organ").order_by("-at", "-id")


@dataclass(frozen=True, slots=True)
class Sight:
    """
    What a member of staff reads of the events of a case (docs/trust.md P-06).

    Records of talks with a complainant who has not consented are for the office alone, and so are the citizen's own
    words for whoever does not read what the citizen wrote; what the complainant is asked may repeat them, and is left
    out where it was not asked from a summary. What the office told a superior organ is for the office whatever the
    consent.
    """

    of_citizen: bool
    of_talks: bool
    of_office: bool
    # Whether the viewer works in the section that the case is about.
    of_section: bool = False
    # From which event on the organ asks from a summary; None where it has none, or reads the complaint.
    summary_since: int | None = None

    def sees(self, event: CaseEvent) -> bool:
        """Say whether it may be known that this happened."""
        if event.action == "file":
            # Who received the case in which minute tells more of the complainant than a summary may (domain 13 no. 7).
            return self.of_citizen
        # That the office went on with the matter leads from its own case to whoever complained.
        return self.of_office or event.action != "take_up"

    def reads_typed(self, event: CaseEvent) -> bool:
        """Say whether what staff wrote down may be read."""
        return (self.of_talks or event.action not in _TALKS) and (self.of_office or event.action not in _OF_OFFICE)

    def reads_told(self, event: CaseEvent) -> bool:
        """Say whether what was said to the citizen, or by the citizen, may be read."""
        if self.of_citizen:
            return True
        if event.action == "ask_question":
            is_from_summary = self.summary_since is not None and event.number > self.summary_since
            return is_from_summary and not (self.of_section or _is_of_office(event))
        return event.actor_kind != "citizen"


def sight_of(case: Case, viewer: User | None) -> Sight:
    """Return what ``viewer`` reads of the events; without one, what everybody does who reads the case."""
    if viewer is None:
        return Sight(of_citizen=True, of_talks=case.consent, of_office=False)
    is_original = wording.words_for(case, viewer).is_original
    return Sight(
        of_citizen=is_original,
        of_talks=bool(people.seats_that_may_look(case, viewer)),
        of_office=any(cell is Cell.REASON for _seat, cell in seats_for(viewer, "case.reveal", case)),
        of_section=people.works_in_section(case, scope_of(viewer)),
        summary_since=None if is_original else _summary_since(case),
    )


def _summary_since(case: Case) -> int | None:
    """Return with which event the organ began to read a summary in place of the complaint; None where it has none."""
    since: int | None = None
    written = case.events.filter(action="write_summary").order_by("number").values_list("number", "data")
    for number, data in written:
        since = (since or number) if data.get("replaces_text", True) else None
    return since


def internal(
    case: Case,
    viewer: User | None = None,
    *,
    files: Mapping[int, tuple[FileLink, ...]] | None = None,
    course: Course = Course.ALL,
    sight: Sight | None = None,
) -> list[TimelineEntry]:
    """
    Return every event for staff, newest first, with who acted and for which organ, as far as ``viewer`` reads it.

    :param sight: what may be read of the events where that is not what one viewer reads
    :param files: the files that the viewer may open, by the key of the event with which they came
    :param course: whose entries are asked for
    """
    with_files = files or {}
    events = list(case.events.select_related("actor", "actor_organ").order_by("-number"))
    sight = sight or sight_of(case, viewer)
    organs, handlers = _organs_of(events), _handlers_of(events)
    entries = []
    for event in _without_repeated_drafts([event for event in events if sight.sees(event)]):
        if not _is_of(course, event, with_files):
            continue
        typed = event.internal_text if sight.reads_typed(event) else _("(for the office only)")
        withheld = event.public_text and not sight.reads_told(event)
        told = _("(for the office only)") if withheld else event.public_text
        parts = [_internal_sentence(event, organs), _given_to(event, handlers), told, typed]
        entries.append(
            TimelineEntry(
                word=ACTIONS[event.action].label,
                at=event.at,
                text="\n".join(str(part) for part in parts if part),
                who=_who_for_staff(event),
                is_internal=event.action not in PUBLIC_WORDS,
                files=with_files.get(event.pk, ()),
            )
        )
    return entries


def _is_of(course: Course, event: CaseEvent, files: Mapping[int, tuple[FileLink, ...]]) -> bool:
    """Say whether it is asked for: what moved the case, what was said to or by the citizen, or what has files."""
    if course is Course.STEPS:
        return event.from_state != event.to_state or event.action == "file"
    if course is Course.MESSAGES:
        return event.actor_kind == "citizen" or bool(event.public_text) or event.action in _TALKS
    return course is Course.ALL or event.pk in files


def of_organs(case: Case, organ_ids: Collection[int]) -> list[TimelineEntry]:
    """
    Return what staff of these organs did in the case, newest first: all that an organ keeps which passed it on (Z-12).

    Records of talks with a complainant who has not consented are left out, as for every organ (docs/trust.md P-06), and
    so is what the complainant was asked, which may repeat the text that is absent now.
    """
    own = case.events.filter(actor_kind="staff", actor_organ_id__in=organ_ids)
    events = list(own.select_related("actor", "actor_organ").order_by("-number"))
    organs, people = _organs_of(events), _handlers_of(events)
    entries = []
    for event in _without_repeated_drafts(events):
        typed = _("(for the office only)") if event.action in _TALKS and not case.consent else event.internal_text
        told = _("(for the office only)") if event.action == "ask_question" else event.public_text
        parts = [_internal_sentence(event, organs), _given_to(event, people), told, typed]
        text = "\n".join(str(part) for part in parts if part)
        label, is_internal = ACTIONS[event.action].label, event.action not in PUBLIC_WORDS
        who = _who_for_staff(event)
        entries.append(TimelineEntry(word=label, at=event.at, text=text, who=who, is_internal=is_internal))
    return entries


def _is_of_office(event: CaseEvent) -> bool:
    """Whether an efficiency office took the step, which reads every original."""
    return event.actor_organ is not None and event.actor_organ.kind == OrganKind.EFFICIENCY_OFFICE


def _without_repeated_drafts(events: list[CaseEvent]) -> list[CaseEvent]:
    """Of drafts that one person saved one after the other, keep the newest: the editor saves by itself."""
    kept: list[CaseEvent] = []
    for event in events:
        last = kept[-1] if kept else None
        if last and event.action == last.action == "save_draft" and event.actor_id == last.actor_id:
            continue
        kept.append(event)
    return kept


def stepper(case: Case) -> list[Step]:
    """Return the seven steps, each done, current or expected."""
    current = _STEP_OF_STATE[State(case.state)]
    finished = case.state == State.ARCHIVED
    stages = {-1: Stage.DONE, 0: Stage.DONE if finished else Stage.CURRENT, 1: Stage.EXPECTED}
    return [Step(label, stages[(number > current) - (number < current)]) for number, label in STEPS.items()]


def promises(case: Case, now: datetime, *, internal: bool = False) -> list[DeadlineView]:
    """
    Return what was promised about the case and how it stands at ``now``, in the order of beginning.

    The citizen sees the promises made to them and their own limits; with ``internal`` those inside government as well.
    """
    return [
        view_of(deadline, at=now)
        for deadline in deadlines.of_case(case)
        if internal or deadline.promise != deadlines.Promise.INTERNAL
    ]


def next_promise(case: Case, now: datetime) -> DeadlineView | None:
    """Return the promise to the citizen that falls due next, None if none is running."""
    running = [
        deadline
        for deadline in deadlines.of_case(case)
        if deadline.is_running and deadline.promise == deadlines.Promise.CITIZEN
    ]
    return view_of(min(running, key=lambda each: each.due_at), at=now) if running else None


def _public_sentence(event: CaseEvent, organs: dict[int, str]) -> str:
    if sentence := _PUBLIC_SENTENCES.get(event.action):
        told = sentence(event.data, organs)
        return f"{told}\n{event.public_text}" if event.public_text else told
    return event.public_text


def _internal_sentence(event: CaseEvent, organs: dict[int, str]) -> str:
    sentence = _INTERNAL_SENTENCES.get(event.action) or _PUBLIC_SENTENCES.get(event.action)
    return sentence(event.data, organs) if sentence else ""


def _accepted(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Taken on as a %(kind)s; the time for the reply has begun.") % {"kind": Kind(data["kind"]).label}


def _rejected(data: dict[str, Any], organs: dict[int, str]) -> str:
    ground = str(RejectionGround(data["ground"]).label)
    if "earlier" not in data:
        return ground
    day = date_format(date.fromisoformat(data["decided_on"]), "DATE_FORMAT")
    words = {"number": data["earlier"], "day": day}
    return "\n".join([ground, _("A final review has decided on them in case %(number)s on %(day)s.") % words])


def _redirected(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Responsible is: %(addressee)s.") % {"addressee": data["addressee"]}


def _merged(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("An earlier case is about the same matter. Its reply answers this case too.")


def _not_answered(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("No answer came in time; the case goes on without it.")


def _separated(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The case stands for itself again; the decision on its acceptance is due anew.")


def _suspended(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The time for the reply stands still: %(ground)s.") % {"ground": SuspensionGround(data["ground"]).label}


def _extended(data: dict[str, Any], organs: dict[int, str]) -> str:
    if data.get("promise") == deadlines.SUPPLEMENT:
        return ngettext(
            "The time for handing in what was asked for was extended by %(days)d working day.",
            "The time for handing in what was asked for was extended by %(days)d working days.",
            data["days"],
        ) % {"days": data["days"]}
    return ngettext(
        "The time for the reply was extended by %(days)d working day.",
        "The time for the reply was extended by %(days)d working days.",
        data["days"],
    ) % {"days": data["days"]}


def _reworked(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("%(organ)s handles the case again.") % {"organ": organs[data["organ"]]}


def _decided(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Decision: %(decision)s.") % {"decision": Decision(data["decision"]).label}


def _instructed(data: dict[str, Any], organs: dict[int, str]) -> str:
    if data["handling"] == Handling.OWN:
        return _("The efficiency office handles the case itself.")
    if data.get("ground"):
        return _("The efficiency office has designated %(organ)s to handle the case.") % {
            "organ": organs[data["organ"]]
        }
    return _("The case is being handled by %(organ)s.") % {"organ": organs[data["organ"]]}


def _unclear(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _(
        "It is not clear whose duty this is: the head of the efficiency office designates an organ. The time for the "
        "reply runs on."
    )


def _unclear_between(data: dict[str, Any], organs: dict[int, str]) -> str:
    if not data["organs"]:
        return _("No organ could be named.")
    names = pgettext("between items of a list", ", ").join(organs[key] for key in data["organs"])
    return _("In question: %(organs)s.") % {"organs": names}


def _transferred(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The case was transferred to %(organ)s. The time for the reply runs on.") % {
        "organ": organs[data["organ"]]
    }


def _joined(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("%(organ)s has been asked to assist. The time for the reply runs on.") % {"organ": organs[data["organ"]]}


def _part_withdrawn(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("%(organ)s is no longer asked to assist.") % {"organ": organs[data["organ"]]}


def _succeeded(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The case is handled by %(organ)s now, which follows the organ that ends. All dates stay.") % {
        "organ": organs[data["organ"]]
    }


def _part_succeeded(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("%(organ)s assists now in place of the organ that it follows. All dates stay.") % {
        "organ": organs[data["organ"]]
    }


def _part_of(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Part of %(organ)s.") % {"organ": organs[data["organ"]]}


def _replied(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Result: %(outcome)s.") % {"outcome": Outcome(data["outcome"]).label}


def _approved(data: dict[str, Any], organs: dict[int, str]) -> str:
    told = _replied(data, organs)
    if data.get("checked", True):  # what was approved before there was a check says nothing of one
        return told
    return "\n".join([told, _("Approved without a check: the organ had no reviewer who could check it.")])


def _with_files(data: dict[str, Any], organs: dict[int, str]) -> str:
    return ngettext("%(count)d file.", "%(count)d files.", data["files"]) % {"count": data["files"]}


def _evaluated(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Evaluation of the reply: %(grade)s.") % {"grade": Grade(data["grade"]).label}


def _corrected(data: dict[str, Any], organs: dict[int, str]) -> str:
    if not data["changed"]:
        return _("Said to be right as it is: the office tries it again.")
    words = {"phone": _("telephone"), "email": _("e-mail"), "wants_email": _("wish for letters")}
    separator = pgettext("between items of a list", ", ")
    return _("Changed: %(fields)s.") % {"fields": separator.join(words[name] for name in data["changed"])}


def _not_confirmed(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The contact that was given could not be confirmed. The case goes on like one without a name.")


def _confirmed(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The contact was confirmed. The case goes on as one with a name, which only the efficiency office knows.")


def _hidden(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("From now on only the efficiency office can know who filed the case.")


def _erased(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Name, contact, own file names and sealed originals have been erased. The matter itself is kept.")


def _not_erased(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Refused: %(ground)s.") % {"ground": ErasureRefusal(data["ground"]).label}


def _new_code(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The office made sure who asked, and a second person confirmed. The old code no longer opens the case.")


def _new_code_asked(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Checked: %(check)s.") % {"check": PersonCheck(data["check"]).label}


def _instructed_first(data: dict[str, Any], organs: dict[int, str]) -> str:
    told = _instructed(data, organs)
    if ground := data.get("ground"):
        bound = _("Designated: %(ground)s. The organ cannot return the case.") % {"ground": LeadGround(ground).label}
        return f"{told}\n{bound}"
    if not data.get("first"):
        return told
    return "\n".join([told, _("Assigned at once, as the case is urgent; the submission sheet is due the same day.")])


def _transferred_by_ruling(data: dict[str, Any], organs: dict[int, str]) -> str:
    told = _transferred(data, organs)
    if ground := data.get("ground"):
        bound = _("Designated: %(ground)s. The organ cannot return the case.") % {"ground": LeadGround(ground).label}
        return f"{told}\n{bound}"
    return told


def _submitted(data: dict[str, Any], organs: dict[int, str]) -> str:
    if data.get("afterwards"):
        return _("Submission sheet handed in after the instruction.")
    if data["handling"] == Handling.OWN:
        return _("Proposal: own handling.")
    return _("Proposal: assignment to %(organ)s.") % {"organ": organs[data["organ"]]}


def _contacted(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The complainant was reached.") if data["reached"] else _("The complainant was not reached.")


def _linked(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Linked to a post.") if data["post"] else _("Nobody of the organ.")


def _taken_over(data: dict[str, Any], organs: dict[int, str]) -> str:
    if data["state"] == NamedPerson.UNRESOLVED:
        return _(
            "Somebody is named in a case that is joined with this one; until that is resolved this one is held too."
        )
    if data.get("organ"):
        return _linked_organ(data, organs)
    return _("Linked to a post.") if data["state"] == NamedPerson.LINKED else _("Nobody of the organ.")


def _linked_organ(data: dict[str, Any], organs: dict[int, str]) -> str:
    if data["organ"] is None:
        return _("No organ is complained of as such.")
    return _("Complained of as such: %(organ)s.") % {"organ": organs[data["organ"]]}


def _summarised(data: dict[str, Any], organs: dict[int, str]) -> str:
    if data["replaces_text"]:
        return _("The handling organ reads the summary in place of the complaint.")
    return _("For the person complained about; the handling organ reads the complaint as well.")


def _followed_up(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Cause: %(cause)s.") % {"cause": FollowUpCause(data["cause"]).label}


def _returned(data: dict[str, Any], organs: dict[int, str]) -> str:
    if data["organ"]:
        return _("Thought responsible: %(organ)s.") % {"organ": organs[data["organ"]]}
    return ""


def _more_time_asked(data: dict[str, Any], organs: dict[int, str]) -> str:
    return ngettext("%(days)d working day more.", "%(days)d working days more.", data["days"]) % {"days": data["days"]}


def _stop_asked(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Asked for: %(ground)s.") % {"ground": SuspensionGround(data["ground"]).label}


def _stop_lapsed(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Nobody decided before the last day was over; the clock ran on.")


def _more_time_lapsed(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Nobody decided before the time was over; the old date stays.")


def _chased(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Waited for: %(promise)s, owed by %(organ)s.") % {
        "promise": deadlines.BY_NAME[data["promise"]].label,
        "organ": organs[data["organ"]],
    }


def _taken_up(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("The office goes on with the matter in a case of its own.")


def _archived(data: dict[str, Any], organs: dict[int, str]) -> str:
    return _("Kept: %(retention)s.") % {"retention": Retention(data["retention"]).label}


Sentence = Callable[[dict[str, Any], dict[int, str]], str]
_PUBLIC_SENTENCES: dict[str, Sentence] = {
    "accept": _accepted,
    "reject": _rejected,
    "redirect": _redirected,
    "report_unclear": _unclear,
    "instruct": _instructed,
    "transfer": _transferred,
    "merge": _merged,
    "split": _separated,
    "set_free": _separated,
    "share_reply": _replied,
    "join": _joined,
    "withdraw_part": _part_withdrawn,
    "succeed": _succeeded,
    "succeed_part": _part_succeeded,
    "lapse_question": _not_answered,
    "suspend": _suspended,
    "extend": _extended,
    "order_rework": _reworked,
    "decide_review": _decided,
    "decide_final": _decided,
    "answer_on_spot": _replied,
    "approve_reply": _replied,
    "evaluate": _evaluated,
    "uphold_denial": _not_confirmed,
    "confirm_contact": _confirmed,
    "correct_contact": _corrected,
    "hide_identity": _hidden,
    "grant_erasure": _erased,
    "refuse_erasure": _not_erased,
    "issue_new_code": _new_code,
}
_INTERNAL_SENTENCES: dict[str, Sentence] = {
    "approve_reply": _approved,
    "add_reply_files": _with_files,
    "report_unclear": _unclear_between,
    "instruct": _instructed_first,
    "transfer": _transferred_by_ruling,
    "submit": _submitted,
    "sign_in_part": _part_of,
    "answer_part": _part_of,
    "return": _returned,
    "ask_extension": _more_time_asked,
    "lapse_extension": _more_time_lapsed,
    "ask_suspension": _stop_asked,
    "lapse_suspension": _stop_lapsed,
    "record_contact": _contacted,
    "link_person": _linked,
    "link_organ": _linked_organ,
    "share_person": _taken_over,
    "record_follow_up": _followed_up,
    "write_summary": _summarised,
    "take_up": _taken_up,
    "archive": _archived,
    "file_away": _archived,
    "put_away": _archived,
    "ask_new_code": _new_code_asked,
    "chase": _chased,
}


def _organs_of(events: Iterable[CaseEvent]) -> dict[int, str]:
    """The names of the organs that the events speak of, in one question."""
    ids = {event.data["organ"] for event in events if event.data.get("organ")}
    ids |= {key for event in events for key in event.data.get("organs", ())}
    return dict(_names().rows([sorted(ids)])) if ids else {}


@cache
def _names() -> Prepared:
    return Prepared("SELECT id, name FROM efficiency_organ WHERE id = ANY (%s)", [[0]])


def _given_to(event: CaseEvent, people: dict[int, str]) -> str:
    """Say into whose hands the case came with this event, and who was kept out by it, for staff."""
    kept_out = people.get(event.data["person"]) if "person" in event.data else None
    told = _("Kept out from now on: %(person)s.") % {"person": kept_out} if kept_out else ""
    if "handler" not in event.data:
        return told
    handler = people.get(event.data["handler"])
    given = _("In the hands of %(person)s.") % {"person": handler} if handler else _("Back in the queue of the organ.")
    return f"{told}\n{given}".strip()


def _handlers_of(events: Iterable[CaseEvent]) -> dict[int, str]:
    """The persons to whom the events gave the case, or whom they kept out of it, in one question."""
    ids = {event.data[key] for event in events for key in ("handler", "person") if event.data.get(key)}
    return {person.pk: str(person) for person in User.objects.filter(pk__in=ids)} if ids else {}


def _organ_of_actor(event: CaseEvent) -> str:
    if event.actor_organ is not None:
        return str(event.actor_organ)
    return _("you") if event.actor_kind == "citizen" else ""


def _who_for_staff(event: CaseEvent) -> str:
    if event.actor is not None:
        return f"{event.actor} · {event.actor_organ}" if event.actor_organ else str(event.actor)
    return str(gettext_lazy("citizen") if event.actor_kind == "citizen" else gettext_lazy("system"))
