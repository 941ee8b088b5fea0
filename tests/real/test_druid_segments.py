"""The `SegmentStore` contract, of the adapter on a real Apache Druid."""

from uuid import uuid4

import pytest

from replay_engine.adapters.druid.segments import DruidSegments
from replay_engine.settings import Settings
from sandbox.druid.apache import RealDruid
from tests.adapters.segment_contract import Ground, SegmentStoreContract
from tests.real.druid_world import RealDruidWorld

pytestmark = pytest.mark.real


@pytest.fixture
def ground(real_druid: RealDruid) -> Ground:
    name = uuid4().hex[:12]
    port = DruidSegments(Settings(druid_url=real_druid.url))
    return Ground(port, RealDruidWorld(real_druid), f"events-{name}", f"others-{name}", is_slow=True)


class TestRealSegmentStore(SegmentStoreContract):
    """As the stand-in answers, so does the real one."""
