"""
What is owed comes up by itself: at the end of a period, when a duty begins, when a fact arises, when a document ends.

``raise_due`` runs every hour and finds everything that came due since it ran last, however long that was. What a
withdrawal or a repeal leaves open is raised with it (``follow``); what a fact asks for, in the transaction in which it
is announced (``efficiency.facts``). Each owed publication begins at the moment that it is about and not when it was
found. A key tells it from the others of its duty, so that two workers at once, or a second run, raise nothing twice.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from disclosure.catalogue import fulfilling, promise
from disclosure.catalogue.fulfilling import AFTER, TAKEN_BACK
from disclosure.enums import Rhythm
from disclosure.models import Document, OwedPublication, PublicationDuty
from efficiency.access.models import User
from efficiency.deadlines import actions as deadlines
from efficiency.facts import Fact, kind_of
from efficiency.organs.models import Organ, Post
from efficiency.outbox import registry as outbox_registry
from efficiency.outbox.actions import post_each
from efficiency.outbox.models import MessageGroup
from efficiency.timing import store
from efficiency.timing.due import Limit, due_at, local_day

BATCH = 1000
FIRST = "first"
MESSAGE = "disclosure.owed"
LONGEST_TITLE = 200

# A duty that holds on the day, of an organ that exists.
_IN_FORCE = """
    duty.holds_from <= %(on)s AND (duty.holds_until IS NULL OR duty.holds_until > %(on)s)
    AND organ.since <= %(on)s AND (organ.until IS NULL OR organ.until > %(on)s)
"""
_NOT_RAISED = "NOT EXISTS (SELECT FROM disclosure_owedpublication AS o WHERE o.duty_id = duty.id AND o.key = {key})"
# A period that is over and whose last day lies in the time of the duty. What it asks for begins with its last second,
# so that the next working day is the first that counts (docs/domain.md 3.1 rule 3).
_PERIODS = f"""
SELECT duty.id AS duty_id, period.key, (period.last_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
       - interval '1 second' AS began_at
  FROM disclosure_publicationduty AS duty
  JOIN efficiency_organ AS organ ON organ.id = duty.organ_id
  JOIN (VALUES ('monthly', interval '1 month'), ('quarterly', interval '3 months'),
               ('half_yearly', interval '6 months'), ('yearly', interval '1 year')) AS rhythm (name, length)
    ON rhythm.name = duty.rhythm
 CROSS JOIN LATERAL (
     SELECT (first + rhythm.length)::date - 1 AS last_day,
            CASE rhythm.name
                WHEN 'monthly' THEN to_char(first, 'YYYY-MM')
                WHEN 'quarterly' THEN to_char(first, 'YYYY-"Q"Q')
                WHEN 'half_yearly' THEN to_char(first, 'YYYY-"H"') || (extract(quarter FROM first)::int + 1) / 2
                ELSE to_char(first, 'YYYY')
            END AS key
       FROM generate_series(date_trunc('year', duty.holds_from::timestamp), %(on)s::timestamp, rhythm.length) AS first
 ) AS period
 WHERE {_IN_FORCE} AND period.last_day < %(on)s AND period.last_day >= duty.holds_from
   AND {_NOT_RAISED.format(key="period.key")}
"""  # noqa: S608 - put together from our own constants
_FIRST = f"""
SELECT duty.id, '{FIRST}', duty.holds_from::timestamp AT TIME ZONE 'Asia/Shanghai'
  FROM disclosure_publicationduty AS duty
  JOIN efficiency_organ AS organ ON organ.id = duty.organ_id
 WHERE duty.rhythm = 'once' AND {_IN_FORCE} AND {_NOT_RAISED.format(key=f"'{FIRST}'")}
"""  # noqa: S608 - put together from our own constants
# A document that was withdrawn leaves a gap; one that ran out does where something has to be there at any time. What
# is about a period or a fact that is over stays published, and what its source took back nobody can publish again.
_AFTER = f"""
SELECT duty.id, '{AFTER}' || owed.id, greatest(ended.at, owed.published_at)
  FROM disclosure_owedpublication AS owed
  JOIN disclosure_publicationduty AS duty ON duty.id = owed.duty_id
  JOIN efficiency_organ AS organ ON organ.id = duty.organ_id
  JOIN disclosure_document AS document ON document.id = owed.document_id
  JOIN disclosure_documentversion AS version ON version.id = document.public_version_id
 CROSS JOIN LATERAL (
     SELECT CASE WHEN version.state = 'withdrawn' THEN version.ended_at
                 WHEN duty.rhythm = 'once' THEN least(
                     CASE WHEN version.repealed_on <= %(on)s
                          THEN version.repealed_on::timestamp AT TIME ZONE 'Asia/Shanghai' END,
                     CASE WHEN version.valid_until < %(on)s
                          THEN (version.valid_until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - interval '1 second'
                          END)
            END AS at
 ) AS ended
 WHERE owed.state = 'published' AND ended.at <= %(at)s AND {_IN_FORCE}
   AND NOT ({TAKEN_BACK.format(cut="%(at)s")})
   AND {_NOT_RAISED.format(key=f"'{AFTER}' || owed.id")}
"""  # noqa: S608 - put together from our own constants
CANDIDATES = f"{_PERIODS} UNION ALL {_FIRST} UNION ALL {_AFTER}"
_DUE = f"SELECT * FROM ({CANDIDATES}) AS due ORDER BY began_at, duty_id, key LIMIT {BATCH}"  # noqa: S608 - ours
_AFTER_DOCUMENT = f"{_AFTER} AND owed.document_id = %(document)s ORDER BY 3, 1, 2"
_INSERT = """
INSERT INTO disclosure_owedpublication
       (duty_id, organ_id, key, source_key, title, state, raised_at, due_on, release_reason)
SELECT duty_id, organ_id, key, source_key, title, 'open', raised_at, due_on, ''
  FROM jsonb_to_recordset(%s::jsonb) AS given (
      duty_id bigint, organ_id bigint, key text, source_key text, title text, raised_at timestamptz, due_on date)
 ORDER BY duty_id, key
    ON CONFLICT (duty_id, key) DO NOTHING
RETURNING id, duty_id, key
"""


@dataclass(frozen=True, slots=True)
class _Due:
    """One publication that is owed from a moment on, before anybody wrote it down."""

    duty: PublicationDuty
    key: str
    began_at: datetime
    title: str
    source_key: str = ""


def raise_due(*, at: datetime) -> int:
    """
    Raise everything that is owed by ``at`` and was not raised yet; return how much that was.

    Safe to run twice, and two at once: of one key one row is written.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    raised = 0
    while found := _candidates(_DUE, on=local_day(at), at=at):
        with transaction.atomic():
            raised += len(_raise(found, at=at))
    return raised


def follow(document: Document, at: datetime) -> None:
    """
    Raise anew what a document fulfilled that was withdrawn or holds no longer, in the transaction of that step.

    So nobody reads of a gap before it is owed that it be filled (``disclosure.documents.following``).
    """
    if found := _candidates(_AFTER_DOCUMENT, on=local_day(at), at=at, document=document.pk):
        _raise(found, at=at)


def _candidates(statement: str, **values: int | date) -> list[_Due]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    duties = PublicationDuty.objects.in_bulk({duty_id for duty_id, _key, _began_at in rows})
    return [
        _Due(duties[duty_id], key, began_at, _title(duties[duty_id], local_day(began_at)))
        for duty_id, key, began_at in rows
    ]


def on_fact(fact: Fact) -> None:
    """
    Raise what the fact makes an organ owe, in the transaction of whoever announces it.

    A fact that may not be told in public makes nobody owe anything. What tells of it already was published with it.
    """
    on = local_day(fact.at)
    waiting = PublicationDuty.objects.in_force(on).filter(organ=fact.organ, rhythm=Rhythm.EVENT, event=fact.kind)
    duties = list(waiting.order_by("pk"))
    if not duties:
        return
    account = kind_of(fact.kind).account(fact.subject)
    if account is None:
        return
    source_key = fact.key or str(fact.subject.pk)
    # What is owed stays on the public lists, whatever becomes of the words of citizens (P-14).
    title = "" if kind_of(fact.kind).is_of_people else account.title[:LONGEST_TITLE]
    due = [_Due(duty, fact.name, fact.at, title or duty.title, source_key) for duty in duties]
    raised = _raise(due, at=fact.at)
    if raised:
        told = Document.objects.readable().filter(source=fact.kind, source_key=source_key, published_at__gte=fact.at)
        for document in told.select_related("public_version").order_by("pk"):
            if document.public_version is not None and document.published_at is not None:
                fulfilling.fulfil(document.public_version, at=document.published_at)


def _raise(due: Sequence[_Due], *, at: datetime) -> list[OwedPublication]:
    """Write what is owed with its promises: a fixed number of statements, and one for each limit and beginning."""
    calendar, reckoned = store.hold(), promise.Limits()
    limits = {(each.duty.pk, each.key): reckoned.of(each.duty, each.began_at) for each in due}
    rows = [
        {
            "duty_id": each.duty.pk,
            "organ_id": each.duty.organ_id,
            "key": each.key,
            "source_key": each.source_key,
            "title": each.title,
            "raised_at": each.began_at.isoformat(),
            "due_on": local_day(due_at(each.began_at, limits[each.duty.pk, each.key], calendar=calendar)).isoformat(),
        }
        for each in due
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [json.dumps(rows)])
        keys = {(duty_id, key): pk for pk, duty_id, key in cursor.fetchall()}
    new = [each for each in due if (each.duty.pk, each.key) in keys]
    seats = promise.seats_of({each.duty.pk for each in new}, on=local_day(at))
    together: dict[tuple[datetime, Limit], list[deadlines.Owed]] = defaultdict(list)
    raised = []
    for each in new:
        seat = seats.get(each.duty.pk)
        subject = OwedPublication(pk=keys[each.duty.pk, each.key], duty=each.duty, organ_id=each.duty.organ_id)
        owed = deadlines.Owed(
            subject,
            Organ(pk=each.duty.organ_id),
            Post(pk=seat.post_id) if seat else None,
            User(pk=seat.user_id) if seat and seat.user_id else None,
        )
        together[each.began_at, limits[each.duty.pk, each.key]].append(owed)
        raised.append(subject)
    for (began_at, limit), group in together.items():
        deadlines.open_many(promise.KIND, group, at=began_at, limit=limit)
    _tell((owed for group in together.values() for owed in group), at=at)
    return raised


def _tell(raised: Iterable[deadlines.Owed], *, at: datetime) -> None:
    """Tell everybody who answers for something of it how much is newly owed, once."""
    counts: Counter[int] = Counter()
    last = 0
    for owed in raised:
        last = max(last, owed.subject.pk)
        if owed.responsible is not None:
            counts[owed.responsible.pk] += 1
    if counts:
        post_each(f"owed:{last}", MESSAGE, {user_id: {"count": count} for user_id, count in counts.items()}, at=at)


def _title(duty: PublicationDuty, last_day: date) -> str:
    """Return what is published: the title of the duty with its period, as it stands on paper."""
    period = _period(duty, last_day)
    return f"{duty.title}（{period}）" if period else duty.title


def _period(duty: PublicationDuty, last_day: date) -> str:
    """Return the period that ended on the day, or the one after where the duty looks ahead, in Chinese."""
    year, month = last_day.year, last_day.month
    match duty.rhythm:
        case Rhythm.YEARLY:
            return f"{year + duty.looks_ahead}年"
        case Rhythm.HALF_YEARLY:
            number = year * 2 + month // 6 - 1 + duty.looks_ahead
            return f"{number // 2}年{'下' if number % 2 else '上'}半年"
        case Rhythm.QUARTERLY:
            number = year * 4 + month // 3 - 1 + duty.looks_ahead
            return f"{number // 4}年第{'一二三四'[number % 4]}季度"
        case Rhythm.MONTHLY:
            number = year * 12 + month - 1 + duty.looks_ahead
            return f"{number // 12}年{number % 12 + 1}月"
    return ""


def register() -> None:
    """Make the text known that tells of what is newly owed; called once Django is ready."""
    outbox_registry.register_kind(
        MESSAGE,
        _("Publications are owed: %(count)s"),
        _("Your organ owes so many publications more than before: %(count)s. Your work of today names them."),
        digest=True,
        path=fulfilling.path_of_queue,
        group=MessageGroup.DUE,
        label=_("Publications are newly owed"),
    )
