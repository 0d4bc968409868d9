"""pgvector's half-precision type for SQLAlchemy, and vectors to and from what the driver sends.

The extension may be in any schema (a brand's tables are in one of their own), so its type and operator are named
with it.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Float
from sqlalchemy.types import UserDefinedType

from index.protocols import Vectors


class HalfVector(UserDefinedType[Any]):
    """A column of vectors in half precision, of any number of dimensions. `schema` is where the extension is."""

    cache_ok = True

    def __init__(self, schema: str = "") -> None:
        self.schema = schema

    def get_col_spec(self, **_options: Any) -> str:
        return f'"{self.schema}".halfvec' if self.schema else "halfvec"


def product(column: ColumnElement[Any], vector: ColumnElement[Any], schema: str) -> ColumnElement[float]:
    """The negative inner product of a column with a vector: what is nearest has the least."""
    return column.op(f'OPERATOR("{schema}".<#>)', return_type=Float())(vector)


def as_binary(vector: Vectors) -> bytes:
    """A vector as `halfvec_recv` reads it: two numbers of two bytes, of which the second says nothing, then halves."""
    return struct.pack("!hh", len(vector), 0) + np.asarray(vector, np.float32).astype(">f2").tobytes()


def as_rows(vectors: NDArray[np.float16]) -> tuple[Any, dict[str, Any]]:
    """The same for a column of rows to copy (core/database/packed.py)."""
    size = vectors.shape[1]
    return [("size", ">i2"), ("unused", ">i2"), ("halves", ">f2", (size,))], {"size": size, "halves": vectors}


def from_binary(sent: bytes, count: int) -> NDArray[np.float16]:
    """Vectors that `halfvec_send` wrote one after the other: two numbers of two bytes, then the halves."""
    if not count:
        return np.zeros((0, 0), np.float16)
    halves = np.frombuffer(sent, ">f2").reshape(count, -1)
    return halves[:, 2:].astype(np.float16)
