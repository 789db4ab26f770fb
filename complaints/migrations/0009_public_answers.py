"""Public versions of cases."""

import complaints.models.public_answer
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0008_wording'),
        ('efficiency', '0003_notices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(default=complaints.models.public_answer.new_slug, editable=False, max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('complaint', 'complaint'), ('request', 'request'), ('consultation', 'consultation'), ('suggestion', 'suggestion')], max_length=14, verbose_name='kind')),
                ('category', models.CharField(blank=True, choices=[('inaction', 'inaction'), ('delay', 'delay or overrun'), ('misconduct', 'misconduct'), ('buck_passing', 'buck-passing'), ('broken_commitment', 'broken service commitment'), ('no_one_time_notice', 'no one-time notice'), ('first_receiver', 'first-receiver duty not kept'), ('arbitrary_fees', 'arbitrary fees'), ('arbitrary_fines', 'arbitrary fines'), ('arbitrary_levies', 'arbitrary levies'), ('door', 'no way in'), ('person', 'nobody to be met'), ('face', 'unfriendly treatment'), ('matter', 'matters made difficult'), ('work_discipline', 'absent or on private business'), ('non_disclosure', 'not disclosed what must be'), ('blockage', 'mid-level blockage, not carried out'), ('integrity', 'extortion of favours, abuse of power'), ('other', 'other')], max_length=24, verbose_name='category')),
                ('outcome', models.CharField(choices=[('upheld', 'upheld'), ('partly', 'partly upheld'), ('not_upheld', 'not upheld'), ('not_verifiable', 'could not be verified'), ('answered', 'answered')], max_length=16, verbose_name='outcome')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('question', models.TextField(verbose_name='question')),
                ('answer', models.TextField(verbose_name='answer')),
                ('state', models.CharField(choices=[('proposed', 'waiting for approval'), ('published', 'public'), ('returned', 'sent back'), ('withdrawn', 'taken back')], default='proposed', max_length=10, verbose_name='state')),
                ('drafted_at', models.DateTimeField(verbose_name='drafted at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('remark', models.TextField(blank=True, verbose_name='remark of the approver')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back at')),
                ('withdrawal_reason', models.TextField(blank=True, verbose_name='reason of the taking back')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='public_answers', to='complaints.case', verbose_name='case')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
                ('organ', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ', verbose_name='organ')),
                ('reply', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='complaints.reply', verbose_name='reply')),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'public version of a case',
                'verbose_name_plural': 'public versions of cases',
                'indexes': [models.Index(condition=models.Q(('state', 'published')), fields=['-decided_at', '-id'], name='public_answer_newest'), models.Index(condition=models.Q(('state', 'published')), fields=['organ', '-decided_at', '-id'], name='public_answer_of_organ')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'published'])), fields=('case',), name='public_answer_one_live'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['published', 'returned']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='public_answer_was_decided', violation_error_message='What is public was approved by a person.'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('drafted_by')), _negated=True), _connector='OR'), name='public_answer_two_persons', violation_error_message='Whoever drafted a public version cannot approve it.'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), ('withdrawn_at__isnull', False)), models.Q(models.Q(('state', 'withdrawn'), _negated=True), ('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), _connector='OR'), name='public_answer_withdrawal_has_moment'), models.CheckConstraint(condition=models.Q(('withdrawn_by__isnull', True), models.Q(('withdrawal_reason', ''), _negated=True), _connector='OR'), name='public_answer_withdrawn_by_hand_has_reason')],
            },
        ),
    ]
