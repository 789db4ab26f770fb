"""The rules of inspections, one by one (docs/domain.md 3.5, 11)."""

from datetime import date, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from pgtrigger import ignore

from accountability.admin import papers as _papers_pages  # noqa: F401 - pages that papers lead to
from accountability.cards import by_hand, life
from accountability.corrections import issuing
from accountability.faults.enums import ClueKind
from accountability.models import Card, Clue, Correction, FaultCase
from accountability.papers import actions as printed
from accountability.papers import bundling
from accountability.papers import registry as paper_kinds
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.audit.append_only import GONE
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import OrganKind, Rank, Role, Tenure, TenureKind
from efficiency.outbox import registry as outbox_registry
from efficiency.outbox.models import Message
from efficiency.timing.due import Limit, Unit
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from supervision.admin.inspection_forms import ReviewForm
from supervision.escalations.querysets import escalations_visible_to
from supervision.inspections import (
    checklists,
    concluding,
    consequences,
    deadlines,
    erasing,
    figures,
    offers,
    papers,
    planning,
    visiting,
    workflow,
)
from supervision.inspections.enums import RELEASED, Kind, State, VisitState
from supervision.inspections.refusals import Absent, Changed, Invalid, NotAllowed, NotInState
from supervision.inspections.visiting import Filled
from supervision.models import Finding, Inspection, InspectionEvent, Visit, VisitEvent, VisitFile
from tests.factories import inspections as make
from tests.factories.cases import local
from tests.factories.inspections import MONDAY, TUESDAY, WEDNESDAY, photo
from tests.factories.staff import make_organ, make_user, seat
from tests.soundness import violated

pytestmark = pytest.mark.django_db


def runs(subject):
    return set(engine.running(subject).values_list("kind", flat=True))


def last_day(subject, kind):
    return timezone.localdate(engine.of_subject(subject).filter(kind=kind).latest("generation").due_at)


def told(action):
    return set(Message.objects.filter(kind=f"inspections.{action}").values_list("recipient_id", flat=True))


def sound():
    """Say which invariants of inspections are violated: none may be."""
    return violated("nspection")


class TestPlan:
    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("team", lambda cast: {"team": [cast.inspector]}),
            ("leader", lambda cast: {"leader": None}),
            ("leader", lambda cast: {"leader": cast.outsider}),
            ("topic", lambda cast: {"topic": " "}),
            ("content", lambda cast: {"content": ""}),
            ("begin_on", lambda cast: {"begin_on": date(2026, 2, 27)}),
            ("begin_on", lambda cast: {"begin_on": date(2027, 3, 3), "end_on": date(2027, 3, 3)}),
            ("end_on", lambda cast: {"end_on": date(9999, 12, 31)}),
            ("end_on", lambda cast: {"end_on": date(2026, 3, 3)}),
            ("organs", lambda cast: {"organs": []}),
            ("checklist", lambda cast: {"checklist": None}),
            ("team", lambda cast: {"team": [cast.inspector, cast.clerk]}),
        ],
    )
    def test_a_plan_has_topic_organs_dates_and_a_team_of_two_with_a_leader(self, cast, field, change):
        with pytest.raises(Invalid) as refusal:
            make.prepare(cast, **change(cast))

        assert refusal.value.field == field

    def test_two_accounts_of_one_person_are_no_team_of_two(self, cast):
        twin = make_user(full_name=cast.inspector.full_name, phone="13812345678")
        cast.inspector.phone = "13812345678"
        cast.inspector.save()
        seat(Role.INSPECTOR, cast.city.office, user=twin)

        with pytest.raises(Invalid):
            make.prepare(cast, team=[cast.inspector, twin])

    @pytest.mark.parametrize(
        ("until", "is_refused"), [(None, True), (date(2025, 6, 1), True), (date(2023, 6, 1), False)]
    )
    def test_Z07_no_member_is_from_the_organ_or_was_lately(self, cast, until, is_refused):
        seat(Role.CLERK, cast.city.construction, user=cast.second)
        Tenure.objects.filter(user=cast.second, post__organ=cast.city.construction).update(until=until)

        if is_refused:
            with pytest.raises(Invalid) as refusal:
                make.prepare(cast)
            assert refusal.value.field == "team"
        else:
            make.prepare(cast)

    def test_Z07_a_departments_own_office_does_not_inspect_it_a_governments_does(self, cast):
        own = make_organ("440600-JS-XN", "建设局效能办", OrganKind.EFFICIENCY_OFFICE, parent=cast.city.construction)
        people = [seat(Role.INSPECTOR, own), seat(Role.OFFICE_OFFICER, own, Rank.APPROVER, is_head=True)]
        on = date(2026, 3, 2)

        inspectors = planning.inspectors_for([cast.city.construction], on=on)
        assert not inspectors & {user.pk for user in people}
        assert cast.inspector.pk in inspectors
        assert planning.concerned_of([*people, cast.inspector], [cast.city.construction], on=on) == {
            user.pk for user in people
        }
        with pytest.raises(NotAllowed):
            make.prepare(cast, by=people[0], team=people, leader=people[0])
        make.lead(cast, VisitState.RELEASED)
        for user in people:
            assert not rows_of(Visit, user).exists()
            assert not rows_of(Inspection, user).exists()
        assert planning.inspectors_for([cast.city.government], on=on) >= {cast.inspector.pk, cast.head.pk}
        assert not planning.concerned_of([cast.inspector], [cast.city.government], on=on)

    def test_Z10_whoever_prepared_it_does_not_approve_it(self, cast):
        inspection = make.prepare(cast, by=cast.head)

        with pytest.raises(NotAllowed):
            planning.approve(inspection, by=cast.head, at=MONDAY, version=1)
        planning.approve(inspection, by=cast.other_head, at=MONDAY, version=1)

        assert inspection.state == State.APPROVED
        with pytest.raises(IntegrityError), transaction.atomic():
            Inspection.objects.filter(pk=inspection.pk).update(approved_by=inspection.prepared_by)

    def test_Z10_nor_whoever_prepared_it_before_somebody_changed_a_comma(self, cast):
        inspection = make.prepare(cast, by=cast.head)
        planning.revise(inspection, by=cast.officer, at=MONDAY, version=1, plan=make.plan(cast, content="在岗，及告知"))

        assert not offers.plans_waiting_for(cast.head).exists()
        with pytest.raises(NotAllowed):
            planning.approve(inspection, by=cast.head, at=MONDAY, version=2)
        planning.approve(inspection, by=cast.other_head, at=MONDAY, version=2)

    def test_only_whoever_signs_approves(self, cast):
        inspection = make.prepare(cast)

        with pytest.raises(NotAllowed):
            planning.approve(inspection, by=cast.officer, at=MONDAY, version=1)

    def test_whoever_changed_it_last_has_prepared_it(self, cast):
        inspection = make.prepare(cast)
        planning.send_back(inspection, by=cast.head, at=MONDAY, version=1, reason="请补充内容")
        planning.revise(
            inspection, by=cast.officer, at=MONDAY, version=2, plan=make.plan(cast, content="补充：查看考勤。")
        )

        assert (inspection.prepared_by, inspection.content) == (cast.officer, "补充：查看考勤。")
        assert told("send_back") == {cast.inspector.pk}
        with pytest.raises(Changed):
            planning.approve(inspection, by=cast.head, at=MONDAY, version=1)

    def test_its_begin_is_promised_until_the_planned_day(self, cast):
        inspection = make.approve(cast)

        promise = engine.running(inspection).get()
        assert (promise.kind, last_day(inspection, promise.kind)) == (deadlines.START, date(2026, 3, 4))
        assert promise.organ == cast.city.office
        assert promise.post == cast.inspector.tenures.get().post
        assert sound() == []

    def test_what_is_late_goes_to_the_post_of_the_office_that_owes_it(self, cast):
        inspection = make.approve(cast)

        sweep.run(at=local(2026, 3, 5))

        escalated = escalations_visible_to(cast.head).filter(object_id=inspection.pk, kind=deadlines.START)
        assert {each.post for each in escalated} == {cast.inspector.tenures.get().post}
        assert Card.objects.get(kind=deadlines.START).organ == cast.city.office
        assert not escalations_visible_to(cast.inspector).filter(object_id=inspection.pk).exists(), "Z-07"

    def test_what_was_dropped_does_not_take_place(self, cast):
        inspection = make.approve(cast)
        visiting.notify(make.visit_of(inspection), by=cast.inspector, at=MONDAY, version=1, notice="周三")
        planning.drop(inspection, by=cast.head, at=TUESDAY, version=2, reason="与上级督查重合")

        assert make.visit_of(inspection).state == VisitState.SKIPPED
        assert runs(inspection) == set()
        assert cast.leader.pk in told("skip")
        assert sound() == []

    def test_S10_a_form_sent_twice_prepares_once(self, cast):
        first = planning.prepare(make.plan(cast), by=cast.inspector, at=MONDAY, token="t" * 32)
        second = planning.prepare(make.plan(cast), by=cast.inspector, at=MONDAY, token="t" * 32)

        assert first == second


class TestOpen:
    def test_the_organ_has_notice_before_it_unless_the_plan_says_why_not(self, cast):
        visit = make.visit_of(make.approve(cast))
        begin = {"by": cast.inspector, "at": WEDNESDAY, "place": "大厅", "together_with": [cast.second.pk]}

        with pytest.raises(NotInState):
            visiting.begin(visit, version=1, **begin)
        visiting.notify(visit, by=cast.inspector, at=TUESDAY, version=1, notice="周三上午，请备齐考勤。")
        assert told("notify") == {cast.leader.pk}
        visiting.begin(visit, version=2, **begin)

        assert visit.state == VisitState.UNDERWAY

    def test_where_notice_would_defeat_it_there_is_none(self, cast):
        visit = make.visit_of(make.approve(cast, Kind.SPECIAL, no_notice_reason="提前通知无法掌握真实情况"))

        with pytest.raises(NotInState):
            visiting.notify(visit, by=cast.inspector, at=TUESDAY, version=1, notice="周三")
        make.step(visit, cast, VisitState.UNDERWAY)

        assert visit.noticed_at is None

    def test_it_begins_on_its_first_day_and_not_before(self, cast):
        visit = make.visit_of(make.approve(cast))
        visiting.notify(visit, by=cast.inspector, at=MONDAY, version=1, notice="周三")

        with pytest.raises(NotInState):
            visiting.begin(
                visit, by=cast.inspector, at=TUESDAY, version=2, place="大厅", together_with=[cast.second.pk]
            )

    def test_at_least_two_of_the_team_are_there(self, cast):
        visit = make.visit_of(make.approve(cast))
        visiting.notify(visit, by=cast.inspector, at=MONDAY, version=1, notice="周三")

        for alone in ((), (cast.inspector.pk,), (cast.outsider.pk,)):
            with pytest.raises(Invalid):
                visiting.begin(visit, by=cast.inspector, at=WEDNESDAY, version=2, place="大厅", together_with=alone)

    @pytest.mark.parametrize("fault", ["same person", "inactive", "no inspector any more", "of the organ by now"])
    def test_these_are_two_persons_who_may_inspect_the_organ_on_that_day(self, cast, fault):
        visit = make.visit_of(make.approve(cast))
        visiting.notify(visit, by=cast.inspector, at=MONDAY, version=1, notice="周三")
        match fault:
            case "same person":
                User.objects.filter(pk__in=[cast.inspector.pk, cast.second.pk]).update(
                    full_name="同一人", phone="13812345678"
                )
            case "inactive":
                User.objects.filter(pk=cast.second.pk).update(is_active=False)
            case "no inspector any more":
                Tenure.objects.filter(user=cast.second).update(until=date(2026, 3, 4))
            case _:
                seat(Role.CLERK, cast.city.construction, user=cast.second)
        by = User.objects.get(pk=cast.inspector.pk)

        with pytest.raises(Invalid) as refusal:
            visiting.begin(visit, by=by, at=WEDNESDAY, version=2, place="大厅", together_with=[cast.second.pk])
        assert refusal.value.field == "together_with"

    def test_the_first_visit_begins_the_inspection_and_keeps_the_promise(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)

        assert visit.inspection.state == State.RUNNING
        assert engine.of_subject(visit.inspection).get(kind=deadlines.START).state == DeadlineState.MET

    def test_each_visit_is_promised_until_the_last_day_of_the_plan_and_kept_by_its_end(self, cast):
        inspection = make.approve(cast, organs=[cast.city.construction, cast.city.tax])
        one, other = (make.visit_of(inspection, organ) for organ in (cast.city.construction, cast.city.tax))
        assert {last_day(each, deadlines.VISIT) for each in (one, other)} == {date(2026, 3, 6)}
        assert one.next_due_at is not None
        assert sound() == []

        for state in (VisitState.UNDERWAY, VisitState.VISITED):
            make.step(one, cast, state)

        assert engine.of_subject(one).get(kind=deadlines.VISIT).state == DeadlineState.MET
        assert engine.running(other).get().kind == deadlines.VISIT
        assert sound() == []

        sweep.run(at=local(2026, 3, 9))

        card = Card.objects.get(kind=deadlines.VISIT)
        assert (card.organ, card.object_id) == (cast.city.office, other.pk)

    def test_what_is_left_out_is_promised_no_more(self, cast):
        inspection = make.approve(cast, organs=[cast.city.construction, cast.city.tax])
        visit = make.visit_of(inspection, cast.city.tax)

        visiting.skip(visit, by=cast.head, at=TUESDAY, version=1, reason="该局搬迁，改期另查。")

        assert not engine.running(visit).exists()
        assert sound() == []

    def test_a_visit_planned_before_there_was_this_promise_is_promised_by_the_worker_once(self, cast):
        visit = make.visit_of(make.approve(cast))
        with ignore():
            engine.of_subject(visit).delete()
        Visit.objects.update(next_due_at=None)

        assert [concluding.tend(at=TUESDAY) for _time in range(2)] == [1, 0]
        assert last_day(visit, deadlines.VISIT) == date(2026, 3, 6)
        assert sound() == []

    def test_the_notice_is_a_paper_of_the_organ(self, cast):
        visit = make.visit_of(make.approve(cast))
        with pytest.raises(NotInState):
            papers.notice(visit)
        visiting.notify(visit, by=cast.inspector, at=MONDAY, version=1, notice="周三上午，请备齐考勤。")

        content = papers.notice(visit)

        assert content.addressee == "佛山市建设局"
        assert paper_kinds.get(papers.NOTICE).is_open_to(cast.leader, visit)
        assert not paper_kinds.get(papers.NOTICE).is_open_to(cast.tax_leader, visit)


class TestCovert:
    def test_there_is_no_notice(self, cast):
        visit = make.visit_of(make.approve(cast, Kind.COVERT))

        with pytest.raises(NotInState):
            visiting.notify(visit, by=cast.inspector, at=MONDAY, version=1, notice="周三")

    def test_its_plan_is_for_the_team_and_the_heads_alone_until_it_is_finished(self, cast):
        visit = make.lead(cast, VisitState.CONCLUDED, Kind.COVERT)
        inspection = visit.inspection

        def knows(user):
            found = rows_of(Inspection, user).filter(pk=inspection.pk).exists()
            assert found == Inspection.objects.headers_visible_to(user).filter(pk=inspection.pk).exists()
            return found

        known = {name for name in make.ROLES if knows(getattr(cast, name))}
        assert known == {"inspector", "second", "head", "other_head"}
        assert {name for name in make.ROLES if rows_of(Visit, getattr(cast, name)).exists()} == known | {"leader"}
        with pytest.raises(Absent):
            planning.drop(inspection, by=cast.officer, at=WEDNESDAY, version=inspection.version, reason="无")

        make.step(visit, cast, VisitState.RELEASED)

        inspection.refresh_from_db()
        assert inspection.state == State.FINISHED
        assert {name for name in make.ROLES if knows(getattr(cast, name))} == known | {
            "officer", "reviewer", "outsider", "auditor", "appraiser",
        }  # fmt: skip

    def test_no_message_no_card_and_no_escalation_tells_of_it(self, cast):
        inspection = make.approve(cast, Kind.COVERT)

        sweep.run(at=local(2026, 6, 1))

        to = set(Message.objects.filter(kind__startswith="inspections.").values_list("recipient_id", flat=True))
        assert to <= {cast.inspector.pk, cast.second.pk, cast.head.pk, cast.other_head.pk}
        assert not Card.objects.exists()
        assert engine.of_subject(inspection).get().kind == deadlines.START_COVERT
        assert sound() == []

    @pytest.mark.parametrize(
        ("kind", "fields"), [(Kind.COVERT, {}), (Kind.OPEN, {"no_notice_reason": "提前通知无法掌握真实情况"})]
    )
    def test_of_a_visit_that_found_nothing_the_organ_learns_by_the_release(self, cast, kind, fields):
        visit = make.lead(cast, VisitState.VISITED, kind, **fields)
        given = {"by": cast.inspector, "at": WEDNESDAY}
        visiting.drop_finding(visit, version=visit.version, finding=visit.findings.get(), reason="误记", **given)
        concluding.conclude(visit, version=visit.version, conclusion="情况良好。", **given)
        for again in (False, True):
            assert not visit.is_known_to_organ
            assert not rows_of(Visit, cast.leader).exists()
            if not again:
                concluding.return_report(visit, by=cast.head, at=WEDNESDAY, version=visit.version, reason="补充")
        concluding.conclude(visit, version=visit.version, conclusion="情况良好。", **given)
        concluding.release(visit, by=cast.head, at=WEDNESDAY, version=visit.version)

        assert visit.is_known_to_organ
        assert rows_of(Visit, cast.leader).exists()

    def test_it_is_prepared_by_one_of_its_team_or_the_head(self, cast):
        with pytest.raises(Invalid):
            make.prepare(cast, Kind.COVERT, by=cast.officer)
        make.prepare(cast, Kind.COVERT, by=cast.head)

    def test_what_was_dropped_stays_unknown(self, cast):
        inspection = make.approve(cast, Kind.COVERT)
        planning.drop(inspection, by=cast.head, at=TUESDAY, version=2, reason="条件变化")

        assert not rows_of(Inspection, cast.officer).exists()
        assert not rows_of(Visit, cast.officer).exists()

    def test_what_never_took_place_stays_unknown(self, cast):
        inspection = make.approve(cast, Kind.COVERT)
        visiting.skip(make.visit_of(inspection), by=cast.head, at=TUESDAY, version=1, reason="条件变化")

        inspection.refresh_from_db()
        assert inspection.state == State.DROPPED
        assert not rows_of(Inspection, cast.officer).exists()
        assert not rows_of(Visit, cast.officer).exists()
        assert sound() == []

    def test_that_papers_were_shown_on_request_is_kept(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY, Kind.COVERT)
        visiting.end_visit(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, showed_identity=True)

        assert visit.events.get(action="end_visit").data["showed_identity"] is True


class TestChecklist:
    def test_a_usual_one_is_there_with_all_categories(self, cast):
        items = checklists.in_force().get().items.all()

        assert {item.category for item in items} == {
            "attendance", "ab_posts", "signs", "one_time_notice", "limits", "attitude", "fees", "disclosure",
        }  # fmt: skip

    def test_a_plan_keeps_the_version_that_it_was_made_with(self, cast):
        inspection = make.prepare(cast)
        old = checklists.in_force().get()
        new = checklists.change(
            old.checklist, checklists.read("收费｜收费标准已公示｜价格公示"), by=cast.officer, at=MONDAY, reason="精简"
        )

        assert (checklists.in_force().get(), new.number) == (new, 2)
        inspection.refresh_from_db()
        assert inspection.checklist == old
        assert checklists.written(new) == "收费｜收费标准已公示｜价格公示"

    def test_only_officers_keep_checklists(self, cast):
        with pytest.raises(NotAllowed):
            checklists.make("新", checklists.read("收费｜问"), by=cast.inspector, at=MONDAY)

    @pytest.mark.parametrize("lines", ["", "收费", "天气｜晴天", "收费｜" + "长" * 201])
    def test_a_line_is_category_question_and_norm(self, lines):
        with pytest.raises(Invalid):
            checklists.read(lines)

    def test_sent_twice_over_a_bad_line_it_is_there_once(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        item = visit.inspection.checklist.items.first()
        sent = {"filled": {item.pk: Filled("no", "无人")}, "photos": {item.pk: [photo()]}}

        first = visiting.fill(visit, by=cast.inspector, at=WEDNESDAY, **sent)
        again = visiting.fill(visit, by=cast.inspector, at=WEDNESDAY, **sent)

        assert (first, again) == (1, 0)
        assert visit.files.filter(item=item).count() == 1

    def test_two_of_the_team_fill_it_in_at_once_and_nothing_is_lost(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        one, other = visit.inspection.checklist.items.all()[:2]
        version = visit.version
        visiting.fill(visit, by=cast.inspector, at=WEDNESDAY, filled={one.pk: Filled("no", "甲")})
        visiting.fill(visit, by=cast.second, at=WEDNESDAY, filled={other.pk: Filled("na", "乙")})

        assert {each.note for each in visit.answers.filter(item__in=[one, other])} == {"甲", "乙"}
        assert Visit.objects.get(pk=visit.pk).version == version

    def test_a_photograph_is_an_image(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        item = visit.inspection.checklist.items.first()

        with pytest.raises(Invalid):
            visiting.fill(visit, by=cast.inspector, at=WEDNESDAY, filled={}, photos={item.pk: [make.PROOF]})

    def test_the_visit_ends_once_every_item_has_its_answer_and_stays_so(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        item = visit.inspection.checklist.items.first()
        visiting.fill(visit, by=cast.inspector, at=WEDNESDAY, filled={item.pk: Filled("", "再看")})

        with pytest.raises(NotInState):
            visiting.end_visit(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version)
        visiting.fill(visit, by=cast.inspector, at=WEDNESDAY, filled={item.pk: Filled("yes")})
        visiting.end_visit(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version)
        with pytest.raises(NotInState):
            visiting.fill(visit, by=cast.inspector, at=WEDNESDAY, filled={item.pk: Filled("no")})

    def test_nobody_but_the_team_fills_it_in(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)

        for who in (cast.officer, cast.head):
            with pytest.raises(NotAllowed):
                visiting.fill(visit, by=who, at=WEDNESDAY, filled={})


class TestFindings:
    def test_who_answered_for_the_post_follows_from_it(self, cast):
        finding = make.lead(cast, VisitState.UNDERWAY).findings.get()

        assert (finding.person, finding.post, finding.norm) == (cast.clerk, cast.post, "《暂行办法》第二十九条")

    def test_whoever_stood_in_on_that_day_answered_and_not_whom_they_stood_in_for(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        Tenure.objects.create(
            user=cast.leader, post=cast.post, kind=TenureKind.STAND_IN, since=date(2026, 3, 3), until=date(2026, 3, 6)
        )

        assert make.find(visit, cast).person == cast.leader

    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("severity", lambda cast: {"severity": "huge"}),
            ("text", lambda cast: {"text": ""}),
            ("place", lambda cast: {"place": ""}),
            ("found_at", lambda cast: {"found_at": WEDNESDAY + timedelta(hours=1)}),
            ("found_at", lambda cast: {"found_at": TUESDAY}),
            ("post", lambda cast: {"post": cast.tax_leader.tenures.get().post}),
            ("category", lambda cast: {"category": ""}),
        ],
    )
    def test_a_finding_is_whole(self, cast, field, change):
        visit = make.lead(cast, VisitState.UNDERWAY)

        with pytest.raises(Invalid) as refusal:
            make.find(visit, cast, **change(cast))
        assert refusal.value.field == field

    def test_S10_a_form_sent_twice_records_one_with_its_photographs(self, cast):
        visit = make.lead(cast, VisitState.UNDERWAY)
        for _time in range(2):
            make.find(visit, cast, token="f" * 32, attachments=[photo()])

        assert visit.findings.count() == 2
        assert visit.files.filter(finding__number=2).count() == 1

    def test_it_is_shown_to_the_organ_before_anything_is_released(self, cast):
        visit = make.lead(cast, VisitState.VISITED)
        assert not rows_of(Finding, cast.leader).exists()
        with pytest.raises(NotInState):
            concluding.conclude(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, conclusion="差")
        concluding.show(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version)

        assert rows_of(Finding, cast.leader).count() == 1
        assert told("show") == {cast.leader.pk}
        assert last_day(visit, deadlines.COMMENT) == date(2026, 3, 9)
        assert sound() == []

    def test_the_organ_comments_on_the_whole_and_on_single_ones(self, cast):
        visit = make.lead(cast, VisitState.SHOWN)
        finding = visit.findings.get()
        concluding.comment(
            visit, by=cast.leader, at=WEDNESDAY, version=visit.version, text="属实", on_findings={finding.pk: "轮岗"}
        )

        finding.refresh_from_db()
        assert (visit.state, visit.comment, finding.comment) == (VisitState.HEARD, "属实", "轮岗")
        assert engine.of_subject(visit).get(kind=deadlines.COMMENT).state == DeadlineState.MET

    def test_without_a_comment_in_time_it_goes_on(self, cast):
        visit = make.lead(cast, VisitState.SHOWN)

        assert concluding.tend(at=local(2026, 3, 9, 23)) == 0
        sweep.run(at=local(2026, 3, 10))
        assert [concluding.tend(at=local(2026, 3, 10)), concluding.tend(at=local(2026, 3, 10))] == [1, 0]

        visit.refresh_from_db()
        assert visit.state == VisitState.HEARD
        assert not Card.objects.exists()
        assert sound() == []

    def test_too_late_is_too_late(self, cast):
        visit = make.lead(cast, VisitState.SHOWN)

        with pytest.raises(NotInState):
            concluding.comment(visit, by=cast.leader, at=local(2026, 3, 10), version=visit.version, text="属实")

    def test_what_does_not_hold_is_dropped_with_the_reason(self, cast):
        visit = make.lead(cast, VisitState.HEARD)
        finding = visit.findings.get()
        with pytest.raises(Invalid):
            visiting.drop_finding(
                visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, finding=finding, reason=""
            )
        visiting.drop_finding(
            visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, finding=finding, reason="确为轮岗"
        )

        assert not visiting.standing(visit).exists()

    def test_where_nothing_was_found_the_report_is_written_at_once(self, cast):
        visit = make.lead(cast, VisitState.VISITED)
        visiting.drop_finding(
            visit,
            by=cast.inspector,
            at=WEDNESDAY,
            version=visit.version,
            finding=visit.findings.get(),
            reason="误记",
        )
        with pytest.raises(NotInState):
            concluding.show(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version)
        concluding.conclude(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, conclusion="情况良好。")

        assert visit.state == VisitState.CONCLUDED


class TestWhatItLeadsTo:
    def lead_on(self, cast, action, **values):
        visit = make.lead(cast, VisitState.HEARD)
        finding = visit.findings.get()
        action(visit, by=cast.officer, at=local(2026, 3, 6), version=visit.version, finding=finding, **values)
        return visit, finding

    def test_a_card_by_its_own_action_confirmed_by_a_second_person(self, cast):
        _visit, finding = self.lead_on(cast, consequences.propose_card, rule="absence", facts="上午无人值守。")
        card = Card.objects.get()

        assert (card.object_id, card.post, card.person) == (finding.pk, cast.post, cast.clerk)
        assert [each.number for each in consequences.of_findings([finding.pk], cast.officer)[finding.pk]] == [str(card)]
        with pytest.raises(by_hand.NotAllowed):
            by_hand.confirm(card, by=cast.officer, at=local(2026, 3, 6), version=card.version)
        by_hand.confirm(card, by=cast.head, at=local(2026, 3, 6), version=card.version)

    def test_a_rectification_notice_that_another_person_issues_and_that_knows_where_it_came_from(self, cast):
        visit, finding = self.lead_on(
            cast,
            consequences.draft_correction,
            kind="notice",
            title="窗口无人值守",
            findings="上午无人值守。",
            wanted="落实AB岗。",
        )
        correction = Correction.objects.get()

        assert (correction.about, correction.source_text) == (finding, visit.inspection.number)
        with pytest.raises(issuing.NotAllowed):
            issuing.issue(correction, by=cast.officer, at=local(2026, 3, 6), version=1)
        issuing.issue(correction, by=cast.head, at=local(2026, 3, 6), version=1)
        became = consequences.of_findings([finding.pk], cast.leader)[finding.pk]
        assert [each.number for each in became] == [correction.number]

    def test_a_clue_of_a_fault_case_once(self, cast):
        visit, finding = self.lead_on(cast, consequences.enter_clue, text="擅离岗位。")
        clue = Clue.objects.get()

        assert (clue.kind, clue.source) == (ClueKind.INSPECTION, finding)
        with pytest.raises(Invalid):
            consequences.enter_clue(
                visit, by=cast.officer, at=local(2026, 3, 6), version=visit.version, finding=finding, text="再报"
            )
        assert len(consequences.of_findings([finding.pk], cast.officer)[finding.pk]) == 1

    def test_nothing_before_the_organ_was_heard(self, cast):
        visit = make.lead(cast, VisitState.SHOWN)

        with pytest.raises(NotInState):
            consequences.enter_clue(
                visit,
                by=cast.officer,
                at=WEDNESDAY,
                version=visit.version,
                finding=visit.findings.get(),
                text="擅离岗位。",
            )

    @pytest.mark.parametrize("state", [VisitState.HEARD, VisitState.CONCLUDED])
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("propose_card", {"rule": "absence", "facts": "上午无人值守。"}),
            ("draft_correction", {"kind": "notice", "title": "无人值守", "findings": "无人", "wanted": "落实AB岗。"}),
            ("enter_clue", {"text": "擅离岗位。"}),
        ],
    )
    def test_nothing_comes_of_a_covert_one_before_its_release(self, cast, state, name, values):
        visit = make.lead(cast, state, Kind.COVERT)
        given = {"by": cast.head, "at": local(2026, 3, 6), "finding": visit.findings.get(), **values}

        with pytest.raises(NotInState):
            getattr(consequences, name)(visit, version=visit.version, **given)
        assert {offer.why_not for offer in offers.offers(visit, cast.head, at=given["at"]) if offer.name == name} == {
            consequences.why_not_yet(visit)
        }
        make.step(visit, cast, VisitState.CONCLUDED) if state == VisitState.HEARD else None
        make.step(visit, cast, VisitState.RELEASED)
        getattr(consequences, name)(visit, version=visit.version, **given)

    def test_Z07_whoever_is_recused_from_it_does_not_find_what_came_of_it(self, client, cast):
        """In lists, pages, counts and messages; whoever leads the organ answers for its card all the same."""
        visit, finding = self.lead_on(cast, consequences.propose_card, rule="absence", facts="上午无人值守。")
        given = {"by": cast.officer, "at": local(2026, 3, 6), "finding": finding}
        notice = {"kind": "notice", "title": "窗口无人值守", "findings": "无人", "wanted": "落实AB岗。"}
        consequences.draft_correction(visit, version=visit.version, **given, **notice)
        consequences.enter_clue(visit, version=visit.version, **given, text="擅离岗位。")
        card, fault = Card.objects.get(), Clue.objects.get().case
        by_hand.confirm(card, by=cast.head, at=local(2026, 3, 6), version=card.version)
        seat(Role.CLERK, cast.city.construction, user=cast.outsider)  # in the organ inspected
        seat(Role.INSPECTOR, cast.city.office, user=cast.clerk)  # whom the finding is about

        came = ((Card, card.pk), (Correction, Correction.objects.get().pk), (FaultCase, fault.pk))
        for user in (cast.second, cast.outsider, cast.clerk):
            client.force_login(user)
            is_own = user == cast.clerk
            for model, pk in came:
                name = f"admin:accountability_{model._meta.model_name}"
                expected = user == cast.second or (is_own and model is Card)
                assert rows_of(model, user).filter(pk=pk).exists() is expected, (user, model)
                assert outbox_registry.subject(model._meta.label_lower).may_know([user.pk], [pk]) == (
                    {(user.pk, pk)} if expected else set()
                )
                assert client.get(reverse(f"{name}_changelist")).context["cl"].result_count == int(expected)
                assert (client.get(reverse(f"{name}_change", args=[pk])).status_code == 200) is expected
        counted = {
            user.pk: [figures.led_to(Finding.objects.all(), what, user).count() for what in figures.LED_TO]
            for user in (cast.second, cast.outsider)
        }
        assert counted == {cast.second.pk: [1, 1, 1, 0], cast.outsider.pk: [0, 0, 0, 1]}
        assert rows_of(Card, cast.leader).get() == card
        # Not where the leader once held the post that it is about; whoever holds it now has a card of their own.
        correction = Correction.objects.get()
        issuing.issue(correction, by=cast.head, at=local(2026, 3, 6), version=correction.version)
        assert rows_of(Correction, cast.leader).get() == correction
        Tenure.objects.create(
            user=cast.leader, post=finding.post, kind=TenureKind.HOLDER, since=date(2024, 1, 1), until=date(2024, 6, 1)
        )
        leader = User.objects.get(pk=cast.leader.pk)
        assert not rows_of(Card, leader).exists()
        assert not rows_of(Correction, leader).exists()
        assert rows_of(Card, cast.clerk).get() == card

    def test_Z07_nor_what_came_of_a_correction_that_was_not_kept(self, cast):
        given = {"kind": "notice", "title": "窗口无人值守", "findings": "无人", "wanted": "落实AB岗。"}
        visit, _finding = self.lead_on(cast, consequences.draft_correction, **given)
        notice = Correction.objects.get()
        card = red_card(about=notice, organ=visit.organ, proposed_by=cast.head, confirmed_by=cast.second)
        fault = FaultCase.objects.create(
            number="GC20260000019", organ=visit.organ, office=cast.city.office, received_at=WEDNESDAY
        )
        Clue.objects.create(case=fault, kind=ClueKind.CARD, card=card, received_at=WEDNESDAY)
        seat(Role.CLERK, cast.city.construction, user=cast.outsider)  # in the organ inspected

        for user, expected in ((cast.second, True), (cast.outsider, False)):
            for row in (notice, card, fault):
                assert rows_of(type(row), user).filter(pk=row.pk).exists() is expected, (user, row)
            assert FaultCase.objects.all().keeps(fault, scope_of(user, fresh=True)) is expected
        assert rows_of(Card, cast.leader).get() == card

    def test_what_led_to_something_is_not_dropped(self, cast):
        visit, finding = self.lead_on(cast, consequences.enter_clue, text="擅离岗位。")

        with pytest.raises(Invalid):
            visiting.drop_finding(
                visit, by=cast.inspector, at=local(2026, 3, 6), version=visit.version, finding=finding, reason="误"
            )


def red_card(*, about, **fields):
    """Return a red card, as a promise of a correction that was broken leads to it."""
    return Card.objects.create(
        colour="red",
        origin="manual",
        rule="fees",
        state="issued",
        content_type=ContentType.objects.get_for_model(about),
        object_id=about.pk,
        passed_at=WEDNESDAY,
        issued_at=WEDNESDAY,
        points=10,
        **fields,
    )


class TestReport:
    def test_it_is_owed_within_ten_working_days_after_the_visit(self, cast):
        visit = make.lead(cast, VisitState.VISITED)

        assert last_day(visit, deadlines.REPORT) == date(2026, 3, 18)
        make_it = make.WAY[make.WAY.index(VisitState.SHOWN) : make.WAY.index(VisitState.RELEASED) + 1]
        for state in make_it:
            make.step(visit, cast, state)
        assert engine.of_subject(visit).get(kind=deadlines.REPORT).state == DeadlineState.MET

    def test_Z10_whoever_wrote_it_does_not_release_it(self, cast):
        visit = make.lead(cast, VisitState.HEARD, team=[cast.inspector, cast.second, cast.head])
        concluding.conclude(visit, by=cast.head, at=WEDNESDAY, version=visit.version, conclusion="差")

        with pytest.raises(NotAllowed):
            concluding.release(visit, by=cast.head, at=WEDNESDAY, version=visit.version)
        concluding.release(visit, by=cast.other_head, at=WEDNESDAY, version=visit.version)

    def test_Z10_nor_does_whoever_wrote_one_that_was_sent_back(self, cast):
        visit = make.lead(cast, VisitState.HEARD, team=[cast.inspector, cast.second, cast.head])
        concluding.conclude(visit, by=cast.head, at=WEDNESDAY, version=visit.version, conclusion="差")
        concluding.return_report(visit, by=cast.other_head, at=WEDNESDAY, version=visit.version, reason="补充")
        concluding.conclude(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, conclusion="差。")

        assert not offers.waiting_for(cast.head).exists()
        with pytest.raises(NotAllowed):
            concluding.release(visit, by=cast.head, at=WEDNESDAY, version=visit.version)
        concluding.release(visit, by=cast.other_head, at=WEDNESDAY, version=visit.version)

    def test_sent_back_it_is_written_again_and_the_time_runs_on(self, cast):
        visit = make.lead(cast, VisitState.CONCLUDED)
        before = last_day(visit, deadlines.REPORT)
        concluding.return_report(visit, by=cast.head, at=WEDNESDAY, version=visit.version, reason="补充依据")

        assert (visit.state, last_day(visit, deadlines.REPORT)) == (VisitState.HEARD, before)
        assert sound() == []

    def test_the_last_release_finishes_the_inspection(self, cast):
        inspection = make.approve(cast, organs=[cast.city.construction, cast.city.tax])
        visit, other = (make.visit_of(inspection, organ) for organ in (cast.city.construction, cast.city.tax))
        for state in make.WAY[1 : make.WAY.index(VisitState.RELEASED) + 1]:
            make.step(visit, cast, state)
        inspection.refresh_from_db()
        assert inspection.state == State.RUNNING
        visiting.skip(other, by=cast.head, at=WEDNESDAY, version=other.version, reason="另行安排")

        inspection.refresh_from_db()
        assert inspection.state == State.FINISHED
        assert sound() == []

    def test_what_it_says_on_paper_names_no_person(self, cast):
        visit = make.lead(cast, VisitState.RELEASED)

        content = papers.report(visit)

        assert cast.clerk.full_name not in repr(content)
        assert "两个窗口上午无人值守" in repr(content)
        assert paper_kinds.get(papers.REPORT).is_open_to(cast.leader, visit)

    def test_the_office_has_a_bundle_of_it_and_whom_it_is_about_has_none(self, cast):
        visit = make.lead(cast, VisitState.REVIEWED)

        assert [part.name for part in papers.story(visit, cast.officer, local(2026, 4, 1))][:4] == [
            "inspection", "checklist", "findings", "course",
        ]  # fmt: skip
        assert bundling.may_ask(cast.officer, visit)
        for user in (cast.leader, cast.auditor, cast.clerk):
            assert not bundling.may_ask(user, visit)

    def test_the_bundle_of_a_released_visit_says_nothing_of_a_covert_plan_that_runs_on(self, cast):
        inspection = make.approve(cast, Kind.COVERT, organs=[cast.city.construction, cast.city.tax])
        visit, other = (make.visit_of(inspection, organ) for organ in (cast.city.construction, cast.city.tax))
        for state in make.WAY[1 : make.WAY.index(VisitState.RELEASED) + 1]:
            make.step(visit, cast, state)

        def rows_for(user):
            return {label for label, _said in papers.story(visit, user, local(2026, 4, 1))[0].rows}

        plan = {"督查内容", "督查组", "拟定人", "批准人", "批准时间"}
        assert bundling.may_ask(cast.officer, visit)
        assert not plan & rows_for(cast.officer)
        assert plan <= rows_for(cast.head)
        visiting.skip(other, by=cast.head, at=WEDNESDAY, version=other.version, reason="另行安排")
        assert plan <= rows_for(cast.officer)

    def test_a_follow_up_that_was_ordered_is_promised_and_kept_by_the_inspection_that_follows(self, cast):
        visit = make.lead(cast, VisitState.HEARD)
        concluding.conclude(
            visit,
            by=cast.inspector,
            at=WEDNESDAY,
            version=visit.version,
            conclusion="限期整改，届时复查。",
            follow_up_on=date(2026, 3, 20),
        )
        make.step(visit, cast, VisitState.RELEASED)
        assert last_day(visit, deadlines.FOLLOW_UP) == date(2026, 3, 20)
        follow_up = make.prepare(
            cast,
            Kind.FOLLOW_UP,
            at=local(2026, 3, 16),
            follows=visit,
            begin_on=date(2026, 3, 18),
            end_on=date(2026, 3, 18),
            no_notice_reason="复查",
        )
        planning.approve(follow_up, by=cast.head, at=local(2026, 3, 16), version=1)
        following = make.visit_of(follow_up)
        visiting.begin(
            following,
            by=cast.inspector,
            at=local(2026, 3, 18),
            version=1,
            place="大厅",
            together_with=[cast.second.pk],
        )

        kept = engine.of_subject(visit).get(kind=deadlines.FOLLOW_UP)
        assert (kept.state, timezone.localdate(kept.met_at)) == (DeadlineState.MET, date(2026, 3, 18))
        assert sound() == []

    @pytest.mark.parametrize("on", [date(2026, 3, 4), date(2027, 3, 5), date(9999, 12, 31)])
    def test_a_follow_up_lies_within_the_year_to_come(self, cast, on):
        visit = make.lead(cast, VisitState.HEARD)

        with pytest.raises(Invalid) as refusal:
            concluding.conclude(
                visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, conclusion="差", follow_up_on=on
            )
        assert refusal.value.field == "follow_up_on"

    def test_a_follow_up_that_came_too_late_for_its_day_is_not_released(self, cast):
        visit = make.lead(cast, VisitState.HEARD)
        given = {"conclusion": "限期整改，届时复查。", "follow_up_on": date(2026, 3, 10)}
        concluding.conclude(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, **given)

        with pytest.raises(NotInState):
            concluding.release(visit, by=cast.head, at=local(2026, 3, 11), version=visit.version)
        concluding.release(visit, by=cast.head, at=local(2026, 3, 10), version=visit.version)

    @pytest.mark.parametrize(("outcome", "state"), [("revoked", DeadlineState.CANCELLED), ("upheld", "open")])
    def test_what_was_ordered_falls_with_a_revoked_conclusion(self, cast, outcome, state):
        visit = make.lead(cast, VisitState.HEARD)
        given = {"conclusion": "限期整改，届时复查。", "follow_up_on": date(2026, 6, 10)}
        concluding.conclude(visit, by=cast.inspector, at=WEDNESDAY, version=visit.version, **given)
        for each in (VisitState.RELEASED, VisitState.CHALLENGED):
            make.step(visit, cast, each)
        concluding.review(
            visit, by=cast.reviewer, at=local(2026, 3, 20), version=visit.version, outcome=outcome, text="事实不清"
        )

        assert engine.of_subject(visit).get(kind=deadlines.FOLLOW_UP).state == state
        assert sound() == []


class TestChallenge:
    def test_the_organ_challenges_within_thirty_days(self, cast):
        visit = make.lead(cast, VisitState.RELEASED)  # on Friday 2026-03-06: the thirtieth day is Sunday 2026-04-05
        promise = engine.running(visit, [deadlines.CHALLENGE]).get()
        assert (promise.limit_number, promise.limit_unit) == (30, Unit.DAY)

        with pytest.raises(NotInState):
            concluding.challenge(visit, by=cast.leader, at=promise.overdue_at, version=visit.version, text="不符")
        concluding.challenge(
            visit, by=cast.leader, at=promise.overdue_at - timedelta(seconds=1), version=visit.version, text="不符"
        )
        assert visit.state == VisitState.CHALLENGED

    def test_the_review_is_promised_within_thirty_days(self, cast):
        visit = make.lead(cast, VisitState.CHALLENGED)

        promise = engine.running(visit).get()
        assert (promise.kind, Limit(promise.limit_number, Unit(promise.limit_unit))) == (
            deadlines.REVIEW,
            Limit(30, Unit.DAY),
        )
        assert promise.post == cast.head.tenures.get().post
        assert sound() == []

    @pytest.mark.parametrize("who", ["inspector", "head", "second"])
    def test_Z07_whoever_made_the_conclusion_does_not_review_it(self, cast, who):
        visit = make.lead(cast, VisitState.CHALLENGED)

        with pytest.raises(NotAllowed):
            concluding.review(
                visit, by=getattr(cast, who), at=WEDNESDAY, version=visit.version, outcome="upheld", text="维持"
            )

    def test_what_does_not_hold_falls_and_the_paper_holds_no_more(self, cast):
        visit = make.lead(cast, VisitState.RELEASED)
        paper = printed.issue(papers.REPORT, visit, by=cast.inspector, at=local(2026, 3, 9))
        make.step(visit, cast, VisitState.CHALLENGED)
        concluding.review(
            visit, by=cast.reviewer, at=local(2026, 3, 20), version=visit.version, outcome="revoked", text="事实不清"
        )

        assert not visiting.standing(visit).exists()
        assert paper.revocation is not None
        assert "未发现问题" in repr(papers.report(visit))
        assert sound() == []

    def test_what_came_of_a_finding_falls_with_it(self, cast):
        visit = make.lead(cast, VisitState.RELEASED)
        finding, day = visit.findings.get(), local(2026, 3, 9)

        def lead_on(action, **values):
            visit.refresh_from_db()
            action(visit, by=cast.officer, at=day, version=visit.version, finding=finding, **values)

        words = {"title": "窗口无人值守", "findings": "上午无人值守。", "wanted": "落实AB岗。"}
        lead_on(consequences.draft_correction, kind="notice", **words)
        notice = Correction.objects.get()
        issuing.issue(notice, by=cast.head, at=day, version=1)
        lead_on(consequences.draft_correction, kind="opinion", **words)
        lead_on(consequences.propose_card, rule="absence", facts="上午无人值守。")
        issued = Card.objects.get()
        by_hand.confirm(issued, by=cast.head, at=day, version=issued.version)
        lead_on(consequences.propose_card, rule="rude_service", facts="态度生硬。")
        proposed = Card.objects.exclude(pk=issued.pk).get()
        lead_on(consequences.enter_clue, text="擅离岗位。")
        visit.refresh_from_db()
        make.step(visit, cast, VisitState.CHALLENGED)
        # The review reads what came of each finding.
        form = ReviewForm(visit=visit, viewer=cast.reviewer)
        assert notice.number in form.fields["fallen"].choices[0][1]
        concluding.review(
            visit, by=cast.reviewer, at=local(2026, 3, 20), version=visit.version, outcome="revoked", text="事实不清"
        )

        assert list(Correction.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "declined"]
        proposed.refresh_from_db()
        issued.refresh_from_db()
        assert (proposed.state, issued.state) == ("dropped", "issued")
        # As ever, a second person revokes what was issued.
        with pytest.raises(life.NotAllowed):
            life.withdraw(issued, by=cast.reviewer, at=local(2026, 3, 20), version=issued.version)
        life.withdraw(issued, by=cast.head, at=local(2026, 3, 20), version=issued.version)
        fell = Message.objects.filter(kind="faults.source_fell")
        assert cast.officer.pk in set(fell.values_list("recipient_id", flat=True))
        assert sound() == []

    def test_upheld_nothing_falls(self, cast):
        visit = make.lead(cast, VisitState.CHALLENGED)

        with pytest.raises(Invalid):
            concluding.review(
                visit,
                by=cast.reviewer,
                at=WEDNESDAY,
                version=visit.version,
                outcome="upheld",
                text="维持",
                fallen=[visit.findings.get().pk],
            )

    def test_what_nobody_challenges_is_settled(self, cast):
        visit = make.lead(cast, VisitState.RELEASED)

        assert concluding.tend(at=local(2026, 5, 6)) == 1
        visit.refresh_from_db()
        assert visit.state == VisitState.SETTLED
        assert sound() == []


class TestWhoKnows:
    @pytest.mark.parametrize("state", make.WAY)
    def test_rows_and_relation_say_the_same(self, cast, state):
        from efficiency.access.may import cells_of

        visit = make.lead(cast, state)
        for name in make.ROLES:
            user = getattr(cast, name)
            assert bool(cells_of(user, "inspection.see", visit)) == rows_of(Visit, user).exists(), name
            found = rows_of(Inspection, user).exists()
            assert bool(cells_of(user, "inspection.see", visit.inspection)) == found, name

    def test_the_organ_knows_of_its_own_part_alone_once_it_was_told(self, cast):
        inspection = make.approve(cast, organs=[cast.city.construction, cast.city.tax])
        assert not rows_of(Visit, cast.leader).exists()
        visit = make.visit_of(inspection, cast.city.construction)
        visiting.notify(visit, by=cast.inspector, at=MONDAY, version=1, notice="周三")

        assert list(Visit.objects.visible_to(cast.leader)) == [visit]
        assert not rows_of(Visit, cast.tax_leader).exists()
        assert not rows_of(Inspection, cast.leader).exists()

    def test_appraiser_and_auditor_know_headers_the_administrator_nothing(self, cast):
        visit = make.lead(cast, VisitState.RELEASED)

        assert {name for name in ("appraiser", "auditor") if rows_of(Visit, getattr(cast, name)).exists()} == {
            "appraiser",
            "auditor",
        }
        assert not Visit.objects.visible_to(cast.auditor).exists()
        assert not rows_of(Visit, cast.administrator).exists()
        assert visit.state in RELEASED

    def test_Z07_whom_a_finding_is_about_finds_it_absent(self, cast):
        visit = make.lead(cast, VisitState.RELEASED)
        seat(Role.OFFICE_OFFICER, cast.city.office, user=cast.clerk)

        assert not rows_of(Visit, cast.clerk).filter(pk=visit.pk).exists()
        assert not rows_of(Finding, cast.clerk).exists()

    def test_a_social_supervisor_knows_where_they_come_along(self, cast):
        make.lead(cast, VisitState.RELEASED)
        assert not rows_of(Visit, cast.supervisor).exists()
        own = make.approve(cast, guests=[cast.supervisor])

        assert list(rows_of(Inspection, cast.supervisor)) == [own]
        assert not Visit.objects.visible_to(cast.supervisor).exists()


class TestErasing:
    def test_P10_texts_and_files_go_ten_years_after_the_end_of_all_visits(self, cast):
        at = timezone.now()
        old, recent = (make.lead(cast, VisitState.REVIEWED) for _each in range(2))
        item = old.inspection.checklist.items.first()
        VisitFile.objects.create(
            visit=old, position=1, content_type="image/jpeg", size=1, sha256=b"0" * 32, storage_name="x", created_at=at,
            item=item,
        )  # fmt: skip
        assert erasing.erase_texts(at=at) == 0
        # As it lies there ten years and a day later.
        long_ago = start_of(add_months(timezone.localdate(at), -120)) - timedelta(hours=1)
        with ignore("supervision.InspectionEvent:inspection_event_append_only"):
            InspectionEvent.objects.filter(inspection=old.inspection).update(at=long_ago)
        with ignore("supervision.VisitEvent:visit_event_append_only"):
            VisitEvent.objects.filter(visit=old).update(at=long_ago)
        Inspection.objects.filter(pk=old.inspection_id).update(ended_at=long_ago)
        assert erasing.erase_texts(at=at) == 0, "a visit ended later"
        Visit.objects.filter(pk=old.pk).update(ended_at=long_ago)

        assert erasing.erase_texts(at=at) == 1
        assert erasing.erase_texts(at=at) == 0

        old.refresh_from_db()
        finding, inspection = old.findings.get(), Inspection.objects.get(pk=old.inspection_id)
        assert {old.conclusion, old.comment, finding.text, finding.place, inspection.topic} == {GONE}
        assert set(old.events.exclude(text="").values_list("text", flat=True)) == {GONE}
        assert set(old.answers.exclude(note="").values_list("note", flat=True)) == {GONE}
        assert old.files.get().storage_name == ""
        assert (inspection.no_notice_reason, finding.dropped_reason) == ("", "")
        recent.refresh_from_db()
        assert recent.conclusion != GONE
        assert recent.findings.get().text != GONE


class TestTables:
    def test_every_row_has_its_source_and_target_and_no_state_is_left_out(self):
        for table, states in ((workflow.PLAN_TABLE, State), (workflow.TABLE, VisitState)):
            sources = {state for row in table for state in row.sources}
            targets = {row.target for row in table if row.target}

            assert sources | targets == set(states)

    def test_every_step_of_staff_has_a_page_and_an_offer(self):
        from supervision.admin.inspections import PLAN_STEPS, STEPS

        for table, pages, offered in (
            (workflow.PLAN_TABLE, PLAN_STEPS, offers.PLAN_STEPS),
            (workflow.TABLE, STEPS, offers.STEPS),
        ):
            assert {row.action for row in table if row.side} == set(pages) == set(offered)
