"""
Formulas that officials write for an indicator: read once, calculated with decimals, never run as code.

A formula knows numbers, the names below, ``+ - * /``, comparisons, ``min``, ``max`` and ``x if condition else y``.
Nothing else exists: no powers, no attributes, no texts, no calls. Length, depth and size are bounded, so that no
formula takes longer than a moment. What cannot be read or calculated is refused in words, with the position.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from targets.scoring.numbers import NOUGHT, clamped, exactly

MOST_CHARACTERS, MOST_PARTS, DEEPEST, MOST_DIGITS = 500, 120, 12, 20

NAMES: Mapping[str, object] = {
    "a": _("actual value"),
    "t": _("target value"),
    "w": _("weight"),
    "b": _("baseline"),
    "c": _("challenge value"),
    "n": _("number of events"),
    "p": _("milestones planned"),
    "o": _("milestones done on time"),
    "l": _("milestones done late"),
    "d": _("done: 1, not done: 0"),
}
FUNCTIONS: Mapping[str, Callable[..., Decimal]] = {"min": min, "max": max}
KEYWORDS = ("if", "else")

# Signs as Chinese keyboards write them; each is one character, so positions stay.
SAME = str.maketrans("×÷−\uff08\uff09，．＋－＊／＜＞＝", "*/-(),.+-*/<>=")
TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|<=|>=|==|!=|[≤≥≠]|[-+*/(),<>]))"
)
COMPARISONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": Decimal.__lt__,
    "<=": Decimal.__le__,
    "≤": Decimal.__le__,
    ">": Decimal.__gt__,
    ">=": Decimal.__ge__,
    "≥": Decimal.__ge__,
    "==": Decimal.__eq__,
    "!=": Decimal.__ne__,
    "≠": Decimal.__ne__,
}


class FormulaError(ValueError):
    """A formula cannot be read or calculated; ``position`` counts its characters from one."""

    def __init__(self, message: object, position: int = 0) -> None:
        self.position = position
        self.message = str(message)
        super().__init__(self.message)

    def __str__(self) -> str:
        if not self.position:
            return self.message
        return str(_("Character %(position)s: %(message)s") % {"position": self.position, "message": self.message})


class DividesByNought(FormulaError):
    """A formula divides by nought for the values that it was given."""


class ValueMissing(FormulaError):
    """A formula needs a value that there is not."""


Values = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class _Node:
    """Part of a formula. ``is_condition``: it is true or false, not a number."""

    position: int
    is_condition: bool = field(default=False, init=False)

    def value(self, values: Values) -> Decimal:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _Number(_Node):
    number: Decimal

    def value(self, values: Values) -> Decimal:
        return self.number


@dataclass(frozen=True, slots=True)
class _Name(_Node):
    name: str

    def value(self, values: Values) -> Decimal:
        found = values.get(self.name)
        if found is None:
            raise ValueMissing(_("There is no value for “%(name)s”.") % {"name": self.name}, self.position)
        return found


@dataclass(frozen=True, slots=True)
class _Negative(_Node):
    part: _Node

    def value(self, values: Values) -> Decimal:
        return -self.part.value(values)


@dataclass(frozen=True, slots=True)
class _Chain(_Node):
    """A first part and those that are added to it, or by which it is multiplied or divided, from left to right."""

    first: _Node
    rest: tuple[tuple[str, int, _Node], ...]

    def value(self, values: Values) -> Decimal:
        result = self.first.value(values)
        for sign, position, node in self.rest:
            other = node.value(values)
            if sign == "/" and not other:
                raise DividesByNought(_("This divides by nought."), position)
            try:
                result = _calculated(sign, result, other)
            except (InvalidOperation, Overflow, DivisionByZero) as error:
                raise FormulaError(_("The number becomes too large."), position) from error
        return result


@dataclass(frozen=True, slots=True)
class _Call(_Node):
    function: str
    parts: tuple[_Node, ...]

    def value(self, values: Values) -> Decimal:
        return FUNCTIONS[self.function](part.value(values) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Comparison(_Node):
    first: _Node
    rest: tuple[tuple[str, _Node], ...]
    is_condition: bool = field(default=True, init=False)

    def holds(self, values: Values) -> bool:
        left = self.first.value(values)
        for sign, node in self.rest:
            right = node.value(values)
            if not COMPARISONS[sign](left, right):
                return False
            left = right
        return True


@dataclass(frozen=True, slots=True)
class _Choice(_Node):
    """Only the part that is chosen is calculated, so that a condition can keep a division from nought."""

    condition: _Comparison
    then: _Node
    otherwise: _Node

    def value(self, values: Values) -> Decimal:
        return (self.then if self.condition.holds(values) else self.otherwise).value(values)


def _calculated(sign: str, left: Decimal, right: Decimal) -> Decimal:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    return left * right if sign == "*" else left / right


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read, and the names that it asks for."""

    text: str
    names: frozenset[str]
    _root: _Node = field(repr=False)

    @exactly
    def value(self, values: Values) -> Decimal:
        """
        Return what comes out for values by name, not bounded.

        :raises ValueMissing: a name that is reached has no value
        :raises DividesByNought: a division that is reached is by nought
        :raises FormulaError: the numbers become too large
        """
        return self._root.value(values)


@lru_cache(maxsize=1024)
def parse(text: str) -> Formula:
    """
    Read a formula.

    :raises FormulaError: it is too long, too deep, or not a formula; with the position
    """
    if len(text) > MOST_CHARACTERS:
        message = _("A formula has at most %(most)s characters, this one has %(length)s.")
        raise FormulaError(message % {"most": MOST_CHARACTERS, "length": len(text)})
    return _Reader(text.translate(SAME)).formula(text)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a formula gives for values: the number, what counts of it (0 to the weight), or why there is none."""

    value: Decimal | None = None
    points: Decimal | None = None
    problem: str = ""


def preview(formula: str, values: Values) -> Preview:
    """Return what a formula gives for values by name, ``w`` among them, or in words why it gives nothing."""
    try:
        value = parse(formula).value(values)
    except FormulaError as error:
        return Preview(problem=str(error))
    return Preview(value, clamped(value, NOUGHT, values.get("w") or NOUGHT))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


class _Reader:
    """Reads a formula from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0
        self.parts = 0
        self.names: set[str] = set()

    def formula(self, text: str) -> Formula:
        root = self.choice()
        if self.ahead.kind != "end":
            raise FormulaError(
                _("“%(found)s” was not expected here.") % {"found": self.ahead.text}, self.ahead.position
            )
        return Formula(text, frozenset(self.names), self.as_number(root))

    # --- Parts, the loosest first

    def choice(self) -> _Node:
        self.depth += 1
        if self.depth > DEEPEST:
            message = _("The formula is nested too deeply: at most %(most)s levels.") % {"most": DEEPEST}
            raise FormulaError(message, self.ahead.position)
        node = self.comparison()
        if self.takes("if"):
            condition = self.comparison()
            if not isinstance(condition, _Comparison):
                raise FormulaError(_("After “if” comes a comparison, such as a >= t."), condition.position)
            if not self.takes("else"):
                raise FormulaError(_("“else” is missing here."), self.ahead.position)
            node = _Choice(node.position, condition, self.as_number(node), self.as_number(self.choice()))
        self.depth -= 1
        return node

    def comparison(self) -> _Node:
        first = self.chain("+-")
        rest = []
        while self.ahead.text in COMPARISONS:
            sign = self.next().text
            rest.append((sign, self.as_number(self.chain("+-"))))
        return _Comparison(first.position, self.as_number(first), tuple(rest)) if rest else first

    def chain(self, signs: str) -> _Node:
        inner = self.signed if signs == "*/" else lambda: self.chain("*/")
        first = inner()
        rest = []
        while self.ahead.kind == "sign" and self.ahead.text in tuple(signs):
            token = self.next()
            rest.append((token.text, token.position, self.as_number(inner())))
        return _Chain(first.position, self.as_number(first), tuple(rest)) if rest else first

    def signed(self) -> _Node:
        token = self.ahead
        if token.text == "-":
            self.next()
            return _Negative(token.position, self.as_number(self.single()))
        return self.single()

    def single(self) -> _Node:
        token = self.next()
        self.parts += 1
        if self.parts > MOST_PARTS:
            message = _("The formula has too many parts: at most %(most)s.") % {"most": MOST_PARTS}
            raise FormulaError(message, token.position)
        if token.kind == "number":
            if len(token.text) > MOST_DIGITS:
                raise FormulaError(_("A number has at most %(most)s digits.") % {"most": MOST_DIGITS}, token.position)
            return _Number(token.position, Decimal(token.text))
        if token.text == "(":
            node = self.choice()
            self.expect(")")
            return node
        if token.kind == "name" and token.text in FUNCTIONS:
            return self.call(token)
        if token.kind == "name" and token.text not in KEYWORDS:
            return self.named(token)
        raise FormulaError(_unexpected(token), token.position)

    def call(self, token: _Token) -> _Node:
        self.expect("(")
        parts = [self.as_number(self.choice())]
        while self.takes(","):
            parts.append(self.as_number(self.choice()))
        self.expect(")")
        return _Call(token.position, token.text, tuple(parts))

    def named(self, token: _Token) -> _Node:
        if token.text not in NAMES:
            message = _("There is no name “%(name)s”; there are: %(names)s.")
            known = ", ".join((*NAMES, *FUNCTIONS))
            raise FormulaError(message % {"name": token.text[:40], "names": known}, token.position)
        self.names.add(token.text)
        return _Name(token.position, token.text)

    # --- Tokens

    @property
    def ahead(self) -> _Token:
        return self.tokens[self.at]

    def next(self) -> _Token:
        token = self.ahead
        if token.kind != "end":
            self.at += 1
        return token

    def takes(self, text: str) -> bool:
        if self.ahead.text != text:
            return False
        self.next()
        return True

    def expect(self, text: str) -> None:
        if not self.takes(text):
            raise FormulaError(_("“%(expected)s” is missing here.") % {"expected": text}, self.ahead.position)

    @staticmethod
    def as_number(node: _Node) -> _Node:
        if node.is_condition:
            raise FormulaError(_("A comparison can only stand after “if”."), node.position)
        return node


def _unexpected(token: _Token) -> object:
    if token.kind == "end":
        return _("The formula ends too early.")
    if token.text == "**":
        return _("Powers are not allowed.")
    return _("“%(found)s” was not expected here.") % {"found": token.text}


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise FormulaError(_("“%(found)s” cannot stand in a formula.") % {"found": text[at]}, at + 1)
        kind = str(match.lastgroup)
        token = _Token(kind, match[kind], match.start(kind) + 1)
        if token.text == "**":
            raise FormulaError(_unexpected(token), token.position)
        found.append(token)
        at = match.end()
    return [*found, _Token("end", "", len(text) + 1)]
