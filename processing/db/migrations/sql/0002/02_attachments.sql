ALTER TABLE raw.attachment ADD COLUMN version_id text;
UPDATE raw.attachment a SET version_id = s.current_version_id
FROM raw.submission s WHERE (s.form_key, s.instance_id) = (a.form_key, a.instance_id);
ALTER TABLE raw.attachment
  DROP CONSTRAINT attachment_pkey,
  ADD PRIMARY KEY (form_key, instance_id, version_id, name),
  ADD COLUMN is_listed boolean NOT NULL DEFAULT true,
  ADD COLUMN sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  ADD COLUMN media_type text,
  ADD COLUMN checked_at timestamptz,
  ADD COLUMN next_at timestamptz,
  ADD COLUMN attempts integer NOT NULL DEFAULT 0,
  ADD COLUMN is_refused boolean NOT NULL DEFAULT false,
  ADD COLUMN reason text;
CREATE INDEX attachment_next ON raw.attachment (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX attachment_content ON raw.attachment (sha256);
COMMENT ON TABLE raw.attachment IS 'Files that a version of a submission names; their content lies in the attachment store by its SHA-256.';
COMMENT ON COLUMN raw.attachment.version_id IS 'The version that names the file: a name can mean another file after an edit.';
COMMENT ON COLUMN raw.attachment.is_present IS 'Central has the file.';
COMMENT ON COLUMN raw.attachment.is_listed IS 'The version still names the file; false: it did once.';
COMMENT ON COLUMN raw.attachment.md5 IS 'As Central''s ETag says: what the next look is compared with.';
COMMENT ON COLUMN raw.attachment.sha256 IS 'The content''s place in the attachment store; null: not here yet.';
COMMENT ON COLUMN raw.attachment.checked_at IS 'When Central was last asked whether the file is still the same.';
COMMENT ON COLUMN raw.attachment.next_at IS 'When the file is fetched or asked after next; null: nothing to do.';
COMMENT ON COLUMN raw.attachment.attempts IS 'Failures in a row.';
COMMENT ON COLUMN raw.attachment.is_refused IS 'Central cannot serve the file: it is not asked for again until it is replaced or somebody orders it.';
COMMENT ON COLUMN raw.attachment.reason IS 'Why the last attempt failed, for people.';

CREATE TABLE raw.attachment_past (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  name text NOT NULL,
  sha256 text NOT NULL,
  md5 text,
  byte_count bigint NOT NULL,
  fetched_at timestamptz NOT NULL,
  replaced_at timestamptz NOT NULL,
  PRIMARY KEY (form_key, instance_id, version_id, name, sha256),
  FOREIGN KEY (form_key, instance_id, version_id, name) REFERENCES raw.attachment
);
COMMENT ON TABLE raw.attachment_past IS 'What a file was before it was replaced at Central; the content stays in the store.';

CREATE TABLE ops.attachment_list (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  present integer NOT NULL,
  expected integer NOT NULL,
  listed_at timestamptz NOT NULL,
  is_due boolean NOT NULL DEFAULT false,
  reason text,
  PRIMARY KEY (form_key, instance_id),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
COMMENT ON TABLE ops.attachment_list IS 'The last list of a submission''s files that was read. Where version or counts differ from raw.submission, it is read again.';
COMMENT ON COLUMN ops.attachment_list.is_due IS 'To be read again whatever the counts say: a replaced file changes none.';
COMMENT ON COLUMN ops.attachment_list.reason IS 'Why the list could not be read, for people.';
CREATE INDEX submission_with_files ON raw.submission (form_key, instance_id)
WHERE attachments_expected > 0 OR attachments_present > 0 OR edits > 0;

CREATE TABLE ops.late_row (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  since timestamptz NOT NULL,
  next_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  PRIMARY KEY (form_key, instance_id),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
CREATE INDEX submission_late ON raw.submission (form_key, instance_id)
WHERE attachments_present < attachments_expected OR status = 'missingEncryptedFormData';
CREATE INDEX late_row_next ON ops.late_row (next_at);
COMMENT ON TABLE ops.late_row IS 'Submissions that wait for files or for their encrypted part. Central gives no signal when those arrive: they are read by id, after a minute at first, after a day at last.';
