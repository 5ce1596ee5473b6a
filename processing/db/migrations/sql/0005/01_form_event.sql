CREATE TABLE ops.form_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  form_key integer NOT NULL REFERENCES raw.form,
  at timestamptz NOT NULL,
  what text NOT NULL,
  path text NOT NULL DEFAULT '',
  before text,
  after text
);
CREATE INDEX form_event_newest ON ops.form_event (at DESC);
COMMENT ON TABLE ops.form_event IS 'What has changed in a form at Central, as a pull found it; written in the transaction that fits the survey tables to it.';
COMMENT ON COLUMN ops.form_event.what IS 'form-added, version-published, state-changed, question-added, question-removed, question-retyped or choices-added. A question that is renamed or moved is removed and added.';
COMMENT ON COLUMN ops.form_event.path IS 'The question as raw.form_field names it; empty where the whole form is meant.';
COMMENT ON COLUMN ops.form_event.after IS 'The new version, state or kind; the codes of new choices.';
GRANT SELECT, INSERT ON ops.form_event TO emis_worker;
GRANT SELECT ON ops.form_event TO emis_web;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO emis_worker;
