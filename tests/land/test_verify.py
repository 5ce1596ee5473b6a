"""Verification: the XML is the truth, whatever the feed has shown."""

import pytest

from processing.land import land_changes, save_fetched, verify_rows
from tests.land.factories import NOW, pull, row, schema, xml
from tests.land.test_land import SMALL, full_row


class TestVerifying:
    """The XML is the truth."""

    BODY = "<name>n</name><age>{age}</age>"

    def land(self, connection, **answers):
        report = land_changes(
            connection, pull(row("uuid:1", **answers), of=schema("/name string\n/age int")), NOW
        )
        return report.form_key

    def test_rows_that_agree_are_marked_verified(self, connection, rows_of):
        form_key = self.land(connection, name="n", age=9)
        save_fetched(connection, form_key, [xml("uuid:1", self.BODY.format(age=9))], NOW)
        report = verify_rows(connection, form_key, NOW)
        assert (report.verified, report.set_right) == (1, 0)
        assert rows_of("SELECT _is_verified FROM survey.small") == [(True,)]

    def test_what_the_feed_rounds_is_set_right(self, connection, rows_of):
        form_key = self.land(connection, name="n", age=9007199254740992)
        body = self.BODY.format(age=9007199254740993)
        save_fetched(connection, form_key, [xml("uuid:1", body)], NOW)
        assert verify_rows(connection, form_key, NOW).set_right == 1
        assert rows_of("SELECT age FROM survey.small") == [(9007199254740993,)]

    def test_an_answer_that_cannot_be_typed_becomes_an_issue_that_quotes_it(
        self, connection, rows_of
    ):
        form_key = self.land(connection, name="n", age=None)
        save_fetched(connection, form_key, [xml("uuid:1", self.BODY.format(age="nine"))], NOW)
        verify_rows(connection, form_key, NOW)
        assert rows_of("SELECT rule, subject, arguments->>'value', state FROM quality.issue") == [
            ("value_fits_its_type", "age", "nine", "open")
        ]

    def test_an_edit_that_mends_the_answer_resolves_the_issue(self, connection, rows_of):
        self.test_an_answer_that_cannot_be_typed_becomes_an_issue_that_quotes_it(
            connection, rows_of
        )
        edited = row("uuid:1", name="n", age=9, edits=1, version_id="uuid:2")
        report = land_changes(connection, pull(edited), NOW)
        later = NOW.replace(hour=10)
        body = self.BODY.format(age=9)
        version = xml("uuid:1", body, version_id="uuid:2", number=2)
        save_fetched(connection, report.form_key, [version], later)
        verify_rows(connection, report.form_key, later)
        assert rows_of("SELECT state FROM quality.issue") == [("resolved",)]
        assert rows_of("SELECT to_state FROM quality.issue_event ORDER BY at") == [
            ("open",),
            ("resolved",),
        ]

    def test_a_review_does_not_undo_what_the_xml_said(self, connection, rows_of):
        form_key = self.land(connection, name="n", age=None)
        save_fetched(connection, form_key, [xml("uuid:1", self.BODY.format(age="٩"))], NOW)
        verify_rows(connection, form_key, NOW)
        assert rows_of("SELECT age FROM survey.small") == [(9,)]
        reviewed = row("uuid:1", name="n", age=None, system_reviewState="approved")
        land_changes(connection, pull(reviewed), NOW)
        found = rows_of("SELECT age, _review_state, _is_verified FROM survey.small")
        assert found == [(9, "approved", True)]

    def test_a_review_opens_no_issue_of_an_answer_that_the_feed_alone_misreads(
        self, connection, rows_of
    ):
        """JSON has no such number: what the feed shows is past the largest that a column holds."""
        shown, true = 9223372036854775808, 9223372036854775807
        form_key = self.land(connection, name="n", age=shown)
        later = NOW.replace(hour=10)
        save_fetched(connection, form_key, [xml("uuid:1", self.BODY.format(age=true))], later)
        verify_rows(connection, form_key, later)
        reviewed = row("uuid:1", name="n", age=shown, system_reviewState="approved")
        land_changes(connection, pull(reviewed), NOW.replace(hour=11))
        assert rows_of("SELECT age, _is_verified FROM survey.small") == [(true, True)]
        assert rows_of("SELECT state FROM quality.issue") == [("resolved",)]

    def test_the_xml_is_kept_byte_for_byte_and_never_changed(self, connection, rows_of):
        form_key = self.land(connection, name="n", age=9)
        version = xml("uuid:1", self.BODY.format(age=9))
        save_fetched(connection, form_key, [version], NOW)
        save_fetched(connection, form_key, [xml("uuid:1", "<other/>")], NOW)
        [(kept, digest)] = rows_of(
            "SELECT xml, xml_sha256 = sha256(xml) FROM raw.submission_version"
        )
        assert bytes(kept) == version.xml
        assert digest is True

    @pytest.mark.parametrize("written", ["a\x07b", "a&#7;b"])
    def test_a_control_character_does_not_cost_the_other_answers(
        self, connection, rows_of, written
    ):
        form_key = self.land(connection, name="a\x07b", age=9)
        body = f"<name>{written}</name><age>9</age>"
        save_fetched(connection, form_key, [xml("uuid:1", body)], NOW)
        verify_rows(connection, form_key, NOW)
        assert rows_of("SELECT name, age FROM survey.small") == [("a\x07b", 9)]
        assert rows_of("SELECT count(*) FROM quality.issue") == [(0,)]

    def test_xml_that_nobody_can_parse_keeps_what_the_feed_said(self, connection, rows_of):
        form_key = self.land(connection, name="n", age=9)
        save_fetched(connection, form_key, [xml("uuid:1", "<name>n</nam>")], NOW)
        verify_rows(connection, form_key, NOW)
        assert rows_of("SELECT name, age FROM survey.small") == [("n", 9)]
        assert rows_of("SELECT rule, subject FROM quality.issue") == [("value_fits_its_type", "/")]

    def test_repeats_are_compared_too(self, connection, rows_of):
        changes = pull(full_row(), of=schema(SMALL))
        form_key = land_changes(connection, changes, NOW).form_key
        body = "<kids><kname>a</kname><toys><toy>1</toy></toys></kids><kids><kname>b</kname></kids>"
        save_fetched(connection, form_key, [xml("uuid:1", body)], NOW)
        verify_rows(connection, form_key, NOW)
        assert rows_of("SELECT _position, kname FROM survey.small_kids") == [(1, "a"), (2, "b")]
        assert rows_of("SELECT _parent_row_number, toy FROM survey.small_kids_toys") == [(1, "1")]
