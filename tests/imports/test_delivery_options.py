"""The options of a delivery: one declaration, and the JSON that stores and spools hold of them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import orjson
import pytest
from pydantic import ValidationError

from app.imports.plan_summary import digest_delivery
from app.imports.reading.delivery_formats import Context
from app.imports.spool import Job
from app.schemas.delivery_options import DeliveryOptions
from app.schemas.imports import ImportSent

# As a version before wrote them.
JOB = (
    '{"action":"import","caller":"sis","person_id":null,"profile":"no-media","complete":true,'
    '"complete_consents":false,"accept_empty_consents":true,"feed":"sis","version":null}'
)
SENT = (
    '{"files":{"a.csv":"00"},"profile":null,"profile_sha256":null,"complete":false,'
    '"complete_consents":true,"accept_empty_consents":false,"feed":null}'
)
CONTEXT = Context(ZoneInfo("UTC"), date(2027, 1, 2), None, datetime(2027, 1, 2, tzinfo=UTC), False)


def test_a_job_of_an_earlier_version_is_read_and_none_is_written_otherwise() -> None:
    job = Job.model_validate_json(JOB)
    assert job.list_options() == {
        "complete": True, "complete_consents": False, "accept_empty_consents": True, "feed": "sis",
    }  # fmt: skip
    assert orjson.loads(job.model_dump_json()) == orjson.loads(JOB)
    with pytest.raises(ValidationError):
        Job.model_validate_json(JOB.replace("}", ',"complte":true}'))


def test_an_idempotency_key_binds_the_same_bytes() -> None:
    assert ImportSent.model_validate_json(SENT).model_dump_json() == SENT


@pytest.mark.parametrize(
    "change",
    [{"complete": True}, {"complete_consents": True}, {"accept_empty_consents": True},
     {"feed": "sis"}],
)  # fmt: skip
def test_every_option_makes_another_delivery(change: dict[str, object]) -> None:
    plain = digest_delivery({"a.csv": "00"}, CONTEXT, DeliveryOptions())
    assert digest_delivery({"a.csv": "00"}, CONTEXT, DeliveryOptions(**change)) != plain  # type: ignore[arg-type]


def test_the_digest_of_a_delivery_is_as_it_was() -> None:
    said = DeliveryOptions(complete=True).list_decisive()
    assert said == {"complete": True, "complete_consents": False, "accept_empty_consents": False}
    job = Job.model_validate_json(JOB)
    declared = DeliveryOptions(**job.list_options())
    assert digest_delivery({}, CONTEXT, job) == digest_delivery({}, CONTEXT, declared)
