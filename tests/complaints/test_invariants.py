"""``verify`` counts nothing in sound data, and each of its checks finds what it is for (docs/trust.md 3.2)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from complaints import actions, deadlines, workflow
from complaints.enums import Handling, NamedPerson, State
from complaints.models import Case, CaseIdentity, Reveal
from efficiency import codes
from efficiency.access.models import User
from efficiency.audit import verify as audit
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Post, Tenure
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=2)
TOKEN = "0123456789abcdef0123456789abcdef"
OF_CASES = {"I-01", "I-02", "I-03", "I-07", "I-08", "I-12", "I-13", "I-17", "I-18", "I-19", "I-21"}


def violations() -> dict[str, int]:
    found: dict[str, int] = {}
    for finding in audit.run():
        found[finding.number] = found.get(finding.number, 0) + finding.violations
    return {number: count for number, count in found.items() if count}


def tamper(statement: str, *params: object) -> None:
    """Change what the guards of the record would refuse, as a doctored backup could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, params)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_nothing_is_found_after_every_way_a_case_can_go(cast):
    for state in State:
        make.case_in(state, cast)
        if state not in workflow.REVIEWS:  # whoever is anonymous cannot ask for one
            make.case_in(state, cast, anonymous=True, named_person="" if state != State.RECEIVED else "王某")
    own = make.case_in(State.SUBMITTED, cast)
    actions.instruct(own, by=cast.office_head, at=LATER, version=own.version, handling=Handling.OWN)
    make.report(make.reply(own, cast, at=LATER), cast, at=LATER)
    passed = make.case_in(State.HANDLING, cast, token=codes.new_token(), email="chen@example.cn")
    actions.transfer(passed, by=cast.officer, at=LATER, version=passed.version, organ=cast.city.tax, reason="属地税")
    actions.order_supervision(passed, by=cast.inspector, at=LATER, version=passed.version, text="请限期答复")
    about_head = make.case_in(State.ASSIGNED, cast)
    post = Post.objects.get(tenures__user=cast.leader)
    actions.link_person(about_head, by=cast.officer, at=LATER, version=about_head.version, post=post, reason="经核实")
    actions.declare_recusal(about_head, by=cast.officer, at=LATER, reason="与投诉人系亲属")
    part = make.join(make.case_in(State.HANDLING, cast), cast, at=LATER)
    actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
    actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="税费已缴清。")
    make.reply(part.case, cast, at=LATER)
    make.join(make.case_in(State.HANDLING, cast), cast, at=LATER)
    unhappy = make.case_in(State.ARCHIVED, cast)
    actions.evaluate(unhappy, at=LATER, grade=1)
    actions.reveal(unhappy, by=cast.inspector, at=LATER, category="contact", reason="回访")

    assert violations() == {}


def _short_code(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(code_hash=b"short")


def _file_lost(case: Case, cast: Cast) -> None:
    tamper("UPDATE complaints_caseevent SET data = '{\"files\": 2}' WHERE case_id = %s AND number = 1", case.pk)


def _token_of_another_time(case: Case, cast: Cast) -> None:
    tamper("UPDATE complaints_filingtoken SET filed_at = filed_at + interval '1 hour'")


def _promises_gone(case: Case, cast: Cast) -> None:
    engine.cancel(case, at=LATER)
    Case.objects.filter(pk=case.pk).update(next_due_at=None)


def _promise_left_over(case: Case, cast: Cast) -> None:
    deadlines.open_for(case, deadlines.ACCEPT, at=TUESDAY)


def _part_not_promised(case: Case, cast: Cast) -> None:
    engine.cancel(make.join(case, cast, at=LATER), [deadlines.ASSIST], at=LATER)


def _part_signed_in_by_hand(case: Case, cast: Cast) -> None:
    part = make.join(case, cast, at=LATER)
    part.state, part.signed_in_by, part.signed_in_at = "signed_in", cast.tax_clerk, LATER
    part.save()


def _part_of_the_lead(case: Case, cast: Cast) -> None:
    make.join(case, cast, at=LATER)
    Case.objects.filter(pk=case.pk).update(handling_organ=cast.city.tax)


def _part_after_the_end(case: Case, cast: Cast) -> None:
    part = make.join(case, cast, at=LATER)
    ended = make.case_in(State.CLOSED, cast)
    tamper("UPDATE complaints_assistance SET case_id = %s WHERE id = %s", ended.pk, part.pk)


def _event_taken_out(case: Case, cast: Cast) -> None:
    tamper("DELETE FROM complaints_caseevent WHERE case_id = %s AND number = 3", case.pk)


def _state_by_hand(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(state=State.REGISTERED)


def _version_by_hand(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(version=99)


def _without_tenure(case: Case, cast: Cast) -> None:
    Tenure.objects.filter(user=cast.officer).update(until=date(2026, 3, 1))


def _without_right(case: Case, cast: Cast) -> None:
    tamper("UPDATE complaints_caseevent SET action = 'close' WHERE action = 'sign_in' AND case_id = %s", case.pk)


def _by_somebody_recused(case: Case, cast: Cast) -> None:
    case.recusals.create(user=cast.clerk, ground="declared", at=TUESDAY - timedelta(days=1))


def _own_request(case: Case, cast: Cast) -> None:
    tamper(
        "UPDATE complaints_caseevent SET actor_id = %s, actor_post_id = %s WHERE case_id = %s AND action = 'submit'",
        cast.office_head.pk,
        Post.objects.get(tenures__user=cast.office_head).pk,
        case.pk,
    )


def _own_draft_checked(case: Case, cast: Cast) -> None:
    make.add_reviewer(cast)
    make.reply(case, cast)
    _let_take(case, "check_reply", cast.clerk)


def _own_check_approved(case: Case, cast: Cast) -> None:
    reviewer = make.add_reviewer(cast)
    make.reply(case, cast)
    _let_take(case, "approve_reply", reviewer)


def _let_take(case: Case, action: str, who: User) -> None:
    tamper(
        "UPDATE complaints_caseevent SET actor_id = %s, actor_post_id = %s WHERE case_id = %s AND action = %s",
        who.pk,
        Post.objects.get(tenures__user=who).pk,
        case.pk,
        action,
    )


def _held_name_worked_on_by_the_organ(case: Case, cast: Cast) -> None:
    # Held since the day before the clerk signed it in.
    deadlines.open_for(case, deadlines.RESOLVE_PERSON, at=TUESDAY - timedelta(days=1))
    Case.objects.filter(pk=case.pk).update(named_person_state=NamedPerson.UNRESOLVED)


def _head_judges_himself(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(
        named_person_state=NamedPerson.LINKED, about_post=Post.objects.get(tenures__user=cast.leader)
    )


def _handler_has_left(case: Case, cast: Cast) -> None:
    Tenure.objects.filter(user=cast.clerk).update(until=timezone.localdate())


def _handler_of_another_organ(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(handler=cast.tax_clerk)


def _nobody_at_the_organ(case: Case, cast: Cast) -> None:
    Tenure.objects.filter(user__in=[cast.clerk, cast.leader]).update(until=timezone.localdate())


def _everybody_there_recused(case: Case, cast: Cast) -> None:
    for user in (cast.clerk, cast.leader):
        case.recusals.create(user=user, ground="declared", at=LATER)


def _nobody_at_the_office(case: Case, cast: Cast) -> None:
    make.file(cast)
    Tenure.objects.filter(user__in=[cast.officer, cast.office_head]).update(until=timezone.localdate())


def _anonymous_with_identity(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(anonymous=True)


def _identity_of_another(case: Case, cast: Cast) -> None:
    other = make.file(cast).case
    CaseIdentity.objects.filter(case=case).update(name=other.identity.name)


def _reveal_without_record(case: Case, cast: Cast) -> None:
    Reveal.objects.create(case=case, by=cast.officer, organ=cast.city.office, at=LATER, category="contact", reason="…")


def _promise_of_no_case(case: Case, cast: Cast) -> None:
    Deadline.objects.filter(object_id=case.pk, kind=deadlines.REGISTER).update(object_id=0)


def _due_date_by_hand(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(next_due_at=LATER)


def _wrong_check_digit(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(number=case.number[:-1] + str((int(case.number[-1]) + 1) % 10))


def _number_of_another_year(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(number=codes.number_for(7, TUESDAY - timedelta(days=365)))


PLANTED: list[tuple[Callable[[Case, Cast], None], str]] = [
    (_short_code, "I-01"),
    (_file_lost, "I-01"),
    (_token_of_another_time, "I-02"),
    (_promises_gone, "I-03"),
    (_promise_left_over, "I-03"),
    (_part_not_promised, "I-03"),
    (_part_signed_in_by_hand, "I-03"),
    (_part_of_the_lead, "I-03"),
    (_part_after_the_end, "I-03"),
    (_event_taken_out, "I-07"),
    (_state_by_hand, "I-07"),
    (_version_by_hand, "I-07"),
    (_without_tenure, "I-08"),
    (_without_right, "I-08"),
    (_by_somebody_recused, "I-08"),
    (_own_request, "I-08"),
    (_own_draft_checked, "I-08"),
    (_own_check_approved, "I-08"),
    (_held_name_worked_on_by_the_organ, "I-12"),
    (_head_judges_himself, "I-12"),
    (_handler_has_left, "I-12"),
    (_handler_of_another_organ, "I-12"),
    (_nobody_at_the_organ, "I-21"),
    (_everybody_there_recused, "I-21"),
    (_nobody_at_the_office, "I-21"),
    (_anonymous_with_identity, "I-13"),
    (_identity_of_another, "I-13"),
    (_reveal_without_record, "I-13"),
    (_promise_of_no_case, "I-17"),
    (_due_date_by_hand, "I-18"),
    (_wrong_check_digit, "I-19"),
    (_number_of_another_year, "I-19"),
]


def violations_of(number: str) -> int:
    """Count by the checks of one number alone."""
    return sum(finding.violations for finding in audit.run(number))


@pytest.fixture
def sound(cast) -> Case:
    """Return the case in which something is planted."""
    return make.case_in(State.HANDLING, cast, token=TOKEN)


def test_nothing_is_found_before_anything_is_planted(sound):
    assert violations() == {}


@pytest.mark.parametrize(("plant", "number"), PLANTED, ids=[f"{n}{p.__name__}" for p, n in PLANTED])
def test_each_check_finds_what_it_is_for(plant, number, sound, cast):
    assert violations_of(number) == 0

    plant(sound, cast)

    assert violations_of(number) > 0


def test_every_number_of_the_cases_is_covered():
    assert {number for _plant, number in PLANTED} == OF_CASES
