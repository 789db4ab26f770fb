"""Indexes for browsing what is public: by organ and heading, theme, number, and by what holds no more."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("disclosure", "0003_documents"),
        ('efficiency', '0013_kept_files'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['organ', 'column', '-published_at', '-id'], name='document_of_both'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['theme', '-published_at', '-id'], name='document_of_theme'),
        ),
        migrations.AddIndex(
            model_name='documentversion',
            index=models.Index(condition=models.Q(('state', 'published'), ('valid_until__isnull', False)), fields=['valid_until'], name='version_expires'),
        ),
        migrations.AddIndex(
            model_name='documentversion',
            index=models.Index(condition=models.Q(('repealed_on__isnull', False), ('state', 'published')), fields=['repealed_on'], name='version_repealed'),
        ),
        migrations.AddIndex(
            model_name='documentversion',
            index=models.Index(condition=models.Q(('state', 'published'), models.Q(('document_number', ''), _negated=True)), fields=['document_number'], name='version_of_number'),
        ),
    ]
