import httpx

from app.policy.rulebook import RULES


def test_the_policy_is_public_and_whole(service: str) -> None:
    answer = httpx.get(f"{service}/v1/policy")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["id"], said["approved"]) == ("provo-5255", "2015-03-10")
    assert [clause["number"] for clause in said["clauses"]] == list(range(1, 64))
    assert all(clause["wording"] for clause in said["clauses"])


def test_each_clause_names_the_rules_that_enforce_it(service: str) -> None:
    clauses = {c["number"]: c for c in httpx.get(f"{service}/v1/policy").json()["clauses"]}
    told = {(rule, number) for number, clause in clauses.items() for rule in clause["rules"]}
    assert told == {(rule.name, number) for rule in RULES for number in rule.clauses}
