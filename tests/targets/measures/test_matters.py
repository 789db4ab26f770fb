"""How commitments to decide on matters are kept, as it was known at a moment (docs/domain.md 5, 12)."""

from decimal import Decimal

import pytest

from complaints.matters import reporting
from tests.factories.matters import make_item, make_key, said
from tests.moments import local

pytestmark = pytest.mark.django_db


@pytest.fixture
def organ(cast):
    make_item(cast.city.construction, "JS-1", limit="5wd")  # from Monday 2 March on: Monday 9 March
    return cast.city.construction


@pytest.fixture
def report(organ):
    """Report something of a matter, received at a moment."""

    def tell(matter, kind, at, *, received, **fields):
        if kind == "accepted":
            fields["item"] = "JS-1"
        if kind == "finished":
            fields.setdefault("outcome", "granted")
        reporting.report(
            [said(kind, local(at), matter=matter, **fields)], organ=organ, key=make_key(organ), at=local(received)
        )

    return tell


class TestKeptAndEarly:
    def test_decided_in_time_of_those_decided_and_those_open_and_overdue(self, organ, report, figure):
        for matter in ("EARLY", "LAST", "LATE", "OPEN", "WITHDRAWN"):
            report(matter, "accepted", "2026-03-02 10:00", received="2026-03-02 11:00")
        report("EARLY", "finished", "2026-03-06 10:00", received="2026-03-06 11:00")
        report("LAST", "finished", "2026-03-09 10:00", received="2026-03-09 11:00")
        report("LATE", "finished", "2026-03-10 10:00", received="2026-03-10 11:00")
        report("WITHDRAWN", "finished", "2026-03-06 10:00", received="2026-03-06 11:00", outcome="withdrawn")

        assert figure("kept_rate", organ) == (2, 4, Decimal(50))
        assert figure("early_rate", organ)[:2] == (1, 3)

    def test_what_was_reported_afterwards_was_not_known(self, organ, report, figure):
        report("A", "accepted", "2026-03-02 10:00", received="2026-03-02 11:00")
        report("A", "finished", "2026-03-06 10:00", received="2026-04-15 10:00")

        assert figure("kept_rate", organ)[:2] == (0, 1)
        assert figure("kept_rate", organ, as_of=local("2026-04-15 10:00"))[:2] == (1, 1)

    def test_an_end_that_was_corrected_afterwards_is_as_it_was(self, organ, report, figure):
        report("A", "accepted", "2026-03-02 10:00", received="2026-03-02 11:00")
        report("A", "finished", "2026-03-06 10:00", received="2026-03-06 11:00", id="END")
        assert figure("kept_rate", organ)[:2] == (1, 1)

        right = local("2026-03-12 10:00").isoformat()
        report("A", "corrected", "2026-04-15 10:00", received="2026-04-15 10:00", corrects="END", right_at=right)
        assert figure("kept_rate", organ)[:2] == (1, 1)
        assert figure("kept_rate", organ, as_of=local("2026-04-15 10:00"))[:2] == (0, 1)

    def test_an_acceptance_reported_afterwards_was_no_matter_yet(self, organ, report, figure):
        report("A", "accepted", "2026-03-02 10:00", received="2026-04-15 10:00")
        report("A", "finished", "2026-03-06 10:00", received="2026-04-15 10:00")

        assert figure("kept_rate", organ) == (0, 0, None)
