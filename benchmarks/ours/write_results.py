"""The result sheet of a pretended run, .xlsx as the contract has it or .csv. ROWS PATH"""

import sys

from result_records import records, run_of

from hotline_batch.__main__ import collect_seldom
from hotline_batch.results.write import write_results

collect_seldom()
rows = int(sys.argv[1])
write_results(run_of(rows), lambda: records(rows), sys.argv[2], "18/min", replace=True)
