"""
What a file says, as plain words and paragraphs: for search, and for whoever goes on writing it (docs/trust.md U-06).

Like ``efficiency.files.decoder`` this runs in a child process of its own and must not load Django; ``extract`` alone
is for the portal.
"""
