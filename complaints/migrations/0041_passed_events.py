"""The index of the few events by which cases are passed to and fro, built while the portal is used."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Events are written while it is built.
    atomic = False

    dependencies = [("complaints", "0040_reply_waits_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="caseevent",
            index=models.Index(
                condition=models.Q(("action__in", ["transfer", "return"])),
                fields=["at"],
                name="case_event_passed",
            ),
        ),
    ]
