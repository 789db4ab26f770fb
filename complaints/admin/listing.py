"""The list of cases as a page: the promise of each, and what was searched for, ranked and marked."""

from collections.abc import Sequence
from typing import Any, cast, overload

from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from complaints import search, wording
from complaints.admin.page import marks_of
from complaints.admin.queue import next_promises
from complaints.models import Case
from complaints.querysets import CaseQuerySet
from efficiency import pairs
from efficiency.access.admin import viewer
from efficiency.access.models import User
from efficiency.pages.addresses import address_of
from efficiency.pages.components import state_tag

# Filters over what is shown to those alone who read a case as it was written.
TELLS_WHO_CAME = ("channel", "group")


class Ranked(Sequence[Case]):
    """What a search has found, in its order; a page of it is read when it is asked for."""

    def __init__(self, cases: CaseQuerySet, keys: Sequence[int]) -> None:
        self.cases = cases
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, place: int) -> Case: ...
    @overload
    def __getitem__(self, place: slice) -> list[Case]: ...
    def __getitem__(self, place: int | slice) -> Case | list[Case]:
        if isinstance(place, int):
            return self[place : place + 1][0]
        keys = self.keys[place]
        rows = self.cases.in_bulk(keys)
        return [rows[key] for key in keys if key in rows]

    def _clone(self) -> list[Case]:
        """Return all of it, as the list asks a queryset for it when everything is to stand on one page."""
        return self[:]


class CaseList(ChangeList):
    """
    A page of cases with the promise of each that falls due next: one question for the page.

    A search shows at most ``search.MOST`` of the cases that it finds, the best first. What is done with the list as a
    whole, such as taking it out as a file, is done with all of them: ``queryset`` stays what the address says.
    """

    is_more = False  # whether the search finds more than the list shows

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        """Return the cases that filters and words leave."""
        words, self.query = self.query, ""  # the words are taken up here, after the filters
        self.filtered = cast(CaseQuerySet, super().get_queryset(request, exclude_parameters))
        # A filter says of each case that it leaves what is not shown to whoever reads it in other words (P-06).
        hidden = self.filtered.hidden_from(viewer(request))
        if hidden is not None and any(name.startswith(TELLS_WHO_CAME) for name in request.GET):
            self.filtered = self.filtered.exclude(hidden)
        self.query = words
        return self.filtered.matching(words, viewer(request)) if pairs.normalise(words) else self.filtered

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then its promises."""
        whole = self.queryset
        self.queryset = (
            self._ranked(viewer(request)) if pairs.normalise(self.query) else whole.defer("description", "search_pairs")
        )
        super().get_results(request)
        self.queryset = whole
        self.result_list: list[Any] = list(self.result_list)
        promises = next_promises([case.pk for case in self.result_list], timezone.now())
        for case in wording.in_words_for(self.result_list, viewer(request)):
            case.promise = promises.get(case.pk)
            case.searched = self.query

    def _ranked(self, reader: User) -> Any:
        hits = search.best(self.filtered, self.query, self.filtered.hidden_from(reader))
        self.is_more = hits.is_more
        # By their keys alone: that they are in scope and under the filters is how they were found.
        cases = Case.objects.select_related("handling_organ", "office", "handler").defer("search_pairs")
        return Ranked(cases, hits.keys)


def line_of(case: Any) -> SafeString:
    """
    Return the title as a link to the page of the case, with what sets it apart and the number.

    After a search its words are marked, and the piece of the text around the first of them follows: of a ``case`` that
    ``CaseList`` has read, in the words in which whoever has this list reads it (docs/trust.md Z-03, P-06).
    """
    searched: str = getattr(case, "searched", "")
    read: wording.Words = case.words
    address = address_of("admin:complaints_case_change", case.pk)
    title = pairs.marked(str(read.title), searched)
    parts = [
        format_html('<a class="row-link" lang="zh-Hans" href="{}">{}</a>', address, title),
        *(state_tag(word, look) for word, look in marks_of(case, read)),
        format_html('<span class="help code">{}</span>', case.number),
    ]
    if searched:
        if (person := pairs.snippet(read.named_person, searched)) is not None:
            label = _("Person named: %(name)s") % {"name": "{}"}
            parts.append(format_html('<span class="help" lang="zh-Hans">{}</span>', format_html(label, person)))
        if (text := pairs.snippet(str(read.description), searched)) is not None:
            parts.append(format_html('<span class="help" lang="zh-Hans">{}</span>', text))
    return format_html_join(" ", "{}", ((part,) for part in parts))
