"""Search in Chinese: what is found, in which order, how much of it, and what is marked."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints import search
from complaints.models import Case
from efficiency import pairs
from tests.factories import cases as make
from tests.factories.cases import local
from tests.factories.staff import make_user

EARLY, LATER, LATEST = local(2025, 3, 4), local(2026, 3, 3), local(2026, 3, 4)


def filed(cast, title, description="窗口让我跑了三趟，请督促办理，谢谢你们。", *, at=LATER, **fields) -> Case:
    return make.file(cast, title=title, description=description, at=at, **fields).case


def best(words, cases=None) -> list[Case]:
    hits = search.best(Case.objects.all() if cases is None else cases, words)
    rows = Case.objects.in_bulk(hits.keys)
    return [rows[key] for key in hits.keys]


class TestWhatIsFound:
    def test_a_word_of_any_length_in_title_or_text(self, cast):
        case = filed(cast, "路灯不亮三个月", "汾江中路口的路灯坏了很久，夜里看不见路。")
        filed(cast, "办事大厅叫号机坏了")

        for words in ("路灯", "汾江中", "汾江中路口的路灯坏了很久", "路灯 夜里", "不亮　看不见"):
            assert best(words) == [case], words
            assert list(Case.objects.matching(words, cast.officer)) == [case], words
        assert best("路灯 叫号机") == []

    def test_characters_that_stand_apart_are_no_word(self, cast):
        filed(cast, "路不平灯不亮", "这里有路也有灯，路和灯都坏了很久。")

        assert best("路灯") == []

    def test_a_single_character_is_looked_for_in_titles(self, cast):
        case = filed(cast, "井盖松动", "请派人看一看，有危险，谢谢你们的帮助。")
        filed(cast, "路灯不亮", "井盖也坏了，请一并处理，谢谢你们的帮助。")

        assert best("井") == [case]

    def test_O06_width_and_case_do_not_matter_on_either_side(self, cast):
        case = filed(cast, "ＡＢＣ公司拖欠工资", "联系人说 Xyz 平台没有备案，希望核实处理。")

        for words in ("abc公司", "ＡＢＣ", "xyz", "ＸＹＺ"):
            assert best(words) == [case], words
        assert str(pairs.marked(case.title, "abc")) == "<mark>ＡＢＣ</mark>公司拖欠工资"

    def test_the_person_named_is_found_by_whoever_may_know_of_the_case(self, cast):
        case = filed(cast, "窗口人员态度差", named_person="李国强")

        assert best("国强", Case.objects.visible_to(cast.officer)) == [case]
        # Held until the office has found out who is meant (docs/trust.md Z-08).
        assert best("国强", Case.objects.visible_to(cast.clerk)) == []

    def test_a_number_its_beginning_and_its_end_as_people_read_it_out(self, cast):
        case = filed(cast, "路灯不亮")
        sequence = case.number[6:-1].lstrip("0")

        for words in (case.number, case.number.lower(), case.number[:-1], case.number[6:], case.number[6:-1], sequence):
            assert best(words)[0] == case, words
            assert case in Case.objects.matching(words, cast.officer), words
        assert best(f" {case.number[:2]}-{case.number[2:6]}-{case.number[6:]} ") == [case]

    @pytest.mark.parametrize(
        "words", ["%", "_", "\\", "'", '"', "{}", ",", "NULL", "xn", "XN20", "①", "\ue000", "a" * 500]
    )
    def test_signs_with_a_meaning_elsewhere_find_nothing_and_break_nothing(self, cast, words):
        filed(cast, "路灯不亮")

        assert [case.title for case in best(words)] == (["路灯不亮"] if words == "XN20" else [])

    def test_private_characters_in_a_text_are_no_day(self, cast):
        case = filed(cast, "路灯" + "".join(pairs.marks_of(EARLY)))

        assert not set(pairs.marks_of(EARLY)[:3]) & set(case.search_pairs)
        assert set(pairs.marks_of(LATER)) < set(case.search_pairs)
        assert best(pairs.marks_of(LATER)[0]) == []


class TestTheOrder:
    def test_number_then_title_then_text_and_the_newest_first_among_equals(self, cast):
        in_text = filed(cast, "井盖松动", "旁边的路灯也坏了，请一并处理，谢谢你们。", at=LATEST)
        old, new = filed(cast, "路灯不亮", at=EARLY), filed(cast, "路灯坏了", at=LATER)

        assert best("路灯") == [new, old, in_text]
        number = filed(cast, "无关的事情")
        sequence = number.number[6:-1]
        in_title = filed(cast, f"来信第{sequence}号没有答复", at=LATEST)
        assert best(sequence) == [number, in_title]

    def test_more_words_in_the_title_come_before_fewer(self, cast):
        one = filed(cast, "路灯不亮", "汾江中路口的路灯坏了，夜里看不见。", at=LATEST)
        both = filed(cast, "汾江中路路灯不亮", at=EARLY)

        assert best("路灯 汾江") == [both, one]


class TestHowMuch:
    def test_of_very_many_the_newest_are_ranked_and_it_says_that_there_are_more(self, cast, monkeypatch):
        monkeypatch.setattr(search, "MOST", 3)
        old = [filed(cast, "路灯不亮", at=EARLY) for _ in range(2)]
        new = [filed(cast, "路灯不亮", at=at) for at in (LATER, LATER, LATEST)]

        hits = search.best(Case.objects.all(), "路灯")
        assert hits.is_more
        assert set(hits.keys) == {case.pk for case in new}
        few = search.best(Case.objects.filter(pk__in=[case.pk for case in [*old, new[0]]]), "路灯")
        assert not few.is_more
        assert few.keys == [new[0].pk, old[1].pk, old[0].pk]

    def test_nobody_s_scope_and_an_empty_portal_answer(self, cast):
        nothing = search.Hits([], is_more=False)
        assert search.best(Case.objects.all(), "路灯") == nothing
        filed(cast, "路灯不亮")

        assert search.best(Case.objects.visible_to(make_user()), "路灯") == nothing
        assert search.best(Case.objects.none(), "路灯") == nothing

    def test_it_asks_the_same_few_questions_however_old_the_archive(self, cast):
        filed(cast, "路灯不亮", at=LATEST)
        filed(cast, "路灯不亮", at=EARLY)
        Case.objects.filter(received_at=EARLY).update(
            received_at=local(2001, 3, 4), search_pairs=["路灯", *pairs.marks_of(local(2001, 3, 4))]
        )

        with CaptureQueriesContext(connection) as seen:
            assert len(best("路灯")) == 2
        assert len(seen) == 3  # the ends of the days, the hits; the test reads the cases


class TestPeriods:
    @pytest.mark.parametrize("oldest", [1, 7, 8, 9, 63, 64, 100, 511, 512, 513, 600, 5000])
    @pytest.mark.parametrize("newest", [5000, 5119, 5120, 5121])
    def test_cover_each_day_once_the_newest_first_and_none_is_longer_than_those_before(self, oldest, newest):
        spans = list(pairs.periods(newest, oldest))
        taken = [mark for mark, _since, _until in spans]
        assert [since for _mark, since, _until in spans[:-1]] == [until for _mark, _since, until in spans[1:]]
        place_of = {mark: place for place, mark in enumerate(taken)}
        assert len(place_of) == len(taken)
        covering = [[mark for mark in marks_of_day(day) if mark in place_of] for day in range(newest, oldest - 1, -1)]

        assert all(len(marks) == 1 for marks in covering)
        order = [place_of[mark] for (mark,) in covering]
        assert order == sorted(order)
        assert order[:2] == [0, 1][: len(order)]
        days_of = Counter(order)
        assert all(days <= order.index(place) or place == 0 for place, days in days_of.items())
        assert len(taken) <= 60


@cache
def marks_of_day(day: int) -> list[str]:
    """Return the marks of a day, by how many it lies after the first."""
    return pairs.marks_of(datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=day))


class TestWhatIsMarked:
    def test_everything_else_is_escaped(self):
        text = "<b>路灯</b>&路灯"

        assert str(pairs.marked(text, "路灯")) == "&lt;b&gt;<mark>路灯</mark>&lt;/b&gt;&amp;<mark>路灯</mark>"
        assert str(pairs.marked("<b>", "路灯")) == "&lt;b&gt;"
        assert str(pairs.marked("a<b", "<")) == "a<mark>&lt;</mark>b"

    def test_words_that_overlap_are_one_mark(self):
        assert str(pairs.marked("施工许可证", "施工许可 许可证")) == "<mark>施工许可证</mark>"

    def test_characters_that_are_folded_into_several_are_marked_whole(self):
        assert str(pairs.marked("第㈱号", "株")) == "第<mark>㈱</mark>号"

    def test_the_piece_of_the_text_stands_around_the_first_hit(self):
        text = "前" * 100 + "路灯" + "后" * 100
        piece = str(pairs.snippet(text, "路灯"))

        assert piece == "…" + "前" * pairs.BEFORE + "<mark>路灯</mark>" + "后" * (pairs.AROUND - pairs.BEFORE - 2) + "…"
        assert str(pairs.snippet("路灯\n<坏了>", "路灯")) == "<mark>路灯</mark> &lt;坏了&gt;"
        assert pairs.snippet(text, "公园") is None
        assert pairs.snippet(text, "路") is None
