"""A file that Telegram Desktop exported -> the groups in it with their messages."""
