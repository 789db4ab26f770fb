"""The catalogue of clauses as a workbook, and the sixteen places of the musts and must-nots (docs/domain.md 10.1)."""

from datetime import date
from io import BytesIO
from types import SimpleNamespace

import openpyxl
import pytest
from django.urls import reverse

from accountability.faults import clause_lists, clauses, demo
from accountability.faults.words import ClauseKind
from accountability.models import Clause
from efficiency.refusals import Invalid
from efficiency.tables import importing
from tests.factories.cases import local
from tests.soundness import violated

AT = local(2026, 5, 6)
HEAD = ["code", "kind", "fault_type", "text", "source", "valid_from"]


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in (HEAD, *rows):
        book.active.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture
def bring(people):
    def bring_in(*rows):
        kind = importing.get(clause_lists.NAME, people["officer"])
        kept = importing.receive(kind, workbook(*rows), name="clauses.xlsx", by=people["officer"], at=AT)
        seen = importing.look(kept, by=people["officer"])
        if seen.preview is not None:
            importing.apply(kept, by=people["officer"], at=AT)
        return seen

    return bring_in


@pytest.mark.django_db
class TestCatalogue:
    def test_the_workbook_of_the_sixteen_is_filled_in_and_imported(self, client, people, bring):
        client.force_login(people["officer"])
        page = reverse("admin:accountability_clause_eight")
        assert client.get(page).context["missing"] == 16
        answer = client.get(reverse("admin:accountability_clause_workbook"))
        listed = list(openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
        assert len(listed) == 17
        assert [listed[1][0], listed[1][3], listed[16][0]] == ["eight-must-1", None, "eight-mustnot-8"]
        # An empty wording is a fault: nothing is taken in half.
        assert bring([*listed[1][:5], date(2026, 5, 6)]).preview is None
        filled = [
            [*row[:3], f"（测试）第{number}条。", row[4], date(2026, 5, 6)] for number, row in enumerate(listed[1:])
        ]
        assert len(bring(*filled).preview.new) == 16
        assert client.get(page).context["missing"] == 0
        assert Clause.objects.filter(kind=ClauseKind.EIGHT, entered_by=people["officer"]).count() == 16

    def test_another_wording_holds_from_its_day_and_the_old_one_stays(self, bring):
        old = Clause.objects.get(code="conduct-in-time")
        seen = bring([old.code, "conduct", "overdue", "限时办结。", "新规", date(2026, 6, 1)])
        assert len(seen.preview.changed) == 1
        old.refresh_from_db()
        new = Clause.objects.get(code=old.code, number=2)
        assert (old.valid_until, new.text, new.valid_from) == (date(2026, 6, 1), "限时办结。", date(2026, 6, 1))

    def test_the_kind_of_a_clause_stays(self, bring, people):
        held = Clause.objects.get(code="conduct-explain")
        gone = clauses.end(Clause.objects.get(code="conduct-in-time"), by=people["officer"], at=AT, on=date(2026, 5, 1))
        seen = bring(
            [held.code, "eight", held.fault_type, held.text, held.source, date(2026, 6, 1)],
            [gone.code, "conduct", "", "再来", "新规", date(2026, 6, 1)],
            ["两个", "conduct", "", "代码不行", "新规", date(2026, 6, 1)],
        )
        assert seen.preview is None
        assert seen.table.fault_count == 3

    def test_one_that_ended_is_worded_anew_from_its_end_on(self, bring, people):
        by = people["officer"]
        gone = clauses.end(Clause.objects.get(code="conduct-in-time"), by=by, at=AT, on=date(2026, 5, 4))
        given = {"by": by, "at": AT, "text": "再来", "source": "新规"}
        for changed in ({"kind": "eight"}, {"fault_type": ""}, {"valid_from": date(2026, 5, 3)}):
            values = {"kind": gone.kind, "fault_type": gone.fault_type, "valid_from": date(2026, 5, 4)} | changed
            with pytest.raises(Invalid) as refusal:
                clauses.enter(gone.code, **given, **values)
            assert refusal.value.field == next(iter(changed))
        row = [gone.code, "conduct", "overdue", "再来", "新规"]
        assert bring([*row, date(2026, 5, 3)]).preview is None
        assert len(bring([*row, date(2026, 5, 6)]).preview.new) == 1
        assert list(Clause.objects.filter(code=gone.code).order_by("number").values_list("number", "valid_until")) == [
            (1, date(2026, 5, 4)), (2, None),
        ]  # fmt: skip
        assert violated("clause") == []

    @pytest.mark.parametrize("role", ["clerk", "inspector", "auditor"])
    def test_who_only_reads_it_neither_takes_it_out_nor_brings_it_in(self, client, people, role):
        client.force_login(people[role])
        assert importing.get(clause_lists.NAME, people[role]) is None
        assert client.get(reverse("admin:accountability_clause_eight")).status_code == 200
        assert client.get(reverse("admin:accountability_clause_workbook")).status_code == 403

    def test_the_page_of_a_place_begins_with_its_code_and_source(self, client, people):
        client.force_login(people["officer"])
        page = client.get(reverse("admin:accountability_clause_add"), {"code": "eight-must-3"}).content.decode()
        assert 'value="eight-must-3"' in page
        assert clause_lists.EIGHT_SOURCE in page

    def test_the_demonstration_marks_its_texts_as_examples(self):
        assert set(demo.EXAMPLES) == {each.code for each in clause_lists.places()}

    def test_the_demonstration_leaves_a_place_that_was_ended_and_the_office_fills_it_again(self, people, monkeypatch):
        by = people["officer"]
        monkeypatch.setattr(demo, "_hands", lambda now: SimpleNamespace(drafts=by))
        assert demo.load_clauses(AT) == 16
        clauses.end(Clause.objects.get(code="eight-must-1"), by=by, at=AT, on=date(2026, 5, 6))
        assert demo.load_clauses(AT) == 0
        given = {"kind": "eight", "text": "正式文字", "source": "文件", "valid_from": date(2026, 5, 6)}
        clauses.enter("eight-must-1", by=by, at=AT, **given)
        assert clause_lists.places()[0].clause.text == "正式文字"
