"""
The contents list of an archived file 卷内目录: one case, one file, every paper in its order (docs/domain.md 4.9).

A paper is what a step left behind. Whoever may not read one does not find it in the list either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import timeline, wording
from complaints.enums import Retention
from complaints.models import Attachment, Case, CaseEvent
from complaints.wording import Words
from efficiency.access.models import User

# What each step leaves in the file; steps that are not here leave nothing.
TITLES: dict[str, Lazy] = {
    "file": pgettext_lazy("paper of a file", "case as it was filed"),
    "ask_supplement": pgettext_lazy("paper of a file", "one-time notice of what is missing"),
    "supplement": pgettext_lazy("paper of a file", "what was handed in"),
    "add_material": pgettext_lazy("paper of a file", "material added by the complainant"),
    "accept": pgettext_lazy("paper of a file", "notice of acceptance"),
    "reject": pgettext_lazy("paper of a file", "notice of rejection"),
    "clear_spam": pgettext_lazy("paper of a file", "notice that a rejection was taken back"),
    "redirect": pgettext_lazy("paper of a file", "notice of redirection"),
    "merge": pgettext_lazy("paper of a file", "record of the joining"),
    "pass_facts": pgettext_lazy("paper of a file", "record of what was added"),
    "split": pgettext_lazy("paper of a file", "record of the separation"),
    "link_person": pgettext_lazy("paper of a file", "record on the named person"),
    "link_organ": pgettext_lazy("paper of a file", "record on the organ complained of"),
    "write_summary": pgettext_lazy("paper of a file", "neutral summary"),
    "register": pgettext_lazy("paper of a file", "register entry"),
    "submit": pgettext_lazy("paper of a file", "submission sheet"),
    "report_unclear": pgettext_lazy("paper of a file", "report that the duty is unclear"),
    "instruct": pgettext_lazy("paper of a file", "instruction"),
    "return": pgettext_lazy("paper of a file", "return by the organ"),
    "transfer": pgettext_lazy("paper of a file", "transfer"),
    "succeed": pgettext_lazy("paper of a file", "hand-over to the organ that follows"),
    "succeed_part": pgettext_lazy("paper of a file", "hand-over of a part to the organ that follows"),
    "join": pgettext_lazy("paper of a file", "request to an assisting organ"),
    "answer_part": pgettext_lazy("paper of a file", "answer of an assisting organ"),
    "withdraw_part": pgettext_lazy("paper of a file", "end of an assistance"),
    "record_contact": pgettext_lazy("paper of a file", "record of a contact"),
    "ask_question": pgettext_lazy("paper of a file", "question to the complainant"),
    "answer_question": pgettext_lazy("paper of a file", "answer of the complainant"),
    "deny_contact": pgettext_lazy("paper of a file", "record on the contact"),
    "uphold_denial": pgettext_lazy("paper of a file", "record on the contact"),
    "drop_denial": pgettext_lazy("paper of a file", "record on the contact"),
    "confirm_contact": pgettext_lazy("paper of a file", "record on the contact"),
    "ask_suspension": pgettext_lazy("paper of a file", "request to stop the clock"),
    "refuse_suspension": pgettext_lazy("paper of a file", "refusal to stop the clock"),
    "suspend": pgettext_lazy("paper of a file", "notice of suspension"),
    "keep_suspended": pgettext_lazy("paper of a file", "check of the stopped clock"),
    "resume": pgettext_lazy("paper of a file", "notice of resumption"),
    "ask_extension": pgettext_lazy("paper of a file", "request for more time"),
    "refuse_extension": pgettext_lazy("paper of a file", "refusal of more time"),
    "extend": pgettext_lazy("paper of a file", "notice of extension"),
    "order_supervision": pgettext_lazy("paper of a file", "supervision order"),
    "answer_supervision": pgettext_lazy("paper of a file", "answer to the supervision order"),
    "answer_on_spot": pgettext_lazy("paper of a file", "reply"),
    "approve_reply": pgettext_lazy("paper of a file", "reply"),
    "share_reply": pgettext_lazy("paper of a file", "reply of the leading case"),
    "report": pgettext_lazy("paper of a file", "closing report"),
    "close": pgettext_lazy("paper of a file", "conclusion of the office"),
    "report_up": pgettext_lazy("paper of a file", "report to the superior organ"),
    "order_rework": pgettext_lazy("paper of a file", "order of rework"),
    "evaluate": pgettext_lazy("paper of a file", "evaluation"),
    "record_follow_up": pgettext_lazy("paper of a file", "record of the follow-up call"),
    "ask_review": pgettext_lazy("paper of a file", "request for review"),
    "decide_review": pgettext_lazy("paper of a file", "decision of the review"),
    "ask_final": pgettext_lazy("paper of a file", "request for final review"),
    "decide_final": pgettext_lazy("paper of a file", "decision of the final review"),
    "withdraw": pgettext_lazy("paper of a file", "withdrawal"),
    "take_up": pgettext_lazy("paper of a file", "record that the office goes on"),
    "publish": pgettext_lazy("paper of a file", "public version"),
    "archive": pgettext_lazy("paper of a file", "archiving"),
    "file_away": pgettext_lazy("paper of a file", "archiving"),
    "put_away": pgettext_lazy("paper of a file", "archiving"),
    "tell_of_inquiry": pgettext_lazy("paper of a file", "reason why no fault case was opened"),
}
_ARCHIVING = ("archive", "file_away", "put_away")
# Of the files of a reply each was added by a step of its own; they belong to the paper with which they were sent.
_SENDING = ("approve_reply", "share_reply")


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: its place in the list, its number in the course of the case, and how many files belong to it."""

    place: int
    number: int
    on: date
    title: Lazy
    author: str | Lazy
    files: int


@dataclass(frozen=True, slots=True)
class Contents:
    """The list as one person may see it, with what stands on the cover of the file."""

    words: Words
    papers: Sequence[Paper]
    files: int
    retention: str | Lazy
    closing_year: int
    archived_on: date


def contents_of(case: Case, user: User) -> Contents | None:
    """Return the contents list of the file as ``user`` may see it; None as long as the case is not archived."""
    if case.archived_at is None:
        return None
    sight = timeline.sight_of(case, user)
    events = [
        event
        for event in case.events.filter(action__in=TITLES).select_related("actor_organ").order_by("number")
        if sight.sees(event) and sight.reads_typed(event) and (sight.reads_told(event) or event.action == "evaluate")
    ]
    files = _files_of(case, events, user)
    papers = [
        Paper(
            place=place,
            number=event.number,
            on=timezone.localdate(event.at),
            title=TITLES[event.action],
            author=_author_of(event),
            files=files.get(event.pk, 0),
        )
        for place, event in enumerate(events, start=1)
    ]
    ended_at = case.closed_at or case.archived_at
    return Contents(
        words=wording.words_for(case, user),
        papers=papers,
        files=sum(paper.files for paper in papers),
        retention=_retention_of(events),
        closing_year=timezone.localdate(ended_at).year,
        archived_on=timezone.localdate(case.archived_at),
    )


def _files_of(case: Case, events: Sequence[CaseEvent], user: User) -> dict[int | None, int]:
    """Return how many files that ``user`` may open came with each event, or went with the reply that it sent."""
    sent = {event.data["reply"]: event.pk for event in events if event.action in _SENDING}
    held = Attachment.objects.visible_to(user).filter(Q(case=case, reply__isnull=True) | Q(reply__in=sent))
    counted = held.order_by().values_list("event_id", "reply_id").annotate(count=Count("pk"))
    files: dict[int | None, int] = {}
    for event_id, reply_id, count in counted:
        paper = sent.get(reply_id, event_id)
        files[paper] = files.get(paper, 0) + count
    return files


def _retention_of(events: Sequence[CaseEvent]) -> str | Lazy:
    """Return how long the file is kept, as the newest archiving says."""
    kept = next((event.data["retention"] for event in reversed(events) if event.action in _ARCHIVING), None)
    return Retention(kept).label if kept else ""


def _author_of(event: CaseEvent) -> str | Lazy:
    if event.actor_organ is not None:
        return event.actor_organ.name
    return _("complainant") if event.actor_kind == "citizen" else _("portal")
