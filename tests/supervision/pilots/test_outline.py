"""Phases and tasks of a programme as one text; the paper's four phases ready-made (11.2)."""

from datetime import date

import pytest

from supervision.pilots import outline
from supervision.pilots.enums import TaskKind
from supervision.pilots.refusals import Invalid

GOOD = "准备 2026-03-31\n- 〔方案〕方案\n总结 2026-08-31\n- 〔总结〕报告"


def test_the_paper_has_four_phases_with_their_ends():
    phases = outline.read(outline.template(2005))

    assert [(phase.name, phase.ends_on) for phase in phases] == [
        ("部署准备阶段", date(2005, 3, 31)),
        ("制度建设阶段", date(2005, 5, 31)),
        ("实施监察阶段", date(2005, 7, 31)),
        ("总结评估阶段", date(2005, 8, 31)),
    ]


def test_the_paper_asks_for_a_plan_a_self_check_and_a_summary_and_five_ways_of_supervision():
    first, _second, third, fourth = outline.read(outline.template(2027))

    assert [task.kind for task in first.tasks].count(TaskKind.PLAN) == 1
    assert [task.kind for task in third.tasks] == [TaskKind.SELF_CHECK] + [TaskKind.TASK] * 5
    assert [task.kind for task in fourth.tasks] == [TaskKind.SUMMARY]


def test_what_is_written_is_what_is_read():
    assert outline.read(outline.written(outline.read(outline.template(2027)))) == outline.read(outline.template(2027))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "准备阶段",
        "- 方案",
        "准备 2026-02-30\n- 〔方案〕方案",
        "准备 2026-03-31\n- 〔别的〕方案",
        "准备 2026-03-31",
        GOOD.replace("2026-08-31", "2026-03-31"),
        GOOD.replace("〔方案〕", ""),
        GOOD.replace("〔总结〕", "〔方案〕"),
        "长" * 41 + " 2026-03-31\n- 〔方案〕方案",
    ],
)
def test_what_is_no_programme_is_refused(text):
    assert len(outline.read(GOOD)) == 2
    with pytest.raises(Invalid):
        outline.read(text)
