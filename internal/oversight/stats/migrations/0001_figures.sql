-- Figures of a Beijing day of first lists by facet: for each value and state how
-- many parcels and what they are worth. Sums of what the search index holds.
create table stats_days (
	day   bigint not null, -- yyyymmdd
	facet bigint not null, -- lookup.Facet
	body  bytea  not null,
	primary key (day, facet)
)
-- only sqlite
without rowid
-- end
;

-- Documents that came in, by ten minutes and kind.
create table stats_documents (
	day      bigint not null, -- Beijing day, yyyymmdd
	slot     text   not null, -- lookup.Slot
	kind     bigint not null, -- 621 for CEB621
	accepted bigint not null,
	refused  bigint not null,
	repeated bigint not null,
	primary key (day, slot, kind)
)
-- only sqlite
without rowid
-- end
;

-- Refused documents by the codes they were refused for.
create table stats_refused (
	day    bigint not null, -- Beijing day, yyyymmdd
	reason text   not null,
	n      bigint not null,
	primary key (day, reason)
)
-- only sqlite
without rowid
-- end
;

-- How far the figures reach.
create table stats_end (
	id  bigint not null primary key, -- 1
	seq bigint not null, -- last decision
	at  bigint not null  -- its time, microseconds UTC
);
