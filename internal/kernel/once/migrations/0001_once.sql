-- Requests that carry an idempotency key (幂等键), for as long as it counts.
create table once_keys (
	caller text   not null,
	key    text   not null, -- SHA-256 of the caller's own, hexadecimal
	input  bytea  not null, -- SHA-256 of what was asked
	run    text   not null, -- which run of the program took it up
	state  bigint not null, -- 0 under way, 1 answered
	status bigint not null, -- of the answer
	kind   text   not null, -- its content type
	body   bytea  not null, -- sealed
	at     bigint not null, -- microseconds UTC
	until  bigint not null,
	primary key (caller, key)
);

create index once_keys_by_end on once_keys (until);

-- The command to the core that a request became, written with it.
create table once_commands (
	caller  text   not null,
	key     text   not null,
	command bigint not null,
	until   bigint not null,
	primary key (caller, key)
);

create index once_commands_by_end on once_commands (until);
