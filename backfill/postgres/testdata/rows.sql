INSERT INTO schema_migrations VALUES ('20180101000000'), ('20241007071624'), ('20160220174730');
INSERT INTO accounts (id, username, domain, uri, url, display_name, note) VALUES
	(-99, 'mastodon.internal', NULL, '', NULL, '', ''),
	(1, 'Admin', NULL, '', NULL, 'The admin', ''),
	(2, 'bob', NULL, '', NULL, '', ''),
	(3, 'gone', NULL, '', NULL, '', ''),
	(100, 'Alice', 'photos.example', 'https://photos.example/users/alice', 'https://photos.example/@alice', 'Alice', '<p>#nobot</p>'),
	(101, 'alice', 'other.example', 'https://social.other.example/users/1', '', '', ''),
	(102, 'carol', 'photos.example', 'https://photos.example/users/carol', NULL, '', ''),
	(103, 'dan', 'bad.example', 'https://bad.example/u/dan', NULL, '', ''),
	(104, 'erin', 'quiet.example', 'https://quiet.example/u/erin', NULL, '', ''),
	(105, 'frank', 'a.twin.example', 'https://twin.example/u/1', NULL, '', ''),
	(106, 'frank', 'b.twin.example', 'https://twin.example/u/2', NULL, '', '');
UPDATE accounts SET suspended_at = now() WHERE id IN (3, 103);
UPDATE accounts SET silenced_at = now() WHERE id = 104;
UPDATE accounts SET moved_to_account_id = 101 WHERE id = 102;
UPDATE accounts SET moved_to_account_id = 1 WHERE id = 104;
INSERT INTO follows (account_id, target_account_id) VALUES
	(2, 100), (1, 100), (3, 100), (102, 100), (3, 101), (-99, 101), (102, 1), (2, 1), (1, 102), (1, 103), (1, 104);
INSERT INTO follow_requests (account_id, target_account_id) VALUES (1, 101), (3, 105), (100, 106);
INSERT INTO statuses (uri, account_id, deleted_at) VALUES
	('https://photos.example/p/1', 100, NULL),
	('https://photos.example/p/2', 100, NULL),
	('https://photos.example/p/3', 100, now()),
	(NULL, 1, NULL), (NULL, 2, NULL);
INSERT INTO tombstones (account_id, uri) VALUES (100, 'https://photos.example/p/4'), (100, 'https://photos.example/p/4');
INSERT INTO domain_blocks (domain, severity, reject_media) VALUES
	('bad.example', 1, false), ('fine.bad.example', 2, true), ('quiet.example', 0, true), ('evil', 1, false), ('null.example', NULL, false), ('new.example', 9, false);
