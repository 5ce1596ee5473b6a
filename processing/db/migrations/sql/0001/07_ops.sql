CREATE TABLE ops.sync_state (
  form_key integer PRIMARY KEY REFERENCES raw.form,
  state jsonb NOT NULL DEFAULT '{}',
  probed_at timestamptz,
  changed_at timestamptz,
  row_count bigint NOT NULL DEFAULT 0,
  reconciled_at timestamptz,
  central_count bigint,
  mirror_count bigint,
  difference_count bigint
);
COMMENT ON COLUMN ops.sync_state.state IS 'What the bridge needs to know to go on from here: ETags, watermark, schema key. Written with the rows it speaks of.';

CREATE TABLE ops.due (
  mark_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stage text NOT NULL,
  form_id text NOT NULL DEFAULT '',
  school_code text NOT NULL DEFAULT '',
  period text NOT NULL DEFAULT '',
  since timestamptz NOT NULL,
  not_before timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  reason text,
  is_held boolean NOT NULL DEFAULT false
);
CREATE INDEX due_next ON ops.due (stage, not_before);
CREATE INDEX due_slice ON ops.due (stage, form_id, school_code, period, mark_id);
COMMENT ON TABLE ops.due IS 'Work that is due: a stage and a slice. Taken with FOR UPDATE SKIP LOCKED, removed in the transaction that does the work. A slice that changes while it is worked on has a second mark.';
COMMENT ON COLUMN ops.due.is_held IS 'True only inside the transaction that works on it: nobody else ever sees it.';
COMMENT ON COLUMN ops.due.reason IS 'Why the last attempt failed.';

CREATE TABLE ops.run (
  run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stage text NOT NULL,
  subject text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed', 'lost')),
  reason text,
  slice_count integer NOT NULL DEFAULT 0,
  row_count bigint NOT NULL DEFAULT 0,
  worker text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX run_newest ON ops.run (started_at DESC);
CREATE INDEX run_running ON ops.run (run_id) WHERE state = 'running';
COMMENT ON TABLE ops.run IS 'Every run of a stage. The state says what became of it, the reason is for people.';

CREATE TABLE ops.schedule (
  task text PRIMARY KEY,
  last_started_at timestamptz,
  last_finished_at timestamptz,
  next_due_at timestamptz NOT NULL,
  reason text
);
COMMENT ON TABLE ops.schedule IS 'The timetable''s memory: a task that was missed is caught up, and two schedulers do not double it.';

CREATE TABLE ops.user_account (
  user_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login text NOT NULL UNIQUE CHECK (login = lower(login)),
  full_name text NOT NULL,
  password_hash text NOT NULL,
  role_code text NOT NULL CHECK (role_code IN ('administrator', 'ministry', 'general_directorate', 'department', 'supervisor', 'school_head', 'analyst', 'partner', 'help_desk')),
  scope_code text,
  language text NOT NULL DEFAULT 'ar',
  is_active boolean NOT NULL DEFAULT true,
  session_epoch integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz
);
COMMENT ON COLUMN ops.user_account.scope_code IS 'The directorate or school that the account sees; null for the whole country.';
COMMENT ON COLUMN ops.user_account.session_epoch IS 'Raised to end every session of the account, as when its post is handed over.';

CREATE TABLE ops.audit_trail (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_trail_newest ON ops.audit_trail (at DESC);
COMMENT ON TABLE ops.audit_trail IS 'Who looked at or changed what. Appended to, never edited.';
