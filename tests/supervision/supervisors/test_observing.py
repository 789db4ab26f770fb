"""Observations: three fields and photographs, looked at, answered within ten working days, what became of them (11)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accountability.corrections import issuing
from accountability.corrections.enums import Kind as CorrectionKind
from accountability.corrections.issuing import Content
from complaints.enums import Channel, Kind, NamedPerson
from complaints.models import Case
from efficiency.access.may import may
from efficiency.access.rows import rows_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Escalation
from efficiency.organs.models import Role, Tenure
from efficiency.outbox.models import Message
from efficiency.timing.calendar import OutsideCalendar
from supervision.models import Observation
from supervision.supervisors import observing, views
from supervision.supervisors.deadlines import ANSWER
from supervision.supervisors.enums import ObservationState
from supervision.supervisors.refusals import Absent, Invalid, NotAllowed, NotInState
from tests.factories import supervisors as make
from tests.factories.cases import local
from tests.factories.staff import seat
from tests.factories.supervisors import PHOTO, TUESDAY
from tests.soundness import violated

pytestmark = pytest.mark.django_db


@pytest.fixture
def observation(cast):
    make.appoint(cast)
    return make.hand_in(cast)


def promise(observation):
    return engine.of_subject(observation).get()


def passed_on(cast, observation, **fields):
    observing.pass_on(observation, by=cast.officer, at=TUESDAY, version=observation.version, **fields)
    return observation


def drafted(cast, observation):
    passed_on(cast, observation)
    observing.draft_answer(
        observation, by=cast.leader, at=local(2026, 3, 5), version=observation.version, text="已落实AB岗。"
    )
    return observation


def taken_up(cast, observation, **fields):
    given = {"kind": Kind.COMPLAINT, "category": "inaction", "title": "窗口空岗", "text": "已立为诉求。"} | fields
    return observing.take_up(observation, by=cast.officer, at=TUESDAY, version=observation.version, **given)


def sound():
    return violated("bservation", "social supervisor")


class TestHandingIn:
    def test_it_has_a_number_and_goes_to_the_office(self, cast, observation):
        assert observation.number.endswith("社意〔2026〕1号")
        assert (observation.state, observation.office) == (ObservationState.RECEIVED, cast.city.office)
        told = Message.objects.filter(kind="observations.hand_in").values_list("recipient", flat=True)
        assert {cast.officer.pk, cast.other_officer.pk, cast.head.pk} == set(told)

    @pytest.mark.parametrize("empty", ["place_time", "what"])
    def test_organ_place_and_time_and_what_are_asked_for(self, cast, observation, empty):
        with pytest.raises(Invalid) as refused:
            make.hand_in(cast, **{empty: " "})
        assert refused.value.field == empty

    def test_photographs_come_with_it(self, cast, observation):
        made = make.hand_in(cast, attachments=[PHOTO, PHOTO])

        assert made.files.count() == 2

    def test_the_same_form_hands_in_once(self, cast, observation):
        token = "1" * 32
        assert make.hand_in(cast, token=token) == make.hand_in(cast, token=token)
        assert Observation.objects.count() == 2

    def test_what_the_calendar_does_not_reach_is_refused_with_words(self, cast, observation, monkeypatch):
        def beyond(*_given, **_more):
            raise OutsideCalendar

        monkeypatch.setattr(observing.deadlines, "bring_in_line", beyond)
        with pytest.raises(NotInState):
            make.hand_in(cast)

    def test_only_who_is_in_office_hands_in(self, cast, observation):
        for other in (cast.second, cast.officer, cast.leader, cast.clerk):
            with pytest.raises(Absent):
                make.hand_in(cast, by=other)
        make.leave(cast, observation.appointment, at=timezone.now())
        with pytest.raises(Absent):
            make.hand_in(cast)

    def test_Z09_what_is_about_an_office_goes_to_the_office_above(self, cast, observation):
        made = make.hand_in(cast, cast.city.district_office)

        assert made.office == cast.city.office
        assert not Observation.objects.visible_to(cast.district_officer).filter(pk=made.pk).exists()

    def test_Z09_an_office_never_looks_at_what_is_about_itself(self, cast, observation):
        try:
            made = make.hand_in(cast, cast.city.office)
        except Invalid:
            return
        assert made.office != cast.city.office
        assert not Observation.objects.visible_to(cast.officer).filter(pk=made.pk).exists()


class TestNamed:
    """Whoever the words name does not read them (Z-07), and the office says first whom they are about (Z-08)."""

    @pytest.fixture
    def named(self, cast, observation):
        for user, name in ((cast.leader, "司徒文强"), (cast.inspector, "欧阳建国")):
            user.full_name = name
            user.save()
        return make.hand_in(cast, what="司徒 文强在窗口吸烟，欧阳建国路过不管。")

    def knows(self, user, observation):
        reads = Observation.objects.visible_to(user).filter(pk=observation.pk).exists()
        assert may(user, "observation.see", observation) == reads
        return reads

    def test_Z07_whoever_is_named_finds_it_absent(self, cast, named):
        assert not self.knows(cast.inspector, named)
        assert self.knows(cast.officer, named)

    def test_Z08_it_is_passed_on_once_the_office_said_whom_it_is_about(self, cast, named):
        with pytest.raises(Invalid) as refused:
            passed_on(cast, named)
        assert refused.value.field == "post"

        passed_on(cast, make.fresh(named), post=cast.leader.tenures.get().post)
        assert not self.knows(cast.leader, named)

    def test_Z08_nobody_of_the_organ_is_meant(self, cast, named):
        passed_on(cast, named, names_nobody=True)

        assert self.knows(cast.leader, named)
        assert not self.knows(cast.inspector, make.fresh(named))

    def test_Z08_whoever_comes_to_the_organ_meanwhile_is_found_when_it_is_passed_on(self, cast, named):
        Observation.objects.update(named_in=[])
        with pytest.raises(Invalid):
            passed_on(cast, make.fresh(named))


class TestAnswer:
    def test_it_is_answered_within_ten_working_days(self, observation):
        # 2026-03-03 is a Tuesday; ten working days later is the 17th.
        assert timezone.localdate(promise(observation).due_at) == date(2026, 3, 17)
        assert sound() == []

    def test_what_is_late_is_escalated_by_the_engine(self, observation):
        sweep.run(at=local(2026, 5, 20))

        levels = Escalation.objects.filter(object_id=observation.pk, kind=ANSWER)
        assert set(levels.values_list("level", flat=True)) == {1, 2, 3, 4}

    def test_the_office_answers_itself(self, cast, observation):
        observing.answer(observation, by=cast.officer, at=local(2026, 3, 5), version=1, text="已核实，谢谢。")

        assert make.fresh(observation).state == ObservationState.ANSWERED
        assert promise(observation).state == "met"
        assert Message.objects.filter(kind="observations.answered", recipient=cast.social).exists()
        assert sound() == []

    def test_passed_on_the_organ_owes_the_answer_and_the_day_stays(self, cast, observation):
        before = promise(observation).due_at
        passed_on(cast, observation)

        now = promise(observation)
        assert (now.organ, now.post, now.due_at) == (
            cast.city.construction,
            Tenure.objects.get(user=cast.leader).post,
            before,
        )
        assert sound() == []

    def test_the_answer_of_the_organ_goes_out_when_the_office_has_looked_at_it(self, cast, observation):
        drafted(cast, observation)
        assert make.fresh(observation).answer == ""
        assert promise(observation).organ == cast.city.office
        observing.release(observation, by=cast.officer, at=local(2026, 3, 6), version=observation.version)

        assert make.fresh(observation).answer == "已落实AB岗。"
        assert promise(observation).state == "met"
        assert sound() == []

    def test_an_answer_is_sent_back_with_reasons_and_the_day_stays(self, cast, observation):
        drafted(cast, observation)
        due = promise(observation).due_at
        with pytest.raises(Invalid):
            observing.send_back(observation, by=cast.officer, at=TUESDAY, version=observation.version, reason="")
        observing.send_back(observation, by=cast.officer, at=TUESDAY, version=observation.version, reason="未答复要点")

        assert make.fresh(observation).state == ObservationState.WITH_ORGAN
        assert (promise(observation).organ, promise(observation).due_at) == (cast.city.construction, due)

    @pytest.mark.parametrize("text", ["", "责任人电话13812345678，已批评。"])
    def test_supervisors_are_never_told_personal_numbers(self, cast, observation, text):
        with pytest.raises(Invalid):
            observing.answer(observation, by=cast.officer, at=TUESDAY, version=1, text=text)

    def test_every_step_is_taken_on_its_side_and_where_the_table_says(self, cast, observation):
        for other in (cast.inspector, cast.district_officer, cast.leader, cast.tax_leader, cast.clerk, cast.social):
            with pytest.raises(NotAllowed):
                observing.answer(observation, by=other, at=TUESDAY, version=1, text="好")
        with pytest.raises(NotInState):
            observing.release(observation, by=cast.officer, at=TUESDAY, version=1)
        passed_on(cast, observation)
        with pytest.raises(NotAllowed):
            observing.draft_answer(observation, by=cast.tax_leader, at=TUESDAY, version=2, text="好")


class TestWhatBecame:
    def test_it_may_become_a_case_of_its_own_channel(self, cast, observation):
        observing.take_up(
            observation,
            by=cast.officer,
            at=TUESDAY,
            version=1,
            kind=Kind.COMPLAINT,
            category="inaction",
            title="窗口空岗",
            text="已立为诉求。",
        )
        found = make.fresh(observation)

        assert (found.state, found.case.channel) == (ObservationState.CASE, Channel.SOCIAL_SUPERVISOR)
        assert found.case.organ == cast.city.construction
        assert promise(observation).state == "met"
        # Nobody stands behind it: the organ does not learn who it was.
        assert not hasattr(found.case, "identity") or found.case.anonymous
        assert views.results_of(found) == [("诉求", found.case.get_state_display())]
        assert sound() == []

    @pytest.mark.parametrize("named", ["before", "with the step"])
    def test_Z07_Z08_the_case_is_linked_with_the_post_that_the_observation_is_about(self, cast, observation, named):
        post = Tenure.objects.get(user=cast.leader).post
        if named == "before":
            passed_on(cast, observation, post=post)
        taken_up(cast, observation, **({} if named == "before" else {"post": post}))
        found = make.fresh(observation)

        assert (found.post, found.case.about_post, found.case.named_person_state) == (post, post, NamedPerson.LINKED)
        assert not rows_of(Case, cast.leader).filter(pk=found.case_id).exists()
        assert not Message.objects.filter(recipient=cast.leader, kind__startswith="cases.").exists()

    def test_Z08_a_case_that_another_office_has_is_linked_as_well(self, cast, observation):
        leader = seat(Role.ORGAN_LEADER, cast.city.district)
        made = make.hand_in(cast, cast.city.district)
        taken_up(cast, made, post=Tenure.objects.get(user=leader).post)
        case = make.fresh(made).case

        assert (case.office, case.named_person_state) == (cast.city.district_office, NamedPerson.LINKED)
        assert not rows_of(Case, leader).filter(pk=case.pk).exists()

    def test_the_post_is_one_of_the_organ(self, cast, observation):
        with pytest.raises(Invalid):
            taken_up(cast, observation, post=Tenure.objects.get(user=cast.tax_leader).post)
        assert not Case.objects.exists()

    def test_a_long_observation_becomes_a_case_in_its_own_words_with_its_photographs(self, cast, observation):
        long = make.hand_in(cast, what="长" * 5000, place_time="地" * 200, attachments=[PHOTO, PHOTO])
        taken_up(cast, long)
        case = make.fresh(long).case

        assert (case.description, case.location) == ("长" * 5000, "地" * 200)
        assert case.attachments.count() == 2
        assert long.files.count() == 2

    def test_what_became_a_case_is_no_longer_with_the_organ(self, cast, observation):
        passed_on(cast, observation)
        observing.take_up(
            observation,
            by=cast.officer,
            at=TUESDAY,
            version=2,
            kind=Kind.COMPLAINT,
            category="inaction",
            title="窗口空岗",
            text="已立。",
        )

        assert not Observation.objects.visible_to(cast.leader).exists()
        assert Case.objects.count() == 1

    def test_a_correction_that_followed_is_shown_with_where_it_stands(self, cast, observation):
        correction = issuing.draft(
            CorrectionKind.NOTICE, cast.city.construction, Content("窗口", "空岗", "落实"), by=cast.officer, at=TUESDAY
        )
        issuing.issue(correction, by=cast.head, at=TUESDAY, version=1)
        observing.note_result(observation, by=cast.officer, at=TUESDAY, version=1, number=correction.number)

        [(kind, stands)] = views.results_of(make.fresh(observation))
        assert (kind, stands) == (correction.get_kind_display(), correction.get_state_display())
        assert Message.objects.filter(kind="observations.result", recipient=cast.social).exists()
        with pytest.raises(Invalid):
            observing.note_result(observation, by=cast.officer, at=TUESDAY, version=2, number=correction.number)

    def test_what_is_about_another_organ_is_no_result(self, cast, observation):
        correction = issuing.draft(
            CorrectionKind.NOTICE, cast.city.tax, Content("窗口", "空岗", "落实"), by=cast.officer, at=TUESDAY
        )
        issuing.issue(correction, by=cast.head, at=TUESDAY, version=1)
        with pytest.raises(Invalid):
            observing.note_result(observation, by=cast.officer, at=TUESDAY, version=1, number=correction.number)


class TestWhoKnows:
    def test_the_office_and_inspectors_know_of_it_and_the_organ_once_it_is_passed_on(self, cast, observation):
        def knowing():
            found = {name for name in make.ROLES if self.knows(getattr(cast, name))}
            return found

        office = {"officer", "other_officer", "head", "inspector"}
        assert knowing() == office
        passed_on(cast, observation)
        assert knowing() == office | {"leader"}

    @staticmethod
    def knows(user):
        return Observation.objects.visible_to(user).exists()

    def test_Z07_whom_it_is_about_finds_it_absent(self, cast, observation):
        post = Tenure.objects.get(user=cast.leader).post
        passed_on(cast, observation, post=post)

        assert not self.knows(cast.leader)
        with pytest.raises(Absent):
            observing.draft_answer(observation, by=cast.leader, at=TUESDAY, version=2, text="没有此事")

    def test_Z07_who_observed_does_not_decide_on_it(self, cast, observation):
        seat(Role.OFFICE_OFFICER, cast.city.office, user=cast.social)

        assert not self.knows(cast.social)
        with pytest.raises(Absent):
            observing.answer(observation, by=cast.social, at=TUESDAY, version=1, text="好")

    def test_supervisors_find_their_own_and_nobody_elses(self, cast, observation):
        make.appoint(cast, cast.second)
        other = make.hand_in(cast, by=cast.second)

        assert list(Observation.objects.of_person(cast.social)) == [observation]
        assert list(Observation.objects.of_person(cast.second)) == [other]
        assert not Observation.objects.of_person(cast.officer).exists()

    def test_with_the_term_they_find_nothing_any_more(self, cast, observation):
        make.leave(cast, observation.appointment, at=timezone.now() - timedelta(days=1))

        assert not Observation.objects.of_person(cast.social).exists()
