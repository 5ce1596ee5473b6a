CREATE TABLE quality.school_update (
  update_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  version_id text NOT NULL,
  school_code text NOT NULL,
  kinds text[] NOT NULL,
  effective_date date,
  answers jsonb NOT NULL,
  sent_by text NOT NULL,
  photo_name text,
  received_at timestamptz NOT NULL,
  UNIQUE (form_key, instance_id, version_id),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
CREATE INDEX school_update_school ON quality.school_update (school_code);
COMMENT ON TABLE quality.school_update IS 'What schools report of themselves: one row a version of a submission of the form school_update. A proposal, never deleted.';
COMMENT ON COLUMN quality.school_update.update_id IS 'What officers name it by.';
COMMENT ON COLUMN quality.school_update.school_code IS 'The school, or the code that a new school was given; the registry need not know it.';
COMMENT ON COLUMN quality.school_update.kinds IS 'Code list school_change.';
COMMENT ON COLUMN quality.school_update.effective_date IS 'Since what day it is so, as the school says.';
COMMENT ON COLUMN quality.school_update.answers IS 'What was answered, by column of survey.school_update.';
COMMENT ON COLUMN quality.school_update.sent_by IS 'Who signs the form.';
COMMENT ON COLUMN quality.school_update.photo_name IS 'The photo of the order, as raw.attachment names it.';
COMMENT ON COLUMN quality.school_update.received_at IS 'When Central received the submission (UTC).';

CREATE TABLE quality.update_decision (
  decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  update_id bigint NOT NULL REFERENCES quality.school_update,
  decision text NOT NULL CHECK (decision IN ('approved', 'refused')),
  source text NOT NULL CHECK (source IN ('page', 'command', 'central')),
  name text NOT NULL CHECK (name <> ''),
  reason text NOT NULL DEFAULT '',
  given jsonb NOT NULL DEFAULT '{}',
  decided_at timestamptz NOT NULL,
  outcome text CHECK (outcome IN ('applied', 'refused', 'overtaken', 'impossible')),
  fault text,
  was jsonb,
  became jsonb,
  ended_at timestamptz,
  CHECK (decision = 'approved' OR reason <> '' OR source = 'central'),
  CHECK ((outcome IS NULL) = (ended_at IS NULL)),
  CHECK ((outcome = 'impossible') = (fault IS NOT NULL) OR outcome IS NULL)
);
CREATE UNIQUE INDEX update_decision_one ON quality.update_decision (update_id)
  WHERE outcome IS NULL OR outcome IN ('applied', 'refused');
CREATE INDEX update_decision_new ON quality.update_decision (decision_id) WHERE outcome IS NULL;
COMMENT ON TABLE quality.update_decision IS 'What officers answered to a school update. An entry, applied once; was and became say what it changed in the registry.';
COMMENT ON INDEX quality.update_decision_one IS 'Two officers at once: one of them decides.';
COMMENT ON COLUMN quality.update_decision.source IS 'Where it was decided: on a page, with the command, or as a review state at Central.';
COMMENT ON COLUMN quality.update_decision.name IS 'Who decided.';
COMMENT ON COLUMN quality.update_decision.given IS 'What the registry needs and the form does not ask, by column of emis.school.';
COMMENT ON COLUMN quality.update_decision.outcome IS 'Null: not applied yet, or its day has not come. overtaken: another version came first. impossible: see fault; the update is open again.';
COMMENT ON COLUMN quality.update_decision.fault IS 'Why it could not be applied, as a code.';
COMMENT ON COLUMN quality.update_decision.was IS 'What the registry held before, of what changed.';
COMMENT ON COLUMN quality.update_decision.became IS 'What it holds instead.';

CREATE VIEW quality.school_update_photo AS
SELECT u.update_id, a.sha256, a.media_type
FROM quality.school_update u JOIN raw.attachment a USING (form_key, instance_id, version_id)
WHERE a.name = u.photo_name AND a.sha256 IS NOT NULL;
COMMENT ON VIEW quality.school_update_photo IS 'Where the photo of an order lies in the attachment store.';

ALTER TABLE quality.message ADD COLUMN about text NOT NULL DEFAULT 'issues' CHECK (about IN ('issues', 'update'));
COMMENT ON COLUMN quality.message.about IS 'issues: what is doubted about a return; update: what became of a school update.';
