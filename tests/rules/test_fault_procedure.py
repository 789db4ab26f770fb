"""The way of a fault case, rule by rule (docs/domain.md 10.5 to 10.7, 3.4, 3.5)."""

from datetime import date

import pytest
from django.db import InternalError, transaction
from django.utils import timezone

from accountability.cards import issuing
from accountability.cards.enums import CardState, RevokeReason
from accountability.faults import (
    appealing,
    clues,
    deadlines,
    deciding,
    erasing,
    hearing,
    inquiry,
    invariants,
    judging,
)
from accountability.faults.deadlines import (
    APPEAL,
    APPEAL_RULING,
    DECIDE,
    DECIDE_OPENING,
    DEFENCE,
    EXECUTE,
    LOOK_AGAIN,
    SERVE,
)
from accountability.faults.deciding import Answer, Ballot
from accountability.faults.enums import ClueKind, DeclineGround, ProposalState, State, StatementKind
from accountability.faults.refusals import Absent, Changed, Invalid, NotAllowed, NotInState
from accountability.faults.words import Body, Measure
from accountability.models import Card, Clue, Correction, FaultCase, FaultNotice, Investigator, Respondent, Statement
from complaints.models import Case
from efficiency.audit.append_only import GONE
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import registry, sweep
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Post
from efficiency.outbox.models import Message
from tests.factories import cards as make_cards
from tests.factories import faults as make
from tests.factories.cases import file, local
from tests.factories.faults import DAY, MONDAY
from tests.factories.staff import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db):
    return make.make_fault_cast()


def last_day(subject, kind):
    return timezone.localdate(deadlines.last(subject, kind).due_at)


def sound():
    """Say which invariants of fault cases are violated: none may be."""
    return [str(title) for _number, title, count in invariants.CHECKS if count()]


class TestPromises:  # 3.5
    def test_the_way_of_a_case_with_its_dates(self, cast):
        case = make.clue(cast)
        assert last_day(case, DECIDE_OPENING) == date(2026, 6, 8)  # 5 working days
        make.opened(cast, case)
        assert last_day(case, DECIDE) == date(2026, 7, 14)  # 30 working days, the dragon boat festival between
        assert deadlines.last(case, DECIDE_OPENING).state == DeadlineState.MET

    def test_defence_5wd_serve_5wd_appeal_30d_execute_15wd(self, cast):
        case = make.served(cast)
        respondent = make.respondent_of(case)
        assert last_day(respondent, DEFENCE) == date(2026, 6, 10)  # told on 3 June
        assert last_day(respondent, SERVE) == date(2026, 6, 15)  # decided on 8 June
        assert last_day(respondent, APPEAL) == date(2026, 7, 9)  # served on 9 June
        assert last_day(respondent, EXECUTE) == date(2026, 7, 1)

    def test_after_the_ruling_of_the_same_body_15d_to_the_one_above(self, cast):
        case = make.appealed(cast)
        respondent = make.respondent_of(case)
        assert last_day(respondent, APPEAL_RULING) == date(2026, 7, 10)
        make.rule(case, cast, "upheld")
        above = deadlines.last(respondent, APPEAL)
        assert (above.variant, timezone.localdate(above.due_at)) == ("above", date(2026, 6, 26))
        appealing.appeal(respondent, by=cast.clerk, at=MONDAY + 12 * DAY, reasons="不服复核决定。")
        assert last_day(respondent, APPEAL_RULING) == date(2026, 8, 12)  # 60 days

    def test_the_next_date_follows_the_calendar(self, cast):
        case = make.decided(cast)
        FaultCase.objects.update(next_due_at=None)
        deadlines.refresh_next_due(Deadline.objects.filter(kind=SERVE))
        case.refresh_from_db()
        assert timezone.localdate(case.next_due_at) == date(2026, 6, 15)

    def test_the_whole_way_leaves_everything_sound(self, cast):
        case = make.closed(cast)
        assert (case.state, case.next_due_at) == (State.CLOSED, None)
        assert sound() == []


class TestClues:  # 10.5
    def test_a_red_card_of_the_engine_makes_one_clue_in_the_sweep(self, city, monkeypatch):
        make_cards.only_cards(monkeypatch)
        monkeypatch.setattr(registry, "_handlers", {2: [issuing.issue], 3: [issuing.issue, clues.from_batch]})
        hands = make_cards.hands(city)
        make_cards.broken(hands)

        result = sweep.run(at=make_cards.RED_AT, rehearsal=True)
        sweep.run(at=make_cards.RED_AT, rehearsal=True)

        clue = Clue.objects.select_related("case", "card").get()
        promise = deadlines.running(clue.case, DECIDE_OPENING)
        assert (clue.card.colour, result.cards) == ("red", 2)
        assert clue.case.respondents.get().person == hands.clerk
        assert (promise.organ, promise.started_at) == (city.office, make_cards.RED_AT)
        assert clue.case.next_due_at == promise.due_at
        assert Message.objects.filter(kind="faults.received", recipient=hands.officer).count() == 1

    def test_a_correction_that_was_not_put_right_makes_one(self, cast):
        correction = Correction.objects.create(
            kind="notice",
            state="failed",
            office=cast.city.office,
            organ=cast.city.construction,
            post=cast.post,
            source="hand",
            title="窗口",
            findings="窗口无人值守。",
            wanted="落实值班。",
            number="佛效改〔2026〕1号",
            drafted_by=cast.inspector,
            drafted_at=MONDAY,
            issued_by=cast.office_head,
            issued_at=MONDAY,
            ended_at=MONDAY,
        )
        clues.from_correction(correction, MONDAY)
        clues.from_correction(correction, MONDAY)
        assert Clue.objects.get().case.respondents.get().person == cast.clerk
        assert sound() == []

    def test_many_cards_take_the_same_number_of_statements(self, cast, django_assert_max_num_queries):
        def cards(count):
            people = [make_user() for _ in range(count)]
            rows = [make.red_card(cast, person=person) for person in people]
            return Card.objects.filter(pk__in=[row.pk for row in rows])

        clues.from_cards(cards(1), at=MONDAY)
        few, many = cards(2), cards(9)
        with django_assert_max_num_queries(40) as first:
            assert clues.from_cards(few, at=MONDAY) == 2
        with django_assert_max_num_queries(len(first)):
            assert clues.from_cards(many, at=MONDAY) == 9
        assert sound() == []

    def test_red_cards_by_hand_are_collected_once_yellow_ones_never(self, cast):
        make.red_card(cast)
        make.red_card(cast, colour="yellow", person=None, post=None)
        make.red_card(cast, state=CardState.REVOKED, revoked_at=MONDAY, revoke_reason=RevokeReason.values[0])

        assert clues.collect(at=MONDAY) == 1
        assert clues.collect(at=MONDAY) == 0

    def test_what_is_late_in_fault_cases_makes_no_clue(self, cast):
        make.red_card(cast, kind=DECIDE)
        assert clues.collect(at=MONDAY) == 0

    def test_9_3_an_appeal_against_the_card_holds_the_clue_back(self, cast):
        card = make.red_card(cast)
        clues.collect(at=MONDAY)
        case = FaultCase.objects.get()
        make.checked(cast, case)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")

        clues.FOLLOWER.appealed(card, MONDAY + DAY)
        case.refresh_from_db()
        assert case.state == State.HELD
        assert deadlines.running(case, DECIDE_OPENING) is None
        assert case.proposals.get().state == ProposalState.LAPSED
        with pytest.raises(NotInState):
            clues.take_up(case, by=cast.officer, at=MONDAY + DAY, version=case.version)

        clues.FOLLOWER.upheld(card, MONDAY + 4 * DAY)
        case.refresh_from_db()
        assert case.state == State.CLUE
        assert last_day(case, DECIDE_OPENING) == date(2026, 6, 12)
        assert sound() == []

    def test_9_3_a_revoked_card_takes_the_clue_with_it(self, cast):
        card = make.red_card(cast)
        clues.collect(at=MONDAY)
        clues.FOLLOWER.appealed(card, MONDAY + DAY)
        clues.FOLLOWER.revoked(card, MONDAY + 2 * DAY)
        case = FaultCase.objects.get()
        assert (case.state, case.next_due_at) == (State.WITHDRAWN, None)
        assert sound() == []

    def test_D08_one_revoked_with_all_of_a_sweep_takes_its_clue_with_it_a_minute_later(self, cast):
        card = make.red_card(cast)
        clues.collect(at=MONDAY)
        Card.objects.filter(pk=card.pk).update(
            state=CardState.REVOKED, revoked_at=MONDAY, revoke_reason=RevokeReason.FALSE_CLOCK
        )
        assert clues.fall_away(at=MONDAY) == 1
        assert clues.fall_away(at=MONDAY) == 0
        assert FaultCase.objects.get().state == State.WITHDRAWN
        assert sound() == []

    def test_a_card_revoked_after_the_opening_is_told_to_those_who_work_on_it(self, cast):
        card = make.red_card(cast)
        clues.collect(at=MONDAY)
        case = make.opened(cast, FaultCase.objects.get())
        clues.FOLLOWER.revoked(card, MONDAY + 2 * DAY)
        case.refresh_from_db()
        assert case.state == State.INVESTIGATING
        assert case.events.latest("number").action == "note_card"
        assert Message.objects.filter(kind="faults.note_card", recipient=cast.office_head).exists()

    def test_a_complaint_found_justified_makes_one_clue_and_its_complainant_stays_unknown(self, cast):
        complaint = justified(cast)
        assert list(clues.justified_without_clue(cast.officer)) == [complaint]

        with pytest.raises(Invalid):
            make.clue(cast, kind=ClueKind.COMPLAINT, complaint=complaint, text=complaint.description)
        make.clue(cast, kind=ClueKind.COMPLAINT, complaint=complaint)
        with pytest.raises(Invalid, match="已列为线索"):
            make.clue(cast, kind=ClueKind.COMPLAINT, complaint=complaint)
        assert not clues.justified_without_clue(cast.officer).exists()

    @pytest.mark.parametrize("kind", [ClueKind.CARD, ClueKind.REPORT])
    def test_what_makes_its_clue_by_itself_is_not_entered_by_hand(self, cast, kind):
        with pytest.raises(Invalid):
            make.clue(cast, kind=kind)

    @pytest.mark.parametrize("outcome", ["not_upheld", "not_verifiable", "answered", ""])
    def test_a_complaint_that_was_not_found_justified_makes_none(self, cast, outcome):
        with pytest.raises(Invalid):
            make.clue(cast, kind=ClueKind.COMPLAINT, complaint=justified(cast, outcome=outcome))

    def test_Z09_a_clue_about_the_office_goes_to_the_one_above(self, cast):
        post = Post.objects.get(tenures__user=cast.district_officer)
        case = make.clue(cast, organ=cast.city.district_office, post=post)
        assert case.office == cast.city.office

    def test_Z07_nobody_enters_a_clue_about_themselves(self, cast):
        post = Post.objects.get(tenures__user=cast.district_officer)
        with pytest.raises(NotAllowed):
            make.clue(cast, by=cast.district_officer, organ=cast.city.district_office, post=post)

    def test_Z01_a_district_enters_none_about_the_city(self, cast):
        with pytest.raises(NotAllowed):
            make.clue(cast, by=cast.district_officer)


def justified(cast, *, outcome="upheld"):
    """Return a named complaint about the construction bureau, closed with this outcome."""
    complaint = file(cast, at=MONDAY).case
    Case.objects.filter(pk=complaint.pk).update(
        outcome=outcome,
        state="closed",
        closed_at=MONDAY,
        office=cast.city.office,
        handling_organ=cast.city.construction,
    )
    complaint.refresh_from_db()
    return complaint


class TestOpening:  # 10.5
    @pytest.mark.parametrize("token", [None, "t" * 32])
    def test_L01_who_may_not_is_on_record_once_whether_by_a_form_or_not(self, cast, token):
        case = make.checked(cast)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")
        with pytest.raises(NotAllowed):
            clues.confirm_opening(case, by=cast.officer, at=MONDAY, version=case.version, token=token)
        assert AuditRecord.objects.get(action="fault.confirm_opening", outcome="refused").actor == cast.officer

    def test_Z10_open_takes_effect_with_a_second_natural_person(self, cast):
        case = make.checked(cast)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")
        with pytest.raises(NotAllowed):
            clues.confirm_opening(case, by=cast.officer, at=MONDAY, version=case.version)
        cast.second.full_name, cast.second.phone = cast.officer.full_name, "13800000001"
        cast.officer.phone = "13800000001"
        cast.officer.save()
        cast.second.save()
        with pytest.raises(NotAllowed):
            clues.confirm_opening(case, by=cast.second, at=MONDAY, version=case.version)

        clues.confirm_opening(case, by=cast.inspector, at=MONDAY, version=case.version)

        assert (case.state, case.opened_at) == (State.INVESTIGATING, MONDAY)

    def test_nothing_is_opened_without_facts_and_somebody_it_is_about(self, cast):
        case = make.clue(cast, post=None)
        Respondent.objects.filter(case=case).delete()
        assert clues.why_not_opened(case)
        make.checked(cast, case)
        assert clues.why_not_opened(case)
        clues.add_respondent(
            case, by=cast.officer, at=MONDAY, version=case.version, organ=cast.city.construction, post=cast.post
        )
        assert clues.why_not_opened(case) == ""

    def test_sent_back_with_a_remark_it_can_be_proposed_again(self, cast):
        case = make.checked(cast)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")
        with pytest.raises(NotInState):
            clues.propose_opening(case, by=cast.second, at=MONDAY, version=case.version, text="再次提出。")
        with pytest.raises(NotAllowed):
            appealing.return_proposal(case, by=cast.officer, at=MONDAY, version=case.version, remark="自己退回")
        appealing.return_proposal(case, by=cast.second, at=MONDAY, version=case.version, remark="请补充事实。")
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="已补充。")
        assert sound() == []

    def test_a_named_complainant_reads_why_no_case_was_opened_and_nothing_else(self, cast):
        complaint = justified(cast)
        case = make.checked(cast, make.clue(cast, kind=ClueKind.COMPLAINT, complaint=complaint))
        version = case.version
        with pytest.raises(Invalid) as refused:
            clues.propose_declining(
                case, by=cast.officer, at=MONDAY, version=version, ground=DeclineGround.UNFOUNDED, text="查无实据"
            )
        assert refused.value.field == "told"
        told = "经初步核实，现有材料不足以认定存在行政过错。"
        clues.propose_declining(
            case, by=cast.officer, at=MONDAY, version=version, ground="unfounded", text="查无实据", told=told
        )
        clues.confirm_declining(case, by=cast.second, at=MONDAY, version=case.version)

        assert case.state == State.DECLINED
        event = complaint.events.latest("number")
        # With the way that is left to whoever is not content.
        read = f"{told}\n对不予立案追究的决定不满意的，可以向同级监察机关反映。"
        assert (event.action, event.public_text, event.internal_text, event.data) == ("tell_of_inquiry", read, "", {})

    def test_limitation_what_nobody_discovered_for_two_years_is_not_pursued(self, cast):
        old = make.clue(cast, fault_on=date(2024, 5, 31))
        clues.take_up(old, by=cast.officer, at=MONDAY, version=old.version)
        assert old.limitation_on == date(2026, 5, 31)
        assert clues.is_too_old(old)
        assert not clues.is_too_old(make.clue(cast, fault_on=date(2024, 6, 1)))
        with pytest.raises(NotInState):
            clues.propose_opening(old, by=cast.officer, at=MONDAY, version=old.version, text="立案")
        clues.propose_declining(old, by=cast.officer, at=MONDAY, version=old.version, ground="limitation", text="超过")
        clues.confirm_declining(old, by=cast.second, at=MONDAY, version=old.version)
        assert old.state == State.NOT_PURSUED

    def test_limitation_is_no_ground_while_the_two_years_run(self, cast):
        case = make.checked(cast)
        with pytest.raises(Invalid):
            clues.propose_declining(
                case, by=cast.officer, at=MONDAY, version=case.version, ground="limitation", text="超过"
            )

    def test_10_7_a_red_card_without_a_case_brings_a_fault_notice_the_second_in_a_year_a_serious_one(self, cast):
        for passed_at in (local(2025, 4, 1), local(2026, 1, 5), local(2026, 6, 1)):
            make.red_card(cast, passed_at=passed_at)
            clues.collect(at=passed_at)
            case = FaultCase.objects.latest("pk")
            clues.take_up(case, by=cast.officer, at=passed_at, version=case.version)
            clues.propose_declining(
                case, by=cast.officer, at=passed_at, version=case.version, ground=DeclineGround.MINOR, text="情节轻微"
            )
            clues.confirm_declining(case, by=cast.second, at=passed_at, version=case.version)

        assert list(FaultNotice.objects.order_by("pk").values_list("is_serious", flat=True)) == [False, True, True]
        assert Message.objects.filter(kind="faults.served", recipient=cast.clerk).count() == 3

    def test_10_7_more_than_twelve_months_apart_it_is_a_first_one_again(self, cast):
        for passed_at in (local(2025, 4, 1), local(2026, 6, 1)):
            card = make.red_card(cast, passed_at=passed_at)
            clues.collect(at=passed_at)
            FaultNotice.objects.create(
                card=card,
                case=FaultCase.objects.latest("pk"),
                organ=card.organ,
                person=card.person,
                is_serious=clues.is_second(card, at=passed_at),
                issued_by=cast.second,
                at=passed_at,
            )
        assert not FaultNotice.objects.filter(is_serious=True).exists()


class TestInquiry:  # 10.5
    def test_at_least_two_natural_persons_inquire(self, cast):
        case = make.opened(cast)
        with pytest.raises(Invalid):
            inquiry.appoint(case, by=cast.office_head, at=MONDAY, version=case.version, people=[cast.inspector])
        twin = make_user(full_name=cast.inspector.full_name, phone="13900000000")
        cast.inspector.phone = "13900000000"
        cast.inspector.save()
        with pytest.raises(Invalid):
            inquiry.appoint(case, by=cast.office_head, at=MONDAY, version=case.version, people=[cast.inspector, twin])
        with pytest.raises(NotInState):
            inquiry_without(case, cast)

    def test_Z07_neither_the_appointing_nor_the_concerned_nor_a_stranger_inquires(self, cast):
        case = make.opened(cast)
        for person in (cast.office_head, cast.clerk, cast.tax_leader, cast.district_officer):
            assert inquiry.why_no_investigator(case, person, cast.office_head)
        assert inquiry.why_no_investigator(case, cast.inspector, cast.office_head) == ""

    def test_Z07_whoever_is_recused_finds_the_case_absent_for_good(self, cast):
        case = make.investigated(cast)
        inquiry.keep_out(
            case,
            by=cast.office_head,
            at=MONDAY,
            version=case.version,
            person=cast.inspector,
            reason="亲属",
        )
        assert not FaultCase.objects.visible_to(cast.inspector).exists()
        with pytest.raises(Absent):
            inquiry.add_evidence(
                case, by=cast.inspector, at=MONDAY, version=case.version, kind="other", title="材料", text="内容"
            )
        assert inquiry.why_no_investigator(case, cast.inspector, cast.deputy)
        assert inquiry.why_too_few(case)
        with pytest.raises(Invalid):
            inquiry.let_in(
                case, by=cast.office_head, at=MONDAY, version=case.version, person=cast.inspector, reason="需要"
            )

    def test_only_its_investigators_inquire_once_it_is_opened(self, cast):
        case = make.investigated(cast)
        with pytest.raises(NotAllowed):
            inquiry.add_evidence(
                case, by=cast.office_head, at=MONDAY, version=case.version, kind="other", title="材料", text="内容"
            )

    def test_evidence_is_never_changed(self, cast):
        case = make.investigated(cast)
        with pytest.raises(InternalError), transaction.atomic():
            case.evidence.update(text="另一份")

    def test_Z01_evidence_refers_to_nothing_that_its_author_does_not_know(self, cast):
        case = make.investigated(cast)
        hidden = make.red_card(cast, state=CardState.PROPOSED, person=cast.inspector, issued_at=None, confirmed_by=None)
        with pytest.raises(Invalid):
            inquiry.add_evidence(
                case,
                by=cast.inspector,
                at=MONDAY,
                version=case.version,
                kind="record",
                title="警示牌",
                refers_to=hidden,
            )

    def test_more_time_once_at_most_30wd_confirmed_by_a_head(self, cast):
        case = make.investigated(cast)
        inquiry.ask_extension(case, by=cast.inspector, at=MONDAY, version=case.version, days=30, reason="案情复杂")
        with pytest.raises(NotAllowed):
            inquiry.extend(case, by=cast.inspector, at=MONDAY, version=case.version)
        inquiry.extend(case, by=cast.office_head, at=MONDAY, version=case.version)
        assert last_day(case, DECIDE) == date(2026, 8, 25)
        with pytest.raises(NotInState):
            inquiry.ask_extension(case, by=cast.inspector, at=MONDAY, version=case.version, days=1, reason="再延")

    def test_more_time_that_nobody_decided_on_lapses_with_the_old_date(self, cast):
        case = make.investigated(cast)
        inquiry.ask_extension(case, by=cast.inspector, at=MONDAY, version=case.version, days=5, reason="案情复杂")
        assert inquiry.lapse_extensions(at=MONDAY + DAY) == 0
        over = local(2026, 7, 15)
        assert inquiry.lapse_extensions(at=over) == 1
        assert inquiry.lapse_extensions(at=over) == 0

    def test_3_4_a_proceeding_about_the_same_act_stops_the_clock(self, cast):
        case = make.investigated(cast)
        with pytest.raises(Invalid):
            inquiry.ask_suspension(
                case, by=cast.officer, at=MONDAY, version=case.version, ground="third_party", reason="等待意见"
            )
        inquiry.ask_suspension(
            case, by=cast.office_head, at=MONDAY, version=case.version, ground="proceeding", reason="行政复议"
        )
        # 3.1 rule 8: nobody stops the clock alone, and it runs on until a second person agrees.
        assert case.state == State.INVESTIGATING
        for alone in (cast.office_head, cast.second):
            with pytest.raises(NotAllowed):
                inquiry.suspend(case, by=alone, at=MONDAY, version=case.version)
        inquiry.suspend(case, by=cast.deputy, at=local(2026, 6, 8), version=case.version)
        assert case.state == State.SUSPENDED
        # Nothing waits for ever: whether it still has to is looked at, and looked at again.
        assert case.next_due_at == deadlines.running(case, LOOK_AGAIN).due_at
        assert last_day(case, LOOK_AGAIN) == date(2026, 7, 7)
        assert sound() == []
        inquiry.look_again(
            case, by=cast.officer, at=local(2026, 6, 10), version=case.version, reason="复议尚未作出决定"
        )
        assert last_day(case, LOOK_AGAIN) == date(2026, 7, 9)
        assert sound() == []
        # Nor does anybody let it run again alone: one proposes, a head who is another person confirms.
        inquiry.ask_resumption(case, by=cast.deputy, at=local(2026, 6, 11), version=case.version, reason="复议终结")
        assert (case.state, sound()) == (State.SUSPENDED, [])
        for alone in (cast.deputy, cast.second):
            with pytest.raises(NotAllowed):
                inquiry.resume(case, by=alone, at=local(2026, 6, 12), version=case.version)
        with pytest.raises(NotInState):
            inquiry.ask_resumption(case, by=cast.officer, at=local(2026, 6, 12), version=case.version, reason="再提")
        appealing.return_proposal(
            case, by=cast.office_head, at=local(2026, 6, 12), version=case.version, remark="请附复议决定书"
        )
        inquiry.ask_resumption(case, by=cast.officer, at=local(2026, 6, 12), version=case.version, reason="复议终结")
        inquiry.resume(case, by=cast.office_head, at=local(2026, 6, 12), version=case.version)
        assert case.state == State.INVESTIGATING
        assert last_day(case, DECIDE) == date(2026, 7, 21)  # five days not counted
        assert deadlines.running(case, LOOK_AGAIN) is None
        assert sound() == []


def inquiry_without(case, cast):
    """Try to tell the respondents while nobody inquires, as somebody who would be allowed to."""
    Investigator.objects.create(case=case, person=cast.inspector, appointed_by=cast.deputy, appointed_at=MONDAY)
    inquiry.notify(case, by=cast.inspector, at=MONDAY, version=case.version)


class TestDefence:  # 10.5
    def test_findings_are_told_after_the_opening_and_with_evidence(self, cast):
        case = make.opened(cast)
        inquiry.appoint(case, by=cast.office_head, at=MONDAY, version=case.version, people=cast.investigators)
        with pytest.raises(NotInState):
            make.announce(case, cast, at=MONDAY)

    def test_written_statement_ends_the_time_for_it(self, cast):
        case = make.heard(cast)
        assert case.state == State.DECIDING
        assert deadlines.last(make.respondent_of(case), DEFENCE).state == DeadlineState.MET

    def test_it_may_be_waived_without_a_word(self, cast):
        case = make.announced(cast)
        hearing.state(make.respondent_of(case), by=cast.clerk, at=MONDAY + 3 * DAY, kind=StatementKind.WAIVER)
        case.refresh_from_db()
        assert case.state == State.DECIDING

    def test_the_record_of_a_hearing_is_entered_by_those_who_inquire(self, cast):
        case = make.announced(cast)
        respondent = make.respondent_of(case)
        with pytest.raises(Invalid):
            hearing.state(respondent, by=cast.clerk, at=MONDAY + 3 * DAY, kind="hearing", text="听证")
        hearing.enter_statement(
            case,
            by=cast.inspector,
            at=MONDAY + 4 * DAY,
            version=case.version,
            respondent=respondent,
            kind="hearing",
            made_on=date(2026, 6, 4),
            text="听证笔录",
        )
        assert case.state == State.DECIDING

    def test_silence_until_the_end_lets_the_case_go_on(self, cast):
        case = make.announced(cast)
        assert hearing.lapse_defences(at=local(2026, 6, 10)) == 0
        over = local(2026, 6, 11)
        with pytest.raises(NotInState):
            hearing.state(make.respondent_of(case), by=cast.clerk, at=over, kind="written", text="迟到的陈述")
        sweep.run(at=over)
        assert hearing.lapse_defences(at=over) == 1
        assert hearing.lapse_defences(at=over) == 0
        case.refresh_from_db()
        assert case.state == State.DECIDING
        assert Statement.objects.get().kind == StatementKind.SILENT
        assert sound() == []

    def test_what_came_on_paper_in_time_is_entered_afterwards_what_came_late_is_not(self, cast):
        case = make.announced(cast)
        over = local(2026, 6, 12)
        sweep.run(at=over)
        hearing.lapse_defences(at=over)
        case.refresh_from_db()
        given = {"by": cast.inspector, "at": over, "respondent": make.respondent_of(case), "kind": "written"}
        with pytest.raises(NotInState):
            hearing.enter_statement(case, version=case.version, made_on=date(2026, 6, 11), text="迟到。", **given)
        hearing.enter_statement(case, version=case.version, made_on=date(2026, 6, 10), text="当日投递。", **given)
        assert case.state == State.DECIDING
        with pytest.raises(NotInState):
            hearing.enter_statement(case, version=case.version, made_on=date(2026, 6, 10), text="再次。", **given)

    def test_nobody_is_decided_on_before_they_were_heard(self, cast):
        case = make.announced(cast)
        with pytest.raises(NotInState):
            make.decide(case, cast, at=MONDAY + 3 * DAY)

    @pytest.mark.parametrize("measures", [[Measure.ADMONISHMENT], [Measure.ADMONITION_TALK, Measure.SELF_CRITICISM]])
    def test_a_defence_never_makes_it_worse(self, cast, measures):
        case = make.heard(cast)
        with pytest.raises(Invalid, match="加重"):
            make.decide(case, cast, *measures, at=MONDAY + 4 * DAY)

    def test_what_is_heavier_is_told_and_heard_again(self, cast):
        case = make.heard(cast)
        with pytest.raises(Invalid):
            make.announce(case, cast, Measure.ADMONISHMENT, at=MONDAY + 4 * DAY)
        found = {"kind": "other", "title": "系统日志", "text": "系统当日运行正常。"}
        inquiry.add_evidence(case, by=cast.inspector, at=MONDAY + 4 * DAY, version=case.version, **found)
        make.announce(case, cast, Measure.ADMONISHMENT, at=MONDAY + 4 * DAY)
        assert last_day(make.respondent_of(case), DEFENCE) == date(2026, 6, 12)
        hearing.state(make.respondent_of(case), by=cast.clerk, at=MONDAY + 5 * DAY, kind="waiver")
        case.refresh_from_db()
        make.decide(case, cast, Measure.ADMONISHMENT, at=MONDAY + 6 * DAY)
        assert case.state == State.DECIDED

    def test_lighter_than_told_needs_no_second_hearing(self, cast):
        case = make.heard(cast, Measure.ADMONISHMENT)
        make.decide(case, cast, Measure.SELF_CRITICISM, at=MONDAY + 4 * DAY)
        assert make.respondent_of(case).measures == [Measure.SELF_CRITICISM]


class TestDecision:  # 10.5, 10.6
    def test_Z10_neither_who_proposed_nor_who_inquired_confirms(self, cast):
        case = make.heard(cast)
        inquiry.let_in(
            case, by=cast.office_head, at=MONDAY, version=case.version, person=cast.second, reason="负责起草"
        )
        deciding.propose_decision(
            case,
            by=cast.office_head,
            at=MONDAY + 4 * DAY,
            version=case.version,
            result="accountable",
            severity="ordinary",
            facts="查明事实",
            basis="依据",
            reasons="理由",
            parts=make.parts(case),
        )
        for person in (cast.office_head, cast.officer, cast.second, cast.inspector):
            with pytest.raises(NotAllowed):
                deciding.confirm_decision(case, by=person, at=MONDAY + 4 * DAY, version=case.version)
        deciding.confirm_decision(case, by=cast.deputy, at=MONDAY + 4 * DAY, version=case.version)
        assert case.state == State.DECIDED

    @pytest.mark.parametrize("severity", ["serious", "grave"])
    def test_serious_and_grave_faults_are_decided_together(self, cast, severity):
        measure = Measure.WARNING if severity == "serious" else Measure.DISMISSAL
        case = make.heard(cast, measure, severity=severity)
        answer = Answer("佛组〔2026〕8号", date(2026, 6, 5), "同意")
        given = {"severity": severity, "body": Body.APPOINTING, "answer": answer, "at": MONDAY + 7 * DAY}
        with pytest.raises(Invalid, match="三名以上"):
            make.decide(case, cast, measure, **given)
        against = [Ballot(cast.mayor, "for"), Ballot(cast.deputy, "against"), Ballot(cast.second, "abstained")]
        with pytest.raises(Invalid, match="过半数"):
            make.decide(case, cast, measure, **given, ballots=against)
        with pytest.raises(Invalid, match="有关"):
            make.decide(case, cast, measure, **given, ballots=[*against, Ballot(cast.clerk, "for")])
        votes = [Ballot(cast.mayor, "for"), Ballot(cast.deputy, "for"), Ballot(cast.second, "against", "证据不足")]
        make.decide(case, cast, measure, **given, ballots=votes)
        decision = deciding.decision_of(case)
        assert decision.is_collegial
        assert decision.votes.count() == 3

    def test_10_6_what_is_anothers_is_only_proposed_or_its_answer_recorded(self, cast):
        case = make.heard(cast, Measure.REMOVAL_FROM_POST)
        make.decide(case, cast, Measure.REMOVAL_FROM_POST, at=MONDAY + 7 * DAY)
        decision = deciding.decision_of(case)
        assert set(judging.ways(case, decision.parts, decision.body).values()) == {"proposed"}

    def test_10_6_criticism_of_an_organ_or_its_head_is_the_leading_groups(self, cast):
        case = make.clue(cast, post=Post.objects.get(tenures__user=cast.leader))
        respondent = case.respondents.select_related("post").get()
        assert judging.against_of(respondent) == "head"
        judged = judging.check(
            case,
            result="accountable",
            severity_="ordinary",
            circumstances=[],
            parts=make.parts(case, Measure.CIRCULATED_CRITICISM),
        )
        with pytest.raises(Invalid):
            judging.check_body(case, judged, Body.EFFICIENCY_OFFICE, is_answered=False)
        with pytest.raises(Invalid, match="文号"):
            judging.check_body(case, judged, Body.LEADING_GROUP, is_answered=False)
        assert judging.check_body(case, judged, Body.LEADING_GROUP, is_answered=True) == Body.LEADING_GROUP

    @pytest.mark.parametrize(
        ("severity", "measures", "responsibility"),
        [
            ("ordinary", [Measure.WARNING], "direct"),
            ("serious", [Measure.EXPULSION], "direct"),
            ("serious", [Measure.DEMOTION], "important"),
            ("ordinary", [Measure.ADMONITION_TALK], ""),
        ],
    )
    def test_10_3_measures_keep_to_severity_and_responsibility(self, cast, severity, measures, responsibility):
        case = make.clue(cast)
        entry = {"responsibility": responsibility, "rule_row": 3, "measures": measures}
        with pytest.raises(Invalid):
            judging.check(
                case,
                result="accountable",
                severity_=severity,
                circumstances=[],
                parts={str(case.respondents.get().pk): entry},
            )

    def test_10_4_a_circumstance_that_leaves_none_ends_without_accountability(self, cast):
        case = make.heard(cast)
        with pytest.raises(Invalid):
            make.decide(case, cast, at=MONDAY + 7 * DAY, circumstances=["force_majeure"])
        make.decide(
            case, cast, at=MONDAY + 7 * DAY, result="no_accountability", circumstances=["force_majeure"],
            parts={key: {} for key in make.parts(case)},
        )  # fmt: skip
        assert (case.outcome, case.severity, make.respondent_of(case).measures) == ("no_accountability", "", [])

    def test_an_inquiry_that_finds_nothing_ends_without_a_hearing(self, cast):
        case = make.investigated(cast)
        make.decide(case, cast, at=MONDAY + 7 * DAY, result="no_accountability", severity="", parts=None)
        assert case.state == State.DECIDED
        assert sound() == []

    def test_S10_the_same_form_decides_once(self, cast):
        case = make.heard(cast)
        given = {
            "by": cast.officer, "at": MONDAY + 7 * DAY, "version": case.version, "result": "accountable",
            "severity": "ordinary", "facts": "事实", "basis": "依据", "reasons": "理由", "parts": make.parts(case),
        }  # fmt: skip
        first = deciding.propose_decision(case, token="t" * 32, **given)
        assert deciding.propose_decision(case, token="t" * 32, **given) == first
        assert case.decisions.count() == 1

    def test_F21_a_stale_page_is_told_so(self, cast):
        case = make.clue(cast)
        clues.take_up(case, by=cast.officer, at=MONDAY, version=case.version)
        with pytest.raises(Changed):
            clues.propose_opening(case, by=cast.second, at=MONDAY, version=case.version - 1, text="立案")


class TestServiceAndExecution:  # 10.5
    def test_a_person_is_served_and_so_is_the_organ(self, cast):
        case = make.decided(cast)
        with pytest.raises(Invalid) as refused:
            deciding.serve(
                case, by=cast.officer, at=MONDAY + 8 * DAY, version=case.version,
                respondent=make.respondent_of(case), served_on=date(2026, 6, 9), how="直接送达",
            )  # fmt: skip
        assert refused.value.field == "organ_served_on"

    def test_served_later_the_appeal_runs_from_the_day_of_service(self, cast):
        case = make.decided(cast)
        deciding.serve(
            case, by=cast.officer, at=local(2026, 6, 15), version=case.version, respondent=make.respondent_of(case),
            served_on=date(2026, 6, 10), how="邮寄送达", organ_served_on=date(2026, 6, 11),
        )  # fmt: skip
        assert last_day(make.respondent_of(case), APPEAL) == date(2026, 7, 10)
        assert case.state == State.SERVED
        assert sound() == []

    def test_the_organ_reports_the_execution_and_nobody_on_themselves(self, cast):
        case = make.served(cast)
        make.report(case, cast, at=MONDAY + 10 * DAY)
        assert deadlines.last(make.respondent_of(case), EXECUTE).state == DeadlineState.MET
        with pytest.raises(NotInState):
            make.report(case, cast, at=MONDAY + 11 * DAY)

    def test_it_is_closed_once_carried_out_and_no_longer_open_to_appeal(self, cast):
        case = make.served(cast)
        with pytest.raises(NotInState, match="执行"):
            deciding.close(case, by=cast.officer, at=MONDAY + 10 * DAY, version=case.version)
        make.report(case, cast, at=MONDAY + 10 * DAY)
        with pytest.raises(NotInState, match="申诉"):
            deciding.close(case, by=cast.officer, at=local(2026, 7, 9), version=case.version)
        deciding.close(case, by=cast.officer, at=local(2026, 7, 10), version=case.version)
        assert case.state == State.CLOSED


class TestAppeal:  # 10.5
    def test_within_30_days_of_the_service(self, cast):
        case = make.served(cast)
        with pytest.raises(NotInState):
            appealing.appeal(make.respondent_of(case), by=cast.clerk, at=local(2026, 7, 10), reasons="不服")
        appealing.appeal(make.respondent_of(case), by=cast.clerk, at=local(2026, 7, 9), reasons="不服")

    def test_on_paper_the_day_of_receipt_counts(self, cast):
        case = make.served(cast)
        appealing.enter_appeal(
            case, by=cast.officer, at=local(2026, 7, 13), version=case.version,
            respondent=make.respondent_of(case), received_on=date(2026, 7, 9), reasons="不服",
        )  # fmt: skip
        assert case.state == State.APPEALED
        assert last_day(make.respondent_of(case), APPEAL_RULING) == date(2026, 8, 10)

    def test_execution_goes_on_meanwhile(self, cast):
        case = make.appealed(cast)
        assert deadlines.running(make.respondent_of(case), EXECUTE).state == DeadlineState.OPEN
        make.report(case, cast, at=MONDAY + 10 * DAY)
        assert case.state == State.APPEALED
        assert sound() == []

    def test_Z07_whoever_decided_finds_the_case_absent_while_it_is_under_appeal(self, cast):
        case = make.appealed(cast)
        for person in (cast.officer, cast.office_head):
            assert not FaultCase.objects.visible_to(person).exists()
            with pytest.raises(Absent):
                appealing.propose_ruling(
                    case, by=person, at=MONDAY + 10 * DAY, version=case.version,
                    appeal=appealing.open_appeals(case)[0], result="upheld", text="维持",
                )  # fmt: skip
        make.rule(case, cast, "upheld")
        assert FaultCase.objects.visible_to(cast.office_head).exists()

    def test_whoever_inquired_does_not_rule(self, cast):
        case = make.appealed(cast)
        with pytest.raises(NotAllowed):
            appealing.propose_ruling(
                case, by=cast.inspector, at=MONDAY + 10 * DAY, version=case.version,
                appeal=appealing.open_appeals(case)[0], result="upheld", text="维持",
            )  # fmt: skip

    @pytest.mark.parametrize("measures", [[], [Measure.REMOVAL_FROM_POST], [Measure.ADMONISHMENT]])
    def test_no_heavier_result_on_appeal(self, cast, measures):
        case = make.appealed(cast, Measure.ADMONISHMENT)
        with pytest.raises(Invalid):
            make.rule(case, cast, "lighter", *measures)

    def test_a_lighter_one_holds_in_the_end(self, cast):
        case = make.appealed(cast, Measure.ADMONISHMENT)
        make.rule(case, cast, "lighter", Measure.ADMONITION_TALK)
        assert make.respondent_of(case).measures == [Measure.ADMONITION_TALK]
        assert case.state == State.SERVED
        assert sound() == []

    def test_revoked_there_is_nothing_to_carry_out(self, cast):
        case = make.appealed(cast)
        make.rule(case, cast, "revoked")
        respondent = make.respondent_of(case)
        assert respondent.measures == []
        assert deadlines.running(respondent, EXECUTE) is None
        deciding.close(case, by=cast.officer, at=MONDAY + 11 * DAY, version=case.version)
        assert case.state == State.CLOSED
        assert sound() == []

    def test_the_body_above_is_asked_after_it_and_ruled_by_others(self, cast):
        case = make.appealed(cast)
        make.rule(case, cast, "upheld")
        appealing.appeal(make.respondent_of(case), by=cast.clerk, at=MONDAY + 11 * DAY, reasons="仍不服")
        case.refresh_from_db()
        with pytest.raises(NotAllowed):
            make.rule(case, cast, "upheld", at=MONDAY + 12 * DAY)


class TestMessages:
    def test_Z15_they_hold_a_number_and_nothing_else(self, cast):
        case = make.closed(cast)
        told = Message.objects.filter(kind__startswith="faults.")
        assert told.exists()
        assert not told.exclude(values={}).exclude(kind="faults.received").exists()
        assert case.number

    def test_whom_it_is_about_is_told_of_opening_intention_and_decision(self, cast):
        make.served(cast)
        assert Message.objects.filter(kind="faults.concerned", recipient=cast.clerk).count() == 3


class TestErasing:
    def test_P10_ten_years_after_the_end_texts_go_and_the_case_stays(self, cast):
        long_ago = local(2015, 6, 1)
        case = make.clue(cast, at=long_ago, post=None, fault_on=date(2015, 5, 11))
        clues.take_up(case, by=cast.officer, at=long_ago, version=case.version)
        version, words = case.version, "查无实据。"
        clues.propose_declining(case, by=cast.officer, at=long_ago, version=version, ground="unfounded", text=words)
        clues.confirm_declining(case, by=cast.second, at=long_ago, version=case.version)

        assert erasing.erase(at=local(2025, 6, 1)) == 0
        assert erasing.erase(at=local(2025, 6, 2)) == 1
        assert erasing.erase(at=local(2025, 6, 2)) == 0

        texts = [*case.events.exclude(text="").values_list("text", flat=True), case.proposals.get().text]
        assert set(texts) == {GONE}
        assert (case.clues.get().text, case.number[:6]) == ("", "GC2015")
        assert sound() == []
