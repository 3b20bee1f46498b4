"""The meaning of each field in the API's description. One word has one meaning, so it stands once.

A model's own `description` comes first; then its place in `places`, then the field's name alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.routers.reference.places import BY_PLACE

BY_NAME: Mapping[str, str] = {
    "account_id": "The account's id in the register.",
    "act": "What ends a review; of a fact, how it is given. Only `judge` is a yes or no.",
    "action": "What was done.",
    "activity": "`capture`: taking the picture. `publish`: showing it.",
    "added": "How many are new.",
    "address": "Where anybody can see it, if that is known.",
    "aliases": "Other systems' names for the account.",
    "alt_texts": "The descriptions of the files, each as it is published, in any order.",
    "alt_text": "What it shows, in words; null where nobody said.",
    "approved": "The day the district approved it.",
    "asked_by": "Who asked the check.",
    "assigned_to": "The sourcedId of who looks into it; null while nobody does.",
    "at": "When it was done.",
    "author": "Who posts it.",
    "authorized_by": "The sourcedId of the Director who authorized it last.",
    "by": "Who said it.",
    "caller": "The id of the key it came by, or the operator at the command line.",
    "changed": "How many have other values than before.",
    "changed_at": "When its state changed last.",
    "changes": "What its rows do to the records on file.",
    "channel": "Where the picture will be shown.",
    "channels": "Where the picture will be shown.",
    "check": "Which check it was.",
    "clause": "The clause of the policy it comes from.",
    "clauses": "Every clause, by its number.",
    "clearance_id": "The id of the clearance that it went out on; null where none was named.",
    "code": "A stable name, to be compared; the sentence may change, this does not.",
    "column": "The column; null where the whole row is meant.",
    "commitment": "SHA-256 over the salt and the payload, in hex; it stays when they are erased.",
    "contact_email": "The e-mail address that is given as the account's contact.",
    "corrects": "The id of the statement that this one stands in for.",
    "created_at": "When it was made.",
    "decided_at": "When it was decided.",
    "decided_by": "Who decided it: a person's sourcedId, or the operator; null while nobody did.",
    "decision_id": "The id of the decision it is about.",
    "done": "How much of it is done.",
    "done_on": "The day on which it was done.",
    "effect": "What the step does to the answer.",
    "effective_from": "The first day on which it counts, a day of the district.",
    "effective_to": "The last day on which it counts; null where it has no end.",
    "employees": "The employees in the picture.",
    "ended_at": "When it ended; null while it is open.",
    "ends_by": "What ends a review: a `fact` that is given, or a person's `judgement`.",
    "erased": "Whether the contents of the row have been erased.",
    "erased_at": "When it was done.",
    "evidence": "Where the paper is kept.",
    "evidence_sha256": "SHA-256 of the scanned paper, in hex.",
    "expires_at": "When it runs out.",
    "extent": "`image`: the picture without a name. `image_with_name`: both.",
    "extents": "`image`: the picture without a name. `image_with_name`: both.",
    "external_id": "The account's id in that system.",
    "file": "The name of the delivered file.",
    "findings": "What the rules found, each with its clause.",
    "format": "Which format the files were read as.",
    "from": "From this moment on.",
    "given_by": "The guardian who made it; null where it is not a guardian's.",
    "grade": "The grade, as the SIS writes it.",
    "grantee_kind": "To whom or what it is granted.",
    "ground": "What it went against; null where nothing was found.",
    "guardian_id": "The guardian's sourcedId, where it is on file for the student.",
    "handle": "The account's name on its network, with or without `@`.",
    "hash": "The hash of this row, in hex; the next row's `prev`.",
    "history": "All that was done, oldest first.",
    "holds_until": "Until when a yes holds; null for a no, which has no end.",
    "id": "The id of this record.",
    "item": "The item in that section.",
    "items": "What was found, in the list's order.",
    "label": "The value as the file has it.",
    "last_post_on": "When it was last posted on, as far as anybody told.",
    "likeness": "How the names resemble each other; null where it is the account itself.",
    "line": "The line of the file.",
    "made_at": "When this version was made.",
    "made_by": "The sourcedId of the person who made it.",
    "managers": "The content managers' sourcedIds.",
    "mark": "Which logo; null for every one, and for what is not about a logo.",
    "match": "The answer it went out on; null where nobody asked.",
    "matches": "Whether `key` is a sourcedId or a student number.",
    "meaning": "What happened, and what to do about it.",
    "media": "What the post shows or plays.",
    "message": "What was found, as a sentence for people.",
    "messages": "Questions about it and their answers, oldest first.",
    "named": "Whether the post gives the name.",
    "network": "The platform it is for, or `all`.",
    "next_cursor": "For the next page; null on the last one.",
    "not_after": "The end of the time in which the post may go out.",
    "not_before": "The beginning of the time in which the post may go out.",
    "nobody_identifiable": "Whether somebody looked, and nobody can be recognized.",
    "note": "What was said about it; null where nothing was.",
    "notice_on": "When the notice to families went out, or will.",
    "notice_version": "Which version of the notice was shown.",
    "number": "The clause's number, as findings cite it.",
    "office": "The office.",
    "opened_at": "When it was opened.",
    "org_id": "The sourcedId of the school or office it belongs to.",
    "others": "People in it who are neither students nor employees.",
    "outcome": "`allow`: go ahead. `review`: a person or a fact is needed first. `deny`: do not.",
    "outcome_note": "What was said at the closing.",
    "overdue": "Only those that are open for a school day.",
    "owner_id": "The content owner's sourcedId.",
    "parent_id": "The sourcedId of the org above it; null for the district.",
    "person": "The person it acts for; null where it acts for none.",
    "person_id": "The sourcedId of the person.",
    "pictured": "Who can be recognized in the media, or that nobody can.",
    "plan": "What it does, or would do, to the records on file; null until it is read.",
    "platform": "The network; `twitter` and `x` are one.",
    "policy": "The policy that answered.",
    "posts": "The posts, each asked for itself.",
    "premises": "What it shows of district premises.",
    "principal_at": "When the principal acknowledged it.",
    "profile": "The profile that the files were read by; null where a standard's format was.",
    "publish_at": "When it is to go out; now, where it is left out.",
    "published_at": "When it went out.",
    "published_id": "The id of the published post.",
    "purpose": "What it is for.",
    "reason": "Why, as it was given; null where nothing was said.",
    "recorded_at": "When it came on file.",
    "recorded_by": "Who recorded it.",
    "recorded_by_person": "The sourcedId of the person who recorded it; null where none did.",
    "release_id": "The id of the release that the person gave.",
    "remedy": "What to do about it; null where nothing is needed.",
    "reminders": "Recommendations of the policy; they never change the outcome.",
    "removed": "How many are gone.",
    "report": "Which report.",
    "reporter_email": "Only for a question back.",
    "reporter_name": "Only for a question back.",
    "requested_by": "The sourcedId of who asked for it.",
    "resolvable_by": "Who can end it.",
    "resolved_at": "When the answer was given.",
    "reviewed_on": "When somebody last looked it over.",
    "rights": "On what ground it may be distributed.",
    "rows": "How many rows.",
    "rule": "The rule that found it.",
    "said": "What the value means, as a sentence.",
    "scopes": "What it may be used for.",
    "section": "The section of the policy.",
    "sha256": "SHA-256 of its bytes, in hex.",
    "signed_at": "When it was signed. Give this or `signed_on`.",
    "signed_on": "The day on which it was signed.",
    "since": "Since when.",
    "slug": "The last part of a problem's `type`.",
    "speaks_for_district": "Whether the post speaks for the district.",
    "state": "Where it stands.",
    "status": "Where it stands.",
    "step": "What is being done.",
    "students": "The students in the picture.",
    "subject": "The person or thing it is about; null where the request gave no id.",
    "topic": "What is spoken about; null for everything.",
    "total": "How much there is in all; 0 while that is not known.",
    "unchanged": "How many are as they were.",
    "updated_at": "When it last changed.",
    "url": "The account's address.",
    "uses_logo": "Whether the post shows the district's logo.",
    "version": "The ETag, without its quotes: what `If-Match` is sent with.",
    "warnings": "What should be looked at, though it stops nothing.",
}


def describe_fields(document: dict[str, Any]) -> None:
    """Say what every property and parameter of `document` means.

    Raises `KeyError` for one that nothing here explains.
    """
    for name, schema in document["components"]["schemas"].items():
        for field, held in schema.get("properties", {}).items():
            _explain_part(held, name, field)
    for operation in list_operations(document):
        for parameter in operation.get("parameters", ()):
            _explain_part(parameter, operation["operationId"], parameter["name"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for field, held in content["schema"].get("properties", {}).items():
                _explain_part(held, operation["operationId"], field)


def list_operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every operation of `document`."""
    for methods in document["paths"].values():
        yield from methods.values()


def _explain_part(part: dict[str, Any], owner: str, name: str) -> None:
    if not part.get("description"):
        part["description"] = BY_PLACE.get(f"{owner}.{name}") or BY_NAME[name]
