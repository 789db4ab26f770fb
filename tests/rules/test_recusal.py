"""Nobody handles a case about themself (docs/trust.md Z-07 to Z-10, docs/domain.md 4.3 and 13 no. 8)."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from complaints import actions, deadlines, invariants, workflow, worklist
from complaints.enums import Handling, NamedPerson, RecusalGround, State
from complaints.models import Case, Holding, Recusal, Reply, ReplyState
from efficiency.access.may import cells_of, may
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ, Post, Rank, Role, Tenure, TenureKind
from efficiency.outbox.models import Message, MessageState
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import make_post, make_user, seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)


def post_of(user) -> Post:
    return Post.objects.get(tenures__user=user)


def knows(user, case: Case) -> bool:
    """Whether the person finds the case by any of the questions that pages, lists, files and messages ask."""
    user = type(user).objects.get(pk=user.pk)
    answers = {
        Case.objects.visible_to(user).filter(pk=case.pk).exists(),
        Case.objects.headers_visible_to(user).filter(pk=case.pk).exists(),
        bool(cells_of(user, "case.see", Case.objects.get(pk=case.pk))),
        bool(workflow.next_actions(Case.objects.get(pk=case.pk), user)),
    }
    assert len(answers) == 1, "the questions disagree"
    return answers.pop()


def link(case: Case, cast, post: Post | None, *, organ: Organ | None = None, at=LATER):
    return actions.link_person(
        case, by=cast.officer, at=at, version=case.version, post=post, reason="经与单位核实", organ=organ
    )


def instruct(case: Case, cast, organ: Organ, *, by=None):
    return actions.instruct(
        case,
        by=by or cast.office_head,
        at=LATER,
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=organ,
        instruction="同意",
    )


class TestFourGrounds:
    """Z-07: each ground, before and after it arises; the deadline keeps running."""

    def arise_post_held(self, case, cast):
        link(case, cast, post_of(cast.clerk))

    def arise_person_concerned(self, case, cast):
        Recusal.objects.create(case=case, user=cast.clerk, ground=RecusalGround.PERSON_CONCERNED, at=LATER)

    def arise_declared(self, case, cast):
        actions.declare_recusal(case, by=cast.clerk, at=LATER, reason="与投诉人系亲属")

    # The fourth, "wrote the decision under review", has a file of its own: test_recusal_review.py.
    @pytest.mark.parametrize("ground", ["post_held", "person_concerned", "declared"])
    def test_Z07_the_case_is_absent_once_the_ground_has_arisen(self, ground, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.HANDLING, cast)
        due_at = engine.running(case, [deadlines.REPLY]).get().due_at
        assert knows(cast.clerk, case)

        getattr(self, f"arise_{ground}")(case, cast)

        assert not knows(cast.clerk, case)
        assert knows(colleague, case)
        with pytest.raises(actions.Absent):
            actions.save_draft(case, by=cast.clerk, at=LATER, version=case.version, findings="…")
        actions.pass_on_assignments(at=LATER)
        case.refresh_from_db()
        reply = engine.running(case, [deadlines.REPLY]).get()
        assert case.handler is None
        assert (reply.responsible, reply.organ, reply.due_at) == (None, cast.city.construction, due_at)
        # Nothing is stuck: a colleague takes it up where it was.
        actions.save_draft(case, by=colleague, at=LATER, version=case.version, findings="继续核查")

    def test_Z07_a_post_once_held_counts_whatever_the_dates(self, cast):
        former = seat(Role.CLERK, cast.city.construction, since=date(2020, 1, 1), until=date(2021, 1, 1))
        Tenure.objects.create(user=former, post=make_post(cast.city.construction, Role.CLERK), since=date(2021, 1, 1))
        case = make.case_in(State.ASSIGNED, cast)
        assert knows(former, case)

        link(case, cast, Post.objects.get(tenures__user=former, tenures__until__isnull=False))

        assert not knows(former, case)

    def test_Z07_holds_for_the_stand_in_of_the_post(self, cast):
        post = post_of(cast.clerk)
        stand_in = seat(Role.CLERK, cast.city.construction)
        Tenure.objects.create(
            user=stand_in, post=post, kind=TenureKind.STAND_IN, since=date(2026, 1, 1), until=date(2026, 2, 1)
        )
        case = make.case_in(State.ASSIGNED, cast)

        link(case, cast, post)

        assert not knows(stand_in, case)

    def test_Z07_recused_as_a_person_a_leader_cannot_approve_or_see(self, cast):
        other_leader = seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER)
        case = make.case_in(State.HANDLING, cast)
        actions.propose_reply(
            case, by=cast.clerk, at=LATER, version=case.version, outcome="not_upheld", findings="不属实", basis="法"
        )
        actions.declare_recusal(case, by=cast.leader, at=LATER, reason="曾为本案经办人")

        with pytest.raises(actions.Absent):
            actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version)
        assert not knows(cast.leader, case)
        actions.approve_reply(case, by=other_leader, at=LATER, version=case.version)
        assert case.state == State.REPLIED

    def test_Z07_an_open_assignment_passes_to_the_stand_in_of_the_post(self, cast):
        post, colleague = post_of(cast.clerk), seat(Role.CLERK, cast.city.construction)
        post.stand_in = post_of(colleague)
        post.save()
        case = make.case_in(State.HANDLING, cast)

        actions.declare_recusal(case, by=cast.clerk, at=LATER, reason="与投诉人系亲属")

        reply = engine.running(case, [deadlines.REPLY]).get()
        assert case.handler == colleague
        assert (reply.responsible, reply.post) == (colleague, post_of(colleague))

    def test_Z07_follows_tenures_a_later_holder_of_the_post_is_recused_too(self, cast):
        # docs/domain.md 13 no. 8: recusal follows posts and changes with tenures.
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.ASSIGNED, cast)
        link(case, cast, post_of(cast.clerk))
        actions.sign_in(case, by=colleague, at=LATER, version=case.version)
        assert invariants.handlers_not_competent() == 0

        Tenure.objects.create(user=colleague, post=post_of(cast.clerk), since=date(2026, 3, 4))

        assert not knows(colleague, case)
        assert invariants.handlers_not_competent() == 1
        assert actions.pass_on_assignments(at=LATER, user=colleague) == 1
        case.refresh_from_db()
        assert case.handler is None
        assert invariants.handlers_not_competent() == 0
        assert actions.pass_on_assignments(at=LATER) == 0

    def test_Z07_what_was_told_before_is_taken_back(self, cast):
        case = make.case_in(State.ASSIGNED, cast)
        told = Message.objects.filter(recipient=cast.clerk, subject_id=case.pk, channel="portal")
        assert told.get().state == MessageState.SENT

        link(case, cast, post_of(cast.clerk))

        assert told.get().state == MessageState.WITHHELD

    def test_Z07_and_so_is_what_was_told_to_somebody_who_declares_a_conflict(self, cast):
        case = make.case_in(State.ASSIGNED, cast)
        told = Message.objects.filter(subject_id=case.pk, channel="portal", kind="complaints.instruct")
        assert set(told.values_list("recipient", "state")) == {(cast.clerk.pk, "sent"), (cast.leader.pk, "sent")}

        actions.declare_recusal(case, by=cast.clerk, at=LATER, reason="与投诉人系亲属")

        assert set(told.values_list("recipient", "state")) == {(cast.clerk.pk, "withheld"), (cast.leader.pk, "sent")}

    def test_Z07_nobody_links_a_case_to_their_own_post(self, cast):
        case = make.case_in(State.ACCEPTED, cast)

        with pytest.raises(actions.Invalid) as refusal:
            link(case, cast, post_of(cast.officer))

        assert refusal.value.field == "post"

    def test_an_anonymous_visitor_and_an_inactive_account_know_nothing(self, cast):
        case = make.case_in(State.HANDLING, cast)
        cast.clerk.is_active = False
        cast.clerk.save()

        assert not Case.objects.visible_to(AnonymousUser()).exists()
        assert not may(AnonymousUser(), "case.read", case)
        assert not knows(cast.clerk, case)


class TestHeldName:
    """Z-08: a name that the office has not resolved keeps the case with the office alone."""

    def test_Z08_a_named_person_holds_the_case_until_it_is_linked(self, cast):
        case = make.case_in(State.SUBMITTED, cast, named_person="王某，工号0312")
        assert case.named_person_state == NamedPerson.UNRESOLVED
        hold = engine.running(case, [deadlines.RESOLVE_PERSON]).get()
        assert (hold.limit_number, hold.limit_unit, hold.organ) == (2, "wd", cast.city.office)

        with pytest.raises(actions.Invalid) as refusal:
            instruct(case, cast, cast.city.construction)
        assert refusal.value.field == "organ"

        link(case, cast, None)
        assert case.named_person_state == NamedPerson.NOBODY
        assert not engine.running(case, [deadlines.RESOLVE_PERSON]).exists()
        instruct(case, cast, cast.city.construction)
        assert knows(cast.clerk, case)

    def test_Z08_own_handling_by_the_office_needs_no_resolution(self, cast):
        case = make.case_in(State.SUBMITTED, cast, named_person="王某")

        actions.instruct(
            case, by=cast.office_head, at=LATER, version=case.version, handling=Handling.OWN, instruction="自办"
        )

        assert (case.state, case.handling_organ) == (State.HANDLING, cast.city.office)
        assert not knows(cast.clerk, case)

    @pytest.mark.parametrize("where", ["title", "description"])
    def test_Z08_the_name_of_a_present_holder_in_the_text_does_the_same(self, where, cast):
        cast.clerk.full_name = "欧阳建国"
        cast.clerk.save()
        words = {
            "title": "投诉窗口欧阳建国态度恶劣",
            "description": "窗口工作人员欧阳建国拒绝受理我的申请，也不说明理由，要求核查。",
        }

        case = make.case_in(State.SUBMITTED, cast, **{where: words[where]})

        assert case.named_person_state == NamedPerson.UNRESOLVED
        with pytest.raises(actions.Invalid):
            instruct(case, cast, cast.city.construction)

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("张伟明", "张 伟 明"),
            ("张伟明", "张　伟明"),
            ("张伟明", "张·伟·明"),
            ("张伟明", "张・伟．明"),
            ("张伟明", "张\u200b伟、明"),
            ("张 伟明", "张伟明"),
            ("阿不都·热合曼", "阿不都热合曼"),
            ("阿不都·热合曼", "阿不都•热合曼"),
            ("阿不都·热合曼", "阿不都·热合曼"),
        ],
    )
    def test_Z08_a_name_is_found_however_it_is_written(self, name, written, cast):
        for user in (cast.clerk, cast.tax_clerk):
            user.full_name = name
            user.save()
        words = f"窗口的{written}让我反复跑了三趟，请予核实处理。"

        filed = make.file(cast, description=words).case
        accepted = make.file(cast, description=words, organ=None).case
        make.accept(accepted, cast, organ=cast.city.tax)

        assert filed.named_person_state == NamedPerson.UNRESOLVED
        assert accepted.named_person_state == NamedPerson.UNRESOLVED

    def test_Z08_letters_and_digits_between_two_characters_part_them(self, cast):
        cast.clerk.full_name = "张伟"
        cast.clerk.save()

        case = make.file(cast, description="请把材料交给老张2伟业公司的窗口也不受理，请予核实处理。").case

        assert case.named_person_state == NamedPerson.NONE

    def test_Z08_a_name_of_another_organ_or_of_a_former_holder_holds_nothing(self, cast):
        cast.tax_clerk.full_name = "欧阳建国"
        cast.tax_clerk.save()
        former = make_user(full_name="司徒文")
        Tenure.objects.create(
            user=former,
            post=make_post(cast.city.construction, Role.CLERK),
            since=date(2020, 1, 1),
            until=date(2026, 1, 1),
        )

        case = make.file(cast, description="欧阳建国和司徒文都说不归他们管，请效能办查一查究竟归谁管。").case

        assert case.named_person_state == NamedPerson.NONE

    def test_Z08_is_asked_again_for_the_organ_that_the_office_chooses(self, cast):
        cast.tax_clerk.full_name = "欧阳建国"
        cast.tax_clerk.save()
        case = make.case_in(State.HANDLING, cast, description="地税窗口欧阳建国推诿，请核查处理，谢谢。")
        transfer = {"by": cast.officer, "at": LATER, "organ": cast.city.tax, "reason": "属地税局职责"}

        with pytest.raises(actions.Invalid) as refusal:
            actions.transfer(case, version=case.version, **transfer)
        assert refusal.value.field == "organ"

        link(case, cast, post_of(cast.tax_clerk))
        actions.transfer(case, version=case.version, **transfer)
        assert not knows(cast.tax_clerk, case)
        assert knows(cast.tax_leader, case)

    def test_Z08_a_name_can_be_settled_for_one_more_organ_without_losing_the_link(self, cast):
        cast.tax_clerk.full_name = "欧阳建国"
        cast.tax_clerk.save()
        case = make.case_in(State.HANDLING, cast, description="建设局说去找地税欧阳建国，两边推来推去，请核查。")
        link(case, cast, post_of(cast.leader))  # a head: the office takes it

        link(case, cast, None, organ=cast.city.tax)

        assert (case.named_person_state, case.about_post) == (NamedPerson.LINKED, post_of(cast.leader))

    def test_Z08_holders_of_a_post_linked_before_stay_out(self, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.ASSIGNED, cast)
        link(case, cast, post_of(cast.clerk))

        link(case, cast, post_of(colleague))

        assert not knows(cast.clerk, case)
        assert not knows(colleague, case)

    def test_Z08_rejecting_ends_the_hold(self, cast):
        case = make.case_in(State.REJECTED, cast, named_person="王某")

        assert not engine.running(case, [deadlines.RESOLVE_PERSON]).exists()


class TestAboutHead:
    """Z-09: a case about head or deputy goes to the office or to the level above."""

    def test_Z09_it_does_not_go_to_the_organ_nor_to_another_beside_it(self, cast):
        case = make.case_in(State.SUBMITTED, cast, named_person="李局长")
        link(case, cast, post_of(cast.leader))

        for organ in (cast.city.construction, cast.city.tax, cast.city.street):
            with pytest.raises(actions.Invalid) as refusal:
                instruct(case, cast, organ)
            assert refusal.value.field == "organ"

    def test_Z09_the_level_above_may_have_it(self, cast):
        case = make.case_in(State.SUBMITTED, cast, named_person="李局长")
        link(case, cast, post_of(cast.leader))

        instruct(case, cast, cast.city.government)

        assert case.handling_organ == cast.city.government
        assert not knows(cast.leader, case)

    @pytest.mark.parametrize("state", [State.ASSIGNED, State.HANDLING, State.REPLIED, State.REPORTED, State.CLOSED])
    def test_Z09_the_office_takes_it_out_of_the_organ(self, state, cast):
        case = make.case_in(state, cast)
        if state == State.HANDLING:
            actions.propose_reply(
                case, by=cast.clerk, at=TUESDAY, version=case.version, outcome="not_upheld", findings="无", basis="法"
            )
        due = dict(engine.running(case).values_list("kind", "due_at"))

        link(case, cast, post_of(cast.leader))

        assert case.handling_organ == cast.city.office
        assert case.state == (State.HANDLING if state == State.ASSIGNED else state)
        assert not knows(cast.clerk, case)
        assert invariants.cases_with_excluded_organ() == 0
        owed = engine.running(case).exclude(promise="owed_by_citizen")
        assert set(owed.values_list("organ", flat=True)) <= {cast.city.office.pk}
        assert all(due.get(row.kind, row.due_at) == row.due_at for row in engine.running(case))  # no clock restarts
        assert owed.exists()
        assert invariants.promises_nobody_can_keep() == 0
        assert not Reply.objects.filter(case=case, state__in=[ReplyState.DRAFT, ReplyState.PROPOSED]).exists()

    def test_Z09_a_subordinate_is_no_head_and_the_organ_may_go_on(self, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.HANDLING, cast)

        link(case, cast, post_of(colleague))

        assert case.handling_organ == cast.city.construction
        assert case.handler == cast.clerk

    def test_Z09_about_the_head_of_a_district_office_it_goes_to_the_office_of_the_city(self, cast):
        head = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER, is_head=True)
        officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        case = make.file(cast, organ=cast.city.street, named_person="效能办负责人").case
        assert case.office == cast.city.district_office

        actions.link_person(
            case, by=officer, at=LATER, version=case.version, post=post_of(head), reason="投诉效能办负责人"
        )

        assert case.office == cast.city.office
        assert not knows(head, case)
        assert not knows(officer, case)
        assert knows(cast.officer, case)
        assert set(engine.running(case).values_list("organ", flat=True)) == {cast.city.office.pk}

    def test_Z09_an_office_that_handled_it_is_no_respondent_under_review_unless_it_is_about_its_head(self, cast):
        head = seat(Role.ORGAN_LEADER, cast.city.street, Rank.APPROVER, is_head=True)
        office_head = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER, is_head=True)
        case = make.file(cast, organ=cast.city.street, named_person="街道主任").case
        under_review = Case.objects.filter(pk=case.pk)
        under_review.update(
            state=State.REVIEWING,
            named_person_state=NamedPerson.LINKED,
            office=cast.city.office,
            handling=Handling.OWN,
            handling_organ=cast.city.district_office,
            about_post=post_of(head),
        )
        assert invariants.cases_with_excluded_organ() == 0

        under_review.update(about_post=post_of(office_head))

        assert invariants.cases_with_excluded_organ() == 1


class TestTwoPersons:
    """Z-10: who asked or drafted cannot confirm, not through another post or account either."""

    def propose(self, case, by):
        actions.propose_reply(
            case, by=by, at=LATER, version=case.version, outcome="not_upheld", findings="不属实", basis="法"
        )

    def test_Z10_the_one_who_submitted_cannot_instruct(self, cast):
        case = make.case_in(State.REGISTERED, cast)
        actions.submit(
            case,
            by=cast.office_head,
            at=LATER,
            version=case.version,
            handling=Handling.ASSIGNED,
            organ=cast.city.construction,
            proposal="交办",
        )

        with pytest.raises(actions.NotAllowed):
            instruct(case, cast, cast.city.construction)

        second = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        instruct(case, cast, cast.city.construction, by=second)

    def test_Z10_who_drafted_cannot_approve_from_another_post(self, cast):
        seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER, user=cast.clerk)
        case = make.case_in(State.HANDLING, cast)
        self.propose(case, cast.clerk)

        with pytest.raises(actions.NotAllowed):
            actions.approve_reply(case, by=cast.clerk, at=LATER, version=case.version)

    def test_Z10_who_had_a_hand_in_an_earlier_draft_cannot_approve(self, cast):
        seat(Role.CLERK, cast.city.construction, user=cast.leader)
        case = make.case_in(State.HANDLING, cast)
        actions.save_draft(case, by=cast.leader, at=LATER, version=case.version, findings="初稿")
        self.propose(case, cast.clerk)

        with pytest.raises(actions.NotAllowed):
            actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version)

    @pytest.mark.parametrize("contact", ["phone", "email"])
    def test_Z10_two_accounts_of_one_natural_person_count_as_one(self, contact, cast):
        value = {"phone": "13900000001", "email": "liu@foshan.example"}[contact]
        for user in (cast.clerk, cast.leader):
            user.full_name = "刘志强"
            setattr(user, contact, value)
            user.save()
        case = make.case_in(State.HANDLING, cast)
        self.propose(case, cast.clerk)

        with pytest.raises(actions.NotAllowed):
            actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version)

    def test_Z10_two_persons_of_one_name_are_two(self, cast):
        for user, phone in ((cast.clerk, "13900000001"), (cast.leader, "13900000002")):
            user.full_name, user.phone = "刘志强", phone
            user.save()
        case = make.case_in(State.HANDLING, cast)
        self.propose(case, cast.clerk)

        actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version)

        assert case.state == State.REPLIED

    def test_Z10_holds_in_own_handling_too(self, cast):
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=LATER, version=case.version, handling=Handling.OWN)
        self.propose(case, cast.office_head)

        with pytest.raises(actions.NotAllowed):
            actions.approve_reply(case, by=cast.office_head, at=LATER, version=case.version)


def test_Z12_of_a_handed_over_case_the_organ_that_had_it_keeps_the_header_alone(cast):
    # What the organ did stays known to it (tests/complaints/admin/test_passed_on.py); the case is gone at once.
    case = make.case_in(State.HANDLING, cast)
    actions.transfer(case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属地税局职责")

    assert not knows(cast.clerk, case)
    assert Case.objects.passed_on_by(cast.clerk).get() == case
    assert knows(cast.tax_clerk, case)
    assert not Case.objects.passed_on_by(cast.tax_clerk).exists()
    spans = Holding.objects.filter(case=case).order_by("since", "id")
    assert [(span.organ, span.until) for span in spans] == [(cast.city.construction, LATER), (cast.city.tax, None)]


def test_no_deadline_is_ever_owed_by_nobody(cast):
    for state in State:
        make.case_in(state, cast)

    assert not Deadline.objects.filter(organ__isnull=True).exists()
    assert not Deadline.objects.filter(responsible__isnull=False, post__isnull=True).exists()


class TestDoors:
    """What keeps a case with the office although the tree or an earlier step would let others see it."""

    def test_Z08_an_unresolved_name_hides_a_case_from_the_organ_that_has_it(self, cast):
        case = make.case_in(State.HANDLING, cast)
        assert knows(cast.clerk, case)

        Case.objects.filter(pk=case.pk).update(named_person_state=NamedPerson.UNRESOLVED)

        assert not knows(cast.clerk, case)
        assert not knows(cast.leader, case)
        assert knows(cast.officer, case)

    def test_Z01_what_the_office_handles_itself_is_not_for_clerks_of_the_government_above_it(self, cast):
        above = seat(Role.CLERK, cast.city.government)
        own = make.case_in(State.SUBMITTED, cast)
        actions.instruct(own, by=cast.office_head, at=LATER, version=own.version, handling=Handling.OWN)
        assigned = make.case_in(State.HANDLING, cast)

        assert not knows(above, own)
        assert knows(above, assigned)  # what the bureaus below it handle it does reach

    def test_Z01_a_transfer_stays_inside_the_block_of_the_office(self, cast):
        officer = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER)
        case = make.case_in(State.HANDLING, cast)
        Case.objects.filter(pk=case.pk).update(office=cast.city.district_office)

        with pytest.raises(actions.Invalid) as refusal:
            actions.transfer(case, by=officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属地税")

        assert refusal.value.field == "organ"
        actions.transfer(case, by=officer, at=LATER, version=case.version, organ=cast.city.street, reason="属街道")

    @pytest.mark.parametrize(("name", "is_held"), [("王", False), ("王明", True)])
    def test_Z08_a_name_of_one_character_proves_nothing(self, name, is_held, cast):
        cast.tax_clerk.full_name = name
        cast.tax_clerk.save()
        case = make.file(cast, description="窗口的王明让我反复跑了三趟，请予核实处理。").case

        make.accept(case, cast, organ=cast.city.tax)

        assert (case.named_person_state == NamedPerson.UNRESOLVED) is is_held


class TestOwnHandlingTakesTwo:
    """Z-10: in own handling too another person looks at what one did (docs/domain.md 4.6, 4.8)."""

    @pytest.fixture
    def own(self, cast) -> Case:
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=LATER, version=case.version, handling=Handling.OWN)
        assert case.handler == cast.officer
        return case

    def twin(self, user):
        """Give the same natural person a second account at the office."""
        second = seat(Role.OFFICE_OFFICER, user.tenures.get().post.organ)
        for account in (user, second):
            account.full_name, account.phone = "刘志强", "13900000001"
            account.save()
        return second

    def test_3_4_who_handles_a_case_neither_stops_its_clock_nor_keeps_it_stopped(self, own, cast):
        stop = {"ground": "proceeding", "reason": "同一事项正在法院审理。"}
        for by in (cast.officer, self.twin(cast.officer)):
            with pytest.raises(actions.NotAllowed):
                actions.suspend(own, by=by, at=LATER, version=own.version, **stop)
        actions.suspend(own, by=cast.office_head, at=LATER, version=own.version, **stop)

        with pytest.raises(actions.NotAllowed):
            actions.keep_suspended(own, by=cast.officer, at=LATER, version=own.version, reason="尚未判决")
        actions.keep_suspended(own, by=cast.office_head, at=LATER, version=own.version, reason="尚未判决")
        actions.resume(own, by=cast.officer, at=LATER, version=own.version, reason="已判决")
        assert own.state == State.HANDLING

    def test_4_6_who_reported_does_not_close_nor_find_the_cause_of_a_bad_evaluation(self, own, cast):
        make.reply(own, cast, at=LATER)
        make.report(own, cast, at=LATER)
        actions.evaluate(own, at=LATER, grade=1)
        twin = self.twin(cast.officer)
        call = {"text": "已说明依据。", "cause": "objective"}

        for by in (cast.officer, twin):
            with pytest.raises(actions.NotAllowed):
                actions.close(own, by=by, at=LATER, version=own.version, conclusion="予以办结。")
            with pytest.raises(actions.NotAllowed):
                actions.record_follow_up(own, by=by, at=LATER, version=own.version, **call)
        listed = worklist.with_moves(Case.objects.visible_to(cast.officer), cast.officer)
        assert not listed.filter(worklist.waiting_for(cast.officer), pk=own.pk).exists()
        actions.record_follow_up(own, by=cast.office_head, at=LATER, version=own.version, **call)
        actions.close(own, by=cast.office_head, at=LATER, version=own.version, conclusion="予以办结。")
        assert own.state == State.CLOSED
