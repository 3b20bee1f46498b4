"""The registry of a synthetic district: offices, accounts, permissions, releases."""

from random import Random

from app.synthetic.files import Files
from app.synthetic.known import COMMUNICATIONS, DISTRICT
from app.synthetic.people import DOMAIN
from app.synthetic.plan import Plan, School, make_affiliate_id, make_employee_id

_SUPERINTENDENT, _DIRECTOR, _DEPUTY = make_employee_id(1), make_employee_id(2), make_employee_id(3)
_MANAGER, _SPECIALIST, _FORMER = make_employee_id(4), make_employee_id(6), make_employee_id(7)


def write_registry(plan: Plan, files: Files) -> None:
    """Write designations, accounts, grants and releases."""
    rng = Random(f"{plan.seed}/{plan.students}/registry")  # noqa: S311  not a secret
    _write_designations(plan, files)
    _write_known_accounts(plan, files)
    _write_permissions(plan, files)
    for school in plan.schools:
        _write_school_accounts(school, plan, files, rng)


def _write_designations(plan: Plan, files: Files) -> None:
    for office, who, capacity, start, end in (
        ("superintendent", _SUPERINTENDENT, "holder", plan.ago(1100), None),
        ("superintendent", _DEPUTY, "designee", plan.ago(400), None),
        ("superintendent", _FORMER, "designee", plan.ago(1000), plan.ago(401)),
        ("director_communications", _DIRECTOR, "holder", plan.ago(800), None),
        ("director_communications", _SPECIALIST, "designee", plan.ago(300), None),
    ):
        files.write("designations", office, who, capacity, start, end)


def _write_known_accounts(plan: Plan, files: Files) -> None:
    """Write accounts that every seed has; the last three each lack something."""
    lakeview = plan.schools[0]
    principal, contact = plan.principal(lakeview), f"lakeview@{DOMAIN}"
    day, admin = plan.ago(250), plan.ago(240)
    yes = (_DIRECTOR, day)
    no = (None, None)
    school = (lakeview.id, principal, _MANAGER, contact)
    for cells in (
        ("facebook", "examplecountyschools", None, "district_general", DISTRICT, _DIRECTOR,
         _SPECIALIST, f"communications@{DOMAIN}", *yes, admin),
        (None, None, "https://www.youtube.com/@examplecountyschools", "district_general",
         COMMUNICATIONS, _DIRECTOR, _SPECIALIST, f"communications@{DOMAIN}", *yes, admin),
        ("x", "lakeviewhigh", "https://x.com/lakeviewhigh", "school", *school, *yes, admin),
        ("facebook", "lakeviewhighpta", None, "pta", lakeview.id, make_affiliate_id(1), principal,
         None, *yes, admin),
        ("instagram", "lakeviewdrama", None, "club", *school, *no, None),
        ("tiktok", "lakeviewathletics", None, "team", lakeview.id, None, None, contact, *yes,
         admin),
        ("youtube", "@lakeviewhigh", None, "school", *school, *yes, None),
    ):  # fmt: skip
        files.write("accounts", *cells)


def _write_school_accounts(school: School, plan: Plan, files: Files, rng: Random) -> None:
    """Write a school's account, nearly always authorized, and a club's or a classroom's."""
    principal, contact = plan.principal(school), f"{school.handle}@{DOMAIN}"
    for platform, handle, kind in (
        ("instagram", school.handle, "school"),
        ("instagram", f"{school.handle}robotics", "club"),
        ("facebook", f"{school.handle}library", "other"),
    ):
        days = rng.randint(20, 700)
        yes = (rng.choice((_DIRECTOR, _SPECIALIST)), plan.ago(days))
        authorized = yes if rng.randrange(10) else (None, None)
        admin = plan.ago(days - 10) if rng.randrange(20) else None
        teacher = plan.teacher(school, rng.randint(0, 99))
        files.write(
            "accounts", platform, handle, None, kind, school.id, principal, teacher, contact,
            *authorized, admin,
        )  # fmt: skip
        if rng.randrange(2):
            by = rng.choice((_SUPERINTENDENT, _DEPUTY))
            end = plan.ago(days - 365) if not rng.randrange(3) else None
            files.write(
                "grants", "logo", "account", f"{platform}/{handle}", platform, by,
                plan.ago(days), end,
            )  # fmt: skip


def _write_permissions(plan: Plan, files: Files) -> None:
    """Write grants that every seed has, one of them over, and releases of all three sorts."""
    for kind, grantee_kind, grantee, network, by, start, end in (
        ("logo", "account", "x/lakeviewhigh", "x", _SUPERINTENDENT, plan.ago(240), None),
        ("logo", "account", "facebook/examplecountyschools", "all", _DEPUTY, plan.ago(240), None),
        ("logo", "person", _MANAGER, "all", _DEPUTY, plan.ago(100), plan.ago(-265)),
        ("spokesperson", "person", _DIRECTOR, "all", _SUPERINTENDENT, plan.ago(700), None),
        ("spokesperson", "person", _MANAGER, "x", _FORMER, plan.ago(700), plan.ago(401)),
    ):
        files.write("grants", kind, grantee_kind, grantee, network, by, start, end)
    for name, work, channel in (
        ("Octavia Brightwater", None, "all"),
        ("Percival Thornbury", "Mural of the Four Seasons", "social"),
        ("Percival Thornbury", "5f" * 32, "website"),
    ):
        files.write("releases", name, work, channel, plan.ago(200), plan.ago(-400))
