"""The picture of a story is bounded, whatever it lasts, and its peak never thins away."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.sketch import MOST, Sketch
from tests.alerts.signals import SECOND, START


@given(st.lists(st.tuples(st.floats(1.0, 1e6), st.floats(0.0, 1e6)), min_size=1, max_size=3 * MOST))
def test_thinning_keeps_the_bound_the_order_the_turnover_and_the_furthest_price(steps):
    sketch, traded = Sketch(), 0.0
    for second, (price, turnover) in enumerate(steps):
        traded += turnover
        sketch.add(START + second * SECOND, price, traded)
    points = sketch.points
    moments = [at for at, _, _ in points]
    assert len(points) <= MOST
    assert moments == sorted(set(moments))
    assert (points[0][1], points[-1][0]) == (steps[0][0], START + (len(steps) - 1) * SECOND)
    assert abs(sum(amount for _, _, amount in points) - traded) <= 1e-9 * max(1.0, traded)
    furthest = max((price for price, _ in steps), key=lambda price: abs(price - steps[0][0]))
    assert abs(furthest - steps[0][0]) in {abs(price - steps[0][0]) for _, price, _ in points}


def test_a_venue_whose_clock_is_ahead_draws_no_step_back():
    sketch = Sketch([(START + 3 * SECOND, 100.0, 1.0)])
    sketch.add(START, 101.0, 5.0)
    assert sketch.points == ((START + 3 * SECOND, 100.0, 1.0), (START + 3 * SECOND + 1, 101.0, 5.0))
