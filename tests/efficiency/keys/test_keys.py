"""Keys of departments' systems (docs/trust.md S-05, R-02, L-01 and the threat of a leaked key)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from efficiency.access import counters, sessions
from efficiency.appointments import NotAllowed, Refused
from efficiency.audit.models import AuditRecord
from efficiency.keys import actions, checking
from efficiency.keys.models import ApiKey, Scope, state_of
from efficiency.organs.models import Organ
from efficiency.outbox.models import Message
from tests.factories.staff import PASSWORD
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch):
    """Count in this process alone, from nothing."""
    monkeypatch.setattr(counters, "_shared", counters.Counters(""))


def issue(people, city, **changed):
    asked = {"organ": city.construction, "name": "审批系统", "scopes": [Scope.PUSH_MATTERS], "days": 365} | changed
    return actions.issue(by=people["administrator"], at=MONDAY_MORNING, **asked)


class TestMaking:
    def test_S09_a_key_is_shown_once_and_nothing_of_its_secret_is_kept(self, people, city):
        new = issue(people, city)
        secret = new.text.rpartition("_")[2]

        with connection.cursor() as cursor:
            cursor.execute("SELECT to_jsonb(k)::text FROM efficiency_apikey AS k")
            stored = cursor.fetchone()[0]
        assert secret not in stored
        assert len(secret) == 40
        assert not AuditRecord.objects.filter(detail__icontains=secret).exists()

    def test_L01_it_is_recorded_and_the_auditor_is_told(self, people, city):
        new = issue(people, city)

        assert AuditRecord.objects.get(action="api_key.issue").object_id == str(new.key.pk)
        assert Message.objects.filter(recipient=people["auditor"], kind="keys.made").exists()

    @pytest.mark.parametrize("who", ["clerk", "leader", "officer", "office_head", "inspector", "auditor", "editor"])
    def test_Z01_only_the_administrator_makes_one(self, people, city, who):
        with pytest.raises(NotAllowed):
            actions.issue(
                by=people[who],
                at=MONDAY_MORNING,
                organ=city.construction,
                name="x",
                scopes=[Scope.PUSH_MATTERS],
                days=1,
            )
        assert not ApiKey.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"), [("name", "  "), ("scopes", []), ("scopes", ["cases.read"]), ("days", 0), ("days", 731)]
    )
    def test_what_cannot_be_is_refused_at_its_field(self, people, city, field, value):
        with pytest.raises(Refused) as refusal:
            issue(people, city, **{field: value})

        assert refusal.value.field == field


class TestUsing:
    def test_it_opens_its_scope_until_it_ends_and_notes_when(self, people, city):
        new = issue(people, city, days=30)

        found = checking.check(new.text, Scope.PUSH_MATTERS, at=MONDAY_MORNING + DAY)

        assert found.organ == city.construction
        assert ApiKey.objects.get().last_used_at == MONDAY_MORNING + DAY
        with pytest.raises(checking.OutOfScope):
            checking.check(new.text, Scope.SEE_MATTERS, at=MONDAY_MORNING)
        with pytest.raises(checking.KeyRefused):
            checking.check(new.text, Scope.PUSH_MATTERS, at=MONDAY_MORNING + 30 * DAY)

    @pytest.mark.parametrize(
        "wrong", ["", "xnk", "xnk__", "xnk_a_b", "Bearer x", "钥匙", "xnk_a\x00b_c", "xnk_" + "a" * 5000]
    )
    def test_whatever_else_is_sent_opens_nothing(self, people, city, wrong):
        issue(people, city)

        with pytest.raises(checking.KeyRefused):
            checking.find(wrong, at=MONDAY_MORNING)

    def test_a_right_beginning_with_a_wrong_end_opens_nothing(self, people, city):
        new = issue(people, city)

        with pytest.raises(checking.KeyRefused):
            checking.find(new.text[:-1] + ("2" if new.text[-1] != "2" else "3"), at=MONDAY_MORNING)

    def test_it_ends_with_its_organ(self, people, city):
        new = issue(people, city)
        Organ.objects.filter(pk=city.construction.pk).update(until=(MONDAY_MORNING + DAY).date())

        assert checking.find(new.text, at=MONDAY_MORNING) == new.key
        assert ApiKey.objects.usable(at=MONDAY_MORNING).exists()
        with pytest.raises(checking.KeyRefused):
            checking.find(new.text, at=MONDAY_MORNING + DAY)
        assert not ApiKey.objects.usable(at=MONDAY_MORNING + DAY).exists()
        assert state_of(ApiKey.objects.get(), at=MONDAY_MORNING + DAY) == "expired"
        city.construction.refresh_from_db()
        with pytest.raises(Refused) as refusal:
            actions.issue(
                by=people["administrator"],
                at=MONDAY_MORNING + DAY,
                organ=city.construction,
                name="审批系统",
                scopes=[Scope.PUSH_MATTERS],
                days=9,
            )
        assert refusal.value.field == "organ"

    def test_R02_one_key_is_used_so_often_a_minute_and_another_is_not_held_up(self, people, city, settings):
        settings.API_CALLS_PER_MINUTE = 6  # half of it while a process counts for itself
        busy, other = issue(people, city), issue(people, city)
        for _call in range(3):
            checking.check(busy.text, Scope.PUSH_MATTERS, at=MONDAY_MORNING)

        with pytest.raises(checking.TooOften) as refusal:
            checking.check(busy.text, Scope.PUSH_MATTERS, at=MONDAY_MORNING)
        assert 0 < refusal.value.seconds <= 60
        checking.check(other.text, Scope.PUSH_MATTERS, at=MONDAY_MORNING)
        checking.check(busy.text, Scope.PUSH_MATTERS, at=MONDAY_MORNING + timedelta(minutes=2))


class TestRotating:
    def test_old_and_new_work_side_by_side_for_the_overlap(self, people, city):
        old = issue(people, city)
        new = actions.rotate(old.key, by=people["administrator"], at=MONDAY_MORNING, overlap_days=14, days=365)

        for text in (old.text, new.text):
            assert checking.find(text, at=MONDAY_MORNING + 13 * DAY).organ == city.construction
        with pytest.raises(checking.KeyRefused):
            checking.find(old.text, at=MONDAY_MORNING + 14 * DAY)
        assert checking.find(new.text, at=MONDAY_MORNING + 14 * DAY).replaces == old.key

    def test_leader_and_administrator_are_told_once_that_one_ends_soon_and_has_none_in_its_place(self, people, city):
        key, other = issue(people, city, days=20).key, issue(people, city, days=20).key
        actions.rotate(other, by=people["administrator"], at=MONDAY_MORNING, overlap_days=20, days=365)
        assert actions.tell_endings(at=MONDAY_MORNING + 5 * DAY) == 0
        for day in (6, 7):
            assert actions.tell_endings(at=MONDAY_MORNING + day * DAY) == 1

        told = Message.objects.filter(kind="keys.ends", channel="portal")
        assert {each.recipient for each in told} == {people["leader"], people["administrator"]}
        assert told.count() == 2
        assert {each.values["prefix"] for each in told} == {key.prefix}
        assert actions.tell_endings(at=MONDAY_MORNING + 20 * DAY) == 0

    def test_a_key_is_put_anew_once_and_an_ended_one_never(self, people, city):
        old = issue(people, city)
        actions.rotate(old.key, by=people["administrator"], at=MONDAY_MORNING, overlap_days=1, days=365)

        for at in (MONDAY_MORNING, MONDAY_MORNING + DAY):
            with pytest.raises(Refused):
                actions.rotate(old.key, by=people["administrator"], at=at, overlap_days=1, days=365)

    def test_a_revoked_key_is_dead_at_once_and_for_good(self, people, city):
        new = issue(people, city)
        actions.revoke(new.key, by=people["administrator"], at=MONDAY_MORNING)

        with pytest.raises(checking.KeyRefused):
            checking.find(new.text, at=MONDAY_MORNING)
        with pytest.raises(Refused):
            actions.revoke(new.key, by=people["administrator"], at=MONDAY_MORNING + DAY)
        with pytest.raises(Refused):
            actions.rotate(new.key, by=people["administrator"], at=MONDAY_MORNING, overlap_days=0, days=1)


class TestPages:
    def test_S05_the_administrator_makes_puts_anew_and_revokes(self, client, people, city):
        client.force_login(people["administrator"])
        session = client.session
        began = (timezone.now() - timedelta(minutes=20)).isoformat()
        session[sessions.KEY] = {**session[sessions.KEY], "since": began}
        session.save()
        asked = {"organ": city.construction.pk, "name": "审批系统", "scopes": ["matters.push"], "days": 365}

        without = client.post("/admin/efficiency/apikey/add/", asked)
        assert not ApiKey.objects.exists()
        assert 'name="password"' in without.content.decode()
        made = client.post("/admin/efficiency/apikey/add/", asked | {"password": PASSWORD})
        key = ApiKey.objects.get()
        assert f"xnk_{key.prefix}_" in made.content.decode()
        assert "no-store" in made["Cache-Control"]
        page = f"/admin/efficiency/apikey/{key.pk}/"
        assert f"xnk_{key.prefix}_" not in client.get(f"{page}change/").content.decode()
        again = client.post(f"{page}rotate/", {"overlap_days": 7, "days": 365})
        assert f"xnk_{ApiKey.objects.get(replaces=key).prefix}_" in again.content.decode()
        assert client.post(f"{page}revoke/").status_code == 302
        key.refresh_from_db()
        assert key.revoked_by == people["administrator"]

    def test_Z02_the_auditor_reads_and_changes_nothing(self, client, people, city):
        key = issue(people, city).key
        client.force_login(people["auditor"])

        assert client.get(f"/admin/efficiency/apikey/{key.pk}/change/").status_code == 200
        for verb in ("rotate", "revoke"):
            assert client.post(f"/admin/efficiency/apikey/{key.pk}/{verb}/").status_code == 403
