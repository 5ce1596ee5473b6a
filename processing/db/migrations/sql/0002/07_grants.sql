GRANT SELECT ON raw.purged_version TO emis_worker;
GRANT EXECUTE ON FUNCTION raw.set_versions_aside TO emis_worker;
GRANT SELECT, INSERT, UPDATE ON raw.attachment_past, raw.client_audit, raw.actor, raw.form_submitter,
  raw.comment, raw.entity_list, raw.entity, raw.entity_version TO emis_worker;
GRANT DELETE ON raw.client_audit TO emis_worker;
REVOKE UPDATE ON raw.attachment_past FROM emis_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA raw, ops TO emis_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.attachment_list, ops.late_row, ops.comment_look, ops.pull,
  ops.sync_total TO emis_worker;
GRANT SELECT ON ops.pull, ops.sync_total, ops.late_row TO emis_web;
GRANT SELECT (form_key, instance_id, version_id, is_present, is_listed, byte_count, sha256, fetched_at,
              checked_at, next_at, attempts, is_refused, reason) ON raw.attachment TO emis_web;
GRANT SELECT (list_key, central, project, name, is_gone, row_count, probed_at, changed_at)
  ON raw.entity_list TO emis_web;
GRANT SELECT ON survey_v.client_audit TO emis_worker, emis_web, emis_reader;
