"""What people are told of a level (docs/domain.md 9.2): number, promise, date and address, never a text or a person."""

from collections.abc import Callable, Collection, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.outbox.models import Message, MessageGroup
from efficiency.outbox.registry import Filling, Line, register_kind, register_value

# What hangs on levels, such as a card, by the messages that tell of them: for each its lines, for who may know.
Beside = Callable[[Sequence[Message]], Mapping[int, tuple[Line, ...]]]
_beside: list[Beside] = []


def register_beside(beside: Beside) -> None:
    """Let ``beside(messages)`` add lines to the messages of levels two and three when they are shown or sent."""
    if beside not in _beside:
        _beside.append(beside)


def _fill(messages: Sequence[Message]) -> dict[int, Filling]:
    lines: dict[int, tuple[Line, ...]] = {}
    for beside in _beside:
        for pk, added in beside(messages).items():
            lines[pk] = (*lines.get(pk, ()), *added)
    return {pk: Filling(lines=found) for pk, found in lines.items()}


def promise_label(name: str) -> str:
    """Return what a kind of promise is called; one that is no longer registered goes by its name."""
    try:
        return str(registry.get(name).label)
    except KeyError:
        return name


def reminders_still_wanted(ids: Collection[int]) -> set[int]:
    """Keep the reminders of promises that still run and are not overdue: a late letter would be wrong (T11)."""
    deadlines = dict(Message.objects.filter(pk__in=ids).values_list("pk", "event"))
    escalations = {pk: int(event.rpartition(":")[2]) for pk, event in deadlines.items()}
    running = set(
        Deadline.objects.filter(
            escalations__in=escalations.values(), state=DeadlineState.OPEN, level__lte=1
        ).values_list("escalations__pk", flat=True)
    )
    return {pk for pk, escalation_id in escalations.items() if escalation_id in running}


def register() -> None:
    """Make the texts known; called once Django is ready."""
    register_value("promise", promise_label)
    register_kind(
        "deadlines.level_1",
        _("%(number)s: %(promise)s is due by %(due_on)s"),
        _("%(number)s\nPromise: %(promise)s\nDue by: %(due_on)s\n\nPlease finish it in time.\n%(address)s"),
        digest=True,
        still_wanted=reminders_still_wanted,
        group=MessageGroup.DUE,
        label=_("Reminder before a limit ends"),
    )
    register_kind(
        "deadlines.own_time",
        _("%(number)s: %(promise)s is possible until %(due_on)s"),
        _(
            "%(number)s\n%(promise)s\nPossible until: %(due_on)s\n\n"
            "This is time of your own. If you do nothing, it passes, and nothing is held against you.\n%(address)s"
        ),
        digest=True,
        still_wanted=reminders_still_wanted,
        group=MessageGroup.DUE,
        label=_("Reminder before time of one's own ends"),
    )
    register_kind(
        "deadlines.level_2",
        _("%(number)s: %(promise)s is overdue since %(due_on)s"),
        _(
            "%(number)s\nPromise: %(promise)s\nWas due by: %(due_on)s\n\n"
            "The promise was not kept in time: a yellow card was issued, and the efficiency office has been told.\n"
            "%(address)s"
        ),
        digest=True,
        group=MessageGroup.ESCALATION,
        label=_("A promise is overdue"),
        fill=_fill,
    )
    register_kind(
        "deadlines.level_3",
        _("%(number)s: %(promise)s is overdue for long, since %(due_on)s"),
        _(
            "%(number)s\nPromise: %(promise)s\nWas due by: %(due_on)s\n\n"
            "The second threshold has passed: a red card was issued, and the head of the organ and the efficiency "
            "office have been told.\n"
            "%(address)s"
        ),
        digest=True,
        group=MessageGroup.ESCALATION,
        label=_("A promise is overdue for long"),
        fill=_fill,
    )
    register_kind(
        "deadlines.level_4",
        _("%(number)s: %(promise)s is overdue since %(due_on)s and goes to the head of the efficiency office"),
        _(
            "%(number)s\nPromise: %(promise)s\nWas due by: %(due_on)s\n\n"
            "The last threshold has passed. The leading group has been told.\n%(address)s"
        ),
        digest=True,
        group=MessageGroup.ESCALATION,
        label=_("An overdue promise goes to the head of the efficiency office"),
    )
