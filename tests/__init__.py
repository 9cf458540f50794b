"""Tests of hotline-batch, one folder per room; what they share stands in ``tests.support``."""
