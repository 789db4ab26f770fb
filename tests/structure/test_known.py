"""A course that was taken before leads to the same rows, and is taken anew wherever something else was written."""

import pytest
from django.db import connection

from complaints import actions
from complaints.enums import State
from complaints.models import Case
from efficiency.organs.models import Role
from tests import known
from tests.factories.cases import TUESDAY, case_in, lead, local
from tests.factories.staff import seat

pytestmark = pytest.mark.skipif(known.IS_OFF, reason="nothing is laid down")

TOKEN = "0123456789abcdef0123456789abcdef"
TABLES = (
    "complaints_case",
    "complaints_caseevent",
    "complaints_caseidentity",
    "complaints_filingtoken",
    "efficiency_deadline",
    "efficiency_message",
    "efficiency_tenure",
    "efficiency_user",
)
# What lay there each time, in this process.
_seen: list[list] = []


def rows() -> list:
    """Return all rows of the tables to which the course below writes."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f'SELECT to_jsonb(t) FROM "{table}" AS t ORDER BY 1')  # noqa: S608 - a name from above
            found.append(cursor.fetchall())
    return found


def course(cast) -> Case:
    """Take a course of several steps, one from where the last has led."""
    case_in(State.HANDLING, cast, token=TOKEN, consent=True)
    seat(Role.CLERK, cast.city.construction)
    case = case_in(State.RECEIVED, cast, at=local(2026, 3, 4))
    return lead(case, cast, State.HANDLING, at=local(2026, 3, 5))


@pytest.mark.xdist_group("known")
@pytest.mark.parametrize("time", ["first", "second", "third"])
def test_the_same_rows_lie_there_each_time_and_a_case_goes_on(cast, time):
    case = course(cast)

    _seen.append(rows())
    assert _seen[-1] == _seen[0]
    actions.record_contact(
        case, by=cast.officer, at=local(2026, 3, 6), version=case.version, text="已联系", reached=True
    )
    assert Case.objects.get(pk=case.pk).version == case.version


@pytest.mark.xdist_group("known")
class TestTakenAnew:
    @pytest.fixture
    def usual(self, cast) -> int:
        """Let the step be known; return the key of its case in the situation that follows here."""
        return case_in(State.ASSIGNED, cast, consent=True).pk

    def test_where_an_account_has_changed(self, cast):
        cast.clerk.phone = "0757-1"
        cast.clerk.save()
        kept = len(known._kept)

        assert case_in(State.ASSIGNED, cast, consent=True).state == State.ASSIGNED
        assert len(known._kept) == kept

    def test_where_a_row_was_written_past_the_steps(self, cast, usual):
        Case.objects.filter(pk=usual).update(title="改了")
        kept = len(known._kept)

        second = case_in(State.ASSIGNED, cast, consent=True)
        assert second.pk != usual
        assert Case.objects.get(pk=usual).title == "改了"
        assert len(known._kept) == kept

    def test_for_what_no_other_test_will_name(self, cast):
        at = TUESDAY.replace(microsecond=17)
        kept = len(known._kept)

        assert case_in(State.ACCEPTED, cast, at=at).accepted_at == at
        assert len(known._kept) == kept
