"""Who may come in: accounts, browsers that are signed in, and attempts to sign in."""
