"""A lost code is not found again; a named complainant may get another one, by two persons (docs/trust.md S-11)."""

import logging
from datetime import timedelta

import pytest

from complaints import actions, deadlines, invariants, timeline
from complaints.enums import PersonCheck, State
from complaints.models import Case
from efficiency import codes
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import seat
from tests.rules.test_identity import dump, forms_of
from tests.rules.test_two_persons import make_one

pytestmark = pytest.mark.django_db

TOKEN = "0123456789abcdef0123456789abcdef"
LATER = TUESDAY + timedelta(hours=1)


def led_to(state: State, cast: make.Cast, **fields) -> tuple[Case, str]:
    """A named case in ``state``, and its code."""
    case = make.case_in(state, cast, token=TOKEN, **fields)
    code = actions.receipt_of(TOKEN, at=TUESDAY).code
    assert code
    return case, code


def ask(case: Case, by, *, check: str = PersonCheck.DOCUMENT, reason: str = "本人到场，回执遗失"):
    return actions.ask_new_code(case, by=by, at=LATER, version=case.version, check=check, reason=reason)


def issue(case: Case, by) -> actions.NewCode:
    return actions.issue_new_code(case, by=by, at=LATER, version=case.version)


class TestTwoPersons:
    def test_S11_the_old_code_is_dead_and_the_new_one_opens_the_case(self, cast):
        case, old = led_to(State.HANDLING, cast)
        ask(case, cast.officer)

        new = issue(case, cast.office_head).code

        assert actions.open_tracking(case.number, old) is None
        assert actions.open_tracking(case.number, new) == case

    def test_S11_before_the_second_person_nothing_has_changed(self, cast):
        case, old = led_to(State.HANDLING, cast)

        ask(case, cast.officer)

        assert actions.open_tracking(case.number, old) == case

    def test_Z10_whoever_checked_cannot_issue_from_any_account(self, cast):
        case, old = led_to(State.HANDLING, cast)
        ask(case, cast.officer)
        second = seat(Role.OFFICE_OFFICER, cast.city.office)
        make_one(cast.officer, second)

        for user in (cast.officer, second):
            with pytest.raises(actions.NotAllowed):
                issue(case, user)

        assert actions.open_tracking(case.number, old) == case

    def test_I08_verify_finds_a_code_issued_by_whoever_asked(self, cast):
        case, _old = led_to(State.HANDLING, cast)
        ask(case, cast.officer)
        issue(case, cast.office_head)
        assert invariants.count_sql(invariants._OWN_REQUEST)() == 0

        ask(case, cast.officer)
        case.events.create(
            number=case.version + 1,
            action="issue_new_code",
            actor=cast.officer,
            actor_kind="staff",
            at=LATER,
            to_state=case.state,
        )

        assert invariants.count_sql(invariants._OWN_REQUEST)() == 1

    def test_a_request_is_used_once(self, cast):
        case, _old = led_to(State.HANDLING, cast)
        ask(case, cast.officer)
        issue(case, cast.office_head)

        with pytest.raises(actions.NotAsked):
            issue(case, cast.office_head)

    def test_waits_for_the_second_person_under_a_time_of_its_own(self, cast):
        case, _old = led_to(State.ARCHIVED, cast)
        before = deadlines.running_kinds(case)

        ask(case, cast.officer)

        assert deadlines.running_kinds(case) - before == {deadlines.NEW_CODE}
        told = Message.objects.filter(kind="complaints.ask_new_code").values_list("recipient", flat=True)
        assert cast.office_head.pk in told
        assert cast.officer.pk not in told

    def test_whoever_asked_may_take_it_back(self, cast):
        case, old = led_to(State.HANDLING, cast)
        ask(case, cast.officer)

        actions.refuse_new_code(case, by=cast.officer, at=LATER, version=case.version, reason="已找到原查询码")

        assert actions.open_tracking(case.number, old) == case
        with pytest.raises(actions.NotAsked):
            issue(case, cast.office_head)

    @pytest.mark.parametrize(("check", "reason", "field"), [("", "遗失", "check"), ("document", " ", "reason")])
    def test_S11_how_the_person_was_checked_and_why_are_asked_for(self, check, reason, field, cast):
        case, _old = led_to(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refusal:
            ask(case, cast.officer, check=check, reason=reason)

        assert refusal.value.field == field

    def test_is_the_offices_alone(self, cast):
        case, _old = led_to(State.HANDLING, cast)

        for user in (cast.clerk, cast.leader, cast.inspector, cast.auditor):
            with pytest.raises(actions.NotAllowed):
                ask(case, user)


class TestNever:
    def test_S11_for_an_anonymous_case(self, cast):
        case, old = led_to(State.HANDLING, cast, anonymous=True)

        with pytest.raises(actions.NotInState):
            ask(case, cast.officer)
        assert actions.open_tracking(case.number, old) == case

    def test_S11_where_nobody_can_say_any_more_whose_case_it_is(self, cast):
        case, code = led_to(State.HANDLING, cast)
        actions.ask_erasure(case, at=LATER, code=code)
        ask(case, cast.officer)

        actions.grant_erasure(case, by=cast.officer, at=LATER, version=case.version)

        with pytest.raises(actions.NotAsked):
            issue(case, cast.office_head)
        with pytest.raises(actions.NotInState):
            ask(case, cast.officer)

    def test_S11_nor_where_the_time_of_the_identity_ran_out_meanwhile(self, cast):
        case, _old = led_to(State.ARCHIVED, cast)
        ask(case, cast.officer)
        actions.erase_identities(at=make.local(2028, 3, 3))

        with pytest.raises(actions.NotInState):
            issue(case, cast.office_head)


class TestSecrecy:
    def test_S09_the_new_code_is_found_nowhere(self, cast, caplog):
        case, old = led_to(State.HANDLING, cast, email="chen@example.cn")
        ask(case, cast.officer)
        caplog.set_level(logging.DEBUG)

        new = issue(case, cast.office_head)

        everything = dump()
        assert case.number in everything  # the dump is one
        for form in [*forms_of(new.code), codes.in_fours(new.code), old]:
            assert form not in everything
            assert form not in caplog.text
        assert new.code not in repr(new)

    def test_S09_two_new_codes_differ(self, cast):
        found = set()
        case, old = led_to(State.HANDLING, cast)
        for _time in range(2):
            ask(case, cast.officer)
            found.add(issue(case, cast.office_head).code)

        assert len(found | {old}) == 3
        assert {len(code) for code in found} == {codes.CODE_LENGTH}

    def test_S10_the_receipt_no_longer_shows_the_dead_code(self, cast):
        case, _old = led_to(State.HANDLING, cast)
        ask(case, cast.officer)
        issue(case, cast.office_head)

        receipt = actions.receipt_of(TOKEN, at=TUESDAY)

        assert (receipt.number, receipt.code) == (case.number, None)

    def test_S11_the_citizen_sees_it_in_the_story_without_persons_and_is_told(self, cast):
        case, _old = led_to(State.HANDLING, cast, email="chen@example.cn")
        ask(case, cast.officer)
        issue(case, cast.office_head)

        entry = timeline.public(case)[-1]

        assert (entry.at, entry.who) == (LATER, str(cast.city.office))
        assert str(cast.officer) not in f"{entry.word}{entry.text}"
        assert Message.objects.filter(kind="complaints.news", created_at=LATER).exists()

    def test_P06_what_was_checked_is_for_the_office_alone(self, cast):
        case, _old = led_to(State.HANDLING, cast)
        ask(case, cast.officer, reason="陈先生本人到场")

        def told(viewer) -> str:
            return "\n".join(str(entry.text) for entry in timeline.internal(case, viewer))

        assert "陈先生" in told(cast.office_head)
        assert "陈先生" not in told(cast.clerk)

    def test_L01_is_on_record(self, cast):
        case, _old = led_to(State.HANDLING, cast)
        ask(case, cast.officer)
        issue(case, cast.office_head)

        assert AuditRecord.objects.get(action="case.issue_new_code").actor_id == cast.office_head.pk
