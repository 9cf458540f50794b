"""The other usual notebook: pandas apply with requests.post."""

import os
import sys

import pandas as pd
import requests

body = {"instance": os.environ["HOTLINE_INSTANCE"], "api_key": os.environ["HOTLINE_API_KEY"]}
headers = {"X-API-KEY": os.environ["HOTLINE_X_API_KEY"]}


def send(row):
    asked = {"action": "incoming_in_topic", "user_id": int(row["user_id"]), "message": row["message"], **body}
    answer = requests.post(os.environ["HOTLINE_ENDPOINT"], json=asked, headers=headers, timeout=30)
    return answer.json()["topic_link"]


frame = pd.read_csv(sys.argv[1])
frame["topic_link"] = frame.apply(send, axis=1)
frame.to_csv(sys.argv[2], index=False)
