"""Several people at one ledger: who they are, what each may do, what one must approve of another, who did what."""
