"""The words that a worksheet adds to those of its form."""

from config.words import Words

WORKSHEET = Words("ورقة عمل للعدّ", "پەڕەی کار بۆ ژماردن", "Worksheet for counting")
SCHOOL = Words("المدرسة", "قوتابخانە", "School")
CODE = Words("الرمز", "کۆد", "Code")
ROUND = Words("الجولة", "خول", "Round")
LAST_YEAR = Words(
    "التلاميذ في العام الماضي (السجل)",
    "قوتابیان لە ساڵی ڕابردوودا (تۆمار)",
    "Pupils last year (registry)",
)
BEFORE = Words("سابقاً", "پێشتر", "Before")
EARLIER = Words(
    "«سابقاً»: ما قدمته المدرسة بتاريخ {date}، للصف نفسه والعمر نفسه.",
    "«پێشتر»: ئەوەی قوتابخانەکە لە {date} پێشکەشی کردووە، بۆ هەمان پۆل و هەمان تەمەن.",
    "“Before”: what the school reported as of {date}, for the same grade and the same age.",
)
NOTE = Words(
    "هذه الورقة للعدّ فقط. أدخل الأعداد في الجهاز ثم احفظ الورقة في المدرسة. الخانات المظللة يحسبها"
    " الجهاز.",
    "ئەم پەڕەیە تەنها بۆ ژماردنە. ژمارەکان لە ئامێرەکەدا بنووسە و پەڕەکە لە قوتابخانە هەڵبگرە. خانە"
    " ڕەنگکراوەکان ئامێرەکە دەیانژمێرێت.",
    "This sheet is for counting only. Type the figures on the tablet, then keep the sheet at the"
    " school. The tablet adds up the shaded boxes.",
)
COPY = Words("نسخة لكل واحد", "بۆ هەر یەکێک وێنەیەک", "one copy for each")
COUNTED_BY = Words("عدّها", "ژمێردراوە لەلایەن", "Counted by")
DATE = Words("التاريخ", "بەروار", "Date")
SIGNATURE = Words("التوقيع", "واژوو", "Signature")
PAGE = Words("صفحة", "لاپەڕە", "Page")
