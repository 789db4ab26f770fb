"""Papers and bundles of a case: the parts that own subjects have tests of their own for theirs."""

from datetime import date

import pytest

from accountability.papers import bundles, parts, registry
from accountability.papers.bundles import Part, Source
from accountability.papers.registry import Content, PaperKind, Section
from complaints.enums import State
from complaints.models import Case
from tests.factories import cases as make

COMPLAINANT = {"name": "欧阳晓岚", "phone": "13912345678", "email": "xiaolan.ouyang@example.com"}
WORDS = "我家住在普君新城红棉花旁边，上月递交的施工许可申请至今没有答复，请督促办理。"


def content_of(case):
    return Content(
        number="佛效督〔2026〕12号",
        title="关于欧阳建国同志逾期未答复投诉事项的通知",
        addressee="佛山市建设局",
        sections=(
            Section("基本情况", (("编号", case.number), ("说明", "第一行\n第二行：A&B <标签> “引号”"))),
            Section("事实", (), (f"经查，该件至今未答复，状态为{case.get_state_display()}。",)),
        ),
        issuer="佛山市行政效能监督办公室",
        issued_on=date(2026, 3, 27),
    )


@pytest.fixture
def kind(monkeypatch):
    """A kind of paper about cases, which handlers, office and inspectors may open and the office may issue."""
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    found = PaperKind(
        name="test",
        label="督办通知书",
        model=Case,
        content=content_of,
        right="case.read",
        issuing="case.accept",
        rows=Case.objects.visible_to,
    )
    registry.register(found)
    return found


@pytest.fixture
def source(monkeypatch):
    """Bundles of cases, with a part in which somebody wrote who complained."""
    monkeypatch.setattr(bundles, "_sources", dict(bundles._sources))
    monkeypatch.setattr(bundles, "_heads", [])

    def story(case, by, at):
        said = f"{COMPLAINANT['name']}（电话{COMPLAINANT['phone']}，{COMPLAINANT['email']}）来访，欧阳女士很着急。"
        return [
            Part("note", "情况说明", rows=(("说明", said),), paragraphs=(said,), case_ids=frozenset([case.pk])),
            *(parts.promise(each, at=at) for each in parts.promises_about(case)),
            *(part for each in parts.promises_about(case) for part in parts.escalations(each)),
            *parts.case(case, by),
        ]

    found = Source(
        model=Case,
        right="case.read",
        label=lambda case: f"诉求件 {case.number}",
        parts=story,
        concerned=lambda case: ([case.about_post_id] if case.about_post_id else [], []),
    )
    bundles.register_source(found)
    return found


@pytest.fixture
def case(cast):
    """A case with an organ that has answered it, of a complainant who stays confidential."""
    receipt = make.file(cast, at=make.TUESDAY, description=WORDS, **COMPLAINANT)
    make.lead(receipt.case, cast, State.REPLIED, at=make.LATER_THAT_DAY)
    receipt.case.refresh_from_db()
    return receipt.case
