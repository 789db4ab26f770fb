"""Names of files (docs/trust.md U-07)."""

import pytest

from efficiency.files.names import clean_name, isolated, kind_of_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("照片.jpg", "照片.jpg"),
        ("../../etc/passwd.txt", "passwd.txt"),
        (r"C:\Users\zhang\Desktop\照片.jpg", "照片.jpg"),
        (r"\\server\share\a.pdf", "a.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066a\u2069\u200f\u061c.txt", "a.txt"),
        ("a\x00b\r\n\tc\x1b.txt", "abc.txt"),
        ("a\u2028b\u2029.txt", "ab.txt"),
        ("\ud800a.txt", "a.txt"),
        ("a.jpg. . ", "a.jpg"),
        ("  a   b.txt ", "a b.txt"),
        (".htaccess", "htaccess"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("", "file"),
        ("/", "file"),
        ("...", "file"),
        ("\u202e", "file"),
    ],
)
def test_U07_name_loses_path_controls_and_bidi(sent, kept):
    assert clean_name(sent) == kept


def test_U07_name_is_cut_at_120_characters_with_its_ending():
    name = clean_name("长" * 300 + ".jpeg")

    assert len(name) == 120
    assert name.endswith("长.jpeg")


def test_U07_name_without_an_ending_is_cut_as_it_is():
    assert clean_name("a" * 300) == "a" * 120
    assert len(clean_name("a." + "b" * 300)) == 120


def test_U07_name_stands_isolated_in_a_sentence():
    assert isolated("a.txt") == "\u2068a.txt\u2069"


@pytest.mark.parametrize("name", ["a.JPG", "a.jpeg", "a.b.PnG", "a.pdf", "a.DOCX", "a.xlsx", "a.txt"])
def test_U01_ending_names_the_kind_in_any_case(name):
    assert kind_of_name(name) is not None


@pytest.mark.parametrize("name", ["a", "jpg", ".jpg", "a.jpg.exe", "a.svg", "a.jpg ", "a.ｊｐｇ", "a.html", "a.doc"])
def test_U01_every_other_ending_is_none(name):
    assert kind_of_name(name) is None
