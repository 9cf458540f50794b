"""The Topics API: one request, one typed reply or one typed error."""
