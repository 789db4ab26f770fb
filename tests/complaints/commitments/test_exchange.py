"""Service items as a workbook: out and in again, all or nothing, every fault by row and column."""

import itertools
from datetime import timedelta

import pytest

from complaints.commitments import drafting, exchange, publishing
from complaints.models import ItemVersion, ServiceItem, VersionState
from complaints.refusals import NotAllowed, NotInState
from efficiency.organs.models import Post, Rank, Role
from efficiency.tables import Format, written
from efficiency.tables.columns import head_of, shown
from efficiency.timing.due import local_day
from efficiency.timing.limits import Limit, Unit
from tests.factories.cases import local
from tests.factories.commitments import draft_of, make_item, promise
from tests.factories.staff import Seat, make_city, make_post, seat_all

pytestmark = pytest.mark.django_db
AT = local(2026, 3, 3)
TODAY = local_day(AT)
COLUMNS = exchange.columns_for({}, {})


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def people(city):
    return seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
        officer=Seat(Role.OFFICE_OFFICER, city.office),
    )


def row(code: str, **changed) -> dict:
    return {
        "code": code,
        "basic_code": "",
        "name": f"事项{code}",
        "keywords": "施工 许可",
        "organ": "440600-JS",
        "kind": "01",
        "theme": "construction",
        "audience": "legal",
        "committed": Limit(5, Unit.WORKING_DAY),
        "statutory": Limit(20, Unit.WORKING_DAY),
        "statutory_basis": "《行政许可法》第四十二条",
        "special_procedure": "",
        "legal_basis": "《建筑法》第七条",
        "applicants": "建设单位",
        "conditions": "材料齐全",
        "materials": exchange.MaterialsCell().blank,
        "steps": (),
        "fees": "",
        "fee_basis": "",
        "result": "许可证",
        "visits": 0,
        "section": "",
        "post": "",
        "window": "综合窗口",
        "hours": "",
        "phone": "12345",
        "supervision_phone": "12345",
        "valid_from": TODAY,
        "reason": "",
    } | changed


def workbook(*rows: dict) -> bytes:
    table = itertools.chain([head_of(COLUMNS)], (shown(COLUMNS, each) for each in rows))
    return b"".join(written(table, Format.XLSX))


def taken_out(user) -> bytes:
    return b"".join(written(exchange.rows_for(user), Format.XLSX))


def take_in(content: bytes, *, by, at=AT):
    return exchange.apply(content, base=exchange.look_at(content, by=by, at=at).base, by=by, at=at)


def faults_of(found: exchange.Import) -> list[tuple[int, str]]:
    """Return row and name of the column of each fault."""
    names = {column.label: column.name for column in COLUMNS}
    return [(fault.row, names[fault.label]) for fault in found.table.faults]


class TestIn:
    def test_several_hundred_items_become_drafts_in_few_statements(self, people, django_assert_max_num_queries):
        content = workbook(*(row(f"N-{number}") for number in range(300)))
        base = exchange.look_at(content, by=people["editor"], at=AT).base

        with django_assert_max_num_queries(30):
            preview = exchange.apply(content, base=base, by=people["editor"], at=AT)

        assert len(preview.new) == ServiceItem.objects.count() == 300
        assert ItemVersion.objects.filter(state=VersionState.DRAFT, drafted_by=people["editor"]).count() == 300
        assert not ItemVersion.objects.in_force(TODAY).exists()

    @pytest.mark.parametrize(
        ("changed", "column"),
        [
            ({"committed": Limit(21, Unit.WORKING_DAY)}, "committed"),
            ({"organ": "440600-DS"}, "organ"),
            ({"code": "有空格"}, "code"),
            ({"legal_basis": ""}, "legal_basis"),
            ({"fees": "50 元"}, "fee_basis"),
            ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
            ({"visits": 99}, "visits"),
        ],
    )
    def test_a_fault_is_named_by_row_and_column_and_nothing_is_taken_in(self, people, changed, column):
        content = workbook(row("N-1"), row("N-2") | changed)
        found = exchange.look_at(content, by=people["editor"], at=AT)

        assert faults_of(found) == [(3, column)]
        with pytest.raises(NotInState):
            exchange.apply(content, base=found.base, by=people["editor"], at=AT)
        assert not ServiceItem.objects.exists()

    def test_what_changed_since_the_preview_is_not_overwritten(self, people):
        content = workbook(row("N-1"))
        take_in(content, by=people["editor"])
        changed = workbook(row("N-1", committed=Limit(3, Unit.WORKING_DAY)))
        base = exchange.look_at(changed, by=people["editor"], at=AT).base
        take_in(workbook(row("N-1", committed=Limit(4, Unit.WORKING_DAY))), by=people["editor"])

        with pytest.raises(NotInState):
            exchange.apply(changed, base=base, by=people["editor"], at=AT)
        assert ItemVersion.objects.get().committed_number == 4

    def test_a_draft_that_is_there_is_written_on(self, people):
        take_in(workbook(row("N-1")), by=people["editor"])
        take_in(workbook(row("N-1", committed=Limit(3, Unit.WORKING_DAY), name="新名称")), by=people["officer"])

        version = ItemVersion.objects.select_related("item").get()
        assert (version.committed_number, version.drafted_by, version.item.name) == (3, people["officer"], "新名称")

    def test_a_published_promise_gets_its_next_version(self, people):
        take_in(workbook(row("N-1")), by=people["editor"])
        publishing.publish(ItemVersion.objects.get(), by=people["leader"], at=AT)
        later = row("N-1", committed=Limit(3, Unit.WORKING_DAY), valid_from=TODAY + timedelta(days=7))

        week = timedelta(days=7)
        same_day = exchange.look_at(workbook(later | {"valid_from": TODAY}), by=people["editor"], at=AT)
        today = exchange.look_at(workbook(later), by=people["editor"], at=AT + week)
        take_in(workbook(later), by=people["editor"])

        assert faults_of(same_day) == faults_of(today) == [(2, "valid_from")]
        assert list(ItemVersion.objects.order_by("number").values_list("number", "state", "committed_number")) == [
            (1, "published", 5),
            (2, "draft", 3),
        ]

    def test_the_organ_of_what_was_published_stays(self, city, people):
        take_in(workbook(row("N-1")), by=people["officer"])
        moved = workbook(row("N-1", organ=city.tax.code))
        assert faults_of(exchange.look_at(moved, by=people["officer"], at=AT)) == []
        publishing.publish(ItemVersion.objects.get(), by=people["leader"], at=AT)

        later = workbook(row("N-1", organ=city.tax.code, valid_from=TODAY + timedelta(days=7)))
        for content in (moved, later):
            assert faults_of(exchange.look_at(content, by=people["officer"], at=AT)) == [(2, "organ")]
        other = workbook(row("N-1", kind="20"))
        assert faults_of(exchange.look_at(other, by=people["officer"], at=AT)) == [(2, "kind")]

    def test_the_code_of_another_organ_is_refused(self, city, people):
        make_item(city.tax, code="N-1")

        assert faults_of(exchange.look_at(workbook(row("N-1")), by=people["editor"], at=AT)) == [(2, "code")]

    def test_whoever_writes_no_items_takes_none_in(self, people):
        for who in ("clerk", "leader"):
            with pytest.raises(NotAllowed):
                exchange.look_at(workbook(row("N-1")), by=people[who], at=AT)


class TestOut:
    def test_what_was_taken_out_is_found_unchanged_when_it_comes_in_again(self, city, people):
        materials = [{"name": "图纸", "form": "电子件", "copies": 2, "source": "设计单位", "replaceable": True}]
        post = make_post(city.construction)
        # Lines as browsers end them: what is published cannot be corrected any more.
        lines = {"conditions": "材料齐全。\r\n已经公示。", "post": post}
        for fields in (lines, {"days": 0}, {"materials": materials, "fees": "50 元", "fee_basis": "《办法》"}):
            promise(make_item(city.construction), TODAY, by=(people["editor"], people["leader"]), at=AT, **fields)

        Post.objects.filter(pk=post.pk).update(until=TODAY)
        found = exchange.look_at(taken_out(people["editor"]), by=people["editor"], at=AT + timedelta(days=90))

        assert found.table.faults == []
        assert (found.preview.same, found.preview.is_empty) == (3, True)
        named_anew = exchange.look_at(workbook(row("N-1", post=post.code)), by=people["editor"], at=AT)
        assert faults_of(named_anew) == [(2, "post")]

    def test_it_leaves_a_draft_that_was_begun_meanwhile_as_it_is(self, city, people):
        item = make_item(city.construction)
        promise(item, TODAY, by=(people["editor"], people["leader"]), at=AT)
        content = taken_out(people["editor"])
        drafting.save_draft(draft_of(item, TODAY + timedelta(days=7), 3), by=people["editor"], at=AT)

        assert take_in(content, by=people["editor"]).same == 1
        assert ItemVersion.objects.get(state=VersionState.DRAFT).committed_number == 3

    def test_an_editor_takes_out_the_own_organ_alone(self, city, people):
        other = seat_all(tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER))["tax_leader"]
        promise(make_item(city.construction), TODAY, by=(people["editor"], people["leader"]), at=AT)
        promise(make_item(city.tax, "发票领用"), TODAY, by=(people["officer"], other), at=AT)

        assert len(list(exchange.rows_for(people["editor"]))) == 1 + 1
        assert len(list(exchange.rows_for(people["officer"]))) == 1 + 2
