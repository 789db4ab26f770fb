"""Evidence that comes with a plan, a result or an answer."""

from accountability.models import CorrectionFile
from efficiency.files.kept import KeptFiles

files = KeptFiles(CorrectionFile, folder="corrections", name="correction")
