"""All tables at once: for whoever writes rows, and for whoever asks what refers to what.

Who only reads some rows needs the classes of those and of no others, and most commands do no more than that.
"""

from importlib import import_module

import sqlalchemy as sa
from sqlmodel import SQLModel


def all_tables() -> sa.MetaData:
    """Every table there is."""
    # By name, for every module with a table builds on this folder.
    import_module("onelane.storage.metadata")
    return SQLModel.metadata
