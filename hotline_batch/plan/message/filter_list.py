"""The filters that a template may use, each with an example and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline_batch.language.words import marked

FILTER_LIST: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "date": (
            "{{ Due|date }}, {{ Due|date('long') }}",
            marked("A date, and its time if it has one, as your language writes it; short, medium, long or full."),
        ),
        "euro": ("{{ Amount|euro }}", marked("An amount in euros, as your language writes it.")),
        "number": ("{{ Weight|number }}, {{ Weight|number(2) }}", marked("A number, as your language writes it.")),
        "default": ("{{ Name|default('customer') }}", marked("Another text where the cell is blank; also d.")),
        "d": ("{{ Name|d('customer') }}", marked("The same as default.")),
        "upper": ("{{ Code|upper }}", marked("In capitals.")),
        "lower": ("{{ Code|lower }}", marked("In small letters.")),
        "capitalize": ("{{ Name|capitalize }}", marked("The first letter as a capital, the others small.")),
        "title": ("{{ Name|title }}", marked("The first letter of every word as a capital.")),
        "trim": ("{{ Name|trim }}", marked("Without blanks at its ends.")),
        "replace": ("{{ Phone|replace(' ', '') }}", marked("One text in the place of another.")),
        "truncate": ("{{ Text|truncate(80) }}", marked("Cut to so many characters, at a word.")),
        "float": ("{{ Amount|float }}", marked("A number to calculate with.")),
        "int": ("{{ Pieces|int }}", marked("A whole number to calculate with.")),
        "round": ("{{ (Amount|float * 2)|round(2) }}", marked("A number, rounded.")),
        "abs": ("{{ Balance|float|abs }}", marked("A number without its sign.")),
        "length": ("{{ Code|length }}", marked("How many characters; also count.")),
        "count": ("{{ Code|count }}", marked("The same as length.")),
        "wordcount": ("{{ Text|wordcount }}", marked("How many words.")),
        "list": ("{{ Code|list|join('-') }}", marked("The characters, one by one.")),
        "first": ("{{ Name.split(' ')|first }}", marked("The first of several.")),
        "last": ("{{ Name.split(' ')|last }}", marked("The last of several.")),
        "join": ("{{ Items.split(';')|join(', ') }}", marked("Several, put together.")),
        "sort": ("{{ Items.split(';')|sort|join(', ') }}", marked("Several, sorted.")),
        "unique": ("{{ Items.split(';')|unique|join(', ') }}", marked("Several, each once.")),
        "reverse": ("{{ Items.split(';')|reverse|join(', ') }}", marked("In the other order.")),
    }
)
