"""What a sheet comes to, as plain values: the same whether it was computed just now or read back (docs/domain.md 8)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from efficiency.rounding import half_up
from targets.appraisal.deductions import Event

# By what an event is known: its cause, the model and key of its row, its words.
Key = tuple[str, str, int | None, str]

# As the columns keep them, and as the database rounds.
EIGHT, TWELVE, TWENTY = Decimal("1e-8"), Decimal("1e-12"), Decimal("1e-20")


def kept(value: Decimal | None, places: Decimal = EIGHT) -> Decimal | None:
    """Return a number as its column keeps it."""
    return None if value is None else half_up(value, -int(places.as_tuple().exponent))


@dataclass(frozen=True, slots=True)
class LineOut:
    """One line of a sheet; its fields are those of ``SheetLine``."""

    block: str
    key: str
    name: str
    indicator_id: int
    unit: str
    weight: Decimal
    applied_weight: Decimal
    target: Decimal | None
    actual: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    method: str
    terms: dict[str, Any]
    points: Decimal | None
    left_out: bool
    source: str
    measure: str = ""
    report_value_id: int | None = None
    remark: str = ""
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class BlockOut:
    """One block of a sheet; its fields are those of ``SheetBlock``."""

    code: str
    name: str
    weight: Decimal
    applied_weight: Decimal
    score: Decimal | None
    is_left_out: bool


@dataclass(frozen=True, slots=True)
class Adjusted:
    """
    A confirmed adjustment: points above nought a bonus, below it a deduction; or a veto.

    With ``puts_right``, the key of the objection, points above nought are no bonus, nor are those with ``is_error``.
    ``lifts`` is what of the records counts no more with it.
    """

    id: int
    points: Decimal
    veto: str = ""
    puts_right: int | None = None
    lifts: Key | None = None
    is_error: bool = False

    @property
    def is_bonus(self) -> bool:
        """Whether its points above nought are a bonus, which has its limit."""
        return self.puts_right is None and not self.is_error


@dataclass(slots=True)
class SheetOut:
    """
    Whose sheet it is, what was computed, and after ``grading.grade`` what follows: total, caps, grade and rank.

    ``id`` is that of its row; None while it has none.
    """

    id: int | None
    organ_id: int
    post_id: int | None
    person_id: int | None
    group: str
    # All accounts of the person, where there is more than one.
    accounts: Sequence[int] = ()
    plan_id: int | None = None
    revision_id: int | None = None
    gap: str = ""
    self_score: Decimal | None = None
    lines: Sequence[LineOut] = ()
    blocks: Sequence[BlockOut] = ()
    deductions: Sequence[Event] = ()
    adjustments: Sequence[Adjusted] = ()
    blocks_total: Decimal | None = None
    yellow_cards: int = 0
    red_cards: int = 0
    bonus: Decimal = Decimal(0)
    put_right: Decimal = Decimal(0)
    deducted: Decimal = Decimal(0)
    computed_total: Decimal | None = None
    total: Decimal | None = None
    grade_by_score: str = ""
    grade: str = ""
    cap: str = ""
    cap_reason: str = ""
    is_vetoed: bool = False
    rank: int | None = None
    opinions: Sequence[dict[str, Any]] = field(default_factory=tuple)

    @property
    def person_key(self) -> int | None:
        """What all sheets of one natural person have in common; None where there is no person."""
        return min(self.accounts, default=self.person_id)

    @property
    def block_e(self) -> Decimal | None:
        """The score of the public evaluation, the last that parts a tie."""
        return next((block.score for block in self.blocks if block.code == "E"), None)
