"""
What runs in the child process (docs/trust.md U-06): takes one file apart and writes it anew without metadata.

Nothing here loads Django, reads a setting or opens a file: the child gets the bytes of one file on its standard input,
has an empty environment, and answers on its standard output.
"""
