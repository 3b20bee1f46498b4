"""First labels of a host that are a language or a country, as in es-419.x.com.

A language may stand with a script and a region (BCP 47): `es`, `pt-br`, `zh-hant-tw`.
"""

_LANGUAGE_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id
ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li
ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa
pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th
ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_SCRIPT_CODES = """
arab armn beng cyrl deva ethi geor grek gujr guru hang hans hant hebr jpan khmr knda kore laoo latn
mlym mymr orya sinh taml telu tfng thai tibt
"""
_COUNTRY_CODES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs
bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg
eh er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr
ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr
ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng
ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se
sg sh si sj sk sl sm sn so sr ss st sv sx sy sz ta tc td tf tg th tj tk tl tm tn to tr tt tv tw tz
ua ug um us uy uz va vc ve vg vi vn vu wf ws xk ye yt za zm zw uk eu
"""
_LANGUAGES = frozenset(_LANGUAGE_CODES.split())
_SCRIPTS = frozenset(_SCRIPT_CODES.split())
_COUNTRIES = frozenset(_COUNTRY_CODES.split())
# Countries, and yet other services of a network.
_SERVICES = frozenset({"ai", "tv"})
_LONGEST_REGION = 3


def is_locale(label: str) -> bool:
    """Return whether the label, in small letters, is the code of a language or of a country.

    >>> is_locale("zh-hant-tw"), is_locale("uk"), is_locale("es-evil")
    (True, True, False)
    """
    language, *more = label.split("-")
    if label in _SERVICES:
        return False
    if language not in _LANGUAGES:
        return label in _COUNTRIES
    if more and more[0] in _SCRIPTS:
        del more[0]
    return not more or (len(more) == 1 and _is_region(more[0]))


def _is_region(code: str) -> bool:
    """Return whether it is a country, or a part of the world, such as 419 for Latin America."""
    is_number = code.isascii() and code.isdigit() and len(code) == _LONGEST_REGION
    return code in _COUNTRIES or is_number
