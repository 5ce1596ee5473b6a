CREATE TABLE ops.entry (
  instance_id text PRIMARY KEY,
  form_key integer NOT NULL REFERENCES raw.form,
  form_version text NOT NULL,
  school_code text NOT NULL,
  period text NOT NULL,
  source_code text NOT NULL CHECK (source_code <> ''),
  given_by text NOT NULL CHECK (given_by <> ''),
  given_on date NOT NULL,
  entered_by text NOT NULL CHECK (entered_by <> ''),
  entered_at timestamptz NOT NULL,
  xml bytea,
  answers_sha256 bytea NOT NULL,
  sent_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL,
  reason text,
  CHECK ((xml IS NULL) = (sent_at IS NOT NULL))
);
CREATE INDEX entry_waiting ON ops.entry (not_before, instance_id) WHERE sent_at IS NULL;
CREATE INDEX entry_school ON ops.entry (school_code, period);
CREATE INDEX entry_newest ON ops.entry (entered_at DESC);
COMMENT ON TABLE ops.entry IS 'Returns that an officer has entered in a browser in a school''s name. Never deleted: with form_key and instance_id they say of a submission who entered it, and from what.';
COMMENT ON COLUMN ops.entry.instance_id IS 'As the form has drawn it in the browser; the submission at Central has the same.';
COMMENT ON COLUMN ops.entry.form_key IS 'The form of raw.form that it was entered into.';
COMMENT ON COLUMN ops.entry.form_version IS 'The version of the form.';
COMMENT ON COLUMN ops.entry.school_code IS 'The school in whose name it was entered.';
COMMENT ON COLUMN ops.entry.period IS 'The round.';
COMMENT ON COLUMN ops.entry.source_code IS 'What it was entered from; code list entry_source.';
COMMENT ON COLUMN ops.entry.given_by IS 'Who signed the sheet, or gave the answers: name and post.';
COMMENT ON COLUMN ops.entry.given_on IS 'The day of the signature, the call or the visit.';
COMMENT ON COLUMN ops.entry.entered_by IS 'Name and login of the account that entered it.';
COMMENT ON COLUMN ops.entry.entered_at IS 'When it was taken from the browser (UTC).';
COMMENT ON COLUMN ops.entry.xml IS 'The submission as the form has made it, until Central has taken it.';
COMMENT ON COLUMN ops.entry.answers_sha256 IS 'SHA-256 of the submission without its end: the same one sent twice is known by it.';
COMMENT ON COLUMN ops.entry.sent_at IS 'When Central had taken it (UTC); null: not yet.';
COMMENT ON COLUMN ops.entry.attempts IS 'How often Central has refused it.';
COMMENT ON COLUMN ops.entry.not_before IS 'When it is to be sent, or tried again (UTC).';
COMMENT ON COLUMN ops.entry.reason IS 'Why Central refused it the last time.';

CREATE TABLE ops.entry_file (
  instance_id text NOT NULL REFERENCES ops.entry,
  kind text NOT NULL CHECK (kind IN ('sheet', 'answer')),
  name text NOT NULL CHECK (name <> ''),
  media_type text NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (instance_id, kind, name)
);
COMMENT ON TABLE ops.entry_file IS 'Files of entries.';
COMMENT ON COLUMN ops.entry_file.instance_id IS 'The entry.';
COMMENT ON COLUMN ops.entry_file.kind IS 'sheet: a photo of the signed sheet, kept. answer: a file of the submission, until Central has taken it.';
COMMENT ON COLUMN ops.entry_file.name IS 'Of an answer as the submission names it; of a sheet its number and kind, 1.jpg.';
COMMENT ON COLUMN ops.entry_file.media_type IS 'Such as image/jpeg.';
COMMENT ON COLUMN ops.entry_file.content IS 'The bytes.';

CREATE VIEW emis.entered_return AS
SELECT e.form_key, e.instance_id, f.form_id, e.school_code, e.period, e.source_code, e.given_on, e.entered_at
FROM ops.entry e JOIN raw.form f USING (form_key);
COMMENT ON VIEW emis.entered_return IS 'Returns that a department has entered in a school''s name, without names of people. A return that is not here came from a tablet.';
COMMENT ON COLUMN emis.entered_return.form_key IS 'With instance_id the return, as in emis.school_return.';
COMMENT ON COLUMN emis.entered_return.instance_id IS 'See form_key.';
COMMENT ON COLUMN emis.entered_return.form_id IS 'The form.';
COMMENT ON COLUMN emis.entered_return.school_code IS 'The school in whose name it was entered.';
COMMENT ON COLUMN emis.entered_return.period IS 'The round.';
COMMENT ON COLUMN emis.entered_return.source_code IS 'What it was entered from; code list entry_source.';
COMMENT ON COLUMN emis.entered_return.given_on IS 'The day of the signature, the call or the visit.';
COMMENT ON COLUMN emis.entered_return.entered_at IS 'When it was entered (UTC).';

-- A form that is opened in a browser gets the rows of its school alone, as a tablet does.
CREATE INDEX entity_of_school ON raw.entity (list_key, (data ->> 'school_code'))
  WHERE deleted_at IS NULL AND gone_at IS NULL;

GRANT SELECT, UPDATE (xml, sent_at, attempts, not_before, reason) ON ops.entry TO emis_worker;
GRANT SELECT, DELETE ON ops.entry_file TO emis_worker;
GRANT INSERT ON ops.entry, ops.entry_file TO emis_web;
GRANT SELECT (instance_id, form_key, form_version, school_code, period, source_code, given_by, given_on, entered_by,
              entered_at, answers_sha256, sent_at, attempts, not_before, reason) ON ops.entry TO emis_web;
GRANT SELECT ON ops.entry_file TO emis_web;
GRANT SELECT (list_key, uuid, version, label, data, deleted_at, gone_at) ON raw.entity TO emis_web;
GRANT SELECT (properties) ON raw.entity_list TO emis_web;
REVOKE INSERT, UPDATE, DELETE ON emis.entered_return FROM emis_worker;
