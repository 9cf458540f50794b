"""The page for several people: its door, its sign-in, its accounts, who did what, and how it is served."""
