"""Search of documents in Chinese: what is found, in which order, inside which filters, and what is shown of a hit."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from disclosure.documents import files
from disclosure.enums import VersionState
from disclosure.models import Document
from disclosure.public import indexing, invariants, search
from disclosure.public.filters import DocumentFilter
from disclosure.public.search import Narrowing
from tests.factories import public_documents as make
from tests.factories.cases import local

pytestmark = pytest.mark.django_db

EARLY, LATER, LATEST = local(2017, 3, 4), local(2026, 3, 3), local(2026, 3, 4)


@pytest.fixture
def organ(city):
    return city.construction


def best(words, narrowed=None) -> list[Document]:
    hits = search.best(words, narrowed)
    rows = Document.objects.in_bulk(hits.keys)
    return [rows[key] for key in hits.keys]


class TestWhatIsFound:
    def test_a_word_of_any_length_in_title_text_summary_or_file(self, organ):
        there = make.make_document(
            organ,
            "关于路灯维护的通知",
            "汾江中路口的路灯由养护单位负责。",
            summary="夜间照明",
            files=("附表列明灯杆编号与高度。",),
        )
        make.make_document(organ, "办事大厅叫号机更新公告")

        for words in (
            "路灯",
            "汾江中",
            "养护单位",
            "汾江中路口的路灯",
            "路灯 养护",
            "夜间",
            "灯杆编号",
            "灯杆编号 汾江",
        ):
            assert best(words) == [there], words
        assert best("路灯 叫号机") == []

    @pytest.mark.parametrize("words", ["行政许可", "政许", "许可法第", "ＡＢ平台", "网上办事"])
    def test_a_word_that_runs_across_marks_is_found(self, organ, words):
        there = make.make_document(
            organ, "办事指南", "**行政**许可[法](/disclosure/)第十条，A*B*平台；[网上](https://a.cn)办事。"
        )
        make.make_document(organ, "无关", "行政 许可")

        assert best(words) == [there]
        assert invariants.found_by_something_else() == 0

    def test_characters_that_stand_apart_are_no_word(self, organ):
        make.make_document(organ, "路不平灯不亮", "这里有路也有灯，施工的工许可以可证。")

        assert best("路灯") == []
        assert best("施工许可") == []

    def test_a_single_character_is_looked_for_in_titles(self, organ):
        there = make.make_document(organ, "井盖管理规定")
        make.make_document(organ, "路灯管理规定", "井盖一并管理。")

        assert best("井") == [there]

    def test_O06_width_and_case_do_not_matter_on_either_side(self, organ):
        there = make.make_document(organ, "ＡＢＣ平台备案公告", "联系人说 Xyz 平台。")

        for words in ("abc平台", "ＡＢＣ", "xyz", "ＸＹＺ"):
            assert best(words) == [there], words

    @pytest.mark.parametrize(
        "words", ["佛建〔2026〕12号", "佛建[2026]12号", "佛建（2026）第12号", " 佛建 2026 12 ", "佛建〔2026〕", "佛建"]
    )
    def test_a_document_number_however_its_brackets_are_typed(self, organ, words):
        there = make.make_document(organ, document_number="佛建〔2026〕12号")
        make.make_document(organ, document_number="佛教〔2026〕12号")

        assert best(words) == [there]

    def test_an_index_number_and_its_beginning(self, organ):
        there = make.make_document(organ)
        assert there.index_number is not None
        make.make_document(organ, at=EARLY)

        assert best(there.index_number) == [there]
        assert best(f"{organ.code}/2026") == [there]

    @pytest.mark.parametrize(
        "words", ["%", "_", "\\", "'", '"', "{}", ",", "NULL", "t施", "organ:1", "①", "\ue000", "a" * 500, "〔〕", ""]
    )
    def test_signs_with_a_meaning_elsewhere_find_nothing_and_break_nothing(self, organ, words):
        make.make_document(organ, "施工许可")

        assert best(words) == []

    def test_nothing_of_drafts_replaced_versions_or_withdrawn_texts(self, organ):
        document = make.make_document(organ, "旧标题一", "旧正文甲乙", files=("旧附件丙丁",))
        make.replace(document, LATEST, title="新标题一", body="新正文甲乙")
        make.make_version(document, 3, VersionState.DRAFT, None, title="草稿标题", body="草稿正文")
        gone = make.withdraw(make.make_document(organ, "撤下的公告", "不再公开的内容", files=("密文",)), LATEST)

        assert best("新正文甲乙") == [document]
        for words in ("旧标题", "旧正文", "旧附件丙丁", "草稿", "不再公开", "密文", "不再公开的内容"):
            assert best(words) == [], words
        # That it was there stays known.
        assert best("撤下") == best("撤下的公告") == [gone]

    def test_a_harmful_file_is_not_looked_through(self, organ):
        document = make.make_document(organ, files=("附件里的词语",))
        assert best("词语") == [document]
        document.public_version.files.update(harmful="Eicar")
        files._tell(document.public_version.files.get(), "Eicar", LATEST)

        assert best("词语") == best("附件里的词语") == []

    def test_private_characters_in_a_text_are_no_day(self, organ):
        marks = "".join(search.pairs.marks_of(EARLY))
        document = make.make_document(organ, "路灯" + marks)

        assert not set(search.pairs.marks_of(EARLY)[:3]) & set(document.search_pairs)
        assert best(search.pairs.marks_of(LATER)[0]) == []


class TestTheOrder:
    def test_number_then_title_then_text_and_the_newest_first_among_equals(self, organ):
        in_text = make.make_document(organ, "井盖管理规定", "见佛建〔2026〕7号，路灯一并管理。", at=LATEST)
        old, new = (make.make_document(organ, "路灯管理规定", at=at) for at in (EARLY, LATER))
        number = make.make_document(organ, document_number="佛建〔2026〕7号", at=EARLY)
        in_title = make.make_document(organ, "关于执行佛建〔2026〕7号文件的通知", at=LATEST)

        assert best("路灯") == [new, old, in_text]
        assert best("佛建〔2026〕7号") == [number, in_title, in_text]

    def test_more_words_in_the_title_come_before_fewer(self, organ):
        one = make.make_document(organ, "路灯公告", "汾江中路。", at=LATEST)
        none = make.make_document(organ, "公告", "汾江中路的路灯。", at=LATEST + timedelta(hours=1))
        both = make.make_document(organ, "汾江中路路灯公告", at=EARLY)

        assert best("路灯 汾江") == [both, one, none]

    def test_a_title_is_found_before_any_number_of_newer_texts(self, organ, monkeypatch):
        monkeypatch.setattr(search, "MOST", 3)
        old = make.make_document(organ, "路灯管理规定", at=EARLY)
        texts = [make.make_document(organ, "公告", "路灯。", at=LATER + timedelta(hours=n)) for n in range(4)]

        hits = search.best("路灯")
        assert hits == search.Hits([old.pk, texts[3].pk, texts[2].pk], is_more=True)


class TestInsideFilters:
    def test_each_of_them_narrows_down_and_they_go_together(self, city):
        fees, basis = make.make_column("fees"), make.make_column("basis")
        wanted = make.make_document(
            city.construction, "路灯收费", column=fees, theme="城乡建设", at=LATER, repealed_on=date(2026, 3, 3)
        )
        for organ, column, theme, at in (
            (city.tax, fees, "城乡建设", LATER),
            (city.construction, basis, "城乡建设", LATER),
            (city.construction, fees, "教育", LATER),
            (city.construction, fees, "城乡建设", EARLY),
        ):
            make.make_document(organ, "路灯收费", column=column, theme=theme, at=at)
        given = {
            "organ": city.construction.code,
            "column": "fees",
            "category": "fees",
            "theme": "城乡建设",
            "year": "2026",
            "validity": "repealed",
        }

        def found(words, **chosen):
            asked = DocumentFilter({"q": words, **chosen}, at=LATEST)
            assert not asked.form.errors
            return best(words, asked.narrowing()), list(asked.qs)

        for words in ("路灯", "路灯收费", "收"):
            by_search, by_list = found(words, **given)
            assert by_search == by_list == [wanted]
            for name in ("organ", "theme", "year"):
                by_search, by_list = found(words, **{name: given[name]})
                assert set(by_search) == set(by_list), name
                assert len(by_search) == 4, name

    def test_a_year_is_one_of_local_days(self, organ):
        eve = make.make_document(organ, "除夕公告", at=local(2025, 12, 31, 23, 30))
        day = make.make_document(organ, "元旦公告", at=local(2026, 1, 1, 0, 30))

        for year, there in (("2025", eve), ("2026", day)):
            asked = DocumentFilter({"q": "公告", "year": year}, at=LATEST)
            assert best("公告", asked.narrowing()) == list(asked.qs) == [there]


class TestHowMuch:
    def test_it_asks_the_same_few_questions_however_many_there_are(self, organ):
        def questions() -> int:
            with CaptureQueriesContext(connection) as seen:
                search.best("路灯管理", Narrowing([indexing.organ_facet(organ.pk)]))
            return len(seen)

        make.make_document(organ, "路灯管理")
        before = questions()
        for n in range(5):
            make.make_document(organ, "公告", "路灯管理", at=EARLY + timedelta(days=300 * n))

        assert questions() == before == 3

    def test_an_empty_portal_answers(self):
        assert search.best("路灯") == search.Hits([], is_more=False)


class TestTheIndex:
    def test_is_written_anew_with_each_publication_and_verify_sees_what_is_not(self, organ):
        document = make.replace(make.make_document(organ), LATEST, body="新的内容")
        make.withdraw(make.make_document(organ), LATEST)
        assert invariants.found_by_something_else() == 0

        Document.objects.filter(pk=document.pk).update(search_pairs=["甲乙"])
        assert invariants.found_by_something_else() == 1

    def test_the_step_of_publication_writes_it(self, city):
        from tests.factories import documents

        hands = documents.make_hands(city.construction)
        at = timezone.now()
        version = documents.publish(hands, at, title="关于路灯维护的通知", body="养护单位负责。")

        assert best("路灯") == best("养护单位") == [version.document]
        documents.actions.withdraw(version, by=hands.leader, at=at, reason="有误")
        assert best("养护单位") == []
