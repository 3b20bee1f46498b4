"""Requests to try: of each operation with a body at least one, which the demo's district answers.

People and classes are those that `app.synthetic` promises, for every seed. The tests send each.
"""

from collections.abc import Mapping
from typing import Any

from app.routers.reference.meanings import list_operations

Bodies = Mapping[str, Any]
_LAKEVIEW = {"platform": "x", "handle": "@lakeviewhigh"}
_POST = {
    "account": {"platform": "x", "handle": "lakeviewhigh"},
    "author": {"id": "e-000004"},
    "purpose": "school",
    "text": "Opening night of the spring musical!",
    "media": [{"kind": "photo", "rights": "own"}],
    "uses_logo": True,
}
# The demo's three posts: with somebody about whom nothing was refused, with a name that two bear,
# and with a student whose guardian has refused.
POSTS: Bodies = {
    "Allow": {**_POST, "pictured": {"students": [{"id": "s-000001"}]}},
    "Review": {**_POST, "pictured": {"students": [{"name": "Taylor Kingsley"}]}},
    "Deny": {**_POST, "pictured": {"students": [{"id": "s-000001"}, {"id": "s-000002"}]}},
}
_JUDGED = {
    "account": {"platform": "x", "handle": "lakeviewhigh"},
    "author": {"id": "e-000004"},
    "purpose": "school",
    "text": "Crap weather, but a great game on Friday!",
}
_PUBLISHED = {
    "account": {"platform": "x", "handle": "lakeviewhigh"},
    "text": "Opening night of the spring musical!",
    "media": ["3b" * 32],
}
_OUT = {
    "account": {"platform": "x", "handle": "lakeviewhigh"},
    "external_id": "1861500000000000001",
    "url": "https://x.com/lakeviewhigh/status/1861500000000000001",
    "published_at": "2026-11-26T18:00:00Z",
    "text": "Opening night of the spring musical!",
    "media": ["3b" * 32],
}
_CLUB = {
    "platform": "instagram",
    "handle": "lakeviewchess",
    "kind": "club",
    "org_id": "school-0001",
    "owner_id": "e-000011",
    "managers": ["e-000011"],
    "contact_email": "chess@example.org",
}
_ROOM = {
    "platform": "instagram",
    "handle": "lakeview.room7",
    "kind": "classroom",
    "org_id": "school-0001",
    "owner_id": "e-000011",
    "managers": ["e-000011"],
    "contact_email": "room7@example.org",
    "purpose": "Show families what the class reads.",
}
_DIGEST = "ab" * 32
_EVALUATION: Bodies = {
    "subject": {"type": "employee", "id": "e-000004"},
    "action": {"name": "publish_photo"},
    "resource": {"type": "student", "id": "s-000001"},
    "context": {"channel": "social", "extent": "image"},
}

EXAMPLES: Mapping[str, Bodies] = {
    "checkPost": {**POSTS, "A text that a person judges": _JUDGED},
    "checkPosts": {"Two posts": {"posts": [POSTS["Allow"], POSTS["Deny"]]}},
    "checkPhotoConsent": {
        "A guardian has refused": {"students": [{"id": "s-000002"}]},
        "Two students bear the name": {"students": [{"name": "Taylor Kingsley"}]},
        "Nothing on file": {"students": [{"id": "s-000001"}]},
        "Two guardians disagree": {"students": [{"id": "s-000003"}]},
        "A student may be shown, but not named": {
            "students": [{"id": "s-000006"}],
            "extent": "image_with_name",
        },
    },
    "checkCoworkerConsent": {
        "One who agreed, and one who did not say": {
            "employees": [{"id": "e-000004"}, {"id": "e-000005"}]
        }
    },
    "checkLogo": {"The account has permission": {"account": _LAKEVIEW}},
    "checkSpokesperson": {
        "Nobody gave this employee permission": {"author": {"id": "e-000005"}},
    },
    "checkAccount": {
        "By its address": {"url": "https://twitter.com/lakeviewhigh?s=20"},
        "Nobody authorized it": {"platform": "instagram", "handle": "lakeviewdrama"},
        "No account of the district": {"platform": "Facebook", "handle": "lakeviewhi"},
    },
    "evaluateAccess": {
        "Nobody refused": _EVALUATION,
        "A guardian has refused": {
            **_EVALUATION, "resource": {"type": "student", "id": "s-000002"},
        },
        "A post": {
            "subject": {"type": "employee", "id": "e-000004"},
            "action": {"name": "publish_post"},
            "resource": {"type": "post", "id": "draft-17", "properties": {"post": POSTS["Allow"]}},
        },
    },
    "evaluateAccesses": {
        "Three people in one picture": {
            **{name: _EVALUATION[name] for name in ("subject", "action", "context")},
            "evaluations": [
                {"resource": {"type": "student", "id": "s-000001"}},
                {"resource": {"type": "student", "id": "s-000002"}},
                {"resource": {"type": "employee", "id": "e-000004"}},
            ],
            "options": {"evaluations_semantic": "deny_on_first_deny"},
        }
    },
    "addAccount": {"A club's account that was found": _CLUB},
    "changeAccount": {"Somebody looked it over": {"reviewed_on": "2026-11-25"}},
    "addAccountAlias": {
        "A scheduling tool's profile": {"system": "postiz", "external_id": "cm4k2x9"}
    },
    "changeAccountStatus": {
        "Look at it first": {"status": "under_review", "reason": "Nobody knows who runs it."}
    },
    "recordModeration": {
        "A comment was hidden": {
            "action": "hidden",
            "ground": "spam",
            "done_on": "2026-11-25",
            "reason": "advertising below a post",
        }
    },
    "searchDecisions": {
        "What was denied for an account": {"account": _LAKEVIEW, "outcome": "deny", "limit": 1}
    },
    "searchReviews": {
        "What the Director can end": {"resolvable_by": "director_communications", "limit": 1}
    },
    "askReviewQuestion": {"Ask back": {"text": "Can it be said without that word?"}},
    "answerReviewQuestion": {"The answer": {"text": "The players wrote it, and would keep it."}},
    "resolveDecision": {
        "A yes": {"outcome": "allow", "reason": "The players' own words.", "shown": _DIGEST}
    },
    "addEventEndpoint": {
        "Of what concerns a scheduling tool": {
            "url": "https://127.0.0.1:8443/clearpost",
            "kinds": ["review.ended", "clearance.revoked"],
        }
    },
    "rotateEndpointSecret": {"With two days for the receiver": {"overlap_hours": 48}},
    "sendReport": {
        "An account that is not official": {
            "kind": "unofficial_account",
            "platform": "instagram",
            "handle": "lakeview.high.memes",
            "description": "It uses the school's name and logo.",
        }
    },
    "assignReport": {"To somebody of Communications": {"assigned_to": "e-000006"}},
    "closeReport": {
        "The network took it down": {"outcome": "taken_down", "note": "Within a day."}
    },
    "addDesignation": {
        "Somebody who acts for the Director": {
            "office": "director_communications",
            "person_id": "e-000005",
            "capacity": "designee",
            "effective_from": "2026-12-01",
        },
        "A school's principal": {
            "office": "principal",
            "person_id": "e-000009",
            "capacity": "holder",
            "org_id": "school-0001",
            "effective_from": "2026-11-26",
        },
    },
    "previewDesignation": {
        "Before it is recorded": {
            "office": "director_communications",
            "person_id": "e-000005",
            "capacity": "designee",
            "effective_from": "2026-12-01",
        }
    },
    "previewDesignationEnd": {"Until Christmas": {"effective_to": "2026-12-24"}},
    "endDesignation": {"Until Christmas": {"effective_to": "2026-12-24"}},
    "makeAuthorizationRequest": {"A classroom's account": _ROOM},
    "editAuthorizationRequest": {
        "With more of its purpose": {
            **_ROOM, "purpose": "Show families what the class reads and builds.",
        }
    },
    "giveFamilyNotice": {
        "By letter": {"text": "A letter went home with every child.", "day": "2026-11-25"}
    },
    "decideAuthorizationRequest": {"Approve it": {"decision": "approve"}},
    "addGrant": {
        "An account may use the logo": {
            "kind": "logo",
            "account": {"platform": "instagram", "handle": "lakeviewdrama"},
            "effective_from": "2026-12-01",
        }
    },
    "revokeGrant": {"It is taken back": {"reason": "The club has closed."}},
    "recordConsent": {
        "A guardian refuses": {
            "person_id": "s-000001",
            "decision": "refuse",
            "capacity": "guardian",
            "given_by": {"name": "Robin Example"},
            "signed_on": "2026-11-25",
            "evidence": "binder 3",
        }
    },
    "recordOwnConsent": {
        "An employee agrees": {
            "decision": "grant", "activity": "publish", "channel": "all", "extent": "image",
        }
    },
    "readConsentState": {"A student on social media": {"person_id": "s-000002"}},
    "erasePerson": {"Somebody who has left": {"person_id": "s-000040"}},
    "searchPeople": {
        "Namesakes, from part of a name": {"query": "kingsley tay"},
        "A slip of the pen": {"query": "kingsly tailor", "grade": "3rd"},
    },
    "listNotPictured": {
        "Who of a class may not be in the yearbook": {
            "class_id": "c-0001-10-eng-2",
            "channel": "yearbook",
            "extent": "image_with_name",
        }
    },
    "verifyLiveClearance": {
        "Right before it goes out": _PUBLISHED,
        "After a refusal": _PUBLISHED,
    },
    "searchEndedClearances": {"From the beginning": {"limit": 10}},
    "reportPublication": {"It has gone out": _OUT, "It is still there": _OUT},
    "listPublicationsOfPerson": {"What a mother asks": {"person_id": "s-000001"}},
    "contestTakedown": {"It is somebody else": {"reason": "The picture shows somebody else."}},
    "confirmTakedown": {"It is down": {"note": "Deleted at noon."}},
    "makeDeclaration": {
        "A picture of two children": {
            "purpose": "school",
            "media": [{"kind": "photo", "sha256": "3b" * 32, "rights": "own"}],
            "pictured": {"students": [{"id": "s-000001"}, {"id": "s-000003"}]},
        }
    },
    "correctDeclaration": {
        "Only one of them": {
            "purpose": "school",
            "media": [{"kind": "photo", "sha256": "3b" * 32, "rights": "own"}],
            "pictured": {"students": [{"id": "s-000001"}]},
        }
    },
    "searchDeclarations": {"By a picture": {"sha256": "3b" * 32}},
    "withdrawDeclaration": {"Another picture is taken": {"reason": "We post another picture."}},
    "addRelease": {
        "A guest speaker": {
            "name": "Sam Guest", "channel": "social", "effective_from": "2026-11-25",
        }
    },
    "endRelease": {"Until the end of the year": {"effective_to": "2026-12-31"}},
    "searchReleases": {"By name": {"name": "sam guest"}},
    "rejectImport": {"Not this one": {"reason": "The export was cut off."}},
    "findDifferences": {"The first ten": {"limit": 10}},
    "settleOpenDoubt": {"The family was asked": {"reason": "The family says yes; paper on file."}},
    "issueWidgetToken": {
        "For a page of the intranet": {
            "origin": "http://localhost:8001",
            "scopes": ["check", "people:read"],
            "person_id": "e-000004",
        }
    },
}  # fmt: skip


def add_examples(document: dict[str, Any]) -> None:
    """Put the requests to try beside the bodies of `document` that they are of."""
    for operation in list_operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None:
            content["examples"] = {
                _name_example(title): {"summary": title, "value": body}
                for title, body in EXAMPLES[operation["operationId"]].items()
            }


def _name_example(title: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in title.lower()).split()
    return "-".join(words)
