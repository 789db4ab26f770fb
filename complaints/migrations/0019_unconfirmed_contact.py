"""A contact that was given and did not confirm; of no case so far."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0018_suspension_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='unconfirmed',
            field=models.BooleanField(db_default=False, default=False, verbose_name='the contact did not confirm'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('unconfirmed', False), models.Q(('anonymous', False), ('consent', False)), _connector='OR'), name='case_unconfirmed_is_of_a_name', violation_error_message='Only a contact that was given can fail to confirm, and it is shown to nobody.'),
        ),
    ]
