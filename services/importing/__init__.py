"""Recreate from a file: an export's ZIP, or a PNG that carries its recipe.

restored = recreate(path_or_bytes, "autumn.zip")     # a new session, and a run that makes it again
"""

from services.importing.recreate import Restored, given_batch, recreate, start_making

__all__ = ["Restored", "given_batch", "recreate", "start_making"]
