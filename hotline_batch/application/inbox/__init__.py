"""A folder where people drop sheets: a run for each, and every file put away beside its result sheet."""
