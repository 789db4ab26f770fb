"""
Who is responsible for what went wrong: the table of docs/domain.md 10.2 as data, and the first row of it that fits.

Pure: a ``Chain`` of what each person did goes in, an ``Allocation`` comes out. The outcome does not depend on the order
in which the steps are given. It is a proposal; whoever investigates may decide otherwise and says why.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from accountability.faults.words import Act, Part, Responsibility

# Responsibilities, the heaviest first.
WEIGHT = (Responsibility.DIRECT, Responsibility.MAIN, Responsibility.IMPORTANT)
# Parts in the order in which they act; shares are told in it.
ORDER = tuple(Part)
IN_CHAIN = (Part.HANDLER, Part.REVIEWER, Part.APPROVER)
COLLECTIVE = (Part.MAKER, Part.MEMBER)


class BadChain(ValueError):
    """A chain says something that cannot be, such as a handler who agreed."""


# What can be done in which part.
ACTS: Mapping[Part, frozenset[Act]] = {
    Part.HANDLER: frozenset({Act.PROPOSED, Act.ALONE, Act.OTHERWISE, Act.OMITTED}),
    Part.REVIEWER: frozenset({Act.AGREED, Act.CHANGED, Act.ALONE, Act.OMITTED}),
    Part.APPROVER: frozenset({Act.AGREED, Act.CHANGED, Act.ALONE, Act.OMITTED}),
    Part.OUTSIDER: frozenset({Act.INTERFERED}),
    Part.MAKER: frozenset({Act.AGREED}),
    Part.MEMBER: frozenset({Act.AGREED}),
    Part.SUPERIOR: frozenset({Act.CHANGED}),
    Part.CHAIR: frozenset({Act.MISREPORTED}),
}
# Wrong by themselves, whatever the matter itself was.
WRONG_IN_ANY_CASE = frozenset({Act.ALONE, Act.OTHERWISE, Act.OMITTED, Act.INTERFERED, Act.MISREPORTED})


@dataclass(frozen=True, slots=True)
class Step:
    """
    What one person did in one part.

    ``is_right``: the view that the person stood for was right, or the wrong one was opposed and that is recorded.
    ``was_misled``: it could not be seen that the view was wrong. ``deceived``: others were lied to, or something was
    hidden or forged. ``person`` is the key of an account.
    """

    person: int
    part: Part
    act: Act
    is_right: bool = False
    was_misled: bool = False
    deceived: bool = False

    def __post_init__(self) -> None:
        if self.act not in ACTS[self.part]:
            raise BadChain(f"In the part {self.part} nobody {self.act}.")

    @property
    def is_wrong(self) -> bool:
        """Whether the person answers for something in it: a wrong view held without being misled, or wrong conduct."""
        return self.deceived or self.act in WRONG_IN_ANY_CASE or not (self.is_right or self.was_misled)


@dataclass(frozen=True)
class Chain:
    """All that is known of who did what; a person may have several steps."""

    steps: tuple[Step, ...]

    @cached_property
    def by_part(self) -> Mapping[Part, tuple[Step, ...]]:
        """The steps of each part; an empty tuple for a part that nobody had."""
        found: dict[Part, list[Step]] = defaultdict(list)
        for step in self.steps:
            found[step.part].append(step)
        return {part: tuple(found[part]) for part in Part}

    def only(self, part: Part) -> Step | None:
        """Return the step of ``part`` where there is exactly one."""
        steps = self.by_part[part]
        return steps[0] if len(steps) == 1 else None

    @property
    def outsiders(self) -> tuple[Step, ...]:
        """Those who interfered and had no part of their own in the chain."""
        inside = {step.person for part in IN_CHAIN for step in self.by_part[part]}
        return tuple(step for step in self.by_part[Part.OUTSIDER] if step.person not in inside)

    @property
    def is_single(self) -> bool:
        """Whether one person at most had each of the three parts; several are each judged by their own (row 11)."""
        return all(len(self.by_part[part]) <= 1 for part in IN_CHAIN)

    @property
    def is_collective(self) -> bool:
        """Whether several decided together."""
        return any(self.by_part[part] for part in COLLECTIVE)

    def found(
        self,
        *,
        right: Collection[int] = (),
        misled: Collection[int] = (),
        deceived: Collection[int] = (),
        otherwise: Collection[int] = (),
        changed: Collection[int] = (),
        added: Iterable[Step] = (),
    ) -> "Chain":
        """
        Return the chain with what the inquiry found, on top of what was recorded.

        :param right: persons whose view was right
        :param misled: persons who could not see that a view was wrong
        :param deceived: handlers who lied, hid or forged something
        :param otherwise: handlers who acted otherwise than approved
        :param changed: reviewers and approvers who rejected or changed what was proposed to them
        :param added: steps of persons whom the portal did not record, such as somebody who interfered
        """
        steps = tuple(
            replace(
                step,
                act=_act_found(step, otherwise, changed),
                is_right=step.is_right or step.person in right,
                was_misled=step.was_misled or step.person in misled,
                deceived=step.deceived or (step.person in deceived and step.part == Part.HANDLER),
            )
            for step in self.steps
        )
        return Chain((*steps, *added))


@dataclass(frozen=True, slots=True)
class Share:
    """The responsibility of one person, and the part from which it follows."""

    person: int
    part: Part
    responsibility: Responsibility


def _act_found(step: Step, otherwise: Collection[int], changed: Collection[int]) -> Act:
    if step.person in otherwise and step.part == Part.HANDLER:
        return Act.OTHERWISE
    if step.person in changed and step.part in (Part.REVIEWER, Part.APPROVER):
        return Act.CHANGED
    return step.act


Shares = Callable[[Chain], Iterable[Share]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: when it fits, and who then is responsible how."""

    number: int
    situation: Lazy
    fits: Callable[[Chain], bool] = field(repr=False)
    shares: Shares = field(repr=False)

    @property
    def rule(self) -> str:
        """Where the rule is written down."""
        return f"10.2({self.number})"


@dataclass(frozen=True, slots=True)
class Allocation:
    """The row that fits and the shares by it, in the order of the parts; nobody has more than one."""

    row: Row
    shares: tuple[Share, ...]

    def of(self, person: int) -> Share | None:
        """Return the share of a person; None is no responsibility."""
        return next((share for share in self.shares if share.person == person), None)


def propose(chain: Chain) -> Allocation:
    """
    Return who is responsible by the first row that fits; the last one always does.

    Where nobody's conduct is found wrong nobody is responsible: then the shares are empty.
    """
    row = next(row for row in ROWS if row.fits(chain))
    return Allocation(row, _one_each(row.shares(chain)))


def row_of(number: int) -> Row:
    """
    Return a row of the table by its number.

    :raises KeyError: there is no such row
    """
    return _BY_NUMBER[number]


def _one_each(shares: Iterable[Share]) -> tuple[Share, ...]:
    """Return the heaviest share of each person."""
    heaviest: dict[int, Share] = {}
    for share in sorted(shares, key=_heaviest_first):
        heaviest.setdefault(share.person, share)
    return tuple(sorted(heaviest.values(), key=lambda share: (ORDER.index(share.part), share.person)))


def _heaviest_first(share: Share) -> tuple[int, int, int]:
    return WEIGHT.index(share.responsibility), ORDER.index(share.part), share.person


def _by_part(roles: Mapping[Part, Responsibility]) -> Shares:
    """Return the rule that whoever had one of the parts is responsible as it says."""

    def shares(chain: Chain) -> Iterable[Share]:
        return [Share(step.person, part, role) for part, role in roles.items() for step in chain.by_part[part]]

    return shares


def _of_outsiders(chain: Chain) -> Iterable[Share]:
    return [Share(step.person, Part.OUTSIDER, Responsibility.DIRECT) for step in chain.outsiders]


def _of_collective(chain: Chain) -> Iterable[Share]:
    """Leave out those who held the right view; so does the decision maker who opposed, as recorded (10.4)."""
    roles = {Part.MAKER: Responsibility.MAIN, Part.MEMBER: Responsibility.IMPORTANT}
    return [
        Share(step.person, part, role) for part, role in roles.items() for step in chain.by_part[part] if step.is_wrong
    ]


def _of_hearing(chain: Chain) -> Iterable[Share]:
    """The approver bears the leader's responsibility although misled, unless the view was right nevertheless."""
    roles = {Part.CHAIR: Responsibility.DIRECT, Part.APPROVER: Responsibility.MAIN}
    return [
        Share(step.person, part, role)
        for part, role in roles.items()
        for step in chain.by_part[part]
        if not _advises_rightly(step)
    ]


def _by_own_conduct(chain: Chain) -> Iterable[Share]:
    """
    Judge each by the part played: who did wrong on their own is directly responsible, who let it pass as a leader.

    An approver who followed a wrong proposal is the important leader (row 4), one who followed a wrong change of the
    reviewer alone the main one (row 5).
    """
    was_proposed = any(step.is_wrong for step in chain.by_part[Part.HANDLER])
    follows = {
        Part.REVIEWER: Responsibility.MAIN,
        Part.APPROVER: Responsibility.IMPORTANT if was_proposed else Responsibility.MAIN,
        Part.MAKER: Responsibility.MAIN,
        Part.MEMBER: Responsibility.IMPORTANT,
        Part.SUPERIOR: Responsibility.IMPORTANT,
    }
    for step in chain.steps:
        if step.is_wrong and not (step.part == Part.OUTSIDER and step not in chain.outsiders):
            is_own = step.part not in follows or step.deceived or (step.part in IN_CHAIN and step.act != Act.AGREED)
            yield Share(step.person, step.part, Responsibility.DIRECT if is_own else follows[step.part])


def _is_interfered(chain: Chain) -> bool:
    return bool(chain.outsiders)


def _handler_misleads(chain: Chain) -> bool:
    handler = chain.only(Part.HANDLER)
    others = [step for part in (Part.REVIEWER, Part.APPROVER, *COLLECTIVE) for step in chain.by_part[part]]
    return (
        chain.is_single
        and handler is not None
        and handler.deceived
        and bool(others)
        and all(step.was_misled for step in others)
    )


def _handler_alone(chain: Chain) -> bool:
    handler = chain.only(Part.HANDLER)
    return chain.is_single and handler is not None and handler.act in (Act.OTHERWISE, Act.ALONE)


def _let_pass(chain: Chain) -> bool:
    """Say whether a wrong proposal, or none where one was owed, was let pass by all who should have seen it."""
    handler, reviewer, approver = (chain.only(part) for part in IN_CHAIN)
    return (
        chain.is_single
        and not chain.is_collective
        and handler is not None
        and handler.act in (Act.PROPOSED, Act.OMITTED)
        and handler.is_wrong
        and (reviewer is not None or approver is not None)
        and all(step is None or _follows_wrongly(step) for step in (reviewer, approver))
    )


def _reviewer_changes(chain: Chain) -> bool:
    handler, reviewer, approver = (chain.only(part) for part in IN_CHAIN)
    return (
        chain.is_single
        and handler is not None
        and _advises_rightly(handler)
        and reviewer is not None
        and reviewer.act == Act.CHANGED
        and reviewer.is_wrong
        and approver is not None
        and _follows_wrongly(approver)
    )


def _reviewer_alone(chain: Chain) -> bool:
    reviewer = chain.only(Part.REVIEWER)
    return (
        chain.is_single
        and reviewer is not None
        and reviewer.act == Act.ALONE
        and not chain.by_part[Part.APPROVER]
        and not chain.is_collective
    )


def _approver_alone(chain: Chain) -> bool:
    approver = chain.only(Part.APPROVER)
    if not chain.is_single or approver is None or not approver.is_wrong:
        return False
    advice = [step for part in (Part.HANDLER, Part.REVIEWER) for step in chain.by_part[part]]
    match approver.act:
        case Act.ALONE:
            return not advice
        case Act.CHANGED:
            last = chain.only(Part.REVIEWER) or chain.only(Part.HANDLER)
            return last is not None and _advises_rightly(last)
        case Act.OMITTED:
            return all(_advises_rightly(step) for step in advice)
        case _:
            return False


def _advises_rightly(step: Step) -> bool:
    return step.is_right and not step.is_wrong


def _follows_wrongly(step: Step) -> bool:
    return step.act == Act.AGREED and step.is_wrong


def _superior_changes(chain: Chain) -> bool:
    """Say whether a superior organ changed wrongly what nobody below is to blame for."""
    below = [step for part in IN_CHAIN for step in chain.by_part[part]]
    return any(step.is_wrong for step in chain.by_part[Part.SUPERIOR]) and not any(step.is_wrong for step in below)


def _is_collective(chain: Chain) -> bool:
    return chain.is_collective


def _hearing_misreported(chain: Chain) -> bool:
    return bool(chain.by_part[Part.CHAIR])


def _always(_chain: Chain) -> bool:
    return True


_D, _M, _I = WEIGHT

# fmt: off
ROWS = (
    Row(1, pgettext_lazy("liability", "Ordered, hinted or interfered with from outside the chain."),
        _is_interfered, _of_outsiders),
    Row(2, pgettext_lazy("liability", "The handler lied, hid or forged; review and approval were misled."),
        _handler_misleads, _by_part({Part.HANDLER: _D})),
    Row(3, pgettext_lazy("liability", "The handler acted otherwise than approved, or without review and approval."),
        _handler_alone, _by_part({Part.HANDLER: _D})),
    Row(4, pgettext_lazy("liability", "The handler’s proposal was wrong; reviewer and approver should have seen it."),
        _let_pass, _by_part({Part.HANDLER: _D, Part.REVIEWER: _M, Part.APPROVER: _I})),
    Row(5, pgettext_lazy("liability", "The reviewer rejected or changed a right proposal; the approver followed."),
        _reviewer_changes, _by_part({Part.REVIEWER: _D, Part.APPROVER: _M})),
    Row(6, pgettext_lazy("liability", "The reviewer decided without approval."),
        _reviewer_alone, _by_part({Part.REVIEWER: _D})),
    Row(7, pgettext_lazy("liability", "The approver rejected or changed right advice, decided without proposal and "
                                      "review, or did not do the duty."),
        _approver_alone, _by_part({Part.APPROVER: _D})),
    Row(8, pgettext_lazy("liability", "Decided collectively: the decision maker and those for the wrong view."),
        _is_collective, _of_collective),
    Row(9, pgettext_lazy("liability", "A superior organ wrongly changed what a lower organ had done."),
        _superior_changes, _by_part({Part.SUPERIOR: _I})),
    Row(10, pgettext_lazy("liability", "The chair of a hearing misreported it."),
        _hearing_misreported, _of_hearing),
    Row(11, pgettext_lazy("liability", "Several persons: each by the part played."),
        _always, _by_own_conduct),
)
# fmt: on
_BY_NUMBER = {row.number: row for row in ROWS}
