-- The token whose bearer made this one, with which it ends; null: somebody at the machine did.
ALTER TABLE tokens ADD COLUMN parent_id TEXT;
