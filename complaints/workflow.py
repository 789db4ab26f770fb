"""
The seven steps of a case as one table, and the frame in which every step runs (docs/domain.md 4.6).

Each row says which action leads from where to where, who may, what it needs, which promises it closes and opens, and
who is told. An action calls ``begin``, decides what the field leaves to it, and calls ``finish``; both read the table,
so that what an official checks here line by line is what happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import checking, deadlines, doubts, messages, parts, people, publishing, questions, together
from complaints.enums import Channel, Decision, Grade, Handling, NamedPerson, State, SuspensionGround, Wording
from complaints.messages import Audience
from complaints.models import (
    Assistance,
    Case,
    CaseEvent,
)
from complaints.obstacles import EXTENDED_IN, OF_PART, is_known, obstacle, obstacle_of_part, unanswered_order
from complaints.querysets import ASKED_IN, STATES_WITH_ORGAN, STATES_WITH_PARTS, UNDER_REVIEW
from complaints.refusals import Absent, NotAllowed, NotAsked, NotInState, StaleCase
from complaints.relations import seats_to, seats_to_part
from efficiency.access.may import ACTING, seats_for, ways
from efficiency.access.models import User
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.deadlines import actions as engine
from efficiency.kept_rows import Kept
from efficiency.organs.models import OrganKind, Role
from efficiency.remembering import at_once

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class If:
    """A promise that is closed or opened under a condition; ``words`` say which, for people who read the table."""

    kind: str
    words: Lazy
    holds: Callable[[Case, Values], bool]


def named(kind: str) -> If:
    """Only where the complainant gave a name (docs/domain.md 4.3)."""
    return If(kind, _("named complainant"), lambda case, _values: not case.anonymous)


def uncontacted(kind: str) -> If:
    """Only where the complainant can be called, and the office has not reached them before there was a handler."""
    return If(kind, _("named complainant, not reached yet"), lambda case, _values: awaits_contact(case))


def awaits_contact(case: Case) -> bool:
    """
    Whether whoever takes the case in hand has to have the complainant called: nobody else can who was erased.

    A complainant who stays unknown to the organ may have been reached by the office before that.
    """
    if not case.is_named or not is_known(case):
        return False
    return case.consent or not case.events.filter(action="record_contact", data__reached=True).exists()


def held(kind: str) -> If:
    """Only while a named person waits to be linked (docs/trust.md Z-08)."""
    return If(kind, _("person named"), lambda case, _values: case.named_person_state == NamedPerson.UNRESOLVED)


def resolved(kind: str) -> If:
    """Only where no named person waits to be linked any more."""
    return If(
        kind, _("nobody waits to be found out"), lambda case, _v: case.named_person_state != NamedPerson.UNRESOLVED
    )


def withheld(kind: str) -> If:
    """Only where an organ has the case and cannot read it before the office has edited its text (P-06)."""
    return If(
        kind,
        _("text withheld from the organ"),
        lambda case, _values: case.wording == Wording.WITHHELD and case.state in IN_HAND and _is_with_organ(case),
    )


def unread(kind: str) -> If:
    """Only where the organ that has the case does not read the complainant: what it asked for is passed on to it."""
    return If(
        kind,
        _("organ that does not read the complainant"),
        lambda case, _values: case.wording != Wording.ORIGINAL and _is_with_organ(case),
    )


def _is_with_organ(case: Case) -> bool:
    """Whether others than an efficiency office have the case in hand; an office reads every original."""
    organ = case.handling_organ
    return organ is not None and organ.kind != OrganKind.EFFICIENCY_OFFICE


def reached(kind: str) -> If:
    """Only when the complainant was reached; a call that nobody answers is no contact."""
    return If(kind, _("complainant reached"), lambda _case, values: bool(values.get("reached")))


def asked(kind: str) -> If:
    """Only where the clock stops because the complainant is asked for something (docs/domain.md 3.4)."""
    return If(
        kind,
        _("material of the complainant"),
        lambda _case, values: values["ground"] == SuspensionGround.SUPPLEMENT,
    )


def unconfirmed(kind: str) -> If:
    """Only where the contact had not confirmed (docs/domain.md 4.3): what was corrected has to be looked at."""
    return If(kind, _("contact that did not confirm"), lambda case, _values: case.unconfirmed)


def keeps_name(kind: str) -> If:
    """Only where the case is one with a name: one that is not owes the look that was asked for still."""
    return If(kind, _("case that keeps its name"), lambda case, _values: not case.unconfirmed)


def negative(kind: str) -> If:
    """Only after a negative evaluation of a named case (docs/domain.md 4.8); nobody is called whose name was erased."""
    return If(
        kind,
        _("negative, named complainant"),
        lambda case, values: case.is_named and values["grade"] <= Grade.DISSATISFIED and is_known(case),
    )


def dated(kind: str) -> If:
    """Only for a case that a superior organ passed down with a date in its letter (docs/domain.md 4.7)."""
    return If(kind, _("passed down from above with a date"), lambda case, _values: _report_by(case) is not None)


def undated(kind: str) -> If:
    """Only for one passed down without a date, at its first result."""
    return If(
        kind,
        _("passed down from above without a date"),
        lambda case, _values: (
            case.channel == Channel.SUPERIOR
            and _report_by(case) is None
            and not deadlines.was_promised(case, deadlines.REPORT_UP)
        ),
    )


def _report_by(case: Case) -> date | None:
    """The date of the superior organ's letter; of a case that is being filed the paper is not stored yet."""
    origin = getattr(case, "origin", None) if case.channel == Channel.SUPERIOR else None
    return origin.report_by if origin else None


def before_acceptance(kind: str) -> If:
    """Only where the case had not been accepted."""
    return If(kind, _("not accepted yet"), lambda case, _values: case.accepted_at is None)


def after_acceptance(kind: str) -> If:
    """Only where the case had been accepted."""
    return If(kind, _("accepted"), lambda case, _values: case.accepted_at is not None)


def drawn(kind: str) -> If:
    """Only for a case that the office calls after its closing (docs/domain.md 4.8)."""
    return If(kind, _("case drawn"), lambda case, _values: doubts.is_drawn(case))


class Who(Enum):
    """Who acts without an account."""

    ANYONE = "anyone"
    CITIZEN = "citizen"  # with number and code
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. ``target`` None: the state stays. ``way``: the row holds for this way of handling only."""

    action: str
    sources: frozenset[State]
    target: State | None
    right: str | Who
    needs: tuple[str, ...]
    closes: tuple[str | If, ...]
    opens: tuple[str | If, ...]
    told: tuple[Audience, ...]
    way: Handling | Decision | None = None
    cancels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """An action as people call it, and the step of the seven that it belongs to."""

    name: str
    label: Lazy
    step: int


def _actions(*rows: tuple[str, Lazy, int]) -> dict[str, Action]:
    return {name: Action(name, label, step) for name, label, step in rows}


STEPS: dict[int, Lazy] = {
    1: pgettext_lazy("step of the seven", "reception"),
    2: pgettext_lazy("step of the seven", "acceptance"),
    3: pgettext_lazy("step of the seven", "registration"),
    4: pgettext_lazy("step of the seven", "submission"),
    5: pgettext_lazy("step of the seven", "handling"),
    6: pgettext_lazy("step of the seven", "closing report"),
    7: pgettext_lazy("step of the seven", "archive"),
}

ACTIONS = _actions(
    ("file", pgettext_lazy("action", "file"), 1),
    ("ask_supplement", pgettext_lazy("action", "ask for what is missing"), 1),
    ("supplement", pgettext_lazy("action", "hand in what was missing"), 1),
    ("add_material", pgettext_lazy("action", "add material"), 5),
    ("lapse", pgettext_lazy("action", "nothing was handed in"), 1),
    ("name_receiver", pgettext_lazy("action", "name the first receiver"), 1),
    ("answer_on_spot", pgettext_lazy("action", "answer on the spot"), 1),
    ("accept", pgettext_lazy("action", "accept"), 2),
    ("reject", pgettext_lazy("action", "do not accept"), 2),
    ("clear_spam", pgettext_lazy("action", "take back that it is spam"), 2),
    ("redirect", pgettext_lazy("action", "pass to whoever is responsible"), 2),
    ("merge", pgettext_lazy("action", "join to an earlier case"), 2),
    ("take_in", pgettext_lazy("action", "take in a joined case"), 2),
    ("pass_facts", pgettext_lazy("action", "pass on what a joined case adds"), 2),
    ("split", pgettext_lazy("action", "separate from the earlier case"), 2),
    ("set_free", pgettext_lazy("action", "set free by the earlier case"), 2),
    ("share_reply", pgettext_lazy("action", "share the reply of the earlier case"), 5),
    ("file_away", pgettext_lazy("action", "archive with the earlier case"), 7),
    ("put_away", pgettext_lazy("action", "archive what was not handled"), 7),
    ("tell_of_inquiry", pgettext_lazy("action", "tell why no fault case was opened"), 6),
    ("link_person", pgettext_lazy("action", "resolve the named person"), 2),
    ("link_organ", pgettext_lazy("action", "name the organ complained of as such"), 2),
    ("share_person", pgettext_lazy("action", "take over whom a joined case is about"), 2),
    ("write_summary", pgettext_lazy("action", "write the neutral summary"), 2),
    ("register", pgettext_lazy("action", "register"), 3),
    ("submit", pgettext_lazy("action", "submit for instruction"), 4),
    ("report_unclear", pgettext_lazy("action", "report that the duty is unclear"), 4),
    ("instruct", pgettext_lazy("action", "give instruction"), 4),
    ("sign_in", pgettext_lazy("action", "sign in"), 5),
    ("return", pgettext_lazy("action", "return to the office"), 5),
    ("record_contact", pgettext_lazy("action", "record contact"), 5),
    ("assign", pgettext_lazy("action", "give to a handler"), 5),
    ("transfer", pgettext_lazy("action", "transfer"), 5),
    ("ask_question", pgettext_lazy("action", "ask the complainant"), 5),
    ("answer_question", pgettext_lazy("action", "answer a question"), 5),
    ("lapse_question", pgettext_lazy("action", "a question was not answered"), 5),
    ("join", pgettext_lazy("action", "ask another organ for its part"), 5),
    ("sign_in_part", pgettext_lazy("action", "sign in the part"), 5),
    ("answer_part", pgettext_lazy("action", "answer the part"), 5),
    ("withdraw_part", pgettext_lazy("action", "end the part of an organ"), 5),
    ("ask_suspension", pgettext_lazy("action", "ask to stop the clock"), 5),
    ("suspend", pgettext_lazy("action", "stop the clock"), 5),
    ("refuse_suspension", pgettext_lazy("action", "let the clock run on"), 5),
    ("lapse_suspension", pgettext_lazy("action", "the stop was not decided on"), 5),
    ("keep_suspended", pgettext_lazy("action", "leave the clock stopped"), 5),
    ("resume", pgettext_lazy("action", "let the clock run again"), 5),
    ("ask_extension", pgettext_lazy("action", "ask for more time"), 5),
    ("extend", pgettext_lazy("action", "give more time"), 5),
    ("refuse_extension", pgettext_lazy("action", "refuse more time"), 5),
    ("lapse_extension", pgettext_lazy("action", "more time was not decided on"), 5),
    ("save_draft", pgettext_lazy("action", "save draft of the reply"), 5),
    ("add_reply_files", pgettext_lazy("action", "add files to the reply"), 5),
    ("remove_reply_file", pgettext_lazy("action", "take a file off the reply"), 5),
    ("propose_reply", pgettext_lazy("action", "propose the reply"), 5),
    ("check_reply", pgettext_lazy("action", "check the reply"), 5),
    ("approve_reply", pgettext_lazy("action", "approve and send the reply"), 5),
    ("return_reply", pgettext_lazy("action", "send the reply back"), 5),
    ("report", pgettext_lazy("action", "report closing"), 6),
    ("close", pgettext_lazy("action", "close"), 6),
    ("report_up", pgettext_lazy("action", "report the result to the superior organ"), 6),
    ("order_rework", pgettext_lazy("action", "order rework"), 6),
    ("ask_review", pgettext_lazy("action", "ask for a review"), 6),
    ("decide_review", pgettext_lazy("action", "decide the review"), 6),
    ("ask_final", pgettext_lazy("action", "ask for the final review"), 6),
    ("decide_final", pgettext_lazy("action", "decide the final review"), 6),
    ("propose_publication", pgettext_lazy("action", "propose a public version"), 6),
    ("publish", pgettext_lazy("action", "approve the public version"), 6),
    ("return_publication", pgettext_lazy("action", "send the public version back"), 6),
    ("withdraw_publication", pgettext_lazy("action", "take the public version back"), 6),
    ("archive", pgettext_lazy("action", "archive"), 7),
    ("evaluate", pgettext_lazy("action", "evaluate"), 6),
    ("record_follow_up", pgettext_lazy("action", "record follow-up call"), 6),
    ("order_supervision", pgettext_lazy("action", "order supervision"), 5),
    ("answer_supervision", pgettext_lazy("action", "answer the supervision order"), 5),
    ("chase", pgettext_lazy("action", "chase"), 5),
    ("declare_recusal", pgettext_lazy("action", "declare recusal"), 5),
    ("recuse_person", pgettext_lazy("action", "decide another's recusal"), 5),
    ("urge", pgettext_lazy("action", "say that it is late"), 5),
    ("withdraw", pgettext_lazy("action", "withdraw"), 5),
    ("take_up", pgettext_lazy("action", "go on of the office's own motion"), 5),
    ("pass_on", pgettext_lazy("action", "pass on"), 5),
    ("succeed", pgettext_lazy("action", "hand over to the organ that follows"), 5),
    ("succeed_part", pgettext_lazy("action", "hand the part over to the organ that follows"), 5),
    ("deny_contact", pgettext_lazy("action", "report that the contact does not confirm"), 5),
    ("uphold_denial", pgettext_lazy("action", "confirm that the contact does not confirm"), 5),
    ("drop_denial", pgettext_lazy("action", "leave the contact as it is"), 5),
    ("confirm_contact", pgettext_lazy("action", "record that the contact confirms"), 5),
    ("correct_contact", pgettext_lazy("action", "correct the contact data"), 5),
    ("hide_identity", pgettext_lazy("action", "withdraw the consent"), 5),
    ("ask_erasure", pgettext_lazy("action", "ask for the erasure of personal data"), 5),
    ("grant_erasure", pgettext_lazy("action", "erase the personal data"), 5),
    ("refuse_erasure", pgettext_lazy("action", "refuse the erasure"), 5),
    ("ask_new_code", pgettext_lazy("action", "ask for a new code"), 5),
    ("issue_new_code", pgettext_lazy("action", "issue the new code"), 5),
    ("refuse_new_code", pgettext_lazy("action", "refuse the new code"), 5),
)

NEW: frozenset[State] = frozenset()
BEFORE_REPLY = (
    State.RECEIVED,
    State.SUPPLEMENTING,
    State.ACCEPTED,
    State.REGISTERED,
    State.SUBMITTED,
    State.ASSIGNED,
    State.HANDLING,
    State.SUSPENDED,
)
# While the office alone has the case; then a handler stands for it (docs/domain.md 4.7 no. 1).
BEFORE_ASSIGNMENT = (State.RECEIVED, State.SUPPLEMENTING, State.ACCEPTED, State.REGISTERED, State.SUBMITTED)
# While a promise to the citizen runs; a clock that stands still cannot be late.
ON_THE_CLOCK = tuple(state for state in BEFORE_REPLY if state not in (State.SUPPLEMENTING, State.SUSPENDED))
AFTER_REPLY = (State.REPLIED, State.REPORTED, State.CLOSED)
WRITING = (State.HANDLING, State.REWORKING)
# From its registration on the office may call whoever stays unknown to the organ.
CONTACTED_IN = (State.REGISTERED, State.SUBMITTED, State.ASSIGNED, State.HANDLING, State.SUSPENDED)
REVIEWS = UNDER_REVIEW
OPEN = (*BEFORE_REPLY, *AFTER_REPLY, State.REWORKING, *REVIEWS)
# While an organ, or the office itself, has the case in hand.
IN_HAND = tuple(state for state in OPEN if state in STATES_WITH_ORGAN)
# While the organ has to work on the case: after that it is what this organ answered, whoever follows it.
SUCCEEDED_IN = (State.ASSIGNED, State.HANDLING, State.SUSPENDED, State.REWORKING)
# What ended without being handled; the file is archived all the same.
NOT_HANDLED = (State.REJECTED, State.REDIRECTED, State.WITHDRAWN)
EVERY = (*OPEN, State.ARCHIVED, *NOT_HANDLED, State.MERGED)
# From when on there is a result that a superior organ can be told.
REPORTED_UP_IN = (*AFTER_REPLY, State.REWORKING, *REVIEWS, State.ARCHIVED, *NOT_HANDLED, State.MERGED)
# Where the submission sheet of an urgent case, which was assigned first, can be handed in (docs/domain.md 4.6).
SUBMITTED_AFTERWARDS = (State.SUBMITTED, *IN_HAND, State.ARCHIVED)
# To these a case about the same matter can still be joined: their reply is still to come.
LEADING = (*BEFORE_REPLY, State.REWORKING)
# While somebody writes the answer; what was asked for is handed in by a step of its own.
ADDED_TO = tuple(state for state in LEADING if state != State.SUPPLEMENTING)
# Whether a result stands is decided by the level above the one that it came from (docs/domain.md 4.6).
DECISIONS = frozenset({"decide_review", "decide_final"})
SAME = None

S, D, A = State, deadlines, Audience


def _row(
    action: str, sources: tuple[State, ...] | frozenset[State], target: State | None, right: str | Who, **columns: Any
) -> Transition:
    given: dict[str, Any] = {"needs": (), "closes": (), "opens": (), "told": ()} | columns
    return Transition(action, frozenset(sources), target, right, **given)


# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    # 1 reception 接待
    _row("file", NEW, S.RECEIVED, Who.ANYONE, needs=("title", "description"),
         opens=(D.ACCEPT, held(D.RESOLVE_PERSON), dated(D.REPORT_UP)), told=(A.OFFICE, A.CITIZEN)),
    _row("ask_supplement", (S.RECEIVED,), S.SUPPLEMENTING, "case.ask_supplement", needs=("missing",),
         closes=(D.ACCEPT,), opens=(D.SUPPLEMENT,), told=(A.CITIZEN,)),
    _row("supplement", (S.SUPPLEMENTING,), S.RECEIVED, Who.CITIZEN, needs=("text",),
         closes=(D.SUPPLEMENT,), opens=(D.ACCEPT,), told=(A.OFFICE,)),
    _row("supplement", (S.SUSPENDED,), S.HANDLING, Who.CITIZEN, needs=("text",),
         closes=(D.SUPPLEMENT, D.RESUME_CHECK), opens=(held(D.RESOLVE_PERSON), withheld(D.EDIT_TEXT)),
         told=(A.HOLDER,)),
    _row("add_material", ADDED_TO, SAME, Who.CITIZEN, needs=("text",),
         opens=(held(D.RESOLVE_PERSON), withheld(D.EDIT_TEXT)), told=(A.HOLDER,)),
    # What a joined case adds reaches whoever writes the reply in words of the office alone (docs/trust.md P-06).
    _row("add_material", (S.MERGED,), SAME, Who.CITIZEN, needs=("text",),
         opens=(held(D.RESOLVE_PERSON), D.EDIT_TEXT), told=(A.OFFICE,)),
    _row("lapse", (S.SUPPLEMENTING,), S.WITHDRAWN, Who.SYSTEM, cancels=D.OF_MATTER, opens=(undated(D.REPORT_UP),),
         told=(A.CITIZEN,)),
    _row("lapse", (S.SUSPENDED,), S.HANDLING, Who.SYSTEM, closes=(D.RESUME_CHECK,), told=(A.HOLDER, A.CITIZEN)),
    _row("name_receiver", BEFORE_ASSIGNMENT, SAME, "case.name_receiver", needs=("first_receiver",)),
    _row("answer_on_spot", (S.RECEIVED,), S.REPLIED, "case.answer_on_spot", needs=("answer",),
         closes=(D.ACCEPT,), cancels=(D.RESOLVE_PERSON,),
         opens=(D.REPORT, D.EVALUATE, withheld(D.EDIT_TEXT), undated(D.REPORT_UP)),
         told=(A.CITIZEN,)),
    # 2 acceptance 受理
    _row("accept", (S.RECEIVED,), S.ACCEPTED, "case.accept", needs=("kind", "category", "complexity"),
         closes=(D.ACCEPT,), opens=(D.REPLY, D.REGISTER, held(D.RESOLVE_PERSON)), told=(A.CITIZEN,)),
    _row("reject", (S.RECEIVED,), S.REJECTED, "case.reject", needs=("ground", "text"),
         closes=(D.ACCEPT,), cancels=(D.RESOLVE_PERSON, D.SUPERVISE),
         opens=(named(D.REVIEW_APPLY), undated(D.REPORT_UP)),
         told=(A.CITIZEN,)),
    _row("clear_spam", (S.REJECTED,), S.RECEIVED, "case.reject", needs=("text",), cancels=D.OF_MATTER,
         opens=(D.ACCEPT, held(D.RESOLVE_PERSON)), told=(A.CITIZEN,)),
    _row("redirect", (S.RECEIVED,), S.REDIRECTED, "case.redirect", needs=("addressee", "text"),
         closes=(D.ACCEPT,), cancels=(D.RESOLVE_PERSON, D.SUPERVISE), opens=(undated(D.REPORT_UP),), told=(A.CITIZEN,)),
    _row("merge", (S.RECEIVED, S.ACCEPTED), S.MERGED, "case.merge", needs=("leading", "reason"),
         cancels=D.OF_MATTER, told=(A.CITIZEN,)),
    _row("take_in", LEADING, SAME, Who.SYSTEM, told=(A.HOLDER,)),
    _row("pass_facts", (S.MERGED,), SAME, "case.merge", needs=("facts",), closes=(D.EDIT_TEXT,)),
    _row("split", (S.MERGED,), SAME, "case.merge", needs=("reason",),
         cancels=(D.EVALUATE, D.FOLLOW_UP, D.REVIEW_APPLY, D.SUPERVISE, D.EDIT_TEXT),
         opens=(before_acceptance(D.ACCEPT), after_acceptance(D.REPLY), after_acceptance(D.REGISTER),
                held(D.RESOLVE_PERSON)), told=(A.CITIZEN,)),
    _row("set_free", (S.MERGED,), S.RECEIVED, Who.SYSTEM,
         cancels=(D.EVALUATE, D.FOLLOW_UP, D.REVIEW_APPLY, D.SUPERVISE, D.EDIT_TEXT),
         opens=(D.ACCEPT, held(D.RESOLVE_PERSON)), told=(A.OFFICE, A.CITIZEN)),
    _row("share_reply", (S.MERGED, *REVIEWS, S.CLOSED, S.ARCHIVED), SAME, Who.SYSTEM,
         cancels=(D.EVALUATE, D.REVIEW_APPLY, D.FINAL_APPLY),
         opens=(D.EVALUATE, named(D.REVIEW_APPLY), undated(D.REPORT_UP)),
         told=(A.CITIZEN,)),
    _row("link_person", (*OPEN, S.MERGED, S.ARCHIVED), SAME, "case.link_person", needs=("post", "reason"),
         closes=(D.RESOLVE_PERSON,)),
    _row("link_organ", OPEN, SAME, "case.link_person", needs=("organ", "reason")),
    # What is found out in one of several joined cases holds for all that one reply answers (4.7).
    _row("share_person", (*OPEN, S.MERGED, S.ARCHIVED), SAME, Who.SYSTEM, closes=(resolved(D.RESOLVE_PERSON),),
         opens=(held(D.RESOLVE_PERSON),)),
    _row("write_summary", OPEN, SAME, "case.write_summary", needs=("title", "text"), closes=(D.EDIT_TEXT,),
         told=(A.HOLDER,)),
    # 3 registration 登记
    _row("register", (S.ACCEPTED,), S.REGISTERED, "case.register", needs=("way",),
         closes=(D.REGISTER,), opens=(D.SUBMIT,), told=(A.OFFICE_HEADS_IF_URGENT,)),
    # 4 submission 呈批
    _row("submit", (S.REGISTERED,), S.SUBMITTED, "case.submit", needs=("handling", "organ", "proposal"),
         closes=(D.SUBMIT,), opens=(D.INSTRUCT, held(D.RESOLVE_PERSON)), told=(A.OFFICE_HEADS,)),
    _row("submit", SUBMITTED_AFTERWARDS, SAME, "case.submit", needs=("proposal",), closes=(D.SUBMIT,)),
    # Whose duty it is is not clear: the leader designates a lead organ by the instruction (4.7).
    _row("report_unclear", (S.REGISTERED,), S.SUBMITTED, "case.submit", needs=("organs", "reason"),
         closes=(D.SUBMIT,), opens=(D.DESIGNATE, held(D.RESOLVE_PERSON)), told=(A.OFFICE_HEADS, A.CITIZEN)),
    _row("report_unclear", (S.SUBMITTED,), SAME, "case.submit", needs=("organs", "reason"),
         opens=(D.DESIGNATE, held(D.RESOLVE_PERSON)), told=(A.OFFICE_HEADS, A.CITIZEN)),
    _row("instruct", (S.SUBMITTED,), S.ASSIGNED, "case.instruct", way=Handling.ASSIGNED,
         needs=("handling", "organ", "instruction"),
         closes=(D.INSTRUCT, D.RETURN_RULING, D.DESIGNATE), opens=(D.SIGN_IN,), told=(A.HOLDER, A.CITIZEN)),
    _row("instruct", (S.SUBMITTED,), S.HANDLING, "case.instruct", way=Handling.OWN,
         needs=("handling", "instruction"),
         closes=(D.INSTRUCT, D.RETURN_RULING, D.DESIGNATE), opens=(uncontacted(D.CONTACT),),
         told=(A.HOLDER, A.CITIZEN)),
    # An urgent case may be assigned first; its sheet is then due the same day.
    _row("instruct", (S.REGISTERED,), S.ASSIGNED, "case.instruct", way=Handling.ASSIGNED,
         needs=("handling", "organ", "instruction"),
         cancels=(D.SUBMIT,), opens=(D.SUBMIT, D.SIGN_IN), told=(A.HOLDER, A.CITIZEN)),
    _row("instruct", (S.REGISTERED,), S.HANDLING, "case.instruct", way=Handling.OWN,
         needs=("handling", "instruction"),
         cancels=(D.SUBMIT,), opens=(D.SUBMIT, uncontacted(D.CONTACT)), told=(A.HOLDER, A.CITIZEN)),
    # 5 handling 办理
    _row("sign_in", (S.ASSIGNED,), S.HANDLING, "case.sign_in",
         closes=(D.SIGN_IN,), opens=(uncontacted(D.CONTACT),)),
    _row("return", (S.ASSIGNED,), S.SUBMITTED, "case.return", needs=("reason", "basis", "organ"),
         closes=(D.SIGN_IN,), opens=(D.RETURN_RULING,), told=(A.OFFICE_HEADS,)),
    _row("ask_suspension", (S.HANDLING,), SAME, "case.ask_suspension", needs=("ground", "reason"), told=(A.OFFICE,)),
    _row("ask_question", ASKED_IN, SAME, "case.ask_question", needs=("question",),
         opens=(D.QUESTION,), told=(A.CITIZEN,)),
    _row("answer_question", ASKED_IN, SAME, Who.CITIZEN, needs=("text",), closes=(D.QUESTION,),
         opens=(held(D.RESOLVE_PERSON), unread(D.EDIT_TEXT)), told=(A.HOLDER, A.ASKER, A.OFFICE_TO_EDIT)),
    _row("lapse_question", ASKED_IN, SAME, Who.SYSTEM, told=(A.HOLDER, A.ASKER, A.CITIZEN)),
    _row("suspend", (S.HANDLING,), S.SUSPENDED, "case.suspend", needs=("ground", "reason"), cancels=(D.QUESTION,),
         opens=(D.RESUME_CHECK, asked(D.SUPPLEMENT)), told=(A.CITIZEN, A.HOLDER)),
    _row("refuse_suspension", (S.HANDLING,), SAME, "case.suspend", needs=("reason",), told=(A.HOLDER,)),
    _row("lapse_suspension", OPEN, SAME, Who.SYSTEM, told=(A.HOLDER,)),
    _row("keep_suspended", (S.SUSPENDED,), SAME, "case.suspend", needs=("reason",),
         closes=(D.RESUME_CHECK,), opens=(D.RESUME_CHECK,)),
    _row("resume", (S.SUSPENDED,), S.HANDLING, "case.suspend", needs=("reason",),
         closes=(D.RESUME_CHECK,), cancels=(D.SUPPLEMENT,), told=(A.CITIZEN, A.HOLDER)),
    _row("ask_extension", tuple(EXTENDED_IN), SAME, "case.ask_extension", needs=("days", "reason"),
         told=(A.OFFICE_HEADS,)),
    _row("extend", tuple(EXTENDED_IN), SAME, "case.extend", needs=("days", "reason"), told=(A.CITIZEN, A.HOLDER)),
    _row("refuse_extension", tuple(EXTENDED_IN), SAME, "case.extend", needs=("reason",), told=(A.HOLDER,)),
    _row("lapse_extension", OPEN, SAME, Who.SYSTEM, told=(A.HOLDER,)),
    _row("record_contact", CONTACTED_IN, SAME, "case.record_contact", needs=("text", "reached"),
         closes=(reached(D.CONTACT),)),
    _row("assign", IN_HAND, SAME, "case.assign", needs=("handler", "reason"), told=(A.HANDLER,)),
    _row("transfer", (S.HANDLING,), S.ASSIGNED, "case.transfer", needs=("organ", "reason"),
         cancels=(D.QUESTION,), opens=(D.SIGN_IN,), told=(A.HOLDER, A.CITIZEN)),
    _row("join", (S.HANDLING,), SAME, "case.join", needs=("organ", "request", "days"),
         opens=(D.ASSIST_SIGN_IN, D.ASSIST), told=(A.ASSISTING,)),
    _row("sign_in_part", STATES_WITH_PARTS, SAME, "part.sign_in", closes=(D.ASSIST_SIGN_IN,)),
    _row("answer_part", STATES_WITH_PARTS, SAME, "part.answer", needs=("answer",),
         closes=(D.ASSIST,), told=(A.HOLDER, A.OFFICE)),
    _row("withdraw_part", STATES_WITH_PARTS, SAME, "case.join", needs=("part", "reason"),
         cancels=(D.ASSIST_SIGN_IN, D.ASSIST), told=(A.ASSISTING,)),
    _row("save_draft", WRITING, SAME, "case.draft_reply"),
    _row("add_reply_files", WRITING, SAME, "case.draft_reply", needs=("files",)),
    _row("remove_reply_file", WRITING, SAME, "case.draft_reply", needs=("file",)),
    _row("propose_reply", WRITING, SAME, "case.draft_reply", needs=("outcome", "findings"), told=(A.REVIEWERS,)),
    _row("check_reply", WRITING, SAME, "case.check_reply", told=(A.APPROVERS,)),
    _row("return_reply", WRITING, SAME, "case.return_reply", needs=("remark",), told=(A.DRAFTER,)),
    _row("approve_reply", WRITING, S.REPLIED, "case.approve_reply",
         closes=(D.REPLY, D.REWORK, D.CONTACT), cancels=(D.QUESTION, D.EVALUATE, D.REVIEW_APPLY, D.FINAL_APPLY),
         opens=(D.REPORT, D.EVALUATE, named(D.REVIEW_APPLY), undated(D.REPORT_UP)),
         told=(A.CITIZEN, A.DRAFTER)),
    # 6 report closing 报结
    _row("report", (S.REPLIED,), S.REPORTED, "case.report", needs=("facts", "basis", "measures"),
         closes=(D.REPORT,), opens=(D.CLOSE_REVIEW,), told=(A.OFFICE,)),
    _row("close", (S.REPORTED,), S.CLOSED, "case.close", needs=("conclusion",),
         closes=(D.CLOSE_REVIEW,), opens=(D.ARCHIVE, drawn(D.FOLLOW_UP)), told=(A.CITIZEN,)),
    _row("report_up", REPORTED_UP_IN, SAME, "case.report_up", needs=("text",), closes=(D.REPORT_UP,)),
    _row("order_rework", AFTER_REPLY, S.REWORKING, "case.order_rework", needs=("text",),
         closes=(D.CLOSE_REVIEW, D.ARCHIVE), cancels=(D.REPORT,), opens=(D.REWORK,), told=(A.HOLDER, A.CITIZEN)),
    _row("evaluate", (*AFTER_REPLY, S.REWORKING, *REVIEWS, S.ARCHIVED, S.MERGED), SAME, Who.CITIZEN, needs=("grade",),
         closes=(D.EVALUATE,), opens=(negative(D.FOLLOW_UP), held(D.RESOLVE_PERSON), withheld(D.EDIT_TEXT)),
         told=(A.OFFICE_IF_NEGATIVE,)),
    _row("record_follow_up", (*AFTER_REPLY, S.REWORKING, *REVIEWS, S.ARCHIVED, S.MERGED), SAME, "case.record_follow_up",
         needs=("text", "cause"), closes=(D.FOLLOW_UP,)),
    # review 复查 and final review 复核
    _row("ask_review", (*AFTER_REPLY, S.MERGED, S.REJECTED, S.ARCHIVED), S.REVIEWING, Who.CITIZEN, needs=("reasons",),
         closes=(D.REVIEW_APPLY,), cancels=(D.REPORT, D.CLOSE_REVIEW, D.ARCHIVE),
         opens=(D.REVIEW, held(D.RESOLVE_PERSON), withheld(D.EDIT_TEXT)),
         told=(A.OFFICE_HEADS, A.REVIEWED)),
    _row("decide_review", (S.REVIEWING,), S.CLOSED, "case.decide_review", way=Decision.UPHELD, needs=("text",),
         closes=(D.REVIEW,), opens=(D.ARCHIVE, D.FINAL_APPLY, drawn(D.FOLLOW_UP)), told=(A.CITIZEN, A.HOLDER)),
    _row("decide_review", (S.REVIEWING,), S.REWORKING, "case.decide_review", way=Decision.OVERTURNED, needs=("text",),
         closes=(D.REVIEW,), opens=(D.REWORK,), told=(A.CITIZEN, A.HOLDER)),
    _row("decide_review", (S.REVIEWING,), S.ACCEPTED, "case.decide_review", way=Decision.TAKEN_ON, needs=("text",),
         closes=(D.REVIEW,), opens=(D.REPLY, D.REGISTER, held(D.RESOLVE_PERSON)), told=(A.CITIZEN, A.OFFICE)),
    _row("ask_final", (S.CLOSED, S.ARCHIVED), S.FINAL_REVIEWING, Who.CITIZEN, needs=("reasons",),
         closes=(D.FINAL_APPLY,), cancels=(D.ARCHIVE,), opens=(D.FINAL, held(D.RESOLVE_PERSON), withheld(D.EDIT_TEXT)),
         told=(A.OFFICE_HEADS,)),
    _row("decide_final", (S.FINAL_REVIEWING,), S.CLOSED, "case.decide_final", way=Decision.UPHELD, needs=("text",),
         closes=(D.FINAL,), opens=(D.ARCHIVE,), told=(A.CITIZEN, A.HOLDER)),
    _row("decide_final", (S.FINAL_REVIEWING,), S.REWORKING, "case.decide_final", way=Decision.OVERTURNED,
         needs=("text",), closes=(D.FINAL,), opens=(D.REWORK,), told=(A.CITIZEN, A.HOLDER)),
    # 7 archive 归档
    _row("archive", (S.CLOSED, *NOT_HANDLED), S.ARCHIVED, "case.archive", closes=(D.ARCHIVE,),
         cancels=(D.EDIT_TEXT,)),
    # a public version of what was asked and answered
    _row("propose_publication", publishing.PUBLISHABLE, SAME, "case.propose_publication",
         needs=("title", "question", "answer"), told=(A.PUBLISHERS,)),
    _row("publish", publishing.PUBLISHABLE, SAME, "case.publish", told=(A.PROPOSER,)),
    _row("return_publication", publishing.PUBLISHABLE, SAME, "case.publish", needs=("remark",), told=(A.PROPOSER,)),
    _row("withdraw_publication", publishing.PUBLISHABLE, SAME, "case.withdraw_publication", needs=("reason",)),
    _row("file_away", (S.MERGED,), S.ARCHIVED, Who.SYSTEM, cancels=(D.EDIT_TEXT,)),
    _row("put_away", NOT_HANDLED, S.ARCHIVED, Who.SYSTEM),
    # at any time
    _row("order_supervision", OPEN, SAME, "case.supervise", needs=("text",),
         opens=(D.SUPERVISE,), told=(A.HOLDER,)),
    _row("answer_supervision", (*OPEN, S.ARCHIVED), SAME, "case.answer_supervision", needs=("text",),
         closes=(D.SUPERVISE,), told=(A.ORDERER,)),
    _row("chase", (*ON_THE_CLOCK, *AFTER_REPLY, S.REWORKING, *REVIEWS), SAME, "case.chase"),
    _row("declare_recusal", EVERY, SAME, "recusal.declare", needs=("reason",)),
    _row("recuse_person", EVERY, SAME, "recusal.decide", needs=("person", "reason")),
    _row("urge", EVERY, SAME, Who.CITIZEN, told=(A.OFFICE,)),
    _row("withdraw", (*BEFORE_REPLY, S.MERGED), S.WITHDRAWN, Who.CITIZEN, cancels=D.OF_MATTER,
         opens=(undated(D.REPORT_UP),), told=(A.OFFICE, A.HOLDER)),
    _row("take_up", (S.WITHDRAWN, S.ARCHIVED), SAME, "case.take_up", needs=("reason", "title", "description")),
    _row("pass_on", OPEN, SAME, Who.SYSTEM, told=(A.HANDLER,)),
    _row("succeed", SUCCEEDED_IN, SAME, Who.SYSTEM, told=(A.CITIZEN,)),
    _row("succeed_part", STATES_WITH_PARTS, SAME, Who.SYSTEM, told=(A.HOLDER, A.OFFICE)),
    _row("tell_of_inquiry", EVERY, SAME, Who.SYSTEM, told=(A.CITIZEN,)),
    # what is kept about the complainant, and a lost code (docs/trust.md P-13, S-11)
    _row("deny_contact", EVERY, SAME, "case.confirm_contact", needs=("reason",), opens=(D.CONFIRM,),
         told=(A.OFFICE,)),
    _row("uphold_denial", EVERY, SAME, "case.confirm_contact", closes=(D.CONFIRM,), cancels=(D.CONTACT, D.FOLLOW_UP),
         opens=(withheld(D.EDIT_TEXT),), told=(A.HOLDER,)),
    _row("drop_denial", EVERY, SAME, "case.confirm_contact", needs=("reason",), closes=(keeps_name(D.CONFIRM),)),
    _row("confirm_contact", EVERY, SAME, "case.confirm_contact", needs=("reason",),
         closes=(D.CONFIRM,), told=(A.HOLDER, A.CITIZEN)),
    _row("correct_contact", EVERY, SAME, Who.CITIZEN, opens=(withheld(D.EDIT_TEXT), unconfirmed(D.CONFIRM)),
         told=(A.OFFICE_IF_UNCONFIRMED,)),
    _row("hide_identity", EVERY, SAME, Who.CITIZEN, opens=(withheld(D.EDIT_TEXT),), told=(A.HOLDER,)),
    _row("ask_erasure", EVERY, SAME, Who.CITIZEN, opens=(D.ERASURE,), told=(A.OFFICE,)),
    _row("grant_erasure", EVERY, SAME, "case.decide_erasure",
         closes=(D.ERASURE,), cancels=D.OF_KNOWN, opens=(withheld(D.EDIT_TEXT),)),
    _row("refuse_erasure", EVERY, SAME, "case.decide_erasure", needs=("ground", "text"),
         closes=(D.ERASURE,), told=(A.CITIZEN,)),
    _row("ask_new_code", EVERY, SAME, "case.renew_code", needs=("check", "reason"),
         opens=(D.NEW_CODE,), told=(A.OFFICE,)),
    _row("issue_new_code", EVERY, SAME, "case.renew_code", closes=(D.NEW_CODE,), told=(A.CITIZEN,)),
    _row("refuse_new_code", EVERY, SAME, "case.renew_code", needs=("reason",), closes=(D.NEW_CODE,)),
)
# fmt: on

# Besides, whoever knows of a part alone may have a conflict to declare.
IN_PART = OF_PART | {"declare_recusal"}
# Steps that the first receiver takes at the reception itself, by the right that it needs there.
AT_RECEPTION = {"answer_on_spot": "case.answer_at_reception"}
# The promise that the citizen may call late, in this order (docs/domain.md 4.6).
PROMISED_TO_CITIZEN = (
    deadlines.FINAL,
    deadlines.REVIEW,
    deadlines.REWORK,
    deadlines.REPLY,
    deadlines.ACCEPT,
    deadlines.CONTACT,
    deadlines.ERASURE,
)
_MOMENTS = {
    State.ACCEPTED: "accepted_at",
    State.REPLIED: "replied_at",
    State.CLOSED: "closed_at",
    State.ARCHIVED: "archived_at",
}
# Where one of these changes, somebody else owes what is promised (``deadlines.owner_of``).
DECIDES_WHO_OWES = ("office_id", "handling_organ_id", "handler_id", "consent")
# Long columns that no step changes.
_UNCHANGING = frozenset({"description", "search_pairs"})


def rows_of(action: str) -> tuple[Transition, ...]:
    """
    Return the rows of the table for ``action``.

    :raises KeyError: the table does not know it
    """
    rows = tuple(row for row in TRANSITIONS if row.action == action)
    if not rows:
        raise KeyError(action)
    return rows


@dataclass(slots=True)
class Step:
    """An action under way: the case is locked, and whoever acts was found entitled from ``seat``."""

    case: Case
    action: str
    at: datetime
    by: User | None = None
    seat: Seat | None = None
    # The part of an assisting organ that the step is about; its promises are beside those of the case.
    part: Assistance | None = None
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def actor_kind(self) -> str:
        """As what the actor is recorded."""
        if self.by is not None:
            return "staff"
        return "system" if rows_of(self.action)[0].right is Who.SYSTEM else "citizen"


def begin(case: Case, action: str, /, *, by: User, at: datetime, version: int | None) -> Step:
    """
    Lock the case and say that ``by`` may take this step now; ``case`` is read anew under the lock (docs/trust.md Z-06).

    ``version`` is that of the page on which the decision was made; None for the few steps that depend on nothing
    that could have changed. Must run in a transaction.

    :raises Absent: for ``by`` there is no such case: out of scope, held or recused
    :raises NotAllowed: ``by`` may see the case but not do this
    :raises StaleCase: somebody changed the case since ``version``
    :raises NotInState: the step does not begin in the case's state
    """
    lock(case)
    right = rows_of(action)[0].right
    if not isinstance(right, str):
        raise TypeError(f"{action} is no action of staff")
    scope = scope_of(by, fresh=True)
    stands = tuple(seats_to(scope, case))
    if not ways(stands, "case.see", case):
        raise Absent
    seats = [
        seat
        for seat, cell in ways(stands, right, case)
        if cell in ACTING and _is_in_charge(seat, action, case) and not _is_of_section(seat, action, case, scope)
    ]
    if not seats:
        raise NotAllowed(_("You may see this case, but this step is not yours to take."))
    _check_version(case, version)
    _check_state(case, action)
    if refusal := obstacle(case, action, by):
        raise refusal
    return Step(case, action, at, by, _acting_seat(case, seats, by, at), before=_values_of(case))


def _acting_seat(case: Case, seats: list[Seat], by: User, at: datetime) -> Seat:
    """
    Return the seat that the event names: the one nearest to the case, held rather than stood in for.

    Whoever stands in for the handler acts for the handler's post, and is recorded so (docs/domain.md 7).
    """
    post_id = None
    if case.handler_id != by.pk and any(seat.is_stand_in for seat in seats):
        post = deadlines.post_of_handler(case, at)
        post_id = post.pk if post else None
    near = (case.handling_organ_id, case.office_id)
    return min(
        seats,
        key=lambda seat: (
            not (seat.is_stand_in and seat.post_id == post_id),
            seat.organ_id not in near,
            seat.is_stand_in,
            seat.post_id,
        ),
    )


def begin_for_part(part: Assistance, action: str, /, *, by: User, at: datetime) -> Step:
    """
    Lock the case for a step that an assisting organ takes in its part; ``part`` is read anew under the lock.

    The case itself is absent for that organ, so there is no version that its page could have shown: what counts is
    the state of the part, which changes under this lock alone.

    :raises Absent: for ``by`` there is no such part: of another organ, or the case concerns them
    :raises NotAllowed: ``by`` may see the part but not do this
    :raises NotInState: the case or the part is no longer where the step begins
    """
    case = part.case
    lock(case)
    part.refresh_from_db()
    part.case = case
    scope = scope_of(by, fresh=True)
    if not ways(tuple(seats_to_part(scope, part)), "part.see", part):
        raise Absent
    seats = _seats_in_part(part, action, scope)
    if not seats:
        raise NotAllowed(_("You may see this part, but this step is not yours to take."))
    if refusal := obstacle_of_part(part, action):
        raise refusal
    _check_state(case, action)
    return Step(case, action, at, by, _nearest(seats, part.organ_id), part, _values_of(case))


def may_in_part(part: Assistance, action: str, user: User) -> bool:
    """Say whether the step in a part is ``user``'s to take; the section complained about takes none (4.3)."""
    return bool(_seats_in_part(part, action, scope_of(user)))


def _seats_in_part(part: Assistance, action: str, scope: Scope) -> list[Seat]:
    right = rows_of(action)[0].right
    if action not in IN_PART or not isinstance(right, str):
        raise TypeError(f"{action} is no step of an assisting organ")
    return [
        seat
        for seat, cell in ways(tuple(seats_to_part(scope, part)), right, part)
        if cell in ACTING and not _is_of_section(seat, action, part.case, scope)
    ]


def _nearest(seats: list[Seat], *organ_ids: int | None) -> Seat:
    return min(seats, key=lambda each: (each.organ_id not in organ_ids, each.is_stand_in, each.post_id))


def begin_for_receiver(case: Case, action: str, /, *, by: User, at: datetime) -> Step:
    """
    Lock the case for what its first receiver does in the moment of the reception, before anything else was done.

    A case is with the office alone then, so the right is that of whoever typed it in (docs/domain.md 4.7 no. 1).

    :raises NotAllowed: ``by`` is not the first receiver, or may not do this at a reception
    :raises NotInState: the step does not begin here, or something stands against it
    """
    lock(case)
    seats = [seat for seat, cell in seats_for(by, AT_RECEPTION[action], fresh=True) if cell in ACTING]
    if case.first_receiver_id != by.pk or case.version != 1 or not seats:
        raise NotAllowed(_("This step is for whoever receives the person, while they are there."))
    _check_state(case, action)
    if refusal := obstacle(case, action, by):
        raise refusal
    return Step(case, action, at, by, _nearest(seats, case.office_id, case.organ_id), before=_values_of(case))


def begin_for_citizen(case: Case, action: str, /, *, at: datetime) -> Step:
    """
    Lock the case for a step of the citizen, who has shown number and code.

    :raises NotInState: the step does not begin in the case's state
    """
    lock(case)
    if rows_of(action)[0].right is not Who.CITIZEN:
        raise TypeError(f"{action} is no action of a citizen")
    _check_state(case, action)
    if refusal := obstacle(case, action, None):
        raise refusal
    return Step(case, action, at, before=_values_of(case))


def begin_for_system(
    case: Case, action: str, /, *, at: datetime, by: User | None = None, seat: Seat | None = None
) -> Step | None:
    """
    Lock the case for a step that nobody takes by hand; None if the case is no longer where the step begins.

    Where it follows from what somebody decided elsewhere, ``by`` and ``seat`` are who that was, and from where.
    """
    lock(case)
    if rows_of(action)[0].right is not Who.SYSTEM:
        raise TypeError(f"{action} is no action of the system")
    if not any(case.state in row.sources for row in rows_of(action)):
        return None
    return Step(case, action, at, by, seat, before=_values_of(case))


def finish(
    step: Step,
    /,
    *,
    way: Handling | Decision | None = None,
    to: State | None = None,
    since: Mapping[str, datetime] | None = None,
    public_text: str = "",
    internal_text: str = "",
    data: Values | None = None,
) -> CaseEvent:
    """
    Carry the step out as the table says: promises, state, event and messages, in the caller's transaction.

    Promises are closed, passed to who owes them now, and opened, in this order; one that runs already is not opened
    again, so no step restarts a clock (docs/domain.md 13 no. 4). ``data`` are the values that the step decided.
    ``to`` overrides a target that stays, where a rule moves the case besides (docs/trust.md Z-09). ``since`` says of
    promises that were taken away by mistake and come back when they begin; every other one begins now.
    """
    case, at, values = step.case, step.at, dict(data or {})
    rows = (row for row in rows_of(step.action) if row.way in (None, way) and case.state in row.sources)
    row = next(rows)
    from_state, to_state = State(case.state), row.target or to or State(case.state)
    if moment := _MOMENTS.get(to_state) if to_state != from_state else None:
        setattr(case, moment, at)
    case.state = to_state
    case.version += 1

    case.next_due_at = _move_promises(step, row, values, since or {})
    changed = _changed(case, step.before)
    case.save(update_fields=changed)
    if "office_id" in changed:
        together.go_along(case, at=at)

    if deadlines.SUPERVISE in row.cancels:
        # Nobody answers any more; where the case comes back, another order can be issued.
        case.supervision_orders.waiting().update(ended_at=at)
    event = CaseEvent.objects.create(
        case=case,
        number=case.version,
        action=step.action,
        actor=step.by,
        actor_kind=step.actor_kind,
        actor_organ_id=step.seat.organ_id if step.seat else None,
        actor_post_id=step.seat.post_id if step.seat else None,
        at=at,
        from_state=from_state,
        to_state=to_state,
        public_text=public_text,
        internal_text=internal_text,
        data=values,
    )
    messages.tell(event, row.told)
    parts.settle(event)
    questions.settle(event)
    checking.settle(event)
    publishing.settle(event)
    return event


def _move_promises(step: Step, row: Transition, values: Values, since: Mapping[str, datetime]) -> datetime | None:
    """Close, cancel, pass on and open; return when what runs afterwards falls due next."""
    case, at = step.case, step.at
    promises = engine.hold(case)
    for kind in that_hold(row.closes, case, values):
        promises.meet(kind, at=at)
    promises.cancel(row.cancels, at=at)
    if any(step.before[name] != getattr(case, name) for name in DECIDES_WHO_OWES):
        deadlines.pass_to_owner(case, promises, at=at)
    opens = [
        kind
        for kind in that_hold(row.opens, case, values)
        if kind not in promises.kinds and not deadlines.BY_NAME[kind].is_of_part
    ]
    for begins in sorted({since.get(kind, at) for kind in opens}):
        begun = [kind for kind in opens if since.get(kind, at) == begins]
        deadlines.open_all(case, promises, begun, at=begins, days=values.get("days"))
    if step.part is not None:
        _move_promises_of_part(step.part, row, case, values, at)
    return promises.next_due_at()


def _move_promises_of_part(part: Assistance, row: Transition, case: Case, values: Values, at: datetime) -> None:
    """Do the same for the part that the step is about; the promises of the case are untouched by it."""
    for kind in that_hold(row.closes, case, values):
        engine.meet(part, kind, at=at)
    engine.cancel(part, row.cancels, at=at)
    for kind in that_hold(row.opens, case, values):
        deadlines.open_for_part(part, kind, at=at)


def that_hold(column: tuple[str | If, ...], case: Case, values: Values) -> list[str]:
    """Return the kinds of a column whose conditions hold for ``case`` and the values that the step decided."""
    kinds = []
    for entry in column:
        if isinstance(entry, str):
            kinds.append(entry)
        elif entry.holds(case, values):
            kinds.append(entry.kind)
    return kinds


def _is_in_charge(seat: Seat, action: str, case: Case) -> bool:
    """
    A review belongs to the office in charge of it, not to the one below whose handling is looked at.

    Whoever stays unknown to the organ is called by the office (docs/domain.md 4.3).
    """
    if action == "record_contact":
        return case.consent or seat.role != Role.CLERK
    if action == "answer_supervision":
        return _is_ordered(seat, case)
    return action not in DECISIONS or case.office_id in seat.organ_ids


def _is_ordered(seat: Seat, case: Case) -> bool:
    """
    Whether a supervision order is the seat's to answer: an office's own where it was ordered, wherever the case is now.

    One to an organ goes with the case to whoever has it in hand (docs/domain.md 4.6).
    """
    order = unanswered_order(case)
    if order is not None and order.organ.kind == OrganKind.EFFICIENCY_OFFICE:
        return seat.role == Role.OFFICE_OFFICER and order.organ_id in seat.organ_ids
    return seat.role != Role.OFFICE_OFFICER or not _is_with_organ(case)


def _is_of_section(seat: Seat, action: str, case: Case, scope: Scope) -> bool:
    """
    Whether the seat is of an organ, and the person works in the section that the case is about (docs/domain.md 4.3).

    From there no step is taken, but that of saying that one has a conflict.
    """
    return action != "declare_recusal" and seat.role in people.OF_SECTION and people.works_in_section(case, scope)


def lock(case: Case) -> None:
    """Lock the case with what is joined to it, and read it anew; must run in a transaction (docs/trust.md Z-06)."""
    stored = {row.pk: row for row in _locked.rows(case.pk)}.get(case.pk)
    if stored is None or (stored.handling_organ is None) != (stored.handling_organ_id is None):
        # PostgreSQL joins no row anew for which it has waited: what came meanwhile in place of office or organ is
        # missing, or the case is. All of them are locked now, so nothing comes between a second time.
        stored = {row.pk: row for row in _locked.rows(case.pk)}[case.pk]
    _read_anew(case, stored)


def _to_lock(pk: int) -> QuerySet[Case]:
    # Rows may still be inserted that point at the case: plain FOR UPDATE would make them wait. What is joined to it is
    # locked with it, in the order of ids in which everybody locks many cases.
    rows = Case.objects.filter(Q(pk=pk) | Q(leading_id=pk)).select_related("office", "handling_organ").order_by("pk")
    return rows.select_for_update(of=("self",), no_key=True)


# Every step asks this, and putting it together takes longer than the answer.
_locked = Kept(_to_lock, int)


def _read_anew(case: Case, stored: Case) -> None:
    """Let ``case`` be as ``stored`` is, and forget what was read of its surroundings before."""
    for each in case._meta.concrete_fields:
        setattr(case, each.attname, getattr(stored, each.attname))
    case._state.fields_cache = dict(stored._state.fields_cache)
    case._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # Django's own


def _check_version(case: Case, version: int | None) -> None:
    if version is None or version == case.version:
        return
    changes = list(case.events.filter(number__gt=version).select_related("actor").order_by("number"))
    raise StaleCase(changes, [ACTIONS[event.action].label for event in changes])


def _check_state(case: Case, action: str) -> None:
    if not any(case.state in row.sources for row in rows_of(action)):
        raise NotInState(
            _("The case is “%(state)s”; this step does not begin there.") % {"state": case.get_state_display()}
        )


def _values_of(case: Case) -> dict[str, Any]:
    return {
        each.attname: getattr(case, each.attname)
        for each in case._meta.concrete_fields
        if each.attname not in _UNCHANGING
    }


def _changed(case: Case, before: dict[str, Any]) -> list[str]:
    return [name for name, value in before.items() if getattr(case, name) != value]


@dataclass(frozen=True, slots=True)
class NextAction:
    """A step that a member of staff could take now, or would if something did not stand against it."""

    name: str
    label: Lazy
    allowed: bool
    why_not: str | Lazy = ""


@at_once()
def next_actions(case: Case, user: User) -> list[NextAction]:
    """
    Return the steps that begin in the state of ``case`` and are ``user``'s to take, in the order of the table.

    Steps that others have to take are left out, and those that answer what nobody asked; one that a rule stops is
    listed with the reason. Empty for whoever does not know of the case.
    """
    found: dict[str, NextAction] = {}
    scope = scope_of(user)
    stands = tuple(seats_to(scope, case))
    for row in TRANSITIONS:
        if not isinstance(row.right, str) or row.action in found or case.state not in row.sources:
            continue
        if row.action in OF_PART:  # taken on the page of the part, by an organ that does not know of the case
            continue
        seats = [seat for seat, cell in ways(stands, row.right, case) if cell in ACTING]
        if not any(
            _is_in_charge(seat, row.action, case) and not _is_of_section(seat, row.action, case, scope)
            for seat in seats
        ):
            continue
        refusal = obstacle(case, row.action, user)
        if isinstance(refusal, NotAsked):
            continue
        label = ACTIONS[row.action].label
        found[row.action] = NextAction(row.action, label, refusal is None, refusal.message if refusal else "")
    return list(found.values())
