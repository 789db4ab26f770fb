"""Photographs of observations, files with answers and with minutes."""

from efficiency.files.kept import KeptFiles
from efficiency.files.pictures import KeptPictures
from supervision.models import GatheringFile, ObservationFile

files = KeptPictures(ObservationFile, folder="observations", name="observation")
gathering_files = KeptFiles(GatheringFile, folder="gatherings", name="gathering")
