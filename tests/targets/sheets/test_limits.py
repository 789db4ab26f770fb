"""What would have been kept under another limit: judged anew from stored moments (docs/domain.md 8.8)."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.matters import reporting
from efficiency.deadlines.models import Deadline
from targets.appraisal import computing
from targets.measures import limits, registry
from targets.measures.limits import Limits
from targets.measures.registry import Key
from targets.models import Appraisal, Sheet, SheetLine
from targets.plans.comparing import measure_label
from targets.sheets import imagined
from tests.factories import appraisal as make
from tests.factories.matters import make_item, make_key, said
from tests.factories.targets import Line, make_plan
from tests.moments import local
from tests.targets.appraisal import year
from tests.targets.measures import rows
from tests.targets.measures.conftest import AS_OF, SINCE, UNTIL

D = Decimal
REPLY = ("complaints.reply", "complaint")
BLOCKS = {"B": ("100", [Line("B1", "100", "linear", "100", baseline="0", measure="on_time_closing", kind="ratio")])}


def replied(cast, organ, *, number=4, early=3):
    """Promise replies until Friday 12 June in 15 working days: so many on 4 June, the others on 10 June."""
    cases = rows.cases(number, organ=organ, office=cast.city.office)
    given = {"organ": organ, "due": "2026-06-12", "variant": "complaint"}
    rows.promises(cases[:early], REPLY[0], met=local("2026-06-04 10:00"), **given)
    rows.promises(cases[early:], REPLY[0], met=local("2026-06-10 10:00"), **given)


@pytest.fixture
def appraisal(cast):
    for organ, early in ((cast.city.construction, 1), (cast.city.tax, 3)):
        make_plan(organ, cast.city.office, blocks=BLOCKS, approver=cast.head, by=cast.officer)
        replied(cast, organ, early=early)
    found = year.appraise(cast)
    computing.compute(found, at=make.LATER)
    return found


def asked(appraisal, browser, **query):
    answer = browser.get(f"{reverse('targets:what_if', args=[appraisal.pk])}?{urlencode({'share': 25, **query})}")
    assert answer.status_code == 200
    return answer


@pytest.fixture
def browser(cast):
    browser = Client()
    browser.force_login(cast.appraiser)
    return browser


class TestFigure:
    def ask(self, cast, days, **given):
        found = limits.figures(
            "on_time_closing",
            Key.ORGAN,
            [cast.city.construction.pk],
            Limits({REPLY: days}),
            **{"since": SINCE.replace(month=6), "until": UNTIL.replace(month=7), "as_of": local("2026-07-10 12:00")}
            | given,
        )[cast.city.construction.pk]
        return int(found.numerator), int(found.denominator)

    def test_a_shorter_limit_breaks_what_was_met_after_it_and_the_same_one_changes_nothing(self, cast):
        replied(cast, cast.city.construction)

        assert self.ask(cast, 15) == (4, 4)
        # Ten working days less five: Friday 5 June.
        assert self.ask(cast, 10) == (3, 4)
        assert self.ask(cast, 9) == (3, 4)
        assert self.ask(cast, 8) == (0, 4)

    def test_a_longer_limit_keeps_what_was_late_and_takes_what_is_not_late_yet_out_of_the_base(self, cast):
        cases = rows.cases(2, organ=cast.city.construction, office=cast.city.office)
        given = {"organ": cast.city.construction, "variant": "complaint"}
        rows.promises(cases[:1], REPLY[0], due="2026-06-12", met=local("2026-06-15 10:00"), **given)
        rows.promises(cases[1:], REPLY[0], due="2026-06-26", **given)

        assert self.ask(cast, 15) == (0, 2)
        assert self.ask(cast, 16) == (1, 2)
        assert self.ask(cast, 40) == (1, 1)

    def test_behind_the_last_day_of_the_calendar_it_is_not_due_and_does_not_stay_as_it_was(self, cast):
        cases = rows.cases(1, organ=cast.city.construction, office=cast.city.office)
        rows.promises(cases, REPLY[0], organ=cast.city.construction, variant="complaint", due="2026-06-12")

        assert self.ask(cast, 15) == (0, 1)
        assert self.ask(cast, 200_000) == (0, 0)

    def test_other_units_letters_and_other_kinds_stay_as_they_were(self, cast):
        cases = rows.cases(3, organ=cast.city.construction, office=cast.city.office)
        given = {"organ": cast.city.construction, "due": "2026-06-12", "met": local("2026-06-10 10:00")}
        rows.promises(cases[:1], REPLY[0], variant="complaint", limit_unit="d", **given)
        rows.promises(cases[1:2], REPLY[0], variant="complaint", fixed_on="2026-06-12", **given)
        rows.promises(cases[2:], REPLY[0], variant="request", **given)

        assert self.ask(cast, 2) == (3, 3)

    def test_of_a_service_item_its_matters_are_judged_anew(self, cast):
        organ = cast.city.construction
        items = {code: make_item(organ, code, limit="5wd") for code in ("JS-1", "JS-2")}
        for code in items:
            for kind, at, more in (
                ("accepted", "2026-03-02 10:00", {"item": code}),
                ("finished", "2026-03-09 10:00", {"outcome": "granted"}),
            ):
                report = said(kind, local(at), matter=code, **more)
                reporting.report([report], organ=organ, key=make_key(organ), at=local(at))

        def ask(name, days):
            found = limits.figures(
                *(name, Key.ORGAN, [organ.pk], Limits(of_items={items["JS-1"].pk: days})),
                since=SINCE,
                until=UNTIL,
                as_of=AS_OF,
            )[organ.pk]
            return int(found.numerator), int(found.denominator)

        assert [ask("kept_rate", days) for days in (5, 4, 6)] == [(2, 2), (1, 2), (2, 2)]
        assert [ask("early_rate", days) for days in (5, 6)] == [(0, 2), (1, 2)]

    def test_every_figure_that_a_limit_decides_says_the_same_as_the_figure_itself_where_none_is_imagined(self, cast):
        replied(cast, cast.city.construction)
        for name in limits.COUNTS:
            window = {"since": SINCE, "until": UNTIL.replace(month=12), "as_of": local("2026-12-10 12:00")}
            own = registry.get(name).of_organs([cast.city.construction.pk], *window.values())
            assert limits.figures(name, Key.ORGAN, [cast.city.construction.pk], Limits(), **window) == own, name


class TestPage:
    def test_scores_and_ranks_stand_beside_the_real_ones_and_nothing_is_written(self, cast, appraisal, browser):
        models = (Appraisal, Sheet, SheetLine, Deadline)
        before = [list(model.objects.order_by("pk").values()) for model in models]

        with CaptureQueriesContext(connection) as asked_for:
            answer = asked(appraisal, browser, **{"limit_complaints.reply_complaint": 10})

        assert before == [list(model.objects.order_by("pk").values()) for model in models]
        assert not [each for each in asked_for if each["sql"].lstrip().split(" ")[0] in ("INSERT", "UPDATE", "DELETE")]
        found = {each.sheet.organ: each.found for each in answer.context["found"]}
        one, other = found[cast.city.construction], found[cast.city.tax]
        assert [(each.before.score, each.after.score) for each in (one, other)] == [(100, 25), (100, 75)]
        assert [(each.before.rank, each.after.rank) for each in (one, other)] == [(1, 2), (1, 1)]

    def test_8_2_what_would_not_be_due_yet_leaves_nothing_to_measure_and_the_page_says_which_figures_move(
        self, cast, appraisal, browser
    ):
        Deadline.objects.filter(organ=cast.city.tax).update(met_at=None, ended_at=None, state="open")
        computing.compute(appraisal, at=make.LATER)

        answer = asked(appraisal, browser, **{"limit_complaints.reply_complaint": 250})

        found = next(each.found for each in answer.context["found"] if each.sheet.organ == cast.city.tax)
        assert (found.before.score, found.after.score) == (0, None)
        assert str(measure_label("on_time_closing")) in answer.content.decode()

    def test_the_fields_are_those_of_the_figures_that_are_scored_with_what_was_promised(self, appraisal, browser):
        fields = asked(appraisal, browser).context["form"].fields

        assert fields["limit_complaints.reply_complaint"].initial == 15
        assert "limit_complaints.rework_" in fields
        assert "limit_complaints.accept_" not in fields
        assert "item" not in fields

    @pytest.mark.parametrize(
        "wrong", [{"limit_complaints.reply_complaint": 0}, {"limit_complaints.reply_complaint": 999}]
    )
    def test_what_no_limit_can_be_is_said_at_the_field(self, appraisal, browser, wrong):
        assert list(asked(appraisal, browser, **wrong).context["form"].errors) == list(wrong)

    def test_a_service_item_is_named_by_its_code_with_days(self, cast, appraisal, browser):
        SheetLine.objects.filter(sheet__appraisal=appraisal).update(measure="kept_rate")
        make_item(cast.city.construction, "JS-1")

        assert list(asked(appraisal, browser, item="JS-9", item_days=3).context["form"].errors) == ["item"]
        assert list(asked(appraisal, browser, item="JS-1").context["form"].errors) == ["item_days"]
        assert asked(appraisal, browser, item="JS-1", item_days=3).context["found"] is not None


class TestCards:
    D = {"D": ("100", [Line("D1", "100", "linear", "100", baseline="0", measure="monitoring", kind="ratio")])}

    @pytest.fixture
    def appraisal(self, cast):
        """Replies in 15 working days until Friday 12 June, all kept: one on 10 June, or three on the 11th."""
        for organ, number, met in ((cast.city.construction, 1, "2026-06-10"), (cast.city.tax, 3, "2026-06-11")):
            make_plan(organ, cast.city.office, blocks=self.D, approver=cast.head, by=cast.officer)
            cases = rows.cases(number, organ=organ, office=cast.city.office)
            given = {"organ": organ, "due": "2026-06-12", "variant": "complaint"}
            rows.promises(cases, REPLY[0], met=local(f"{met} 10:00"), **given)
        found = year.appraise(cast)
        computing.compute(found, at=make.LATER)
        return found

    def cards(self, cast, appraisal, days):
        loaded = imagined.load(appraisal.sheets.select_related("organ", "post").order_by("pk"))
        found = imagined.cards_with(appraisal, loaded, Limits({REPLY: days}))
        organs = {sheet.pk: sheet.organ for sheet in loaded.sheets}
        return {organs[pk]: counts for pk, counts in found.items() if any(counts)}

    def test_a_shorter_limit_brings_yellow_and_red_ones_by_its_own_days_and_three_red_ones_limit_the_grade(
        self, cast, appraisal, browser
    ):
        # Ten working days end on Friday 5 June and turn red after 3 more, on 11 June.
        answer = asked(appraisal, browser, **{"limit_complaints.reply_complaint": 10})

        found = {each.sheet.organ: each.found for each in answer.context["found"]}
        one, other = found[cast.city.construction], found[cast.city.tax]
        # A yellow one takes 5 of June, a red one that replaced it ten in all; of three cases each its own.
        assert [(each.before.score, each.after.score) for each in (one, other)] == [
            (D(100), D("99.58")),
            (D(100), D("97.50")),
        ]
        assert (other.after.grade, other.after.why) == ("good", "cap")
        assert self.cards(cast, appraisal, 10) == {cast.city.construction: (1, 0), cast.city.tax: (3, 3)}
        assert all(each.is_same for each in answer.context["found"])

    def test_the_same_limit_changes_nothing_and_what_has_a_card_of_another_origin_keeps_it(self, cast, appraisal):
        promise = Deadline.objects.filter(organ=cast.city.construction).get()
        assert self.cards(cast, appraisal, 15) == {}
        rows.card(
            cast.city.construction, "red", at=local("2026-06-13 10:00"), by=(cast.inspector, cast.officer),
            deadline=promise,
        )  # fmt: skip

        assert self.cards(cast, appraisal, 10)[cast.city.construction] == (0, 1)

    def test_the_figures_of_cards_say_the_same_as_themselves_where_nothing_is_judged_otherwise(self, cast, appraisal):
        window = {"since": SINCE, "until": UNTIL.replace(month=12), "as_of": local("2026-12-10 12:00")}
        rows.card(cast.city.tax, "yellow", at=local("2026-03-05 10:00"), by=(cast.inspector, cast.officer))
        for name in limits.CARDS:
            own = registry.get(name).of_organs([cast.city.tax.pk], *window.values())
            found = limits.card_figures(name, Key.ORGAN, [cast.city.tax.pk], Limits({REPLY: 15}), **window)
            assert found == own, name
