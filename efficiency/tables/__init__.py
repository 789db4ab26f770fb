"""
Lists as files: one writer for CSV and XLSX, used by every list that can be taken out (docs/trust.md O-02), and one
reader for lists that come in as a workbook (docs/trust.md O-03).
"""

from efficiency.tables.cells import Value
from efficiency.tables.writing import CONTENT_TYPES, Format, written

__all__ = ["CONTENT_TYPES", "Format", "Value", "written"]
