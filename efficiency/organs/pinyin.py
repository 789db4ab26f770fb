"""Chinese names in pinyin, as the people who live there read them."""

from functools import cache, lru_cache
from types import ModuleType

# Readings that the dictionary gives otherwise.
LOCAL = {"勒流": [["lè"], ["liú"]], "更合": [["gēng"], ["hé"]], "芦苞": [["lú"], ["bāo"]]}


# A city has a few hundred organs with some thousand posts, and a search looks through the names of all organs.
@lru_cache(maxsize=10_000)
def syllables(name: str) -> tuple[str, ...]:
    """Return the syllables of ``name`` without tones; what is not Chinese stays as it is."""
    return tuple(_library().lazy_pinyin(name))


@cache
def _library() -> ModuleType:
    """Load the dictionary, which takes a third of a second: most processes never ask how a name is read."""
    import pypinyin

    pypinyin.load_phrases_dict(LOCAL)
    return pypinyin
