-- When a return was last edited; the day on which Central last touched it may be that of a review.
GRANT SELECT (form_key, instance_id, version_id, version_created_at) ON raw.submission_version TO emis_web;
