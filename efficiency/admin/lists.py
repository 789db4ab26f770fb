"""Lists that go out as a workbook, are changed there and come in again (docs/trust.md O-02, O-03, S-05)."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from efficiency.access import limits
from efficiency.access.admin import portal, viewer
from efficiency.audit.records import record
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.tables import CONTENT_TYPES, Format, Value, importing, written
from efficiency.tables.columns import head_of, shown
from efficiency.tables.importing import ListKind, There
from efficiency.tables.models import TableUpload
from efficiency.tables.workbook import MAX_BYTES, TOO_LARGE

# Above so many rows the password is asked for again (docs/trust.md S-05).
MANY_ROWS = 500
# So many new, changed or missing rows are shown of a preview; the numbers above it count all.
MOST_SHOWN = 200


class ExportForm(ConfirmedForm):
    """The format of a list that is taken out."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=Format.choices, initial=Format.XLSX, widget=forms.RadioSelect
    )


class UploadForm(PortalForm):
    """A workbook that is sent."""

    file = forms.FileField(
        label=gettext_lazy("Workbook (XLSX)"),
        help_text=gettext_lazy("At most 5 MB and 5,000 rows; the heads of the columns in the first row; no formulas."),
        widget=forms.FileInput({"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refuse by its size what need not be read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


def index(request: HttpRequest) -> HttpResponse:
    """Show the lists that the viewer may take out and bring in."""
    kinds = importing.kinds(viewer(request))
    if not kinds:
        raise Http404
    return _page(request, "admin/lists/index.html", _("Import and export"), kinds=kinds)


def export(request: HttpRequest, kind: str) -> Any:
    """Hand out a list, as the viewer sees it."""
    by, at, found = viewer(request), timezone.now(), _kind(request, kind)
    there = found.there(by)
    data = request.POST if request.method == "POST" else None
    form = ExportForm(data, request=request, at=at, asks=len(there) > MANY_ROWS)
    wait_seconds = limits.export(by.pk, at=at).wait_seconds if form.is_valid() else 0
    if wait_seconds:
        form.add_error(None, _("You have taken out many lists within an hour. Please try again later."))
    if not form.is_valid():
        response = portal().step_page(
            request,
            status=429 if wait_seconds else 200,
            title=_("Export: %(list)s") % {"list": found.title},
            form=form,
            submit=_("Export"),
            back=reverse("admin:lists"),
            crumbs=_crumbs(),
            effects=[
                _("Rows: %(number)s") % {"number": len(there)},
                _("As a workbook (XLSX) it can be changed and imported again; a CSV file cannot be imported."),
            ],
        )
        if wait_seconds:
            response["Retry-After"] = str(wait_seconds)
        return response
    as_ = Format(form.cleaned_data["format"])
    detail = {"list": found.name, "rows": len(there), "format": as_.value}
    record("list.export", actor=by, obj=None, detail=detail, at=at)
    answer = StreamingHttpResponse(written(_rows(found, there, request), as_), content_type=CONTENT_TYPES[as_])
    name = f"{found.name}-{timezone.localdate(at):%Y%m%d}.{as_.value}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a workbook for its preview."""
    by, at, found = viewer(request), timezone.now(), _kind(request, kind)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = importing.receive(found, file.read(), name=file.name or "", by=by, at=at)
        except (importing.NotAWorkbook, importing.Refused) as refusal:
            form.add_error("file", str(refusal.message))
        else:
            return HttpResponseRedirect(reverse("admin:list_preview", args=[kept.pk]))
    columns = [
        {"label": column.label, "required": column.required, "may_miss": column.may_miss}
        for column in found.columns(by)
    ]
    return _page(
        request,
        "admin/lists/upload.html",
        _("Import: %(list)s") % {"list": found.title},
        kind=found,
        form=form,
        columns=columns,
    )


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a workbook would change, or what is wrong in it; POST applies it, all of it or nothing."""
    by, at = viewer(request), timezone.now()
    kept = TableUpload.objects.filter(pk=pk, uploaded_by=by).first()
    if kept is None or importing.get(kept.kind, by) is None:
        raise Http404
    error = ""
    if request.method == "POST" and "again" in request.POST:
        importing.renew(kept, by=by)
        return HttpResponseRedirect(reverse("admin:list_preview", args=[pk]))
    if request.method == "POST":
        try:
            done = importing.apply(kept, by=by, at=at)
        except importing.Refused as refusal:
            error = str(refusal.message)
        else:
            numbers = {"new": len(done.new), "changed": len(done.changed)}
            messages.success(request, _("The list is applied: %(new)s new, %(changed)s changed.") % numbers)
            return HttpResponseRedirect(reverse("admin:lists"))
    seen = importing.look(kept, by=by)
    return _page(
        request,
        "admin/lists/preview.html",
        _("Preview: %(list)s") % {"list": seen.kind.title},
        kept=kept,
        seen=seen,
        error=error,
        most=MOST_SHOWN,
        new=_new_rows(seen),
        head=[column.label for column in seen.table.columns.values() if column.name in seen.table.places],
        changed=seen.preview.changed[:MOST_SHOWN] if seen.preview else (),
        gone=[" · ".join(map(str, key)) for key in seen.preview.gone[:MOST_SHOWN]] if seen.preview else [],
    )


def _new_rows(seen: importing.Look) -> list[tuple[int, list[Value]]]:
    if seen.preview is None:
        return []
    columns = [column for column in seen.table.columns.values() if column.name in seen.table.places]
    return [(row.number, shown(columns, row.values)) for row in seen.preview.new[:MOST_SHOWN]]


def _rows(kind: ListKind, there: There, request: HttpRequest) -> Iterator[list[Value]]:
    columns = kind.columns(viewer(request))
    yield head_of(columns)
    for values in there.values():
        yield shown(columns, values)


def _kind(request: HttpRequest, name: str) -> ListKind:
    found = importing.get(name, viewer(request))
    if found is None:
        raise Http404
    return found


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("Import and export"), reverse("admin:lists"))]


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    request.current_app = portal().name  # type: ignore[attr-defined]
    return TemplateResponse(request, template, {**portal().each_context(request), "title": title, **context})


portal().add_page("lists/", index, name="lists")
portal().add_page("lists/<slug:kind>/export/", export, name="list_export")
portal().add_page("lists/<slug:kind>/import/", upload, name="list_import")
portal().add_page("lists/uploads/<int:pk>/", preview, name="list_preview")
