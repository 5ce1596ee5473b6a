CREATE INDEX submission_edited ON raw.submission (current_version_id) WHERE current_version_id <> instance_id;
COMMENT ON INDEX raw.submission_edited IS 'An edited submission by the name that Central gives its newest version.';
CREATE INDEX school_update_version ON quality.school_update (version_id);
COMMENT ON INDEX quality.school_update_version IS 'An update by the name of its version.';
