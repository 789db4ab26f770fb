"""Who is responsible (docs/domain.md 10.2): each row of the table by its name, and what holds for all chains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accountability.faults import liability
from accountability.faults.liability import ACTS, BadChain, Chain, Step
from accountability.faults.words import Act, Part, Responsibility

HANDLER, REVIEWER, APPROVER, OTHER, FIFTH = 1, 2, 3, 4, 5
D, M, I = Responsibility.DIRECT, Responsibility.MAIN, Responsibility.IMPORTANT  # noqa: E741 - as the table has them


def handler(act: Act = Act.PROPOSED, **found: bool) -> Step:
    return Step(HANDLER, Part.HANDLER, act, **found)


def reviewer(act: Act = Act.AGREED, **found: bool) -> Step:
    return Step(REVIEWER, Part.REVIEWER, act, **found)


def approver(act: Act = Act.AGREED, **found: bool) -> Step:
    return Step(APPROVER, Part.APPROVER, act, **found)


RIGHT, MISLED = {"is_right": True}, {"was_misled": True}
LET_PASS = (handler(), reviewer(), approver())

# The number of the row, the situation, the chain, and who is responsible how; nobody else is.
TABLE = [
    (
        1,
        "ordered from outside the chain",
        [*LET_PASS, Step(OTHER, Part.OUTSIDER, Act.INTERFERED)],
        {OTHER: D},
    ),
    (
        2,
        "handler lies, review and approval misled",
        [handler(deceived=True), reviewer(**MISLED), approver(**MISLED)],
        {HANDLER: D},
    ),
    (
        2,
        "handler forges, the collective misled",
        [handler(deceived=True), Step(OTHER, Part.MAKER, Act.AGREED, **MISLED)],
        {HANDLER: D},
    ),
    (
        3,
        "handler acts otherwise than approved",
        [handler(Act.OTHERWISE), reviewer(**RIGHT), approver(**RIGHT)],
        {HANDLER: D},
    ),
    (3, "handler acts without review and approval", [handler(Act.ALONE)], {HANDLER: D}),
    (4, "proposal wrong, reviewer and approver should have seen it", LET_PASS, {HANDLER: D, REVIEWER: M, APPROVER: I}),
    (4, "nobody was there to review", [handler(), approver()], {HANDLER: D, APPROVER: I}),
    (
        4,
        "duty not done, those above let it pass",
        [handler(Act.OMITTED), reviewer(), approver()],
        {HANDLER: D, REVIEWER: M, APPROVER: I},
    ),
    (
        4,
        "handler lies, those above should have seen it",
        [handler(deceived=True), reviewer(), approver()],
        {HANDLER: D, REVIEWER: M, APPROVER: I},
    ),
    (
        5,
        "reviewer changes a right proposal, approver follows",
        [handler(**RIGHT), reviewer(Act.CHANGED), approver()],
        {REVIEWER: D, APPROVER: M},
    ),
    (6, "reviewer decides without approval", [handler(**RIGHT), reviewer(Act.ALONE)], {REVIEWER: D}),
    (6, "reviewer decides without approval on a wrong proposal", [handler(), reviewer(Act.ALONE)], {REVIEWER: D}),
    (
        7,
        "approver changes right advice",
        [handler(**RIGHT), reviewer(**RIGHT), approver(Act.CHANGED)],
        {APPROVER: D},
    ),
    (
        7,
        "approver rejects what the reviewer had put right",
        [handler(), reviewer(Act.CHANGED, **RIGHT), approver(Act.CHANGED)],
        {APPROVER: D},
    ),
    (7, "approver decides without proposal and review", [approver(Act.ALONE)], {APPROVER: D}),
    (
        7,
        "approver does not do the duty",
        [handler(**RIGHT), reviewer(**RIGHT), approver(Act.OMITTED)],
        {APPROVER: D},
    ),
    (
        8,
        "decided collectively",
        [
            Step(HANDLER, Part.MAKER, Act.AGREED),
            Step(REVIEWER, Part.MEMBER, Act.AGREED),
            Step(APPROVER, Part.MEMBER, Act.AGREED),
            Step(OTHER, Part.MEMBER, Act.AGREED, **RIGHT),
        ],
        {HANDLER: M, REVIEWER: I, APPROVER: I},
    ),
    (
        8,
        "decision maker opposed the majority, as recorded",
        [Step(HANDLER, Part.MAKER, Act.AGREED, **RIGHT), Step(REVIEWER, Part.MEMBER, Act.AGREED)],
        {REVIEWER: I},
    ),
    (
        9,
        "superior organ changes a lower organ's act wrongly",
        [handler(**RIGHT), reviewer(**RIGHT), approver(**RIGHT), Step(OTHER, Part.SUPERIOR, Act.CHANGED)],
        {OTHER: I},
    ),
    (
        10,
        "hearing chair misreports the hearing",
        [handler(**MISLED), approver(**MISLED), Step(OTHER, Part.CHAIR, Act.MISREPORTED)],
        {OTHER: D, APPROVER: M},
    ),
    (
        11,
        "two handlers together",
        [handler(), Step(OTHER, Part.HANDLER, Act.PROPOSED), reviewer(), approver()],
        {HANDLER: D, OTHER: D, REVIEWER: M, APPROVER: I},
    ),
    (
        11,
        "one of two handlers held the right view",
        [handler(), Step(OTHER, Part.HANDLER, Act.PROPOSED, **RIGHT), reviewer(**MISLED), approver()],
        {HANDLER: D, APPROVER: I},
    ),
    (
        11,
        "both proposal and change wrong",
        [handler(), reviewer(Act.CHANGED), approver()],
        {HANDLER: D, REVIEWER: D, APPROVER: I},
    ),
    (
        11,
        "reviewer changes a right proposal, approver misled",
        [handler(**RIGHT), reviewer(Act.CHANGED), approver(**MISLED)],
        {REVIEWER: D},
    ),
    (11, "nobody's conduct is found wrong", [handler(**RIGHT), reviewer(**RIGHT), approver(**RIGHT)], {}),
]


class TestTable:  # docs/domain.md 10.2
    @pytest.mark.parametrize(
        ("number", "situation", "steps", "expected"), TABLE, ids=[f"{n}: {s}" for n, s, *_ in TABLE]
    )
    def test_row(self, number, situation, steps, expected):
        allocation = liability.propose(Chain(tuple(steps)))

        assert allocation.row.number == number
        assert {share.person: share.responsibility for share in allocation.shares} == expected
        assert allocation.row.rule == f"10.2({number})"

    def test_has_eleven_rows_in_order_each_of_which_is_tried(self):
        assert [row.number for row in liability.ROWS] == list(range(1, 12))
        assert {number for number, *_ in TABLE} == set(range(1, 12))

    def test_whoever_had_a_part_of_their_own_did_not_interfere_from_outside(self):
        chain = Chain((*LET_PASS, Step(APPROVER, Part.OUTSIDER, Act.INTERFERED)))

        assert liability.propose(chain).row.number == 4

    def test_the_heavier_responsibility_counts_of_a_person_with_two_parts(self):
        drafted_and_approved = Chain((handler(), reviewer(), Step(HANDLER, Part.APPROVER, Act.AGREED)))

        allocation = liability.propose(drafted_and_approved)

        assert [(share.person, share.responsibility) for share in allocation.shares] == [(HANDLER, D), (REVIEWER, M)]

    def test_no_one_does_what_does_not_go_with_the_part(self):
        with pytest.raises(BadChain):
            Step(HANDLER, Part.HANDLER, Act.AGREED)

    def test_tells_who_has_no_responsibility(self):
        allocation = liability.propose(Chain((handler(Act.ALONE), approver(**RIGHT))))

        assert allocation.of(APPROVER) is None
        assert allocation.of(HANDLER).part == Part.HANDLER


class TestFindings:
    def test_change_what_was_recorded(self):
        recorded = Chain(LET_PASS)

        assert liability.propose(recorded.found(deceived=[HANDLER], misled=[REVIEWER, APPROVER])).row.number == 2
        assert liability.propose(recorded.found(otherwise=[HANDLER])).row.number == 3
        assert liability.propose(recorded.found(right=[HANDLER, REVIEWER, APPROVER])).shares == ()
        outside = Step(OTHER, Part.OUTSIDER, Act.INTERFERED)
        assert liability.propose(recorded.found(added=[outside])).row.number == 1


steps = st.sampled_from([(part, act) for part, acts in ACTS.items() for act in sorted(acts)]).flatmap(
    lambda of: st.builds(
        Step,
        person=st.integers(1, 5),
        part=st.just(of[0]),
        act=st.just(of[1]),
        is_right=st.booleans(),
        was_misled=st.booleans(),
        deceived=st.booleans() if of[0] == Part.HANDLER else st.just(False),
    )
)
chains = st.lists(steps, max_size=7)


class TestAnyChain:
    @given(chains, st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_its_steps(self, given_steps, random):
        shuffled = list(given_steps)
        random.shuffle(shuffled)

        assert liability.propose(Chain(tuple(shuffled))) == liability.propose(Chain(tuple(given_steps)))

    @given(chains)
    def test_has_exactly_one_row_the_first_that_fits(self, given_steps):
        chain = Chain(tuple(given_steps))

        row = liability.propose(chain).row

        assert next(each.number for each in liability.ROWS if each.fits(chain)) == row.number

    @given(chains)
    def test_gives_every_person_one_responsibility_at_most_and_nobody_else_any(self, given_steps):
        persons = [share.person for share in liability.propose(Chain(tuple(given_steps))).shares]

        assert len(persons) == len(set(persons))
        assert set(persons) <= {step.person for step in given_steps}

    @given(chains)
    def test_leaves_out_whose_conduct_was_right(self, given_steps):
        allocation = liability.propose(Chain(tuple(given_steps)))
        wrong = {step.person for step in given_steps if step.is_wrong}
        misled_by_the_chair = {
            step.person for step in given_steps if step.part == Part.APPROVER and allocation.row.number == 10
        }

        assert {share.person for share in allocation.shares} <= wrong | misled_by_the_chair
