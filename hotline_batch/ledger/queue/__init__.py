"""Which lane is to be driven next, and by which machine: Procrastinate in the ledger's own PostgreSQL database.

It stands in the ledger, since a run and its jobs are committed in one transaction.
"""
