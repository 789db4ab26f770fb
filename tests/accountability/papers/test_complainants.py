"""Nobody learns from what the office makes of a complaint who complained (docs/trust.md P-06)."""

import pytest

from accountability.behind import cases_behind
from accountability.cards import by_hand
from accountability.corrections import issuing, papers, reviewing
from accountability.corrections.enums import Source, State
from accountability.corrections.issuing import Content, Origin
from accountability.corrections.refusals import Invalid
from accountability.models import Card, Correction
from complaints.actions import file_case
from complaints.enums import Outcome
from complaints.models import Case
from efficiency.audit.models import AuditRecord
from tests.accountability.papers.conftest import COMPLAINANT, WORDS
from tests.factories import corrections as make
from tests.factories.cases import local
from tests.factories.corrections import CONTENT, TUESDAY

pytestmark = pytest.mark.django_db

NAMED = f"经查，{COMPLAINANT['name']}（{COMPLAINANT['phone']}）所反映的情况属实。"
REPEATED = f"查明：{WORDS}"


@pytest.fixture
def cast(db):
    return make.make_correction_cast()


@pytest.fixture
def justified(cast):
    """A complaint about the bureau, of somebody with a name, found justified."""
    filed = file_case(
        kind="complaint",
        category="delay",
        organ=cast.city.construction,
        title="施工许可久拖不决",
        description=WORDS,
        at=local(2026, 3, 2),
        **COMPLAINANT,
    ).case
    Case.objects.filter(pk=filed.pk).update(outcome=Outcome.UPHELD)
    filed.refresh_from_db()
    return filed


@pytest.fixture
def origin(justified):
    return Origin(Source.CASE, justified)


def sections(correction):
    return str(papers.content(correction).sections)


class TestCorrections:
    @pytest.mark.parametrize("field", ["title", "findings", "wanted", "basis"])
    @pytest.mark.parametrize("words", [NAMED, REPEATED, "见{number}号件"])
    def test_P06_none_about_a_complaint_is_drafted_that_tells_who_complained(self, cast, origin, field, words):
        said = {"title": "题", "findings": "查", "wanted": "改", "basis": "据"}
        said[field] = words.format(number=origin.about.number)

        with pytest.raises(Invalid) as refusal:
            make.draft(cast, origin=origin, content=Content(**said))

        assert refusal.value.field == field

    def test_P04_a_name_that_was_tried_is_on_record(self, cast, origin):
        with pytest.raises(Invalid):
            make.draft(cast, origin=origin, content=Content("题", NAMED, "改"))

        assert AuditRecord.objects.filter(action="correction.draft", outcome="refused").exists()

    def test_P06_nor_do_the_later_words_of_the_office(self, cast, origin):
        correction = make.issue(cast, origin=origin)
        with pytest.raises(Invalid):
            issuing.withdraw(correction, by=cast.head, at=TUESDAY, version=correction.version, reason=NAMED)
        make.lead(correction, cast, State.DONE)
        for step, values in ((reviewing.accept, {"remark": NAMED}), (reviewing.send_back, {"reason": NAMED})):
            with pytest.raises(Invalid):
                step(correction, by=cast.officer, at=TUESDAY, version=correction.version, **values)
        make.send_back(correction, cast)
        with pytest.raises(Invalid) as refusal:
            make.again(correction, cast, wanted=NAMED)

        assert refusal.value.field == "wanted"
        assert AuditRecord.objects.filter(action="correction.issue_again", outcome="refused").exists()

    def test_P06_nor_does_the_paper_whatever_was_written(self, cast, origin, justified):
        correction = make.issue(cast, origin=origin)
        Correction.objects.filter(pk=correction.pk).update(
            title=NAMED[:100], findings=NAMED, wanted=f"{NAMED}（{justified.number}）", basis=NAMED
        )
        correction.refresh_from_db()

        said = sections(correction)
        assert "所反映的情况属实" in said
        assert not [each for each in (*COMPLAINANT.values(), justified.number) if each in said]

    def test_what_is_about_no_complaint_may_name_everybody(self, cast):
        assert make.draft(cast, content=Content("题", NAMED, "改")).findings == NAMED

    def test_11_issued_again_it_says_what_is_still_wanted(self, cast):
        correction = make.issue(cast)
        make.lead(correction, cast, State.INSUFFICIENT)
        make.again(correction, cast, wanted="补齐午间值守。")

        said = sections(correction)
        assert "补齐午间值守。" in said
        assert CONTENT.wanted not in said


class TestCardsByHand:
    def propose(self, cast, about, facts):
        return by_hand.propose(
            cast.city.construction,
            cast.post,
            rule="rude_service",
            happened_at=TUESDAY,
            facts=facts,
            subject=about,
            by=cast.officer,
            at=TUESDAY,
        )

    @pytest.mark.parametrize("words", [NAMED, REPEATED])
    def test_P06_none_about_a_complaint_tells_who_complained(self, cast, justified, words):
        with pytest.raises(Invalid) as refusal:
            self.propose(cast, justified, words)

        assert refusal.value.field == "facts"
        assert not Card.objects.exists()

    def test_P04_a_name_that_was_tried_is_on_record(self, cast, justified):
        with pytest.raises(Invalid):
            self.propose(cast, justified, NAMED)

        assert AuditRecord.objects.filter(action="card.propose", outcome="refused").exists()

    def test_P06_nor_one_about_a_correction_that_came_from_a_complaint(self, cast, origin, justified):
        correction = make.issue(cast, origin=origin)
        with pytest.raises(Invalid):
            self.propose(cast, correction, NAMED)

        assert cases_behind(correction) == {justified.pk}
        assert cases_behind(self.propose(cast, correction, "与群众争吵。")) == {justified.pk}
        assert cases_behind(None) == frozenset()
