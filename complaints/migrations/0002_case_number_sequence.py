"""The sequence that case numbers are drawn from; gaps are allowed, repetitions are not."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE complaints_case_number AS bigint START 1",
            "DROP SEQUENCE complaints_case_number",
        ),
    ]
