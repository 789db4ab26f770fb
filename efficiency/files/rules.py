"""What may be sent, in numbers (docs/trust.md U-01, U-06, U-07). Plain Python: the child process reads it too."""

from dataclasses import dataclass

MIB = 1024 * 1024

MAX_FILES = 10
MAX_FILE_BYTES = 10 * MIB
MAX_STEP_BYTES = 30 * MIB
MAX_PIXELS = 40_000_000
# A side of a small picture on a page: sharp at half of it on a good screen.
PREVIEW_PIXELS = 480
# Of files that are ZIP archives inside, checked before anything is unpacked.
MAX_ENTRIES = 1_000
MAX_UNPACKED_BYTES = 100 * MIB
MAX_RATIO = 100
# A small part that repeats itself packs very well and harms nobody: its own ratio counts from this size on.
RATIO_COUNTS_FROM_BYTES = 1 * MIB
# Of a PDF: everything that its streams unpack to, and one picture in it (a scan of A3 in black and white at 1,200 dpi).
MAX_INFLATED_BYTES = 512 * MIB
MAX_PICTURE_PIXELS = 400_000_000

CHILD_SECONDS = 20
CHILD_BYTES = 512 * MIB
# What the child may answer with: a copy can be larger than what it was made of.
MAX_ANSWER_BYTES = 48 * MIB
# All files of one step together: ten slow ones must not hold a worker for minutes.
STEP_SECONDS = 60

MAX_NAME_LENGTH = 120
DRAFT_HOURS = 24
ORPHAN_HOURS = 24


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file that is taken: the endings of its names and the types that browsers declare for it."""

    name: str
    label: str
    extensions: tuple[str, ...]
    content_type: str
    declared: frozenset[str]

    @property
    def extension(self) -> str:
        """The ending that copies get."""
        return self.extensions[0]


_OFFICE = "application/vnd.openxmlformats-officedocument."
JPEG = FileKind("jpeg", "JPEG", ("jpg", "jpeg"), "image/jpeg", frozenset({"image/jpeg", "image/jpg", "image/pjpeg"}))
PNG = FileKind("png", "PNG", ("png",), "image/png", frozenset({"image/png", "image/x-png"}))
PDF = FileKind(
    "pdf",
    "PDF",
    ("pdf",),
    "application/pdf",
    frozenset({"application/pdf", "application/x-pdf", "application/wps-office.pdf"}),
)
DOCX = FileKind(
    "docx",
    "DOCX",
    ("docx",),
    f"{_OFFICE}wordprocessingml.document",
    frozenset({f"{_OFFICE}wordprocessingml.document", "application/wps-office.docx"}),
)
XLSX = FileKind(
    "xlsx",
    "XLSX",
    ("xlsx",),
    f"{_OFFICE}spreadsheetml.sheet",
    frozenset({f"{_OFFICE}spreadsheetml.sheet", "application/wps-office.xlsx"}),
)
TXT = FileKind("txt", "TXT", ("txt",), "text/plain; charset=utf-8", frozenset({"text/plain"}))

KINDS = (JPEG, PNG, PDF, DOCX, XLSX, TXT)
KIND_BY_NAME = {kind.name: kind for kind in KINDS}
KIND_BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}
KIND_BY_CONTENT_TYPE = {kind.content_type: kind for kind in KINDS}
# Browsers that know no type for a name declare one of these, which claims nothing.
UNDECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
