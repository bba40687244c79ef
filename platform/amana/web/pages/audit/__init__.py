"""The auditor's pages of the log: events, one event, actors, saved questions, exports."""
