"""The account's theme."""

from turnout.kernel.documented import Documented

THEME = {
    "name": "Acme Training",
    "accent": "#1f4fd8",
    "logo": {"id": "pc_2d9k4v7s0q3eh", "url": "/pictures/pc_2d9k4v7s0q3eh"},
}

OPERATIONS = {
    "getTheme": Documented(reply=THEME),
    "setTheme": Documented({"name": "Acme Training", "accent": "#1f4fd8", "logo": "pc_2d9k4v7s0q3eh"}, THEME),
}
