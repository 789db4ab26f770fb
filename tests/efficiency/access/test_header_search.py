"""The search field in the header of the back office: by what whoever looks at it may search."""

import pytest
from django.urls import reverse

from efficiency.organs.models import Rank, Role
from tests.factories.staff import make_city, seat

pytestmark = pytest.mark.django_db

CASES, DOCUMENTS = (reverse(f"admin:{name}_changelist") for name in ("complaints_case", "disclosure_document"))


@pytest.mark.parametrize(
    ("role", "rank", "address", "words"),
    [
        (Role.CLERK, "", CASES, "查找诉求"),
        (Role.ORGAN_LEADER, Rank.APPROVER, CASES, "查找诉求"),
        (Role.DISCLOSURE_EDITOR, "", DOCUMENTS, "查找文件"),
        (Role.SYSTEM_ADMINISTRATOR, "", "", ""),
    ],
)
def test_it_leads_to_what_the_person_may_search(client, role, rank, address, words):
    client.force_login(seat(role, make_city().construction, **({"rank": rank} if rank else {})))

    page = client.get(reverse("admin:index"))

    found = page.context["header_search"]
    assert (found["address"] if found else "") == address
    assert str(found["label"] if found else "") == words
    assert ('class="case-search"' in page.content.decode()) == bool(words)
    for other in {"查找诉求", "查找文件"} - {words}:
        assert other not in page.content.decode()
