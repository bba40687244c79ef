-- One database user per process, and every grant. The hub reads this file too: on SQLite it is enforced by
-- set_authorizer, so the two databases refuse alike. Whatever is not granted here is refused.
--   amana_web        pages and API: hands work over, reads what is public or its own; sees no holding, no log detail
--   amana_worker     opens, judges, builds, publishes; counts who may read, by role and organisation, without a name
--   amana_sequencer  moves the journal into the log and signs
--   auditor_reader   the auditor's pages: reads the log and its details, writes nothing

-- audit
GRANT INSERT ON journal, event_detail, event_mention TO amana_web;
GRANT INSERT ON journal, event_detail, event_mention TO amana_worker;
GRANT SELECT ON log_checkpoint, log_tile TO amana_web;
GRANT SELECT, INSERT ON cosignature TO amana_web;
GRANT SELECT (idx, event_id) ON log_entry TO amana_web;
GRANT SELECT ON log_checkpoint TO amana_worker;
GRANT SELECT (idx, event_id) ON log_entry TO amana_worker;
GRANT INSERT, SELECT, DELETE ON journal TO amana_sequencer;
GRANT INSERT ON event_detail, event_mention TO amana_sequencer;
GRANT SELECT, INSERT ON log_entry, log_checkpoint TO amana_sequencer;
GRANT SELECT, INSERT, UPDATE ON log_tile TO amana_sequencer;
GRANT SELECT (size, line) ON cosignature TO amana_sequencer;
GRANT SELECT ON event_detail, event_mention, log_entry, log_checkpoint, log_tile, cosignature TO auditor_reader;
GRANT SELECT (made_at) ON journal TO auditor_reader;
GRANT SELECT (event_id, at), DELETE ON event_detail TO amana_worker;
GRANT SELECT (at, event_id), DELETE ON event_mention TO amana_worker;
GRANT SELECT, INSERT, UPDATE (done_at) ON detail_erasure TO amana_worker;
GRANT SELECT ON detail_erasure TO auditor_reader;
GRANT SELECT, INSERT, UPDATE (times) ON turned_away TO amana_web;
GRANT SELECT, DELETE ON turned_away TO amana_worker;
GRANT SELECT, UPDATE (until) ON refusal_mark TO amana_worker;
GRANT INSERT, SELECT (at) ON reading TO amana_web;
GRANT SELECT ON reading_month TO amana_web;
GRANT SELECT, DELETE ON reading TO amana_worker;
GRANT SELECT, INSERT, UPDATE ON reading_month TO amana_worker;
GRANT SELECT (id, class, committee, purposes) ON organisation TO amana_worker;
GRANT SELECT (id, organisation_id, disabled_at) ON person TO amana_worker;
GRANT SELECT (person_id, role, revoked_at) ON person_role TO amana_worker;

-- cases: web adds to them and reads what it needs in order to add; only auditor_reader reads what is written in them
GRANT SELECT, INSERT, UPDATE (closed_at) ON review_case TO amana_web;
GRANT SELECT, INSERT ON case_note, case_pin, case_name, audit_export TO amana_web;
GRANT INSERT ON case_text TO amana_web;
GRANT SELECT ON review_case, case_note, case_text, case_pin, case_name, audit_export TO auditor_reader;
GRANT SELECT, UPDATE (erasure_event, erased_at) ON review_case TO amana_worker;
GRANT SELECT (id, case_id) ON case_note TO amana_worker;
GRANT SELECT (case_id, event_id) ON case_pin TO amana_worker;
GRANT SELECT (note_id), DELETE ON case_text TO amana_worker;

-- intake
GRANT SELECT, INSERT ON batch, segment TO amana_web;
GRANT SELECT ON finding, committee_key, difference TO amana_web;
GRANT SELECT, INSERT ON owner_request TO amana_web;
GRANT SELECT, UPDATE (taken_at) ON answer TO amana_web;
GRANT SELECT, UPDATE ON batch, segment, owner_request TO amana_worker;
GRANT SELECT, INSERT, DELETE ON finding TO amana_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON difference, answer TO amana_worker;
GRANT SELECT, INSERT, DELETE ON objection TO amana_worker;
GRANT SELECT ON committee_key TO amana_worker;
GRANT SELECT, INSERT, UPDATE ON upload TO amana_web;
GRANT SELECT, INSERT ON upload_piece TO amana_web;
GRANT SELECT, UPDATE ON upload, upload_piece TO amana_worker;
GRANT SELECT, INSERT ON mapping TO amana_web;
GRANT SELECT ON mapping TO amana_worker;
GRANT SELECT ON mapping_proposal TO amana_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON mapping_proposal TO amana_worker;

-- vault
GRANT SELECT, INSERT, UPDATE ON holding TO amana_worker;

-- release
GRANT SELECT, INSERT ON release, approval TO amana_web;
GRANT SELECT ON release_input, release_past TO amana_web;
GRANT UPDATE (state, approved_at, publish_at, order_event, ordered_act, ordered_by, reason) ON release TO amana_web;
GRANT SELECT, UPDATE ON release TO amana_worker;
GRANT SELECT, INSERT, DELETE ON release_input, release_past TO amana_worker;
GRANT SELECT ON approval TO amana_worker;
GRANT SELECT, INSERT, UPDATE ON tabulation TO amana_worker;
GRANT SELECT ON tabulation TO amana_web;
GRANT SELECT, INSERT ON budget TO amana_worker;

-- identity
GRANT SELECT ON organisation, person_role TO amana_web;
GRANT SELECT, UPDATE ON person, token TO amana_web;
GRANT SELECT, INSERT, UPDATE ON session TO amana_web;
