"""Names in the order in which their reader looks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.language.formats import name_order
from hotline_batch.plan.message.template_files import offered_names, own_templates_folder


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["ab", "Abend", "Ärger", "Arzt", "Öl", "Oma", "Straße", "Strassen", "Übel", "zu"], id="German"),
        pytest.param(["ананас", "Елена", "ёлка", "ель", "игра", "Йод", "каша"], id="Russian"),
        pytest.param(["nada", "Núñez", "nz", "ñandú", "oso"], id="Spanish"),
    ],
)
def test_names_stand_where_a_reader_looks_for_them(names: list[str]) -> None:
    for order in (names, names[::-1], names[1::2] + names[::2]):
        assert sorted(order, key=name_order) == names


def test_names_that_differ_in_capitals_or_accents_alone_always_stand_in_one_order() -> None:
    names = ["resumé", "Resume", "résumé", "resume"]
    backwards = names[::-1]

    assert sorted(names, key=name_order) == sorted(backwards, key=name_order)
    assert len({name_order(name) for name in names}) == len(names)


def test_a_letter_of_its_own_is_one_in_either_of_its_spellings() -> None:
    composed, decomposed = "\u0439", "\u0438\u0306"

    assert name_order(composed)[0] == name_order(decomposed)[0]


def test_templates_are_offered_in_that_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = own_templates_folder()
    folder.mkdir(parents=True)
    for name in ("übergabe", "Zahlung", "abschluss", "Umzug"):
        (folder / f"{name}.txt.j2").write_text("Guten Tag", encoding="utf-8")

    own = [name for name in offered_names() if name in {"übergabe", "Zahlung", "abschluss", "Umzug"}]

    assert own == ["abschluss", "übergabe", "Umzug", "Zahlung"]
