"""What an application filed through Open311 is known by, and whether its citizen fetched number and code."""

import complaints.models.public_answer
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0028_matters"),
        ("efficiency", "0011_post_sheets_and_letters"),
    ]

    operations = [
        migrations.CreateModel(
            name='FiledRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(default=complaints.models.public_answer.new_slug, editable=False, max_length=16, unique=True)),
                ('collected_at', models.DateTimeField(blank=True, null=True, verbose_name='receipt fetched at')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='filed_request', to='complaints.case', verbose_name='case')),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.apikey', verbose_name='API key')),
            ],
            options={
                'verbose_name': 'request filed through Open311',
                'verbose_name_plural': 'requests filed through Open311',
            },
        ),
    ]
