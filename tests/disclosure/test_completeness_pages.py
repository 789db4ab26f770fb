"""The public pages of completeness: every organ, every duty, the rows behind each figure."""

from datetime import date, timedelta

import pytest
import time_machine

from disclosure.catalogue import board, counted, fulfilling, raising, releasing
from disclosure.enums import Rhythm
from disclosure.models import CountedPeriod, OwedPublication
from efficiency.organs.models import Organ
from tests.factories.cases import make_cast
from tests.factories.disclosure import make_column, make_duty, make_published
from tests.moments import local

pytestmark = pytest.mark.django_db

NOW = local("2026-03-02 09:30")
BOARD = "/disclosure/completeness/"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organ():
    """An organ with something published in time, something late, something missing, and something not due yet."""
    cast = make_cast()
    organ = cast.city.construction
    for title, at in (("机构职能", "2026-01-06 10:00"), ("权责清单", "2026-02-02 10:00"), ("收费标准", "")):
        duty = make_duty(organ, holds_from=date(2026, 1, 1), limit=5, title=title, column=make_column("fees"))
        raising.raise_due(at=local("2026-01-01 08:00"))
        if at:
            version = make_published(organ, duty.column, at=local(at), title=title)
            fulfilling.fulfil(version, at=local(at), publishes=[duty.owed.get().pk])
    make_duty(organ, Rhythm.MONTHLY, holds_from=date(2026, 2, 1), title="月度工作动态")
    gone = make_duty(cast.city.tax, holds_from=date(2026, 1, 1), title="税务公开")
    raising.raise_due(at=NOW)
    releasing.release(gone.owed.get(), by=cast.officer, at=NOW, reason="职能划转")
    return organ


def test_the_board_names_each_organ_with_its_figures_and_gaps(client, organ):
    page = client.get(BOARD)
    (mine,) = (line for line in page.context["lines"] if line.organ == organ)
    assert (mine.figures.kept, mine.figures.late, mine.figures.missing) == (1, 1, 1)
    assert str(mine.figures.completeness) == "66.67"
    body = page.content.decode()
    assert "收费标准" in body
    assert "应于 1月8日（周四）前公开" in body


def test_the_filters_narrow_it_and_the_rows_are_those_that_the_figure_counts(client, organ):
    assert [line.organ for line in client.get(f"{BOARD}?only=gaps").context["lines"]] == [organ]
    assert len(client.get(f"{BOARD}?level=district").context["lines"]) == 0
    assert len(client.get(f"{BOARD}?organ={organ.code}&year=2026").context["lines"]) == 1
    counted = client.get(BOARD).context["sum"]
    for figure in ("required", "complete", "kept", "late", "missing", "waiting", "lapsed", "dropped"):
        page = client.get(f"{BOARD}rows/?figure={figure}")
        assert page.context["page"].paginator.count == getattr(counted, figure), figure
    assert client.get(f"{BOARD}rows/?figure=nonsense&year=x&organ=9").status_code == 200


def test_the_page_of_an_organ_shows_every_duty_and_its_standing(client, organ):
    page = client.get(f"{BOARD}{organ.code}/")
    standings = {each.duty.title: each.line.standing for each in page.context["duties"]}
    assert standings == {
        "机构职能": "kept",
        "权责清单": "late",
        "收费标准": "missing",
        "月度工作动态": "waiting",
    }
    assert "应于 3月27日（周五）前公开，还剩 19 个工作日" in page.content.decode()
    assert [each.is_there for each in page.context["categories"]] == [False, False, False, True, False, False]
    assert client.get(f"{BOARD}999999/").status_code == 404


def test_the_page_of_the_organ_leads_there(client, organ):
    body = client.get(f"/organs/{organ.code}/").content.decode()
    assert f'href="{BOARD}{organ.code}/"' in body
    assert "66.67%" in body


def test_the_questions_do_not_grow_with_the_organs(client, organ, django_assert_max_num_queries):
    client.get(BOARD)
    with django_assert_max_num_queries(10):
        client.get(BOARD)


class TestWhatIsKept:
    """Every page shows what was counted once in a while, as of that moment (docs/domain.md 6.1)."""

    def years(self, at=NOW):
        return counted.counted(date(2026, 1, 1), date(2026, 12, 31), at=at)

    def test_what_is_kept_is_what_a_recount_of_its_moment_gives(self, organ):
        kept = self.years()
        organs = list(Organ.objects.values_list("pk", flat=True))
        recount = board.counts_of(organs, kept.period)
        assert {pk: kept.of(pk) for pk in organs} == recount
        assert board.sum_of(recount.values()).missing == 1

    def test_it_is_counted_again_before_it_is_too_old_and_says_as_of_when(self, client, organ):
        first = client.get(BOARD)
        assert "数据截至" in first.content.decode()
        missing = OwedPublication.objects.get(state="open", due_on__lt=NOW.date())
        version = make_published(organ, missing.duty.column, at=NOW, title="收费标准")
        fulfilling.fulfil(version, at=NOW, publishes=[missing.pk])

        assert client.get(BOARD).context["sum"] == first.context["sum"]
        counted.count_present_year(at=NOW + counted.FRESH - timedelta(seconds=1))
        assert self.years().period.at == NOW
        later = NOW + counted.FRESH
        counted.count_present_year(at=later)
        assert self.years(later).period.at == later
        with time_machine.travel(later, tick=False):
            page = client.get(BOARD)
        assert page.context["sum"].missing == 0
        organs = list(Organ.objects.values_list("pk", flat=True))
        assert page.context["sum"] == board.sum_of(board.counts_of(organs, page.context["period"]).values())

    def test_nothing_is_shown_as_of_a_moment_to_come_or_by_figures_of_another_release(self, organ):
        self.years(NOW + timedelta(minutes=3))
        assert self.years().period.at == NOW
        CountedPeriod.objects.update(figures={str(organ.pk): [1, 2, 3]})
        assert board.sum_of(self.years().by_organ.values()).missing == 1
        assert set(CountedPeriod.objects.get().figures[str(organ.pk)]) == set(board.FIGURES)

    def test_what_is_old_says_so_while_somebody_else_is_counting(self, client, organ, monkeypatch):
        self.years()
        monkeypatch.setattr(counted, "count_anew", lambda *_period, **_how: None)
        later = NOW + counted.TOO_OLD
        with time_machine.travel(later, tick=False):
            page = client.get(BOARD)
        assert page.context["is_old"]
        assert not client.get(BOARD).context["is_old"]

    def test_what_was_raised_backwards_is_not_cut_off_and_counted_for_an_organ(self, client, organ):
        client.get(BOARD)
        first = OwedPublication.objects.filter(state="open", due_on__lt=NOW.date()).first()
        OwedPublication.objects.create(
            duty=first.duty, organ=organ, key="later", title="补登", raised_at=first.raised_at, due_on=first.due_on
        )
        for query in ("figure=missing", f"figure=missing&organ={organ.code}"):
            page = client.get(f"{BOARD}rows/?{query}").context["page"]
            assert (page.paginator.count, len(page.object_list)) == (2, 2)

    def test_a_page_counts_itself_what_the_worker_left_too_old(self, organ):
        self.years()
        over = NOW + counted.TOO_OLD
        assert self.years(over).period.at == over
