"""
The catalogue of clauses that a fault offends against: entered, worded anew, ended; no wording is ever changed.

Its first entries come along with the portal: what the pilot paper of 2005 asks of everybody who serves the public, and
the kinds of faults. The eight musts and must-nots stand in 佛府〔2004〕80号; the office enters them from its own copy.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps as installed
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accountability.faults.enums import ProposalState
from accountability.faults.words import ClauseKind, FaultType
from accountability.models import Clause, FaultDecision, SanctionClause
from efficiency.access.may import may
from efficiency.audit.records import record
from efficiency.refusals import Invalid, Refused
from efficiency.timing.zone import start_of

if TYPE_CHECKING:
    from efficiency.access.models import User

_LOCK = 0x636C6175
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_PILOT = "佛山市机关效能建设试点工作意见（2005年）第四部分"
_PILOT_ON = date(2005, 1, 1)
_FAULTS = "参照佛山市行政过错责任追究实施细则（2014年）第三条"
_FAULTS_ON = date(2014, 5, 9)


@dataclass(frozen=True, slots=True)
class Standard:
    """One clause that comes along with the portal."""

    code: str
    kind: ClauseKind
    text: str
    source: str
    valid_from: date
    fault_type: FaultType | None = None


def _fault(fault_type: FaultType, text: str) -> Standard:
    code = f"fault-{fault_type.value.replace('_', '-')}"
    return Standard(code, ClauseKind.FAULT, text, _FAULTS, _FAULTS_ON, fault_type)


def _conduct(code: str, text: str, item: str, fault_type: FaultType) -> Standard:
    return Standard(f"conduct-{code}", ClauseKind.CONDUCT, text, f"{_PILOT}（{item}）", _PILOT_ON, fault_type)


# fmt: off
# The words of the pilot paper are those of the paper; kinds of faults are told in ours, by docs/domain.md 10.1, until
# the office enters the wording of its own rules.
STANDARD = (
    _conduct("disclosure", "将本部门的办事依据、办事程序、职责权限、收费标准、办事结果以及责任追究等规定，"
             "全面向社会公开。", "二", FaultType.DISCLOSURE),
    _conduct("in-time", "对当事人提出的相关事项请求，凡在职责范围内的，须在规定时限内以适当的方式作出回复。",
             "三", FaultType.OVERDUE),
    _conduct("explain", "凡不在职责范围内的，须作出解释。", "三", FaultType.BUCK_PASSING),
    _conduct("unclear-duty", "凡职责不清的，应详细登记、报请领导，并在规定时限内予以回复。",
             "三", FaultType.BUCK_PASSING),
    _conduct("first-receiver", "首次接受当事人请求的工作人员，不得推诿。", "三", FaultType.BUCK_PASSING),
    _conduct("one-time-notice", "要将当事人需要提供的办事手续一次性告知。", "三", FaultType.INCOMPLETE),
    _conduct("coordination", "受理时，需要不同部门办理的，由受理人通过内部协调（或报请其主管领导出面协调），"
             "在规定时限内予以回复。", "三", FaultType.BUCK_PASSING),
    _fault(FaultType.REFUSE, "应当履行职责而拒绝履行的。"),
    _fault(FaultType.ABANDON, "擅自放弃应当履行的职责的。"),
    _fault(FaultType.BUCK_PASSING, "属于本单位、本岗位职责而相互推诿、扯皮的。"),
    _fault(FaultType.INCOMPLETE, "只履行部分职责，致使应办事项未能办成的。"),
    _fault(FaultType.NO_BASIS, "没有法律、法规、规章依据作出行政行为的。"),
    _fault(FaultType.PROCEDURE, "违反规定程序作出行政行为的。"),
    _fault(FaultType.BEYOND_POWER, "超越或者滥用职权作出行政行为的。"),
    _fault(FaultType.OVERDUE, "无正当理由超过法定或者承诺时限的。"),
    _fault(FaultType.FEES, "违反规定收费、罚款或者摊派的。"),
    _fault(FaultType.DISCLOSURE, "应当公开的事项不公开、不按时公开或者公开不实的。"),
    _fault(FaultType.FALSE_DATA, "报送、录入虚假数据或者隐瞒真实情况的。"),
    _fault(FaultType.RETALIATION, "对投诉人、检举人、证人打击报复的。"),
    _fault(FaultType.ATTITUDE, "态度生硬、作风粗暴，刁难办事群众的。"),
)
# fmt: on


def ensure(model: Any = Clause) -> int:
    """Add the clauses of the portal of which no wording is there, and leave all others; return how many were added."""
    there = set(model.objects.values_list("code", flat=True).order_by("code").distinct())
    at = timezone.now()
    new = [
        model(
            code=each.code,
            number=1,
            kind=each.kind.value,
            fault_type=each.fault_type.value if each.fault_type else "",
            text=each.text,
            source=each.source,
            valid_from=each.valid_from,
            entered_at=at,
        )
        for each in STANDARD
        if each.code not in there
    ]
    return len(model.objects.bulk_create(new, ignore_conflicts=True))


def ensure_after_migrate(apps: Any = installed, **_signal: Any) -> None:
    """Add what is missing once the table is there; called after each migration."""
    try:
        model = apps.get_model("accountability", "Clause")
    except LookupError:  # the table was taken away
        return
    ensure(model)


class NotAllowed(Refused):
    """The person may not change the catalogue."""


def lock() -> None:
    """
    Let whoever changes the catalogue wait for each other, until the end of the transaction.

    The running portal only adds to a table of record, and so may not lock it (docs/trust.md L-02).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def enter(
    code: str,
    /,
    *,
    by: "User",
    at: datetime,
    kind: str,
    text: str,
    source: str,
    valid_from: date,
    fault_type: str = "",
) -> Clause:
    """
    Add a clause to the catalogue with its first wording, or a further one to a clause that has ended.

    :raises NotAllowed: ``by`` may not
    :raises Invalid: a wording of the code holds without an end, the one that has ended holds on that day or is of
        another kind, or a text is missing
    """
    _only_for_editors(by)
    text, source = _whole(text, source)
    lock()
    last = Clause.objects.filter(code=code).order_by("number").last()
    if last is not None and last.valid_until is None:
        raise Invalid("code", _("There is a clause of this code; word that one anew."))
    if last and (why := why_not_begun_again(last, kind=kind, fault_type=fault_type, valid_from=valid_from)):
        raise Invalid(*why)
    number = last.number + 1 if last else 1
    return _write(by, at, "clause.enter", code, number, kind, fault_type, text, source, valid_from)


@transaction.atomic
def reword(clause: Clause, /, *, by: "User", at: datetime, text: str, source: str, valid_from: date) -> Clause:
    """
    Let another wording of a clause hold from a day on; the one before ends on it and stays as it was.

    :raises NotAllowed: ``by`` may not
    :raises Invalid: the wording has ended or was replaced, the day lies before its beginning or a fault for which
        it was cited or a decision names it, or a text is missing
    """
    _only_for_editors(by)
    text, source = _whole(text, source)
    last = _end(clause, valid_from, "valid_from")
    return _write(
        by, at, "clause.reword", last.code, last.number + 1, last.kind, last.fault_type, text, source, valid_from
    )


@transaction.atomic
def end(clause: Clause, /, *, by: "User", at: datetime, on: date) -> Clause:
    """
    Let a clause hold no longer from a day on.

    :raises NotAllowed: ``by`` may not
    :raises Invalid: it has ended, or the day lies before its beginning or before a fault for which it was cited or a
        decision names it
    """
    _only_for_editors(by)
    ended = _end(clause, on, "on")
    record("clause.end", actor=by, obj=ended, detail={"code": ended.code, "number": ended.number}, at=at)
    return ended


def why_not_reworded(clause: Clause, on: date) -> str:
    """Return why a wording that holds cannot end on a day; empty where it can."""
    if on < clause.valid_from:
        return str(_("The day lies before the one from which this wording holds."))
    # Whoever cites a wording holds its row as well: it held on the day of the fault, and goes on having held.
    if SanctionClause.objects.filter(clause=clause, sanction__fault_on__gte=on).exists():
        return str(_("A sanction cites this wording for a fault of that day or a later one."))
    if _is_named(clause, on):
        return str(_("A decision names this wording for a fault of that day or a later one."))
    return ""


def why_not_begun_again(
    last: Clause, /, *, kind: str, fault_type: str, valid_from: date
) -> tuple[str, str | Promise] | None:
    """Return the field and the reason for which no wording can follow the ``last`` one, that has ended; else None."""
    stays = _("This stays: enter another clause where it is to be something else.")
    if kind != last.kind:
        return "kind", stays
    if fault_type != last.fault_type:
        return "fault_type", stays
    if last.valid_until is not None and valid_from < last.valid_until:
        return "valid_from", _("On this day the wording before still holds.")
    return None


def hold(clauses: Iterable[Clause]) -> list[Clause]:
    """Return the wordings as they stand, locked: none of them gets an end until the caller's transaction is over."""
    keys = [clause.pk for clause in clauses]
    return list(Clause.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def _is_named(clause: Clause, on: date) -> bool:
    """Say whether a decision that waits or took effect names a wording for a fault of this day or a later one."""
    decisions = FaultDecision.objects.filter(
        clauses=clause, proposal__state__in=(ProposalState.WAITING, ProposalState.CONFIRMED)
    )
    # Where nobody recorded the day of the fault, it is that on which the clue came in.
    return decisions.filter(
        Q(case__fault_on__gte=on) | Q(case__fault_on__isnull=True, case__received_at__gte=start_of(on))
    ).exists()


def is_code(code: str) -> bool:
    """Say whether a text can be the code of a clause: Latin letters, digits, hyphens."""
    return _CODE.fullmatch(code) is not None


def next_number(code: str) -> int:
    """Return the number that the next wording of a clause gets."""
    return (Clause.objects.filter(code=code).aggregate(last=Max("number"))["last"] or 0) + 1


def _end(clause: Clause, on: date, field: str) -> Clause:
    lock()
    held = Clause.objects.select_for_update(no_key=True).get(pk=clause.pk)
    if held.valid_until is not None or held.number + 1 != next_number(held.code):
        raise Invalid(None, _("This wording has ended already."))
    if why := why_not_reworded(held, on):
        raise Invalid(field, why)
    held.valid_until = on
    held.save(update_fields=["valid_until"])
    return held


def _only_for_editors(by: "User") -> None:
    if not may(by, "clause.edit", fresh=True):
        raise NotAllowed(_("You may not change the catalogue of clauses."))


def _whole(text: str, source: str) -> tuple[str, str]:
    text, source = text.strip(), source.strip()
    if not text:
        raise Invalid("text", _("Enter the wording of the clause."))
    if not source:
        raise Invalid("source", _("Say where the clause is written down."))
    return text, source


def _write(
    by: "User",
    at: datetime,
    act: str,
    code: str,
    number: int,
    kind: str,
    fault_type: str,
    text: str,
    source: str,
    valid_from: date,
) -> Clause:
    clause = Clause.objects.create(
        code=code,
        number=number,
        kind=kind,
        fault_type=fault_type,
        text=text,
        source=source,
        valid_from=valid_from,
        entered_by=by,
        entered_at=at,
    )
    record(act, actor=by, obj=clause, detail={"code": code, "number": number}, at=at)
    return clause
