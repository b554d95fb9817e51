"""Processes: started, watched, restarted and stopped in the manners of OTP."""
