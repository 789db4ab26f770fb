"""Files that the citizens of the demonstration send along: made here, small, the same at every loading."""

import io
import random
from zlib import crc32

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

from efficiency import demonstration

PHOTO_SIZE = (640, 480)
# Sky, wall and ground of a photograph, by chance.
PALETTES = (
    ((176, 196, 214), (205, 190, 168), (112, 108, 102)),
    ((150, 160, 172), (186, 180, 174), (92, 96, 100)),
    ((214, 204, 186), (160, 150, 142), (124, 116, 104)),
    ((40, 46, 64), (96, 92, 96), (58, 56, 58)),
)


def make(kind: str, *, key: str, position: int, text: str) -> SimpleUploadedFile:
    """
    Return a file of ``kind`` ("photo", "pdf" or "text") as a browser would send it; ``text`` is what a paper says.

    :raises KeyError: there is no such kind
    """
    name, content_type, build = {
        "photo": ("IMG_20{:04d}.jpg", "image/jpeg", photo),
        "pdf": ("材料扫描件{}.pdf", "application/pdf", paper),
        "text": ("情况说明{}.txt", "text/plain", note),
    }[kind]
    chance = random.Random(crc32(f"{key}/{position}".encode()))  # noqa: S311 - pictures, not secrets
    return SimpleUploadedFile(name.format(position), build(text, chance), content_type)


def photo(_text: str, chance: random.Random) -> bytes:
    """Return a photograph of a wall with a stain and a crack, as JPEG."""
    width, height = PHOTO_SIZE
    sky, wall, ground = chance.choice(PALETTES)
    image = Image.new("RGB", PHOTO_SIZE, sky)
    draw = ImageDraw.Draw(image)
    top, bottom = int(height * chance.uniform(0.15, 0.3)), int(height * 0.82)
    draw.rectangle((int(width * 0.08), top, int(width * 0.92), bottom), fill=wall)
    draw.polygon([(0, height), (width, height), (width, bottom - 12), (0, bottom + 8)], fill=ground)
    darker = tuple(int(part * 0.8) for part in wall)
    for column in range(5):
        left = int(width * (0.14 + 0.16 * column))
        draw.rectangle((left, top + 40, left + 52, top + 120), fill=darker, outline=(70, 74, 80), width=3)
    # The stain is soft, the crack is sharp.
    stain = Image.new("L", PHOTO_SIZE, 0)
    for _ in range(14):
        x, y = chance.gauss(width * 0.55, 60), chance.gauss(height * 0.62, 30)
        size = chance.uniform(15, 50)
        ImageDraw.Draw(stain).ellipse((x - size, y - size, x + size, y + size), fill=chance.randint(60, 150))
    image.paste((84, 72, 58), mask=stain.filter(ImageFilter.GaussianBlur(9)))
    x, y = width * chance.uniform(0.3, 0.6), float(top)
    points = [(x, y)]
    while y < bottom:
        x, y = x + chance.uniform(-22, 22), y + chance.uniform(10, 26)
        points.append((x, y))
    draw.line(points, fill=(52, 46, 42), width=3)
    output = io.BytesIO()
    image.save(output, "JPEG", quality=72)
    return output.getvalue()


def paper(text: str, _chance: random.Random) -> bytes:
    """Return one page with the text as PDF."""
    return demonstration.paper(text)


def note(text: str, _chance: random.Random) -> bytes:
    """Return the text as a plain file."""
    return text.encode()
