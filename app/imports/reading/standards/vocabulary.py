"""The words of the rostering standards, and their meaning here.

From 1EdTech's OneRoster 1.1 and 1.2 CSV bindings, and the default list of values of Microsoft
School Data Sync. A word that is in neither is refused: a student under an unknown role would go
without the rules for students.
"""

from collections.abc import Mapping

from app.imports.reading.cell_values import CellError, Read
from app.imports.reading.headers import make_column_key
from app.imports.staging.record_assembly import GUARDIAN

_STAFF = (
    "administrator aide counselor districtadministrator principal proctor siteadministrator "
    "systemadministrator teacher chair professor researcher adjunct occupationaltherapist "
    "physicaltherapist speechtherapist visiontherapist paraprofessional specialservices advisor "
    "nurse officestaff lecturer itadmin faculty staff teacherassistant assistant instructor "
    "substitute coach"
)
USER_ROLES = {
    "student": "student",
    **dict.fromkeys(_STAFF.split(), "employee"),
    **dict.fromkeys(("guardian", "parent", "relative"), GUARDIAN),
    **dict.fromkeys(("affiliate", "alumni", "other"), "affiliate"),
}
# Of several roles of one person the first of these counts: a student who also assists is one.
ROLE_RANKS = {"student": "0", "employee": "1", "affiliate": "2", GUARDIAN: "3"}

_TEACHING = (
    "teacher professor faculty instructor lecturer substitute adjunct chair researcher coach"
)
# Grown-ups of a class that do not teach it are aides here.
CLASS_ROLES = {
    "student": "student",
    **dict.fromkeys(_STAFF.split(), "aide"),
    **dict.fromkeys(_TEACHING.split(), "teacher"),
}

_SCHOOLS = (
    "school department college university campus program adulteducation researchcenter division"
)
_DISTRICTS = (
    "district local state national region province municipality localauthority academictrust "
    "ministryofeducation departmentofeducation"
)
ORG_KINDS = {
    **dict.fromkeys(_SCHOOLS.split(), "school"),
    **dict.fromkeys(_DISTRICTS.split(), "district"),
}

# Columns of these standards that nothing here needs; a district's own are told apart from them.
_COLUMNS = (
    "sourcedId, status, dateLastModified, username, userIds, middleName, identifier, sms, phone, "
    "password, userMasterIdentifier, resourceSourcedIds, preferredMiddleName, preferredFamilyName, "
    "pronouns, grades, courseSourcedId, classCode, classType, location, termSourcedIds, subjects, "
    "subjectCodes, periods, schoolSourcedId, primary, beginDate, userProfileSourcedId, type, "
    "parentSourcedId, schoolYear, sex, americanIndianOrAlaskaNative, asian, "
    "blackOrAfricanAmerican, nativeHawaiianOrOtherPacificIslander, white, "
    "demographicRaceTwoOrMoreRaces, hispanicOrLatinoEthnicity, countryOfBirthCode, "
    "stateOfBirthAbbreviation, cityOfBirth, publicSchoolResidenceStatus, birthCity, birthState, "
    "birthCountry, ethnicityCodes, raceCodes, activeDirectoryMatchId, sessionSourcedId, "
    "sessionSourcedIds, roleStartDate, roleEndDate, code, State ID, Student Number, Middle Name, "
    "Graduation Year, Username, Password, Teacher Number, Title, Qualification, School Number, "
    "School NCES_ID, Grade Low, Grade High, Principal SIS ID, Principal Name, "
    "Principal Secondary Email, Address, City, State, Country, Zip, Phone, Zone, Section Number, "
    "Term SIS ID, Term Name, Term StartDate, Term EndDate, Course SIS ID, Course Name, "
    "Course Number, Course Description, Course Subject"
)
PASSED_OVER = frozenset(map(make_column_key, _COLUMNS.split(", ")))

# The relatives of a student who can speak for the student.
RELATED = {
    make_word_reader: make_word_reader for make_word_reader in ("guardian", "parent", "relative")
} | dict.fromkeys(("aide", "doctor", "child", "administrator", "other"))


def make_word_key(cell: str) -> str:
    """Return a standard's word as words are compared: no case, no blanks, no `_`."""
    return "".join(cell.lower().replace("_", " ").split())


def add_words(known: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return the words `known`, which stay what they are, and a profile's `own` beside them."""
    return {make_word_key(one): meant for one, meant in own.items()} | dict(known)


def make_word_reader(known: Mapping[str, object], what: str) -> Read:
    """Return a reader of one of the words `known`, in any case; `what` names them in its reason."""

    def read_cell(cell: str) -> object:
        key = make_word_key(cell)
        if key not in known:
            reason = f"is not {what}" if cell else "must not be empty"
            raise CellError(reason)
        return known[key]

    return read_cell
