"""
The calendar's SQL: what triggers enforce, and the rules of time once more, for many rows at once.

``FUNCTIONS`` (and ``DROP_FUNCTIONS``) go into a migration as they are; the triggers come with the models. The tests
hold every result against ``efficiency.timing.due``. Two ways, for two sizes:

- ``efficiency_due_date`` and its like answer row by row, with suspensions; some tens of microseconds each.
- ``RECKONED`` is a query that joins the calendar by ordinal, for any number of promises without suspension or
  extension: about as fast as the plain update that it serves.
"""

# Whoever changes the calendar holds this advisory lock alone, until the end of the transaction.
CALENDAR_LOCK = 20040101
# Whoever stores what was counted with the calendar shares this one; ``actions.settle`` waits for them.
COUNTING_LOCK = 20040102

# --- Bodies of the statement triggers --------------------------------------------------------------------------------

# docs/trust.md I-16, said by the database itself.
REFUSE_GAPS = """
IF EXISTS (
    SELECT FROM (
        SELECT date, ordinal, (kind IN ('working', 'makeup'))::int AS worked,
               lag(date) OVER by_date AS date_before, coalesce(lag(ordinal) OVER by_date, 0) AS ordinal_before
          FROM efficiency_calendarday
        WINDOW by_date AS (ORDER BY date)
    ) AS day
     WHERE date <> date_before + 1 OR ordinal <> ordinal_before + worked
) THEN
    RAISE EXCEPTION 'The days of the calendar follow one another, and each counts the working days up to it.'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'calendar_ordinals_without_gap';
END IF;
"""

NOTE_CHANGE = "INSERT INTO efficiency_calendarversion (at) VALUES (clock_timestamp());"

# --- Statements of the store -----------------------------------------------------------------------------------------

VERSION = "SELECT id, at FROM efficiency_calendarversion ORDER BY id DESC LIMIT 1"

# One statement, so that days, years and version are of one moment.
WHOLE_CALENDAR = """
SELECT version.id, version.at, day.first, day.kinds, day.holidays, year.provisional, day.before
  FROM (SELECT id, at FROM efficiency_calendarversion ORDER BY id DESC LIMIT 1) AS version,
       (SELECT min(date) AS first,
               array_agg(kind ORDER BY date) AS kinds,
               coalesce(jsonb_object_agg(date, holiday) FILTER (WHERE holiday <> ''), '{}') AS holidays,
               min(ordinal - (kind IN ('working', 'makeup'))::int) AS before
          FROM efficiency_calendarday) AS day,
       (SELECT coalesce(array_agg(year) FILTER (WHERE state = 'provisional'), '{}') AS provisional
          FROM efficiency_calendaryear) AS year
"""

INSERT_YEARS = """
INSERT INTO efficiency_calendaryear (year, state, notice, days_off, makeup_days)
SELECT year, state, notice, days_off, ARRAY(SELECT day::date FROM jsonb_array_elements_text(makeup_days) AS day)
  FROM jsonb_to_recordset(%s) AS given (year int, state text, notice text, days_off jsonb, makeup_days jsonb)
"""

# Replace the days that are given and number them and all later ones; days that stay as they are are not written.
# Parameters: dates, kinds, holidays (arrays of one length).
WRITE_DAYS = """
WITH given AS (
    SELECT * FROM unnest(%(dates)s::date[], %(kinds)s::text[], %(holidays)s::text[]) AS given (date, kind, holiday)
), later AS (    -- everything that may get a new number
    SELECT date, kind, holiday FROM efficiency_calendarday WHERE date >= (SELECT min(date) FROM given)
), merged AS (
    SELECT date, coalesce(given.kind, later.kind) AS kind, coalesce(given.holiday, later.holiday) AS holiday
      FROM given FULL JOIN later USING (date)
), numbered AS (
    SELECT date, kind, holiday,
           coalesce((SELECT max(ordinal) FROM efficiency_calendarday WHERE date < (SELECT min(date) FROM given)), 0)
           + count(*) FILTER (WHERE kind IN ('working', 'makeup')) OVER (ORDER BY date) AS ordinal
      FROM merged
)
INSERT INTO efficiency_calendarday AS stored (date, kind, holiday, ordinal)
SELECT date, kind, holiday, ordinal FROM numbered
    ON CONFLICT (date) DO UPDATE SET kind = excluded.kind, holiday = excluded.holiday, ordinal = excluded.ordinal
 WHERE (stored.kind, stored.holiday, stored.ordinal)
       IS DISTINCT FROM (excluded.kind, excluded.holiday, excluded.ordinal)
"""

# --- Functions -------------------------------------------------------------------------------------------------------

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

# --- Many promises at once -------------------------------------------------------------------------------------------

# Fill in {promises}: a table, or a query in brackets, with the columns id, started_at, number, unit (wd, d, m or y),
# red and fourth (working days after the last day). What the calendar does not cover comes out as null, so that a
# column that may not be null refuses it.
#
# A million promises start on a few hundred days and have a few dozen limits: what depends on these alone is reckoned
# once for each, and only joined to the promises.
RECKONED = """
    WITH promise AS MATERIALIZED (
        SELECT id, started_at, number, unit, red, fourth, (started_at AT TIME ZONE 'Asia/Shanghai')::date AS day
          FROM {promises} AS given
    ), pattern AS (
        SELECT DISTINCT day, number, unit, red, fourth FROM promise
    ), target AS (    -- the running number of the last day
        SELECT pattern.*,
               full_on.ordinal + greatest(
                   CASE unit WHEN 'wd' THEN number ELSE 0 END, (full_on.kind NOT IN ('working', 'makeup'))::int
               ) AS ordinal
          FROM pattern
          LEFT JOIN efficiency_calendarday AS full_on    -- the day on which the count is full; for wd the day itself
                 ON full_on.date = CASE unit
                        WHEN 'wd' THEN day
                        WHEN 'd' THEN day + number
                        WHEN 'm' THEN (day + make_interval(months => number))::date
                        WHEN 'y' THEN (day + make_interval(years => number))::date
                    END
    ), worked AS (
        SELECT ordinal, date FROM efficiency_calendarday WHERE kind IN ('working', 'makeup')
    ), answer AS (
        SELECT target.day, target.number, target.unit, target.red, target.fourth,
               last.date AS last_day,
               (before.date + time '09:00') AT TIME ZONE 'Asia/Shanghai' AS reminder_at,
               (last.date + time '23:59:59') AT TIME ZONE 'Asia/Shanghai' AS due_at,
               (last.date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS overdue_at,
               (red.date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS red_at,
               (fourth.date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS fourth_at,
               EXISTS (
                   SELECT FROM efficiency_calendaryear AS year
                    WHERE year.state = 'provisional'
                      AND year.year BETWEEN extract(year FROM target.day) AND extract(year FROM last.date)
               ) AS provisional
          FROM target
          LEFT JOIN worked AS last ON last.ordinal = target.ordinal
          LEFT JOIN worked AS before ON before.ordinal = target.ordinal - 1
          LEFT JOIN worked AS red ON red.ordinal = target.ordinal + target.red
          LEFT JOIN worked AS fourth ON fourth.ordinal = target.ordinal + target.fourth
    )
    SELECT promise.id, one.last_day, greatest(promise.started_at, one.reminder_at) AS warn_at,
           one.due_at, one.overdue_at, one.red_at, one.fourth_at, one.provisional
      FROM promise
      JOIN (    -- grouped once more, so that the planner knows each to be the only one of its kind, and hashes them
          SELECT day, number, unit, red, fourth, min(last_day) AS last_day, min(reminder_at) AS reminder_at,
                 min(due_at) AS due_at, min(overdue_at) AS overdue_at, min(red_at) AS red_at,
                 min(fourth_at) AS fourth_at, bool_or(provisional) AS provisional
            FROM answer
           GROUP BY day, number, unit, red, fourth
      ) AS one USING (day, number, unit, red, fourth)
"""
