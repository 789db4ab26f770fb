"""
The ways that synthetic cases take: played once through the real actions, then copied in bulk.

They lie in ``patterns.toml``, written like stories (``complaints.demo.story``), with a weight and the organs that may
stand in for the one that is named.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from complaints.demo import phrases, story
from complaints.demo.story import ReplyText, Story
from complaints.enums import Category, Channel, Kind, Outcome, State
from efficiency.organs.foshan import CITY, CITY_DEPARTMENTS, organs
from efficiency.organs.models import Level, OrganKind

FILE = Path(__file__).parent / "patterns.toml"
# The ways of cases that are passed to and fro: for the demonstration alone.
PASSED = Path(__file__).parent / "passed.toml"
# The steps whose argument is the outcome of the reply.
SAY_OUTCOME = ("reply", "propose", "answer_on_spot")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of a case: its story without the text, how often it happens, and which organs it may happen to."""

    story: Story
    weight: float
    organs: tuple[str, ...]
    is_named: bool
    # A promise to the citizen is broken and no sweep has seen it.
    is_overdue: bool


def read(of: Path = FILE) -> list[Pattern]:
    """
    Return all patterns of a file; one with several moments of filing counts as so many, which share its weight.

    :raises BadStory: a pattern is written in a way that has no meaning
    """
    with of.open("rb") as file:
        rows = tomllib.load(file)["pattern"]
    return [pattern for number, row in enumerate(rows) for pattern in _patterns(row, f"{_prefix(of)}{number}")]


def _prefix(of: Path) -> str:
    return "" if of == FILE else f"{of.stem}-"


def _patterns(row: dict, number: str) -> Iterator[Pattern]:
    steps = tuple(story.step(f"pattern {number}", line) for line in row["path"])
    channels = [Channel(each) for each in row.get("channels", [Channel.WEB] * len(row["filed"]))]
    outcome = next((Outcome(each.arguments[0]) for each in steps if each.name in SAY_OUTCOME), None)
    for variant, (filed, channel) in enumerate(zip(row["filed"], channels, strict=True)):
        day, clock = story.moment(filed)
        yield Pattern(
            story=Story(
                key=f"pattern-{number}-{variant}",
                organ=row["organ"],
                kind=Kind(row["kind"]),
                category=Category(row["category"]) if "category" in row else "",
                title="合成数据的样子",
                text=f"这段文字在复制的时候换成抽取的文字。{number}-{variant}",
                place="",
                named_person=row.get("person", ""),
                name="样本提供者" if row["named"] else "",
                consent=row.get("consent", False),
                channel=channel,
                typed_by="" if channel is Channel.WEB else row["typed_by"],
                day=day,
                clock=clock,
                minutes_ago=0,
                files=(),
                path=steps,
                replies=(_reply(outcome, f"{number}-{variant}"),) if outcome else (),
            ),
            weight=row["weight"] / len(row["filed"]),
            organs=spread(row["spread"], row["organ"]),
            is_named=row["named"],
            is_overdue=row.get("overdue", False),
        )


def _reply(outcome: Outcome, record: str) -> ReplyText:
    """Return a reply in words of its own: one that was sent before, word for word, is pointed out as doubtful."""
    findings, measures = phrases.REPLIES[outcome]
    return ReplyText(outcome, f"{findings}核查记录存本单位第{record}号。", measures, phrases.BASIS)


def spread(name: str, organ: str) -> tuple[str, ...]:
    """
    Return the codes of the organs that have the same posts as ``organ`` and may stand in for it.

    :raises KeyError: there is no such spread
    """
    return {
        "": (organ,),
        "city": tuple(f"{CITY}-{word}" for word, _name in CITY_DEPARTMENTS),
        "district": tuple(
            row.code
            for row in organs()
            if row.level != Level.CITY and row.kind not in (OrganKind.GOVERNMENT, OrganKind.EFFICIENCY_OFFICE)
        ),
    }[name]


# States of a case that is at rest: such a case may be moved to any day.
ENDED = (State.ARCHIVED, State.REJECTED, State.REDIRECTED, State.WITHDRAWN)
