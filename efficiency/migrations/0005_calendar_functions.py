"""The calendar in SQL: what efficiency.timing.sql defined when this migration was made."""

from django.db import migrations

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
    dependencies = [("efficiency", "0004_engine_evidence")]

    operations = [migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS)]
