"""
What the holder of a post leaves behind: promises that run and are owed by them at the organ (docs/domain.md 7).

Nothing of it is without an owner for a moment: it passes on in the transaction in which the end is confirmed, and where
a tenure ends later by its date, in a task that looks every few minutes. Each app says of its subjects how
(``register``); what the portal cannot give to anybody by itself goes to whoever leads the organ.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from efficiency.access import persons
from efficiency.access.models import User
from efficiency.access.rows import about, rows_of
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline
from efficiency.organs import heads
from efficiency.organs.models import Role, Tenure, TenureKind
from efficiency.outbox import registry as subjects
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup
from efficiency.timing.due import local_day

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

log = structlog.get_logger(__name__)
# What hands on what somebody may no longer have in hand: at a moment, of one person or of everybody; safe at any time.
# Whoever has come to owe something by it, and is not told by a step, with how much.
PassOn = Callable[[datetime, User | None], Mapping[int, int]]
# The open subjects of a model that name one of these accounts, to be given to somebody else by a person.
Named = Callable[[Collection[int]], QuerySet]
# So many of a kind that name a person are listed; nobody has more in hand.
MOST_NAMED = 50
# By its date a tenure ends at midnight; so long afterwards it is still looked at, whatever stood still meanwhile.
LOOKS_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Subject:
    """How what names a person goes on when they leave; ``why`` says it where nothing has to be done."""

    model: type[models.Model]
    pass_on: PassOn | None = None
    named: Named | None = None
    given_by: str = ""
    why: str = ""


# Why nothing has to be done, for whoever reads the code: no page shows it.
OF_ORGAN = "It is owed by an organ or a post as such, and whoever holds the post owes it."
OWN = "It is the person's own, and stays so when they leave."
FOLLOWS = "It follows the tenures by itself, in a task of its own."
_subjects: dict[str, Subject] = {}


def register(
    model: type[models.Model],
    /,
    *,
    pass_on: PassOn | None = None,
    named: Named | None = None,
    given_by: str = "",
    why: str = "",
) -> None:
    """
    Say how open subjects of a model go on when somebody they name leaves; every subject of promises is registered.

    :param pass_on: hands on all at once, in few statements or step by step
    :param named: what the portal gives to nobody by itself: whoever leads the organ that ``given_by``, a column of the
        subject, names is told of each
    :param why: why neither is needed: it is owed by an organ or a post as such, or is the person's own
    :raises ValueError: it is said neither how nor why not
    """
    if pass_on is None and named is None and not why:
        raise ValueError(f"It is not said what becomes of {model._meta.label_lower} when somebody leaves.")
    _subjects[model._meta.label_lower] = Subject(model, pass_on, named, given_by, why)


def registered() -> Mapping[str, Subject]:
    """Return what was registered, by the labels of models."""
    return _subjects


@dataclass(frozen=True, slots=True)
class Owed:
    """Promises of one kind: how many run, and when the first of them is due."""

    label: str
    number: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """One promise that is left behind: what is promised, for what, where that is looked at, by when."""

    label: str
    subject: str
    href: str
    due_at: datetime


def owed_by(tenure: Tenure) -> list[Owed]:
    """
    Return what runs and is owed by the person at the organ of the post, the most urgent kind first.

    Left out is what nobody is to learn of by its number, such as covert inspections.
    """
    hidden = [kind.name for kind in registry.kinds() if kind.is_hidden]
    rows = (
        _running(tenure)
        .exclude(kind__in=hidden)
        .order_by()
        .values("kind")
        .annotate(number=Count("pk"), due_at=Min("due_at"))
    )
    ordered = rows.order_by("due_at", "kind")
    return [Owed(str(registry.get(row["kind"]).label), row["number"], row["due_at"]) for row in ordered]


def known_to(viewer: "User | AnonymousUser", tenure: Tenure) -> QuerySet[Deadline]:
    """Return of that what the viewer may know of, the most urgent first; all else is in the numbers alone (Z-02)."""
    running = _running(tenure)
    types = ContentType.objects.filter(pk__in=running.order_by().values("content_type"))
    models = [model for each in types if (model := each.model_class()) is not None]
    return running.filter(about(viewer, models)).order_by("due_at", "pk")


def shown(promises: Iterable[Deadline]) -> Sequence[Left]:
    """Return promises as they are listed, with number and page of what each is about; one question for each model."""
    rows = [(row, _type_of(row)) for row in promises]
    labels = subjects.labels_of((each, row.object_id) for row, each in rows)
    return [
        Left(str(registry.get(row.kind).label), *labels.get((each, row.object_id), ("–", "")), row.due_at)
        for row, each in rows
    ]


def _type_of(promise: Deadline) -> str:
    about_ = ContentType.objects.get_for_id(promise.content_type_id)
    return f"{about_.app_label}.{about_.model}"


def _running(tenure: Tenure) -> QuerySet[Deadline]:
    """
    Return what the person owes at the organ; of a holder also what the post owes and nobody by name.

    What they have time for, as a statement in a fault case, is theirs to the end.
    """
    own = Q(responsible_id=tenure.user_id, organ_id=tenure.post.organ_id)
    if tenure.kind == TenureKind.HOLDER:
        own |= Q(post_id=tenure.post_id, responsible__isnull=True)
    return Deadline.objects.running().of_government().filter(own)


def named_in(viewer: "User | AnonymousUser", tenure: Tenure) -> list[tuple[str, list[tuple[str, str]]]]:
    """
    Return what else names the person at the organ and waits for somebody to give it to, as far as the viewer may know.

    By kind, each with number and page; no more of a kind than ``MOST_NAMED``, as somebody has a few in hand.
    """
    accounts = persons.accounts_of(tenure.user)
    found = []
    for label, subject in _subjects.items():
        if subject.named is None:
            continue
        rows = subject.named(accounts).filter(pk__in=rows_of(subject.model, viewer).values("pk"))
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_NAMED])
        if keys:
            labels = subjects.labels_of((label, pk) for pk in keys)
            shown_ = [labels.get((label, pk), ("–", "")) for pk in keys]
            found.append((str(subject.model._meta.verbose_name_plural), shown_))
    return found


# --- Passing on -----------------------------------------------------------------------------------------------------


def pass_on_with(tenure: Tenure, by: User, at: datetime) -> None:
    """Pass on what a person may no longer have in hand in the transaction in which the end of a tenure is confirmed."""
    if tenure.until is None or tenure.until > local_day(at):
        return  # what ends by its date is looked at then
    for label, subject in _subjects.items():
        if subject.pass_on is not None:
            _tell(label, subject.pass_on(at, tenure.user), f"{tenure.pk}:{tenure.until.isoformat()}", at)
    _leave_to_leaders(tenure, at)


def follow_tenures(*, at: datetime) -> None:
    """Do the same for tenures that ended by their date. Safe at any time, twice, and two at once."""
    on = local_day(at)
    jobs = [(label, subject.pass_on) for label, subject in _subjects.items() if subject.pass_on is not None]
    for label, pass_on in jobs:
        with _by_itself(label), transaction.atomic():
            _tell(label, pass_on(at, None), at.isoformat(), at)
    ended = Tenure.objects.filter(until__lte=on, until__gt=on - LOOKS_BACK).select_related("user", "post__organ")
    for tenure in ended.order_by("pk"):
        with _by_itself("tenure"), transaction.atomic():
            _leave_to_leaders(tenure, at)


@contextmanager
def _by_itself(label: str) -> Iterator[None]:
    """Let what fails with one stop no other, while the database is there (docs/trust.md D-07)."""
    try:
        yield
    except Exception as error:
        if not connection.is_usable():
            raise
        log.exception("not_passed_on", of=label, error=type(error).__name__)


def followers_of(user: User, organ_id: int, roles: Collection[Role], on: date) -> list[User]:
    """
    Return who could take over from somebody, in order: of the post itself, then of its counterpart (B).

    Holders come before those who stand in; posts that the person holds come before those they left, the last one first.
    Whether somebody may have a subject is asked of each by whoever passes it on (docs/trust.md Z-07).
    """
    there = Tenure.objects.filter(post__organ_id=organ_id, post__role__in=roles)
    held = there.filter(user=user, since__lte=on).order_by(F("until").desc(nulls_first=True), "-id")
    posts = [pk for pair in held.values_list("post_id", "post__stand_in_id") for pk in pair if pk is not None]
    own = persons.accounts_of(user)
    running = there.running(on).filter(post_id__in=posts, user__is_active=True).exclude(user_id__in=own)
    by_post: dict[int, list[User]] = {}
    for tenure in running.select_related("user").order_by("kind", "user_id"):
        by_post.setdefault(tenure.post_id, []).append(tenure.user)
    return list(dict.fromkeys(person for pk in posts for person in by_post.get(pk, ())))


def _tell(label: str, taken: Mapping[int, int], cause: str, at: datetime) -> None:
    for user_id, count in sorted(taken.items()):
        post_message(f"{YOURS}:{label}:{cause}", YOURS, to=[user_id], values={"count": count}, at=at)


def _leave_to_leaders(tenure: Tenure, at: datetime) -> None:
    """Tell whoever leads the organ of each subject that still names somebody who has no post there any more, once."""
    on, organ_id = local_day(at), tenure.post.organ_id
    accounts = persons.accounts_of(tenure.user)
    if Tenure.objects.running(on).filter(user_id__in=accounts, post__organ_id=organ_id).exists():
        return
    found = [
        (row, getattr(row, subject.given_by))
        for subject in _subjects.values()
        if subject.named is not None
        for row in subject.named(accounts).order_by("pk")
    ]
    posts = heads.acting({given_by for _row, given_by in found}, on) if found else {}
    for row, given_by in found:
        leading = Tenure.objects.running(on).filter(post__in=posts.get(given_by, ()), user__is_active=True)
        to = list(leading.order_by("user_id").values_list("user_id", flat=True).distinct())
        event = f"{LEFT}:{row._meta.label_lower}:{row.pk}:{tenure.pk}"
        post_message(event, LEFT, to=to, subject=row, at=at)


YOURS, LEFT = "tenure.yours", "tenure.left"


def register_messages() -> None:
    """Make the texts known; called once Django is ready. They name no person (docs/trust.md Z-15)."""
    subjects.register_kind(
        YOURS,
        _("Work of somebody who left the post is yours now"),
        _("Running promises that you owe now: %(count)s. Their dates stay. They are listed under My work."),
        group=MessageGroup.WORK,
    )
    subjects.register_kind(
        LEFT,
        _("%(number)s needs somebody else"),
        _("%(number)s still names somebody who has left the organ. Please give it to somebody else."),
        group=MessageGroup.WORK,
    )
