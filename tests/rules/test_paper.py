"""
The tables of docs/domain.md against the code: promises (3.5), channels, kinds, categories, grounds, steps (4.1 to 4.9).

The page decides what is right, so it is read here, and whoever changes one of the two has to change the other.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings

from complaints import workflow
from complaints.deadlines import COMPLEX, PREFIX
from complaints.enums import (
    CATEGORIES_BY_GROUP,
    Category,
    CategoryGroup,
    Channel,
    Grade,
    Kind,
    Outcome,
    RejectionGround,
    Retention,
    State,
)
from complaints.workflow import If
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, rules
from efficiency.deadlines.models import Promise
from efficiency.timing.due import Limit, Unit
from tests.moments import MONDAY_MORNING

PAPER = (Path(settings.BASE_DIR) / "docs" / "domain.md").read_text(encoding="utf-8")
MARKS = {"C": Promise.CITIZEN, "I": Promise.INTERNAL, "P": Promise.OWED_BY_CITIZEN}
GROUPS = {
    "duty": CategoryGroup.DUTY,
    "commitment": CategoryGroup.COMMITMENT,
    "three arbitraries": CategoryGroup.THREE_ARBITRARIES,
    "four difficulties": CategoryGroup.FOUR_DIFFICULTIES,
    "discipline": CategoryGroup.DISCIPLINE,
    "disclosure": CategoryGroup.DISCLOSURE,
    "integrity": CategoryGroup.INTEGRITY,
    "–": CategoryGroup.OTHER,
}
# Steps of the code that the page describes by other rules: what follows from a recusal (4.3, 13 no. 8), and from the
# end of an organ (7, 13 no. 14).
BY_OTHER_RULES = {"pass_on"}


def section(number: str) -> str:
    """Return the text under the heading with this number."""
    found = re.search(rf"^### {re.escape(number)} .*?(?=^##)", PAPER, re.M | re.S)
    assert found, f"docs/domain.md has no section {number}"
    return found[0]


def rows(number: str) -> list[list[str]]:
    """Return the cells of the table in a section, its heading left out."""
    lines = [line for line in section(number).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def codes(text: str) -> list[str]:
    """Return what stands in code font."""
    return re.findall(r"`([^`]+)`", text)


def promises() -> list[tuple[str, str, str, str, str]]:
    """Return kind, variant, mark, limit and extension of each line of the master table; "" for no extension."""
    found = []
    for name, mark, _starts, _met, limit, _elsewhere, extension in rows("3.5"):
        kind, _space, words = name.partition("` ")
        kind = kind.strip("`")
        extended = re.search(r"once ≤ (\d+(?:wd|d)\b)", extension)
        for variant in variants(words):
            found.append((kind, variant, mark, limit, extended[1] if extended else ""))
    return found


def of_the_portal() -> list[registry.DeadlineKind]:
    """Return the kinds of promise that are no test's own."""
    return [kind for kind in registry.kinds() if not kind.name.startswith("tests.")]


def with_limit() -> list[tuple[str, str, str, str, str]]:
    """Return the promises that have one limit each; of a matter it is that of its item."""
    return [each for each in promises() if each[0] != "complaints.matter"]


def variants(words: str) -> list[str]:
    if not words:
        return [""]
    if words.startswith("complex"):
        return [COMPLEX]
    kinds = [word.strip() for word in words.split(",")]
    # What is no kind of case names the one variant that is meant.
    return kinds if set(kinds) <= set(Kind.values) else [words]


class TestMasterTable:  # 3.5
    def test_names_every_promise_and_no_other(self):
        on_paper = {(kind, variant) for kind, variant, *_ in promises()}

        assert {(kind.name, variant) for kind in of_the_portal() for variant in kind.limits} == on_paper

    @pytest.mark.django_db
    @pytest.mark.parametrize(("kind", "variant", "mark", "limit", "extension"), with_limit())
    def test_gives_each_promise_its_type_limit_and_extension(self, kind, variant, mark, limit, extension):
        terms = rules.terms_of(kind, variant, on=MONDAY_MORNING.date())

        assert registry.get(kind).promise == MARKS[mark]
        assert terms.limit == Limit.parse(limit)
        assert terms.extension == (Limit.parse(extension) if extension else None)

    @pytest.mark.django_db
    @pytest.mark.parametrize(("kind", "variant", "mark", "limit", "extension"), with_limit())
    def test_red_follows_the_original_limit_and_level_four_five_days_more(self, kind, variant, mark, limit, extension):
        given = Limit.parse(limit)
        is_long = given.unit is not Unit.WORKING_DAY or given.number > 10
        red = 5 if is_long else 3 if given.number >= 4 else 2

        terms = rules.terms_of(kind, variant, on=MONDAY_MORNING.date())

        assert (terms.red, terms.fourth) == (red, red + 5)


def test_3_4_the_grounds_of_a_suspension_are_those_of_the_page():
    listed = section("3.4").split("“")[0].split('"')[0]

    assert set(codes(listed)) == engine.GROUNDS


class TestCodes:
    def test_4_1_channels(self):
        assert set(codes(section("4.1").split("\n\n")[0])) - {"channel"} == set(Channel.values)

    def test_4_2_kinds(self):
        line = next(line for line in section("4.2").splitlines() if line.startswith("- `kind`"))

        assert codes(line.split(".")[0]) == ["kind", *Kind.values]

    def test_4_4_categories_in_their_groups(self):
        on_paper = {code: GROUPS[group] for cell, _name, group, _default in rows("4.4") for code in codes(cell)}

        assert set(on_paper) == set(Category.values)
        assert on_paper == {code: group for group, found in CATEGORIES_BY_GROUP.items() for code in found}

    def test_4_5_grounds_of_rejection(self):
        assert codes(section("4.5")) == RejectionGround.values

    def test_4_6_states_and_outcomes(self):
        states = next(line for line in section("4.6").splitlines() if line.startswith("States"))
        outcomes = next(line for line in section("4.6").splitlines() if "`propose_reply`" in line)

        assert set(codes(states)) - {"data-case-state"} == set(State.values)
        assert set(codes(outcomes)) & set(Outcome.values) == set(Outcome.values)

    def test_4_8_five_grades_of_which_two_are_negative(self):
        line = section("4.8").splitlines()[1]

        assert [int(number) for number in re.findall(r"\b([1-5]) (?:very|satisfied|basically|dissatisfied)", line)] == [
            grade.value for grade in Grade
        ]

    def test_4_9_three_classes_of_retention(self):
        assert len(Retention) == 3
        for words in ("permanent", "30 years", "10 years"):
            assert words in section("4.9")


def steps() -> dict[str, tuple[set[str], set[str]]]:
    """Return by action what the page lets it close and open: ``a, b (and c, if still open) ✓ → d, e (named)``."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for cells in rows("4.6"):
        names, moves = codes(cells[1]), cells[5]
        # One cell for two: the order and its answer.
        parts = moves.split(" / ") if len(names) == 2 else [moves] * len(names)
        for name, part in zip(names, parts, strict=True):
            closed, arrow, opened = part.partition("→")
            if not arrow and "✓" not in closed:
                closed, opened = "", closed
            closes, opens = found.setdefault(name, (set(), set()))
            closes.update(kinds_in(closed))
            opens.update(kinds_in(opened))
    return found


def kinds_in(text: str) -> set[str]:
    known = {kind.name.removeprefix(PREFIX) for kind in registry.kinds()}
    return known & set(re.findall(r"[a-z_]+", text))


def in_code(action: str) -> tuple[set[str], set[str]]:
    """Return what the table of the code lets an action close and open, conditions left out."""
    rows = workflow.rows_of(action)
    return names_of(row.closes for row in rows), names_of(row.opens for row in rows)


def names_of(columns: Iterable[tuple[str | If, ...]]) -> set[str]:
    """Return the kinds in these columns without their prefix, conditions left out."""
    kinds = (each.kind if isinstance(each, If) else each for column in columns for each in column)
    return {kind.removeprefix(PREFIX) for kind in kinds}


class TestSteps:  # 4.6
    def test_every_step_of_the_page_is_in_the_table_and_the_other_way_round(self):
        assert set(steps()) == {row.action for row in workflow.TRANSITIONS} - BY_OTHER_RULES

    @pytest.mark.parametrize("action", sorted({row.action for row in workflow.TRANSITIONS} - BY_OTHER_RULES))
    def test_closes_and_opens_what_the_page_says(self, action):
        closes, opens = steps()[action]
        closes_in_code, opens_in_code = in_code(action)

        # A person who is held back is one more rule (4.3): their promise begins with whatever step finds the name.
        held = {"resolve_person"}
        # In own handling nobody signs in, so the contact begins with the instruction instead.
        instead = {"contact"} if action == "instruct" else set()
        if action in ("save_draft", "propose_reply", "check_reply", "return_reply"):  # one line: the sending moves them
            assert (closes_in_code, opens_in_code) == (set(), set())
            return
        assert closes_in_code == closes
        assert opens_in_code - held - instead == opens - held
