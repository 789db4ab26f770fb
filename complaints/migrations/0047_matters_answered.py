"""The doubts of a matter get those of what is answered, decided and handed over."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0046_held_cases"),
    ]

    operations = [
        migrations.AlterField(
            model_name='matter',
            name='doubts',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('accepted_twice', 'accepted more than once: the first counts'), ('finished_twice', 'finished more than once: the first counts'), ('before_acceptance', 'reported for a time before the acceptance'), ('after_the_end', 'reported for a time after the end'), ('suspended_late', 'clock stopped after the last day: it ran on'), ('suspended_afterwards', 'clock stopped in time, reported only when it was overdue'), ('finished_afterwards', 'finished in time, reported only when it was overdue'), ('extended_late', 'more time given after the last day: it does not count'), ('extended_twice', 'more time given a second time: the first counts'), ('extended_too_long', 'more time given than the law allows: it does not count'), ('extended_stopped', 'more time given while the clock stood still: it does not count'), ('extended_afterwards', 'more time given in time, reported only when it was overdue'), ('moved_afterwards', 'receipt, acceptance, end of a standstill or decision moved only when it was overdue'), ('noticed_twice', 'told a second time what is missing'), ('deemed_accepted', 'not accepted in the time for it: it counts from the receipt'), ('finished_unaccepted', 'decided, and no acceptance reported: it counts from the receipt, where there is one'), ('answered_afterwards', 'receipt answered in time, reported only when that was overdue'), ('delivered_afterwards', 'handed over in time, reported only when that was overdue'), ('delivered_early', 'handed over before it was granted: it does not count'), ('suspended_twice', 'clock stopped while it stood still'), ('not_suspended', 'clock set running while it ran'), ('no_such_step', 'passed a step that the item does not have: it does not count'), ('corrects_nothing', 'corrects a report that is not there'), ('receipt_stays', 'a receipt cannot be taken back once its answer is overdue'), ('acceptance_stays', 'an acceptance can be moved, not taken back')], max_length=20), blank=True, default=list, size=None, verbose_name='what does not fit'),
        ),
    ]
