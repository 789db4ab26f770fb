"""
The files of published bulletins: each is made once and kept (docs/domain.md 12).

The worker makes them: setting a PDF takes seconds, and whoever fetches one holds nobody up.
"""

from collections.abc import Callable, Mapping

import structlog

from supervision.bulletins import paper, reading, word
from supervision.bulletins.enums import State
from supervision.bulletins.reading import Content
from supervision.models import Bulletin, BulletinFile

log = structlog.get_logger(__name__)
TASK = "supervision.keep_bulletin_files"
FORMS: Mapping[str, Callable[[Content], bytes]] = {"pdf": paper.as_pdf, "docx": word.as_docx}


def kept(bulletin: Bulletin, form: str) -> bytes | None:
    """Return a published bulletin as PDF or DOCX; None before the worker has made it."""
    found = BulletinFile.objects.filter(bulletin=bulletin, form=form).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


def keep_missing() -> int:
    """
    Make the files of published bulletins that there are none of yet; return how many. Safe to run twice.

    Two at once make the same bytes, and the first ones stay. One that cannot be made stops none of the others
    (docs/trust.md D-07).

    :raises ExceptionGroup: what failed, such as for want of fonts, once all the others are made
    """
    made, failed = 0, list[Exception]()
    for form, make in FORMS.items():
        missing = Bulletin.objects.filter(state=State.PUBLISHED).exclude(files__form=form)
        for bulletin in missing.select_related("office").order_by("pk"):
            try:
                file = BulletinFile(bulletin=bulletin, form=form, content=make(reading.content_of(bulletin)))
                BulletinFile.objects.bulk_create([file], ignore_conflicts=True)
            except Exception as error:  # tried again by the next task
                log.exception("bulletin_file_not_made", bulletin=bulletin.slug, form=form)
                failed.append(error)
            else:
                made += 1
    if failed:
        raise ExceptionGroup("Some files of bulletins could not be made.", failed)
    return made
