"""Reading Telegram's exports, and what may be concluded from them."""
