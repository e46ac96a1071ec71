"""Half-open stretches `[start, end)` of a line of whole numbers: merged, subtracted.

The line is time (instants) or the row of a town's nodes; nothing here minds.
A list of spans is *tidy* when it is in order and its spans neither overlap
nor touch nor are empty.
"""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the tidy list that covers the same numbers."""
    found: list[Span] = []
    begin = end = None
    for start, stop in sorted(spans):
        if start >= stop:
            continue
        if begin is None or end is None:
            begin, end = start, stop
        elif start <= end:
            end = max(end, stop)
        else:
            found.append((begin, end))
            begin, end = start, stop
    if begin is not None and end is not None:
        found.append((begin, end))
    return found


def subtract(span: Span, cuts: Sequence[Span], at: int = 0) -> tuple[list[Span], int]:
    """Return what tidy `cuts` leave of one span, in order, and where to look for the next span.

    Spans taken in order may hand on the second value as `at`, so that a whole
    row of spans is cut in one walk along the cuts.
    """
    start, end = span
    while at < len(cuts) and cuts[at][1] <= start:
        at += 1
    left, k = [], at
    while k < len(cuts) and cuts[k][0] < end:
        if cuts[k][0] > start:
            left.append((start, cuts[k][0]))
        start = cuts[k][1]
        k += 1
    if start < end:
        left.append((start, end))
    return left, at
