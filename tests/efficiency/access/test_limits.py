"""How often one source may do something (docs/trust.md R-01 to R-05, F-04)."""

import socket
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import redis
from django.conf import settings as live_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from efficiency.access import counters, limits
from efficiency.access.client import client_address, client_source

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 3, 12, 0, 30, tzinfo=SHANGHAI)
EVENING = datetime(2026, 3, 3, 23, 50, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _two_citizens(request, settings, monkeypatch):
    """One proxy of ours stands in front; counters begin empty, in Redis where a test needs one; there are no kiosks."""
    settings.TRUSTED_PROXIES = 1
    settings.KIOSK_ADDRESSES = []
    if not request.node.get_closest_marker("redis"):
        monkeypatch.setattr(counters, "_shared", counters.Counters(""))
        return
    with monkeypatch.context() as patient:  # a machine that does much else is slow, not away
        patient.setattr(counters, "LONGEST_WAIT", 60.0)
        fresh = counters.Counters(settings.REDIS_URL)
    monkeypatch.setattr(counters, "_shared", fresh)
    assert fresh.is_shared
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter("limit:*"):
        client.delete(key)


def request(address: str = "203.0.113.5", size: int = 0):
    data = {"attachments": SimpleUploadedFile("a.txt", b"x" * size)} if size else {}
    return RequestFactory().post("/", data, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=address)


def file(times: int, *, at: datetime = NOON, address: str = "203.0.113.5") -> None:
    for _time in range(times):
        limits.filed(request(address), at=at)


class TestAddress:
    """R-01: what was forged changes nothing."""

    def _asked(self, forwarded: str | None, remote: str = "198.51.100.7"):
        headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
        return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)

    @pytest.mark.parametrize("forwarded", [None, "1.2.3.4", "1.2.3.4, 5.6.7.8", "nonsense", ""])
    def test_R01_without_a_proxy_of_ours_the_header_does_not_exist(self, settings, forwarded):
        settings.TRUSTED_PROXIES = 0

        assert client_address(self._asked(forwarded)) == "198.51.100.7"

    @pytest.mark.parametrize("forged", ["", "1.2.3.4, ", "127.0.0.1, ::1, ", "nonsense, ", "203.0.113.5, " * 50])
    def test_R01_with_one_proxy_what_stands_further_left_is_not_looked_at(self, forged):
        assert client_address(self._asked(f"{forged}203.0.113.9")) == "203.0.113.9"

    def test_R01_two_proxies_are_counted_from_the_right(self, settings):
        settings.TRUSTED_PROXIES = 2

        assert client_address(self._asked("1.2.3.4, 203.0.113.9, 10.0.0.2")) == "203.0.113.9"

    @pytest.mark.parametrize("forwarded", [None, "", "nonsense", "203.0.113.9 or so"])
    def test_R01_a_request_that_went_past_the_proxy_counts_by_its_own_address(self, forwarded):
        assert client_address(self._asked(forwarded)) == "198.51.100.7"

    @pytest.mark.parametrize(
        ("written", "address"),
        [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
        ],
    )
    def test_R01_an_address_has_one_spelling(self, written, address):
        assert client_address(self._asked(written)) == address

    def test_R02_of_ipv6_the_network_counts(self):
        assert client_source(self._asked("2001:db8:1:2:3::4")) == "2001:db8:1:2::/64"
        assert client_source(self._asked("203.0.113.9")) == "203.0.113.9"


@pytest.mark.redis
class TestFiling:
    def test_R02_five_in_ten_minutes_are_free_and_the_sixth_is_asked(self):
        file(4)
        assert limits.filing(request(), at=NOON) == limits.OPEN
        file(1)

        assert limits.filing(request(), at=NOON) == limits.Gate(asks=True)

    def test_R02_looking_at_the_gate_counts_nothing(self):
        for _time in range(20):
            assert limits.filing(request(), at=NOON) == limits.OPEN

    def test_R03_F17_only_ten_times_above_it_is_refused_with_the_time_to_wait(self):
        file(49)
        assert limits.filing(request(), at=NOON).wait_seconds == 0
        file(1)

        gate = limits.filing(request(), at=NOON)
        assert 540 < gate.wait_seconds <= 600
        assert limits.filing(request(), at=NOON + timedelta(seconds=gate.wait_seconds)).wait_seconds == 0

    def test_R02_the_ten_minutes_slide(self):
        file(3, at=NOON)
        file(3, at=NOON + timedelta(minutes=5))

        assert limits.filing(request(), at=NOON + timedelta(minutes=9)).asks
        assert not limits.filing(request(), at=NOON + timedelta(minutes=10)).asks

    def test_R02_thirty_a_day_and_the_next_day_begins_at_midnight(self):
        for hour in range(10):
            file(3, at=NOON + timedelta(hours=hour))

        evening = NOON + timedelta(hours=11)
        assert limits.filing(request(), at=evening).asks
        assert not limits.filing(request(), at=evening + timedelta(hours=1)).asks

    def test_R03_the_day_too_refuses_only_at_ten_times_and_until_midnight(self, settings):
        settings.FILINGS_PER_10_MINUTES = 1000
        file(300, at=EVENING)

        assert limits.filing(request(), at=EVENING).wait_seconds == 600

    def test_R02_another_source_is_not_concerned(self):
        file(50)

        assert limits.filing(request("203.0.113.6"), at=NOON) == limits.OPEN

    def test_R02_neighbours_in_one_ipv6_network_are_one_source(self):
        file(5, address="2001:db8:1:2::1")

        assert limits.filing(request("2001:db8:1:2:ffff::9"), at=NOON).asks
        assert not limits.filing(request("2001:db8:1:3::1"), at=NOON).asks

    def test_R02_a_forged_header_does_not_make_a_new_source(self):
        file(5)

        assert limits.filing(request("1.1.1.1, 203.0.113.5"), at=NOON).asks

    def test_R02_limits_are_settings(self, settings):
        settings.FILINGS_PER_10_MINUTES = 2
        file(2)

        assert limits.filing(request(), at=NOON).asks

    @pytest.mark.parametrize("kiosk", ["203.0.113.5", "203.0.113.0/24"])
    def test_R03_a_kiosk_is_neither_asked_nor_refused_nor_counted(self, settings, kiosk):
        settings.KIOSK_ADDRESSES = [kiosk]
        file(500)
        assert limits.filing(request(size=10), at=NOON) == limits.OPEN

        settings.KIOSK_ADDRESSES = []
        assert limits.filing(request(), at=NOON) == limits.OPEN

    def test_R03_a_kiosk_is_one_for_filing_only(self, settings):
        settings.KIOSK_ADDRESSES = ["203.0.113.5"]

        waits = [limits.wrong_code(request(), at=NOON) for _time in range(11)]

        assert waits[-1] > 0


@pytest.mark.redis
class TestUploads:
    def test_R02_bytes_of_a_day_are_counted_as_they_come(self, settings):
        settings.UPLOAD_BYTES_PER_DAY = 1000
        assert not limits.filing(request(size=600), at=NOON).asks
        assert not limits.filing(request(size=400), at=NOON).asks

        assert limits.filing(request(size=1), at=NOON).asks
        assert not limits.filing(request(), at=NOON).asks

    def test_R03_ten_times_the_bytes_are_refused_until_midnight(self, settings):
        settings.UPLOAD_BYTES_PER_DAY = 100

        assert limits.filing(request(size=1000), at=EVENING).wait_seconds == 0
        assert limits.filing(request(size=1), at=EVENING).wait_seconds == 600


@pytest.mark.redis
class TestCodes:
    def test_R05_ten_wrong_codes_are_free_and_the_eleventh_must_wait(self):
        waits = [limits.wrong_code(request(), at=NOON) for _time in range(11)]

        assert waits[:10] == [0] * 10
        assert 540 < waits[10] <= 600

    def test_R05_wrong_codes_do_not_stop_a_right_one(self):
        for _time in range(200):
            limits.wrong_code(request(), at=NOON)

        assert limits.wait_for_codes(request(), at=NOON) == 0

    def test_R05_above_600_tries_a_minute_a_source_is_refused_unchecked(self, settings):
        settings.CODE_TRIES_PER_MINUTE = 30
        waits = [limits.wait_for_codes(request(), at=NOON) for _time in range(31)]

        assert waits[:30] == [0] * 30
        assert 0 < waits[30] <= 60
        assert limits.wait_for_codes(request("203.0.113.6"), at=NOON) == 0
        assert limits.wait_for_codes(request(), at=NOON + timedelta(seconds=61)) == 0

    def test_R05_the_rule_is_600(self):
        assert live_settings.CODE_TRIES_PER_MINUTE == 600

    def test_R05_many_wrong_codes_over_all_sources_alert_once(self, settings, monkeypatch):
        settings.WRONG_CODES_ALERT_PER_10_MINUTES = 20
        alerts = []
        monkeypatch.setattr(limits.log, "error", lambda event, **values: alerts.append((event, values)), raising=False)
        for number in range(25):
            limits.wrong_code(request(f"203.0.113.{number}"), at=NOON)

        assert alerts == [("many_wrong_codes", {"count": 20, "seconds": 600})]
        assert limits.wrong_codes_of_all(at=NOON) == 25


@pytest.mark.redis
class TestExports:
    def test_R02_twenty_an_hour_for_each_account(self):
        waits = [limits.export(7, at=NOON).wait_seconds for _time in range(21)]

        assert waits[:20] == [0] * 20
        assert 0 < waits[20] <= 3600
        assert limits.export(8, at=NOON).wait_seconds == 0


@pytest.mark.redis
class TestPrivacy:
    def _held(self, settings) -> list[str]:
        client = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
        return [f"{key} {client.hgetall(key)}" for key in client.scan_iter("limit:*")]

    def test_R04_no_address_lies_in_redis_and_the_names_change_every_day(self, settings):
        file(1, at=NOON)
        first = self._held(settings)
        file(1, at=NOON + timedelta(days=1))

        assert len(first) == 2
        assert len(self._held(settings)) == 4
        assert not [line for line in self._held(settings) if "203.0.113" in line]

    def test_R04_no_counter_outlives_its_day(self, settings):
        file(1, at=EVENING)
        limits.wrong_code(request(), at=EVENING)
        client = redis.Redis.from_url(settings.REDIS_URL)

        lives = {key.decode().split(":")[1]: client.ttl(key) for key in client.scan_iter("limit:*")}
        assert lives["filing-day"] <= 600
        assert all(0 < seconds <= 24 * 3600 for seconds in lives.values())


class TestWithoutRedis:
    def _away(self, monkeypatch, url: str) -> counters.Counters:
        fresh = counters.Counters(url)
        monkeypatch.setattr(counters, "_shared", fresh)
        return fresh

    def test_R04_the_process_counts_at_half_the_limit(self, monkeypatch):
        self._away(monkeypatch, "redis://127.0.0.1:1/0")
        file(2)

        assert limits.filing(request(), at=NOON).asks
        assert limits.filing(request("203.0.113.6"), at=NOON) == limits.OPEN

    def test_R04_it_refuses_there_too(self, monkeypatch):
        self._away(monkeypatch, "redis://127.0.0.1:1/0")
        file(20)

        assert limits.filing(request(), at=NOON).wait_seconds > 0

    def test_without_an_address_of_redis_it_counts_in_the_process(self, monkeypatch):
        assert not self._away(monkeypatch, "").is_shared
        file(2)

        assert limits.filing(request(), at=NOON).asks

    def test_F04_a_silent_redis_costs_one_request_a_moment_and_the_next_nothing(self, monkeypatch):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            fresh = self._away(monkeypatch, f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

            begun = time.monotonic()
            limits.filing(request(), at=NOON)
            first = time.monotonic() - begun
            begun = time.monotonic()
            for _time in range(20):
                limits.filing(request(), at=NOON)
            rest = time.monotonic() - begun

        assert not fresh.is_shared
        assert 0.09 < first < 1
        assert rest < 0.09

    @pytest.mark.redis
    def test_F04_when_redis_is_back_all_count_together_again(self, settings, monkeypatch):
        monkeypatch.setattr(counters, "PROBE_SECONDS", 0.02)
        fresh = self._away(monkeypatch, settings.REDIS_URL)
        ask = fresh._client.pipeline
        monkeypatch.setattr(fresh._client, "pipeline", lambda **_more: (_ for _ in ()).throw(redis.ConnectionError()))
        limits.filing(request(), at=NOON)
        assert not fresh.is_shared

        monkeypatch.setattr(fresh._client, "pipeline", ask)
        until = time.monotonic() + 5
        while not fresh.is_shared and time.monotonic() < until:
            time.sleep(0.02)
        assert fresh.is_shared

    def test_a_process_remembers_a_bounded_number_of_sources(self, monkeypatch):
        monkeypatch.setattr(counters, "MOST_NAMES", 100)
        fresh = self._away(monkeypatch, "")
        for number in range(250):
            fresh.add(f"name{number}", 0, 1, keep_seconds=60)

        assert len(fresh._local) == 100
        assert fresh.look("name249") == {0: 1}
