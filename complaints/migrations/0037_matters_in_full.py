"""Departments report more of a matter: receipt, notice of what is missing, more time, delivery (docs/api.md)."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0036_kept_files_moved"),
        ("efficiency", "0015_reported_extensions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='matterreport',
            name='matter_report_says_what_it_has_to',
        ),
        migrations.AddField(
            model_name='matterreport',
            name='approver',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='approved by'),
        ),
        migrations.AddField(
            model_name='matterreport',
            name='days',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='working days'),
        ),
        migrations.AlterField(
            model_name='matter',
            name='doubts',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('accepted_twice', 'accepted more than once: the first counts'), ('finished_twice', 'finished more than once: the first counts'), ('before_acceptance', 'reported for a time before the acceptance'), ('after_the_end', 'reported for a time after the end'), ('suspended_late', 'clock stopped after the last day: it ran on'), ('suspended_afterwards', 'clock stopped in time, reported only when it was overdue'), ('finished_afterwards', 'finished in time, reported only when it was overdue'), ('extended_late', 'more time given after the last day: it does not count'), ('extended_twice', 'more time given a second time: the first counts'), ('extended_too_long', 'more time given than the law allows: it does not count'), ('extended_stopped', 'more time given while the clock stood still: it does not count'), ('extended_afterwards', 'more time given in time, reported only when it was overdue'), ('moved_afterwards', 'acceptance or end of a standstill moved only when it was overdue'), ('noticed_twice', 'told a second time what is missing'), ('deemed_accepted', 'accepted after the time for it: it counts from the receipt'), ('delivered_early', 'handed over before it was granted: it does not count'), ('suspended_twice', 'clock stopped while it stood still'), ('not_suspended', 'clock set running while it ran'), ('corrects_nothing', 'corrects a report that is not there'), ('acceptance_stays', 'an acceptance can be moved, not taken back')], max_length=20), blank=True, default=list, size=None, verbose_name='what does not fit'),
        ),
        migrations.AlterField(
            model_name='matterreport',
            name='kind',
            field=models.CharField(choices=[('received', 'material received'), ('notice', 'told what is missing'), ('accepted', 'accepted'), ('step_passed', 'step passed'), ('suspended', 'clock stopped'), ('resumed', 'clock runs again'), ('extended', 'more time given'), ('finished', 'finished'), ('delivered', 'result handed over'), ('corrected', 'earlier report corrected')], max_length=12, verbose_name='what happened'),
        ),
        migrations.AddConstraint(
            model_name='matterreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('item__isnull', False), ('kind', 'accepted')), models.Q(('kind', 'step_passed'), ('step__isnull', False)), models.Q(('kind', 'suspended'), models.Q(('ground', ''), _negated=True)), models.Q(('kind', 'finished'), models.Q(('outcome', ''), _negated=True)), models.Q(('kind', 'corrected'), models.Q(('corrects', ''), _negated=True)), models.Q(('item__isnull', False), ('kind', 'received')), models.Q(('days__isnull', False), ('kind', 'extended'), models.Q(('approver', ''), _negated=True)), ('kind__in', ['resumed', 'notice', 'delivered']), _connector='OR'), name='matter_report_says_what_it_has_to', violation_error_message='A report says everything that its kind has to say.'),
        ),
    ]
