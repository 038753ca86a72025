"""Pictures."""

from turnout.kernel.documented import Documented
from turnout.pictures.rules import PictureTooLarge, TooManyPictures, UnsupportedPicture
from turnout.storage.files import FilesUnavailable

OPERATIONS = {
    "uploadPicture": Documented(
        reply={"id": "pc_2d9k4v7s0q3eh", "url": "/pictures/pc_2d9k4v7s0q3eh", "width": 640, "height": 480, "bytes": 51312},
        refusals=(UnsupportedPicture, PictureTooLarge, TooManyPictures, FilesUnavailable),
    ),
}
