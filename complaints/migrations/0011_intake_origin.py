"""Where a case came from, groups and who speaks for them, and indexes for the few cases that filters ask for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0010_intake_extensions'),
        ('efficiency', '0003_notices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Origin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_whom', models.CharField(blank=True, max_length=120, verbose_name='passed on by')),
                ('reference', models.CharField(blank=True, max_length=80, verbose_name='document number')),
                ('report_by', models.DateField(blank=True, null=True, verbose_name='result to be reported by')),
                ('report', models.TextField(blank=True, verbose_name='result as reported')),
                ('reported_at', models.DateTimeField(blank=True, null=True, verbose_name='result reported at')),
            ],
            options={
                'verbose_name': 'origin of a case',
                'verbose_name_plural': 'origins of cases',
            },
        ),
        migrations.AddField(
            model_name='case',
            name='group_size',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='people of the group'),
        ),
        migrations.AddField(
            model_name='caseidentity',
            name='representatives',
            field=models.BinaryField(blank=True, default=b'', verbose_name='further representatives'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('urgent', True)), fields=['next_due_at', 'id'], name='case_pressing'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('group_size__isnull', False)), fields=['next_due_at', 'id'], name='case_of_group'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('channel', 'web'), _negated=True), fields=['channel', 'next_due_at', 'id'], name='case_by_channel'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('group_size__isnull', True), ('group_size__gte', 2), _connector='OR'), name='case_group_is_of_several', violation_error_message='A group has at least two people.'),
        ),
        migrations.AddField(
            model_name='origin',
            name='case',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='origin', to='complaints.case'),
        ),
        migrations.AddField(
            model_name='origin',
            name='reported_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='origin',
            constraint=models.CheckConstraint(condition=models.Q(('from_whom', ''), ('reference', ''), ('report_by__isnull', True), _negated=True), name='origin_says_something'),
        ),
        migrations.AddConstraint(
            model_name='origin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('report', ''), ('reported_at__isnull', True), ('reported_by__isnull', True)), models.Q(models.Q(('report', ''), _negated=True), ('reported_at__isnull', False), ('reported_by__isnull', False)), _connector='OR'), name='origin_report_is_whole'),
        ),
    ]
