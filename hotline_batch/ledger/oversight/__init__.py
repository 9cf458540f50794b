"""The office: who may sign in, two pairs of eyes, and who did what."""
