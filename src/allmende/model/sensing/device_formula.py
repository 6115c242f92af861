# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A short formula with one unknown `x`, such as `(x - 32) / 1.8`: arithmetic and nothing else."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

LONGEST = 200  # characters
DEEPEST = 20

Formula = Callable[[float], float]

_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: math.pow,
}
_FUNCTIONS: dict[str, tuple[int, int, Callable[..., float]]] = {
    "abs": (1, 1, abs),
    "sqrt": (1, 1, math.sqrt),
    "exp": (1, 1, math.exp),
    "ln": (1, 1, math.log),
    "log10": (1, 1, math.log10),
    "min": (2, 8, min),
    "max": (2, 8, max),
}


def formula(text: str) -> Formula:
    """The function a text describes. ValueError says in English what is not understood.

    Known are numbers, x, + - * / **, brackets and abs, sqrt, exp, ln, log10, min, max. The
    function raises ValueError when it has no finite value at a place.
    """
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError("it is no arithmetic") from error
    inner = _compiled(tree.body, 0)

    def value(x: float) -> float:
        try:
            found = inner(float(x))
        except (ArithmeticError, ValueError) as error:
            raise ValueError(f"{text} has no value for x = {x:g}") from error
        if not math.isfinite(found):
            raise ValueError(f"{text} has no value for x = {x:g}")
        return found

    return value


def _compiled(node: ast.expr, depth: int) -> Formula:
    if depth > DEEPEST:
        raise ValueError("it has too many brackets")
    match node:
        case ast.Constant(value=bool()):
            raise ValueError("true and false are not known")
        case ast.Constant(value=int() | float() as number):
            fixed = float(number)
            return lambda _: fixed
        case ast.Name(id="x"):
            return lambda x: x
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inside = _compiled(operand, depth + 1)
            return lambda x: -inside(x)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            combine = _OPERATORS[type(op)]
            one, two = _compiled(left, depth + 1), _compiled(right, depth + 1)
            return lambda x: combine(one(x), two(x))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _call(name, args, depth)
    raise ValueError(f"“{ast.unparse(node)[:40]}” is not known")


def _call(name: str, args: list[ast.expr], depth: int) -> Formula:
    least, most, function = _FUNCTIONS[name]
    if not least <= len(args) <= most:
        raise ValueError(f"{name} takes {least} to {most} values")
    inside = [_compiled(each, depth + 1) for each in args]
    return lambda x: float(function(*(each(x) for each in inside)))
