"""Files of watched folders: who is at work on each, and which run it became."""
