"""Versions side by side: what was removed and added, readable, and nothing lost (docs/domain.md 6.2)."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.documents import actions, comparing
from disclosure.documents.comparing import Change, Part
from disclosure.enums import VersionState
from tests.factories import documents as make
from tests.factories.cases import TUESDAY

S, R, A = Change.SAME, Change.REMOVED, Change.ADDED


def shown(old: str, new: str) -> str:
    signs = {S: "{}", R: "[-{}]", A: "[+{}]"}
    return "".join(signs[part.change].format(part.text) for part in comparing.compare(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("一样的文字", "一样的文字", "一样的文字"),
        ("", "新的", "[+新的]"),
        ("旧的", "", "[-旧的]"),
        ("办理时限为20个工作日。", "办理时限为15个工作日。", "办理时限为[-20][+15]个工作日。"),
        ("由建设局负责审查。", "由住建局负责审查。", "由[-建设][+住建]局负责审查。"),
        ("第一行\n第二行\n第三行\n", "第一行\n第三行\n", "第一行\n[-第二行\n]第三行\n"),
        ("第一行\n", "第一行\n第二行\n", "第一行\n[+第二行\n]"),
        ("tel 12345 now", "tel 12320 now", "tel [-12345][+12320] now"),
    ],
)
def test_what_changed_is_shown_where_it_stands(old, new, expected):
    assert shown(old, new) == expected


@given(st.text(alphabet="甲乙丙1a \n", max_size=60), st.text(alphabet="甲乙丙1a \n", max_size=60))
@settings(max_examples=60, deadline=None)
def test_both_texts_can_be_read_out_of_it(old, new):
    parts = comparing.compare(old, new)

    assert "".join(part.text for part in parts if not part.is_added) == old
    assert "".join(part.text for part in parts if not part.is_removed) == new
    assert all(part.text for part in parts)
    assert all(one.change != other.change for one, other in pairwise(parts))


def test_long_passages_are_shown_as_a_whole():
    old, new = "甲乙丙丁" * 12_000, "甲乙丙戊" * 12_000

    assert comparing.compare(old, new) == [Part(R, old), Part(A, new)]


def test_many_passages_take_no_longer_than_one(monkeypatch):
    looks = 0
    whole = comparing.SequenceMatcher.find_longest_match

    def counted(matcher, alo=0, ahi=None, blo=0, bhi=None):
        nonlocal looks
        looks += sum(1 + len(matcher.b2j.get(piece, ())) for piece in matcher.a[alo:ahi])
        return whole(matcher, alo, ahi, blo, bhi)

    monkeypatch.setattr(comparing.SequenceMatcher, "find_longest_match", counted)
    monkeypatch.setattr(comparing, "_MOST_LOOKS", 20_000)
    passages = [f"第{n}条" + "甲乙丙丁" * 40 for n in range(40)]
    old, new = ("\n—\n".join(f"{sign}{each}" for each in passages) for sign in "旧新")
    parts = comparing.compare(old, new)

    assert 0 < looks <= 20_000
    assert "".join(part.text for part in parts if not part.is_added) == old
    assert "".join(part.text for part in parts if not part.is_removed) == new


@pytest.mark.django_db
def test_versions_are_compared_with_their_facts(hands):
    first = make.publish(hands, TUESDAY, title="关于施工许可的通知", body="时限二十日。")
    second = actions.begin_version(first.document, by=hands.editor, at=TUESDAY)
    assert comparing.of_versions(first, second).is_same

    changed = make.content(title="关于施工许可的补充通知", body="时限十五日。", document_number=first.document_number)
    second = actions.change(second, changed, by=hands.editor, at=TUESDAY)
    found = comparing.of_versions(first, second)
    assert [[(part.change, part.text) for part in field.parts] for field in found.fields] == [
        [(S, "关于施工许可的"), (A, "补充"), (S, "通知")]
    ]
    assert found.has_other_text
    second.ground = "领导批示"
    assert comparing.of_versions(first, second, is_public=True).fields == found.fields
    assert len(comparing.of_versions(first, second).fields) == 2
    assert second.state == VersionState.DRAFT
