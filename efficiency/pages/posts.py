"""
Organs and posts as everybody may read them: who does what, where, and how to complain (docs/ui.md, docs/domain.md 7).

What of a post is public, ``efficiency.organs.sheets`` says (docs/trust.md P-15).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from efficiency.organs import searching
from efficiency.organs.models import Organ, OrganKind, Post
from efficiency.organs.sheets import public_sheet, with_sheet
from efficiency.pages import structured
from efficiency.pages.chips import chips
from efficiency.pages.forms import PortalForm
from efficiency.pages.organ_links import links_of

PAGE_SIZE = 25
MOST_ORGANS = 25
MOST_LEADERS = 12
# So long a page may still be shown by who kept it.
KEPT_SECONDS = 300


class SearchForm(PortalForm):
    """What is looked for in the names, duties and pinyin of posts and organs."""

    q = forms.CharField(
        label=_("Organ, post or matter"),
        help_text=_("Chinese, pinyin or its initials, two characters at least: 施工许可, jianshe, sjsj."),
        max_length=80,
        required=False,
    )


@dataclass(slots=True)
class Level:
    """Organs side by side in the tree: those with nothing below them, and those that unfold."""

    branches: list["Branch"] = field(default_factory=list)

    @property
    def leaves(self) -> list["Branch"]:
        """The organs below which nothing stands."""
        return [branch for branch in self.branches if not branch.below.branches]

    @property
    def groups(self) -> list["Branch"]:
        """The organs below which others stand."""
        return [branch for branch in self.branches if branch.below.branches]


@dataclass(slots=True)
class Branch:
    """An organ in the tree with what stands below it."""

    organ: Organ
    posts: int
    below: Level = field(default_factory=Level)

    @property
    def is_open(self) -> bool:
        """Whether its branch is unfolded at first: that of the city, of which everything hangs."""
        return self.organ.parent_id is None


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def post_list(request: HttpRequest) -> HttpResponse:
    """Show the tree of organs, or what was looked for in them and their posts."""
    form = SearchForm(request.GET)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    words = searching.words_of(query)
    today = timezone.localdate()
    organs = list(Organ.objects.active(today).by_place())
    context = {"form": form, "chips": chips(form, request.GET), "query": query, "is_too_short": query and not words}
    if words:
        found = searching.matching(Post.objects.active(today), words).select_related("organ").by_place()
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        context |= {"page": page, "organs": searching.organs_matching(organs, words)[:MOST_ORGANS]}
    else:
        context["tree"] = _tree(organs, _counts(today))
    return render(request, "pages/posts.html", context)


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def organ_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show an organ: where it is, who leads what, its posts, what stands above and below, how to complain."""
    today = timezone.localdate()
    organ = get_object_or_404(Organ.objects.select_related("parent"), code=code)
    posts = with_sheet(Post.objects.active(today).filter(organ=organ), today)
    page = Paginator(posts.order_by("code"), PAGE_SIZE).get_page(request.GET.get("page"))
    heads = with_sheet(Post.objects.active(today).filter(organ=organ, is_head=True), today).order_by("code")
    below = Organ.objects.active(today).filter(parent=organ).by_place()
    return render(
        request,
        "pages/organ.html",
        {
            "organ": organ,
            "page": page,
            "posts": [public_sheet(post) for post in page],
            "leaders": [public_sheet(post) for post in heads[:MOST_LEADERS]],
            "below": below,
            "links": links_of(organ, at=timezone.now()),
            "has_ended": organ.until is not None and organ.until <= today,
            "may_be_addressed": organ.kind != OrganKind.EFFICIENCY_OFFICE,
            "description": structured.json_ld(
                structured.organization(organ, parent=organ.parent),
                structured.breadcrumbs(
                    (_("Home page"), get_script_prefix()),
                    (_("Organs and posts"), reverse("pages:posts")),
                    (organ.name, reverse("pages:organ", args=[organ.code])),
                ),
            ),
        },
    )


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def post_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Show the public part of a post sheet."""
    today = timezone.localdate()
    post = get_object_or_404(with_sheet(Post.objects.active(today), today), code=code)
    addressed = post.organ.kind != OrganKind.EFFICIENCY_OFFICE
    return render(request, "pages/post.html", {"sheet": public_sheet(post), "may_be_addressed": addressed})


def _counts(today: date) -> dict[int, int]:
    rows = Post.objects.active(today).order_by().values("organ_id").annotate(count=Count("pk"))
    return dict(rows.values_list("organ_id", "count"))


def _tree(organs: Iterable[Organ], counts: Mapping[int, int]) -> Level:
    """Return the level at the top; an organ whose parent has ended stands there too, so that none is lost."""
    branches = {organ.pk: Branch(organ, counts.get(organ.pk, 0)) for organ in organs}
    top = Level()
    for branch in branches.values():
        above = branches.get(branch.organ.parent_id) if branch.organ.parent_id else None
        (above.below if above else top).branches.append(branch)
    return top
