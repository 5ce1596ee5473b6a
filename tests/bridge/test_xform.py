"""What is read out of an XForm, and when two are the same."""

import pytest

from bridge.changes import Choice
from bridge.xform import content_hash, media_names, primary_instance, read_choices, with_version
from bridge.xform_model import read_model
from config.errors import OperatorError

FORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>F</h:title><model>
  <itext>
    <translation lang="العربية (ar)" default="true()">
      <text id="y"><value>نعم</value><value form="image">jr://images/yes.png</value></text>
      <text id="n"><value>-</value></text>
    </translation>
    <translation lang="English"><text id="y"><value>yes</value></text></translation>
  </itext>
  <instance><data id="f" version="3"><a/><g><b/></g></data></instance>
  <instance id="list"><root>
    <item><itextId>y</itextId><name>1</name></item>
    <item><itextId>n</itextId><name>0</name></item>
  </root></instance>
  <instance id="schools" src="jr://file-csv/schools.csv"/>
  <instance id="last" src="jr://instance/last-saved"/>
</model></h:head>
<h:body>
  <select1 ref="/data/a"><label>A</label>
    <item><label>One</label><value>1</value></item></select1>
  <group ref="/data/g"><select ref="/data/g/b">
    <itemset nodeset="instance('list')/root/item[name != '']">
      <value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select></group>
</h:body></h:html>"""


def test_choices_have_a_label_for_each_language_that_has_words():
    assert read_choices(FORM) == (
        Choice("/a", "1", "", "One"),
        Choice("/g/b", "1", "ar", "نعم"),
        Choice("/g/b", "1", "English", "yes"),
    )


def test_media_are_files_and_lists_but_not_the_last_submission():
    assert media_names(FORM) == ("schools.csv", "yes.png")


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("<b/>", "<b>jr://images/map.png</b>", "map.png"),
        ('<select ref="/data/g/b">',
         """<select ref="/data/g/b" appearance="quick search('rooms')">""", "rooms.csv"),
        ('<select ref="/data/g/b">',
         """<select ref="/data/g/b" appearance="search ('rooms.csv')">""", "rooms.csv"),
        ("<h:body>", """<h:body><input ref="/data/c" query="instance('d')/root/item"/>""",
         "itemsets.csv"),
    ],
)  # fmt: skip
def test_media_are_also_what_central_expects_for_older_ways_of_asking(before, after, name):
    assert before in FORM
    assert media_names(FORM.replace(before, after)) == ("schools.csv", "yes.png", name)


def test_comments_in_a_form_are_no_part_of_it():
    told = FORM.replace("<name>1</name>", "<!-- one --><name>1</name>")
    told = told.replace("<value>نعم</value>", "<value>نعم<!-- yes --></value>")
    assert read_model(told).lists == read_model(FORM).lists


def test_the_version_alone_does_not_make_another_form():
    other = with_version(FORM, "4")
    assert primary_instance(other).get("version") == "4"
    assert primary_instance(FORM).get("version") == "3"
    assert content_hash(other) == content_hash(FORM)
    assert content_hash(FORM.replace("One", "Won")) != content_hash(FORM)


def test_the_key_of_managed_encryption_does_not_make_another_form():
    encrypted = FORM.replace("</model>", '<submission base64RsaPublicKey="abc"/></model>')
    assert content_hash(encrypted) == content_hash(FORM)
    editable = FORM.replace("</model>", '<submission client="true"/></model>')
    assert content_hash(editable) != content_hash(FORM)


@pytest.mark.parametrize("source", ["", "<html/>", "not xml"])
def test_what_is_no_form_is_refused(source):
    with pytest.raises(OperatorError) as error:
        primary_instance(source)
    assert error.value.code == "form-invalid"


def test_entities_of_the_machine_are_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("treasure")
    source = FORM.replace(
        '<?xml version="1.0"?>', f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    ).replace(">One<", ">&e;<")
    assert "treasure" not in str(read_choices(source))
