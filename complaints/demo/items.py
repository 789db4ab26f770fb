"""
The service items of the pilots, from ``items/*.toml``: real ones with the law that they rest on and its limit.

What is promised for them is an example. All go into the database in a fixed number of statements.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from complaints.commitments import limits, parts
from complaints.models import ItemVersion, MatterType, ServiceItem, VersionState
from efficiency.access.models import User
from efficiency.organs.models import Organ, Post
from efficiency.timing.due import local_day, start_of

FOLDER = Path(__file__).parent / "items"
# Everything has been promised since then.
SINCE = date(2025, 1, 1)
# A draft is to hold so long after the loading.
DRAFT_HOLDS_AFTER = timedelta(days=14)
# Who wrote for the construction bureau, for all others, and who published.
EDITORS = {"440600-construction": "editor.construction"}
EDITOR, PUBLISHER = "office", "head.office"
OF_ITEM = ("code", "name", "keywords", "kind", "theme", "audience")
OF_VERSION = (
    "legal_basis",
    "applicants",
    "conditions",
    "special_procedure",
    "fees",
    "fee_basis",
    "result",
    "visits",
    "section",
    "window",
    "hours",
    "phone",
    "supervision_phone",
)


@lru_cache(maxsize=1)
def read() -> tuple[dict[str, Any], ...]:
    """Return the items of all files, each with what its file says of all."""
    return tuple(row for path in sorted(FOLDER.glob("*.toml")) for row in _rows(path))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    for item in content["item"]:
        row = {"organ": content["organ"], **content["defaults"], **item}
        yield row | {"legal_basis": f"{row['legal_basis']}\n{content['source']}"}


def load(*, at: datetime) -> int:
    """Add the items that are missing, with their promises; return how many were added. Organs and people are there."""
    known = set(ServiceItem.objects.values_list("code", flat=True))
    organs = {organ.code: organ for organ in Organ.objects.filter(code__in={row["organ"] for row in read()})}
    rows = [row for row in read() if row["code"] not in known and row["organ"] in organs]
    items = ServiceItem.objects.bulk_create(
        [
            ServiceItem(organ=organs[row["organ"]], **{name: row[name] for name in OF_ITEM if name in row})
            for row in rows
        ]
    )
    posts = {post.code: post for post in Post.objects.filter(code__in={row["post"] for row in rows})}
    people = {user.username: user for user in User.objects.filter(username__in=[EDITOR, PUBLISHER, *EDITORS.values()])}
    versions = [
        version
        for row, item in zip(rows, items, strict=True)
        for version in versions_of(row, item, people, posts, at=at)
    ]
    ItemVersion.objects.bulk_create(versions)
    return len(items)


def versions_of(
    row: dict[str, Any], item: ServiceItem, people: dict[str, User], posts: dict[str, Post], *, at: datetime
) -> list[ItemVersion]:
    """
    Return what was and is promised for an item, and a draft where the file has one; none of it is stored yet.

    Who answers for it is the post that the file names, of the posts by their codes.
    """
    post = posts[row["post"]]
    editor, publisher = people[EDITORS.get(row["organ"], EDITOR)], people[PUBLISHER]
    found: list[ItemVersion] = []
    since = SINCE
    if before := row.get("before"):
        found.append(_version(row | {"reason": ""}, item, editor, 1, since, before["committed"]))
        found[-1].valid_until = since = before["until"]
    found.append(_version(row, item, editor, len(found) + 1, since, row["committed"]))
    for version in found:
        version.state, version.published_by = VersionState.PUBLISHED, publisher
        version.published_at = start_of(version.valid_from)
    if draft := row.get("draft"):
        begins = local_day(at + DRAFT_HOLDS_AFTER)
        found.append(_version(row | draft, item, editor, len(found) + 1, begins, draft["committed"]))
        found[-1].drafted_at = at
    for version in found:
        version.post = post
    return found


def _version(
    row: dict[str, Any], item: ServiceItem, editor: User, number: int, since: date, committed: str
) -> ItemVersion:
    promised = parts.read_limit(committed)
    law = parts.read_limit(row["statutory"]) if "statutory" in row else None
    version = ItemVersion(
        item=item,
        number=number,
        valid_from=since,
        matter_type=MatterType.COMMITTED if promised.number else MatterType.INSTANT,
        committed_number=promised.number,
        committed_unit=promised.unit.value,
        statutory_number=law.number if law else None,
        statutory_unit=law.unit.value if law else "",
        statutory_basis=row.get("statutory_basis", "") if law else "",
        materials=parts.kept_materials(parts.read_materials("\n".join(row["materials"]))),
        steps=parts.kept_steps(parts.read_steps("\n".join(row["steps"]))),
        reason=row.get("reason", ""),
        drafted_by=editor,
        drafted_at=start_of(since),
        **{name: row[name] for name in OF_VERSION if name in row},
    )
    limits.check(version)
    return version
