CREATE INDEX submission_latest ON raw.submission
  (form_key, (greatest(submission_date, updated_at, deleted_at))) WHERE purged_at IS NULL;
COMMENT ON INDEX raw.submission_latest IS 'For the sync: which submissions lie before and after its watermark.';
