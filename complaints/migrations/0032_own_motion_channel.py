"""What the office took up of its own motion came from nobody above: it has a channel of its own (docs/domain.md 4.6)."""

from django.db import migrations, models


OWN = """
UPDATE complaints_case AS c SET channel = 'own_motion'
  FROM complaints_origin AS o
 WHERE o.case_id = c.id AND o.withdrawn_id IS NOT NULL AND c.channel = 'superior'
"""
BEFORE = "UPDATE complaints_case SET channel = 'superior' WHERE channel = 'own_motion'"


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0031_hold_keeps_texts"),
    ]

    operations = [
        migrations.AlterField(
            model_name='case',
            name='channel',
            field=models.CharField(choices=[('web', 'web'), ('phone', 'telephone'), ('letter', 'letter'), ('email', 'e-mail'), ('visit', 'visit'), ('hotline', '12345 hotline'), ('reception_day', 'director reception day'), ('social_supervisor', 'social supervisor'), ('inspection', 'inspection'), ('superior', 'passed down from above'), ('media', 'media'), ('own_motion', 'own motion')], default='web', max_length=18, verbose_name='channel'),
        ),
        migrations.RunSQL(OWN, BEFORE),
    ]
