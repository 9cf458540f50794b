"""The page and the report in a real browser: by mouse and keyboard, without JavaScript, on a telephone, in the dark."""
