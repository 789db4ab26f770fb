"""Documents that organs hand in: plans, self-checks, summaries."""

from efficiency.files.kept import KeptFiles
from supervision.models import PilotFile

files = KeptFiles(PilotFile, folder="pilots", name="pilotmilestone")
