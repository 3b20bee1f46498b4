"""The wire form of a problem (RFC 9457)."""

from pydantic import BaseModel, ConfigDict, Field


class FieldError(BaseModel):
    """One thing that is wrong with a request. Either `at` or `parameter` says where."""

    at: str | None = Field(
        None, description="JSON Pointer (RFC 6901) into the body; empty for the body as a whole."
    )
    parameter: str | None = Field(None, description="Name of a path, query or header parameter.")
    code: str = Field(description="A stable word for what is wrong.")
    message: str = Field(description="What is wrong, for people. Never repeats what was sent.")


class Problem(BaseModel):
    """Why a request was not answered as asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/invalid-request",
                    "title": "The request is invalid",
                    "status": 422,
                    "request_id": "01a1b2c3",
                    "errors": [
                        {
                            "at": "/publish_at",
                            "code": "timezone_aware",
                            "message": "Must be a time with its offset from UTC, such as "
                            "2027-01-15T09:00:00-07:00",
                        }
                    ],
                }
            ]
        }
    )

    type: str = Field(
        description="The kind of problem: stable, to be compared as text, and an address of this "
        "service that explains it."
    )
    title: str = Field(description="The kind of problem, for people.")
    status: int = Field(description="The HTTP status.")
    detail: str | None = Field(None, description="More about this occurrence, if there is more.")
    request_id: str = Field(description="The id under which the log knows this request.")
    errors: list[FieldError] | None = Field(
        None, description="What is wrong with the request; the first 50 of it."
    )


class ProblemKind(BaseModel):
    """One kind of problem, explained."""

    type: str
    title: str
    status: int
    meaning: str
