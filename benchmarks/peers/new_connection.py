"""So many messages, each by requests.post, which opens a new connection. TIMES"""

import json
import os
import sys
import time

import requests

body = {"instance": os.environ["HOTLINE_INSTANCE"], "api_key": os.environ["HOTLINE_API_KEY"], "message": "Hello"}
headers = {"X-API-KEY": os.environ["HOTLINE_X_API_KEY"]}
started = time.process_time()
for number in range(int(sys.argv[1])):
    asked = {"action": "incoming_in_topic", "user_id": 987_600_000 + number, **body}
    requests.post(os.environ["HOTLINE_ENDPOINT"], json=asked, headers=headers, timeout=30).json()
sys.stdout.write(json.dumps({"cpu_seconds": time.process_time() - started}))
