"""The index of what an organ has in hand also by whose move it is, built while the portal is used."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

# A handler's cases lie with the handler's organ: taken for independent of each other, PostgreSQL expects a hundredth of
# the rows, and sorts all of them where the first ten stand in order in an index.
DEPENDENT = "CREATE STATISTICS case_handler_of_organ (dependencies) ON handler_id, handling_organ_id FROM complaints_case"
COUNT = "ANALYZE complaints_case (handler_id, handling_organ_id)"
AT_WORK = models.Q(("state__in", ["archived", "rejected", "redirected", "withdrawn", "merged"]), _negated=True)


class Migration(migrations.Migration):
    # Cases are written while it is built; the one before serves until then.
    atomic = False

    dependencies = [
        ("complaints", "0043_matters_name_post_and_reason"),]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=AT_WORK,
                fields=["handling_organ", "handler", "state", "reply_waits"],
                name="case_organ_by_move",
            ),
        ),
        RemoveIndexConcurrently(model_name="case", name="case_organ_in_hand"),
        migrations.RunSQL(DEPENDENT, "DROP STATISTICS case_handler_of_organ"),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
