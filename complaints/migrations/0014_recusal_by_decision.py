"""A fourth ground of recusal beside the three: another person decided so. Changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("complaints", "0013_reply_check")]

    operations = [
        migrations.AlterField(
            model_name="recusal",
            name="ground",
            field=models.CharField(
                choices=[
                    ("person_concerned", "is the person concerned"),
                    ("declared", "has declared a conflict"),
                    ("decided", "was kept out by decision of another person"),
                    ("former_decision", "wrote the decision under review"),
                ],
                max_length=20,
                verbose_name="ground",
            ),
        ),
    ]
