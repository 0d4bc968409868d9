"""What authors and operators ask of search: explain, findability, calibration."""
