"""What flows from a sheet's row to a line of the result sheet: values that all rooms share."""
