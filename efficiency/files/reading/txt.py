"""A plain text, as the decoder wrote it anew: UTF-8."""

from efficiency.files.reading.blocks import Block, Run


def blocks_of(content: bytes) -> list[Block]:
    """Return a paragraph for each line that has words."""
    lines = (line.strip() for line in content.decode("utf-8", errors="replace").splitlines())
    return [Block("paragraph", (Run(line),)) for line in lines if line]
