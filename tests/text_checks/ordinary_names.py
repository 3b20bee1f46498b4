"""Names of the United States that no text check may flag: families, places and schools."""

FAMILIES = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark
Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams
Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker
Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper
Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James
Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster
Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Gonzales Fisher
Vasquez Simmons Romero Jordan Patterson Alexander Hamilton Graham Reynolds Griffin Wallace Moreno
West Cole Hayes Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro
Marshall Owens Harrison Fernandez Mcdonald Woods Washington Kennedy Wells Vargas Henry Chen
Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw
Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar
Fox Warren Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan
Gardner Payne Grant Dunn Kelley Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley
Knight Elliott Cunningham Duncan Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado
Berry Perkins Hoffman Johnston Matthews Pena Richards Contreras Willis Carpenter Lawrence Sandoval
Guerrero George Chapman Rios Estrada Ortega Watkins Greene Nunez Wheeler Valdez Harper Burke
Larson Santiago Maldonado Morrison Franklin Carlson Austin Dominguez Carr Lawson Jacobs Obrien
Lynch Singh Vega Bishop Montgomery Oliver Jensen Harvey Williamson Gilbert Dean Sims Espinoza
Howell Li Wong Reid Hanson Le Mccoy Garrett Burton Fuller Wang Weber Welch Rojas Lucas Marquez
Fields Park Yang Little Banks Padilla Day Walsh Bowman Schultz Luna Fowler Mejia Davidson Acosta
Brewer May Holland Juarez Newman Pearson Curtis Cortez Douglas Schneider Joseph Barrett Navarro
Figueroa Keller Avila Wade Molina Stanley Hopkins Campos Barnett Bates Chambers Caldwell Beck
Lambert Miranda Byrd Craig Ayala Lowe Frazier Powers Neal Leonard Gregory Carrillo Sutton Fleming
Rhodes Shelton Schwartz Norris Jennings Rush Dickson Dickinson Dick Dicks Dickey Dyke Dykes
Vandyke Cock Cocks Cockburn Hancock Hitchcock Woodcock Peacock Babcock Adcock Alcock Cox Coxe Gay
Gaye Gaylord Queen Butts Butt Buttars Butz Buttz Rump Bumgarner Bumpus Assante Assad Asselin
Assmann Assaf Bass Bassett Glass Grass Cassidy Crapp Crapo Crapser Crapps Shitov Shedd Shute
Schitt Lipschitz Lifshitz Slutsky Slutzky Slater Whorton Whorley Hoare Horman Hooker Boozer Beers
Beer Brewer Budweiser Wein Ginn Ginsberg Rum Rumsey Drinkwater Drinkard Pothead Pott Potts Weed
Weeds Reefer Kush Dooby Stoner Stoners High Highsmith Gunn Guns Bullet Killam Killian Kill Kills
Killer Hurt Hurtado Slaughter Coffin Graves Moody Savage Cutter Butcher Pistole Colt Winchester
Remington Trigg Blood Bloodworth Payne Paine Hell Hellman Heller Hellwig Helland Damm Dam Dammann
Damon Dammeyer Goddard Bastin Bastow Bastian Bitschin Bichler Bich Bitz Bitton Bitterman Fuchs
Fuks Fuk Fucik Fuqua Fukuda Fukofuka Fukumoto Fukushima Fakhoury Phuc Phuoc Phuong Phung Pham Phan
Dang Dong Dung Duong Long Wang Wanger Wankel Wanko Wankowski Wong Suk Suksamran Sukhram Kanu Kunz
Kuntz Kuntze Koontz Countz Cumming Cummings Cummins Semenov Seaman Semon Seman Balls Ball Bonner
Boner Bone Bonesteel Johnson Johnsen Peter Peters Willy Wiener Weiner Wienerschnitzel Whacker
Wacker Wackerly Wackman Titsworth Titlow Titmus Titterington Tittle Tittel Teats Boob Boobyer
Boobar Dykstra Dikeman Faggins Fagan Fagin Faggiano Fagundes Fages Higgins Diggers Niggemann
Niggli Nigg Nigro Negron Negrete Snigger Spick Spicer Spiker Gooch Goode Kike Kikuchi Coon Coons
Kuhn Chink Chinn Chin Japp Jap Jappe Krauss Kraut Wopat Poon Poonai Pooh Poole Poop Pooper Peepers
Pee Peebles Pease Pissarro Pisani Piszczek Pistor Urine Uriarte Fanny Fannin Fanning Minge Mingee
Muff Muffley Sackett Sacks Nutt Nutter Nutting Rape Rapp Raper Rapier Raperto Screw Screws Sexton
Sexauer Sexson Essex Middlesex Virgin Virgil Virgo Love Lovejoy Loveless Lust Lustig Kinky Kinkade
Kinkead Strip Stripling Stripp Thong Thongsavanh Tongue Licks Lick Lickteig Hickey Hickman Horn
Horney Horny Hornyak Orgy Orge Orgeron Beaver Beavers Cherry Cherrie Bush Busch Bushman Sitake
Tuipulotu Vaenuku Kaufusi Latu Moala Fonua Taufa Fifita Havili Tonga Mahe Vakalahi Unga Uluave
Yazzie Begay Benally Tsosie Nez Tso Bitsui Bitsilly Manygoats Whitehorse Blackhorse Littledog
Etsitty O'Brien O'Neill O'Connor O'Shea D'Amico D'Angelo McDonald McKay McKinney MacIntyre
FitzGerald VanHorn Van-Dyke DeLaCruz DelToro St-Pierre Al-Khatib El-Amin Abdul-Jabbar Smith-Jones
Garcia-Lopez Nunez-Vega Nakamura Yamamoto Takahashi Suzuki Tanaka Watanabe Ito Kobayashi Kato
Yoshida Yamada Sasaki Matsumoto Kowalski Nowak Wisniewski Lewandowski Zielinski Wozniak Dvorak
Novak Svoboda Prochazka Kucera Horvath Singhal Sharma Gupta Dixit Lakshmi Bhatt Bhatia Chatterjee
Mukherjee Banerjee Dikshit Assudani Abbott Abernathy Ackerman Adkins Albright Aldridge Allison
Allred Alston Alvarenga Amador Ames Amos Anaya Anthony Aranda Archer Archuleta Arias Armenta
Arroyo Arthur Ashby Ashley Ashton Atkins Atkinson Avery Baca Bagley Bair Baird Baldwin Ballard
Bangerter Banuelos Barajas Barber Barker Barlow Barnhart Barr Barrera Barron Barry Bartlett Barton
Bautista Baxter Beal Beard Beasley Beatty Becerra Becker Beckett Beltran Benavides Bender Benitez
Benjamin Benson Bentley Benton Berg Bernal Bernard Best Bigelow Bird Black Blackburn Blackwell
Blair Blake Blanchard Blankenship Blevins Bolton Bond Booker Boone Booth Bowen Bowers Bowles Boyer
Boyle Brady Branch Brandt Bravo Bray Brennan Bridges Briggs Bright Britt Brock Browning Bruce
Bryan Buchanan Buck Buckley Bullock Burch Burgess Burnett Burris Bustamante Cabrera Cahoon Cain
Calderon Calhoun Call Callahan Camacho Cameron Cannon Cantu Cardenas Carey Carlisle Carmona Carney
Case Casey Castaneda Castellanos Cervantes Chan Chandler Chang Chapa Charles Chase Christensen
Christian Church Cisneros Clay Clayton Clements Cline Cobb Cochran Coffey Cohen Colon Combs
Compton Conley Conner Conrad Conway Copeland Cordova Corona Correa Costa Covarrubias Craft Crane
Crosby Cross Crosland Cuevas Cullimore Dalton Daniel Daugherty Davenport Davila Dawson Decker
Deleon Delarosa Denning Dennis Deshazo Despain Dickerson Dillon Dodson Donaldson Donovan Dorsey
Dotson Downs Doyle Drake Draper Duarte Dudley Duffy Duke Duran Durham Duvall Eaton Elder Ellison
Ellsworth Emerson English Erickson Escobar Esparza Esplin Esquivel Estes Everett Ewing Farley
Farmer Farnsworth Farrell Faulkner Felix Felt Fenton Ferrell Finley Fitzpatrick Fletcher Flowers
Floyd Flynn Forbes Fowers Francis Franco Frank Frazee Frederick French Frost Fry Frye Fuentes
Galindo Gallagher Gallegos Galloway Galvan Gamble Garner Garrison Gates Gentry Gibbs Giles Gill
Gillespie Gilmore Glenn Glover Godfrey Goff Golden Good Goodman Goodwin Gould Greer Griffith
Grimes Gross Guerra Guevara Guthrie Hadlock Hahn Hale Haley Hammond Hampton Hancey Haney Hardin
Harding Hardy Harmon Harrell Harrington Hartman Hatch Haws Haynes Heath Hebert Henson Herman
Herring Hess Hester Hewitt Hickman Hinckley Hinton Ho Hobbs Hodge Hodges Hogan Holbrook Holcomb
Holden Holder Holt Hood Hooper Hoover Hopper Horn Horne Horton House Houston Huang Hubbard Huber
Huerta Huff Huffman Hull Humphrey Hurley Hurst Hutchinson Huynh Ibarra Ingram Irwin Jarvis
Jeffries Jeppson Jewkes Jolley Joyner Judd Kane Kaiser Kauffman Keith Kemp Kent Kerr Kidd Kimball
Kirk Kirby Klein Kline Koch Kramer Lamb Lambson Lang Langston Law Leach Leavitt Leon Lester Levine
Levy Lin Lindsey Little Livingston Lloyd Logan Lozano Lucero Lyman Lynn Lyons Mack Madsen Mann
Mayfield Mayer Maynard Mays Mcbride Mccall Mccarthy Mcclure Mcconnell Mccormick Mccullough
Mcdaniel Mcdowell Mcfarland Mcgee Mcgrath Mcguire Okafor Okonkwo Nwankwo Adeyemi Adebayo Olawale
Chukwu Eze Obi Uche Nwosu Onyekachi Mbeki Mutombo Diop
"""

PLACES = """
Provo; Orem; Springville; Spanish Fork; Lehi; American Fork; Pleasant Grove; Lindon; Payson;
Salem; Santaquin; Nephi; Salt Lake City; West Valley City; Sandy; Draper; Riverton; Herriman;
South Jordan; Murray; Midvale; Holladay; Cottonwood Heights; Bountiful; Layton; Ogden; Logan;
Brigham City; Tooele; Park City; Heber; Vernal; Price; Moab; Blanding; St. George; Hurricane;
Cedar City; Beaver; Fillmore; Delta; Richfield; Manti; Ephraim; Panguitch; Kanab; Escalante;
Virgin; Toquerville; Koosharem; Tabiona; Duchesne; Roosevelt; Randolph; Intercourse, Pennsylvania;
Blue Ball; Bird-in-Hand; Climax; Dildo Island; Twatt, Orkney; Scunthorpe; Penistone; Cockermouth;
Cockeysville; Cockrell Hill; Dickinson; Dickson City; Big Bone Lick; Hell, Michigan; Hell Hole
Swamp; Helltown; Hell's Kitchen; Devils Lake; Damascus; Amsterdam; Rotterdam; Grand Coulee Dam;
Hoover Dam; Dam Neck; Beaver Dam; Amity; Assumption; Assonet; Assinippi; Assawoman; Assaria; Bass
Lake; Massachusetts; Arkansas; Kansas; Texas; Tennessee; Mississippi; Missouri; Pass Christian;
Butte; Crested Butte; Scottsbluff; Buttonwillow; Butts County; Bumpass; Bumble Bee; Boring; Dull;
Bland; Accident; Boozeman; Bozeman; Beer Bottle Crossing; Brandywine; Whiskeytown; Tequila; Gin
Creek; Rum River; Wine Glass; Weed; Weedsport; Weedville; Pot Creek; Potlatch; Pottsville;
Pottstown; High Point; Highland; Hightstown; Stoneham; Stoner; Stonington; Smoke Hole; Smoky Hill;
Joint Base; Cokeville; Crackers Neck; Meth Hill; Speed; Speedway; Acid Canyon; Needles; Needle
Rock; Kill Devil Hills; Kill Buck; Fishkill; Peekskill; Catskill; Cobleskill; Slaughter Beach;
Slaughterville; Gun Barrel City; Bullet Hill; Cut and Shoot; Cut Bank; Cutoff; Hurt; Tombstone;
Deadwood; Deadhorse; Death Valley; Murderkill River; Hanging Rock; Hangtown; Bombay Beach; Bomb
Creek; Fort Pulaski; Fuquay-Varina; Fukushima; Fugging, Austria; Phuket; Phu Quoc; Shishmaref;
Shiprock; Shiloh; Shirley; Shickshinny; Shitterton; Sheboygan; Shasta; Crappie Lake; Crapo,
Maryland; Crappo; Crabtree; Craig; Cramerton; Pismo Beach; Pisgah; Piscataway; Piseco; Peeples
Valley; Pee Dee; Pea Ridge; Poopout Hill; Poolesville; Dunkirk; Sexsmith; Essex; Sussex;
Middlesex; Wessex; Sexton; Loveland; Lovelady; Lovelock; Virginville; Virginia Beach; Virgin
Islands; Conception; Bosom; Breast Work Hill; Nipple Peak; Grand Tetons; Titusville;
Tittabawassee; Titicaca; Teaticket; Boobyville; Knockemstiff; Balls Ferry; Ballsville; Ball
Ground; Nutley; Big Sandy; Humptulips; Wanchese; Wankers Corner, Oregon; Wanatah; Wango;
Dykesville; Dyker Heights; Van Dyke; Gay; Gaylord; Gay Hill; Gays Mills; Lesbos; Queens;
Queensbury; Fort Gay; Bush; Bushnell; Cherry Hill; Cherryfield; Cumming, Georgia; Cummington;
Cummings; Seaman; Sperryville; Horneytown; Hornytown; Hooker; Hookerton; Whorehouse Meadow;
Whorlton; Slutzk; Skaneateles; Fannin; Fanny Bay; Niggertoe; Niger; Nigeria; Negro Bill Canyon;
Squaw Valley; Chinook; Chinchilla; Coon Rapids; Coon Valley; Spicewood; Spickard; Goochland;
Fagleys; Kykotsmovi; Bastard Peak; Bastian; Bastrop; Bitche, France; Bitchfield; Bitely; Bitter
Creek; Pussy Creek; Puxico; Pusey; Putah Creek; Puta Creek; Putnam; Puyallup; Mojada; Caraway;
Carajas; Cojata; Culiacan; Culebra; Culpeper; Culver City; Pendleton; Pinchot; Pincher Creek;
Chingola; Chincoteague; Chino; Cabrillo; Cabazon; Jodhpur; Coney Island; Conejo; Maricopa;
Mamaroneck; Mammoth; Mamou; Los Angeles; San Francisco; San Diego; San Jose; Sacramento; Fresno;
Oakland; Bakersfield; Anaheim; Santa Ana; Riverside; Stockton; Chula Vista; Irvine; Fremont; San
Bernardino; Modesto; Fontana; Oxnard; Moreno Valley; Glendale; Huntington Beach; Santa Clarita;
Garden Grove; Oceanside; Rancho Cucamonga; Ontario; Santa Rosa; Elk Grove; Corona; Lancaster;
Palmdale; Salinas; Hayward; Pomona; Escondido; Sunnyvale; Torrance; Pasadena; Orange; Fullerton;
Thousand Oaks; Visalia; Simi Valley; Concord; Roseville; Santa Clara; Vallejo; Victorville; El
Monte; Berkeley; Downey; Costa Mesa; Inglewood; Ventura; West Covina; Norwalk; Carlsbad;
Fairfield; Richmond; Murrieta; Burbank; Antioch; Daly City; Temecula; Santa Maria; El Cajon;
Rialto; San Mateo; Compton; Clovis; Jurupa; New York; Buffalo; Rochester; Yonkers; Syracuse;
Albany; New Rochelle; Mount Vernon; Schenectady; Utica; Troy; Ithaca; Houston; San Antonio;
Dallas; Austin; Fort Worth; El Paso; Arlington; Corpus Christi; Plano; Laredo; Lubbock; Garland;
Irving; Amarillo; Grand Prairie; Brownsville; McKinney; Frisco; Mesquite; Killeen; McAllen; Waco;
Carrollton; Denton; Midland; Abilene; Beaumont; Round Rock; Odessa; Wichita Falls; Richardson;
Lewisville; Tyler; Pearland; College Station; Chicago; Aurora; Naperville; Joliet; Rockford;
Springfield; Elgin; Peoria; Champaign; Waukegan; Cicero; Bloomington; Phoenix; Tucson; Mesa;
Chandler; Scottsdale; Gilbert; Tempe; Surprise; Yuma; Flagstaff; Prescott; Bullhead City; Show
Low; Philadelphia; Pittsburgh; Allentown; Erie; Reading; Scranton; Bethlehem; Harrisburg; Altoona;
York; Wilkes-Barre; Hershey; Jacksonville; Miami; Tampa; Orlando; St. Petersburg; Hialeah;
Tallahassee; Fort Lauderdale; Cape Coral; Pembroke Pines; Hollywood; Miramar; Gainesville; Coral
Springs; Clearwater; Palm Bay; Lakeland; Pompano Beach; Boca Raton; Deltona; Columbus; Cleveland;
Cincinnati; Toledo; Akron; Dayton; Parma; Canton; Youngstown; Lorain; Mansfield; Newark; Lima;
Detroit; Grand Rapids; Warren; Sterling Heights; Ann Arbor; Lansing; Flint; Dearborn; Livonia;
Kalamazoo; Muskegon; Seattle; Spokane; Tacoma; Vancouver; Bellevue; Everett; Renton; Yakima;
Bellingham; Kennewick; Walla Walla; Sequim; Portland; Eugene; Salem; Gresham; Hillsboro; Bend;
Medford; Corvallis; Albany; Coos Bay; Boise; Nampa; Pocatello; Moscow; Denver; Colorado Springs;
Fort Collins; Lakewood; Thornton; Pueblo; Boulder; Greeley; Durango; Grand Junction; Leadville;
Minneapolis; Saint Paul; Duluth; Mankato; Bemidji; Climax, Minnesota; Embarrass; Nowthen; Sleepy
Eye; Milwaukee; Madison; Green Bay; Kenosha; Racine; Appleton; Oshkosh; Eau Claire; Wausau;
Sheboygan Falls; Fond du Lac; Des Moines; Cedar Rapids; Davenport; Sioux City; Waterloo; Dubuque;
What Cheer; Omaha; Lincoln; Kearney; Wahoo; Colon; Worms; Funk; Wichita; Topeka; Olathe; Overland
Park; Protection; Oklahoma City; Tulsa; Norman; Broken Arrow; Lawton; Bowlegs; Slapout; Hooker,
Oklahoma; Little Rock; Fayetteville; Toad Suck; Smackover; Bald Knob; Weiner, Arkansas; Nashville;
Memphis; Knoxville; Chattanooga; Bucksnort; Sweet Lips; Soddy-Daisy; Louisville; Lexington;
Monkey's Eyebrow; Rabbit Hash; Big Beaver Lick; Birmingham; Montgomery; Mobile; Huntsville;
Tuscaloosa; Scant City; Burnt Corn; Atlanta; Savannah; Macon; Hopeulikit; Climax, Georgia; New
Orleans; Baton Rouge; Shreveport; Lafayette; Cut Off; Dry Prong; Charlotte; Raleigh; Greensboro;
Durham; Lizard Lick; Charleston; Columbia; Ninety Six; Ketchuptown; Round O; Richmond; Norfolk;
Chesapeake; Bumpass, Virginia; Tightsqueeze; Baltimore; Annapolis; Boring, Maryland; Dover;
Wilmington; Newark; Jersey City; Paterson; Hoboken; Ho-Ho-Kus; Buttzville; Hartford; New Haven;
Bridgeport; Stamford; Waterbury; Hazardville; Providence; Woonsocket; Boston; Worcester; Lowell;
Brockton; Cambridge; Sandwich; Mashpee; Manchester; Nashua; Concord; Portsmouth; Burlington;
Rutland; Bangor; Lewiston; Anchorage; Fairbanks; Juneau; Chicken; Eek; Honolulu; Hilo; Kahului;
Kailua; Haleiwa; Pukalani; Puunene; Billings; Great Falls; Missoula; Bozeman; Helena; Cheyenne;
Laramie; Casper; Fargo; Bismarck; Minot; Zap; Sioux Falls; Rapid City; Faith; Tea
"""

SCHOOLS = """
Timpview High; Provo High; Independence High; Centennial Middle; Dixon Middle; Shoreline Middle;
Amelia Earhart; Canyon Crest; Edgemont; Franklin; Lakeview; Provo Peaks; Provost; Rock Canyon;
Spring Creek; Sunset View; Timpanogos; Wasatch; Westridge; Orem High; Mountain View; Timpanogos
High; Lone Peak; Skyridge; Westlake; Cedar Valley; Maple Mountain; Salem Hills; Springville High;
Payson High; Spanish Fork High; Wasatch High; Juan Diego; Judge Memorial; Skyline; Olympus;
Cottonwood; Hillcrest; Brighton; Alta; Corner Canyon; Jordan; Bingham; Copper Hills; Riverton
High; Herriman High; Granger; Hunter; Kearns; Taylorsville; Cyprus; Highland; East High; West
High; Bonneville; Weber; Fremont; Roy; Clearfield; Syracuse; Northridge; Layton High; Davis;
Farmington; Viewmont; Woods Cross; Bountiful High; Box Elder; Bear River; Sky View; Ridgeline;
Dick Smith Elementary; Dickinson High; Dixie High; Butler Middle; Butterfield Canyon; Essex High;
Middlesex High; Sussex Tech; Cumming Elementary; Hancock High; Hitchcock Elementary; Babcock
Elementary; Woodcock Middle; Peacock Academy; Coxsackie-Athens; Gay-Lussac Science; Gaylord High;
Queen Creek High; Virgin Valley High; Virginia Beach Middle; Beaver High; Beaver Dam High; Bush
Elementary; Cherry Creek High; Weed High; Weed Union; Pott Middle; Potlatch Junior-Senior; Stoner
Avenue; High Tech High; Highlands Ranch High; Gunn High; Gunnison Valley High; Winchester High;
Remington Traditional; Colt Andrews; Savage High; Slaughter Elementary; Graves County High; Coffin
School; Tombstone High; Deadwood Lead; Deaf Smith County; Devils Lake High; Hell Gate Elementary;
Hellgate High; Damascus High; Rotterdam Junior; Amsterdam High; Beaver Meadow; Bass High; Bassett
High; Cassidy Elementary; Glasgow High; Assumption High; Massasoit; Classical Academy; Passaic
High; Butte High; Butts County High; Crested Butte Community; Scottsbluff High; Titusville High;
Grand Teton; Tittabawassee Middle; Shiprock High; Shively High; Crapo Street; Craig High; Pisgah
High; Piscataway High; Poolesville High; Kuntz Elementary; Koontz Intermediate; Fuchs Mizrachi;
Fuqua School; Dang Academy; Long Middle; Wang Center; Wong Elementary; Fagan Elementary; Nigro
Center; Spickard R-II; Coon Rapids-Bayard; Gooch Elementary; Intercourse Elementary; Climax-Shelly
High; Blue Ball Elementary; Big Beaver Falls; Hooker High; Hornell High; Horney Hall; Sexton High;
Loveland High; Lovejoy High; Lustgarten Center; Fanny Meyer Hay; Balls Ferry; Ball High; Ballou
High; Nutter Fort; Lincoln High; Washington High; Jefferson High; Roosevelt High; Kennedy High;
Madison High; Monroe High; Adams High; Jackson High; Grant High; Garfield High; Wilson High;
Hoover High; Eisenhower High; Truman High; Carver High; Douglass High; King Elementary; Chavez
Elementary; Sacagawea Elementary; Seton Catholic; Notre Dame Prep; Sacred Heart; Holy Cross; Mount
Carmel; Saint Mary's; Butler Tech; Career Path High; Northern Utah Academy; Utah Military Academy;
Success Academy; Karl Maeser Prep; Walden School
"""


def every_name() -> list[str]:
    """Return all of them, each once."""
    parted = [name.strip() for text in (PLACES, SCHOOLS) for name in text.split(";")]
    return list(dict.fromkeys([*FAMILIES.split(), *filter(None, parted)]))
