# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SHACL in process: shapes compiled once, data indexed by property. Pure functions.

    shapes = compile_shapes(Data.of_graph(parse(turtle, "text/turtle")))
    for result in shapes.validate(Data.of(statements)):
        ...

The core language of the W3C recommendation (20 July 2017) is there as a whole; SPARQL
constraints are not.
"""

from allmende.model.validation.compile import Shapes, compile_shapes
from allmende.model.validation.data import Data
from allmende.model.validation.report import report
from allmende.model.validation.shape import Result

__all__ = ["Data", "Result", "Shapes", "compile_shapes", "report"]
