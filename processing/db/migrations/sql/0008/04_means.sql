CREATE TABLE emis.textbook (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  grade smallint NOT NULL CHECK (grade BETWEEN -2 AND 14),
  subject_code text NOT NULL,
  copy_count integer CHECK (copy_count >= 0),
  needed_count integer CHECK (needed_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, grade, subject_code)
);
COMMENT ON TABLE emis.textbook IS 'Textbooks by grade and subject: in hand, and needed.';
COMMENT ON COLUMN emis.textbook.subject_code IS 'Code list subject.';
COMMENT ON COLUMN emis.textbook.copy_count IS 'Usable copies in pupils'' hands.';
COMMENT ON COLUMN emis.textbook.needed_count IS 'Copies that the pupils need.';

CREATE TABLE emis.connectivity (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  connection_kind_code text,
  provider_name text,
  cost_payer_code text,
  monthly_cost_iqd integer CHECK (monthly_cost_iqd >= 0),
  is_speed_measured boolean,
  download_mbps double precision,
  upload_mbps double precision,
  latency_ms integer CHECK (latency_ms >= 0),
  power_source_codes text[],
  grid_hours integer CHECK (grid_hours >= 0),
  private_generator_hours integer CHECK (private_generator_hours >= 0),
  community_generator_hours integer CHECK (community_generator_hours >= 0),
  solar_hours integer CHECK (solar_hours >= 0),
  lesson_power_hours integer CHECK (lesson_power_hours >= 0),
  socket_count integer CHECK (socket_count >= 0),
  safe_storage_code text,
  has_focal_person boolean,
  focal_job_code text,
  trained_staff_count integer CHECK (trained_staff_count >= 0),
  training_topic_codes text[],
  last_training_date date,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year)
);
COMMENT ON TABLE emis.connectivity IS 'How a school is connected and ready for devices.';
COMMENT ON COLUMN emis.connectivity.connection_kind_code IS 'Code list connection_kind.';
COMMENT ON COLUMN emis.connectivity.provider_name IS 'The provider, in the school''s words.';
COMMENT ON COLUMN emis.connectivity.cost_payer_code IS 'Code list cost_payer.';
COMMENT ON COLUMN emis.connectivity.monthly_cost_iqd IS 'Cost a month in Iraqi dinars.';
COMMENT ON COLUMN emis.connectivity.is_speed_measured IS 'Was the speed measured at the school?';
COMMENT ON COLUMN emis.connectivity.download_mbps IS 'Measured, in megabits a second.';
COMMENT ON COLUMN emis.connectivity.upload_mbps IS 'Measured, in megabits a second.';
COMMENT ON COLUMN emis.connectivity.latency_ms IS 'Measured, in milliseconds.';
COMMENT ON COLUMN emis.connectivity.power_source_codes IS 'Code list power_source.';
COMMENT ON COLUMN emis.connectivity.grid_hours IS 'Hours a day from the public grid.';
COMMENT ON COLUMN emis.connectivity.private_generator_hours IS 'Hours a day from a generator of the school''s own.';
COMMENT ON COLUMN emis.connectivity.community_generator_hours IS 'Hours a day from a generator of the neighbourhood.';
COMMENT ON COLUMN emis.connectivity.solar_hours IS 'Hours a day from the sun.';
COMMENT ON COLUMN emis.connectivity.lesson_power_hours IS 'Hours with power during lessons.';
COMMENT ON COLUMN emis.connectivity.socket_count IS 'Sockets that work.';
COMMENT ON COLUMN emis.connectivity.safe_storage_code IS 'Code list safe_storage.';
COMMENT ON COLUMN emis.connectivity.has_focal_person IS 'Is somebody in charge of the devices? The name is not kept here.';
COMMENT ON COLUMN emis.connectivity.focal_job_code IS 'Code list focal_job.';
COMMENT ON COLUMN emis.connectivity.trained_staff_count IS 'Staff trained in the use of devices.';
COMMENT ON COLUMN emis.connectivity.training_topic_codes IS 'Code list training_topic.';
COMMENT ON COLUMN emis.connectivity.last_training_date IS 'The last training.';

CREATE TABLE emis.mobile_signal (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  operator_code text NOT NULL,
  network_type_code text NOT NULL,
  signal_dbm integer,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, operator_code)
);
COMMENT ON TABLE emis.mobile_signal IS 'Mobile networks at a school, as measured there.';
COMMENT ON COLUMN emis.mobile_signal.operator_code IS 'Code list mobile_operator.';
COMMENT ON COLUMN emis.mobile_signal.network_type_code IS 'Code list network_type.';
COMMENT ON COLUMN emis.mobile_signal.signal_dbm IS 'Strength of the signal in dBm.';

CREATE TABLE emis.school_device (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  device_number integer NOT NULL,
  device_kind_code text,
  serial_number text,
  device_state_code text,
  android_version integer CHECK (android_version >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, device_number)
);
COMMENT ON TABLE emis.school_device IS 'Devices that a school has, one row each.';
COMMENT ON COLUMN emis.school_device.device_number IS 'Place of the device in the return.';
COMMENT ON COLUMN emis.school_device.device_kind_code IS 'Code list device_kind.';
COMMENT ON COLUMN emis.school_device.serial_number IS 'Serial number as the school wrote it.';
COMMENT ON COLUMN emis.school_device.device_state_code IS 'Code list device_state.';
COMMENT ON COLUMN emis.school_device.android_version IS 'Android version of a tablet or telephone.';
