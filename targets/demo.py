"""
Target management in the demonstration, played by the actions themselves: one period appraised, one that runs.

The finished period is the last half-year that has been over for eleven weeks; the running one is that in which the
present lies. All figures are invented; the measures are what the demonstration's own cases, matters and documents give.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle

from efficiency import demonstration
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure
from efficiency.timing import store
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.zone import local_day
from targets.appraisal import (
    adjusting,
    objecting,
    office_score,
    preparing,
    publishing,
    putting_right,
    ruling,
    self_scoring,
    showing,
    surveys,
)
from targets.appraisal.enums import Ruling, Subject
from targets.models import Adjustment, Appraisal, Indicator, Milestone, Plan, Report, Sheet
from targets.plans import changing, drafting, negotiating, signing, spans
from targets.plans.content import BlockContent, Content, IndicatorContent, MilestoneContent, read
from targets.plans.enums import IndicatorKind, RevisionState, Span
from targets.reports import checking, comments, filling, opening
from targets.reports.checking import Found
from targets.reports.enums import Finding
from targets.reports.values import Typed
from targets.scoring.methods import Method

CITY = "440600"
OFFICE = f"{CITY}-office"
# Which have plans for the running period; all organs under the city have them for the finished one.
ORGANS = (
    f"{CITY}-construction", f"{CITY}-tax", f"{CITY}-sasac", f"{CITY}-land", f"{CITY}-labour", f"{CITY}-environment",
    f"{CITY}-service-centre", f"{CITY}-transport", "440604", "440605", "440606",
)  # fmt: skip
POSTS_OF = f"{CITY}-construction"
NEEDED = ("appraiser", "office", "head.office", "head.review", "leader.construction")
AT = time(1, 30)  # UTC: half past nine in the morning
# So many days after its end the results of a period have been out for a while.
FINISHED_AFTER = 77


@dataclass(frozen=True, slots=True)
class Aim:
    """One target of an organ: what it says, and what came of it."""

    name: str
    weight: int
    method: str
    unit: str = ""
    target: str = ""
    challenge: str = ""
    actual: str = ""
    terms: tuple[tuple[str, int], ...] = ()
    steps: tuple[str, ...] = ()
    late: int = 0
    events: int = 0
    proof: str = ""
    # Of a composite: what it is made of.
    parts: tuple["Aim", ...] = ()

    @property
    def kind(self) -> str:
        """The kind of indicator: what adds up is held to the time that has passed, a mean or a share is not."""
        if self.method in KINDS:
            return KINDS[self.method]
        return IndicatorKind.QUANTITY if self.adds_up or self.method == DEDUCT else IndicatorKind.RATIO

    @property
    def adds_up(self) -> bool:
        """Whether the figure grows over the period; a mean or a share does not."""
        return self.method == HIGHER and self.unit != "%"


HIGHER, LOWER, STEPS, DEDUCT = Method.HIGHER_BETTER, Method.LOWER_BETTER, Method.MILESTONES, Method.DEDUCT
BY_DAY, PARTS = Method.DEADLINE, Method.COMPOSITE
KINDS: dict[str, str] = {
    STEPS: IndicatorKind.MILESTONE,
    BY_DAY: IndicatorKind.DEADLINE,
    PARTS: IndicatorKind.COMPOSITE,
}
AIMS: dict[str, tuple[Aim, ...]] = {
    f"{CITY}-construction": (
        Aim("施工许可平均办理时间", 40, LOWER, "工作日", "10", actual="9", proof="施工许可办件清单"),
        Aim("保障性住房开工套数", 30, HIGHER, "套", "600", "660", "588", proof="开工项目及套数统计表"),
        Aim("年度建设领域改革节点", 30, STEPS, steps=("修订审批流程图", "窗口集中受理", "图纸电子报审上线"), late=1,
            proof="改革节点完成情况说明"),
    ),
    f"{CITY}-tax": (
        Aim("纳税服务厅平均等候时间", 40, LOWER, "分钟", "15", actual="18", proof="叫号系统统计表"),
        Aim("网上申报户数占比", 30, HIGHER, "%", "80", "85", "83.5", proof="网上申报统计表"),
        Aim("被查实的服务态度投诉", 30, DEDUCT, "件", terms=(("per_event", 10),), events=1, proof="投诉查处情况"),
    ),
    f"{CITY}-sasac": (
        Aim("产权登记按期办结率", 60, HIGHER, "%", "98", "", "97.2", proof="产权登记台账"),
        Aim("监管企业信息公开", 40, PARTS, parts=(
            Aim("公布监管企业名录", 40, BY_DAY, steps=("完成",), late=1, proof="公开截图"),
            Aim("企业年度信息公开率", 60, HIGHER, "%", "100", "", "96", proof="公开情况统计表"),
        )),
    ),
    "440604": (
        Aim("镇街便民服务中心标准化建设", 50, STEPS, steps=("祖庙街道验收", "石湾镇街道验收", "南庄镇验收"),
            proof="验收意见"),
        Aim("群众诉求一次办结率", 50, HIGHER, "%", "90", "95", "86", proof="诉求办理统计表"),
    ),
}  # fmt: skip
# What every other organ undertakes; the figures differ by place.
USUAL = (
    Aim("审批事项平均提速", 60, HIGHER, "%", "30", "40", "28", proof="审批提速对照表"),
    Aim("便民措施推进节点", 40, STEPS, steps=("公布办事指南", "实行预约办理"), proof="推进情况说明"),
)
POST_AIMS = (
    Aim("经办事项按期办结率", 70, HIGHER, "%", "98", "", "97", proof="个人办件清单"),
    Aim("被查实的差错", 30, DEDUCT, "件", terms=(("per_event", 5),), events=1, proof="差错登记"),
)
SURVEYS = ("90.6", "86.2", "88.4", "84.9", "87.7", "85.3", "92.1", "83.8", "88.9", "87.2", "86.6")


@dataclass(frozen=True, slots=True)
class Hands:
    """Who acts in the demonstration, and on which calendar."""

    appraiser: User
    office: User
    head: User
    review: User
    leader: User
    now: datetime
    calendar: WorkCalendar

    def on(self, day: date) -> datetime:
        """Return the morning of the day, or of the working day after it."""
        while not self.calendar.is_working_day(day):
            day += timedelta(days=1)
        return datetime.combine(day, AT, tzinfo=self.now.tzinfo)

    def is_past(self, at: datetime) -> bool:
        """Say whether a moment has come."""
        return at < self.now


@dataclass(frozen=True, slots=True)
class Period:
    """A half-year."""

    year: int
    span: Span

    @property
    def since(self) -> date:
        """Its first day."""
        return spans.bounds(self.year, self.span)[0]

    @property
    def until(self) -> date:
        """The first day after it."""
        return spans.bounds(self.year, self.span)[1]


def periods(today: date) -> tuple[Period, Period]:
    """Return the half-year that is finished, and the one that runs."""
    running = _half(today)
    return _half(_half(today - timedelta(days=FINISHED_AFTER)).since - timedelta(days=1)), running


def _half(day: date) -> Period:
    return Period(day.year, Span.FIRST_HALF if day.month <= 6 else Span.SECOND_HALF)


def load(now: datetime) -> int:
    """Add plans, reports and appraisals; return how many plans, none where there are some or somebody is missing."""
    people = {user.username: user for user in User.objects.filter(username__in=NEEDED)}
    organs = {organ.code: organ for organ in Organ.objects.filter(code__in=(*ORGANS, OFFICE)).order_by("pk")}
    if len(people) < len(NEEDED) or len(organs) <= len(ORGANS) or Plan.objects.exists():
        return 0
    appraiser, office, head, review, leader = (people[name] for name in NEEDED)
    hands = Hands(appraiser, office, head, review, leader, now=now, calendar=store.load())
    finished, running = periods(local_day(now))
    taking_part = [organs[code] for code in ORGANS]
    _finish(finished, _under_city(), organs[OFFICE], hands)
    _run(running, taking_part, hands)
    return Plan.objects.count()


def _under_city() -> list[Organ]:
    """Return the organs that the office of the city appraises and that somebody leads."""
    kinds = (OrganKind.DEPARTMENT, OrganKind.GOVERNMENT)
    found = list(Organ.objects.filter(parent__code=CITY, kind__in=kinds, until__isnull=True).order_by("pk"))
    heads = _heads(found)
    return [organ for organ in found if organ.pk in heads]


# --- Plans ------------------------------------------------------------------------------------------------------------


def _heads(organs: Iterable[Organ]) -> dict[int, User]:
    rows = Tenure.objects.filter(
        post__organ__in=list(organs), post__role=Role.ORGAN_LEADER, post__is_head=True, user__is_active=True
    )
    return {row.post.organ_id: row.user for row in rows.select_related("user", "post").order_by("-pk")}


def _workers(organ: Organ) -> list[tuple[Post, User]]:
    rows = Tenure.objects.filter(post__organ=organ, post__role=Role.CLERK, user__is_active=True)
    return [(row.post, row.user) for row in rows.select_related("user", "post").order_by("post__code")]


def _aims_of(organ: Organ) -> tuple[Aim, ...]:
    return AIMS.get(organ.code, USUAL)


def _keyed(aims: Iterable[Aim]) -> Iterator[tuple[str, Aim, str]]:
    """Yield aims and their parts with their keys, and the key of what each is a part of."""
    for number, aim in enumerate(aims, 1):
        yield f"A{number}", aim, ""
        for place, part in enumerate(aim.parts, 1):
            yield f"A{number}.{place}", part, f"A{number}"


def _block_a(aims: Iterable[Aim], period: Period, weight: Decimal) -> BlockContent:
    indicators = []
    for key, aim, part_of in _keyed(aims):
        days = (period.until - period.since).days // (len(aim.steps) + 1)
        steps = tuple(
            MilestoneContent(step, period.since + timedelta(days=place * days))
            for place, step in enumerate(aim.steps, 1)
        )
        indicators.append(
            IndicatorContent(
                key=key,
                part_of=part_of,
                name=aim.name,
                weight=Decimal(aim.weight),
                method=aim.method,
                kind=aim.kind,
                unit=aim.unit,
                target=Decimal(aim.target) if aim.target else None,
                challenge=Decimal(aim.challenge) if aim.challenge else None,
                direction="lower" if aim.method in (LOWER, DEDUCT) else "higher",
                terms=dict(aim.terms),
                milestones=steps,
            )
        )
    return BlockContent("A", "目标任务", weight, tuple(indicators))


def _with_aims(content: Content, aims: Iterable[Aim], period: Period) -> Content:
    return tuple(_block_a(aims, period, block.weight) if block.code == "A" else block for block in content)


def _agreed(plan: Plan, aims: Iterable[Aim], period: Period, hands: Hands, other: User, begin: date) -> None:
    """Take a drafted plan to its signatures, as far as the present allows; ``other`` answers for the organ or post."""
    by = hands.leader if plan.post_id else hands.appraiser
    countersigning = hands.leader if plan.post_id else hands.head
    content = _with_aims(read(drafting.first_revision(plan)), aims, period)
    steps: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (0, lambda at: drafting.edit(plan, by=by, at=at, version=plan.version, content=content)),
        (1, lambda at: negotiating.put(plan, by=by, at=at, version=plan.version, text="请研究后反馈意见。")),
        (4, lambda at: negotiating.agree(plan, by=other, at=at, version=plan.version, text="同意。")),
        (6, lambda at: negotiating.approve(plan, by=hands.head, at=at, version=plan.version)),
        (8, lambda at: signing.sign_organ(plan, by=other, at=at, version=plan.version, text_sha256=_letter(plan))),
        (9, lambda at: signing.sign_office(plan, by=countersigning, at=at, version=plan.version,
                                           text_sha256=_letter(plan))),
    )  # fmt: skip
    for days, step in steps:
        at = hands.on(begin + timedelta(days=days))
        if not hands.is_past(at):
            return
        step(at)


def _letter(plan: Plan) -> str:
    return signing.signed_revision(plan).text_sha256


def _plans(period: Period, organs: list[Organ], hands: Hands, begin: date) -> list[Plan]:
    """Draft the plans of the organs at once, and take each on."""
    at = hands.on(begin)
    if not hands.is_past(at):
        return []
    drafting.draft_many(organs, by=hands.appraiser, at=at, year=period.year, span=period.span)
    heads = _heads(organs)
    rows = Plan.objects.filter(organ__in=organs, post__isnull=True, year=period.year, span=period.span)
    plans = list(rows.select_related("organ", "office").order_by("organ__code"))
    for plan in plans:
        _agreed(plan, _aims_of(plan.organ), period, hands, heads[plan.organ_id], begin)
    return plans


def _post_plans(period: Period, organ: Organ, hands: Hands, begin: date) -> list[Plan]:
    plans = []
    for post, holder in _workers(organ):
        at = hands.on(begin)
        if not hands.is_past(at):
            break
        plan = drafting.draft(organ, by=hands.leader, at=at, year=period.year, span=period.span, post=post)
        _agreed(plan, POST_AIMS, period, hands, holder, begin)
        plans.append(plan)
    return plans


# --- Reports ----------------------------------------------------------------------------------------------------------


def _proof(words: str) -> CleanFile:
    content = demonstration.paper(words)
    return CleanFile(content, "application/pdf", "佐证材料.pdf", content)


def _typed(aim: Aim, indicator: Indicator, share: Decimal, on: date) -> Typed:
    """Return what came of an aim by the day; ``share``: how far what adds up has come, where the period still runs."""
    if aim.method in (STEPS, BY_DAY):
        rows = list(Milestone.objects.filter(indicator=indicator).order_by("position"))
        late = {row.pk for row in rows[-aim.late :]} if aim.late else set()
        days = {row.pk: row.due_on + timedelta(days=6 if row.pk in late else -2) for row in rows}
        reached = {pk: day for pk, day in days.items() if day <= on}
        return Typed(milestones=reached, note="各节点完成情况见佐证材料。")
    if aim.method == DEDUCT:
        return Typed(events=aim.events, note="已按规定处理并整改。")
    actual = Decimal(aim.actual)
    return Typed(actual=(actual * share).quantize(Decimal(1)) if aim.adds_up else actual, note="据实统计。")


def _fill(report: Report, aims: Iterable[Aim], by: User, at: datetime, share: Decimal = Decimal(1)) -> None:
    known = {each.key: each for each in filling.reported_indicators(report)}
    for key, aim, _part_of in _keyed(aims):
        indicator = known.get(key)
        if indicator is None:
            continue
        filling.fill(
            report,
            by=by,
            at=at,
            version=report.version,
            indicator=indicator.pk,
            typed=_typed(aim, indicator, share, local_day(at)),
            attachments=[_proof(aim.proof)] if share == 1 else [],
        )


def _reported(plan: Plan, aims: tuple[Aim, ...], period: Period, hands: Hands, by: User) -> None:
    report = Report.objects.select_related("plan", "organ", "office", "post").get(plan=plan, until=period.until)
    at = hands.on(period.until + timedelta(days=4))
    _fill(report, aims, by, at)
    filling.submit(
        report, by=by, at=at, version=report.version, text="各项目标总体按计划完成，详见逐项说明和佐证材料。"
    )
    at = hands.on(period.until + timedelta(days=8))
    findings = {value.pk: Found(Finding.PROVED) for value in report.values.all()}
    checking.accept(report, by=hands.appraiser, at=at, version=report.version, findings=findings, remark="已核实。")


# --- The finished period ----------------------------------------------------------------------------------------------


def _finish(period: Period, organs: list[Organ], office: Organ, hands: Hands) -> None:
    begin = period.since + timedelta(days=5)
    plans = _plans(period, organs, hands, begin)
    of_posts = _post_plans(period, next(each for each in organs if each.code == POSTS_OF), hands, begin)
    opening.open_missing(at=hands.on(begin + timedelta(days=12)))
    opening.owe_due(at=hands.on(period.until))
    heads = _heads(organs)
    for plan in plans:
        _reported(plan, _aims_of(plan.organ), period, hands, heads[plan.organ_id])
    holders = {post.pk: user for post, user in _workers(of_posts[0].organ)} if of_posts else {}
    for plan in of_posts:
        if plan.post_id in holders:
            _reported(plan, POST_AIMS, period, hands, holders[plan.post_id])
    _surveyed(period, organs, hands)
    _appraised(period, Subject.ORGAN, office, hands, _objections)
    if of_posts:
        _appraised(period, Subject.POST, office, hands, _no_objections)


def _surveyed(period: Period, organs: list[Organ], hands: Hands) -> None:
    at = hands.on(period.until + timedelta(days=12))
    for organ, score in zip(organs, cycle(SURVEYS), strict=False):
        entered = surveys.enter(
            organ,
            by=hands.appraiser,
            at=at,
            year=period.year,
            span=period.span,
            score=Decimal(score),
            answers=380,
            source="市统计局社情民意调查中心电话抽样调查（演示）",
        )
        surveys.confirm(entered, by=hands.office, at=at + timedelta(hours=2))


def _appraised(
    period: Period, subject: Subject, office: Organ, hands: Hands, contest: Callable[[Appraisal, date, Hands], None]
) -> None:
    day = period.until + timedelta(days=14)
    appraisal = preparing.prepare(
        office, year=period.year, span=period.span, subject=subject, by=hands.appraiser, at=hands.on(day)
    )
    at = hands.on(day + timedelta(days=1))
    self_scoring.call_self_scores(appraisal, by=hands.appraiser, at=at, version=appraisal.version)
    for place, sheet in enumerate(each for each in _sheets(appraisal) if _is_planned(each, period)):
        by = sheet.person or _heads([sheet.organ])[sheet.organ_id]
        self_scoring.self_score(
            sheet,
            by=by,
            at=hands.on(day + timedelta(days=3)),
            version=sheet.version,
            score=Decimal(90 + place % 5),
            text="对照目标责任书逐项自查，自评情况如上。",
        )
    appraisal.refresh_from_db()
    at = hands.on(day + timedelta(days=10))
    office_score.compute(appraisal, by=hands.appraiser, at=at, version=appraisal.version)
    if subject == Subject.ORGAN:
        _bonus(appraisal, POSTS_OF, "1", "图纸电子报审做法获省主管部门通报推广。", hands, at)
    appraisal.refresh_from_db()
    at = hands.on(day + timedelta(days=12))
    showing.show(appraisal, by=hands.head, at=at, version=appraisal.version)
    contest(appraisal, local_day(at), hands)
    day = local_day(at)
    later: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (24, lambda at: showing.conclude(appraisal, by=hands.appraiser, at=at, version=appraisal.version)),
        (26, lambda at: publishing.submit(appraisal, by=hands.head, at=at, version=appraisal.version)),
        (33, lambda at: publishing.record_decision(
            appraisal, by=hands.office, at=at, version=appraisal.version,
            text="领导小组会议审议，同意考评结果。", decided_on=local_day(at))),
        (35, lambda at: publishing.publish(appraisal, by=hands.head, at=at, version=appraisal.version)),
    )  # fmt: skip
    for days, step in later:
        appraisal.refresh_from_db()
        step(hands.on(day + timedelta(days=days)))


def _is_planned(sheet: Sheet, period: Period) -> bool:
    plans = Plan.objects.filter(organ=sheet.organ_id, post=sheet.post_id, year=period.year, span=period.span)
    return plans.exists()


def _sheets(appraisal: Appraisal) -> list[Sheet]:
    rows = Sheet.objects.filter(appraisal=appraisal).select_related("appraisal__office", "organ", "post", "person")
    return list(rows.order_by("pk"))


def _sheet_of(appraisal: Appraisal, code: str) -> Sheet:
    return next(sheet for sheet in _sheets(appraisal) if sheet.organ.code == code)


def _bonus(appraisal: Appraisal, code: str, points: str, reason: str, hands: Hands, at: datetime) -> None:
    sheet = _sheet_of(appraisal, code)
    adjusting.propose_adjustment(
        sheet, by=hands.appraiser, at=at, version=sheet.version, reason=reason, points=Decimal(points)
    )
    _confirm(appraisal, code, hands, at)


def _put_right(appraisal: Appraisal, code: str, points: str, reason: str, hands: Hands, at: datetime) -> None:
    sheet = _sheet_of(appraisal, code)
    putting_right.propose_putting_right(
        sheet,
        by=hands.appraiser,
        at=at,
        version=sheet.version,
        objection=putting_right.to_put_right(sheet)[0].pk,
        reason=reason,
        points=Decimal(points),
    )
    _confirm(appraisal, code, hands, at)


def _confirm(appraisal: Appraisal, code: str, hands: Hands, at: datetime) -> None:
    sheet = _sheet_of(appraisal, code)
    proposed = Adjustment.objects.filter(sheet=sheet).latest("pk")
    adjusting.confirm_adjustment(
        sheet, by=hands.office, at=at + timedelta(hours=2), version=sheet.version, adjustment=proposed.pk
    )


def _no_objections(appraisal: Appraisal, shown: date, hands: Hands) -> None:
    """Nobody objects."""


def _objections(appraisal: Appraisal, shown: date, hands: Hands) -> None:
    """One objection that is not granted, and one that is and is put right."""
    asked = (
        (f"{CITY}-tax", "等候时间偏长系系统升级所致，请予考虑。", Ruling.REJECTED,
         "系统升级属于可以预见的内部安排，未事先报备调整目标，按实际等候时间计分。"),
        ("440604", "南庄镇服务中心已按期验收，佐证材料此前漏附，现予补充。", Ruling.UPHELD,
         "经核实验收意见真实，异议成立，由效能办调整得分。"),
    )  # fmt: skip
    for code, text, _found, _reasons in asked:
        sheet = _sheet_of(appraisal, code)
        by = _heads([sheet.organ])[sheet.organ_id]
        objecting.object_to(sheet, by=by, at=hands.on(shown + timedelta(days=3)), version=sheet.version, text=text)
    at = hands.on(shown + timedelta(days=9))
    for code, _text, found, reasons in asked:
        sheet = _sheet_of(appraisal, code)
        ruling.rule(sheet, by=hands.review, at=at, version=sheet.version, ruling=found, text=reasons)
        if found == Ruling.UPHELD:
            _put_right(appraisal, code, "0.5", "异议成立，补认一项节点。", hands, at + timedelta(hours=1))


# --- The running period -----------------------------------------------------------------------------------------------


def _run(period: Period, organs: list[Organ], hands: Hands) -> None:
    begin = period.since + timedelta(days=6)
    settled, waiting = organs[:-2], organs[-2:]
    plans = _plans(period, settled, hands, begin)
    _post_plans(period, next(each for each in organs if each.code == POSTS_OF), hands, begin)
    # Two organs came late: theirs are negotiated at present.
    late = local_day(hands.now) - timedelta(days=4)
    if plans and late > begin:
        _plans(period, waiting, hands, late)
    begun = hands.on(begin + timedelta(days=12))
    if not hands.is_past(begun):
        return
    opening.open_missing(at=begun)
    heads = _heads(organs)
    at = hands.on(local_day(hands.now) - timedelta(days=5))
    if not begun < at < hands.now:
        return
    gone = Decimal((local_day(hands.now) - period.since).days) / (period.until - period.since).days
    for plan in plans[:6]:
        report = Report.objects.select_related("plan", "organ", "office", "post").get(plan=plan, until=period.until)
        _fill(report, _aims_of(plan.organ), heads[plan.organ_id], at, share=gone * Decimal("0.95"))
    construction = next(plan for plan in plans if plan.organ.code == POSTS_OF)
    comments.comment(construction, by=hands.head, at=at, text="保障性住房开工进度略慢，请倒排工期，每周报进展。")
    _changing(next(plan for plan in plans if plan.organ.code == f"{CITY}-tax"), period, hands)


def _changing(plan: Plan, period: Period, hands: Hands) -> None:
    """A change that waits for a second person, where the time for one is not over."""
    latest = spans.changed_by(period.year, period.span) - timedelta(days=10)
    at = hands.on(min(local_day(hands.now) - timedelta(days=3), latest))
    plan.refresh_from_db()
    if not hands.is_past(at) or plan.signed_at is None or at <= plan.signed_at:
        return
    changing.begin_change(plan, by=hands.appraiser, at=at, version=plan.version)
    change = plan.revisions.get(state=RevisionState.DRAFT)
    content = tuple(
        BlockContent(
            block.code,
            block.name,
            block.weight,
            tuple(
                IndicatorContent(**{name: getattr(each, name) for name in each.__slots__} | {"target": Decimal(16)})
                if each.key == "A1"
                else each
                for each in block.indicators
            ),
        )
        for block in read(change)
    )
    changing.edit_change(plan, by=hands.appraiser, at=at, version=plan.version, content=content)
    changing.propose_change(
        plan, by=hands.appraiser, at=at, version=plan.version, reason="新设办税服务厅，等候时间统计口径调整。"
    )
