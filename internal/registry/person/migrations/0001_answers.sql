-- Answers of the verification of identities. The key is a keyed hash of number
-- and name; neither is here.
create table person_answers (
	key     bytea  not null primary key,
	result  bigint not null, -- 1 unknown, 2 verified, 3 mismatch
	checked bigint not null  -- µs UTC
);
create index person_answers_checked on person_answers (checked);
