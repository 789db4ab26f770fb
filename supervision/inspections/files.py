"""Photographs and files of visits: of items on the spot, of findings, of comments and challenges."""

from efficiency.files.pictures import KeptPictures
from supervision.models import VisitFile

files = KeptPictures(VisitFile, folder="inspections", name="visit")
