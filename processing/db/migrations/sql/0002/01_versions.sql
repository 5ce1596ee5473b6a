-- Which version is the current one is known when the row lands, before its XML is fetched.
CREATE FUNCTION raw.follow_current_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE raw.submission_version SET is_current = (version_id = NEW.current_version_id)
  WHERE form_key = NEW.form_key AND instance_id = NEW.instance_id
    AND is_current <> (version_id = NEW.current_version_id);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION raw.follow_current_version IS 'After an edit has landed, no older version says that it is the current one.';

CREATE TRIGGER submission_edited AFTER UPDATE OF current_version_id ON raw.submission
FOR EACH ROW WHEN (OLD.current_version_id IS DISTINCT FROM NEW.current_version_id)
EXECUTE FUNCTION raw.follow_current_version();

ALTER TABLE raw.form_version ADD COLUMN fields jsonb, ADD COLUMN fetched_at timestamptz;
COMMENT ON COLUMN raw.form_version.fields IS 'The fields of this version as Central lists them: path, name, type, binary, selectMultiple.';
COMMENT ON COLUMN raw.form_version.fetched_at IS 'When the whole of this version was read; null: only what the pull needs.';

CREATE INDEX submission_landed ON raw.submission (form_key, landed_at);

-- An instance id is free again after a purge: what comes under it then is another submission.
CREATE TABLE raw.purged_version (
  form_key integer NOT NULL REFERENCES raw.form,
  instance_id text NOT NULL,
  submission_date timestamptz NOT NULL,
  version_id text NOT NULL,
  version_number integer NOT NULL,
  form_version text,
  xml bytea NOT NULL,
  xml_sha256 bytea NOT NULL,
  version_created_at timestamptz,
  fetched_at timestamptz NOT NULL,
  PRIMARY KEY (form_key, instance_id, submission_date, version_id)
);
COMMENT ON TABLE raw.purged_version IS 'The XML of submissions that Central purged and whose instance id was used again: the new one has versions of its own.';

CREATE FUNCTION raw.set_versions_aside() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  WITH gone AS (
    DELETE FROM raw.submission_version
    WHERE form_key = OLD.form_key AND instance_id = OLD.instance_id RETURNING *
  )
  INSERT INTO raw.purged_version
  SELECT form_key, instance_id, OLD.submission_date, version_id, version_number, form_version, xml,
    xml_sha256, version_created_at, fetched_at FROM gone;
  UPDATE ops.attachment_list SET is_due = true
  WHERE form_key = OLD.form_key AND instance_id = OLD.instance_id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION raw.set_versions_aside IS 'A submission never changes the moment in which it was sent: another moment is another submission.';
REVOKE ALL ON FUNCTION raw.set_versions_aside FROM PUBLIC;

CREATE TRIGGER submission_came_anew AFTER UPDATE OF submission_date ON raw.submission
FOR EACH ROW WHEN (OLD.submission_date <> NEW.submission_date)
EXECUTE FUNCTION raw.set_versions_aside();
