-- The end of the log of each shard, compared and set by every commit.
create table shards (
	shard         bigint not null primary key,
	epoch         bigint not null, -- counts the writers
	holder        text   not null, -- what the last writer called itself
	last_batch    bigint not null,
	last_input    bigint not null,
	last_decision bigint not null,
	hash          bytea  not null  -- of the last batch
);

-- One row a commit. Numbers are without gaps; a run without elements has last = first-1.
create table batches (
	shard          bigint not null,
	number         bigint not null,
	first_input    bigint not null,
	last_input     bigint not null,
	first_decision bigint not null,
	last_decision  bigint not null,
	at             bigint not null, -- microseconds UTC
	prev_hash      bytea  not null,
	hash           bytea  not null, -- SHA-256 of prev_hash and all content of the batch
	primary key (shard, number)
);

-- Documents as they came in: input numbers first to first+count-1.
create table segments (
	shard     bigint not null,
	first     bigint not null,
	count     bigint not null,
	directory bytea  not null,
	block     bytea  not null, -- compressed, sealed
	primary key (shard, first)
);

-- All other inputs.
create table inputs (
	shard bigint not null,
	seq   bigint not null,
	kind  bigint not null,
	at    bigint not null, -- microseconds UTC
	body  bytea  not null,
	primary key (shard, seq)
);

-- The stream of decisions: numbers first to first+count-1.
create table decisions (
	shard bigint not null,
	first bigint not null,
	count bigint not null,
	block bytea  not null,
	primary key (shard, first)
);

-- Immutable sorted runs of keys. A layer counts when its row here exists.
create table layers (
	shard bigint not null,
	layer bigint not null,
	pages bigint not null, -- number of pages
	run   bigint not null, -- the writing that made it; pages of others are left-overs
	primary key (shard, layer)
);

create table layer_pages (
	shard bigint not null,
	layer bigint not null,
	run   bigint not null,
	first bytea  not null, -- first key of the page, 16 bytes
	data  bytea  not null,
	primary key (shard, layer, run, first)
);

-- Snapshots of the core's memory. A snapshot counts when its row here exists.
create table snapshots (
	shard bigint not null,
	id    bigint not null,
	input bigint not null, -- the last input it holds
	parts bigint not null, -- number of parts
	primary key (shard, id)
);

create table snapshot_parts (
	shard  bigint not null,
	id     bigint not null,
	name   text   not null,
	size   bigint not null, -- bytes
	sha256 bytea  not null,
	primary key (shard, id, name)
);

create table snapshot_chunks (
	shard  bigint not null,
	id     bigint not null,
	name   text   not null,
	number bigint not null, -- 0, 1, 2 …
	data   bytea  not null,
	primary key (shard, id, name, number)
);

-- only postgres
-- The blocks are compressed and sealed already: trying again would cost time.
alter table segments alter column directory set storage external;
alter table segments alter column block set storage external;
alter table inputs alter column body set storage external;
alter table decisions alter column block set storage external;
alter table layer_pages alter column data set storage external;
alter table snapshot_chunks alter column data set storage external;
-- end
