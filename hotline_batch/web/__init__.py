"""The page: what a person does in a browser; it asks application and looks behind it nowhere."""
