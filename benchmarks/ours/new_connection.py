"""So many messages, each over a new connection by the program's client. TIMES"""

import json
import os
import sys
import time

from hotline_batch.client.topics import TopicsClient

endpoint, ca_file = os.environ["HOTLINE_ENDPOINT"], os.environ["SSL_CERT_FILE"] or None
keys = [os.environ[name] for name in ("HOTLINE_X_API_KEY", "HOTLINE_INSTANCE", "HOTLINE_API_KEY")]
started = time.process_time()
for number in range(int(sys.argv[1])):
    with TopicsClient(*keys, endpoint=endpoint, ca_file=ca_file) as client:
        client.send_message(987_600_000 + number, "Hello")
sys.stdout.write(json.dumps({"cpu_seconds": time.process_time() - started}))
