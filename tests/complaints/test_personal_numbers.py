"""Personal numbers are pointed out before filing (docs/trust.md P-07)."""

import pytest

from efficiency.personal_numbers import NumberKind, find_numbers


class TestP07PersonalNumbersAreFound:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("身份证号11010519491231002X,请核实", NumberKind.IDENTITY_CARD),
            ("身份证110105 19491231 002x", NumberKind.IDENTITY_CARD),
            ("卡号6222 0212 3456 7890 128", NumberKind.BANK_CARD),
            ("请打13812345678找我", NumberKind.MOBILE_PHONE),
            ("请打１３８１２３４５６７８找我", NumberKind.MOBILE_PHONE),
            ("请打+8613812345678找我", NumberKind.MOBILE_PHONE),
            ("请打+86 138-1234-5678找我", NumberKind.MOBILE_PHONE),
            ("请打008613812345678找我", NumberKind.MOBILE_PHONE),
            ("请打138.1234.5678找我", NumberKind.MOBILE_PHONE),
            ("请打138—1234—5678找我", NumberKind.MOBILE_PHONE),
            ("请打13812345678 2026年3月以后", NumberKind.MOBILE_PHONE),
            ("请打13812345678-2找我", NumberKind.MOBILE_PHONE),
            ("微信wx13812345678", NumberKind.MOBILE_PHONE),
            ("开户行：禅城支行，存折 2013 0212 0920 0123", NumberKind.BANK_ACCOUNT),
            ("补贴发放至张三账户80020000012345678", NumberKind.BANK_ACCOUNT),
            ("户主李某，联系电话：0757-83331234", NumberKind.FIXED_LINE),
            ("本人家庭电话（０７５７）８３３３１２３４", NumberKind.FIXED_LINE),
        ],
    )
    def test_P07_by_check_digit_or_shape(self, text, kind):
        text = text.replace("6222 0212 3456 7890 128", _bank_card())

        assert [finding.kind for finding in find_numbers(text)] == [kind]

    @pytest.mark.parametrize(
        "text",
        [
            "身份证号110105194912310021",  # wrong check digit
            "受理编号XN20260001237",
            "2026年11月24日上午9时,窗口3号",
            "合同编号 1234567890123456",
            "12812345678",
            # Of organs, as they stand in nearly every document.
            "联系电话：0757-83331234",
            "单位联系人姓名：张三，电话0757-83331234",
            "缴款账户：某市财政局，账号 80020000012345678",
            "账号登录请拨打0757-83331234",
            "卡号不足12位：2013021209",
        ],
    )
    def test_P07_and_other_digits_are_left_alone(self, text):
        assert find_numbers(text) == []

    def test_the_preview_masks_the_middle(self):
        (finding,) = find_numbers("13812345678")

        assert finding.masked == "138******78"

    def test_each_number_is_shown_once(self):
        assert len(find_numbers("13812345678 13812345678", "13812345678")) == 1


def _bank_card() -> str:
    digits = "622202123456789012"
    total = sum(
        value - 9 if (value := int(digit) * (2 if place % 2 == 0 else 1)) > 9 else value
        for place, digit in enumerate(reversed(digits))
    )
    return digits + str(-total % 10)
