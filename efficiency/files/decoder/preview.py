"""Small pictures for pages, made of copies that are kept: the picture alone, as these have no more (U-02, U-03)."""

from io import BytesIO

from PIL import Image

from efficiency.files.decoder.answer import Copy, NotTaken
from efficiency.files.rules import MAX_PIXELS, PREVIEW_PIXELS

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
QUALITY = 80


def copy_of(content: bytes, kind: str) -> Copy:
    """
    Return a JPEG of at most ``PREVIEW_PIXELS`` a side, on white where the picture is transparent.

    :raises NotTaken: it has more than 40 megapixels
    :raises OSError: it is damaged; libraries raise more than this
    """
    try:
        image: Image.Image = Image.open(BytesIO(content), formats=["JPEG", "PNG"])
    except Image.DecompressionBombError as error:
        raise NotTaken("too_many_pixels") from error
    if image.width * image.height > MAX_PIXELS:
        raise NotTaken("too_many_pixels")
    # A JPEG is decoded at a fraction of its size: a tenth of the time and memory.
    image.draft("RGB", (PREVIEW_PIXELS, PREVIEW_PIXELS))
    image.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
    shown = image.convert("RGBA")
    page = Image.new("RGB", shown.size, "white")
    page.paste(shown, mask=shown.getchannel("A"))
    out = BytesIO()
    page.save(out, "JPEG", quality=QUALITY)
    return Copy(out.getvalue())
