"""What is said of datasets to machines: always in Chinese and in English, whatever language the reader chose."""

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise as Lazy

CHINESE, ENGLISH = "zh-hans", "en"


def in_both(words: Lazy | str) -> dict[str, str]:
    """Return the words in both languages, by the codes that standards of metadata use."""
    return {"zh": _said(words, CHINESE), "en": _said(words, ENGLISH)}


def _said(words: Lazy | str, language: str) -> str:
    with translation.override(language):
        return str(words)


def licence() -> dict[str, str]:
    """Return under which licence datasets leave."""
    return {"name": settings.OPEN_DATA_LICENCE, "path": settings.OPEN_DATA_LICENCE_URL}
