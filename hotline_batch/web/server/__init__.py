"""The page as a server of this machine: where it listens, how a second one finds the first, how it ends."""
