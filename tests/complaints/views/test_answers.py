"""The public pages of answers: what they show, and that nothing on them leads to the case (docs/trust.md P-14)."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from complaints import actions
from complaints.enums import Category, Kind, State
from complaints.models import PublicAnswer
from complaints.views import answers
from tests.factories.cases import TUESDAY, case_in, local

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
LIST = "/complaints/answers/"
COPIED = (
    "reply",
    "organ",
    "kind",
    "category",
    "outcome",
    "question",
    "answer",
    "state",
    "drafted_by",
    "drafted_at",
    "decided_by",
    "decided_at",
)


def published(cast, title="施工许可多久办结", **fields) -> PublicAnswer:
    case = case_in(State.CLOSED, cast, **({"consent": True} | fields))
    event = actions.propose_publication(
        case,
        by=cast.clerk,
        at=LATER,
        version=case.version,
        title=title,
        question="申请递交后没有答复，应当找谁？",
        answer="已于当日发证。",
    )
    actions.publish(case, by=cast.leader, at=LATER, version=case.version)
    return PublicAnswer.objects.select_related("case").get(pk=event.data["publication"])


class TestList:
    def test_shows_what_is_public_the_newest_first(self, cast, client: Client):
        published(cast, "先公开的")
        published(cast, "后公开的")

        page = client.get(LIST).content.decode()

        assert page.index("后公开的") < page.index("先公开的")
        assert "市建设局" in page

    def test_filters_by_organ_kind_and_category(self, cast, client: Client):
        published(cast, "投诉的答复", category=Category.DELAY)
        published(cast, "求助的答复", kind=Kind.REQUEST, category="")

        def shown(query):
            page = client.get(f"{LIST}?{query}").content.decode()
            return {title for title in ("投诉的答复", "求助的答复") if title in page}

        assert shown("kind=request") == {"求助的答复"}
        assert shown("category=delay") == {"投诉的答复"}
        assert shown("category=face") == set()
        assert shown(f"organ={cast.city.construction.pk}") == {"投诉的答复", "求助的答复"}
        assert shown("organ=abc&kind=%00&page=zzz") is not None

    def test_only_organs_that_answered_are_offered(self, cast, client: Client):
        published(cast)

        page = client.get(LIST).content.decode()

        assert f'value="{cast.city.construction.pk}"' in page
        assert f'value="{cast.city.tax.pk}"' not in page

    def test_says_what_next_where_there_is_nothing(self, client: Client):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

        page = client.get(LIST).content.decode()

        assert "Nothing has been published yet" in page
        assert reverse("complaints:new") in page

    def test_goes_on_over_pages_with_as_many_questions_for_many_as_for_few(
        self, cast, client: Client, django_assert_max_num_queries, monkeypatch
    ):
        version = published(cast)
        rows = [
            PublicAnswer(
                **{name: getattr(version, name) for name in COPIED},
                case=case_in(State.CLOSED, cast, consent=True),
                title=f"第{number}条",
            )
            for number in range(3)
        ]
        PublicAnswer.objects.bulk_create(rows)
        with django_assert_max_num_queries(8):
            client.get(LIST)
        monkeypatch.setattr(answers, "PAGE_SIZE", 3)

        assert "施工许可多久办结" not in client.get(LIST).content.decode()
        assert "施工许可多久办结" in client.get(f"{LIST}?page=2").content.decode()


class TestDetail:
    def test_shows_question_answer_organ_outcome_and_month(self, cast, client: Client):
        version = published(cast)

        page = client.get(reverse("complaints:answer", args=[version.slug])).content.decode()

        for words in (version.title, version.question, version.answer, "市建设局", "属实", "2026年3月"):
            assert words in page, words

    def test_P14_nothing_leads_to_the_case(self, cast, client: Client):
        version = published(cast, name="陈小明", location="汾江路二十三号")
        case = version.case

        for address in (LIST, reverse("complaints:answer", args=[version.slug])):
            page = client.get(address).content.decode()
            for hidden in (case.number, "陈小明", "13812345678", "汾江路", case.description, case.title):
                assert hidden not in page, hidden
            # Neither the day of filing nor that of the reply or the publication: months alone.
            assert "3月3日" not in page
            assert "2026-03-03" not in page

    def test_P14_its_address_is_drawn_by_lot(self, cast):
        one, other = published(cast), published(cast)

        assert one.slug != other.slug
        assert all(re.fullmatch("[0-9a-f]{16}", each.slug) for each in (one, other))
        assert str(one.case_id) != one.slug

    @pytest.mark.parametrize("state", ["proposed", "returned", "withdrawn"])
    def test_P14_what_is_not_public_does_not_exist(self, cast, client: Client, state):
        version = published(cast)
        moment = LATER if state == "withdrawn" else None
        PublicAnswer.objects.filter(pk=version.pk).update(state=state, withdrawn_at=moment)

        assert client.get(reverse("complaints:answer", args=[version.slug])).status_code == 404
        assert version.title not in client.get(LIST).content.decode()

    def test_an_address_that_never_was_is_the_same(self, client: Client):
        assert client.get(f"{LIST}0123456789abcdef/").status_code == 404
        assert client.get(f"{LIST}{'a' * 200}/").status_code == 404


class TestBothPages:
    def test_can_be_kept_by_caches_and_set_no_cookie(self, cast, client: Client):
        version = published(cast)

        for address in (LIST, reverse("complaints:answer", args=[version.slug])):
            response = client.get(address)
            assert response.headers["Cache-Control"] == "public, max-age=300"
            assert not response.cookies
            assert "csrfmiddlewaretoken" not in response.content.decode()

    def test_S13_answer_nothing_but_reading(self, cast, client: Client):
        version = published(cast)

        for address in (LIST, reverse("complaints:answer", args=[version.slug])):
            assert client.post(address).status_code == 405
            assert client.head(address).status_code == 200

    def test_are_the_same_for_staff(self, cast, client: Client):
        version = published(cast)
        address = reverse("complaints:answer", args=[version.slug])
        before = client.get(address).content
        client.force_login(cast.officer)

        assert client.get(address).content == before

    def test_are_reached_from_the_home_page_and_the_site_map(self, client: Client):
        for address in ("/", "/sitemap/"):
            assert LIST in client.get(address).content.decode()


def test_the_month_is_that_of_the_portal(cast, client: Client):
    version = published(cast)
    version.reply.decided_at = local(2026, 4, 1, 0, 30)
    version.reply.save(update_fields=["decided_at"])

    assert "2026年4月" in client.get(reverse("complaints:answer", args=[version.slug])).content.decode()
