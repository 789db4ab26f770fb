from django.db import migrations

# A sample of a large table meets few subjects twice and takes them for a tenth of what they are: lists of fifty cases
# then seemed to have thousands of promises, and all that run were looked through for them.
MANY = (
    "ALTER TABLE efficiency_deadline ALTER COLUMN object_id SET (n_distinct = -0.1);"
    "ANALYZE efficiency_deadline (object_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("efficiency", "0020_deadlines_counted"),]

    operations = [
        migrations.RunSQL(MANY, "ALTER TABLE efficiency_deadline ALTER COLUMN object_id RESET (n_distinct)"),
    ]
