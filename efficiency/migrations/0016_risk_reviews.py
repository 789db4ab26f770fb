"""Reviews of integrity risk points, each a promise (docs/domain.md 7)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("efficiency", "0015_reported_extensions"),
    ]

    operations = [
        migrations.CreateModel(
            name='RiskReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('yearly', 'a year has passed'), ('changed', 'the sheet changed, or a point was never reviewed')], max_length=10, verbose_name='why')),
                ('sheet_print', models.CharField(max_length=32)),
                ('owed_since', models.DateTimeField(verbose_name='to be made since')),
                ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed at')),
                ('void_at', models.DateTimeField(blank=True, null=True, verbose_name='not owed any more since')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='risk_reviews', to='efficiency.post', verbose_name='post')),
                ('reviewed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
            ],
            options={
                'verbose_name': 'review of risk points',
                'verbose_name_plural': 'reviews of risk points',
                'indexes': [models.Index(fields=['post', '-reviewed_at'], name='risk_review_of_post')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('reviewed_at__isnull', True), ('void_at__isnull', True)), fields=('post',), name='risk_review_one_owed', violation_error_message='A review of this post is owed already.'), models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at__isnull', True), ('reviewed_by__isnull', True)), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False), ('void_at__isnull', True)), _connector='OR'), name='risk_review_made_by_somebody', violation_error_message='A review was made by somebody, or not at all.')],
            },
        ),
    ]
