"""A file of a watched folder that could not be used -> whoever is to hear of it."""

from __future__ import annotations

from collections.abc import Callable

from hotline_batch.application.inbox.options import Fate, Served
from hotline_batch.application.notify.telling import tell_of_file
from hotline_batch.settings.model import Settings

OnServed = Callable[[Served], None]


def told_of_files(settings: Settings, on_served: OnServed) -> OnServed:
    """``on_served``, and news of files that became no run; what becomes of runs is told where they end."""

    def told(served: Served) -> None:
        if served.fate is Fate.FAILED and served.summary is None:
            tell_of_file(settings, served.path, served.reason)
        on_served(served)

    return told
