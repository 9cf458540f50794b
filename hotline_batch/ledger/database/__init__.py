"""Where the ledger is kept: a file or a server, its failures in words, its clock."""
