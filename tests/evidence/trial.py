"""Worlds -> how many verdicts are false, and how many rows in doubt are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hotline_batch.evidence.judge import Judgement, judge
from hotline_batch.evidence.rows import KnownTopics, Said
from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason, There
from tests.evidence.worlds import Maker, Odds, Truth, World


def false_verdicts(world: World, score: Counter[str] | None = None) -> Iterator[str]:
    """Every sure verdict that is not true, in words; ``score`` counts what was said of rows in doubt."""
    score = Counter() if score is None else score
    judgement = judge(world.rows, world.known, world.chats)
    kind = "untouched" if world.is_untouched else "changed"
    yield from _false_among(world, judgement, score, kind)
    answers = {topic: world.owners[topic] for topic in judgement.to_look_up if topic in world.owners}
    known = KnownTopics(world.confirmed, [*world.looked_up, *((user, topic) for topic, user in answers.items())])
    yield from _false_among(world, judge(world.rows, known, world.chats), score, f"{kind}, looked up,")


def _false_among(world: World, judgement: Judgement, score: Counter[str], kind: str) -> Iterator[str]:
    judged = {(each.row.run, each.row.number): each for each in judgement.rows}
    for truth in world.truths:
        if not truth.row.is_given:
            continue
        verdict = judged[truth.row.run, truth.row.number].verdict
        if truth.row.said is Said.IN_DOUBT:
            score[f"{kind} in doubt"] += 1
            score[f"{kind} settled"] += not isinstance(verdict, CannotTell)
            if isinstance(verdict, CannotTell):
                score[f"{kind} {verdict.reason}"] += 1
        match verdict:
            case There():
                if wrong := _wrong(truth, verdict):
                    yield f"{truth.row}: {verdict}: {wrong}"
            case CannotTell(reason=Reason.MORE_THAN_ROWS):
                same = [
                    each
                    for each in world.truths
                    if (each.row.user_id, each.row.key) == (truth.row.user_id, truth.row.key)
                ]
                if all(len(each.posts) < 2 for each in same):
                    yield f"{truth.row}: {verdict}, but none of these was posted twice"
            case NotThere():
                if truth.posts:
                    yield f"{truth.row}: {verdict}, but it was posted: {truth.posts}"


def _wrong(truth: Truth, verdict: There) -> str:
    if not truth.posts:
        return "nothing was posted"
    if verdict.copies > 1 and len(truth.posts) < verdict.copies:
        return f"posted {len(truth.posts)} times"
    links = {post.number for post in truth.posts}
    if verdict.link and int(verdict.link.rsplit("/", 1)[1]) not in links:
        return f"another message than {truth.posts}"
    return ""


def try_worlds(first: int, count: int, odds: Odds | None = None) -> tuple[list[str], Counter[str]]:
    """The false verdicts of so many worlds, each with its seed, and the score."""
    score: Counter[str] = Counter()
    found = [
        f"world {seed}: {wrong}"
        for seed in range(first, first + count)
        for wrong in false_verdicts(Maker(seed, odds).make(), score)
    ]
    return found, score
