"""docs/domain.md 8.6: what is published, and made final, follows from the data as of its date."""

from datetime import timedelta

import pytest
from django.urls import reverse

from efficiency.outbox.models import Message
from targets.appraisal import deadlines, disclosed, offers, office_score, proving, publishing, recounting, snapshots
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import Subject
from targets.appraisal.refusals import NotAllowed, NotInState
from targets.models import Appraisal, Snapshot
from tests.factories import appraising as make
from tests.factories import sanctions
from tests.factories.cases import local
from tests.soundness import violated

CLOSED = local(2026, 11, 16)
BUREAU = "佛山市建设局"


def told(action):
    return set(Message.objects.filter(kind=f"appraisal.{action}").values_list("recipient_id", flat=True))


def sound():
    return [found.title for found in violated("appraisal", "sheet")]


class TestPublication:
    def test_is_refused_where_the_data_gives_others_and_names_the_sheets_until_they_are_computed_anew(self, cast):
        appraisal = make.lead(make.prepare(cast), cast, A.WITH_LEADING_GROUP)
        make.decide(appraisal, cast)
        make.criticise(cast, cast.city.construction)

        with pytest.raises(NotInState) as refused:
            make.publish(appraisal, cast)

        words = str(refused.value)
        assert "2026-07-13" in words
        assert f"{BUREAU}（得分85.00→83.00，未计入：通报批评）" in words
        assert "地方税务局" not in words
        assert "重新计算" in words
        appraisal.refresh_from_db()
        assert (appraisal.state, appraisal.snapshot_sha256) == (A.WITH_LEADING_GROUP, "")
        assert not Snapshot.objects.exists()
        # The way on: computed anew by one, and published by another, after objections and leading group.
        later = make.PUBLISHED
        office_score.recompute(
            appraisal, by=cast.appraiser, at=later, version=appraisal.version, reason="补计通报批评。"
        )
        assert appraisal.state == A.SHOWN
        for days, step in ((8, make.conclude), (9, make.submit), (10, make.decide), (11, make.publish)):
            step(appraisal, cast, at=later + timedelta(days=days))

        snapshot = snapshots.latest(appraisal)
        assert make.sheet_of(appraisal, cast.city.construction).total == 83
        assert snapshots.differences(snapshot) == []
        assert sound() == []

    def test_of_posts_names_posts_and_nobody(self, cast, monkeypatch):
        monkeypatch.setattr(proving, "MOST_SHEETS", 1)
        second = cast.colleague.tenures.get().post
        appraisal = make.lead(make.prepare(cast, subject=Subject.POST, posts=(second,)), cast, A.WITH_LEADING_GROUP)
        make.decide(appraisal, cast)
        for person in (cast.clerk, cast.colleague):
            sanctions.impose(
                cast.city.construction, person, officer=cast.officer, head=cast.head, at=local(2026, 6, 10)
            )

        with pytest.raises(NotInState) as refused:
            make.publish(appraisal, cast)

        words = str(refused.value)
        assert f"{BUREAU} {cast.post.name}（未计入：效能告诫）；另有1张考评表" in words
        assert not any(person.full_name in words for person in (cast.clerk, cast.colleague))


class TestRecount:
    @pytest.fixture
    def published(self, cast):
        return make.lead(make.prepare(cast), cast, A.PUBLISHED, scores={cast.city.tax: "84"})

    def propose(self, published, cast, by=None):
        published.refresh_from_db()
        given = {"by": by or cast.appraiser, "at": CLOSED, "version": published.version}
        return recounting.propose_recount(published, **given, reason="补计公布前已生效的通报批评。")

    def test_is_of_two_persons_where_the_data_gives_others_and_nothing_is_final_before_it(self, cast, published):
        with pytest.raises(NotInState, match="无须复算"):
            self.propose(published, cast)
        make.criticise(cast, cast.city.construction)
        with pytest.raises(NotInState) as refused:
            publishing.close(published, by=cast.head, at=CLOSED, version=published.version)
        assert f"{BUREAU}（得分85.00→83.00，未计入：通报批评）" in str(refused.value)
        assert "复算" in str(refused.value)
        with pytest.raises(NotAllowed):
            self.propose(published, cast, by=cast.leader)
        self.propose(published, cast)
        assert {cast.officer.pk, cast.head.pk} <= told("propose_recount")
        with pytest.raises(NotInState):
            self.propose(published, cast)
        with pytest.raises(NotInState, match="等待第二人"):
            publishing.close(published, by=cast.head, at=CLOSED, version=published.version)
        before, signed = published.as_of, (published.published_by, published.published_at)
        given = {"at": CLOSED, "version": published.version}
        with pytest.raises(NotAllowed):
            recounting.confirm_recount(published, by=cast.appraiser, **given)

        event = recounting.confirm_recount(published, by=cast.officer, **given)

        published.refresh_from_db()
        sheet, other = (make.sheet_of(published, organ) for organ in (cast.city.construction, cast.city.tax))
        assert (sheet.total, sheet.rank, other.rank) == (83, 2, 1)
        assert (published.state, published.as_of) == (A.PUBLISHED, before)
        assert (published.published_by, published.published_at) == signed
        assert event.data["moved"] == [sheet.pk]
        first, second = Snapshot.objects.order_by("number")
        assert snapshots.differences(second) == []
        assert snapshots.differences(first) != []
        body = disclosed.told(Appraisal.objects.get()).body
        assert f"{BUREAU}得分由85.00更正为83.00，名次由1更正为2。补计公布前已生效的通报批评。" in body
        assert "佛山市地方税务局名次由2更正为1。" in body
        assert {cast.leader.pk, cast.tax_leader.pk, cast.appraiser.pk} <= told("confirm_recount")
        assert sound() == []
        publishing.close(published, by=cast.head, at=CLOSED, version=published.version)
        assert published.state == A.FINAL

    def test_is_read_before_it_is_decided_on_and_what_is_refused_stands(self, cast, published, client):
        make.criticise(cast, cast.city.construction)
        self.propose(published, cast)
        at = CLOSED + timedelta(hours=1)
        actions = {offer.name: offer.why_not for offer in offers.of_appraisal(published, cast.officer, at=at)}
        assert actions["confirm_recount"] == actions["refuse_recount"] == ""
        assert published in offers.appraisals_waiting_for(cast.officer)
        assert published not in offers.appraisals_waiting_for(cast.appraiser)
        client.force_login(cast.officer)
        page = client.get(reverse("admin:targets_appraisal_do", args=[published.pk, "confirm_recount"]))
        assert f"{BUREAU}（得分85.00→83.00" in page.content.decode()

        recounting.refuse_recount(published, by=cast.officer, at=at, version=published.version, reason="不应计入。")

        assert make.sheet_of(published, cast.city.construction).total == 85
        assert recounting.waiting(published) is None
        assert published not in offers.appraisals_waiting_for(cast.officer)
        assert Snapshot.objects.count() == 1

    def test_whom_it_makes_incompetent_has_the_time_for_a_review(self, cast):
        published = make.lead(make.prepare(cast, subject=Subject.POST), cast, A.PUBLISHED)
        for day in (10, 11, 12):
            sanctions.impose(
                cast.city.construction, cast.clerk, officer=cast.officer, head=cast.head, at=local(2026, 6, day)
            )
        self.propose(published, cast)
        recounting.confirm_recount(published, by=cast.officer, at=CLOSED, version=published.version)

        sheet = make.sheet_of(published, cast.post)
        assert sheet.grade == "incompetent"
        assert deadlines.is_open(sheet, deadlines.REVIEW_APPLY, at=CLOSED)
        # Whoever recounted had a part in the score.
        assert office_score.has_computed(cast.officer, published)
        assert sound() == []
