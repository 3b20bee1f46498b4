"""Common words of English and Spanish that nobody is called, as they stand in ordinary posts.

They tell where two words in small letters cannot be a name. Words that are given or family names as
well (`will`, `may`, `grace`, `young`, `long`) are left out. Kept by hand: a word that is missing
costs one look-up, a word too many could hide a name.
"""

_ENGLISH = """
a about above after again all almost alone along already also although always am among an and
another any anybody anyone anything anyway are around as ask asked at away back be became because
become been before began begin behind being believe below beside better between big both bring
brought but buy by called came can cannot care catch change children class classes classroom clean
club clubs coaches come comes coming could dear did didn different do does doesn doing don done down
drive during each earn earned eat either else end enjoy enough even evening event events ever every
everybody everyone everything excited families family fantastic far favorite feel few final finally
find finished first five follow for forget forward found four from full fun game games gave get gets
getting give given gives go goes going gone got great grade had happen happy hard has have haven
having he hear heard hello help helped helping her here hers him his hold home hour hours how
however huge hundred i if important in incredible inside instead into is isn it its join just keep
kept kids kind knew know known last late later learn learned learning least leave left less let life
like likes live local look looked looking looks lost lot lots made main make makes making many
matter me mean meet meeting met middle might mine minutes miss missed month months more morning most
move much must my myself near need needed needs never new news next nice night no nobody none not
nothing now number of off office often okay on once one only onto open or other others our ours out
outside over own parents part past pay people perfect performance perform performed photo photos
picture pictures place plan play played player players playing plays please practice present
presented problem program proud put question ran ready real really received register remember report
right room run running safe same saw say says school schools season second see seen send sent set
several shall share she should show showed shown sign since sit six so some somebody someone
something sometimes soon special spent sports start started starting starts state stay still stop
story student students such support sure take taken takes taking talk talked teacher teachers team
teams tell ten than thank thanks that the their theirs them themselves then there these they thing
things think this those though thought three through ticket tickets time times to today together
told tomorrow tonight too took top toward town try trying turn two under until up us use used very
visit visited visiting vote wait want wanted was wasn watch watched way we wear website week weekend
weeks welcome well went were what when where whether which while who whole whom whose why win winner
winners winning wins with within without won wonderful work worked working works world would wow
write wrong wrote year years yes yesterday yet you your yours yourself amazing awesome congrats
congratulations celebrate celebrated celebrating championship district elementary graders grades
library lunch music science math band concert choir orchestra theater theatre football basketball
soccer volleyball baseball softball wrestling swimming tennis golf track book books bus food free
girls boys guys everybody's monday tuesday wednesday thursday friday saturday sunday january
february july september october november december am pm st nd rd th com org www http https html
"""
_SPANISH = """
a al algo alguien alguna algunas alguno algunos ante antes apoyo aqui asi aun aunque ayer bien
bienvenidos buen buena buenas buenos cada casa clase clases como con conocer contra cosa cosas cual
cuales cuando cuanto cuatro da de del deportes desde dia dias donde dos durante e el ellas ellos en
entre era eran es esa esas escolar escuela escuelas ese eso esos esta estaba estamos estan estar
estas este esto estos estoy estudiante estudiantes eventos familia familias felices felicidades
felicitaciones fin fue fueron ganado ganar ganaron gano gracias gran grandes grado ha hace hacer
hacia han hasta hay haya hecho hemos hijo hijos hora horas hoy juego juegos la las les lo los
maestra maestras maestro maestros mas me mejor mejores mes meses mi mis mucha muchas mucho muchos
muy nada nadie ni nino ninos no noche nos nosotros nuestra nuestras nuestro nuestros nueva nuevas
nuevo nuevos o orgullosa orgullosos otra otras otro otros padres para pero poco poder por porque
primer primera primero puede pueden puedo que quien quienes quiere se sea sean semana ser seis si
sido siempre sin sobre somos son su sus tal tambien tan tanto tarde te tener tenemos tiempo tiene
tienen toda todas todo todos trabajo tres tu tus un una unas uno unos va vamos ver vez y ya yo
equipo temporada partido biblioteca manana campeonato primaria secundaria
"""
COMMON_WORDS = frozenset(_ENGLISH.split()) | frozenset(_SPANISH.split())
# Words with a capital in most posts that are no name.
_WORDS_OF_POSTS = """
the and our we you your this that it is are at in on for to of with from all be by or as an if so no
not they their them his her she he us my me who what when where how why please come join see go get
congratulations congrats welcome thank thanks happy good great school schools elementary middle high
district academy university college class grade students teachers staff monday tuesday wednesday
thursday friday saturday sunday january february july september october november december today
tonight tomorrow pta ptsa stem north south east west state city county team game season week day
year night
"""
WORDS_OF_POSTS = frozenset(_WORDS_OF_POSTS.split())
# Those of them that people are called, too: they are names beside a word that can be nothing else.
_NAMES_TOO = """
an be day east friday go good great he her high how in monday my no north on see so south sunday
to week west you
"""
ALSO_NAMES = frozenset(_NAMES_TOO.split())
NEVER_NAMES = WORDS_OF_POSTS - ALSO_NAMES
