"""
One way of masking what belongs to a person, for pages, exports, print and messages (docs/trust.md P-03).

    mask(Personal.NAME, "欧阳娜娜")  → 欧阳**
    mask(Personal.PHONE, "13812345678") → 138****5678
    mask(Personal.EMAIL, "anna@example.cn") → a***@example.cn
"""

import re
from enum import Enum

STAR = "*"
# Surnames of two characters; everything else is a surname of one.
COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛司徒司空司寇东方独孤南宫夏侯皇甫尉迟公孙慕容令狐宇文长孙轩辕端木百里呼延东郭南门西门左丘公羊公冶公西"
        "谷梁澹台太史太叔申屠钟离濮阳淳于单于叔孙仲孙孟孙季孙鲜于闾丘拓跋赫连完颜纳兰万俟闻人漆雕乐正壤驷宰父第五梁丘羊舌巫马"
        "子车颛孙亓官即墨达奚褚师",
    )
)
_CHINESE = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f]")
_WORDS = re.compile(r"([\s·•‧.,'’-]+)")


class Personal(Enum):
    """What a value is, which decides how it is masked."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"


def mask(what: Personal, value: str) -> str:
    """Return ``value`` with what would tell the person hidden; empty stays empty."""
    value = value.strip()
    if not value:
        return ""
    return {Personal.NAME: _name, Personal.PHONE: _phone, Personal.EMAIL: _email}[what](value)


def _name(value: str) -> str:
    if len(value) == 1:
        return STAR
    words = [word for word in _WORDS.split(value) if word]
    # A Chinese name is one word; names with a dot or spaces keep the first letter of each part.
    if len(words) == 1 and _CHINESE.match(value):
        kept = 2 if value[:2] in COMPOUND_SURNAMES and len(value) > 2 else 1
        return value[:kept] + STAR * max(1, len(value) - kept)
    return "".join(word if _WORDS.fullmatch(word) else word[0] + STAR * max(1, len(word) - 1) for word in words)


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    if len(digits) > 11 and digits.startswith("86"):
        digits = digits[2:]
    if len(digits) >= 11:
        return digits[:3] + STAR * 4 + digits[-4:]
    # What is left of a short number must not be the number.
    return STAR * 4 + digits[-2:] if len(digits) >= 6 else STAR * 4


def _email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not at:
        return STAR * 3
    return f"{local[:1]}{STAR * 3}@{domain}"
