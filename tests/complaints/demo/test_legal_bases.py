"""Each service item of the demonstration says which law it rests on, and where that is read (docs/domain.md 5)."""

import re

from complaints.demo import items

LAW = re.compile(r"《[^《》]{3,60}》")


def test_5_each_item_names_its_law_by_title_and_the_source_of_the_text():
    assert len(items.read()) >= 120
    for row in items.read():
        basis, _line, source = row["legal_basis"].rpartition("\n")
        assert LAW.search(basis), f"{row['code']} names no law by its title"
        assert "国家法律法规数据库" in source
        if "statutory" in row:
            assert LAW.search(row["statutory_basis"]), f"{row['code']} names no law that sets its limit"
