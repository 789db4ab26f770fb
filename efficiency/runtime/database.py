"""The two roles of the database: the owner changes tables, everything else runs as a role that owns nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def as_owner(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """
    Connect as the owner of the tables meanwhile (docs/trust.md L-02).

    Without ``DATABASE_OWNER_URL`` nothing changes: the portal then runs as its own owner, with a single wall. Only who
    connects is taken from it, never which database, so that a test database stays one.
    """
    if not settings.DATABASE_OWNER_URL:
        yield
        return
    connection = connections[using]
    as_runtime = connection.settings_dict
    owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    connection.close()
    # A dictionary of its own: the one of the settings says who the runtime role is, to whom rights are granted.
    connection.settings_dict = {**as_runtime, "USER": owner["USER"], "PASSWORD": owner["PASSWORD"]}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = as_runtime
