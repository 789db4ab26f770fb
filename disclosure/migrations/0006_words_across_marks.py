"""Words that run across marks of Markdown are found: what was published before is indexed as it is read."""

from typing import Any

from django.db import migrations

from disclosure.documents.markup import to_text
from efficiency.pairs import pairs_of, without_marks

CHUNK = 200
# As ``disclosure.documents.markup.may_part_words`` says it.
WITH_MARKS = r"[*_\[\]\\&]"


def add_words(apps: Any, _schema_editor: Any) -> None:
    """Add to each published text with marks the pairs of its words as they are read."""
    documents = apps.get_model("disclosure", "Document").objects
    rows = documents.filter(public_version__state="published", public_version__body__regex=WITH_MARKS)
    for pk, elements, body in rows.values_list("pk", "search_pairs", "public_version__body").iterator(CHUNK):
        more = set(without_marks(set(pairs_of(to_text(body))))) - set(elements)
        if more:
            documents.filter(pk=pk).update(search_pairs=[*elements, *sorted(more)])


class Migration(migrations.Migration):
    """Data alone."""

    dependencies = [("disclosure", "0005_requests")]

    operations = [migrations.RunPython(add_words, migrations.RunPython.noop)]
