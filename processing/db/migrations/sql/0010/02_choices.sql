ALTER TABLE raw.form_choice ADD COLUMN is_current boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN raw.form_choice.is_current IS 'Does the version published last offer it?';
COMMENT ON COLUMN ops.form_event.what IS 'form-added, version-published, state-changed, question-added, question-removed, question-retyped, choices-added or choices-removed. A question that is renamed or moved is removed and added.';
COMMENT ON COLUMN ops.form_event.before IS 'The old version, state or kind; the codes of choices that are not offered any more.';
