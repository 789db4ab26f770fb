"""Files erased in their time or looked at by a scanner, holds (docs/trust.md P-10, U-08), and spam as a ground (R-06)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0024_reply_files'),
        ('efficiency', '0005_log_in_records'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RetentionHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='reason')),
                ('until', models.DateField(verbose_name='last day')),
                ('placed_at', models.DateTimeField(verbose_name='placed at')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('lift_reason', models.TextField(blank=True, verbose_name='reason for lifting it')),
            ],
            options={
                'verbose_name': 'hold on erasure',
                'verbose_name_plural': 'holds on erasure',
            },
        ),
        migrations.AddField(
            model_name='attachment',
            name='erased_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='erased at'),
        ),
        migrations.AddField(
            model_name='attachment',
            name='harmful',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='harmful'),
        ),
        migrations.AddField(
            model_name='attachment',
            name='scanned_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='scanned at'),
        ),
        migrations.AlterField(
            model_name='case',
            name='rejection_ground',
            field=models.CharField(blank=True, choices=[('judicial', 'before a court, in arbitration, reconsideration or petition procedure'), ('out_of_remit', 'a matter of party, congress, court, procuratorate or army'), ('emergency', 'an emergency for 110, 119, 120 or 122'), ('repeated', 'the same facts are in progress or finished, nothing new'), ('unverifiable', 'cannot be verified'), ('private_dispute', 'a private dispute'), ('integrity', 'an integrity matter for the discipline organ'), ('secret', 'state secrets or the privacy of others'), ('abusive', 'abusive'), ('other_level', 'another organ is responsible'), ('spam', 'no matter at all: advertising, or sent by a program')], max_length=16, verbose_name='ground of rejection'),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(condition=models.Q(('erased_at__isnull', True)), fields=['created_at'], name='attachment_age'),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(condition=models.Q(('erased_at__isnull', True), ('scanned_at__isnull', True)), fields=['-created_at', '-id'], name='attachment_unscanned'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('rejection_ground', ''), _negated=True), fields=['rejection_ground', 'next_due_at', 'id'], name='case_by_rejection'),
        ),
        migrations.AddIndex(
            model_name='reveal',
            index=models.Index(fields=['-at', '-id'], name='reveal_newest'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), models.Q(('original_name', b''), ('sealed_name', '')), _connector='OR'), name='attachment_erased_whole', violation_error_message='Of an erased file neither original nor name is kept.'),
        ),
        migrations.AddField(
            model_name='retentionhold',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='retention_holds', to='complaints.case', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='retentionhold',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by'),
        ),
        migrations.AddField(
            model_name='retentionhold',
            name='placed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='placed by'),
        ),
        migrations.AddIndex(
            model_name='retentionhold',
            index=models.Index(condition=models.Q(('lifted_at__isnull', True)), fields=['case', 'until'], name='retention_hold_standing'),
        ),
        migrations.AddIndex(
            model_name='retentionhold',
            index=models.Index(fields=['-placed_at', '-id'], name='retention_hold_newest'),
        ),
        migrations.AddConstraint(
            model_name='retentionhold',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='retention_hold_has_reason', violation_error_message='A hold on erasure has a reason.'),
        ),
        migrations.AddConstraint(
            model_name='retentionhold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lift_reason', ''), ('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='retention_hold_lift_is_whole', violation_error_message='Whoever lifts a hold on erasure says why.'),
        ),
    ]
