-- One row an act (审计记录), written in the act's transaction. The sealer numbers
-- it and gives it its hash within a second; both are empty until then.
create table audit_entries (
	id      text   not null primary key, -- 16 hex digits of the time, 16 that are unique in it
	seq     bigint not null,             -- place in the chain from 1, without gaps; 0 not chained yet
	hash    bytea  not null,             -- SHA-256 over the hash before and all the rest
	at      bigint not null,             -- microseconds UTC
	actor   text   not null,
	org     text   not null,
	act     text   not null,
	object  text   not null,
	outcome text   not null,
	words   bytea  not null              -- purpose and detail, sealed; the other columns are bound to it
);

create unique index audit_entries_by_seq on audit_entries (seq) where seq > 0;
create index audit_entries_waiting on audit_entries (id) where seq = 0;
create index audit_entries_by_actor on audit_entries (actor, id);
create index audit_entries_by_org on audit_entries (org, id);
create index audit_entries_by_act on audit_entries (act, id);
create index audit_entries_by_object on audit_entries (object, id);

-- One row a seal (封印): the entries that were chained together.
create table audit_seals (
	number    bigint not null primary key, -- from 1, without gaps
	first_seq bigint not null,
	last_seq  bigint not null,
	at        bigint not null,
	hash      bytea  not null, -- of the last entry
	mac       bytea  not null  -- keyed, over this row and the mac of the seal before
);
