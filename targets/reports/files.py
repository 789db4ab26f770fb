"""Evidence that comes with the values of a report, or with the whole of it."""

from efficiency.files.kept import KeptFiles
from targets.models import ReportFile

files = KeptFiles(ReportFile, folder="reports", name="report")
