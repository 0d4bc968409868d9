"""Pure: which group of questions is which topic of yesterday's.

Groups are made anew from all questions, and a topic is the group that most of its questions are in now: pairs of a
group and a topic are matched greedily, those with most questions in common first. A topic that is split goes on in its
largest part, and the others are new topics that remember where they come from; of topics that are merged, the one with
most questions in common goes on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """`topics` is the topic of each group, 0 for a new one; `parents` the topic a new group was split from, 0 for
    none; `merged` says into which group each topic went that goes on nowhere."""

    topics: Sequence[int]
    parents: Sequence[int]
    merged: dict[int, int]


def match(groups: Sequence[Sequence[int]]) -> Match:
    """`groups` are the topics their questions had yesterday, 0 for a question that had none."""
    shared = Counter((topic, group) for group, before in enumerate(groups) for topic in before if topic)
    ranked = sorted(shared, key=lambda pair: (-shared[pair], pair[0], -len(groups[pair[1]]), pair[1]))
    topics, taken = [0] * len(groups), set[int]()
    parents, merged = [0] * len(groups), dict[int, int]()
    for topic, group in ranked:
        if not topics[group] and topic not in taken:
            topics[group] = topic
            taken.add(topic)
    for topic, group in ranked:
        if not topics[group] and not parents[group]:
            parents[group] = topic
        if topic not in taken and topic not in merged:
            merged[topic] = group
    return Match(topics, parents, merged)
