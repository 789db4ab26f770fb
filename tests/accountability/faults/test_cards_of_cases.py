"""Cards that came of late fault cases, and fault cases that came of cards (docs/domain.md 9, docs/trust.md Z-07)."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from accountability import behind
from accountability.cards import access
from accountability.cards.enums import CardState
from accountability.faults import clues, deadlines, inquiry, papers
from accountability.faults.enums import State
from accountability.models import Card, FaultCase, FaultNotice
from accountability.papers import cards
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Extension
from efficiency.refusals import Refused
from tests.factories import cards as make_cards
from tests.factories import faults as make
from tests.factories.faults import DAY, MONDAY
from tests.factories.staff import make_user

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
        everybody = (cast.office_head, cast.inspector, cast.officer, cast.auditor)
        assert all(knows(each, card) for each in everybody)

        for person in (cast.office_head, cast.officer, cast.auditor):
            inquiry.FaultAccess.objects.create(
                case=case, user=person, kind="kept_out", reason="亲属", added_by=cast.deputy, added_at=MONDAY + 3 * DAY
            )

        assert [knows(each, card) for each in everybody] == [False, True, False, False]
        # Whoever got a card answers it all the same.
        assert knows(cast.deputy, card)
        assert not Card.objects.visible_to(cast.officer).exists()

    @pytest.mark.parametrize("over", ["case", "respondent"])
    def test_Z01_a_card_about_a_fault_case_is_known_to_those_alone_who_know_of_the_case(self, cast, over):
        case = make.investigated(cast)
        card = card_about(case if over == "case" else make.respondent_of(case), cast)

        for person in (cast.second, cast.third, cast.other_inspector, cast.appraiser, cast.leader):
            assert not knows(person, card), person
            assert not list(Card.objects.visible_to(person))
        # While it is appealed one of the officers has to rule who is not late with the case; the promise stays hidden.
        Card.objects.filter(pk=card.pk).update(state=CardState.APPEALED)
        assert knows(cast.third, card)
        assert not knows(cast.appraiser, card)
        assert not access.may_see_promise(card, cast.third)
        Card.objects.filter(pk=card.pk).update(state=CardState.UPHELD)
        assert not knows(cast.third, card)
        # Whoever appraises knows of what was decided, and of the card about it then.
        FaultCase.objects.filter(pk=case.pk).update(decided_at=MONDAY + 5 * DAY, outcome="not_accountable")
        assert knows(cast.appraiser, card)

    def test_Z01_the_promise_is_shown_to_those_alone_who_read_the_case(self, cast, client):
        case = make.decided(cast)
        promise = deadlines.last(case, deadlines.DECIDE)
        Extension.objects.create(
            deadline=promise, number=5, unit="wd", reason="需询问证人李某。", granted_at=MONDAY, granted_by=cast.deputy
        )
        card = card_about(case, cast, deadline=promise)
        page = reverse("admin:accountability_card_change", args=[card.pk])

        for person, is_shown in ((cast.office_head, True), (cast.inspector, True), (cast.appraiser, False)):
            client.force_login(person)
            assert (client.get(page).context["promise"] is not None) is is_shown, person
            told = [part.name for part in cards.story(card, person, MONDAY + 30 * DAY)]
            assert ("promise" in told) is is_shown, person

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


class TestClues:
    def test_9_3_an_appealed_card_makes_no_clue_until_it_is_upheld(self, cast):
        card = make.red_card(cast, state=CardState.APPEALED)
        assert clues.collect(at=MONDAY + DAY) == 0
        Card.objects.filter(pk=card.pk).update(state=CardState.UPHELD)
        assert clues.collect(at=MONDAY + 2 * DAY) == 1
        assert FaultCase.objects.get().state == State.CLUE

    def test_red_cards_that_were_issued_beside_the_engine_make_clues_while_their_promise_runs(self, cast, monkeypatch):
        make_cards.only_cards(monkeypatch)
        make_cards.broken(make_cards.hands(cast.city))
        sweep.run(at=make_cards.RED_AT, rehearsal=True)
        assert not FaultCase.objects.exists()
        assert (clues.from_missing(), clues.from_missing()) == (1, 0)
        assert FaultCase.objects.get().clues.get().card.colour == "red"

    def test_10_2_the_stand_in_answers_for_the_days_of_an_absence(self, cast, monkeypatch):
        monkeypatch.setattr(clues, "answering", lambda post, on: cast.third.pk)
        assert clues.holder_of(cast.post, MONDAY.date()) == cast.third


class TestFaultNotice:
    def noticed(self, cast, person):
        card = make.red_card(cast, person=person)
        given = {"organ": card.organ, "person": person, "is_serious": False, "issued_by": cast.officer, "at": MONDAY}
        return card, FaultNotice.objects.create(card=card, case=make.clue(cast), **given)

    def test_10_7_none_is_handed_out_about_a_card_that_was_revoked(self, cast, client):
        card, notice = self.noticed(cast, cast.clerk)
        assert papers.notice(notice).title == "过失通知单"
        client.force_login(cast.clerk)
        assert list(client.get("/admin/fault-notices/").context["notices"]) == [notice]

        gone = {"state": CardState.REVOKED, "revoked_at": MONDAY + DAY, "revoke_reason": "error"}
        Card.objects.filter(pk=card.pk).update(**gone)

        with pytest.raises(Refused):
            papers.notice(FaultNotice.objects.get())
        assert list(client.get("/admin/fault-notices/").context["notices"]) == []

    def test_10_7_the_second_of_a_natural_person_is_serious_by_whichever_account(self, cast):
        self.noticed(cast, cast.clerk)
        twin = make_user(full_name="陈平", phone="13800000000")
        second = make.red_card(cast, person=twin, post=None, passed_at=MONDAY + DAY)
        assert not clues.is_second(second, at=MONDAY + DAY)
        User.objects.filter(pk=cast.clerk.pk).update(full_name="陈平", phone="13800000000")
        assert clues.is_second(second, at=MONDAY + DAY)
