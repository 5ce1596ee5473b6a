"""Names of people and places as they are looked for.

In: a name in Arabic, Kurdish or Latin letters. Out: a key that is equal for spellings that a
reader takes for the same, and what puts it in the order of the alphabet. Made here, the key stored,
since the databases that we support agree on no Arabic or Kurdish collation.
"""

import re
import unicodedata

# Letters that are written one for another in names, on keyboards of either language.
SAME_LETTERS = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",
        "ى": "ی", "ي": "ی", "ئ": "ی", "ێ": "ی",
        "ؤ": "و", "ۆ": "و",
        "ة": "ه", "ە": "ه", "ھ": "ه",
        "ك": "ک",
        "ڕ": "ر", "ڵ": "ل",
        "ـ": None, "\u200c": None, "\u200d": None, "ء": None,
    }
)  # fmt: skip
APART = re.compile(r"[\W_]+")
# Units are told apart by ordinals: "الرصافة الثانية". Both languages, as sort_key writes them.
ORDINALS = (
    ("الاولی", "یهکهم"),
    ("الثانیه", "دووهم"),
    ("الثالثه", "سییهم"),
    ("الرابعه", "چوارهم"),
    ("الخامسه", "پینجهم"),
    ("السادسه", "شهشهم"),
)
ORDER_OF = {word: str(number) for number, words in enumerate(ORDINALS, 1) for word in words}


# For names that are not kept as keys: what translate() of PostgreSQL can do of sort_key.
_APART_IN_NAMES = "-–/.,،'’()«»\"_"
_ONE_FOR_ONE = {
    **{chr(code): letter for code, letter in SAME_LETTERS.items() if letter},
    **dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2, strict=True)),
    **dict.fromkeys(_APART_IN_NAMES, " "),
}
_LEFT_OUT = "".join(chr(code) for code, letter in SAME_LETTERS.items() if not letter)
FOLDED_LETTERS = ("".join(_ONE_FOR_ONE) + _LEFT_OUT, "".join(_ONE_FOR_ONE.values()))

# Letters that stand elsewhere in the alphabet than by their code points, and what stands there:
# a letter that is made of another comes behind it.
BEHIND = "\ue000"
PLACES = {
    "ک": "ك", "گ": f"ك{BEHIND}", "پ": f"ب{BEHIND}", "چ": f"ج{BEHIND}", "ژ": f"ز{BEHIND}",
    "ڤ": f"ف{BEHIND}",
}  # fmt: skip
# For the order of names that are not kept as keys: what translate() can do of unit_sort_key. ی
# becomes ي, which is last as well, since most names hold ي and need not be written anew for it.
_MARKS = "".join(map(chr, (*range(0x64B, 0x656), 0x670)))
_IN_ORDER = {
    letter: "ي" if one == "ی" else one
    for letter, one in (_ONE_FOR_ONE | {"ئ": "ا", "ی": "ی"}).items()
}
ORDERED_LETTERS = ("".join(_IN_ORDER) + _LEFT_OUT + _MARKS, "".join(_IN_ORDER.values()))
# Most names have no other signs than these, and few letters of them to write as another.
PLAIN_SIGNS = "أإئ-غف-يa-zA-Z0-9 -"
PLAIN_LETTERS = ("أإئةى-", "".join(_IN_ORDER[sign] for sign in "أإئةى-"))


def sort_key(name: str) -> str:
    """Lower case, one space between words, no marks, one letter for each family of letters.

    Digits of every script become 0-9: "مدرسة ١٢" and "مدرسة 12" give one key.
    """
    letters = unicodedata.normalize("NFKD", name.translate(SAME_LETTERS)).casefold()
    bare = "".join(_digit(letter) for letter in letters if not unicodedata.combining(letter))
    return APART.sub(" ", bare.translate(SAME_LETTERS)).strip()


def label_column(language_code: str | None, name_ckb: str | None) -> str:
    """The column of a school's name that tablets show: a school that teaches in Kurdish is named in
    Kurdish, where that name is known; every other in Arabic.
    """
    return "name_ckb" if language_code == "ckb" and name_ckb else "name_ar"


def unit_sort_key(name: str) -> str:
    """The place of a unit among others by its name, in the order of the alphabet; the first of
    several units before the second: by letters it is not.
    """
    words = sort_key(name.replace("ئ", "ا")).split()
    return " ".join(ORDER_OF.get(word, word) for word in words).translate(str.maketrans(PLACES))


def _digit(letter: str) -> str:
    return str(unicodedata.digit(letter)) if letter.isdecimal() else letter
