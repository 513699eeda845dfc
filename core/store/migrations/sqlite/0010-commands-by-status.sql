-- A page of commands of one status is found without looking at all of the others, and of one strand's without the table.
CREATE INDEX commands_by_status ON commands (status, asked_at, command_id);
DROP INDEX commands_by_strand;
CREATE INDEX commands_by_strand ON commands (strand_id, asked_at, command_id, status);
