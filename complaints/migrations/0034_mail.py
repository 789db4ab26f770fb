"""A letter is put aside for two reasons more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("complaints", "0033_queues")]

    operations = [
        migrations.AlterField(
            model_name="incomingmail",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("auto_reply", "automatic reply"),
                    ("bounce", "report that a letter could not be delivered"),
                    ("receipt", "confirmation of reading or delivery"),
                    ("list", "mailing list or bulk letter"),
                    ("own", "a letter of the portal's own that came back"),
                    ("loop", "a letter that goes round between machines"),
                    ("too_large", "larger than what is taken; it lies on in the mailbox"),
                    ("head", "too much in its header"),
                    ("parts", "too many parts"),
                    ("depth", "parts nested too deep"),
                    ("heavy", "takes too much time or memory to read"),
                    ("broken", "broken, cannot be read"),
                    ("no_letter", "no letter at all"),
                    ("empty", "nothing in it"),
                    ("no_sender", "no address of a sender"),
                    ("poison", "reading it failed again and again"),
                    ("closed", "answers a case that takes nothing any more"),
                    ("many", "one of too many from its address within a day"),
                ],
                default="",
                max_length=10,
                verbose_name="reason",
            ),
        ),
    ]
