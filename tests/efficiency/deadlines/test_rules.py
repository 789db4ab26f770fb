"""Limits are defaults that the office may change from a date on (docs/domain.md 3.5)."""

from datetime import date

import pytest

from efficiency.audit.models import AuditRecord
from efficiency.deadlines import registry, rules
from efficiency.deadlines.models import LimitRule, Promise
from efficiency.deadlines.refusals import Invalid, NotAllowed
from efficiency.timing.due import BadLimit, Limit
from tests.factories.promises import REPLY, promise
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db
TEN = Limit.parse("10wd")


@pytest.fixture
def set_limit(people):
    """Set a limit as the head of the office."""

    def act(limit=TEN, **more):
        fields = {"by": people["office_head"], "at": MONDAY_MORNING, "valid_from": date(2026, 3, 9), "reason": "试点"}
        return rules.set_limit(REPLY, "", limit, **(fields | more))

    return act


class TestTerms:
    def test_are_the_defaults_of_the_kind_where_no_rule_was_set(self):
        terms = rules.terms_of(REPLY, on=date(2026, 3, 2))

        assert terms == rules.Terms(Limit.parse("15wd"), Limit.parse("15wd"), red=5, fourth=10)

    def test_follow_the_rule_from_its_first_day_on(self, set_limit):
        set_limit(extension=3, red_after=2, fourth_after=4)

        assert rules.terms_of(REPLY, on=date(2026, 3, 8)).limit == Limit.parse("15wd")
        assert rules.terms_of(REPLY, on=date(2026, 3, 9)) == rules.Terms(TEN, Limit.parse("3wd"), red=2, fourth=6)

    def test_thresholds_follow_from_the_limit_where_the_rule_says_nothing(self, set_limit):
        set_limit()

        assert rules.terms_of(REPLY, on=date(2026, 4, 1)) == rules.Terms(TEN, None, red=3, fourth=8)

    def test_of_the_latest_rule_hold(self, set_limit):
        set_limit()
        set_limit(Limit.parse("8wd"), valid_from=date(2026, 3, 16))

        assert rules.terms_of(REPLY, on=date(2026, 3, 15)).limit == TEN
        assert rules.terms_of(REPLY, on=date(2026, 3, 16)).limit == Limit.parse("8wd")

    def test_T19_concern_promises_that_start_afterwards_alone(self, organ, set_limit):  # T16
        before = promise(organ, at=local("2026-03-06 10:00"))
        set_limit()
        after = promise(organ, at=local("2026-03-09 10:00"))

        before.refresh_from_db()
        assert (before.limit_number, after.limit_number) == (15, 10)


class TestSetting:
    def test_keeps_who_set_what_and_why(self, set_limit, people):
        rule = set_limit()

        assert (rule.set_by, rule.set_at, rule.reason) == (people["office_head"], MONDAY_MORNING, "试点")
        assert AuditRecord.objects.get(action="limit.set").detail["limit"] == "10wd"

    @pytest.mark.parametrize("role", ["officer", "leader", "administrator", "inspector", "nobody"])
    def test_is_for_the_head_of_the_office_alone(self, set_limit, people, role):
        with pytest.raises(NotAllowed):
            set_limit(by=people[role])

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"valid_from": date(2026, 3, 1)}, "valid_from"),
            ({"reason": "  "}, "reason"),
        ],
    )
    def test_needs_a_reason_and_a_day_to_come(self, set_limit, more, field):
        with pytest.raises(Invalid) as refusal:
            set_limit(**more)

        assert refusal.value.field == field
        assert not LimitRule.objects.exists()

    def test_of_a_day_that_has_one_is_refused(self, set_limit):
        set_limit()

        with pytest.raises(Invalid):
            set_limit(Limit.parse("8wd"))

    def test_of_an_unknown_kind_is_refused(self, people):
        with pytest.raises(Invalid):
            rules.set_limit(
                "tests.nothing",
                "",
                TEN,
                by=people["office_head"],
                at=MONDAY_MORNING,
                valid_from=date(2026, 3, 9),
                reason="试点",
            )

    @pytest.mark.parametrize(
        ("variant", "limit", "extension", "field"),
        [
            ("", "21wd", 0, "number"),
            ("", "20d", 0, "number"),
            ("", "20wd", 11, "extension"),
            ("plain", "5wd", 1, "extension"),
            ("", "20wd", 10, None),
            ("plain", "5wd", 0, None),
        ],
    )
    def test_never_goes_beyond_the_law_and_is_then_for_the_administrator_alone(
        self, people, monkeypatch, variant, limit, extension, field
    ):
        monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
        registry.register(
            registry.DeadlineKind(
                name="tests.law",
                label="law",
                promise=Promise.CITIZEN,
                limits={"": "20wd", "plain": "20wd"},
                extensions={"": "10wd"},
                at_most={"": "20wd", "plain": "20wd"},
            )
        )

        def act(role: str) -> LimitRule:
            return rules.set_limit(
                "tests.law",
                variant,
                Limit.parse(limit),
                by=people[role],
                at=MONDAY_MORNING,
                valid_from=date(2026, 3, 9),
                reason="试点",
                extension=extension,
            )

        for role in ("office_head", "officer", "leader"):
            with pytest.raises(NotAllowed):
                act(role)
        if field is None:
            assert act("administrator").set_by == people["administrator"]
            return
        with pytest.raises(Invalid) as refusal:
            act("administrator")
        assert refusal.value.field == field

    def test_nothing_of_law_may_take_longer_than_the_law_allows(self):
        """docs/domain.md 3.5: the kinds that are marked so there."""
        of_law = {(kind.name, variant) for kind in registry.kinds() for variant in kind.at_most}

        assert of_law >= {
            ("complaints.matter", ""),
            ("complaints.matter_notice", ""),
            ("complaints.matter_delivery", ""),
            ("disclosure.publish", ""),
            ("requests.supplement_notice", ""),
            ("requests.answer", ""),
            ("requests.answer", "again"),
            ("requests.third_party", ""),
            ("requests.co_organ", ""),
            ("requests.fee", ""),
            ("faults.appeal", ""),
            ("faults.appeal", "above"),
            ("faults.appeal_ruling", ""),
            ("faults.appeal_ruling", "above"),
            ("inspections.review", ""),
        }
        for name, variant in of_law:
            kind = registry.get(name)
            legal = kind.legal_limit(variant)
            assert legal is not None
            assert (kind.limit(variant).unit, kind.limit(variant).number <= legal.number) == (legal.unit, True)


class TestRegistry:
    def test_refuses_a_limit_that_has_no_meaning_at_the_start(self):
        with pytest.raises(BadLimit):
            registry.register(
                registry.DeadlineKind(name="tests.bad", label="", promise=Promise.CITIZEN, limits={"": "15 days"})
            )

    def test_refuses_two_kinds_of_one_name(self):
        with pytest.raises(ValueError, match="another kind"):
            registry.register(registry.DeadlineKind(name=REPLY, label="", promise=Promise.INTERNAL, limits={"": "1wd"}))
