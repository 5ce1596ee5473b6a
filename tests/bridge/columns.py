"""Every column, parameter and type that pyxform knows, with two values of each.

The tables are what `emis forms diff` must have a name for (test_authoring_columns).
"""


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


# type | column | before | after | the column that the change names, where it is another
SURVEY = table("""
text    | label                | Q            | Question     |
text    | label::English (en)  | Q            | Question     | label
text    | caption              | Q            | Question     | label
text    | hint                 | In years     | In months    |
text    | hint                 |              | In months    |
text    | guidance_hint        | For staff    | For heads    |
integer | required             | yes          |              |
integer | required             | yes          | ${other} > 1 |
integer | required_message     | Write it.    | Write.       |
integer | requiredmsg          | Write it.    | Write.       | required_message
integer | relevant             | ${other} > 1 | ${other} > 2 |
integer | relevance            | ${other} > 1 | ${other} > 2 | relevant
integer | constraint           | . > 1        | . > 2        |
integer | constraint_message   | Too little   | Too few      |
integer | constraining_message | Too little   | Too few      | constraint_message
integer | no_app_error_string  | A            | B            |
integer | noapperrorstring     | A            | B            | no_app_error_string
text    | appearance           | multiline    | numbers      |
text    | default              | x            | y            |
date    | default              | today()      | now()        |
image   | default              | a.png        | b.png        |
text    | read_only            |              | yes          |
text    | readonly             |              | yes          | read_only
calculate | calculation        | 1 + 1        | 1 + 2        |
calculate | calculate          | 1 + 1        | 1 + 2        | calculation
calculate | trigger            | ${other}     | ${second}    |
calculate | trigger            | ${other}     | ${other}, ${second} |
text    | trigger              |              | ${other}     |
background-geopoint | trigger  | ${other}     | ${second}    |
select_one d | choice_filter   | near = 1     | near = 2     |
select_one d | choice_filter   | f(near, 1)   |              |
select_one_external d | choice_filter | near = 1 | near = 2  |
text    | query                | d            | n            | type
text    | image                | a.png        | b.png        |
text    | big-image            | a.png        | b.png        |
text    | audio                | a.mp3        | b.mp3        |
text    | video                | a.mp4        | b.mp4        |
text    | media::image         | a.png        |              | image
text    | media::audio::English (en) | a.mp3  | b.mp3        | audio
text    | autoplay             | audio        | video        |
text    | rows                 | 3            | 5            |
text    | save_to              | age          | years        |
text    | bind::odk:length     | 10           | 20           | length
text    | bind::jr:preload     | uid          | context      | type
text    | body::intent         | org.a        | org.b        | intent
text    | instance::odk:tag    | a            | b            | instance::tag
text    | compact_tag          | a            | b            | instance::tag
begin group | label            | G            | Group        |
begin group | image            | a.png        | b.png        |
begin group | relevant         | ${other} > 1 | ${other} > 2 |
begin group | appearance       | field-list   | other        |
begin group | body::intent     | org.a(x=1)   | org.b(x=1)   | intent
begin repeat | label           | G            | Group        |
begin repeat | relevant        | ${other} > 1 | ${other} > 2 |
begin repeat | appearance      | field-list   | minimal      |
begin repeat | repeat_count    | ${other}     | ${second}    |
begin repeat | jr:count        | ${other}     | ${second}    | repeat_count
begin repeat | count           | ${other}     | ${second}    | repeat_count
begin repeat | body::jr:noAddRemove | true()  |              | noAddRemove
""")
# type | parameter | before | after
PARAMETERS_OF_TYPES = table("""
text      | rows                  | 3            | 5
image     | max-pixels            | 640          | 1024
image     | app                   | org.a        | org.b
audio     | quality               | low          | normal
background-audio | quality        | low          | voice-only
audit     | track-changes         | true         | false
audit     | track-changes-reasons | on-form-edit |
audit     | identify-user         | true         | false
audit     | location-priority     | balanced     | low-power
audit     | location-min-interval | 60           | 90
audit     | location-max-age      | 120          | 240
geopoint  | capture-accuracy      | 5            | 9
geopoint  | warning-accuracy      | 50           | 90
geopoint  | allow-mock-accuracy   | true         | false
geotrace  | allow-mock-accuracy   | true         | false
geotrace  | incremental           | true         |
geotrace  | reference-geometry    | n            | m
range     | start                 | 1            | 2
range     | end                   | 10           | 20
range     | step                  | 1            | 2
range     | tick_interval         | 2            | 3
range     | tick_labelset         | n            | m
range     | placeholder           | 1            | 2
select_one d | randomize          | true         | false
select_one d | seed               | 7            | 8
select_one_from_file rooms.csv | randomize | true |
select_one_from_file rooms.csv | value | code  | name
select_one_from_file rooms.csv | label | title | label
""")
OTHERWISE_NAMED = {"app": "intent", "tick_labelset": "type", "reference-geometry": "type"}
PLACES = {
    "location-priority": "balanced", "location-min-interval": "60", "location-max-age": "120"
}  # fmt: skip
# type before | after | words before | after
TYPES = table("""
integer | decimal | whole number | decimal
text | select_one d | text | select one
select_one d | select_multiple d | select one | select multiple
select_one d | select_one n | d | n
select_one_from_file rooms.csv | select_one_from_file halls.csv | rooms | halls
image | audio | picture | sound
audio | video | sound | video
video | file | video | file
deviceid | username | device id | name of the user
start | end | time of the start | time of the end
hidden | deviceid | text | device id
start-geopoint | hidden | place that is taken in silence | text
""")
# column | before | after | the column that the change names, where it is another
CHOICES = table("""
label                | Alif   | Alef   |
label::English (en)  | Alif   | Alef   | label
caption              | Alif   | Alef   | label
image                | a.png  | b.png  |
media::image         | a.png  | b.png  | image
image::English (en)  | a.png  | b.png  | image
big-image            | a.png  | b.png  |
audio                | a.mp3  | b.mp3  |
video                | a.mp4  | b.mp4  |
near                 | 1      | 2      |
near                 |        | 2      |
geometry             | 33 44  | 34 44  |
sms_option           | a      | b      |
""")
SETTINGS = table("""
default_language   | English (en) | العربية (ar) | default_language
instance_name      | 'a'          | 'b'          | calculation
style              | pages        | theme-grid   |
name               | data         | visit        |
public_key         | AAAA         | BBBB         |
submission_url     | https://a.example.org | https://b.example.org |
auto_send          | true         | false        |
auto_delete        | true         | false        |
client_editable    |              | yes          |
instance_id        | uid          | context      | type
attribute::a       | 1            | 2            | attribute::a
prefix             | x            | y            |
delimiter          | x            | y            |
""")
IN_NO_FORM = {
    "survey": {
        # Other names of what is tested, and columns that hold others.
        "type", "name", "command", "tag", "value", "parameters", "media", "control",
        "accuracythreshold", "intent",
        # For people, or for programs of long ago; `disabled` takes the row out.
        "note", "notes", "comment", "comments", "disabled", "sms_field", "sms_option",
        "sms_separator", "sms_allow_media", "sms_date_format", "sms_datetime_format",
        "sms_response",
    },
    "choices": {"list_name", "name"},
    "settings": {
        "form_id", "form_title", "version", "title", "id_string", "namespaces",
        "allow_choice_duplicates", "clean_text_values", "omit_instanceid",
    },
}  # fmt: skip
"""Columns that no table here has: the tests below, and those of the diff, try them otherwise."""
