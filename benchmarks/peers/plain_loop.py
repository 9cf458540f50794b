"""What people write first: a loop of requests.post over csv rows."""

import csv
import os
import sys

import requests

body = {"instance": os.environ["HOTLINE_INSTANCE"], "api_key": os.environ["HOTLINE_API_KEY"]}
headers = {"X-API-KEY": os.environ["HOTLINE_X_API_KEY"]}
session = requests.Session()
with open(sys.argv[1], newline="") as source, open(sys.argv[2], "w", newline="") as target:
    writer = csv.writer(target)
    for row in csv.DictReader(source):
        asked = {"action": "incoming_in_topic", "user_id": int(row["user_id"]), "message": row["message"], **body}
        reply = session.post(os.environ["HOTLINE_ENDPOINT"], json=asked, headers=headers, timeout=30).json()
        writer.writerow([row["user_id"], row["message"], reply["topic_link"]])
