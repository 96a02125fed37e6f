"""What the compilers of filters share, whatever the dialect."""

from memosd.domain.filters import Field, Op

COLUMNS = {
    Field.AGENT: "m.agent",
    Field.APP: "m.app",
    Field.CONVERSATION: "m.conversation",
    Field.CREATED: "m.created_at",
    Field.UPDATED: "m.updated_at",
}
"""Of a memory `m` in SQL."""
SIGNS = {Op.EQ: "=", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}


class Inexpressible(ValueError):
    """The filter has no exact form in this dialect."""
