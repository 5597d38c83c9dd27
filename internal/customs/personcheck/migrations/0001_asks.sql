-- Questions of the core that have no answer yet: whose (a keyed hash of number
-- and name), and the input of the list in which both stand, sealed.
create table personcheck_asks (
	key    bytea  not null primary key,
	source bigint not null,
	asked  bigint not null -- µs UTC
);
create index personcheck_asks_order on personcheck_asks (asked, source);
