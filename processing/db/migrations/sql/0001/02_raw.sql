CREATE TABLE raw.form (
  form_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  central text NOT NULL,
  project integer NOT NULL,
  form_id text NOT NULL,
  form_created_at timestamptz NOT NULL,
  name text,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closing', 'closed', 'gone')),
  current_version text,
  schema_hash text,
  first_seen_at timestamptz NOT NULL,
  UNIQUE (central, project, form_id, form_created_at)
);
COMMENT ON TABLE raw.form IS 'A form of a Central. A form id can be used again after a deletion: the moment of creation is part of the key.';
COMMENT ON COLUMN raw.form.schema_hash IS 'Hash of the published form definition that survey tables were last planned from.';

CREATE TABLE raw.form_version (
  form_key integer NOT NULL REFERENCES raw.form,
  version text NOT NULL,
  hash text,
  published_at timestamptz,
  xform text NOT NULL,
  PRIMARY KEY (form_key, version)
);
COMMENT ON TABLE raw.form_version IS 'Each published version with its XForm, as received.';

CREATE TABLE raw.form_field (
  form_key integer NOT NULL REFERENCES raw.form,
  path text NOT NULL,
  position integer NOT NULL,
  kind text NOT NULL,
  is_binary boolean NOT NULL DEFAULT false,
  is_select_multiple boolean NOT NULL DEFAULT false,
  is_personal boolean NOT NULL DEFAULT false,
  is_current boolean NOT NULL DEFAULT true,
  table_name text NOT NULL,
  column_names text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (form_key, path)
);
COMMENT ON TABLE raw.form_field IS 'Where each field of a form lies in survey. A row is never removed; columns only widen.';
COMMENT ON COLUMN raw.form_field.kind IS 'int, decimal, date, time, dateTime, string, geopoint, geotrace, geoshape, binary, structure or repeat.';
COMMENT ON COLUMN raw.form_field.column_names IS 'One column, or four for a geopoint.';

CREATE TABLE raw.form_choice (
  form_key integer NOT NULL REFERENCES raw.form,
  path text NOT NULL,
  code text NOT NULL,
  language text NOT NULL,
  label text NOT NULL,
  PRIMARY KEY (form_key, path, code, language)
);
COMMENT ON TABLE raw.form_choice IS 'Label of each choice of a select question, by language. A choice that a later version drops stays.';

CREATE TABLE raw.submission (
  form_key integer NOT NULL REFERENCES raw.form,
  instance_id text NOT NULL,
  odata text NOT NULL,
  odata_sha256 bytea NOT NULL,
  submission_date timestamptz NOT NULL,
  updated_at timestamptz,
  deleted_at timestamptz,
  purged_at timestamptz,
  review_state text,
  submitter_id integer,
  submitter_name text,
  device_id text,
  edits integer NOT NULL DEFAULT 0,
  form_version text,
  status text,
  current_version_id text NOT NULL,
  attachments_present integer NOT NULL DEFAULT 0,
  attachments_expected integer NOT NULL DEFAULT 0,
  school_code text,
  period text NOT NULL DEFAULT '',
  landed_at timestamptz NOT NULL,
  verified_at timestamptz,
  PRIMARY KEY (form_key, instance_id)
);
CREATE INDEX submission_slice ON raw.submission (form_key, school_code, period);
CREATE INDEX submission_unverified ON raw.submission (form_key, instance_id) WHERE verified_at IS NULL;
CREATE INDEX submission_newest ON raw.submission (submission_date DESC);
COMMENT ON TABLE raw.submission IS 'The latest rendering of each submission by Central''s OData feed, with its system fields. Deleted and purged ones stay as tombstones.';
COMMENT ON COLUMN raw.submission.odata IS 'The JSON object as received.';
COMMENT ON COLUMN raw.submission.school_code IS 'As answered, if the registry knows it; otherwise null: the slice "unassigned".';
COMMENT ON COLUMN raw.submission.period IS 'School year, round or month, as answered; never the tablet''s clock.';
COMMENT ON COLUMN raw.submission.verified_at IS 'When the typed row was last checked against the XML of the current version; null: not yet.';

CREATE TABLE raw.submission_version (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  version_number integer NOT NULL,
  is_current boolean NOT NULL,
  form_version text,
  xml bytea NOT NULL,
  xml_sha256 bytea NOT NULL,
  version_created_at timestamptz,
  fetched_at timestamptz NOT NULL,
  PRIMARY KEY (form_key, instance_id, version_id),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
COMMENT ON TABLE raw.submission_version IS 'The XML of every version of a submission exactly as received: the truth for its values. Immutable but for is_current.';

CREATE TABLE raw.attachment (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  name text NOT NULL,
  is_present boolean NOT NULL,
  md5 text,
  byte_count bigint,
  fetched_at timestamptz,
  PRIMARY KEY (form_key, instance_id, name),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
COMMENT ON TABLE raw.attachment IS 'Files that a submission names; their content lies in the attachment store by its MD5.';
