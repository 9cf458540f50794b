"""What the screens of a sheet share while the page is served: looks that are kept, and starts that go on."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from hotline_batch.application.drafts.become_run import Starts
from hotline_batch.application.drafts.look import Looks


@dataclass(frozen=True, slots=True)
class Desk:
    """Looks and starts of one served page."""

    looks: Looks = field(default_factory=Looks)
    starts: Starts = field(default_factory=Starts)

    def close(self) -> None:
        """Wait for what goes on, and let everything go."""
        self.starts.close()
        self.looks.close()


def desk_of(request: Request) -> Desk:
    """That of the page which is served here."""
    found: Desk = request.app.state.desk
    return found
