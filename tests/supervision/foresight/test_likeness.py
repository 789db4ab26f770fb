"""Replies that are nearly the words of another case's (docs/domain.md 4.8, 11)."""

from datetime import date, timedelta

import pytest
from django.test import Client

from complaints.enums import State
from complaints.models import Case, Reply
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.refusals import Invalid
from supervision.foresight import doubts, likeness
from supervision.foresight.asking import Span
from supervision.foresight.doubts import Reason
from supervision.models import LikenessRule, ReplyLikeness
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in, local

FIRST = "经核实，您反映的施工许可办理超期情况属实，系窗口收件后未及时转送审批科室所致，我局已于3月5日办结。"
COPIED = "经核实，您反映的施工许可办理超期情况属实，系窗口收件后未及时转送审批科室所致，我局已于4月18日办结！"
OTHER = "您反映的问题已转交市政科现场查看，路灯线路老化需要更换，预计两周内完成施工，届时将电话告知您结果。"
AT = local(2026, 3, 31, 12)
MARCH = Span(date(2026, 3, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        (FIRST, FIRST, 100, 100),
        # Dates and marks are what a copied reply changes.
        (FIRST, COPIED, 100, 100),
        # A word more here and there.
        (FIRST, FIRST.replace("系窗口", "主要系窗口").replace("我局", "我局高度重视，"), 60, 99),
        (FIRST, OTHER, 0, 5),
        # Too short to say anything.
        ("已解决。", "已解决。", 0, 0),
        ("", FIRST, 0, 0),
    ],
)
def test_likeness_is_the_share_of_pieces_in_common(one, other, least, most):
    assert least <= likeness.share(likeness.pieces_of(one), likeness.pieces_of(other)) <= most


@pytest.mark.django_db
class TestLooking:
    @pytest.fixture
    def cast(self):
        return make.make_cast()

    @pytest.fixture
    def three(self, cast):
        """Three answered cases of one bureau: the second copies the first, the third has words of its own."""
        cases = [case_in(State.REPLIED, cast, at=TUESDAY) for _each in range(3)]
        for case, text in zip(cases, (FIRST, COPIED, OTHER), strict=True):
            Reply.objects.filter(case=case).update(findings=text, measures="")
        Case.objects.update(flags=[])
        return cases

    def near(self, cast):
        found = doubts.doubtful(MARCH, [cast.city.construction.pk], at=AT)
        return {line.case: line.reasons for line in doubts.lines(doubts.with_done(found, at=AT))}

    def test_a_reply_is_compared_once_with_the_newest_of_its_organ(self, cast, three):
        assert likeness.look(at=AT) == 3
        assert likeness.look(at=AT) == 0

        found = {row.case_id: (row.share, row.like and row.like.case_id) for row in ReplyLikeness.objects.all()}
        assert found == {three[0].pk: (0, None), three[1].pk: (100, three[0].pk), three[2].pk: (0, None)}
        assert self.near(cast) == {three[1]: (Reason.NEAR_REPLY,)}

    def test_the_same_words_are_one_reason_and_not_two(self, cast, three):
        likeness.look(at=AT)
        Case.objects.filter(pk=three[1].pk).update(flags=["same_reply"])

        assert self.near(cast) == {three[1]: (Reason.SAME_REPLY,)}
        counted = doubts.counted(doubts.doubtful(MARCH, [cast.city.construction.pk], at=AT))
        assert {reason: number for reason, number in counted.items() if number} == {Reason.SAME_REPLY: 1}

    def test_no_more_than_the_newest_are_read(self, cast, three, monkeypatch):
        monkeypatch.setattr(likeness, "COMPARED", 1)
        Reply.objects.filter(case=three[1]).update(findings=OTHER)
        Reply.objects.filter(case=three[2]).update(findings=COPIED)

        likeness.look(at=AT)

        assert not ReplyLikeness.objects.filter(share__gt=0).exists()

    @pytest.mark.parametrize("erased", [0, 1])
    def test_P10_it_is_forgotten_with_either_text(self, cast, three, erased):
        likeness.look(at=AT)
        Case.objects.filter(pk=three[erased].pk).update(texts_erased_at=AT)

        assert likeness.forget(at=AT) == 1
        assert not ReplyLikeness.objects.filter(share__gt=0).exists()
        assert likeness.look(at=AT) == 0

    def test_the_head_of_the_office_sets_the_share_and_it_holds_for_what_was_compared(self, cast, three):
        likeness.look(at=AT)
        ReplyLikeness.objects.filter(case=three[1]).update(share=80)
        assert self.near(cast) == {}

        with pytest.raises(likeness.NotYours):
            likeness.set_threshold(75, by=cast.officer, at=AT, reason="试行")
        for share, reason in ((59, "x"), (101, "x"), (75, " ")):
            with pytest.raises(Invalid):
                likeness.set_threshold(share, by=cast.office_head, at=AT, reason=reason)
        likeness.set_threshold(75, by=cast.office_head, at=AT, reason="雷同答复增多")

        assert self.near(cast) == {three[1]: (Reason.NEAR_REPLY,)}
        assert LikenessRule.objects.get().set_by == cast.office_head

    def test_the_head_alone_sets_it_on_its_page(self, cast, three, client: Client):
        page = "/supervision/doubts/likeness/"
        client.force_login(cast.officer)
        assert 'name="share"' not in client.get(page).content.decode()
        assert client.post(page, {"share": "75", "reason": "x"}).context["form"].errors
        assert not LikenessRule.objects.exists()

        client.force_login(cast.office_head)
        assert client.post(page, {"share": "75", "reason": ""}).context["form"].errors
        assert client.post(page, {"share": "75", "reason": "雷同答复增多"}).status_code == 302
        assert "雷同答复增多" in client.get(page).content.decode()
        assert likeness.threshold() == 75

    def test_O02_who_may_not_set_it_stands_on_record(self, cast, three):
        with pytest.raises(likeness.NotYours):
            likeness.set_threshold(75, by=cast.officer, at=AT, reason="试行")

        assert AuditRecord.objects.filter(action="doubts.set", outcome=Outcome.REFUSED).count() == 1

    def test_a_run_leaves_to_another_what_that_has_taken(self, cast, three, monkeypatch):
        """Where all that waits is locked there is nothing to do: the run ends and does not ask for ever."""
        monkeypatch.setattr(likeness, "_compare", lambda keys: 0)

        assert likeness.look(at=AT) == 0

    def test_a_reply_is_of_the_organ_that_held_the_case_when_it_was_sent(self, cast, three):
        Case.objects.filter(pk=three[1].pk).update(handling_organ=cast.city.tax)

        likeness.look(at=AT)

        assert set(ReplyLikeness.objects.values_list("organ", flat=True)) == {cast.city.construction.pk}

    def test_many_replies_are_compared_by_few_statements(self, cast, three, django_assert_max_num_queries):
        with django_assert_max_num_queries(20):
            likeness.look(at=AT + timedelta(minutes=1))
