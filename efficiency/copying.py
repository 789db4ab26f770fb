"""COPY into large tables, in bulk: keys drawn in advance, rows as text, indexes made at the end."""

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence

from django.db import connection, transaction

from efficiency.runtime.database import as_owner

# What COPY reads at a time.
BUFFER = 1 << 18


@contextlib.contextmanager
def in_bulk(tables: Sequence[str], *, is_bulk: bool) -> Iterator[None]:
    """
    Lend a transaction in which rows are added that are right by construction.

    Where the role may, foreign keys are not checked row by row, and for large numbers the indexes that guard nothing
    are made anew at the end. Until then nobody else gets at the tables.
    """
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        indexes = _drop_indexes(tables) if is_bulk else []
        _trust_our_keys(tables)
        yield
        # No index can be made while checks of foreign keys are outstanding.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def sequence_of(table: str) -> str:
    """Return the sequence from which the keys of a table are drawn."""
    return f"{table}_id_seq"


def reserve(sequence: str, count: int) -> int:
    """Draw so many numbers in a row from a sequence, and return the first; tries again if somebody drew in between."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT min(n), max(n) FROM (SELECT nextval(%s) AS n FROM generate_series(1, %s)) AS drawn",
                [sequence, count],
            )
            first, last = cursor.fetchone()
            if last - first + 1 == count:
                return int(first)


def put(rows: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[str]]) -> None:
    """Copy rows of COPY's text format into their tables, in the order given."""
    with connection.cursor() as cursor:
        for table, texts in rows.items():
            if texts:
                listed = ", ".join(f'"{column}"' for column in columns[table])
                cursor.copy_expert(f'COPY "{table}" ({listed}) FROM STDIN', Stream(iter(texts)), BUFFER)


def _drop_indexes(tables: Sequence[str]) -> list[str]:
    """
    Drop the indexes that guard nothing, for this transaction, and return the statements that make them again.

    A role that does not own the tables has to leave the indexes where they are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)"
            "  FROM pg_index JOIN pg_class AS t ON t.oid = indrelid"
            " WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique AND pg_has_role(t.relowner, 'USAGE')"
            " ORDER BY indexrelid",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in indexes]


def _trust_our_keys(tables: Sequence[str]) -> None:
    """Leave out foreign key checks in this transaction, if nothing but them hangs on an insert and the role may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_parameter_privilege(current_user, 'session_replication_role', 'SET') AND NOT EXISTS ("
            "SELECT FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[]) AND tgtype & 4 = 4 AND NOT tgisinternal)",
            [list(tables)],
        )
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")


class Stream(io.RawIOBase):
    """A file to read from that is made of texts as they come."""

    def __init__(self, texts: Iterator[str]) -> None:
        super().__init__()
        self.texts = texts
        self.rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self.rest], len(self.rest)
        while size < 0 or length < size:
            text = next(self.texts, None)
            if text is None:
                break
            parts.append(text.encode())
            length += len(parts[-1])
        whole = b"".join(parts)
        cut = len(whole) if size < 0 else size
        self.rest = whole[cut:]
        return whole[:cut]
