"""One workbook for each purpose: results, a marked sheet, a form to fill in."""
