"""
How a story of the demonstration is written, and how it is read.

The stories lie in ``stories/*.toml``. The way of a case is a list of steps; a step is one line::

    "reply +4"                    four working days after the step before, in the words of [story.reply]
    "instruct: ..."               on the same day, with the text of the instruction
    "transfer +5 440600-tax: ..." with an argument and a text
    "evaluate 2,unsolved: ..."    several arguments stand behind each other, with commas
    "reply +15@23:20"             at a time of the day that matters
    "merge +1 key: ...｜..."      two texts, divided by a bar
    "take_up +8: ...｜...｜..."   which public interest, then title and text of the office's own case
    "propose_public +1"          a public version as the portal drafts it; with texts: title｜question

A reply that its organ can check is checked before it is approved, on the day of a step "check" if there is one, and
sent back by whose turn it is.

Where a case is answered more than once, ``[[story.reply]]`` stands as often.

``filed`` is a working day counted from today and a time of the day ("-15 20:31"), or "35 minutes ago".
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from complaints.enums import Category, Channel, Kind, Outcome

FOLDER = Path(__file__).parent / "stories"
# What a step is called in a story, and the action of ``complaints.workflow`` that it takes.
STEPS = {
    "ask": "ask_supplement",
    "supplement": "supplement",
    "add": "add_material",
    "answer_on_spot": "answer_on_spot",
    "accept": "accept",
    "reject": "reject",
    "clear_spam": "clear_spam",
    "redirect": "redirect",
    "merge": "merge",
    "split": "split",
    "pass_facts": "pass_facts",
    "link": "link_person",
    "link_organ": "link_organ",
    "summarise": "write_summary",
    "register": "register",
    "submit": "submit",
    "unclear": "report_unclear",
    "instruct": "instruct",
    "sign_in": "sign_in",
    "return": "return",
    "contact": "record_contact",
    "question": "ask_question",
    "respond": "answer_question",
    "transfer": "transfer",
    "ask_stop": "ask_suspension",
    "suspend": "suspend",
    "no_stop": "refuse_suspension",
    "keep_suspended": "keep_suspended",
    "resume": "resume",
    "ask_extension": "ask_extension",
    "extend": "extend",
    "refuse_extension": "refuse_extension",
    "draft": "save_draft",
    "reply_files": "add_reply_files",
    "take_off": "remove_reply_file",
    "propose": "propose_reply",
    "check": "check_reply",
    "send_back": "return_reply",
    "reply": "approve_reply",
    "report": "report",
    "report_up": "report_up",
    "close": "close",
    "rework": "order_rework",
    "propose_public": "propose_publication",
    "publish": "publish",
    "return_public": "return_publication",
    "take_back": "withdraw_publication",
    "archive": "archive",
    "evaluate": "evaluate",
    "follow_up": "record_follow_up",
    "ask_review": "ask_review",
    "decide_review": "decide_review",
    "ask_final": "ask_final",
    "decide_final": "decide_final",
    "order": "order_supervision",
    "answer": "answer_supervision",
    "recuse": "declare_recusal",
    "keep_out": "recuse_person",
    "join": "join",
    "sign_in_part": "sign_in_part",
    "answer_part": "answer_part",
    "end_part": "withdraw_part",
    "receiver": "name_receiver",
    "assign": "assign",
    "chase": "chase",
    "correct_contact": "correct_contact",
    "deny_contact": "deny_contact",
    "uphold_denial": "uphold_denial",
    "drop_denial": "drop_denial",
    "confirm_contact": "confirm_contact",
    "hide": "hide_identity",
    "ask_erasure": "ask_erasure",
    "erase": "grant_erasure",
    "keep_identity": "refuse_erasure",
    "ask_code": "ask_new_code",
    "new_code": "issue_new_code",
    "no_code": "refuse_new_code",
    "urge": "urge",
    "withdraw": "withdraw",
    "take_up": "take_up",
}
# Taken where a case that was closed is drawn to be called, and the story does not tell the call itself.
CALL = "call"
_STEP = re.compile(
    r"(?P<name>[a-z_]+)(?: \+(?P<after>\d+)(?:@(?P<clock>\d\d:\d\d))?)?(?: (?P<arguments>[^:]+))?(?:: (?P<text>.+))?"
)
_BAR = "｜"
_FILED = re.compile(r"(-\d+) (\d\d:\d\d)")
_AGO = re.compile(r"(\d+) minutes ago")


class BadStory(ValueError):
    """A story is written in a way that has no meaning."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story: ``after`` working days after the one before, at ``clock`` where that matters."""

    name: str
    after: int
    arguments: tuple[str, ...]
    text: str
    clock: time | None = None

    @property
    def texts(self) -> tuple[str, str]:
        """What stands before and after the bar in the text; the second is empty where there is none."""
        before, _, after = self.text.partition(_BAR)
        return before, after


@dataclass(frozen=True, slots=True)
class ReplyText:
    """What the reply of a story says."""

    outcome: Outcome
    findings: str
    measures: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One case: what the citizen wrote and what became of it."""

    key: str
    organ: str  # code of the organ that the citizen names; empty is "I don't know"
    kind: Kind
    category: Category | str
    title: str
    text: str
    place: str
    named_person: str
    name: str  # empty is anonymous
    consent: bool
    channel: Channel
    day: int  # working days from today, not above zero
    clock: time | None
    minutes_ago: int
    files: tuple[str, ...]
    path: tuple[Step, ...]
    replies: tuple[ReplyText, ...]
    # Code of the post of whoever types the case in for a caller or a visitor.
    typed_by: str = field(default="")
    # What they add: docs/domain.md 4.1. ``report_in`` are working days from the filing.
    urgent: bool = False
    people: int | None = None
    representatives: tuple[str, ...] = ()
    from_whom: str = ""
    reference: str = ""
    report_in: int = 0
    # Said by the first receiver while the person was there.
    answer: str = ""
    # Key of the story whose complainant this is again.
    same_person_as: str = field(default="")
    # The level that the case has reached when everything is loaded, or what it shows else; for the tests.
    shows: str = field(default="")


def read(folder: Path = FOLDER) -> list[Story]:
    """
    Return all stories, in the order of the files.

    :raises BadStory: a story has a step, a moment or a word that is not known, or a key that is not its own
    """
    stories = [_story(row) for path in sorted(folder.glob("*.toml")) for row in _rows(path)]
    keys = [story.key for story in stories]
    if len(set(keys)) != len(keys):
        raise BadStory(f"Two stories have the same key: {sorted({key for key in keys if keys.count(key) > 1})}")
    return stories


def _rows(path: Path) -> Iterator[dict]:
    with path.open("rb") as file:
        yield from tomllib.load(file)["story"]


def _story(row: dict) -> Story:
    try:
        minutes = _AGO.fullmatch(row["filed"])
        day, clock = (0, None) if minutes else moment(row["filed"])
        return Story(
            key=row["key"],
            organ=row["organ"],
            kind=Kind(row["kind"]),
            category=Category(row["category"]) if "category" in row else "",
            title=row["title"],
            text=row["text"].strip(),
            place=row.get("place", ""),
            named_person=row.get("named_person", ""),
            name=row.get("by", ""),
            consent=row.get("consent", False),
            channel=Channel(row.get("channel", Channel.WEB)),
            day=day,
            clock=clock,
            minutes_ago=int(minutes[1]) if minutes else 0,
            files=tuple(row.get("files", ())),
            path=tuple(step(row["key"], line) for line in row["path"]),
            replies=tuple(_replies(row.get("reply", []))),
            typed_by=row.get("typed_by", ""),
            urgent=row.get("urgent", False),
            people=row.get("people"),
            representatives=tuple(row.get("representatives", ())),
            from_whom=row.get("from_whom", ""),
            reference=row.get("reference", ""),
            report_in=row.get("report_in", 0),
            answer=row.get("answer", ""),
            same_person_as=row.get("same_person_as", ""),
            shows=row.get("shows", ""),
        )
    except (KeyError, ValueError) as error:
        raise BadStory(f"{row.get('key', row.get('title'))}: {error}") from error


def moment(text: str) -> tuple[int, time]:
    """
    Return working day and time of the day of a filing.

    :raises BadStory: the text is no such moment
    """
    found = _FILED.fullmatch(text)
    if found is None:
        raise BadStory(f"not a moment: {text}")
    return int(found[1]), time.fromisoformat(found[2])


def step(key: str, line: str) -> Step:
    """
    Return the step that a line tells.

    :raises BadStory: it is none
    """
    found = _STEP.fullmatch(line)
    if found is None or found["name"] not in STEPS:
        raise BadStory(f"{key}: not a step: {line}")
    arguments = tuple((found["arguments"] or "").replace(",", " ").split())
    clock = time.fromisoformat(found["clock"]) if found["clock"] else None
    return Step(found["name"], int(found["after"] or 0), arguments, found["text"] or "", clock)


def _replies(rows: dict | list[dict]) -> Iterator[ReplyText]:
    for row in rows if isinstance(rows, list) else [rows]:
        yield ReplyText(Outcome(row["outcome"]), row["findings"], row["measures"], row["basis"])
