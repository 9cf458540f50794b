"""A file that is written for one answer -> that answer; the file is gone once it was sent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def file_answer(name: str, media_type: str, write: Callable[[str], object]) -> FileResponse:
    """A file of that name, to be saved. ``write`` is told the path, whose ending is that of the name."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-batch-"))
    try:
        path = folder / f"file{Path(name).suffix}"
        write(str(path))
        gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        return FileResponse(path, media_type=media_type, filename=name, background=gone)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
