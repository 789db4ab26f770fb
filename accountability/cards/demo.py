"""
Cards of the demonstration: those of the sweeps appear by themselves; a few by hand are played by the actions, once.

One explained and cleared, one appealed and upheld, one appealed and revoked, one that waits for its confirmation, and
of those that the sweeps issued one that is explained and one that is under appeal. All people are invented.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accountability.cards import by_hand, deadlines, issuing, life, tending
from accountability.cards.enums import CardState, Origin
from accountability.cards.refusals import Refused
from accountability.models import Card
from efficiency.access.models import User
from efficiency.demonstration import paper
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Post

INSPECTOR, OFFICE, RULING = "inspector", "office", "post.440600-office-11"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """One card by hand: how many days ago, of which post, why, and what became of it."""

    days: int
    post: str
    rule: str
    facts: str
    basis: str
    play: Callable[[Card, dict[str, User], datetime], None]


def load(now: datetime) -> int:
    """Add the cards of the demonstration; return how many, none where there are some or its people are missing."""
    issuing.issue_missing()
    tending.tend(at=now)
    people = {user.username: user for user in User.objects.filter(username__in=(INSPECTOR, OFFICE, RULING))}
    posts = {post.code: post for post in Post.objects.select_related("organ").filter(code__in=_POSTS)}
    if len(people) < len((INSPECTOR, OFFICE, RULING)) or Card.objects.filter(origin=Origin.MANUAL).exists():
        return 0
    added = 0
    for wish in WISHES:
        post = posts.get(wish.post)
        if post is None:
            continue
        at = now - wish.days * DAY
        card = by_hand.propose(
            post.organ,
            post,
            rule=wish.rule,
            happened_at=at - 3 * HOUR,
            facts=wish.facts,
            basis=wish.basis,
            attachments=[_file(wish.facts)],
            by=people[INSPECTOR],
            at=at,
        )
        wish.play(card, people, at)
        added += 1
    _answer_newest(now)
    return added


def _answer_newest(now: datetime) -> None:
    """Explain the newest card that a sweep issued and appeal against the one before, where there is still time."""
    issued = Card.objects.filter(origin=Origin.ENGINE, state=CardState.ISSUED, person__isnull=False)
    fresh = [card for card in issued.select_related("person").order_by("-issued_at", "-pk")[:20] if card.person]
    answers: list[Callable[[Card, User], object]] = [
        lambda card, by: _act(
            life.explain, card, by, now, text="经办人当日外出核查，未及时办理，已补办并加强岗位衔接。"
        ),
        lambda card, by: _act(
            life.appeal,
            card,
            by,
            now,
            reason="unrecorded_suspension",
            text="等待当事人补充材料期间应予中止，未及时登记。",
        ),
    ]
    for card in fresh:
        kind = deadlines.EXPLAIN if len(answers) == 2 else deadlines.APPEAL
        if not answers or not deadlines.is_open(card, kind, at=now):
            continue
        try:
            answers[0](card, card.person)  # type: ignore[arg-type]  # kept above
        except Refused:  # somebody who holds no post any more
            continue
        answers.pop(0)


def _act(step: Callable[..., Any], card: Card, by: User, at: datetime, **values: Any) -> None:
    card.refresh_from_db()
    step(card, by=by, at=at, version=card.version, **values)


def _file(words: str) -> CleanFile:
    return CleanFile(paper(words), "application/pdf", "现场检查记录（演示）.pdf", paper(words))


def _in_force(card: Card, people: dict[str, User], at: datetime) -> User:
    _act(by_hand.confirm, card, people[OFFICE], at + 2 * HOUR)
    card.refresh_from_db()
    return User.objects.get(cards=card)


def _cleared(card: Card, people: dict[str, User], at: datetime) -> None:
    person = _in_force(card, people, at)
    said = "当日窗口人手不足，情绪失控。已向群众当面道歉，并参加服务礼仪培训。"
    _act(life.explain, card, person, at + DAY, text=said)
    _act(life.accept_explanation, card, people[RULING], at + 2 * DAY, text="整改到位，予以采纳。")


def _upheld(card: Card, people: dict[str, User], at: datetime) -> None:
    person = _in_force(card, people, at)
    _act(life.appeal, card, person, at + DAY, reason="data_error", text="已口头告知所需材料，检查时未予采信。")
    said = "口头告知未留存告知单，不能证明已一次性告知，维持亮牌。"
    _act(life.uphold, card, people[RULING], at + 2 * DAY, text=said)


def _revoked(card: Card, people: dict[str, User], at: datetime) -> None:
    person = _in_force(card, people, at)
    _act(
        life.appeal,
        card,
        person,
        at + DAY,
        reason="force_majeure",
        text="供电线路故障，全楼停电，窗口按预案暂停。",
    )
    said = "经核，供电部门证明属实，窗口无法对外服务，撤销该牌。"
    _act(life.grant, card, people[RULING], at + 2 * DAY, text=said)


def _waits(card: Card, people: dict[str, User], at: datetime) -> None:
    """Leave the card to whoever tries the demonstration."""


_BASIS = "《佛山市行政机关首问责任、一次性告知、限时办结制度》（演示）"
WISHES = (
    Wish(
        24,
        "440600-construction-11",
        "rude_service",
        "窗口暗访时发现经办人与办事群众争吵，拒绝解释所缺材料。",
        _BASIS,
        _cleared,
    ),
    Wish(
        17, "440600-tax-11", "no_one_time_notice", "群众为同一事项往返三次，窗口未出具一次性告知单。", _BASIS, _upheld
    ),
    Wish(12, "440604-11", "absence", "上午十时检查，窗口无人在岗，亦无顶岗记录。", _BASIS, _revoked),
    Wish(1, "440600-tax-11", "data_late", "近两周办件数据连续迟报，影响实时监察。", _BASIS, _waits),
)
_POSTS = frozenset(wish.post for wish in WISHES)
