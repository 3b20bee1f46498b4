"""Words of English and Spanish in ordinary posts: those that nobody is called, and others.

They tell where two words cannot be a name. `COMMON_WORDS` are no part of any name in small letters;
with a capital those beyond `WORDS_OF_POSTS` may be a family name (`Booker`). `NAMES_TOO` are
everyday words that are names as well (`will`, `may`, `grace`, `hill`), `GLUE_NAMES` such words of
grammar (`an`, `my`, `her`). Kept by hand: a word that is missing costs a look-up, a common word
too many could hide a name.
"""

_ENGLISH = """
a about above academy acceptance accepted accessible act action activities activity add added
address admission adult adults after afternoon again against age ages ago aid air album all almost
alone along already also although alumni always am amazed amazing among amount amp and announce
announced announcement announcements another answer answers any anybody anyone anything anyway ap
apples application applications apply appointment appreciate appreciation are around arrive arrived
artist artists as asap ask asked asking assembly assistant at athlete athletes athletic athletics
attend attendance attending attention audience audition auditions auditorium author authors
available avenue average award awarded awards awareness away awesome baby back backpack backpacks
bad badge bake baked bakers balloons baseball basket basketball bears beat beautiful beauty became
because become bed bedtime been before began begin beginning begins behavior behind being believe
below bench benches beside better between big bike bikes biology birthday bit blanket board boat
boats body book books boost boosters booths boring born both bottle bottom bowl boxes boys break
breakfast breaking bridge brief bring bringing brings brother brought budget build building
buildings built bulldog bulldogs bully bullying bumper bus buses business busy but butter button buy
by cafeteria cake calendar calendars called calm came campaign camps campus can cancel canceled
cancelled candidate candidates canned cannot canyon cap caps captain captains cardinals cards care
career careers careful carnival carpet catch caught cause celebrate celebrated celebrating
celebration celebrations cell cent center ceremony certain certificate chair chairs challenge
challenges champions championship change chapter character charge chart cheap check checked checks
cheer cheering cheerleaders cheers chemistry chess chicken children choice choices choir choose
chose chosen circle circus citizen citizens city civics class classes classmates classroom
classrooms clean cleaned cleaner cleanup clear clinic closed closes closing clothes clothing club
clubs coaches coat code coding cold collect collected collecting collection college color colorful
colors column com come comedy comes comfortable coming comment committed committee common commons
communities community company compete competed competing competition complete completed computer
computers concert concerts conference conferences confirm congrats congratulations connect connected
connection contact contest continue contribution control conversation cookies corner correct cost
costume costumes cougars could counselor counselors count counted country county couple courage
course courses courtyard cover covered covid crafts crazy create created creating creative
creativity crowd culture cup current curriculum custodian custodians customs cute dad daddy dads
dance danced dancers dances dancing danger dark data date dates daughter deadline debate december
decide decided decision decorate dedicated dedication degree delay delayed delicious deliver
department dept design designed desk desks dessert detail details detention develop did didn
difference different difficult digit digital dining dinner direction directions director discover
discovered discussion dish display displayed distance district diverse doctor does doesn dogs doing
dollar dollars donate donated donation donations done door doors double down download downtown dozen
dr draft drama draw drawing drawings drawn dream dreams dress dressed drill drink drinks drive
drivers driving drop dropped dry due during each eagles earlier earn earned earning earth easily
easy eat eating edu education effort efforts eight eighth either election elections elementary
eleven else email emergency employee employees encourage encouraged end energy engaged engaging
engine engineer engineering engineers enjoy enjoyed enough enroll enrolled enrollment enter entered
entering entertainment entire entrance entry environment equipment especially essay essays even
evening evenings event events every everybody everyone everything everywhere exactly exam example
exams excellence excellent exchange excited excitement exciting excuse exercise exhibit exhibits
expect expected experience experiences experiment experiments explain explained explore explored
exploring express extra eye eyes face faces facilities facility fact facts faculty fafsa falcons
falling families family fans fantastic faq far farm fast favorite february fee feed feedback feel
feeling fees feet fell festival few fifteen fifth fifty fight figure fill filled film final finally
finals finance find finished fire first fit five fix fixed flag flags flight floor flu focus folks
follow followed following food foods football for forget form former forms forty forward found
foundation four fourth free freshman freshmen fridays friendly friends friendship from front fruit
full fun fund fundraiser fundraising funds funny future gain gala game games garden gardens gate
gathered gave gear general get gets getting gif gift gifts girls give given gives goal goals goes
going golf gone goodbye got gotten gov government gpa grade graders grades graduate graduated
graduates graduating graduation gratitude ground group groups grow growing growth guard guests guide
guitar guys gym habits had half halftime hallway hallways handbook handed hands happen happy hard
harvest has hat hats have having hawks heads health healthy hear hearing heat hello help helped
helping here heroes hers hidden higher highest highlight highlights hike hiking him his history hit
hits hold holidays home homecoming homework honored honors hoops hosted hosting hosts hot hour hours
household however html http https huge human humor hundred hundreds hungry husband huskies icon idea
ideas identify iep if illness image images imagine immediately impact important improve improved
include included includes including increase incredible indoor info inform information injury inside
inspire inspired inspiring instead instructions instructor instrument instruments interested
interesting international interview into introduce invite invited invites involved is isn issue it
item items its jackets january jobs join joined joining journal jpeg jpg judges july jump junior
juniors just keep keeping kept kickoff kicks kids kinder kindergarten kindergartners kindness knew
knights know knowledge known lab labs ladies lady language languages laptop large laser late later
lawn lead leader leaders leadership leading leads leaf league learn learned learners learning least
leave leaves led left legs less lesson lessons let letter letters level levels librarian library
life lift lights like likes limited line lines lions list listed listen listening literacy live
living load local locker lockers log logo look looked looking looks lost lots loud loved loves
loving lower lunch luncheon machine made mail mailed maintenance majors make makes making mall
management manager many map maps marching market marvelous mascot masks matches material materials
math matter matters maximum me meal meals mean meaning measure medal medals media medical medicine
meet meeting meetings member members memories memory mental mentor mentors menu message messages met
middle might mind minds minimum minute minutes miss missed mission mixed model models modern mom
moment moments mommy moms money month monthly months mood morning mornings most mother motion motto
mouse mouth move movement movie movies moving mr mrs ms much mural museum music musical musicians
must mustangs mx myself mystery name named names national nationals nature nd near nearly need
needed needing needs neighbor neighborhood neighbors nervous network never new newest news
newsletter next nights nine ninth nobody nominated nomination nominations none nonprofit nope normal
not notes nothing notice november now number numbers nurse nurses nutrition objects occasion october
of off offer offered offering offers office officer officers official officials often ok okay older
once one ongoing online only onto open opened opening opens opportunities opportunity option options
or orchestra order orders org organization organize organized original other others our ours out
outdoor outdoors outside outstanding over overall own owners packed packet pages paid paint painted
paintings pair pancake panel panthers pants paper papers parade parents parking part participants
participate participated participating participation partner partners partnership party passed
passes passing passion passport past path patio pay paying payment pdf peek peer pen pencil pencils
people pep percent perfect perform performance performances performed performers performing perhaps
period permission permit person personal phone phones photo photographer photography photos physical
physics piano pick picked pickup picnic picture pictures piece pieces pizza places plain plan plane
planned planner planning plans planted plants plate play played player players playground playing
plays please pleased pleasure pledge pm png poem poems poetry poets point points police policy
popcorn popular position positive possible postcard posted poster posters posts potential powerful
practice practices practicing prepare prepared preparing preschool presence present presentation
presentations presented presenting presents preserve president press prevent prevention previous
principal principals print printed private prize prizes problem problems process produce product
production professional professor program programs progress project projects prom promote proper
protect proud proudly provide provided provides providing pta pto ptsa public put puzzle puzzles
quality quarter question questions quickly quiet quiz quote race races radio raffle raise raised
raising rams ran range rate rd reach reached reader readers reads ready realize really reason
reasons recap receive received receiving recent recently recess recipes recognition recognize
recognized recommend record recorded records recycle recycling reflect refreshments region regional
register regular rehearsal rehearsals relationships relax relay release released remember reminded
reminder reminders rent repair replace report reported reports represent representative represented
request required requirements rescue research reserve resource resources respect respectful respond
response responsibility responsible rest results retire retired retirement return returned returning
returns review reward rewards ribbon ride rides right rights roads robot robotics robots role roll
rolls roof room rooms roster round route row rows rsvp rule rules run runner runners running runs
safe safely safety salad sale same sat saturday saturdays save saved saving saw say says scary
schedule scheduled schedules scholar scholars scholarship scholarships school schools science
scientist scientists score scored scores screen script search season seasons seat seats second
secret secretary section seek seen selected selection selling semester seminar send sending seniors
sense sent september series serious serve served server serves service services session sessions set
sets setting setup seventh several shall shape share shared shares sharing she shift shirt shirts
shoes shop shopping shot shots should shout shoutout shovel show showcase showed showing shown sick
side sidewalk sight sign signature signed signing signs silent silly similar simple simply since
sing singing singles sings sister sisters sit site sites sitting situation six sixth size skill
skills sleep slide slow smile smiles snack snacks soccer social society softball solar sold solution
solve some somebody someone something sometimes soon sophomore sophomores sound sounds soup source
southern space spartans speak speaking special specialist specific spectacular speech spell spelling
spend spent spirit spirited split sponsor sponsored sponsors sports spot spotlight spots spread
squad square sr sra stadium staff stage stairs stand standard standards standing stands starring
start started starter starting starts state statewide station stay stayed staying steam stem step
steps stick still stop stopped store stories strategies stream streaming strength strengths stress
stretch strike structure struggle student students studied studies studio study studying stuff style
subject submit success successful successfully such suggested suit summit super superintendent
supplies supply support supported supporters supporting supportive supports sure surface surprise
surprised survey swim swimmers swimming symphony system systems table tables tackle tag take
takeaway taken takes taking talent talented talents talk talked talking talks tape target task
taught tax tbt teach teacher teachers teaching team teaming teams tech technician technology teen
teens tell telling temperature tend tennis tent term test tested testing tests text texts th than
thank thanked thankful thanks thanksgiving that the theater theatre their theirs them theme
themselves then therapy there these they thick thing things think thinking third thirteen thirty
this those though thought thousand thousands three through throughout throw thru thursday thursdays
ticket tickets tie tied tigers time times tip tips title today together told tomorrow tonight too
took tool tools top topic topics total totally touch touchdown touched tough tour tournament toward
towards town toys track tracks tractor trade tradition traditional traditions traffic trail train
trained training trainings transcripts transfer transition transportation travel traveled treat
treats tremendous trial trip triple trips trivia trojans trombone trophy trouble truck trucks truly
trumpet trust truth try trying tryout tryouts tube tuesday tuesdays tune turn tutor tutoring tutors
twelve twenty twice two type types ultimate uncle undefeated under understand understanding uniform
uniforms union units universe university until up upcoming update updated updates upgrade upper us
use used user using usual usually vacation valuable values variety various varsity version very
victories video videos view views vikings virtual vision visit visited visiting visitor visitors
visits visual vocal voice voices volleyball volume volunteer volunteered volunteering volunteers
vote votes voting wait waiting walked walking walks want wanted wants warm warriors was wash washed
wasn watch watched watching wave ways we wear weather website wednesday wednesdays weekend weekly
weight welcome welcomed welcoming well wellness went were western what wheel wheels when where
whether which while who whoever whole whom whose why wide wife wildcats win window windows winner
winners winning wins wireless wishes wishing with within without witness wolves woman women won
wonderful wondering word words work worked worker workers working workout works worksheet workshop
workshops world worried worry would wow wrestling write writer writers writes writing written wrong
wrote www yards yay year yearbook yearbooks yearly years yellow yep yes yesterday yet youngest your
yours yourself yup zero zone zoo
"""
_SPANISH = """
abre abren abrir abuela abuelo abuelos actividad actividades adios agua ahora alegria algo alguien
alguna algunas alguno algunos alla alto alumna alumnas alumno alumnos amiga amigas amigo amigos ano
anos ante antes apoyar apoyo aprende aprender aprendieron aprendizaje aquella aqui arte artes asi
asistencia asistir aun aunque autobus autobuses ayer ayuda ayudar baile bandera biblioteca bien
bienvenida bienvenido bienvenidos boletas boleto boletos bonita bonito buen buenas buenos cada
calendario calificaciones cambio camion campana campeon campeonato campeones cancha canciones cantan
cantar casa celebra celebracion celebramos celebrar cena centro cerca cerrada cerrado ciencia
ciencias cinco cine ciudad claro clase clases coche comen comenzar comida comite como compartir
competencia computadora comunidad con concierto concurso conferencia conferencias conmigo conocer
consejera consejero consejo contigo contra coro correo cosa cosas crecen cuadro cual cuales
cualquier cuando cuanto cuarto cuatro cuento cuentos cumpleanos danza dar debe deben decir deja
dejar dentro deporte deportes derecho desayuno desde diciembre directora distrito domingos donde
dura durante edad educacion ejemplo eleccion elementos ellas ellos empezar empieza en encuentro
enero ensayo entrada entre entregar entrenador equipo equipos era eran es esa esas escolar escriba
escribir escucha escuela escuelas ese eso esos espacio espanol especial especiales esperamos esta
estaba estamos estan estar estas este estilo esto estos estoy estudia estudiante estudiantes
estudiar estudios eventos examen examenes excelente exito exposicion familia familias febrero fecha
felices felicidad felicidades felicita felicitaciones felicitamos feria fiesta fiestas fin finales
foto fotos fue fuera fueron fuerza futbol ganado ganador ganadora ganadores ganar ganaron gano gente
gimnasio gracias grado grados graduacion graduados gran grandes gratis grupo grupos gusta gusto
hablar hace hacemos hacen hacer hacia hambre hasta haya hecho hemos hermana hermano hermanos hija
hijo hijos historia hogar hora horario horas hoy idioma idiomas importante informacion ingles
inscribir inscripcion inscripciones internet invierno invitados invitamos jardines joven jovenes
juego juegos jueves jugador jugadores jugar junio junta juntos lectura leer lengua letras leyeron
libro libros listos llamar llame llega llegar lleva lugar lunes maestra maestras maestro maestros
mama manana mano manos marcha martes marzo mas matematicas materia materiales maxima mayores medio
mejor mejores menor menos mes meses miercoles minutos mis mismo mochila momento mucha muchas mucho
muchos mundo museo musica muy nacional nada nadie natacion naturaleza navidad necesita necesitamos
ni ninos noche noches nombre nombres nos nosotros noticia noticias noviembre nuestra nuestras
nuestro nuestros nueva nuevas nueve nuevo nuevos numero obra octavo octubre oficina orgullo
orgullosa orgulloso orgullosos orquesta otono otra otras otro otros padres pagina pais papa papas
paquete para parque parte participar partido partidos pase paso pelicula pequenos perdido pero
persona personas pintura planta plato playa poco poder poesia poner por porque portal practica
practicas precio preguntas premio premios preparar presenta presentacion presentar primaria
primavera primer primera primero problema programa programas proximo proyecto proyectos publico
pueblo pueda puede pueden puedes puedo puerta puertas puntos que queremos querido queridos quien
quienes quiere quinto recibe recibir reciclaje recordatorio recuerda recuerde recuerden recursos
registro regreso respeto resultado resultados reunion reuniones ropa sabado sala salida salio salon
salud sangre se sea secundaria segunda seguridad seguro seis semana semanas semestre senor senora
septiembre septimo ser servicio sexto si sido siempre siete siguiente siguientes sin sitio sobre
somos son sueno sus tal talento talentos taller tambien tanto tarde tarea tareas tarjeta te teatro
telefono temporada tenemos tener tercer tercero termina tiempo tiempos tienda tiene tienen toda
todas todo todos trabajan trabajando trabajo trabajos trae traer traiga traigan transporte tres tu
tus ultima ultimo un una unas unico universidad uno unos va vacaciones vacuna vacunas vamos vea ven
venga vengan venta ver verano verde vez viaje viene vienen viernes visita visitan visitas vista viva
vive vivir voces voluntarios voz vuelta ya zapatos
"""
COMMON_WORDS = frozenset(_ENGLISH.split()) | frozenset(_SPANISH.split())
_NAMES_TOO = """
abril angel apple april art ash august aurora autumn bacon baker ball band banda bank banks bar
barber bass battle bay beach bear bell bella berry best bill bills bird bishop black blanca blanco
blank block blossom blue bond bone booker booth boss bowler box branch brand brave bravo bridges
bright brook brothers brown buck buena bueno bull bush butcher butler cage call calle calles camp
campo campos candy cannon card carrera carver casas case cash cast castle champion chance chapel
chapman charity chase cherry chip christian church cielo clay cleaning cliff close cloud clover
coats comfort cook cool cotton couch court cousins craft crane crew crook cross crow cruz crystal
curry daily daisy dawn deal dean dear delta destiny dia diamond dias dick diez dinero domingo dove
drew driver drum duke dulce dunes dusty eagle early easter edge english esperanza estrella eve ever
fair faith fall falls fame fan farmer felt field fields finch fine fish fisher flood flor flores
flower flowers fly forest fortune foster fox frank freedom freeman french friend frost fuerte gates
gay gem genesis german ginger glass glory gold golden goldsmith grace grand grant gray green grey
guerra guess guest guy hair hall ham harder hardy harmony hatch haven hawk hay hazel heard heaven
hermosa hero hill hills holder holiday hollow holly homes honey honor hood hook hope horn house hunt
hunter hurt ice iris iron ivory ivy jardin jasmine jewel jewels job joker journey joy judge june
justice key keys kind king kit kitchen kite knight lake lamb land lane last law laws lay leal legend
liberty light lily linda link lion little loan lock long lord lot love lovely low lucky luna luz
main major maple mar marble marina marine mark marks marsh master masters may mayo mayor meadow
means melody mercy merry mesa mighty miles mill miller mills mine minor mint mira miracle misty mix
monarch moody moon more mount nation nice night nino noble oak oaks olive opal outlaw owl pace pack
page paige painter painting pan pansy parent paris park parker parks pastor pat patience paz peace
peach pearl penny pepper petal phoenix pike pine pink pino place plata plum pool pop pope poppy
porter post pounds power powers prado prairie praise price pride priest prince princess pro promise
prudence quail queen quick rain rainbow ram ranger raven ray real rebel red reed reef regal reina
rey rice rich rico ring rios river rivers rob robin rock rocky rod rojas rojo roman root rosa rose
roses royal ruby rush rusty sage sailor saint sales salmon sand sandy santa santo savage savior
scarlet scout seal segundo sell serenity sereno seven shade sharp sheets shell shepherd sheriff
shine shore short shy silver singer skip sky slate small smart smith snow sol song sons spain sparks
speed spice spring springs star stark steel stock stone storm story strange street strong sugar
summer sun sunny sunset sunshine sweet swift temple terrace thorn tide tiger tiny topaz torre torres
trace true tuck unique unity vale valle velvet victor victory vida vidal villa violet virtue walk
walker wall walls ward waters way weaver weeks wheat white wild wilder will willow wills wind wing
winter winters wise wish wolf wonder wood woods worth worthy young younger
"""
NAMES_TOO = frozenset(_NAMES_TOO.split())
# Words of grammar, of days and directions that people are called, too: as a family name, as a given
# name. In small letters they count beside a word that can be nothing else.
_GLUE_NAMES = """
an be day do don east friday go good great ha han he her high how in les lo mi monday my no north oh
on sean see so south su sunday tan to week west yo you
"""
GLUE_NAMES = frozenset(_GLUE_NAMES.split())
_GLUE_FAMILIES = """
an be day do east go good ha han he her high in lo mi my no oh on see so su tan to west yo you
"""
GLUE_FAMILIES = frozenset(_GLUE_FAMILIES.split())
_GLUE_GIVEN = """
an be day don go ha han he les lo mi monday my see sean so su sunday tan yo you
"""
GLUE_GIVEN = frozenset(_GLUE_GIVEN.split())
# Behind these a person is named, and before those.
_INTRODUCING = """
congrats congratulations felicidades felicitaciones enhorabuena thank thanks gracias meet welcome
bienvenido bienvenida captain student senior sophomore freshman grader winner champion birthday
proud named called love loves loved missing remember
"""
INTRODUCING = frozenset(_INTRODUCING.split())
_TOLD_OF = """
ate broke canto committed competed competes danced dances earned earns finished gano gave gets gives
got graduated had has hit is joined joins jugo jumped leads led leyo made makes painted performed
performs placed played plays presented presents ran read reads received receives recibio represented
said sang says scored scores shared shares showed shows signed sings speaks spoke swam takes threw
took visited was win wins won writes wrote
"""
TOLD_OF = frozenset(_TOLD_OF.split())
# Common words that are no name with a capital either: they begin the sentences of posts.
_WORDS_OF_POSTS = """
academy all and are as at by city class college come congrats congratulations county december
district elementary february for from game get grade happy his if is it january join july me middle
not november october of or our please pta ptsa saturday school schools season september she staff
state stem students teachers team thank thanks that the their them they this thursday today tomorrow
tonight tuesday university us we wednesday welcome what when where who why with year your
"""
WORDS_OF_POSTS = frozenset(_WORDS_OF_POSTS.split())
