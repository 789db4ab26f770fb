"""Tests that share one expensive thing run in one process."""

import os

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_of_tests_is_handed_out_by_its_name(request):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("there is one process only")

    # pytest-xdist keeps tests of a group together by this end of their names, and says nothing where it is missing.
    assert request.node.nodeid.endswith("@groups")
