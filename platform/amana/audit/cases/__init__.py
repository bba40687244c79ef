"""What an auditor keeps of what she found: cases with their notes and events, and exports."""
