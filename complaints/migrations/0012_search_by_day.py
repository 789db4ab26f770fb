"""
What cases are searched by: numbers go, characters of the title, the named person and marks for the day come.

Written here as it was then, in batches that may be stopped and begun again: each row comes out the same.
"""

import unicodedata
from datetime import UTC, date

from django.db import migrations

BATCH = 2000
PERIODS = (1, 8, 64, 512)
PRIVATE, MARKS, MARKS_OF_LENGTH = 0xE000, 0x1900, 100_000
FIRST_DAY = date(2000, 1, 1)


def normalise(text):
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pairs_of(*texts):
    return {
        word[place : place + 2]
        for text in texts
        for word in normalise(text).split()
        for place in range(len(word) - 1)
    }


def elements_of(case):
    found = {*pairs_of(case.title, case.description, case.named_person), *normalise(case.title)} - {" "}
    day = max(0, (case.received_at.astimezone(UTC).date() - FIRST_DAY).days)
    texts = (each for each in found if not all(PRIVATE <= ord(sign) < PRIVATE + MARKS for sign in each))
    numbers = [place * MARKS_OF_LENGTH + day // length for place, length in enumerate(PERIODS)]
    return [*sorted(texts), *(chr(PRIVATE + number // MARKS) + chr(PRIVATE + number % MARKS) for number in numbers)]


def write_anew(apps, elements):
    Case = apps.get_model("complaints", "Case")
    last = 0
    while True:
        columns = ("id", "number", "title", "description", "named_person", "received_at")
        cases = list(Case.objects.filter(pk__gt=last).order_by("pk").only(*columns)[:BATCH])
        if not cases:
            return
        for case in cases:
            case.search_pairs = elements(case)
        Case.objects.bulk_update(cases, ["search_pairs"], batch_size=200)
        last = cases[-1].pk


def forwards(apps, schema_editor):
    write_anew(apps, elements_of)


def backwards(apps, schema_editor):
    write_anew(apps, lambda case: sorted(pairs_of(case.number, case.title, case.description)))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("complaints", "0011_intake_origin")]

    operations = [migrations.RunPython(forwards, backwards)]
