"""Files of fault cases: of a piece of evidence, or of a statement."""

from accountability.models import FaultFile
from efficiency.files.kept import KeptFiles

files = KeptFiles(FaultFile, folder="faults", name="fault")
