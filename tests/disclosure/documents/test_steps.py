"""The way of a document, step by step (docs/domain.md 6.2): who may take which step, on which text."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from disclosure.documents import acting, actions, fingerprint, messages, workflow
from disclosure.documents import invariants as of_documents
from disclosure.enums import IN_WORK, DocumentStep, LegalForm, VersionState
from disclosure.models import DocumentEvent, DocumentVersion, SecrecyReview
from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from tests.factories import documents as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import make_user, seat

pytestmark = pytest.mark.django_db

S, D = VersionState, DocumentStep
LATER = TUESDAY + timedelta(hours=2)

# From which state who may take which step: written by hand beside the table of the program. The leader and the office
# may take every step of the decision; editors write; a section head checks and reviews.
EXPECTED: dict[str, dict[str, set[str]]] = {
    S.DRAFT: {
        D.CHANGE: {"editor", "second_editor", "officer"},
        D.DISCARD: {"editor", "second_editor", "officer"},
        D.CHECK_SOURCE: {"checker", "leader", "officer"},
        D.SEND_BACK: {"editor", "second_editor", "officer", "checker", "leader"},
    },
    S.SOURCE_CHECKED: {
        D.REVIEW: {"checker", "leader", "officer"},
        D.SEND_BACK: {"editor", "second_editor", "officer", "checker", "leader"},
    },
    S.REVIEWED: {
        D.APPROVE: {"leader", "officer"},
        D.SEND_BACK: {"editor", "second_editor", "officer", "leader"},
    },
    S.APPROVED: {D.SEND_BACK: {"editor", "second_editor", "officer", "leader"}},
    S.PUBLISHED: {D.WITHDRAW: {"leader", "officer"}, D.REPEAL: {"leader", "officer"}},
    S.REPLACED: {},
    S.WITHDRAWN: {},
    S.DISCARDED: {},
    S.KEPT: {},
}
STEPS = {
    D.CHANGE: lambda version, by: actions.change(version, make.content(), by=by, at=LATER),
    D.DISCARD: lambda version, by: actions.discard(version, by=by, at=LATER),
    D.CHECK_SOURCE: lambda version, by: actions.check_source(version, by=by, at=LATER),
    D.REVIEW: lambda version, by: actions.review(version, actions.ALL_POINTS, by=by, at=LATER, ground="不涉密"),
    D.APPROVE: lambda version, by: actions.approve(version, by=by, at=LATER),
    D.SEND_BACK: lambda version, by: actions.send_back(version, by=by, at=LATER, reason="请补充依据"),
    D.WITHDRAW: lambda version, by: actions.withdraw(version, by=by, at=LATER, reason="内容有误"),
    D.REPEAL: lambda version, by: actions.repeal(
        version, by=by, at=LATER, repealed_on=date(2026, 3, 3), reason="佛建〔2026〕99号"
    ),
}


def put(version: DocumentVersion, state: str) -> None:
    """Have a version in a state without its way there."""
    ended = TUESDAY if state in (S.REPLACED, S.WITHDRAWN) else None
    is_public = state in (S.PUBLISHED, S.REPLACED, S.WITHDRAWN)
    DocumentVersion.objects.filter(pk=version.pk).update(
        state=state,
        publish_at=TUESDAY + timedelta(days=9) if state == S.APPROVED else None,
        published_at=TUESDAY if is_public else None,
        ended_at=ended,
        withdrawal_reason="有误" if state == S.WITHDRAWN else "",
    )


class TestWhoMayTakeWhichStep:
    def test_every_step_in_every_state_by_every_role(self, hands, others):
        people = others | {"editor": hands.editor, "checker": hands.checker, "leader": hands.leader}
        version = make.draft(hands, TUESDAY)
        deviations = []
        for state in VersionState:
            put(version, state)
            for step, act in STEPS.items():
                for name, person in people.items():
                    expected = name in EXPECTED[state].get(step, set())
                    try:
                        with transaction.atomic():
                            act(version, person)
                            transaction.set_rollback(True)
                        taken = True
                    except (actions.NotAllowed, actions.NotInState):
                        taken = False
                    if taken != expected:
                        deviations.append((state, step, name, taken))

        assert deviations == []

    def test_the_table_has_a_way_out_of_every_state_in_work(self):
        assert all(list(workflow.steps_from(state)) for state in IN_WORK)
        assert not any(list(workflow.steps_from(state)) for state in (S.REPLACED, S.DISCARDED, S.KEPT))

    def test_Z02_what_is_out_of_reach_is_not_taken_whatever_the_state(self, hands, others):
        version = make.publish(hands, TUESDAY)

        for person in (others["tax_leader"], others["tax_editor"], others["auditor"], others["clerk"]):
            with pytest.raises(actions.NotAllowed):
                actions.withdraw(version, by=person, at=LATER, reason="有误")
            with pytest.raises(actions.NotAllowed):
                actions.draft(hands.organ, version.document.column, make.content(), by=person, at=LATER)

    def test_Z06_rights_are_read_anew_behind_the_lock(self, hands):
        version = make.draft(hands, TUESDAY)
        assert acting.hindrance(version, workflow.transition(D.CHECK_SOURCE, S.DRAFT), by=hands.checker) is None
        hands.checker.tenures.update(until=date(2026, 3, 1))

        with pytest.raises(actions.NotAllowed):
            actions.check_source(version, by=hands.checker, at=LATER)


class TestZ10SecondPerson:
    @pytest.mark.parametrize(
        ("state", "step"),
        [(S.DRAFT, D.CHECK_SOURCE), (S.SOURCE_CHECKED, D.REVIEW), (S.REVIEWED, D.APPROVE)],
    )
    def test_Z10_an_author_takes_none_of_these_steps_from_whichever_account(self, hands, small_city, state, step):
        author = hands.editor
        author.phone = "0757-83333333"
        author.save()
        seat(Role.ORGAN_LEADER, small_city.construction, Rank.APPROVER, user=author)
        twin = make_user("other.account", author.full_name, phone="075783333333")
        seat(Role.ORGAN_LEADER, small_city.construction, Rank.APPROVER, user=twin)
        version = make.draft(hands, TUESDAY)
        put(version, state)

        for person in (User.objects.get(pk=author.pk), twin):
            with pytest.raises(actions.NotAllowed):
                STEPS[step](version, person)

    def test_Z10_whoever_wrote_earlier_stays_an_author(self, hands, others):
        seat(Role.ORGAN_LEADER, hands.organ, Rank.APPROVER, user=hands.editor)
        version = make.draft(hands, TUESDAY)
        version = actions.change(version, make.content(), by=others["second_editor"], at=LATER)
        put(version, S.REVIEWED)

        with pytest.raises(actions.NotAllowed):
            actions.approve(version, by=User.objects.get(pk=hands.editor.pk), at=LATER)


class TestWhatWasShown:
    def test_F21_a_change_meanwhile_is_refused_at_every_step(self, hands):
        version = make.draft(hands, TUESDAY)
        seen = fingerprint.stamp(version)
        actions.change(version, make.content(), by=hands.editor, at=LATER, seen=seen)

        with pytest.raises(actions.Changed):
            actions.check_source(version, by=hands.checker, at=LATER, seen=seen)
        with pytest.raises(actions.Changed):
            actions.change(version, make.content(), by=hands.editor, at=LATER, seen=seen)
        with pytest.raises(actions.Changed):
            actions.discard(version, by=hands.editor, at=LATER, seen=seen)

    def test_a_draft_that_was_sent_back_and_comes_again_as_it_was_is_another_revision(self, hands):
        content = make.content()
        version = actions.draft(hands.organ, make.make_column(), content, by=hands.editor, at=TUESDAY)
        seen = fingerprint.stamp(version)
        actions.send_back(version, by=hands.checker, at=LATER, reason="请核对")
        actions.change(version, content, by=hands.editor, at=LATER)

        with pytest.raises(actions.Changed):
            actions.check_source(version, by=hands.checker, at=LATER, seen=seen)

    def test_each_step_keeps_the_print_of_its_text(self, hands):
        version = make.publish(hands, TUESDAY)

        prints = {bytes(event.sha256) for event in version.events.all()}
        assert prints == {fingerprint.of(version)}
        assert [event.action for event in version.events.order_by("pk")] == [
            D.DRAFT, D.CHECK_SOURCE, D.REVIEW, D.APPROVE, D.PUBLISH,
        ]  # fmt: skip

    def test_L01_each_step_is_in_the_audit_record(self, hands):
        version = make.publish(hands, TUESDAY)

        recorded = AuditRecord.objects.filter(object_type="disclosure.document", object_id=version.document_id)
        assert set(recorded.values_list("action", flat=True)) == {
            "document.draft", "document.check_source", "document.review", "document.approve", "document.publish",
        }  # fmt: skip
        assert {record.actor_id for record in recorded} == {hands.editor.pk, hands.checker.pk, hands.leader.pk}

    def test_L02_steps_and_reviews_only_grow(self, hands):
        version = make.publish(hands, TUESDAY)
        review = SecrecyReview.objects.get()
        for rows in (version.events.all(), SecrecyReview.objects.filter(pk=review.pk)):
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
                rows.delete()
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            version.events.update(note="另一个理由")
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            SecrecyReview.objects.update(ground="另一个理由")


class TestSecrecyReview:
    def test_every_point_has_to_be_confirmed(self, hands):
        version = make.lead(make.draft(hands, TUESDAY), hands, S.SOURCE_CHECKED, TUESDAY)
        for name in actions.Points.__slots__:
            points = {each: each != name for each in actions.Points.__slots__}
            with pytest.raises(actions.Invalid) as refused:
                actions.review(version, actions.Points(**points), by=hands.checker, at=LATER, ground="不涉密")
            assert refused.value.field == name

    def test_the_ground_is_written_down(self, hands):
        version = make.lead(make.draft(hands, TUESDAY), hands, S.SOURCE_CHECKED, TUESDAY)
        with pytest.raises(actions.Invalid) as refused:
            actions.review(version, actions.ALL_POINTS, by=hands.checker, at=LATER, ground=" ")
        assert refused.value.field == "ground"

        version = actions.review(version, actions.ALL_POINTS, by=hands.checker, at=LATER, ground="办事指南，不涉密")
        kept = SecrecyReview.objects.get(event__version=version)
        assert (kept.ground, kept.event.by, kept.event.at) == ("办事指南，不涉密", hands.checker, LATER)

    def test_the_database_takes_no_review_without_a_point(self, hands):
        event = make.draft(hands, TUESDAY).events.get()
        points = {name: name != "no_danger" for name in actions.Points.__slots__}
        with pytest.raises(IntegrityError), transaction.atomic():
            SecrecyReview.objects.create(event=event, ground="不涉密", **points)


class TestBackToTheAuthor:
    @pytest.mark.parametrize("state", [S.DRAFT, S.SOURCE_CHECKED, S.REVIEWED])
    def test_with_a_reason_and_every_step_before_is_taken_anew(self, hands, state):
        version = make.lead(make.draft(hands, TUESDAY), hands, state, TUESDAY)
        with pytest.raises(actions.Invalid):
            actions.send_back(version, by=hands.leader, at=LATER, reason="")

        version = actions.send_back(version, by=hands.leader, at=LATER, reason="请补充依据")
        assert (version.state, version.handed_in_at) == (S.DRAFT, None)
        assert version.events.latest("pk").note == "请补充依据"
        with pytest.raises(actions.NotInState):
            actions.check_source(version, by=hands.checker, at=LATER)

    def test_what_waits_for_its_moment_can_be_taken_back(self, hands):
        version = make.lead(make.draft(hands, TUESDAY), hands, S.REVIEWED, TUESDAY)
        version = actions.approve(version, by=hands.leader, at=TUESDAY, publish_at=LATER)

        version = actions.send_back(version, by=hands.editor, at=TUESDAY, reason="附件需更换")
        assert actions.publish_due(at=LATER) == 0
        assert (version.state, version.publish_at) == (S.DRAFT, None)

    def test_a_discarded_draft_stays_on_record_and_makes_room_for_another(self, hands):
        version = actions.discard(
            make.publish(hands, TUESDAY) and make.draft(hands, TUESDAY), by=hands.editor, at=LATER
        )
        assert version.state == S.DISCARDED
        assert DocumentEvent.objects.filter(version=version, action=D.DISCARD).exists()

        again = actions.begin_version(version.document, by=hands.editor, at=LATER)
        assert again.number == 2


class TestDrafts:
    def test_what_nobody_sees_is_left_out(self, hands):
        version = make.draft(hands, TUESDAY, title="公\x0b告", summary="摘\x01要\x85", body="一\r\n二\r\t三\x08")

        assert (version.title, version.summary, version.body) == ("公 告", "摘要", "一\n二\n\t三")

    @pytest.mark.parametrize(
        ("field", "fields"),
        [
            ("title", {"title": " "}),
            ("title", {"title": "题\x00"}),
            ("body", {"body": ""}),
            ("formed_on", {"formed_on": date(2026, 3, 4)}),
            ("valid_until", {"valid_until": date(2026, 3, 1)}),
            ("ground", {"legal_form": LegalForm.NOT_PUBLIC}),
            ("legal_form", {"legal_form": "secret"}),
            ("body", {"body": "字" * 100_001}),
        ],
    )
    def test_what_does_not_do_is_said_beside_its_field(self, hands, field, fields):
        with pytest.raises(actions.Invalid) as refused:
            make.draft(hands, TUESDAY, **fields)
        assert refused.value.field == field
        assert not DocumentVersion.objects.exists()

    def test_what_is_still_being_written_is_not_checked(self, hands):
        version = make.draft(hands, TUESDAY, hand_in=False)
        with pytest.raises(actions.NotInState):
            actions.check_source(version, by=hands.checker, at=LATER)

    def test_a_new_version_begins_with_the_published_one_and_there_is_but_one_in_work(self, hands):
        first = make.publish(hands, TUESDAY, valid_until=date(2028, 1, 1))
        second = actions.begin_version(first.document, by=hands.editor, at=LATER)

        assert (second.number, second.title, second.body, second.valid_until) == (
            2, first.title, first.body, first.valid_until,
        )  # fmt: skip
        with pytest.raises(actions.NotInState):
            actions.begin_version(first.document, by=hands.editor, at=LATER)

    def test_column_and_theme_stay_once_it_is_public(self, hands):
        version = make.draft(hands, TUESDAY, theme="城建")
        other = make.make_column("fees", "收费标准")
        version = actions.change(version, make.content(), by=hands.editor, at=LATER, column=other, theme="住房")
        assert (version.document.column, version.document.theme) == (other, "住房")

        public = make.lead(version, hands, S.PUBLISHED, LATER)
        again = actions.begin_version(public.document, by=hands.editor, at=LATER)
        again = actions.change(
            again, make.content(), by=hands.editor, at=LATER, column=make.make_column(), theme="其他"
        )
        again.document.refresh_from_db()
        assert (again.document.column, again.document.theme) == (other, "住房")


class TestPublication:
    def test_the_newer_version_replaces_the_older_one_and_the_number_stays(self, hands):
        first = make.publish(hands, TUESDAY)
        number = first.document.index_number
        second = make.lead(actions.begin_version(first.document, by=hands.editor, at=LATER), hands, S.DRAFT, LATER)
        second = actions.change(second, make.content(), by=hands.editor, at=LATER)
        second = make.lead(second, hands, S.PUBLISHED, LATER)

        first.refresh_from_db()
        document = second.document
        document.refresh_from_db()
        assert (first.state, first.ended_at) == (S.REPLACED, LATER)
        assert (document.public_version, document.published_at, document.index_number) == (second, LATER, number)

    def test_why_it_was_not_public_does_not_come_along_when_it_is(self, hands):
        version = make.draft(hands, TUESDAY, legal_form=LegalForm.NOT_PUBLIC, ground="内部管理信息")

        assert actions.change(version, make.content(ground="内部管理信息"), by=hands.editor, at=LATER).ground == ""

    def test_what_is_not_proactive_is_decided_and_never_public(self, hands):
        version = make.draft(hands, TUESDAY, legal_form=LegalForm.NOT_PUBLIC, ground="内部管理信息")
        version = make.lead(version, hands, S.KEPT, TUESDAY)

        assert version.document.public_version is None
        assert version.document.index_number is None
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentVersion.objects.filter(pk=version.pk).update(state=S.PUBLISHED, published_at=TUESDAY)

    def test_what_is_public_does_not_turn_secret_without_a_withdrawal(self, hands):
        public = make.publish(hands, TUESDAY)
        version = actions.begin_version(public.document, by=hands.editor, at=LATER)
        with pytest.raises(actions.Invalid) as refused:
            actions.change(version, make.content(legal_form=LegalForm.ON_REQUEST), by=hands.editor, at=LATER)
        assert refused.value.field == "legal_form"

    def test_withdrawn_with_a_reason_and_a_new_version_may_follow(self, hands):
        version = make.publish(hands, TUESDAY)
        with pytest.raises(actions.Invalid):
            actions.withdraw(version, by=hands.leader, at=LATER, reason="")
        version = actions.withdraw(version, by=hands.leader, at=LATER, reason="附件有误")
        assert (version.state, version.withdrawal_reason, version.ended_at) == (S.WITHDRAWN, "附件有误", LATER)

        again = make.lead(actions.begin_version(version.document, by=hands.editor, at=LATER), hands, S.DRAFT, LATER)
        again = actions.change(again, make.content(), by=hands.editor, at=LATER)
        again = make.lead(again, hands, S.PUBLISHED, LATER)
        version.refresh_from_db()
        assert (version.state, again.document.public_version) == (S.WITHDRAWN, again)

    def test_repealed_it_stays_public(self, hands):
        version = make.publish(hands, TUESDAY)
        for day in (date(2026, 3, 1), date(2026, 3, 4)):
            with pytest.raises(actions.Invalid):
                actions.repeal(version, by=hands.leader, at=LATER, repealed_on=day, reason="佛建〔2026〕99号")
        version = actions.repeal(
            version, by=hands.leader, at=LATER, repealed_on=date(2026, 3, 3), reason="佛建〔2026〕99号"
        )
        assert (version.state, version.repealed_on) == (S.PUBLISHED, date(2026, 3, 3))
        with pytest.raises(actions.NotInState):
            actions.repeal(version, by=hands.leader, at=LATER, repealed_on=date(2026, 3, 3), reason="再次")


class TestSetMoment:
    def test_it_is_published_at_its_moment_and_once(self, hands):
        version = make.lead(make.draft(hands, TUESDAY), hands, S.REVIEWED, TUESDAY)
        version = actions.approve(version, by=hands.leader, at=TUESDAY, publish_at=LATER)
        assert version.state == S.APPROVED

        runs = [actions.publish_due(at=at) for at in (LATER - timedelta(seconds=1), LATER, LATER)]
        version.refresh_from_db()
        assert (runs, version.state, version.published_at) == ([0, 1, 0], S.PUBLISHED, LATER)
        assert version.events.filter(action=D.PUBLISH).get().by is None

    def test_a_standstill_is_caught_up_and_the_true_moment_is_kept(self, hands):
        for hours in (2, 5):
            version = make.lead(make.draft(hands, TUESDAY), hands, S.REVIEWED, TUESDAY)
            actions.approve(version, by=hands.leader, at=TUESDAY, publish_at=TUESDAY + timedelta(hours=hours))
        late = TUESDAY + timedelta(days=3)

        assert actions.publish_due(at=late) == 2
        assert set(DocumentVersion.objects.values_list("published_at", flat=True)) == {late}

    def test_what_is_not_what_was_approved_stays_and_holds_up_no_other(self, hands):
        approved = []
        for _each in range(2):
            version = make.lead(make.draft(hands, TUESDAY), hands, S.REVIEWED, TUESDAY)
            approved.append(actions.approve(version, by=hands.leader, at=TUESDAY, publish_at=LATER))
        DocumentVersion.objects.filter(pk=approved[0].pk).update(body="另一份文本")

        assert actions.publish_due(at=LATER) == 1
        approved[0].refresh_from_db()
        assert approved[0].state == S.APPROVED

    @pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=-1), timedelta(days=400)])
    def test_a_moment_in_the_past_or_far_away_is_refused(self, hands, ahead):
        version = make.lead(make.draft(hands, TUESDAY), hands, S.REVIEWED, TUESDAY)
        with pytest.raises(actions.Invalid) as refused:
            actions.approve(version, by=hands.leader, at=TUESDAY, publish_at=TUESDAY + ahead)
        assert refused.value.field == "publish_at"


class TestWhoIsTold:
    def told(self, kind: str) -> set[int]:
        return set(Message.objects.filter(kind=kind).values_list("recipient", flat=True))

    def test_whoever_has_the_next_step_at_the_organ_and_no_author(self, hands, others):
        make.draft(hands, TUESDAY, hand_in=False)
        assert self.told(messages.WAITS) == set()

        version = make.draft(hands, TUESDAY)
        assert self.told(messages.WAITS) == {hands.checker.pk, hands.leader.pk}
        Message.objects.all().delete()
        make.lead(version, hands, S.REVIEWED, TUESDAY)
        assert set(Message.objects.values_list("recipient", "event")) == {
            (hands.checker.pk, f"document:{version.pk}:1:review"),
            (hands.leader.pk, f"document:{version.pk}:1:review"),
            (hands.leader.pk, f"document:{version.pk}:1:approve"),
        }

    def test_authors_when_it_comes_back_unless_they_took_it_back(self, hands):
        version = actions.send_back(make.draft(hands, TUESDAY), by=hands.editor, at=LATER, reason="补充")
        assert self.told(messages.SENT_BACK) == set()

        version = actions.change(version, make.content(), by=hands.editor, at=LATER)
        actions.send_back(version, by=hands.checker, at=LATER, reason="补充")
        assert self.told(messages.SENT_BACK) == {hands.editor.pk}


class TestInvariants:
    def test_I36_hold_after_every_kind_of_way(self, hands):
        make.publish(hands, TUESDAY)
        actions.withdraw(make.publish(hands, TUESDAY), by=hands.leader, at=LATER, reason="有误")
        make.lead(make.draft(hands, TUESDAY, legal_form=LegalForm.NOT_PUBLIC, ground="内部"), hands, S.KEPT, TUESDAY)
        version = make.lead(make.draft(hands, TUESDAY), hands, S.REVIEWED, TUESDAY)
        actions.send_back(version, by=hands.leader, at=LATER, reason="补充")

        assert of_documents.counted() == dict.fromkeys(of_documents.CHECKS, 0)

    def test_I36_each_finds_what_it_is_for(self, hands, others):
        public = make.publish(hands, TUESDAY)
        found = {}

        def broken(name: str) -> None:
            found[name] = of_documents.counted()[name]
            transaction.set_rollback(True)

        with transaction.atomic():
            event = public.events.get(action=D.PUBLISH)
            DocumentEvent.objects.create(
                document=public.document,
                version=public,
                action=D.APPROVE,
                by=hands.editor,
                at=LATER,
                sha256=event.sha256,
            )
            broken("own work")
        with transaction.atomic():
            other = make.draft(hands, TUESDAY)
            put(other, S.PUBLISHED)
            broken("not approved")
        with transaction.atomic():
            other = make.draft(hands, TUESDAY)
            acting.note(other, D.APPROVE, by=hands.leader, at=LATER)
            broken("not reviewed")
        with transaction.atomic():
            put(public, S.WITHDRAWN)
            DocumentVersion.objects.filter(pk=public.pk).update(published_at=LATER)
            broken("public row")
        with transaction.atomic():
            other = make.draft(hands, TUESDAY)
            put(other, S.APPROVED)
            DocumentVersion.objects.filter(pk=other.pk).update(publish_at=TUESDAY)
            broken("late")
        with transaction.atomic():
            public.document.index_number = f"{hands.organ.code}/2026/00099"
            public.document.save()
            broken("counters")

        assert {name for name, count in found.items() if count == 1} == set(of_documents.CHECKS)
