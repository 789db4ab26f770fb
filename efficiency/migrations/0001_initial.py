"""Tables, triggers and the calendar in SQL: what efficiency.timing.sql defined when this migration was made."""

import datetime
import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION efficiency_calendar_held() RETURNS TABLE (id bigint, at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- Volatile, so that the second statement sees what was committed while the first one waited.
    PERFORM pg_advisory_xact_lock_shared(20040102);
    RETURN QUERY SELECT version.id, version.at FROM efficiency_calendarversion AS version ORDER BY 1 DESC LIMIT 1;
END $$;

CREATE FUNCTION efficiency_working_ordinal(day date) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT AS $$
DECLARE
    answer integer := (SELECT ordinal FROM efficiency_calendarday WHERE date = day);
BEGIN
    IF answer IS NULL THEN
        RAISE EXCEPTION '% lies outside the calendar.', day USING ERRCODE = 'data_exception';
    END IF;
    RETURN answer;
END $$;

CREATE FUNCTION efficiency_nth_working_day(number integer) RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT AS $$
DECLARE
    answer date := (
        SELECT date FROM efficiency_calendarday WHERE ordinal = number AND kind IN ('working', 'makeup')
    );
BEGIN
    IF answer IS NULL THEN
        RAISE EXCEPTION 'Working day number % lies outside the calendar.', number USING ERRCODE = 'data_exception';
    END IF;
    RETURN answer;
END $$;

CREATE FUNCTION efficiency_working_days_between(after date, until date) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE STRICT AS $$
    SELECT efficiency_working_ordinal(until) - efficiency_working_ordinal(after)
$$;

CREATE FUNCTION efficiency_add_working_days(start date, number integer) RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT AS $$
BEGIN
    IF number < 1 THEN
        RAISE EXCEPTION 'There is no working day number % after %.', number, start USING ERRCODE = 'data_exception';
    END IF;
    RETURN efficiency_nth_working_day(efficiency_working_ordinal(start) + number);
END $$;

-- The last day of one stretch in days, months or years that counts from the day after "after". An extension is a
-- second call that starts from the first one's result.
CREATE FUNCTION efficiency_due_date(after date, number integer, unit text, pauses datemultirange DEFAULT '{}')
RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT AS $$
DECLARE
    pause daterange;
    target integer;
    full_on date;
    last_day date;
BEGIN
    IF unit = 'wd' THEN
        IF number = 0 THEN    -- "at once": the same working day, or the next one
            after := after - 1;
            number := 1;
        END IF;
        target := efficiency_working_ordinal(after) + number;
        FOR pause IN SELECT unnest(pauses) LOOP
            CONTINUE WHEN upper(pause) - 1 <= after;
            EXIT WHEN lower(pause) > efficiency_nth_working_day(target);
            target := target
                    + efficiency_working_days_between(greatest(lower(pause) - 1, after), upper(pause) - 1);
        END LOOP;
        RETURN efficiency_nth_working_day(target);
    END IF;
    full_on := CASE unit
        WHEN 'd' THEN after + number
        WHEN 'm' THEN (after + make_interval(months => number))::date
        WHEN 'y' THEN (after + make_interval(years => number))::date
    END;
    IF full_on IS NULL THEN
        RAISE EXCEPTION 'A limit in % has no last day here.', unit USING ERRCODE = 'data_exception';
    END IF;
    FOR pause IN SELECT unnest(pauses) LOOP
        IF upper(pause) - 1 > after AND lower(pause) <= full_on THEN
            full_on := full_on + (upper(pause) - 1 - greatest(lower(pause) - 1, after));
        END IF;
    END LOOP;
    last_day := efficiency_on_or_after(full_on);
    FOR pause IN SELECT unnest(pauses) LOOP
        IF last_day <@ pause THEN
            last_day := efficiency_on_or_after(upper(pause));
        END IF;
    END LOOP;
    RETURN last_day;
END $$;

CREATE FUNCTION efficiency_on_or_after(day date) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE STRICT AS $$
    SELECT efficiency_nth_working_day(
        efficiency_working_ordinal(day)
        + (SELECT kind NOT IN ('working', 'makeup') FROM efficiency_calendarday WHERE date = day)::int
    )
$$;

-- All moments of a promise that ends with a day; "red" and "fourth" are working days after the last day.
CREATE FUNCTION efficiency_moments(started_at timestamptz, last_day date, red integer, fourth integer)
RETURNS TABLE (
    warn_at timestamptz, due_at timestamptz, overdue_at timestamptz, red_at timestamptz, fourth_at timestamptz,
    provisional boolean
)
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT AS $$
DECLARE
    last_ordinal integer := efficiency_working_ordinal(last_day);
    is_worked boolean := (SELECT kind IN ('working', 'makeup') FROM efficiency_calendarday WHERE date = last_day);
    start_day date := (started_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    overdue_at := (last_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
    due_at := overdue_at - interval '1 second';
    warn_at := started_at;
    IF last_day > start_day THEN
        warn_at := greatest(started_at, (
            SELECT (date + time '09:00') AT TIME ZONE 'Asia/Shanghai' FROM efficiency_calendarday
             WHERE ordinal = last_ordinal - is_worked::int AND kind IN ('working', 'makeup')
        ));
    END IF;
    red_at := overdue_at;
    IF red > 0 THEN
        red_at := (efficiency_nth_working_day(last_ordinal + red) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
    END IF;
    fourth_at := overdue_at;
    IF fourth > 0 THEN
        fourth_at := (efficiency_nth_working_day(last_ordinal + fourth) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
    END IF;
    provisional := EXISTS (
        SELECT FROM efficiency_calendaryear AS year
         WHERE year.state = 'provisional'
           AND year.year BETWEEN extract(year FROM start_day) AND extract(year FROM last_day)
    );
    RETURN NEXT;
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION IF EXISTS efficiency_moments(timestamptz, date, integer, integer);
DROP FUNCTION IF EXISTS efficiency_due_date(date, integer, text, datemultirange);
DROP FUNCTION IF EXISTS efficiency_on_or_after(date);
DROP FUNCTION IF EXISTS efficiency_add_working_days(date, integer);
DROP FUNCTION IF EXISTS efficiency_working_days_between(date, date);
DROP FUNCTION IF EXISTS efficiency_nth_working_day(integer);
DROP FUNCTION IF EXISTS efficiency_working_ordinal(date);
DROP FUNCTION IF EXISTS efficiency_calendar_held();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Organ",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="efficiency.organ",
                        verbose_name="parent",
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("short_name", models.CharField(blank=True, max_length=40, verbose_name="short name")),
                ("sort_key", models.CharField(blank=True, max_length=200, verbose_name="sort key (pinyin)")),
                (
                    "level",
                    models.CharField(
                        choices=[("city", "city"), ("district", "district"), ("town", "town or street")],
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("government", "people's government"),
                            ("department", "department"),
                            ("town", "town"),
                            ("street", "street office"),
                            ("efficiency_office", "efficiency office"),
                        ],
                        max_length=20,
                        verbose_name="kind of organ",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="district",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_pilot", models.BooleanField(default=False, verbose_name="pilot")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=60, verbose_name="telephone")),
                ("complaint_phone", models.CharField(blank=True, max_length=60, verbose_name="complaint telephone")),
                ("since", models.DateField(default=datetime.date(2005, 1, 1), verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "organ",
                "verbose_name_plural": "organs",
                "indexes": [models.Index(fields=["kind", "level"], name="organ_kind")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"),
                        name="organ_period_is_ordered",
                        violation_error_message="The end of an organ comes after its beginning.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("full_name", models.CharField(max_length=60, verbose_name="name of the person")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="telephone")),
                ("session_epoch", models.PositiveIntegerField(default=1, verbose_name="session epoch")),
                (
                    "password_changed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="password changed at"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Sweep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="as of")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("rehearsal", models.BooleanField(default=False, verbose_name="rehearsal")),
                ("checked", models.PositiveIntegerField(default=0)),
                ("warned", models.PositiveIntegerField(default=0)),
                ("overdue", models.PositiveIntegerField(default=0)),
                ("escalated", models.PositiveIntegerField(default=0)),
                ("cards", models.PositiveIntegerField(default=0)),
                ("messages", models.PositiveIntegerField(default=0)),
                ("steady_seconds", models.FloatField(blank=True, null=True, verbose_name="steady clock (seconds)")),
                ("boot", models.CharField(blank=True, max_length=40, verbose_name="start of the machine")),
            ],
            options={
                "verbose_name": "sweep",
                "verbose_name_plural": "sweeps",
                "indexes": [
                    models.Index(
                        condition=models.Q(("rehearsal", False)), fields=["-finished_at"], name="sweep_heartbeat"
                    ),
                    models.Index(fields=["-at"], name="sweep_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClockConfirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="as of")),
                ("steady_seconds", models.FloatField(verbose_name="steady clock (seconds)")),
                ("boot", models.CharField(max_length=40, verbose_name="start of the machine")),
                ("last_sweep_id", models.BigIntegerField(default=0, verbose_name="last sweep before")),
            ],
            options={
                "verbose_name": "confirmation of the clock",
                "verbose_name_plural": "confirmations of the clock",
            },
        ),
        migrations.CreateModel(
            name="BatchInHand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deadline_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("taken_at", models.DateTimeField(verbose_name="taken at")),
                ("is_begun", models.BooleanField(default=True, verbose_name="begun")),
            ],
            options={
                "verbose_name": "batch in hand",
                "verbose_name_plural": "batches in hand",
            },
        ),
        migrations.CreateModel(
            name="SiteIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("office_name", models.CharField(blank=True, max_length=80, verbose_name="name of the office")),
                ("organiser", models.CharField(blank=True, max_length=80, verbose_name="organiser 主办单位")),
                ("operator", models.CharField(blank=True, max_length=80, verbose_name="operator 承办单位")),
                ("address", models.CharField(blank=True, max_length=120, verbose_name="address")),
                (
                    "telephone",
                    models.CharField(
                        blank=True,
                        help_text="Shown in the footer and on every error page.",
                        max_length=40,
                        verbose_name="complaint telephone",
                    ),
                ),
                ("office_hours", models.CharField(blank=True, max_length=120, verbose_name="office hours")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail of the office")),
                ("site_code", models.CharField(blank=True, max_length=20, verbose_name="site code 网站标识码")),
                (
                    "icp_number",
                    models.CharField(
                        blank=True,
                        help_text="The number of the body as the ministry's record site shows it.",
                        max_length=40,
                        verbose_name="ICP number",
                    ),
                ),
                (
                    "public_security_number",
                    models.CharField(blank=True, max_length=40, verbose_name="public-security record number"),
                ),
                (
                    "government_mark_url",
                    models.URLField(blank=True, verbose_name="address of the party-and-government site mark 党政机关"),
                ),
                (
                    "find_mistake_url",
                    models.URLField(blank=True, verbose_name="address of “find a mistake” 我为政府网站找错"),
                ),
                (
                    "about",
                    models.TextField(
                        blank=True,
                        help_text="Plain text below the general text of the page “About”.",
                        verbose_name="about the office",
                    ),
                ),
                (
                    "accessibility_checked_on",
                    models.DateField(
                        blank=True,
                        help_text="Shown in the accessibility statement.",
                        null=True,
                        verbose_name="last accessibility check on",
                    ),
                ),
                (
                    "accessibility_gaps",
                    models.TextField(
                        blank=True,
                        help_text="One a line; shown in the accessibility statement.",
                        verbose_name="known accessibility gaps",
                    ),
                ),
                ("mark", models.BinaryField(blank=True, default=b"", verbose_name="mark of the city")),
                (
                    "mark_digest",
                    models.CharField(blank=True, editable=False, max_length=16, verbose_name="digest of the mark"),
                ),
            ],
            options={
                "verbose_name": "site identity",
                "verbose_name_plural": "site identity",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)),
                        name="site_identity_is_one",
                        violation_error_message="There is one site identity only.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("date", models.DateField(primary_key=True, serialize=False, verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("working", "working day"),
                            ("weekend", "weekend"),
                            ("holiday", "holiday"),
                            ("makeup", "make-up working day"),
                        ],
                        max_length=10,
                        verbose_name="kind of day",
                    ),
                ),
                ("ordinal", models.PositiveIntegerField(verbose_name="running number of working days")),
                ("holiday", models.CharField(blank=True, max_length=60, verbose_name="holiday")),
            ],
            options={
                "verbose_name": "calendar day",
                "verbose_name_plural": "calendar days",
                "indexes": [
                    models.Index(
                        condition=models.Q(("kind__in", ("working", "makeup"))),
                        fields=["ordinal"],
                        include=("date",),
                        name="calendar_day_worked",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "holiday"),
                            models.Q(("date__iso_week_day__lte", 5), ("kind", "working")),
                            models.Q(("date__iso_week_day__gte", 6), ("kind__in", ["weekend", "makeup"])),
                            _connector="OR",
                        ),
                        name="calendar_day_kind_fits_weekday",
                        violation_error_message="Weekends and make-up working days fall on Saturday or Sunday.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "holiday"), models.Q(("holiday", ""), _negated=True)),
                            models.Q(models.Q(("kind", "holiday"), _negated=True), ("holiday", "")),
                            _connector="OR",
                        ),
                        name="calendar_day_holiday_is_named",
                        violation_error_message="A holiday, and only a holiday, has a name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(verbose_name="changed at")),
            ],
            options={
                "verbose_name": "version of the calendar",
                "verbose_name_plural": "versions of the calendar",
            },
        ),
        migrations.CreateModel(
            name="OrganEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="efficiency.organ",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.organ",
                        verbose_name="parent",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("short_name", models.CharField(blank=True, max_length=40, verbose_name="short name")),
                ("sort_key", models.CharField(blank=True, max_length=200, verbose_name="sort key (pinyin)")),
                (
                    "level",
                    models.CharField(
                        choices=[("city", "city"), ("district", "district"), ("town", "town or street")],
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("government", "people's government"),
                            ("department", "department"),
                            ("town", "town"),
                            ("street", "street office"),
                            ("efficiency_office", "efficiency office"),
                        ],
                        max_length=20,
                        verbose_name="kind of organ",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.organ",
                        verbose_name="district",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_pilot", models.BooleanField(default=False, verbose_name="pilot")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=60, verbose_name="telephone")),
                ("complaint_phone", models.CharField(blank=True, max_length=60, verbose_name="complaint telephone")),
                ("since", models.DateField(default=datetime.date(2005, 1, 1), verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organ",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="efficiency.organ",
                        verbose_name="organ",
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="post code")),
                ("name", models.CharField(max_length=80, verbose_name="post name")),
                ("section", models.CharField(blank=True, max_length=80, verbose_name="section")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("clerk", "clerk"),
                            ("organ_leader", "organ leader"),
                            ("disclosure_editor", "disclosure editor"),
                            ("office_officer", "efficiency-office officer"),
                            ("inspector", "inspector"),
                            ("appraisal_officer", "appraisal officer"),
                            ("auditor", "auditor"),
                            ("social_supervisor", "social supervisor"),
                            ("system_administrator", "system administrator"),
                        ],
                        max_length=24,
                        verbose_name="role in the portal",
                    ),
                ),
                (
                    "rank",
                    models.CharField(
                        choices=[("handler", "handler"), ("reviewer", "reviewer"), ("approver", "approver")],
                        default="handler",
                        max_length=10,
                        verbose_name="part in decisions",
                    ),
                ),
                ("is_head", models.BooleanField(default=False, verbose_name="head or deputy of the organ")),
                (
                    "superior",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subordinates",
                        to="efficiency.post",
                        verbose_name="superior post",
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stands_in_for",
                        to="efficiency.post",
                        verbose_name="stand-in (B)",
                    ),
                ),
                ("powers", models.TextField(blank=True, verbose_name="powers")),
                ("phone", models.CharField(blank=True, max_length=60, verbose_name="telephone")),
                ("since", models.DateField(default=datetime.date(2005, 1, 1), verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "post",
                "verbose_name_plural": "posts",
                "indexes": [models.Index(fields=["organ", "role"], name="post_role")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stand_in__isnull", True),
                            models.Q(("stand_in", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="post_is_not_its_own_stand_in",
                        violation_error_message="A post cannot stand in for itself.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UserEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("full_name", models.CharField(max_length=60, verbose_name="name of the person")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="telephone")),
                ("session_epoch", models.PositiveIntegerField(default=1, verbose_name="session epoch")),
                (
                    "password_changed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="password changed at"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FormerPassword",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("hash", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "former password",
                "verbose_name_plural": "former passwords",
                "indexes": [models.Index(fields=["user", "-set_at"], name="former_password_of_user")],
            },
        ),
        migrations.CreateModel(
            name="AuditRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("action", models.CharField(max_length=80, verbose_name="action")),
                ("object_type", models.CharField(blank=True, max_length=60, verbose_name="object type")),
                ("object_id", models.CharField(blank=True, max_length=60, verbose_name="object")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("done", "done"), ("refused", "refused"), ("failed", "failed")],
                        default="done",
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("detail", models.JSONField(blank=True, default=dict, verbose_name="detail")),
                ("request_id", models.CharField(blank=True, max_length=40, verbose_name="request id")),
            ],
            options={
                "verbose_name": "audit record",
                "verbose_name_plural": "audit records",
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_newest"),
                    models.Index(fields=["object_type", "object_id", "-at"], name="audit_of_object"),
                    models.Index(fields=["actor", "-at"], name="audit_of_actor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="kind of promise")),
                ("variant", models.CharField(blank=True, max_length=40, verbose_name="variant")),
                ("number", models.PositiveIntegerField(verbose_name="limit")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("wd", "working days"),
                            ("d", "calendar days"),
                            ("h", "hours"),
                            ("wh", "working hours"),
                            ("m", "months"),
                            ("y", "years"),
                        ],
                        max_length=2,
                        verbose_name="unit",
                    ),
                ),
                ("extension_number", models.PositiveIntegerField(default=0, verbose_name="extension at most")),
                (
                    "red_after",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="red after (working days)"),
                ),
                (
                    "fourth_after",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="level four after red (working days)"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "set_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("set_at", models.DateTimeField(verbose_name="set at")),
            ],
            options={
                "verbose_name": "limit",
                "verbose_name_plural": "limits",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "variant", "valid_from"),
                        name="limit_rule_one_a_day",
                        violation_error_message="There is a limit for this day already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.CharField(max_length=80, verbose_name="event")),
                (
                    "recipient",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("recipient_ref", models.CharField(blank=True, max_length=80, verbose_name="recipient outside")),
                (
                    "channel",
                    models.CharField(
                        choices=[("portal", "notification in the portal"), ("email", "e-mail")],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("kind", models.CharField(max_length=60, verbose_name="kind of message")),
                ("subject_type", models.CharField(blank=True, max_length=60, verbose_name="subject type")),
                ("subject_id", models.BigIntegerField(blank=True, null=True, verbose_name="subject")),
                ("values", models.JSONField(blank=True, default=dict, verbose_name="values")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("leased", "being sent"),
                            ("sent", "sent"),
                            ("dead", "dead letter"),
                            ("withheld", "withheld"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="next try at")),
                ("leased_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
                ("letter_id", models.BigIntegerField(blank=True, null=True, verbose_name="letter")),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "leased"])),
                        fields=["next_try_at", "id"],
                        name="message_to_send",
                    ),
                    models.Index(
                        condition=models.Q(("channel", "portal")),
                        fields=["recipient", "-created_at"],
                        name="message_of_user",
                    ),
                    models.Index(
                        condition=models.Q(("channel", "portal"), ("read_at__isnull", True), ("state", "sent")),
                        fields=["recipient", "-created_at"],
                        name="message_unread",
                    ),
                    models.Index(
                        condition=models.Q(("channel", "email"), ("state", "waiting")),
                        fields=["recipient", "next_try_at"],
                        name="message_waiting_of_user",
                    ),
                    models.Index(condition=models.Q(("state", "dead")), fields=["created_at"], name="message_dead"),
                    models.Index(
                        condition=models.Q(("channel", "email")), fields=["-created_at", "-id"], name="message_letters"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "recipient", "recipient_ref", "channel"),
                        name="message_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recipient__isnull", False), ("recipient_ref", "")),
                            models.Q(("recipient__isnull", True), models.Q(("recipient_ref", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="message_has_one_recipient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sent"), ("sent_at__isnull", False)),
                            models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="message_sent_has_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name="year")),
                (
                    "state",
                    models.CharField(
                        choices=[("provisional", "provisional"), ("confirmed", "confirmed")],
                        default="provisional",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("notice", models.CharField(blank=True, max_length=120, verbose_name="notice")),
                ("days_off", models.JSONField(blank=True, default=dict, verbose_name="days off")),
                (
                    "makeup_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="make-up working days",
                    ),
                ),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed at")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar year",
                "verbose_name_plural": "calendar years",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", True), ("confirmed_by__isnull", True)),
                            models.Q(
                                ("confirmed_at__isnull", False), ("confirmed_by__isnull", False), ("state", "confirmed")
                            ),
                            _connector="OR",
                        ),
                        name="calendar_year_confirmed_at_has_by",
                        violation_error_message="Who confirmed a year and when belong together.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "confirmed"), models.Q(("notice", ""), _negated=True)),
                            models.Q(("notice", ""), ("state", "provisional")),
                            _connector="OR",
                        ),
                        name="calendar_year_confirmed_has_notice",
                        violation_error_message="A year is confirmed by naming its notice.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PostEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="efficiency.post",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "organ",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.organ",
                        verbose_name="organ",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="post code")),
                ("name", models.CharField(max_length=80, verbose_name="post name")),
                ("section", models.CharField(blank=True, max_length=80, verbose_name="section")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("clerk", "clerk"),
                            ("organ_leader", "organ leader"),
                            ("disclosure_editor", "disclosure editor"),
                            ("office_officer", "efficiency-office officer"),
                            ("inspector", "inspector"),
                            ("appraisal_officer", "appraisal officer"),
                            ("auditor", "auditor"),
                            ("social_supervisor", "social supervisor"),
                            ("system_administrator", "system administrator"),
                        ],
                        max_length=24,
                        verbose_name="role in the portal",
                    ),
                ),
                (
                    "rank",
                    models.CharField(
                        choices=[("handler", "handler"), ("reviewer", "reviewer"), ("approver", "approver")],
                        default="handler",
                        max_length=10,
                        verbose_name="part in decisions",
                    ),
                ),
                ("is_head", models.BooleanField(default=False, verbose_name="head or deputy of the organ")),
                (
                    "superior",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.post",
                        verbose_name="superior post",
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.post",
                        verbose_name="stand-in (B)",
                    ),
                ),
                ("powers", models.TextField(blank=True, verbose_name="powers")),
                ("phone", models.CharField(blank=True, max_length=60, verbose_name="telephone")),
                ("since", models.DateField(default=datetime.date(2005, 1, 1), verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duties",
                        to="efficiency.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("business", "duty of the post"), ("integrity", "integrity duty")],
                        max_length=10,
                        verbose_name="half",
                    ),
                ),
                ("text", models.TextField(verbose_name="text of the duty")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "duty",
                "verbose_name_plural": "duties",
                "indexes": [models.Index(fields=["post", "kind", "position"], name="duty_place")],
            },
        ),
        migrations.CreateModel(
            name="Tenure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenures",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenures",
                        to="efficiency.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("holder", "holder (A)"), ("stand_in", "stand-in (B)")],
                        default="holder",
                        max_length=10,
                        verbose_name="kind of tenure",
                    ),
                ),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
            ],
            options={
                "verbose_name": "tenure",
                "verbose_name_plural": "tenures",
                "indexes": [
                    models.Index(fields=["user", "since", "until"], name="tenure_of_user"),
                    models.Index(fields=["post", "since", "until"], name="tenure_of_post"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"),
                        name="tenure_period_is_ordered",
                        violation_error_message="The end of a tenure comes after its beginning.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "stand_in"), _negated=True), ("until__isnull", False), _connector="OR"
                        ),
                        name="tenure_stand_in_has_an_end",
                        violation_error_message="A stand-in has rights only between two dates.",
                    ),
                    models.UniqueConstraint(
                        fields=("user", "post", "kind", "since"),
                        name="tenure_one_start",
                        violation_error_message="This tenure is there already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="kind of promise")),
                ("variant", models.CharField(blank=True, max_length=40, verbose_name="variant")),
                (
                    "promise",
                    models.CharField(
                        choices=[
                            ("citizen", "promise to the citizen"),
                            ("internal", "internal limit"),
                            ("owed_by_citizen", "the citizen's own limit"),
                        ],
                        max_length=16,
                        verbose_name="made to",
                    ),
                ),
                (
                    "content_type",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                ("object_id", models.BigIntegerField()),
                ("generation", models.PositiveSmallIntegerField(default=1, verbose_name="generation")),
                (
                    "organ",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="organ that owes it",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.post",
                        verbose_name="responsible post",
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="responsible person",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("limit_number", models.PositiveIntegerField(verbose_name="limit")),
                (
                    "limit_unit",
                    models.CharField(
                        choices=[
                            ("wd", "working days"),
                            ("d", "calendar days"),
                            ("h", "hours"),
                            ("wh", "working hours"),
                            ("m", "months"),
                            ("y", "years"),
                        ],
                        max_length=2,
                        verbose_name="unit",
                    ),
                ),
                ("red_after", models.PositiveSmallIntegerField(verbose_name="red after (working days)")),
                ("fourth_after", models.PositiveSmallIntegerField(verbose_name="level four after (working days)")),
                ("warn_at", models.DateTimeField(verbose_name="reminder at")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("overdue_at", models.DateTimeField(verbose_name="overdue from")),
                ("red_at", models.DateTimeField(verbose_name="red from")),
                ("fourth_at", models.DateTimeField(verbose_name="level four from")),
                ("provisional", models.BooleanField(default=False, verbose_name="crosses a provisional year")),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="moments moved at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("suspended", "suspended"),
                            ("met", "met"),
                            ("cancelled", "cancelled"),
                            ("lapsed", "lapsed"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("suspended_at", models.DateTimeField(blank=True, null=True, verbose_name="suspended at")),
                ("suspended_days", models.PositiveIntegerField(default=0, verbose_name="days not counted")),
                ("extension_count", models.PositiveSmallIntegerField(default=0, verbose_name="extensions")),
                ("met_at", models.DateTimeField(blank=True, null=True, verbose_name="met at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                ("level", models.PositiveSmallIntegerField(default=0, verbose_name="level")),
                ("next_check_at", models.DateTimeField(blank=True, null=True, verbose_name="next check at")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="failed attempts")),
                ("quarantined_at", models.DateTimeField(blank=True, null=True, verbose_name="set aside at")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
            ],
            options={
                "verbose_name": "deadline",
                "verbose_name_plural": "deadlines",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_check_at__isnull", False)),
                        fields=["next_check_at", "id"],
                        name="deadline_next_check",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["open", "suspended"])),
                        fields=["organ", "overdue_at"],
                        name="deadline_open_of_organ",
                    ),
                    models.Index(
                        condition=models.Q(("attempts__gt", 0)), fields=["next_check_at"], name="deadline_failed"
                    ),
                    models.Index(
                        condition=models.Q(("quarantined_at__isnull", False)),
                        fields=["quarantined_at"],
                        name="deadline_set_aside",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("warn_at__lte", models.F("due_at"))),
                        name="deadline_warns_before_due",
                        violation_error_message="The warning cannot come after the due date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_at__lte", models.F("overdue_at")),
                            ("overdue_at__lte", models.F("red_at")),
                            ("red_at__lte", models.F("fourth_at")),
                        ),
                        name="deadline_thresholds_ascend",
                        violation_error_message="Each level comes after the one before.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("met_at__isnull", False), ("state", "met")),
                            models.Q(models.Q(("state", "met"), _negated=True), ("met_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="deadline_met_has_moment",
                        violation_error_message="A promise is met exactly when its moment is known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("next_check_at__isnull", True), _connector="OR"),
                        name="deadline_ended_is_not_checked",
                        violation_error_message="Only an open promise is looked at again.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "suspended"), ("suspended_at__isnull", False)),
                            models.Q(models.Q(("state", "suspended"), _negated=True), ("suspended_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="deadline_suspended_has_moment",
                        violation_error_message="A suspended promise knows since when.",
                    ),
                    models.UniqueConstraint(
                        fields=("content_type", "object_id", "kind", "generation"),
                        name="deadline_one_generation",
                        violation_error_message="This promise was opened already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="efficiency.calendaryear",
                        verbose_name="year",
                    ),
                ),
                ("notice", models.CharField(max_length=120, verbose_name="notice")),
                ("days_off", models.JSONField(default=dict, verbose_name="days off")),
                (
                    "makeup_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="make-up working days",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "open"), ("confirmed", "confirmed"), ("withdrawn", "withdrawn")],
                        default="open",
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal for a calendar year",
                "verbose_name_plural": "proposals for calendar years",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "open")),
                        fields=("year",),
                        name="calendar_proposal_one_open_a_year",
                        violation_error_message="There is an open proposal for this year already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("outcome", "open")),
                            models.Q(
                                models.Q(("outcome", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="calendar_proposal_decided_at_has_by",
                        violation_error_message="Who decided a proposal and when belong together.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "confirmed"), _negated=True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="calendar_proposal_needs_two_persons",
                        violation_error_message="A second person has to confirm the year.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("notice", ""), _negated=True),
                        name="calendar_proposal_names_notice",
                        violation_error_message="A proposal names the notice that it was taken from.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="efficiency.duty",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "post",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("business", "duty of the post"), ("integrity", "integrity duty")],
                        max_length=10,
                        verbose_name="half",
                    ),
                ),
                ("text", models.TextField(verbose_name="text of the duty")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TenureEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="efficiency.tenure",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("holder", "holder (A)"), ("stand_in", "stand-in (B)")],
                        default="holder",
                        max_length=10,
                        verbose_name="kind of tenure",
                    ),
                ),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TenureChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "tenure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="efficiency.tenure",
                        verbose_name="tenure to end",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("holder", "holder (A)"), ("stand_in", "stand-in (B)")],
                        default="holder",
                        max_length=10,
                        verbose_name="kind of tenure",
                    ),
                ),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "open"), ("confirmed", "confirmed"), ("refused", "refused")],
                        default="open",
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=200, verbose_name="remark")),
            ],
            options={
                "verbose_name": "proposal for a tenure",
                "verbose_name_plural": "proposals for tenures",
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "open")), fields=["proposed_at"], name="tenure_change_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"),
                        name="tenure_change_period_is_ordered",
                        violation_error_message="The end of a tenure comes after its beginning.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("tenure__isnull", True),
                                models.Q(("kind", "stand_in"), ("until__isnull", True), _negated=True),
                            ),
                            models.Q(("tenure__isnull", False), ("until__isnull", False)),
                            _connector="OR",
                        ),
                        name="tenure_change_end_has_date",
                        violation_error_message="A stand-in has rights only between two dates, and an end needs its date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("outcome", "open")),
                            models.Q(
                                models.Q(("outcome", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="tenure_change_decided_at_has_by",
                        violation_error_message="Who decided a proposal and when belong together.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "confirmed"), _negated=True),
                            models.Q(
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                                models.Q(("decided_by", models.F("user")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="tenure_change_needs_two_persons",
                        violation_error_message="A second person has to confirm, and not the one whom it concerns.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "open"), ("tenure__isnull", False)),
                        fields=("tenure",),
                        name="tenure_change_one_open_end",
                        violation_error_message="The end of this tenure has been proposed already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "open"), ("tenure__isnull", True)),
                        fields=("user", "post", "kind", "since"),
                        name="tenure_change_one_open_start",
                        violation_error_message="This tenure has been proposed already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="efficiency.deadline",
                    ),
                ),
                ("ground", models.CharField(max_length=20, verbose_name="ground")),
                ("reason", models.TextField(verbose_name="reason")),
                ("started_at", models.DateTimeField(verbose_name="suspended at")),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="resumed at")),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "suspension",
                "verbose_name_plural": "suspensions",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("deadline",),
                        name="suspension_at_most_one_open",
                        violation_error_message="This promise is suspended already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True), ("ended_at__gte", models.F("started_at")), _connector="OR"
                        ),
                        name="suspension_is_ordered",
                        violation_error_message="A suspension ends after it starts.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="efficiency.deadline"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="extended by")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("wd", "working days"),
                            ("d", "calendar days"),
                            ("h", "hours"),
                            ("wh", "working hours"),
                            ("m", "months"),
                            ("y", "years"),
                        ],
                        max_length=2,
                        verbose_name="unit",
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                ("granted_at", models.DateTimeField(verbose_name="granted at")),
                (
                    "granted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "extension",
                "verbose_name_plural": "extensions",
            },
        ),
        migrations.CreateModel(
            name="DueDateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="due_date_changes",
                        to="efficiency.deadline",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("suspension", "suspension"),
                            ("extension", "extension"),
                            ("calendar", "change of the calendar"),
                        ],
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                ("due_before", models.DateTimeField(verbose_name="due before")),
                ("due_after", models.DateTimeField(verbose_name="due after")),
            ],
            options={
                "verbose_name": "moved due date",
                "verbose_name_plural": "moved due dates",
                "indexes": [
                    models.Index(
                        condition=models.Q(("cause", "calendar")), fields=["changed_at"], name="due_date_change_newest"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deadline",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="escalations",
                        to="efficiency.deadline",
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(verbose_name="level")),
                ("passed_at", models.DateTimeField(verbose_name="passed at")),
                ("found_at", models.DateTimeField(verbose_name="found at")),
                ("kind", models.CharField(max_length=60, verbose_name="kind of promise")),
                (
                    "content_type",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
                ("object_id", models.BigIntegerField()),
                (
                    "organ",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="organ that owes it",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="efficiency.post"
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation",
                "verbose_name_plural": "escalations",
                "indexes": [
                    models.Index(fields=["-passed_at", "-id"], name="escalation_newest"),
                    models.Index(fields=["organ", "-passed_at"], name="escalation_of_organ"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("deadline", "level"), name="escalation_once_a_level"),
                    models.CheckConstraint(
                        condition=models.Q(("level__gte", 1), ("level__lte", 4)), name="escalation_level_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarProposalEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="efficiency.calendarproposal",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "year",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="efficiency.calendaryear",
                        verbose_name="year",
                    ),
                ),
                ("notice", models.CharField(max_length=120, verbose_name="notice")),
                ("days_off", models.JSONField(default=dict, verbose_name="days off")),
                (
                    "makeup_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="make-up working days",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                (
                    "proposed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "open"), ("confirmed", "confirmed"), ("withdrawn", "withdrawn")],
                        default="open",
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "escalation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acknowledgement",
                        to="efficiency.escalation",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="acknowledged at")),
                ("note", models.TextField(blank=True, verbose_name="note")),
            ],
            options={
                "verbose_name": "acknowledgement",
                "verbose_name_plural": "acknowledgements",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarday",
            trigger=pgtrigger.compiler.Trigger(
                name="calendar_day_one_at_a_time",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM pg_advisory_xact_lock(20040101); RETURN NULL;",
                    hash="d8676da9e6dccaa1c3a25d90f31ba9c88196fc9d",
                    level="STATEMENT",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_calendar_day_one_at_a_time_c85a0",
                    table="efficiency_calendarday",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarday",
            trigger=pgtrigger.compiler.Trigger(
                name="calendar_day_noted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF EXISTS (\n    SELECT FROM (\n        SELECT date, ordinal, (kind IN ('working', 'makeup'))::int AS worked,\n               lag(date) OVER by_date AS date_before, coalesce(lag(ordinal) OVER by_date, 0) AS ordinal_before\n          FROM efficiency_calendarday\n        WINDOW by_date AS (ORDER BY date)\n    ) AS day\n     WHERE date <> date_before + 1 OR ordinal <> ordinal_before + worked\n) THEN\n    RAISE EXCEPTION 'The days of the calendar follow one another, and each counts the working days up to it.'\n          USING ERRCODE = 'check_violation', CONSTRAINT = 'calendar_ordinals_without_gap';\nEND IF;\n\nINSERT INTO efficiency_calendarversion (at) VALUES (clock_timestamp());\nRETURN NULL;",
                    hash="32b23a7e1cc19c5e8eeaeedf5fb34fe4c130d345",
                    level="STATEMENT",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_calendar_day_noted_42a99",
                    table="efficiency_calendarday",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clockconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="clock_confirmation_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e9a851a7b947aa1f471571febff5a0cdb071dd7b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_clock_confirmation_append_only_bff58",
                    table="efficiency_clockconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clockconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="clock_confirmation_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="e2577a35e17320951c05e0a8597837ebf8415591",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_clock_confirmation_not_emptied_e1b3b",
                    table="efficiency_clockconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "efficiency_userevent" ("date_joined", "email", "full_name", "id", "is_active", "is_staff", "is_superuser", "password_changed_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "session_epoch", "username") VALUES (NEW."date_joined", NEW."email", NEW."full_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."password_changed_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."session_epoch", NEW."username"); RETURN NULL;',
                    hash="9f4f4352719dfaa687c154f74d9aa8db0f9bfebc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_dd346",
                    table="efficiency_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."full_name" IS DISTINCT FROM (NEW."full_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."password_changed_at" IS DISTINCT FROM (NEW."password_changed_at") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."session_epoch" IS DISTINCT FROM (NEW."session_epoch") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                    func='INSERT INTO "efficiency_userevent" ("date_joined", "email", "full_name", "id", "is_active", "is_staff", "is_superuser", "password_changed_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "session_epoch", "username") VALUES (NEW."date_joined", NEW."email", NEW."full_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."password_changed_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."session_epoch", NEW."username"); RETURN NULL;',
                    hash="ef541f4fd0b20b8f3385a446d9dd2ad007cc6156",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_04bd7",
                    table="efficiency_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5ad17981de7ef2a97dd67f8cedd297b98291bc80",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audit_append_only_d51ee",
                    table="efficiency_auditrecord",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="e0f2b67576cbdb5f3d85b97c77857f952acbd0ad",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_not_emptied_33dca",
                    table="efficiency_auditrecord",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendaryear",
            trigger=pgtrigger.compiler.Trigger(
                name="calendar_year_one_at_a_time",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM pg_advisory_xact_lock(20040101); RETURN NULL;",
                    hash="d2281666a4bc24bce2cc2f16616b122bc386635c",
                    level="STATEMENT",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_calendar_year_one_at_a_time_17d54",
                    table="efficiency_calendaryear",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendaryear",
            trigger=pgtrigger.compiler.Trigger(
                name="calendar_year_noted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO efficiency_calendarversion (at) VALUES (clock_timestamp());\nRETURN NULL;",
                    hash="65f2c56a60788c20fead7346d4056ae2257d952e",
                    level="STATEMENT",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_calendar_year_noted_b203e",
                    table="efficiency_calendaryear",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarproposalevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d06f80ff2038ec29749d12dfb07466246566dd38",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f7e94",
                    table="efficiency_calendarproposalevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "efficiency_calendarproposalevent" ("days_off", "decided_at", "decided_by_id", "id", "makeup_days", "notice", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "year_id") VALUES (NEW."days_off", NEW."decided_at", NEW."decided_by_id", NEW."id", NEW."makeup_days", NEW."notice", NEW."outcome", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."year_id"); RETURN NULL;',
                    hash="426885cde38ed3aae189d35a8a6cd10136b1a3d7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_0f59f",
                    table="efficiency_calendarproposal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "efficiency_calendarproposalevent" ("days_off", "decided_at", "decided_by_id", "id", "makeup_days", "notice", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "year_id") VALUES (NEW."days_off", NEW."decided_at", NEW."decided_by_id", NEW."id", NEW."makeup_days", NEW."notice", NEW."outcome", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."year_id"); RETURN NULL;',
                    hash="7cdd79f9c2d73aa47428e56ebdcddb16031b38e1",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c707d",
                    table="efficiency_calendarproposal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duedatechange",
            trigger=pgtrigger.compiler.Trigger(
                name="due_date_change_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d8df2e745aece531daf438b21ef4a69d23e78aaf",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_due_date_change_append_only_318da",
                    table="efficiency_duedatechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duedatechange",
            trigger=pgtrigger.compiler.Trigger(
                name="due_date_change_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="2bc85e31284226b776c1a3a55ce8069e5f66ea74",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_due_date_change_not_emptied_a8fc2",
                    table="efficiency_duedatechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="acknowledgement",
            trigger=pgtrigger.compiler.Trigger(
                name="acknowledgement_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="52c40ad34f03995d1601c931578cf5a2cde620c9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_acknowledgement_append_only_d2a8a",
                    table="efficiency_acknowledgement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="acknowledgement",
            trigger=pgtrigger.compiler.Trigger(
                name="acknowledgement_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="8e45678fc538670473fdf7fccd756ec1c0d572b4",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_acknowledgement_not_emptied_cf165",
                    table="efficiency_acknowledgement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="extension",
            trigger=pgtrigger.compiler.Trigger(
                name="extension_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2894ccae7aad6e3290ded7725c23ae29885bee75",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_extension_append_only_2509d",
                    table="efficiency_extension",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="extension",
            trigger=pgtrigger.compiler.Trigger(
                name="extension_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="c69d7ec6d4f85ed0485c2e74b264942e4b58e121",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_extension_not_emptied_3defd",
                    table="efficiency_extension",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="limitrule",
            trigger=pgtrigger.compiler.Trigger(
                name="limit_rule_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a8956007813f67b6bd0818fb5a6ad10bd45f1481",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_limit_rule_append_only_712a8",
                    table="efficiency_limitrule",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="limitrule",
            trigger=pgtrigger.compiler.Trigger(
                name="limit_rule_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="68ae9a0025cc7752075d8c2780bc19a76fa767e1",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_limit_rule_not_emptied_ecb48",
                    table="efficiency_limitrule",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organ",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "efficiency_organevent" ("address", "code", "complaint_phone", "district_id", "id", "is_pilot", "kind", "level", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "position", "short_name", "since", "sort_key", "until") VALUES (NEW."address", NEW."code", NEW."complaint_phone", NEW."district_id", NEW."id", NEW."is_pilot", NEW."kind", NEW."level", NEW."name", NEW."parent_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."position", NEW."short_name", NEW."since", NEW."sort_key", NEW."until"); RETURN NULL;',
                    hash="71db37112c2c107ea7998e7900d351e47c333f8b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_1d593",
                    table="efficiency_organ",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organ",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "efficiency_organevent" ("address", "code", "complaint_phone", "district_id", "id", "is_pilot", "kind", "level", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "position", "short_name", "since", "sort_key", "until") VALUES (NEW."address", NEW."code", NEW."complaint_phone", NEW."district_id", NEW."id", NEW."is_pilot", NEW."kind", NEW."level", NEW."name", NEW."parent_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."position", NEW."short_name", NEW."since", NEW."sort_key", NEW."until"); RETURN NULL;',
                    hash="2833c15d475bb87fd1eef019e594d23946dc3f2d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_80d38",
                    table="efficiency_organ",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="06496898692723a68bcbfb7321898270e7fe20ad",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ff20f",
                    table="efficiency_organevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="post",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "efficiency_postevent" ("code", "id", "is_head", "name", "organ_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "powers", "rank", "role", "section", "since", "stand_in_id", "superior_id", "until") VALUES (NEW."code", NEW."id", NEW."is_head", NEW."name", NEW."organ_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."powers", NEW."rank", NEW."role", NEW."section", NEW."since", NEW."stand_in_id", NEW."superior_id", NEW."until"); RETURN NULL;',
                    hash="c8489deb87662eb146056988f8274e505ae59cc8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_fa5bd",
                    table="efficiency_post",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="post",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "efficiency_postevent" ("code", "id", "is_head", "name", "organ_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "powers", "rank", "role", "section", "since", "stand_in_id", "superior_id", "until") VALUES (NEW."code", NEW."id", NEW."is_head", NEW."name", NEW."organ_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."powers", NEW."rank", NEW."role", NEW."section", NEW."since", NEW."stand_in_id", NEW."superior_id", NEW."until"); RETURN NULL;',
                    hash="b4cfdf9a1c3d90331b519be0536ef292a5d57e5b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f259d",
                    table="efficiency_post",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="escalation",
            trigger=pgtrigger.compiler.Trigger(
                name="escalation_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ccf88f1ea44ea0119703f6309c88ce339c02e619",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_escalation_append_only_c97ea",
                    table="efficiency_escalation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="escalation",
            trigger=pgtrigger.compiler.Trigger(
                name="escalation_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="30f1fa1f05450348cd303f58f1c71de5f6cf84d0",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_escalation_not_emptied_604b8",
                    table="efficiency_escalation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dutyevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7ccd2a4e7b8c29996ba790e75311fe928a31084b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8895a",
                    table="efficiency_dutyevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duty",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "efficiency_dutyevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "post_id", "text") VALUES (NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."post_id", NEW."text"); RETURN NULL;',
                    hash="515e87ff5739d70056120849c7162dcba4e2e34c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_7f446",
                    table="efficiency_duty",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duty",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "efficiency_dutyevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "post_id", "text") VALUES (NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."post_id", NEW."text"); RETURN NULL;',
                    hash="b9bc90339afdd0966b891ec40e8905f0dd4f2b16",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_3354e",
                    table="efficiency_duty",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="postevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5614ca16a7c8febcd9da963834bc364356b9dc31",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d3550",
                    table="efficiency_postevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenure",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "efficiency_tenureevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "reason", "since", "until", "user_id") VALUES (NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."post_id", NEW."reason", NEW."since", NEW."until", NEW."user_id"); RETURN NULL;',
                    hash="12ec4135d24a64ac5ffc6a9e701b9b8aec430a99",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a712a",
                    table="efficiency_tenure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenure",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "efficiency_tenureevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "reason", "since", "until", "user_id") VALUES (NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."post_id", NEW."reason", NEW."since", NEW."until", NEW."user_id"); RETURN NULL;',
                    hash="2838cfc85db6de778e0f19800f7ef2be85315d3c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7ebcf",
                    table="efficiency_tenure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenureevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c072d4cc6a0a4cabd6d6bf154d06e796d98e64e9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e2093",
                    table="efficiency_tenureevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9b51795ef600d89a75f181e84f5d568f5b23e3a0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_aa33f",
                    table="efficiency_userevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
    ]
