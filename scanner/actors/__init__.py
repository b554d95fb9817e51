"""The few pieces every actor is made of; imports nothing of ours."""
