"""Surveys in the back office: the builder, codes, forms on paper, results, and who finds what."""

import pytest
import time_machine
from django.test import Client

from efficiency.audit.models import AuditRecord
from supervision.models import Survey, SurveyAnswer, SurveyCode
from supervision.surveys import counting, typing_in
from supervision.surveys.enums import State, Way
from tests.factories import surveys as make
from tests.factories.cases import local
from tests.factories.surveys import TUESDAY

pytestmark = pytest.mark.usefixtures("_now")
LIST = "/admin/supervision/survey/"


@pytest.fixture
def _now():
    with time_machine.travel(TUESDAY, tick=False):
        yield


def desk(user):
    client = Client()
    client.force_login(user)
    return client


def address(survey, action=""):
    return f"{LIST}{survey.pk}/{action}" if action else f"{LIST}{survey.pk}/change/"


def do(client, survey, action, **fields):
    """Open the page of a step, and send its form."""
    page = client.get(address(survey, f"do/{action}/"))
    assert page.status_code == 200, action
    form = page.context["form"]
    sent = {name: value for name, value in {**form.initial, **fields}.items() if value is not None}
    return client.post(address(survey, f"do/{action}/"), sent)


def test_a_survey_is_built_and_opened_by_two_people(cast):
    client = desk(cast.officer)
    token = client.get(f"{LIST}add/").context["form"].initial["token"]
    sent = {
        "title": "作风征求意见表",
        "purpose": "听取意见。",
        "audience": "congress",
        "way": "code",
        "begins_on": "2026-03-03",
        "ends_on": "2026-03-13",
        "groups": "总体评价",
        "level": "",
        "organs": [cast.city.tax.pk],
        "token": token,
    }
    client.post(f"{LIST}add/", sent)
    client.post(f"{LIST}add/", sent)  # sent twice
    survey = Survey.objects.get()
    do(client, survey, "ask", group=1, kind="grades", text="服务态度", is_required="on")
    do(client, survey, "ask", group=1, kind="single", text="多久来一次", options="每月\n每年")
    question = survey.questions.get(text="服务态度")
    do(client, survey, f"reword-{question.pk}", text="服务态度好不好")
    other = survey.questions.get(text="多久来一次")
    do(client, survey, f"remove-{other.pk}")
    assert [each.text for each in survey.questions.all()] == ["服务态度好不好"]
    page = client.get(address(survey)).text
    assert "服务态度好不好" in page
    assert "/do/open/" not in page
    assert "服务态度好不好" in client.get(address(survey, "preview/")).text
    do(desk(cast.other_officer), survey, "open")
    survey.refresh_from_db()
    assert survey.state == State.OPEN


def test_all_organs_of_a_level_are_asked_about(cast):
    client = desk(cast.officer)
    survey = make.draft(cast, organs=[cast.city.street])
    do(client, survey, "revise", level="city", organs=[])
    assert {each.organ for each in survey.judged.all()} == {
        cast.city.government,
        cast.city.construction,
        cast.city.tax,
    }


def test_codes_are_handed_out_once(cast):
    survey = make.opened(cast, way=Way.CODE)
    client = desk(cast.officer)
    page = client.get(address(survey, "do/hand_out/"))
    sent = {"version": page.context["form"].initial["version"], "name": "人大代表", "count": 3, "as_": "csv"}
    file = client.post(address(survey, "do/hand_out/"), sent)
    assert file["Content-Type"].startswith("text/csv")
    assert "no-store" in file["Cache-Control"]
    assert len(file.content.decode().strip().splitlines()) == 4
    again = client.post(address(survey, "do/hand_out/"), sent)
    assert "attachment" not in again.get("Content-Disposition", "")
    assert SurveyCode.objects.count() == 3
    # The code stands in no record.
    code = file.content.decode().splitlines()[1].split(",")[1]
    assert not [row for row in AuditRecord.objects.all() if code in str(row.detail)]
    batch = survey.batches.get(way=Way.CODE)
    do(client, survey, f"void-{batch.pk}")
    assert SurveyCode.objects.count() == 0


def test_forms_on_paper_are_typed_in_and_looked_over(cast):
    survey = make.opened(cast)
    client = desk(cast.officer)
    typing = do(client, survey, "type_in", name="政务大厅").url
    batch = survey.batches.get(way=Way.PAPER)
    tax = cast.city.tax
    assert 'name="organs"' in client.get(typing).text
    chosen = client.post(typing, {"go": "organs", "organs": [tax.pk]})
    assert "服务态度" in chosen.text
    grade = f"q{make.question(survey, '服务态度').pk}_{tax.pk}"
    missing = client.post(typing, {"go": "keep", "organs": [tax.pk], "sheet": 1})
    assert missing.status_code == 200
    assert not SurveyAnswer.objects.exists()
    assert client.post(typing, {"go": "keep", "organs": [tax.pk], "sheet": 1, grade: "5"}).status_code == 302
    assert desk(cast.inspector).get(typing).status_code == 404
    assert "服务态度" in desk(cast.inspector).get(address(survey, f"do/check-{batch.pk}/")).text
    do(desk(cast.inspector), survey, f"check-{batch.pk}", is_right="1")
    batch.refresh_from_db()
    assert batch.state == "checked"


def counted(cast, grade=5):
    survey = make.opened(cast)
    for place in range(10):
        make.answer(survey, cast, cast.city.construction, grade=grade, 意见和建议=f"电话13812345678 {place}")
        if place:
            make.answer(survey, cast, cast.city.tax, grade=1, 意见和建议="太慢")
    return survey


def test_results_and_texts_are_read_after_the_end_alone_and_never_of_few(cast):
    survey = counted(cast)
    client = desk(cast.inspector)
    for page in ("results/", "texts/", "results/export/"):
        assert client.get(address(survey, page)).status_code == 404
    make.ended(survey)
    with time_machine.travel(local(2026, 3, 16), tick=False):
        client = desk(cast.inspector)
        results = client.get(address(survey, "results/")).text
        assert "100.00" in results
        texts = client.get(address(survey, "texts/")).text
        assert "13812345678" not in texts
        assert "太慢" not in texts
        assert AuditRecord.objects.filter(action="opinion.read", actor=cast.inspector).exists()
        table = client.get(address(survey, "results/export/") + "?as=csv")
        assert "13812345678" not in b"".join(table.streaming_content).decode()


def test_results_go_through_two_people_on_the_pages(cast):
    survey = make.ended(counted(cast))
    with time_machine.travel(local(2026, 3, 16), tick=False):
        do(desk(cast.officer), survey, "count", text="感谢参与。")
        assert "100.00" in desk(cast.other_officer).get(address(survey, "do/publish/")).text
        do(desk(cast.other_officer), survey, "publish")
    survey.refresh_from_db()
    assert survey.state == State.PUBLISHED
    assert survey.results["remark"] == "感谢参与。"


def test_Z07_the_judged_organ_finds_no_survey_and_no_text(cast):
    survey = counted(cast)
    make.published(survey, cast)
    for user in (cast.clerk, cast.leader, cast.district_officer):
        client = desk(user)
        for page in ("change/", "results/", "texts/", "results/export/", "preview/", "do/count/"):
            assert client.get(f"{LIST}{survey.pk}/{page}").status_code in (302, 404), page
    auditor = desk(cast.auditor)
    header = auditor.get(address(survey)).text
    assert survey.title in header
    assert "服务态度" not in header
    assert auditor.get(address(survey, "texts/")).status_code == 404


def test_Z07_whoever_belonged_to_an_organ_reads_nothing_of_it_before_everybody(cast):
    from tests.factories.staff import Role, seat

    survey = make.ended(counted(cast))
    seat(
        Role.CLERK,
        cast.city.construction,
        user=cast.inspector,
        since=local(2021, 1, 1).date(),
        until=local(2022, 1, 1).date(),
    )
    with time_machine.travel(local(2026, 3, 16), tick=False):
        client = desk(cast.inspector)
        assert "100.00" not in client.get(address(survey, "results/")).text
        assert "电话" not in client.get(address(survey, "texts/")).text.split("<table")[-1]


def test_what_waits_stands_on_the_first_page(cast):
    survey = make.ended(make.opened(cast))
    with time_machine.travel(local(2026, 3, 16), tick=False):
        assert survey.title in desk(cast.officer).get("/admin/").text
        counting.count(survey, by=cast.officer, at=local(2026, 3, 16), version=survey.version)
        assert "own-surveys" not in desk(cast.officer).get("/admin/").text
        assert "own-surveys" in desk(cast.other_officer).get("/admin/").text


def test_a_batch_of_codes_is_printed_as_sheets(cast):
    from supervision.surveys import sheets

    survey = make.opened(cast, way=Way.CODE)
    made = sheets.as_pdf(survey, ["ABCD EFGH JKMN PQRS"] * 11)
    assert made.startswith(b"%PDF")


def test_the_sample_of_a_batch_is_the_same_each_time(cast):
    survey = make.opened(cast)
    batch = typing_in.begin_batch(survey, by=cast.officer, at=TUESDAY, version=survey.version, name="政务大厅")
    organs = [cast.city.tax]
    for sheet in range(1, 6):
        given = make.given(survey, organs)
        judged = [organ.pk for organ in organs]
        typing_in.type_in(batch, by=cast.officer, at=TUESDAY, sheet=sheet, judged=judged, given=given)
    assert typing_in.sample(batch) == typing_in.sample(batch)
