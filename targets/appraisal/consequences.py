"""What follows from published grades (docs/domain.md 8.6, 11): proposals to the office, time for a review."""

from datetime import datetime

from django.utils.translation import override

from accountability.corrections import issuing
from accountability.corrections.enums import Kind, Source
from accountability.corrections.issuing import Content
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import DeadlineState
from targets.appraisal import deadlines
from targets.appraisal.deadlines import REVIEW_APPLY
from targets.appraisal.enums import Grade, Subject
from targets.models import Appraisal, Sheet

BASIS = "已公布的绩效考评办法和考评结果。"


def follow(appraisal: Appraisal, /, *, at: datetime) -> None:
    """
    Follow the grades of an appraisal as they are published now, each once, in the caller's transaction.

    After a correction whoever is no longer incompetent has no time for a review any more, and who becomes it again has.
    """
    sheets = appraisal.sheets.select_related("appraisal", "organ", "post", "person")
    if appraisal.subject == Subject.ORGAN:
        for sheet in sheets.filter(grade=Grade.UNQUALIFIED).order_by("pk"):
            _propose_opinion(sheet, at)
        return
    engine.cancel_many(REVIEW_APPLY, appraisal.sheets.exclude(grade=Grade.INCOMPETENT), at=at)
    # One grade of a person is reviewed once, whatever posts they held: on the sheet whose score it comes from.
    of_person: dict[int, list[Sheet]] = {}
    for sheet in sheets.filter(grade=Grade.INCOMPETENT).order_by("total", "pk"):
        of_person.setdefault(sheet.person_key or -sheet.pk, []).append(sheet)
    latest = deadlines.latest_states(appraisal, REVIEW_APPLY)
    first = []
    for own in of_person.values():
        had = [sheet for sheet in own if sheet.pk in latest]
        if not had:
            first.append(own[0])
        elif all(latest[sheet.pk] == DeadlineState.CANCELLED for sheet in had):
            deadlines.open_for_person(had[0], REVIEW_APPLY, at=at)
    deadlines.open_for_all(REVIEW_APPLY, sorted(first, key=lambda each: each.pk), at=at)


def _propose_opinion(sheet: Sheet, at: datetime) -> None:
    """Propose a supervision opinion to the leader of the office in charge; whoever signs it sets its words."""
    appraisal, organ = sheet.appraisal, sheet.organ
    with override("zh-hans"):
        period = (
            f"{appraisal.year}年度" if appraisal.span == "year" else f"{appraisal.year}年{appraisal.get_span_display()}"
        )
    content = Content(
        title=f"{period}绩效考评不合格的整改建议",
        findings=f"{organ.name}{period}绩效考评得分{sheet.total}分，等次为不合格。",
        wanted="请对照考评表查找原因，健全制度，制定整改措施，并在规定时限内书面答复采纳情况或者不采纳的理由。",
        basis=BASIS,
    )
    key = f"grade:{organ.code}:{appraisal.year}:{appraisal.span}"
    issuing.propose(Kind.OPINION, organ, content, key=key, source=Source.GRADE, at=at, text=f"{period}绩效考评")
