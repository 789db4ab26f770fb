"""What takes points off a sheet, limits its grade or vetoes it, each with its row and as it was known (8.5, 8.6)."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accountability.corrections import issuing
from accountability.faults import effects, measures
from accountability.faults.words import Against, Body, FaultType, Measure, Responsibility, SanctionState, Severity
from accountability.models import Card, Sanction
from complaints.enums import Category, Outcome
from complaints.models import Case, Holding
from efficiency.deadlines.models import Deadline, DueDateChange
from efficiency.letters import actions as letter_actions
from efficiency.letters.models import LetterVoid, OwedLetters, ResponsibilityLetter
from efficiency.organs.models import Duty, DutyKind, Post
from targets.appraisal import deductions
from targets.appraisal.deductions import VetoList
from targets.appraisal.enums import VETOES, DeductionCause, DeductionKind, Grade
from targets.models import VetoTerm
from tests.factories import corrections as make_corrections
from tests.factories.cases import local
from tests.targets.measures import rows

SINCE, UNTIL = date(2026, 1, 1), date(2027, 1, 1)
AS_OF, LATER = local(2027, 1, 20), local(2027, 2, 10)
MAY = date(2026, 5, 6)
ALL = VetoList([])


@pytest.fixture
def sanction(cast):
    """Return a sanction of the clerk that took effect on a day, as the ledger would have it."""

    def make(measure, on=MAY, *, person="clerk", against=Against.PERSON, **fields):
        is_organ = against == Against.ORGAN
        disciplinary = measures.is_disciplinary(measure)
        given = {
            "against": against,
            "organ": cast.city.construction,
            "person": None if is_organ else getattr(cast, person),
            "fault_type": FaultType.OVERDUE,
            "fault_on": on,
            "responsibility": "" if is_organ else Responsibility.DIRECT,
            "severity": Severity.SERIOUS if disciplinary else Severity.ORDINARY,
            "measure": measure,
            "state": SanctionState.IN_FORCE,
            "body": Body.APPOINTING if disciplinary else Body.LEADING_GROUP,
            "proposed_by": cast.officer,
            "proposed_at": local(2026, 5, 6),
            "decided_on": on,
            "recorded_by": cast.head,
            "recorded_at": local(2026, 5, 6),
            "from_on": on,
            "to_on": measures.period(measure, on).to_on,
        }
        return Sanction.objects.create(**given | fields)

    return make


def known(**asked):
    return deductions.known(SINCE, UNTIL, **{"as_of": AS_OF, "vetoes": ALL} | asked)


def points(events):
    return sum((each.points for each in events), Decimal(0))


def caps(events):
    return {(each.cause, str(each.cap)) for each in events if each.kind != DeductionKind.POINTS}


def letters_of_leaders(cast, at=local(2026, 1, 12)):  # noqa: B008 - a moment never changes
    """Issue the letters of the construction bureau, and return those of its head and deputies."""
    posts = Post.objects.filter(organ=cast.city.construction).order_by("pk")
    Duty.objects.bulk_create(Duty(post=post, kind=kind, text="职责。") for post in posts for kind in DutyKind)
    letter_actions.issue(2026, [cast.city.construction], by=cast.officer, at=at)
    assert ResponsibilityLetter.objects.filter(post__is_head=False).exists()
    return list(ResponsibilityLetter.objects.filter(post__is_head=True).order_by("pk"))


class TestOrgans:
    @pytest.mark.parametrize(
        ("measure", "against", "costs"),
        [
            (Measure.CIRCULATED_CRITICISM, Against.ORGAN, 2),
            (Measure.ADMONISHMENT, Against.PERSON, 1),
            (Measure.WARNING, Against.PERSON, 3),
            (Measure.DEMERIT, Against.PERSON, 3),
            (Measure.CIRCULATED_CRITICISM, Against.PERSON, 0),
            (Measure.ADMONITION_TALK, Against.PERSON, 0),
        ],
    )
    def test_lose_points_for_each_measure(self, cast, sanction, measure, against, costs):
        made = sanction(measure, against=against)

        events = known().of_organs.get(cast.city.construction.pk, ())
        assert points(events) == costs
        assert [(each.model, each.object_id, each.on) for each in events] == (
            [(deductions.SANCTION, made.pk, MAY)] if costs else []
        )

    def test_are_not_excellent_after_two_criticisms(self, cast, sanction):
        for _each in range(2):
            sanction(Measure.CIRCULATED_CRITICISM, against=Against.ORGAN)

        events = known().of_organs[cast.city.construction.pk]
        assert points(events) == 4
        assert caps(events) == {(DeductionCause.CRITICISM, Grade.GOOD)}

    def test_are_at_most_qualified_after_a_sanction_of_their_head(self, cast, sanction):
        sanction(Measure.WARNING, person="leader", against=Against.HEAD)

        assert caps(known().of_organs[cast.city.construction.pk]) == {(DeductionCause.HEAD_SANCTIONED, Grade.QUALIFIED)}

    def test_are_not_excellent_with_three_red_cards(self, cast):
        organ, by = cast.city.construction, (cast.inspector, cast.officer)
        made = [rows.card(organ, "red", at=local(2026, 3, day), by=by) for day in (3, 4)]
        assert known().of_organs.get(organ.pk, ()) == ()

        made.append(rows.card(organ, "red", at=local(2026, 3, 5), by=by))
        events = known().of_organs[organ.pk]
        assert caps(events) == {(DeductionCause.RED_CARDS, Grade.GOOD)}
        assert [each.object_id for each in events] == [card.pk for card in made]

    def test_lose_a_point_for_each_complaint_about_the_three_arbitraries_that_was_upheld(self, cast):
        organ = cast.city.construction
        found = rows.cases(3, organ=organ, office=cast.city.office, category=effects.ARBITRARIES[0])
        other = rows.cases(1, organ=organ, office=cast.city.office, category=Category.DELAY)
        at = local(2026, 4, 1)
        rows.replies(found[:2] + other, at=at, by=cast.leader, and_by=cast.clerk, outcome=Outcome.UPHELD)
        rows.replies(found[2:], at=at, by=cast.leader, and_by=cast.clerk, outcome=Outcome.NOT_UPHELD)

        events = known().of_organs[organ.pk]
        assert [(each.cause, each.object_id, each.points) for each in events] == [
            (DeductionCause.ARBITRARIES, case.pk, 1) for case in found[:2]
        ]

    def test_lose_a_point_for_each_rectification_that_became_overdue(self, cast):
        overdue = make_corrections.issue(cast)
        withdrawn = make_corrections.issue(cast)
        issuing.withdraw(withdrawn, by=cast.head, at=local(2026, 6, 1), version=withdrawn.version, reason="误发")

        events = known().of_organs[cast.city.construction.pk]
        assert [(each.cause, each.object_id) for each in events] == [(DeductionCause.RECTIFICATION, overdue.pk)]

    @pytest.mark.parametrize(
        ("signed", "is_excellent"),
        [
            (None, False),
            (local(2026, 6, 1), True),  # late, but before the year is over
            (local(2027, 1, 5), False),  # the year is over
        ],
    )
    def test_with_a_leaders_letter_unsigned_at_the_end_of_the_year_are_not_excellent(self, cast, signed, is_excellent):
        letters = letters_of_leaders(cast)
        for letter in letters if signed else ():
            letter_actions.sign(letter, by=letter.holder, at=signed, text_sha256=letter.text_sha256)

        assert letters
        caps = [each for each in known().of_organs.get(cast.city.construction.pk, ()) if each.kind == "cap"]
        assert [(each.cause, each.object_id, each.cap, each.text) for each in caps] == [
            (DeductionCause.LETTER_UNSIGNED, letter.pk, Grade.GOOD, letter.number)
            for letter in letters
            if not is_excellent
        ]

    def test_with_letters_that_nobody_issued_neither(self, cast):
        """Whoever owes no signature because nothing was issued is no better off."""
        letter_actions.follow_tenures(at=local(2026, 1, 12))

        found = known().of_organs[cast.city.construction.pk]
        row = OwedLetters.objects.get(organ=cast.city.construction)
        assert [(each.cause, each.model, each.object_id, each.cap, each.text) for each in found] == [
            (DeductionCause.LETTER_UNSIGNED, "efficiency.owedletters", row.pk, Grade.GOOD, row.number)
        ]

    def test_a_letter_whose_day_the_calendar_moved_afterwards_limits_as_it_was_known(self, cast):
        letters = letters_of_leaders(cast)
        before = known()
        of_letters = ContentType.objects.get_for_model(ResponsibilityLetter)
        promises = Deadline.objects.filter(content_type=of_letters, object_id__in=[each.pk for each in letters])
        for promise in promises:
            later = promise.due_at + timedelta(days=400)
            DueDateChange.objects.create(
                deadline=promise, cause="calendar", changed_at=LATER, due_before=promise.due_at, due_after=later
            )
            moments = ("due_at", "overdue_at", "red_at", "fourth_at")
            moved = {name: getattr(promise, name) + timedelta(days=400) for name in moments}
            Deadline.objects.filter(pk=promise.pk).update(**moved)

        assert before.of_organs
        assert known() == before

    def test_a_letter_that_is_not_due_yet_or_void_caps_nothing(self, cast):
        letters = letters_of_leaders(cast, at=local(2026, 12, 28))
        assert not known().of_organs
        assert known(as_of=LATER).of_organs == {}

        for letter in letters:
            LetterVoid.objects.create(letter=letter, reason="tenure_ended", voided_at=local(2026, 12, 29))
        assert not known().of_organs

    def test_lose_what_the_sums_of_today_say(self, cast, sanction):
        """``accountability.faults.effects`` counts the same events; both must say the same of a year that is over."""
        make_corrections.issue(cast)
        sanction(Measure.CIRCULATED_CRITICISM, against=Against.ORGAN)
        sanction(Measure.ADMONISHMENT)
        sanction(Measure.DEMERIT, person="editor")
        sanction(Measure.WARNING, person="leader", against=Against.HEAD)
        found = known()

        for organ, effect in effects.of_organs(2026, at=AS_OF).items():
            counted = Counter(each.cause.value for each in found.of_organs[organ] if each.points)
            assert counted == {cause.value: number for cause, number in effect.events.items() if number}
            assert points(found.of_organs[organ]) == effect.points


class TestPeople:
    @pytest.mark.parametrize(
        ("measure", "number", "cap"),
        [
            (Measure.ADMONISHMENT, 1, Grade.COMPETENT),
            (Measure.ADMONISHMENT, 2, Grade.BASICALLY_COMPETENT),
            (Measure.ADMONISHMENT, 3, Grade.INCOMPETENT),
            (Measure.CIRCULATED_CRITICISM, 1, Grade.COMPETENT),
            (Measure.WARNING, 1, Grade.COMPETENT),
            (Measure.DEMERIT, 1, Grade.NO_GRADE),
            (Measure.GRADED_BASIC, 1, Grade.BASICALLY_COMPETENT),
            (Measure.GRADED_INCOMPETENT, 1, Grade.INCOMPETENT),
        ],
    )
    def test_are_limited_by_what_was_ordered(self, cast, sanction, measure, number, cap):
        for _each in range(number):
            sanction(measure)

        found = known().of_people[cast.clerk.pk]
        assert {str(each.cap) for each in found} == {cap}
        assert str(effects.caps_of_people(2026)[cast.clerk.pk]) == cap

    def test_get_no_grade_as_long_as_a_demerit_lasts(self, cast, sanction):
        sanction(Measure.MAJOR_DEMERIT, date(2025, 3, 1))

        assert caps(known().of_people[cast.clerk.pk]) == {(DeductionCause.LASTING, Grade.NO_GRADE)}
        assert known().of_organs.get(cast.city.construction.pk, ()) == ()

    def test_have_their_own_cards(self, cast):
        by = (cast.inspector, cast.officer)
        for colour in ("yellow", "yellow", "red"):
            rows.card(cast.city.construction, colour, at=local(2026, 3, 3), by=by, person=cast.clerk)

        cards = known().cards_of_people[cast.clerk.pk]
        assert (cards.yellow, len(cards.red)) == (2, 1)


class TestVeto:
    @pytest.mark.parametrize(
        ("fields", "cause"),
        [
            ({"severity": Severity.GRAVE}, DeductionCause.GRAVE_FAULT),
            ({"fault_type": FaultType.FALSE_DATA}, DeductionCause.FALSE_DATA),
            (
                {"measure": Measure.EXPULSION, "against": Against.HEAD, "person": "leader"},
                DeductionCause.LEADER_DISMISSED,
            ),
        ],
    )
    def test_follows_from_what_is_on_the_list(self, cast, sanction, fields, cause):
        sanction(**{"measure": Measure.WARNING} | fields)

        vetoes = [each for each in known().of_organs[cast.city.construction.pk] if each.kind == DeductionKind.VETO]
        assert [(each.cause, str(each.cap)) for each in vetoes] == [(cause, Grade.QUALIFIED)]

    def test_list_is_the_offices_from_a_day_on(self, cast, sanction):
        VetoTerm.objects.create(
            office=cast.city.office,
            cause=DeductionCause.GRAVE_FAULT,
            is_on=False,
            valid_from=date(2026, 7, 1),
            reason="领导小组决定",
            set_by=cast.head,
            set_at=local(2026, 6, 20),
        )
        sanction(Measure.WARNING, date(2026, 5, 1), severity=Severity.GRAVE)
        sanction(Measure.WARNING, date(2026, 8, 1), person="editor", severity=Severity.GRAVE)
        vetoes = deductions.veto_list(cast.city.office.pk, as_of=AS_OF)

        found = known(vetoes=vetoes).of_organs[cast.city.construction.pk]
        assert [each.on for each in found if each.kind == DeductionKind.VETO] == [date(2026, 5, 1)]
        assert vetoes.on(date(2026, 6, 30)) == [cause.value for cause in VETOES]
        assert DeductionCause.GRAVE_FAULT not in vetoes.on(date(2026, 12, 31))
        # What the office set afterwards was not known.
        assert deductions.veto_list(cast.city.office.pk, as_of=local(2026, 6, 1)).on(date(2026, 12, 31)) == list(VETOES)

    def test_of_a_letter_that_was_not_signed_can_be_taken_off_the_list(self):
        assert [each.cause for each in deductions.not_signed(ALL, on=MAY)] == [DeductionCause.NOT_SIGNED]
        assert deductions.not_signed(VetoList([("not_signed", SINCE, False)]), on=MAY) == []


class TestWhatHappensAfterwards:
    def test_changes_nothing(self, cast, sanction):
        organ, by = cast.city.construction, (cast.inspector, cast.officer)
        criticism = sanction(Measure.CIRCULATED_CRITICISM, against=Against.ORGAN)
        notice = make_corrections.issue(cast)
        cards = [rows.card(organ, "red", at=local(2026, 3, day), by=by, person=cast.clerk) for day in (3, 4, 5)]
        case = rows.cases(1, organ=organ, office=cast.city.office, category=effects.ARBITRARIES[0])
        rows.replies(case, at=local(2026, 4, 1), by=cast.leader, and_by=cast.clerk, outcome=Outcome.UPHELD)
        before = known()

        Sanction.objects.filter(pk=criticism.pk).update(state="revoked", revoked_at=LATER, revoked_by=cast.head)
        issuing.withdraw(notice, by=cast.head, at=LATER, version=notice.version, reason="误发")
        Card.objects.filter(pk=cards[0].pk).update(state="revoked", revoked_at=LATER, revoke_reason="appeal")
        rows.replies(case, at=LATER, by=cast.leader, and_by=cast.clerk, outcome=Outcome.NOT_UPHELD)
        sanction(Measure.ADMONISHMENT, recorded_at=LATER)
        rows.card(organ, "red", at=local(2026, 3, 6), by=by, issued_at=LATER)

        assert known() == before
        assert known(as_of=LATER + timedelta(days=1)) != before

    def test_joined_cases_are_no_further_faults_whatever_is_shared_with_them(self, cast):
        organ = cast.city.construction
        given = {"organ": organ, "office": cast.city.office, "category": effects.ARBITRARIES[0]}
        leading, *joined = rows.cases(4, outcome=Outcome.UPHELD, replied_at=local(2026, 4, 1), **given)
        Case.objects.filter(pk__in=[case.pk for case in joined]).update(leading=leading)
        rows.replies([leading], at=local(2026, 4, 1), by=cast.leader, and_by=cast.clerk, outcome=Outcome.UPHELD)
        for case in joined:
            rows.event(case, "share_reply", at=local(2026, 4, 1), outcome=Outcome.UPHELD, reply=1)
        before = known()
        # Separated afterwards, and answered on its own.
        Case.objects.filter(pk=joined[0].pk).update(leading=None, outcome="", replied_at=None)
        rows.replies(joined[:1], at=LATER, by=cast.leader, and_by=cast.clerk, outcome=Outcome.UPHELD)

        assert [each.object_id for each in known().of_organs[organ.pk]] == [leading.pk]
        assert known() == before
        assert effects.arbitrary_complaints(2026) == {organ.pk: 1}

    def test_a_complaint_costs_the_organ_at_fault_whichever_way_it_went(self, cast):
        first, other, office = cast.city.construction, cast.city.tax, cast.city.office
        third, district = cast.city.street, cast.city.district
        upheld = local(2026, 4, 1)
        named = {"action": "instruct", "handling": "assigned"}
        # Who was addressed; who had the case, day by day from 2 March on; what was decided, on which of these days; who
        # is at fault.
        ways = {
            "the addressed organ has it": (first, [first], [], first),
            "another organ looks into it": (first, [other], [], first),
            "transferred": (first, [first, other], [], other),
            "transferred twice, over the office": (first, [first, office, other, third], [], third),
            "transferred only after it was upheld": (first, [first], [(33, other, {})], first),
            "nobody was addressed": (None, [other], [], other),
            "returned, and ruled to be of another": (
                *(first, [first, other], [(3, None, {"action": "return", "from_organ": first.pk})], other),
            ),
            "returned, and ruled to be its own": (
                *(None, [other, other], [(3, None, {"action": "return", "from_organ": other.pk})], other),
            ),
            "returned, and handled by the office": (
                *(None, [other, office], [(3, None, {"action": "return", "from_organ": other.pk})], None),
            ),
            "designated by its duties": (
                *(None, [other], [(2, None, named | {"organ": other.pk, "ground": "by_duties"})], other),
            ),
            "designated, though another was addressed": (
                *(first, [other], [(2, None, named | {"organ": other.pk, "ground": "city_leads"})], other),
            ),
            "nobody can be named": (
                *(None, [district], [(2, None, named | {"organ": district.pk, "ground": "catch_all"})], None),
            ),
            "nobody could be named, and then it was transferred": (
                *(None, [district, other], [(2, None, named | {"organ": district.pk, "ground": "catch_all"})], other),
            ),
            "others had a part": (first, [first], [(3, None, {"action": "join", "organs": [other.pk]})], first),
            "taken over by the office": (first, [first, office], [], first),
            "transferred, then taken over by the office": (first, [first, other, office], [], other),
            "an office answers, and nobody is addressed": (None, [office], [], None),
            "the organ ended, another follows it": (
                *(first, [first, other], [(3, None, {"action": "succeed", "organ": other.pk})], first),
            ),
            "who followed handles it again": (
                *(first, [first, other, other], [(3, None, {"action": "succeed", "organ": other.pk})], first),
            ),
            "who followed passed it on": (
                *(first, [first, other, third], [(3, None, {"action": "succeed", "organ": other.pk})], third),
            ),
            "somebody of another organ is linked": (
                *(first, [first], [(3, None, {"action": "link_person", "post": self.post_of(cast.tax_leader)})], other),
            ),
            "the organ as such is complained of": (
                *(first, [first, other], [(3, None, {"action": "link_organ", "organ": first.pk})], first),
            ),
            "that mark was taken back": (
                first,
                [first, other],
                [
                    (2, None, {"action": "link_organ", "organ": first.pk}),
                    (3, None, {"action": "link_organ", "organ": None}),
                ],
                other,
            ),
        }
        cases = rows.cases(len(ways), organ=first, office=office, category=effects.ARBITRARIES[0])
        for case, (addressed, organs, decided, _at_fault) in zip(cases, ways.values(), strict=True):
            case.organ = addressed
            spans = [(2 + place, organ) for place, organ in enumerate(organs)]
            spans += [(day, organ) for day, organ, _data in decided if organ is not None]
            for (day, organ), after in zip(spans, [*spans[1:], None], strict=True):
                until = self.on(after[0]) if after else None
                Holding.objects.create(case=case, organ=organ, since=self.on(day), until=until)
            for day, _organ, data in decided:
                if data:
                    rows.event(
                        case, data["action"], at=self.on(day), **{k: v for k, v in data.items() if k != "action"}
                    )
        Case.objects.bulk_update(cases, ["organ"])
        rows.replies(cases, at=upheld, by=cast.leader, and_by=cast.clerk, outcome=Outcome.UPHELD)
        # Found out after the date.
        rows.event(cases[0], "link_person", at=LATER, post=self.post_of(cast.tax_leader))

        charged = {each.object_id: organ for organ, events in known().of_organs.items() for each in events}
        assert {way: charged.get(case.pk) for case, way in zip(cases, ways, strict=True)} == {
            way: at_fault and at_fault.pk for way, (*_given, at_fault) in ways.items()
        }
        assert known(as_of=LATER + timedelta(days=1)) != known()

    def on(self, day):
        """Return a morning of March, or, beyond it, of April 2026."""
        return local(2026, 3, 1) + timedelta(days=day - 1)

    def post_of(self, person):
        return person.tenures.get().post_id

    def test_what_is_upheld_again_after_rework_counts_in_the_first_time_alone(self, cast):
        organ = cast.city.construction
        given = {"organ": organ, "office": cast.city.office, "category": effects.ARBITRARIES[0]}
        again, turned = rows.cases(2, outcome=Outcome.UPHELD, replied_at=local(2027, 3, 1), **given)
        people = {"by": cast.leader, "and_by": cast.clerk}
        rows.replies([again], at=local(2026, 12, 1), outcome=Outcome.UPHELD, **people)
        rows.replies([turned], at=local(2026, 12, 1), outcome=Outcome.NOT_UPHELD, **people)
        rows.replies([again, turned], at=local(2027, 3, 1), outcome=Outcome.UPHELD, **people)

        next_year = deductions.known(date(2027, 1, 1), date(2028, 1, 1), as_of=local(2028, 1, 20), vetoes=ALL)
        assert [each.object_id for each in known(as_of=local(2028, 1, 20)).of_organs[organ.pk]] == [again.pk]
        assert [each.object_id for each in next_year.of_organs[organ.pk]] == [turned.pk]
        assert [effects.arbitrary_complaints(each) for each in (2026, 2027)] == [{organ.pk: 1}] * 2

    def test_a_notice_counts_in_the_year_of_the_first_of_its_days_that_was_missed(self, cast):
        notice = make_corrections.issue(cast, at=local(2026, 12, 15))
        # The plan was due in December and the result in January: both are missed.
        found = [
            deductions.known(date(each, 1, 1), date(each + 1, 1, 1), as_of=local(2028, 1, 20), vetoes=ALL)
            .of_organs.get(notice.organ_id, ())
            for each in (2026, 2027)
        ]  # fmt: skip

        assert [[each.object_id for each in events] for events in found] == [[notice.pk], []]
        for year, number in ((2026, 1), (2027, 0)):
            assert effects.overdue_rectifications(year, at=AS_OF).get(notice.organ_id, 0) == number

    def test_takes_a_fixed_number_of_statements(self, sanction):
        with CaptureQueriesContext(connection) as few:
            known()
        for person in ("clerk", "editor", "colleague"):
            sanction(Measure.ADMONISHMENT, person=person)
        with CaptureQueriesContext(connection) as many:
            known()

        assert len(few) == len(many) == 5
