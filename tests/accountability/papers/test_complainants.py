"""Nobody learns from what the office makes of a complaint who complained (docs/trust.md P-06)."""

import pytest

from accountability.behind import cases_behind
from accountability.cards import by_hand, life
from accountability.corrections import issuing, papers, reviewing
from accountability.corrections.enums import Source, State
from accountability.corrections.issuing import Content, Origin
from accountability.corrections.refusals import Invalid
from accountability.faults.enums import ClueKind
from accountability.models import Card, Correction, FaultCase
from accountability.papers import cards, parts
from complaints.actions import file_case
from complaints.enums import Outcome, RecusalGround
from complaints.models import Case, CaseIdentity, Recusal
from efficiency.audit.models import AuditRecord
from tests.accountability.papers.conftest import COMPLAINANT, WORDS
from tests.accountability.papers.test_bundles import archive_of
from tests.accountability.papers.test_papers import bare, text_of
from tests.factories import corrections as make
from tests.factories import faults
from tests.factories.cards import act
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

    def test_P06_nor_do_the_later_words_of_the_office(self, cast, justified):
        card = self.propose(cast, justified, "与群众争吵。")
        by_hand.confirm(card, by=cast.other_officer, at=TUESDAY, version=card.version)
        act(life.explain, card, cast.clerk, TUESDAY, text="当日情绪失控。")
        with pytest.raises(Invalid):
            act(life.accept_explanation, card, cast.other_officer, TUESDAY, text=NAMED)
        act(life.appeal, card, cast.clerk, TUESDAY, reason="other", text="有异议。")
        for ruling in (life.uphold, life.grant):
            with pytest.raises(Invalid):
                act(ruling, card, cast.other_head, TUESDAY, text=NAMED)

        assert AuditRecord.objects.filter(action="card.uphold", outcome="refused").exists()


def said_in(files: dict[str, bytes]) -> str:
    return "\n".join(text_of(each) if name.endswith("pdf") else bare(each.decode()) for name, each in files.items())


CARD_NUMBER = "6222021001116245702"
PLANTED = f"{NAMED}（{{number}}，银行卡{CARD_NUMBER}）欧阳女士"


def planted(said, number):
    """Return what stands in a text of all that was planted there."""
    typed = f"{number}，银行卡"
    return [each for each in (*COMPLAINANT.values(), "欧阳女士", CARD_NUMBER, typed) if bare(each) in said]


class TestBundles:
    """What goes out of the portal names nobody who complained, whatever was typed or uploaded."""

    @pytest.fixture
    def correction(self, cast, origin, justified):
        """A correction made of a complaint, answered with a file, into which somebody wrote who complained."""
        found = make.issue(cast, origin=origin)
        make.lead(found, cast, State.DONE)
        Correction.objects.filter(pk=found.pk).update(findings=PLANTED.format(number=justified.number))
        found.refresh_from_db()
        return found

    def test_P06_a_correction_made_of_a_complaint(self, correction, cast, justified):
        files = archive_of(correction, cast.officer, TUESDAY)
        said = said_in(files)

        assert "所反映的情况属实" in said
        assert planted(said, justified.number) == []

    def test_P06_names_uploaded_files_and_gives_none_along(self, correction, cast):
        files = archive_of(correction, cast.officer, TUESDAY)
        kept = correction.files.get()

        assert bytes(kept.sha256).hex() in said_in(files)
        assert not [name for name in files if "-files-file" in name]

    def test_files_of_what_is_about_no_complaint_go_along(self, cast):
        found = make.issue(cast)
        make.lead(found, cast, State.DONE)

        assert [name for name in archive_of(found, cast.officer, TUESDAY) if "-files-file" in name]

    def test_P10_free_texts_stay_out_once_it_was_erased_who_complained(self, correction, cast, justified):
        CaseIdentity.objects.filter(case=justified).delete()
        said = said_in(archive_of(correction, cast.officer, TUESDAY))

        assert parts.ERASED in said
        assert "所反映的情况属实" not in said
        assert correction.number in said
        assert planted(said, justified.number) == []

    def test_P06_the_notice_of_a_card_that_came_from_a_correction_of_a_complaint(self, correction, cast, justified):
        card = TestCardsByHand().propose(cast, correction, "与群众争吵。")
        by_hand.confirm(card, by=cast.inspector, at=TUESDAY, version=card.version)
        Card.objects.filter(pk=card.pk).update(facts=PLANTED.format(number=justified.number))
        card.refresh_from_db()

        assert planted(bare(str(cards.notice(card))), justified.number) == []
        assert planted(said_in(archive_of(card, cast.officer, TUESDAY)), justified.number) == []


class TestFaultCases:
    @pytest.fixture
    def cast(self, db):
        return faults.make_fault_cast()

    @pytest.fixture
    def case(self, cast, justified):
        clue = faults.clue(cast, kind=ClueKind.COMPLAINT, complaint=justified)
        case = faults.checked(cast, clue)
        FaultCase.objects.filter(pk=case.pk).update(facts=PLANTED.format(number=justified.number))
        case.refresh_from_db()
        return case

    def test_P06_no_byte_of_the_bundle_tells_who_complained(self, cast, case, justified):
        said = said_in(archive_of(case, cast.office_head, faults.MONDAY))

        assert "所反映的情况属实" in said
        assert planted(said, justified.number) == []
        assert justified.number in said

    def test_Z07_it_gives_no_number_of_a_complaint_that_its_reader_may_not_know(self, cast, case, justified):
        Recusal.objects.create(
            case=justified, user=cast.office_head, ground=RecusalGround.PERSON_CONCERNED, at=faults.MONDAY
        )

        assert justified.number not in said_in(archive_of(case, cast.office_head, faults.MONDAY))
