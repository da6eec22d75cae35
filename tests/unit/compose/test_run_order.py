from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.compose.run_order import OrderCyclic, order_of
from skillstrata.records.composed_tools import ComposedStep


def _steps(after: list[tuple[int, ...]]) -> tuple[ComposedStep, ...]:
    return tuple(ComposedStep(f"s{n}", "x", "t/x", after=waits) for n, waits in enumerate(after))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], tuple[bool, ...]]:
    """Draw steps that wait for any others, without circles, in any order of declaration."""
    count = draw(st.integers(0, 8))
    names = draw(st.permutations(range(count)))
    after: list[tuple[int, ...]] = [()] * count
    for place, name in enumerate(names):
        after[name] = tuple(sorted(draw(st.sets(st.sampled_from(names[:place]))))) if place else ()
    return after, tuple(draw(st.lists(st.booleans(), min_size=count, max_size=count)))


@given(graphs())
def test_every_step_comes_after_all_it_waits_for(graph: tuple[list[tuple[int, ...]], tuple[bool, ...]]) -> None:
    """Whatever was declared; steps with effects stand alone between the others."""
    after, beside = graph
    order = order_of(_steps(after), beside)
    place = {number: at for at, number in enumerate(order.line)}

    assert sorted(order.line) == list(range(len(after)))
    for number, waits in enumerate(after):
        assert set(waits) <= order.before[number]
        assert all(place[other] < place[number] for other in order.before[number])
    above = _all_before(order.before)
    for number in range(len(after)):
        if not beside[number]:
            assert all(
                number in above[other] or other in above[number] for other in range(len(after)) if other != number
            )


def _all_before(before: tuple[frozenset[int], ...]) -> list[set[int]]:
    found: list[set[int]] = [set(one) for one in before]
    for _ in before:
        found = [one.union(*(found[other] for other in one)) for one in found]
    return found


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_steps_without_references_keep_the_order_they_were_declared_in(beside: list[bool]) -> None:
    """An effect that is declared first happens first."""
    order = order_of(_steps([()] * len(beside)), tuple(beside))

    assert order.line == tuple(range(len(beside)))
    assert order.linear == (not any(a and b for a, b in pairwise(beside)))


@pytest.mark.parametrize("after", [[(0,)], [(1,), (0,)], [(2,), (0,), (1,)]])
def test_a_circle_is_refused(after: list[tuple[int, ...]]) -> None:
    """`depends_on` can make one; the run would wait for ever."""
    with pytest.raises(OrderCyclic):
        order_of(_steps(after), tuple(True for _ in after))
    assert order_of(_steps([()] * len(after)), tuple(True for _ in after)).line == tuple(range(len(after)))
