-- Parcels in force (released or closed) by merchant, month of the first list,
-- direction, mode and country. Sums of what the search index holds.
create table facts_trade (
	enterprise text   not null, -- merchant, ebcCode
	month      bigint not null, -- yyyymm of the Beijing day of the first list
	direction  text   not null, -- I, E
	mode       text   not null, -- tradeMode
	country    text   not null, -- customs' three digits
	parcels    bigint not null,
	value      bigint not null, -- fen
	tax        bigint not null, -- fen
	primary key (enterprise, month, direction, mode, country)
)
-- only sqlite
without rowid
-- end
;

-- Parcels in force by an enterprise that served and the merchant whose they are.
create table facts_served (
	enterprise text   not null, -- platform, agent or carrier
	year       bigint not null, -- of the Beijing day of the first list
	role       text   not null, -- p platform, a agent, c carrier
	client     text   not null, -- merchant; its own parcels stand with role p alone
	parcels    bigint not null,
	value      bigint not null, -- fen
	tax        bigint not null, -- fen
	primary key (enterprise, year, role, client)
)
-- only sqlite
without rowid
-- end
;

-- How far the figures reach.
create table facts_end (
	id  bigint not null primary key, -- 1
	seq bigint not null, -- last decision
	at  bigint not null  -- its time, microseconds UTC
);
