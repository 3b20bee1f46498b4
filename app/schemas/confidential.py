"""Phrases that tell of somebody's confidential matters (clause 52), English and Spanish.

Each tells of one person's health, discipline, special education or grades, and not of the subject:
an awareness week, a teacher of special education and an honor roll are what schools post about. The
phrases are reviewed by hand and kept few; what they find is `review` at most. They are compared
with a text's key (`app.schemas.texts.text_key`): lower case, no accents, no punctuation, possessive
endings dropped.
"""

_WHOSE = ("his", "her")
_CLASSES = (
    "math", "algebra", "geometry", "english", "reading", "science", "biology", "chemistry",
    "history", "spanish", "his class", "her class", "this class", "the class", "every class",
    "all of his", "all of her", "all his", "all her",
)  # fmt: skip

HEALTH = (
    "was diagnosed with", "were diagnosed with", "has been diagnosed with", "just been diagnosed",
    "tested positive for covid", "tested positive for the flu", "he suffers from",
    "she suffers from", "he is allergic to", "she is allergic to", "has adhd", "has autism",
    "is autistic", "has asthma", "has diabetes", "has epilepsy", "has depression",
    "has an eating disorder",
    "had a seizure", "had a panic attack", "is pregnant", "attempted suicide",
    "takes medication for",
    "is on medication", "forgot his meds", "forgot her meds", "is bipolar", "in rehab for",
    *(f"{whose} {matter}" for whose in _WHOSE
      for matter in ("medication", "diagnosis", "therapist", "medical condition", "pregnancy",
                     "seizures", "medical records", "mental illness")),
    "fue diagnosticado con", "fue diagnosticada con", "le diagnosticaron", "dio positivo",
    "tiene autismo", "es autista", "tiene asma", "tiene diabetes", "tiene epilepsia",
    "tiene depresion", "tuvo una convulsion", "esta embarazada", "intento suicidarse",
    "toma medicamentos para", "su diagnostico medico", "su expediente medico",
)  # fmt: skip
DISCIPLINE = (
    "was suspended from school", "got suspended", "been suspended from school",
    "was suspended for fighting", "was suspended for vaping", "was expelled", "were expelled",
    "got expelled", "been expelled", "got detention", "was given detention", "has detention",
    "in school suspension", "out of school suspension", "disciplinary hearing",
    "disciplinary record", "discipline record", "office referral for", "caught vaping",
    "caught cheating", "caught stealing", "caught with drugs", "caught with alcohol",
    "sent to the principal office", "his suspension", "her suspension", "his expulsion",
    "her expulsion",
    "fue suspendido de la escuela", "fue suspendida de la escuela", "lo suspendieron",
    "la suspendieron", "fue expulsado", "fue expulsada", "lo expulsaron", "la expulsaron",
    "audiencia disciplinaria", "expediente disciplinario", "lo castigaron", "la castigaron",
)  # fmt: skip
SPECIAL_EDUCATION = (
    "has an iep", "on an iep", "has a 504", "on a 504", "receives special education",
    "is in special education", "is in special ed", "in the special ed class",
    "is a special education student", "is a special ed student", "is a special needs student",
    "behavior intervention plan for", "was evaluated for special education",
    "qualifies for special education", "qualified for special education",
    *(f"{whose} {matter}" for whose in _WHOSE
      for matter in ("iep", "504", "504 plan", "learning disability", "disability",
                     "special education services", "behavior plan", "accommodations")),
    "tiene un iep", "tiene iep", "con su iep", "su iep", "tiene un plan 504", "su plan 504",
    "recibe educacion especial", "esta en educacion especial",
    "recibe servicios de educacion especial",
    "tiene una discapacidad", "su discapacidad", "problemas de aprendizaje de",
)  # fmt: skip
GRADES = (
    *(f"{verb} {name}" for verb in ("is failing", "are failing", "failed") for name in _CLASSES),
    "flunked", "got an f", "got an f in", "got a d in", "has an f in", "has a d in",
    "was held back", "is being held back", "repeat the grade", "has the lowest grade",
    "got the lowest score", "failed the test", "failed his", "failed her", "failing grade in",
    *(f"{whose} {matter}" for whose in _WHOSE
      for matter in ("gpa", "grades", "report card", "transcript", "test score", "test scores",
                     "act score", "sat score")),
    "esta reprobando", "va reprobando", "reprobo", "saco una f", "saco malas calificaciones",
    "sus malas calificaciones", "fue reprobado", "fue reprobada", "repite el grado",
    "repite el ano", "su promedio es", "sus notas son",
)  # fmt: skip
CONFIDENTIAL = {
    "health": HEALTH,
    "discipline": DISCIPLINE,
    "special_education": SPECIAL_EDUCATION,
    "grades": GRADES,
}
# Words before a house number that make it somebody's home, as in a text's key.
HOME_ADDRESS_WORDS = (
    "lives at", "they live at", "we live at", "living at", "home address", "address at home",
    "his address", "her address", "his house", "her house", "their house", "my house",
    "vive en la calle", "viven en la calle", "vivo en la calle", "vive en la avenida",
    "viven en la avenida", "su domicilio", "mi domicilio", "su direccion", "mi direccion",
    "direccion de su casa", "su casa", "mi casa",
)  # fmt: skip
