"""Each file of the corpus becomes what it must; nothing hostile is taken (docs/trust.md U-01, U-02, U-06)."""

import pytest

from efficiency.files.clean import CleanFile, clean_content
from efficiency.files.reasons import BadFile
from efficiency.files.rules import KIND_BY_CONTENT_TYPE
from efficiency.files.sniff import agreed_kind
from tests.complaints.uploads import corpus, samples
from tests.complaints.uploads.corpus import Sample

HOSTILE, HONEST = corpus.hostile(), corpus.honest()


def _id(sample: Sample) -> str:
    return sample.name.encode("ascii", "replace").decode()


def _clean(sample: Sample) -> CleanFile:
    return clean_content(sample.content, name=sample.name, declared=sample.declared)


@pytest.mark.parametrize("sample", HOSTILE, ids=_id)
def test_U02_hostile_file_is_refused_for_its_reason(sample):
    with pytest.raises(BadFile) as refusal:
        _clean(sample)

    assert refusal.value.code == sample.refused


@pytest.mark.parametrize("sample", HONEST, ids=_id)
def test_U03_honest_file_is_taken_and_tells_nothing_of_its_maker(sample):
    copy = _clean(sample)

    kind = KIND_BY_CONTENT_TYPE[copy.content_type]
    assert agreed_kind(f"x.{kind.extension}", "", copy.content) is kind
    assert copy.original == sample.content
    assert not copy.office_only
    for secret in samples.SECRETS:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert secret.encode(encoding) not in copy.content


@pytest.mark.parametrize(
    "name", ["photo.jpg", "screenshot.png", "report.pdf", "letter.docx", "ledger.xlsx", "wide.txt"]
)
def test_U03_copy_of_a_copy_is_taken_again(name):
    copy = _clean(next(sample for sample in HONEST if sample.name == name))

    again = clean_content(copy.content, name=copy.original_name, declared=copy.content_type)

    assert again.content_type == copy.content_type


def test_corpus_is_large_enough():
    assert len(HOSTILE) + len(HONEST) >= 150
