CREATE TABLE quality.correction_task (
  task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_code text NOT NULL,
  form_key integer NOT NULL,
  form_id text NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  screen text NOT NULL,
  row_position integer NOT NULL DEFAULT 0,
  school_code text NOT NULL,
  period text NOT NULL DEFAULT '',
  severity text NOT NULL CHECK (severity IN ('blocking', 'error', 'warning', 'review')),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'open', 'closed')),
  opening integer NOT NULL DEFAULT 0,
  listed_code text,
  first_seen_at timestamptz NOT NULL,
  opened_at timestamptz,
  due_on date,
  closed_at timestamptz,
  closed_how text CHECK (closed_how IN ('answered', 'settled', 'overtaken')),
  UNIQUE (form_key, instance_id, version_id, screen, row_position),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission,
  CHECK ((state = 'open') <= (due_on IS NOT NULL)),
  CHECK ((state = 'closed') = (closed_how IS NOT NULL))
);
CREATE INDEX correction_task_school ON quality.correction_task (school_code) WHERE state <> 'closed';
CREATE INDEX correction_task_code ON quality.correction_task (task_code);
CREATE INDEX correction_task_listed ON quality.correction_task (task_id) WHERE listed_code IS NOT NULL;
CREATE INDEX correction_task_unlisted ON quality.correction_task (task_id) WHERE state = 'open' AND listed_code IS NULL;
COMMENT ON TABLE quality.correction_task IS 'What a school is asked about one screen of one return, in one version. Never deleted.';
COMMENT ON COLUMN quality.correction_task.task_code IS 'Derived from the place; with the opening it is the code of the entity on the tablet.';
COMMENT ON COLUMN quality.correction_task.screen IS 'The group of questions, as a path of the form without positions.';
COMMENT ON COLUMN quality.correction_task.row_position IS 'The row of the repeat, from 1; 0 outside of one.';
COMMENT ON COLUMN quality.correction_task.state IS 'waiting: the school has enough to do; open: on the tablet; closed: see closed_how.';
COMMENT ON COLUMN quality.correction_task.opening IS 'How often it was opened: an entity that was deleted at Central never comes back under its id.';
COMMENT ON COLUMN quality.correction_task.listed_code IS 'The code of the entity that Central holds for it; null: none.';
COMMENT ON COLUMN quality.correction_task.closed_how IS 'answered, settled (its issues are closed otherwise), overtaken (a new version, or the return is withdrawn).';

CREATE TABLE quality.task_issue (
  task_id bigint NOT NULL REFERENCES quality.correction_task,
  issue_id bigint NOT NULL REFERENCES quality.issue,
  since_opening integer NOT NULL,
  PRIMARY KEY (task_id, issue_id)
);
CREATE INDEX task_issue_issue ON quality.task_issue (issue_id);
COMMENT ON TABLE quality.task_issue IS 'The issues that a task asks about.';
COMMENT ON COLUMN quality.task_issue.since_opening IS 'From which opening of the task on it is asked: an answer to an earlier one does not speak of it.';

CREATE TABLE quality.task_value (
  task_id bigint NOT NULL REFERENCES quality.correction_task,
  position integer NOT NULL CHECK (position BETWEEN 1 AND 10),
  path text NOT NULL,
  table_name text NOT NULL,
  column_name text NOT NULL,
  reported_value numeric,
  value numeric,
  PRIMARY KEY (task_id, position)
);
COMMENT ON TABLE quality.task_value IS 'The numbers of the screen that a task lets the school correct, in the order of the tablet.';
COMMENT ON COLUMN quality.task_value.reported_value IS 'As it stands in survey; null: not answered, or not a number.';
COMMENT ON COLUMN quality.task_value.value IS 'As it counts now: as reported, or as an earlier answer corrected it.';

CREATE TABLE quality.answer (
  answer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text NOT NULL CHECK (source IN ('tablet', 'call')),
  form_key integer,
  instance_id text,
  task_code text NOT NULL,
  school_code text NOT NULL,
  answer text NOT NULL,
  reason text NOT NULL,
  name text NOT NULL,
  spoke_with text,
  called_on date,
  received_at timestamptz NOT NULL,
  task_id bigint REFERENCES quality.correction_task,
  outcome text CHECK (outcome IN ('confirmed', 'corrected', 'empty', 'overtaken', 'unknown')),
  applied_at timestamptz,
  UNIQUE (form_key, instance_id),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission,
  CHECK ((source = 'tablet') = (instance_id IS NOT NULL)),
  CHECK ((source = 'call') = (spoke_with IS NOT NULL AND called_on IS NOT NULL)),
  CHECK ((outcome IS NULL) = (applied_at IS NULL))
);
CREATE INDEX answer_new ON quality.answer (school_code) WHERE outcome IS NULL;
COMMENT ON TABLE quality.answer IS 'Answers to correction tasks: from a tablet, or from an officer after a call. Taken once, never deleted.';
COMMENT ON COLUMN quality.answer.name IS 'Who answers: the head, or the officer who called.';
COMMENT ON COLUMN quality.answer.spoke_with IS 'With whom the officer spoke.';
COMMENT ON COLUMN quality.answer.outcome IS 'What became of it; null: not looked at yet. unknown: no such task of this school. overtaken: the task was closed before. empty: neither a number nor a reason.';

CREATE TABLE quality.answer_value (
  answer_id bigint NOT NULL REFERENCES quality.answer,
  position integer NOT NULL CHECK (position BETWEEN 1 AND 10),
  value numeric NOT NULL CHECK (value >= 0),
  PRIMARY KEY (answer_id, position)
);
COMMENT ON TABLE quality.answer_value IS 'The numbers that an answer corrects; a number that is not here stays as it is.';

CREATE TABLE quality.adjustment (
  adjustment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  path text NOT NULL,
  row_position integer NOT NULL DEFAULT 0,
  table_name text NOT NULL,
  column_name text NOT NULL,
  reported_value numeric,
  value numeric NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  name text NOT NULL CHECK (name <> ''),
  answer_id bigint NOT NULL REFERENCES quality.answer,
  adjusted_at timestamptz NOT NULL,
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
CREATE INDEX adjustment_submission ON quality.adjustment (form_key, instance_id);
COMMENT ON TABLE quality.adjustment IS 'A number that counts instead of the reported one, with who said so, why and when. Entries are added, never changed: the newest counts, and only while the submission still reports the value that it replaces.';
