"""Numbers that are read out, codes that nobody keeps, receipts that survive (docs/trust.md S-09, S-10, I-19)."""

import string
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from complaints import actions
from complaints.models import Case, FilingToken
from efficiency import codes
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local

sequences = st.integers(1, 99_999_999)


class TestNumber:
    @given(sequences)
    @example(1)
    def test_I19_a_number_is_well_formed(self, sequence):
        number = codes.number_for(sequence, TUESDAY)

        assert number.startswith("XN2026")
        assert number[2:].isdigit()
        assert len(number) >= len("XN") + 4 + 6 + 1
        assert len(number) <= Case._meta.get_field("number").max_length
        assert codes.check_number(number)

    @given(sequences, st.data())
    def test_S12_one_wrong_digit_is_told_by_arithmetic_alone(self, sequence, data):
        number = codes.number_for(sequence, TUESDAY)
        place = data.draw(st.integers(2, len(number) - 1))
        digit = data.draw(st.sampled_from([each for each in string.digits if each != number[place]]))

        assert not codes.check_number(number[:place] + digit + number[place + 1 :])

    @given(sequences, st.data())
    def test_S12_two_neighbours_swapped_are_told_too(self, sequence, data):
        number = codes.number_for(sequence, TUESDAY)
        place = data.draw(st.integers(2, len(number) - 2))
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

        assert codes.check_number(swapped) == (swapped == number)

    def test_I19_the_year_is_that_of_the_filing_in_foshan(self):
        # 23:30 UTC on 31 December is 07:30 on 1 January there (T4, docs/domain.md 13 no. 3).
        assert codes.number_for(1, local(2026, 1, 1, 7, 30)).startswith("XN2026")
        assert codes.number_for(1, local(2025, 12, 31, 23, 59)).startswith("XN2025")

    @pytest.mark.parametrize(
        "typed", ["", "XN", "XN2026", "12345", "XN20260000001", "AB20260000019", "XN2026000001９９"]
    )
    def test_what_is_no_number_is_none(self, typed):
        assert not codes.check_number(typed)

    @given(st.text())
    def test_S12_nothing_that_is_typed_breaks_it(self, typed):
        codes.check_number(typed)
        codes.hash_code(typed)

    @pytest.mark.django_db
    def test_I19_numbers_are_drawn_once_each(self, cast):
        numbers = {make.file(cast).number for _ in range(5)}

        assert len(numbers) == 5
        assert all(codes.check_number(number) for number in numbers)


class TestCode:
    def test_S09_a_code_has_eighty_bits_in_an_alphabet_without_look_alikes(self):
        drawn = [codes.code_of(codes.new_token()) for _ in range(2000)]

        assert all(len(code) == 16 and set(code) <= set(codes.ALPHABET) for code in drawn)
        assert not set("ILOU") & set(codes.ALPHABET)
        assert len(set(drawn)) == len(drawn)
        # Every place takes every character about equally often: nothing of the eighty bits is fixed.
        for place in range(16):
            seen = Counter(code[place] for code in drawn)
            assert len(seen) == 32
            assert max(seen.values()) < 4 * 2000 / 32

    @given(st.binary(min_size=16, max_size=16))
    def test_S09_typing_it_otherwise_does_not_matter(self, raw):
        code = codes.code_of(raw.hex())
        looks_alike = code.replace("0", "O").replace("1", "l")
        wide = "".join(chr(ord(char) + 0xFEE0) for char in code)

        for typed in (code.lower(), codes.in_fours(code), "-".join(codes.in_fours(code).split()), looks_alike, wide):
            assert codes.hash_code(typed) == codes.hash_code(code)

    def test_S09_the_hash_needs_a_key_that_is_not_in_the_database(self, settings):
        before = codes.hash_code("0123456789ABCDEF")
        settings.CODE_KEY = "another-key-" + "x" * 40

        assert codes.hash_code("0123456789ABCDEF") != before

    def test_S10_the_code_follows_from_token_and_key_and_the_stored_hash_does_not_tell_it(self, settings):
        token = codes.new_token()
        code = codes.code_of(token)

        assert codes.code_of(token) == code
        assert codes.hash_token(token) != codes.hash_code(code)
        settings.CODE_KEY = "another-key-" + "x" * 40
        assert codes.code_of(token) != code


@pytest.mark.django_db
class TestReceipt:
    def test_S10_the_same_form_sent_again_gives_the_same_receipt(self, cast):
        token = codes.new_token()
        first = make.file(cast, token=token)

        again = make.file(cast, token=token, at=TUESDAY + timedelta(minutes=30))

        assert (again.case, again.number, again.code, again.again) == (first.case, first.number, first.code, True)
        assert not first.again
        assert Case.objects.count() == 1
        assert actions.open_tracking(again.number, again.code) == first.case

    def test_S10_S11_after_thirty_minutes_the_number_alone_is_told(self, cast):
        token = codes.new_token()
        first = make.file(cast, token=token)

        later = make.file(cast, token=token, at=TUESDAY + timedelta(minutes=30, seconds=1))

        assert (later.number, later.code, later.again) == (first.number, None, True)
        assert actions.receipt_of(token, at=TUESDAY + timedelta(days=1)).code is None

    def test_S10_a_filing_without_token_is_a_new_filing(self, cast):
        one, other = make.file(cast), make.file(cast)

        assert one.number != other.number
        assert one.code != other.code
        assert not FilingToken.objects.exists()

    def test_S10_another_token_has_no_receipt(self, cast):
        make.file(cast, token=codes.new_token())

        assert actions.receipt_of(codes.new_token(), at=TUESDAY) is None

    def test_I02_a_token_files_nothing_when_the_filing_fails(self, cast):
        token = codes.new_token()
        with pytest.raises(actions.Invalid):
            make.file(cast, token=token, title="")

        assert make.file(cast, token=token).again is False
