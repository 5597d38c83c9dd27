-- How a merchant's lists fared, by the year of the first list; made with the
-- search index.
create table conduct_years (
    enterprise text   not null, -- merchant, ebcCode
    year       bigint not null,
    lists      bigint not null,
    refused    bigint not null, -- lists that stand refused, for documents that came too late too
    late       bigint not null, -- those refused because documents came too late
    inspected  bigint not null, -- inspections begun
    wrong      bigint not null, -- inspections that ended with detention or return
    primary key (enterprise, year)
);

create table conduct_end (
    id  bigint not null primary key, -- 1
    seq bigint not null              -- last decision that is in it
);
