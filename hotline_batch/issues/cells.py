"""Codes of cells that hold something else than what is seen in them, of rows whose cells cannot be told apart.

Also of messages, and of templates that a row cannot fill in.
"""

from __future__ import annotations

from hotline_batch.issues.issue import unusable

IN_TEXT = "in_text"
"""Case of a cell whose text alone shows what is wrong, as in CSV."""
UNCOUNTED = "uncounted"
COUNTED, BLANK_BEFORE_QUOTE, WITH_CAUSE = "counted", "blank_before_quote", "with_cause"
COUNTED_BEYOND, BLANK_BEFORE_QUOTE_BEYOND = "counted_beyond", "blank_before_quote_beyond"
"""Cases of a row with another number of cells than the header has columns."""

NOT_SEEN_IN_A_COPY = frozenset(
    {
        "too_many_cells",
        "too_few_cells",
        "cell_is_an_error",
        "cell_is_a_date",
        "cell_is_true_or_false",
        "cell_is_a_formatted_number",
        "digits_lost",
        "cell_is_merged",
        "formula_without_value",
        "message_bad_characters",
    }
)
"""Codes of rows that look well in a copy whose cells are texts: what made them unusable is gone in it."""

CELLS = (
    unusable(
        "digits_lost",
        "The spreadsheet program shortened this number; its digits are gone.",
        "Format the column as text and paste the id again from its source.",
        {
            "": "A number cell keeps 15 digits; the others of this number are gone.",
            IN_TEXT: "The spreadsheet program shortened this number; the digits that it left out are gone.",
        },
        task="paste {things} again, as text",
    ),
    unusable(
        "ambiguous_number",
        "The separators in this number can be read in two ways.",
        "Write the id with digits only.",
        "{number} can be {whole} or {decimal} with decimals.",
    ),
    unusable(
        "cell_is_a_date",
        "The spreadsheet program turned this cell into a date.",
        "Format the column as text and type the value again.",
        {
            "": "The cell holds a date; the text that you see in it is not in the file.",
            IN_TEXT: "The cell holds a date where an id is expected.",
        },
        task="retype {things} as text",
    ),
    unusable(
        "cell_is_true_or_false",
        "The cell holds TRUE or FALSE.",
        "Type the value again as text.",
        {
            "": "The cell holds TRUE or FALSE instead of a text.",
            IN_TEXT: "The cell holds {word} where an id is expected.",
        },
        task="retype {things} as text",
    ),
    unusable(
        "cell_is_a_formatted_number",
        "The cell holds a number; the text that is seen in it comes from its format and is not in the file.",
        "Format the column as text and type what is to be sent.",
        "The cell holds a number; the text that you see in it comes from its format and is not in the file.",
        task="retype {things} as text",
    ),
    unusable(
        "cell_is_an_error",
        "The cell holds a spreadsheet error such as #N/A.",
        "Repair the formula, or replace it by its value.",
        {
            "": "The cell holds a spreadsheet error.",
            IN_TEXT: "The cell holds the spreadsheet error {word}.",
        },
        task="repair the formulas of {things}",
    ),
    unusable(
        "formula_without_value",
        "The cell holds a formula whose result is not stored in the file.",
        "Open the file in the spreadsheet program, save it and try again.",
        task="let the spreadsheet program compute {things} and save",
    ),
    unusable(
        "cell_is_merged",
        "The cell is covered by a merged one, so it has no value of its own.",
        "Unmerge the cells and fill in each row.",
        task="unmerge and fill in {things}",
    ),
    unusable(
        "too_many_cells",
        "The row has more cells than the header has columns.",
        "Put texts that hold the delimiter into double quotes, or save the sheet as XLSX.",
        {
            UNCOUNTED: "The row has another number of cells, the header has {columns:column|columns}: which is which "
            "is unclear.",
            COUNTED: "The row has {found:cell|cells}, the header has {columns:column|columns}: which is which is "
            "unclear.",
            COUNTED_BEYOND: "The row has {found:cell|cells}, the header has {columns:column|columns}: which is which "
            "is unclear. Beyond the last column stands: {beyond}",
            BLANK_BEFORE_QUOTE: "The row has {found:cell|cells}, the header has {columns:column|columns}: which is "
            "which is unclear. A blank stands before a quotation mark, which therefore holds no cell together.",
            BLANK_BEFORE_QUOTE_BEYOND: "The row has {found:cell|cells}, the header has {columns:column|columns}: which "
            "is which is unclear. A blank stands before a quotation mark, which therefore holds no cell together. "
            "Beyond the last column stands: {beyond}",
        },
        task="repair the delimiters of {things}",
    ),
    unusable(
        "too_few_cells",
        "The row has fewer cells than the header has columns.",
        "Compare the row with its neighbours and complete it.",
        {
            COUNTED: "The row has {found:cell|cells}, the header has {columns:column|columns}; missing is {missing}.",
            UNCOUNTED: "The row has another number of cells, the header has {columns:column|columns}; missing is "
            "{missing}.",
            WITH_CAUSE: "The row has {found:cell|cells}, the header has {columns:column|columns}; missing is "
            "{missing}. The cause: {because}.",
        },
        task="complete {things}",
    ),
)


MESSAGES = (
    unusable(
        "message_blank",
        "The message is empty.",
        "Write a message, or remove the row.",
        task="write {things}",
        about="message",
    ),
    unusable(
        "message_too_long",
        "The message has more than 4096 characters.",
        "Shorten the text; Telegram takes 4096 characters.",
        "The message has {length} characters; Telegram takes {longest}.",
        task="shorten {things}",
        about="message",
    ),
    unusable(
        "message_bad_characters",
        "The message holds characters that cannot be sent.",
        "Type the text again; it was damaged when it was copied or exported.",
        "The message holds the character {character} at position {position}, which cannot be sent.",
        task="retype {things}",
        about="message",
    ),
    unusable(
        "template_failed",
        "The template cannot be filled in with this row.",
        "Check the cells that the template uses in this row.",
        "The template cannot be filled in with this row: {why}.",
        task="complete {things} for the template",
        about="row",
    ),
)
