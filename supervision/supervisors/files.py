"""Photographs of observations, files with answers and with minutes."""

from efficiency.files.kept import KeptFiles
from supervision.models import GatheringFile, ObservationFile

files = KeptFiles(ObservationFile, folder="observations", name="observation")
gathering_files = KeptFiles(GatheringFile, folder="gatherings", name="gathering")
