"""Joins the stages: plan, run, write."""
