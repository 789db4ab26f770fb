"""One way of masking what belongs to a person (docs/trust.md P-03)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efficiency.access.masks import Personal, mask


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张小三", "张**"),
        ("欧阳娜娜", "欧阳**"),
        ("司马光", "司马*"),
        ("欧阳", "欧*"),  # two characters: a surname of one and a given name of one
        ("张", "*"),
        ("阿卜杜拉·买买提", "阿***·买**"),
        ("John Smith", "J*** S****"),
        (" 李四 ", "李*"),
        ("", ""),
    ],
)
def test_P03_names_keep_the_surname(name, masked):
    assert mask(Personal.NAME, name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("0757-83331234", "075****1234"),
        ("83331234", "****34"),
        ("12345", "****"),
        ("", ""),
    ],
)
def test_P03_telephone_numbers_keep_both_ends(phone, masked):
    assert mask(Personal.PHONE, phone) == masked


@pytest.mark.parametrize(
    ("email", "masked"),
    [("anna@example.cn", "a***@example.cn"), ("a@example.cn", "a***@example.cn"), ("nonsense", "***"), ("", "")],
)
def test_P03_addresses_keep_the_first_letter_and_the_host(email, masked):
    assert mask(Personal.EMAIL, email) == masked


@given(st.sampled_from(Personal), st.text())
def test_P03_nothing_that_is_typed_breaks_it_or_comes_back_whole(what, value):
    masked = mask(what, value)

    assert masked == "" or masked != value.strip() or set(masked) <= set("* ·•‧.,'’-")
