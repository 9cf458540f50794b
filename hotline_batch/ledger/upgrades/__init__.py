"""A ledger of an older version -> the present schema."""
