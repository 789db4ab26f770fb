"""
Who proposed, checked and approved what a fault case is about, as the portal recorded it (docs/domain.md 10.2).

What is read is that somebody did a step, never that it was wrong: whoever investigates says so (``Chain.found``). Until
then everybody counts as having stood for what went out, so the first proposal is a wrong one that others let pass.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Model, Q

from accountability.faults.liability import Chain, Step
from accountability.faults.words import Act, Part
from complaints.models import Case, Matter, Reply
from complaints.models.reply import ReplyState
from disclosure.enums import DocumentStep
from disclosure.models import Document, DocumentEvent, DocumentVersion
from efficiency.deadlines.models import Deadline
from efficiency.organs.answerable import answerable_on
from efficiency.organs.models import Post, Rank, Role, Tenure
from efficiency.timing.due import local_day


@dataclass(frozen=True, slots=True)
class SentBack:
    """That somebody sent a proposal back, and why; whether a right one was changed so, the inquiry says."""

    person: int
    at: datetime
    remark: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The chain as it was recorded, and what was sent back on the way."""

    chain: Chain
    sent_back: tuple[SentBack, ...] = ()


NOTHING = Recorded(Chain(()))


def read(subject: Model) -> Recorded:
    """
    Return the chain of what a case is about: a case or reply, a document or version, a matter, a promise.

    Of anything else nothing is recorded: the chain is empty and the inquiry adds the steps.
    """
    reader = next((read_it for model, read_it in _READERS if isinstance(subject, model)), None)
    return NOTHING if reader is None else reader(subject)


def of_reply(reply: Reply) -> Recorded:
    """
    Return who drafted, checked and approved a reply, with those whose words came back since the one before was sent.

    A reply in work has nobody yet who approved it. One given on the spot has its writer alone.
    """
    before = Reply.objects.filter(case_id=reply.case_id, pk__lt=reply.pk).order_by("-pk")
    forerunners = []
    for earlier in before:
        if earlier.state == ReplyState.SENT:
            break
        if earlier.state == ReplyState.RETURNED:
            forerunners.append(earlier)
    drafters = dict.fromkeys([reply.drafted_by_id, *(each.drafted_by_id for each in forerunners)])
    steps = [Step(person, Part.HANDLER, Act.PROPOSED) for person in drafters]
    if reply.checked_by_id is not None:
        steps.append(Step(reply.checked_by_id, Part.REVIEWER, Act.AGREED))
    if reply.state == ReplyState.SENT and reply.decided_by_id is not None and not reply.on_the_spot:
        steps.append(Step(reply.decided_by_id, Part.APPROVER, Act.AGREED))
    sent_back = [
        SentBack(each.decided_by_id, each.decided_at, each.remark)
        for each in reversed(forerunners)
        if each.decided_by_id is not None and each.decided_at is not None
    ]
    return Recorded(Chain(tuple(steps)), tuple(sent_back))


def of_case(case: Case) -> Recorded:
    """Return the chain of the reply that was sent last; nothing is recorded of a case without one."""
    reply = Reply.objects.filter(case=case, state=ReplyState.SENT).order_by("-pk").first()
    return NOTHING if reply is None else of_reply(reply)


def of_version(version: DocumentVersion) -> Recorded:
    """
    Return who wrote, checked and approved a version of a document; its secrecy review is a check as well.

    A check or an approval of words that were changed afterwards counts no more.
    """
    written = (DocumentStep.DRAFT, DocumentStep.CHANGE)
    checked = (DocumentStep.CHECK_SOURCE, DocumentStep.REVIEW)
    parts: dict[tuple[int, Part], Step] = {}
    sent_back = []
    for event in DocumentEvent.objects.filter(version=version).order_by("pk"):
        by = event.by_id
        if by is None:  # the portal itself
            continue
        if event.action in written or event.action == DocumentStep.SEND_BACK:
            parts = {key: step for key, step in parts.items() if step.part == Part.HANDLER}
        if event.action in written:
            parts[by, Part.HANDLER] = Step(by, Part.HANDLER, Act.PROPOSED)
        elif event.action in checked:
            parts[by, Part.REVIEWER] = Step(by, Part.REVIEWER, Act.AGREED)
        elif event.action == DocumentStep.APPROVE:
            parts[by, Part.APPROVER] = Step(by, Part.APPROVER, Act.AGREED)
        elif event.action == DocumentStep.SEND_BACK:
            sent_back.append(SentBack(by, event.at, event.note))
    return Recorded(Chain(tuple(parts.values())), tuple(sent_back))


def of_document(document: Document) -> Recorded:
    """Return the chain of the version that everybody reads, or read last; nothing where there is none."""
    return NOTHING if document.public_version is None else of_version(document.public_version)


def of_promise(deadline: Deadline) -> Recorded:
    """
    Return who owed a promise that was not kept, and who stood above them when its day was over.

    The handler did not do it; the head of the section and the leader of the organ let it pass. They are those who held
    the posts on that day, or who stood in for them, whoever holds them now.
    """
    on = local_day(deadline.overdue_at)
    post = deadline.post or _post_of(deadline, on)
    person = deadline.responsible_id or _holder_of(post, on)
    steps = [] if person is None else [Step(person, Part.HANDLER, Act.OMITTED)]
    section_head = _section_head(post)
    for above, part in ((section_head, Part.REVIEWER), (_leader(deadline, section_head or post, on), Part.APPROVER)):
        holder = _holder_of(above, on)
        if holder is not None and holder != person:
            steps.append(Step(holder, part, Act.AGREED))
    return Recorded(Chain(tuple(steps)))


def of_matter(matter: Matter) -> Recorded:
    """Return the chain of the promise of a matter that was broken last; nothing is recorded of one without any."""
    broken = Deadline.objects.filter(content_type__app_label="complaints", content_type__model="matter")
    deadline = broken.filter(object_id=matter.pk, level__gte=2).order_by("-overdue_at", "-pk").first()
    return NOTHING if deadline is None else of_promise(deadline)


def _post_of(deadline: Deadline, on: date) -> Post | None:
    """Return the post in the organ that the responsible person held on the day."""
    if deadline.responsible_id is None:
        return None
    held = Tenure.objects.running(on).filter(user_id=deadline.responsible_id, post__organ_id=deadline.organ_id)
    tenure = held.select_related("post").order_by("kind", "pk").first()
    return None if tenure is None else tenure.post


def _section_head(post: Post | None) -> Post | None:
    """Return the post that checks what a post does: its superior below the leaders, or the reviewer of its section."""
    if post is None or post.rank == Rank.APPROVER:
        return None
    superior = post.superior
    if superior is not None and superior.rank == Rank.REVIEWER:
        return superior
    same_section = Q(organ_id=post.organ_id, section=post.section, rank=Rank.REVIEWER)
    others = Post.objects.filter(same_section).exclude(pk=post.pk).exclude(section="")
    return others.order_by("pk").first()


def _leader(deadline: Deadline, below: Post | None, on: date) -> Post | None:
    """Return the leader in charge: the superior who approves, or the head of the organ."""
    superior = None if below is None else below.superior
    if superior is not None and superior.rank == Rank.APPROVER:
        return superior
    leading = Post.objects.active(on).filter(organ_id=deadline.organ_id, rank=Rank.APPROVER)
    leading = leading.filter(Q(role=Role.ORGAN_LEADER) | Q(is_head=True))
    return leading.order_by("-is_head", "pk").first()


def _holder_of(post: Post | None, on: date) -> int | None:
    """Return whoever answered for a post on a day, the stand-in in their days; None where nobody did."""
    if post is None:
        return None
    found: Iterable[Tenure] = answerable_on(Tenure.objects.filter(post=post), on)
    return next((tenure.user_id for tenure in found), None)


_READERS: tuple[tuple[type[Model], Callable], ...] = (
    (Reply, of_reply),
    (Case, of_case),
    (DocumentVersion, of_version),
    (Document, of_document),
    (Deadline, of_promise),
    (Matter, of_matter),
)
