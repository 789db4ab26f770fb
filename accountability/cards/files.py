"""Files of cards: evidence, explanations, appeals."""

from accountability.models import CardFile
from efficiency.files.kept import KeptFiles

files = KeptFiles(CardFile, folder="cards", name="card")
