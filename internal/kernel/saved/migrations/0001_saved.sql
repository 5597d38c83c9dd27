-- Searches that people keep: the address of a list with its filters.
create table saved_searches (
	owner text   not null, -- account
	list  text   not null, -- such as parcels
	name  text   not null, -- as its owner named it
	query text   not null, -- filters as in the list's address
	at    bigint not null, -- microseconds UTC
	primary key (owner, list, name)
)
-- only sqlite
without rowid
-- end
;
