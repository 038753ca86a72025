"""What may be a picture, told by its first bytes: real files of every kind, and bytes that only pretend."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.kernel import limits
from turnout.kernel.ids import AccountId
from turnout.pictures.rules import MediaType, PictureTooLarge, Sketch, UnsupportedPicture, digest_of, file_name, look_at

SAMPLES = Path(__file__).parents[1] / "suites" / "pictures" / "samples"
PICTURES = sorted(path for path in SAMPLES.iterdir() if path.suffix != ".bmp")
TYPES = {".png": MediaType.PNG, ".jpg": MediaType.JPEG, ".webp": MediaType.WEBP, ".gif": MediaType.GIF}


PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


def png(width: int, height: int) -> bytes:
    """The first bytes of a PNG of this size."""
    return (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00" + bytes(4)
    )


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_real_files_are_measured(path: Path) -> None:
    """Baseline and progressive, lossy, lossless, with alpha, moving: written by an encoder that is not ours, all 31 × 17."""
    assert look_at(path.read_bytes()) == Sketch(TYPES[path.suffix], 31, 17)


def test_large_real_pictures_are_measured() -> None:
    """The screens' pictures in docs/: those of a phone are narrower than those of a desk."""
    found = {path.name: look_at(path.read_bytes()) for path in (Path(__file__).parents[2] / "docs" / "pictures").glob("*.png")}
    phones = {sketch.width for name, sketch in found.items() if "-phone-" in name}
    desks = {sketch.width for name, sketch in found.items() if "-desk-" in name and "-phone-" not in name}  # a desk is a page, too

    assert {sketch.media_type for sketch in found.values()} == {MediaType.PNG}
    assert 300 < max(phones) < min(desks)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
        b'<?xml version="1.0"?><svg/>',
        b"<!doctype html><script>alert(1)</script>",
        b"GIF8",
        b"GIF89b" + bytes(20),
        b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(30),
        b"RIFF\x00\x00\x00\x00WEBPVP8Z" + bytes(30),
        b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(30),
        b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(30),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xda" + bytes(20),  # picture bytes before any frame
        b"\xff\xd8\xff\xd9" + bytes(20),
        b"\xff\xd8\xff\xe0\x00\x01" + bytes(20),  # a segment shorter than its own length
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(20),  # a segment longer than the file
        b"\xff\xd8\xff\xc0\x00\x04\x08\x00\x01\x00\x01\x01",  # a frame too short for its dimensions
        b"\xff\xd8" + b"\xff" * 100_000,  # padding without end
        b"%PDF-1.7" + bytes(30),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    """SVG and HTML are programs; a broken header measures nothing."""
    with pytest.raises(UnsupportedPicture):
        look_at(content)


def test_another_format_is_refused() -> None:
    """A real picture of a kind we do not serve."""
    with pytest.raises(UnsupportedPicture):
        look_at((SAMPLES / "not_ours.bmp").read_bytes())


@pytest.mark.parametrize(
    ("width", "height"), [(0, 1), (1, 0), (limits.MAX_PICTURE_SIDE + 1, 1), (1, limits.MAX_PICTURE_SIDE + 1), (2**32 - 1, 2**32 - 1)]
)
def test_dimensions_have_limits(width: int, height: int) -> None:
    """Few bytes can claim billions of pixels, which the browsers of a whole hall would have to hold."""
    with pytest.raises(PictureTooLarge):
        look_at(png(width, height))


def test_the_largest_are_let_through() -> None:
    """Exactly at both limits."""
    side = limits.MAX_PICTURE_SIDE
    content = png(side, side).ljust(limits.MAX_PICTURE_BYTES - len(PNG_END), b"\0") + PNG_END
    assert look_at(content) == Sketch(MediaType.PNG, side, side)
    with pytest.raises(PictureTooLarge):
        look_at(content + b"\0")


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_that_is_cut_off_is_refused(path: Path) -> None:
    """Wherever its upload broke off, be it one byte before the end; what stands behind its end does no harm."""
    content = path.read_bytes()

    for length in range(len(content)):
        if path.suffix == ".gif" and content[:length].rstrip(b"\0").endswith(b";"):
            continue  # a byte of the picture that is also what a GIF ends with
        with pytest.raises(UnsupportedPicture):
            look_at(content[:length])
    assert look_at(content + b"\0") == look_at(content)


def test_the_end_of_a_picture_within_a_picture_is_not_its_own() -> None:
    """The small one that a camera puts into a JPEG's head is whole, while the file is cut off."""
    content = (SAMPLES / "baseline.jpg").read_bytes()
    within = b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content
    nested = content[:2] + within + content[2:]

    assert look_at(nested) == look_at(content)
    with pytest.raises(UnsupportedPicture, match="cut off"):
        look_at(nested[:-2])


@given(st.sampled_from(PICTURES), st.data())
def test_damaged_pictures_get_a_named_error(path: Path, data: st.DataObject) -> None:
    """Cut off anywhere, or with any bytes changed: measured within the limits, or refused by name; nothing else is ever raised."""
    content = bytearray(path.read_bytes()[: data.draw(st.integers(0, path.stat().st_size))])
    for _ in range(data.draw(st.integers(0, 4)) if content else 0):
        content[data.draw(st.integers(0, min(len(content), 40) - 1))] = data.draw(st.integers(0, 255))
    try:
        sketch = look_at(bytes(content))
    except (UnsupportedPicture, PictureTooLarge):
        return
    assert 1 <= sketch.width <= limits.MAX_PICTURE_SIDE
    assert 1 <= sketch.height <= limits.MAX_PICTURE_SIDE


@given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x10\x00\x00\x00WEBP"]), st.binary(max_size=200))
def test_any_bytes_get_a_named_error(begins: bytes, rest: bytes) -> None:
    """The same for bytes nobody ever saw."""
    try:
        look_at(begins + rest)
    except (UnsupportedPicture, PictureTooLarge):
        return


def test_a_file_is_named_by_its_account_and_bytes() -> None:
    """No part of the name comes from the one who uploads."""
    digest = digest_of(b"")
    assert file_name(AccountId(7), digest) == f"7/e3/{digest}"
    assert digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
