"""Spam is a decision with a reason, told, reviewable, reversible and counted (docs/trust.md R-06)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from complaints import actions, deadlines, timeline, workflow
from complaints.enums import Decision, RejectionGround, State
from complaints.models import Case
from efficiency.audit.verify import run as verify
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(days=3)
WHY, AFTER_ALL = "内容为广告，没有诉求事项。", "经核实并非垃圾信息，现予重新审查。"


@pytest.fixture
def receipt(cast) -> actions.Receipt:
    return make.file(cast)


@pytest.fixture
def spam(receipt, cast) -> Case:
    """A case that was taken for spam."""
    case = receipt.case
    actions.reject(case, by=cast.officer, at=TUESDAY, version=case.version, ground=RejectionGround.SPAM, text=WHY)
    return case


def clear(case: Case, cast: Cast, *, text: str = AFTER_ALL):
    return actions.clear_spam(case, by=cast.officer, at=LATER, version=case.version, text=text)


def running(case: Case) -> set[str]:
    return set(Deadline.objects.filter(object_id=case.pk, state=DeadlineState.OPEN).values_list("kind", flat=True))


def violations() -> list[tuple[str, int]]:
    return [(each.number, each.violations) for each in verify() if each.violations]


def test_R06_the_citizen_reads_why_on_the_tracking_page_and_may_ask_for_a_review(spam, receipt, client, cast):
    client.post(reverse("complaints:track"), {"number": receipt.number, "code": receipt.code})

    page = client.get(reverse("complaints:case", args=[spam.number])).content.decode()

    assert WHY in page
    assert str(RejectionGround.SPAM.label) in page
    assert deadlines.REVIEW_APPLY in running(spam)
    assert reverse("complaints:review", args=[spam.number]) in page
    actions.ask_review(spam, at=LATER, reasons="并非广告，请复查。")
    assert spam.state == State.REVIEWING


def test_R06_it_needs_a_reason_in_words(receipt, cast):
    case = receipt.case
    with pytest.raises(actions.Invalid):
        actions.reject(case, by=cast.officer, at=TUESDAY, version=case.version, ground=RejectionGround.SPAM, text=" ")

    assert Case.objects.get(pk=case.pk).state == State.RECEIVED


@pytest.mark.parametrize("flags", [["honeypot"], ["too_fast"], ["same_text"], ["honeypot", "too_fast", "same_text"]])
def test_R06_flags_decide_nothing(cast, flags):
    case = make.file(cast, flags=[flag for flag in flags if flag != "same_text"]).case

    assert case.state == State.RECEIVED
    assert deadlines.ACCEPT in running(case)


def test_R06_the_office_takes_it_back_and_the_case_is_received_again(spam, cast):
    clear(spam, cast)

    assert (spam.state, spam.rejection_ground) == (State.RECEIVED, "")
    assert running(spam) == {deadlines.ACCEPT}
    promised = Deadline.objects.get(object_id=spam.pk, kind=deadlines.ACCEPT, state=DeadlineState.OPEN)
    assert promised.started_at == LATER
    assert AFTER_ALL in "\n".join(str(entry.text) for entry in timeline.public(spam))
    assert violations() == []


def test_R06_the_citizen_is_told_of_both(cast):
    case = make.file(cast, email="chen@example.cn", wants_email=True).case
    actions.reject(case, by=cast.officer, at=TUESDAY, version=case.version, ground=RejectionGround.SPAM, text=WHY)
    before = Message.objects.filter(subject_id=case.pk, kind="complaints.news").count()
    clear(case, cast)

    assert before > 0
    assert Message.objects.filter(subject_id=case.pk, kind="complaints.news").count() == before + 1


def test_R06_with_a_word_to_the_citizen(spam, cast):
    with pytest.raises(actions.Invalid) as refused:
        clear(spam, cast, text=" ")

    assert refused.value.field == "text"


@pytest.mark.parametrize("ground", [ground for ground in RejectionGround if ground != RejectionGround.SPAM])
def test_R06_any_other_refusal_is_left_to_a_review(receipt, cast, ground):
    case = receipt.case
    actions.reject(case, by=cast.officer, at=TUESDAY, version=case.version, ground=ground, text="不属受理范围")

    with pytest.raises(actions.NotInState):
        clear(case, cast)
    assert "clear_spam" not in {step.name for step in workflow.next_actions(case, cast.officer)}


def test_R06_a_review_takes_it_on_as_well(spam, cast):
    actions.ask_review(spam, at=LATER, reasons="并非广告，请复查。")
    head = seat(Role.OFFICE_OFFICER, spam.office, Rank.APPROVER)
    actions.decide_review(
        spam, by=head, at=LATER, version=spam.version, decision=Decision.TAKEN_ON, text="确有诉求，予以受理。"
    )

    assert (spam.state, spam.rejection_ground) == (State.ACCEPTED, "")


def test_R06_it_is_counted_by_the_list(spam, cast, client):
    make.file(cast)
    client.force_login(cast.officer)

    listed = client.get("/admin/complaints/case/", {"rejection_ground__exact": "spam"}).context["cl"]

    assert [case.pk for case in listed.result_list] == [spam.pk]
    assert listed.result_count == 1


def test_R06_it_is_taken_back_on_a_page_of_its_own(spam, cast, client):
    client.force_login(cast.officer)
    address = reverse("admin:complaints_case_do", args=[spam.pk, "clear_spam"])
    assert address in client.get(reverse("admin:complaints_case_change", args=[spam.pk])).content.decode()

    client.post(address, {"version": spam.version, "text": AFTER_ALL})

    spam.refresh_from_db()
    assert spam.state == State.RECEIVED
