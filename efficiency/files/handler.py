"""How the bytes of uploads are received: in memory, bounded while they arrive (docs/trust.md P-09, R-07)."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from efficiency.files.rules import MAX_FILE_BYTES


class InMemoryHandler(FileUploadHandler):
    """
    Keeps each file in memory; Django's own handlers write large ones to a folder, in the clear.

    Of a file above 10 MiB nothing is kept, only its size is counted, so that the form can name it. A body that
    announces more than ``DATA_UPLOAD_MAX_MEMORY_SIZE`` is not read at all.
    """

    def handle_raw_input(
        self, input_data: Any, meta: dict[str, Any], content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        """
        Look at the announced length of the whole body.

        :raises RequestDataTooBig: it is above the bound
        """
        bound = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if bound is not None and content_length > bound:
            raise RequestDataTooBig("The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the next file."""
        super().new_file(*args, **kwargs)
        self._content = BytesIO()
        self._too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep one piece, unless the file has become too large."""
        if not self._too_large and start + len(raw_data) > MAX_FILE_BYTES:
            self._too_large = True
            self._content = BytesIO()
        if not self._too_large:
            self._content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return the file; an empty one of the true size where it was too large."""
        self._content.seek(0)
        return InMemoryUploadedFile(
            file=self._content,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
