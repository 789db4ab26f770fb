"""Texts of synthetic cases: sentences with words drawn into them, so that the same text seldom comes twice."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from complaints.enums import Category, Kind, Outcome

FILE = Path(__file__).parent / "phrases.toml"
# What replies of synthetic cases say, by outcome.
REPLIES = {
    Outcome.UPHELD: ("经核查，所反映的情况属实。", "已责令整改并当面说明，相关人员已批评教育。"),
    Outcome.PARTLY: ("经核查，所反映的情况部分属实。", "属实部分已整改，其余已作解释。"),
    Outcome.NOT_UPHELD: ("经核查，未发现所反映的情况。", "已将核查经过告知。"),
    Outcome.ANSWERED: ("所提事项已研究办理。", "已按规定办理，进度可凭编号查询。"),
}
BASIS = "有关法律法规和本单位服务承诺。"


@dataclass(frozen=True, slots=True)
class Text:
    """Title and description of a case."""

    title: str
    description: str


class Phrases:
    """Draws texts."""

    def __init__(self, chance: Random) -> None:
        with FILE.open("rb") as file:
            rows = tomllib.load(file)
        self.chance = chance
        self.words: dict[str, list[str]] = rows["words"]
        self.endings: dict[str, list[str]] = rows["endings"]
        self.phrases: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for phrase in rows["phrase"]:
            for category in phrase.get("categories", [""]):
                self.phrases.setdefault((phrase["kind"], category), []).append(phrase)

    def draw(self, kind: Kind, category: Category | str) -> Text:
        """
        Return a text of a kind, for complaints about such a thing.

        :raises KeyError: there is none
        """
        phrase = self.chance.choice(self.phrases[kind, category])
        words = {name: self.chance.choice(choices) for name, choices in self.words.items()}
        description = phrase["text"].format_map(words) + "\n" + self.chance.choice(self.endings[kind])
        return Text(phrase["title"].format_map(words), description)
