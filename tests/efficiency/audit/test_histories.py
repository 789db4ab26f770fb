"""The newest history row of each tracked record is as the record (docs/trust.md I-20)."""

import pytest
from django.db import connection

from efficiency.access.models import User
from efficiency.audit import histories, verify
from efficiency.organs.models import Organ, Post, Tenure

pytestmark = pytest.mark.django_db


def violated() -> dict[str, int]:
    """Return where the first violation of each history is, with how many there are."""
    return {found.first: found.violations for found in verify.run("I-20") if found.violations}


def by_force(statement: str, *parameters: object) -> None:
    """Do it without triggers, as a doctored backup would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


class TestI20:
    def test_I20_every_history_is_checked_under_the_name_of_its_records(self):
        titles = {found.title for found in verify.run("I-20")}

        assert len(titles) == len(histories.tracked()) >= 10
        assert {Organ, Post, Tenure, User} <= set(histories.tracked())

    def test_I20_holds_of_what_was_laid_down_for_tests(self, cast):
        assert Tenure.objects.exists()
        assert violated() == {}

    def test_I20_holds_after_every_way_to_write(self, city):
        Organ.objects.filter(pk=city.tax.pk).update(phone="0757-81234567")
        city.tax.refresh_from_db()
        city.tax.address = "…"
        city.tax.save()
        Organ.objects.filter(pk=city.tax.pk).update(phone="0757-81234567")  # nothing new

        assert violated() == {}

    def test_I20_what_is_left_of_a_deleted_record_is_no_violation(self, city):
        post = Post.objects.create(organ=city.tax, code="Z", name="…", role="clerk", since="2026-01-01")
        post.delete()

        assert violated() == {}

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE efficiency_organ SET phone = '1' WHERE id = %s",
            "UPDATE efficiency_organ SET until = '2030-01-01' WHERE id = %s",  # an empty column that is filled
            "UPDATE efficiency_organevent SET name = '…' WHERE id = %s",
            "DELETE FROM efficiency_organevent WHERE pgh_obj_id = %s",
        ],
    )
    def test_I20_finds_what_was_written_past_the_history(self, city, statement):
        by_force(statement, city.tax.pk)

        assert violated() == {f"efficiency.organ {city.tax.pk}": 1}

    def test_I20_finds_a_newest_row_that_was_taken_away(self, city):
        Organ.objects.filter(pk=city.tax.pk).update(phone="1")
        by_force(
            "DELETE FROM efficiency_organevent WHERE pgh_id = (SELECT max(pgh_id) FROM efficiency_organevent"
            " WHERE pgh_obj_id = %s)",
            city.tax.pk,
        )

        assert violated() == {f"efficiency.organ {city.tax.pk}": 1}

    def test_I20_counts_each_record(self, people):
        by_force("UPDATE efficiency_user SET full_name = full_name || '…'")

        assert list(violated().values()) == [User.objects.count()]

    def test_I20_a_password_is_kept_in_no_history_and_not_compared(self, people):
        by_force("UPDATE efficiency_user SET password = '…', last_login = now()")

        assert violated() == {}
