"""
Organs, posts and duties as lists that go out and come in (docs/trust.md O-03; docs/domain.md 7).

What gives rights never comes in by a list: the role of a post, whether it heads its organ, and once somebody has held
the post its part in decisions; the place of an organ in the tree, by which scope goes, is fixed when it is founded.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from efficiency import appointments, counterparts, organ_facts
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs import ending as organ_ending
from efficiency.organs import searching
from efficiency.organs.models import (
    CounterpartChange,
    Duty,
    DutyKind,
    Level,
    Organ,
    OrganKind,
    Post,
    Rank,
    Role,
    Tenure,
)
from efficiency.organs.reference import sort_key_of
from efficiency.tables import importing
from efficiency.tables.cells import plain_lines
from efficiency.tables.columns import Choice, Column, Day, OneOf, Text, Whole
from efficiency.tables.importing import ListKind, There
from efficiency.tables.reading import Preview, Row, Table

KEEPERS = (Role.OFFICE_OFFICER, Role.SYSTEM_ADMINISTRATOR)
WRITERS = (*KEEPERS, Role.ORGAN_LEADER)
LONGEST_TEXT = 2000
FAR = 32_767
BATCH = 500


def register() -> None:
    """Make the three lists known; called once Django is ready."""
    importing.register(
        ListKind(
            name="organs",
            title=_("Organs"),
            explanation=_("One row for each organ. Level, kind and parent of an organ that is there stay."),
            key=("code",),
            columns=lambda by: ORGAN_COLUMNS,
            there=organs_there,
            check=check_organs,
            apply=apply_organs,
            may=lambda by: may(by, "organ.edit", fresh=True),
            models=(Organ,),
        )
    )
    importing.register(
        ListKind(
            name="posts",
            title=_("Posts"),
            explanation=_(
                "One row for each post. Roles are given on the page of the post, never by a list. Another stand-in (B) "
                "of a post that is there is put by the list, and stands on the sheet once the leader approves."
            ),
            key=("code",),
            columns=post_columns,
            there=posts_there,
            check=check_posts,
            apply=apply_posts,
            may=lambda by: may(by, "organ.edit", fresh=True),
            models=(Organ, Post),
        )
    )
    importing.register(
        ListKind(
            name="duties",
            title=_("Duties of posts"),
            explanation=_(
                "One row for each duty. Of the posts that are in the file, duties that it lacks are struck out; posts "
                "that are not in it keep theirs."
            ),
            key=("post", "kind", "position"),
            columns=duty_columns,
            there=duties_there,
            check=lambda table, there, by: None,
            apply=apply_duties,
            may=lambda by: may(by, "duty.edit", fresh=True),
            models=(Post, Duty),
            removes=True,
            narrowed=of_named_posts,
        )
    )


def _reach(by: User, *roles: Role) -> frozenset[int]:
    return scope_of(by, fresh=True).organ_ids_as(*roles)


# --- Organs ----------------------------------------------------------------------------------------------------------

ORGAN_COLUMNS = (
    Column("code", _("code"), Text(40), required=True),
    Column("name", _("name"), Text(120, shortest=2), required=True),
    Column("short_name", _("short name"), Text(40), may_miss=True),
    Column("parent", _("code of the parent"), Text(40)),
    Column("level", _("level"), Choice(Level), required=True),
    Column("kind", _("kind of organ"), Choice(OrganKind), required=True),
    Column("position", _("position"), Whole(0, FAR, blank=0), may_miss=True),
    Column("address", _("address"), Text(200), may_miss=True),
    Column("phone", _("telephone"), Text(60), may_miss=True),
    Column("complaint_phone", _("complaint telephone"), Text(60), may_miss=True),
    Column("since", _("since"), Day(), required=True),
    Column("until", _("until"), Day()),
    # Last, so that files of before keep their letters.
    Column("duties_text", _("duties of the organ"), Text(LONGEST_TEXT, one_line=False), may_miss=True),
)
FIXED = ("parent", "level", "kind")


def organs_there(by: User) -> There:
    """Return the organs in reach of the person, by code."""
    rows = Organ.objects.filter(pk__in=_reach(by, *KEEPERS)).select_related("parent").by_place()
    return {(organ.code,): _values(ORGAN_COLUMNS, organ, parent=_code(organ.parent)) for organ in rows}


def check_organs(table: Table, there: There, by: User) -> None:
    """Find what no cell shows: codes of others, a parent out of reach, a place in the tree that would change."""
    known = {key[0] for key in there}
    others = _taken(Organ.objects.order_by(), (row.key[0] for row in table.rows if row.key not in there))
    before: set[Any] = set()
    for row in table.rows:
        values, old = row.values, there.get(row.key)
        if row.key[0] in others:
            table.add_fault(row.number, _("This code belongs to an organ that you do not keep."), "code")
        if old is not None:
            for name in FIXED:
                if values[name] != old[name]:
                    table.add_fault(row.number, _("This stays: who reaches the organ follows from it."), name)
        elif values["parent"] not in known | before:
            table.add_fault(
                row.number, _("A new organ needs a parent that you keep, in the portal or in a row above."), "parent"
            )
        if row.key[0] == values["parent"]:
            table.add_fault(row.number, _("An organ cannot be its own parent."), "parent")
        _check_period(table, row)
        before.add(row.key[0])
    ending = [row for row in table.rows if _ends(row, there)]
    found = dict(Organ.objects.filter(code__in=[row.key[0] for row in ending]).values_list("code", "pk"))
    obstacles = organ_ending.obstacles(
        {found[row.key[0]]: row.values["until"] for row in ending if row.key[0] in found}
    )
    for row in ending:
        if obstacle := obstacles.get(found.get(row.key[0], 0)):
            table.add_fault(row.number, obstacle, "until")


def apply_organs(preview: Preview, by: User, at: datetime) -> None:
    """Write new and changed organs; a renamed organ is found under its new name."""
    organs = {organ.code: organ for organ in Organ.objects.select_related("district").order_by("pk")}
    waiting = list(preview.new)
    while waiting:
        ready = [row for row in waiting if row.values["parent"] in organs]
        for made in Organ.objects.bulk_create(_new_organ(row, organs[row.values["parent"]]) for row in ready):
            organs[made.code] = made
        waiting = [row for row in waiting if row not in ready]
    changed = []
    for change in preview.changed:
        organ = organs[str(change.row.key[0])]
        for name, value in change.row.values.items():
            if name not in FIXED:
                setattr(organ, name, value)
        organ.sort_key = sort_key_of(organ.name)
        changed.append(organ)
    fields = [column.name for column in ORGAN_COLUMNS if column.name not in ("code", *FIXED)]
    Organ.objects.bulk_update(changed, [*fields, "sort_key"], batch_size=BATCH)
    districts = [organs[row.key[0]] for row in preview.new if row.values["level"] == Level.DISTRICT]
    own = [organ for organ in districts if organ.kind == OrganKind.GOVERNMENT]
    for organ in own:  # a district is its own district
        organ.district = organ
    Organ.objects.bulk_update(own, ["district"], batch_size=BATCH)
    searching.refresh(Post.objects.filter(organ__in=changed))
    organ_facts.changed(Organ.objects.filter(code__in=[str(row.key[0]) for row in _rows_of(preview)]), at=at)


def _new_organ(row: Row, parent: Organ) -> Organ:
    values = {name: value for name, value in row.values.items() if name != "parent"}
    return Organ(**values, parent=parent, district_id=parent.district_id, sort_key=sort_key_of(values["name"]))


# --- Posts -----------------------------------------------------------------------------------------------------------

# In the order of the columns.
POST_FIELDS = (
    "code",
    "organ",
    "name",
    "section",
    "rank",
    "superior",
    "stand_in",
    "powers",
    "legal_basis",
    "window",
    "phone",
    "since",
    "until",
)


def post_columns(by: User) -> tuple[Column, ...]:
    """Return the columns of the list of posts; organs are those that the person keeps."""
    organs = Organ.objects.filter(pk__in=_reach(by, *KEEPERS)).order_by("pk").values_list("code", "pk")
    return (
        Column("code", _("post code"), Text(40), required=True),
        Column("organ", _("code of the organ"), OneOf(dict(organs)), required=True),
        Column("name", _("post name"), Text(80, shortest=2), required=True),
        Column("section", _("section"), Text(80), may_miss=True),
        Column("rank", _("part in decisions"), Choice(Rank, blank=Rank.HANDLER), may_miss=True),
        Column("superior", _("code of the superior post"), Text(40), may_miss=True),
        Column("stand_in", _("code of the stand-in (B)"), Text(40), may_miss=True),
        Column("powers", _("powers"), Text(LONGEST_TEXT, one_line=False), may_miss=True),
        Column("legal_basis", _("legal basis of the powers"), Text(LONGEST_TEXT, one_line=False), may_miss=True),
        Column("window", _("service window"), Text(120), may_miss=True),
        Column("phone", _("telephone"), Text(60), may_miss=True),
        Column("since", _("since"), Day(), required=True),
        Column("until", _("until"), Day()),
    )


def posts_there(by: User) -> There:
    """Return the posts of the organs in reach of the person, by code."""
    rows = Post.objects.filter(organ_id__in=_reach(by, *KEEPERS)).select_related("organ", "superior", "stand_in")
    return {
        (post.code,): _values(
            POST_FIELDS,
            post,
            organ=post.organ.code,
            superior=_code(post.superior),
            stand_in=_code(post.stand_in),
        )
        for post in rows.by_place()
    }


def check_posts(table: Table, there: There, by: User) -> None:
    """Find what no cell shows: codes of others, unknown posts, and what gives rights to whoever holds the post."""
    known = {key[0] for key in there} | {row.key[0] for row in table.rows}
    others = _taken(Post.objects.order_by(), (row.key[0] for row in table.rows if row.key not in there))
    codes = [row.key[0] for row in table.rows]
    tenures = Tenure.objects.filter(post__code__in=codes)
    ever_held = set(tenures.values_list("post__code", flat=True))
    obstacles = _posts_that_stay([row for row in table.rows if _ends(row, there)])
    organ_of = {key[0]: values["organ"] for key, values in there.items()}
    organ_of |= {row.key[0]: row.values["organ"] for row in table.rows}
    changes = CounterpartChange.objects.waiting().filter(post__code__in=codes)
    # By the code of the post what waits for approval: none is no counterpart.
    waiting = {a: b or "" for a, b in changes.order_by("pk").values_list("post__code", "counterpart__code")}
    misfits = _misfits(table, there)
    for row in table.rows:
        values, old, code = row.values, there.get(row.key), row.key[0]
        if code in others:
            table.add_fault(row.number, _("This code belongs to a post that you do not keep."), "code")
        if old is not None and values["organ"] != old["organ"]:
            table.add_fault(row.number, _("A post stays with its organ: end it and found another."), "organ")
        if old is not None and code in ever_held and values.get("rank", old["rank"]) != old["rank"]:
            table.add_fault(row.number, _("Somebody holds or held the post: its part in decisions is fixed."), "rank")
        for name in ("superior", "stand_in"):
            named = values.get(name)
            if old is not None and named == old[name]:
                continue  # it may lie out of reach, or have ended
            if named and named not in known:
                table.add_fault(row.number, _("“%(text)s” is not known here.") % {"text": named}, name)
            elif named and named == code:
                table.add_fault(row.number, _("A post cannot name itself here."), name)
            elif named and name == "stand_in" and organ_of.get(named, values["organ"]) != values["organ"]:
                table.add_fault(row.number, _("The two posts belong to one organ."), name)
            if old is not None and name == "stand_in" and waiting.get(str(code), named) != named:
                table.add_fault(row.number, _("A change of this post's counterpart waits already."), name)
        if code in misfits:
            table.add_fault(row.number, misfits[code], "stand_in")
        _check_period(table, row)
        if code in obstacles:
            table.add_fault(row.number, obstacles[code], "until")


def _posts_that_stay(rows: Sequence[Row]) -> dict[Any, str]:
    """Return why the posts of these rows cannot end on the day that each gives, by their codes."""
    ends = {row.key[0]: row.values["until"] for row in rows}
    found = dict(Post.objects.filter(code__in=ends).order_by().values_list("pk", "code"))
    obstacles = organ_ending.obstacles_of_posts({pk: ends[code] for pk, code in found.items()})
    return {found[pk]: obstacle for pk, obstacle in obstacles.items()}


def _misfits(table: Table, there: There) -> dict[Any, str | Promise]:
    """Return why posts that are there cannot have the other counterpart that the list names, by their codes."""
    rows = {str(row.key[0]): row for row in table.rows}
    asked: dict[str, str] = {
        code: row.values["stand_in"]
        for code, row in rows.items()
        if row.key in there and row.values.get("stand_in", there[row.key]["stand_in"]) != there[row.key]["stand_in"]
    }
    posts = {post.code: post for post in Post.objects.filter(code__in={*asked, *asked.values()})}
    for code, row in rows.items():  # as they would be once the list is written
        if code in posts or code in asked.values():
            written = posts.setdefault(code, Post(code=code))
            written.until, written.rank = row.values["until"], row.values.get("rank", written.rank)
    found: dict[Any, str | Promise] = {}
    for code, named in asked.items():
        post, counterpart = posts.get(code), posts.get(named)
        if post is None or (named and (counterpart is None or named == code)):
            continue  # what is wrong there is said already
        if counterpart is not None and counterpart.pk is None:
            counterpart.organ_id = post.organ_id  # that it is another one is said already
        try:
            counterparts.check(post, counterpart, on=timezone.localdate())
        except appointments.Refused as refusal:
            found[code] = refusal.message
    return found


def apply_posts(preview: Preview, by: User, at: datetime) -> None:
    """
    Write new and changed posts, then who stands above and in for whom, as both may be new.

    Another counterpart of a post that was there is put before its leader (``counterparts``); what waits already, once.
    """
    organs = dict(Organ.objects.order_by("pk").values_list("code", "pk"))
    plain = [name for name in POST_FIELDS if name not in ("code", "organ", "superior", "stand_in")]
    Post.objects.bulk_create(
        Post(
            code=str(row.key[0]),
            organ_id=organs[row.values["organ"]],
            **{name: row.values[name] for name in plain if name in row.values},
        )
        for row in preview.new
    )
    rows = _rows_of(preview)
    posts = {post.code: post for post in Post.objects.filter(code__in=_named(rows)).select_related("organ")}
    founded = {str(row.key[0]) for row in preview.new}
    touched = []
    for row in rows:
        post = posts[str(row.key[0])]
        for name in plain:
            if name in row.values:
                setattr(post, name, row.values[name])
        if "superior" in row.values:
            post.superior = posts[row.values["superior"]] if row.values["superior"] else None
        if "stand_in" in row.values and post.code in founded:
            post.stand_in = posts[row.values["stand_in"]] if row.values["stand_in"] else None
        touched.append(post)
    Post.objects.bulk_update(touched, [*plain, "superior", "stand_in"], batch_size=BATCH)
    _put_counterparts(preview, posts, by, at)
    searching.refresh(Post.objects.filter(pk__in=[post.pk for post in touched]))
    organ_facts.changed_posts(Post.objects.filter(pk__in=[post.pk for post in touched]), at=at)


def _put_counterparts(preview: Preview, posts: Mapping[str, Post], by: User, at: datetime) -> None:
    asked = {
        post.pk: (post, posts.get(change.row.values["stand_in"]))
        for change in preview.changed
        if "stand_in" in change.row.values
        and (post := posts[str(change.row.key[0])]).stand_in_id
        != getattr(posts.get(change.row.values["stand_in"]), "pk", None)
    }
    waiting = set(CounterpartChange.objects.waiting().filter(post_id__in=asked).values_list("post_id", flat=True))
    for pk, (post, counterpart) in asked.items():
        if pk in waiting:
            continue
        try:
            counterparts.propose(post, by=by, at=at, counterpart=counterpart, reason=str(_("By a list of posts.")))
        except appointments.Refused as refusal:
            raise importing.Refused(f"{post.code}: {refusal.message}") from refusal


def _named(rows: Iterable[Row]) -> set[str]:
    wanted = ((row.key[0], row.values.get("superior"), row.values.get("stand_in")) for row in rows)
    return {str(code) for codes in wanted for code in codes if code}


# --- Duties ----------------------------------------------------------------------------------------------------------


def duty_columns(by: User) -> tuple[Column, ...]:
    """Return the columns of the list of duties; posts are those whose sheets the person writes."""
    posts = Post.objects.filter(organ_id__in=_reach(by, *WRITERS)).order_by("pk").values_list("code", "pk")
    return (
        Column("post", _("post code"), OneOf(dict(posts)), required=True),
        Column("kind", _("half"), Choice(DutyKind), required=True),
        Column("position", _("position"), Whole(0, FAR), required=True),
        Column("text", _("text of the duty"), Text(LONGEST_TEXT, one_line=False), required=True),
    )


def duties_there(by: User) -> There:
    """Return the duties of the posts whose sheets the person writes; doubled places are told apart by what follows."""
    rows = Duty.objects.filter(post__organ_id__in=_reach(by, *WRITERS)).select_related("post")
    found: dict[tuple, dict[str, Any]] = {}
    for duty in rows.order_by("post__code", "kind", "position", "pk"):
        place = duty.position
        while (key := (duty.post.code, duty.kind, place)) in found:
            place += 1
        found[key] = {"post": duty.post.code, "kind": duty.kind, "position": place, "text": plain_lines(duty.text)}
    return found


def of_named_posts(table: Table, there: There) -> There:
    """Keep the duties of the posts that the file names."""
    named = {row.key[0] for row in table.rows}
    return {key: values for key, values in there.items() if key[0] in named}


def apply_duties(preview: Preview, by: User, at: datetime) -> None:
    """Write the duties of the posts that changed, and strike out those that the file lacks."""
    codes = {str(key[0]) for key in (*preview.gone, *_keys(preview))}
    posts = {post.code: post for post in Post.objects.filter(code__in=codes)}
    there: dict[tuple, Duty] = {}
    for duty in Duty.objects.filter(post__in=posts.values()).select_related("post").order_by("kind", "position", "pk"):
        place = duty.position
        while (key := (duty.post.code, duty.kind, place)) in there:
            place += 1
        duty.position = place
        there[key] = duty
    Duty.objects.filter(pk__in=[there[key].pk for key in preview.gone]).delete()
    changed = [there[change.row.key] for change in preview.changed]
    for duty, change in zip(changed, preview.changed, strict=True):
        duty.text = change.row.values["text"]
    kept = [duty for key, duty in there.items() if key not in set(preview.gone)]
    Duty.objects.bulk_update(kept, ["text", "position"], batch_size=BATCH)
    Duty.objects.bulk_create(
        Duty(post=posts[row.values["post"]], **{name: row.values[name] for name in ("kind", "position", "text")})
        for row in preview.new
    )
    searching.refresh(Post.objects.filter(pk__in=[post.pk for post in posts.values()]))
    organ_facts.changed_posts(Post.objects.filter(pk__in=[post.pk for post in posts.values()]), at=at)


def _keys(preview: Preview) -> Iterable[tuple]:
    yield from (row.key for row in preview.new)
    yield from (change.row.key for change in preview.changed)


# --- What the three have in common -----------------------------------------------------------------------------------


def _rows_of(preview: Preview) -> list[Row]:
    """Return the rows that are written."""
    return [*preview.new, *(change.row for change in preview.changed)]


def _values(columns: Iterable[Column | str], row: Any, **given: Any) -> Mapping[str, Any]:
    names = [column if isinstance(column, str) else column.name for column in columns]
    values = {name: given[name] if name in given else getattr(row, name) for name in names}
    return {name: plain_lines(value) if isinstance(value, str) else value for name, value in values.items()}


def _code(row: Organ | Post | None) -> str:
    return row.code if row is not None else ""


def _taken(rows: QuerySet[Any], codes: Iterable[Any]) -> set[str]:
    return set(rows.filter(code__in=list(codes)).values_list("code", flat=True))


def _check_period(table: Table, row: Row) -> None:
    since, until = row.values["since"], row.values["until"]
    if until is not None and until <= since:
        table.add_fault(row.number, _("The end comes after the beginning."), "until")


def _ends(row: Row, there: There) -> bool:
    old: date | None = there[row.key]["until"] if row.key in there else None
    return row.values["until"] is not None and row.values["until"] != old
