"""What a parcel delivers, for tests."""

from agent.model.fact import Rows
from agent.model.parcel import Parcel


def rows_of(parcel: Parcel, stream: str) -> Rows:
    """The one batch of a stream."""
    ((batch,),) = [list(delivered.batches) for name, delivered in parcel.deliveries if name == stream]
    assert isinstance(batch, Rows)
    return batch
