GRANT USAGE ON SCHEMA raw, survey, survey_v, quality, emis, stats, ops TO emis_worker, emis_web;
GRANT CREATE ON SCHEMA survey, survey_v TO emis_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA emis, stats TO emis_worker;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA raw, quality TO emis_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.sync_state, ops.due, ops.run, ops.schedule, ops.user_account TO emis_worker;
GRANT SELECT, INSERT ON ops.audit_trail TO emis_worker;
REVOKE UPDATE ON raw.submission_version, quality.issue_event FROM emis_worker;
GRANT UPDATE (is_current) ON raw.submission_version TO emis_worker;

GRANT SELECT ON ALL TABLES IN SCHEMA quality, emis, stats TO emis_web;
GRANT SELECT ON ops.sync_state, ops.due, ops.run, ops.schedule, ops.user_account TO emis_web;
GRANT SELECT ON raw.form, raw.form_version, raw.form_field, raw.form_choice TO emis_web;
GRANT SELECT (form_key, instance_id, submission_date, updated_at, deleted_at, purged_at, review_state, edits,
              form_version, status, current_version_id, attachments_present, attachments_expected,
              school_code, period, landed_at, verified_at) ON raw.submission TO emis_web;
GRANT UPDATE (state, resolved_at) ON quality.issue TO emis_web;
GRANT INSERT ON quality.issue_event TO emis_web;
GRANT UPDATE (password_hash, language, last_seen_at, session_epoch) ON ops.user_account TO emis_web;
GRANT INSERT ON ops.due TO emis_web;
GRANT INSERT ON ops.audit_trail TO emis_web;

GRANT USAGE ON SCHEMA emis, stats, survey_v TO emis_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA emis, stats TO emis_reader;

ALTER DEFAULT PRIVILEGES IN SCHEMA emis, stats GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO emis_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA emis, stats GRANT SELECT ON TABLES TO emis_web, emis_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO emis_worker;
GRANT SELECT ON ops.migration TO emis_worker, emis_web, emis_reader;
