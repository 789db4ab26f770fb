"""Personal numbers block a publication until they are taken out or a second person says why they stay (P-07)."""

import pytest

from disclosure.documents import actions, guard
from disclosure.enums import DocumentStep, VersionState
from disclosure.models import DocumentFile
from efficiency.personal_numbers import NumberKind
from tests.factories import documents as make
from tests.factories.cases import TUESDAY

pytestmark = pytest.mark.django_db

CARD, BANK, PHONE = "11010519491231002X", "6222021001116245702", "13812345678"
WHY = "值班电话，经本人同意"


def kinds(version) -> set[NumberKind]:
    return {finding.kind for place in guard.look(version) for finding in place.findings}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": f"关于{PHONE}的通知"}, {NumberKind.MOBILE_PHONE}),
        ({"summary": f"身份证{CARD}"}, {NumberKind.IDENTITY_CARD}),
        ({"body": f"账号 {BANK}"}, {NumberKind.BANK_CARD}),
        ({"body": "电话 138**1234**5678"}, {NumberKind.MOBILE_PHONE}),
        ({"body": "电话１３８１２３４５６７８"}, {NumberKind.MOBILE_PHONE}),
        ({"body": "电话 0757-83333333，12345"}, set()),
    ],
)
def test_P07_numbers_are_found_wherever_they_stand(hands, fields, expected):
    assert kinds(make.draft(hands, TUESDAY, **fields)) == expected


def test_P07_also_in_the_words_of_files_and_in_their_names(hands):
    version = make.draft(hands, TUESDAY)
    common = {
        "version": version, "content_type": "application/pdf", "size": 1, "sha256": b"0" * 32, "created_at": TUESDAY,
    }  # fmt: skip
    DocumentFile.objects.create(position=1, name="名单.pdf", text=f"张三 {CARD}", storage_name="a", **common)
    DocumentFile.objects.create(position=2, name=f"{PHONE}.pdf", storage_name="b", **common)

    assert [(place.where, place.is_file) for place in guard.look(version)] == [
        ("名单.pdf", True), (f"{PHONE}.pdf", True),
    ]  # fmt: skip


class TestP07Blocks:
    @pytest.mark.parametrize(
        ("state", "act"),
        [
            (
                VersionState.DRAFT,
                lambda each, hands, why: actions.check_source(each, by=hands.checker, at=TUESDAY, **why),
            ),
            (
                VersionState.SOURCE_CHECKED,
                lambda each, hands, why: actions.review(
                    each, actions.ALL_POINTS, by=hands.checker, at=TUESDAY, ground="不涉密", **why
                ),
            ),
            (VersionState.REVIEWED, lambda each, hands, why: actions.approve(each, by=hands.leader, at=TUESDAY, **why)),
        ],
    )
    def test_P07_at_every_step_until_a_second_person_gives_the_reason(self, hands, state, act):
        version = make.draft(hands, TUESDAY, body=f"电话{PHONE}")
        type(version).objects.filter(pk=version.pk).update(state=state)
        for why in ({}, {"numbers_reason": "  "}):
            with pytest.raises(actions.HoldsNumbers) as refused:
                act(version, hands, why)
            assert refused.value.field == "numbers_reason"
            assert PHONE not in str(refused.value)

        act(version, hands, {"numbers_reason": WHY})
        confirmed = version.events.get(action=DocumentStep.CONFIRM_NUMBERS)
        assert (confirmed.note, confirmed.by in (hands.checker, hands.leader)) == (WHY, True)

    def test_P07_once_said_it_holds_for_this_text_and_for_no_other(self, hands):
        version = make.draft(hands, TUESDAY, body=f"电话{PHONE}")
        version = actions.check_source(version, by=hands.checker, at=TUESDAY, numbers_reason=WHY)
        version = make.lead(version, hands, VersionState.REVIEWED, TUESDAY)
        version = actions.send_back(version, by=hands.leader, at=TUESDAY, reason="补充")
        version = actions.change(version, make.content(body=f"值班电话{PHONE}"), by=hands.editor, at=TUESDAY)

        with pytest.raises(actions.HoldsNumbers):
            actions.check_source(version, by=hands.checker, at=TUESDAY)

    def test_P07_an_author_cannot_say_it(self, hands):
        version = make.draft(hands, TUESDAY, body=f"电话{PHONE}")

        with pytest.raises(actions.NotAllowed):
            actions.check_source(version, by=hands.editor, at=TUESDAY, numbers_reason=WHY)
