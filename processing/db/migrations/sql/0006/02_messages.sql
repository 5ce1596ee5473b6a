CREATE TABLE quality.message (
  message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('review', 'comment')),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  body text NOT NULL,
  made_at timestamptz NOT NULL,
  outcome text CHECK (outcome IN ('sent', 'there_already', 'overtaken', 'gone')),
  ended_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL,
  reason text,
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission,
  CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX message_waiting ON quality.message (not_before, message_id) WHERE outcome IS NULL;
CREATE INDEX message_submission ON quality.message (form_key, instance_id, version_id);
COMMENT ON TABLE quality.message IS 'What is to be said about a submission at Central, and what became of it.';
COMMENT ON COLUMN quality.message.body IS 'The comment; or the review state, empty for "received".';
COMMENT ON COLUMN quality.message.outcome IS 'Null: not sent yet. there_already: Central had it. overtaken: a person or a new version came first. gone: Central no longer has the submission.';
COMMENT ON COLUMN quality.message.reason IS 'Why the last attempt failed.';

CREATE TABLE quality.told_issue (
  issue_id bigint NOT NULL REFERENCES quality.issue,
  version_id text NOT NULL,
  message_id bigint NOT NULL REFERENCES quality.message,
  PRIMARY KEY (issue_id, version_id)
);
COMMENT ON TABLE quality.told_issue IS 'Which issue was told in which comment: once a version of the submission.';
