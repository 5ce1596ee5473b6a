ALTER TABLE emis.supervisor
  ADD COLUMN is_certified boolean NOT NULL DEFAULT false,
  ADD COLUMN is_simulated boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN emis.supervisor.is_certified IS 'Is the holder of the post certified to observe lessons?';
COMMENT ON COLUMN emis.supervisor.is_simulated IS 'A post of a simulated survey.';

CREATE TABLE emis.visit_plan (
  supervisor_code text NOT NULL REFERENCES emis.supervisor,
  school_code text NOT NULL,
  planned_date date,
  is_planned boolean NOT NULL DEFAULT true,
  is_simulated boolean NOT NULL DEFAULT false,
  PRIMARY KEY (supervisor_code, school_code)
);
CREATE INDEX visit_plan_school ON emis.visit_plan (school_code);
COMMENT ON TABLE emis.visit_plan IS 'Which supervisor visits which schools. The supervisor''s tablet gets these schools, and what was agreed at them.';
COMMENT ON COLUMN emis.visit_plan.supervisor_code IS 'The post in emis.supervisor.';
COMMENT ON COLUMN emis.visit_plan.planned_date IS 'The day planned for the next visit, where there is one.';
COMMENT ON COLUMN emis.visit_plan.is_planned IS 'Is the school still in this supervisor''s plan?';
COMMENT ON COLUMN emis.visit_plan.is_simulated IS 'A line of a simulated survey.';

CREATE TABLE emis.visit (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  school_code text NOT NULL,
  period text NOT NULL,
  school_year smallint NOT NULL,
  supervisor_code text,
  visit_date date,
  is_announced boolean,
  session_code text,
  is_open boolean,
  closure_reason_code text,
  is_head_present boolean,
  has_counted_all boolean,
  staff_female_due_count integer CHECK (staff_female_due_count >= 0),
  staff_female_here_count integer CHECK (staff_female_here_count >= 0),
  staff_male_due_count integer CHECK (staff_male_due_count >= 0),
  staff_male_here_count integer CHECK (staff_male_here_count >= 0),
  absence_reason_codes text[],
  hazard_codes text[],
  is_water_available boolean,
  toilet_girls_usable_count integer CHECK (toilet_girls_usable_count >= 0),
  toilet_boys_usable_count integer CHECK (toilet_boys_usable_count >= 0),
  toilet_common_usable_count integer CHECK (toilet_common_usable_count >= 0),
  soap_water_code text,
  latitude double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude double precision CHECK (longitude BETWEEN -180 AND 180),
  distance_m integer CHECK (distance_m >= 0),
  PRIMARY KEY (form_key, instance_id)
);
CREATE INDEX visit_school ON emis.visit (school_code, visit_date);
COMMENT ON TABLE emis.visit IS 'Visits of supervisors. Of two of one supervisor, school and day the newer stands.';
COMMENT ON COLUMN emis.visit.supervisor_code IS 'The post whose tablet sent it.';
COMMENT ON COLUMN emis.visit.visit_date IS 'The day of the visit, as the supervisor chose it.';
COMMENT ON COLUMN emis.visit.is_announced IS 'Did the school know of it before?';
COMMENT ON COLUMN emis.visit.session_code IS 'Code list session: the session that was visited.';
COMMENT ON COLUMN emis.visit.is_open IS 'Was the school open?';
COMMENT ON COLUMN emis.visit.closure_reason_code IS 'Code list closure_reason: why it was not.';
COMMENT ON COLUMN emis.visit.is_head_present IS 'Was the head there?';
COMMENT ON COLUMN emis.visit.has_counted_all IS 'Were all classes counted?';
COMMENT ON COLUMN emis.visit.staff_female_due_count IS 'Women of the staff who should have been there.';
COMMENT ON COLUMN emis.visit.staff_female_here_count IS 'Women of the staff who were there.';
COMMENT ON COLUMN emis.visit.staff_male_due_count IS 'Men of the staff who should have been there.';
COMMENT ON COLUMN emis.visit.staff_male_here_count IS 'Men of the staff who were there.';
COMMENT ON COLUMN emis.visit.absence_reason_codes IS 'Code list teacher_absence.';
COMMENT ON COLUMN emis.visit.hazard_codes IS 'Code list hazard: dangers to pupils that were seen.';
COMMENT ON COLUMN emis.visit.is_water_available IS 'Was there drinking water?';
COMMENT ON COLUMN emis.visit.toilet_girls_usable_count IS 'Usable toilets for girls only, as seen.';
COMMENT ON COLUMN emis.visit.toilet_boys_usable_count IS 'Usable toilets for boys only, as seen.';
COMMENT ON COLUMN emis.visit.toilet_common_usable_count IS 'Usable toilets for both, as seen.';
COMMENT ON COLUMN emis.visit.soap_water_code IS 'Code list soap_water: what was there for washing hands.';
COMMENT ON COLUMN emis.visit.latitude IS 'Where the tablet was, degrees.';
COMMENT ON COLUMN emis.visit.longitude IS 'Where the tablet was, degrees.';
COMMENT ON COLUMN emis.visit.distance_m IS 'Distance from the registered place, metres.';

CREATE TABLE emis.visit_class (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  class_number integer NOT NULL,
  grade smallint CHECK (grade BETWEEN -2 AND 14),
  girls_register_count integer CHECK (girls_register_count >= 0),
  girls_present_count integer CHECK (girls_present_count >= 0),
  boys_register_count integer CHECK (boys_register_count >= 0),
  boys_present_count integer CHECK (boys_present_count >= 0),
  PRIMARY KEY (form_key, instance_id, class_number),
  FOREIGN KEY (form_key, instance_id) REFERENCES emis.visit ON DELETE CASCADE
);
COMMENT ON TABLE emis.visit_class IS 'Classes counted at a visit: heads against the register.';
COMMENT ON COLUMN emis.visit_class.class_number IS 'Place of the class in the visit.';
COMMENT ON COLUMN emis.visit_class.girls_register_count IS 'Girls in the register.';
COMMENT ON COLUMN emis.visit_class.girls_present_count IS 'Girls counted.';
COMMENT ON COLUMN emis.visit_class.boys_register_count IS 'Boys in the register.';
COMMENT ON COLUMN emis.visit_class.boys_present_count IS 'Boys counted.';

CREATE TABLE emis.lesson_observation (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  lesson_number integer NOT NULL,
  element_code text NOT NULL,
  grade smallint CHECK (grade BETWEEN -2 AND 14),
  subject_code text,
  score smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
  PRIMARY KEY (form_key, instance_id, lesson_number, element_code),
  FOREIGN KEY (form_key, instance_id) REFERENCES emis.visit ON DELETE CASCADE
);
COMMENT ON TABLE emis.lesson_observation IS 'Lessons observed by certified observers, a score an element; no teacher is named. Shown for five or more.';
COMMENT ON COLUMN emis.lesson_observation.lesson_number IS 'Place of the lesson in the visit.';
COMMENT ON COLUMN emis.lesson_observation.element_code IS 'Code list observation_element.';
COMMENT ON COLUMN emis.lesson_observation.subject_code IS 'Code list taught_subject.';
COMMENT ON COLUMN emis.lesson_observation.score IS 'Code list observation_score, 1 to 5.';

CREATE TABLE emis.agreed_action (
  action_code text PRIMARY KEY,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  school_code text NOT NULL,
  supervisor_code text,
  agreed_date date,
  what text NOT NULL,
  owner_code text,
  due_date date,
  FOREIGN KEY (form_key, instance_id) REFERENCES emis.visit ON DELETE CASCADE
);
CREATE INDEX agreed_action_school ON emis.agreed_action (school_code);
CREATE INDEX agreed_action_visit ON emis.agreed_action (form_key, instance_id);
COMMENT ON TABLE emis.agreed_action IS 'What was agreed at a visit; emis.agreed_action_now says how far it has come.';
COMMENT ON COLUMN emis.agreed_action.action_code IS 'Derived from the visit and the place of the action in it.';
COMMENT ON COLUMN emis.agreed_action.supervisor_code IS 'The post that agreed it.';
COMMENT ON COLUMN emis.agreed_action.agreed_date IS 'The day of the visit.';
COMMENT ON COLUMN emis.agreed_action.what IS 'What is to be done, in the supervisor''s words.';
COMMENT ON COLUMN emis.agreed_action.owner_code IS 'Code list action_owner.';
COMMENT ON COLUMN emis.agreed_action.due_date IS 'By what day.';

CREATE TABLE emis.action_check (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  action_code text NOT NULL,
  school_code text NOT NULL,
  checked_date date,
  state_code text NOT NULL,
  PRIMARY KEY (form_key, instance_id, action_code),
  FOREIGN KEY (form_key, instance_id) REFERENCES emis.visit ON DELETE CASCADE
);
CREATE INDEX action_check_action ON emis.action_check (action_code);
COMMENT ON TABLE emis.action_check IS 'How far an action had come when a later visit looked at it.';
COMMENT ON COLUMN emis.action_check.action_code IS 'The action in emis.agreed_action.';
COMMENT ON COLUMN emis.action_check.checked_date IS 'The day of the later visit.';
COMMENT ON COLUMN emis.action_check.state_code IS 'Code list action_state.';

CREATE VIEW emis.agreed_action_now AS
SELECT a.action_code, a.school_code, a.supervisor_code, a.agreed_date, a.what, a.owner_code, a.due_date,
  coalesce(c.state_code, 'not_begun') AS state_code, c.checked_date
FROM emis.agreed_action a
LEFT JOIN LATERAL (
  SELECT k.state_code, k.checked_date FROM emis.action_check k
  WHERE k.action_code = a.action_code
  ORDER BY k.checked_date DESC NULLS LAST, k.form_key DESC, k.instance_id DESC LIMIT 1
) c ON true;
COMMENT ON VIEW emis.agreed_action_now IS 'What was agreed at visits, and how far it had come when it was last looked at.';
COMMENT ON COLUMN emis.agreed_action_now.action_code IS 'The action in emis.agreed_action.';
COMMENT ON COLUMN emis.agreed_action_now.supervisor_code IS 'The post that agreed it.';
COMMENT ON COLUMN emis.agreed_action_now.agreed_date IS 'The day of the visit.';
COMMENT ON COLUMN emis.agreed_action_now.what IS 'What is to be done, in the supervisor''s words.';
COMMENT ON COLUMN emis.agreed_action_now.owner_code IS 'Code list action_owner.';
COMMENT ON COLUMN emis.agreed_action_now.due_date IS 'By what day.';
COMMENT ON COLUMN emis.agreed_action_now.state_code IS 'Code list action_state; not_begun until a visit has looked.';
COMMENT ON COLUMN emis.agreed_action_now.checked_date IS 'When a visit last looked; null: none has.';
