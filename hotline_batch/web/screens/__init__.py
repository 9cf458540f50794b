"""One module for each screen: its addresses, what it asks of application, and the template that shows it."""
