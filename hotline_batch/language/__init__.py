"""The reader's language: which it is, sentences in it, and numbers and moments as it writes them."""
