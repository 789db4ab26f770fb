"""
The calendar's SQL, one literal a purpose, so that a million promises are recomputed by one statement.

``FUNCTIONS`` goes into a migration as it is; the triggers come with the models.
"""

# Whoever changes the calendar holds this advisory lock alone; whoever counts with it and writes the result shares it.
CALENDAR_LOCK = 20040101

# Body of a statement trigger: I-16 of docs/trust.md, said by the database itself.
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
