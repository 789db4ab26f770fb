"""Post sheets disclose their public part and nothing of the rest (docs/trust.md P-15)."""

from datetime import date, timedelta

import pytest

from disclosure.documents.markup import to_text
from disclosure.enums import OwedState, Rhythm
from disclosure.models import Column, Document, OwedPublication, PublicationDuty
from efficiency import facts, organ_facts
from efficiency.facts import Fact
from efficiency.organs.models import (
    Duty,
    DutyKind,
    Organ,
    Post,
    Rank,
    RiskGrade,
    RiskKind,
    RiskPoint,
    Role,
    Tenure,
)
from efficiency.telling import actions as telling
from efficiency.telling.models import UntoldFact
from tests.factories.cases import TUESDAY
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def organ() -> Organ:
    city = make_city()
    seat_all(
        head=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
    )
    clerk = Post.objects.get(organ=city.construction, role=Role.CLERK)
    Post.objects.filter(pk=clerk.pk).update(name="审批岗", section="审批科", powers="受理申请")
    Duty.objects.create(post=clerk, kind=DutyKind.BUSINESS, text="五日内办结施工许可", position=1)
    Duty.objects.create(post=clerk, kind=DutyKind.INTEGRITY, text="不收受礼品", position=1)
    RiskPoint.objects.create(
        post=clerk, text="优亲厚友", kind=RiskKind.PROCESS, grade=RiskGrade.HIGH, measure="双人审核"
    )
    return city.construction


def changed(organ: Organ) -> None:
    organ_facts.changed(Organ.objects.filter(pk=organ.pk), at=TUESDAY)


def texts_of(organ: Organ) -> dict[str, str]:
    documents = Document.objects.readable().filter(organ=organ).select_related("public_version")
    return {document.source: to_text(document.public_version.body) for document in documents}


class TestSheets:
    def test_tell_duties_and_powers_once_the_worker_has_told_them(self, organ):
        changed(organ)

        assert not Document.objects.exists()
        telling.tell()
        texts = texts_of(organ)
        assert set(texts) == {"organ_profile", "organ_sheets", "organ_leaders"}
        for said in ("五日内办结施工许可", "不收受礼品", "受理申请", "审批科"):
            assert said in texts["organ_sheets"], said
        assert "审批科" in texts["organ_profile"]

    def test_P15_never_tell_a_risk_point_nor_a_holder_whose_name_is_not_public(self, organ):
        names = list(Tenure.objects.filter(post__organ=organ).values_list("user__full_name", flat=True))
        changed(organ)
        telling.tell()

        whole = "".join(texts_of(organ).values())
        for hidden in ("优亲厚友", "双人审核", *names):
            assert hidden not in whole, hidden

    def test_P15_tell_the_holder_where_the_post_says_so(self, organ):
        Post.objects.filter(organ=organ, is_head=True).update(holder_is_public=True)
        holder = Tenure.objects.get(post__organ=organ, post__is_head=True).user.full_name
        changed(organ)
        telling.tell()

        assert holder in texts_of(organ)["organ_leaders"]

    def test_P15_a_name_that_is_public_no_more_is_in_no_earlier_version_either(self, organ, client):
        head = Post.objects.filter(organ=organ, is_head=True)
        head.update(holder_is_public=True)
        changed(organ)
        telling.tell()
        head.update(holder_is_public=False)
        changed(organ)
        telling.tell()

        for source in ("organ_sheets", "organ_leaders"):
            document = Document.objects.get(source=source)
            assert document.versions.count() == 2
            for tail in ("versions/1/", "versions/2/comparison/"):
                assert client.get(f"/disclosure/{document.pk}/{tail}").status_code == 404, tail
            page = client.get(f"/disclosure/{document.pk}/")
            assert page.status_code == 200
            assert f"/disclosure/{document.pk}/versions/" not in page.text

    def test_many_changes_of_an_organ_are_one_document_of_each_kind(self, organ):
        for _turn in range(3):
            changed(organ)

        assert UntoldFact.objects.count() == 3
        assert UntoldFact.objects.values_list("at", flat=True).distinct().get() == TUESDAY
        telling.tell()
        assert Document.objects.filter(organ=organ).count() == 3
        changed(organ)
        telling.tell()
        # Nothing that everybody reads has changed.
        assert {document.versions.count() for document in Document.objects.filter(organ=organ)} == {1}

    def test_are_withdrawn_once_the_organ_has_ended(self, organ):
        changed(organ)
        telling.tell()
        Organ.objects.filter(pk=organ.pk).update(until=TUESDAY.date() - timedelta(days=1))
        changed(organ)
        telling.tell()

        assert texts_of(organ) == {}


class TestTelling:
    def test_one_that_fails_holds_up_no_other_and_stays(self, organ, monkeypatch):
        listeners = list(facts._listeners)

        def fails(fact: Fact) -> None:
            if fact.kind == organ_facts.PROFILE:
                raise RuntimeError
            for listener in listeners:
                listener(fact)

        monkeypatch.setattr(facts, "_listeners", [fails])
        changed(organ)

        assert telling.tell() == 2
        waiting = UntoldFact.objects.get()
        assert (waiting.kind, waiting.failures) == (organ_facts.PROFILE, 1)
        monkeypatch.setattr(facts, "_listeners", listeners)
        assert telling.tell() == 1

    def test_a_note_wakes_the_worker_once_the_change_is_there(self, organ, nudges, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            changed(organ)
            changed(organ)

        assert nudges == ["efficiency.tell_facts"]


class TestOwed:
    def test_what_is_owed_upon_a_change_is_kept_by_the_document_each_day_anew(self, organ):
        duty = PublicationDuty.objects.create(
            organ=organ,
            column=Column.objects.get(code="powers"),
            title="岗位职责和职权",
            rhythm=Rhythm.EVENT,
            event=organ_facts.SHEETS,
            legal_basis="条例第二十六条",
            holds_from=date(2026, 1, 1),
        )
        # The last change is none that everybody reads.
        for day, text in ((0, "一日内受理"), (0, "二日内受理"), (1, "三日内受理"), (2, "三日内受理")):
            Duty.objects.filter(post__organ=organ, kind=DutyKind.BUSINESS).update(text=text)
            organ_facts.changed(Organ.objects.filter(pk=organ.pk), at=TUESDAY + timedelta(days=day))
            telling.tell()

        owed = OwedPublication.objects.filter(duty=duty)
        assert {each.state for each in owed} == {OwedState.PUBLISHED}
        assert owed.count() == 3
        assert Document.objects.get(source=organ_facts.SHEETS).versions.count() == 3
