"""What every test may use: a real database as migrations leave it, moments with names, a small city."""

import math
from collections.abc import Iterator
from contextlib import suppress

import pytest
import redis
from django.conf import settings as portal
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone
from whitenoise.middleware import WhiteNoiseMiddleware

from efficiency.access import counters
from efficiency.chain import registry
from efficiency.outbox import nudge
from efficiency.pages import contacts, identity
from efficiency.pages.models import SiteIdentity
from efficiency.timing import store
from efficiency.timing.calendar import WorkCalendar
from tests import known, pristine, scenes, template
from tests.factories.cases import TUESDAY, Cast, make_cast, scenes_on_the_way
from tests.factories.staff import City, every_role, make_city


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Let each worker of a run but the first copy the database that the first has made."""
    template.take()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Keep what migrations have seeded, for tests which commit, and what many tests begin with."""
    with django_db_blocker.unblock():
        if not template.was_taken():
            pristine.keep()
            if len(request.session.items) >= scenes.WORTH_IT and not known.IS_OFF:
                now = timezone.now()
                scenes.keep(make_cast, [scenes_on_the_way(at) for at in (TUESDAY, now)], now)
            else:
                scenes.forget()
        template.give()
    yield
    # A process that a test has killed leaves its session for a while, and the database could not be dropped.
    # The own connection may be one that such a test has lost: a new one is made.
    with django_db_blocker.unblock():
        connection.close()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND pg_has_role(usesysid, 'MEMBER')"
        )


@pytest.fixture(scope="session", autouse=True)
def _tests_that_commit() -> Iterator[None]:
    """Let such tests end with the pristine database instead of with empty tables."""
    django_way = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: pristine.restore()
    yield
    TransactionTestCase._fixture_teardown = django_way


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """Hash passwords with little work: that a guess costs much is for those who guess, and here nobody does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScryptPasswordHasher, "work_factor", 16)
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_once() -> Iterator[None]:
    """Look for the browser's files once: every test client has middleware of its own, which looked for them anew."""
    found: dict[tuple, dict] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def look_once(self: WhiteNoiseMiddleware) -> None:
        where = (self.static_prefix, *portal.STATICFILES_FINDERS, *portal.STATICFILES_DIRS)
        if where not in found:
            look(self)
            found[where] = dict(self.files)
        self.files.update(found[where])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.fixture(autouse=True)
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep nudges away from the broker; the names of the tasks are handed to whoever asks."""
    sent: list[str] = []
    monkeypatch.setattr(nudge, "_send", sent.append)
    monkeypatch.setattr(nudge, "_rests_until", 0.0)
    return sent


@pytest.fixture(autouse=True)
def _identity_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the site's identity be read already: what a page asks must not hang on which test ran before it."""
    monkeypatch.setattr(identity, "_kept", SiteIdentity(pk=1))
    monkeypatch.setattr(identity, "_read_at", math.inf)
    monkeypatch.setattr(contacts, "_kept", ())
    monkeypatch.setattr(contacts, "_read_at", math.inf)


@pytest.fixture(autouse=True)
def _limits_start_anew() -> None:
    """Let nothing be counted yet: accounts and sources of another test had the same keys."""
    shared = counters.shared()
    shared._local.clear()
    if shared._client is not None:
        with suppress(redis.RedisError):
            shared._client.flushdb()  # of this worker alone


@pytest.fixture
def nothing_to_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of record be there but what the test writes: clauses come along with the migrations."""
    monkeypatch.delitem(registry._kinds, "clause")


@pytest.fixture
def calendar(db: None) -> WorkCalendar:
    """Return the working calendar that is stored."""
    return store.load()


@pytest.fixture
def city(db: None) -> City:
    """Return a small city with its offices."""
    return make_city()


@pytest.fixture
def people(city: City) -> dict:
    """Return one person for each role in that city."""
    return every_role(city)


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the people who take a case through its steps, in a city of their own."""
    return make_cast()
