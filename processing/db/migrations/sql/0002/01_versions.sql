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
