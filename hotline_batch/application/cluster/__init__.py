"""Several machines on one ledger: a worker that serves what waits there, and who does what."""
