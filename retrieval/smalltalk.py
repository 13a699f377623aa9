"""Whether something said in reply asks nothing: thanks, agreement, laughter, a greeting. Pure.

Each word has to be one of those that say so, or one that says nothing by itself; a question mark, a
question word or "did they" asks. English and German, each by itself, as a word of the one may mean
something in the other: a death toll is not "toll".
"""

from __future__ import annotations

import re

from retrieval.analysis import content_terms

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ASKING = re.compile(
    r"\?|\b(?:who|whom|whose|what|when|where|which|why|how|tell|more"
    r"|wer|wen|wem|wessen|wann|wo|woher|wohin|welche[rsmn]?|warum|wieso|weshalb|wie|mehr)\b"
    r"|^(?:(?:and|but|so)\W+)*(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had)"
    r"\s+(?:it|he|she|they|this|that|there)\b"
    r"|\b(?:and|und)\W*$",  # the rest is to be guessed
    re.IGNORECASE,
)
_LAUGHTER = re.compile(r"a*(?:ha+){2,}h*|(?:he+){2,}h*|(?:hi){2,}|(?:ja){2,}|lo+l+|lmf?ao+|x+d+")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")

_BOTH = "ok okay k kk hi hey thx ty lol rofl heh hm hmm mhm ah aha oh uh wow super bravo yay bot"
_ENGLISH = frozenset(
    f"{_BOTH} hello bye thanks thank thankyou u cheers welcome appreciated appreciate"
    " yes yeah yea yep yup ya sure right true correct exactly indeed absolutely agreed agree"
    " no nope nah wrong false incorrect great good nice cool perfect awesome amazing excellent"
    " brilliant fantastic wonderful lovely neat interesting helpful useful funny weird crazy"
    " alright got gotcha see understood know makes sense lot lots man mate guys problem worries"
    " answer im thats its".split()
)
_GERMAN = frozenset(
    f"{_BOTH} hallo moin servus tschüss danke dankeschön dank vielen vielmals bitte ja jo jep"
    " jup jawohl genau richtig stimmt klar sicher nein nee nö ne falsch gut gute toll prima klasse"
    " schön perfekt interessant hilfreich lustig krass cool geil alles achso ach na naja okey"
    " verstehe verstanden weiss ich du er sie es wir das dies die der den dem ein eine mir mich dir"
    " dich uns ist sind bin nicht kein auch so sehr mal doch schon für zu und aber dann da hier nur"
    " echt wirklich antwort hilfe".split()
)


def asks_nothing(text: str) -> bool:
    """Whether nothing is asked, also where nothing is said: "thanks!", "lol", "no", an emoji."""
    if _ASKING.search(text):
        return False
    words = _WORD.findall(text)
    return all(map(_english, words)) or all(map(_german, words))


def _english(word: str) -> bool:
    # "US" and "WHO" are what somebody may ask about, "us" is not.
    return _says(word, _ENGLISH) or not content_terms(word)


def _german(word: str) -> bool:
    return _says(word, _GERMAN)


def _says(word: str, known: frozenset[str]) -> bool:
    lowered = word.casefold()
    return (
        lowered in known
        or _DRAWN_OUT.sub(r"\1", lowered) in known
        or _LAUGHTER.fullmatch(lowered) is not None
    )
