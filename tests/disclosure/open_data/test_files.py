"""Open data read again by readers that are not ours: what is in the files, and what never is (O-02, P-14)."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints import actions as cases
from complaints.enums import State
from disclosure.enums import OwedState, Rhythm
from disclosure.models import Column, Document, OwedPublication, PublicationDuty
from disclosure.open_data import files
from efficiency import datasets
from efficiency.datasets import Dataset, Field, FieldType, Stamp
from efficiency.organs.models import Organ, Rank, Role
from efficiency.timing.due import local_day
from tests.factories.cases import TUESDAY, case_in, recently
from tests.factories.commitments import make_item, promise
from tests.factories.public_documents import make_column
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = pytest.mark.django_db

ITEMS = "/disclosure/data/service-items"


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def item(city):
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.government),
        leader=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    now = recently()
    item = make_item(city.construction, name="=cmd|' /C calc'!A0", keywords="施工证")
    promise(
        item,
        local_day(now),
        5,
        by=(people["editor"], people["leader"]),
        at=now,
        result="＝1+1",
        window="一号窗口，\n“二”号",
        fees="10元",
        fee_basis="依据",
    )
    return item


def content(answer) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(client, name: str) -> list[dict[str, str]]:
    text = content(client.get(f"/disclosure/data/{name}.csv")).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestCsv:
    def test_is_read_again_as_it_was(self, client, item):
        answer = client.get(f"{ITEMS}.csv")
        raw = content(answer)
        [row] = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))

        assert answer.headers["Content-Type"].startswith("text/csv")
        assert raw.startswith(b"\xef\xbb\xbf")
        assert raw.endswith(b"\r\n")
        assert row["code"] == item.code
        assert (row["committed_number"], row["committed_unit"], row["statutory_number"]) == ("5", "wd", "20")
        assert (row["has_fee"], row["visits"], row["valid_from"]) == ("true", "0", local_day(recently()).isoformat())
        assert row["window"] == "一号窗口，\n“二”号"
        assert row["page"].endswith(f"/commitments/{item.code}/")
        assert row["page"].startswith("http")

    def test_O02_a_formula_is_none(self, client, item):
        [row] = rows_of(client, "service-items")

        assert row["name"] == "'" + item.name
        assert row["result"] == "'＝1+1"

    def test_has_the_fields_of_its_schema_in_their_order(self, client, item):
        for dataset in datasets.datasets():
            head = content(client.get(f"/disclosure/data/{dataset.name}.csv")).decode("utf-8-sig").splitlines()[0]
            schema = client.get(f"/disclosure/data/{dataset.name}.schema.json").json()

            assert head.split(",") == [field["name"] for field in schema["fields"]]
            assert set(schema["primaryKey"]) <= {field["name"] for field in schema["fields"]}


class TestJson:
    def test_holds_the_same_rows_with_types_and_without_guards(self, client, item):
        found = json.loads(content(client.get(f"{ITEMS}.json")))

        [row] = found["rows"]
        assert row["name"] == item.name
        assert (row["committed_number"], row["has_fee"], row["visits"]) == (5, True, 0)
        assert found["title"]["zh"] != found["title"]["en"]
        assert found["licence"]["path"].startswith("https://")

    def test_is_whole_without_any_row(self, client, db):
        assert json.loads(content(client.get(f"{ITEMS}.json")))["rows"] == []


class TestSecrecy:
    def test_P14_of_a_case_there_are_no_words(self, client, cast):
        case = case_in(State.CLOSED, cast, consent=True)
        later = TUESDAY + timedelta(hours=1)
        words = {"title": "标题甲乙丙", "question": "问题甲乙丙？", "answer": "答复甲乙丙。"}
        cases.propose_publication(case, by=cast.clerk, at=later, version=case.version, **words)
        cases.publish(case, by=cast.leader, at=later, version=case.version)
        assert Document.objects.readable().filter(source="case_result").exists()

        whole = "".join(
            content(client.get(f"/disclosure/data/{each.name}.{kind}")).decode()
            for each in datasets.datasets()
            for kind in ("csv", "json")
        )

        assert "甲乙丙" not in whole
        assert case.number not in whole
        [row] = rows_of(client, "documents")
        assert (row["title"], row["source"], row["state"]) == ("诉求公开版本", "case_result", "published")


class TestFulfilment:
    def test_tells_kept_late_open_missing_and_released_apart(self, client, city):
        today = local_day(recently())
        duty = PublicationDuty.objects.create(
            organ=city.construction,
            column=Column.objects.get(code="guide"),
            title="公开指南",
            rhythm=Rhythm.MONTHLY,
            legal_basis="条例",
            holds_from=date(2026, 1, 1),
        )
        document = Document.objects.create(organ=city.construction, column=duty.column, created_at=recently())
        for key, state, due_on, published_on in (
            ("2026-01", OwedState.PUBLISHED, today, today),
            ("2026-02", OwedState.PUBLISHED, today - timedelta(days=1), today),
            ("2026-03", OwedState.OPEN, today, None),
            ("2026-04", OwedState.OPEN, today - timedelta(days=1), None),
            ("2026-05", OwedState.RELEASED, today, None),
        ):
            OwedPublication.objects.create(
                duty=duty,
                organ=duty.organ,
                key=key,
                title=f"公开指南（{key}）",
                state=state,
                raised_at=recently(),
                due_on=due_on,
                document=document if published_on else None,
                published_at=recently() if published_on else None,
                release_reason="不再需要" if state == OwedState.RELEASED else "",
                released_at=recently() if state == OwedState.RELEASED else None,
            )

        rows = rows_of(client, "publication-fulfilment")

        assert [row["result"] for row in rows] == ["kept", "late", "open", "missing", "released"]
        assert rows[0]["period"] == "2026-01"
        assert rows_of(client, "publication-duties")[0]["title"] == "公开指南"


class TestAsking:
    def test_what_has_not_changed_is_answered_without_a_file(self, client, item):
        first = client.get(f"{ITEMS}.csv")
        tag = first.headers["ETag"]

        assert client.get(f"{ITEMS}.csv", headers={"If-None-Match": tag}).status_code == 304
        assert "Last-Modified" not in first.headers
        Organ.objects.filter(pk=item.organ_id).update(name="市住建局")
        assert client.get(f"{ITEMS}.csv", headers={"If-None-Match": tag}).status_code == 200

    @pytest.mark.parametrize("name", ["documents", "publication-duties", "publication-fulfilment"])
    def test_other_names_of_organs_and_columns_are_other_rows(self, city, name):
        column, stamp = make_column("fees"), datasets.get(name).stamp
        tokens = [stamp(timezone.now()).token]
        Column.objects.filter(pk=column.pk).update(name="收费目录")
        tokens.append(stamp(timezone.now()).token)
        Organ.objects.filter(pk=city.tax.pk).update(name="市税局")
        tokens.append(stamp(timezone.now()).token)
        assert len(set(tokens)) == 3

    def test_the_head_alone_writes_nothing(self, client, item):
        answer = client.head(f"{ITEMS}.json")

        assert answer.status_code == 200
        assert not answer.streaming
        assert answer.headers["ETag"]

    def test_R02_too_many_files_have_to_wait(self, client, db, settings):
        settings.DOWNLOADS_PER_HOUR, settings.KIOSK_ADDRESSES = 2, []
        answers = [client.get(f"{ITEMS}.csv").status_code for _turn in range(4)]

        assert answers[-1] == 429
        assert answers[0] == 200

    @pytest.mark.parametrize("ending", ["/", ".csv", ".json", ".schema.json", ".dictionary.csv"])
    def test_what_is_no_dataset_is_not_there(self, client, db, ending):
        assert client.get(f"/disclosure/data/nothing{ending}").status_code == 404


class TestSize:
    def test_rows_are_read_a_few_at_a_time_however_slowly_they_are_fetched(self, city, django_assert_num_queries):
        organs = Organ.objects.count()
        with django_assert_num_queries(organs // 2 + 1):
            assert len(list(datasets.in_chunks(Organ.objects.all(), chunk=2))) == organs

    def test_a_file_leaves_in_pieces_before_its_rows_are_all_there(self):
        taken = []

        def rows(at):
            for number in range(20_000):
                taken.append(number)
                yield [number, "文字" * 20]

        dataset = Dataset(
            name="test",
            title="试",
            description="试",
            fields=(Field("n", "数", "数", FieldType.WHOLE), Field("text", "文", "文")),
            key=("n",),
            rows=rows,
            stamp=lambda at: Stamp("1", None),
        )
        for pieces in (files.csv_of(dataset, at=TUESDAY), files.json_of(dataset, at=TUESDAY)):
            taken.clear()
            first = next(pieces)
            assert len(first) < 400_000
            assert len(taken) < 2_000
            assert sum(map(len, pieces)) > 1_000_000
