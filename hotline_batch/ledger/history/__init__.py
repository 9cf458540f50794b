"""What other runs did: messages that went out, answers that came, topics that are known."""
