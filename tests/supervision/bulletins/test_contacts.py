"""Complaint telephone, letter box, e-mail and visits stand on every public page, of city and districts."""

import pytest
from django.test import Client
from django.urls import reverse

from efficiency.pages import contacts as shown
from efficiency.pages import identity
from efficiency.pages.models import SiteIdentity
from supervision.bulletins import contacts
from supervision.bulletins.refusals import NotAllowed
from supervision.models import OfficeContact
from tests.factories import bulletins as make
from tests.structure.test_addresses import OF_EVERYBODY

pytestmark = pytest.mark.django_db
WANTED = ("0757-80000001", "佛山市信箱第八号", "xiaoneng@foshan.example", "岭南大道北12号一楼接待室")


@pytest.fixture(autouse=True)
def _fresh():
    shown.forget()
    identity.forget()
    yield
    shown.forget()
    identity.forget()


@pytest.fixture
def kept(cast):
    city = OfficeContact(
        office=cast.city.office,
        phone="0757-80000001",
        letter_box="佛山市信箱第八号",
        email="xiaoneng@foshan.example",
        address="岭南大道北12号一楼接待室",
        hours="工作日 8:30–12:00",
    )
    contacts.save(city, by=cast.officer, at=make.THURSDAY)
    district = OfficeContact(
        office=cast.city.district_office, phone="0757-80000002", letter_box="禅城区信箱", email="cc@foshan.example"
    )
    contacts.save(district, by=cast.district_head, at=make.THURSDAY)
    shown.forget()


def test_every_public_page_says_how_to_complain(kept):
    client, silent, told = Client(), [], 0
    for name in sorted(OF_EVERYBODY):
        page = client.get(reverse(name))
        if page.status_code == 200 and page["Content-Type"].startswith("text/html"):
            told += 1
            text = page.content.decode()
            silent += [(name, wanted) for wanted in WANTED if wanted not in text]
    assert silent == []
    assert told > 20


def test_the_page_of_contacts_has_city_and_districts(kept):
    text = Client().get("/contacts/").content.decode()
    assert text.index("0757-80000001") < text.index("0757-80000002")
    assert "禅城区信箱" in text


def test_until_somebody_keeps_them_the_facts_of_the_site_stand_for_them(cast):
    SiteIdentity.objects.create(telephone="0757-83000000", address="佛山市汾江路", email="site@foshan.example")
    text = Client().get("/statistics/").content.decode()
    for wanted in ("0757-83000000", "佛山市汾江路", "site@foshan.example"):
        assert wanted in text


def test_only_officers_who_reach_an_office_change_how_it_is_reached(cast):
    contact = OfficeContact(office=cast.city.office, phone="1", letter_box="2", email="a@b.example")
    for person in (cast.district_head, cast.inspector, cast.leader):
        with pytest.raises(NotAllowed):
            contacts.save(contact, by=person, at=make.THURSDAY)


def test_the_list_of_staff_is_for_officers(kept, cast):
    client = Client()
    client.force_login(cast.officer)
    assert client.get(reverse("admin:supervision_officecontact_changelist")).status_code == 200
    client.force_login(cast.clerk)
    assert client.get(reverse("admin:supervision_officecontact_changelist")).status_code == 404
