"""What is public of a case discloses itself, and is withdrawn with it (docs/trust.md P-14)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints import actions
from complaints.enums import Retention, State
from complaints.models import Case, PublicAnswer
from disclosure.catalogue import board, fulfilling, raising, releasing
from disclosure.documents.markup import to_text
from disclosure.enums import OwedState, Released, Rhythm, VersionState
from disclosure.models import Column, Document, OwedPublication
from efficiency.audit.append_only import GONE
from efficiency.audit.verify import run
from tests.factories.cases import TUESDAY, case_in
from tests.factories.disclosure import make_duty

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
WORDS = {"title": "施工许可多久办结", "question": "一个月没有答复，应当找谁？", "answer": "已于当日发证。"}


@pytest.fixture
def case(cast):
    case = case_in(State.CLOSED, cast, consent=True)
    actions.propose_publication(case, by=cast.clerk, at=LATER, version=case.version, **WORDS)
    return case


def approve(case, cast, at=LATER) -> PublicAnswer:
    actions.publish(case, by=cast.leader, at=at, version=case.version)
    return PublicAnswer.objects.get(case=case, state="published")


class TestPublicVersion:
    def test_P14_is_a_document_only_once_a_second_person_approved_it(self, cast, case):
        assert not Document.objects.filter(source="case_result").exists()

        answer = approve(case, cast)

        document = Document.objects.select_related("public_version", "column").get(source="case_result")
        assert (document.organ, document.column.code) == (answer.organ, "results")
        assert (document.source_key, document.public_version.title) == (answer.slug, "施工许可多久办结")
        text = to_text(document.public_version.body)
        assert "一个月没有答复，应当找谁？" in text
        assert "已于当日发证。" in text

    def test_P14_leads_back_to_no_case(self, cast, case):
        approve(case, cast)

        document = Document.objects.select_related("public_version").get(source="case_result")
        version = document.public_version
        shown = f"{document.source_key} {document.source_path} {version.title} {version.body} {version.summary}"
        assert case.number not in shown
        assert str(case.title) not in shown
        assert TUESDAY.date().isoformat() not in shown

    def test_is_withdrawn_in_the_same_step_in_which_it_is_taken_back(self, cast, case):
        approve(case, cast)

        actions.withdraw_publication(case, by=cast.leader, at=LATER, version=case.version, reason="内部原因：表述不当")

        version = Document.objects.get(source="case_result").public_version
        assert version.state == VersionState.WITHDRAWN
        # The reason was written for staff.
        assert "表述不当" not in version.withdrawal_reason

    def test_P14_P10_no_word_of_what_was_taken_back_is_public_and_none_outlives_the_file(self, cast, case, client):
        approve(case, cast)
        address = f"/disclosure/{Document.objects.get(source='case_result').pk}/"
        assert "施工许可多久办结" in client.get(address).text
        actions.withdraw_publication(case, by=cast.leader, at=LATER, version=case.version, reason="需要修改")

        page = client.get(address)
        assert (page.status_code, "施工许可多久办结" in page.text) == (410, False)
        assert "诉求公开版本" in page.text
        assert f'href="{address}"' in client.get("/disclosure/?year=2026").text
        for words in ("?year=2026", "?q=施工许可", "?q=多久办结"):
            assert "施工许可多久办结" not in client.get(f"/disclosure/{words}").text, words
        assert [each for each in run("I-39") if each.violations] == []

        aged = LATER - timedelta(days=11 * 366)
        Case.objects.filter(pk=case.pk).update(retention=Retention.TEN_YEARS, archived_at=aged)
        assert actions.erase_texts(at=timezone.now()) == 1
        version = Document.objects.get(source="case_result").public_version
        assert (version.title, version.body) == (GONE, GONE)
        assert [each for each in run("I-36", "I-37", "I-39") if each.violations] == []

    def test_P14_what_is_owed_upon_it_is_named_by_the_duty(self, cast, case):
        duty = make_duty(
            cast.city.construction,
            Rhythm.EVENT,
            column=Column.objects.get(code="results"),
            event="case_result",
            holds_from=date(2026, 1, 1),
            title="诉求办理结果",
        )
        approve(case, cast)

        owed = OwedPublication.objects.get(duty=duty)
        assert (owed.title, owed.state) == ("诉求办理结果", OwedState.PUBLISHED)

        # Taken back, nobody can publish it again: it is owed no more, and what was owed anew is released.
        actions.withdraw_publication(case, by=cast.leader, at=LATER, version=case.version, reason="需要修改")
        after = LATER + timedelta(hours=2)
        assert raising.raise_due(at=after) == 0
        period = board.Period(date(2026, 1, 1), date(2026, 12, 31), LATER + timedelta(days=200))
        figures = board.counts_of([duty.organ_id], period)[duty.organ_id]
        assert (figures.required, figures.kept, figures.lapsed, figures.gaps) == (0, 1, 0, 0)
        anew = raising._Due(duty, f"{fulfilling.AFTER}{owed.pk}", LATER, duty.title)
        unread = raising._Due(duty, "case_result:0", LATER, duty.title, owed.document.source_key)
        raising._raise([anew, unread], at=LATER)
        assert releasing.release_ended(at=after) == 2
        assert set(duty.owed.values_list("state", "release_reason")) == {
            (OwedState.PUBLISHED, ""),
            (OwedState.RELEASED, Released.TAKEN_BACK.value),
        }

    def test_approved_again_it_is_public_again_without_another_person(self, cast, case):
        approve(case, cast)
        actions.withdraw_publication(case, by=cast.leader, at=LATER, version=case.version, reason="需要修改")
        again = LATER + timedelta(hours=1)
        actions.propose_publication(case, by=cast.clerk, at=again, version=case.version, **WORDS)

        approve(case, cast, at=again)

        documents = Document.objects.filter(source="case_result").select_related("public_version")
        assert {document.public_version.state for document in documents} == {"withdrawn", "published"}
        assert {str(each.title): each.violations for each in run("I-37") if each.violations} == {}
