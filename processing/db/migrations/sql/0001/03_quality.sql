CREATE TABLE quality.rule (
  rule text PRIMARY KEY,
  form_id text,
  severity text NOT NULL CHECK (severity IN ('blocking', 'error', 'warning', 'review')),
  message_ar text NOT NULL,
  message_ckb text NOT NULL,
  message_en text NOT NULL,
  is_active boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE quality.rule IS 'The catalogue of rules as the program last loaded it. form_id null: applies to any form.';

CREATE TABLE quality.issue (
  issue_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule text NOT NULL REFERENCES quality.rule,
  severity text NOT NULL CHECK (severity IN ('blocking', 'error', 'warning', 'review')),
  form_key integer NOT NULL,
  form_id text NOT NULL,
  instance_id text NOT NULL,
  subject text NOT NULL,
  arguments jsonb NOT NULL DEFAULT '{}',
  school_code text,
  period text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'sent_back', 'resolved', 'waived')),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  resolved_at timestamptz,
  UNIQUE (form_key, instance_id, rule, subject),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
CREATE INDEX issue_slice ON quality.issue (form_id, school_code, period);
CREATE INDEX issue_open ON quality.issue (rule) WHERE state IN ('open', 'sent_back');
CREATE INDEX issue_open_school ON quality.issue (school_code) WHERE state IN ('open', 'sent_back');
COMMENT ON TABLE quality.issue IS 'Something wrong in the data of one submission. Never deleted; it changes its state.';
COMMENT ON COLUMN quality.issue.subject IS 'The field or row that the issue is about, as a path of the form.';
COMMENT ON COLUMN quality.issue.arguments IS 'What the message''s placeholders stand for.';

CREATE TABLE quality.issue_event (
  issue_id bigint NOT NULL REFERENCES quality.issue,
  at timestamptz NOT NULL,
  from_state text,
  to_state text NOT NULL,
  actor text NOT NULL,
  reason text,
  PRIMARY KEY (issue_id, at, to_state)
);
COMMENT ON TABLE quality.issue_event IS 'Every change of an issue''s state: who, when, why.';
