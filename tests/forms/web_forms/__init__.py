"""The same answers through the engine of ODK Web Forms, the other client that schools may use."""
