"""
Phases and tasks of a programme as one text, which the office edits before it begins (docs/domain.md 11.2).

A line with a date is a phase and its last day; a line that begins with a dash is a task of the phase above. What a task
asks for stands before it in brackets: 〔方案〕 〔自查〕 〔总结〕; without brackets it is a task as such.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from supervision.pilots.enums import TaskKind
from supervision.pilots.refusals import Invalid

LONGEST_NAME, LONGEST_TASK, MOST_PHASES, MOST_TASKS = 40, 200, 12, 30
MARKS = {"方案": TaskKind.PLAN, "自查": TaskKind.SELF_CHECK, "总结": TaskKind.SUMMARY}
_PHASE = re.compile(r"(?P<name>.+?)\s+(?P<day>\d{4}-\d{2}-\d{2})", re.ASCII)
_TASK = re.compile(r"[-—–·]\s*(?:〔(?P<mark>[^〕]*)〕)?\s*(?P<text>.+)")

# The seed's four phases, with the last month of each: the paper's tasks, ready-made for another year.
TEMPLATE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "部署准备阶段",
        "03-31",
        (
            "成立机关效能建设领导小组及其办公室",
            "做好宣传发动和教育学习",
            "〔方案〕制定本单位机关效能建设试点工作实施方案，报效能办备案",
        ),
    ),
    (
        "制度建设阶段",
        "05-31",
        (
            "对现有规章制度进行整理归类，开展调研论证",
            "建立和完善各项制度，重点健全“五项制度”",
            "按照政务公开的要求，在适当范围以适当形式公开各项制度",
        ),
    ),
    (
        "实施监察阶段",
        "07-31",
        (
            "〔自查〕边运行、边自查，报送自查报告",
            "成立效能督查组，开展明查暗访",
            "向社会公布投诉电话、投诉信箱和网上投诉电子邮箱",
            "组织特聘的社会监督员进行巡查和座谈",
            "建立健全局长接待日制度",
            "发放征求意见表，征求各界意见",
        ),
    ),
    ("总结评估阶段", "08-31", ("〔总结〕总结试点工作，报送总结报告",)),
)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task: what it asks for, and its words."""

    kind: TaskKind
    text: str


@dataclass(frozen=True, slots=True)
class PhaseLines:
    """A phase: name, last day, tasks."""

    name: str
    ends_on: date
    tasks: tuple[TaskLine, ...]


def template(year: int) -> str:
    """Return the phases and tasks of the paper for a year."""
    lines = []
    for name, day, tasks in TEMPLATE:
        lines.append(f"{name} {year}-{day}")
        lines += [f"- {task}" for task in tasks]
    return "\n".join(lines)


def written(phases: Sequence[PhaseLines]) -> str:
    """Return phases as the text that ``read`` reads."""
    marks = {kind: mark for mark, kind in MARKS.items()}
    lines = []
    for phase in phases:
        lines.append(f"{phase.name} {phase.ends_on.isoformat()}")
        lines += [f"- {f'〔{marks[task.kind]}〕' if task.kind in marks else ''}{task.text}" for task in phase.tasks]
    return "\n".join(lines)


def read(text: str) -> tuple[PhaseLines, ...]:
    """
    Return the phases of a text.

    :raises Invalid: a line is neither phase nor task, a phase has no task or does not end after the one before, or the
        programme asks for no implementation plan or no summary report
    """
    phases: list[tuple[str, date, list[TaskLine]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line:
            continue
        if task := _TASK.fullmatch(line):
            if not phases:
                raise _wrong(number)
            phases[-1][2].append(_task(task["mark"], task["text"], number))
        elif phase := _PHASE.fullmatch(line):
            phases.append((_phase_name(phase["name"], number), _day(phase["day"], number), []))
        else:
            raise _wrong(number)
    found = tuple(PhaseLines(name, ends_on, tuple(tasks)) for name, ends_on, tasks in phases)
    _check(found)
    return found


def _phase_name(name: str, number: int) -> str:
    if len(name) > LONGEST_NAME:
        raise _wrong(number)
    return name


def _day(day: str, number: int) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise _wrong(number) from error


def _task(mark: str | None, text: str, number: int) -> TaskLine:
    if (mark and mark not in MARKS) or len(text) > LONGEST_TASK:
        raise _wrong(number)
    return TaskLine(MARKS[mark] if mark else TaskKind.TASK, text.strip())


def _check(phases: tuple[PhaseLines, ...]) -> None:
    if not phases or len(phases) > MOST_PHASES or any(len(phase.tasks) > MOST_TASKS for phase in phases):
        raise Invalid("outline", _("Please name one to twelve phases, each with at most thirty tasks."))
    if any(not phase.tasks for phase in phases):
        raise Invalid("outline", _("Each phase has at least one task."))
    ends = [phase.ends_on for phase in phases]
    if any(later <= earlier for earlier, later in pairwise(ends)):
        raise Invalid("outline", _("Each phase ends after the one before."))
    kinds = [task.kind for phase in phases for task in phase.tasks]
    if any(kinds.count(kind) != 1 for kind in (TaskKind.PLAN, TaskKind.SUMMARY)):
        raise Invalid("outline", _("A programme asks each organ for one implementation plan and one summary report."))


def _wrong(number: int) -> Invalid:
    return Invalid(
        "outline",
        _("Line %(number)d is neither a phase with its last day nor a task that begins with a dash.")
        % {"number": number},
    )
