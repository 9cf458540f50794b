"""While a run goes on: claims before sends, outcomes after them, many in one commit."""
