-- Columns that many tables share say the same everywhere.
DO $$
DECLARE item record;
BEGIN
  FOR item IN
    SELECT c.relname, a.attname, w.words
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'emis'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN (VALUES
      ('school_code', 'The school in emis.school_history.'),
      ('school_year', 'The year in which the school year begins.'),
      ('period', 'The round in emis.round that was answered.'),
      ('grade', 'Code list grade: -1 and 0 for kindergarten, 1 to 12, 13 and 14 for institutes.'),
      ('sex_code', 'female or male.'),
      ('pupil_count', 'Pupils.'),
      ('post_code', 'Code list staff_job: the post, as in the order of appointment.'),
      ('work_code', 'Code list staff_job: what is done in truth.'),
      ('attachment_code', 'Code list staff_attachment.'),
      ('contract_code', 'Code list contract_kind.'),
      ('qualification_code', 'Code list qualification: the highest certificate.'),
      ('institution_code', 'Code list institution_kind: what gave it.'),
      ('has_pedagogical_training', 'Has the person pedagogical training?'),
      ('weekly_period_count', 'Periods a week at this school.'),
      ('form_key', 'With instance_id, the submission in raw.submission that says so.'),
      ('instance_id', 'The submission in raw.submission that says so.')
    ) w (attname, words) ON w.attname = a.attname
    WHERE c.relkind IN ('r', 'v') AND col_description(c.oid, a.attnum) IS NULL
  LOOP
    EXECUTE format('COMMENT ON COLUMN emis.%I.%I IS %L', item.relname, item.attname, item.words);
  END LOOP;
END $$;
