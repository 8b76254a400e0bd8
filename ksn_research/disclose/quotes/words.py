"""Everyday English words: what tells a name from a word that merely stands at the head of a sentence.

The lists are short on purpose. A word that is in none of them is looked up in the transcripts themselves; one
that is not there either is shown to a person.
"""

from __future__ import annotations

import re
from functools import lru_cache


def bag(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# Words that are nobody's name, even with a capital in the middle of a sentence ("and then ... And so on").
FUNCTION = bag(
    """
    a about above across after again against all almost along already also although always am among an and
    another any anybody anyone anything anyway are aren around as at away back be because been before
    behind being below between both but by can cannot could couldn did didn do does doesn doing don done
    down during each either else enough even ever every everybody everyone everything except few for from
    further had hadn has hasn have haven having he hence her here hers herself him himself his how however
    i if in indeed inside instead into is isn it its itself just least less let like likely ll maybe me
    might mightn mine more moreover most mostly much must mustn my myself near nearly neither never no
    nobody none nor not nothing now of off often oh ok okay on once one only onto or other others
    otherwise ought our ours ourselves out outside over own per perhaps quite rather re really same
    several she should shouldn since so some somebody somehow someone something sometimes soon still such
    than that the their theirs them themselves then there therefore these they this those though through
    thus till to together too toward towards two three four five six seven eight nine ten um under unless
    until up upon us ve very was wasn we well were weren what whatever when whenever where whereas
    wherever whether which while who whoever whole whom whose why with within without won would wouldn
    yeah yes yet you your yours yourself yourselves eh ah uh hm mm first second third last next zero
    eleven twelve twenty thirty hundred thousand dr mr mrs ms
    """
)
# Words of everyday talk and of talk about mentoring. Some are names too, see AMBIGUOUS.
COMMON = bag(
    """
    ability able absence accept access account achieve act action activity actual add address admit advice
    advise adult advance afford afraid afternoon age agency agree aim air allow alone amount answer
    anxious apart appear apply appoint approach area argue arm arrange arrive art ask aspect attend
    attention attitude autumn available average avoid aware bad balance ball bank bar base basic basis
    bear beat beautiful become bed begin beginning behave belief believe belong benefit best better big
    bill bit black blame block blue board boat body book border boring borrow boss bottom bound box boy
    branch brave bread break breakfast breath bridge brief bright bring broad brother brown budget build
    building burn bus business busy buy calendar call calm camp capital car card care career careful carry
    case cash catch cause centre center certain chair challenge chance change chapter charge chase chat
    check chief child children choice choose church circle city class clean clear client climb clinic
    close club coach coffee cold collaborate colleague collect college colour color come comfort
    comfortable comment commit committee common communicate community company compare complain complete
    computer concern condition confident connect consider contact contain content continue contract
    control conversation cook cool cooperate corner correct cost council count country couple courage
    course court cover craft create creative crew critic cross crowd cry culture cup curious current
    customer cut cycle dad daily damage dance dangerous dare dark data date daughter dawn day dead deal
    dear death decade decide decision deep degree deliver demand department depend describe deserve design
    desk detail develop development die differ difference different difficult difficulty digital dinner
    direct direction director disagree discover discuss discussion distance district divide doctor dog
    door doubt drama draw dream dress drink drive drop dry due duty dust ear early earn ease east easy eat
    economy edge education effect effort email emotion employ empty encourage end energy engage enjoy
    enter entire environment equal error especially essential establish evaluate evening event evidence
    exact exam example excellent exchange excite exercise exist expect expensive experience expert explain
    express extra eye face facilitate facilitator fact fail failure fair faith fall family famous far farm
    fashion fast father fault favour favourite fear feature feed feedback feel feeling fellow field fight
    figure fill film final find fine finish fire firm fish fit fix flat flexible floor flow flower fly
    focus follow food foot force foreign forest forget forgive form formal former forward foster
    foundation frank free freedom fresh friend front fruit full fully fun fund funder funding future game
    gap garden gather gathering gender general generation generous gentle gift girl give glad glass global
    go goal good govern government grace grade grand grant grass grateful great green greet ground group
    grow growth guess guest guide habit hair half hall hand handle hang happen happy hard harm harbour
    harbor hate head heal health healthy hear heart heavy help helpful hide high hill hire history hit
    hold hole holiday home honest honour hope horse hospital hot hotel hour house hub huge human hurt
    husband idea ignore imagine impact important improve include increase independent index individual
    industry informal information initial innovation institute institution interest interesting interview
    invest invite involve island issue item job join joint journey joy judge juice keen keep key kid kill
    kind king kitchen knee know knowledge lab lack lady lake land landlord language large late laugh law
    lead leader leadership league learn learner learning leave left leg lesson letter level library lie
    life lift light limit line link list listen literacy little live load loan local lock lonely long look
    loose lose lot loud love low luck lunch main maintain major make man manage management manager many
    map mark market marry marsh match material matter mature may meal mean meaning measure meat media
    medical meet meeting member membership memory men mental mentee mentor mentoring message method middle
    mile mill mind minute miss mistake mix model modern moment money month mood moon morning mostly mother
    motivate mountain mouth move music name narrow national nature near necessary need neighbour neighbor
    neighbourhood nervous network new news nice night noise normal north note notice number nurse object
    offer office officer old open operate operator opinion opportunity order organise organisation
    organization organize ordinary original owe owner page pain paint pair paper parent park part
    participant participate partner partnership party pass past path patience patient pause pay peace peer
    pen people perfect perform permission person personal phase phone pick picture piece place plain plan
    plant play please pleasure plenty point police policy polite poor popular position positive possible
    post power practical practice practise practitioner prefer prepare present press pressure pretty price
    pride print priority private prize problem process produce professional professor profit program
    programme progress project promise proper protect proud prove provide public pull purpose push put
    quality quarter question queue quick quiet quit quote race rain raise range rare rate reach react read
    ready real realise realize reason receive recent record recruit red reduce reflect reflection refuse
    regard region regular relate relation relationship relax rely remain remember remind remote remove
    rent repeat reply report represent request require research researcher reserve resource respect
    respond response responsible rest result return reward rich ride right ring rise risk river road robot
    robotics role room root rose rough round routine row rule run rush sad safe salary sale save say scale
    scared schedule scheme school science screen sea search season seat secret section sector secure see
    seek seem seldom select sell send senior sense sentence separate serious serve service session set
    settle shape share sharp sheet ship shock shoe shop short show shut shy sick side sign signal silence
    silent similar simple single sister sit site situation size skill sleep slow small smart smile social
    society soft software sort sound source south space speak special specific speech speed spend spirit
    sponsor spot spread spring square staff stage stand standard star start state station stay steady step
    sterling stick stone stop store storm story straight strange strategy stream street strength strict
    strike strong structure struggle student studio study stuff stupid style subject succeed success
    successful sudden suffer sugar suggest suggestion summer sun supper supply support suppose sure
    surprise survey sweet swim system table take talent talk task taste tax tea teach teacher team tech
    technical technology teenager tell term test text thank thanks theatre theme theory thing think
    thought threat throw ticket tie tight time tired title today toe tomorrow tone tonight tool top topic
    total touch tough tour town track trade tradition train trainer training transfer travel treat tree
    trial trick trip trouble true trust truth try turn type typical understand understanding uniform union
    unit university unusual urban use useful usual vacation valley value various version view village
    visit visitor voice volunteer vote wage wait walk wall want war warm warn wash waste watch water way
    weak wear weather web wedding week weekend weekly weight welcome west wet wheel white wide wife wild
    will win wind window wine winter wisdom wise wish woman women wonder wood word work worker workplace
    workshop workspace world worry worse worst worth write wrong yard year yellow yesterday young youth
    against ago began begun bought brought built came caught chose done drew drove ate fell felt fought
    found gave given gone got grew heard held kept knew known laid led left lent lost made meant met paid
    put ran rang said sang sat saw seen sent shook shown slept sold sought spoke spent stood stuck swore
    taken taught thought threw told took understood went woke won wore written wrote anymore backup
    coworker coworking inperson onboarding online offline ongoing meanwhile nonetheless nowadays unlike
    usually currently actually basically certainly clearly definitely eventually exactly finally
    fortunately generally gradually honestly hopefully immediately initially looking luckily mainly
    naturally normally obviously occasionally originally particularly personally possibly previously
    probably quickly recently regularly sadly seriously similarly simply slowly specifically strangely
    suddenly surely thankfully truly twice ultimately unfortunately whichever hello hi sorry wow bye
    """
)
# Everyday words that are given names or family names as well: a capital on one of them proves nothing.
AMBIGUOUS = bag(
    """
    art bill bob bond brook brown buck chance charity chase christian church cliff constance cook daisy
    dale dawn dean destiny dick drew duke earl ernest faith fern field fisher forest foster frank gene
    ginger glen grace grant gray green guy hall harmony harry hazel heath holly honor hope house hunt
    hunter hill iris ivy jack jade jasmine jean jewel josh joy june king lake lance laurel lane lee lily
    long mark marsh mason may manning harding fielding golding browning keating fuller booker farmer
    driver singer banks rivers waters brooks parks fields baker cooper hays landers sanders carver weaver
    melody mercy miles miller mill moon nick noble olive opal page park pat patience pearl penny peter
    pierce piper poppy porter price prudence ray reed rich rob robin rock rose ruby ruth rusty sage sally
    sandy scarlet serenity sharp shepherd skip smart smith sky spencer star stark sterling stone summer
    sue taylor temple terry tony trace trinity trip trinity tucker turner van vera victor violet walker
    ward warren wells west white will willow winter wood woods woody young
    """
)
# Of these, those that a sentence may well begin with when it speaks of nobody ("Young people").
QUALITIES = bag(
    """
    art church field fair free gray green hall hill house hunt lake long may noble page park price rich
    rock sharp skip smart stark sterling stone summer temple trace trip walker west white will winter wood
    young
    """
)
# What only people do.
SPEAKS = bag(
    """
    said says told tells asked asks thinks thought helped helps taught teaches showed shows called wrote
    writes suggested introduced mentored explained mentioned replied came left joined agreed invited gave
    who
    """
)
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Capitals that are the language's own and tell nothing of anybody.
CAPITAL = frozenset({"i", "ok", "tv", "am", "pm", "english", "internet", *MONTHS, *DAYS})
ENDINGS = re.compile(r"'?s|es|ed|d|ing|ings|er|ers|est|ly|ness|ful|less|ment|ments|n")


def stems(word: str) -> set[str]:
    """A folded word and what it may be a form of.

    >>> "help" in stems("helping"), "try" in stems("tried"), "plan" in stems("planned")
    (True, True, True)
    """
    forms = {word}
    for size in range(1, min(5, len(word) - 2)):
        cut, end = word[:-size], word[-size:]
        if ENDINGS.fullmatch(end):
            forms |= {cut, cut + "e"}
            if cut.endswith("i"):
                forms.add(cut[:-1] + "y")
            if len(cut) > 3 and cut[-1] == cut[-2]:
                forms.add(cut[:-1])
    return forms


@lru_cache(maxsize=65536)
def everyday(word: str) -> bool:
    """Whether a folded word is everyday English, whatever else it may be.

    >>> everyday("members"), everyday("grace"), everyday("bramblethwaite")
    (True, True, False)
    """
    return word in FUNCTION or not stems(word).isdisjoint(COMMON)


def doubtful(word: str) -> bool:
    """Whether a name is spelled as an everyday word is, so that small letters do not tell it from one.

    >>> doubtful("hope"), doubtful("rivers"), doubtful("manning"), doubtful("sally")
    (True, True, False, False)
    """
    return word in FUNCTION or not {word, word.removesuffix("s")}.isdisjoint(COMMON)
