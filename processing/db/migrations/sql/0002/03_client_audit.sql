CREATE TABLE raw.client_audit (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  position integer NOT NULL,
  event text NOT NULL,
  node text,
  field_path text,
  start_at timestamptz,
  end_at timestamptz,
  latitude double precision,
  longitude double precision,
  accuracy_m double precision,
  old_value text,
  new_value text,
  user_name text,
  change_reason text,
  remainder jsonb,
  PRIMARY KEY (form_key, instance_id, version_id, position),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
CREATE INDEX client_audit_field ON raw.client_audit (form_key, field_path);
COMMENT ON TABLE raw.client_audit IS 'The log that Collect keeps while a form is filled (audit.csv), a row an event, in its order.';
COMMENT ON COLUMN raw.client_audit.node IS 'The question as Collect names it: /data/grades[2]/girls.';
COMMENT ON COLUMN raw.client_audit.field_path IS 'The same as raw.form_field names it: /grades/girls; null for events of no question.';
COMMENT ON COLUMN raw.client_audit.start_at IS 'By the tablet''s clock; null where the log holds no readable time.';
COMMENT ON COLUMN raw.client_audit.accuracy_m IS 'Metres, as the tablet estimates.';
COMMENT ON COLUMN raw.client_audit.remainder IS 'Columns that this program does not know, and values that do not fit theirs, as they stand.';

CREATE VIEW survey_v.client_audit AS
SELECT form.form_id, a.form_key, a.instance_id, a.version_id, a.position, a.event, a.field_path,
  a.start_at, a.end_at, a.latitude, a.longitude, a.accuracy_m,
  CASE WHEN a.old_value IS NULL THEN NULL WHEN is_open.path IS NULL THEN '•••' ELSE a.old_value END AS old_value,
  CASE WHEN a.new_value IS NULL THEN NULL WHEN is_open.path IS NULL THEN '•••' ELSE a.new_value END AS new_value,
  CASE WHEN a.user_name IS NOT NULL THEN '•••' END AS user_name,
  CASE WHEN a.change_reason IS NOT NULL THEN '•••' END AS change_reason
FROM raw.client_audit a
  JOIN raw.form USING (form_key)
  JOIN raw.submission s ON s.form_key = a.form_key AND s.instance_id = a.instance_id
    AND s.deleted_at IS NULL AND s.purged_at IS NULL
  LEFT JOIN raw.form_field is_open ON is_open.form_key = a.form_key AND is_open.path = a.field_path
    AND NOT is_open.is_personal;
COMMENT ON VIEW survey_v.client_audit IS 'For readers: values of personal questions, the person''s name and the reason that a person wrote are masked; so is a value of a question that the catalogue does not know.';
