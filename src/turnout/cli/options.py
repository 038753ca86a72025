"""Options that several commands share: where the configuration comes from, and the keys most often given by hand."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from turnout.config import Config, load_config

_PLACE = Group("Where", sort_key=10)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Place:
    """Which installation a command is about. Every key of the configuration may also stand in the file or in TURNOUT_<KEY>."""

    config: Annotated[Path | None, Parameter(group=_PLACE, help="Configuration file, TOML. Also TURNOUT_CONFIG.")] = None
    data_dir: Annotated[str | None, Parameter(group=_PLACE, help="Data folder.")] = None
    database_url: Annotated[str | None, Parameter(group=_PLACE, help="PostgreSQL address; without it SQLite in the data folder.")] = None

    def load(self, **overrides: Any) -> Config:
        """The configuration; keys given on the command line win. None means not given. Raises ConfigError."""
        given = {"data_dir": self.data_dir, "database_url": self.database_url, **overrides}
        return load_config(os.environ, file=self.config, overrides={name: value for name, value in given.items() if value is not None})


ANYWHERE = Place()
"""No option given."""
