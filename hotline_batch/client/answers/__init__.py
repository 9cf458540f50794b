"""An answer -> what it confirms, refuses or leaves in doubt."""
