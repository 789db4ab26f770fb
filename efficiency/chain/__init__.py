"""The chain of hashes over everything that is of record: what was written down cannot be changed unseen (L-03)."""
