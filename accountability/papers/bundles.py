"""
What goes into a bundle of evidence: whoever owns a subject says of which parts its story consists.

A part is what a reader needs of one thing: rows of label and value, texts, tables, files. It is put together when the
bundle is made, for the very person who asked, in Chinese, without anything that tells who complained.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise as Lazy

from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head, as they stand in the PDF, the CSV and the JSON of a part."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class File:
    """
    A file that goes into the ZIP as it is kept: a cleaned copy, never an original (docs/trust.md U-03).

    ``extension`` has no dot. What is there without being given along is named in a table of the part instead.
    ``is_paper``: a notice or decision that the portal made, with nobody in it who complained.
    """

    label: str
    extension: str
    storage_name: str
    sha256: bytes
    is_paper: bool = False


class Free(str):
    """What a person typed as they liked: it may name whoever complained, unlike what the portal counts and calls."""

    __slots__ = ()

    def __new__(cls, value: Any = "") -> Self:
        """Return the text; None is an empty one."""
        return super().__new__(cls, "" if value is None else value)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of the story; ``name`` is a plain word of ASCII for the names of its files."""

    name: str
    title: str
    rows: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    files: tuple[File, ...] = ()
    # The cases that are told of: who complained in them must stand in no part (docs/trust.md P-06).
    case_ids: frozenset[int] = field(default_factory=frozenset)

    def as_dict(self) -> dict[str, Any]:
        """Return the part in types that JSON knows."""
        return {
            "name": self.name,
            "title": self.title,
            "rows": [list(row) for row in self.rows],
            "paragraphs": list(self.paragraphs),
            "tables": [
                {"title": each.title, "head": list(each.head), "rows": [list(row) for row in each.rows]}
                for each in self.tables
            ],
        }

    def mapped(self, change: Callable[[str], str]) -> "Part":
        """Return the part with every text of it changed; names and files stay."""
        return Part(
            name=self.name,
            title=change(self.title),
            rows=tuple((label, change(value)) for label, value in self.rows),
            paragraphs=tuple(change(text) for text in self.paragraphs),
            tables=tuple(
                Table(each.title, each.head, tuple(tuple(change(cell) for cell in row) for row in each.rows))
                for each in self.tables
            ),
            files=self.files,
            case_ids=self.case_ids,
        )


@dataclass(frozen=True, slots=True)
class Source:
    """
    One kind of subject of which there are bundles.

    :param right: what a person must be allowed besides to make bundles, asked of the very subject
    :param label: by what the subject is called, such as 黄牌 JP20260000012: no person in it
    :param parts: the parts in the order of the story, put together for the person at the moment
    :param concerned: posts and accounts of those whom the subject is about: they get no bundle of it (Z-07)
    """

    model: type[models.Model]
    right: str
    label: Callable[[Any], str]
    parts: Callable[[Any, User, datetime], Sequence[Part]]
    concerned: Callable[[Any], tuple[Collection[int], Collection[int]]]
    # The subjects of which a person may read the text; without it, all that the person may know of.
    rows: "Callable[[User | AnonymousUser], models.QuerySet] | None" = None

    def is_visible(self, subject: models.Model, user: User) -> bool:
        """Say whether the person may read the subject, whatever right they have to such subjects."""
        return self.readable_by(user).filter(pk=subject.pk).exists()

    def readable_by(self, user: "User | AnonymousUser") -> models.QuerySet:
        """Return the subjects that the person may read."""
        return self.rows(user) if self.rows else rows_of(self.model, user)

    def concerns(self, scope: Scope, subject: models.Model) -> bool:
        """Say whether the subject is about the natural person."""
        post_ids, account_ids = self.concerned(subject)
        return bool(scope.own_post_ids & set(post_ids) or scope.account_ids & set(account_ids))


Head = Callable[[datetime], dict[str, Any]]
_sources: dict[type[models.Model], Source] = {}
_heads: list[Head] = []


def register_source(source: Source) -> None:
    """
    Say of what the bundle of a model's rows consists.

    :raises ValueError: the model has another source
    """
    if _sources.get(source.model, source) != source:
        raise ValueError(f"There is another source for {source.model.__name__}.")
    _sources[source.model] = source


def register_head(head: Head) -> None:
    """Have something stand in every manifest, such as the heads of the chain at the moment."""
    if head not in _heads:
        _heads.append(head)


def source_of(model: type[models.Model]) -> Source | None:
    """Return the source of a model, if there are bundles of its rows."""
    return _sources.get(model)


def of(subject: models.Model) -> Source:
    """
    Return the source of a subject of which there are bundles.

    :raises KeyError: there are none of its model
    """
    return _sources[type(subject)]


def sources() -> tuple[Source, ...]:
    """Return all sources."""
    return tuple(_sources.values())


def heads(at: datetime) -> dict[str, Any]:
    """Return what stands in every manifest."""
    return {name: value for head in _heads for name, value in head(at).items()}


def said(value: Any) -> str:
    """Return a value as it stands in a part: moments by the clock of the portal, nothing for None; free stays free."""
    match value:
        case Free():
            return value
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case str() | int() | Lazy():
            return str(value)
    return str(value)


def rows(*pairs: tuple[Any, Any]) -> tuple[tuple[str, str], ...]:
    """Return rows of label and value without those that have no value."""
    return tuple((str(label), text) for label, value in pairs if (text := said(value)) != "")
