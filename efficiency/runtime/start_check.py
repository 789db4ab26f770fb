"""
What keeps a portal in service from starting (docs/trust.md C-01, docs/operate.md).

Web, worker and beat refuse to start while the environment is wrong, with one line for each fault; and where the
database answers and tells of a role, a setting or an account with which nothing holds. While it is away they come up:
``manage.py check --deploy --database default`` asks it before, and whether the organ above the city's office can do its
part, which never keeps a portal from coming back. A demonstration and a test run are exempt, and DEBUG on this machine.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from celery import signals
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.models import Model
from django.utils import timezone

from efficiency.access import cipher
from efficiency.access.models import User
from efficiency.organs import offices
from efficiency.organs.models import Organ

SHORTEST_KEY = 50
SHORTEST_CODE_KEY = 32
FEWEST_CHARACTERS = 5
NOT_SECRET = ("django-insecure-", "tests-only-", "changeme", "change-me")
# The demonstration has these and others; whoever has their password has theirs.
DEMONSTRATION_ACCOUNTS = ("clerk.construction", "clerk.tax", "leader.construction", "leader.tax")
CAREFUL = ("fsync", "full_page_writes", "synchronous_commit")


def insist() -> None:
    """
    Refuse to start while the environment is wrong.

    :raises SystemExit: it is; the message has one line for each fault
    """
    if found := faults() or _dangers_of_running():
        raise SystemExit("\n".join(["The portal does not start (docs/operate.md says how to set it up):", *found]))


def faults() -> list[str]:
    """Return what is wrong with the environment, a sentence each; none for a demonstration or a test run."""
    if settings.DEMONSTRATION or settings.TESTING:
        return []
    if settings.DEBUG:
        hosts = [host for host in settings.ALLOWED_HOSTS if not _is_this_machine(host.strip("[]"))]
        return ["DEBUG is on: it shows the inside of the portal to everybody. Unset it."] if hosts else []
    return [*_key_faults(), *_address_faults(), *_office_faults()]


def register() -> None:
    """Let worker and beat ask before they start, and ``manage.py check --deploy`` on demand."""
    signals.worker_init.connect(_refuse)
    signals.beat_init.connect(_refuse)
    checks.register(_environment_check, checks.Tags.security, deploy=True)
    checks.register(_database_check, checks.Tags.database, deploy=True)


def _refuse(**_signal: Any) -> None:
    insist()


# --- The environment -----------------------------------------------------------------------------------------------


def _key_faults() -> Iterator[str]:
    keys = {"SECRET_KEY": _secret_key(), "CODE_KEY": settings.CODE_KEY}
    for (name, key), shortest in zip(keys.items(), (SHORTEST_KEY, SHORTEST_CODE_KEY), strict=True):
        if not key:
            yield f"{name} is missing."
        elif key.lower().startswith(NOT_SECRET):
            yield f"{name} is one that everybody knows. Make a new one."
        elif len(key) < shortest or len(set(key)) < FEWEST_CHARACTERS:
            yield f"{name} is too short: it needs {shortest} random characters."
    if keys["SECRET_KEY"] and keys["SECRET_KEY"] == keys["CODE_KEY"]:
        yield "SECRET_KEY and CODE_KEY are the same: each has to be one of its own."
    try:
        cipher.seal(b"start", row="start", field="start")
    except ImproperlyConfigured as error:
        yield str(error)


def _secret_key() -> str:
    """Return the key; Django refuses to hand out an empty one."""
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""


def _address_faults() -> Iterator[str]:
    if any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield "ALLOWED_HOSTS holds a wildcard: name each host by which the portal is called."
    redis = urlsplit(settings.REDIS_URL)
    if redis.hostname and not redis.password and not _is_this_machine(redis.hostname):
        yield "REDIS_URL has no password, and Redis is on another machine."
    gateway = urlsplit(settings.SMS_URL)
    if settings.SMS_URL and (gateway.scheme not in ("http", "https") or not gateway.hostname):
        yield "SMS_URL is no address of a gateway, such as https://sms.example.gov.cn/messages."
    elif gateway.scheme == "http" and not _is_this_machine(gateway.hostname or ""):
        yield "SMS_URL is not https: mobile numbers and the token would pass in the open."
    beat = urlsplit(settings.HEARTBEAT_URL)
    if settings.HEARTBEAT_URL and (beat.scheme not in ("http", "https") or not beat.hostname):
        yield "HEARTBEAT_URL is no address, such as https://alive.example.gov.cn/portal."
    if settings.MAIL_INTAKE_URL and not _is_mailbox(settings.MAIL_INTAKE_URL):
        yield "MAIL_INTAKE_URL is no mailbox, such as imaps://user:password@mail.example.gov.cn/INBOX."
    if (settings.MAIL_INTAKE_URL or settings.MAIL_INTAKE_FOLDER) and not settings.MAIL_INTAKE_ADDRESSES:
        yield "MAIL_INTAKE_ADDRESSES is missing: without it the portal does not know its own letters that come back."
    if settings.SCANNER_URL and not _is_socket(settings.SCANNER_URL):
        yield "SCANNER_URL is no socket of clamd, such as unix:///run/clamav/clamd.ctl."


def _office_faults() -> Iterator[str]:
    if not settings.ABOVE_CITY_OFFICE:
        yield "ABOVE_CITY_OFFICE is missing: name the organ that handles cases about people of the city's office."


def _is_socket(address: str) -> bool:
    place = urlsplit(address)
    try:
        named = place.path if place.scheme == "unix" else place.scheme == "tcp" and place.hostname and place.port != 0
    except ValueError:  # a port that is no number, or none that there is
        return False
    return bool(named)


def _is_mailbox(address: str) -> bool:
    """Whether the address names server and account; of the account no more than the protocol can say."""
    try:
        place = urlsplit(address)
        named = place.scheme == "imaps" and place.hostname and place.username and place.port != 0
    except ValueError:  # a port that is no number, or none that there is
        return False
    return bool(named) and unquote(f"{place.username}{place.password}").isascii()


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _environment_check(app_configs: Any = None, **_asked: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = [checks.Error(fault, id="portal.E001") for fault in faults()]
    if settings.DEMONSTRATION:
        return found
    if urlsplit(settings.PORTAL_URL).hostname in ("127.0.0.1", "localhost"):
        found.append(checks.Warning("PORTAL_URL is this machine's: letters and receipts lead there.", id="portal.W001"))
    if not settings.EMAIL_URL:
        found.append(checks.Warning("EMAIL_URL is not set: letters are written to files.", id="portal.W002"))
    return found


# --- The database --------------------------------------------------------------------------------------------------


def _database_check(
    app_configs: Any = None, databases: Sequence[str] | None = None, **_asked: Any
) -> list[checks.CheckMessage]:
    if settings.DEMONSTRATION:
        return []
    return [checks.Error(fault, id="portal.E002") for alias in databases or () for fault in _database_faults(alias)]


def _dangers_of_running() -> list[str]:
    """Return what the database of a portal in service says against a start; nothing while it does not answer."""
    is_exempt = settings.DEMONSTRATION or settings.TESTING or settings.DEBUG
    if is_exempt or not settings.ASK_DATABASE_AT_START:
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        return list(_dangers(DEFAULT_DB_ALIAS))
    except Error:
        return []
    finally:
        if not connection.in_atomic_block:
            connection.close()  # the processes of web and worker make their own


def _database_faults(alias: str) -> Iterator[str]:
    yield from _dangers(alias)
    if settings.ABOVE_CITY_OFFICE and _has(alias, Organ):
        yield from offices.faults_of_last(timezone.localdate())


def _dangers(alias: str) -> Iterator[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls, rolname FROM pg_roles WHERE rolname = current_user")
        is_super, role = cursor.fetchone()
        if is_super:
            yield f"The role {role} of DATABASE_URL is a superuser: no wall holds it back (docs/trust.md L-02)."
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        if cursor.fetchone()[0] and not is_super:
            yield f"The role {role} of DATABASE_URL owns tables: migrate as the role of DATABASE_OWNER_URL."
        for name in CAREFUL:
            cursor.execute("SELECT current_setting(%s)", [name])
            if cursor.fetchone()[0] == "off":
                yield f"PostgreSQL runs with {name} = off: what was acknowledged may be lost."
    if not _has(alias, User):
        return
    for user in User.objects.using(alias).filter(username__in=DEMONSTRATION_ACCOUNTS, is_active=True):
        if user.check_password(settings.DEMO_PASSWORD):
            yield f"The account {user.username} of the demonstration is there, with its password."


def _has(alias: str, model: type[Model]) -> bool:
    """Say whether a table is there: before the first migration there is none."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [model._meta.db_table])
        return bool(cursor.fetchone()[0])
