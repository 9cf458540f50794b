"""Which columns a result sheet has, and that what is left out stands nowhere in it."""

from __future__ import annotations

import pytest

from hotline_batch.errors import SettingsError
from hotline_batch.results.rows.columns import KNOWN_COLUMNS
from hotline_batch.results.rows.kept_columns import KeptColumns, misspelt_columns
from hotline_batch.run_options import ResultColumns, options_named


def chosen_columns(**named: object) -> ResultColumns:
    return options_named(named).results


def kept(**options: object) -> KeptColumns:
    found = KeptColumns.of(chosen_columns(**options))
    assert found is not None
    return found


def test_nothing_chosen():
    """Without a choice there is nothing to filter, also where a list is empty; an empty name is no choice."""
    assert KeptColumns.of(ResultColumns()) is None
    assert KeptColumns.of(chosen_columns(columns=[], leave_out=[])) is None
    with pytest.raises(SettingsError, match="columns = '' cannot be used"):
        chosen_columns(columns="")


@pytest.mark.parametrize("chosen", ["user_phone, Telefon", ["user_phone", "TELEFON"]])
def test_left_out_by_list_or_by_commas(chosen: object):
    """A name counts for the input's column and for ours, in any case of letters."""
    columns = kept(leave_out=chosen)

    assert [False, False, True] == [columns.keeps_input(name) for name in ("telefon", "User_Phone", "Name")]
    assert [False, False, True] == [
        columns.keeps_own(name) for name in ("hotline_user_phone", "user_phone", "hotline_user_id")
    ]


def test_name_with_prefix_means_ours_alone():
    """The input's own column of that name stays."""
    columns = kept(leave_out="hotline_user_phone")

    assert (True, False, False) == (
        columns.keeps_input("user_phone"),
        columns.keeps_own("hotline_user_phone"),
        columns.keeps_own("user_phone"),
    )


def test_row_and_status_always_stay():
    """Whatever is chosen, each line says which row it is and what became of it."""
    own = ("hotline_row", "hotline_status")

    assert all(kept(columns="Name").keeps_own(name) for name in own)
    assert all(kept(leave_out="hotline_row,status").keeps_own(name) for name in own)


def test_personal_data_in_one_word():
    """Names, phone and the title, which is the customer's name; ids stay."""
    columns = kept(leave_out="personal_data")

    assert not any(map(columns.keeps_own, ("user_name", "user_first_name", "user_phone", "topic_title")))
    assert all(map(columns.keeps_own, ("user_id", "topic_status", "topic_link")))


def test_misspelt_name_is_told():
    """A name that is nearly that of a column would leave nothing out; another sheet's column is no mistake."""
    known = (*KNOWN_COLUMNS, "Telefon")

    assert ("There is no column 'user_phon'. Did you mean 'user_phone'?",) == misspelt_columns(
        chosen_columns(leave_out="user_phon"), known
    )
    assert () == misspelt_columns(
        chosen_columns(leave_out="Telefon, personal_data, Geburtstag", columns="hotline_row"), known
    )
