"""The page of the contents list of an archived file: for whoever may read the case, to be printed."""

from django.urls import reverse

from complaints.enums import State
from complaints.models import Case
from tests.factories.cases import case_in


class TestThePage:
    def test_shows_the_list_to_whoever_may_read_the_case(self, cast, log_in):
        case = case_in(State.ARCHIVED, cast)
        address = reverse("admin:complaints_case_contents", args=[case.pk])

        shown = log_in(cast.officer).get(address)

        assert shown.status_code == 200
        assert case.number in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        assert address in log_in(cast.officer).get(f"/admin/complaints/case/{case.pk}/change/").content.decode()

    def test_Z02_is_not_there_for_others_nor_before(self, cast, log_in):
        archived, open_case = case_in(State.ARCHIVED, cast), case_in(State.CLOSED, cast)

        def status(user, case: Case) -> int:
            return log_in(user).get(reverse("admin:complaints_case_contents", args=[case.pk])).status_code

        assert status(cast.tax_clerk, archived) == 404
        assert status(cast.officer, open_case) == 404
