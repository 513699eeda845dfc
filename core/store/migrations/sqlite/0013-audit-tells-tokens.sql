-- Names of tokens may repeat. Null: the token of the home, a secret that starts one thing, or a change from before this column.
ALTER TABLE audit ADD COLUMN token_id TEXT;
