"""After a final review the same facts are not accepted again (docs/domain.md 4.5, 4.6)."""

import pytest

from complaints import actions, timeline
from complaints.admin import page as case_page
from complaints.admin.forms import FORMS
from complaints.enums import Category, Decision, RejectionGround, State
from complaints.models import Case
from efficiency.organs.models import Rank, Role
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = local(2026, 3, 11)
NEW = "三月九日窗口出具了新的退件单，与原答复不符。"


def decided(cast: make.Cast, decision: Decision = Decision.UPHELD, **fields) -> Case:
    """A case of which a final review has decided."""
    case = make.case_in(State.FINAL_REVIEWING, cast, **fields)
    head = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
    actions.decide_final(case, by=head, at=TUESDAY, version=case.version, decision=decision, text="原答复正确。")
    return case


def again(cast: make.Cast, **fields) -> Case:
    return make.file(cast, at=LATER, **fields).case


def accept(case: Case, cast: make.Cast, **changes):
    return make.accept(case, cast, at=LATER, **changes)


def reject(case: Case, cast: make.Cast, *, ground: str = RejectionGround.REPEATED, earlier: Case | None = None):
    return actions.reject(
        case, by=cast.officer, at=LATER, version=case.version, ground=ground, text="已作复核决定。", earlier=earlier
    )


class TestAccepting:
    def test_4_6_the_same_facts_are_accepted_with_new_ones_alone(self, cast):
        decided(cast)
        case = again(cast)

        with pytest.raises(actions.Invalid) as refused:
            accept(case, cast)
        assert refused.value.field == "new_facts"
        accept(case, cast, new_facts=NEW)

        assert case.state == State.ACCEPTED
        assert case.events.get(action="accept").internal_text == NEW
        assert not any(NEW in entry.text for entry in timeline.public(case))

    def test_4_6_the_officer_is_warned_and_asked_then_alone(self, cast):
        other = again(cast, phone="13900001111")
        assert "new_facts" not in FORMS["accept"](case=other, viewer=cast.officer).fields
        assert case_page.decided_for_good(other, "accept", cast.officer) == []
        earlier = decided(cast)

        case = again(cast)

        assert "new_facts" in FORMS["accept"](case=case, viewer=cast.officer).fields
        assert [final.case for final in case_page.decided_for_good(case, "accept", cast.officer)] == [earlier]
        assert case_page.decided_for_good(case, "redirect", cast.officer) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"phone": "13900001111"},
            {"category": Category.FACE},
            {"title": "办事大厅停车难"},
            {"anonymous": True},
        ],
        ids=["another person", "another category", "another matter", "nobody knows who"],
    )
    def test_4_6_other_facts_or_other_people_are_accepted_as_ever(self, fields, cast):
        decided(cast)

        case = accept(again(cast, **fields), cast)

        assert case.state == State.ACCEPTED

    def test_4_6_so_is_what_was_not_decided_for_good(self, cast):
        make.case_in(State.CLOSED, cast)
        decided(cast, Decision.OVERTURNED)

        assert accept(again(cast), cast).state == State.ACCEPTED

    def test_4_3_a_contact_that_did_not_confirm_is_nobodys(self, cast):
        earlier = decided(cast)
        actions.deny_contact(earlier, by=cast.officer, at=TUESDAY, version=earlier.version, reason="空号")
        actions.uphold_denial(earlier, by=cast.office_head, at=TUESDAY, version=earlier.version)

        assert accept(again(cast), cast).state == State.ACCEPTED


class TestRejecting:
    def test_4_5_the_earlier_case_and_its_decision_are_named(self, cast):
        earlier = decided(cast)
        case = again(cast)

        event = reject(case, cast, earlier=earlier)

        assert event.data == {"ground": "repeated", "earlier": earlier.number, "decided_on": "2026-03-03"}
        (entry,) = [each for each in timeline.public(case) if "已作复核决定" in each.text]
        assert earlier.number in entry.text

    def test_4_5_it_may_be_left_unnamed(self, cast):
        decided(cast)
        case = again(cast)

        assert reject(case, cast).data == {"ground": "repeated"}

    def test_4_5_only_where_the_facts_are_repeated(self, cast):
        earlier = decided(cast)
        case = again(cast)

        with pytest.raises(actions.Invalid) as refused:
            reject(case, cast, ground=RejectionGround.ABUSIVE, earlier=earlier)

        assert refused.value.field == "earlier"

    def test_4_5_never_a_case_of_somebody_else_nor_one_that_was_not_decided_so(self, cast):
        others = decided(cast, phone="13900001111")
        closed = make.case_in(State.CLOSED, cast)
        case = again(cast)

        for earlier in (others, closed):
            with pytest.raises(actions.Invalid) as refused:
                reject(case, cast, earlier=earlier)
            assert refused.value.field == "earlier"

    def test_4_5_the_form_offers_what_was_decided_for_good(self, cast):
        assert "earlier" not in FORMS["reject"](case=again(cast), viewer=cast.officer).fields
        earlier = decided(cast)

        field = FORMS["reject"](case=again(cast), viewer=cast.officer).fields["earlier"]

        assert [key for key, _label in field.choices] == ["", earlier.pk]
