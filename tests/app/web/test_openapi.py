"""The description of the API is true: schemathesis calls every operation, with right and with wrong input."""

from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.api.openapi import document

BOUNDED = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


OPERATIONS = [(path, method) for path, item in document("http://localhost")["paths"].items() for method in item]


@pytest.fixture(scope="module")
def api_schema(shared_help_centre: FlaskClient) -> Any:
    # "Too large" is a refusal too.
    refusals = {"expected-statuses": ["400", "404", "405", "409", "413", "414", "415"]}
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": refusals}})
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", shared_help_centre.application, config=config)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_operation_behaves_as_described(api_schema: Any, path: str, method: str, mode: GenerationMode) -> None:
    operation = api_schema[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or list(operation.iter_parameters())):
        return  # an address without input cannot be asked wrongly
    # What a ticket must be (fields by setting, an address mail can reach), and which channels and forms an event may
    # name, goes beyond what a schema can say.
    beyond = [positive_data_acceptance] if path in {"/api/v1/tickets", "/api/v1/events"} else []

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def calls(case: Any) -> None:
        case.call_and_validate(excluded_checks=beyond)

    calls()


def test_the_document_is_openapi_3_1_and_names_every_address(shared_help_centre: FlaskClient) -> None:
    described = document("http://localhost")
    rules = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in shared_help_centre.application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") or rule.rule in {"/healthz", "/readyz"}
    }

    assert described["openapi"].startswith("3.1")
    assert rules - {"/api/v1/docs"} == set(described["paths"])


def test_operations_have_names_of_their_own() -> None:
    names = [op["operationId"] for item in document("http://x")["paths"].values() for op in item.values()]

    assert len(names) == len(set(names))
