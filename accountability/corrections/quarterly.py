"""
An unqualified quarter of an organ makes a proposal of a supervision opinion, once (docs/domain.md 9.5).

The portal proposes, the leader of the office in charge decides and sets the words, as with grades of appraisals.
"""

from datetime import datetime

from django.db import transaction

from accountability.cards import score
from accountability.cards.enums import QuarterGrade
from accountability.corrections import issuing
from accountability.corrections.enums import Kind, Source
from accountability.corrections.issuing import Content
from accountability.models import Correction
from efficiency.organs.models import Organ
from efficiency.rounding import half_up
from efficiency.timing.due import local_day

BASIS = "电子监察评分办法和该季度各月监察得分。"


def propose(*, at: datetime) -> int:
    """
    Propose an opinion for each organ whose last quarter that is over was unqualified; return how many.

    Each quarter of an organ once, whatever became of the proposal. Safe to run twice, and two at once.
    """
    day = local_day(at)
    year, quarter = (day.year, (day.month - 1) // 3) if day.month > 3 else (day.year - 1, 4)
    averages = score.scores_of_quarter(year, quarter, as_of=at)
    low = [organ for organ, average in averages.items() if score.grade(average) == QuarterGrade.UNQUALIFIED]
    keys = {organ: f"quarter:{organ}:{year}:{quarter}" for organ in low}
    there = set(Correction.objects.filter(proposal_key__in=keys.values()).values_list("proposal_key", flat=True))
    made = 0
    for organ in Organ.objects.filter(pk__in=[organ for organ in low if keys[organ] not in there]).order_by("pk"):
        period = f"{year}年第{quarter}季度"
        content = Content(
            title=f"{period}电子监察评分不合格的整改建议",
            findings=f"{organ.name}{period}各月监察得分平均为{half_up(averages[organ.pk])}分，等次为不合格。",
            wanted="请对照警示牌和各项时限查找原因，健全制度，制定整改措施，并在规定时限内书面答复采纳情况或者不采纳的理由。",
            basis=BASIS,
        )
        with transaction.atomic():
            made += (
                issuing.propose(
                    *(Kind.OPINION, organ, content),
                    key=keys[organ.pk],
                    source=Source.GRADE,
                    at=at,
                    text=f"{period}电子监察评分",
                )
                is not None
            )
    return made
