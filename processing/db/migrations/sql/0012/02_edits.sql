CREATE TABLE ops.own_account (
  central text NOT NULL,
  project integer NOT NULL,
  actor_id integer NOT NULL,
  login text,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (central, project, actor_id)
);
COMMENT ON TABLE ops.own_account IS 'Accounts of Central with which EMIS itself writes the tablets'' lists: what another account changes there is shown to a person.';
COMMENT ON COLUMN ops.own_account.central IS 'The Central, as in raw.form.';
COMMENT ON COLUMN ops.own_account.project IS 'The project.';
COMMENT ON COLUMN ops.own_account.actor_id IS 'The account''s number at Central.';
COMMENT ON COLUMN ops.own_account.login IS 'The login in the settings with which it was used last; null: found from the lists that were there before.';
COMMENT ON COLUMN ops.own_account.seen_at IS 'When it was first used here (UTC).';

CREATE TABLE quality.entity_edit (
  list_key integer NOT NULL,
  uuid text NOT NULL,
  found_at timestamptz NOT NULL,
  PRIMARY KEY (list_key, uuid),
  FOREIGN KEY (list_key, uuid) REFERENCES raw.entity
);
COMMENT ON TABLE quality.entity_edit IS 'Entities of which somebody else than EMIS has changed a property last, and nobody has chosen since. Kept by what lands the versions of entities, so that the pages need not look through all of them.';
COMMENT ON COLUMN quality.entity_edit.list_key IS 'The list in raw.entity_list.';
COMMENT ON COLUMN quality.entity_edit.uuid IS 'The entity in raw.entity.';
COMMENT ON COLUMN quality.entity_edit.found_at IS 'When the mirror has first seen it (UTC).';

CREATE TABLE quality.action_change (
  change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  action_code text NOT NULL,
  property text NOT NULL CHECK (property IN ('what', 'due_date')),
  reported text,
  value text,
  name text NOT NULL CHECK (name <> ''),
  changed_at timestamptz NOT NULL
);
CREATE INDEX action_change_action ON quality.action_change (action_code, property, change_id);
COMMENT ON TABLE quality.action_change IS 'What counts of an agreed action instead of what the visit says, since an officer has accepted what was changed at Central. Entries are added, never changed: the newest counts, and only while the visit still says what it replaces.';
COMMENT ON COLUMN quality.action_change.change_id IS 'The entry.';
COMMENT ON COLUMN quality.action_change.action_code IS 'The action in emis.agreed_action.';
COMMENT ON COLUMN quality.action_change.property IS 'what or due_date, as the columns of emis.agreed_action.';
COMMENT ON COLUMN quality.action_change.reported IS 'What the visit says, as text.';
COMMENT ON COLUMN quality.action_change.value IS 'What counts instead; null: no day.';
COMMENT ON COLUMN quality.action_change.name IS 'The officer who chose it.';
COMMENT ON COLUMN quality.action_change.changed_at IS 'When the choice was carried out (UTC).';

CREATE OR REPLACE VIEW emis.agreed_action_now AS
SELECT a.action_code, a.school_code, a.supervisor_code, a.agreed_date,
  coalesce(w.value, a.what) AS what, a.owner_code,
  CASE WHEN d.change_id IS NULL THEN a.due_date ELSE d.value::date END AS due_date,
  coalesce(c.state_code, 'not_begun') AS state_code, c.checked_date
FROM emis.agreed_action a
LEFT JOIN LATERAL (
  SELECT k.state_code, k.checked_date FROM emis.action_check k
  WHERE k.action_code = a.action_code
  ORDER BY k.checked_date DESC NULLS LAST, k.form_key DESC, k.instance_id DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (
  SELECT n.value FROM quality.action_change n
  WHERE n.action_code = a.action_code AND n.property = 'what' AND n.reported = a.what
  ORDER BY n.change_id DESC LIMIT 1
) w ON true
LEFT JOIN LATERAL (
  SELECT n.change_id, n.value FROM quality.action_change n
  WHERE n.action_code = a.action_code AND n.property = 'due_date'
    AND n.reported IS NOT DISTINCT FROM a.due_date::text
  ORDER BY n.change_id DESC LIMIT 1
) d ON true;

-- Accounts so far: whoever made most of the schools' list is ours.
INSERT INTO ops.own_account (central, project, actor_id, seen_at)
SELECT central, project, actor_id, now()
FROM (
  SELECT l.central, l.project, mode() WITHIN GROUP (ORDER BY v.creator_id) AS actor_id
  FROM raw.entity_list l JOIN raw.entity_version v USING (list_key)
  WHERE l.name = 'schools' AND v.version = 1 AND NOT EXISTS (SELECT FROM ops.device d
    WHERE (d.central, d.project, d.actor_id) = (l.central, l.project, v.creator_id))
  GROUP BY l.central, l.project
) found WHERE actor_id IS NOT NULL;
-- What they may have changed: which properties, and whether it still counts, is looked at when shown.
INSERT INTO quality.entity_edit (list_key, uuid, found_at)
SELECT DISTINCT v.list_key, v.uuid, now()
FROM raw.entity_version v
JOIN raw.entity_list l USING (list_key)
JOIN raw.entity e USING (list_key, uuid)
JOIN ops.own_account o USING (central, project)
WHERE v.version > 1 AND e.deleted_at IS NULL AND e.gone_at IS NULL
  AND l.name IN ('schools', 'rounds', 'staff', 'visit_plan', 'agreed_actions', 'directorate_schools')
  AND v.creator_id IS DISTINCT FROM o.actor_id
  AND NOT EXISTS (SELECT FROM ops.device d
    WHERE (d.central, d.project, d.actor_id) = (l.central, l.project, v.creator_id));

GRANT SELECT, INSERT, UPDATE ON ops.own_account TO emis_worker;
GRANT SELECT, INSERT ON quality.action_change TO emis_worker;
GRANT SELECT, INSERT, DELETE ON quality.entity_edit TO emis_worker;
GRANT SELECT (central, project, actor_id) ON ops.own_account TO emis_web;
GRANT SELECT ON quality.entity_edit TO emis_web;
GRANT USAGE ON SEQUENCE quality.action_change_change_id_seq TO emis_worker;
