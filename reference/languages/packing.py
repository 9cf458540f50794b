"""What is done when a wheel is made: the catalogues are compiled, and travel in it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_EDITABLE = "editable"


class CompiledCatalogues(BuildHookInterface):  # type: ignore[type-arg] # of a builder's settings, which are not used
    """Puts a compiled catalogue beside each that people write."""

    @property
    def _folder(self) -> Path:
        return Path(self.directory) / "catalogues"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the files are gathered. A source tree that is used as it is reads what people write."""
        if version == _EDITABLE:
            return
        for source in Path(self.root).glob("hotline_batch/language/catalogues/*/LC_MESSAGES/*.po"):
            compiled = self._folder / source.parts[-3] / f"{source.stem}.mo"
            compiled.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as written, compiled.open("wb") as made:
                write_mo(made, read_po(written, locale=source.parts[-3]))
            within = source.with_suffix(".mo").relative_to(self.root).as_posix()
            build_data["force_include"][str(compiled)] = within

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's signature
        """After they were gathered."""
        shutil.rmtree(self._folder, ignore_errors=True)
