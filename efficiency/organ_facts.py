"""
What organs and posts tell the public by themselves: what an organ is, what its posts may and must do, who leads what.

Of a post this is the public part of its sheet and nothing else (docs/trust.md P-15). The accounts are in Chinese,
whoever reads them, as all documents of an organ are (docs/domain.md 6).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from efficiency import facts, markdown
from efficiency.facts import Account, Fact, FactKind
from efficiency.organs.models import Organ, Post
from efficiency.organs.sheets import PublicSheet, public_sheet, with_sheet
from efficiency.telling import actions as telling

if TYPE_CHECKING:
    from django.db import models

PROFILE, SHEETS, LEADERS = "organ_profile", "organ_sheets", "organ_leaders"
KINDS = (PROFILE, SHEETS, LEADERS)
# Those that name who holds a post, as long as it says so: what they said before is nobody's to read (P-15).
NAMING = (SHEETS, LEADERS)
CHINESE = "zh-hans"
BATCH = 50


def changed(organs: QuerySet[Organ], /, *, at: datetime) -> None:
    """Note that the sheets of these organs changed, within the transaction that changed them; one statement a kind."""
    found = list(organs.order_by("pk"))
    telling.note([Fact(kind, organ, organ, at, organ.code) for organ in found for kind in KINDS])


def changed_posts(posts: QuerySet[Post], /, *, at: datetime) -> None:
    """Note that the sheets of these posts changed, and so what their organs tell."""
    changed(Organ.objects.filter(pk__in=posts.order_by().values("organ")), at=at)


# --- Accounts --------------------------------------------------------------------------------------------------------


def profile(subject: "models.Model") -> Account | None:
    """Tell what an organ is, where it is, and into which sections it is divided; None of one that has ended."""
    organ = cast(Organ, subject)
    today = timezone.localdate()
    if _has_ended(organ, today):
        return None
    with translation.override(CHINESE):
        sheets = _sheets_of(organ, today)
        below = Organ.objects.active(today).filter(parent=organ).by_place().values_list("name", flat=True)
        basics = markdown.named(
            ("单位名称", organ.name),
            ("简称", organ.short_name),
            ("单位代码", organ.code),
            ("层级", organ.get_level_display()),
            ("单位性质", organ.get_kind_display()),
            ("上级单位", organ.parent.name if organ.parent else ""),
            ("办公地址", organ.address),
            ("联系电话", organ.phone),
            ("投诉监督电话", organ.complaint_phone),
        )
        sections = list(dict.fromkeys(sheet.section for sheet in sheets if sheet.section))
        body = markdown.joined(
            markdown.section("基本情况", basics),
            markdown.section("主要职责", markdown.bullets(organ.duties)),
            markdown.section("内设机构", markdown.bullets(sections)),
            markdown.section("下级单位", markdown.bullets(below)),
            markdown.section("岗位设置", markdown.bullets(_in_one_line(sheet) for sheet in sheets)),
        )
    return Account(f"{organ.name}机构职能", body, None, path=_path_of(organ))


def all_sheets(subject: "models.Model") -> Account | None:
    """Tell the duties and powers of all posts of an organ; None where it has none."""
    organ = cast(Organ, subject)
    today = timezone.localdate()
    with translation.override(CHINESE):
        sheets = [] if _has_ended(organ, today) else _sheets_of(organ, today)
        if not sheets:
            return None
        intro = f"{markdown.plain(organ.name)}现设岗位{len(sheets)}个，各岗位的职责、职权和依据如下。"
        body = markdown.joined(intro, *(_whole(sheet) for sheet in sheets))
    return Account(f"{organ.name}岗位职责和职权", body, None, path=_path_of(organ))


def leaders(subject: "models.Model") -> Account | None:
    """Tell which work each of the leaders of an organ answers for; None where no post is that of a leader."""
    organ = cast(Organ, subject)
    today = timezone.localdate()
    with translation.override(CHINESE):
        heads = [] if _has_ended(organ, today) else _sheets_of(organ, today, is_head=True)
        if not heads:
            return None
        parts = (
            markdown.section(
                sheet.name,
                markdown.named(("姓名", "、".join(sheet.holders)), ("协助或者代行", sheet.stand_in)),
                markdown.numbered(sheet.business),
                markdown.named(("职权", sheet.powers)),
            )
            for sheet in heads
        )
        body = markdown.joined(*parts)
    return Account(f"{organ.name}领导分工", body, None, path=_path_of(organ))


def _has_ended(organ: Organ, today: date) -> bool:
    return organ.until is not None and organ.until <= today


def _path_of(organ: Organ) -> str:
    return reverse("pages:organ", args=[organ.code])


def _sheets_of(organ: Organ, today: date, *, is_head: bool | None = None) -> Sequence[PublicSheet]:
    """Return the public sheets of an organ; those that ``_with_posts`` read are not asked for again."""
    posts: Iterable[Post] | None = getattr(organ, "posts_of_today", None)
    if posts is None:
        posts = with_sheet(Post.objects.active(today).filter(organ=organ), today).order_by("code")
    return [public_sheet(post) for post in posts if is_head is None or post.is_head == is_head]


def _in_one_line(sheet: PublicSheet) -> str:
    return f"{sheet.name}（{sheet.section}）" if sheet.section else sheet.name


def _whole(sheet: PublicSheet) -> str:
    return markdown.section(
        f"{sheet.name}（{sheet.code}）",
        markdown.named(
            ("科室", sheet.section),
            ("在决定中的角色", sheet.rank),
            ("岗位人员", "、".join(sheet.holders)),
            ("上级岗位", sheet.superior),
            ("B角岗位", sheet.stand_in),
            ("服务窗口", sheet.window),
            ("联系电话", sheet.phone),
        ),
        markdown.part("岗位职责", markdown.numbered(sheet.business)),
        markdown.part("廉政职责", markdown.numbered(sheet.integrity)),
        markdown.part("职权及依据", markdown.paragraphs(sheet.powers), markdown.paragraphs(sheet.legal_basis)),
    )


# --- All that stands -------------------------------------------------------------------------------------------------


def _standing(kind: str, *, with_heads: bool = False) -> Callable[[datetime], Iterator[Fact]]:
    def of(at: datetime) -> Iterator[Fact]:
        """Yield a fact for each organ of the day that has something to tell, its sheets read in batches."""
        today = timezone.localdate(at)
        organs = Organ.objects.active(today).select_related("parent").order_by("pk")
        if kind != PROFILE:
            posts = Post.objects.active(today).filter(organ=OuterRef("pk"))
            organs = organs.filter(Exists(posts.filter(is_head=True) if with_heads else posts))
        found = list(organs)
        for first in range(0, len(found), BATCH):
            for organ in _with_posts(found[first : first + BATCH], today):
                yield Fact(kind, organ, organ, at, organ.code)

    return of


def _with_posts(organs: Sequence[Organ], today: date) -> Sequence[Organ]:
    """Read the sheets of these organs, in a fixed number of questions."""
    of_organ: dict[int, list[Post]] = {organ.pk: [] for organ in organs}
    posts = with_sheet(Post.objects.active(today).filter(organ__in=organs), today)
    for post in posts.order_by("organ_id", "code"):
        of_organ[post.organ_id].append(post)
    for organ in organs:
        organ.posts_of_today = of_organ[organ.pk]  # type: ignore[attr-defined]  # what ``_sheets_of`` looks for
    return organs


def register() -> None:
    """Make the kinds known; called once Django is ready."""
    kinds = (
        (PROFILE, _("what an organ is"), "institution", profile, _standing(PROFILE)),
        (SHEETS, _("duties and powers of posts"), "powers", all_sheets, _standing(SHEETS)),
        (LEADERS, _("leaders' division of work"), "leaders", leaders, _standing(LEADERS, with_heads=True)),
    )
    for name, label, column, account, standing in kinds:
        facts.register_kind(
            FactKind(
                name,
                label,
                "efficiency.Organ",
                column,
                account,
                standing=standing,
                key_field="code",
                happens_again=True,
                hides_earlier=name in NAMING,
            )
        )
