"""The table of docs/access.md is the one in the code (docs/trust.md Z-01)."""

from pathlib import Path

from efficiency.access.may import MATRIX, Cell
from efficiency.organs.models import Role

ROLES = (
    Role.CLERK,
    Role.ORGAN_LEADER,
    Role.DISCLOSURE_EDITOR,
    Role.OFFICE_OFFICER,
    Role.INSPECTOR,
    Role.APPRAISAL_OFFICER,
    Role.AUDITOR,
    Role.SYSTEM_ADMINISTRATOR,
    Role.SOCIAL_SUPERVISOR,
)
WORDS = {
    "Y": Cell.YES,
    "head": Cell.HEAD,
    "own": Cell.OWN_HANDLING,
    "own head": Cell.OWN_HEAD,
    "reviewer": Cell.REVIEWER,
    "own reviewer": Cell.OWN_REVIEWER,
    "own reviewer or head": Cell.OWN_DECIDER,
    "h": Cell.HEADER,
    "r": Cell.REASON,
    "c": Cell.CONSENT,
}


def written() -> dict[str, dict[Role, Cell]]:
    page = (Path(__file__).parents[3] / "docs" / "access.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    found = {}
    for row in rows:
        action, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        assert len(cells) == len(ROLES), action
        found[action.strip("`")] = {role: WORDS[cell] for role, cell in zip(ROLES, cells, strict=True) if cell != "·"}
    return found


def test_Z01_the_written_table_is_the_one_in_the_code():
    assert written() == MATRIX


def test_Z01_the_administrator_has_no_right_about_cases():
    about_cases = [action for action in MATRIX if action.startswith(("case.", "escalation.", "recusal."))]

    assert about_cases
    assert not any(Role.SYSTEM_ADMINISTRATOR in MATRIX[action] for action in about_cases)


def test_Z01_the_auditor_acts_on_nothing():
    acting = {action for action, row in MATRIX.items() if row.get(Role.AUDITOR) is Cell.YES}

    assert all(action.endswith(".see") for action in acting)
