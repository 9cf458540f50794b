"""A CSV sheet -> a planned run in a new ledger: read, mapped, validated, rendered, stored. SHEET FOLDER"""

import json
import sys
import time
from pathlib import Path

from hotline_batch.__main__ import collect_seldom
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.run_options import RunOptions
from hotline_batch.settings.load import load_settings

folder = Path(sys.argv[2])
settings = load_settings(working_folder=folder)
template = "Hello {{ name }}, order {{ order }} is {{ status }}."
request = SheetRequest(Kind.SEND, sys.argv[1], RunOptions(message=template), output=f"{folder}/plan.csv")
collect_seldom()
started = time.process_time()
with Ledger(settings.ledger) as ledger:
    plan_run(request, settings)
sys.stdout.write(json.dumps({"cpu_seconds": time.process_time() - started}))
