"""Photos and screenshots: decoded and written anew, so that only the picture remains (docs/trust.md U-02, U-03)."""

from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

from efficiency.files.decoder.answer import Copy, NotTaken
from efficiency.files.rules import MAX_PIXELS

# Our own bound is checked before anything is decoded; Pillow's is the second line.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
QUALITY_OF_CONVERTED = 92


def copy_of(content: bytes, kind: str) -> Copy:
    """
    Return the picture, upright, in sRGB, without EXIF, comments, profiles, thumbnails, further frames.

    :raises NotTaken: it has more than 40 megapixels
    :raises OSError: it is damaged; libraries raise more than this
    """
    try:
        image: Image.Image = Image.open(BytesIO(content), formats=["JPEG" if kind == "jpeg" else "PNG"])
    except Image.DecompressionBombError as error:
        raise NotTaken("too_many_pixels") from error
    if image.width * image.height > MAX_PIXELS:
        raise NotTaken("too_many_pixels")
    image.load()
    options: dict[str, Any] = _jpeg_options(image) if kind == "jpeg" else {"compress_level": 6}
    profile = image.info.get("icc_profile")
    # Which side is up is the one thing in the metadata that belongs to the picture: turn it, then forget the rest.
    ImageOps.exif_transpose(image, in_place=True)
    if kind == "jpeg" and image.mode not in ("L", "RGB"):
        image, profile, options = image.convert("RGB"), None, {"quality": QUALITY_OF_CONVERTED}
    if profile:
        _to_srgb(image, profile)
    transparency = image.info.get("transparency")
    image.info.clear()
    if transparency is not None:
        image.info["transparency"] = transparency
    out = BytesIO()
    image.save(out, "JPEG" if kind == "jpeg" else "PNG", **options)
    return Copy(out.getvalue())


def _jpeg_options(image: Image.Image) -> dict[str, Any]:
    """Write with the tables that the file came with: neither larger nor worse than it was."""
    tables = getattr(image, "quantization", None)
    sampling = JpegImagePlugin.get_sampling(image)
    if not tables or sampling < 0:
        return {"quality": QUALITY_OF_CONVERTED}
    return {"qtables": tables, "subsampling": sampling}


def _to_srgb(image: Image.Image, profile: bytes) -> None:
    """Carry the colours over before the profile goes; a profile that does not fit is passed over."""
    if image.mode not in ("RGB", "RGBA"):
        return
    from PIL import ImageCms

    try:
        ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), inPlace=True
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return
