"""
Who works in the demonstration: the accounts that one can log in with, and the people behind every other post.

All names are invented. Only the accounts of ``ACCOUNTS`` have a password; the others act in the stories and stand on
the post sheets, but nobody can log in as them.
"""

import re
from datetime import date, datetime
from zlib import crc32

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from efficiency.access.models import User
from efficiency.organs.models import Post, Tenure

# Everybody has held their post since then.
SINCE = date(2025, 1, 1)
# (account, name of the person, code of the post)
ACCOUNTS = (
    ("admin", "梁伟文", "440600-it-01"),
    ("head.office", "陈国梁", "440600-office-01"),
    ("head.review", "骆志恒", "440600-office-03"),
    ("leading.group", "霍景森", "440600-leading-group-11"),
    ("office", "李晓彤", "440600-office-12"),
    ("inspector", "周建成", "440600-office-21"),
    ("appraiser", "郑文辉", "440600-office-31"),
    ("auditor", "林秀珍", "440600-auditor-01"),
    ("supervisor.social", "卢炳坤", "440600-social-01"),
    ("clerk.construction", "张颖怡", "440600-construction-11"),
    ("reviewer.construction", "关绮雯", "440600-construction-12"),
    ("leader.construction", "蔡志强", "440600-construction-01"),
    ("editor.construction", "陈嘉欣", "440600-construction-21"),
    ("clerk.tax", "刘思敏", "440600-tax-11"),
    ("leader.tax", "何耀光", "440600-tax-01"),
    ("clerk.chancheng", "谭敏婷", "440604-11"),
    ("leader.chancheng", "梁启华", "440604-01"),
)
# What the accounts of all others begin with.
POST_ACCOUNT = "post."
# People whom a story names, or who should not be a chance name.
KNOWN = {
    "440600-office-02": "黄佩芬",
    "440600-office-11": "何永强",
    "440600-office-22": "吴静怡",
    "440600-construction-02": "冯国权",
    "440600-construction-32": "江丽霞",
    "440600-construction-34": "谢文锋",
    "440600-tax-02": "罗慧珊",
    "440600-sasac-01": "区志坚",
    "440600-sasac-11": "李锦棠",
}
# What people here are called; the given names go with either.
SURNAMES = "陈梁李黄何冯谭罗区潘霍邓麦关冼招简卢叶吴周郑林张刘谢杨苏曾莫欧庞骆伍孔岑岳符"
GIVEN_NAMES = re.findall(
    "..",
    "志明国强伟雄建华永康少芬秀英惠珍佩仪婉玲家豪俊杰嘉敏敏华洁莹晓峰锦添炳辉耀祖启明"
    "丽华燕芳淑贤静雯文浩子健海涛健生玉冰雪梅伟杰志恒绮红美玲润森树棠景新凤仪国雄咏诗",
)


def name_for(post_code: str, taken: set[str]) -> str:
    """Return an invented name for the holder of a post, the same at every loading, and not one of ``taken``."""
    seed = crc32(post_code.encode())
    for turn in range(len(SURNAMES) * len(GIVEN_NAMES)):
        place = (seed + turn * 7919) % (len(SURNAMES) * len(GIVEN_NAMES))
        surname, given = divmod(place, len(GIVEN_NAMES))
        name = SURNAMES[surname] + GIVEN_NAMES[given]
        if name not in taken:
            return name
    raise LookupError("There are more posts than names.")


def has_others() -> bool:
    """Say whether somebody has an account who is not of the demonstration."""
    invented = [username for username, _name, _post in ACCOUNTS]
    return User.objects.exclude(username__in=invented).exclude(username__startswith=POST_ACCOUNT).exists()


@transaction.atomic
def load_people(*, at: datetime) -> int:
    """
    Give every post without a holder somebody who holds it, and return how many people were added.

    The password of the accounts is hashed once for all of them: the hash is slow on purpose.
    """
    there = {user.username: user for user in User.objects.order_by("id")}
    held = set(Tenure.objects.order_by("id").values_list("post_id", flat=True))
    accounts = {post: (username, name) for username, name, post in ACCOUNTS}
    password = make_password(settings.DEMO_PASSWORD)
    nobody = make_password(None)
    taken = {user.full_name for user in there.values()} | set(KNOWN.values())
    new, tenures = [], []
    for post in Post.objects.order_by("id"):
        if post.pk in held:
            continue
        username, name = accounts.get(post.code, (f"{POST_ACCOUNT}{post.code}", ""))
        user = there.get(username)
        if user is None:
            name = name or KNOWN.get(post.code) or name_for(post.code, taken)
            taken.add(name)
            user = User(
                username=username,
                full_name=name,
                password=password if post.code in accounts else nobody,
                password_changed_at=at,
                date_joined=at,
                is_staff=True,
            )
            new.append(user)
        tenures.append(Tenure(user=user, post=post, since=SINCE, reason="演示数据"))
    User.objects.bulk_create(new)
    Tenure.objects.bulk_create(tenures)
    return len(new)
