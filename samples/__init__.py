"""Small videos that the project made itself, a subject trained on them, and how they were made."""
