import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Doubts about what was reported late, and an index of the few matters whose clock stands still."""

    dependencies = [
        ("complaints", "0034_mail"),
    ]

    operations = [
        migrations.AlterField(
            model_name="matter",
            name="doubts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("accepted_twice", "accepted more than once: the first counts"),
                        ("finished_twice", "finished more than once: the first counts"),
                        ("before_acceptance", "reported for a time before the acceptance"),
                        ("after_the_end", "reported for a time after the end"),
                        ("suspended_late", "clock stopped after the last day: it ran on"),
                        ("suspended_afterwards", "clock stopped in time, reported only when it was overdue"),
                        ("finished_afterwards", "finished in time, reported only when it was overdue"),
                        ("suspended_twice", "clock stopped while it stood still"),
                        ("not_suspended", "clock set running while it ran"),
                        ("corrects_nothing", "corrects a report that is not there"),
                        ("acceptance_stays", "an acceptance can be moved, not taken back"),
                    ],
                    max_length=20,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="what does not fit",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("state", "suspended")), fields=["organ", "item"], name="matter_stopped"
            ),
        ),
    ]
