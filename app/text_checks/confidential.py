"""Phrases that tell of someone's confidential matters (clause 52), English and Spanish.

Each tells of one person's health, discipline, special education or grades, and not of the subject:
an awareness week, a teacher of special education and an honor roll are what schools post about. The
phrases are reviewed by hand and kept few; what they find is `review` at most. They are compared
with a text's key (`app.text_checks.examination.text_key`): lower case, no accents, no punctuation,
possessive endings dropped.
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
    "in the hospital with", "in the hospital after", "in the hospital for surgery",
    "is in the hospital", "was hospitalized", "been hospitalized", "has cancer",
    "is battling cancer",
    "is fighting cancer", "has leukemia", "battling leukemia", "starts chemo", "started chemo",
    "has a tumor", "had surgery", "will need surgery", "needs surgery", "is having surgery",
    "broke his leg", "broke her leg", "broke his arm", "broke her arm", "has a concussion",
    "got a concussion", "because of anxiety", "because of depression", "has anxiety",
    "has severe anxiety", "has a peanut allergy", "has a nut allergy", "has a food allergy",
    "carries an epipen", "takes insulin", "back from rehab", "went to rehab", "overdosed",
    "has covid", "has the flu", "has strep", "has lice",
    "is on medication", "forgot his meds", "forgot her meds", "is bipolar", "in rehab for",
    *(f"{whose} {matter}" for whose in _WHOSE
      for matter in ("medication", "diagnosis", "therapist", "medical condition", "pregnancy",
                     "seizures", "medical records", "mental illness")),
    "fue diagnosticado con", "fue diagnosticada con", "le diagnosticaron", "dio positivo",
    "tiene autismo", "es autista", "tiene asma", "tiene diabetes", "tiene epilepsia",
    "tiene depresion", "tuvo una convulsion", "esta embarazada", "intento suicidarse",
    "esta en el hospital", "esta hospitalizado", "esta hospitalizada", "tiene cancer",
    "tiene leucemia", "empieza la quimioterapia", "tiene alergia", "es alergico a",
    "es alergica a", "tiene ansiedad", "lo operaron", "la operaron", "se rompio la pierna",
    "se rompio el brazo", "tiene covid", "tiene gripe",
    "toma medicamentos para", "su diagnostico medico", "su expediente medico",
)  # fmt: skip
DISCIPLINE = (
    "was suspended from school", "got suspended", "been suspended from school",
    "was suspended for fighting", "was suspended for vaping", "was expelled", "were expelled",
    "got expelled", "been expelled", "got detention", "was given detention", "has detention",
    "in school suspension", "out of school suspension", "disciplinary hearing",
    "disciplinary record", "discipline record", "office referral for", "caught vaping",
    "caught cheating", "caught stealing", "caught with drugs", "caught with alcohol",
    "he was suspended", "she was suspended", "student was suspended", "students were suspended",
    "days for fighting", "days for vaping", "got in trouble for", "caught smoking",
    "caught drinking", "caught fighting", "caught skipping", "is on academic probation",
    "is on probation", "was arrested", "got arrested", "kicked off the team",
    "kicked out of school",
    "sent to the principal office", "his suspension", "her suspension", "his expulsion",
    "her expulsion",
    "fue suspendido de la escuela", "fue suspendida de la escuela", "lo suspendieron",
    "la suspendieron", "fue expulsado", "fue expulsada", "lo expulsaron", "la expulsaron",
    "tiene detencion", "suspendieron a", "expulsaron a", "castigaron a", "fue arrestado",
    "fue arrestada", "audiencia disciplinaria", "expediente disciplinario", "lo castigaron",
    "la castigaron",
)  # fmt: skip
SPECIAL_EDUCATION = (
    "has an iep", "on an iep", "has a 504", "on a 504", "receives special education",
    "is in special education", "is in special ed", "in the special ed class",
    "is a special education student", "is a special ed student", "is a special needs student",
    "behavior intervention plan for", "was evaluated for special education",
    "receives speech therapy", "is in speech therapy", "goes to speech therapy", "is dyslexic",
    "has dyslexia", "has down syndrome", "has a learning disability", "has a disability",
    "resource room student", "qualifies for special education", "qualified for special education",
    *(f"{whose} {matter}" for whose in _WHOSE
      for matter in ("iep", "504", "504 plan", "learning disability", "disability",
                     "special education services", "behavior plan", "accommodations")),
    "tiene un iep", "tiene iep", "con su iep", "su iep", "tiene un plan 504", "su plan 504",
    "recibe educacion especial", "esta en educacion especial",
    "esta en clases de educacion especial", "esta en la clase de educacion especial",
    "tiene dislexia", "es dislexico", "es dislexica", "tiene sindrome de down",
    "recibe servicios de educacion especial",
    "tiene una discapacidad", "su discapacidad", "problemas de aprendizaje de",
)  # fmt: skip
GRADES = (
    *(f"{verb} {name}" for verb in ("is failing", "are failing", "failed") for name in _CLASSES),
    "flunked", "got an f in", "got an f on", "got a d in", "got a c in", "got a b in",
    "has an f in", "has a d in", "has a c in", "is failing two classes", "is failing three classes",
    "is failing his", "is failing her", "was held back a year", "was held back a grade",
    "was held back this year", "is being held back a", "repeat the grade", "repeating grade",
    "has the lowest grade",
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
# Words before a house number that make it a person's home, as in a text's key.
HOME_ADDRESS_WORDS = (
    "lives at", "she lives on", "he lives on", "they live on", "they live at", "we live at",
    "living at", "home address", "address at home",
    "his address", "her address", "his house", "her house", "their house", "my house",
    "vive en la calle", "viven en la calle", "vivo en la calle", "vive en la avenida",
    "viven en la avenida", "su domicilio", "mi domicilio", "su direccion", "mi direccion",
    "direccion de su casa", "su casa", "mi casa",
)  # fmt: skip
# Whom a school speaks to, not of: with these words before it a phrase is nobody's matter, as in "if
# your child has the flu". The verb goes with them, and a phrase without its verb is none.
GENERIC = (
    *(f"{which} {whom}" for which in ("your", "any", "each", "every", "a", "no")
      for whom in ("child", "student", "son", "daughter", "kid", "teen", "person")),
    "anyone in your home", "anyone in your family", "anyone", "anybody", "anyone who",
    "anybody who", "everyone who", "students who", "those who",
    "children who", "whoever", "you",
    *(f"{whose} {whom}" for whose in ("su", "un", "una", "cada", "cualquier")
      for whom in ("hijo", "hija", "nino", "nina", "estudiante", "alumno", "alumna")),
)  # fmt: skip
GENERIC_VERBS = (
    "has", "have", "is", "are", "was", "were", "had", "needs", "takes", "tested", "receives",
    "carries", "qualifies", "who has", "who is", "tiene", "esta", "es", "toma", "dio", "recibe",
    "fue",
)  # fmt: skip
