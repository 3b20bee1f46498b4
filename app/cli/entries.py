"""Every command by its name: the module that holds it, and its line in the help."""

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """The module and the function of a command, and the first sentence of its help."""

    module: str
    member: str
    help: str


class GroupEntry(NamedTuple):
    """The module whose `app` is a group, the group's help, and the line of each of its commands.

    What is none of its commands is the first argument of `default`.
    """

    module: str
    help: str
    commands: "dict[str, str | GroupEntry]"
    default: str | None = None
    epilog: str | None = None


IMPORT_HELP = """Take in a delivery of the district's lists: a folder, a zip or a file.

`clearpost import DIR` is short for `clearpost import run DIR`; its options are told by
`clearpost import run --help`. A folder that has the name of a command is `./NAME`.
"""
IMPORT_EXITS = (
    "Exit codes: 0 applied, or nothing new; 1 refused rows, or it failed; 2 wrong usage or "
    "settings; 3 the store cannot be used; 4 it waits for a person (with --plan: it would); 5 "
    "another import is under way."
)
ENTRIES: dict[str, CommandEntry | GroupEntry] = {
    "serve": CommandEntry(
        "serving", "serve", "Upgrade the store, then serve until Ctrl-C or SIGTERM."
    ),
    "generate": CommandEntry(
        "imports.run",
        "generate_folder",
        "Write a made-up district, as CSV files that `clearpost import` reads.",
    ),
    "settings": CommandEntry(
        "options", "settings", "Print every option: the value in force, the default, the meaning."
    ),
    "demo": CommandEntry(
        "demonstration",
        "demo",
        "Show it: a demo district in var/, three checks, the service and an intranet until Ctrl-C.",
    ),
    "migrate": CommandEntry(
        "upgrading", "upgrade_store", "Bring the store to this version's schema, and exit."
    ),
    "check": GroupEntry(
        "checks",
        "Ask a check. Exit code 0: allow; 1: review or deny; 2: the request is not as documented.",
        {
            "post": "May this post be published? The request is that of POST /v1/checks/post.",
            "photo": "May these students be pictured? The request is that of POST /v1/checks/photo-consent.",
        },
    ),
    "account": GroupEntry(
        "accounts",
        "Accounts on social networks.",
        {
            "authorize": "Authorize an account of the register (clause 4), which an import or the API put there.",
            "add": "Register an account that was found (clauses 5, 12); no one has authorized it by that.",
            "verify": "Is this account official? Exit code 0: yes; 1: no, or no one knows.",
            "list": "The register, and what in it needs care.",
        },
    ),
    "consent": GroupEntry(
        "consents",
        "Statements of consent, and what they come to. Requests are read from a file or standard input.",
        {
            "refuse": "Record a refusal or a hold: the request of POST /v1/consents without `decision`.",
            "grant": "Record a consent: the request of POST /v1/consents without `decision`.",
            "withdraw": "Record a withdrawal, which refuses: the request of POST /v1/consents without `decision`.",
            "lift": "Take refusals back, and holds by their ids: the request of POST /v1/consents.",
            "show": "What someone's statements come to: the request is that of POST /v1/people/consent-state.",
        },
    ),
    "designation": GroupEntry(
        "designations",
        "Who holds an office, or acts for it: add, end, list.",
        {
            "add": "Designate someone, from today unless told otherwise; prints the new fact's id.",
            "end": "Let a designation end with a day, today unless told otherwise; prints the new fact's id.",
            "list": "Every designation ever recorded; of those equal in all but the end the last counts.",
        },
    ),
    "grant": GroupEntry(
        "grants",
        "Permissions of the offices: add, revoke, list.",
        {
            "add": "Permit it, from today unless told otherwise; prints the new fact's id.",
            "revoke": "Take a permission back, effective today; prints the new fact's id.",
            "list": "Every grant ever recorded; of those equal in all but the end the last counts.",
        },
    ),
    "moderation": GroupEntry(
        "moderations",
        "Moderation by content managers: add, list.",
        {
            "add": "Record what was hidden or removed on an account (clause 15); prints the record's id.",
            "list": "What was moderated, in the order in which it was recorded.",
        },
    ),
    "published": GroupEntry(
        "published",
        "Published posts: import, list, takedowns.",
        {
            "import": "Record the posts of an account that a feed or an export tells, and hold them against answers.",
            "list": "Published posts, the last reported first.",
            "takedowns": "Published posts to be taken down, the oldest first; of nobody it says the name.",
        },
    ),
    "keys": GroupEntry(
        "keys",
        "API keys: create, list, rotate, revoke.",
        {
            "create": "Make a key and print it, alone, on standard output.",
            "list": "Every key there is or was; never the secret.",
            "rotate": "Make a successor with the same rights and print it, alone, on standard output.",
            "revoke": "End a key at once; a running service refuses it within a second.",
        },
    ),
    "ledger": GroupEntry(
        "ledger",
        "The ledger of decisions and changes.",
        {
            "verify": "Verify the chain of hashes, the records against it, and the guards of history.",
            "purge": "Delete the contents of old rows for good; the chain still verifies.",
            "confirm-clock": "Say that this machine's clock is right, though the ledger has a time still to come.",
            "scrub": "Write the store's files anew, so that nothing deleted is left in them.",
        },
    ),
    "person": GroupEntry(
        "people",
        "People on file.",
        {
            "erase": "Erase a person for good: names, statements, and all else that names them.",
            "reads": "List who has read a student's records, when, and for whom: the rows `records.read`.",
        },
    ),
    "import": GroupEntry(
        "imports.group",
        IMPORT_HELP,
        {
            "run": "Take in a delivery: plan it, then apply it, or hold it for a person.",
            "status": "Where imports stand; with an id what one does, or would do, to the store.",
            "approve": "Apply an import that waits; where its plan would now do something else, it waits again.",
            "reject": "Take nothing more of an import that waits; refusals in force stay in force.",
            "undo": "Plan what puts things back as they were before an import; it waits to be approved.",
            "resume": "Go on with what was interrupted.",
            "abandon": "Give up an import that was interrupted, so that the next goes on; refusals stay in force.",
            "watch": "Import what is dropped: a zip, a folder, or loose files, one delivery at a time.",
            "notify": "Send the mail that is due: imports that wait or failed, and last month's nights.",
            "differences": "Active students of whom the system's consent columns say yes where we refuse, or no unheard.",
            "pull": "Read a OneRoster provider over REST, then import what came as any other delivery.",
            "profiles": GroupEntry(
                "imports.profiles",
                "Mapping profiles, in words.",
                {
                    "list": "The profiles that come with Clearpost.",
                    "show": "Show the meaning of each value of each consent column: yes, no, or not answered.",
                    "check": "Check whether a profile can be used; list every reason why not.",
                    "make": "Make a mapping profile by asking about the columns and values of a file.",
                },
            ),
            "doubts": GroupEntry(
                "imports.doubts",
                "Rows about children that could not be read: list, settle.",
                {
                    "list": "The open doubts: photo checks about these people are `review` until one ends.",
                    "settle": "Settle a doubt: someone has asked what the row meant.",
                },
            ),
        },
        default="run",
        epilog=IMPORT_EXITS,
    ),
    "list": GroupEntry(
        "imports.run",
        "The consent list's date.",
        {
            "attest": "Record the office's word that the consent list on file is whole as of now.",
        },
    ),
    "receipts": GroupEntry(
        "receipts",
        "Keys that sign receipts of clearances.",
        {
            "rotate": "Make a new key, which signs from now on; receipts of the others still verify.",
            "list": "Every key that verifies, the newest first, which signs.",
        },
    ),
    "events": GroupEntry(
        "events.group",
        "Events: who is told, and telling them.",
        {
            "deliver": "Send webhooks and mail about events until Ctrl-C or SIGTERM.",
            "endpoints": GroupEntry(
                "events.endpoints",
                "Addresses that are called.",
                {
                    "add": "Register an address and print its secret, alone, on standard output.",
                    "list": "Every endpoint: how it stands, how far it is behind, and why the last try failed.",
                    "rotate": "Make a new secret and print it, alone, on standard output.",
                    "enable": "Switch an endpoint on again, from where it ended; one that fails is tried at once.",
                    "remove": "Tell an address nothing any more.",
                },
            ),
        },
    ),
    "origins": GroupEntry(
        "origins",
        "Origins whose pages may use widgets.",
        {
            "add": "Let pages of this origin use widgets; effective within a second.",
            "list": "Every registered origin.",
            "remove": "Answer pages of this origin no more; effective within a second.",
        },
    ),
}
