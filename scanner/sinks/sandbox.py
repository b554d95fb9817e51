"""Where templates run: Jinja's sandbox, in which whatever a template does is counted and soon at an end.

An operator's template is no attack, but it may be a slip: a misspelt name, a loop over a loop, a line that never ends.
Imported when a receiver that writes for people is built: jinja2 takes a while, which only those should pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from traceback import walk_tb
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateError, pass_context
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scanner.sinks.markup import Markup, Safe

STEPS = 20_000
"""Loops' turns, calls, sums and values of one rendering: some milliseconds. The longest of ours takes 400."""
LONGEST_RANGE = 1_000
OUTPUT = 20_000
"""Characters: five times what the most patient service takes."""

FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""All that a template can make Python say."""

KEPT = frozenset(
    {
        *("abs", "capitalize", "count", "default", "first", "float", "int", "items", "join", "last", "length", "list"),
        *("lower", "max", "min", "reject", "rejectattr", "map", "round", "select", "selectattr", "sort", "string"),
        *("sum", "title", "trim", "truncate", "unique", "upper", "groupby", "dictsort", "attr", "reverse"),
    }
)
"""Filters of Jinja's that make nothing much longer than it was."""
_GROWING = frozenset(
    {*("center", "ljust", "rjust", "zfill", "expandtabs"), *("format", "format_map", "replace", "translate", "join")}
)
"""Methods of text that a number, or a short text, can make huge."""


class TooMuch(TemplateError):
    """It does more than any message needs."""


class TooLong(TemplateError):
    """It says more than any service takes."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Templates of one receiver. What they put out is in the receiver's markup, or is escaped."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(
        self,
        load: Callable[[str], tuple[str, str | None, Callable[[], bool]] | None],
        markup: Markup,
        filters: Mapping[str, Callable[..., object]],
    ) -> None:
        """`load` gives a template's source and file by name; `filters` are added to those of Jinja's that are kept."""
        super().__init__(
            loader=FunctionLoader(load),
            undefined=StrictUndefined,
            autoescape=False,  # `finalize` escapes, for whichever service it is
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            finalize=self._finalized(markup),
        )
        own = {"bold": markup.bold, "link": markup.link, **filters}
        self.filters = {name: each for name, each in self.filters.items() if name in KEPT} | own
        self.globals = {"range": self._range}
        self._left = 0

    def render(self, template: Template, names: Mapping[str, object]) -> str:
        """What it says of these; one of FAULTS where it cannot."""
        self._left = STEPS
        pieces, length = [], 0
        for piece in template.root_render_func(template.new_context(dict(names))):
            pieces.append(piece)
            length += len(piece)
            if length > OUTPUT:
                raise TooLong(f"it says more than {OUTPUT:,} characters")
        return "".join(pieces)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something, counted."""
        self._spend()
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Reckon with numbers only, counted: text times a million is no message."""
        self._spend()
        if operator == "**" or any(isinstance(side, str | list | tuple) for side in (left, right)):
            raise SecurityError(f"{operator} is for numbers only" if operator != "**" else "** is not for messages")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """What may be reached from a value; not what makes text huge."""
        if isinstance(obj, str) and attr in _GROWING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def _finalized(self, markup: Markup) -> Callable[[Context, object], Safe]:
        @pass_context  # with it, nothing is worked out while compiling, where nobody would escape it
        def finalize(_context: Context, value: object) -> Safe:
            self._spend()
            return Safe() if value is None else markup.safe(value)

        return finalize

    def _range(self, *bounds: int) -> _Turns:
        numbers = range(*bounds)
        if len(numbers) > LONGEST_RANGE:
            raise TooMuch(f"a range of {len(numbers):,}, where {LONGEST_RANGE:,} is the most")
        return _Turns(numbers, self._spend)

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMuch(f"it does more than {STEPS:,} things")


class _Turns:
    """A range whose every turn is counted."""

    def __init__(self, numbers: range, spend: Callable[[], None]) -> None:
        self._numbers = numbers
        self._spend = spend

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        for number in self._numbers:
            self._spend()
            yield number


def place_of(error: BaseException) -> tuple[str, int]:
    """File and line where a template failed; nothing and 0 where that is unknown."""
    if isinstance(error, TemplateSyntaxError):
        return error.filename or "", error.lineno
    place = ("", 0)
    for frame, line in walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            place = (template.filename or "", template.get_corresponding_lineno(line))
    return place
