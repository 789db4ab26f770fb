"""What came with a self-score, an objection, a review: cleaned copies (docs/trust.md U-01 to U-08)."""

from collections.abc import Sequence

from efficiency.files.clean import CleanFile
from efficiency.files.kept import KeptFiles
from targets.models import AppraisalEvent, AppraisalFile

files = KeptFiles(AppraisalFile, folder="appraisals", name="appraisal")


def attach(event: AppraisalEvent, attachments: Sequence[CleanFile]) -> None:
    """
    Add files to a step with a sheet, in its transaction, which has locked the appraisal.

    :raises NoRoom: they cannot be kept; nothing was added
    """
    if attachments:
        files.attach(event.appraisal, attachments, at=event.at, event=event, sheet=event.sheet)
