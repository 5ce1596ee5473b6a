GRANT SELECT, INSERT ON quality.school_update, quality.update_decision TO emis_worker;
GRANT UPDATE (outcome, fault, was, became, ended_at) ON quality.update_decision TO emis_worker;
GRANT SELECT ON quality.school_update_photo TO emis_worker, emis_web;
GRANT SELECT ON quality.school_update, quality.update_decision TO emis_web;
GRANT INSERT ON quality.update_decision TO emis_web;

GRANT SELECT, INSERT ON quality.entity_choice TO emis_worker;
GRANT UPDATE (outcome, fault, ended_at) ON quality.entity_choice TO emis_worker;
GRANT SELECT, INSERT ON quality.entity_choice TO emis_web;
GRANT SELECT (properties) ON raw.entity_list TO emis_web;
GRANT SELECT (list_key, uuid, version, label, data, deleted_at, gone_at, conflict) ON raw.entity TO emis_web;
GRANT SELECT (list_key, uuid, version, label, data, data_received, base_version, conflict, conflicting_properties,
              creator_id, version_created_at) ON raw.entity_version TO emis_web;
