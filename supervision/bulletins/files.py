"""
The files of published bulletins: each is made once and kept (docs/domain.md 12).

A PDF is set one after the other in a process; whoever fetches one must not hold up whoever sets papers of record.
"""

from collections.abc import Callable, Mapping

from supervision.bulletins import paper, reading, word
from supervision.bulletins.enums import State
from supervision.bulletins.reading import Content
from supervision.models import Bulletin, BulletinFile

TASK = "supervision.keep_bulletin_files"
FORMS: Mapping[str, Callable[[Content], bytes]] = {"pdf": paper.as_pdf, "docx": word.as_docx}


def read(bulletin: Bulletin, form: str) -> bytes:
    """
    Return a published bulletin as PDF or DOCX; where the worker has not come to it yet, it is made and kept now.

    :raises KeyError: there is no such form
    :raises FontsMissing: it has to be made, and the fonts were not fetched
    """
    kept = BulletinFile.objects.filter(bulletin=bulletin, form=form).values_list("content", flat=True).first()
    return bytes(kept) if kept is not None else _keep(bulletin, form)


def keep_missing() -> int:
    """Make the files of published bulletins that there are none of yet; return how many. Safe to run twice."""
    made = 0
    for form in FORMS:
        missing = Bulletin.objects.filter(state=State.PUBLISHED).exclude(files__form=form)
        for bulletin in missing.select_related("office").order_by("pk"):
            _keep(bulletin, form)
            made += 1
    return made


def _keep(bulletin: Bulletin, form: str) -> bytes:
    """Make a file and keep it; two at once make the same bytes, and the first ones stay."""
    made = FORMS[form](reading.content_of(bulletin))
    BulletinFile.objects.bulk_create([BulletinFile(bulletin=bulletin, form=form, content=made)], ignore_conflicts=True)
    return made
