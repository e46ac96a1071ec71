"""Arithmetic on half-open spans."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from xiaolaba.core.spans import merge, subtract

spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def members(found):
    return {n for start, end in found for n in range(start, end)}


@given(spans)
def test_merging_keeps_every_number_and_leaves_the_list_tidy(some):
    merged = merge(some)

    assert members(merged) == members(some)
    assert all(start < end for start, end in merged)
    assert all(a[1] < b[0] for a, b in pairwise(merged))


@given(spans, spans)
def test_subtracting_in_one_walk_leaves_exactly_what_no_cut_covers(some, cuts):
    row, tidy, at, left = merge(some), merge(cuts), 0, []
    for span in row:
        pieces, at = subtract(span, tidy, at)
        left += pieces

    assert members(left) == members(row) - members(tidy)
    assert all(start < end for start, end in left)
    assert left == sorted(left)
