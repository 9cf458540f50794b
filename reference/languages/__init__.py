"""The sentences of the program <-> the catalogues that translators fill in."""
