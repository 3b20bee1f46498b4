"""The judgement of accounts as official, by the rules of the checks alone (clauses 4 and 5)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.policy.facts import Setup
from app.policy.question import AccountRef, Question
from app.policy.rulebook import OFFICIAL, evaluate_question
from app.policy.verdict import SEVERITY, Finding
from app.store.facts.loader import load_facts


def judge_accounts(
    connection: Connection, refs: Sequence[AccountRef], now: datetime, setup: Setup
) -> list[Finding]:
    """Return for each account the finding that decides: official where it says `allow`.

    One read for all; inside one transaction of any kind, since nothing is decided for a post.
    """
    questions = [Question(check="account", account=ref) for ref in refs]
    facts = load_facts(connection, questions, now, setup)
    verdicts = (evaluate_question(question, facts, OFFICIAL) for question in questions)
    return [max(v.findings, key=lambda f: SEVERITY[f.outcome]) for v in verdicts]
