"""
Who is told of a step, and in which words. A message names the case by its number and nothing else (docs/trust.md Z-15).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import Enum

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import afterwards, people
from complaints.enums import Grade, State, Wording
from complaints.models import Assistance, Case, CaseEvent, CaseIdentity, Reply, ReplyState, SupervisionOrder
from complaints.statements import Place, Statement, given_keys, kept, keys, of_keys
from efficiency.access import cipher, persons
from efficiency.access.models import User
from efficiency.organs.models import Rank, Role
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup

IDENTITY = "complaints.identity"
NEWS = "complaints.news"
RECEIVED = "complaints.received"
RECEIVED_BY_MAIL = "complaints.received_by_mail"
LETTER_ASIDE = "complaints.letter_aside"
LETTERS_LATE = "complaints.letters_late"
CHASED = "complaints.chased"
TO_CHECK = "complaints.to_check"
TO_APPROVE = "complaints.propose_reply"
PART_ENDED = "complaints.withdraw_part"
UNDER_REVIEW = "complaints.under_review"


class Audience(Enum):
    """Who may be told of a step."""

    CITIZEN = "citizen"  # at their wish only
    OFFICE = "office"
    OFFICE_IF_NEGATIVE = "office, negative evaluation"
    OFFICE_IF_UNCONFIRMED = "office, contact that did not confirm"
    OFFICE_HEADS = "heads of the office"
    OFFICE_HEADS_IF_URGENT = "heads of the office, urgent case"
    HOLDER = "organ that holds the case"
    REVIEWED = "who gave the result that is under review"
    HANDLER = "handler"
    REVIEWERS = "who checks replies, else who approves them"
    APPROVERS = "who approves replies"
    DRAFTER = "who drafted the reply"
    ORDERER = "who ordered supervision"
    ASKER = "who asked the complainant"
    OFFICE_TO_EDIT = "office, where the organ does not read the complainant"
    PUBLISHERS = "who approves public versions"
    PROPOSER = "who proposed the public version"
    ASSISTING = "organ that is asked for its part"


# fmt: off
KINDS = (
    ("complaints.file", _("New case %(number)s"),
     _("Case %(number)s has been received and waits for the decision on acceptance.")),
    ("complaints.register", _("Urgent case %(number)s can be assigned at once"),
     _("Case %(number)s is urgent and has been registered: you can give your instruction before it is submitted.")),
    ("complaints.submit", _("Case %(number)s waits for your instruction"),
     _("Case %(number)s has been submitted and waits for your instruction.")),
    ("complaints.report_unclear", _("Case %(number)s waits for a lead organ"),
     _("It is not clear whose duty case %(number)s is. Please designate the organ that leads.")),
    ("complaints.instruct", _("Case %(number)s is yours to handle"),
     _("Case %(number)s has been given to you by instruction of the efficiency office.")),
    ("complaints.transfer", _("Case %(number)s is yours to handle"),
     _("Case %(number)s has been transferred to your organ. The time for the reply runs on.")),
    ("complaints.take_in", _("A case about the same matter as %(number)s"),
     _("A case about the same matter was joined to case %(number)s, or its complainant has added something. Both "
       "complainants receive the same reply.")),
    ("complaints.set_free", _("Case %(number)s stands for itself again"),
     _("The case to which %(number)s was joined ended without a reply. The decision on acceptance is due anew.")),
    ("complaints.add_material", _("Material was added to case %(number)s"),
     _("The complainant of case %(number)s has added material. No date changes.")),
    ("complaints.supplement", _("Case %(number)s has been supplemented"),
     _("The complainant of case %(number)s has handed in what was asked for.")),
    ("complaints.answer_question", _("A question in case %(number)s was answered"),
     _("The complainant of case %(number)s has answered the question. No date changes.")),
    ("complaints.lapse_question", _("A question in case %(number)s was not answered"),
     _("The complainant of case %(number)s has not answered the question in time. The case goes on without it.")),
    ("complaints.lapse", _("Nothing was handed in for case %(number)s"),
     _("The complainant of case %(number)s has not handed in what was asked for. The time for the reply runs again.")),
    ("complaints.write_summary", _("What your organ reads of case %(number)s was written anew"),
     _("The efficiency office has written a neutral summary of case %(number)s. Please go by it from now on.")),
    ("complaints.return", _("Case %(number)s was returned"),
     _("Case %(number)s was returned by the organ before signing in, and waits for your ruling.")),
    ("complaints.ask_suspension", _("The clock of case %(number)s is asked to be stopped"),
     _("The handling organ of case %(number)s asks to stop the clock, and waits for the decision of the office.")),
    ("complaints.refuse_suspension", _("The clock of case %(number)s runs on"),
     _("The office does not stop the clock of case %(number)s. The old date stays.")),
    ("complaints.lapse_suspension", _("The clock of case %(number)s ran on"),
     _("That the clock of case %(number)s should stop was not decided on before the last day, which stays.")),
    ("complaints.suspend", _("The clock of case %(number)s is stopped"),
     _("The time for the reply in case %(number)s is suspended. It goes on when the clock runs again.")),
    ("complaints.resume", _("The clock of case %(number)s runs again"),
     _("The time for the reply in case %(number)s runs again, with a new date.")),
    ("complaints.ask_extension", _("More time is asked for in case %(number)s"),
     _("More time is asked for in case %(number)s, and waits for your decision.")),
    ("complaints.extend", _("More time in case %(number)s"),
     _("More time was given in case %(number)s, once.")),
    ("complaints.refuse_extension", _("No more time in case %(number)s"),
     _("The time that was asked for in case %(number)s was refused. The old date stays.")),
    ("complaints.lapse_extension", _("No more time in case %(number)s"),
     _("The time that was asked for in case %(number)s was not decided on before the old date, which stays.")),
    ("complaints.order_rework", _("Case %(number)s has to be handled again"),
     _("Case %(number)s has to be handled again, because something is lacking. A new promise has begun.")),
    ("complaints.ask_review", _("Review asked for in case %(number)s"),
     _("The complainant of case %(number)s asks for a review. It waits for your decision.")),
    (UNDER_REVIEW, _("The result in case %(number)s is under review"),
     _("The complainant of case %(number)s asks the level above to review the result. Nothing is to be done by you; "
       "you are told of the decision.")),
    ("complaints.ask_final", _("Final review asked for in case %(number)s"),
     _("The complainant of case %(number)s asks for the final review. It waits for your decision.")),
    ("complaints.decide_review", _("Review of case %(number)s decided"),
     _("The review of case %(number)s has been decided; please look at what follows from it.")),
    ("complaints.decide_final", _("Final review of case %(number)s decided"),
     _("The final review of case %(number)s has been decided; please look at what follows from it.")),
    ("complaints.withdraw", _("Case %(number)s was withdrawn"),
     _("The complainant has withdrawn case %(number)s. Nothing is promised in it any more.")),
    ("complaints.assign", _("Case %(number)s has been given to you"),
     _("Case %(number)s has been given to you: you handle it from now on.")),
    ("complaints.pass_on", _("Case %(number)s has passed to you"),
     _("Case %(number)s has passed to you because its handler can no longer handle it.")),
    ("complaints.succeed_part", _("A part in case %(number)s has passed to another organ"),
     _("The part of an organ that ends in case %(number)s has passed to the one that follows it. All dates stay.")),
    (TO_CHECK, _("A reply in case %(number)s waits for your check"),
     _("The draft of a reply in case %(number)s waits for your check, before it is approved.")),
    (TO_APPROVE, _("A reply in case %(number)s waits for approval"),
     _("The draft of a reply in case %(number)s waits for your approval.")),
    ("complaints.check_reply", _("A checked reply in case %(number)s waits for approval"),
     _("The draft of a reply in case %(number)s has been checked and waits for your approval.")),
    ("complaints.return_reply", _("Your reply in case %(number)s was sent back"),
     _("The draft of your reply in case %(number)s was sent back with a remark.")),
    ("complaints.approve_reply", _("The reply in case %(number)s has been sent"),
     _("The reply in case %(number)s was approved and sent. The closing report is due next.")),
    ("complaints.propose_publication", _("A public version of case %(number)s waits for approval"),
     _("A public version of case %(number)s was drafted and waits for your approval.")),
    ("complaints.return_publication", _("Your public version of case %(number)s was sent back"),
     _("Your draft of a public version of case %(number)s was sent back with a remark.")),
    ("complaints.publish", _("The public version of case %(number)s is public"),
     _("Your draft of a public version of case %(number)s was approved. Everybody can read it now.")),
    ("complaints.report", _("Closing of case %(number)s reported"),
     _("The closing report of case %(number)s waits for the review of the office.")),
    ("complaints.evaluate", _("Negative evaluation of case %(number)s"),
     _("Case %(number)s was evaluated negatively. If the complainant gave a name, a follow-up call is due.")),
    ("complaints.join", _("Your organ is asked for its part in case %(number)s"),
     _("The efficiency office asks your organ for its part in case %(number)s. Please sign it in and answer in time.")),
    ("complaints.answer_part", _("An assisting organ has answered in case %(number)s"),
     _("An assisting organ has answered its part in case %(number)s.")),
    (PART_ENDED, _("Your part in case %(number)s is no longer asked for"),
     _("The part of your organ in case %(number)s has ended without an answer; nothing is promised in it any more.")),
    ("complaints.order_supervision", _("Supervision order in case %(number)s"),
     _("A supervision order was issued in case %(number)s and has to be answered.")),
    ("complaints.answer_supervision", _("Supervision order in case %(number)s answered"),
     _("Your supervision order in case %(number)s has been answered.")),
    ("complaints.urge", _("Complainant of case %(number)s says that it is late"),
     _("The complainant of case %(number)s points out that a promise is overdue.")),
    ("complaints.deny_contact", _("A contact in case %(number)s waits for a second person"),
     _("It was reported that the contact given in case %(number)s does not confirm. Another person has to decide.")),
    ("complaints.uphold_denial", _("The contact of case %(number)s did not confirm"),
     _("The contact given in case %(number)s did not confirm. From now on the case is treated as an anonymous one.")),
    ("complaints.confirm_contact", _("The contact of case %(number)s has confirmed"),
     _("The contact given in case %(number)s has confirmed. The office alone knows who the complainant is.")),
    ("complaints.correct_contact", _("The contact of case %(number)s was corrected"),
     _("The contact of case %(number)s, which had not confirmed, was corrected, or is said to be right. Please find "
       "out whether it confirms.")),
    ("complaints.hide_identity", _("Identity in case %(number)s is confidential now"),
     _("The complainant of case %(number)s no longer lets the handling organ know who they are. Please respect that.")),
    ("complaints.ask_erasure", _("Erasure asked for in case %(number)s"),
     _("The complainant of case %(number)s asks for the erasure of their personal data. It waits for a decision.")),
    ("complaints.ask_new_code", _("A new code for case %(number)s waits for a second person"),
     _("A new code for case %(number)s has been asked for. Another person has to confirm it.")),
    (RECEIVED, _("Your case %(number)s"),
     _("We have received your case. Its number is %(number)s. Follow it with this number and your secret code.")),
    (RECEIVED_BY_MAIL, _("Your case %(number)s"),
     _("We have received your letter. The number of your case is %(number)s. The secret code that is needed to follow "
       "it on the net is not sent by e-mail: the efficiency office gives it to you in person or by telephone, once it "
       "has made sure who you are. What you add in answer to this letter joins the case, as long as it takes "
       "material.")),
    (NEWS, _("News in your case %(number)s"),
     _("There is news in your case %(number)s. Look it up with this number and your secret code.")),
    ("complaints.many_reveals", _("Many identities were looked at"),
     _("One member of staff has looked at more than %(count)s identities of complainants on %(day_on)s.")),
)
# fmt: on
# What people choose their channels by; a kind that is not named here is about the progress of a case.
GROUPS = {
    MessageGroup.WORK: (
        "complaints.assign",
        "complaints.file",
        "complaints.instruct",
        "complaints.set_free",
        "complaints.transfer",
        "complaints.pass_on",
        "complaints.order_rework",
        "complaints.order_supervision",
    ),
    MessageGroup.DECISION: (
        "complaints.ask_erasure",
        "complaints.ask_new_code",
        "complaints.deny_contact",
        "complaints.register",
        "complaints.submit",
        "complaints.report_unclear",
        "complaints.return",
        "complaints.ask_extension",
        "complaints.ask_suspension",
        "complaints.ask_review",
        "complaints.ask_final",
        TO_CHECK,
        TO_APPROVE,
        "complaints.check_reply",
        "complaints.propose_publication",
        "complaints.report",
    ),
    MessageGroup.CITIZEN: (
        "complaints.supplement",
        "complaints.add_material",
        "complaints.answer_question",
        "complaints.lapse_question",
        "complaints.lapse",
        "complaints.withdraw",
        "complaints.evaluate",
        "complaints.urge",
        "complaints.correct_contact",
    ),
    MessageGroup.ESCALATION: ("complaints.many_reveals",),
}


def register() -> None:
    """Make texts, subject and addresses known to the outbox; called once, when the app is ready."""
    groups = {name: group for group, names in GROUPS.items() for name in names}
    for name, subject, body in KINDS:
        fill = afterwards.in_letters if name == NEWS else None
        registry.register_kind(name, subject, body, group=groups.get(name, MessageGroup.PROGRESS), fill=fill)
    registry.register_kind(
        CHASED,
        _("Cases that are waited for: %(count)s"),
        _("Cases whose next step is owed by you or your organ, and of which you are reminded: %(count)s."),
        digest=True,
        group=MessageGroup.DUE,
        path=chased_page,
    )
    registry.register_kind(
        LETTER_ASIDE,
        _("A letter in the complaint mailbox waits for a person"),
        _("A letter in the complaint mailbox was put aside for a person. Please look at it."),
        digest=True,
        group=MessageGroup.WORK,
        path=letters_page,
    )
    registry.register_kind(
        LETTERS_LATE,
        _("Letters in the complaint mailbox are not read: %(count)s"),
        _("Letters in the complaint mailbox that have waited for more than half an hour: %(count)s."),
        digest=True,
        group=MessageGroup.WORK,
        path=letters_page,
    )
    registry.register_subject(Case, labels_of, may_know, public=public_labels_of)
    registry.register_subject(Assistance, part_labels_of, may_know_part)
    registry.register_address(IDENTITY, addresses_of)


def tell(event: CaseEvent, told: Iterable[Audience]) -> None:
    """Write the messages that the event calls for, with it (docs/trust.md I-09); nobody is told of their own act."""
    case, cause = event.case, cause_of(event)
    recipients: list[int] = []
    for audience in told:
        if audience is Audience.CITIZEN:
            if case.is_named and _wants_letters(case):
                outbox.post(cause, NEWS, refs=[reference_of(case)], subject=case, at=event.at)
            if event.to_state == State.CLOSED != event.from_state:
                for joined in _joined_that_want_letters(case):
                    outbox.post(cause, NEWS, refs=[reference_of(joined)], subject=joined, at=event.at)
            continue
        if audience is Audience.ASSISTING:
            part = case.parts.select_related("organ").get(pk=event.data["part"])
            tell_assisting(part, f"complaints.{event.action}", cause=cause, at=event.at)
            continue
        if audience is Audience.REVIEWED:
            staff = people.staff_of_holder(case, timezone.localdate(event.at))
            to = [user_id for user_id in staff if user_id not in recipients]
            outbox.post(cause, UNDER_REVIEW, to=to, subject=case, at=event.at)
            continue
        if audience is Audience.REVIEWERS:
            proposed = Reply.objects.select_related("case").get(pk=event.data["reply"])
            tell_proposed(proposed, cause=cause, at=event.at)
            continue
        recipients += _recipients(audience, event)
    to = [user_id for user_id in dict.fromkeys(recipients) if user_id != event.actor_id]
    if to:
        outbox.post(cause, f"complaints.{event.action}", to=to, subject=case, at=event.at)


def tell_proposed(reply: Reply, /, *, cause: str, at: datetime) -> None:
    """Tell those whose turn a proposed reply is: who could check it, else who approves it."""
    on = timezone.localdate(at)
    if reply.to_check:
        reviewers = [person.pk for person in people.reviewers(reply, on)]
        outbox.post(cause, TO_CHECK, to=reviewers, subject=reply.case, at=at)
    else:
        approvers = [user_id for user_id in _approvers(reply.case, on) if user_id != reply.drafted_by_id]
        outbox.post(cause, TO_APPROVE, to=approvers, subject=reply.case, at=at)


def tell_assisting(part: Assistance, kind: str, /, *, cause: str, at: datetime) -> None:
    """Tell the staff of the organ that has, or had, a part; the message is about the part, never about the case."""
    to = people.staff_of(part.case, part.organ, timezone.localdate(at))
    outbox.post(cause, kind, to=to, subject=part, at=at)


def cause_of(event: CaseEvent) -> str:
    """Return the name under which messages of an event are written once to each recipient."""
    return f"case-event:{event.pk}"


def reference_of(case: Case) -> str:
    """Return how the complainant stands in a message: a reference that is opened when the letter leaves."""
    return f"{IDENTITY}:{case.pk}"


def _wants_letters(case: Case) -> bool:
    return CaseIdentity.objects.filter(case_id=case.pk, wants_email=True).exclude(email=b"").exists()


def _joined_that_want_letters(case: Case) -> "QuerySet[Case]":
    """Return the cases that were joined to one and follow it: its end is theirs, and no step of their own tells it."""
    wanted = CaseIdentity.objects.filter(case_id=OuterRef("pk"), wants_email=True).exclude(email=b"")
    return Case.objects.filter(Exists(wanted), leading=case, handling_organ__isnull=True).order_by("pk")


def _recipients(audience: Audience, event: CaseEvent) -> list[int]:
    case, on = event.case, timezone.localdate(event.at)
    match audience:
        case Audience.OFFICE:
            return people.officers(case, on)
        case Audience.OFFICE_IF_NEGATIVE:
            return people.officers(case, on) if event.data["grade"] <= Grade.DISSATISFIED else []
        case Audience.OFFICE_IF_UNCONFIRMED:
            return people.officers(case, on) if case.unconfirmed else []
        case Audience.OFFICE_HEADS:
            return people.officers(case, on, rank=Rank.APPROVER)
        case Audience.OFFICE_HEADS_IF_URGENT:
            return people.officers(case, on, rank=Rank.APPROVER) if case.urgent else []
        case Audience.HOLDER:
            return people.staff_of_holder(case, on)
        case Audience.APPROVERS | Audience.PUBLISHERS:
            return _approvers(case, on)
        case Audience.HANDLER:
            return people.with_stand_ins(case, [case.handler_id], on) if case.handler_id else []
        case Audience.DRAFTER:
            decided = Reply.objects.filter(case=case, state__in=[ReplyState.SENT, ReplyState.RETURNED])
            drafter = decided.order_by("-decided_at", "-id").values_list("drafted_by_id", flat=True)[:1]
            return people.with_stand_ins(case, drafter, on)
        case Audience.ORDERER:
            answered = SupervisionOrder.objects.filter(case=case, answered_at__isnull=False)
            orderer = answered.order_by("-answered_at", "-id").values_list("by_id", flat=True)[:1]
            return people.with_stand_ins(case, orderer, on)
        case Audience.ASKER:
            asker = case.events.filter(action="ask_question").order_by("-number").values_list("actor_id", flat=True)[:1]
            return people.with_stand_ins(case, asker, on)
        case Audience.OFFICE_TO_EDIT:
            is_read = case.is_own_handling or case.wording == Wording.ORIGINAL
            return [] if is_read else people.officers(case, on)
        case Audience.PROPOSER:
            proposer = case.public_answers.filter(pk=event.data["publication"]).values_list("drafted_by_id", flat=True)
            return people.with_stand_ins(case, proposer, on)
    raise ValueError(audience)


def _approvers(case: Case, on: date) -> list[int]:
    if case.is_own_handling:
        return people.officers(case, on, rank=Rank.APPROVER)
    return people.staff_of_holder(case, on, Role.ORGAN_LEADER)


def chased_page() -> str:
    """Return the list of the cases that were chased and in which nothing has been done since."""
    return reverse("admin:complaints_case_changelist") + "?chased=yes"


def letters_page() -> str:
    """Return the list of the letters in the complaint mailbox that wait for a person."""
    return reverse("admin:complaints_incomingmail_changelist") + "?state__exact=aside"


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(case_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each case."""
    return {
        pk: (number, reverse("admin:complaints_case_change", args=[pk]))
        for pk, number in Case.objects.filter(pk__in=case_ids).values_list("pk", "number")
    }


def public_labels_of(case_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and address for the citizen; the address opens nothing without the code."""
    return {
        pk: (number, "/complaints/track/")
        for pk, number in Case.objects.filter(pk__in=case_ids).values_list("pk", "number")
    }


def may_know(user_ids: Collection[int], case_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, case) in which the person may know of the case at this moment (docs/trust.md Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in persons.accounts_with(user_ids):
        visible = keys(kept.of(user, _known_cases), {Place.KEYS: list(case_ids)})
        known.update((user.pk, case_id) for case_id in visible)
    return known


def part_labels_of(part_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return the number of the case and the page of the part, which is all that the assisting organ knows of it."""
    return {
        pk: (number, reverse("admin:complaints_assistance_change", args=[pk]))
        for pk, number in Assistance.objects.filter(pk__in=part_ids).values_list("pk", "case__number")
    }


def may_know_part(user_ids: Collection[int], part_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, part) in which the person may know of the part at this moment (docs/trust.md Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in persons.accounts_with(user_ids):
        visible = keys(kept.of(user, _known_parts), {Place.KEYS: list(part_ids)})
        known.update((user.pk, part_id) for part_id in visible)
    return known


def _known_cases(user: User) -> Statement:
    return of_keys(Case.objects.filter(pk__in=given_keys()).headers_visible_to(user))


def _known_parts(user: User) -> Statement:
    return of_keys(Assistance.objects.filter(pk__in=given_keys()).headers_visible_to(user))


def addresses_of(case_ids: Collection[int]) -> dict[int, str]:
    """Return the e-mail addresses of the complainants who want letters, by case; of a contact that confirmed alone."""
    rows = CaseIdentity.objects.filter(case_id__in=case_ids, case__unconfirmed=False, wants_email=True)
    rows = rows.exclude(email=b"")
    return {row.case_id: cipher.decrypt(row.email, row=identity_row(row.case_id), field="email") for row in rows}


def identity_row(case_id: int) -> str:
    """Return the name under which the identity of a case is sealed (docs/trust.md P-01)."""
    return f"complaints.identity:{case_id}"
