-- Numbers of the rooms' records, and what was done about each record.
create table cultivation_numbers (
    name text   not null primary key,
    last bigint not null
);

create table cultivation_acts (
    room   text   not null, -- such as event, fair, lead
    id     bigint not null, -- of the record in its room
    number bigint not null, -- 1, 2, 3 … of the record
    at     bigint not null, -- µs UTC
    actor  text   not null, -- account
    name   text   not null, -- as the actor's organisation shows it
    act    text   not null,
    note   bytea  not null, -- sealed, bound to room, id and number
    primary key (room, id, number)
);
