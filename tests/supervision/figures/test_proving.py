"""Rollups are proven: on demand figure by figure, and for some subjects whenever the portal verifies itself (I-18)."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from complaints.enums import Kind
from complaints.models import Case
from efficiency.audit import verify
from supervision.desk import standing
from supervision.figures import proving, rollups
from supervision.figures.streams import Stream
from supervision.figures.tasks import update_figures
from supervision.models import FigureCell, FigureState, FigureSubject
from tests.factories.cases import make_cast
from tests.supervision.figures import month
from tests.supervision.figures.month import AS_OF, SINCE, UNTIL

pytestmark = pytest.mark.django_db
TITLES = ("汇总数据与每个对象应计入的数一致。", "全部单位的数等于各单位之和。")


@pytest.fixture
def received(db):
    received = month.lay_down(make_cast())
    rollups.build(at=AS_OF)
    return received


def spoil():
    """Make a cell wrong, as a fault in a statement would."""
    cell = FigureCell.objects.filter(level=1).earliest("pk")
    FigureCell.objects.filter(pk=cell.pk).update(amount=cell.amount + 1)
    return cell


class TestCommand:
    def prove(self):
        told = StringIO()
        call_command("prove_figures", since=SINCE, until=UNTIL, stdout=told)
        return [json.loads(line) for line in told.getvalue().splitlines()]

    def test_says_that_nothing_differs(self, received):
        (said,) = self.prove()
        assert said["differences"] == 0

    def test_names_what_differs_and_ends_with_1(self, received):
        FigureCell.objects.filter(level=1, stream=1).update(amount=7)
        found = list(proving.differences(SINCE, UNTIL, at=AS_OF))
        assert ("received", "organ") in {(each.figure, each.by) for each in found}
        with pytest.raises(SystemExit):
            self.prove()

    def test_what_stood_is_compared_as_well(self, received):
        assert FigureCell.objects.filter(level__lte=1, stream=Stream.OPEN_STANDS).update(amount=7)
        found = {(each.figure, each.by) for each in standing.differences(SINCE, UNTIL, at=AS_OF)}
        assert found == {("open_promises", "nothing"), ("open_promises", "organ")}

    def test_recount_builds_them_anew(self, received):
        spoil()
        told = StringIO()
        call_command("recount_figures", stdout=told)
        assert json.loads(told.getvalue())["subjects"] > 0
        assert self.prove()[-1]["differences"] == 0


class TestInvariant:
    def violations(self):
        found = list(verify.run("I-18"))
        ours = [proving.shares_wrong().count, verify.count_sql(proving.LEVELS_DIFFER)()]
        assert {str(each.title) for each in found} >= set(TITLES)
        assert ours == [each.violations for each in found if each.title in TITLES]
        return sum(ours)

    def test_holds_and_finds_a_wrong_share_and_a_wrong_cell(self, received):
        assert self.violations() == 0
        spoil()
        assert self.violations() == 1
        share = FigureSubject.objects.filter(kind="case").latest("subject_id")
        FigureSubject.objects.filter(pk=share.pk).update(amounts=[3])
        assert self.violations() == 2

    def test_a_subject_that_is_missing_is_found(self, received):
        FigureSubject.objects.filter(kind="case").latest("subject_id").delete()
        assert self.violations() == 1

    def test_what_is_still_to_be_looked_at_is_no_violation(self, received):
        Case.objects.filter(pk=received[-1].pk).update(kind=Kind.REQUEST)
        assert self.violations() == 0

    def test_before_they_were_built_there_is_nothing_to_hold(self, db):
        assert self.violations() == 0


def test_D08_by_a_doubtful_clock_nothing_is_counted(db, monkeypatch):
    monkeypatch.setattr("efficiency.deadlines.clock.believed", lambda: None)
    update_figures()
    assert not FigureState.objects.exists()


def test_the_task_builds_them_the_first_time_and_may_run_twice(db):
    update_figures()
    update_figures()
    assert FigureState.objects.count() == 1
