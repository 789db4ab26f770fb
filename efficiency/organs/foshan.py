"""
The organs of Foshan as the pilot paper of 2005 finds them: one city, five districts, 32 towns and streets.

Codes of city and districts are those of GB/T 2260, of towns and streets those of GB/T 10114; a department has the code
of its government and a word.
"""

from collections.abc import Iterator
from dataclasses import replace

from efficiency.organs.foshan_duties import duties_of
from efficiency.organs.models import Level, OrganKind
from efficiency.organs.reference import OrganRow

CITY = "440600"

# (word of the code, name); the pilots of the paper come first.
CITY_PILOTS = (
    ("construction", "市建设局"),
    ("tax", "市地税局"),
    ("sasac", "市国资委"),
)
CITY_DEPARTMENTS = (
    ("planning", "市发展和改革局"),
    ("economy", "市经济贸易局"),
    ("education", "市教育局"),
    ("science", "市科学技术局"),
    ("police", "市公安局"),
    ("supervision", "市监察局"),
    ("civil-affairs", "市民政局"),
    ("justice", "市司法局"),
    ("finance", "市财政局"),
    ("personnel", "市人事局"),
    ("labour", "市劳动和社会保障局"),
    ("land", "市国土资源局"),
    ("urban-planning", "市规划局"),
    ("transport", "市交通局"),
    ("water", "市水利局"),
    ("agriculture", "市农业局"),
    ("trade", "市对外贸易经济合作局"),
    ("culture", "市文化广电新闻出版局"),
    ("health", "市卫生局"),
    ("audit", "市审计局"),
    ("environment", "市环境保护局"),
    ("statistics", "市统计局"),
    ("prices", "市物价局"),
    ("work-safety", "市安全生产监督管理局"),
    ("city-management", "市城市管理行政执法局"),
    ("industry-commerce", "市工商行政管理局"),
    ("quality", "市质量技术监督局"),
    ("food-drug", "市食品药品监督管理局"),
    ("service-centre", "市行政服务中心"),
)
DISTRICT_DEPARTMENTS = (
    ("construction", "建设局"),
    ("tax", "地税局"),
    ("education", "教育局"),
    ("labour", "劳动和社会保障局"),
    ("environment", "环境保护局"),
    ("city-management", "城市管理行政执法局"),
    ("service-centre", "行政服务中心"),
)
# The pilot district shows its government in full.
CHANCHENG_DEPARTMENTS = (
    *DISTRICT_DEPARTMENTS,
    ("sasac", "公有资产管理委员会"),
    ("civil-affairs", "民政局"),
    ("health", "卫生局"),
    ("land", "国土资源分局"),
    ("police", "公安分局"),
    ("industry-commerce", "工商行政管理分局"),
    ("finance", "财政局"),
)
STREET, TOWN = OrganKind.STREET, OrganKind.TOWN
# (code, name, towns and streets); order and names as the city gives them.
DISTRICTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "440604",
        "禅城区",
        (("012", "祖庙街道"), ("010", "石湾镇街道"), ("011", "张槎街道"), ("100", "南庄镇")),
    ),
    (
        "440605",
        "南海区",
        (
            ("011", "桂城街道"),
            ("121", "九江镇"),
            ("122", "西樵镇"),
            ("123", "丹灶镇"),
            ("124", "狮山镇"),
            ("125", "大沥镇"),
            ("126", "里水镇"),
        ),
    ),
    (
        "440606",
        "顺德区",
        (
            ("005", "大良街道"),
            ("006", "容桂街道"),
            ("003", "伦教街道"),
            ("004", "勒流街道"),
            ("101", "陈村镇"),
            ("106", "均安镇"),
            ("105", "杏坛镇"),
            ("104", "龙江镇"),
            ("103", "乐从镇"),
            ("102", "北滘镇"),
        ),
    ),
    (
        "440607",
        "三水区",
        (
            ("001", "西南街道"),
            ("004", "云东海街道"),
            ("101", "大塘镇"),
            ("103", "乐平镇"),
            ("105", "芦苞镇"),
            ("104", "白坭镇"),
            ("106", "南山镇"),
        ),
    ),
    (
        "440608",
        "高明区",
        (("004", "荷城街道"), ("106", "杨和镇"), ("107", "明城镇"), ("108", "更合镇")),
    ),
)
PILOT_DISTRICT = "440604"


def organs() -> Iterator[OrganRow]:
    """Yield every organ of the city, parents before children; positions put each government before what is its own."""
    places = {code: name for code, name, _towns in DISTRICTS}
    for row in _organs():
        place = f"全{places[row.district][-1]}" if row.district else "全市"
        yield replace(row, duties=duties_of(row.code, row.kind, place))


def _organs() -> Iterator[OrganRow]:
    yield OrganRow(
        CITY, "佛山市人民政府", Level.CITY, OrganKind.GOVERNMENT, short_name="佛山市", complaint_phone="12345"
    )
    yield OrganRow(
        f"{CITY}-office",
        "市机关效能建设领导小组办公室",
        Level.CITY,
        OrganKind.EFFICIENCY_OFFICE,
        parent=CITY,
        short_name="市效能办",
        position=1,
        is_pilot=True,
        complaint_phone="12345",
    )
    # Beside the government and not below it: nobody of the city's office reaches what is about that office.
    yield OrganRow(
        f"{CITY}-leading-group",
        "市机关效能建设领导小组",
        Level.CITY,
        OrganKind.EFFICIENCY_OFFICE,
        short_name="市效能领导小组",
        position=2,
    )
    for position, (word, name) in enumerate(CITY_PILOTS + CITY_DEPARTMENTS, start=10):
        yield OrganRow(
            f"{CITY}-{word}",
            name,
            Level.CITY,
            OrganKind.DEPARTMENT,
            parent=CITY,
            position=position,
            is_pilot=(word, name) in CITY_PILOTS,
        )
    for place, (code, name, towns) in enumerate(DISTRICTS, start=1):
        yield from _district(code, name, towns, position=1000 * place)


def _district(code: str, name: str, towns: tuple[tuple[str, str], ...], *, position: int) -> Iterator[OrganRow]:
    is_pilot = code == PILOT_DISTRICT
    yield OrganRow(
        code,
        f"{name}人民政府",
        Level.DISTRICT,
        OrganKind.GOVERNMENT,
        parent=CITY,
        district=code,
        short_name=name,
        position=position,
        is_pilot=is_pilot,
    )
    yield OrganRow(
        f"{code}-office",
        f"{name}机关效能建设领导小组办公室",
        Level.DISTRICT,
        OrganKind.EFFICIENCY_OFFICE,
        parent=code,
        district=code,
        short_name=f"{name}效能办",
        position=position + 1,
        is_pilot=is_pilot,
    )
    departments = CHANCHENG_DEPARTMENTS if is_pilot else DISTRICT_DEPARTMENTS
    for place, (word, department) in enumerate(departments, start=10):
        yield OrganRow(
            f"{code}-{word}",
            f"{name}{department}",
            Level.DISTRICT,
            OrganKind.DEPARTMENT,
            parent=code,
            district=code,
            position=position + place,
            is_pilot=is_pilot,
        )
    for place, (digits, town) in enumerate(towns, start=100):
        yield OrganRow(
            f"{code}{digits}",
            town,
            Level.TOWN,
            STREET if town.endswith("街道") else TOWN,
            parent=code,
            district=code,
            position=position + place,
        )
