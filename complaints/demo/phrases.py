"""Texts of synthetic cases: sentences with words drawn into them, so that the same text seldom comes twice."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random

from complaints.actions.filing import text_print_of
from complaints.enums import Kind, Outcome
from complaints.search import pairs_of

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
    """Title and description of a case, and the ascending pairs of characters and the print that belong to them."""

    title: str
    description: str
    pairs: tuple[str, ...]
    print: int


class Phrases:
    """Draws texts; a pool of them for each kind, as large as ``most``, made when the kind is first asked for."""

    def __init__(self, chance: Random, *, most: int) -> None:
        with FILE.open("rb") as file:
            rows = tomllib.load(file)
        self.chance = chance
        self.most = most
        self.words: dict[str, list[str]] = rows["words"]
        self.endings: dict[str, list[str]] = rows["endings"]
        self.phrases = rows["phrase"]
        self.pools: dict[Kind, list[Text]] = {}

    def pool(self, kind: Kind) -> list[Text]:
        """Return the texts of a kind."""
        if kind not in self.pools:
            phrases = [each for each in self.phrases if each["kind"] == kind]
            self.pools[kind] = [self._draw(self.chance.choice(phrases), kind) for _ in range(self.most)]
        return self.pools[kind]

    def _draw(self, phrase: dict[str, str], kind: Kind) -> Text:
        words = {name: self.chance.choice(choices) for name, choices in self.words.items()}
        title = phrase["title"].format_map(words)
        description = phrase["text"].format_map(words) + "\n" + self.chance.choice(self.endings[kind])
        return Text(title, description, tuple(pairs_of(title, description)), text_print_of(title, description))
