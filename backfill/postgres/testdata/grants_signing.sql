GRANT SELECT (private_key) ON accounts TO tootfill;
