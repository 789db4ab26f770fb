"""
Kept files that are photographs for the most part: small pictures of them on pages (docs/trust.md U-04, U-06).

A small picture is made once, of the copy without metadata and by the child process: by the worker soon after the
photograph came, or when a page shows it before. It is handed out as its photograph is: to whoever may fetch that, and
no sooner. A photograph of which none can be made is not tried again by the same process.
"""

from typing import Any, TypeVar

import structlog
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from efficiency.files import clean, store
from efficiency.files.handing_out import download
from efficiency.files.kept import KeptFiles
from efficiency.files.models import PictureCopy
from efficiency.files.rules import JPEG, PNG

log = structlog.get_logger(__name__)

P = TypeVar("P", bound=PictureCopy)
_SHOWN = {JPEG.content_type, PNG.content_type}
# So many a run of the worker.
BATCH = 50


class KeptPictures(KeptFiles[P]):
    """The files of one table, with small pictures of those that are photographs in a folder beside theirs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._without: set[str] = set()

    def register(self) -> None:
        """Say which rows name files of the two folders; called once, when the app is ready."""
        super().register()
        store.register_keeper(
            self._with_previews, folder=f"{self.folder}-small", name="preview_name", sha256="preview_sha256"
        )

    def _with_previews(self) -> "QuerySet[P]":
        return self.kept().exclude(preview_name="")

    def has_preview(self, file: P) -> bool:
        """Say whether a page shows a small picture: of a photograph that is there and may be fetched."""
        return file.content_type in _SHOWN and file.erased_at is None and self.is_fetchable(file)

    def preview_for(self, request: HttpRequest, file: P) -> HttpResponse:
        """
        Return the answer that holds the small picture, made now if nobody asked before; rights were asked.

        :raises Http404: there is none
        """
        if not self.has_preview(file) or (file.storage_name in self._without and not file.preview_name):
            raise Http404
        try:
            small = self._kept_preview(file) if file.preview_name else self._new_preview(file)
        except (store.FileUnavailable, store.NoRoom, clean.NoPreview) as nothing:
            if isinstance(nothing, clean.NoPreview):
                self._without.add(file.storage_name)
            # The page says in words what it would have shown, and leads to the photograph itself.
            log.warning("preview_not_made", file=file.pk, said=type(nothing).__name__)
            raise Http404 from nothing
        return download(small, content_type=JPEG.content_type, name=f"{file.position}.jpg")

    def make_previews(self) -> int:
        """
        Make the small pictures that there are none of yet, the newest first; return how many.

        Safe to run twice and two at once. What cannot be made stops no other, and is left alone from then on.
        """
        rows = self.kept().filter(content_type__in=_SHOWN, preview_name="").exclude(storage_name__in=self._without)
        made = 0
        for file in rows.order_by("-created_at", "-id")[:BATCH]:
            if not self.has_preview(file):
                continue
            try:
                self._new_preview(file)
            except (store.FileUnavailable, clean.NoPreview) as nothing:
                log.warning("preview_not_made", file=file.pk, said=type(nothing).__name__)
                self._without.add(file.storage_name)
            except store.NoRoom:
                break
            else:
                made += 1
        return made

    def _kept_preview(self, file: P) -> bytes:
        return store.read(file.preview_name, file.preview_sha256 or b"")

    def _new_preview(self, file: P) -> bytes:
        """Make and keep it. Of two who ask at once one keeps theirs, and the other's is removed."""
        small = clean.preview_of(self.content_of(file))
        name = store.write(small, f"{self.folder}-small")
        without = self.model._default_manager.filter(pk=file.pk, preview_name="", erased_at__isnull=True)
        if not without.update(preview_name=name, preview_sha256=clean.sha256_of(small)):
            store.remove([name])
        return small
