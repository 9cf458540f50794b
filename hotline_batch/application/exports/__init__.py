"""What can be written about a sheet or a run: result sheets, reports, audits, the marked sheet."""
