"""What a letter may be, in numbers. Plain Python: the child process reads it too."""

from efficiency.files.rules import MIB

# Files of 30 MiB become 41 MiB on their way through the mail; asked of the server before anything is read.
MAX_LETTER_BYTES = 45 * MIB
MAX_HEAD_BYTES = 256 * 1024
MAX_PARTS = 200
MAX_DEPTH = 20
# A letter that went through so many servers is going round.
MAX_STATIONS = 50
# Of the headers that are looked at; more of one is not read.
MAX_HEADER = 2_000
MAX_REFERENCES = 50
# What is kept of the text in the case itself; the rest goes along as a file.
MAX_TEXT = 5_000
MAX_TITLE = 80
MAX_ADDRESS = 120
# So much of a letter that cannot be taken apart is looked at for names.
MAX_LOOKED_AT = 1024 * 1024
# A file in a letter is named at most so; the names of files are cleaned again where they are taken.
MAX_NAME = 255

CHILD_SECONDS = 30
CHILD_BYTES = 768 * MIB
MAX_ANSWER_BYTES = 64 * MIB

# At most so many letters are fetched, and so many read, in one run; the next minute goes on.
FETCHED_AT_ONCE = 50
READ_AT_ONCE = 50
LONGEST_RUN = 100.0
# After so many tries that were begun and not ended a letter is put aside (docs/trust.md D-07).
TRIES = 5
