"""docs/domain.md 11, opinion form: each sentence a rule."""

from decimal import Decimal

import pytest
from django.db import connection

from disclosure.models import Document
from efficiency import codes
from efficiency.audit import verify
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Role
from efficiency.timing.calendar import OutsideCalendar
from supervision.models import Survey, SurveyAnswer, SurveyCode, SurveyValue
from supervision.surveys import counting, disclosed, drafting, handing, holding
from supervision.surveys.drafting import Asked
from supervision.surveys.enums import BatchState, Kind, State, Way
from supervision.surveys.refusals import Absent, Changed, Closed, Invalid, NotAllowed, NotInState, Used
from targets.models import SurveyResult
from tests.factories import surveys as make
from tests.factories.cases import local
from tests.factories.staff import seat
from tests.factories.surveys import TUESDAY

LAST_MOMENT, TOO_LATE = local(2026, 3, 13, 23, 59), local(2026, 3, 14, 0, 0)


def violations() -> dict[str, int]:
    """Return what ``verify`` finds wrong."""
    return {f.title: f.violations for f in verify.run("I-03", "I-07", "I-08", "I-48") if f.violations}


# --- Drafted by one, opened by a second, frozen once open -----------------------------------------------------------


def test_a_survey_is_opened_by_a_second_person(cast):
    survey = make.draft(cast)
    with pytest.raises(NotAllowed):
        holding.open(survey, by=cast.officer, at=TUESDAY, version=survey.version)
    holding.open(survey, by=cast.other_officer, at=TUESDAY, version=survey.version)
    assert survey.state == State.OPEN
    assert survey.ends_at == TOO_LATE
    assert not violations()


def test_whoever_changed_a_question_does_not_open_either(cast):
    survey = make.draft(cast)
    asked = Asked(1, Kind.GRADES, "办事环境")
    drafting.ask(survey, by=cast.other_officer, at=TUESDAY, version=survey.version, asked=asked)
    with pytest.raises(NotAllowed):
        holding.open(survey, by=cast.other_officer, at=TUESDAY, version=survey.version)


def test_a_second_account_of_the_drafter_opens_nothing(cast):
    survey = make.draft(cast)
    twin = seat(Role.OFFICE_OFFICER, cast.city.office)
    for each in (twin, cast.officer):
        each.full_name, each.phone = "张三", "13800138000"
        each.save()
    with pytest.raises(NotAllowed):
        holding.open(survey, by=twin, at=TUESDAY, version=survey.version)


def test_an_inspector_drafts_and_opens_nothing(cast):
    survey = make.draft(cast)
    with pytest.raises(NotAllowed):
        holding.open(survey, by=cast.inspector, at=TUESDAY, version=survey.version)


def test_a_survey_is_frozen_once_it_is_open(cast):
    survey = make.opened(cast)
    asked = Asked(1, Kind.GRADES, "办事环境")
    with pytest.raises(NotInState):
        drafting.ask(survey, by=cast.officer, at=TUESDAY, version=survey.version, asked=asked)
    key = survey.questions.first().pk
    with pytest.raises(NotInState):
        drafting.remove(survey, by=cast.officer, at=TUESDAY, version=survey.version, question=key)


def test_a_change_is_a_new_survey_copied_from_the_earlier(cast):
    earlier = make.opened(cast)
    content = make.CONTENT
    copy = drafting.draft(
        drafting.Content(**{**vars_of(content), "organs": [cast.city.tax]}),
        by=cast.officer,
        at=TUESDAY,
        copy_of=earlier,
    )
    assert [each.text for each in copy.questions.all()] == [each.text for each in earlier.questions.all()]
    assert copy.state == State.DRAFT
    assert copy.copied_from == earlier


def vars_of(content):
    """Return the fields of a content with slots."""
    return {name: getattr(content, name) for name in content.__dataclass_fields__}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"purpose": ""}, "purpose"),
        ({"groups": ()}, "groups"),
        ({"groups": tuple("一二三四五六")}, "groups"),
        ({"organs": ()}, "organs"),
        ({"audience": "nobody"}, "audience"),
        ({"way": Way.PAPER}, "way"),
        ({"year": 2026}, "span"),
        ({"span": "year"}, "year"),
        ({"ends_on": local(2026, 3, 2).date()}, "ends_on"),
    ],
)
def test_a_draft_without_what_it_needs_is_refused(cast, fields, field):
    with pytest.raises(Invalid) as refused:
        make.draft(cast, questions=(), **fields)
    assert refused.value.field == field


def test_an_efficiency_office_is_not_judged_and_nobody_judges_the_own_organ(cast):
    with pytest.raises(NotAllowed):
        make.draft(cast, organs=[cast.city.office])
    with pytest.raises(Invalid):
        make.draft(cast, organs=[cast.city.district_office])


def test_questions_keep_their_order_and_move(cast):
    survey = make.draft(cast, questions=make.QUESTIONS[:2])
    asked = Asked(1, Kind.GRADES, "廉洁自律", position=1)
    drafting.ask(survey, by=cast.officer, at=TUESDAY, version=survey.version, asked=asked)
    assert [each.text for each in survey.questions.all()] == ["廉洁自律", "服务态度", "办事效率"]
    key = make.question(survey, "廉洁自律").pk
    asked = Asked(2, Kind.GRADES, "廉洁自律")
    drafting.reword(survey, by=cast.officer, at=TUESDAY, version=survey.version, question=key, asked=asked)
    assert [(each.group, each.text) for each in survey.questions.all()] == [
        (1, "服务态度"),
        (1, "办事效率"),
        (2, "廉洁自律"),
    ]


def test_a_group_without_a_question_or_a_day_that_is_over_does_not_open(cast):
    survey = make.draft(cast, questions=make.QUESTIONS[:2])
    with pytest.raises(Invalid):
        holding.open(survey, by=cast.other_officer, at=TUESDAY, version=survey.version)
    survey = make.draft(cast)
    with pytest.raises(Invalid):
        holding.open(survey, by=cast.other_officer, at=TOO_LATE, version=survey.version)


def test_F21_who_changes_what_somebody_else_changed_is_told(cast):
    survey = make.draft(cast)
    with pytest.raises(Changed):
        drafting.ask(survey, by=cast.officer, at=TUESDAY, version=1, asked=make.QUESTIONS[0])


@pytest.mark.parametrize("role", ["clerk", "leader", "district_officer"])
def test_Z02_for_others_there_is_no_such_survey(cast, role):
    survey = make.draft(cast)
    with pytest.raises(Absent):
        holding.open(survey, by=getattr(cast, role), at=TUESDAY, version=survey.version)
    assert not Survey.objects.visible_to(getattr(cast, role)).exists()


# --- Answered once, by nobody who can be told -----------------------------------------------------------------------


def test_nobody_answers_twice(cast):
    survey = make.opened(cast)
    code = make.code_for(survey, cast)
    make.answer(survey, cast, code=code)
    with pytest.raises(Used):
        make.answer(survey, cast, code=code)
    assert SurveyAnswer.objects.count() == 1
    assert not violations()


def test_S09_a_code_has_80_bits_and_is_kept_as_a_hash_alone(cast):
    survey = make.opened(cast, way=Way.CODE)
    code = make.code_for(survey, cast)
    kept = SurveyCode.objects.get()
    assert len(codes.normalise(code)) == 16
    assert bytes(kept.code_hash) == codes.hash_code(code.lower().replace(" ", "-"))
    assert handing.find(survey, code) == kept


def test_P18_an_answer_cannot_be_joined_to_its_code(cast):
    survey = make.opened(cast, way=Way.CODE)
    given = handing.hand_out(survey, by=cast.officer, at=TUESDAY, version=survey.version, name="人大代表", count=12)
    make.answer(survey, cast, code=given[3])
    # The code is gone, whole; the batch was not written in that transaction; the answer says no batch and no moment.
    assert handing.find(survey, given[3]) is None
    assert SurveyCode.objects.count() == 11
    names = {field.name for model in (SurveyAnswer, SurveyValue) for field in model._meta.get_fields()}
    assert not {name for name in names if name.endswith(("_at", "_by", "_on", "code", "address", "token"))}
    assert SurveyAnswer.objects.get().batch is None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM supervision_surveybatch b, supervision_surveyanswer a WHERE b.xmin = a.xmin"
        )
        assert cursor.fetchone() == (0,)


def test_P18_rows_of_answers_lie_in_no_order_after_the_end(cast):
    survey = make.opened(cast)
    made = [make.answer(survey, cast).pk for _place in range(12)]
    before = set(SurveyValue.objects.values_list("pk", "grade"))
    make.ended(survey)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM supervision_surveyanswer ORDER BY ctid")
        after = [row[0] for row in cursor.fetchall()]
    assert sorted(after) == sorted(made)
    assert set(SurveyValue.objects.values_list("pk", "grade")) == before
    assert after != made  # one in 479,001,600


def test_codes_are_counted_handed_out_and_used(cast):
    survey = make.opened(cast, way=Way.CODE)
    given = handing.hand_out(survey, by=cast.officer, at=TUESDAY, version=survey.version, name="人大代表", count=5)
    make.answer(survey, cast, code=given[0])
    make.answer(survey, cast, code=given[1])
    batch = handing.batches(survey).get()
    assert (batch.made, batch.used, batch.left) == (5, 2, 3)
    handing.void(survey, by=cast.officer, at=TUESDAY, version=survey.version, batch=batch.pk)
    batch = handing.batches(survey).get()
    assert (batch.used, batch.left, batch.voided, batch.state) == (2, 0, 3, BatchState.VOID)
    with pytest.raises(Used):
        make.answer(survey, cast, code=given[2])
    assert not violations()


def test_S12_an_unknown_code_and_a_used_one_are_refused_alike(cast):
    survey = make.opened(cast)
    code = make.code_for(survey, cast)
    make.answer(survey, cast, code=code)
    said = set()
    for tried in (code, "0000 0000 0000 0000"):
        with pytest.raises(Used) as refused:
            make.answer(survey, cast, code=tried)
        said.add(str(refused.value.message))
    assert len(said) == 1


def test_a_code_of_one_survey_opens_no_other(cast):
    one, other = make.opened(cast), make.opened(cast, title="另一份征求意见表")
    code = make.code_for(one, cast)
    with pytest.raises(Used):
        make.answer(other, cast, code=code)


def test_a_survey_ends_by_itself_at_its_last_moment(cast):
    survey = make.opened(cast)
    codes_ = [make.code_for(survey, cast), make.code_for(survey, cast)]
    make.answer(survey, cast, code=codes_[0], at=LAST_MOMENT)
    # No task has run.
    with pytest.raises(Closed):
        make.answer(survey, cast, code=codes_[1], at=TOO_LATE)
    with pytest.raises(Closed):
        handing.draw(survey, at=TOO_LATE)
    assert SurveyAnswer.objects.count() == 1


def test_nothing_is_taken_before_the_first_day(cast):
    survey = make.opened(cast, begins_on=local(2026, 3, 5).date())
    with pytest.raises(Closed):
        handing.draw(survey, at=TUESDAY)


@pytest.mark.parametrize(
    ("text", "value", "is_right"),
    [
        ("是否到过窗口", "1", True),
        ("是否到过窗口", "2", False),
        ("希望改进", ["0", "2"], True),
        ("希望改进", ["3"], False),
        ("跑动次数", "２", True),
        ("跑动次数", "1.234", False),
        ("跑动次数", "many", False),
        ("跑动次数", "NaN", False),
        ("意见和建议", "窗口太少", True),
        ("意见和建议", "长" * 1001, False),
    ],
)
def test_an_answer_is_one_of_those_asked_for(cast, text, value, is_right):
    survey = make.opened(cast)
    if is_right:
        make.answer(survey, cast, **{text: value})
    else:
        with pytest.raises(Invalid):
            make.answer(survey, cast, **{text: value})
    # What was refused has used no code.
    assert SurveyAnswer.objects.count() == (1 if is_right else 0)
    assert not violations()


def test_a_grade_is_one_of_five_and_what_has_to_be_answered_is(cast):
    survey = make.opened(cast)
    for grade in (0, 6, ""):
        with pytest.raises(Invalid):
            make.answer(survey, cast, grade=grade)


def test_organs_are_those_asked_about(cast):
    survey = make.opened(cast)
    with pytest.raises(Invalid):
        make.answer(survey, cast, cast.city.street)


# --- Counted --------------------------------------------------------------------------------------------------------


def test_fewer_than_ten_answers_for_an_organ_are_neither_scored_nor_shown(cast):
    survey = make.opened(cast, year=2026, span="year")
    for place in range(10):
        make.answer(survey, cast, cast.city.construction, grade=5)
        if place < 9:
            make.answer(survey, cast, cast.city.tax, grade=1)
    make.published(survey, cast)
    found = {one["organ"]: one for one in survey.results["organs"]}
    assert found[cast.city.construction.pk]["score"] == "100.00"
    assert found[cast.city.construction.pk]["answers"] == 10
    tax = found[cast.city.tax.pk]
    assert (tax["score"], tax["answers"], tax["items"]) == (None, None, [])
    assert survey.results["answers"] == {"open": 19, "code": 0, "paper": 0, "all": 19}
    # Nor does the appraisal get it.
    assert list(SurveyResult.objects.values_list("organ", "score", "answers")) == [
        (cast.city.construction.pk, Decimal("100.00"), 10)
    ]
    assert not violations()


def test_the_results_of_an_item_follow_the_formula(cast):
    survey = make.opened(cast)
    for grade in (5, 5, 5, 5, 4, 4, 4, 3, 2, 1):
        make.answer(survey, cast, grade=grade, 是否到过窗口="1" if grade > 3 else "0", 希望改进=["0"], 跑动次数="2.5")
    found = counting.results(survey)
    construction = next(one for one in found["organs"] if one["organ"] == cast.city.construction.pk)
    item = construction["items"][0]
    # 100 × (4 × 1.0 + 3 × 0.8 + 0.6 + 0.3 + 0) / 10
    assert (item["counts"], item["score"]) == ([4, 3, 1, 1, 1], "73.00")
    assert construction["score"] == "73.00"
    by_text = {each["text"]: each for each in found["questions"]}
    assert by_text["是否到过窗口"]["counts"] == [7, 3]
    assert by_text["希望改进"]["counts"] == [10, 0, 0]
    assert by_text["跑动次数"]["mean"] == "2.50"


def test_the_results_are_promised_within_ten_working_days_after_the_end(cast):
    survey = make.ended(make.opened(cast))
    promise = Deadline.objects.get()
    # The end is Friday 13 March; Saturday to Monday's tomb sweeping week lie behind the tenth working day.
    assert survey.state == State.ENDED
    assert promise.due_at.astimezone(TUESDAY.tzinfo).date() == local(2026, 3, 27).date()
    counting.count(survey, by=cast.officer, at=local(2026, 3, 16), version=survey.version)
    counting.publish(survey, by=cast.other_officer, at=local(2026, 3, 17), version=survey.version)
    promise.refresh_from_db()
    assert promise.state == "met"
    assert not violations()


def test_ending_twice_ends_once(cast):
    survey = make.opened(cast)
    assert holding.end_due(at=TOO_LATE) == 1
    assert holding.end_due(at=TOO_LATE) == 0
    survey.refresh_from_db()
    assert survey.events.filter(action="end").count() == 1


def test_results_are_published_by_a_second_person(cast):
    survey = make.counted(make.opened(cast), cast)
    with pytest.raises(NotAllowed):
        counting.publish(survey, by=cast.officer, at=local(2026, 3, 17), version=survey.version)
    counting.send_back(survey, by=cast.other_officer, at=local(2026, 3, 17), version=survey.version, reason="请核对")
    assert (survey.state, survey.results) == (State.ENDED, None)
    assert not violations()


def test_results_that_were_changed_afterwards_are_found(cast):
    survey = make.published(make.opened(cast), cast)
    survey.results["answers"]["open"] = 99
    survey.save()
    assert violations()


def test_published_results_are_told_as_a_document_of_disclosure_and_nothing_else_is(cast):
    survey = make.opened(cast)
    for place in range(10):
        make.answer(survey, cast, cast.city.construction, grade=5, 意见和建议="态度很好")
        if place:
            make.answer(survey, cast, cast.city.tax, grade=1)
    make.counted(survey, cast)
    assert disclosed.told(survey) is None
    counting.publish(survey, by=cast.other_officer, at=local(2026, 3, 17), version=survey.version)
    told = disclosed.told(survey)
    assert told is not None
    assert r"100\.00" in told.body
    assert disclosed.FEW in told.body
    assert "态度很好" not in told.body
    assert [fact.subject for fact in disclosed.standing(local(2026, 3, 17))] == [survey]
    # It is published by itself.
    assert Document.objects.filter(source=disclosed.RESULT).count() == 1


# --- The appraisal --------------------------------------------------------------------------------------------------


def test_a_survey_of_a_year_gives_the_appraisal_its_scores_once_by_two_persons(cast):
    survey = make.opened(cast, year=2026, span="year")
    for _place in range(10):
        make.answer(survey, cast, cast.city.construction, cast.city.tax, grade=4)
    make.published(survey, cast)
    found = SurveyResult.objects.order_by("organ")
    assert [(each.score, each.answers, each.year, each.span) for each in found] == [
        (Decimal("80.00"), 10, 2026, "year")
    ] * 2
    assert {each.entered_by for each in found} == {cast.officer}
    assert {each.confirmed_by for each in found} == {cast.other_officer}
    from supervision.surveys import feeding

    feeding.feed(survey, by=cast.other_officer, at=local(2026, 3, 18))
    assert SurveyResult.objects.count() == 2


def test_Z07_who_ever_belonged_to_a_judged_organ_takes_no_step_so_that_no_score_is_lost(cast):
    survey = make.opened(cast, year=2026, span="year")
    for _place in range(10):
        make.answer(survey, cast, cast.city.construction, grade=4)
    seat(
        Role.CLERK,
        cast.city.construction,
        user=cast.other_officer,
        since=local(2021, 1, 1).date(),
        until=local(2022, 1, 1).date(),
    )
    make.counted(survey, cast)
    with pytest.raises(NotAllowed):
        counting.publish(survey, by=cast.other_officer, at=make.APPROVAL, version=survey.version)
    assert not SurveyResult.objects.exists()


def test_Z07_results_of_who_belongs_to_a_judged_organ_since_are_sent_back_and_not_published_without_a_score(cast):
    survey = make.opened(cast, year=2026, span="year")
    for _place in range(10):
        make.answer(survey, cast, cast.city.construction, grade=4)
    make.counted(survey, cast)
    seat(Role.CLERK, cast.city.construction, user=cast.officer)
    survey = Survey.objects.get(pk=survey.pk)
    with pytest.raises(NotAllowed) as refused:
        counting.publish(survey, by=cast.other_officer, at=make.APPROVAL, version=survey.version)
    assert cast.city.construction.name in str(refused.value.message)
    survey.refresh_from_db()
    assert (survey.state, SurveyResult.objects.count()) == ("counted", 0)


def test_P07_words_that_everybody_reads_hold_no_number_of_a_person(cast):
    with pytest.raises(Invalid):
        make.draft(cast, purpose="有疑问请致电张三13812345678")
    survey = make.draft(cast, questions=())
    asked = Asked(1, Kind.TEXT, "您对13812345678的服务是否满意")
    with pytest.raises(Invalid):
        drafting.ask(survey, by=cast.officer, at=TUESDAY, version=survey.version, asked=asked)
    kept = make.ended(make.opened(cast))
    with pytest.raises(Invalid):
        counting.count(kept, by=cast.officer, at=make.COUNTING, version=kept.version, text="请致电13812345678")


def test_one_survey_whose_calendar_ends_does_not_stop_the_others(cast, monkeypatch):
    first, second = make.opened(cast), make.opened(cast)
    end = holding._end

    def ending(key, at):
        if key == first.pk:
            raise OutsideCalendar(first.ends_on)
        return end(key, at)

    monkeypatch.setattr(holding, "_end", ending)
    assert holding.end_due(at=make.AFTERWARDS) == 1
    second.refresh_from_db()
    assert second.state == State.ENDED


def test_D07_one_survey_that_fails_does_not_stop_the_end_of_the_others(cast, monkeypatch):
    first, second = make.opened(cast), make.opened(cast)
    stir = holding.stir

    def stirring(survey):
        if survey.pk == first.pk:
            raise ZeroDivisionError
        stir(survey)

    monkeypatch.setattr(holding, "stir", stirring)
    with pytest.raises(ExceptionGroup):
        holding.end_due(at=make.AFTERWARDS)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.OPEN, State.ENDED)
    monkeypatch.undo()
    assert holding.end_due(at=make.AFTERWARDS) == 1
