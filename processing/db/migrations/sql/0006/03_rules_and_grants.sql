ALTER TABLE quality.rule ADD COLUMN asks text NOT NULL DEFAULT 'nobody' CHECK (asks IN ('value', 'reason', 'nobody'));
COMMENT ON COLUMN quality.rule.asks IS 'What the school may answer: a corrected number or a reason, a reason alone, or the school is not asked.';

GRANT SELECT, INSERT, UPDATE ON quality.correction_task, quality.task_issue, quality.task_value, quality.answer,
  quality.answer_value, quality.adjustment, quality.message, quality.told_issue TO emis_worker;
GRANT DELETE ON quality.task_issue, quality.task_value TO emis_worker;
REVOKE UPDATE ON quality.adjustment, quality.answer_value FROM emis_worker;
REVOKE UPDATE ON quality.answer FROM emis_worker;
GRANT UPDATE (task_id, outcome, applied_at) ON quality.answer TO emis_worker;

GRANT SELECT ON quality.correction_task, quality.task_issue, quality.task_value, quality.answer, quality.answer_value,
  quality.adjustment, quality.message, quality.told_issue TO emis_web;
GRANT INSERT ON quality.answer, quality.answer_value TO emis_web;
