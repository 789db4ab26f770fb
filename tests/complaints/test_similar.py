"""Similar earlier cases: the same matter at the same organ, nearest by the title, as far as one may know of them."""

import pytest

from complaints import similar
from complaints.enums import Category, State
from complaints.models import Case, Recusal
from tests.factories import cases as make
from tests.factories.cases import case_in, local

pytestmark = pytest.mark.django_db

BEFORE, LATER = local(2026, 3, 2), local(2026, 3, 9)
TITLE = "施工许可申请超过期限没有答复"


def case(cast, title=TITLE, *, state=State.HANDLING, at=BEFORE, **fields) -> Case:
    return case_in(state, cast, at=at, title=title, **fields)


def found(one: Case, user) -> list[Case]:
    return [each.case for each in similar.similar_to(one, user)]


class TestWhichAreAlike:
    def test_the_nearest_title_comes_first(self, cast):
        far = case(cast, "施工许可窗口多次要求补交材料")
        near = case(cast, "施工许可申请超过期限一直没有答复")
        one = case(cast, at=LATER)

        assert found(one, cast.officer)[0] == near
        assert far not in found(one, cast.officer)[:1]

    def test_a_title_with_little_in_common_is_not_there(self, cast):
        case(cast, "办事大厅排队叫号机坏了")

        assert found(case(cast, at=LATER), cast.officer) == []

    def test_another_matter_or_another_organ_is_not_there(self, cast):
        case(cast, category=Category.ARBITRARY_FEES)
        case(cast, organ=cast.city.tax)

        assert found(case(cast, at=LATER), cast.officer) == []

    def test_only_what_came_before_and_never_the_case_itself(self, cast):
        earlier = case(cast)
        one = case(cast, at=LATER)

        assert found(one, cast.officer) == [earlier]
        assert found(earlier, cast.officer) == []

    def test_answered_ones_come_first_with_their_answer(self, cast):
        nearest = case(cast)
        answered = case(cast, "施工许可申请超过期限两个月没有答复", state=State.CLOSED)
        one = case(cast, at=LATER)
        first, second = similar.similar_to(one, cast.officer)

        assert (first.case, second.case) == (answered, nearest)
        assert first.reply.findings
        assert second.reply is None

    def test_at_most_five(self, cast):
        for _ in range(7):
            case(cast)

        assert len(found(case(cast, at=LATER), cast.officer)) == similar.MOST_SHOWN

    def test_only_the_newest_are_compared(self, cast, monkeypatch):
        monkeypatch.setattr(similar, "CANDIDATES", 2)
        case(cast)
        for _ in range(2):
            case(cast, "办事大厅排队叫号机坏了", at=local(2026, 3, 3))

        assert found(case(cast, at=LATER), cast.officer) == []

    def test_a_case_without_organ_has_none(self, cast):
        one = make.file(cast, organ=None, title=TITLE, at=LATER).case

        assert found(one, cast.officer) == []


class TestWhoSees:
    def test_Z14_only_what_the_viewer_may_know_of(self, cast):
        in_organ = case(cast)
        with_office = case(cast, state=State.RECEIVED)
        one = case(cast, at=LATER)

        assert set(found(one, cast.officer)) == {in_organ, with_office}
        assert found(one, cast.clerk) == [in_organ]

    def test_Z07_a_case_that_concerns_the_viewer_is_not_there(self, cast):
        hidden = case(cast)
        one = case(cast, at=LATER)
        Recusal.objects.create(case=hidden, user=cast.clerk, ground="declared", at=LATER, by=cast.clerk)

        assert found(one, cast.clerk) == []
        assert found(one, cast.leader) == [hidden]


def test_four_questions_however_many_there_are(cast, django_assert_num_queries):
    for _ in range(6):
        case(cast, state=State.CLOSED)
    one = case(cast, at=LATER)
    found(one, cast.officer)  # reads the scope

    with django_assert_num_queries(4):
        similar.similar_to(one, cast.officer)


def test_it_stands_on_the_page_of_the_case(cast, client):
    answered = case(cast, state=State.CLOSED)
    one = case(cast, at=LATER)
    client.force_login(cast.clerk)
    body = client.get(f"/admin/complaints/case/{one.pk}/change/").content.decode()

    assert answered.title in body
