CREATE INDEX entity_in_conflict ON raw.entity (list_key, uuid) WHERE conflict IS NOT NULL;
COMMENT ON INDEX raw.entity_in_conflict IS 'The page Conflicts: a few of half a million.';
CREATE INDEX update_decision_update ON quality.update_decision (update_id, decision_id DESC);
COMMENT ON INDEX quality.update_decision_update IS 'The newest decision of an update.';
CREATE INDEX entity_choice_entity ON quality.entity_choice (list_key, uuid, version);
COMMENT ON INDEX quality.entity_choice_entity IS 'What was chosen of an entity: asked before each change of one, whatever became of the choice.';
