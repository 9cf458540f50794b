"""News and their words -> the JSON that a command of one's own reads."""

from __future__ import annotations

from hotline_batch.application.notify.news import FileNews, News, RunNews, TestNews
from hotline_batch.application.notify.words import Message
from hotline_batch.model.jobs import Status
from hotline_batch.settings.news import Topic


def payload_of(news: News, message: Message) -> dict[str, object]:
    """Title and text as everybody reads them, and the same as data. Every key of a kind is always there."""
    told: dict[str, object] = {"title": message.title, "text": message.text}
    match news:
        case RunNews():
            told |= {
                "kind": news.kind.value,
                "topics": sorted({kind.topic.value for kind in news.kinds}),
                "run": news.run,
                "sheet": news.sheet,
                "rows": news.rows,
                "counts": {status.value: news.counts.get(status, 0) for status in Status},
                "stop_code": news.stop_code,
                "result": news.result,
                "practice": news.is_practice,
            }
        case FileNews():
            told |= {
                "kind": Topic.FILE_FAILED.value,
                "topics": [Topic.FILE_FAILED.value],
                "file": news.file,
                "inbox": news.inbox,
            }
        case TestNews():
            told |= {"kind": "test", "topics": []}
    return told
