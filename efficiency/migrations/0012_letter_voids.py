from django.db import migrations, models


class Migration(migrations.Migration):
    """More reasons for which a letter holds no more."""

    dependencies = [("efficiency", "0011_post_sheets_and_letters")]

    operations = [
        migrations.AlterField(
            model_name="lettervoid",
            name="reason",
            field=models.CharField(
                choices=[
                    ("tenure_ended", "The tenure ended before the holder had signed."),
                    ("year_not_begun", "The tenure ended before the year of the letter had begun."),
                    ("no_leader", "Nobody was left in the superior post who could sign as the leader."),
                    (
                        "sheet_changed",
                        "The post sheet changed before anybody had signed; it was issued anew.",
                    ),
                ],
                max_length=20,
                verbose_name="reason",
            ),
        ),
    ]
