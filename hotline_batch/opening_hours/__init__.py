"""When something may be done: hours of the day, days of the week, holidays, in a time zone."""
