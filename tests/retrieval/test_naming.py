"""Questions after who or what something is."""

import pytest

from retrieval.naming import asked_name, beside, introduced
from retrieval.types import Span


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Who is Kurt Barnard?", "Kurt Barnard"),
        ("who's kurt barnard", "kurt barnard"),
        ("So what are the Meteor Awards??", "Meteor Awards"),
        ("Who exactly is Bruce Snyder?", "Bruce Snyder"),
        ("who or what is Tono?", "Tono"),
        ("Where’s Edgware?", "Edgware"),
        ("Lord Rennard - who is he?", "Rennard"),
        ("Ludacris, who's that?", "Ludacris"),
        ("Can someone tell me who Nigel Worthington is?", "Nigel Worthington"),
        ("Anyone know what Downing Street is?", "Downing Street"),
        ("What does the EFF stand for?", "EFF"),
        ("what does cbo mean", "cbo"),
        ("How many troops did China deploy?", None),
        ("Who won the cup?", None),
        ("What did the president say?", None),
        ("When was the mill built?", None),
        ("Who is he?", None),
        ("Who was arrested?", None),
        ("What is going on?", None),
        ("What is" + " really" * 20, None),
        ("-" * 4_000 + "x", None),
        ("", None),
    ],
)
def test_the_name_asked_about_is_found(question: str, name: str | None) -> None:
    assert asked_name(question) == name


WHO = "Who is Ann Lee?"


@pytest.mark.parametrize(
    ("question", "text", "words", "bearing"),
    [
        (WHO, "The baker Ann Lee rose early.", "baker", 1),
        (WHO, "The village baker, Ann Lee, rose early.", "village baker", 1),
        (WHO, "Ann Lee, a baker from York, rose early.", "baker from York", 1),
        (WHO, "Ann Lee (the baker) rose early.", "the baker", 1),
        (WHO, "Ann Lee is a baker.", "baker", 1),
        ("who's ann lee", "The group was led by baker Ann Lee.", "baker", 1),
        (WHO, "Ann Lee gave bread to the miller.", "miller", 0),
        (WHO, "Bread came from Ann Lee.", "Bread", 0),
        (WHO, "Ann Lee's brother rose early.", "brother", 0),
        ("Who is Lee?", "Clay, Lee, Hall and Moss played.", "Clay", 0),
        ("Who is Lee?", "Clay, Lee, Hall and Moss played.", "Hall", 0),
        (WHO, "Ann Lee rose early.", "Ann Lee", 0),
        ("Who is Bo Dee?", "The baker Ann Lee rose early.", "baker", 0),
        ("What is the IFPI?", "The IFPI figures rose.", "figures", 0),
        ("What is the IFPI?", "The head of the IFPI spoke.", "head", 0),
        ("What is Orb?", "A new game called Orb is out.", "new game", 1),
        ("Where is Edgware?", "He lives in Edgware, north London.", "London", 0),
        ("Where is Edgware?", "He lives in Edgware, north London.", "north London", 1),
        ("Where is Mora?", "The Swedish town of Mora has snow.", "Swedish town", 1),
        ("Where is Mora?", "Mora in Sweden has snow.", "Sweden", 1),
        ("Where is Mora?", "The race at Mora was won.", "race", 0),
        ("What does XYZ stand for?", "The Xylophone Zone (XYZ) met.", "Xylophone Zone", 1),
        ("What does XYZ stand for?", "XYZ (the Xylophone Zone) met.", "Xylophone Zone", 1),
        ("What does XYZ stand for?", "The Sony XYZ is out.", "Sony", 0),
        (WHO, "He met Ann Lee. Bakers rise early.", "Bakers", 0),
        ("How did Ann Lee die?", "Mourners of the baker Ann Lee came.", "baker", -1),
        ("Why did Ann Lee go?", "The baker Mrs. Ann Lee is gone.", "baker", -1),
        ("Why did Rome fall?", "They wanted to weaken Rome.", "to weaken", 0),
        ("How did the fire start?", "It was a fault\nThe fire was out.", "fault", 0),
        ("How is Ann Lee described?", "The baker Ann Lee rose.", "baker", 0),
        ("Who found out how Ann Lee left?", "The baker Ann Lee left.", "baker", 0),
        (WHO, "It was “a great day” Ann Lee said.", "great day", 0),
        (WHO, "After the crash, Ann Lee left.", "the crash", 0),
        (WHO, "In May Ann Lee left.", "May", 0),
        (WHO, "In 2004 Ann Lee left.", "2004", 0),
        (WHO, "A storm comes from the north\n\nAnn Lee is a baker.", "the north", 0),
        (WHO, "| Bo Dee | keeper |\n| Ann Lee | striker |", "keeper", 0),
        (WHO, "Ann Lee's a baker.", "baker", 1),
        (WHO, "Ann Lee, 43, a baker, rose.", "a baker", 1),
        (WHO, "The baker\nAnn Lee rose.", "baker", 0),
        (WHO, "The baker Ann\nLee rose.", "baker", 1),
        (WHO, "Ann Lee was arrested by police.", "arrested by police", 0),
        ("Who is May?", "Prices may fall.", "Prices", 0),
        ("Who is Dr O'Neill?", "The baker Dr. O’Neill rose.", "baker", 1),
        ("Who is the head of the IFPI?", "Jo Kay, head of the IFPI, spoke.", "Jo Kay", 1),
        ("Where is Mora?", "Mora lies in Sweden.", "Sweden", 1),
        ("Where is Mora?", "Rain fell in Malung, Mora and Orsa.", "Malung", 0),
        ("What does XYZ stand for?", "The Xylophone Zone, or XYZ, met.", "Xylophone Zone", 1),
        ("How did Ann Lee die?", "Ann Lee was shot by a robber.", "shot by a robber", 0),
        ("How did Ann Lee die?", "Ann Lee, shot by a robber, died.", "shot by a robber", 0),
        ("How did Ann Lee die?", "Ann Lee died of old age.", "old age", 0),
        ("How did Ann Lee die?", "She drowned. Ann Lee was 90.", "drowned", 0),
        ("How many loaves did Ann Lee bake?", "The baker Ann Lee baked.", "baker", 0),
        ("Who paid Ann Lee?", "The baker Ann Lee baked.", "baker", 0),
    ],
)
def test_words_beside_a_name_tell_what_it_is(
    question: str, text: str, words: str, bearing: int
) -> None:
    at = text.index(words)
    found = beside(question)
    assert (found(text, Span(at, at + len(words))) if found else 0) == bearing


@pytest.mark.parametrize(
    ("question", "sentence", "told"),
    [
        (WHO, "The baker Ann Lee rose early.", True),
        (WHO, "It was the baker, Ann Lee, who rose.", True),
        (WHO, "Ann Lee, a baker from York, rose early.", True),
        (WHO, "Ann Lee, York’s best baker, rose early.", True),
        (WHO, "Ann Lee is a baker.", True),
        ("who's ann lee", "Ann Lee (a baker) rose early.", True),
        (WHO, "Ann Lee rose early.", False),
        (WHO, "Bread came from Ann Lee.", False),
        (WHO, "It was baked by Ann Lee, and sold at noon.", False),
        (WHO, "They followed Ann Lee, who said nothing.", False),
        (WHO, "The baker rose early.", False),
        ("When did Ann Lee rise?", "The baker Ann Lee rose early.", False),
        ("", "", False),
    ],
)
def test_a_sentence_that_introduces_somebody_is_known(
    question: str, sentence: str, told: bool
) -> None:
    assert introduced(question, sentence) is told
