"""The first two people of a portal: an administrator and an officer, once, on record."""

from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Rank, Role, Tenure
from tests.factories.staff import make_post, seat

PASSWORD = "Neun-Regenschirme-am-Fluss-9"


@pytest.fixture
def posts(city):
    """Return the codes of the two posts."""
    return (
        make_post(city.government, Role.SYSTEM_ADMINISTRATOR).code,
        make_post(city.office, Role.OFFICE_OFFICER, Rank.APPROVER, is_head=True).code,
    )


def found(posts, *, administrator=("wu.min", "吴敏"), officer=("deng.hua", "邓华")):
    call_command("first_people", administrator=[*administrator, posts[0]], officer=[*officer, posts[1]])


class TestFirstPeople:
    def test_Z11_each_holds_the_post_and_sets_a_password_by_a_link(self, posts, client, capsys):
        found(posts)

        lines = capsys.readouterr().out.splitlines()
        assert [tenure.post.code for tenure in Tenure.objects.order_by("id")] == list(posts)
        path = urlsplit(lines[0].split()[-1]).path
        page = client.get(path, follow=True)
        assert page.status_code == 200
        client.post(page.request["PATH_INFO"], {"new_password1": PASSWORD, "new_password2": PASSWORD}, follow=True)
        assert User.objects.get(username="wu.min").check_password(PASSWORD)

    def test_L01_it_is_on_record(self, posts):
        found(posts)

        assert AuditRecord.objects.filter(action="tenure.first", actor=None).count() == 2

    def test_Z11_not_once_somebody_holds_a_post(self, posts, city):
        seat(Role.CLERK, city.construction)

        with pytest.raises(CommandError, match="the administrator proposes"):
            found(posts)

        assert Tenure.objects.count() == 1

    @pytest.mark.parametrize("officer", [("wu.min", "邓华"), ("deng.hua", "吴敏")])
    def test_Z11_the_two_are_two_persons(self, posts, officer):
        with pytest.raises(CommandError, match="two persons"):
            found(posts, officer=officer)

    def test_Z11_a_post_of_another_office_is_refused_and_nothing_is_left(self, posts, city):
        clerk = make_post(city.construction, Role.CLERK).code

        with pytest.raises(CommandError, match="it needs office_officer"):
            found((posts[0], clerk))

        assert not User.objects.exists()

    def test_a_post_that_is_not_there_is_named(self, posts):
        with pytest.raises(CommandError, match="There is no post nowhere-1"):
            found(("nowhere-1", posts[1]))

    def test_an_account_that_is_there_is_named(self, posts):
        User.objects.create(username="deng.hua", full_name="邓小华", password_changed_at=timezone.now())

        with pytest.raises(CommandError, match=r"deng\.hua is there already"):
            found(posts)
