"""A pool of 32 aiohttp tasks. Keeps no ledger."""

import asyncio
import csv
import os
import ssl
import sys

import aiohttp

body = {"instance": os.environ["HOTLINE_INSTANCE"], "api_key": os.environ["HOTLINE_API_KEY"]}
headers = {"X-API-KEY": os.environ["HOTLINE_X_API_KEY"]}


async def main() -> None:
    with open(sys.argv[1], newline="") as source:
        rows = list(csv.DictReader(source))
    links = [""] * len(rows)
    waiting = iter(enumerate(rows))
    trust = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32, ssl=trust)) as session:

        async def worker() -> None:
            for index, row in waiting:
                asked = {"action": "incoming_in_topic", "user_id": int(row["user_id"]), "message": row["message"]}
                async with session.post(
                    os.environ["HOTLINE_ENDPOINT"], json={**asked, **body}, headers=headers
                ) as answer:
                    links[index] = (await answer.json(content_type=None))["topic_link"]

        await asyncio.gather(*(worker() for _ in range(32)))
    with open(sys.argv[2], "w", newline="") as target:
        writer = csv.writer(target)
        writer.writerows([row["user_id"], row["message"], link] for row, link in zip(rows, links, strict=True))


asyncio.run(main())
