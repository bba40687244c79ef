"""The auditor's desk: events by filter, saved questions, and unusual patterns."""
