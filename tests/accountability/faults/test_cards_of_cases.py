"""Cards that came of late fault cases, and fault cases that came of cards (docs/domain.md 9, docs/trust.md Z-07)."""

import pytest
from django.contrib.contenttypes.models import ContentType

from accountability import behind
from accountability.faults import inquiry
from accountability.models import Card
from efficiency.access.scope import scope_of
from tests.factories import faults as make
from tests.factories.faults import DAY, MONDAY

pytestmark = pytest.mark.django_db


def card_about(about, cast, **fields):
    """Return a yellow card of the office for a promise about a fault case, or about somebody who answers in one."""
    of_office = {"organ": cast.city.office, "post": None, "person": cast.deputy, "kind": "faults.decide"}
    about_it = {"content_type": ContentType.objects.get_for_model(about), "object_id": about.pk}
    return make.red_card(cast, colour="yellow", rule="overdue", **of_office | about_it | fields)


def knows(user, card):
    scope_of(user, fresh=True)
    return Card.objects.headers_visible_to(user).filter(pk=card.pk).exists()


class TestRecusal:
    @pytest.mark.parametrize("over", ["case", "respondent"])
    def test_Z07_a_card_about_a_fault_case_is_absent_for_whoever_is_kept_out_of_the_case(self, cast, over):
        case = make.investigated(cast)
        card = card_about(case if over == "case" else make.respondent_of(case), cast)
        everybody = (cast.third, cast.second, cast.other_inspector, cast.appraiser, cast.office_head)
        assert all(knows(each, card) for each in everybody)

        for person in (cast.third, cast.other_inspector, cast.appraiser, cast.office_head):
            inquiry.FaultAccess.objects.create(
                case=case, user=person, kind="kept_out", reason="亲属", added_by=cast.deputy, added_at=MONDAY + 3 * DAY
            )

        assert [knows(each, card) for each in everybody] == [False, True, False, False, False]
        # Whoever got a card answers it all the same.
        assert knows(cast.deputy, card)
        assert not Card.objects.visible_to(cast.third).exists()

    def test_Z07_the_officer_whom_the_case_is_about_finds_no_card_about_it(self, cast):
        case = make.clue(cast)
        case.respondents.update(person=cast.third, post=None)
        card = card_about(case, cast)

        assert not knows(cast.third, card)
        assert knows(cast.second, card)

    def test_the_leader_of_the_organ_answers_for_the_execution_that_is_late(self, cast):
        case = make.served(cast)
        card = card_about(
            make.respondent_of(case), cast, kind="faults.execute", organ=cast.city.construction, person=None
        )

        assert knows(cast.leader, card)
        assert not knows(cast.tax_leader, card)

    def test_P06_a_card_about_a_respondent_came_from_what_the_case_came_from(self, cast):
        case = make.clue(cast)
        row = make.respondent_of(case)
        assert behind._came_from(row) == (case,)
