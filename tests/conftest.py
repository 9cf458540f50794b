"""What is so for all tests."""

import os

# For most people lxml is not there; a journey of its own uses it. openpyxl asks when it is imported.
os.environ["OPENPYXL_LXML"] = "False"
