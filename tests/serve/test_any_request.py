"""Requests made from the OpenAPI document, right and wrong ones: nothing fails, and every reply is as the document says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from serve.app import api
from serve.keys import KeyRing
from serve.settings import serve_settings
from serve.tenants import Tenants

CASES = 40
BEYOND = [positive_data_acceptance]
"""Not every rule can stand in a schema: one option alone is none."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_no_request_makes_the_server_fail(small_agent, tmp_path, mode):
    how = serve_settings(data=tmp_path)
    key = KeyRing(tmp_path).add("ann", "100000/second")[1]
    schema = schemathesis.openapi.from_asgi(
        "/openapi.json", api(small_agent.settings, how, lambda: Tenants(small_agent, tmp_path / "tenants", 2))
    )
    asked = 0
    for operation in (found.ok() for found in schema.get_all_operations()):

        @settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def every(case):
            nonlocal asked
            asked += 1
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=BEYOND)

        if operation.body or mode.is_positive or operation.path_parameters:
            every()
    assert asked > 5 * CASES
