"""One request out, one answer in, with proof of how far the request came."""
