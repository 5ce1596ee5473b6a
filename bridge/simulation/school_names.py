"""Names for schools that do not exist: plausible, in three languages, and marked as simulated.

In: level, sex, session and language of a school. Out: `SchoolName`. A name that a district has
already used for the same kind of school gets a number, as true schools have.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random

MARK_AR, MARK_CKB, MARK_EN = "(تجريبية)", "(تاقیکاری)", "(simulated)"

# Arabic, Sorani, English.
ARABIC_NAMES = (
    ("الرافدين", "ڕافیدەین", "Al-Rafidain"),
    ("الفرات", "فورات", "Al-Furat"),
    ("دجلة", "دیجلە", "Dijla"),
    ("النهرين", "نەهرەین", "Al-Nahrain"),
    ("بابل", "بابل", "Babil"),
    ("سومر", "سۆمەر", "Sumer"),
    ("أكد", "ئەکەد", "Akkad"),
    ("أور", "ئوور", "Ur"),
    ("آشور", "ئاشوور", "Ashur"),
    ("الحضارة", "حەزارە", "Al-Hadhara"),
    ("السلام", "سەلام", "Al-Salam"),
    ("الأمل", "ئەمەل", "Al-Amal"),
    ("النور", "نوور", "Al-Noor"),
    ("الفجر", "فەجر", "Al-Fajr"),
    ("الربيع", "ڕەبیع", "Al-Rabee"),
    ("الزهور", "زوهوور", "Al-Zuhoor"),
    ("الياسمين", "یاسەمین", "Al-Yasmin"),
    ("النخيل", "نەخیل", "Al-Nakheel"),
    ("البساتين", "بەساتین", "Al-Basateen"),
    ("الكرامة", "کەرامە", "Al-Karama"),
    ("الوفاء", "وەفا", "Al-Wafa"),
    ("التسامح", "تەسامح", "Al-Tasamuh"),
    ("المعرفة", "مەعریفە", "Al-Marifa"),
    ("الحكمة", "حیکمە", "Al-Hikma"),
    ("العلوم", "علووم", "Al-Uloom"),
    ("المستقبل", "موستەقبەل", "Al-Mustaqbal"),
    ("الشروق", "شرووق", "Al-Shurooq"),
    ("المتنبي", "موتەنەبی", "Al-Mutanabbi"),
    ("الجواهري", "جەواهیری", "Al-Jawahiri"),
    ("السياب", "سەیاب", "Al-Sayyab"),
    ("نازك الملائكة", "نازک مەلائیکە", "Nazik Al-Malaika"),
    ("الرصافي", "ڕوسافی", "Al-Rusafi"),
    ("ابن سينا", "ئیبن سینا", "Ibn Sina"),
    ("ابن الهيثم", "ئیبن هەیسەم", "Ibn Al-Haytham"),
    ("الكندي", "کیندی", "Al-Kindi"),
    ("الفارابي", "فارابی", "Al-Farabi"),
    ("الخوارزمي", "خوارەزمی", "Al-Khwarizmi"),
    ("البيروني", "بیروونی", "Al-Biruni"),
    ("الجاحظ", "جاحیز", "Al-Jahiz"),
    ("الفراهيدي", "فەراهیدی", "Al-Farahidi"),
    ("الخنساء", "خەنسا", "Al-Khansa"),
    ("الواحة", "واحە", "Al-Waha"),
    ("الغدير", "غەدیر", "Al-Ghadeer"),
    ("المنار", "مەنار", "Al-Manar"),
    ("اليرموك", "یەرمووک", "Al-Yarmouk"),
    ("القلم", "قەڵەم", "Al-Qalam"),
)
KURDISH_NAMES = (
    ("ئاشتي", "ئاشتی", "Ashti"),
    ("هيوا", "هیوا", "Hiwa"),
    ("نوروز", "نەورۆز", "Nawroz"),
    ("روناكي", "ڕووناکی", "Runaki"),
    ("زانست", "زانست", "Zanist"),
    ("خبات", "خەبات", "Khabat"),
    ("بهار", "بەهار", "Bahar"),
    ("شيلان", "شیلان", "Shilan"),
    ("كولان", "گوڵان", "Gulan"),
    ("نالي", "نالی", "Nali"),
    ("كوران", "گۆران", "Goran"),
    ("محوي", "مەحوی", "Mahwi"),
    ("أحمدي خاني", "ئەحمەدی خانی", "Ahmadi Khani"),
    ("بيره ميرد", "پیرەمێرد", "Piramerd"),
    ("حاجي قادر", "حاجی قادر", "Haji Qadir"),
    ("زاكروس", "زاگرۆس", "Zagros"),
    ("بيشكوتن", "پێشکەوتن", "Peshkawtin"),
    ("سيروان", "سیروان", "Sirwan"),
    ("هلكورد", "هەڵگورد", "Halgurd"),
    ("شهرزور", "شارەزوور", "Sharazoor"),
    ("برايتي", "برایەتی", "Brayati"),
    ("خوندن", "خوێندن", "Khwendin"),
    ("تيشك", "تیشک", "Tishk"),
    ("هاوكاري", "هاوکاری", "Hawkari"),
)

AR_FORMS = {
    "kindergarten": "روضة {name}",
    "primary": "مدرسة {name} الابتدائية",
    "basic": "مدرسة {name} الأساسية",
    "intermediate": "متوسطة {name}",
    "secondary": "ثانوية {name}",
    "preparatory": "إعدادية {name}",
    "vocational": "إعدادية {name} المهنية",
    "institute": "معهد {name} للفنون الجميلة",
}
CKB_FORMS = {
    "kindergarten": "باخچەی ساوایانی {name}",
    "primary": "قوتابخانەی {name}ی سەرەتایی",
    "basic": "قوتابخانەی {name}ی بنەڕەتی",
    "intermediate": "قوتابخانەی {name}ی ناوەندی",
    "secondary": "دواناوەندیی {name}",
    "preparatory": "ئامادەیی {name}",
    "vocational": "ئامادەیی {name}ی پیشەیی",
    "institute": "پەیمانگای {name}ی هونەرە جوانەکان",
}
EN_FORMS = {
    "kindergarten": "{name} Kindergarten",
    "primary": "{name} Primary School",
    "basic": "{name} Basic School",
    "intermediate": "{name} Intermediate School",
    "secondary": "{name} Secondary School",
    "preparatory": "{name} Preparatory School",
    "vocational": "{name} Vocational School",
    "institute": "{name} Institute of Fine Arts",
}
SEX_WORDS = {
    "boys": ("للبنين", "کوڕان", "for Boys"),
    "girls": ("للبنات", "کچان", "for Girls"),
    "mixed": ("المختلطة", "تێکەڵاو", ""),
}
UNMARKED_LEVELS = {"kindergarten", "institute"}
EVENING_WORDS = ("المسائية", "ئێواران", "(evening)")


@dataclass(frozen=True)
class SchoolName:
    ar: str
    ckb: str
    en: str


class NameGiver:
    """Gives names and remembers which ones a district has used."""

    def __init__(self):
        self._used = Counter()

    def give(
        self, draw: Random, district_code: str, level: str, sex: str, session: str, language: str
    ) -> SchoolName:
        name = draw.choice(KURDISH_NAMES if language in ("ckb", "kmr") else ARABIC_NAMES)
        words = _words(level, sex, session)
        kind = (district_code, level, words, name)
        self._used[kind] += 1
        number = f" {self._used[kind]}" if self._used[kind] > 1 else ""
        return SchoolName(
            _join(AR_FORMS[level].format(name=name[0]), words[0], number, MARK_AR),
            _join(CKB_FORMS[level].format(name=name[1]), words[1], number, MARK_CKB),
            _join(EN_FORMS[level].format(name=name[2]), words[2], number, MARK_EN),
        )


def _words(level: str, sex: str, session: str) -> tuple[str, str, str]:
    sexes = ("", "", "") if level in UNMARKED_LEVELS else SEX_WORDS[sex]
    evenings = EVENING_WORDS if session == "evening" else ("", "", "")
    return tuple(f"{word} {evening}" for word, evening in zip(sexes, evenings, strict=True))


def _join(*parts: str) -> str:
    return " ".join(" ".join(parts).split())
