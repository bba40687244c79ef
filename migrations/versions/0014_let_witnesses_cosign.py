"""Contract: ``witness`` goes; who witnesses is said by ``policies/witnesses.toml``. Cosignatures are only added to.

Nothing has ever written or read the table. A cosignature that stands is neither changed nor taken away.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("witness")
    for act in ("update", "delete"):
        name = f"cosignature_refuses_{act}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON cosignature FOR EACH STATEMENT EXECUTE FUNCTION amana_refuse()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON cosignature "
                f"BEGIN SELECT RAISE(ABORT, '{act} on cosignature is refused: the log is only added to'); END"
            )
