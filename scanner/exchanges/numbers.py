"""Numbers that can be believed, as types for the decoders: whatever lies outside never becomes a value."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from scanner.exchanges.times import LATEST

FINITE = 1e300
"""Above any price in any currency; a Meta bound must be finite itself, and it keeps out `inf` and `nan`."""

Price = Annotated[float, Meta(gt=0, lt=FINITE)]
"""Or a size that cannot be 0, such as a trade's."""
Amount = Annotated[float, Meta(ge=0, lt=FINITE)]
"""A size or a total that may be 0."""
Change = tuple[Price, Amount]
"""A level and its new size; 0 takes it away."""
Stamp = Annotated[int, Meta(gt=0, le=LATEST)]
"""A time, in whichever unit (see `times.nanoseconds`)."""
Number = Annotated[int, Meta(ge=0, le=LATEST)]
"""Of a trade, an update or a version of a book."""
