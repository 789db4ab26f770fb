"""
The notice of a card, and the bundle of all that there is about one (docs/domain.md 9.3).

The notice goes to whoever got the card: it names the promise and its days, never the case, its number or its words
(docs/trust.md P-06).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability import behind
from accountability.cards import access, deadlines, workflow
from accountability.cards.enums import CardState, RevokeReason
from accountability.cards.files import files
from accountability.cards.following import Follower
from accountability.cards.following import register as follow
from accountability.enums import Colour
from accountability.models import Card
from accountability.papers import actions, bundles, parts, registry
from accountability.papers.bundles import Free, Part, Source, Table, rows, said
from accountability.papers.registry import Content, PaperKind, Section
from complaints import deidentifying
from complaints.models import Case
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline
from efficiency.files import checking
from efficiency.pages.promise_view import view_of
from efficiency.refusals import Refused
from efficiency.timing.due import local_day

NOTICE = "card"
TITLES = {Colour.YELLOW: "黄牌警示", Colour.RED: "红牌警示"}


def notice(card: Card) -> Content:
    """
    Return how the notice of a card reads.

    :raises Refused: the card never took effect, or was revoked
    """
    if not card.stands or card.issued_at is None:
        raise Refused(_("Only a card that took effect and was not revoked has a notice."))
    case_ids = cases_of(card)
    people = parts.people_of(case_ids)
    office = deadlines.office_for(card.organ) or card.organ
    word = TITLES[Colour(card.colour)]

    def said_of(text: str) -> str:
        return deidentifying.replaced(text, people) if case_ids else text

    return Content(
        number=card.number,
        title=f"关于对{card.organ}予以{word}的通知",
        public_title=f"{word}通知书",
        addressee=str(card.organ),
        sections=(
            Section("基本情况", rows(*_notice_rows(card))),
            Section("事实", (), _lines(said_of(card.facts)) or (_fact(card),)),
            Section("依据", (), _lines(said_of(card.basis)) or ("机关效能监督有关规定。",)),
            Section("说明和申诉", (), tuple(_rights(card))),
        ),
        issuer=str(office),
        issued_on=local_day(card.issued_at),
    )


def _notice_rows(card: Card) -> Iterator[tuple[str, object]]:
    yield "编号", card.number
    yield "类别", card.get_colour_display()
    yield "事由", card.get_rule_display()
    yield "责任单位", card.organ
    yield "责任岗位", card.post
    yield "责任人", card.person
    yield "扣分", card.points
    if card.deadline is not None:
        yield "时限", view_of(card.deadline, at=card.passed_at).label
        yield "起算", said(local_day(card.deadline.started_at))
        yield "应当办结之日", said(local_day(card.deadline.due_at))
    yield "认定时间", card.passed_at


def _fact(card: Card) -> str:
    if card.deadline is None:
        return f"事由：{card.get_rule_display()}。"
    label = view_of(card.deadline, at=card.passed_at).label
    day = local_day(card.deadline.due_at)
    return f"“{label}”应当在{day.year}年{day.month}月{day.day}日以前办结，到期没有办结。"


def _rights(card: Card) -> Iterator[str]:
    for kind, sentence in (
        (deadlines.EXPLAIN, "请在{day}以前提交书面说明，写明原因和改进措施。"),
        (deadlines.APPEAL, "有异议的，可以在{day}以前提出申诉。"),
    ):
        found = next((each for each in deadlines.all_of(card) if each.kind == kind), None)
        if found is not None:
            day = timezone.localdate(found.due_at)
            yield sentence.format(day=f"{day.year}年{day.month}月{day.day}日")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def story(card: Card, by: User, at: datetime) -> Sequence[Part]:
    """Return the parts of a bundle: the card, its course, its files, the promise with its account, the case."""
    found = [_card(card), _course(card), *_files(card)]
    if card.deadline is not None and access.may_see_promise(card, by):
        deadline = Deadline.objects.select_related("organ", "post", "responsible").get(pk=card.deadline.pk)
        found += [parts.promise(deadline, at=at), *parts.escalations(deadline)]
    for case in Case.objects.filter(pk__in=cases_of(card)):
        found += parts.case(case, by)
    return found


def cases_of(card: Card) -> frozenset[int]:
    """Return the cases that a card is about or came from, by their keys."""
    return behind.cases_behind(card)


def _card(card: Card) -> Part:
    appeal = getattr(card, "appeal", None)
    return Part(
        name="card",
        title=f"警示牌 {card.number}",
        rows=rows(
            ("编号", card.number),
            ("类别", card.get_colour_display()),
            ("事由", card.get_rule_display()),
            ("来源", card.get_origin_display()),
            ("状态", card.get_state_display()),
            ("责任单位", card.organ),
            ("责任岗位", card.post),
            ("责任人", card.person),
            ("认定时间", card.passed_at),
            ("出具时间", card.issued_at),
            ("扣分", card.points),
            ("事实", Free(card.facts)),
            ("依据", Free(card.basis)),
            ("替代", card.replaces),
            ("续自", card.follows),
            ("提出人", card.proposed_by),
            ("提出时间", card.proposed_at),
            ("确认人", card.confirmed_by),
            ("说明", Free(card.explanation)),
            ("说明人", card.explained_by),
            ("说明时间", card.explained_at),
            ("认可说明", card.explanation_accepted_at),
            ("销牌", card.cleared_at),
            ("申诉理由", appeal.get_reason_display() if appeal else None),
            ("申诉内容", Free(appeal.text) if appeal else None),
            ("申诉人", appeal.by if appeal else None),
            ("申诉时间", appeal.at if appeal else None),
            ("裁定", appeal.get_result_display() if appeal and appeal.result else None),
            ("裁定理由", Free(appeal.ruling) if appeal else None),
            ("裁定人", appeal.ruled_by if appeal else None),
            ("裁定时间", appeal.ruled_at if appeal else None),
            ("撤牌", card.revoked_at),
            ("撤牌原因", card.get_revoke_reason_display() if card.revoke_reason else None),
        ),
        case_ids=cases_of(card),
    )


def _course(card: Card) -> Part:
    events = card.events.select_related("actor", "actor_organ").order_by("number")
    states = dict(CardState.choices)
    return Part(
        name="course",
        title="警示牌处理过程",
        tables=(
            Table(
                "处理过程",
                ("时间", "步骤", "经办", "状态", "内容"),
                tuple(
                    (
                        said(each.at),
                        said(workflow.label_of(each.action)),
                        " ".join(filter(None, (said(each.actor_organ), said(each.actor)))) or "系统",
                        said(states.get(each.to_state, each.to_state)),
                        Free(each.text),
                    )
                    for each in events
                ),
            ),
        ),
    )


def _files(card: Card) -> list[Part]:
    kept = [each for each in card.files.order_by("position") if checking.is_fetchable(each)]
    if not kept:
        return []
    return [
        Part(
            name="files",
            title="警示牌附件",
            tables=(
                Table(
                    "附件",
                    ("名称", "用途", "字节", "SHA-256"),
                    tuple(
                        (
                            Free(files.shown_name(each)),
                            each.get_purpose_display(),
                            str(each.size),
                            bytes(each.sha256).hex(),
                        )
                        for each in kept
                    ),
                ),
            ),
            files=tuple(parts.file_of(each) for each in kept),
        )
    ]


def revoke_notice(card: Card, at: datetime) -> None:
    """Let the notice of a card that was revoked hold no longer."""
    actions.revoke_all(card, by=None, at=at, reason=str(card.get_revoke_reason_display()), kind=NOTICE)


def revoke_notices(ids: Sequence[int], at: datetime) -> None:
    """Let the notices of all cards of a sweep that were revoked hold no longer, however many, in one statement."""
    actions.revoke_of(Card, ids, at=at, reason=str(RevokeReason.FALSE_CLOCK.label), kind=NOTICE)


def _nothing(card: Card, at: datetime) -> None:
    """Leave the notice of a card alone that is appealed or upheld."""


def register() -> None:
    """Make notice and bundle of cards known, and let a notice follow its card; called once, when the app is ready."""
    registry.register(
        PaperKind(
            name=NOTICE,
            label=_("notice of a card"),
            model=Card,
            content=notice,
            right="card.see",
            issuing="card.issue",
            rows=Card.objects.visible_to,
        )
    )
    bundles.register_source(
        Source(
            model=Card,
            right="card.see",
            label=lambda card: f"{TITLES[Colour(card.colour)]} {card.number}",
            parts=story,
            concerned=lambda card: ([card.post_id] if card.post_id else [], [card.person_id] if card.person_id else []),
            rows=Card.objects.visible_to,
        )
    )
    follow(Follower(appealed=_nothing, upheld=_nothing, revoked=revoke_notice, swept=revoke_notices))
