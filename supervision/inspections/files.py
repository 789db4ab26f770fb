"""Photographs and files of visits: of items on the spot, of findings, of comments and challenges."""

from efficiency.files.kept import KeptFiles
from supervision.models import VisitFile

files = KeptFiles(VisitFile, folder="inspections", name="visit")
