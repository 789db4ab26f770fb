"""The pages and files of open data."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from disclosure.open_data import files, machines
from disclosure.open_data.words import in_both, licence
from efficiency import datasets
from efficiency.access import limits
from efficiency.datasets import Dataset
from efficiency.pages.views import too_many_requests

TITLE = _("Open data")
DESCRIPTION = _(
    "What this portal knows and may tell, as tables for everybody to use: service items and promises, published "
    "documents, duties to publish and how they are kept. Nothing in them tells of a case or a person."
)
# So long what was fetched may be used without asking again.
KEPT_SECONDS = 300
# Part of every tag: a release that writes the same rows otherwise raises it.
EDITION = 1


def _dataset(name: str) -> Dataset:
    dataset = datasets.get(name)
    if dataset is None:
        raise Http404
    return dataset


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def index(request: HttpRequest) -> HttpResponse:
    """List the datasets, with where machines find all of them."""
    at = timezone.now()
    listed = [{"dataset": each, "changed_at": each.stamp(at).changed_at} for each in datasets.datasets()]
    context = {"listed": listed, "title": TITLE, "description": DESCRIPTION, "licence": licence()}
    return render(request, "disclosure/data/index.html", context)


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def dataset_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a dataset with its dictionary, in both languages side by side."""
    dataset = _dataset(name)
    fields = [
        {
            "field": each,
            "is_key": each.name in dataset.key,
            "title": in_both(each.title),
            "meaning": in_both(each.meaning),
            "unit": in_both(each.unit),
            "codes": [(code, in_both(words)) for code, words in each.codes],
        }
        for each in dataset.fields
    ]
    changed_at = dataset.stamp(timezone.now()).changed_at
    context = {"dataset": dataset, "fields": fields, "changed_at": changed_at, "licence": licence()}
    return render(request, "disclosure/data/dataset.html", context)


# --- Files -----------------------------------------------------------------------------------------------------------


# There is no date beside the tag: a name that was changed, a day that passes, a release leave none behind, and whoever
# asks by date would keep the old rows.
def _tag(request: HttpRequest, name: str) -> str | None:
    dataset = datasets.get(name)
    return f'W/"{EDITION}-{name}-{dataset.stamp(timezone.now()).token}"' if dataset else None


def _file(
    request: HttpRequest,
    dataset: Dataset,
    pieces: Callable[..., Iterator[bytes]],
    *,
    name: str,
    content_type: str,
) -> HttpResponseBase:
    """Answer with a file that is written while it is sent; to a question for the head alone nothing is written."""
    at = timezone.now()
    if request.method != "HEAD" and (wait := limits.download(request, at=at)):
        return too_many_requests(request, retry_after=wait)
    response: HttpResponseBase
    response = HttpResponse() if request.method == "HEAD" else StreamingHttpResponse(pieces(dataset, at=at))
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    # Pages of others may use it: there is nothing in it that is not for everybody.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@condition(etag_func=_tag)
@cache_control(public=True, max_age=KEPT_SECONDS)
def csv_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send a dataset as CSV."""
    return _file(
        request,
        _dataset(name),
        files.csv_of,
        name=f"{name}.csv",
        content_type="text/csv; charset=utf-8; header=present",
    )


@require_safe
@condition(etag_func=_tag)
@cache_control(public=True, max_age=KEPT_SECONDS)
def json_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send a dataset as JSON."""
    return _file(request, _dataset(name), files.json_of, name=f"{name}.json", content_type="application/json")


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def dictionary(request: HttpRequest, name: str) -> HttpResponse:
    """Send what the fields of a dataset mean as CSV."""
    response = HttpResponse(b"".join(files.dictionary_of(_dataset(name))), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-dictionary.csv"'
    return response


# --- For machines ----------------------------------------------------------------------------------------------------


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def catalogue(request: HttpRequest) -> HttpResponse:
    """Send the DCAT catalogue as JSON-LD."""
    found = machines.catalogue(at=timezone.now(), title=TITLE, description=DESCRIPTION)
    return _json(found, "application/ld+json")


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def package(request: HttpRequest) -> HttpResponse:
    """Send the Data Package with the schema of every dataset."""
    return _json(machines.package(title=TITLE, description=DESCRIPTION), "application/json")


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """Send the Table Schema of a dataset."""
    return _json(machines.schema(_dataset(name)), "application/json")


def _json(value: dict[str, Any], content_type: str) -> HttpResponse:
    response = JsonResponse(value, json_dumps_params={"ensure_ascii": False, "indent": 2}, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
