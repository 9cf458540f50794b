"""What pages look like: palette, type and fragments that the report and the page share."""
