"""
No answer of Open311 holds anything of a person, or a text that nobody let through, whatever state a case is in
(docs/trust.md Z-17, P-14).

A request is led into every state with planted data in all that a citizen, and whoever handles it, can write; then every
address is read, in both formats. An address that is added to the table is read too, or fails here.
"""

from datetime import timedelta
from itertools import chain

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from complaints import actions
from complaints.enums import Kind, State
from complaints.models import Case, FiledRequest, PublicAnswer, PublicAnswerState
from efficiency.keys import actions as keys
from efficiency.keys.models import ApiKey, Scope
from efficiency.organs.models import Role
from tests.factories import cases as make
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

# What nobody may find in an answer.
PERSON = {"name": "欧阳隐名", "phone": "13987651234", "email": "ouyang.hidden@example.cn"}
PLACE = "季华六路隐名街八号三零二房"
TITLE = "隐名街的路灯整夜不亮"
TEXT = "隐名街八号门前的路灯自上月起整夜不亮，我母亲昨晚在此摔伤。"
UNAPPROVED = "尚未批准公开的文字不应当出现"
CLOSED = {"replied", "reported", "closed", "archived", "rejected", "redirected", "withdrawn"}
STANDS_STILL = {State.SUPPLEMENTING, State.SUSPENDED}
UNTOLD = ("description", "service_notice", "address", "address_id", "zipcode", "lat", "long", "media_url")
# How each address is asked; the ids are filled in.
PARTS = {
    "root": [[]],
    "discovery": [[]],
    "discovery_above": [[]],
    "services": [[]],
    "service": [["request"], ["complaint-delay"]],
    "requests": [[]],
    "unknown": [["servicerequestupdates.json"], ["requests.html"]],
}
BY_ID = ("request", "token")
FEW = 3
# A page for people, to whom the receipt is theirs (tests/complaints/open311/test_filing.py).
FOR_PEOPLE = {"collect"}


@pytest.fixture
def cast():
    return make.make_cast()


@pytest.fixture
def key(cast) -> ApiKey:
    by = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
    at = timezone.now()
    return keys.issue(by=by, at=at, organ=cast.city.office, name="随手拍", scopes=[Scope.OPEN311], days=9).key


def planted(cast, state: State, **fields) -> Case:
    sent = {"kind": Kind.REQUEST, "category": "", "title": TITLE, "description": TEXT, "location": PLACE, **PERSON}
    return make.case_in(state, cast, at=make.TUESDAY, **(sent | fields))


def wait_for_approval(case: Case, cast) -> None:
    """Let a public version of the case be proposed, which nobody has approved."""
    words = {"title": "路灯", "question": f"{UNAPPROVED}？", "answer": f"{UNAPPROVED}。"}
    at = make.TUESDAY + timedelta(hours=1)
    actions.propose_publication(case, by=cast.clerk, at=at, version=case.version, **words)


def addresses(slugs: list[str]) -> list[str]:
    """Every address of Open311 as it is in the table, in both formats, and the list by several questions."""
    found = []
    space = get_resolver().namespace_dict["complaints"][1].namespace_dict["open311"][1]
    for each in space.url_patterns:
        if each.name in FOR_PEOPLE:
            continue
        # The rest of the ids in one call: every id is in the list by ids, in both formats.
        for parts in [[slug] for slug in slugs[:FEW]] if each.name in BY_ID else PARTS[each.name]:
            suffixes = [[]] if each.name in ("unknown", "root") else [["json"], ["xml"]]
            found += [reverse(f"complaints:open311:{each.name}", args=[*parts, *suffix]) for suffix in suffixes]
    lists = [address for address in found if address.startswith("/open311/v2/requests.")]
    queries = (
        f"service_request_id={','.join(slugs)}",
        "start_date=2026-02-01&status=open,closed",
        "start_date=2026-02-01&page_size=1&page=1&extensions=true",
        f"start_date={PLACE}",
    )
    return found + [f"{address}?{query}" for address in lists for query in queries]


def test_Z17_no_answer_gives_anybody_away_in_any_state_of_a_case(cast, key):
    cases = {state: planted(cast, state) for state in State}
    conduct = [
        planted(cast, state, kind=Kind.COMPLAINT, category="delay", consent=True)
        for state in (State.HANDLING, State.ARCHIVED)
    ]
    wait_for_approval(cases[State.CLOSED], cast)
    for case in chain(cases.values(), conduct):
        FiledRequest.objects.create(case=case, key=key)
    slugs = list(FiledRequest.objects.values_list("slug", flat=True))
    numbers = list(Case.objects.values_list("number", flat=True))
    secrets = [*PERSON.values(), PLACE, TITLE, TEXT, UNAPPROVED, *numbers]
    assert PublicAnswer.objects.get().state == PublicAnswerState.PROPOSED

    for address in addresses([numbers[0], *slugs, *numbers[1:]]):
        answer = Client().get(address)

        said = answer.content.decode() + str(answer.headers)
        assert [secret for secret in secrets if secret in said] == [], address

    told = Client().get(f"/open311/v2/requests.json?service_request_id={','.join(slugs)}").json()
    entries = {entry["service_request_id"]: entry for entry in told}
    # Joined to a complaint, as the factory does: what is told of it would be told of that one.
    conduct.append(cases.pop(State.MERGED))
    for case in conduct:
        assert case.filed_request.slug not in entries
    for state, case in cases.items():
        entry = entries[case.filed_request.slug]
        closed = state in CLOSED
        assert entry["status"] == ("closed" if closed else "open"), state
        assert entry["status_notes"] == State(state).label
        assert {entry[name] for name in UNTOLD} == {None}
        assert (entry["expected_datetime"] is None) == (closed or state in STANDS_STILL), state
        assert entry["requested_datetime"] == "2026-03-03T10:00:00+08:00"
