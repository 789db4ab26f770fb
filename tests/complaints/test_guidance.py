"""Reply templates and knowledge: what may stand in them, where they hold, and what is made of them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints import actions, guidance
from complaints.enums import Category, Kind, State
from complaints.models import KnowledgeEntry, ReplyTemplate
from efficiency.organs.models import Role
from efficiency.timing.due import local_day
from tests.factories.cases import TUESDAY, case_in
from tests.factories.staff import make_organ, seat

pytestmark = pytest.mark.django_db
DAY = local_day(TUESDAY)


def template(organ, title="受理告知", text="您好。", **fields) -> ReplyTemplate:
    return ReplyTemplate.objects.create(title=title, organ=organ, text=text, **fields)


def entry(organ, title="施工许可多久办结？", **fields) -> KnowledgeEntry:
    given = {"text": "七个工作日。", "source": "《建筑工程施工许可管理办法》第五条", "valid_from": DAY} | fields
    return KnowledgeEntry.objects.create(title=title, organ=organ, **given)


class TestVariables:
    def test_the_values_of_the_case_stand_in_their_place(self, cast):
        case = case_in(State.HANDLING, cast)
        words = "{number}|{title}|{organ}|{received}|{due}"
        number, title, organ, received, due = guidance.filled(
            template(cast.city.construction, text=words), case, cast.clerk
        ).split("|")

        assert (number, title, organ) == (case.number, case.title, cast.city.construction.name)
        assert "2026" in received
        assert "2026" in due
        assert received != due

    def test_without_a_promised_reply_the_last_day_is_empty(self, cast):
        case = case_in(State.REPLIED, cast)

        assert guidance.filled(template(cast.city.construction, text="[{due}]"), case, cast.clerk) == "[]"

    def test_what_a_citizen_typed_in_braces_stays_as_it_was_typed(self, cast):
        case = case_in(State.HANDLING, cast, title="{due}和{number}不对")

        assert (
            guidance.filled(template(cast.city.construction, text="关于“{title}”"), case, cast.clerk)
            == "关于“{due}和{number}不对”"
        )

    @pytest.mark.parametrize("text", ["{name}您好", "{ number }", "{}", "{number}{phone}", "{Number}"])
    def test_a_variable_that_there_is_not_is_refused_on_saving(self, cast, text):
        made = ReplyTemplate(title="告知", organ=cast.city.construction, text=text)
        with pytest.raises(actions.Invalid) as refused:
            actions.save_template(made, by=cast.leader)

        assert refused.value.field == "text"
        assert not ReplyTemplate.objects.exists()

    @pytest.mark.parametrize("text", ["", "  ", "长" * 5001])
    def test_a_template_has_a_text_of_bounded_length(self, cast, text):
        with pytest.raises(actions.Invalid):
            actions.save_template(ReplyTemplate(title="告知", organ=cast.city.construction, text=text), by=cast.leader)

    def test_every_variable_is_known_by_its_name(self, cast):
        text = " ".join(f"{{{name}}}" for names in guidance.VARIABLES.items() for name in names)
        kept = actions.save_template(
            ReplyTemplate(title="告知", organ=cast.city.construction, text=text), by=cast.leader
        )

        assert "{" not in guidance.filled(kept, case_in(State.HANDLING, cast), cast.clerk)


class TestWhoWrites:
    def test_a_leader_writes_for_the_own_organ_alone(self, cast):
        own = ReplyTemplate(title="告知", organ=cast.city.construction, text="好")
        assert actions.save_template(own, by=cast.leader).pk

        for organ in (cast.city.tax, cast.city.government):
            with pytest.raises(actions.NotAllowed):
                actions.save_template(ReplyTemplate(title="告知", organ=organ, text="好"), by=cast.leader)

    def test_the_office_writes_for_its_whole_government(self, cast):
        for organ in (cast.city.government, cast.city.tax, cast.city.street):
            assert actions.save_template(ReplyTemplate(title="告知", organ=organ, text="好"), by=cast.officer).pk

    def test_nobody_moves_a_template_out_of_an_organ_that_is_not_theirs(self, cast):
        kept = template(cast.city.tax)
        kept.organ = cast.city.construction

        with pytest.raises(actions.NotAllowed):
            actions.save_template(kept, by=cast.leader)

    def test_a_clerk_and_the_auditor_write_none(self, cast):
        for who in (cast.clerk, cast.auditor):
            with pytest.raises(actions.NotAllowed):
                actions.save_template(ReplyTemplate(title="告知", organ=cast.city.construction, text="好"), by=who)
            with pytest.raises(actions.NotAllowed):
                actions.save_entry(KnowledgeEntry(organ=cast.city.construction, text="好", source="法"), by=who)

    @pytest.mark.parametrize(("text", "source"), [("", "法"), ("好", " "), ("好", "长" * 201)])
    def test_an_entry_has_an_answer_and_the_rule_it_rests_on(self, cast, text, source):
        made = KnowledgeEntry(title="问", organ=cast.city.construction, text=text, source=source, valid_from=DAY)

        with pytest.raises(actions.Invalid):
            actions.save_entry(made, by=cast.leader)

    def test_an_entry_ends_after_it_begins(self, cast):
        with pytest.raises(IntegrityError), transaction.atomic():
            entry(cast.city.construction, valid_until=DAY)


class TestWhichFit:
    def offered(self, case, on=DAY) -> list[str]:
        return [each.title for each in guidance.templates_for(case, on)]

    def test_those_of_the_organ_that_has_the_case_and_of_all_above_it(self, cast):
        template(cast.city.construction, "本局")
        template(cast.city.government, "全市")
        template(cast.city.tax, "别局")
        template(make_organ("440600-JS-1", "质监站", "institution", parent=cast.city.construction), "下级")

        assert sorted(self.offered(case_in(State.HANDLING, cast))) == ["全市", "本局"]

    def test_those_of_its_kind_and_category_its_own_category_first(self, cast):
        organ = cast.city.construction
        template(organ, "通用")
        template(organ, "超时", category=Category.DELAY)
        template(organ, "乱收费", category=Category.ARBITRARY_FEES)
        template(organ, "投诉", kind=Kind.COMPLAINT)
        template(organ, "咨询", kind=Kind.CONSULTATION)

        assert self.offered(case_in(State.HANDLING, cast)) == ["超时", "投诉", "通用"]

    def test_none_that_has_ended(self, cast):
        template(cast.city.construction, "旧", until=DAY)
        template(cast.city.construction, "新", until=DAY + timedelta(days=1))

        assert self.offered(case_in(State.HANDLING, cast)) == ["新"]

    def test_knowledge_of_the_category_that_is_valid_on_the_day(self, cast):
        organ = cast.city.construction
        entry(organ, "一般")
        entry(organ, "超时", category=Category.DELAY)
        entry(organ, "收费", category=Category.ARBITRARY_FEES)
        entry(organ, "未到", valid_from=DAY + timedelta(days=1))
        entry(organ, "已过", valid_from=DAY - timedelta(days=9), valid_until=DAY)
        entry(cast.city.tax, "别局")
        case = case_in(State.HANDLING, cast)

        assert [each.title for each in guidance.entries_for(case, DAY)] == ["超时", "一般"]

    def test_no_more_than_can_be_looked_through(self, cast):
        for number in range(guidance.MOST_ENTRIES + 3):
            entry(cast.city.construction, f"问{number:02}")

        assert len(guidance.entries_for(case_in(State.HANDLING, cast), DAY)) == guidance.MOST_ENTRIES


class TestWhoKnows:
    def test_Z01_rows_of_the_own_organs_and_from_above(self, cast):
        rows = {
            template(cast.city.construction, "本局"),
            template(cast.city.government, "全市"),
            template(cast.city.tax, "别局"),
        }
        office = seat(Role.OFFICE_OFFICER, cast.city.district_office)

        assert {each.title for each in guidance.templates_of(cast.leader)} == {"本局", "全市"}
        assert set(guidance.templates_of(cast.officer)) == rows
        assert {each.title for each in guidance.templates_of(office)} == {"全市"}
        assert list(guidance.templates_of(cast.clerk)) == []
